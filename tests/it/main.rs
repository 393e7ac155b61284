//! All integration tests, in one binary: each further one would link everything again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so do its helpers"
)]

#[path = "../support/mod.rs"]
mod support;

mod agent;
#[cfg(feature = "browser")]
mod browser;
mod build_script;
mod care;
mod databases;
mod demo_shop;
#[cfg(feature = "browser")]
mod journey;
mod kills;
mod llm;
mod mail_path;
mod migrations;
mod money;
mod place;
#[cfg(feature = "browser")]
mod screens;
mod store;
