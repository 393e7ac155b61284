//! Who pays for calls. A purse is asked before each call for the most that it can cost, and gets back what it did not cost: so
//! however many ask at once, nothing is spent that was not there. A call whose end nobody sees keeps what was paid for it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{Llm, LlmError, Usage};
use crate::model::Ts;
use crate::model::llm_cost::Cost;

/// A token is so many bytes of a text at least, in the mean.
const BYTES_OF_TOKEN: u64 = 3;
/// No call reads or writes more; a server that tells so is not believed.
const MOST_TOKENS: u64 = 100_000_000;

/// What a million tokens cost, in millionths of the currency's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of tokens that the model reads.
    pub prompt: u64,
    /// Of tokens that it writes.
    pub completion: u64,
}

impl Prices {
    /// What one call costs that read and wrote so much, rounded up.
    pub fn cost(self, usage: Usage) -> Cost {
        let prompt = usage.prompt_tokens.min(MOST_TOKENS);
        let completion = usage.completion_tokens.min(MOST_TOKENS);
        let price = |tokens: u64, million: u64| u128::from(tokens) * u128::from(million);
        let micros = (price(prompt, self.prompt) + price(completion, self.completion)).div_ceil(1_000_000);
        let tokens = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Cost {
            calls: 1,
            prompt_tokens: tokens(prompt),
            completion_tokens: tokens(completion),
            micros: i64::try_from(micros).unwrap_or(i64::MAX),
        }
    }
}

/// Why nobody pays for a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpaid {
    /// The brand's month is used up.
    #[error("what the language model may cost the brand this month leaves no room for another call")]
    Brand,
    /// The month is used up for this kind of request.
    #[error("what the language model may cost this month for “{label}” leaves no room for another call")]
    Kind {
        /// The kind, for people.
        label: String,
    },
    /// The purse could not be opened.
    #[error("what the language model costs could not be written down")]
    Closed,
}

/// What was paid for a call before it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// For which kind of request.
    pub kind: String,
    /// Out of which month, by its first moment.
    pub month: Ts,
    /// How much.
    pub most: Cost,
}

/// Somebody who pays.
#[async_trait]
pub trait Purse: fmt::Debug + Send + Sync {
    /// Pays for a call at its dearest, or says why not: then it is not sent.
    async fn pay(&self, kind: &str, most: Cost) -> Result<Hold, Unpaid>;

    /// Takes back what was paid too much. Where this fails, the most stays paid.
    async fn settle(&self, hold: Hold, cost: Cost);
}

/// A purse, and under which kind of request it pays.
#[derive(Clone, Debug)]
pub(super) struct Payer {
    purse: Arc<dyn Purse>,
    kind: String,
}

impl Llm {
    /// The same connection, with calls for this kind of request paid out of a purse.
    #[must_use]
    pub fn paid_from(&self, purse: &Arc<dyn Purse>, kind: &str) -> Self {
        let payer = Payer { purse: Arc::clone(purse), kind: kind.to_owned() };
        Self { payer: Some(payer), ..self.clone() }
    }

    /// What the shortest call costs at its dearest: none has room in less.
    pub fn shortest_call(&self) -> Cost {
        self.dearest(1)
    }

    fn dearest(&self, prompt_tokens: u64) -> Cost {
        let completion_tokens = u64::from(self.settings.max_output_tokens);
        self.settings.prices.cost(Usage { prompt_tokens, completion_tokens })
    }

    /// Pays for a call with this body; nothing where nobody has to.
    pub(super) async fn pay(&self, body: &Value) -> Result<Option<Hold>, LlmError> {
        let Some(payer) = &self.payer else { return Ok(None) };
        payer.purse.pay(&payer.kind, self.dearest(tokens_of(body))).await.map(Some).map_err(LlmError::Unpaid)
    }

    /// Puts right what was paid.
    pub(super) async fn settle(&self, hold: Option<Hold>, cost: impl FnOnce() -> Cost + Send) {
        if let (Some(payer), Some(hold)) = (&self.payer, hold) {
            payer.purse.settle(hold, cost()).await;
        }
    }

    /// What a call cost: as the server tells, or else by the length of what went over the wire.
    pub(super) fn cost(&self, body: &Value, answer: &Value) -> Cost {
        let told = Usage::read(answer);
        let by_length = || Usage {
            prompt_tokens: tokens_of(body),
            completion_tokens: tokens_of(answer.get("choices").unwrap_or(&Value::Null)),
        };
        self.settings.prices.cost(if told == Usage::default() { by_length() } else { told })
    }
}

fn tokens_of(text: &Value) -> u64 {
    u64::try_from(text.to_string().len()).unwrap_or(u64::MAX).div_ceil(BYTES_OF_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_of_a_million_tokens_make_millionths_and_never_less_than_the_call_costs() {
        let prices = Prices { prompt: 150_000, completion: 600_000 };
        let micros = |prompt_tokens, completion_tokens| prices.cost(Usage { prompt_tokens, completion_tokens }).micros;
        assert_eq!(micros(1_000_000, 1_000_000), 750_000);
        assert_eq!((micros(100, 20), micros(1, 0), micros(0, 0)), (27, 1, 0));
        let told = Prices { prompt: u64::MAX, completion: u64::MAX };
        let cost = told.cost(Usage { prompt_tokens: u64::MAX, completion_tokens: u64::MAX });
        assert_eq!((cost.calls, cost.prompt_tokens, cost.micros), (1, 100_000_000, i64::MAX));
        assert_eq!(Prices::default().cost(Usage { prompt_tokens: 9, completion_tokens: 9 }).micros, 0);
    }
}
