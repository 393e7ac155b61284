//! Actions: what is sent, and what every ending means.

use channel_contract::orders::{
    ActionCommand, ActionReceipt, Address, Discount, Document, LineChange, LineQuantity, OrderAction, OrderFailure,
    OrderSource, RefundKind,
};
use channel_http_orders::signature;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use time::OffsetDateTime;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Ending, broken_server, now, refund, secrets, source, source_for, source_with};

async fn shop_answering(answer: ResponseTemplate) -> MockServer {
    let shop = MockServer::start().await;
    Mock::given(method("POST")).respond_with(answer).mount(&shop).await;
    shop
}

async fn perform_in(answer: ResponseTemplate) -> Result<ActionReceipt, OrderFailure> {
    let shop = shop_answering(answer).await;
    source(&shop.uri()).perform(&refund(1250)).await
}

/// What the shop receives for an action: path and body. Key and signature are checked on the way.
async fn sent(action: OrderAction) -> (String, Value) {
    let shop = shop_answering(ResponseTemplate::new(200).set_body_json(json!({"reference": "x1"}))).await;
    let command = ActionCommand { idempotency_key: "key-7".to_owned(), order_id: "o/1".to_owned(), action };
    source(&shop.uri()).perform(&command).await.unwrap();
    let requests = shop.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    let header = |name: &str| requests[0].headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("Idempotency-Key"), "key-7");
    assert_eq!(header("Content-Type"), "application/json");
    let signed = signature::verify(&secrets(), Some(header("X-Signature")), &requests[0].body, now());
    assert_eq!(signed, Ok(()));
    assert!(signature::verify(&secrets(), Some(header("X-Signature")), b"", now()).is_err());
    (requests[0].url.path().to_owned(), requests[0].body_json().unwrap())
}

#[tokio::test]
async fn each_action_is_sent_as_documented() {
    let lines = vec![LineQuantity { line_id: "l1".to_owned(), quantity: 2 }];
    let reason = "Broken.".to_owned();
    let common = |action: &str| json!({"order_id": "o/1", "action": action, "idempotency_key": "key-7"});
    let expected = |action: &str, more: Value| {
        let mut body = common(action);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (format!("/orders/o%2F1/actions/{action}"), body)
    };
    let wire_lines = json!([{"line_id": "l1", "quantity": 2}]);
    assert_eq!(
        sent(OrderAction::Cancel { reason: reason.clone() }).await,
        expected("cancel", json!({"reason": "Broken."}))
    );
    let amount = channel_contract::Money::new(4200, "JPY".parse().unwrap());
    assert_eq!(
        sent(OrderAction::Refund { amount, lines: Vec::new(), reason: reason.clone(), gives_back: None }).await,
        expected("refund", json!({"reason": "Broken.", "lines": [], "amount": {"amount": "4200", "currency": "JPY"}}))
    );
    let gives_back = Some(RefundKind::Shipping);
    assert_eq!(
        sent(OrderAction::Refund { amount, lines: Vec::new(), reason: reason.clone(), gives_back }).await.1["gives_back"],
        "shipping"
    );
    assert_eq!(
        sent(OrderAction::Return { lines: lines.clone(), reason: reason.clone(), settled_by: None }).await,
        expected("return", json!({"reason": "Broken.", "lines": wire_lines}))
    );
    assert_eq!(
        sent(OrderAction::Replace { lines, reason }).await,
        expected("replace", json!({"reason": "Broken.", "lines": wire_lines}))
    );
    let address = Address { city: "Hamburg".to_owned(), ..Address::default() };
    assert_eq!(
        sent(OrderAction::ChangeAddress { address }).await,
        expected(
            "address",
            json!({"address": {"name": "", "line1": "", "line2": "", "postal_code": "", "city": "Hamburg",
                               "region": "", "country": ""}})
        )
    );
}

#[tokio::test]
async fn what_few_shops_do_is_sent_as_documented() {
    let (reason, id) = (|| "Asked for.".to_owned(), || "x1".to_owned());
    let changes = || vec![LineChange { line_id: "l1".to_owned(), quantity: 2, sku: "CUP-RED".to_owned() }];
    let wire_changes = json!([{"line_id": "l1", "quantity": 2, "sku": "CUP-RED"}]);
    let expires_at = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
    let code = |discount| OrderAction::DiscountCode { discount, expires_at, reason: reason() };
    let five = channel_contract::Money::new(500, channel_contract::Currency::EUR);
    for (action, name, more) in [
        (
            OrderAction::Exchange { changes: changes(), reason: reason(), settled_by: None },
            "exchange",
            json!({"changes": wire_changes, "reason": "Asked for."}),
        ),
        (
            OrderAction::ChangeItems { changes: changes(), reason: reason(), settled_by: None },
            "items",
            json!({"changes": wire_changes, "reason": "Asked for."}),
        ),
        (OrderAction::Resend { document: Document::ReturnLabel }, "document", json!({"document": "return_label"})),
        (
            code(Discount::Percent(10)),
            "code",
            json!({"percent": 10, "expires_at": "2027-01-15T08:00:00Z", "reason": "Asked for."}),
        ),
        (
            code(Discount::Amount(five)),
            "code",
            json!({"amount": {"amount": "5.00", "currency": "EUR"}, "expires_at": "2027-01-15T08:00:00Z",
                   "reason": "Asked for."}),
        ),
        (OrderAction::Note { text: "Calls back.".to_owned() }, "note", json!({"text": "Calls back."})),
        (
            OrderAction::CancelReturn { return_id: id(), reason: reason() },
            "return-cancellation",
            json!({"id": "x1", "reason": "Asked for."}),
        ),
        (
            OrderAction::VoidCode { entry_id: id(), reason: reason() },
            "code-cancellation",
            json!({"id": "x1", "reason": "Asked for."}),
        ),
        (OrderAction::ChangePayment { method: "m2".to_owned() }, "payment", json!({"settled_by": "m2"})),
        (
            OrderAction::Exchange { changes: changes(), reason: reason(), settled_by: Some("m2".to_owned()) },
            "exchange",
            json!({"changes": wire_changes, "reason": "Asked for.", "settled_by": "m2"}),
        ),
    ] {
        let mut body = json!({"order_id": "o/1", "action": name, "idempotency_key": "key-7"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(sent(action).await, (format!("/orders/o%2F1/actions/{name}"), body));
    }
}

#[tokio::test]
async fn what_is_taken_gives_a_receipt() {
    let receipt = |reference: &str, complete| Ok(ActionReceipt { reference: reference.to_owned(), complete });
    let answer = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    assert_eq!(perform_in(answer(200, json!({"reference": "r1"}))).await, receipt("r1", true));
    assert_eq!(perform_in(answer(200, json!({"reference": 19, "complete": false}))).await, receipt("19", false));
    assert_eq!(perform_in(answer(202, json!({"reference": "r1", "complete": true}))).await, receipt("r1", false));
    assert_eq!(perform_in(answer(200, json!({"reference": null}))).await, receipt("", true));
}

#[tokio::test]
async fn refusals_carry_the_shops_words() {
    let with_reason =
        |status: u16, reason: &str| ResponseTemplate::new(status).set_body_json(json!({"reason": reason}));
    assert_eq!(
        perform_in(with_reason(422, "The refund is more\nthan was paid.")).await,
        Err(OrderFailure::Refused { reason: "The refund is more than was paid.".to_owned() })
    );
    assert_eq!(
        perform_in(with_reason(409, "It was shipped a minute ago.")).await,
        Err(OrderFailure::Changed { reason: "It was shipped a minute ago.".to_owned() })
    );
    for body in ["", "<html>", "{}", r#"{"reason":7}"#, r#"{"reason":"  "}"#] {
        let answer = perform_in(ResponseTemplate::new(422).set_body_string(body)).await;
        assert!(matches!(&answer, Err(OrderFailure::Refused { reason }) if reason.contains(' ')), "{body}: {answer:?}");
    }
    let long = perform_in(with_reason(422, &"word ".repeat(1000))).await.unwrap_err();
    assert!(long.to_string().chars().count() <= 300);
}

#[tokio::test]
async fn every_status_of_an_action_says_what_to_do() {
    for status in [408, 429, 503] {
        let answer = perform_in(ResponseTemplate::new(status).insert_header("Retry-After", "30")).await;
        let waits = matches!(&answer, Err(OrderFailure::Retry { after: Some(wait), .. }) if wait.as_secs() == 30);
        assert!(waits, "{status}: {answer:?}");
    }
    for status in [401, 403] {
        let answer = perform_in(ResponseTemplate::new(status)).await;
        assert!(matches!(answer, Err(OrderFailure::Reconnect { .. })), "{status}: {answer:?}");
    }
    for status in [400, 404, 405, 422] {
        let answer = perform_in(ResponseTemplate::new(status)).await;
        assert!(matches!(answer, Err(OrderFailure::Refused { .. })), "{status}: {answer:?}");
    }
    for status in [201, 204, 302, 408, 500, 502, 503, 504] {
        let answer = perform_in(ResponseTemplate::new(status)).await;
        assert!(matches!(answer, Err(OrderFailure::Unknown { .. })), "{status}: {answer:?}");
    }
}

#[tokio::test]
async fn an_unreadable_answer_leaves_the_fate_open() {
    let large = format!("{{\"reference\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    for body in ["", "<html>thanks</html>", "[]", "[\"r1\", true]", r#"{"reference":{}}"#, r#"{"reference":"r"#, &large]
    {
        let answer = perform_in(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(matches!(answer, Err(OrderFailure::Unknown { .. })), "{body:.30}: {answer:?}");
    }
}

#[tokio::test]
async fn what_breaks_after_sending_is_unknown_and_before_it_is_not() {
    let truncated = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"reference\":\"r1\"";
    for ending in [Ending::Silence, Ending::Bytes(""), Ending::Bytes("nonsense"), Ending::Bytes(truncated)] {
        let base = broken_server(ending).await;
        let answer = source_for(&base, ending).perform(&refund(1250)).await;
        let Err(OrderFailure::Unknown { reason }) = answer else { panic!("{answer:?}") };
        assert!(!reason.contains("127.0.0.1"), "{reason}");
    }
    let nobody = source("http://127.0.0.1:1").perform(&refund(1250)).await;
    assert!(matches!(nobody, Err(OrderFailure::Retry { .. })), "{nobody:?}");
}

#[tokio::test]
async fn a_redirected_action_is_not_believed() {
    let receipt = ResponseTemplate::new(200).set_body_json(json!({"reference": "r1"}));
    let stranger = MockServer::start().await;
    Mock::given(path("/elsewhere")).respond_with(receipt.clone()).mount(&stranger).await;
    let away = format!("{}/elsewhere", stranger.uri());
    let shop = shop_answering(ResponseTemplate::new(307).insert_header("Location", away.as_str())).await;
    let answer = source(&shop.uri()).perform(&refund(1250)).await;
    assert!(matches!(answer, Err(OrderFailure::Unknown { .. })), "{answer:?}");
    assert!(stranger.received_requests().await.unwrap().is_empty(), "the body must not leave the shop");
    let careless = source_with(&shop.uri(), Policy::limited(5)).perform(&refund(1250)).await;
    assert!(matches!(careless, Err(OrderFailure::Unknown { .. })), "{careless:?}");

    // A page that the shop forwards to, such as a sign-in, is no receipt.
    let forwarding = shop_answering(ResponseTemplate::new(303).insert_header("Location", "/elsewhere")).await;
    Mock::given(path("/elsewhere")).respond_with(receipt).mount(&forwarding).await;
    let answer = source(&forwarding.uri()).perform(&refund(1250)).await;
    assert!(matches!(answer, Err(OrderFailure::Unknown { .. })), "{answer:?}");
}

#[tokio::test]
async fn nonsense_does_not_reach_the_shop() {
    let shop = shop_answering(ResponseTemplate::new(200).set_body_json(json!({"reference": "r1"}))).await;
    let source = source(&shop.uri());
    let mut nonsense: Vec<ActionCommand> = vec![refund(0), refund(-5)];
    for key in ["", "two words", "line\nbreak", "schlüssel", "k".repeat(256).as_str()] {
        nonsense.push(ActionCommand { idempotency_key: key.to_owned(), ..refund(5) });
    }
    for id in ["", ".", ".."] {
        nonsense.push(ActionCommand { order_id: id.to_owned(), ..refund(5) });
    }
    let empty = LineQuantity { line_id: "l1".to_owned(), quantity: 0 };
    nonsense.push(ActionCommand {
        action: OrderAction::Return { lines: vec![empty], reason: String::new(), settled_by: None },
        ..refund(5)
    });
    nonsense
        .push(ActionCommand { action: OrderAction::Replace { lines: Vec::new(), reason: String::new() }, ..refund(5) });
    for command in nonsense {
        let answer = source.perform(&command).await;
        assert!(matches!(answer, Err(OrderFailure::Refused { .. })), "{command:?}: {answer:?}");
    }
    assert!(shop.received_requests().await.unwrap().is_empty());
}
