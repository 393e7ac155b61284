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
    let spoken = snapshot.spoken();
    let is_earlier = |id| !spoken.iter().any(|message| message.id == id);
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
    let (intents, disputed) = weighed(&read.intents, own);
    Reading {
        intents,
        disputed,
        language: if is_code { read.language } else { own.language.clone() },
        order_numbers: named(read.order_numbers, &own.order_numbers),
        doubtful_numbers: own.doubtful_numbers.clone(),
        tracking_numbers: named(read.tracking_numbers, &own.tracking_numbers),
        address: read.address.filter(stands_there).or_else(|| own.address.clone()),
        gist: if gist_holds { gist } else { own.gist.clone() },
        note: None,
    }
}

/// Each intent once, most certain first; and whether it is disputed: the built-in reading is sure of something else, or does
/// not second what changes something.
fn weighed(read: &[ReadIntent], own: &Reading) -> (Vec<(Intent, f32)>, bool) {
    let mut intents: Vec<(Intent, f32)> = Vec::new();
    for given in read {
        if !intents.iter().any(|(known, _)| *known == given.intent) {
            intents.push((given.intent, f32::from(given.certainty.min(99)) / 100.0));
        }
    }
    intents.sort_by(|one, other| other.1.total_cmp(&one.1));
    intents.truncate(MOST_INTENTS);
    let Some((first, _)) = intents.first().copied() else { return (own.intents.clone(), false) };
    let is_seconded = |wanted| own.intents.iter().any(|(intent, sure)| *intent == wanted && *sure >= SECONDED);
    let is_other = own.intents.first().is_some_and(|(intent, sure)| *intent != first && *sure >= OWN_OPINION);
    let is_alone = intents.iter().any(|(intent, _)| changes_something(*intent) && !is_seconded(*intent));
    (intents, is_other || is_alone)
}

/// Whether the shop may be told to do something for who wants this, or the conversation ends with it unseen.
fn changes_something(intent: Intent) -> bool {
    matches!(
        intent,
        Intent::WhereIsMyOrder
            | Intent::LateOrLost
            | Intent::DamagedOrWrongItem
            | Intent::ReturnItem
            | Intent::Exchange
            | Intent::RefundStatus
            | Intent::RefundRequest
            | Intent::CancelOrder
            | Intent::ChangeAddress
            | Intent::ChangeItems
            | Intent::Complaint
            | Intent::Thanks
            | Intent::Spam
            | Intent::OutOfScope
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
    fn readers_who_disagree_leave_it_to_a_person() {
        let of = |reading: Reading| (reading.intents[0], reading.disputed);
        assert_eq!(of(read(value("refund_request", 99))), ((Intent::RefundRequest, 0.99), true));
        assert_eq!(of(read(value("where_is_my_order", 200))), ((Intent::WhereIsMyOrder, 0.99), false));
        let unsure = |second| Reading { intents: vec![(Intent::Thanks, 0.5), (Intent::CancelOrder, second)], ..own() };
        let cancel = || serde_json::from_value(value("cancel_order", 99)).unwrap();
        let by = |second| of(held_against(cancel(), &unsure(second), TEXT));
        assert_eq!(by(0.1), ((Intent::CancelOrder, 0.99), true), "nothing is cancelled on a model's word alone");
        assert_eq!(by(0.3), ((Intent::CancelOrder, 0.99), false));
        let mut none = value("thanks", 9);
        none["intents"] = json!([]);
        assert_eq!(read(none).intents, own().intents);
    }
}
