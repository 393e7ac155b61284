//! The Selling Partner API against its double: messages about orders, access, limits, and notifications.

use std::time::Duration;

use channel_amazon::rate::Plan;
use channel_amazon::settings::{AmazonSettings, SpApiSettings};
use channel_amazon::{AmazonChannel, list};
use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass, VerifyError};
use channel_contract::inbound::{InboundEvent, OrderHappening, OrderNews};
use channel_contract::outbound::{FilledTemplate, Outbound, OutboundAttachment, Receipt, Reconciliation};
use platform_doubles::amazon::notifications::{OrderChange, delivery, event, notification};
use platform_doubles::amazon::{Amazon, Order, SignIn};
use platform_doubles::{Double, Fault, Response};
use serde_json::json;

use crate::{BUYER, ORDER, answer, channel, request, settings, spapi};

struct Seller {
    amazon: Double<Amazon>,
    channel: AmazonChannel,
}

impl Seller {
    async fn start(change: impl Fn(SpApiSettings) -> SpApiSettings) -> Self {
        let amazon = Double::start(Amazon::default()).await.unwrap();
        amazon.platform.put_order(Order {
            number: ORDER.to_owned(),
            marketplace: "A1PA6795UKMFR9".to_owned(),
            locale: "de-DE".to_owned(),
            actions: ["unexpectedProblem", "invoice", "productReviewAndSellerFeedback"].map(str::to_owned).into(),
        });
        let spapi = change(spapi(&amazon.url()));
        let settings = AmazonSettings { spapi: Some(spapi), ..settings() };
        Self { channel: channel(settings, Duration::from_secs(2)), amazon }
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.channel.send(message).await
    }
}

fn about(name: &str, values: &[(&str, &str)]) -> Outbound {
    let template = FilledTemplate {
        name: name.to_owned(),
        language: "de".to_owned(),
        places: values.iter().map(|(place, _)| (*place).to_owned()).collect(),
        values: values.iter().map(|(_, value)| (*value).to_owned()).collect(),
    };
    Outbound { template: Some(template), in_reply_to: None, references: Vec::new(), thread_id: None, ..answer() }
}

fn problem() -> Outbound {
    about("unexpectedProblem", &[("order", ORDER), ("text", "Die Tasse ist aus.")])
}

#[tokio::test]
async fn a_message_about_an_order_is_said_once() {
    let seller = Seller::start(|spapi| spapi).await;
    let receipt = seller.send(&problem()).await.unwrap();
    let said = seller.amazon.platform.said();
    assert_eq!((said.len(), said[0].action.as_str(), said[0].order.as_str()), (1, "unexpectedProblem", ORDER));
    assert_eq!(said[0].body, json!({ "text": "Die Tasse ist aus." }));
    assert_eq!(receipt.external_id, format!("amazon:{}", problem().command_id), "Amazon gives it no id");
    let review = about("productReviewAndSellerFeedback", &[("order", ORDER)]);
    seller.send(&review).await.unwrap();
    let again = seller.send(&review).await.unwrap_err();
    assert_eq!(again.class(), FailureClass::Policy, "Amazon lets a review be asked for once: {again}");
    assert_eq!(seller.amazon.platform.said().len(), 2);
}

#[tokio::test]
async fn files_are_uploaded_first() {
    let seller = Seller::start(|spapi| spapi).await;
    let file = OutboundAttachment {
        name: "Rechnung.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        content: "hello".into(),
    };
    let invoice = Outbound { attachments: vec![file], ..about("invoice", &[("order", ORDER)]) };
    seller.send(&invoice).await.unwrap();
    let said = seller.amazon.platform.said();
    assert_eq!(said[0].files, ["hello"]);
    assert_eq!(said[0].body["attachments"][0]["fileName"], "Rechnung.pdf");
    assert_eq!(seller.amazon.platform.hashes(), ["XUFAKrxLKna5cZ2REBfFkg=="]);
    let calls = seller.amazon.calls();
    let place = calls.iter().find(|call| call.path.contains("uploadDestinations")).unwrap();
    let resource = format!("messaging/v1/orders/{ORDER}/messages/invoice");
    assert_eq!(place.path, format!("/uploads/2020-11-01/uploadDestinations/{resource}"), "slashes stay slashes");
    let uploads = seller.amazon.calls().into_iter().filter(|call| call.path.starts_with("/upload/"));
    assert!(uploads.into_iter().all(|call| call.header("x-amz-access-token").is_empty()), "no token goes there");
    assert!(seller.send(&about("invoice", &[("order", ORDER)])).await.is_err(), "no invoice without a file");
}

#[tokio::test]
async fn what_amazon_does_not_allow_now_is_a_refusal() {
    let seller = Seller::start(|spapi| spapi).await;
    let text = [("order", ORDER), ("text", "x")];
    for (message, class) in [
        (about("confirmOrderDetails", &text), FailureClass::Policy),
        (about("unexpectedProblem", &[("order", "303-0000000-0000000"), ("text", "x")]), FailureClass::Content),
        (about("amazonMotors", &text), FailureClass::Content),
        (Outbound { text: "Write to a@b.example".to_owned(), ..problem() }, FailureClass::Policy),
        (about("unexpectedProblem", &[("order", ORDER), ("text", "a@b.example")]), FailureClass::Policy),
    ] {
        let failure = seller.send(&message).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Refused { .. }), "{failure:?}");
        assert_eq!(failure.class(), class, "{failure}");
    }
    assert!(seller.amazon.platform.said().is_empty());
    let plain = channel(settings(), Duration::from_secs(2));
    assert_eq!(plain.send(&problem()).await.unwrap_err().class(), FailureClass::Content, "no API, no templates");
}

#[tokio::test]
async fn the_text_is_in_the_buyers_language() {
    let seller = Seller::start(|spapi| spapi).await;
    let in_language = |language: &str| {
        let message = problem();
        let template =
            message.template.clone().map(|template| FilledTemplate { language: language.to_owned(), ..template });
        Outbound { template, ..message }
    };
    assert!(seller.send(&in_language("de")).await.is_ok());
    let failure = seller.send(&in_language("en")).await.unwrap_err();
    assert_eq!(failure.class(), FailureClass::Policy);
    assert!(failure.to_string().contains("de-DE"), "{failure}");
    let silent = seller.send(&in_language("")).await.unwrap_err();
    assert_eq!(silent.class(), FailureClass::Content, "whoever does not say it may be wrong: {silent}");
    let offered = seller.channel.templates().await.unwrap();
    let problems: Vec<&str> = offered
        .iter()
        .filter(|template| template.name == "unexpectedProblem")
        .map(|template| template.language.as_str())
        .collect();
    assert!(problems.contains(&"de") && !problems.contains(&""), "{problems:?}");
}

#[tokio::test]
async fn the_marketplace_is_told_by_the_buyer_the_settings_or_the_order() {
    let asked = async |seller: &Seller, to: &str| {
        let message = Outbound { to: vec![to.to_owned()], ..problem() };
        let outcome = seller.send(&message).await;
        let calls = seller.amazon.calls();
        (outcome.is_ok(), calls.iter().any(|call| call.path.starts_with("/orders/2026-01-01/orders/")))
    };
    let seller = Seller::start(|spapi| spapi).await;
    assert_eq!(asked(&seller, BUYER).await, (true, false));
    let unset = Seller::start(|spapi| spapi).await;
    assert_eq!(asked(&unset, "amazon:nobody").await, (true, true));
    let set = Seller::start(|spapi| SpApiSettings { marketplace_id: "A1PA6795UKMFR9".to_owned(), ..spapi }).await;
    assert_eq!(asked(&set, "amazon:nobody").await, (true, false));
    let wrong = Seller::start(|spapi| SpApiSettings { marketplace_id: "ATVPDKIKX0DER".to_owned(), ..spapi }).await;
    assert_eq!(asked(&wrong, "amazon:nobody").await, (false, false));
}

#[tokio::test]
async fn access_that_ended_early_is_renewed_and_the_message_leaves_once() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.send(&problem()).await.unwrap();
    seller.amazon.platform.revoke();
    seller.send(&problem()).await.unwrap();
    assert_eq!(seller.amazon.platform.renewals(), 2);
    seller.amazon.platform.set_now(4_000);
    seller.send(&problem()).await.unwrap();
    assert_eq!((seller.amazon.platform.renewals(), seller.amazon.platform.said().len()), (3, 3));
    seller.amazon.platform.sign_in(SignIn::ForgetsApplication);
    seller.amazon.platform.revoke();
    let failure = seller.send(&problem()).await.unwrap_err();
    assert!(matches!(&failure, ChannelFailure::Reconnect { reason } if reason.contains("180 days")), "{failure:?}");
}

#[tokio::test]
async fn trouble_while_a_message_leaves_never_sends_it_twice() {
    let quick = |operation: &str| (operation.to_owned(), Plan { every_millis: 10, burst: 100 });
    let seller = Seller::start(|spapi| SpApiSettings {
        rates: ["messaging_actions", "messaging_attributes", "messaging_send"].map(quick).into(),
        ..spapi
    })
    .await;
    let trouble = async |fault: Fault| {
        seller.amazon.misbehave("POST", "/messages/", fault, 1);
        seller.send(&problem()).await.unwrap_err()
    };
    for (fault, reached) in [
        (Fault::ResetAfterBody, 1),
        (Fault::LoseAfterBody, 1),
        (Fault::HangAfterBody, 2),
        (Fault::Answer(Response::status(500)), 2),
        (Fault::Answer(Response::status(502)), 2),
        (Fault::Answer(Response::status(504)), 2),
    ] {
        let failure = trouble(fault).await;
        assert!(matches!(failure, ChannelFailure::Unknown { .. }), "{failure:?}");
        assert_eq!(seller.amazon.platform.said().len(), reached);
    }
    assert_eq!(seller.channel.reconcile(&problem()).await, Ok(Reconciliation::CannotTell), "Amazon shows nothing");
    seller.amazon.misbehave("GET", "/messaging/", Fault::Answer(Response::status(503)), 1);
    let before = seller.send(&problem()).await.unwrap_err();
    assert!(matches!(before, ChannelFailure::Retry { .. }), "a question may be asked again: {before:?}");
}

#[tokio::test]
async fn limits_are_kept_and_heeded() {
    let slow = |spapi: SpApiSettings| SpApiSettings {
        rates: [("messaging_actions".to_owned(), Plan { every_millis: 60_000, burst: 2 })].into(),
        ..spapi
    };
    let seller = Seller::start(slow).await;
    for _ in 0..2 {
        seller.send(&problem()).await.unwrap();
    }
    let calls = seller.amazon.calls().len();
    let refused = seller.send(&problem()).await.unwrap_err();
    let ChannelFailure::Retry { class: FailureClass::Rate, after: Some(after), .. } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(after, Duration::from_mins(1));
    assert_eq!(seller.amazon.calls().len(), calls, "Amazon is not asked in vain");
    let other = Seller::start(|spapi| spapi).await;
    other.amazon.platform.limit("/messages/", 0);
    let refused = other.send(&problem()).await.unwrap_err();
    let ChannelFailure::Retry { class: FailureClass::Rate, after: Some(after), .. } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(after, Duration::from_secs(1), "Amazon names no time: one call more is there after this");
    assert!(other.amazon.platform.said().is_empty());
}

fn news(body: &serde_json::Value) -> InboundEvent {
    let settings = AmazonSettings { spapi: Some(spapi("http://127.0.0.1:9")), ..settings() };
    let channel = channel(settings, Duration::from_secs(1));
    let items = channel.verify(&request(body.to_string().into(), Some("hook-secret"))).unwrap();
    channel.parse(&items[0]).unwrap().remove(0).event
}

#[tokio::test]
async fn changes_of_orders_are_news() {
    use OrderHappening::{CancelRequested, Changed, Created, Shipped};
    let change = |kind: &str, status: &str, asks: bool| OrderChange {
        kind: kind.to_owned(),
        status: status.to_owned(),
        asks_to_cancel: asks,
        ..OrderChange::default()
    };
    for (change, what) in [
        (change("OrderStatusChange", "Pending", false), Created),
        (change("OrderStatusChange", "PENDING_AVAILABILITY", false), Created),
        (change("OrderStatusChange", "Unshipped", false), Changed),
        (change("OrderStatusChange", "PARTIALLY_SHIPPED", false), Changed),
        (change("OrderStatusChange", "Shipped", false), Shipped),
        (change("OrderStatusChange", "Canceled", false), Changed),
        (change("OrderStatusChange", "Teleported", false), Changed),
        (change("BuyerRequestedChange", "Unshipped", true), CancelRequested),
        (change("BuyerRequestedChange", "Unshipped", false), Changed),
    ] {
        for body in [event(&change), notification(&change)] {
            let InboundEvent::Order(OrderNews { order_number, what: found, .. }) = news(&body) else {
                panic!("{change:?}")
            };
            assert_eq!((order_number.as_str(), found), (ORDER, what), "{change:?}");
        }
    }
    let mut foreign = event(&OrderChange::default());
    foreign["detail"]["Payload"]["OrderChangeNotification"]["SellerId"] = json!("A2OTHER");
    assert_eq!(news(&foreign), InboundEvent::Ignored("another_seller"));
    assert_eq!(news(&json!({ "NotificationType": "PRICING_HEALTH" })), InboundEvent::Ignored("other_notification"));
    let mut nameless = event(&OrderChange::default());
    nameless["detail"]["Payload"]["OrderChangeNotification"]["AmazonOrderId"] = json!(null);
    assert_eq!(news(&nameless), InboundEvent::Ignored("notification_without_order"));
}

#[tokio::test]
async fn a_notification_is_one_however_often_it_comes_and_only_with_the_secret() {
    let channel = channel(settings(), Duration::from_secs(1));
    let change = OrderChange::default();
    let delivered = delivery(&change, "hook-secret");
    let mut asked = request(delivered.body.clone(), None);
    assert_eq!(channel.verify(&asked), Err(VerifyError::Missing));
    asked.headers = delivered.headers;
    let keys = [event(&change), notification(&change)].map(|body| {
        channel.verify(&request(body.to_string().into(), Some("hook-secret"))).unwrap().remove(0).external_id
    });
    assert_eq!(channel.verify(&asked).unwrap()[0].external_id, keys[0]);
    assert_eq!(keys[0], keys[1], "with and without the envelope");
    let broken = request("{\"a\":".into(), Some("hook-secret"));
    assert!(matches!(channel.verify(&broken), Err(VerifyError::Malformed(_))));
    let mut as_mail = request("{\"a\":1}".into(), Some("hook-secret"));
    as_mail.headers[0].1 = "message/rfc822".to_owned();
    assert!(matches!(channel.verify(&as_mail), Err(VerifyError::Malformed(_))));
}

#[test]
fn a_listing_shows_what_the_desk_sees() {
    let change = OrderChange::default();
    let listed = serde_json::to_value(list(event(&change).to_string().as_bytes()).unwrap()).unwrap();
    assert_eq!(listed[0]["type"], "other");
    assert_eq!((&listed[0]["kind"], &listed[0]["payload"]), (&json!("ORDER_CHANGE"), &json!(ORDER)));
    assert_eq!(listed[0]["timestamp"], 1_793_707_200);
    let mail = platform_doubles::amazon::mails::buyer(&platform_doubles::amazon::mails::BuyerMail::default());
    let listed = serde_json::to_value(list(&mail).unwrap()).unwrap();
    assert_eq!((&listed[0]["type"], &listed[0]["text"]), (&json!("message"), &json!("Wo ist mein Paket?")));
    assert_eq!((&listed[0]["sender_id"], &listed[0]["chat_id"]), (&json!(BUYER), &json!(crate::CASE)));
    assert!(list(b"{").is_err());
}

#[tokio::test]
async fn an_order_is_read_by_its_number_as_it_is_now() {
    let seller = Seller::start(|spapi| spapi).await;
    let money = |amount: &str| json!({ "amount": amount, "currencyCode": "EUR" });
    let details = |status: &str| {
        json!({
            "createdTime": "2026-11-01T10:00:00Z", "lastUpdatedTime": "2026-11-02T10:00:00Z",
            "buyer": { "buyerName": "Mara" }, "proceeds": { "grandTotal": money("15.50") },
            "orderItems": [{ "orderItemId": "1", "quantityOrdered": 1,
                "product": { "title": "Blue cup", "price": { "unitPrice": money("15.50") } } }],
            "fulfillment": { "fulfillmentStatus": status },
            "packages": [{ "trackingNumber": "0034", "packageStatus": { "status": "IN_TRANSIT" } }],
        })
    };
    assert!(seller.channel.reads_orders());
    seller.amazon.platform.describe_order(ORDER, details("UNFULFILLABLE"));
    let failure = seller.channel.order(ORDER).await.unwrap_err();
    assert!(failure.to_string().contains("this order cannot be fulfilled"), "{failure}");
    seller.amazon.platform.describe_order(ORDER, details("SHIPPED"));
    let order = seller.channel.order(ORDER).await.unwrap().unwrap();
    assert_eq!((order.number.as_str(), order.total.decimal().as_str()), (ORDER, "15.50"));
    assert_eq!((order.lines[0].title.as_str(), order.shipments[0].tracking_number.as_str()), ("Blue cup", "0034"));
    assert_eq!(order.buyer.name, "", "nobody is asked for the buyer");
    let calls = seller.amazon.calls().len();
    for other in ["", "FJ-20417", "303-1234567", " 303-1234567-7654321"] {
        assert_eq!(seller.channel.order(other).await, Ok(None), "{other}");
    }
    assert_eq!(seller.amazon.calls().len(), calls, "Amazon is not asked for what is none of its numbers");
    assert_eq!(seller.channel.order("303-0000000-0000000").await, Ok(None));
    seller.amazon.platform.deny("/orders/2026-01-01");
    let failure = seller.channel.order(ORDER).await.unwrap_err();
    assert_eq!(failure.class(), FailureClass::Permission, "{failure}");
    let plain = channel(settings(), Duration::from_secs(2));
    assert!(!plain.reads_orders() && plain.order(ORDER).await.is_err());
}
