//! Orders and actions, the same for every shop system.

pub mod as_read;
pub mod beside;
pub mod changed;
pub mod demo_shop;
pub mod file_shop;
pub mod markets;
pub mod matters;
pub mod perform;
pub mod precondition;
pub mod promises;
pub mod recorded;
pub mod registry;
pub mod shops;
pub mod sources;
#[cfg(test)]
pub(crate) mod test_order;
pub mod tracking;
