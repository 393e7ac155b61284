//! What the integration tests stand on: servers and browsers that a test starts and stops itself.
//!
//! A test that needs a program which is not installed says so through `channel_contract::testkit::skip` and passes,
//! but fails where `CI=true`; `bin/setup` installs them all.
#![allow(dead_code, reason = "each test uses a part, and which part depends on the features")]

pub(crate) mod answers;
pub(crate) mod cast;
pub(crate) mod chat;
#[cfg(feature = "browser")]
pub(crate) mod chromium;
pub(crate) mod desk;
#[cfg(feature = "browser")]
mod devtools;
#[path = "../../channel-adapters/email/tests/support/dovecot.rs"]
pub(crate) mod dovecot;
pub(crate) mod drafts;
pub(crate) mod forms;
pub(crate) mod http;
pub(crate) mod mails;
pub(crate) mod openai;
pub(crate) mod own_postgres;
pub(crate) mod platforms;
pub(crate) mod ports;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod purse;
pub(crate) mod setup;
pub(crate) mod smtp;
pub(crate) mod socket;
pub(crate) mod stand;
pub(crate) mod stores;
pub(crate) mod stream;
pub(crate) mod timeline;
#[cfg(feature = "browser")]
pub(crate) mod visit;
pub(crate) mod wire;
