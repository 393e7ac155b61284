//! eBay for Resolute: conversations of its Message API, signed notifications, and what happens to orders.
//!
//! Polling is what brings everything; a notification brings a message sooner, and says what polling cannot: that access
//! was taken back, and that a user's data must go. Reading ([`EbayChannel`]'s `verify` and `parse`, [`list()`]) is pure.
//! Left out are the calls of eBay's older interface (Trading), and actions on orders.

mod channel;
mod client;
pub mod connect;
mod failure;
mod happenings;
mod inbound;
mod keys;
mod listed;
mod plain;
mod progress;
mod pushes;
mod quota;
mod read;
mod reconcile;
mod searches;
mod send;
pub mod settings;
mod signature;
mod talks;
mod tokens;
mod wire;

pub use channel::EbayChannel;
pub use listed::list;
pub use settings::EbaySettings;
