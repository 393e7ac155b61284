//! The engine without a network: classifier, patterns and templates.

use std::sync::LazyLock;

use async_trait::async_trait;
use regex::Regex;

use super::engine::{Brief, Engine, EngineError, Reading, Written};
use super::snapshot::Snapshot;
use super::understand::entities::{Entity, EntityKind, Formats, entities};
use super::understand::language::{Language, LanguageGuess, detect};
use super::understand::rank::{Ranked, rank};
use super::understand::script::may_be;
use crate::model::agent_run::EngineKind;
use crate::model::conversation::gist_of;
use crate::model::order::{order_numbers, order_shape};
use crate::voice::locale::LOCALES;

/// Rules, classifier and templates.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

#[async_trait]
impl Engine for BuiltIn {
    fn kind(&self) -> EngineKind {
        EngineKind::BuiltIn
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        let (text, request) = (snapshot.text(), snapshot.request());
        let pattern = &snapshot.brand.order_pattern;
        let own = if pattern.is_empty() { None } else { Regex::new(pattern).ok() };
        let intents = rank_request(&request, pattern);
        let formats = Formats { order_numbers: own.into_iter().collect(), skus: Vec::new() };
        let first = intents.first().map(|ranked| ranked.intent);
        let mut reading = reading(snapshot, (&text, &request), &intents, &entities(&text, &formats, first));
        let waiting = snapshot.unanswered();
        if waiting.len() > 1 && reading.address.is_some() {
            // Who writes again with another address means the newer one.
            let read = |body: &str| address_in(&entities(body, &formats, first));
            reading.address = waiting.iter().rev().find_map(|message| read(&message.body)).or(reading.address);
        }
        Ok(reading)
    }

    async fn write(&self, brief: &Brief<'_>) -> Result<Written, EngineError> {
        let snapshot = brief.snapshot;
        let language = snapshot.templates.language(brief.language, &snapshot.brand.locale);
        let mut written = Written { language: language.to_owned(), ..Written::default() };
        for (index, part) in brief.parts.iter().enumerate() {
            let failed = |reason: String| EngineError { reason };
            let variables = tera_context(part).map_err(failed)?;
            let lines = snapshot.templates.render(language, part.template, &variables);
            let mut lines = lines.map_err(|error| EngineError { reason: error.to_string() })?;
            // Two answers about one parcel would give its link twice.
            lines.retain(|line| !written.lines.iter().any(|said| shares_link(&said.text, &line.text)));
            if let Some(first) = lines.first_mut() {
                first.starts_paragraph = index > 0;
            }
            written.lines.extend(lines);
        }
        Ok(written)
    }
}

/// What a text asks for, the likeliest first; the shop's order numbers are of that pattern.
pub(super) fn rank_request(text: &str, pattern: &str) -> Vec<Ranked> {
    surer(rank(text), rank(&named_as_order(text, order_shape(pattern).as_ref())))
}

/// The text with the shop's order numbers in words: the classifier knows “where is my order”, and no shop's numbers.
fn named_as_order(text: &str, number: Option<&Regex>) -> String {
    const ORDER: [&str; 12] = [
        "order",
        "bestellung",
        "auftrag",
        "commande",
        "pedido",
        "ordine",
        "bestelling",
        "number",
        "nummer",
        "numero",
        "no",
        "nr",
    ];
    let Some(number) = number else { return text.to_owned() };
    let my_order = match detect(text).language {
        Language::De => "meine Bestellung",
        Language::Fr => "ma commande",
        Language::Es => "mi pedido",
        Language::It => "il mio ordine",
        Language::Nl => "mijn bestelling",
        _ => "my order",
    };
    let mut worded = String::with_capacity(text.len());
    let mut end = 0;
    for found in number.find_iter(text) {
        let before = text.get(end..found.start()).unwrap_or_default();
        let last = before.split(|c: char| !c.is_alphabetic()).rfind(|word| !word.is_empty()).unwrap_or_default();
        let is_named = ORDER.contains(&last.to_lowercase().as_str());
        worded.push_str(before);
        worded.push_str(if is_named { found.as_str() } else { my_order });
        end = found.end();
    }
    worded.push_str(text.get(end..).unwrap_or_default());
    worded
}

/// The reading that is surer of what comes first.
fn surer(as_written: Vec<Ranked>, worded: Vec<Ranked>) -> Vec<Ranked> {
    let sure = |intents: &[Ranked]| intents.first().map_or(0.0, |ranked| ranked.confidence);
    if sure(&worded) > sure(&as_written) { worded } else { as_written }
}

fn shares_link(one: &str, other: &str) -> bool {
    let is_link = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
    one.split_whitespace().filter(is_link).any(|link| other.split_whitespace().any(|word| word == link))
}

fn tera_context(part: &super::engine::Part) -> Result<tera::Context, String> {
    tera::Context::from_serialize(&part.variables).map_err(|error| error.to_string())
}

/// `text` is all that is to be answered, `request` what of it says what is wanted.
fn reading(snapshot: &Snapshot, (text, request): (&str, &str), intents: &[Ranked], entities: &[Entity]) -> Reading {
    let wanted = snapshot.wanted();
    let of = |kind: EntityKind| entities.iter().filter(move |entity| entity.kind == kind);
    let mut numbers = order_numbers(text, &snapshot.brand.order_pattern);
    if numbers.is_empty() {
        // Whoever answers a mail about an order means that one.
        numbers = order_numbers(snapshot.first_subject(), &snapshot.brand.order_pattern);
    }
    for entity in of(EntityKind::OrderId) {
        let number = entity.value.trim_start_matches('#').to_uppercase();
        if !numbers.iter().any(|known| known.trim_start_matches('#').eq_ignore_ascii_case(&number)) {
            numbers.push(number);
        }
    }
    let is = |entity: &Entity, number: &str| entity.value.trim_start_matches('#').eq_ignore_ascii_case(number);
    let something_else = [EntityKind::InvoiceId, EntityKind::Sku, EntityKind::TrackingNumber];
    let doubtful = |number: &&String| {
        let number = number.trim_start_matches('#');
        let named = |entity: &Entity| is(entity, number) && something_else.contains(&entity.kind);
        entities.iter().any(named) && !of(EntityKind::OrderId).any(|entity| is(entity, number))
    };
    let doubtful_numbers = numbers.iter().filter(doubtful).cloned().collect();
    let asking = snapshot.spoken().into_iter().rfind(|message| !snapshot.is_choice(message));
    let last = asking.or_else(|| snapshot.last_inbound()).map_or("", |message| message.body.as_str());
    Reading {
        intents: intents.iter().map(|ranked| (ranked.intent, ranked.confidence)).collect(),
        language: language_of(snapshot, detect(if says_enough(&wanted) { &wanted } else { request })),
        order_numbers: numbers,
        doubtful_numbers,
        tracking_numbers: of(EntityKind::TrackingNumber).map(|entity| entity.value.clone()).collect(),
        address: address_in(entities),
        gist: gist_of(without_greeting(last)),
        note: None,
        disputed: false,
    }
}

/// Whether the language of a text can be told without its subject, which may be a shop's own.
fn says_enough(body: &str) -> bool {
    body.split_whitespace().nth(2).is_some()
}

fn address_in(entities: &[Entity]) -> Option<String> {
    entities.iter().find(|entity| entity.kind == EntityKind::PostalAddress).map(|entity| entity.value.clone())
}

/// What the message is in. Too short a message, and one that may be in several languages of its script, keeps the language of
/// the conversation, of the customer, of the brand; one in a language that nothing here knows is never taken for another, so
/// that a person reads the reply first.
fn language_of(snapshot: &Snapshot, guess: LanguageGuess) -> String {
    let is_sure = guess.confidence >= 0.5;
    let before = [&snapshot.conversation.language, &snapshot.contact.locale, &snapshot.brand.locale];
    let mut before = before.map(|code| without_region(code)).into_iter();
    if is_sure && guess.language != Language::Other {
        return before.find(|code| may_be(guess, code)).unwrap_or_else(|| guess.language.code().to_owned());
    }
    let is_known = |code: &String| LOCALES.contains(&code.as_str());
    let kept = if is_sure { before.find(|code| !code.is_empty() && !is_known(code)) } else { before.find(is_known) };
    kept.unwrap_or_else(|| if is_sure { Language::Other.code() } else { "en" }.to_owned())
}

/// `pt` of `pt-BR`. An earlier version cut the word for a language that it did not know off behind its second letter.
fn without_region(code: &str) -> String {
    match code.split(['-', '_']).next().unwrap_or_default().to_lowercase().as_str() {
        "ot" => Language::Other.code().to_owned(),
        language => language.to_owned(),
    }
}

/// A list shows what is wanted, not “Hi there”.
fn without_greeting(text: &str) -> &str {
    static GREETING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^\s*(hi|hello|hey|dear|good (morning|day|afternoon|evening)|hallo|guten (tag|morgen|abend)|moin|sehr geehrte\w*|bonjour|bonsoir|hola|buenas|buenos d[ií]as|ciao|salve|buongiorno|goedemorgen|goedendag|beste)\b[^,!.\n]{0,40}[,!.\n]+\s*",
        )
        .ok()
    });
    let end = GREETING.as_ref().and_then(|greeting| greeting.find(text)).map_or(0, |found| found.end());
    text.get(end..).filter(|rest| !rest.trim().is_empty()).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::understand::intent::Intent;

    #[test]
    fn numbers_of_orders_are_read_as_orders() {
        let number = Regex::new(r"\bOB-\d{4}\b").unwrap();
        for (text, worded) in [
            ("Where is OB-2200?", "Where is my order?"),
            ("Where is order OB-2200?", "Where is order OB-2200?"),
            ("Order no. OB-2200, where is it?", "Order no. OB-2200, where is it?"),
            ("Wo bleibt denn OB-2200, bitte?", "Wo bleibt denn meine Bestellung, bitte?"),
        ] {
            assert_eq!(named_as_order(text, Some(&number)), worded);
        }
        for text in ["Where is OB-2200?", "Status of OB-2205 please", "Where is OB-2201?"] {
            let first = rank(&named_as_order(text, Some(&number))).into_iter().next().unwrap();
            assert_eq!(first.intent, Intent::WhereIsMyOrder, "{text}");
            assert!(first.confidence >= 0.75, "{text}: {}", first.confidence);
        }
    }
}
