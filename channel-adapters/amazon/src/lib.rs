//! Amazon for Resolute.
//!
//! Buyers and sellers write to each other as mail: Amazon gives each an address of its own and passes on what comes there.
//! So the channel wraps a mail account ([`channel_email::EmailChannel`]), polls and sends by it, and reads its mails once
//! more as what they are on Amazon: a buyer's words inside of Amazon's page, a copy, a failure, news of an order. Why it
//! is so: `docs/decisions/0041-amazon-is-mail.md`.
//!
//! What a seller may say about an order without being asked goes through the Selling Partner API ([`SpApiSettings`]), as
//! templates with fixed names. Changes of orders come as notifications through a queue of the seller's
//! ([`settings::QueueSettings`]), which is read beside the mailbox.

mod address;
mod channel;
pub mod connect;
mod content;
mod due;
mod inbound;
pub mod lint;
pub mod listed;
mod news;
mod notices;
mod order_change;
mod outgoing;
mod phrases;
mod proof;
mod queue;
pub mod rate;
mod relay;
pub mod settings;
mod spapi;
mod token;

pub use address::BUYER;
pub use channel::AmazonChannel;
pub use listed::list;
pub use notices::NoticeKind;
pub use settings::{AmazonSettings, QueueSettings, SpApiSettings};
