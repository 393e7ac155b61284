//! What the model read, in typed fields, and how far it is believed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::look_up;
use crate::agent::engine::Reading;
use crate::agent::snapshot::Snapshot;
use crate::agent::understand::intent::Intent;
use crate::commerce::shops::Shops;
use crate::llm::{Limits, Llm, LlmError, Request};
use crate::model::conversation::gist_of;
use crate::model::message::Direction;
use crate::policy::INTENTS;

const INSTRUCTIONS: &str = "You read messages of customers for a shop's support desk. You only say what the customer \
    wants, in the given fields; you never act and never answer. Name up to three intents, the most certain first, with \
    a certainty from 0 to 100. Copy numbers and addresses exactly as they stand in the messages to answer, and only \
    from there. The gist is one short line in the language of the messages. Look up orders only when the words alone \
    do not tell whether a parcel is late, delivered or not yet sent.";

/// Two readers who disagree are not sure: below what any policy lets a machine answer alone.
const DISPUTED: f32 = 0.5;
/// How sure the built-in reading must be for a dispute.
const OWN_OPINION: f32 = 0.6;
/// How likely the built-in reading must find what changes something in the shop: nothing happens on a model's word alone.
const SECONDED: f32 = 0.2;
const MOST_INTENTS: usize = 3;
const EARLIER_MESSAGES: usize = 6;

/// What the model says. The intents are a closed set; everything else is checked in [`held_against`].
#[derive(Debug, Deserialize)]
pub(super) struct Read {
    intents: Vec<ReadIntent>,
    language: String,
    order_numbers: Vec<String>,
    tracking_numbers: Vec<String>,
    address: Option<String>,
    gist: String,
}

#[derive(Debug, Deserialize)]
struct ReadIntent {
    intent: Intent,
    certainty: u8,
}

/// Asks the model.
pub(super) async fn read(llm: &Llm, shops: &Shops, snapshot: &Snapshot) -> Result<Read, LlmError> {
    let request = Request::new(INSTRUCTIONS)
        .data("earlier messages", &earlier(snapshot))
        .data("messages to answer", &snapshot.text())
        .ask("What does the customer want in the messages to answer?");
    let limits = Limits { rounds: 3, calls: 6, ..Limits::default() };
    let call = |call| look_up::answer(call, snapshot, shops);
    let completion = llm.run_tools(&request, &schema(), &look_up::tools(), call, limits).await?;
    Ok(completion.value)
}

fn earlier(snapshot: &Snapshot) -> String {
    let waiting = snapshot.unanswered();
    let is_earlier = |id| !waiting.iter().any(|message| message.id == id);
    let before: Vec<_> = snapshot.messages.iter().filter(|message| is_earlier(message.id)).collect();
    let latest = before.iter().rev().take(EARLIER_MESSAGES).rev();
    let line = |direction| if direction == Direction::Inbound { "customer" } else { "shop" };
    latest.map(|message| format!("{}: {}", line(message.direction), message.body)).collect::<Vec<_>>().join("\n\n")
}

fn schema() -> Value {
    let words: Vec<&str> = INTENTS.iter().map(|(word, ..)| *word).collect();
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["intents", "language", "order_numbers", "tracking_numbers", "address", "gist"],
        "properties": {
            "intents": {"type": "array", "items": {
                "type": "object", "additionalProperties": false, "required": ["intent", "certainty"],
                "properties": {"intent": {"type": "string", "enum": words}, "certainty": {"type": "integer"}},
            }},
            "language": {"type": "string", "description": "ISO 639, two letters"},
            "order_numbers": texts, "tracking_numbers": texts,
            "address": {"type": ["string", "null"], "description": "a new postal address, as written"},
            "gist": {"type": "string"},
        },
    })
}

/// The model's reading where the text bears it out, the built-in one elsewhere.
pub(super) fn held_against(read: Read, own: &Reading, text: &str) -> Reading {
    let stands_there = |given: &String| stands_in(given, text);
    let named = |given: Vec<String>, own: &[String]| {
        let mut numbers: Vec<String> = own.to_vec();
        for number in given.into_iter().filter(|number| has_digit(number)).filter(stands_there) {
            if !numbers.iter().any(|known| plain(known) == plain(&number)) {
                numbers.push(number.trim().to_uppercase());
            }
        }
        numbers
    };
    let is_code = read.language.len() == 2 && read.language.bytes().all(|byte| byte.is_ascii_lowercase());
    let gist = gist_of(&read.gist);
    let gist_holds = !gist.is_empty() && !is_reference(&gist) && numbers_in(&gist).all(|number| text.contains(number));
    Reading {
        intents: weighed(&read.intents, own),
        language: if is_code { read.language } else { own.language.clone() },
        order_numbers: named(read.order_numbers, &own.order_numbers),
        tracking_numbers: named(read.tracking_numbers, &own.tracking_numbers),
        address: read.address.filter(stands_there).or_else(|| own.address.clone()),
        gist: if gist_holds { gist } else { own.gist.clone() },
        note: None,
    }
}

/// Each intent once, most certain first. Where the built-in reading is sure of something else, nobody is.
fn weighed(read: &[ReadIntent], own: &Reading) -> Vec<(Intent, f32)> {
    let mut intents: Vec<(Intent, f32)> = Vec::new();
    let is_seconded = |wanted| own.intents.iter().any(|(intent, sure)| *intent == wanted && *sure >= SECONDED);
    for given in read {
        if !intents.iter().any(|(known, _)| *known == given.intent) {
            let alone = changes_something(given.intent) && !is_seconded(given.intent);
            let certainty = f32::from(given.certainty.min(99)) / 100.0;
            intents.push((given.intent, if alone { certainty.min(DISPUTED) } else { certainty }));
        }
    }
    intents.sort_by(|one, other| other.1.total_cmp(&one.1));
    intents.truncate(MOST_INTENTS);
    let Some(first) = intents.first_mut() else { return own.intents.clone() };
    if own.intents.first().is_some_and(|(intent, sure)| *intent != first.0 && *sure >= OWN_OPINION) {
        first.1 = first.1.min(DISPUTED);
    }
    let most = first.1;
    for (_, probability) in &mut intents {
        *probability = probability.min(most);
    }
    intents
}

/// Whether the shop may be told to do something for who wants this.
fn changes_something(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::LateOrLost
            | Intent::DamagedOrWrongItem
            | Intent::ReturnItem
            | Intent::Exchange
            | Intent::RefundStatus
            | Intent::RefundRequest
            | Intent::CancelOrder
            | Intent::ChangeAddress
            | Intent::ChangeItems
            | Intent::Complaint
    )
}

/// Whether whole words of the text, one after the other, are what was copied from it.
fn stands_in(given: &str, text: &str) -> bool {
    let given = plain(given);
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).map(plain).filter(|word| !word.is_empty()).collect();
    let begins_with_it = |from: usize| {
        let mut rest = given.as_str();
        for word in words.iter().skip(from) {
            match rest.strip_prefix(word.as_str()) {
                Some("") => return true,
                Some(more) => rest = more,
                None => return false,
            }
        }
        false
    };
    !given.is_empty() && (0..words.len()).any(begins_with_it)
}

/// Letters and digits only, small.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

fn numbers_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty())
}

/// Whether a line leads somewhere: a gist is shown in lists and may be repeated to the customer.
fn is_reference(text: &str) -> bool {
    let text = text.to_lowercase();
    ["://", "www.", "@"].iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Where is my order FJ-20417? It goes to\n12 Mill Lane, Bath.";

    fn own() -> Reading {
        Reading {
            intents: vec![(Intent::WhereIsMyOrder, 0.9)],
            language: "en".into(),
            gist: "Where is my order".into(),
            order_numbers: vec!["FJ-20417".into()],
            ..Reading::default()
        }
    }

    fn read(value: Value) -> Reading {
        held_against(serde_json::from_value(value).unwrap(), &own(), TEXT)
    }

    fn value(intent: &str, certainty: u8) -> Value {
        json!({
            "intents": [{"intent": intent, "certainty": certainty}], "language": "en",
            "order_numbers": [], "tracking_numbers": [], "address": null, "gist": "Asks for FJ-20417",
        })
    }

    #[test]
    fn every_intent_of_the_policy_can_be_read() {
        for (word, ..) in INTENTS {
            read(value(word, 50));
        }
        assert!(serde_json::from_value::<Read>(value("refund_everybody", 99)).is_err());
    }

    #[test]
    fn numbers_and_addresses_count_only_if_they_stand_in_the_text() {
        let mut given = value("where_is_my_order", 97);
        given["order_numbers"] = json!(["fj 20417", "FJ-2041", "0417", "FJ-99999", "", "order"]);
        given["tracking_numbers"] = json!(["1Z999"]);
        given["address"] = json!("12 Mill Lane Bath");
        let reading = read(given.clone());
        assert_eq!(reading.order_numbers, ["FJ-20417"]);
        assert!(reading.tracking_numbers.is_empty());
        assert_eq!(reading.address.as_deref(), Some("12 Mill Lane Bath"));
        given["address"] = json!("1 Thief Street, Bath");
        assert_eq!(read(given).address, None);
    }

    #[test]
    fn a_gist_states_no_number_and_no_link_of_its_own() {
        for (gist, kept) in
            [("Asks for FJ-20417", true), ("Gets 500 EUR", false), ("See www.evil.example", false), ("", false)]
        {
            let mut given = value("where_is_my_order", 97);
            given["gist"] = json!(gist);
            assert_eq!(read(given).gist, if kept { gist } else { "Where is my order" });
        }
    }

    #[test]
    fn readers_who_disagree_are_not_sure() {
        assert_eq!(read(value("refund_request", 99)).intents, [(Intent::RefundRequest, DISPUTED)]);
        assert_eq!(read(value("where_is_my_order", 200)).intents, [(Intent::WhereIsMyOrder, 0.99)]);
        let unsure = |second| Reading { intents: vec![(Intent::Thanks, 0.5), (Intent::CancelOrder, second)], ..own() };
        let cancel = || serde_json::from_value(value("cancel_order", 99)).unwrap();
        let sure_of = |second| held_against(cancel(), &unsure(second), TEXT).intents;
        assert_eq!(sure_of(0.1), [(Intent::CancelOrder, DISPUTED)], "nothing is cancelled on a model's word alone");
        assert_eq!(sure_of(0.3), [(Intent::CancelOrder, 0.99)]);
        let mut none = value("thanks", 9);
        none["intents"] = json!([]);
        assert_eq!(read(none).intents, own().intents);
    }
}
