//! Shopify as an order source, over its Admin GraphQL interface alone.
//!
//! An order is read whole, however many lines, parcels and returns it has, and turned into the contract's
//! order by pure functions. An action is looked for before it is done: each leaves a mark of its key with what it makes, so
//! that the same key again finds what the first call did. Calls go by the budget that Shopify tells with each answer.

#![cfg_attr(test, recursion_limit = "256")]

mod actions;
mod address;
mod budget;
mod cancel;
mod client;
mod convert;
mod documents;
mod failure;
mod find;
mod goods;
pub mod hook;
mod mark;
mod money;
mod parcels;
mod products;
mod reading;
mod refund;
mod replace;
mod settings;
mod source;
mod wire;

pub use channel_contract::secret::Secret;
pub use settings::{Access, Settings, SettingsError, USUAL_VERSION};
pub use source::Shopify;
