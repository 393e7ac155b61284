//! The tests of Amazon's adapter that use its public face.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests: to panic is how a test fails")]

mod account;
mod buyers;
mod conformance;
mod hostile;
#[expect(dead_code, reason = "the double of mail's own tests can do more than is needed here")]
#[path = "../../../email/tests/it/imap_double.rs"]
mod imap_double;
mod notices;
mod orders;
mod queue;
mod sending;
#[path = "../../../email/tests/support/smtp_double.rs"]
mod smtp_double;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use channel_amazon::AmazonChannel;
use channel_amazon::settings::{AmazonSettings, SpApiSettings};
use channel_contract::MessageChannel as _;
use channel_contract::channel::{Fetched, WebhookRequest};
use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Clock, Outside, Web};
use channel_contract::inbound::{Inbound, InboundEvent, RawItem, RawOrigin};
use channel_contract::outbound::Outbound;
use channel_contract::secret::Secret;
use channel_email::EmailSettings;
use channel_email::settings::{Auth, Server, TlsMode};
use platform_doubles::amazon::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, notifications::SELLER_ID};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// The time of the tests.
const NOW: OffsetDateTime = datetime!(2026-11-03 12:00 UTC);
/// The case of the buyer of the tests.
const CASE: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// The mask of the buyer of the tests.
const BUYER: &str = "k3x9vq2@marketplace.amazon.de";
/// Their order.
const ORDER: &str = "303-1234567-7654321";

/// The settings that most tests share.
fn settings() -> AmazonSettings {
    let mail = EmailSettings {
        channel_id: "channel-1".to_owned(),
        address: "help@shop.example".to_owned(),
        display_name: "The Shop".to_owned(),
        authserv_id: "mx.shop.example".to_owned(),
        webhook_secret: Secret::new("hook-secret"),
        thread_secret: Secret::new("thread-secret"),
        timeout_seconds: 5,
        ..EmailSettings::default()
    };
    AmazonSettings { mail, ..AmazonSettings::default() }
}

/// Access to the double at this address.
fn spapi(url: &str) -> SpApiSettings {
    SpApiSettings {
        api_url: url.to_owned(),
        token_url: format!("{url}/auth/o2/token"),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Secret::new(CLIENT_SECRET),
        refresh_token: Secret::new(REFRESH_TOKEN),
        seller_id: SELLER_ID.to_owned(),
        ..SpApiSettings::default()
    }
}

/// Files come inside of mails, so nothing is fetched.
struct NoWeb;

#[async_trait]
impl Web for NoWeb {
    async fn fetch(&self, _: &str, _: Option<&str>, _: u64) -> Result<Fetched, ChannelFailure> {
        Err(ChannelFailure::temporary("There is no web here."))
    }
}

/// A channel whose calls over HTTP wait this long.
fn channel(settings: AmazonSettings, patience: std::time::Duration) -> AmazonChannel {
    channel_at(settings, patience, Arc::new(|| NOW))
}

/// The same with a clock.
fn channel_at(settings: AmazonSettings, patience: std::time::Duration, clock: Clock) -> AmazonChannel {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(patience).redirect(reqwest::redirect::Policy::none()).no_proxy();
    let outside = Outside { client: http.build().unwrap(), web: Arc::new(NoWeb), clock };
    AmazonChannel::new(settings, outside)
}

fn server(port: u16) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port,
        tls: TlsMode::Plain,
        user: "desk".to_owned(),
        auth: Auth::Password { password: Secret::new("word") },
    }
}

/// An answer to the buyer of the tests.
fn answer() -> Outbound {
    Outbound {
        command_id: Uuid::from_u128(11),
        conversation_id: Uuid::from_u128(12),
        to: vec![BUYER.to_owned()],
        to_name: "Mara".to_owned(),
        subject: "Re: Anfrage".to_owned(),
        text: format!("Order {ORDER} left today."),
        in_reply_to: Some("relay-1@eu-west-1.amazonses.example".to_owned()),
        references: vec!["relay-1@eu-west-1.amazonses.example".to_owned()],
        thread_id: Some(CASE.to_owned()),
        now: NOW,
        ..Outbound::empty()
    }
}

/// A request to the channel's webhook: a mail, or a notification.
fn request(body: Bytes, secret: Option<&str>) -> WebhookRequest {
    let is_json = body.trim_ascii_start().first().is_some_and(|byte| *byte == b'{');
    let media = if is_json { "application/json; charset=utf-8" } else { "message/rfc822" };
    let secret = secret.map(|secret| ("x-resolute-secret".to_owned(), secret.to_owned()));
    WebhookRequest {
        headers: std::iter::once(("content-type".to_owned(), media.to_owned())).chain(secret).collect(),
        query: Vec::new(),
        url: "https://desk.example/webhooks/amazon/1".to_owned(),
        body,
        received_at: NOW,
    }
}

fn item(body: Bytes, origin: RawOrigin) -> RawItem {
    RawItem { external_id: channel_email::key::external_id(&body), origin, body }
}

/// What a mail in the inbox is read as.
fn read_with(settings: AmazonSettings, body: Bytes, origin: RawOrigin) -> Inbound {
    let events = channel(settings, std::time::Duration::from_secs(5)).parse(&item(body, origin)).unwrap();
    let (beside, events): (Vec<Inbound>, Vec<Inbound>) =
        events.into_iter().partition(|inbound| matches!(inbound.event, InboundEvent::Consent(_)));
    assert_eq!((events.len(), beside.len() <= 1), (1, true));
    events.into_iter().next().unwrap()
}

fn read(body: Bytes) -> InboundEvent {
    read_with(settings(), body, RawOrigin::Inbox).event
}

#[test]
fn the_program_of_doubles_prints_settings_of_this_channel() {
    let given = platform_doubles::together::settings("amazon", "http://127.0.0.1:9");
    let kept: channel_amazon::AmazonSettings = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(platform_doubles::together::lost(&given, &serde_json::json!(kept)), Vec::<String>::new());
}
