//! Understanding of a customer's message without a language model: intents, entities, language and risks.
//!
//! Pure and deterministic; knows nothing of orders, customers or policy. The intent model is trained by `train` from
//! labelled rows and the pattern files in `examples/`, and ships inside the program.

pub mod classifier;
pub mod corpus;
mod disguise;
pub mod entities;
pub(super) mod entity_patterns;
pub mod features;
pub mod intent;
pub mod language;
pub mod patterns;
pub(super) mod phrases;
mod places;
mod random;
pub mod rank;
pub mod risk;
mod risk_rules;
pub(super) mod script;
pub mod train;

use serde::Serialize;

use entities::{Entity, Formats};
use intent::Intent;
use language::LanguageGuess;
use rank::Ranked;
use risk::{Risk, Source};

/// What the caller knows beforehand.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The brand's own number formats.
    pub formats: Formats,
    /// Where the text stood.
    pub source: Source,
}

/// All that a message says by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Understanding {
    /// What is wanted, the likeliest first; never empty.
    pub intents: Vec<Ranked>,
    /// Facts named in the text, by position.
    pub entities: Vec<Entity>,
    /// Language of the text.
    pub language: LanguageGuess,
    /// Signs of manipulation, abuse and advertising.
    pub risks: Vec<Risk>,
    /// How far the text is from harmless, 0 to 1; see [`risk::suspicion`].
    pub suspicion: f32,
    /// Probability of the first intent.
    pub confidence: f32,
}

impl Understanding {
    /// The first intent.
    pub fn primary(&self) -> Intent {
        self.intents.first().map_or(Intent::OutOfScope, |ranked| ranked.intent)
    }
}

/// Understands a message.
pub fn understand(text: &str, options: &Options) -> Understanding {
    let intents = rank::rank(text);
    let first = intents.first().copied();
    Understanding {
        entities: entities::entities(text, &options.formats, first.map(|ranked| ranked.intent)),
        language: language::detect(text),
        risks: risk::risks(text, options.source),
        suspicion: risk::suspicion(text),
        confidence: first.map_or(0.0, |ranked| ranked.confidence),
        intents,
    }
}

#[cfg(test)]
mod tests;
