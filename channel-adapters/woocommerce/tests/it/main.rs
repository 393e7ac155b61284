//! WooCommerce against a double of a shop that runs on it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod acting;
mod conformance;
mod faults;
mod reading;
mod support;
