//! Looking things up on the model's behalf: a bounded loop of calls, then a structured result.

use std::time::Duration;

use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::decode::decode;
use super::dialect::{Shape, schema_words};
use super::request::harmless;
use super::structured::Talk;
use super::turn::RawCall;
use super::{Completion, Llm, LlmError, Request, until};

/// The longest result that is shown to the model, in bytes.
const LONGEST_RESULT: usize = 64 * 1024;

/// Something that the model may look up.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Letters, digits and `_`.
    pub name: &'static str,
    /// When to use it.
    pub description: &'static str,
    /// JSON schema of its arguments, an object.
    pub parameters: Value,
}

impl Tool {
    pub(super) fn as_json(&self) -> Value {
        let function = json!({"name": self.name, "description": self.description, "parameters": self.parameters});
        json!({"type": "function", "function": function})
    }
}

/// A call of a known tool. The values of the arguments are the model's: check them as foreign input.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// One of the given tools.
    pub name: &'static str,
    /// As the model wrote them.
    pub arguments: Map<String, Value>,
}

/// What came of a call; an error is told to the model in these words.
pub type ToolResult = Result<Value, String>;

/// How far the model may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How often it may ask for tools.
    pub rounds: u32,
    /// How many calls in all.
    pub calls: usize,
    /// How long everything may take, the final result included; never longer than the settings allow for one call.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 6, calls: 16, total: Duration::from_mins(1) }
    }
}

impl Llm {
    /// Lets the model call `tools`, several at a time if it likes, and then give a result of type `T`.
    ///
    /// Tools must only read: when the time is over, calls that run are dropped.
    pub async fn run_tools<T, F, R>(
        &self,
        request: &Request,
        schema: &Value,
        tools: &[Tool],
        call: F,
        limits: Limits,
    ) -> Result<Completion<T>, LlmError>
    where
        T: DeserializeOwned,
        F: Fn(ToolCall) -> R + Send + Sync,
        R: Future<Output = ToolResult> + Send,
    {
        let total = limits.total.min(self.settings.timeout);
        let deadline = Instant::now() + total;
        until(deadline, total, async {
            let mut talk = Talk::new(request.messages(&schema_words(schema)));
            if let Some(value) = self.gather(&mut talk, tools, &call, limits, deadline).await? {
                return Ok(Completion { value, usage: talk.usage, turns: talk.turns });
            }
            let end = "Call no more tools. Give the result now, from what you know.";
            talk.messages.push(json!({"role": "user", "content": end}));
            let shape = Shape { schema: Some(schema), tools, tools_closed: true };
            self.decoded(talk, schema, shape, deadline).await
        })
        .await
    }

    /// The rounds of calls. Gives the result if the model's last words are one already: during the rounds no answer
    /// format is set, because servers that hold the model to a format then keep it from calling tools.
    async fn gather<T, F, R>(
        &self,
        talk: &mut Talk,
        tools: &[Tool],
        call: &F,
        limits: Limits,
        deadline: Instant,
    ) -> Result<Option<T>, LlmError>
    where
        T: DeserializeOwned,
        F: Fn(ToolCall) -> R + Send + Sync,
        R: Future<Output = ToolResult> + Send,
    {
        let shape = Shape { tools, ..Shape::default() };
        let mut calls_left = limits.calls;
        for _ in 0..limits.rounds {
            let turn = self.turn(|_| talk.messages.clone(), shape, deadline).await?;
            talk.count(turn.usage);
            if let Some(error) = turn.stop.error() {
                return Err(error);
            }
            if turn.calls.is_empty() {
                let result = decode(&turn.content).ok();
                if result.is_none() && !turn.content.is_empty() {
                    talk.messages.push(json!({"role": "assistant", "content": turn.content}));
                }
                return Ok(result);
            }
            let round = talk.turns;
            let calls: Vec<Asked> =
                turn.calls.into_iter().zip(0..).map(|(raw, at)| Asked::new(raw, round, at)).collect();
            talk.messages.push(said(&turn.content, &calls));
            let results = join_all(calls.iter().enumerate().map(|(place, asked)| async move {
                if place < calls_left { asked.answer(tools, call).await } else { Err("no calls are left".to_owned()) }
            }))
            .await;
            calls_left = calls_left.saturating_sub(calls.len());
            talk.messages.extend(calls.iter().zip(results).map(|(asked, result)| asked.message(result)));
            if calls_left == 0 {
                break;
            }
        }
        Ok(None)
    }
}

/// A call with an id of our own and its arguments read.
struct Asked {
    id: String,
    /// As written; only the very name of a tool is that tool.
    name: String,
    arguments: Result<Map<String, Value>, String>,
}

impl Asked {
    /// The model's own ids may be missing or doubled, so they are not used.
    fn new(raw: RawCall, round: u32, place: usize) -> Self {
        let written = if raw.arguments.trim().is_empty() { "{}" } else { &raw.arguments };
        let arguments =
            serde_json::from_str(written).map_err(|error| format!("the arguments are no JSON object: {error}"));
        Self { id: format!("call_{round}_{place}"), name: raw.name, arguments }
    }

    async fn answer<F, R>(&self, tools: &[Tool], call: &F) -> ToolResult
    where
        F: Fn(ToolCall) -> R,
        R: Future<Output = ToolResult>,
    {
        let Some(tool) = tools.iter().find(|tool| tool.name == self.name) else {
            let known: Vec<&str> = tools.iter().map(|tool| tool.name).collect();
            return Err(format!("there is no such tool; there are: {}", known.join(", ")));
        };
        call(ToolCall { name: tool.name, arguments: self.arguments.clone()? }).await
    }

    /// The result as the model reads it. JSON is its own fence: no text inside can end it.
    fn message(&self, result: ToolResult) -> Value {
        let value = result.unwrap_or_else(|error| json!({"error": error}));
        let mut text = harmless(&value.to_string());
        if text.len() > LONGEST_RESULT {
            text = json!({"error": "the result is too long to show"}).to_string();
        }
        json!({"role": "tool", "tool_call_id": self.id, "content": text})
    }
}

/// The model's turn as it is repeated to it: servers check names and arguments of earlier calls.
fn said(content: &str, calls: &[Asked]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|asked| {
            let arguments = asked.arguments.as_ref().map(|map| Value::from(map.clone()).to_string());
            let function =
                json!({"name": plain_name(&asked.name), "arguments": arguments.unwrap_or_else(|_| "{}".to_owned())});
            json!({"id": asked.id, "type": "function", "function": function})
        })
        .collect();
    let content = if content.is_empty() { Value::Null } else { content.into() };
    json!({"role": "assistant", "content": content, "tool_calls": calls})
}

fn plain_name(name: &str) -> String {
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(64).collect();
    if name.is_empty() { "unnamed".to_owned() } else { name }
}
