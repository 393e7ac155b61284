//! Signing in with tokens that are renewed: against a provider and a mail server of this machine.

use channel_contract::channel::MessageChannel as _;
use channel_contract::failure::ChannelFailure;
use channel_email::settings::{Auth, OAuth, Secret, Server, TlsMode};
use channel_email::{EmailChannel, EmailSettings};
use serde_json::json;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::imap_double::{ImapDouble, TOKEN};

fn account(provider: &MockServer, imap_port: u16) -> EmailChannel {
    let _ = rustls::crypto::ring::default_provider().install_default();
    EmailChannel::new(EmailSettings {
        address: "help@shop.example".to_owned(),
        imap: Some(Server {
            host: "127.0.0.1".to_owned(),
            port: imap_port,
            tls: TlsMode::Plain,
            user: "help@shop.example".to_owned(),
            auth: Auth::Xoauth2 { token: Secret::default() },
        }),
        oauth: Some(OAuth {
            token_url: format!("{}/token", provider.uri()),
            client_id: "desk".to_owned(),
            client_secret: Secret::new("client & secret"),
            refresh_token: Secret::new("first"),
            scope: "mail".to_owned(),
        }),
        timeout_seconds: 2,
        ..EmailSettings::default()
    })
}

fn granted(refresh: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({ "access_token": TOKEN, "expires_in": 3600, "refresh_token": refresh }))
}

#[tokio::test]
async fn a_token_is_renewed_once_and_a_new_refresh_token_is_handed_on() {
    let provider = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/token"))
        .and(body_string_contains("grant_type=refresh_token"))
        .and(body_string_contains("refresh_token=first"))
        .and(body_string_contains("client_secret=client+%26+secret"))
        .respond_with(granted("second"))
        .expect(1)
        .mount(&provider)
        .await;
    let channel = account(&provider, ImapDouble::start(5, 0).await.port);
    let polled = channel.poll(None).await.unwrap();
    assert!(!polled.items.is_empty(), "the mail server took the token");
    channel.poll(Some(&polled.cursor)).await.unwrap();
    assert_eq!(channel.renewed_secrets(), Some(json!({ "oauth": { "refresh_token": "second" } })));
    assert_eq!(channel.renewed_secrets(), None, "once is enough");
}

#[tokio::test]
async fn a_refused_renewal_needs_a_person_and_trouble_passes() {
    let provider = MockServer::start().await;
    let refused = ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_grant" }));
    Mock::given(method("POST")).respond_with(refused).up_to_n_times(1).mount(&provider).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(503)).mount(&provider).await;
    let channel = account(&provider, 9);
    let failure = channel.poll(None).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{failure:?}");
    assert!(failure.to_string().contains("invalid_grant"), "{failure}");
    let failure = channel.poll(None).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Retry { .. }), "{failure:?}");
}
