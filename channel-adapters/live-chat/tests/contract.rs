//! The chat keeps the contract.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, and so do its helpers")]

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::channel::{ChannelKind, MessageChannel, WebhookRequest};
use channel_contract::failure::{ChannelFailure, ParseError, VerifyError};
use channel_contract::inbound::{Inbound, InboundEvent, RawItem, Trust};
use channel_contract::outbound::{Author, DeliveryState, Outbound, Receipt, Reconciliation};
use channel_contract::testkit::{self, Fault, SendHarness, WebhookHarness};
use channel_contract::{Capabilities, InboundMessage};
use channel_live_chat::frame::{File, Said};
use channel_live_chat::settings::Secret;
use channel_live_chat::visitor::Visitor;
use channel_live_chat::{LiveChat, LiveChatSettings, thread_of, visitor_of};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn chat() -> LiveChat {
    LiveChat::new(LiveChatSettings {
        channel_id: "one".to_owned(),
        domains: vec!["shop.example".to_owned()],
        session_secret: Secret::new("session"),
        ..LiveChatSettings::default()
    })
}

fn ana() -> Visitor {
    Visitor { id: Uuid::from_u128(7), name: "Ana".to_owned(), topic: "Return".to_owned(), ..Visitor::default() }
}

fn said(text: &str) -> Said {
    Said::Message { id: Uuid::from_u128(9), text: text.to_owned(), files: Vec::new() }
}

struct Widget(LiveChat);

impl Widget {
    fn request(authorization: Option<String>, body: Bytes) -> WebhookRequest {
        let headers = authorization.map(|value| ("authorization".to_owned(), value)).into_iter().collect();
        WebhookRequest { headers, query: Vec::new(), body, received_at: NOW }
    }
}

impl WebhookHarness for Widget {
    fn channel(&self) -> &dyn MessageChannel {
        &self.0
    }

    fn bodies(&self) -> Vec<Bytes> {
        let frames = [
            said("Where is my jacket? 🧥"),
            Said::Message {
                id: Uuid::from_u128(10),
                text: String::new(),
                files: vec![File {
                    name: "a.png".to_owned(),
                    content_type: "image/png".to_owned(),
                    content: Bytes::from_static(b"\x89PNG"),
                }],
            },
            Said::Read { ids: vec![Uuid::from_u128(11), Uuid::from_u128(12)] },
        ];
        frames.iter().map(|frame| serde_json::to_vec(frame).unwrap().into()).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        Self::request(Some(format!("Bearer {}", ana().token(self.0.settings(), NOW))), body)
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        Self::request(None, body)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        let other = LiveChatSettings { channel_id: "other".to_owned(), ..self.0.settings().clone() };
        Self::request(Some(format!("Bearer {}", ana().token(&other, NOW))), body)
    }

    fn signature_covers_body(&self) -> bool {
        false
    }
}

#[test]
fn the_webhook_side_conforms() {
    let widget = Widget(chat());
    testkit::signatures_are_checked(&widget);
    testkit::duplicates_have_the_same_keys(&widget);
    testkit::reading_again_gives_the_same(&widget);
    testkit::hostile_bytes_do_no_harm(&widget);
}

/// The chat with a list of what was sent: the chat itself keeps nothing.
struct Kept(LiveChat, Mutex<Vec<String>>);

#[async_trait]
impl MessageChannel for Kept {
    fn kind(&self) -> ChannelKind {
        self.0.kind()
    }
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.0.verify(request)
    }
    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        self.0.parse(raw)
    }
    async fn wait(&self, at_most: Duration) -> Result<(), ChannelFailure> {
        self.0.wait(at_most).await
    }
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        let receipt = self.0.send(message).await?;
        self.1.lock().unwrap().push(receipt.external_id.clone());
        Ok(receipt)
    }
    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        self.0.reconcile(message).await
    }
    async fn check(&self) -> Result<(), ChannelFailure> {
        self.0.check().await
    }
}

struct Sending(Kept);

#[async_trait]
impl SendHarness for Sending {
    fn channel(&self) -> &dyn MessageChannel {
        &self.0
    }

    fn message(&self) -> Outbound {
        Outbound {
            command_id: Uuid::from_u128(20),
            conversation_id: Uuid::from_u128(21),
            to: vec!["7".to_owned()],
            to_name: String::new(),
            from_name: "Fjord".to_owned(),
            subject: String::new(),
            text: "It left on Saturday.".to_owned(),
            in_reply_to: None,
            references: Vec::new(),
            attachments: Vec::new(),
            author: Author::Agent,
        }
    }

    async fn misbehave(&self, _: Fault) -> bool {
        false
    }

    async fn taken(&self) -> Vec<String> {
        self.0.1.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn the_sending_side_conforms() {
    let sending = Sending(Kept(chat(), Mutex::default()));
    testkit::a_message_is_sent_once(&sending).await;
    testkit::faults_say_what_to_do_next(&sending).await;
    testkit::a_repetition_names_the_same_message(&sending).await;
    testkit::capabilities_are_kept(&sending).await;
    let again = chat().reconcile(&sending.message()).await;
    assert!(matches!(again, Ok(Reconciliation::Sent(_))), "what is stored is delivered");
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
    assert!(item(said("  \n")).is_err());
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
