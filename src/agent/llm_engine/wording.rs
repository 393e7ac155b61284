//! The reply in the model's words: sentences that name their evidence, worded after the built-in draft.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};

use super::departures::departure;
use crate::agent::engine::{Brief, Written};
use crate::agent::evidence::FactBook;
use crate::agent::snapshot::Snapshot;
use crate::agent::understand::language::detect;
use crate::llm::{Llm, LlmError, Request};
use crate::voice::locale::LOCALES;
use crate::voice::templates::Line;

const INSTRUCTIONS: &str = "You word replies of a shop's support desk. What is to be said was decided and stands in \
    “what to say”; say all of it, in an order that answers this customer, and decide nothing yourself. State only what \
    the facts hold, and name for each sentence the keys of the facts that prove it; a sentence without a fact names \
    none. Take each sentence of “what to say” over word for word; their \
    order, and courteous words around them, are yours. Promise nothing and offer nothing that is not there. No greeting and no sign-off: they are added later. One sentence per entry, plain text.";

const LONGEST_SENTENCE: usize = 600;
const MOST_SENTENCES: usize = 30;
/// A part of a sentence with fewer words does not tell its language.
const SHORTEST_PART: usize = 3;
const SURE: f32 = 0.5;

#[derive(Debug, Deserialize)]
struct Worded {
    sentences: Vec<WordedSentence>,
}

#[derive(Debug, Deserialize)]
struct WordedSentence {
    text: String,
    evidence: Vec<String>,
    starts_paragraph: bool,
}

/// Asks the model to word what the built-in engine `drafted`.
pub(super) async fn word(llm: &Llm, brief: &Brief<'_>, drafted: &Written) -> Result<Written, LlmError> {
    let (snapshot, language) = (brief.snapshot, language(brief, drafted));
    let system = format!("{INSTRUCTIONS}\n\n{}", voice(snapshot, language));
    let mut request = Request::new(system)
        .data("messages to answer", &snapshot.text())
        .data("facts by key", &facts(brief.facts))
        .data("what to say", &to_say(drafted));
    if !snapshot.instruction.is_empty() {
        request = request
            .data("wish of a teammate", &snapshot.instruction)
            .ask("Follow the teammate's wish for tone and length as far as the rules above allow.");
    }
    let request = request.ask(&format!("Word the reply in the language “{language}”."));
    let worded = llm.complete_structured::<Worded>(&request, &schema(brief.facts)).await?.value;
    let lines = lines(worded, brief.facts);
    if !says_what_happens(drafted, &lines) {
        return Err(LlmError::Nonsense { reason: "it left out what was decided" });
    }
    if lines.iter().any(|line| is_in_another(&line.text, language)) {
        return Err(LlmError::Nonsense { reason: "it is not in the language that was asked for" });
    }
    let departure = departure(drafted, &lines, language);
    Ok(Written { lines, language: language.to_owned(), note: None, departure })
}

/// The customer's, if replies in it can be verified: a model needs no template in it.
fn language<'a>(brief: &Brief<'a>, drafted: &'a Written) -> &'a str {
    if LOCALES.contains(&brief.language) { brief.language } else { &drafted.language }
}

/// Whether a part of a sentence is in another language. The check reads words that promise or state something in the
/// language of the reply: in another one they would pass it unread.
fn is_in_another(text: &str, language: &str) -> bool {
    text.split(['.', '!', '?', ';', ':', ',', '–', '—', '(', ')']).any(|part| {
        let guess = detect(part);
        let is_telling = part.split_whitespace().count() >= SHORTEST_PART && guess.confidence >= SURE;
        is_telling && guess.language.code() != language
    })
}

/// The brand's voice in words. It is the brand's own text, so it may stand in the instructions.
fn voice(snapshot: &Snapshot, language: &str) -> String {
    let spoken = snapshot.voice.spoken(language, &snapshot.conversation.channel_kind);
    let between = |value: i64, low: &'static str, high: &'static str| match value {
        ..34 => low,
        34..67 => "in between",
        _ => high,
    };
    let mut text = format!(
        "The shop is called {}. Its voice: {} (matter-of-fact to warm), {} (first names to formal), {} (short to \
         explaining), emoji {}.",
        snapshot.brand.name,
        between(spoken.warmth, "matter-of-fact", "warm"),
        between(spoken.formality, "on first names", "formal"),
        between(spoken.length, "short", "explaining"),
        between(spoken.emoji, "never", "often"),
    );
    if !spoken.never_say.is_empty() {
        let _ = write!(text, " Never say: {}.", spoken.never_say.join("; "));
    }
    for word in &spoken.say_instead {
        let _ = write!(text, " Say “{}”, not “{}”.", word.say, word.not);
    }
    text
}

fn facts(book: &FactBook) -> String {
    let fact = |(key, evidence): (&str, &crate::model::draft::Evidence)| {
        json!({"key": key, "what": evidence.label, "fact": evidence.detail, "may state": evidence.values}).to_string()
    };
    book.entries().map(fact).collect::<Vec<_>>().join("\n")
}

fn to_say(drafted: &Written) -> String {
    let line = |line: &Line| {
        let paragraph = if line.starts_paragraph { "\n" } else { "" };
        format!("{paragraph}{} [{}]", line.text, line.keys.join(", "))
    };
    drafted.lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn schema(book: &FactBook) -> Value {
    let keys: BTreeSet<&str> = book.entries().map(|(key, _)| key).collect();
    let mut evidence = json!({"type": "array", "items": {"type": "string"}});
    if !keys.is_empty() {
        evidence = json!({"type": "array", "items": {"type": "string", "enum": keys}});
    }
    json!({
        "type": "object", "additionalProperties": false, "required": ["sentences"],
        "properties": {"sentences": {"type": "array", "items": {
            "type": "object", "additionalProperties": false, "required": ["text", "evidence", "starts_paragraph"],
            "properties": {
                "text": {"type": "string"}, "evidence": evidence, "starts_paragraph": {"type": "boolean"},
            },
        }}},
    })
}

/// The sentences as lines. A key that is not in the book proves nothing and is dropped: what the sentence states
/// without proof is left out when the draft is verified.
fn lines(worded: Worded, book: &FactBook) -> Vec<Line> {
    let line = |sentence: WordedSentence| {
        let text: String = sentence.text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let known = |key: &String| book.places(key).next().is_some();
        let keys = sentence.evidence.into_iter().filter(known).collect();
        Line { text, keys, starts_paragraph: sentence.starts_paragraph }
    };
    let fits = |line: &Line| !line.text.is_empty() && line.text.chars().count() <= LONGEST_SENTENCE;
    worded.sentences.into_iter().map(line).filter(fits).take(MOST_SENTENCES).collect()
}

/// Whether the reply speaks of every action that the built-in draft announces: money never moves without a word.
fn says_what_happens(drafted: &Written, lines: &[Line]) -> bool {
    let announced = |lines: &[Line]| -> BTreeSet<String> {
        let keys = lines.iter().flat_map(|line| line.keys.iter());
        keys.filter(|key| key.split('.').next() == Some("action")).cloned().collect()
    };
    !lines.is_empty() && announced(&drafted.lines).is_subset(&announced(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_in_another_language_is_seen() {
        for text in ["Gern geschehen, Sam!", "Deine Bestellung PC-1001 ist unterwegs: Fell tent, green.", "OK."] {
            assert!(!is_in_another(text, "de"), "{text}");
        }
        for text in ["I have refunded you.", "Gern geschehen, I have refunded you.", "Hallo! Your refund is on its way"]
        {
            assert!(is_in_another(text, "de"), "{text}");
        }
    }
}
