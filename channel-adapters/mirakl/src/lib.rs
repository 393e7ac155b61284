//! Marketplaces that run on Mirakl, for Resolute: one adapter for all of their operators, one channel for each shop on one.
//!
//! Nothing is pushed: a poll reads the threads that changed, page by page, and stores each message beside what its thread
//! says; orders and returns become news of their order. Each list is read no more often than its settings say, for the operators'
//! rules of use limit that. Where orders are read at all, one is also read by its number: beside the list, and with a distance
//! of its own between two of them. What is stored is read purely.
//!
//! An answer goes to whom the desk names, the customer or the operator, and to both where the operator wrote to both. Threads
//! are begun by customers and operators: the desk knows no order to begin one on.

mod audience;
mod channel;
mod client;
pub mod connect;
mod cursor;
mod failure;
mod inbound;
mod items;
mod listed;
mod news;
mod order;
mod poll;
mod read;
mod reconcile;
mod send;
pub mod settings;
mod source;
mod turns;
mod wire;

pub use channel::MiraklChannel;
pub use items::items;
pub use listed::list;
pub use settings::MiraklSettings;
