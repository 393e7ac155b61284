//! WhatsApp for Resolute, over the Cloud API.
//!
//! What is pushed is read without any call: [`list`] shows what a webhook says, and [`WhatsappChannel`] makes the desk's
//! events of the same reading. A customer is known by the id that WhatsApp gives them for this business; the phone number
//! stands beside it, for it may be missing. What is sent carries the id of its command, which comes back with each news of
//! it: WhatsApp cannot be asked what became of a message.

mod account;
mod channel;
mod client;
pub mod connect;
mod content;
mod failure;
mod files;
mod inbound;
mod learned;
mod listed;
mod number;
mod people;
mod read;
mod send;
pub mod settings;
mod split;
mod templates;
mod wire;

pub use channel::WhatsappChannel;
pub use listed::list;
pub use number::NumberState;
pub use settings::WhatsappSettings;
