//! What the integration tests stand on: servers and browsers that a test starts and stops itself.
//!
//! A test that needs a program which is not installed says so through [`skip`] and passes;
//! `bin/setup` installs them all, and continuous integration fails when it cannot.
#![allow(dead_code, reason = "each test uses a part, and which part depends on the features")]

#[cfg(feature = "browser")]
pub(crate) mod chromium;
#[cfg(feature = "browser")]
mod devtools;
pub(crate) mod openai;
pub(crate) mod ports;
pub(crate) mod postgres;

/// Says why a test does not run here.
pub(crate) fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}
