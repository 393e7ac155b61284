//! The tests of the adapter for Messenger and Instagram that use its public face, over the double of the platform.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod conformance;
mod expected;
mod hostile;
mod lacks;
mod media;
mod reading;
mod sending;
mod stage;
mod tokens;
