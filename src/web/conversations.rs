//! The inbox and a conversation: what the list, the timeline, the draft, the composer and the context panel show.
//!
//! Every piece is built from values of the model and can stand alone as the fragment that a live page asks for.

pub mod action_form;
pub mod brought;
pub mod change;
mod changed;
pub mod compensation;
pub mod composer;
pub mod context;
pub(in crate::web) mod customer;
pub mod desk;
pub mod draft;
pub mod event;
pub mod filter;
pub mod head;
mod history;
pub mod identity_checks;
pub mod linking;
mod listed;
mod loaded;
mod looked_at;
pub mod message;
pub mod order;
mod other_items;
pub mod row;
pub mod shop;
pub mod show;
pub mod signs;
pub mod timeline;

#[cfg(test)]
mod tests;
