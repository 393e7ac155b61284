//! What the demo is filled with: conversations that stand there at the start, and mails that arrive while one looks on.
//!
//! The words are data below `texts/`, about the people and orders of [`crate::commerce::demo_shop`]. Nothing here writes
//! anywhere: mails come out as raw bytes and go through the ordinary intake.

pub mod conversations;
pub mod mime;
pub mod orders;
mod photo;
pub mod script;
mod text_file;
