//! A shop on a marketplace that runs on Mirakl, against a double of the marketplace.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod conformance;
mod hostile;
mod marketplace;
mod news;
mod polling;
mod reading;
mod sending;
