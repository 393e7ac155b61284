//! Articles of the help centre: what one may be, how its text is shown, and how files and pages become articles. Pure.

pub mod article;
pub mod import;
pub mod markdown;
pub mod questions;
mod web_page;
