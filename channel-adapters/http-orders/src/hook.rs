//! What the shop tells us by itself: an order changed. Pure. A hook is only a hint to read the order again; nothing in it
//! is taken for a fact.

use channel_contract::failure::ParseError;
use serde::Deserialize;

use crate::wire::Text;

/// The largest hook that is read, in bytes.
const LARGEST_HOOK: usize = 64 * 1024;

/// An order changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderHook {
    /// The shop's id of the event: the same when it is sent again.
    pub event_id: String,
    /// The shop's id of the order.
    pub order_id: String,
}

/// Reads a hook whose signature was verified ([`crate::signature::verify`]).
pub fn parse(body: &[u8]) -> Result<OrderHook, ParseError> {
    #[derive(Deserialize)]
    struct Wire {
        event_id: Option<Text>,
        order_id: Option<Text>,
    }
    if body.len() > LARGEST_HOOK {
        return Err(ParseError("the hook is larger than 64 KiB".to_owned()));
    }
    let wire: Wire =
        serde_json::from_slice(body).map_err(|_| ParseError("the hook is not the JSON we document".to_owned()))?;
    let given = |value: Option<Text>| value.map(|text| text.0).filter(|text| !text.is_empty());
    match (given(wire.event_id), given(wire.order_id)) {
        (Some(event_id), Some(order_id)) => Ok(OrderHook { event_id, order_id }),
        _ => Err(ParseError("the hook has no event_id or no order_id".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_documented_and_nothing_else() {
        let read = parse(br#"{"event_id":"e1","type":"order.updated","order_id":7,"more":{}}"#).unwrap();
        assert_eq!(read, OrderHook { event_id: "e1".to_owned(), order_id: "7".to_owned() });
        for body in ["", "null", "[]", "{}", "<html>", r#"{"event_id":"e1"}"#, r#"{"event_id":"","order_id":"1"}"#] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
        assert!(parse(&vec![b' '; LARGEST_HOOK + 1]).is_err());
    }
}
