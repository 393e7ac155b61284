//! A seller's account between doubles of its mail servers and of Amazon, as the conformance tests need it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_amazon::AmazonChannel;
use channel_amazon::rate::Plan;
use channel_amazon::settings::AmazonSettings;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::FailureClass;
use channel_contract::inbound::{Automatic, RawItem, RawOrigin};
use channel_contract::outbound::{DeliveryState, FilledTemplate, Outbound};
use channel_contract::secret::Secret;
use channel_contract::testkit::{
    Broken, Fault, GrantHarness, Harness, Lack, Odd, Part, PollHarness, Provider, SendHarness, Taken, WebhookHarness,
};
use channel_email::EmailSettings;
use channel_email::settings::{Auth, Folders, Server};
use platform_doubles::amazon::mails::{self, BuyerMail, Form, NoticeMail};
use platform_doubles::amazon::notifications::{OrderChange, event, notification};
use platform_doubles::amazon::{Amazon, Order, SignIn};
use platform_doubles::{Double, Fault as HttpFault, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::imap_double::ImapDouble;
use crate::smtp_double::{Behaviour, SmtpDouble};
use crate::{BUYER, ORDER, answer, channel, item, request, server, settings, spapi};

/// What Amazon has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack {
        part: Part::Handshake,
        why: "neither who forwards mail nor an event bus asks anything before the first one",
    },
    Lack {
        part: Part::SignedTime,
        why: "mails and notifications come with the secret of the channel and no signed time",
    },
    Lack {
        part: Part::SignedBody,
        why: "mails and notifications come with the secret of the channel, and TLS guards the rest",
    },
    Lack {
        part: Part::SecondSecret,
        why: "the desk never renews the secret of a channel: a new channel has a new one",
    },
    Lack { part: Part::Entries, why: "one request is one mail or one notification" },
    Lack { part: Part::Fault(Fault::RateWithHint), why: "SMTP has no field for the time to come back" },
    Lack {
        part: Part::Fault(Fault::Gateway),
        why: "nothing stands between the desk and the server that takes the mail",
    },
    Lack { part: Part::Fault(Fault::CutAnswer), why: "an answer of SMTP is a line, and half of one is none" },
    Lack { part: Part::Fault(Fault::CutRefusal), why: "an answer of SMTP is a line, and half of one is none" },
    Lack {
        part: Part::Fault(Fault::Window),
        why: "a buyer may be answered at any time, and Amazon only counts the hours",
    },
    Lack { part: Part::FilesElsewhere, why: "files come inside the mail" },
    Lack { part: Part::OwnIds, why: "a mask is the buyer's with this seller, in whichever mailbox its mail arrives" },
    Lack { part: Part::Quota, why: "Amazon tells how often calls may be made, and nowhere how many messages are left" },
];

pub(crate) struct Account {
    smtp: SmtpDouble,
    imap: ImapDouble,
    amazon: Double<Amazon>,
    settings: AmazonSettings,
    channel: AmazonChannel,
}

impl Account {
    /// An account that answers buyers.
    pub(crate) async fn start(timeout_seconds: u64) -> Self {
        let (smtp, imap) = (SmtpDouble::start().await, ImapDouble::start(0, 0).await);
        let amazon = Double::start(Amazon::default()).await.unwrap();
        let mail = EmailSettings {
            imap: Some(server(imap.port)),
            smtp: Some(server(smtp.port())),
            timeout_seconds,
            ..settings().mail
        };
        // The texts of the checklist are measured with little pictures.
        let settings = AmazonSettings { mail, allow_emoji: true, ..settings() };
        // As servers do that file a copy of what they take.
        let folder = imap.clone();
        smtp.deliver_onward(move |taken| folder.file_copy(taken.mail.clone()));
        let channel = channel(settings.clone(), Duration::from_secs(timeout_seconds));
        Self { smtp, imap, amazon, settings, channel }
    }

    /// One that may use the Selling Partner API, too.
    pub(crate) async fn with_api(timeout_seconds: u64) -> Self {
        let account = Self::start(timeout_seconds).await;
        let mut spapi = spapi(&account.amazon.url());
        for operation in ["notifications", "messaging_actions", "messaging_attributes", "messaging_send"] {
            spapi.rates.insert(operation.to_owned(), Plan { every_millis: 10, burst: 1_000 });
        }
        account.amazon.platform.put_order(Order {
            number: ORDER.to_owned(),
            marketplace: "A1PA6795UKMFR9".to_owned(),
            locale: "de-DE".to_owned(),
            actions: ["unexpectedProblem".to_owned()].into(),
        });
        let settings = AmazonSettings { spapi: Some(spapi), ..account.settings.clone() };
        Self { channel: channel(settings.clone(), Duration::from_secs(timeout_seconds)), settings, ..account }
    }

    pub(crate) fn settings(&self) -> &AmazonSettings {
        &self.settings
    }

    fn broken(what: &'static str, class: FailureClass, mail: EmailSettings) -> Broken {
        let settings = AmazonSettings { mail, ..settings() };
        Broken { what, channel: Box::new(channel(settings, Duration::from_secs(1))), class }
    }
}

fn files(name: &str, content: &str) -> Bytes {
    let mail = format!(
        "From: Mara <{BUYER}>\nMessage-ID: <{name}@amazonses.example>\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\
         Content-Type: text/html\n\n<pre>Look</pre>\n--x\nContent-Type: image/png\n\
         Content-Disposition: attachment; filename=a.png\n\n{content}--x--\n"
    );
    Bytes::from(mail)
}

impl Harness for Account {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        let patience = Duration::from_secs(self.settings.mail.timeout_seconds);
        Box::new(channel(self.settings.clone(), patience))
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Account {
    fn bodies(&self) -> Vec<Bytes> {
        let buyer = |id: &str, form| {
            mails::buyer(&BuyerMail { id: format!("{id}@amazonses.example"), form, ..BuyerMail::default() })
        };
        let notice = |id: &str, subject: &str| {
            let subject = format!("{subject} ({ORDER})");
            mails::notice(&NoticeMail { id: format!("{id}@amazon.example"), subject, ..NoticeMail::default() })
        };
        let change = |id: &str| OrderChange { id: id.to_owned(), ..OrderChange::default() };
        vec![
            buyer("page", Form::Page),
            buyer("rulers", Form::Rulers),
            buyer("other", Form::Other),
            files("files", "\u{89}PNG\n"),
            mails::copy(BUYER, ""),
            mails::undelivered(BUYER, ""),
            notice("return", "Rücksendeantrag"),
            notice("claim", "A-to-z claim"),
            notice("news", "Seller news"),
            notice("what", "Whatever it is"),
            event(&change("bus")).to_string().into(),
            notification(&change("bare")).to_string().into(),
        ]
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
        let mut body = notification(&OrderChange::default());
        match odd {
            Odd::Type => body["NotificationType"] = json!("MOOD_CHANGE"),
            Odd::Word => body["Payload"]["OrderChangeNotification"]["OrderChangeType"] = json!("Daydream"),
            Odd::Field => body["Payload"]["Mood"] = json!({ "of": ["the day"] }),
            Odd::Null => body["Payload"] = Value::Null,
        }
        Some(body.to_string().into())
    }

    fn rich(&self) -> Bytes {
        mails::buyer(&BuyerMail::default())
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        Some(files("empty", ""))
    }

    fn claimed(&self) -> WebhookRequest {
        self.signed(mails::buyer(&BuyerMail { results: String::new(), ..BuyerMail::default() }))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(mails::buyer(&BuyerMail::default())))
    }

    fn forged(&self) -> WebhookRequest {
        let results = "Authentication-Results: mx.shop.example; dkim=none; dmarc=fail header.from=amazon.de".to_owned();
        self.signed(mails::buyer(&BuyerMail { results, ..BuyerMail::default() }))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        None
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        let away = "From: Bo <bo@customer.example>\nAuto-Submitted: auto-replied\nSubject: Away\n\nI am away.\n";
        vec![
            (mails::notice(&NoticeMail::default()), Automatic::Bulk),
            (mails::undelivered(BUYER, ""), Automatic::AutoReply),
            (Bytes::from_static(away.as_bytes()), Automatic::AutoReply),
        ]
    }
}

#[async_trait]
impl SendHarness for Account {
    fn message(&self) -> Outbound {
        let message = answer();
        // With the API it is about access to that.
        let template = self.settings.spapi.as_ref().map(|_| FilledTemplate {
            name: "unexpectedProblem".to_owned(),
            language: "de".to_owned(),
            places: vec!["order".to_owned(), "text".to_owned()],
            values: vec![ORDER.to_owned(), message.text.clone()],
        });
        Outbound { template, ..message }
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
                Behaviour::AnswerMail("554 5.7.1 <help@shop.example> may not write to <k3x9vq2@marketplace.amazon.de>")
            }
            Fault::Recipient => Behaviour::AnswerRecipient("550 5.1.1 <k3x9vq2@marketplace.amazon.de> no such buyer"),
            Fault::Content => Behaviour::AnswerMail("552 5.3.4 too large"),
        };
        self.smtp.misbehave([behaviour]);
        true
    }

    async fn taken(&self) -> usize {
        self.smtp.count() + self.amazon.platform.said().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let mail = channel_email::parse(&self.smtp.last_taken()?.mail);
        let files = mail.attachments.into_iter().map(|file| file.content).collect();
        Some(Taken { id: mail.message_id, subject: mail.subject, text: mail.text, files })
    }

    /// Amazon names only ids that it was given; a mail server on the way names any.
    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        if state != DeliveryState::Failed {
            return None;
        }
        if id.ends_with("@shop.example") {
            return Some(item(mails::undelivered(BUYER, id), RawOrigin::Inbox));
        }
        let bounce = format!(
            "From: MAILER-DAEMON@mx.shop.example\nMessage-ID: <dsn-{id}>\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\n\nIt came back.\n--r\n\
             Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.shop.example\n\n\
             Final-Recipient: rfc822; {BUYER}\nAction: failed\nStatus: 5.7.1\n\n--r\n\
             Content-Type: text/rfc822-headers\n\nMessage-ID: <{id}>\n\n--r--\n"
        );
        Some(item(bounce.into(), RawOrigin::Inbox))
    }

    async fn echoes(&self) -> Vec<RawItem> {
        let Some(taken) = self.smtp.last_taken() else { return Vec::new() };
        let mail = Bytes::from(taken.mail);
        [RawOrigin::Sent, RawOrigin::Inbox, RawOrigin::Junk, RawOrigin::Webhook]
            .map(|origin| item(mail.clone(), origin))
            .into()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let sound = &self.settings.mail;
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
        self.amazon.behave();
        let sign_in = match does {
            Provider::GrantsBriefly => SignIn::GrantsBriefly,
            Provider::GrantsInVain => SignIn::GrantsInVain,
            Provider::Replaces => SignIn::Replaces,
            Provider::Refuses => SignIn::Refuses,
            _ => SignIn::Grants,
        };
        self.amazon.platform.sign_in(sign_in);
        let fault = match does {
            Provider::Limits(wait) => {
                HttpFault::Answer(Response::status(429).with("retry-after", &wait.as_secs().to_string()))
            }
            Provider::Fails => HttpFault::Answer(Response::status(503)),
            Provider::Garbles => HttpFault::Answer(Response { body: "<html>".into(), ..Response::status(200) }),
            Provider::Hangs => HttpFault::HangBeforeBody,
            _ => return,
        };
        self.amazon.misbehave("POST", "/auth/o2/token", fault, usize::MAX);
    }

    async fn renewals(&self) -> usize {
        self.amazon.platform.renewals()
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
