//! A number between doubles of the platform, as the conformance tests need it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::{Fetched, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Effect, Outside, Web, call};
use channel_contract::inbound::{Automatic, RawItem};
use channel_contract::outbound::{Author, DeliveryState, FilledTemplate, Outbound, Receipt};
use channel_contract::testkit::{
    Asked, Broken, Fault, Harness, Lack, MediaFault, MediaHarness, Odd, Part, SendHarness, Taken, WebhookHarness,
};
use channel_whatsapp::settings::Secret;
use channel_whatsapp::{WhatsappChannel, WhatsappSettings};
use platform_doubles::whatsapp::{Account, Customer, Sent, Whatsapp, error, sign};
use platform_doubles::{Double, Platform, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::settings;

/// When everything happens, in seconds since 1970.
pub(crate) const NOW: i64 = 1_790_000_000;

/// What WhatsApp has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::SignedTime, why: "the signature covers the body and no time; a repetition is one by its bytes" },
    Lack { part: Part::Echo, why: "what the desk sends is not shown to it again: echoes are of the app on the phone" },
    Lack {
        part: Part::Grant,
        why: "a system user's token is made by hand and never renewed; Meta tells when one ends",
    },
    Lack { part: Part::Reconciliation, why: "it cannot be asked; news of a message names its command" },
    Lack { part: Part::Repetition, why: "each call makes a message of its own" },
    Lack { part: Part::FilesInside, why: "files lie on the platform and are fetched" },
    Lack { part: Part::Polling, why: "it pushes everything, for seven days until it is taken" },
    Lack { part: Part::Automatic, why: "nothing marks what a customer's machine wrote" },
    Lack {
        part: Part::Quota,
        why: "what is used up is told with a refusal alone, as the time until calls are taken again",
    },
];

/// The web as a test has it: this machine's double, and nothing else.
struct OneHost {
    http: reqwest::Client,
    host: String,
}

#[async_trait]
impl Web for OneHost {
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
        if !address.starts_with(&format!("{}/", self.host)) {
            return refused("The file lies at an address that is not asked.");
        }
        let mut request = self.http.get(address);
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        let answer = call(request, Effect::Reads, "The web", OffsetDateTime::UNIX_EPOCH).await?;
        if !answer.is_success() || u64::try_from(answer.body.len()).unwrap() > most {
            return refused("The file is not there, or too large.");
        }
        Ok(Fetched { content_type: answer.header("content-type").to_owned(), content: answer.body })
    }
}

/// Something inside of the network that nobody should ask.
pub(crate) struct Inside;

#[async_trait]
impl Platform for Inside {
    async fn answer(&self, _: Request) -> Response {
        Response::json(200, &json!({ "secret": true }))
    }
}

/// A customer who shows the phone number.
pub(crate) fn ana() -> Customer {
    Customer {
        phone: "4915112345678".to_owned(),
        user_id: "DE.77812".to_owned(),
        name: "Ana of Bergen".to_owned(),
        shows_phone: true,
    }
}

/// One who does not.
pub(crate) fn ben() -> Customer {
    Customer {
        phone: "4915187654321".to_owned(),
        user_id: "DE.90001".to_owned(),
        name: "Ben".to_owned(),
        shows_phone: false,
    }
}

/// How a test has seen the sending of a message that takes several.
#[derive(Default)]
struct Pieces {
    /// Messages beyond the first of each.
    beyond: usize,
    /// How many the last one took.
    last: usize,
}

pub(crate) struct Number {
    pub(crate) double: Double<Whatsapp>,
    /// The same account, whose app is not told of anything.
    deaf: Double<Whatsapp>,
    inside: Double<Inside>,
    http: reqwest::Client,
    pub(crate) channel: WhatsappChannel,
    pieces: Mutex<Pieces>,
}

impl Number {
    /// A number whose calls take so many seconds at most; both customers have written just now.
    pub(crate) async fn start(seconds: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(seconds))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let deaf = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        deaf.platform.subscribe(false);
        for customer in [ana(), ben()] {
            double.platform.join(customer.clone());
            double.platform.said(&customer, "wamid.first", &json!({ "type": "text", "text": { "body": "Hello" } }));
        }
        let inside = Double::start(Inside).await.unwrap();
        let channel = channel(&http, WhatsappSettings { api_url: double.url(), ..settings() });
        Self { double, deaf, inside, http, channel, pieces: Mutex::default() }
    }

    /// The same number under other settings.
    pub(crate) fn with(&self, settings: WhatsappSettings) -> WhatsappChannel {
        channel(&self.http, settings)
    }

    pub(crate) fn settings(&self) -> &WhatsappSettings {
        self.channel.settings()
    }

    pub(crate) fn platform(&self) -> &Whatsapp {
        &self.double.platform
    }

    fn request(body: Bytes, secret: Option<&str>) -> WebhookRequest {
        let signature = secret.map(|secret| ("x-hub-signature-256".to_owned(), sign(secret, &body)));
        WebhookRequest {
            headers: signature.into_iter().collect(),
            query: Vec::new(),
            url: String::new(),
            body,
            received_at: OffsetDateTime::from_unix_timestamp(NOW).unwrap(),
        }
    }

    fn body(&self, changes: &[Value]) -> Bytes {
        self.platform().envelope(changes)
    }

    fn said(&self, customer: &Customer, id: &str, content: &Value) -> Value {
        self.platform().said(customer, id, content)
    }

    pub(crate) fn item(&self, changes: &[Value]) -> RawItem {
        self.channel.verify(&self.signed(self.body(changes))).unwrap().remove(0)
    }
}

fn channel(http: &reqwest::Client, settings: WhatsappSettings) -> WhatsappChannel {
    let web = OneHost { http: http.clone(), host: settings.api_url.clone() };
    let clock = || OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let outside = Outside { client: http.clone(), web: Arc::new(web), clock: Arc::new(clock) };
    WhatsappChannel::new(settings, outside)
}

/// A channel over these settings.
pub(crate) fn opened(settings: WhatsappSettings) -> WhatsappChannel {
    let _ = rustls::crypto::ring::default_provider().install_default();
    channel(&reqwest::Client::builder().build().unwrap(), settings)
}

/// A channel that is only read by.
pub(crate) fn offline() -> WhatsappChannel {
    opened(settings())
}

fn text(body: &str) -> Value {
    json!({ "type": "text", "text": { "body": body } })
}

impl Harness for Number {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(self.with(self.settings().clone()))
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Number {
    fn asked(&self) -> Option<Asked> {
        let ask = |token: &str| {
            let query = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", "1158201444")];
            let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            WebhookRequest { query, ..Self::request(Bytes::new(), None) }
        };
        let answer = "1158201444".to_owned();
        Some(Asked { request: ask("the-verify-token"), answer, others: vec![ask("another-token")] })
    }

    fn bodies(&self) -> Vec<Bytes> {
        let picture = json!({ "type": "image", "image": { "id": "9001", "mime_type": "image/png" } });
        let reaction = json!({ "type": "reaction", "reaction": { "message_id": "wamid.x", "emoji": "👍" } });
        let update = json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [] });
        let ids = json!({ "previous": "DE.77812", "current": "DE.99" });
        let changes = [
            self.said(&ana(), "wamid.1", &text("Where is my jacket? 🧥")),
            self.said(&ben(), "wamid.2", &picture),
            self.said(&ana(), "wamid.3", &reaction),
            self.platform().fate("wamid.4", "delivered", None),
            self.platform().echo(&ben(), "wamid.5", &text("It left on Saturday.")),
            self.platform().change("user_id_update", json!({ "user_id_update": [{ "user_id": ids }] })),
            json!({ "field": "account_update", "value": update }),
        ];
        changes.iter().map(|change| self.body(std::slice::from_ref(change))).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        let delivery = self.platform().signed(body);
        WebhookRequest { headers: delivery.headers, ..Self::request(delivery.body, None) }
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        Self::request(body, None)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        Self::request(body, Some("the-app-secreT"))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        Some(Self::request(body, Some("the-former-secret")))
    }

    fn several(&self) -> Option<Bytes> {
        let changes = [
            self.said(&ana(), "wamid.1", &text("One")),
            self.said(&ben(), "wamid.2", &text("Two")),
            self.platform().fate("wamid.4", "delivered", None),
            self.platform().fate("wamid.4", "read", None),
        ];
        Some(self.body(&changes))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let change = match odd {
            Odd::Type => self.said(&ana(), "wamid.6", &json!({ "type": "hologram", "hologram": { "depth": 9 } })),
            Odd::Word => self.platform().fate("wamid.4", "teleported", None),
            Odd::Field => {
                let mood = json!({ "type": "text", "text": { "body": "Hello", "font": [1] }, "mood": { "of": "day" } });
                self.said(&ana(), "wamid.7", &mood)
            }
            Odd::Null => {
                let message = json!({ "id": "wamid.8", "type": "text", "text": null, "context": null });
                self.platform().change("messages", json!({ "contacts": null, "messages": [message, null] }))
            }
        };
        Some(self.body(&[change]))
    }

    fn rich(&self) -> Bytes {
        self.body(&[self.said(&ana(), "wamid.9", &text("<b>Hello</b> *there*"))])
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        // The platform names nobody: what is left is the name that somebody shows.
        let message = json!({ "id": "wamid.10", "type": "text", "text": { "body": "It is me, Ana" } });
        let contact = json!({ "profile": { "name": "Ana of Bergen" } });
        let value = json!({ "contacts": [contact], "messages": [message] });
        self.signed(self.body(&[self.platform().change("messages", value)]))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(self.body(&[self.said(&ana(), "wamid.11", &text("Hello"))])))
    }

    fn forged(&self) -> WebhookRequest {
        self.wrongly_signed(self.body(&[self.said(&ana(), "wamid.12", &text("Hello"))]))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        let account =
            Account { account_id: "700002".to_owned(), phone_number_id: "800002".to_owned(), ..Account::default() };
        let settings = WhatsappSettings {
            account_id: account.account_id.clone(),
            phone_number_id: account.phone_number_id.clone(),
            ..self.settings().clone()
        };
        let other = Whatsapp::new(account);
        // Each business has ids of its own for people, and who has this one there is somebody else.
        let body = other.envelope(&[other.said(&ana(), "wamid.13", &text("Hello"))]);
        Some((Box::new(self.with(settings)), self.signed(body)))
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        Vec::new()
    }
}

/// What a message of the platform says.
fn words(sent: &Sent) -> String {
    let kind = sent.body.get("type").and_then(Value::as_str).unwrap_or_default();
    let content = sent.body.get(kind).cloned().unwrap_or_default();
    let at = |pointer: &str| content.pointer(pointer).and_then(Value::as_str);
    at("/body").or_else(|| at("/caption")).or_else(|| at("/body/text")).unwrap_or_default().to_owned()
}

#[async_trait]
impl SendHarness for Number {
    fn message(&self) -> Outbound {
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        Outbound {
            command_id: Uuid::from_u128(1),
            conversation_id: Uuid::from_u128(2),
            to: vec![ana().user_id],
            to_name: ana().name,
            from_name: "Fjord".to_owned(),
            text: "It left on Saturday.".to_owned(),
            in_reply_to: Some("wamid.first".to_owned()),
            last_inbound_at: Some(now),
            now,
            author: Author::Agent,
            ..Outbound::empty()
        }
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        use platform_doubles::Fault as Wire;
        let refuses = |status, code, words| Wire::Answer(error(status, code, words));
        let fault = match fault {
            Fault::ResetBeforeBody => Wire::ResetBeforeBody,
            Fault::HangBeforeBody => Wire::HangBeforeBody,
            Fault::RateWithHint => {
                let usage = json!({ "700001": [{ "type": "whatsapp", "estimated_time_to_regain_access": 3 }] });
                let limited = error(429, 80_007, "(#80007) There have been too many calls to this account.");
                Wire::Answer(limited.with("x-business-use-case-usage", &usage.to_string()))
            }
            Fault::Rate => refuses(429, 130_429, "(#130429) Rate limit hit"),
            Fault::Unavailable => refuses(503, 131_016, "(#131016) Service unavailable"),
            Fault::Credential => refuses(401, 190, "Error validating access token: Session has expired"),
            Fault::ResetAfterBody => Wire::ResetAfterBody,
            Fault::LoseAfterBody => Wire::LoseAfterBody,
            Fault::HangAfterBody => Wire::HangAfterBody,
            Fault::Gateway => Wire::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Wire::BreakOffAfterBody,
            Fault::CutRefusal => Wire::BreakOff(error(400, 130_429, "(#130429) Rate limit hit")),
            Fault::SlowAnswer => Wire::Slow(Duration::from_millis(50)),
            Fault::Window => refuses(400, 131_047, "(#131047) Re-engagement message"),
            Fault::Policy => refuses(400, 131_049, "(#131049) Not delivered to maintain a healthy ecosystem"),
            Fault::Recipient => refuses(400, 131_026, "(#131026) Message undeliverable"),
            Fault::Content => refuses(400, 131_009, "(#131009) Parameter value is not valid"),
        };
        self.double.misbehave("POST", "/messages", fault, 1);
        true
    }

    async fn taken(&self) -> usize {
        self.platform().sent().len() - self.pieces.lock().unwrap().beyond
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.platform().sent();
        let count = self.pieces.lock().unwrap().last.max(1);
        let pieces = sent.get(sent.len().checked_sub(count)?..)?;
        Some(Taken {
            id: pieces.first()?.id.clone(),
            subject: String::new(),
            text: pieces.iter().map(words).collect(),
            files: pieces.iter().filter_map(|piece| piece.file.clone()).collect(),
        })
    }

    /// As the desk sends: what the channel cannot do at all is refused, and the pieces leave one after the other.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.channel.capabilities().admit(message)?;
        let mut receipts = Vec::new();
        for piece in self.channel.split(message) {
            receipts.push(self.channel.send(&piece).await);
            if receipts.last().is_some_and(Result::is_err) {
                break;
            }
        }
        let taken = receipts.iter().filter(|receipt| receipt.is_ok()).count();
        let mut pieces = self.pieces.lock().unwrap();
        pieces.last = taken;
        pieces.beyond += taken.saturating_sub(1);
        let failed = receipts.iter().position(Result::is_err);
        receipts.swap_remove(failed.unwrap_or_default())
    }

    async fn template(&self) -> Option<FilledTemplate> {
        self.platform().put_template(json!({
            "name": "late_parcel",
            "language": "en_US",
            "status": "APPROVED",
            "category": "UTILITY",
            "components": [{ "type": "BODY", "text": "Hi {{1}}, your order {{2}} is late." }],
        }));
        let owned = |words: [&str; 2]| words.map(ToOwned::to_owned).into();
        Some(FilledTemplate {
            name: "late_parcel".to_owned(),
            language: "en_US".to_owned(),
            places: owned(["1", "2"]),
            values: owned(["Ana", "1042"]),
        })
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let change = match state {
            DeliveryState::Delivered => self.platform().fate(id, "delivered", None),
            DeliveryState::Read => self.platform().fate(id, "read", None),
            DeliveryState::Failed => self.platform().fate(id, "failed", Some(131_026)),
            _ => return None,
        };
        Some(self.item(&[change]))
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let sound = self.settings();
        let away = WhatsappSettings { api_url: format!("http://{closed}"), ..sound.clone() };
        let refused = WhatsappSettings { access_token: Secret::new("taken-back"), ..sound.clone() };
        let unknown = WhatsappSettings { phone_number_id: "800009".to_owned(), ..sound.clone() };
        let nameless = WhatsappSettings { phone_number_id: String::new(), ..sound.clone() };
        let deaf = WhatsappSettings { api_url: self.deaf.url(), ..sound.clone() };
        let another = WhatsappSettings { app_id: "600009".to_owned(), ..sound.clone() };
        [
            ("nothing answers", away, FailureClass::Temporary),
            ("the token was taken back", refused, FailureClass::Auth),
            ("the number is not the token's", unknown, FailureClass::Permission),
            ("no number is set", nameless, FailureClass::Permission),
            ("no app is told of messages", deaf, FailureClass::Permission),
            ("another app is told of messages", another, FailureClass::Permission),
        ]
        .map(|(what, settings, class)| Broken { what, channel: Box::new(self.with(settings)), class })
        .into()
    }
}

#[async_trait]
impl MediaHarness for Number {
    fn has(&self, _: MediaFault) -> bool {
        true
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let told = if fault == Some(MediaFault::Empty) { &b""[..] } else { MediaFault::FILE };
        let held = if fault == Some(MediaFault::Altered) { &b"another picture"[..] } else { told };
        let mut id = self.platform().put_file("image/png", Bytes::from_static(held));
        match fault {
            Some(MediaFault::Gone) => "90999999".clone_into(&mut id),
            Some(MediaFault::Elsewhere) => self.platform().file_leads_to(&id, "https://elsewhere.example/cup.png"),
            Some(MediaFault::Inside) => self.platform().file_lies_at(&id, &format!("{}/secret", self.inside.url())),
            Some(MediaFault::Late) => {
                self.double.misbehave("GET", "/files/", platform_doubles::Fault::HangBeforeBody, 1);
            }
            Some(MediaFault::Altered | MediaFault::Empty) | None => {}
        }
        let picture = json!({ "id": id, "mime_type": "image/png", "sha256": crate::files::base64_hash(told) });
        self.item(&[self.said(&ana(), "wamid.20", &json!({ "type": "image", "image": picture }))])
    }

    async fn asked_inside(&self) -> usize {
        self.inside.calls().len()
    }
}
