//! A number between doubles of the platform, as the conformance tests need it.

mod receiving;
mod sending;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel as _;
use channel_contract::channel::{Fetched, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Effect, Outside, Web, call};
use channel_contract::inbound::RawItem;
use channel_contract::testkit::{Lack, Part, WebhookHarness as _};
use channel_whatsapp::{WhatsappChannel, WhatsappSettings};
use platform_doubles::whatsapp::{Account, Customer, Whatsapp, sign};
use platform_doubles::{Double, Platform, Request, Response};
use serde_json::{Value, json};
use time::OffsetDateTime;

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
