//! WooCommerce as an order source, over version 3 of its REST interface.
//!
//! The shop is called over https with a consumer key and its secret; a site over plain http would need OAuth 1.0a, which is not
//! built, and is refused. Money moves only by `api_refund: true`, and counts as moved only where the shop says
//! `refunded_payment: true`: what is booked without that is shown to a person and never taken for a refund.
//!
//! No call is repeated here. Every action leaves a mark of its idempotency key in the shop, by which the same key finds what an
//! earlier attempt did.

mod actions;
pub mod authorize;
mod client;
mod convert;
mod exact;
mod failure;
pub mod hook;
mod mark;
mod parcels;
mod phone;
mod products;
mod replace;
mod select;
pub mod settings;
mod shop;
mod source;
mod statuses;
mod turns;
mod wire;

pub use settings::{Settings, SettingsError};
pub use source::WooCommerce;
