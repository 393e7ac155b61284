//! Text messages for Resolute: one number, behind one of the providers that connect numbers to the web.
//!
//! Through Twilio messages come and go, with their pictures and their fate. What comes through `MessageBird` is read;
//! answers cannot be sent there. A number is a claim: whoever forges one cannot be told from its owner, so nobody is
//! proved here. `docs/CHANNELS.md` holds what text messages have none of.
//!
//! Reading ([`list_twilio`], [`list_messagebird`], and `parse` of [`SmsChannel`]) is pure.

mod channel;
pub mod connect;
mod fields;
mod inbound;
mod key;
mod listed;
mod messagebird;
mod read;
pub mod segments;
pub mod settings;
mod twilio;

pub use channel::SmsChannel;
pub use listed::{list_messagebird, list_twilio};
pub use settings::SmsSettings;
