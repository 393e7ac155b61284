//! Answers as Amazon publishes them, where they lie beside the project, and broken ones.

use std::collections::BTreeSet;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect};
use channel_contract::testkit;
use proptest::prelude::*;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::*;
use crate::relay;
use crate::spapi::{actions, failure};

#[test]
fn broken_elements_spoil_none_beside_them() {
    let actions = json!({ "_links": { "actions": [null, 7, { "name": 7 }, { "href": "x" }, { "name": "invoice" }] } });
    assert_eq!(action_names(&actions), ["invoice"]);
    let queue = json!({ "sqs": { "arn": "arn:aws:sqs:eu-west-1:1:a" }, "eventBridge": null });
    let all = json!({ "payload": [{}, { "destinationId": "d1", "resource": null },
                                  { "destinationId": "d2", "name": "Resolute", "resource": queue }] });
    let found: Vec<(String, String)> = destinations(&all).into_iter().map(|found| (found.id, found.queue)).collect();
    let wanted = [("d1", ""), ("d2", "arn:aws:sqs:eu-west-1:1:a")];
    assert_eq!(found, wanted.map(|(id, queue)| (id.to_owned(), queue.to_owned())));
    let place = json!({ "payload": { "uploadDestinationId": "u", "url": "https://x.example", "headers": { "a": "b", "c": 1 } } });
    assert_eq!(upload(&place).unwrap().headers, [("a".to_owned(), "b".to_owned())]);
    for nothing in [json!(null), json!([]), json!({ "payload": null, "order": 1, "buyer": [] })] {
        assert!(order(&nothing).is_none() && upload(&nothing).is_none() && buyer_locale(&nothing).is_none());
        assert!(destination(&nothing).is_none() && subscription(&nothing).is_none());
    }
    let odd = json!({ "order": {
        "orderId": "303-1234567-7654321", "packages": [null], "fulfillment": { "deliverByWindow": { "latestDateTime": "soon" } },
        "orderItems": [null, { "product": null }, { "quantityOrdered": 0, "product": { "title": "Gone" } },
                       { "quantityOrdered": "two", "product": { "title": "Cup" } }],
    } });
    let order = order(&odd).unwrap();
    assert_eq!(
        (order.items.as_slice(), order.promised, order.has_arrived),
        (&[(1, "Cup".to_owned())][..], None, false)
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(errors(&body).len() <= body.len());
    }
}

#[test]
fn published_answers_are_read() {
    let Some(folder) = testkit::payloads_of_others() else { return };
    let rows = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let rows: BTreeSet<String> =
        rows.lines().filter(|row| row.contains("\"amazon-spapi\"")).map(str::to_owned).collect();
    let mut read = 0;
    for row in rows {
        let row: Value = serde_json::from_str(&row).unwrap();
        let file = row["file"].as_str().unwrap();
        let case: Value = serde_json::from_slice(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        let status: u16 = row["http_status"].as_str().unwrap().parse().unwrap();
        let known = if status < 300 {
            is_understood(&row, &case["response"])
        } else {
            Some(is_refused(status, &case["response"]))
        };
        assert_ne!(known, Some(false), "{file}");
        read += usize::from(known.is_some());
    }
    assert!(read >= 20, "{read} answers were read");
}

/// Whether an answer is understood; `None` where the client never asks for it.
fn is_understood(row: &Value, answer: &Value) -> Option<bool> {
    let orders: Vec<&str> = row["order_ids"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let names = action_names(answer);
    let is_known = |name: &String| actions::ACTIONS.iter().any(|action| action.name == *name);
    Some(match row["operation"].as_str().unwrap() {
        "GetAttributes" => buyer_locale(answer).as_deref() == Some("en-US"),
        "getMessagingActionsForOrder" => names.iter().any(is_known) || names == ["negativeFeedbackRemoval"],
        "getSolicitationActionsForOrder" => names == ["productReviewAndSellerFeedback"] && names.iter().all(is_known),
        "sendInvoice" | "deleteSubscriptionById" => answer.is_object(),
        "createDestination" => destination(answer).is_some_and(|found| found.queue.starts_with("arn:aws:sqs:")),
        "getDestinations" => destinations(answer).len() == 1,
        "createSubscription" | "getSubscriptionById" => subscription(answer).is_some(),
        "getOrder" => {
            let found = order(answer)?;
            orders.contains(&found.number.as_str())
                && relay::orders_in(&[&found.number]) == [found.number]
                && found.marketplace.is_some()
                && !found.status.is_empty()
                && !found.items.is_empty()
        }
        _ => return None,
    })
}

/// Whether a refusal has the right class.
fn is_refused(status: u16, answer: &Value) -> bool {
    let body = answer.to_string().into();
    let answer = Answer { status, headers: HeaderMap::new(), retry_after: None, body };
    let right = match (status, failure::of(&answer, Effect::Reads, None)) {
        (400 | 413 | 415, ChannelFailure::Refused { class, .. }) => class == FailureClass::Content,
        (404, ChannelFailure::Refused { class, .. }) => class == FailureClass::Recipient,
        (500, ChannelFailure::Retry { class, .. }) => class == FailureClass::Temporary,
        _ => false,
    };
    right && !errors(&answer.body).is_empty()
}
