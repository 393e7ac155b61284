//! Understanding of a customer's message without a language model: intents, entities, language, tone and risks.

pub mod classifier;
pub mod corpus;
pub mod features;
pub mod intent;
pub mod patterns;
mod random;
pub mod rank;
pub mod train;
