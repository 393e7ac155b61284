//! An account between the adapter and its platform's double, as the conformance tests need it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Clock, Outside};
use channel_contract::inbound::{Automatic, RawItem};
use channel_contract::outbound::{Author, DeliveryState, Outbound, Receipt};
use channel_contract::testkit::{
    Asked, Broken, Fault, GrantHarness, Harness, Lack, Odd, Provider, SendHarness, Taken, WebhookHarness,
};
use channel_meta::settings::Secret;
use channel_meta::{Login, MetaChannel, MetaSettings, Network};
use platform_doubles::meta::{self, Account, Door, Meta, Renewal, Sent, escaped};
use platform_doubles::{Delivery, Double, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::lacks::{INSTAGRAM_LACKS, MESSENGER_LACKS};
use crate::media::{Inside, TestWeb};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 10:00 UTC);
/// Somebody who wrote an hour ago.
pub(crate) const CUSTOMER: &str = "9001";
pub(crate) const PAGE: &str = "1001";
pub(crate) const INSTAGRAM: &str = "2001";
pub(crate) const APP: &str = "3001";
/// The access of the settings.
pub(crate) const ACCESS: &str = "EAA-access-of-the-page";
/// How long the access of an Instagram login lasts.
const LASTS: i64 = 60 * 24 * 60 * 60;

pub(crate) struct Stage {
    pub(crate) double: Double<Meta>,
    pub(crate) inside: Double<Inside>,
    pub(crate) settings: MetaSettings,
    pub(crate) channel: MetaChannel,
    patience: Duration,
    numbered: AtomicU64,
    /// Where the parts of one message begin and end among what the double has taken.
    groups: Mutex<Vec<(usize, usize)>>,
    others: Mutex<Vec<Double<Meta>>>,
}

/// The account of the tests.
pub(crate) fn account(door: Door) -> Account {
    Account {
        door,
        page_id: PAGE.to_owned(),
        instagram_id: INSTAGRAM.to_owned(),
        app_id: APP.to_owned(),
        app_secret: "app-secret".to_owned(),
    }
}

/// Its settings, with the platform at this address.
pub(crate) fn settings(door: Door, url: &str) -> MetaSettings {
    let (network, login) = match door {
        Door::Page => (Network::Messenger, Login::Facebook),
        Door::BehindPage => (Network::Instagram, Login::Facebook),
        Door::Instagram => (Network::Instagram, Login::Instagram),
    };
    let day = 24 * 60 * 60;
    // Only one by Instagram has an end that is known from the beginning.
    let from_now = |days: i64| if login == Login::Instagram { NOW.unix_timestamp() + days * day } else { 0 };
    MetaSettings {
        channel_id: "channel-1".to_owned(),
        network,
        login,
        api_url: url.to_owned(),
        page_id: PAGE.to_owned(),
        instagram_id: INSTAGRAM.to_owned(),
        app_id: APP.to_owned(),
        app_secret: Secret::new("app-secret"),
        former_app_secret: Secret::new("former-secret"),
        verify_token: Secret::new("verify-word"),
        access_token: Secret::new(ACCESS),
        token_granted_at: from_now(-55),
        token_ends_at: from_now(5),
        human_agent: true,
        ..MetaSettings::default()
    }
}

/// An adapter over these settings, whose clock is the double's and whose calls wait this long.
fn channel(settings: MetaSettings, double: &Double<Meta>, patience: Duration) -> MetaChannel {
    let platform = double.platform.clone();
    let clock: Clock = Arc::new(move || platform.now());
    over(settings, &double.address.to_string(), patience, clock)
}

fn over(settings: MetaSettings, host: &str, patience: Duration, clock: Clock) -> MetaChannel {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(patience);
    let client = client.build().unwrap();
    let web = TestWeb { http: client.clone(), host: host.to_owned() };
    MetaChannel::new(settings, Outside { client, web: Arc::new(web), clock })
}

/// An adapter that only reads.
pub(crate) fn reader(door: Door) -> MetaChannel {
    reader_of(settings(door, "https://graph.example"))
}

/// The same over these settings.
pub(crate) fn reader_of(settings: MetaSettings) -> MetaChannel {
    over(settings, "", Duration::from_secs(1), Arc::new(|| NOW))
}

/// A request to the webhook of the desk.
pub(crate) fn request(delivery: Delivery) -> WebhookRequest {
    WebhookRequest {
        headers: delivery.headers,
        query: Vec::new(),
        url: "https://desk.example/webhooks/channel-1".to_owned(),
        body: delivery.body,
        received_at: NOW,
    }
}

impl Stage {
    pub(crate) async fn start(door: Door, timeout_seconds: u64) -> Self {
        let double = Double::start(Meta::new(account(door), NOW)).await.unwrap();
        let inside = Double::start(Inside).await.unwrap();
        let patience = Duration::from_secs(timeout_seconds);
        let settings = settings(door, &double.url());
        let channel = channel(settings.clone(), &double, patience);
        double.platform.grant(ACCESS, None);
        double.platform.wrote(CUSTOMER, NOW - time::Duration::hours(1));
        Self {
            double,
            inside,
            settings,
            channel,
            patience,
            numbered: AtomicU64::default(),
            groups: Mutex::default(),
            others: Mutex::default(),
        }
    }

    /// An adapter over these settings and the same double.
    pub(crate) fn over(&self, settings: MetaSettings) -> MetaChannel {
        channel(settings, &self.double, self.patience)
    }

    pub(crate) fn meta(&self) -> &Meta {
        &self.double.platform
    }

    pub(crate) fn is_instagram(&self) -> bool {
        self.settings.network == Network::Instagram
    }

    /// The raw item of a request.
    pub(crate) fn item(&self, request_document: &Value) -> RawItem {
        let verified = self.channel.verify(&request(self.meta().delivery(request_document)));
        verified.unwrap().into_iter().next().unwrap()
    }

    fn body(&self, elements: &[Value]) -> Bytes {
        escaped(&self.meta().request(elements))
    }

    fn query(token: &str, mode: &str, challenge: &str) -> WebhookRequest {
        let query = [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", challenge)];
        WebhookRequest {
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            ..request(Delivery { headers: Vec::new(), body: Bytes::new() })
        }
    }

    /// A channel over another double that is prepared like this.
    async fn elsewhere(&self, what: &'static str, prepare: impl FnOnce(&Meta)) -> Broken {
        let double = Double::start(Meta::new(account(self.meta().account().door), NOW)).await.unwrap();
        double.platform.grant(ACCESS, None);
        prepare(&double.platform);
        let settings = settings(self.meta().account().door, &double.url());
        let channel = Box::new(channel(settings, &double, self.patience));
        self.others.lock().unwrap().push(double);
        Broken { what, channel, class: FailureClass::Permission }
    }

    fn broken_by(&self, what: &'static str, class: FailureClass, settings: MetaSettings) -> Broken {
        Broken { what, channel: Box::new(self.over(settings)), class }
    }
}

impl Harness for Stage {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(self.over(self.settings.clone()))
    }

    fn lacks(&self) -> &'static [Lack] {
        if self.is_instagram() { INSTAGRAM_LACKS } else { MESSENGER_LACKS }
    }
}

impl WebhookHarness for Stage {
    fn asked(&self) -> Option<Asked> {
        Some(Asked {
            request: Self::query("verify-word", "subscribe", "1158201444"),
            answer: "1158201444".to_owned(),
            others: vec![
                Self::query("verify-worD", "subscribe", "1158201444"),
                Self::query("", "subscribe", "1158201444"),
                Self::query("verify-word", "unsubscribe", "1158201444"),
                Self::query("verify-word", "subscribe", "<script> alert"),
            ],
        })
    }

    fn bodies(&self) -> Vec<Bytes> {
        let meta = self.meta();
        let picture = json!({ "url": "https://cdn.example/cup.jpg?sig=1" });
        let mut bodies: Vec<Bytes> = [
            meta.text(CUSTOMER, "m_1", "Where is my jacket? 🧥"),
            meta.attachment(CUSTOMER, "m_2", "image", &picture),
            meta.reaction(CUSTOMER, "m_0", "❤"),
            meta.postback(CUSTOMER, "m_3", "Returns", "RETURNS"),
            meta.read(CUSTOMER, "m_0"),
            meta.unsend(CUSTOMER, "m_1"),
        ]
        .iter()
        .map(|element| self.body(std::slice::from_ref(element)))
        .collect();
        let comment = meta.comment(CUSTOMER, "17_4", "Ana of Bergen", "Is the jacket warm?");
        bodies.push(escaped(&meta.entries(&[("changes", &[comment])])));
        bodies
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        request(self.meta().signed(body, "app-secret"))
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        request(Delivery { headers: Vec::new(), body })
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        request(self.meta().signed(body, "app-secreT"))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        Some(request(self.meta().signed(body, "former-secret")))
    }

    fn several(&self) -> Option<Bytes> {
        let meta = self.meta();
        let direct = [meta.text(CUSTOMER, "m_1", "One"), meta.text(CUSTOMER, "m_2", "Two")];
        let standby = [meta.text("9002", "m_3", "Three")];
        let public = [meta.comment("9003", "17_4", "Ana of Bergen", "Four")];
        Some(escaped(&meta.entries(&[("messaging", &direct), ("standby", &standby), ("changes", &public)])))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let meta = self.meta();
        let element = match odd {
            Odd::Type => meta.happens(CUSTOMER, "hologram", &json!({ "depth": 9 })),
            Odd::Word => meta.attachment(CUSTOMER, "m_odd", "hologram", &json!({ "depth": 9 })),
            Odd::Field => {
                let message = json!({ "mid": "m_odd", "text": "Hello", "mood": { "of": ["the", "day"] } });
                meta.happens(CUSTOMER, "message", &message)
            }
            Odd::Null => {
                let message = json!({ "mid": "m_odd", "text": "Hello", "attachments": null, "reply_to": null });
                meta.happens(CUSTOMER, "message", &message)
            }
        };
        Some(self.body(&[Value::Null, element]))
    }

    fn rich(&self) -> Bytes {
        self.body(&[self.meta().text(CUSTOMER, "m_rich", "<b>Hello</b>")])
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        let message = json!({ "mid": "m_claim", "text": "It is me, Ana of Bergen" });
        let own = if self.is_instagram() { INSTAGRAM } else { PAGE };
        self.signed(self.body(&[json!({ "recipient": { "id": own }, "message": message })]))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(self.body(&[self.meta().text(CUSTOMER, "m_1", "Hello")])))
    }

    fn forged(&self) -> WebhookRequest {
        self.wrongly_signed(self.body(&[self.meta().text(CUSTOMER, "m_1", "Hello")]))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        let door = self.meta().account().door;
        let other = Account { page_id: "1002".to_owned(), instagram_id: "2002".to_owned(), ..account(door) };
        let settings = MetaSettings {
            page_id: other.page_id.clone(),
            instagram_id: other.instagram_id.clone(),
            ..self.settings.clone()
        };
        let meta = Meta::new(other, NOW);
        // Who has the same id there is somebody else.
        let delivery = meta.delivery(&meta.request(&[meta.text(CUSTOMER, "m_1", "Hello")]));
        Some((Box::new(self.over(settings)), request(delivery)))
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        Vec::new()
    }
}

#[async_trait]
impl SendHarness for Stage {
    fn message(&self) -> Outbound {
        // Whatever is sent twice says the same; what is another message says something else.
        let number = self.numbered.fetch_add(1, Ordering::Relaxed);
        Outbound {
            command_id: Uuid::from_u128(20),
            conversation_id: Uuid::from_u128(21),
            to: vec![CUSTOMER.to_owned()],
            to_name: "Ana of Bergen".to_owned(),
            from_name: "Fjord".to_owned(),
            text: format!("It left on Saturday, in parcel {number}."),
            in_reply_to: Some("m_1".to_owned()),
            thread_id: Some(format!("{PAGE}:{CUSTOMER}")),
            last_inbound_at: Some(NOW - time::Duration::hours(1)),
            now: self.meta().now(),
            author: Author::Agent,
            ..Outbound::empty()
        }
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        let outside = if self.is_instagram() { 2_534_022 } else { 2_018_278 };
        let answer = platform_doubles::Fault::Answer;
        let fault = match fault {
            Fault::ResetBeforeBody => platform_doubles::Fault::ResetBeforeBody,
            Fault::HangBeforeBody => platform_doubles::Fault::HangBeforeBody,
            Fault::RateWithHint => answer(meta::limited_for(PAGE, 7)),
            Fault::Rate => answer(meta::limited()),
            Fault::Unavailable => answer(meta::error(503, 2, 0, true)),
            Fault::Credential => answer(meta::error(400, 190, 463, false)),
            Fault::ResetAfterBody => platform_doubles::Fault::ResetAfterBody,
            Fault::LoseAfterBody => platform_doubles::Fault::LoseAfterBody,
            Fault::HangAfterBody => platform_doubles::Fault::HangAfterBody,
            Fault::Gateway => platform_doubles::Fault::AnswerAfterBody(platform_doubles::Response::status(502)),
            Fault::CutAnswer => platform_doubles::Fault::BreakOffAfterBody,
            Fault::CutRefusal => platform_doubles::Fault::BreakOff(meta::error(400, 4, 0, false)),
            Fault::SlowAnswer => platform_doubles::Fault::Slow(Duration::from_millis(50)),
            Fault::Window => answer(meta::error(400, 10, outside, false)),
            Fault::Policy => answer(meta::error(400, 10, 2_018_300, false)),
            Fault::Recipient => answer(meta::error(400, 100, 2_018_001, false)),
            Fault::Content => answer(meta::error(400, 100, 2_018_109, false)),
        };
        self.double.misbehave("POST", "/messages", fault, 1);
        true
    }

    async fn taken(&self) -> usize {
        let parts: usize = self.groups.lock().unwrap().iter().map(|(from, to)| to - from - 1).sum();
        self.meta().sent().len() - parts
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.meta().sent();
        let last = self.groups.lock().unwrap().last().copied().filter(|(_, to)| *to == sent.len());
        let from = last.map_or(sent.len().checked_sub(1)?, |(from, _)| from);
        let parts: Vec<&Sent> = sent.iter().skip(from).collect();
        Some(Taken {
            id: parts.first()?.mid.clone(),
            subject: String::new(),
            text: parts.iter().map(|part| part.text.as_str()).collect(),
            files: parts.iter().filter_map(|part| Some(part.file.as_ref()?.content.clone())).collect(),
        })
    }

    /// As the desk does: what the channel cannot do is refused whole, and each call leaves after the one before.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.channel.capabilities_in(message.thread_id.as_deref()).admit(message)?;
        let from = self.meta().sent().len();
        let mut receipts = Vec::new();
        for part in self.channel.split(message) {
            receipts.push(self.channel.send(&part).await?);
        }
        self.groups.lock().unwrap().push((from, self.meta().sent().len()));
        Ok(receipts.into_iter().next().unwrap())
    }

    async fn written_elsewhere(&self, message: &Outbound, then: Duration) -> Option<String> {
        let mid = self.meta().writes_elsewhere(message.to.first()?, &message.text);
        self.meta().set_now(self.meta().now() + then);
        Some(mid)
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let element = match state {
            DeliveryState::Delivered => self.meta().delivered(CUSTOMER, id)?,
            DeliveryState::Read => self.meta().read(CUSTOMER, id),
            _ => return None,
        };
        Some(self.item(&self.meta().request(&[element])))
    }

    async fn echoes(&self) -> Vec<RawItem> {
        let echo = self.meta().echo(self.meta().sent().last().unwrap());
        let lists = ["messaging", "standby"];
        lists.map(|list| self.item(&self.meta().entries(&[(list, std::slice::from_ref(&echo))]))).into()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let sound = &self.settings;
        let url = format!("http://{closed}");
        // An access that is far from its end is not renewed first.
        let old = MetaSettings {
            access_token: Secret::new("EAA-old"),
            token_ends_at: NOW.unix_timestamp() + LASTS,
            ..sound.clone()
        };
        let away = MetaSettings { api_url: url, ..sound.clone() };
        let other = MetaSettings { page_id: "1002".to_owned(), instagram_id: "2002".to_owned(), ..sound.clone() };
        vec![
            self.broken_by("nothing answers", FailureClass::Temporary, away),
            self.broken_by("the access is not taken", FailureClass::Auth, old),
            self.broken_by("the access is for another account", FailureClass::Permission, other),
            self.elsewhere("the access may not read messages", |meta| meta.permit(&["pages_messaging"])).await,
            self.elsewhere("messages are not pushed", |meta| meta.subscribe(false)).await,
        ]
    }
}

#[async_trait]
impl GrantHarness for Stage {
    async fn provider(&self, does: Provider) {
        self.double.behave();
        self.meta().grant(ACCESS, None);
        let renewal = match does {
            Provider::Grants | Provider::Replaces | Provider::Hangs => Renewal::Grants(LASTS),
            Provider::GrantsBriefly => Renewal::Grants(0),
            Provider::GrantsInVain => Renewal::GrantsInVain,
            Provider::Refuses => Renewal::Refuses,
            Provider::Limits(wait) => {
                Renewal::Answers(meta::limited().with("retry-after", &wait.as_secs().to_string()))
            }
            Provider::Fails => Renewal::Answers(Response::status(503)),
            Provider::Garbles => Renewal::Answers(Response::json(200, &"<html>")),
        };
        self.meta().renews(renewal);
        if does == Provider::Refuses {
            self.meta().revoke();
        }
        if does == Provider::Hangs {
            self.double.misbehave("GET", "/refresh_access_token", platform_doubles::Fault::HangAfterBody, 1);
        }
    }

    async fn renewals(&self) -> usize {
        self.meta().renewals()
    }
}
