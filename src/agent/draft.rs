//! Puts a reply together: greeting, the engine's sentences bound to evidence, sign-off.

use std::ops::Range;
use std::time::Duration;

use super::engine::Written;
use super::evidence::FactBook;
use super::snapshot::{Snapshot, answers};
use crate::model::channel::{ChannelKind, is_marketplace};
use crate::model::draft::{Evidence, Sentence};
use crate::model::message::{Message, MessageAuthor};
use crate::voice::format;

/// A reply before it is checked.
pub(super) struct Assembled {
    pub(super) sentences: Vec<Sentence>,
    /// Facts that the sentences point at.
    pub(super) evidence: Vec<Evidence>,
    /// Which of the sentences are the engine's, not greeting or sign-off.
    pub(super) body: Range<usize>,
}

/// Greeting, the engine's sentences, sign-off.
pub(super) fn assemble(snapshot: &Snapshot, written: &Written, facts: &FactBook) -> Assembled {
    let spoken = snapshot.voice.spoken(&written.language, &snapshot.conversation.channel_kind);
    let fill = |text: &str| format::fill(text, &snapshot.contact.name, &snapshot.brand.name, &snapshot.signs);
    let plain =
        |text: String, starts_paragraph| Sentence { text, evidence: Vec::new(), left_out: None, starts_paragraph };
    // A chat has no letter form: the greeting runs into the text, and nobody signs.
    let chat = !snapshot.capabilities.subject;
    let mut sentences = Vec::new();
    let greeting = fill(&spoken.greeting);
    let greeted = chat && already_greeted(snapshot);
    let greets = !greeting.is_empty() && !greeted;
    let all = facts.evidence();
    let is_name = |text: &str| all.iter().flat_map(|known| &known.values).any(|name| begins_with(text, name));
    if greets {
        sentences.push(plain(greeting.clone(), true));
    }
    let body = sentences.len()..sentences.len() + written.lines.len();
    for (index, line) in written.lines.iter().enumerate() {
        let mut places: Vec<usize> = line.keys.iter().flat_map(|key| facts.places(key)).collect();
        places.dedup();
        let starts_paragraph = line.starts_paragraph || (index == 0 && !(chat && greets));
        let text = match index {
            0 if greets => format::run_on(&greeting, &line.text, &written.language, chat, is_name),
            _ => line.text.clone(),
        };
        sentences.push(Sentence { evidence: places, starts_paragraph, ..plain(text, false) });
    }
    let sign_off = fill(&spoken.sign_off);
    if !chat && !sign_off.is_empty() {
        sentences.push(plain(sign_off, true));
    }
    let (sentences, evidence) = keep_named(sentences, &all);
    Assembled { sentences, evidence, body }
}

/// After so long a pause it is said again that a machine writes.
const PAUSE: Duration = Duration::from_hours(24);

/// That a machine writes, where the brand says so: when its turn begins, after a pause, and after a person's own words.
pub(super) fn disclosure(snapshot: &Snapshot, language: &str) -> Option<Sentence> {
    let kind = snapshot.conversation.channel_kind.parse().unwrap_or(ChannelKind::Agent);
    if is_marketplace(kind) && !snapshot.voice.disclose_on_marketplaces {
        return None;
    }
    let said = snapshot.voice.spoken(language, &snapshot.conversation.channel_kind).disclosure;
    let text = format::fill(&said, &snapshot.contact.name, &snapshot.brand.name, &snapshot.signs);
    let is_machines = |message: &&Message| message.author != MessageAuthor::Teammate || message.draft_id.is_some();
    let is_recent = |message: &&Message| snapshot.now.since(message.created_at) < PAUSE;
    let ours = snapshot.messages.iter().rev().filter(|message| answers(message));
    let is_said = ours.take_while(is_machines).take_while(is_recent).any(|message| message.body.contains(&text));
    (!text.trim().is_empty() && !is_said).then_some(Sentence {
        text,
        evidence: Vec::new(),
        left_out: None,
        starts_paragraph: true,
    })
}

/// Whether a text begins with a name that a shop wrote.
fn begins_with(text: &str, name: &str) -> bool {
    let rest = text.strip_prefix(name).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// In a chat nobody is greeted twice.
fn already_greeted(snapshot: &Snapshot) -> bool {
    snapshot.messages.iter().any(|message| message.direction == crate::model::message::Direction::Outbound)
}

/// Only the evidence that sentences name, numbered as they name it; the same fact once.
fn keep_named(mut sentences: Vec<Sentence>, all: &[Evidence]) -> (Vec<Sentence>, Vec<Evidence>) {
    let mut kept: Vec<Evidence> = Vec::new();
    for sentence in &mut sentences {
        let mut places = Vec::new();
        for evidence in sentence.evidence.iter().filter_map(|index| all.get(*index)) {
            let place = kept.iter().position(|known| known == evidence).unwrap_or_else(|| {
                kept.push(evidence.clone());
                kept.len() - 1
            });
            if !places.contains(&place) {
                places.push(place);
            }
        }
        sentence.evidence = places;
    }
    (sentences, kept)
}
