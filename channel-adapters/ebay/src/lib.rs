//! eBay for Resolute: conversations of its Message API, signed notifications, and what happens to orders.
//!
//! Polling is what brings everything; a notification brings a message sooner, and says what polling cannot: that access
//! was taken back, and that a user's data must go. Reading ([`EbayChannel`]'s `verify` and `parse`, [`list()`]) is pure.
//! Programs that may not use the Message API read and answer by the older interface (Trading), where it is set so. Orders are read
//! by their numbers; left out are actions on them.

mod channel;
mod client;
pub mod connect;
mod deals;
mod failure;
mod happenings;
mod inbound;
mod keys;
mod listed;
mod order;
mod plain;
mod progress;
mod purchases;
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
mod trading;
mod wire;

pub use channel::EbayChannel;
pub use listed::list;
pub use settings::EbaySettings;
