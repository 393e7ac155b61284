//! Whatever the bytes are, reading ends with something.

use std::sync::LazyLock;

use channel_contract::MessageChannel as _;
use channel_contract::inbound::{RawItem, RawOrigin};
use channel_whatsapp::WhatsappChannel;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::account::offline;
use crate::fixtures;

fn read(body: Vec<u8>) {
    static CHANNEL: LazyLock<WhatsappChannel> = LazyLock::new(offline);
    let item = RawItem { external_id: "x".to_owned(), origin: RawOrigin::Webhook, body: body.into() };
    let channel = &*CHANNEL;
    let events = channel.parse(&item);
    assert_eq!(events, channel.parse(&item), "reading is pure");
    assert!(events.is_err() || events.is_ok_and(|events| !events.is_empty()), "nothing vanishes");
    let _ = channel_whatsapp::list(&item.body);
}

/// A fixture with one value in it replaced by another.
fn replaced() -> impl Strategy<Value = Vec<u8>> {
    let documents: Vec<Value> =
        fixtures().into_iter().map(|(_, body)| serde_json::from_slice(&body).unwrap()).collect();
    let odd = prop::sample::select(vec![
        Value::Null,
        Value::from(""),
        Value::from(-1),
        Value::from(1e300),
        Value::from("\u{202e}\0\u{1f600}"),
        Value::Array(vec![Value::Null]),
        serde_json::json!({ "id": {}, "type": [] }),
    ]);
    (prop::sample::select(documents), any::<prop::sample::Index>(), odd).prop_map(|(mut document, place, odd)| {
        let all = count(&document);
        let mut left = place.index(all);
        replace(&mut document, &mut left, &odd);
        document.to_string().into_bytes()
    })
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn replace(value: &mut Value, left: &mut usize, odd: &Value) {
    if *left == 0 {
        *value = odd.clone();
        *left = usize::MAX;
        return;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, left, odd)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, left, odd)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_may_stand_anywhere(body in replaced()) {
        read(body);
    }

    #[test]
    fn any_bytes_are_read(body in prop::collection::vec(any::<u8>(), 0..400)) {
        read(body);
    }
}

/// What takes part of a delivery is one message each; what is odd in one of them stays its own.
#[test]
fn one_odd_sign_takes_no_message_along() {
    let message = |id: &str, text: &str| {
        let text = format!(r#""timestamp":"1790000000","type":"text","text":{{"body":"{text}"}}"#);
        format!(r#"{{"from":"4791234567","id":"wamid.{id}",{text}}}"#).into_bytes()
    };
    let deep = format!(r#"{{"id":"wamid.2","odd":{}{}}}"#, "[".repeat(500), "]".repeat(500)).into_bytes();
    let latin = [br#"{"id":"wamid.2","type":"text","text":{"body":"caf"#.as_slice(), b"\xe9", br#""}}"#].concat();
    for odd in [
        message("2", r"cut emoji \ud83d"),
        message("2", r"\udc00"),
        message("2", "a\tb"),
        br#"{"id":"wamid.2","size":1e999}"#.to_vec(),
        latin,
        deep,
    ] {
        let (before, after) = (message("1", "First"), message("3", r"Third \ud83d\ude00"));
        let messages = [before, odd, after].join(b",".as_slice());
        let head = br#"{"object":"whatsapp_business_account","entry":[{"id":"700001","time":1e999,"changes":[{"#;
        let field = br#""field":"messages","value":{"metadata":{"phone_number_id":"800001"},"messages":["#;
        let body = [head.as_slice(), field, &messages, b"]}}]}]}"].concat();
        let listed: Vec<Value> =
            channel_whatsapp::list(&body).unwrap().iter().map(|listed| serde_json::to_value(listed).unwrap()).collect();
        let texts: Vec<&str> = listed.iter().filter_map(|listed| listed["text"].as_str()).collect();
        assert_eq!(listed.len(), 3, "{listed:?}");
        assert!(texts.contains(&"First") && texts.contains(&"Third \u{1f600}"), "{texts:?}");
        let item = RawItem { external_id: "x".to_owned(), origin: RawOrigin::Webhook, body: body.into() };
        assert_eq!(offline().parse(&item).unwrap().len(), 3);
    }
}

#[test]
fn deep_and_long_documents_are_read_or_refused() {
    for (open, close) in [("[", "]"), ("{\"entry\":", "}"), ("{\"edit\":{\"message\":", "}}")] {
        let nested = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        read(nested.into_bytes());
    }
    let message = r#"{"id":"wamid.1","type":"edit","edit":{"original_message_id":"wamid.0","message":null}},"#;
    let many = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"value":{{"messages":[{}null]}}}}]}}]}}"#,
        message.repeat(20_000)
    );
    read(many.into_bytes());
}

/// As large as a delivery can be, with as many people as messages: each is looked at a bounded number of times.
#[test]
fn many_people_beside_many_messages_are_read() {
    let (people, messages) = ("{},".repeat(400_000), "{},".repeat(400_000));
    let value = format!(r#"{{"contacts":[{people}null],"messages":[{messages}null]}}"#);
    let body = format!(r#"{{"entry":[{{"changes":[{{"value":{value}}}]}}]}}"#);
    assert_eq!(channel_whatsapp::list(body.as_bytes()).unwrap().len(), 400_001);
    let (id, changes) = ("9".repeat(1_000_000), "{},".repeat(400_000));
    let body = format!(r#"{{"entry":[{{"id":"{id}","time":"{id}","changes":[{changes}null]}}]}}"#);
    assert_eq!(channel_whatsapp::list(body.as_bytes()).unwrap().len(), 400_000);
}

#[test]
fn the_same_trouble_later_is_told_again() {
    let told = |time: i64| {
        let error = json!({ "code": 131_042, "title": "Business eligibility payment issue" });
        let change = json!({ "field": "messages", "value": { "errors": [error] } });
        let entry = json!({ "id": "700001", "time": time, "changes": [change] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string().into_bytes().into();
        let item = RawItem { external_id: "x".to_owned(), origin: RawOrigin::Webhook, body };
        offline().parse(&item).unwrap().remove(0).external_id
    };
    assert_eq!(told(1_790_000_000), told(1_790_000_000));
    assert_ne!(told(1_790_000_000), told(1_795_000_000));
}
