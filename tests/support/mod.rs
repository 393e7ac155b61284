//! What the integration tests stand on: servers and browsers that a test starts and stops itself.
//!
//! A test that needs a program which is not installed says so through [`skip`] and passes;
//! `bin/setup` installs them all, and continuous integration fails when it cannot.
#![allow(dead_code, reason = "each test uses a part, and which part depends on the features")]

pub(crate) mod cast;
pub(crate) mod chat;
#[cfg(feature = "browser")]
pub(crate) mod chromium;
pub(crate) mod desk;
#[cfg(feature = "browser")]
mod devtools;
#[path = "../../channel-adapters/email/tests/support/dovecot.rs"]
pub(crate) mod dovecot;
pub(crate) mod forms;
pub(crate) mod http;
pub(crate) mod mails;
pub(crate) mod openai;
pub(crate) mod ports;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod setup;
pub(crate) mod smtp;
pub(crate) mod socket;
pub(crate) mod stores;
pub(crate) mod stream;
pub(crate) mod timeline;
#[cfg(feature = "browser")]
pub(crate) mod visit;
pub(crate) mod wire;

/// Says why a test does not run here.
pub(crate) fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}
