//! Sending, against a double that misbehaves.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::MessageChannel;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Outbound, Reconciliation};
use channel_email::settings::{Auth, Secret, Server, TlsMode};
use channel_email::{EmailChannel, EmailSettings};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::dovecot::Dovecot;
use crate::flood::Flood;
use crate::settings;
use crate::smtp_double::{Behaviour, SmtpDouble};

pub(crate) fn outbound() -> Outbound {
    Outbound {
        command_id: Uuid::from_u128(11),
        conversation_id: Uuid::from_u128(12),
        to: vec!["ann@customer.example".to_owned()],
        to_name: "Ann".to_owned(),
        subject: "Re: Order 1042".to_owned(),
        text: "It left today.".to_owned(),
        in_reply_to: Some("plain-1@customer.example".to_owned()),
        references: vec!["plain-1@customer.example".to_owned()],
        ..Outbound::empty()
    }
}

pub(crate) fn server(port: u16) -> Server {
    Server {
        host: "127.0.0.1".to_owned(),
        port,
        tls: TlsMode::Plain,
        user: "desk".to_owned(),
        auth: Auth::Password { password: Secret::new("word") },
    }
}

struct Harness {
    double: SmtpDouble,
    channel: EmailChannel,
}

impl Harness {
    async fn start() -> Self {
        let double = SmtpDouble::start().await;
        let settings = EmailSettings { smtp: Some(server(double.port())), timeout_seconds: 1, ..settings() };
        Self { double, channel: EmailChannel::new(settings) }
    }
}

#[tokio::test]
async fn what_arrives_is_what_was_written() {
    let harness = Harness::start().await;
    harness.channel.send(&outbound()).await.unwrap();
    let taken = harness.double.taken().remove(0);
    assert_eq!(
        (taken.from.as_str(), taken.to.as_slice()),
        ("support@shop.example", &["ann@customer.example".to_owned()][..])
    );
    let mail = channel_email::parse(&taken.mail);
    assert_eq!(mail.author().name, "The Shop");
    assert!(mail.text.starts_with("It left today."));
    assert_eq!(mail.loop_marks, ["channel-1"]);
}

#[tokio::test]
async fn answers_after_the_mail_count_too() {
    let harness = Harness::start().await;
    harness.double.misbehave([
        Behaviour::AnswerMail("452 4.3.1 no room"),
        Behaviour::AnswerMail("554 5.7.1 spam"),
        Behaviour::AnswerSignIn("432 4.3.2 too many connections"),
        Behaviour::AnswerRecipient("550 5.7.30 Basic authentication is not supported"),
    ]);
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        outcomes.push(harness.channel.send(&outbound()).await.unwrap_err());
    }
    assert!(matches!(outcomes[0], ChannelFailure::Retry { class: FailureClass::Temporary, .. }), "{outcomes:?}");
    assert!(matches!(outcomes[1], ChannelFailure::Refused { class: FailureClass::Policy, .. }), "{outcomes:?}");
    assert!(matches!(outcomes[2], ChannelFailure::Retry { class: FailureClass::Rate, .. }), "{outcomes:?}");
    assert!(matches!(outcomes[3], ChannelFailure::Reconnect { .. }), "{outcomes:?}");
    assert!(harness.double.taken().is_empty());
}

#[tokio::test]
async fn a_server_that_hangs_or_forgets_does_not_hold_us() {
    let harness = Harness::start().await;
    harness.double.misbehave([
        Behaviour::HangAtOnce,
        Behaviour::ForgetAndReset,
        Behaviour::Slow(Duration::from_millis(50)),
    ]);
    assert!(matches!(harness.channel.send(&outbound()).await, Err(ChannelFailure::Retry { .. })));
    assert!(matches!(harness.channel.send(&outbound()).await, Err(ChannelFailure::Unknown { .. })));
    assert!(harness.channel.send(&outbound()).await.is_ok());
    assert_eq!(harness.channel.reconcile(&outbound()).await, Ok(Reconciliation::CannotTell));
}

#[tokio::test]
async fn reasons_hold_no_addresses_and_no_secrets() {
    let harness = Harness::start().await;
    harness.double.misbehave([Behaviour::AnswerRecipient("550 5.1.1 <ann@customer.example> no such user")]);
    let failure = harness.channel.send(&outbound()).await.unwrap_err();
    assert!(!failure.to_string().contains("ann@") && failure.to_string().contains("no such user"), "{failure}");
}

#[tokio::test]
async fn another_machine_is_not_spoken_to_without_protection() {
    let far = Server { host: "mail.shop.example".to_owned(), ..server(25) };
    let channel = EmailChannel::new(EmailSettings { smtp: Some(far), ..settings() });
    assert!(matches!(
        channel.send(&outbound()).await,
        Err(ChannelFailure::Refused { class: FailureClass::Permission, .. })
    ));
    let receiving_only = EmailChannel::new(settings());
    assert!(matches!(receiving_only.send(&outbound()).await, Err(ChannelFailure::Refused { .. })));
}

#[tokio::test]
async fn a_server_that_answers_without_end_is_left() {
    const MOST: usize = 1024 * 1024;
    let flood = Flood::start("220 ", "A");
    // Time is no bound here: only what was taken is.
    let settings = EmailSettings { smtp: Some(server(flood.port)), timeout_seconds: 60, ..settings() };
    let failure = EmailChannel::new(settings).send(&outbound()).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Retry { .. }), "{failure:?}");
    assert!(failure.to_string().contains("without end"), "{failure}");
    flood.gave_at_most(MOST).await;
}

/// A port behind which the same server stands, protected from the first byte or once it is asked for.
async fn protected(dovecot: &Dovecot, server: u16, tls: TlsMode) -> u16 {
    let certificate = dovecot.certificate();
    let key = PrivateKeyDer::from_pem_file(certificate.with_file_name("key.pem")).unwrap();
    let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut outside, _) = listener.accept().await.unwrap();
        let mut inside = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
        let mut heard = [0; 1024];
        if tls == TlsMode::StartTls {
            // The greeting of the server behind stands for this one.
            for answer in ["220 relay\r\n", "250-relay\r\n250 STARTTLS\r\n", "220 go on\r\n"] {
                if answer.starts_with("220 relay") {
                    let _ = inside.read(&mut heard).await.unwrap();
                } else {
                    let _ = outside.read(&mut heard).await.unwrap();
                }
                outside.write_all(answer.as_bytes()).await.unwrap();
            }
        }
        let mut outside = acceptor.accept(outside).await.unwrap();
        // Either side may just go.
        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
    });
    port
}

#[tokio::test]
async fn a_protected_server_takes_mail_too() {
    let Some(dovecot) = Dovecot::start() else { return };
    let double = SmtpDouble::start().await;
    let trusted = async |tls| EmailSettings {
        smtp: Some(Server {
            host: dovecot.host().to_owned(),
            tls,
            ..server(protected(&dovecot, double.port(), tls).await)
        }),
        extra_root_certificates: Some(dovecot.certificate().display().to_string()),
        ..settings()
    };
    for (tls, taken) in [(TlsMode::Implicit, 1), (TlsMode::StartTls, 2)] {
        EmailChannel::new(trusted(tls).await).send(&outbound()).await.unwrap();
        assert_eq!(double.taken().len(), taken, "{tls:?}");
    }
    // A certificate that nobody vouches for is refused before a word is said.
    let unknown = EmailSettings { extra_root_certificates: None, ..trusted(TlsMode::Implicit).await };
    let failure = EmailChannel::new(unknown).send(&outbound()).await.unwrap_err();
    assert!(failure.to_string().contains("certificate"), "{failure}");
    assert_eq!(double.taken().len(), 2);
}
