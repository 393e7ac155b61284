//! Articles of the help centre: what one may be, and how its text is shown. Pure.

pub mod article;
pub mod markdown;
