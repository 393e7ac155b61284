//! Understanding of a customer's message without a language model: intents, entities, language, tone and risks.

pub mod classifier;
pub mod corpus;
mod disguise;
pub mod features;
pub mod intent;
pub mod language;
pub mod patterns;
mod phrases;
mod random;
pub mod rank;
pub mod risk;
mod risk_rules;
pub mod tone;
pub mod train;
