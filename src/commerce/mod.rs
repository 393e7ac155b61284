//! Orders and actions, the same for every shop system.

pub mod shops;
