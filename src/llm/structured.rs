//! A typed result: asked for by schema, decoded with closed sets, repaired once.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::decode::decode;
use super::dialect::{Format, Shape, Spoken, schema_words};
use super::{Llm, LlmError, Request, Usage, until};

/// A typed result and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion<T> {
    /// The result.
    pub value: T,
    /// All turns together.
    pub usage: Usage,
    /// How often the model was asked.
    pub turns: u32,
}

impl Llm {
    /// A result of type `T`, which `schema` describes. The schema is a help for the model; what counts is the decoding.
    pub async fn complete_structured<T: DeserializeOwned>(
        &self,
        request: &Request,
        schema: &Value,
    ) -> Result<Completion<T>, LlmError> {
        let deadline = self.deadline();
        let talk = Talk::new(request.messages(""));
        let shape = Shape { schema: Some(schema), ..Shape::default() };
        until(deadline, self.settings.timeout, self.decoded(talk, schema, shape, deadline)).await
    }

    /// Asks until the answer decodes: at most twice.
    pub(super) async fn decoded<T: DeserializeOwned>(
        &self,
        mut talk: Talk,
        schema: &Value,
        shape: Shape<'_>,
        deadline: Instant,
    ) -> Result<Completion<T>, LlmError> {
        let mut repaired = false;
        loop {
            let turn = self.turn(|spoken| talk.with_schema(schema, spoken), shape, deadline).await?;
            talk.count(turn.usage);
            if let Some(error) = turn.stop.error() {
                return Err(error);
            }
            match decode(&turn.content) {
                Ok(value) => return Ok(Completion { value, usage: talk.usage, turns: talk.turns }),
                Err(_) if repaired => return Err(LlmError::nonsense("it does not have the form that was asked for")),
                Err(problem) => talk.repair(&turn.content, &problem),
            }
            repaired = true;
        }
    }
}

/// The messages so far, and what they cost.
pub(super) struct Talk {
    pub(super) messages: Vec<Value>,
    pub(super) usage: Usage,
    pub(super) turns: u32,
}

impl Talk {
    pub(super) fn new(messages: Vec<Value>) -> Self {
        Self { messages, usage: Usage::default(), turns: 0 }
    }

    pub(super) fn count(&mut self, usage: Usage) {
        self.usage += usage;
        self.turns += 1;
    }

    /// The messages, with the schema in the instructions where no field of the call carries it.
    fn with_schema(&self, schema: &Value, spoken: Spoken) -> Vec<Value> {
        let mut messages = self.messages.clone();
        if spoken.format == Format::JsonSchema {
            return messages;
        }
        if let Some(Value::String(system)) = messages.first_mut().and_then(|message| message.get_mut("content")) {
            system.push_str(&schema_words(schema));
        }
        messages
    }

    fn repair(&mut self, answer: &str, problem: &str) {
        if !answer.is_empty() {
            self.messages.push(json!({"role": "assistant", "content": answer}));
        }
        let again =
            format!("This answer cannot be used: {problem}. Answer again with the whole JSON object and nothing else.");
        self.messages.push(json!({"role": "user", "content": again}));
    }
}
