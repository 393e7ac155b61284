//! Messages by the older interface, where the program may not use the newer one.

use std::time::Duration;

use channel_contract::channel::{MessageChannel as _, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::InboundEvent;
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

#[tokio::test]
async fn an_odd_sign_takes_no_message_along() {
    let shop = shop().await;
    for number in 0..11 {
        let words = if number == 1 { "Odd\u{b} sign".to_owned() } else { format!("Message {number}") };
        shop.ebay.platform.write(&format!("buyer_{number}"), LISTING, &words);
    }
    let (items, _) = shop.poll(None).await;
    let said = messages(shop.read(&items));
    assert_eq!((said.len(), said[1].text.as_str()), (11, "Odd sign"));
}

#[tokio::test]
async fn a_message_that_cannot_be_read_takes_no_other_along() {
    let shop = shop().await;
    for words in ["One", "An entity of nobody:\u{a0}.", "Three"] {
        shop.ebay.platform.write(BUYER, LISTING, words);
    }
    let (items, cursor) = shop.poll(None).await;
    let said = messages(shop.read(&items));
    let texts: Vec<&str> = said.iter().map(|message| message.text.as_str()).collect();
    assert!(matches!(texts.as_slice(), ["One", unread, "Three"] if unread.contains("cannot be shown")), "{texts:?}");
    assert_eq!(said[1].sender.value, BUYER);
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(items.is_empty(), "it is not asked for again");
}

#[tokio::test]
async fn more_messages_than_a_list_shows_come_all_the_same() {
    let shop = shop().await;
    let ebay = &shop.ebay.platform;
    for number in 0..1_100 {
        ebay.write(&format!("buyer_{number}"), LISTING, &format!("Message {number}"));
        ebay.set_now(ebay.now() + Span::minutes(1));
    }
    let (items, cursor) = shop.poll(None).await;
    let said: Vec<String> = messages(shop.read(&items)).into_iter().map(|message| message.text).collect();
    assert_eq!(said, (0..1_100).map(|number| format!("Message {number}")).collect::<Vec<_>>());
    let (items, _) = shop.poll(Some(cursor)).await;
    assert!(items.is_empty());
}

#[tokio::test]
async fn another_message_that_says_the_same_is_not_taken_for_the_lost_one() {
    let shop = shop().await;
    let asked = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let message = answer(&shop, &asked, "Your parcel left today.");
    shop.ebay.platform.answer_on_ebay(BUYER, "another", &message.text);
    shop.ebay.misbehave("POST", PATH, Fault::LoseAfterBody, 1);
    shop.channel.send(&message).await.unwrap_err();
    assert_eq!(shop.channel.reconcile(&message).await, Ok(Reconciliation::NotSent), "it is about another listing");

    let known = shop.ebay.platform.answer_on_ebay(BUYER, LISTING, &message.text);
    let knowing = Outbound { references: vec![known], ..message.clone() };
    assert_eq!(shop.channel.reconcile(&knowing).await, Ok(Reconciliation::NotSent), "that one is known");
    let after_another = Outbound { references: vec!["trading:1".to_owned()], ..message.clone() };
    assert_eq!(
        shop.channel.reconcile(&after_another).await,
        Ok(Reconciliation::CannotTell),
        "it may be the earlier one"
    );
    assert!(matches!(shop.channel.reconcile(&message).await, Ok(Reconciliation::Sent(_))));
    shop.ebay.platform.answer_on_ebay(BUYER, "", &message.text);
    assert_eq!(shop.channel.reconcile(&message).await, Ok(Reconciliation::CannotTell));
}

#[tokio::test]
async fn a_message_that_is_pushed_too_comes_once_and_can_be_answered() {
    let shop = shop().await;
    let id = shop.ebay.platform.write(BUYER, LISTING, "Where is it?");
    let pushed = shop.ebay.platform.new_message(&id);
    let request = WebhookRequest { headers: pushed.headers, ..shop.request(pushed.body, None) };
    let pushed = shop.read(&shop.channel.verify(&request).unwrap());
    assert!(matches!(pushed[0].event, InboundEvent::Ignored(_)), "{pushed:?}");
    let (items, _) = shop.poll(None).await;
    let thread_id = messages(shop.read(&items)).remove(0).thread.thread_id;
    shop.channel.send(&Outbound { thread_id, ..answer(&shop, &id, "It left today.") }).await.unwrap();
}
