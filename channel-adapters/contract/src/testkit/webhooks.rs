//! Points 1 to 4: what is pushed.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::checklist::{Odd, Part};
use super::harness::{Asked, WebhookHarness, given, why};
use super::secrecy::seen;
use crate::channel::WebhookRequest;
use crate::failure::VerifyError;
use crate::inbound::{Inbound, InboundMessage, RawItem, RawOrigin};

/// In so many places of a document other values are put.
const MOST_PLACES: usize = 60;

/// Point 1: right, missing and wrong signatures, old requests, a body altered by one bit, two secrets at a time, and the
/// platform's question before it sends anything.
pub fn requests_are_authentic(harness: &dyn WebhookHarness) {
    if let Some(Asked { request, answer, others }) = given(harness, Part::Handshake, harness.asked()) {
        let answered = harness.channel().handshake(&request).map(|handshake| handshake.body);
        assert_eq!(answered, Some(answer), "the platform's question is answered");
        for other in others {
            assert_eq!(harness.channel().handshake(&other), None, "nobody else's question is answered");
        }
    }
    if why(harness, Part::Push).is_some() {
        return nothing_pushed_is_taken(harness);
    }
    let verify = |request: &WebhookRequest| {
        let before_the_body = WebhookRequest { body: Bytes::new(), ..request.clone() };
        let verified = harness.channel().verify(request);
        seen(&(request, &verified));
        if verified.is_ok() {
            assert_eq!(harness.channel().admit(&before_the_body), Ok(()), "what is taken is let in");
        }
        verified
    };
    for body in bodies(harness) {
        let right = verify(&harness.signed(body.clone()));
        assert!(right.as_ref().is_ok_and(|items| !items.is_empty()), "a rightly signed request gives items: {right:?}");
        assert_eq!(verify(&harness.unsigned(body.clone())), Err(VerifyError::Missing), "no signature");
        assert_eq!(verify(&harness.wrongly_signed(body.clone())), Err(VerifyError::Mismatch), "a wrong signature");
        if let Some(old) = given(harness, Part::SignedTime, harness.outdated(body.clone())) {
            assert_eq!(verify(&old), Err(VerifyError::Expired), "an old request");
        }
        if let Some(before) = given(harness, Part::SecondSecret, harness.signed_as_before(body.clone())) {
            assert_eq!(verify(&before), right, "a secret counts until the new one is known everywhere");
        }
        if why(harness, Part::SignedBody).is_none() {
            for at in places(body.len()) {
                let request = WebhookRequest { body: altered(&body, at), ..harness.signed(body.clone()) };
                assert_eq!(verify(&request), Err(VerifyError::Mismatch), "a body altered at byte {at}");
            }
        }
    }
}

/// Who is polled takes nothing from anybody who comes.
fn nothing_pushed_is_taken(harness: &dyn WebhookHarness) {
    assert!(harness.channel().polls(), "what is not pushed is polled");
    for body in bodies(harness) {
        let request = harness.signed(body);
        let verified = harness.channel().verify(&request);
        seen(&(&request, &verified));
        assert!(verified.is_err(), "what is polled is not taken from anybody who comes");
    }
}

/// Point 2: what is stored is what came, and reading it again, by another process too, gives the same events.
pub fn reading_again_gives_the_same(harness: &dyn WebhookHarness) {
    for body in bodies(harness) {
        let items = harness.items(&body);
        let raw = items.iter().all(|item| item.body == body).then_some(());
        given(harness, Part::RawBytes, raw);
        for item in items {
            let first = harness.channel().parse(&item);
            let stored = RawItem { body: Bytes::copy_from_slice(&item.body), ..item };
            assert_eq!(first, harness.channel().parse(&stored), "reading is pure");
            assert_eq!(first, harness.restarted().parse(&stored), "reading knows nothing of the process");
            let events = first.unwrap_or_default();
            seen(&events);
            assert!(events.iter().all(|event| !event.external_id.is_empty()), "no event is without a key");
        }
    }
}

/// Point 3: what comes three times, in any order and several at once, is one item each by its key.
pub fn repetitions_are_one(harness: &dyn WebhookHarness) {
    let bodies = bodies(harness);
    let expected: usize = bodies.iter().map(|body| harness.items(body).len()).sum();
    let (even, odd): (Vec<_>, Vec<_>) = bodies.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    let interleaved = odd.iter().chain(&even).map(|(_, body)| *body);
    let mut stored: HashMap<String, RawItem> = HashMap::new();
    for body in bodies.iter().chain(bodies.iter().rev()).chain(interleaved) {
        for item in harness.items(body) {
            assert!(!item.external_id.is_empty(), "no key is empty");
            let first = stored.entry(item.external_id.clone()).or_insert_with(|| item.clone());
            assert_eq!(*first, item, "one key names one item");
        }
    }
    assert_eq!(stored.len(), expected, "each item has a key of its own, and the same each time");
    if let Some(several) = given(harness, Part::Entries, harness.several()) {
        let events: Vec<Inbound> = events(harness, &several);
        let keys: HashMap<&str, &Inbound> = events.iter().map(|event| (event.external_id.as_str(), event)).collect();
        assert!(keys.len() > 1 && keys.len() == events.len(), "each event has a key of its own: {events:?}");
    }
}

/// Point 4: unknown types and words, further fields, nothing where something was, and bytes without any sense are read
/// as something or refused with a word, and leave what comes beside them as it was.
pub fn the_unknown_hides_nothing(harness: &dyn WebhookHarness) {
    let read = || -> Vec<Vec<Inbound>> { bodies(harness).iter().map(|body| events(harness, body)).collect() };
    let before = read();
    for odd in Odd::ALL {
        if let Some(body) = given(harness, Part::Odd(odd), harness.odd(odd)) {
            let events = events(harness, &body);
            assert!(!events.is_empty(), "{odd:?}: something stands for what nobody knows");
        }
    }
    for hostile in bodies(harness).iter().flat_map(hostile_versions) {
        let _ = harness.channel().verify(&harness.signed(hostile.clone()));
        // A poller hands over bytes that no webhook has looked at.
        let item = RawItem { external_id: "hostile".to_owned(), origin: RawOrigin::Inbox, body: hostile };
        let read = harness.channel().parse(&item);
        assert!(read.is_err() || read.is_ok_and(|events| !events.is_empty()), "nothing vanishes without a word");
    }
    assert_eq!(before, read(), "what is well formed is read as before");
}

/// The bodies of the harness: without one nothing is shown.
pub(super) fn bodies(harness: &dyn WebhookHarness) -> Vec<Bytes> {
    let bodies = harness.bodies();
    assert!(bodies.len() > 1, "a harness shows bodies about different things");
    bodies
}

/// The events of a rightly signed request.
pub(super) fn events(harness: &dyn WebhookHarness, body: &Bytes) -> Vec<Inbound> {
    let read = |item: &RawItem| {
        let events = harness.channel().parse(item);
        seen(&events);
        events.unwrap_or_else(|error| panic!("an item cannot be read: {error:?}"))
    };
    harness.items(body).iter().flat_map(read).collect()
}

/// The first message of a rightly signed request.
pub(super) fn message(harness: &dyn WebhookHarness, body: &Bytes) -> InboundMessage {
    let found = events(harness, body).into_iter().find_map(message_of);
    found.unwrap_or_else(|| panic!("the body holds no message"))
}

/// The message of an event.
pub(super) fn message_of(inbound: Inbound) -> Option<InboundMessage> {
    inbound.event.into_message()
}

fn places(length: usize) -> Vec<usize> {
    let mut found: Vec<usize> =
        [0, length / 3, length / 2, length.saturating_sub(1)].into_iter().filter(|at| *at < length).collect();
    found.dedup();
    found
}

fn altered(body: &Bytes, at: usize) -> Bytes {
    body.iter().enumerate().map(|(place, byte)| if place == at { byte ^ 1 } else { *byte }).collect()
}

fn hostile_versions(body: &Bytes) -> Vec<Bytes> {
    let mut found = vec![
        Bytes::new(),
        Bytes::from_static(b"\0"),
        Bytes::from_static(b"\xff\xfe\xfd"),
        Bytes::from(vec![b'['; 5_000]),
        Bytes::from(vec![b'{'; 5_000]),
        Bytes::from_static(b"null"),
        Bytes::from_static(b"[null,{},\"\"]"),
    ];
    let step = (body.len() / 40).max(1);
    for end in (0..body.len()).step_by(step) {
        found.push(body.slice(..end));
        found.push(altered(body, end));
        let (before, after) = (body.slice(..end), body.slice(end..));
        found.push([&before[..], b"\0\0", &after[..]].concat().into());
    }
    found.extend(documents_with_other_values(body));
    found
}

/// A document of JSON with one of its values of another form: so many of the places in it, evenly spread.
fn documents_with_other_values(body: &Bytes) -> Vec<Bytes> {
    let Ok(document) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let count = values_in(&document);
    let others = [Value::Null, json!(-1), json!("word"), json!([[null]]), json!({})];
    let places = (0..count).step_by(count.div_ceil(MOST_PLACES));
    let with = |(place, other): (usize, &Value)| {
        let mut odd = document.clone();
        replace(&mut odd, &mut Some(place), other);
        Bytes::from(odd.to_string())
    };
    places.flat_map(|place| others.iter().map(move |other| (place, other))).map(with).collect()
}

fn values_in(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values_in).sum(),
        Value::Object(fields) => fields.values().map(values_in).sum::<usize>(),
        _ => 0,
    }
}

/// Replaces the value before which there are so many, counted from the front.
fn replace(value: &mut Value, before: &mut Option<usize>, other: &Value) {
    match before.as_mut() {
        None => return,
        Some(0) => {
            *value = other.clone();
            return *before = None;
        }
        Some(left) => *left -= 1,
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, before, other)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, before, other)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_of_a_document_is_replaced() {
        let body = Bytes::from(json!({ "a": [1, { "b": 2 }], "c": "d" }).to_string());
        let found: Vec<Value> = documents_with_other_values(&body)
            .iter()
            .map(|odd| serde_json::from_slice(odd).unwrap_or_else(|error| panic!("{odd:?}: {error}")))
            .collect();
        assert_eq!(found.len(), 6 * 5);
        for expected in [
            json!("word"),
            json!({ "a": null, "c": "d" }),
            json!({ "a": [-1, { "b": 2 }], "c": "d" }),
            json!({ "a": [1, [[null]]], "c": "d" }),
            json!({ "a": [1, { "b": {} }], "c": "d" }),
            json!({ "a": [1, { "b": 2 }], "c": null }),
        ] {
            assert!(found.contains(&expected), "{expected}");
        }
        assert!(documents_with_other_values(&Bytes::from_static(b"a=b")).is_empty());
    }
}
