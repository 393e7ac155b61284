//! Answers that make no sense: nothing panics, and nothing vanishes without a word.

use bytes::Bytes;
use channel_contract::MessageChannel as _;
use channel_contract::inbound::{RawItem, RawOrigin};
use channel_mirakl::{MiraklChannel, MiraklSettings, items, list};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::marketplace::{page_with, reader};

fn channel() -> MiraklChannel {
    reader(MiraklSettings { answer_within_hours: Some(24), ..MiraklSettings::default() })
}

fn raw(body: impl Into<Bytes>) -> RawItem {
    RawItem { external_id: "any".to_owned(), origin: RawOrigin::Inbox, body: body.into() }
}

/// Any JSON, of the names that the adapter reads among others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("message"),
            Just("unread"),
            Just("order"),
            Just("return"),
            Just("CUSTOMER"),
            Just("CUSTOMER_USER"),
            Just("SHOP_USER"),
            Just("OPERATOR_USER"),
            Just("INCIDENT_OPEN"),
            Just("2026-11-22T10:00:00Z"),
        ]
        .prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("kind"),
        Just("thread"),
        Just("message"),
        Just("messages"),
        Just("data"),
        Just("id"),
        Just("from"),
        Just("type"),
        Just("to"),
        Just("body"),
        Just("topic"),
        Just("value"),
        Just("entities"),
        Just("attachments"),
        Just("date_created"),
        Just("metadata"),
        Just("shop_reply_needed_since"),
        Just("authorized_participants"),
        Just("organization_details"),
        Just("order_id"),
        Just("what"),
        Just("code"),
        Just("at"),
        Just("earlier"),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone().prop_map(str::to_owned), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = items(&body);
        let _ = list(&body);
        let read = channel().parse(&raw(body));
        prop_assert!(read.is_err() || read.is_ok_and(|events| !events.is_empty()));
    }

    #[test]
    fn no_document_is_too_odd(document in any_json()) {
        let body = document.to_string();
        let _ = list(body.as_bytes());
        let read = channel().parse(&raw(body.clone()));
        prop_assert!(read.is_err() || read.is_ok_and(|events| !events.is_empty()));
        // Whatever is stored can be read.
        for item in items(body.as_bytes()).unwrap() {
            prop_assert!(!item.external_id.is_empty());
            prop_assert!(!channel().parse(&item).unwrap().is_empty());
        }
    }
}

#[test]
fn a_broken_entry_spoils_none_of_its_neighbours() {
    let page = page_with(|thread| {
        let whole = thread["messages"][0].clone();
        thread["messages"] = json!([null, 7, "x", { "id": { "of": "what" } }, whole]);
    });
    let events: Vec<_> = items(&page).unwrap().iter().flat_map(|item| channel().parse(item).unwrap()).collect();
    let texts: Vec<String> =
        events.into_iter().filter_map(|event| event.event.into_message()).map(|m| m.text).collect();
    assert_eq!(texts.len(), 4, "nothing is nothing, and all else is shown");
    assert_eq!(texts.iter().filter(|text| *text == "It is me, Ann").count(), 1);
    assert_eq!(texts.iter().filter(|text| text.contains("cannot be shown here")).count(), 3);
}
