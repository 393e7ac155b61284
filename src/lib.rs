//! Resolute: the support desk for shops that sell on many channels.
//!
//! `docs/ARCHITECTURE.md` has the map and the path of a message.

pub mod agent;
pub mod app;
pub mod backup;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod commerce;
pub mod config;
pub mod credentials;
pub mod demo;
pub mod doctor;
pub mod documents;
pub mod events;
pub mod inbox;
pub mod jobs;
pub mod knowledge;
pub mod llm;
pub mod metrics;
pub mod model;
pub mod offered;
pub mod pictures;
pub mod policy;
pub mod setup;
pub mod store;
pub mod vault;
pub mod voice;
pub mod web;
