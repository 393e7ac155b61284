//! Text as it is written, piece by piece, until whoever shows it breaks it off.

use std::ops::ControlFlow;

use async_openai::error::OpenAIError;
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::Instant;

use super::dialect::{self, Shape};
use super::turn::Stop;
use super::wire::{BROKEN_EVENT, Fault};
use super::{Llm, LlmError, Request, Usage, until};

/// A text that came in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// All of it, or what there was when it was cancelled.
    pub text: String,
    /// Whether `on_piece` broke it off.
    pub cancelled: bool,
    /// What it cost, as far as the server tells before the end.
    pub usage: Usage,
}

type Events = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Value, OpenAIError>> + Send>>;

impl Llm {
    /// Gives each piece of the answer to `on_piece` as it comes. `Break`, or dropping the future, ends the exchange
    /// with the server. An answer that breaks off is an error, so that half a draft is never taken for a whole one.
    pub async fn stream_text(
        &self,
        request: &Request,
        on_piece: impl FnMut(&str) -> ControlFlow<()> + Send,
    ) -> Result<Streamed, LlmError> {
        let deadline = self.deadline();
        until(deadline, self.settings.timeout, async {
            let events = self.open(request, deadline).await?;
            follow(events, on_piece).await
        })
        .await
    }

    /// The stream once the server began to answer; until then trouble is retried as in any other call.
    async fn open(&self, request: &Request, deadline: Instant) -> Result<Events, LlmError> {
        let messages = request.messages("");
        let mut retries = 0;
        loop {
            let spoken = self.dialect.spoken();
            // The library does not say `stream: true` for bodies of our own, and would then give an empty stream.
            let shape = Shape { stream: true, ..Shape::default() };
            let body = dialect::body(&self.settings, spoken, &messages, shape);
            let chat = self.client.chat();
            match Box::pin(chat.create_stream_byot::<Value, Value>(body)).await {
                Ok(events) => return Ok(events),
                Err(error) => self.try_again(error.into(), spoken, &mut retries, deadline).await?,
            }
        }
    }
}

async fn follow(mut events: Events, mut on_piece: impl FnMut(&str) -> ControlFlow<()>) -> Result<Streamed, LlmError> {
    let mut streamed = Streamed { text: String::new(), cancelled: false, usage: Usage::default() };
    let mut thoughts = Thoughts::default();
    let mut stop = None;
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| LlmError::from(Fault::from(error)))?;
        if event.get(BROKEN_EVENT).is_some() {
            return Err(Fault::NotJson.into());
        }
        if event.get("error").is_some_and(|error| !error.is_null()) {
            return Err(LlmError::Unavailable { reason: "its server broke off with an error" });
        }
        if event.get("usage").is_some_and(Value::is_object) {
            streamed.usage = Usage::read(&event);
        }
        let choice = event.get("choices").and_then(|choices| choices.get(0)).unwrap_or(&Value::Null);
        let piece = choice.get("delta").and_then(|delta| delta.get("content")).and_then(Value::as_str);
        let piece = thoughts.visible(piece.unwrap_or_default());
        streamed.text.push_str(&piece);
        if !piece.is_empty() && on_piece(&piece).is_break() {
            return Ok(Streamed { cancelled: true, ..streamed });
        }
        stop = choice.get("finish_reason").and_then(Value::as_str).map(Stop::read).or(stop);
    }
    match stop {
        None => Err(LlmError::Unavailable { reason: "the answer broke off before its end" }),
        Some(stop) if stop.error().is_some() => Err(stop.error().unwrap_or(LlmError::TooLong)),
        Some(_) if streamed.text.is_empty() => Err(LlmError::nonsense("it is empty")),
        Some(_) => Ok(streamed),
    }
}

/// Holds back the thinking that some models write before their answer.
#[derive(Default)]
struct Thoughts {
    held: String,
    over: bool,
}

impl Thoughts {
    fn visible(&mut self, piece: &str) -> String {
        if self.over {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        let begun = self.held.trim_start();
        if let Some(thought) = begun.strip_prefix("<think>") {
            let Some((_, answer)) = thought.split_once("</think>") else { return String::new() };
            let answer = answer.trim_start().to_owned();
            self.over = !answer.is_empty();
            return answer;
        }
        if "<think>".starts_with(begun) {
            return String::new();
        }
        self.over = true;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_is_held_back_however_it_is_cut() {
        for pieces in [
            vec!["<think>he wants", " money</think>\n\n", "Hi ", "Sofie"],
            vec!["<th", "ink>x</thi", "nk>Hi Sofie"],
            vec!["", "H", "i Sofie"],
        ] {
            let mut thoughts = Thoughts::default();
            let seen: String = pieces.iter().map(|piece| thoughts.visible(piece)).collect();
            assert_eq!(seen, "Hi Sofie");
        }
        assert_eq!(Thoughts::default().visible("<3 Sofie"), "<3 Sofie");
    }
}
