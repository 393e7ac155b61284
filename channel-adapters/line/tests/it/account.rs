//! An account and its customers, as the conformance tests need them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{Automatic, RawItem, RawOrigin};
use channel_contract::outbound::{DeliveryState, Outbound, Receipt};
use channel_contract::testkit::{
    Broken, Fault, Harness, Lack, MediaFault, MediaHarness, Odd, Part, SendHarness, Taken, WebhookHarness,
};
use channel_line::settings::Secret;
use channel_line::{LineChannel, LineSettings};
use platform_doubles::line::{BASIC_ID, Line, SIGNATURE_HEADER, signature};
use platform_doubles::{Double, Fault as Misbehaviour, Platform, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::fixtures;
use crate::web::{Here, NOW, outside};

/// What LINE has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::Handshake, why: "LINE asks nothing before the first delivery" },
    Lack { part: Part::SignedTime, why: "the signature covers the body and no time; an event is known by its id" },
    Lack { part: Part::News, why: "LINE tells an account nothing of arrival and reading" },
    Lack { part: Part::Echo, why: "LINE shows nothing of what the account has sent" },
    Lack { part: Part::Grant, why: "a long-lived token counts until a person issues another" },
    Lack { part: Part::Fault(Fault::RateWithHint), why: "LINE does not say when calls are taken again" },
    Lack {
        part: Part::Reconciliation,
        why: "LINE cannot be asked: what is pushed again under its key within a day is one message",
    },
    Lack {
        part: Part::Fault(Fault::Window),
        why: "a message may be pushed at any time, and a reply that is late is pushed",
    },
    Lack { part: Part::Fault(Fault::Policy), why: "LINE names no rule that a message breaks" },
    Lack { part: Part::FilesInside, why: "a message names its file, and it is fetched" },
    Lack { part: Part::Media(MediaFault::Altered), why: "LINE tells no checksum of a file" },
    Lack { part: Part::Polling, why: "LINE pushes, and keeps nothing to be asked for" },
    Lack {
        part: Part::OwnIds,
        why: "an id names the same person for all accounts of a provider, and nobody for another",
    },
    Lack { part: Part::Automatic, why: "LINE marks no machine among those who write" },
];

pub(crate) const TOKEN: &str = "the-access-token";
const SECRET: &str = "channel-secret";
const FORMER_SECRET: &str = "former-secret";
pub(crate) const HOOK: &str = "https://desk.example/webhooks/line/1";

/// The customer of the tests.
pub(crate) const ANA: &str = "U00000000000000000000000000007001";

/// Something inside of the desk's network.
pub(crate) struct Inside;

#[async_trait]
impl Platform for Inside {
    async fn answer(&self, _: Request) -> Response {
        Response { body: Bytes::from_static(MediaFault::FILE), ..Response::status(200) }
    }
}

pub(crate) struct Shop {
    pub(crate) double: Double<Line>,
    pub(crate) inside: Double<Inside>,
    pub(crate) channel: LineChannel,
    pub(crate) web: Arc<Here>,
    settings: LineSettings,
    patience: Duration,
}

impl Shop {
    pub(crate) async fn start(patience: Duration) -> Self {
        let double = Double::start(Line::new(TOKEN, SECRET)).await.unwrap();
        let inside = Double::start(Inside).await.unwrap();
        double.platform.knows(ANA);
        double.platform.set_webhook(HOOK);
        double.platform.allow(Some(100_000));
        let settings = LineSettings {
            channel_id: "channel-1".to_owned(),
            api_url: double.url(),
            data_url: double.url(),
            webhook_url: HOOK.to_owned(),
            basic_id: BASIC_ID.to_owned(),
            access_token: Secret::new(TOKEN),
            channel_secret: Secret::new(SECRET),
            former_channel_secret: Secret::new(FORMER_SECRET),
            ..LineSettings::default()
        };
        let (outside, web) = outside(patience, &inside.url());
        let channel = LineChannel::new(settings.clone(), outside);
        Self { double, inside, channel, web, settings, patience }
    }

    pub(crate) fn settings(&self) -> &LineSettings {
        &self.settings
    }

    pub(crate) fn with(&self, settings: LineSettings) -> LineChannel {
        LineChannel::new(settings, outside(self.patience, &self.inside.url()).0)
    }

    fn broken(&self, what: &'static str, class: FailureClass, settings: LineSettings) -> Broken {
        Broken { what, channel: Box::new(self.with(settings)), class }
    }

    /// A message that names a file, which lies at LINE or at an address.
    fn naming(provider: &Value) -> RawItem {
        let message = json!({ "id": "cup", "type": "image", "contentProvider": provider });
        of_events(&json!([{ "type": "message", "source": { "type": "user", "userId": ANA }, "message": message }]))
    }
}

fn fixture(wanted: &str) -> Bytes {
    fixtures().into_iter().find(|(name, _)| name == wanted).unwrap().1.into()
}

pub(crate) fn item(body: Bytes) -> RawItem {
    RawItem { external_id: "item".to_owned(), origin: RawOrigin::Webhook, body }
}

fn of_events(events: &Value) -> RawItem {
    item(json!({ "destination": "U1", "events": events }).to_string().into())
}

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

pub(crate) fn request(body: Bytes, signature: Option<String>) -> WebhookRequest {
    WebhookRequest {
        headers: signature.map(|signature| (SIGNATURE_HEADER.to_owned(), signature)).into_iter().collect(),
        query: Vec::new(),
        url: HOOK.to_owned(),
        body,
        received_at: now(),
    }
}

pub(crate) fn outbound() -> Outbound {
    let an_hour_ago = now() - Duration::from_hours(1);
    Outbound {
        command_id: Uuid::from_u128(1),
        conversation_id: Uuid::from_u128(2),
        to: vec![ANA.to_owned()],
        to_name: "Ana Lindqvist".to_owned(),
        from_name: "Fjord".to_owned(),
        text: "It left on Saturday.".to_owned(),
        in_reply_to: Some("525".to_owned()),
        references: vec!["525".to_owned()],
        thread_id: Some(ANA.to_owned()),
        last_inbound_at: Some(an_hour_ago),
        now: now(),
        ..Outbound::empty()
    }
}

impl Harness for Shop {
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

impl WebhookHarness for Shop {
    fn bodies(&self) -> Vec<Bytes> {
        fixtures().into_iter().map(|(_, body)| Bytes::from(body)).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        let signature = signature(SECRET, &body);
        request(body, Some(signature))
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        request(body, None)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        let signature = signature("another-secret", &body);
        request(body, Some(signature))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        let signature = signature(FORMER_SECRET, &body);
        Some(request(body, Some(signature)))
    }

    fn several(&self) -> Option<Bytes> {
        Some(fixture("several"))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let message = |message: Value| {
            json!([{
                "type": "message", "webhookEventId": "01", "timestamp": 1_795_000_000_123_i64, "mode": "dreaming",
                "source": { "type": "user", "userId": ANA }, "message": message,
            }])
        };
        let events = match odd {
            Odd::Type => json!([{ "type": "moonRise", "source": { "type": "user", "userId": ANA } }]),
            Odd::Word => message(json!({ "id": "1", "type": "hologram" })),
            Odd::Field => {
                message(json!({ "id": "2", "type": "text", "text": "Hello", "mood": { "of": ["the", "day"] } }))
            }
            Odd::Null => json!([{ "type": "message", "source": null, "message": null, "timestamp": null }]),
        };
        Some(of_events(&events).body)
    }

    fn rich(&self) -> Bytes {
        fixture("rich")
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        self.signed(fixture("by-nobody"))
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
        Vec::new()
    }
}

#[async_trait]
impl SendHarness for Shop {
    fn message(&self) -> Outbound {
        outbound()
    }

    fn takes_once(&self) -> bool {
        true
    }

    /// Files are of a type that LINE takes.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.channel.send(message).await
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        let answer = |response: Response| Misbehaviour::Answer(response);
        let misbehaviour = match fault {
            Fault::RateWithHint | Fault::Window | Fault::Policy => return false,
            Fault::ResetBeforeBody => Misbehaviour::ResetBeforeBody,
            Fault::HangBeforeBody => Misbehaviour::HangBeforeBody,
            Fault::Rate => answer(Line::refusal(429, "The API rate limit has been exceeded. Try again later.")),
            Fault::Unavailable => answer(Response::status(503)),
            Fault::Credential => answer(Line::refusal(401, "Authentication failed.")),
            Fault::ResetAfterBody => Misbehaviour::ResetAfterBody,
            Fault::LoseAfterBody => Misbehaviour::LoseAfterBody,
            Fault::HangAfterBody => Misbehaviour::HangAfterBody,
            Fault::Gateway => Misbehaviour::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Misbehaviour::BreakOffAfterBody,
            Fault::CutRefusal => Misbehaviour::BreakOff(Line::refusal(400, "Failed to send messages")),
            Fault::SlowAnswer => Misbehaviour::Slow(Duration::from_millis(50)),
            Fault::Recipient => answer(Line::refusal(400, "Failed to send messages")),
            Fault::Content => answer(Line::refusal(400, "The request body has 1 error(s)")),
        };
        self.double.misbehave("POST", "/message/push", misbehaviour, 1);
        true
    }

    async fn taken(&self) -> usize {
        self.double.platform.sent().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.double.platform.sent().pop()?;
        let files = sent.pictures.iter().map(|address| self.web.file(address)).collect();
        Some(Taken { id: sent.ids.first().cloned()?, subject: String::new(), text: sent.text, files })
    }

    fn news(&self, _: &str, _: DeliveryState) -> Option<RawItem> {
        None
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let sound = || self.settings.clone();
        let other = LineSettings { access_token: Secret::new("the-access-token-before"), ..sound() };
        let away = LineSettings { api_url: format!("http://{closed}"), ..sound() };
        let moved = LineSettings { webhook_url: "https://desk.example/other".to_owned(), ..sound() };
        let another = LineSettings { basic_id: "@another".to_owned(), ..sound() };
        vec![
            self.broken("the token is refused", FailureClass::Auth, other),
            self.broken("nothing answers", FailureClass::Temporary, away),
            self.broken("what customers write goes elsewhere", FailureClass::Permission, moved),
            self.broken("it is another account", FailureClass::Auth, another),
        ]
    }
}

#[async_trait]
impl MediaHarness for Shop {
    fn has(&self, fault: MediaFault) -> bool {
        fault != MediaFault::Altered
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let platform = &self.double.platform;
        let external = |url: String| json!({ "type": "external", "originalContentUrl": url });
        platform.put_file("cup", Bytes::from_static(MediaFault::FILE));
        match fault {
            Some(MediaFault::Gone) => platform.forget_file("cup"),
            Some(MediaFault::Empty) => platform.put_file("cup", Bytes::new()),
            Some(MediaFault::Late) => self.double.misbehave("GET", "/content", Misbehaviour::HangAfterBody, 1),
            Some(MediaFault::Elsewhere) => {
                let onward = Response::status(302).with("location", &self.inside.url());
                self.double.misbehave("GET", "/cup.jpg", Misbehaviour::Answer(onward), 1);
                return Self::naming(&external(format!("{}/cup.jpg", self.double.url())));
            }
            Some(MediaFault::Inside) => return Self::naming(&external(self.inside.url())),
            Some(MediaFault::Altered) | None => {}
        }
        Self::naming(&json!({ "type": "line" }))
    }

    async fn asked_inside(&self) -> usize {
        self.inside.calls().len()
    }
}
