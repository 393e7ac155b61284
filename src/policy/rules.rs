//! The policy as a page shows it: sentences with their fields in place, and the examples beside them.

use serde::Serialize;
use serde_json::Value;

use super::decide::{Verdict, decide};
use super::document::Policy;
use super::fields::{Bounds, INTENTS, RULES, WHO, intent_label, spec_of};
use crate::model::channel::ChannelKind;
use crate::model::document::at;
use crate::model::order::{Currency, Money};

/// How a field is edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// A whole number.
    Number {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// An amount, written as a decimal.
    Money {
        /// ISO 4217.
        currency: String,
    },
    /// One of these: value and text.
    Choice {
        /// Value and text.
        options: Vec<(String, String)>,
    },
    /// Several words, one a line.
    Words,
}

/// A field in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Where in the document; the name under which the page posts it back.
    pub path: String,
    /// For screen readers.
    pub label: String,
    /// How it is edited.
    pub kind: FieldKind,
    /// The value to put into the field.
    pub value: String,
    /// The value as it reads in the sentence.
    pub shown: String,
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Words.
    Text(String),
    /// A field.
    Field(Field),
}

/// An example beside its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExampleView {
    /// Place in the document's list.
    pub index: usize,
    /// For people.
    pub says: String,
    /// What must come out.
    pub expects: Verdict,
    /// What comes out.
    pub now: Verdict,
    /// Whether it holds.
    pub holds: bool,
}

/// A rule as shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleView {
    /// Stable name.
    pub id: String,
    /// 1, 2, 3, ...
    pub number: usize,
    /// The tab that it stands under.
    pub section: &'static str,
    /// The sentence.
    pub pieces: Vec<Piece>,
    /// Cases beside it.
    pub examples: Vec<ExampleView>,
}

impl RuleView {
    /// The sentence as plain text.
    pub fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(field) => field.shown.clone(),
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// The number of a rule on the page, 0 if there is none. The levels share the number of the first of them.
pub fn rule_number(id: &str) -> usize {
    let fixed = |id: &str| RULES.iter().position(|rule| rule.id == id);
    match id {
        "autonomy" => fixed("identity").map_or(0, |place| place + 2),
        "words" => RULES.len() + INTENTS.len(),
        _ => fixed(id).map_or(0, |place| place + 1),
    }
}

/// Every rule, in the order of the page: grouped by section.
pub fn rules(policy: &Policy) -> Vec<RuleView> {
    let Ok(document) = serde_json::to_value(policy) else { return Vec::new() };
    let mut views = Vec::new();
    let mut add = |id: String, section: &'static str, sentence: &str| {
        let examples = examples(policy, &id);
        let pieces = pieces(&document, sentence, policy.currency);
        views.push(RuleView { id, number: views.len() + 1, section, pieces, examples });
    };
    for rule in RULES.iter().filter(|rule| rule.id != "words") {
        add(rule.id.to_owned(), rule.section, rule.sentence);
    }
    for (word, label, _) in INTENTS {
        add(format!("autonomy.{word}"), WHO, &format!("{label}: the agent {{autonomy.{word}}}."));
    }
    for rule in RULES.iter().filter(|rule| rule.id == "words") {
        add(rule.id.to_owned(), rule.section, rule.sentence);
    }
    for (index, rule) in policy.channels.iter().enumerate() {
        let sentence = format!(
            "On {{channels.{index}.channel}}, for {{channels.{index}.intent}}, the agent at most \
             {{channels.{index}.level}} and gives back up to {{channels.{index}.most_amount}} alone."
        );
        add(format!("channel.{}.{}", rule.channel, rule.intent), WHO, &sentence);
    }
    views
}

fn examples(policy: &Policy, id: &str) -> Vec<ExampleView> {
    let own = policy.examples.iter().enumerate().filter(|(_, example)| example.rule == id);
    own.map(|(index, example)| {
        let now = decide(policy, &example.facts).verdict;
        ExampleView { index, says: example.says.clone(), expects: example.expects, now, holds: now == example.expects }
    })
    .collect()
}

/// Splits a sentence at its braces.
fn pieces(document: &Value, sentence: &str, currency: Currency) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some((text, tail)) = rest.split_once('{') {
        let Some((path, after)) = tail.split_once('}') else { break };
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.extend(field(document, path, currency).map(Piece::Field));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    pieces
}

fn field(document: &Value, path: &str, currency: Currency) -> Option<Field> {
    let spec = spec_of(path)?;
    let value = at(document, path)?;
    let plain = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        other => other.to_string(),
    };
    let (kind, value, shown) = match spec.bounds {
        Bounds::Number(min, max) => (FieldKind::Number { min, max }, plain.clone(), plain),
        Bounds::Money(_) => {
            let money = Money::new(value.as_i64().unwrap_or_default(), currency);
            (FieldKind::Money { currency: currency.to_string() }, money.decimal(), money.to_string())
        }
        Bounds::Words => {
            let shown = if plain.is_empty() { "none".to_owned() } else { plain.replace('\n', ", ") };
            (FieldKind::Words, plain, shown)
        }
        Bounds::Choice(_) | Bounds::YesNo(..) | Bounds::Intent | Bounds::Channel => {
            let options = options(spec.bounds);
            let shown = options.iter().find(|(word, _)| *word == plain).map_or(plain.clone(), |(_, text)| text.clone());
            (FieldKind::Choice { options }, plain, shown)
        }
    };
    Some(Field { path: path.to_owned(), label: spec.label.to_owned(), kind, value, shown })
}

fn channel_label(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => "mail",
        ChannelKind::Whatsapp => "WhatsApp",
        ChannelKind::Messenger => "Messenger",
        ChannelKind::Instagram => "Instagram",
        ChannelKind::Amazon => "Amazon",
        ChannelKind::Ebay => "eBay",
        ChannelKind::Mirakl => "Mirakl",
        ChannelKind::LiveChat => "live chat",
        ChannelKind::Telegram => "Telegram",
        ChannelKind::Line => "LINE",
        ChannelKind::Sms => "SMS",
        ChannelKind::Agent => "the desk of outside agents",
    }
}

/// The words of a choice.
pub(super) fn options(bounds: Bounds) -> Vec<(String, String)> {
    let pair = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    match bounds {
        Bounds::Choice(options) => options.iter().map(|(value, text)| pair(value, text)).collect(),
        Bounds::YesNo(yes, no) => vec![pair("true", yes), pair("false", no)],
        Bounds::Channel => ChannelKind::ALL.iter().map(|kind| pair(kind.as_str(), channel_label(*kind))).collect(),
        Bounds::Intent => {
            let all = std::iter::once(pair("*", "every request"));
            all.chain(INTENTS.iter().map(|(word, ..)| pair(word, intent_label(word)))).collect()
        }
        Bounds::Number(..) | Bounds::Money(_) | Bounds::Words => Vec::new(),
    }
}
