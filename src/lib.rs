//! Resolute.

pub mod agent;
