//! Telegram for Resolute: what a bot is told by webhook, and what it says.
//!
//! Customers write to a bot, or to a business account that a bot answers for; each of both chats is a thread of its own.
//! What is said in groups and channels is passed over: an answer there would be read by everybody. `docs/CHANNELS.md`
//! holds what Telegram has none of.
//!
//! Reading ([`list`], and `parse` of [`TelegramChannel`]) is pure. The token of the bot stands in every address that is
//! called, so no address is ever part of an error.

mod accounts;
mod channel;
mod client;
pub mod connect;
mod content;
mod failure;
mod inbound;
mod listed;
mod place;
mod read;
mod send;
pub mod settings;
mod signature;
mod wire;

pub use channel::TelegramChannel;
pub use listed::list;
pub use settings::TelegramSettings;
