//! LINE for Resolute: what an official account is told by webhook, and what it says.
//!
//! Customers write to the account; what is said in groups and rooms is passed over: an answer there would be read by
//! everybody. An answer within the first minute goes as a reply, which costs nothing and can be sent once; a later one is
//! pushed, which counts against the month's messages and may be repeated. `docs/CHANNELS.md` holds what LINE has none of.
//!
//! Reading ([`list`], and `parse` of [`LineChannel`]) is pure.

mod channel;
pub mod connect;
mod content;
mod failure;
mod inbound;
mod listed;
mod read;
mod send;
pub mod settings;
mod signature;
mod tokens;
mod wire;

pub use channel::LineChannel;
pub use listed::list;
pub use settings::LineSettings;
