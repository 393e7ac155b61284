//! Everything that speaks HTTP: pages, the API, webhooks and the files that pages need.
//!
//! A page is a view struct with its askama template; constructors turn values of the model into what is shown.

pub mod approvals;
pub mod assets;
pub mod conversations;
pub mod filters;
pub mod format;
pub mod forms;
pub mod page;
pub mod parts;
pub mod sessions;
pub mod setup;
pub mod text;
pub mod words;
