//! E-mail for Resolute: raw MIME in, by IMAP or by webhook, and SMTP submission out.
//!
//! Reading a mail ([`parse`]) is pure: the same bytes give the same [`mail::ParsedMail`], and no bytes make it fail.

mod address;
mod charset;
pub mod classify;
mod header;
pub mod html;
mod limits;
pub mod mail;
mod mime;
mod parameters;
pub mod parse;
pub mod reply;
pub mod report;
mod text;
mod transfer;
mod words;

pub use mail::ParsedMail;
pub use parse::parse;
