//! Messages by the older interface, where the program may not use the newer one.

use std::time::Duration;

use channel_contract::channel::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Outbound, Reconciliation};
use channel_ebay::settings::{Access, EbaySettings, Secret, Trading};
use platform_doubles::ebay::NARROW_REFRESH_TOKEN;
use platform_doubles::{Fault, Response};
use time::Duration as Span;

use crate::shop::{BUYER, LISTING, Shop, messages};

const PATIENCE: Duration = Duration::from_secs(30);
const PATH: &str = "/ws/api.dll";

/// An account of which the Message API tells nothing.
async fn shop() -> Shop {
    Shop::with(PATIENCE, |settings| EbaySettings {
        access: Access { refresh_token: Secret::new(NARROW_REFRESH_TOKEN), ..settings.access },
        trading: Trading { is_used: true, ..Trading::default() },
        ..settings
    })
    .await
}

fn answer(shop: &Shop, asked: &str, text: &str) -> Outbound {
    Outbound { thread_id: Some(format!("trading:{LISTING}:{BUYER}")), ..shop.answer_to(asked, text) }
}

fn refusal(code: &str) -> Fault {
    let body = format!("<R><Ack>Failure</Ack><Errors><ErrorCode>{code}</ErrorCode></Errors></R>");
    Fault::Answer(Response { body: body.into(), ..Response::status(200) })
}

#[tokio::test]
async fn what_the_message_api_refuses_comes_and_goes_by_the_older_interface() {
    let shop = shop().await;
    let newer = EbaySettings { trading: Trading::default(), ..shop.settings.clone() };
    assert_eq!(shop.with_settings(&newer).check().await.unwrap_err().class(), FailureClass::Auth);
    shop.channel.check().await.unwrap();

    let order = shop.ebay.platform.write(BUYER, LISTING, "Is it <blue> & new?");
    let (items, cursor) = shop.poll(None).await;
    let said = messages(shop.read(&items));
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].text.as_str(), said[0].sender.value.as_str()), ("Is it <blue> & new?", BUYER));
    assert_eq!(said[0].thread.thread_id, Some(format!("trading:{LISTING}:{BUYER}")));

    let receipt = shop.channel.send(&answer(&shop, &order, "Yes, <blue> & new.\nBye")).await.unwrap();
    assert!(receipt.external_id.starts_with("trading:"));
    let sent = shop.ebay.platform.sent();
    assert_eq!((sent.len(), sent[0].text.as_str()), (1, "Yes, <blue> & new.\nBye"));
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(items.is_empty(), "what was sent does not come back, and nothing comes twice");
}

#[tokio::test]
async fn many_messages_come_each_once_and_late_ones_too() {
    let shop = shop().await;
    let ebay = &shop.ebay.platform;
    for number in 0..230 {
        ebay.write(&format!("buyer_{number}"), LISTING, &format!("Message {number}"));
    }
    let (items, cursor) = shop.poll(None).await;
    let said: Vec<String> = messages(shop.read(&items)).into_iter().map(|message| message.text).collect();
    assert_eq!(said, (0..230).map(|number| format!("Message {number}")).collect::<Vec<_>>());
    ebay.show_late("late_b", LISTING, "Late", Span::minutes(10));
    let (items, cursor) = shop.poll(Some(cursor)).await;
    assert_eq!(messages(shop.read(&items)).len(), 1);
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(items.is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_among_what_was_sent() {
    let shop = shop().await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    for (fault, arrives) in [(Fault::LoseAfterBody, false), (Fault::ResetAfterBody, true)] {
        let message = answer(&shop, &asked, &format!("It left today: {arrives}"));
        shop.ebay.misbehave("POST", PATH, fault, 1);
        let failure = shop.channel.send(&message).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Unknown { .. }), "{failure}");
        let found = shop.channel.reconcile(&message).await.unwrap();
        assert_eq!(matches!(found, Reconciliation::Sent(_)), arrives, "{found:?}");
        assert_eq!(found == Reconciliation::NotSent, !arrives, "{found:?}");
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let shop = shop().await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let message = answer(&shop, &asked, "It left today.");
    for (code, times, class) in
        [("932", 2, FailureClass::Auth), ("518", 1, FailureClass::Rate), ("20951", 1, FailureClass::Content)]
    {
        shop.ebay.misbehave("POST", PATH, refusal(code), times);
        assert_eq!(shop.channel.send(&message).await.unwrap_err().class(), class, "{code}");
    }
    for body in ["<html>", "<R><Ack>Failure</Ack></R>", "<!DOCTYPE R [<!ENTITY a \"b\">]><R><Ack>Success</Ack></R>"] {
        let answer = Fault::Answer(Response { body: body.into(), ..Response::status(200) });
        shop.ebay.misbehave("POST", PATH, answer, 1);
        let failure = shop.channel.send(&message).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Unknown { .. }), "{body}: {failure}");
    }
    let first = Outbound { thread_id: None, ..message };
    assert_eq!(shop.channel.send(&first).await.unwrap_err().class(), FailureClass::Recipient);
    assert!(!shop.channel.capabilities().can_initiate && shop.channel.capabilities().attachments.is_none());
    assert!(shop.ebay.platform.sent().is_empty());
}

#[tokio::test]
async fn access_that_ended_is_renewed_once() {
    let shop = shop().await;
    shop.channel.check().await.unwrap();
    shop.ebay.platform.end_access();
    shop.channel.check().await.unwrap();
    assert_eq!(shop.ebay.platform.renewals(), 2);
}
