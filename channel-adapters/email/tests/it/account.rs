//! A mail account between doubles of its servers, as the conformance tests need it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::FailureClass;
use channel_contract::inbound::{Automatic, RawItem, RawOrigin};
use channel_contract::outbound::{DeliveryState, Outbound};
use channel_contract::testkit::{
    Broken, Fault, GrantHarness, Harness, Lack, Odd, Part, PollHarness, Provider, SendHarness, Taken, WebhookHarness,
};
use channel_email::settings::{Auth, Folders, OAuth, Secret, Server};
use channel_email::{EmailChannel, EmailSettings, key};
use serde_json::json;
use tokio::net::TcpListener;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::imap_double::{ImapDouble, TOKEN};
use crate::smtp::{outbound, server};
use crate::smtp_double::{Behaviour, SmtpDouble};
use crate::webhook::request;
use crate::{fixtures, settings};

/// What mail has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::Handshake, why: "who forwards mail asks nothing before the first one" },
    Lack { part: Part::SignedTime, why: "a forwarded mail comes with the secret of its address and no signed time" },
    Lack {
        part: Part::SignedBody,
        why: "a forwarded mail comes with the secret of its address, and TLS guards the rest",
    },
    Lack {
        part: Part::SecondSecret,
        why: "the desk never renews the secret of a channel: a new channel has a new one",
    },
    Lack { part: Part::Entries, why: "one request is one mail" },
    Lack { part: Part::Fault(Fault::RateWithHint), why: "SMTP has no field for the time to come back" },
    Lack {
        part: Part::Fault(Fault::Gateway),
        why: "nothing stands between the desk and the server that takes the mail",
    },
    Lack { part: Part::Fault(Fault::CutAnswer), why: "an answer of SMTP is a line, and half of one is none" },
    Lack { part: Part::Fault(Fault::CutRefusal), why: "an answer of SMTP is a line, and half of one is none" },
    Lack { part: Part::Fault(Fault::Window), why: "a mail may be answered at any time" },
    Lack { part: Part::FilesElsewhere, why: "files come inside the mail, and what it links to is never fetched" },
    Lack { part: Part::OwnIds, why: "an address names the same person on every account" },
    Lack { part: Part::OccurredAt, why: "the date of a mail is its sender's word: the moment of arrival counts" },
    Lack { part: Part::Quota, why: "mail servers tell no quota before it is used up" },
];

pub(crate) struct Account {
    smtp: SmtpDouble,
    imap: ImapDouble,
    provider: MockServer,
    settings: EmailSettings,
    channel: EmailChannel,
}

impl Account {
    /// An account that signs in with a password.
    pub(crate) async fn start(timeout_seconds: u64) -> Self {
        let (smtp, imap) = (SmtpDouble::start().await, ImapDouble::start(0, 0).await);
        let provider = MockServer::start().await;
        let settings = EmailSettings {
            imap: Some(server(imap.port)),
            smtp: Some(server(smtp.port())),
            timeout_seconds,
            ..settings()
        };
        // As servers do that file a copy of what they take.
        let folder = imap.clone();
        smtp.deliver_onward(move |taken| folder.file_copy(taken.mail.clone()));
        let channel = EmailChannel::new(settings.clone());
        Self { smtp, imap, provider, settings, channel }
    }

    /// The same with access that is granted and renewed.
    pub(crate) async fn with_tokens(timeout_seconds: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let account = Self::start(timeout_seconds).await;
        let renewed = |port| Server { auth: Auth::Xoauth2 { token: Secret::default() }, ..server(port) };
        let oauth = OAuth {
            token_url: format!("{}/token", account.provider.uri()),
            client_id: "desk".to_owned(),
            client_secret: Secret::new("client-secret"),
            refresh_token: Secret::new("refresh-secret"),
            scope: "mail".to_owned(),
        };
        let settings = EmailSettings {
            imap: Some(renewed(account.imap.port)),
            smtp: Some(renewed(account.smtp.port())),
            oauth: Some(oauth),
            ..account.settings.clone()
        };
        account.provider(Provider::Grants).await;
        Self { channel: EmailChannel::new(settings.clone()), settings, ..account }
    }

    pub(crate) fn settings(&self) -> &EmailSettings {
        &self.settings
    }

    fn broken(what: &'static str, class: FailureClass, settings: EmailSettings) -> Broken {
        Broken { what, channel: Box::new(EmailChannel::new(settings)), class }
    }
}

fn fixture(wanted: &str) -> Bytes {
    fixtures().into_iter().find(|(name, _)| name == wanted).unwrap().1.into()
}

fn item(body: Bytes, origin: RawOrigin) -> RawItem {
    RawItem { external_id: key::external_id(&body), origin, body }
}

impl Harness for Account {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(EmailChannel::new(self.settings.clone()))
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Account {
    fn bodies(&self) -> Vec<Bytes> {
        fixtures().into_iter().filter(|(name, _)| name != "empty").map(|(_, body)| Bytes::from(body)).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        request(body, Some("hook-secret"))
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

    fn signed_as_before(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn several(&self) -> Option<Bytes> {
        None
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let headers = match odd {
            Odd::Type => "Content-Type: hologram/three-d; depth=9",
            Odd::Word => "Content-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: by-hand",
            Odd::Field => "X-Mood: of the day\nX-\u{1f600}: more",
            Odd::Null => "Content-Type:\nTo:\nDate:\nReferences:",
        };
        let mail =
            format!("From: ann@customer.example\nMessage-ID: <odd-{odd:?}@customer.example>\n{headers}\n\nHello\n");
        Some(mail.into())
    }

    fn rich(&self) -> Bytes {
        fixture("html-only")
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        let mail = "From: ann@customer.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nHello\n--x\n\
                    Content-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\n--x--\n";
        Some(Bytes::from_static(mail.as_bytes()))
    }

    fn claimed(&self) -> WebhookRequest {
        let mail = "Reply-To: eve@evil.example\nFrom: ann@customer.example\n\nIt is me, Ann\n";
        self.signed(Bytes::from_static(mail.as_bytes()))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(fixture("proved-sender")))
    }

    fn forged(&self) -> WebhookRequest {
        self.signed(fixture("forged-sender"))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        None
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        vec![(fixture("out-of-office"), Automatic::AutoReply), (fixture("newsletter"), Automatic::Bulk)]
    }
}

#[async_trait]
impl SendHarness for Account {
    fn message(&self) -> Outbound {
        outbound()
    }

    fn asks_for_the_message(&self) -> bool {
        true
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        let behaviour = match fault {
            Fault::RateWithHint | Fault::Window | Fault::Gateway | Fault::CutAnswer | Fault::CutRefusal => {
                return false;
            }
            Fault::Rate => Behaviour::AnswerSignIn("432 4.3.2 too many connections"),
            Fault::Unavailable => Behaviour::AnswerRecipient("421 4.3.0 not available"),
            Fault::Credential => Behaviour::AnswerSignIn("535 5.7.8 bad credentials"),
            Fault::ResetBeforeBody => Behaviour::ResetBeforeBody,
            Fault::HangBeforeBody => Behaviour::HangAtOnce,
            Fault::ResetAfterBody => Behaviour::TakeAndReset,
            Fault::LoseAfterBody => Behaviour::ForgetAndReset,
            Fault::HangAfterBody => Behaviour::TakeAndHang,
            Fault::SlowAnswer => Behaviour::Slow(Duration::from_millis(50)),
            Fault::Policy => {
                Behaviour::AnswerMail("554 5.7.1 spam from <support@shop.example> to <ann@customer.example>")
            }
            Fault::Recipient => Behaviour::AnswerRecipient("550 5.1.1 <ann@customer.example> no such user"),
            Fault::Content => Behaviour::AnswerMail("552 5.3.4 too large"),
        };
        self.smtp.misbehave([behaviour]);
        true
    }

    async fn taken(&self) -> usize {
        self.smtp.count()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let mail = channel_email::parse(&self.smtp.last_taken()?.mail);
        let files = mail.attachments.into_iter().map(|file| file.content).collect();
        Some(Taken { id: mail.message_id, subject: mail.subject, text: mail.text, files })
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let action = match state {
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
            _ => return None,
        };
        let known = "00000000-0000-0000-0000-000000000001.00000000-0000-0000-0000-000000000002@shop.example";
        let bounce = String::from_utf8(fixture("bounce-failed").to_vec()).unwrap();
        let bounce = bounce.replace(known, id).replace("Action: failed", &format!("Action: {action}"));
        Some(item(bounce.into(), RawOrigin::Inbox))
    }

    /// Servers report an arrival as they like.
    fn tells_now_and_then(&self, state: DeliveryState) -> bool {
        state == DeliveryState::Delivered
    }

    async fn echoes(&self) -> Vec<RawItem> {
        let mail = Bytes::from(self.smtp.last_taken().unwrap().mail);
        [RawOrigin::Sent, RawOrigin::Inbox, RawOrigin::Junk, RawOrigin::Webhook]
            .map(|origin| item(mail.clone(), origin))
            .into()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let sound = &self.settings;
        let old = Auth::Xoauth2 { token: Secret::new("ya29.old") };
        let away = EmailSettings { imap: Some(server(closed)), ..sound.clone() };
        let refused = EmailSettings { imap: Some(Server { auth: old, ..server(self.imap.port) }), ..sound.clone() };
        let folders = Folders { inbox: "Gone".to_owned(), ..Folders::default() };
        let no_folder = EmailSettings { folders, ..sound.clone() };
        self.smtp.misbehave([Behaviour::AnswerSignIn("535 5.7.8 bad credentials")]);
        vec![
            Self::broken("nothing answers where mail is fetched", FailureClass::Temporary, away),
            Self::broken("the sign-in to fetch is refused", FailureClass::Auth, refused),
            Self::broken("the folder is gone", FailureClass::Temporary, no_folder),
            Self::broken("the sign-in to send is refused", FailureClass::Auth, sound.clone()),
        ]
    }
}

#[async_trait]
impl GrantHarness for Account {
    async fn provider(&self, does: Provider) {
        let granted = |token: &str, seconds: u64, refresh: &str| {
            let body = json!({ "access_token": token, "expires_in": seconds, "refresh_token": refresh });
            ResponseTemplate::new(200).set_body_json(body)
        };
        let fresh = granted(TOKEN, 3_600, "refresh-secret");
        let answer = match does {
            Provider::Grants => fresh,
            Provider::GrantsBriefly => granted(TOKEN, 1, "refresh-secret"),
            Provider::GrantsInVain => granted("ya29.stale", 3_600, "refresh-secret"),
            Provider::Replaces => granted(TOKEN, 3_600, "refresh-secret-2"),
            Provider::Refuses => ResponseTemplate::new(400)
                .set_body_json(json!({ "error": "invalid_grant", "error_description": "refresh-secret is over" })),
            Provider::Limits(wait) => {
                ResponseTemplate::new(429).insert_header("retry-after", wait.as_secs().to_string())
            }
            Provider::Fails => ResponseTemplate::new(503),
            Provider::Garbles => ResponseTemplate::new(200).set_body_string("<html>"),
            Provider::Hangs => fresh.set_delay(Duration::from_secs(self.settings.timeout_seconds * 2)),
        };
        self.provider.reset().await;
        Mock::given(method("POST")).respond_with(answer).mount(&self.provider).await;
    }

    async fn renewals(&self) -> usize {
        self.provider.received_requests().await.unwrap_or_default().len()
    }
}

#[async_trait]
impl PollHarness for Account {
    async fn put(&self) {
        self.imap.put();
    }

    fn cut_after(&self, steps: Option<usize>) {
        self.imap.cut_after(steps);
    }

    fn was_cut(&self) -> bool {
        self.imap.was_cut()
    }

    async fn renumber(&self) -> bool {
        self.imap.renumber();
        true
    }
}
