//! The chat and its visitors, as the conformance tests need them.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{Automatic, RawItem};
use channel_contract::outbound::{Author, DeliveryState, Outbound, Receipt};
use channel_contract::testkit::{Broken, Fault, Harness, Lack, Odd, Part, SendHarness, Taken, WebhookHarness};
use channel_live_chat::frame::{File, Said};
use channel_live_chat::settings::Secret;
use channel_live_chat::visitor::{LASTS, Visitor};
use channel_live_chat::{LiveChat, LiveChatSettings};
use serde_json::json;
use uuid::Uuid;

use crate::{NOW, ana, said, settings};

/// What the chat has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::Handshake, why: "the widget is the desk's own and asks nothing before it speaks" },
    Lack { part: Part::SignedBody, why: "a session's token says who writes, and TLS guards what" },
    Lack { part: Part::SecondSecret, why: "a session is signed with a key of the desk's own, which is never renewed" },
    Lack { part: Part::RawBytes, why: "a frame is stored as it was understood, together with its visitor" },
    Lack { part: Part::Odd(Odd::Type), why: "a frame of an unknown type is refused, and the widget hears of it" },
    Lack { part: Part::Odd(Odd::Word), why: "no field of a frame holds a word from a list" },
    Lack { part: Part::Echo, why: "the stored message is the delivery, and nothing shows it to the desk again" },
    Lack { part: Part::Grant, why: "the desk signs in nowhere" },
    Lack { part: Part::Wire, why: "the stored message is the delivery: nothing lies between, and nobody refuses" },
    Lack { part: Part::FilesElsewhere, why: "files come with the frame" },
    Lack { part: Part::Polling, why: "visitors' frames are pushed, and answered only when they are stored" },
    Lack { part: Part::Automatic, why: "no machine answers through a widget" },
    Lack { part: Part::OccurredAt, why: "a visitor's clock is not believed: the moment of arrival counts" },
    Lack { part: Part::Quota, why: "nobody counts what the desk says to its own visitors" },
];

pub(crate) struct Widget {
    chat: LiveChat,
    taken: Mutex<Vec<Taken>>,
}

impl Widget {
    pub(crate) fn new() -> Self {
        Self { chat: LiveChat::new(settings("one")), taken: Mutex::default() }
    }

    fn request(authorization: Option<String>, body: Bytes) -> WebhookRequest {
        let headers = authorization.map(|value| ("authorization".to_owned(), value)).into_iter().collect();
        WebhookRequest { headers, query: Vec::new(), url: String::new(), body, received_at: NOW }
    }

    fn with_token(token: &str, body: Bytes) -> WebhookRequest {
        Self::request(Some(format!("Bearer {token}")), body)
    }

    /// What somebody says in a chat.
    fn of(visitor: &Visitor, chat: &str) -> WebhookRequest {
        Self::with_token(&visitor.token(&settings(chat), NOW), frame(&said("Hello")))
    }

    /// The same customer of the shop, in each chat.
    fn customer(chat: &str) -> Visitor {
        let id = Visitor::id_of_subject(&settings(chat), "customer-17");
        Visitor { id, subject: "customer-17".to_owned(), ..ana() }
    }
}

fn frame(said: &Said) -> Bytes {
    serde_json::to_vec(said).unwrap().into()
}

fn with_file(id: u128, content: &'static [u8]) -> Bytes {
    let file = File {
        name: "receipt-of-ana.png".to_owned(),
        content_type: "image/png".to_owned(),
        content: Bytes::from_static(content),
    };
    frame(&Said::Message { id: Uuid::from_u128(id), text: String::new(), files: vec![file] })
}

impl Harness for Widget {
    fn channel(&self) -> &dyn MessageChannel {
        &self.chat
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(self.chat.clone())
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Widget {
    fn bodies(&self) -> Vec<Bytes> {
        let read = Said::Read { ids: vec![Uuid::from_u128(11), Uuid::from_u128(12)] };
        vec![frame(&said("Where is my jacket? 🧥")), with_file(10, b"\x89PNG"), frame(&read)]
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        Self::with_token(&ana().token(self.chat.settings(), NOW), body)
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        Self::request(None, body)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        Self::with_token(&ana().token(&settings("other"), NOW), body)
    }

    fn outdated(&self, body: Bytes) -> Option<WebhookRequest> {
        Some(Self::with_token(&ana().token(self.chat.settings(), NOW - LASTS), body))
    }

    fn signed_as_before(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn several(&self) -> Option<Bytes> {
        Some(frame(&Said::Read { ids: vec![Uuid::from_u128(11), Uuid::from_u128(12)] }))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let id = Uuid::from_u128(13);
        let frame = match odd {
            Odd::Type | Odd::Word => return None,
            Odd::Field => json!({ "t": "message", "id": id, "text": "Hello", "mood": { "of": ["the", "day"] } }),
            Odd::Null => json!({ "t": "message", "id": id, "text": "Hello", "files": null }),
        };
        Some(frame.to_string().into())
    }

    fn rich(&self) -> Bytes {
        frame(&said("<b>Hello</b>"))
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        Some(with_file(14, b""))
    }

    fn claimed(&self) -> WebhookRequest {
        Self::of(&Visitor { email: "ana@customer.example".to_owned(), ..ana() }, "one")
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(Self::of(&Self::customer("one"), "one"))
    }

    fn forged(&self) -> WebhookRequest {
        Self::of(&Self::customer("one"), "other")
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        Some((Box::new(LiveChat::new(settings("two"))), Self::of(&Self::customer("two"), "two")))
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        Vec::new()
    }
}

#[async_trait]
impl SendHarness for Widget {
    fn message(&self) -> Outbound {
        Outbound {
            command_id: Uuid::from_u128(20),
            conversation_id: Uuid::from_u128(21),
            to: vec!["7".to_owned()],
            to_name: "Ana of Bergen".to_owned(),
            from_name: "Fjord".to_owned(),
            text: "It left on Saturday.".to_owned(),
            in_reply_to: Some("visitor.message".to_owned()),
            now: NOW,
            author: Author::Agent,
            ..Outbound::empty()
        }
    }

    async fn misbehave(&self, _: Fault) -> bool {
        false
    }

    async fn taken(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        self.taken.lock().unwrap().last().cloned()
    }

    /// The chat itself keeps nothing: the desk stores what it takes.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        let receipt = self.chat.send(message).await?;
        let files = message.attachments.iter().map(|file| file.content.clone()).collect();
        let (id, text) = (receipt.external_id.clone(), message.text.clone());
        self.taken.lock().unwrap().push(Taken { id, subject: String::new(), text, files });
        Ok(receipt)
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let ids = vec![id.parse().unwrap_or(Uuid::from_u128(404))];
        (state == DeliveryState::Read).then(|| LiveChat::item(&ana(), Said::Read { ids }).unwrap())
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        let no_page = LiveChatSettings { domains: Vec::new(), ..settings("one") };
        let no_secret = LiveChatSettings { session_secret: Secret::default(), ..settings("one") };
        [("no page may show it", no_page), ("its secret is gone", no_secret)]
            .map(|(what, settings)| Broken {
                what,
                channel: Box::new(LiveChat::new(settings)),
                class: FailureClass::Permission,
            })
            .into()
    }
}
