//! A number at Twilio and its customers, as the conformance tests need them.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::FailureClass;
use channel_contract::inbound::{Automatic, RawItem};
use channel_contract::outbound::{DeliveryState, Outbound};
use channel_contract::testkit::{
    Broken, Fault, Harness, Lack, MediaFault, MediaHarness, Odd, Part, SendHarness, Taken, WebhookHarness,
};
use channel_sms::settings::{Provider, Secret, Twilio as Account};
use channel_sms::{SmsChannel, SmsSettings};
use platform_doubles::twilio::{SIGNATURE_HEADER, Shelf, Twilio, signature};
use platform_doubles::{Delivery, Double, Fault as Misbehaviour, Response};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::fixtures;
use crate::web::outside;

/// What text messages have none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::Handshake, why: "Twilio asks nothing before the first delivery" },
    Lack { part: Part::SignedTime, why: "Twilio's signature covers the address and the form, and no time" },
    Lack { part: Part::Entries, why: "one request tells of one message" },
    Lack { part: Part::Echo, why: "Twilio shows nothing of what was sent but its fate" },
    Lack { part: Part::Grant, why: "the secret of an account counts until a person changes it" },
    Lack { part: Part::Fault(Fault::Window), why: "a text message may be answered at any time" },
    Lack { part: Part::Fault(Fault::Policy), why: "what rules forbid is told as the fate of a message that was taken" },
    Lack {
        part: Part::Reconciliation,
        why: "Twilio keeps no key of ours: a message is found by the report of its fate, which carries one",
    },
    Lack { part: Part::Repetition, why: "Twilio takes no key of ours: what is sent twice arrives twice" },
    Lack { part: Part::FilesInside, why: "a message names its files, and they are fetched" },
    Lack {
        part: Part::Media(MediaFault::Elsewhere),
        why: "Twilio always leads on to where a file lies, which may be anywhere on the web",
    },
    Lack { part: Part::Media(MediaFault::Altered), why: "Twilio tells no checksum of a file" },
    Lack { part: Part::Polling, why: "Twilio pushes what customers write" },
    Lack { part: Part::Proof, why: "a number can be forged" },
    Lack { part: Part::OwnIds, why: "a number names the same person for everybody" },
    Lack { part: Part::OccurredAt, why: "Twilio's deliveries tell no time: the moment of arrival counts" },
    Lack { part: Part::Quota, why: "Twilio tells no quota before it is used up" },
];

pub(crate) const ACCOUNT: &str = "AC00aa";
pub(crate) const TOKEN: &str = "auth-secret";
const FORMER_TOKEN: &str = "former-secret";
pub(crate) const NUMBER: &str = "+4790000001";
pub(crate) const ANA: &str = "+4791234567";
pub(crate) const HOOK: &str = "https://desk.example/webhooks/sms/1";

pub(crate) struct Number {
    pub(crate) double: Double<Twilio>,
    /// Where files lie.
    pub(crate) shelf: Double<Shelf>,
    /// An address of the desk's own network.
    pub(crate) inside: Double<Shelf>,
    pub(crate) channel: SmsChannel,
    settings: SmsSettings,
    patience: Duration,
}

impl Number {
    pub(crate) async fn start(patience: Duration) -> Self {
        let double = Double::start(Twilio::new(ACCOUNT, TOKEN, NUMBER, HOOK)).await.unwrap();
        let (shelf, inside) =
            (Double::start(Shelf::default()).await.unwrap(), Double::start(Shelf::default()).await.unwrap());
        let account = Account {
            api_url: double.url(),
            account_sid: ACCOUNT.to_owned(),
            auth_token: Secret::new(TOKEN),
            former_auth_token: Secret::new(FORMER_TOKEN),
            ..Account::default()
        };
        let settings = SmsSettings {
            channel_id: "channel-1".to_owned(),
            number: NUMBER.to_owned(),
            webhook_url: HOOK.to_owned(),
            most_segments: 0,
            provider: Provider::Twilio(account),
        };
        let channel = SmsChannel::new(settings.clone(), outside(patience, &inside.url()));
        Self { double, shelf, inside, channel, settings, patience }
    }

    pub(crate) fn settings(&self) -> &SmsSettings {
        &self.settings
    }

    pub(crate) fn with(&self, settings: SmsSettings) -> SmsChannel {
        SmsChannel::new(settings, outside(self.patience, &self.inside.url()))
    }

    /// The settings with another account.
    pub(crate) fn of(&self, change: impl FnOnce(&mut Account)) -> SmsSettings {
        let mut settings = self.settings.clone();
        let Provider::Twilio(account) = &mut settings.provider else { panic!("the number is at Twilio") };
        change(account);
        settings
    }

    /// What the platform pushes, as it is stored.
    pub(crate) fn item(&self, url: &str, delivery: Delivery) -> RawItem {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = WebhookRequest {
            headers: delivery.headers,
            query: query.into_iter().collect(),
            url: url.to_owned(),
            body: delivery.body,
            received_at: OffsetDateTime::UNIX_EPOCH,
        };
        self.channel.verify(&request).unwrap().remove(0)
    }

    fn broken(&self, what: &'static str, class: FailureClass, settings: SmsSettings) -> Broken {
        Broken { what, channel: Box::new(self.with(settings)), class }
    }
}

fn fixture(wanted: &str) -> Bytes {
    fixtures().into_iter().find(|(name, _)| name == wanted).unwrap().1.into()
}

pub(crate) fn request(body: Bytes, token: Option<&str>) -> WebhookRequest {
    let form = platform_doubles::Request {
        method: "POST".to_owned(),
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.clone(),
    };
    let signed = token.map(|token| (SIGNATURE_HEADER.to_owned(), signature(token, HOOK, &form.form())));
    WebhookRequest {
        headers: signed.into_iter().collect(),
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
        to: vec![ANA.to_owned()],
        from_name: "Fjord".to_owned(),
        text: "It left on Saturday.".to_owned(),
        in_reply_to: Some("SM1".to_owned()),
        references: vec!["SM1".to_owned()],
        last_inbound_at: Some(OffsetDateTime::UNIX_EPOCH),
        ..Outbound::empty()
    }
}

impl Harness for Number {
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

impl WebhookHarness for Number {
    fn bodies(&self) -> Vec<Bytes> {
        fixtures().into_iter().map(|(_, body)| Bytes::from(body)).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        request(body, Some(TOKEN))
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        request(body, None)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        request(body, Some("auth-secreT"))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        Some(request(body, Some(FORMER_TOKEN)))
    }

    fn several(&self) -> Option<Bytes> {
        None
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let form = match odd {
            Odd::Type => "AccountSid=AC00aa&EventType=onMoonRise&Moon=full",
            Odd::Word => "AccountSid=AC00aa&MessageSid=SM7&MessageStatus=teleported",
            Odd::Field => "AccountSid=AC00aa&MessageSid=SM8&From=%2B4791234567&To=%2B4790000001&Body=Hello&Mood=fair",
            Odd::Null => "AccountSid=&MessageSid=SM9&From=&To=&Body=&NumMedia=&SmsStatus=received",
        };
        Some(Bytes::from_static(form.as_bytes()))
    }

    fn rich(&self) -> Bytes {
        fixture("rich")
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        self.signed(fixture("text"))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        None
    }

    fn forged(&self) -> WebhookRequest {
        self.wrongly_signed(fixture("text"))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        None
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        vec![(fixture("stop"), Automatic::Bulk)]
    }
}

#[async_trait]
impl SendHarness for Number {
    fn message(&self) -> Outbound {
        outbound()
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        let answer = |response: Response| Misbehaviour::Answer(response);
        let misbehaviour = match fault {
            Fault::Window | Fault::Policy => return false,
            Fault::ResetBeforeBody => Misbehaviour::ResetBeforeBody,
            Fault::HangBeforeBody => Misbehaviour::HangBeforeBody,
            Fault::RateWithHint => answer(Twilio::too_many(Some(7))),
            Fault::Rate => answer(Twilio::too_many(None)),
            Fault::Unavailable => answer(Response::status(503)),
            Fault::Credential => answer(Twilio::refusal(401, 20_003, "Authenticate")),
            Fault::ResetAfterBody => Misbehaviour::ResetAfterBody,
            Fault::LoseAfterBody => Misbehaviour::LoseAfterBody,
            Fault::HangAfterBody => Misbehaviour::HangAfterBody,
            Fault::Gateway => Misbehaviour::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Misbehaviour::BreakOffAfterBody,
            Fault::CutRefusal => Misbehaviour::BreakOff(Twilio::refusal(400, 20_429, "Too many requests")),
            Fault::SlowAnswer => Misbehaviour::Slow(Duration::from_millis(50)),
            Fault::Recipient => answer(Twilio::refusal(400, 21_614, "The number cannot receive messages")),
            Fault::Content => {
                answer(Twilio::refusal(400, 21_617, "The message body exceeds the 1600 character limit."))
            }
        };
        self.double.misbehave("POST", "/Messages.json", misbehaviour, 1);
        true
    }

    async fn taken(&self) -> usize {
        self.double.platform.sent().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.double.platform.sent().pop()?;
        Some(Taken { id: sent.sid, subject: String::new(), text: sent.text, files: Vec::new() })
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let (status, code) = match state {
            DeliveryState::Delivered => ("delivered", None),
            DeliveryState::Failed => ("undelivered", Some(30_003)),
            _ => return None,
        };
        let (url, delivery) = self.double.platform.status(id, status, code);
        Some(self.item(&url, delivery))
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let moved = SmsSettings { webhook_url: "https://desk.example/other".to_owned(), ..self.settings.clone() };
        let gone = SmsSettings { number: "+4790000002".to_owned(), ..self.settings.clone() };
        vec![
            self.broken(
                "the secret is refused",
                FailureClass::Auth,
                self.of(|account| account.auth_token = Secret::new("other")),
            ),
            self.broken(
                "nothing answers",
                FailureClass::Temporary,
                self.of(|account| account.api_url = format!("http://{closed}")),
            ),
            self.broken("what customers write goes elsewhere", FailureClass::Permission, moved),
            self.broken("the number is gone", FailureClass::Permission, gone),
        ]
    }
}

#[async_trait]
impl MediaHarness for Number {
    fn has(&self, fault: MediaFault) -> bool {
        !matches!(fault, MediaFault::Elsewhere | MediaFault::Altered)
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let (platform, file) = (&self.double.platform, Bytes::from_static(MediaFault::FILE));
        let path = platform.put_file("ME1", "image/png", file.clone());
        self.shelf.platform.put("ME1", file);
        platform.set_shelf(&self.shelf.url());
        match fault {
            Some(MediaFault::Gone) => platform.forget_file("ME1"),
            Some(MediaFault::Empty) => self.shelf.platform.put("ME1", Bytes::new()),
            Some(MediaFault::Late) => self.shelf.misbehave("GET", "/ME1", Misbehaviour::HangAfterBody, 1),
            Some(MediaFault::Inside) => platform.set_shelf(&self.inside.url()),
            _ => {}
        }
        let url = format!("{}{path}", self.double.url());
        self.item(HOOK, platform.message(ANA, "Look", &[(&url, "image/png")]))
    }

    async fn asked_inside(&self) -> usize {
        self.inside.calls().len()
    }
}
