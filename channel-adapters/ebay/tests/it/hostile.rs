//! Bytes of all sorts: reading them ends with events or with a word, never otherwise.

use std::time::Duration;

use channel_contract::channel::MessageChannel as _;
use channel_contract::inbound::{RawItem, RawOrigin};
use proptest::prelude::*;
use serde_json::Value;

use crate::fixtures::all;
use crate::shop::Shop;

fn item(body: Vec<u8>) -> RawItem {
    RawItem { external_id: "hostile".to_owned(), origin: RawOrigin::Webhook, body: body.into() }
}

/// Any JSON, a few levels deep, with names that eBay uses.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::from("MARKETPLACE_ACCOUNT_DELETION")),
        Just(Value::from("2026-11-22T10:00:00.000Z")),
    ];
    let name = prop_oneof![
        Just("metadata"),
        Just("topic"),
        Just("notification"),
        Just("data"),
        Just("message"),
        Just("messageId"),
        Just("messageBody"),
        Just("messageMedia"),
        Just("conversationId"),
        Just("senderUsername"),
        Just("createdDate"),
        Just("return"),
        Just("returnId"),
        Just("orderId"),
        Just("order"),
        Just("inquiry"),
        Just("state"),
        Just("as"),
    ];
    leaf.prop_recursive(5, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..6).prop_map(|fields| {
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
                Value::Object(fields.collect())
            }),
        ]
    })
}

#[test]
fn no_bytes_make_reading_fail_otherwise_than_with_a_word() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shop = runtime.block_on(Shop::start(Duration::from_secs(30)));
    let read = |body: Vec<u8>| {
        let _ = channel_ebay::list(&body);
        let read = shop.channel.parse(&item(body));
        assert!(read.is_err() || read.is_ok_and(|events| !events.is_empty()), "nothing vanishes without a word");
    };
    proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..300))| read(bytes));
    proptest!(|(document in document())| read(document.to_string().into_bytes()));
    let bodies = all();
    proptest!(|(which in 0..bodies.len(), at in any::<prop::sample::Index>(), byte in any::<u8>())| {
        let mut body = bodies[which].1.to_vec();
        let at = at.index(body.len());
        body[at] = byte;
        read(body);
    });
}
