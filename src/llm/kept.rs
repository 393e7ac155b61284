//! What a model was asked and answered, kept so that the same question gets the same answer without a server.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::turn::Turn;
use super::{ApiKey, Llm, LlmError, Models, Settings};

/// Where what was kept has to answer and does not.
pub(super) const NOT_KEPT: LlmError = LlmError::Unavailable { reason: "no answer of it to this was kept" };

/// A question, with all that was said before it, and its answer. A question that got none is not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The messages, as they are said to a server that understands all of the protocol.
    asked: Vec<Value>,
    answered: Turn,
}

/// A message as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `system`, `user`, `assistant`, `tool`.
    pub by: String,
    /// Its words, or which tools it calls.
    pub words: String,
}

impl Exchange {
    /// What was said in it, the answer at the end, but for what another question began with.
    pub fn said_since(&self, before: Option<&Self>) -> Vec<Said> {
        let before = before.map(|before| before.asked.as_slice()).unwrap_or_default();
        let is_more = !before.is_empty() && self.asked.starts_with(before);
        let new = self.asked.iter().skip(if is_more { before.len() } else { 0 });
        let called: Vec<String> =
            self.answered.calls.iter().map(|call| format!("{} {}", call.name, call.arguments)).collect();
        let words = [self.answered.content.clone()].into_iter().chain(called).filter(|words| !words.is_empty());
        let answer = Said { by: "assistant".to_owned(), words: words.collect::<Vec<_>>().join("\n") };
        new.map(said).chain([answer]).collect()
    }
}

fn said(message: &Value) -> Said {
    let text = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let called = message.get("tool_calls").map(Value::to_string).unwrap_or_default();
    let words = [text("content"), called].into_iter().filter(|words| !words.is_empty());
    Said { by: text("role"), words: words.collect::<Vec<_>>().join("\n") }
}

/// What is said over a connection, as far as it was.
#[derive(Clone, Debug, Default)]
pub struct Exchanges(Arc<Mutex<Vec<Exchange>>>);

impl Exchanges {
    /// Everything up to now.
    pub fn all(&self) -> Vec<Exchange> {
        self.held().clone()
    }

    fn held(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Models {
    /// The same connections, with what is going to be said over both.
    pub fn recorded(&self) -> (Self, Exchanges) {
        let (reading, exchanges) = self.reading.recorded();
        let wording = Llm { kept: Some(exchanges.clone()), ..self.wording.clone() };
        (Self { reading, wording }, exchanges)
    }
}

impl Llm {
    /// The same connection, with what is going to be said over it.
    pub fn recorded(&self) -> (Self, Exchanges) {
        let exchanges = Exchanges::default();
        (Self { kept: Some(exchanges.clone()), ..self.clone() }, exchanges)
    }

    /// A model of which only what was kept is there: no server is asked.
    pub fn repeating(model: &str, exchanges: Vec<Exchange>) -> Self {
        let settings = Arc::new(Settings::new("", ApiKey::default(), model));
        Self { server: None, settings, kept: Some(Exchanges(Arc::new(Mutex::new(exchanges)))), payer: None }
    }

    pub(super) fn keep(&self, asked: impl FnOnce() -> Vec<Value>, answered: &Turn) {
        if let Some(kept) = &self.kept {
            kept.held().push(Exchange { asked: asked(), answered: answered.clone() });
        }
    }

    /// What was answered to the same messages.
    pub(super) fn turn_again(&self, asked: &[Value]) -> Result<Turn, LlmError> {
        let kept = self.kept.as_ref().ok_or(NOT_KEPT)?.held();
        let same = kept.iter().find(|exchange| exchange.asked == asked);
        same.map(|exchange| exchange.answered.clone()).ok_or(NOT_KEPT)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::turn::{RawCall, Stop, Usage};
    use super::*;

    fn turn(content: &str, calls: &[&str]) -> Turn {
        let call = |name: &&str| RawCall { name: (*name).to_owned(), arguments: "{}".to_owned() };
        Turn {
            content: content.to_owned(),
            calls: calls.iter().map(call).collect(),
            stop: Stop::Finished,
            usage: Usage::default(),
        }
    }

    #[test]
    fn the_same_question_gets_its_answer_and_another_one_none() {
        let asked = vec![json!({"role": "user", "content": "Where is it?"})];
        let exchange = Exchange { asked: asked.clone(), answered: turn("{}", &[]) };
        let written = serde_json::to_string(&exchange).unwrap();
        let llm = Llm::repeating("m", vec![serde_json::from_str(&written).unwrap()]);
        assert_eq!(llm.turn_again(&asked), Ok(turn("{}", &[])));
        assert_eq!(llm.turn_again(&[]), Err(NOT_KEPT));
        assert_eq!(llm.model(), "m");
    }

    #[test]
    fn what_was_said_before_is_shown_once() {
        let mut asked = vec![json!({"role": "user", "content": "Where is it?"})];
        let first = Exchange { asked: asked.clone(), answered: turn("", &["own_orders"]) };
        asked.push(json!({"role": "tool", "content": "[]"}));
        let second = Exchange { asked, answered: turn("Nowhere.", &[]) };
        let words = |said: Vec<Said>| said.into_iter().map(|said| format!("{}: {}", said.by, said.words));
        let first_said: Vec<String> = words(first.said_since(None)).collect();
        assert_eq!(first_said, ["user: Where is it?", "assistant: own_orders {}"]);
        let second_said: Vec<String> = words(second.said_since(Some(&first))).collect();
        assert_eq!(second_said, ["tool: []", "assistant: Nowhere."]);
    }
}
