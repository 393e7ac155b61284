//! A bot and its customers, as the conformance tests need them.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::FailureClass;
use channel_contract::inbound::{Automatic, RawItem, RawOrigin};
use channel_contract::outbound::{DeliveryState, Outbound};
use channel_contract::testkit::{
    Broken, Fault, Harness, Lack, MediaFault, MediaHarness, Odd, Part, SendHarness, Taken, WebhookHarness,
};
use channel_telegram::settings::Secret;
use channel_telegram::{TelegramChannel, TelegramSettings};
use platform_doubles::telegram::{SECRET_HEADER, Standing, Telegram};
use platform_doubles::{Double, Fault as Misbehaviour, Response};
use serde_json::json;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::fixtures;
use crate::web::outside;

/// What Telegram has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::Handshake, why: "Telegram asks nothing before the first delivery" },
    Lack { part: Part::SignedTime, why: "a delivery carries a word that was agreed on, and no signed time" },
    Lack { part: Part::SignedBody, why: "a delivery carries a word that was agreed on, and TLS guards the rest" },
    Lack { part: Part::News, why: "Telegram tells a bot nothing of arrival and reading" },
    Lack { part: Part::Grant, why: "the token of a bot counts until a person changes it" },
    Lack { part: Part::Fault(Fault::Window), why: "a bot may answer at any time" },
    Lack { part: Part::Reconciliation, why: "a bot cannot ask what it has sent" },
    Lack { part: Part::Repetition, why: "Telegram takes no key of ours: what is sent twice is there twice" },
    Lack { part: Part::FilesInside, why: "a message names its files, and they are fetched" },
    Lack {
        part: Part::Media(MediaFault::Elsewhere),
        why: "the address of a file is made of the settings, and Telegram leads nowhere else",
    },
    Lack {
        part: Part::Media(MediaFault::Inside),
        why: "the address of a file is made of the settings, and no message names one",
    },
    Lack { part: Part::Media(MediaFault::Altered), why: "Telegram tells no checksum of a file" },
    Lack { part: Part::Polling, why: "Telegram pushes, and lets nobody poll meanwhile" },
    Lack { part: Part::OwnIds, why: "an id on Telegram names the same person for every bot" },
    Lack { part: Part::Quota, why: "Telegram tells no quota before it is used up" },
];

pub(crate) const TOKEN: &str = "123456:bot-token";
pub(crate) const WORD: &str = "hook-secret";
const FORMER_WORD: &str = "former-secret";
const HOOK: &str = "https://desk.example/webhooks/telegram/1";

/// The customer of the tests.
pub(crate) const ANA: i64 = 7001;

pub(crate) struct Bot {
    pub(crate) double: Double<Telegram>,
    pub(crate) channel: TelegramChannel,
    settings: TelegramSettings,
    patience: Duration,
}

impl Bot {
    pub(crate) async fn start(patience: Duration) -> Self {
        let double = Double::start(Telegram::new(TOKEN, WORD)).await.unwrap();
        double.platform.stands(ANA, Standing::Open);
        double.platform.set_webhook(HOOK);
        let settings = TelegramSettings {
            channel_id: "channel-1".to_owned(),
            bot: "@fjord_bot".to_owned(),
            api_url: double.url(),
            webhook_url: HOOK.to_owned(),
            token: Secret::new(TOKEN),
            webhook_secret: Secret::new(WORD),
            former_webhook_secret: Secret::new(FORMER_WORD),
            business_user: "5005".to_owned(),
            business_connections: Vec::new(),
        };
        let channel = TelegramChannel::new(settings.clone(), outside(patience));
        Self { double, channel, settings, patience }
    }

    pub(crate) fn settings(&self) -> &TelegramSettings {
        &self.settings
    }

    pub(crate) fn with(&self, settings: TelegramSettings) -> TelegramChannel {
        TelegramChannel::new(settings, outside(self.patience))
    }

    fn broken(&self, what: &'static str, class: FailureClass, settings: TelegramSettings) -> Broken {
        Broken { what, channel: Box::new(self.with(settings)), class }
    }
}

fn fixture(wanted: &str) -> Bytes {
    fixtures().into_iter().find(|(name, _)| name == wanted).unwrap().1.into()
}

pub(crate) fn item(body: Bytes) -> RawItem {
    RawItem { external_id: "item".to_owned(), origin: RawOrigin::Webhook, body }
}

pub(crate) fn request(body: Bytes, word: Option<&str>) -> WebhookRequest {
    WebhookRequest {
        headers: word.map(|word| (SECRET_HEADER.to_owned(), word.to_owned())).into_iter().collect(),
        query: Vec::new(),
        url: HOOK.to_owned(),
        body,
        received_at: OffsetDateTime::UNIX_EPOCH,
    }
}

pub(crate) fn outbound() -> Outbound {
    Outbound {
        command_id: Uuid::from_u128(1),
        conversation_id: Uuid::from_u128(2),
        to: vec![ANA.to_string()],
        to_name: "Ana Lindqvist".to_owned(),
        from_name: "Fjord".to_owned(),
        text: "It left on Saturday.".to_owned(),
        in_reply_to: Some(format!("{ANA}:1")),
        references: vec![format!("{ANA}:1")],
        thread_id: Some(ANA.to_string()),
        last_inbound_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..Outbound::empty()
    }
}

impl Harness for Bot {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(self.with(self.settings.clone()))
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Bot {
    fn bodies(&self) -> Vec<Bytes> {
        fixtures().into_iter().map(|(_, body)| Bytes::from(body)).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        request(body, Some(WORD))
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        request(body, None)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        request(body, Some("hook-secreT"))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        Some(request(body, Some(FORMER_WORD)))
    }

    fn several(&self) -> Option<Bytes> {
        Some(fixture("business-deleted"))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let chat = json!({ "id": ANA, "type": "private" });
        let message = |more: serde_json::Value| {
            let mut message = json!({ "message_id": 5, "from": { "id": ANA }, "chat": chat, "date": 5 });
            message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "update_id": 5, "message": message })
        };
        let update = match odd {
            Odd::Type => json!({ "update_id": 5, "moon_phase": { "is": "full" } }),
            Odd::Word => json!({ "update_id": 5, "message_reaction": {
                "chat": chat, "message_id": 5, "user": { "id": ANA }, "new_reaction": [{ "type": "hologram" }]
            } }),
            Odd::Field => message(json!({ "text": "Hello", "mood": { "of": ["the", "day"] } })),
            Odd::Null => message(json!({ "text": null, "photo": null, "date": null, "reply_to_message": null })),
        };
        Some(update.to_string().into())
    }

    fn rich(&self) -> Bytes {
        fixture("rich")
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        let message = json!({ "message_id": 6, "chat": { "id": ANA, "type": "private" }, "text": "It is me, Ana" });
        self.signed(json!({ "update_id": 6, "message": message }).to_string().into())
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(fixture("text")))
    }

    fn forged(&self) -> WebhookRequest {
        self.wrongly_signed(fixture("text"))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        None
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        vec![(fixture("by-a-bot"), Automatic::AutoReply), (fixture("business-away"), Automatic::AutoReply)]
    }
}

#[async_trait]
impl SendHarness for Bot {
    fn message(&self) -> Outbound {
        outbound()
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        let answer = |response: Response| Misbehaviour::Answer(response);
        let misbehaviour = match fault {
            Fault::Window => return false,
            Fault::ResetBeforeBody => Misbehaviour::ResetBeforeBody,
            Fault::HangBeforeBody => Misbehaviour::HangBeforeBody,
            Fault::RateWithHint => answer(Telegram::too_many(Some(7))),
            Fault::Rate => answer(Telegram::too_many(None)),
            Fault::Unavailable => answer(Response::status(503)),
            Fault::Credential => answer(Telegram::refusal(401, "Unauthorized")),
            Fault::ResetAfterBody => Misbehaviour::ResetAfterBody,
            Fault::LoseAfterBody => Misbehaviour::LoseAfterBody,
            Fault::HangAfterBody => Misbehaviour::HangAfterBody,
            Fault::Gateway => Misbehaviour::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Misbehaviour::BreakOffAfterBody,
            Fault::CutRefusal => Misbehaviour::BreakOff(Telegram::refusal(400, "Bad Request: chat not found")),
            Fault::SlowAnswer => Misbehaviour::Slow(Duration::from_millis(50)),
            Fault::Policy => answer(Telegram::refusal(403, "Forbidden: bot can't initiate conversation with a user")),
            Fault::Recipient => answer(Telegram::refusal(403, "Forbidden: bot was blocked by the user")),
            Fault::Content => answer(Telegram::refusal(400, "Bad Request: message is too long")),
        };
        self.double.misbehave("POST", "/send", misbehaviour, 1);
        true
    }

    async fn taken(&self) -> usize {
        self.double.platform.sent().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.double.platform.sent().pop()?;
        let id = format!("{}:{}", sent.chat, sent.number);
        Some(Taken { id, subject: String::new(), text: sent.text, files: sent.files })
    }

    fn news(&self, _: &str, _: DeliveryState) -> Option<RawItem> {
        None
    }

    async fn echoes(&self) -> Vec<RawItem> {
        self.double.platform.business_echo("bc-9").map(|delivery| item(delivery.body)).into_iter().collect()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let sound = || self.settings.clone();
        let other = TelegramSettings { token: Secret::new("123456:other-token"), ..sound() };
        let away = TelegramSettings { api_url: format!("http://{closed}"), ..sound() };
        let moved = TelegramSettings { webhook_url: "https://desk.example/other".to_owned(), ..sound() };
        vec![
            self.broken("the token is refused", FailureClass::Auth, other),
            self.broken("nothing answers", FailureClass::Temporary, away),
            self.broken("what customers write goes elsewhere", FailureClass::Permission, moved),
        ]
    }
}

#[async_trait]
impl MediaHarness for Bot {
    fn has(&self, fault: MediaFault) -> bool {
        matches!(fault, MediaFault::Gone | MediaFault::Late | MediaFault::Empty)
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let platform = &self.double.platform;
        platform.put_file("cup", Bytes::from_static(MediaFault::FILE));
        match fault {
            Some(MediaFault::Gone) => platform.forget_file("cup"),
            Some(MediaFault::Empty) => platform.put_file("cup", Bytes::new()),
            Some(MediaFault::Late) => self.double.misbehave("GET", "/file/", Misbehaviour::HangAfterBody, 1),
            _ => {}
        }
        let message = json!({
            "message_id": 5, "from": { "id": ANA }, "chat": { "id": ANA, "type": "private" }, "date": 5,
            "document": { "file_id": "cup", "file_name": "cup.png", "mime_type": "image/png" }
        });
        item(json!({ "update_id": 5, "message": message }).to_string().into())
    }

    async fn asked_inside(&self) -> usize {
        0
    }
}
