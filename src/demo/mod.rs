//! What the demo is filled with: conversations that stand there at the start, and mails that arrive while one looks on.
//!
//! The words are data below `texts/`, about the people and orders of [`crate::commerce::demo_shop`]. Mails
//! come out as raw bytes and go through the ordinary intake ([`play`]).

mod articles;
pub mod conversations;
mod history;
pub mod mime;
pub mod orders;
mod photo;
pub mod platforms;
pub mod play;
mod post_office;
pub mod script;
mod seed;
mod shop_front;
mod text_file;
