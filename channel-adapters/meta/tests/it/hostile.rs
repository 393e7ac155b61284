//! Whatever the bytes are, reading ends with something.

use channel_contract::MessageChannel as _;
use channel_contract::inbound::{RawItem, RawOrigin};
use channel_meta::MetaChannel;
use platform_doubles::meta::{Door, Meta, escaped};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stage::{CUSTOMER, NOW, account, reader};

/// Documents that hold everything that Meta sends.
fn documents(door: Door) -> Vec<Value> {
    let meta = Meta::new(account(door), NOW);
    let payload = json!({ "url": "https://cdn.example/a.png", "coordinates": { "lat": 1.5, "long": -2.5 } });
    let elements = [
        meta.text(CUSTOMER, "m_1", "Hello"),
        meta.attachment(CUSTOMER, "m_2", "location", &payload),
        meta.story_reply(CUSTOMER, "m_3", "Nice", "https://cdn.example/story"),
        meta.quick_reply(CUSTOMER, "m_4", "Yes", "YES"),
        meta.postback(CUSTOMER, "m_5", "Returns", "RETURNS"),
        meta.reaction(CUSTOMER, "m_6", "❤"),
        meta.edit(CUSTOMER, "m_7", "Hello!", 1),
        meta.read(CUSTOMER, "m_8"),
        meta.taken_over(CUSTOMER, "77"),
    ];
    let comment = meta.comment(CUSTOMER, "17_4", "Ana", "Warm?");
    vec![meta.request(&elements), meta.entries(&[("standby", &elements), ("changes", &[comment])])]
}

/// One value somewhere inside becomes another.
fn changed(mut document: Value, place: usize, value: &Value) -> Value {
    fn visit(node: &mut Value, left: &mut usize, value: &Value) -> bool {
        if *left == 0 {
            node.clone_from(value);
            return true;
        }
        *left -= 1;
        match node {
            Value::Array(list) => list.iter_mut().any(|inner| visit(inner, left, value)),
            Value::Object(fields) => fields.values_mut().any(|inner| visit(inner, left, value)),
            _ => false,
        }
    }
    let mut left = place;
    visit(&mut document, &mut left, value);
    document
}

thread_local! {
    static READERS: [MetaChannel; 2] = [reader(Door::Page), reader(Door::Instagram)];
}

fn read(bytes: &[u8]) {
    let item = RawItem { external_id: "x".to_owned(), origin: RawOrigin::Webhook, body: bytes.to_vec().into() };
    for door in [Door::Page, Door::Instagram] {
        let events = READERS.with(|[page, instagram]| {
            let channel = if door == Door::Page { page } else { instagram };
            channel.parse(&item)
        });
        assert!(events.is_err() || events.is_ok_and(|events| !events.is_empty()), "nothing vanishes");
    }
    let _ = channel_meta::list(bytes);
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!(true)),
        Just(json!(i64::MIN)),
        Just(json!(u64::MAX)),
        Just(json!(1e300)),
        Just(json!("\u{0}")),
        Just(json!([[[[{ "mid": {} }]]]])),
        "\\PC{0,20}".prop_map(|text| json!(text)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read(&bytes);
    }

    #[test]
    fn any_value_may_stand_anywhere(which in 0..2_usize, place in 0..200_usize, value in odd_value()) {
        for door in [Door::Page, Door::Instagram] {
            let document = documents(door).remove(which);
            read(&escaped(&changed(document, place, &value)));
        }
    }

    #[test]
    fn half_a_document_is_refused(which in 0..2_usize, end in any::<prop::sample::Index>()) {
        let body = escaped(&documents(Door::Page).remove(which));
        read(&body[..end.index(body.len())]);
    }
}

#[test]
fn a_broken_element_spoils_no_neighbour() {
    let meta = Meta::new(account(Door::Page), NOW);
    let good = meta.text(CUSTOMER, "m_good", "Hello");
    for broken in [json!(null), json!(7), json!([[]]), json!({ "message": 7, "sender": [] }), json!("x")] {
        let listed = channel_meta::list(&escaped(&meta.request(&[broken, good.clone()]))).unwrap();
        assert_eq!(listed.len(), 2);
        assert_eq!(listed.last().unwrap().external_id.as_deref(), Some("m_good"));
    }
}
