//! One turn of the model: the call with its quick retries, and its answer read leniently.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::dialect::{self, Shape, Spoken};
use super::wire::Fault;
use super::{Llm, LlmError, Server};
use crate::model::llm_cost::Cost;

const MOST_RETRIES: u32 = 2;

/// What a call cost, as far as the server tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.prompt_tokens = self.prompt_tokens.saturating_add(other.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(other.completion_tokens);
    }
}

impl Usage {
    /// What the server tells; nothing where it tells nothing.
    pub(super) fn read(answer: &Value) -> Self {
        let count = |name| answer.get("usage").and_then(|usage| usage.get(name)).and_then(Value::as_u64).unwrap_or(0);
        Self { prompt_tokens: count("prompt_tokens"), completion_tokens: count("completion_tokens") }
    }
}

/// Why the model stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stop {
    /// It said all it wanted to say.
    Finished,
    /// At the limit of tokens.
    Cut,
    /// It, or the provider's filter, does not want to answer.
    Declined,
}

impl Stop {
    fn read(reason: &str) -> Self {
        match reason {
            "length" => Self::Cut,
            "content_filter" => Self::Declined,
            _ => Self::Finished,
        }
    }

    /// The error that this way of stopping is, if it is one.
    pub(super) fn error(self) -> Option<LlmError> {
        match self {
            Self::Finished => None,
            Self::Cut => Some(LlmError::TooLong),
            Self::Declined => Some(LlmError::nonsense("it declined to answer")),
        }
    }
}

/// A call of a tool as the model wrote it; nothing of it is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RawCall {
    pub(super) name: String,
    pub(super) arguments: String,
}

/// What the model answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Turn {
    pub(super) content: String,
    pub(super) calls: Vec<RawCall>,
    pub(super) stop: Stop,
    pub(super) usage: Usage,
}

impl Llm {
    /// Asks once, with quick retries for passing trouble and with steps down for what the server does not know. Each of them is
    /// a call that is paid.
    /// `messages` makes the messages for the form of structured output in use.
    pub(super) async fn turn(
        &self,
        messages: impl Fn(Spoken) -> Vec<Value> + Send + Sync,
        shape: Shape<'_>,
        deadline: Instant,
    ) -> Result<Turn, LlmError> {
        let Some(server) = &self.server else { return self.turn_again(&messages(Spoken::default())) };
        let mut retries = 0;
        loop {
            let spoken = server.dialect.spoken();
            let body = dialect::body(&self.settings, spoken, &messages(spoken), shape);
            let hold = self.pay(&body).await?;
            let chat = server.client.chat();
            let answer: Result<Value, _> = Box::pin(chat.create_byot(&body)).await;
            match answer {
                Ok(answer) => {
                    self.settle(hold, || self.cost(&body, &answer)).await;
                    let turn = read(&answer)?;
                    self.keep(|| messages(Spoken::default()), &turn);
                    return Ok(turn);
                }
                Err(error) => {
                    let fault = Fault::from(error);
                    if fault.costs_nothing() {
                        self.settle(hold, Cost::default).await;
                    }
                    self.try_again(server, fault, (spoken, &mut retries), deadline).await?;
                }
            }
        }
    }

    /// Returns when the call should be sent again, at once or after a pause; else says what came of it.
    async fn try_again(
        &self,
        server: &Server,
        fault: Fault,
        (used, retries): (Spoken, &mut u32),
        deadline: Instant,
    ) -> Result<(), LlmError> {
        if let Fault::Unknown(field) = fault {
            return if server.dialect.step_down(field, used) { Ok(()) } else { Err(fault.into()) };
        }
        let pause = fault.asked_pause().unwrap_or_else(|| self.settings.first_pause * 3_u32.pow(*retries));
        let too_long = pause > self.settings.longest_pause || Instant::now() + pause >= deadline;
        if !fault.passes() || *retries >= MOST_RETRIES || too_long {
            return Err(fault.into());
        }
        *retries += 1;
        tracing::debug!(?fault, ?pause, "The language model is asked again");
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

fn read(answer: &Value) -> Result<Turn, LlmError> {
    if answer.get("error").is_some_and(|error| !error.is_null()) {
        return Err(LlmError::Unavailable { reason: "its server answered with an error" });
    }
    let usage = Usage::read(answer);
    let choice = answer.get("choices").and_then(|choices| choices.get(0)).unwrap_or(&Value::Null);
    let message = choice.get("message").unwrap_or(&Value::Null);
    let refused = message.get("refusal").and_then(Value::as_str).is_some_and(|refusal| !refusal.is_empty());
    let reason = choice.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
    let calls = message.get("tool_calls").and_then(Value::as_array);
    Ok(Turn {
        content: content(message.get("content").unwrap_or(&Value::Null)),
        calls: calls.map(|calls| calls.iter().map(raw_call).collect()).unwrap_or_default(),
        stop: if refused { Stop::Declined } else { Stop::read(reason) },
        usage,
    })
}

/// A text, or a list of parts of which some are texts.
fn content(value: &Value) -> String {
    let part = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(part).collect(),
        _ => String::new(),
    }
}

fn raw_call(call: &Value) -> RawCall {
    let function = call.get("function").unwrap_or(&Value::Null);
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        // Some servers give the arguments as an object instead of a text.
        Some(other) => other.to_string(),
    };
    RawCall { name: text(function.get("name")), arguments: text(function.get("arguments")) }
}
