//! The life of a conversation: what comes in, what is decided, what goes out.

pub mod place;
pub mod receive;
pub mod record;
