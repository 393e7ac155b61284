//! Messenger and Instagram messages for Resolute: one adapter for both, for they speak one protocol.
//!
//! [`MetaSettings`] say which of the two an account is, and by which login it was connected: Messenger and an Instagram
//! account behind a page go by the page, and an Instagram account alone goes by its own host. What is pushed is read
//! without any call (`read`, `inbound`), what is sent is composed without any call (`send`), and only `client` speaks
//! with Meta. Files of customers are fetched by the desk's own [`channel_contract::http::Web`].
//!
//! What was not pushed for a while is read back from the conversations (`history`), and read like the rest (`recalled`).
//!
//! The platform has no idempotency: a message whose outcome is unknown is looked for in the conversation (`reconcile`),
//! and its echo names it by the id of the command.

mod channel;
mod client;
mod comments;
pub mod connect;
mod failure;
mod files;
mod health;
mod history;
mod inbound;
mod listed;
mod moment;
mod read;
mod recalled;
mod reconcile;
mod send;
pub mod settings;
mod subscription;
mod tokens;
mod usage;
mod wire;
mod words;

pub use channel::MetaChannel;
pub use listed::list;
pub use settings::{Login, MetaSettings, Network};
