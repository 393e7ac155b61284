//! Live chat for Resolute: the desk is the platform, so there is no server to speak to.
//!
//! What is here is pure: a visitor's session is a token that the channel signs ([`visitor`]), a shop vouches for its
//! customer with a signed identity ([`identity`]), and what the widget sends ([`frame`]) is wrapped together with whom
//! it came from, stored, and read back into events ([`LiveChat`]).

mod channel;
pub mod frame;
pub mod identity;
pub mod settings;
mod sign;
pub mod visitor;

pub use channel::{LiveChat, TEXT_LIMIT, key_of, thread_of, visitor_of};
pub use settings::LiveChatSettings;
