//! Whatever comes is read or refused, and never stops the program.

use channel_contract::MessageChannel as _;
use channel_line::list;
use proptest::prelude::*;
use serde_json::Value;

use crate::account::{Shop, item};
use crate::fixtures;

/// The document with one of its values replaced, counted from the front.
fn replaced(document: &mut Value, place: &mut usize, with: &Value) {
    if *place == 0 {
        *document = with.clone();
    }
    *place = place.wrapping_sub(1);
    match document {
        Value::Array(items) => items.iter_mut().for_each(|item| replaced(item, place, with)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replaced(field, place, with)),
        _ => {}
    }
}

#[tokio::test]
async fn no_value_of_another_form_makes_a_message_vanish() {
    let shop = Shop::start(std::time::Duration::from_secs(1)).await;
    for (name, body) in fixtures() {
        let document: Value = serde_json::from_slice(&body).unwrap();
        for with in
            [Value::Null, Value::from(-1), Value::from("word"), serde_json::json!([[null]]), serde_json::json!({})]
        {
            for place in 0..60 {
                let mut odd = document.clone();
                replaced(&mut odd, &mut place.clone(), &with);
                let read = shop.channel.parse(&item(odd.to_string().into()));
                assert!(read.is_err() || read.is_ok_and(|events| !events.is_empty()), "{name}: {odd}");
            }
        }
    }
}

#[test]
fn depth_has_an_end() {
    for sign in ["[", "{\"events\":"] {
        assert!(list(sign.repeat(100_000).as_bytes()).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = list(&bytes);
    }

    #[test]
    fn no_altered_delivery_makes_reading_panic(which in 0..40_usize, at in 0..2_000_usize, byte in any::<u8>()) {
        let all = fixtures();
        let mut body = all[which % all.len()].1.clone();
        let at = at % body.len();
        body[at] = byte;
        let _ = list(&body);
    }
}
