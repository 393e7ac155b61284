//! A text filled in: on a real conversation by the agent's own run, or on an invented case.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde_json::Value;

use crate::agent::understand::intent::Intent;
use crate::agent::{self, Brief, BuiltIn, Engine, EngineError, Outcome, Reading, RunResult, Snapshot, Written};
use crate::app::Desk;
use crate::inbox::markets::shops_of;
use crate::jobs::agent_run;
use crate::model::agent_run::EngineKind;
use crate::model::brand::Brand;
use crate::model::conversation::Conversation;
use crate::model::draft::Sentence;
use crate::model::message::Direction;
use crate::voice::templates::{self, Line};
use crate::voice::{Voice, format};
use crate::web::error::{Error, Result};
use crate::web::parts::Notice;

/// The reply as it would be sent.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// What it is shown on.
    pub about: String,
    /// Kind of the channel.
    pub channel: String,
    /// Its sentences; those that are not proven are marked.
    pub sentences: Vec<Sentence>,
    /// What there is to know about it.
    pub note: Option<Notice>,
}

/// A text that is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) locale: &'a str,
    pub(super) name: &'a str,
    pub(super) body: &'a str,
}

impl Text<'_> {
    /// What a customer would have to want so that the agent says this.
    pub(super) fn intent(&self) -> Option<Intent> {
        let word = match self.name {
            "hand_over" => "talk_to_person",
            "ask_remedy" | "ask_photo" | "ask_which_item" => "damaged_or_wrong_item",
            "ask_order_number" | "ask_which_order" => "where_is_my_order",
            // Thanks are answered by silence.
            "thanks" => return None,
            name => name,
        };
        serde_json::from_value(Value::String(word.to_owned())).ok()
    }

    /// Filled in on a conversation as the agent would do it today, were this what the customer wants.
    pub(super) async fn on(&self, desk: &Desk, brand: &Brand, conversation: &Conversation) -> Result<Shown> {
        let snapshot = agent_run::snapshot(desk, conversation.clone(), brand.clone(), String::new());
        let mut snapshot = snapshot.await.map_err(|error| Error::Internal(error.into()))?;
        let Ok(tried) = snapshot.templates.with_text(self.locale, self.name, self.body) else {
            return Ok(Shown::default());
        };
        snapshot.templates = tried;
        // As if nobody had answered the last message yet.
        while snapshot.messages.last().is_some_and(|message| message.direction == Direction::Outbound) {
            snapshot.messages.pop();
        }
        let Some(intent) = self.intent() else { return Ok(self.invented(&snapshot.voice, brand)) };
        let asked = Asked { intent, text: *self, reached: AtomicBool::new(false) };
        let shops = shops_of(&desk.inbox(), conversation).await.map_err(|error| Error::Internal(error.into()))?;
        let result = agent::run(&snapshot, &shops, &asked).await;
        Ok(self.of_run(result, &snapshot, asked.reached.into_inner(), brand))
    }

    fn of_run(&self, result: RunResult, snapshot: &Snapshot, reached: bool, brand: &Brand) -> Shown {
        let channel = snapshot.conversation.channel_kind.clone();
        let about = format!("{}, conversation {}", snapshot.contact.name, snapshot.conversation.number);
        let notice = result.notice.filter(|_| matches!(self.name, "hand_over" | "complaint"));
        match (result.outcome, notice) {
            (Outcome::Reply { draft, .. }, _) if reached => {
                Shown { about, channel, sentences: draft.sentences, note: None }
            }
            (_, Some(notice)) => Shown { about, channel, sentences: plain(&notice), note: None },
            (Outcome::HandOff { reason, .. }, None) => {
                self.instead(snapshot, brand, &format!("a person takes it: {reason}"))
            }
            (Outcome::Reply { .. } | Outcome::Nothing { .. }, None) => {
                self.instead(snapshot, brand, "the agent says something else")
            }
        }
    }

    /// The conversation does not lead to this text.
    fn instead(&self, snapshot: &Snapshot, brand: &Brand, why: &str) -> Shown {
        let head = format!("Conversation {} does not lead here", snapshot.conversation.number);
        let words = format!("— {why} So the text is shown on an invented case.", why = ended(why));
        Shown { note: Some(Notice::warn(head, words)), ..self.invented(&snapshot.voice, brand) }
    }

    /// Filled in on the invented case.
    pub(super) fn invented(&self, voice: &Voice, brand: &Brand) -> Shown {
        let spoken = voice.spoken(self.locale, "email");
        let mut facts = templates::sample_for(self.name, self.locale);
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("formal".to_owned(), Value::from(spoken.formality >= 50));
            facts.insert("warm".to_owned(), Value::from(spoken.warmth >= 50));
            facts.insert("brand".to_owned(), Value::from(brand.name.clone()));
        }
        let Ok(lines) = templates::preview(self.body, &facts) else { return Shown::default() };
        let fill = |text: &str| format::fill(text, "Sam Lee", &brand.name, "Alex");
        let greeting = fill(&spoken.greeting);
        let mut sentences = vec![sentence(greeting.clone(), true)];
        for (index, Line { text, starts_paragraph, .. }) in lines.into_iter().enumerate() {
            let first = index == 0;
            let text = if first { format::run_on(&greeting, &text, self.locale, false, |_| false) } else { text };
            sentences.push(sentence(text, first || starts_paragraph));
        }
        sentences.push(sentence(fill(&spoken.sign_off), true));
        sentences.retain(|sentence| !sentence.text.is_empty());
        Shown { about: "An invented case, by mail".to_owned(), channel: "email".to_owned(), sentences, note: None }
    }
}

fn ended(why: &str) -> String {
    if why.ends_with(['.', '!', '?']) { why.to_owned() } else { format!("{why}.") }
}

fn sentence(text: String, starts_paragraph: bool) -> Sentence {
    Sentence { text, evidence: Vec::new(), left_out: None, starts_paragraph }
}

fn plain(text: &str) -> Vec<Sentence> {
    text.split("\n\n").map(|part| sentence(part.to_owned(), true)).collect()
}

/// Reads every message as the request that leads to the text; all else is the built-in engine's.
struct Asked<'a> {
    intent: Intent,
    text: Text<'a>,
    reached: AtomicBool,
}

#[async_trait]
impl Engine for Asked<'_> {
    fn kind(&self) -> EngineKind {
        EngineKind::BuiltIn
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        let read = BuiltIn.understand(snapshot).await?;
        Ok(Reading { intents: vec![(self.intent, 1.0)], language: self.text.locale.to_owned(), ..read })
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        if brief.parts.iter().any(|part| part.template == self.text.name) {
            self.reached.store(true, Ordering::Relaxed);
        }
        BuiltIn.write(brief).await
    }
}
