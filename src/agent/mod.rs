//! The agent: one run over a snapshot it is handed.

pub mod understand;
