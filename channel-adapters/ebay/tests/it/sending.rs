//! What is special about sending: files by address, words that eBay's rules forbid, and answers that got lost.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::channel::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Author, Outbound, OutboundAttachment, Reconciliation};
use channel_ebay::EbayChannel;
use channel_ebay::settings::{EbaySettings, Limits};
use platform_doubles::{Fault, Response};
use serde_json::json;

use crate::shop::{BUYER, Desk, LISTING, Shop, outside};

const PATIENCE: Duration = Duration::from_secs(30);

fn file(name: &str, content_type: &str) -> OutboundAttachment {
    OutboundAttachment { name: name.to_owned(), content_type: content_type.to_owned(), content: "label".into() }
}

fn class(outcome: Result<channel_contract::Receipt, ChannelFailure>) -> Option<FailureClass> {
    outcome.err().map(|failure| failure.class())
}

#[tokio::test]
async fn an_answer_goes_into_its_conversation_with_its_files() {
    let shop = Shop::start(PATIENCE).await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let answer = Outbound {
        attachments: vec![file("label.pdf", "application/pdf"), file("cup.png", "image/png")],
        ..shop.answer_to(&asked, "We shipped it today.")
    };
    shop.channel.send(&answer).await.unwrap();
    let call = shop.ebay.calls().into_iter().find(|call| call.path.ends_with("/send_message")).unwrap();
    assert_eq!(
        call.json(),
        json!({
            "conversationId": shop.ebay.platform.conversation_of(&asked), "messageText": "We shipped it today.",
            "emailCopyToSender": false, "messageMedia": [
                { "mediaName": "label.pdf", "mediaType": "PDF", "mediaUrl": "https://desk.example/files/0" },
                { "mediaName": "cup.png", "mediaType": "IMAGE", "mediaUrl": "https://desk.example/files/1" }
            ]
        })
    );
    assert!(call.bearer().starts_with("v^1.1#"));
}

#[tokio::test]
async fn a_case_that_came_by_the_older_interface_is_answered_by_the_newer_one() {
    let shop = Shop::start(PATIENCE).await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let thread_id = Some(format!("trading:{LISTING}:{BUYER}"));
    let answer = Outbound { thread_id, ..shop.answer_to(&asked, "It left today.") };
    shop.ebay.misbehave("POST", "/send_message", Fault::ResetAfterBody, 1);
    shop.channel.send(&answer).await.unwrap_err();
    assert!(matches!(shop.channel.reconcile(&answer).await, Ok(Reconciliation::Sent(_))));
    let call = shop.ebay.calls().into_iter().find(|call| call.path.ends_with("/send_message")).unwrap();
    assert_eq!(
        call.json(),
        json!({
            "otherPartyUsername": BUYER, "messageText": "It left today.", "emailCopyToSender": false,
            "reference": { "referenceId": LISTING, "referenceType": "LISTING" }
        })
    );
}

#[tokio::test]
async fn the_desk_may_write_first_to_a_buyer_by_name() {
    let shop = Shop::start(PATIENCE).await;
    let first = Outbound { thread_id: None, in_reply_to: None, ..shop.answer_to("", "Your parcel is late.") };
    let receipt = shop.channel.send(&first).await.unwrap();
    assert_eq!(shop.ebay.platform.sent()[0].id, receipt.external_id);
    let nobody = Outbound { to: vec!["nobody-here".to_owned()], ..first.clone() };
    assert_eq!(class(shop.channel.send(&nobody).await), Some(FailureClass::Recipient));
    let nowhere = Outbound { to: Vec::new(), ..first };
    assert_eq!(class(shop.channel.send(&nowhere).await), Some(FailureClass::Recipient));
}

#[tokio::test]
async fn words_and_files_that_ebay_forbids_never_leave() {
    let shop = Shop::start(PATIENCE).await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    for text in [
        "See www.shop.example",
        "See fjord-shop.com",
        "Write to help@shop.example",
        "Write to help (at) shop.example",
        "Write to help at shop dot com",
        "See www shop com",
        "See shop . com",
        "See shop . de",
        "PayPal me, please",
        "Buy it outside of eBay and save the fees",
        "Call +49 151 77204421",
        "Tel. 0151 77204421",
    ] {
        assert_eq!(class(shop.channel.send(&shop.answer_to(&asked, text)).await), Some(FailureClass::Policy), "{text}");
        assert_eq!(shop.channel.objections(text).len(), 1, "the same is said while it is written: {text}");
    }
    assert_eq!(shop.channel.objections("Order 12-34567-89012, parcel 00340434161094"), Vec::<String>::new());
    for text in ["https://ebay.de.evil.example/", "See myebay.de"] {
        assert_eq!(class(shop.channel.send(&shop.answer_to(&asked, text)).await), Some(FailureClass::Policy), "{text}");
    }
    let program = Outbound { attachments: vec![file("a.exe", "")], ..shop.answer_to(&asked, "Hello") };
    assert_eq!(class(shop.channel.send(&program).await), Some(FailureClass::Content));
    assert!(shop.ebay.platform.sent().is_empty());
}

#[tokio::test]
async fn pages_of_ebay_may_be_named() {
    let shop = Shop::start(PATIENCE).await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "How do I send it back?");
    for text in [
        "Please return it under your eBay.de purchases.",
        "Öffnen Sie ebay.de und dann „Mein eBay“.",
        "It is at https://www.ebay.co.uk/itm/110553123456",
    ] {
        assert_eq!(shop.channel.objections(text), Vec::<String>::new(), "{text}");
        shop.channel.send(&shop.answer_to(&asked, text)).await.unwrap();
    }
}

#[tokio::test]
async fn machines_send_only_where_a_person_allowed_it() {
    let shop = Shop::start(PATIENCE).await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let by_agent = Outbound { author: Author::Agent, ..shop.answer_to(&asked, "It left today.") };
    assert_eq!(class(shop.channel.send(&by_agent).await), Some(FailureClass::Policy));
    let open = shop.with_settings(&EbaySettings { agent_may_send: true, ..shop.settings.clone() });
    assert!(open.capabilities().agent_may_send);
    open.send(&by_agent).await.unwrap();
}

#[tokio::test]
async fn files_are_offered_only_where_the_desk_has_an_address() {
    let shop = Shop::start(PATIENCE).await;
    let hidden = Arc::new(Desk::hidden());
    let channel = EbayChannel::new(shop.settings.clone(), outside(&shop.ebay, &hidden, PATIENCE));
    let can = channel.capabilities();
    assert!(can.attachments.is_none() && can.files_need_address);
    assert!(!shop.channel.capabilities().files_need_address);
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let answer = Outbound { attachments: vec![file("a.pdf", "application/pdf")], ..shop.answer_to(&asked, "Hello") };
    assert_eq!(class(channel.send(&answer).await), Some(FailureClass::Content));
}

#[tokio::test]
async fn limits_are_data() {
    let shop = Shop::with(PATIENCE, |settings| EbaySettings {
        limits: Limits { characters: 10, ..Limits::default() },
        ..settings
    })
    .await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    assert_eq!(class(shop.channel.send(&shop.answer_to(&asked, &"x".repeat(11))).await), Some(FailureClass::Content));
    assert!(shop.channel.send(&shop.answer_to(&asked, &"x".repeat(10))).await.is_ok());
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_conversation_and_nothing_is_sent_twice() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let asked = ebay.write(BUYER, LISTING, "Where is it?");
    shop.channel.send(&shop.answer_to(&asked, "It left today.")).await.unwrap();
    for thread_is_known in [true, false] {
        let mut answer = shop.answer_to(&asked, "It left today.");
        if !thread_is_known {
            answer.thread_id = None;
        }
        shop.ebay.misbehave("POST", "/send_message", Fault::LoseAfterBody, 1);
        let lost = shop.channel.send(&answer).await;
        assert!(matches!(lost, Err(ChannelFailure::Unknown { .. })), "{lost:?}");
        assert_eq!(shop.channel.reconcile(&answer).await, Ok(Reconciliation::NotSent));
        shop.ebay.misbehave("POST", "/send_message", Fault::ResetAfterBody, 1);
        let lost = shop.channel.send(&answer).await;
        assert!(matches!(lost, Err(ChannelFailure::Unknown { .. })), "{lost:?}");
        let Ok(Reconciliation::Sent(receipt)) = shop.channel.reconcile(&answer).await else { panic!("it was taken") };
        assert_eq!(Some(receipt.external_id), ebay.sent().pop().map(|sent| sent.id), "the earlier one is known");
    }
    let answer = shop.answer_to(&asked, "And another thing.");
    ebay.answer_on_ebay(BUYER, LISTING, "Somebody else answered.");
    assert_eq!(shop.channel.reconcile(&answer).await, Ok(Reconciliation::CannotTell), "a person looks at it");
}

#[tokio::test]
async fn the_same_words_of_this_morning_are_another_message() {
    let shop = Shop::start(PATIENCE).await;
    let ebay = &shop.ebay.platform;
    let asked = ebay.write(BUYER, LISTING, "Where is it?");
    // In a conversation of the desk that is over, so that nobody names it now.
    let this_morning = shop.channel.send(&shop.answer_to(&asked, "It left today.")).await.unwrap();
    ebay.set_now(ebay.now() + time::Duration::hours(3));
    let made = uuid::Timestamp::from_unix_time(ebay.now().unix_timestamp().try_into().unwrap(), 0, 0, 0);
    let command_id = uuid::Uuid::new_v7(made);
    let answer = Outbound { command_id, references: Vec::new(), ..shop.answer_to(&asked, "It left today.") };
    assert_eq!(shop.channel.reconcile(&answer).await, Ok(Reconciliation::NotSent));
    shop.ebay.misbehave("POST", "/send_message", Fault::ResetAfterBody, 1);
    assert!(shop.channel.send(&answer).await.is_err());
    let Ok(Reconciliation::Sent(receipt)) = shop.channel.reconcile(&answer).await else { panic!("it was taken") };
    assert_ne!(receipt.external_id, this_morning.external_id);
}

#[tokio::test]
async fn an_answer_without_an_id_is_no_receipt() {
    let shop = Shop::start(PATIENCE).await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    for odd in [json!({}), json!({ "messageId": null }), json!({ "messageId": "" }), json!("<html>")] {
        shop.ebay.misbehave("POST", "/send_message", Fault::Answer(Response::json(200, &odd)), 1);
        let outcome = shop.channel.send(&shop.answer_to(&asked, "It left today.")).await;
        assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "{odd}: {outcome:?}");
    }
}
