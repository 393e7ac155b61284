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
mod admission;
mod agent;
mod agent_runs;
mod answer_times;
mod articles;
#[cfg(feature = "browser")]
mod articles_shown;
mod audit;
mod autonomy;
mod backup;
mod brands;
#[cfg(feature = "browser")]
mod browser;
mod build_script;
mod bulk_changes;
mod care;
mod channels;
mod clocks;
mod composer_files;
#[cfg(feature = "browser")]
mod composer_files_shown;
mod consents;
mod contacts;
mod context;
#[cfg(feature = "browser")]
mod daily_shown;
mod databases;
mod demo;
mod demo_platforms;
mod demo_shop;
mod doctor;
mod doubts;
mod edits;
mod entrance;
mod erasure;
mod eval;
mod fates;
mod fetched;
mod filters;
#[cfg(feature = "browser")]
mod filters_shown;
mod health;
mod history;
#[cfg(feature = "browser")]
mod history_shown;
mod identity_checks;
mod invitations;
#[cfg(feature = "browser")]
mod journey;
mod kills;
mod language_model;
mod lines;
mod live;
#[cfg(feature = "browser")]
mod live_shown;
mod llm;
mod locks;
mod log;
mod long_mail;
mod macros;
mod mail_path;
mod market_orders;
mod matters;
#[cfg(feature = "browser")]
mod menus_shown;
mod merges;
mod migrations;
mod money;
#[cfg(feature = "browser")]
mod narrow_shown;
mod notifications;
mod offered;
mod operator;
mod order_sources;
mod order_templates;
mod overtaken;
#[cfg(feature = "browser")]
mod pages_shown;
mod people;
mod pictures;
mod place;
mod platforms;
mod policies;
mod policies_shown;
mod polling;
mod proved;
mod recheck;
mod replays;
mod reply_templates;
mod restraint;
mod routes;
mod saved_views;
#[cfg(feature = "browser")]
mod screens;
mod search;
mod sender_check;
mod sending;
#[cfg(feature = "browser")]
mod sheet;
mod shopify;
mod slow_peers;
mod store;
mod teammates;
mod threads;
mod together;
mod told_later;
mod tracking;
#[cfg(feature = "browser")]
mod typed;
mod voices;
#[cfg(feature = "browser")]
mod voices_shown;
mod widget;
mod woocommerce;
mod writing;
