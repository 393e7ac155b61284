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

mod account;
mod agent;
mod audit;
mod backup;
mod brands;
#[cfg(feature = "browser")]
mod browser;
mod build_script;
mod care;
mod channels;
mod composer_files;
#[cfg(feature = "browser")]
mod composer_files_shown;
mod context;
mod databases;
mod demo;
mod demo_shop;
mod doctor;
mod edits;
mod entrance;
mod health;
#[cfg(feature = "browser")]
mod journey;
mod kills;
mod live;
mod llm;
mod mail_path;
mod migrations;
mod money;
mod place;
mod policies;
mod polling;
mod recheck;
mod reply_templates;
mod restraint;
#[cfg(feature = "browser")]
mod screens;
mod store;
mod together;
mod widget;
