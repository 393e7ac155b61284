//! Everything that speaks HTTP: pages, the API, webhooks and the files that pages need.

pub mod assets;
