//! How a brand sounds: the voice document, the score of a text against it, reply templates, and dates and money as
//! each language writes them.

mod document;
mod forbidden;
pub mod format;
mod level;
pub mod locale;
mod sandbox;
mod score;
mod template_variables;
pub mod templates;
mod templates_list;
#[cfg(test)]
mod templates_tests;
pub mod texts;

pub use document::{ChannelVoice, LocaleVoice, SayInstead, Spoken, Voice, compile};
pub use forbidden::forbids_too_much;
pub use level::ReadingLevel;
pub use score::{Finding, Score, has_words, score};
