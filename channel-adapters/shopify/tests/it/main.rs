//! Shopify as an order source, against a double of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod conformance;
mod entering;
mod faults;
mod reading;
mod shop;
