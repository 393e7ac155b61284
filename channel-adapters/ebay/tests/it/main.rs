//! The tests of the eBay adapter, against a double of eBay.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: to panic is how a test fails"
)]

mod conformance;
mod fixtures;
mod harness;
mod hostile;
mod notifications;
mod polling;
mod reading;
mod sending;
mod shared;
mod shop;
