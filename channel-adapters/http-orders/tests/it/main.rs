//! The HTTP order source against a local shop.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

mod actions;
mod conformance;
mod misbehaviour;
mod reading;
mod shop;
mod support;
