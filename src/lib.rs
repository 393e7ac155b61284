//! Resolute.

pub mod web;
