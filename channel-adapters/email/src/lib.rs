//! E-mail for Resolute: raw MIME in, by IMAP or by webhook, and SMTP submission out.
//!
//! Reading a mail ([`parse()`]) is pure: the same bytes give the same [`mail::ParsedMail`], and no bytes make it fail.
//! [`EmailChannel`] joins it with the servers.

mod address;
mod base32;
mod bounded;
mod channel;
mod charset;
pub mod classify;
mod header;
pub mod html;
mod imap;
mod inbound;
pub mod key;
mod limits;
pub mod mail;
mod mime;
mod parameters;
pub mod parse;
pub mod relay;
mod reply;
pub mod report;
pub mod settings;
mod smtp;
mod text;
pub mod thread;
mod tls;
mod tokens;
mod transfer;
mod trouble;
mod words;

pub use channel::{EmailChannel, MOST_FILES};
pub use mail::ParsedMail;
pub use parse::parse;
pub use settings::EmailSettings;
