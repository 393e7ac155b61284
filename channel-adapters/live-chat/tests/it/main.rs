//! The chat keeps the contract.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and so do its helpers")]

mod widget;

use channel_contract::channel::MessageChannel as _;
use channel_contract::failure::VerifyError;
use channel_contract::inbound::{Inbound, InboundEvent, InboundMessage, RawItem, Trust};
use channel_contract::outbound::DeliveryState;
use channel_contract::testkit::{self, Part, WebhookHarness as _};
use channel_live_chat::frame::Said;
use channel_live_chat::settings::Secret;
use channel_live_chat::visitor::Visitor;
use channel_live_chat::{LiveChat, LiveChatSettings, thread_of, visitor_of};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::widget::{LACKS, Widget};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn settings(chat: &str) -> LiveChatSettings {
    LiveChatSettings {
        channel_id: chat.to_owned(),
        domains: vec!["shop.example".to_owned()],
        session_secret: Secret::new("session-secret"),
        identity_secret: Secret::new("shop-secret"),
        ..LiveChatSettings::default()
    }
}

fn chat() -> LiveChat {
    LiveChat::new(settings("one"))
}

fn ana() -> Visitor {
    Visitor {
        id: Uuid::from_u128(7),
        name: "Ana of Bergen".to_owned(),
        topic: "Return".to_owned(),
        ..Visitor::default()
    }
}

fn said(text: &str) -> Said {
    Said::Message { id: Uuid::from_u128(9), text: text.to_owned(), files: Vec::new() }
}

fn what_is_pushed_conforms() {
    let widget = Widget::new();
    testkit::requests_are_authentic(&widget);
    testkit::reading_again_gives_the_same(&widget);
    testkit::repetitions_are_one(&widget);
    testkit::the_unknown_hides_nothing(&widget);
    testkit::claims_prove_nothing(&widget);
}

async fn the_sending_side_conforms() {
    let widget = Widget::new();
    testkit::news_finds_its_message(&widget).await;
    testkit::trouble_says_what_to_do_next(&widget).await;
    testkit::refusals_have_their_class(&widget).await;
    testkit::limits_are_kept(&widget, &widget).await;
    testkit::own_and_automatic_messages_are_known(&widget, &widget).await;
    testkit::capabilities_are_true(&widget, &widget).await;
    testkit::facts_for_metrics_are_told(&widget, &widget).await;
    testkit::has_none(&widget, Part::Grant);
    testkit::has_none(&widget, Part::Polling);
    testkit::has_none(&widget, Part::FilesElsewhere);
}

#[tokio::test]
async fn the_chat_conforms_and_nothing_leaks_meanwhile() {
    let private = ["session-secret", "shop-secret", "jacket", "Saturday", "Ana of Bergen", "ana@", "receipt-of-ana"];
    testkit::nothing_leaks(&private, &(settings("one"), ana(), said("Where is my jacket?")), async {
        what_is_pushed_conforms();
        the_sending_side_conforms().await;
    })
    .await;
}

#[test]
fn what_the_chat_lacks_is_written_down() {
    testkit::lacks_are_written_down("the chat", LACKS);
}

#[test]
fn a_frame_that_cannot_be_read_is_refused_without_its_words() {
    for frame in [r#"{"t":"my secret wish"}"#, r#"{"t":"message","id":"my secret wish"}"#] {
        let request = Widget::new().signed(frame.into());
        let Err(VerifyError::Malformed(why)) = chat().verify(&request) else { panic!("{frame} was taken") };
        assert!(!why.contains("wish"), "{why}");
    }
}

fn parsed(visitor: &Visitor, said: Said) -> Vec<Inbound> {
    chat().parse(&LiveChat::item(visitor, said).unwrap()).unwrap()
}

fn message_of(event: &Inbound) -> &InboundMessage {
    match &event.event {
        InboundEvent::Message(message) => message,
        other => panic!("{other:?} is no message"),
    }
}

#[test]
fn a_message_is_threaded_by_its_visitor_and_proves_nothing() {
    let events = parsed(&ana(), said("Hello"));
    let message = message_of(&events[0]);
    assert_eq!(message.thread.thread_id, Some(thread_of(ana().id)));
    assert_eq!((message.sender.kind.as_str(), message.trust), ("chat_visitor", Trust::Claimed));
    assert_eq!((message.subject.as_str(), message.visible_text.as_str()), ("Return", "Hello"));
    assert_eq!(visitor_of(&events[0].external_id), Some((ana().id, Uuid::from_u128(9))));
}

#[test]
fn one_visitor_cannot_take_the_key_of_another() {
    let other = Visitor { id: Uuid::from_u128(8), ..ana() };
    let key = |visitor: &Visitor| LiveChat::item(visitor, said("Hello")).unwrap().external_id;
    assert_ne!(key(&ana()), key(&other));
    assert_eq!(key(&ana()), key(&ana()), "a repetition is the same message");
}

#[test]
fn a_read_mark_is_news_about_each_reply() {
    let ids = vec![Uuid::from_u128(11), Uuid::from_u128(12)];
    let events = parsed(&ana(), Said::Read { ids: ids.clone() });
    assert_eq!(events.len(), 2);
    for (event, id) in events.iter().zip(ids) {
        let InboundEvent::Status(status) = &event.event else { panic!("{event:?} is no news") };
        assert_eq!((status.message_ids.as_slice(), status.state), ([id.to_string()].as_slice(), DeliveryState::Read));
    }
}

#[test]
fn what_is_too_long_or_empty_is_refused_before_it_is_stored() {
    let item = |said| LiveChat::item(&ana(), said);
    assert!(item(said(&"🧥".repeat(10_000))).is_ok());
    assert!(item(said(&"🧥".repeat(10_001))).is_err());
    for empty in ["", "  \n", "\0", " \0\n\0", "\u{200b}\u{200d}", "\u{2060} \u{feff}\u{ad}", "\u{3164}"] {
        assert!(item(said(empty)).is_err(), "{empty:?}");
    }
    for seen in ["\0a", "\u{200b}.", "👩\u{200d}👧", "❤\u{fe0f}"] {
        assert!(item(said(seen)).is_ok(), "{seen:?}");
    }
    assert!(item(Said::Read { ids: Vec::new() }).is_err());
    assert!(item(Said::Read { ids: vec![Uuid::nil(); 101] }).is_err());
}

proptest! {
    #[test]
    fn any_text_comes_back_as_it_was(text in "\\PC{1,200}[a-z]", name in "\\PC{0,30}") {
        let visitor = Visitor { name, ..ana() };
        let events = parsed(&visitor, said(&text));
        prop_assert_eq!(&message_of(&events[0]).visible_text, &text);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let item = RawItem {
            external_id: "x".to_owned(),
            origin: channel_contract::inbound::RawOrigin::Webhook,
            body: bytes.into(),
        };
        let _ = chat().parse(&item);
    }
}
