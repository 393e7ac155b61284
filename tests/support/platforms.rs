//! The doubles of all platforms, channels of a desk that are connected to them, and customers who write there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use channel_contract::guide::{Guide, at, put, take_out};
use platform_doubles::amazon::mails::{self, BuyerMail};
use platform_doubles::ebay::Ebay;
use platform_doubles::meta::Meta;
use platform_doubles::mirakl::Who;
use platform_doubles::telegram::Person;
use platform_doubles::together::Together;
use platform_doubles::whatsapp::Customer;
use platform_doubles::{Delivery, Fault, Response};
use resolute::app::Desk;
use resolute::channels::{guides, webhook_address};
use resolute::credentials::new_token;
use resolute::model::{BrandId, ChannelId};
use resolute::store::channels::{self, NewChannel};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::form_urlencoded;
use uuid::Uuid;

use super::smtp::{Plan, SmtpDouble};
use super::stores::write;

/// All of them, as their doubles are called, in the order of the table in `docs/CHANNELS.md`.
pub(crate) const ALL: [&str; 10] =
    ["whatsapp", "messenger", "instagram", "telegram", "line", "sms", READ_ALONE, "ebay", "mirakl", "amazon"];
/// Where no reply leaves.
pub(crate) const READ_ALONE: &str = "messagebird";
/// How long a platform that takes no more calls asks to be left alone, in seconds.
pub(crate) const ASKED_TO_WAIT: u64 = 50;
/// How long a slow answer takes.
const SLOW: Duration = Duration::from_millis(300);
/// The address that Amazon has approved.
const SENDER: &str = "amazon@fjord.example";

/// What goes wrong with a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// 429, with the time to come back.
    Limited,
    /// 503.
    Busy,
    /// The platform takes it, and a gateway before it answers 502.
    Gateway,
    /// The platform takes it, and the connection breaks before its answer.
    CutAnswer,
    /// The connection breaks behind the reply, which the platform never gets.
    Lost,
    /// The connection breaks before the platform has read the reply; of a mail server before it asks for it.
    CutBefore,
    /// Nothing comes, and the reply is not read.
    Silent,
    /// The answer takes its time; of a mail server longer than anybody waits.
    Slow,
}

impl Trouble {
    pub(crate) const ALL: [Self; 8] = [
        Self::Limited,
        Self::Busy,
        Self::Gateway,
        Self::CutAnswer,
        Self::Lost,
        Self::CutBefore,
        Self::Silent,
        Self::Slow,
    ];

    fn over_http(self) -> Fault {
        match self {
            Self::Limited => {
                let refusal = Response::json(429, &json!({}));
                Fault::Answer(refusal.with("retry-after", &ASKED_TO_WAIT.to_string()))
            }
            Self::Busy => Fault::Answer(Response::status(503)),
            Self::Gateway => Fault::AnswerAfterBody(Response::status(502)),
            Self::CutAnswer => Fault::ResetAfterBody,
            Self::Lost => Fault::LoseAfterBody,
            Self::CutBefore => Fault::ResetBeforeBody,
            Self::Silent => Fault::HangBeforeBody,
            Self::Slow => Fault::Slow(SLOW),
        }
    }

    /// The same of a mail server, as far as it has it.
    fn of_mail(self) -> Option<Plan> {
        match self {
            Self::Busy => Some(Plan::Greylisted),
            Self::CutAnswer => Some(Plan::TakenAndReset),
            Self::Lost => Some(Plan::LostAndReset),
            Self::CutBefore => Some(Plan::Reset),
            Self::Silent | Self::Slow => Some(Plan::Hangs),
            Self::Limited | Self::Gateway => None,
        }
    }
}

/// A channel of a desk that is connected to a double.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The double.
    pub(crate) name: &'static str,
    pub(crate) channel: ChannelId,
    pub(crate) guide: &'static Guide,
    /// Where the platform pushes to, on the desk.
    pub(crate) path: String,
    /// The same with the desk's address, which some platforms sign.
    hook: String,
    /// What mails are posted with.
    secret: String,
}

impl Line {
    /// Whether the desk fetches what customers write.
    pub(crate) fn is_polled(&self) -> bool {
        Together::is_polled(self.name)
    }
}

/// What a customer wrote.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Under which the desk keeps it.
    pub(crate) id: String,
    /// How the platform brings it; `None` where the desk fetches it.
    pub(crate) delivery: Option<Delivery>,
}

/// How a platform tells what became of a reply.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// By a push to this path.
    Pushed(String, Delivery),
    /// It shows it where the desk looks.
    Shown,
    /// Not at all.
    Nothing,
}

/// The doubles.
pub(crate) struct Platforms {
    pub(crate) together: Together,
    /// Takes the mails for Amazon's relay.
    pub(crate) smtp: SmtpDouble,
    count: AtomicU64,
    /// Who has WhatsApp by now.
    joined: Mutex<BTreeSet<u32>>,
    /// The threads on the marketplace, by customer.
    threads: Mutex<BTreeMap<u32, String>>,
}

impl Platforms {
    /// Starts all of them; their clocks show this.
    pub(crate) async fn start(now: OffsetDateTime) -> Self {
        let together = Together::start(&BTreeMap::new(), now).await.expect("loopback has free ports");
        assert!(together.let_in("amazon", true));
        Self {
            together,
            smtp: SmtpDouble::start().await,
            count: AtomicU64::new(0),
            joined: Mutex::default(),
            threads: Mutex::default(),
        }
    }

    /// Connects a channel to a double, with its settings as its page would store them.
    pub(crate) async fn connect(&self, desk: &Desk, brand: BrandId, name: &'static str) -> Line {
        self.connect_with(desk, brand, name, self.settings(name)).await
    }

    /// Connects a seller on Amazon who has given access to the orders and to a queue of their news too.
    pub(crate) async fn connect_seller(&self, desk: &Desk, brand: BrandId) -> Line {
        let mut settings = self.settings("amazon");
        settings["spapi"] = self.together.listing()["amazon"]["settings"]["spapi"].clone();
        self.connect_with(desk, brand, "amazon", settings).await
    }

    async fn connect_with(&self, desk: &Desk, brand: BrandId, name: &'static str, mut settings: Value) -> Line {
        let word = if name == "sms" { "twilio" } else { name };
        let guide = guides().find(|guide| guide.word == word).expect("a guide");
        let mut secrets = json!({});
        let of_webhook = guide.webhook.iter().map(|webhook| webhook.word).filter(|path| !path.is_empty());
        let sealed = guide.settings().filter(|setting| setting.sort.is_secret()).map(|setting| setting.path);
        for path in sealed.chain(of_webhook) {
            if let Some(secret) = at(&settings, path).cloned() {
                put(&mut secrets, path, secret);
                take_out(&mut settings, path);
            }
        }
        let (id, secret): (ChannelId, String) = (desk.clock.new_id(), new_token());
        let origin = desk.config.public_address();
        let hook = webhook_address(&origin, guide.kind, id);
        let new = NewChannel {
            id,
            brand_id: brand,
            kind: guide.kind.as_str().to_owned(),
            name: guide.name.to_owned(),
            address: guide.address_in(&settings),
            secrets: desk.connections.seal(id, &secrets).expect("the secrets are sealed"),
            settings,
            webhook_secret: secret.clone(),
            created_at: desk.clock.now(),
        };
        write(&desk.db, async |tx| channels::insert(tx, &new).await).await;
        match name {
            "sms" => self.together.twilio().set_hook(&hook),
            "telegram" => self.together.telegram().set_webhook(&hook),
            "line" => self.together.line().set_webhook(&hook),
            _ => {}
        }
        let path = hook.strip_prefix(&origin).expect("an address of the desk").to_owned();
        Line { name, channel: id, guide, path, hook, secret }
    }

    /// The settings of a channel that is connected to a double, secrets included.
    fn settings(&self, name: &str) -> Value {
        let mut settings = self.together.listing()[name]["settings"].clone();
        match name {
            "telegram" => put(&mut settings, "bot", json!("@fjord_bot")),
            "mirakl" => put(&mut settings, "threads_every_seconds", json!(1)),
            "ebay" => {
                let known = |id: &str| json!({ "key": Ebay::public_key_text(id), "digest": "SHA1" });
                let keys = Ebay::key_ids().into_iter().map(|id| (id.to_owned(), known(id)));
                put(&mut settings, "notifications.public_keys", Value::Object(keys.collect()));
                put(&mut settings, "marketplace", json!("EBAY_DE"));
                put(&mut settings, "second_look_seconds", json!(0));
            }
            // Access to the mailbox is had where access to Amazon is.
            "amazon" => {
                let api = &settings["spapi"];
                settings = json!({
                    "address": SENDER,
                    "authserv_id": "mx.shop.example",
                    "timeout_seconds": 1,
                    "smtp": {
                        "host": "127.0.0.1", "port": self.smtp.port, "tls": "plain", "user": SENDER,
                        "auth": { "kind": "xoauth2" },
                    },
                    "oauth": {
                        "token_url": api["token_url"], "client_id": api["client_id"],
                        "client_secret": api["client_secret"], "refresh_token": api["refresh_token"],
                    },
                });
            }
            _ => {}
        }
        settings
    }

    fn meta(&self, name: &str) -> &Meta {
        if name == "messenger" { self.together.messenger() } else { self.together.instagram() }
    }

    /// A customer writes: each has a number of the test's own, and one conversation.
    pub(crate) fn says(&self, line: &Line, person: u32, text: &str) -> Said {
        self.says_about(line, person, None, text)
    }

    /// The same about an order, where mails name it.
    pub(crate) fn says_about(&self, line: &Line, person: u32, order: Option<&str>, text: &str) -> Said {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let all = &self.together;
        let name = format!("Customer {person}");
        let (id, delivery) = match line.name {
            "whatsapp" => {
                let user_id = format!("DE.{}", 10_000 + person);
                let customer = Customer { phone: format!("49151{person:08}"), user_id, name, shows_phone: true };
                if self.joined.lock().unwrap().insert(person) {
                    all.whatsapp().join(customer.clone());
                }
                let id = format!("wamid.K{number}");
                let content = json!({ "type": "text", "text": { "body": text } });
                let said = all.whatsapp().said(&customer, &id, &content);
                (id, all.whatsapp().signed(all.whatsapp().envelope(&[said])))
            }
            "messenger" | "instagram" => {
                let (platform, customer) = (self.meta(line.name), format!("9{person:06}"));
                let id = format!("m_{}-{number}", line.name);
                let said = platform.says(&customer, &id, text);
                (id, platform.delivery(&platform.request(&[said])))
            }
            "telegram" => {
                let from = Person { id: 7_000 + i64::from(person), first_name: name, last_name: String::new() };
                let delivery = all.telegram().message(&from, &json!({ "text": text }));
                let update: Value = serde_json::from_slice(&delivery.body).expect("an update");
                (format!("{}:{}", from.id, update["message"]["message_id"]), delivery)
            }
            "line" => {
                let said = all.line().said(&format!("U{person:032}"), &json!({ "type": "text", "text": text }));
                let id = said["message"]["id"].as_str().expect("an id").to_owned();
                (id, all.line().delivery(&[said]))
            }
            "sms" => {
                let delivery = all.twilio().message(&format!("+49152{person:08}"), text, &[]);
                let mut fields = form_urlencoded::parse(&delivery.body);
                let (_, id) = fields.find(|(field, _)| field == "MessageSid").expect("an id");
                (id.into_owned(), delivery)
            }
            READ_ALONE => {
                let from = format!("+49153{person:08}");
                all.messagebird().message(&from, text, &line.hook, time::Duration::ZERO)
            }
            "amazon" => {
                let id = format!("r{number}@eu-west-1.amazonses.example");
                let case = Uuid::from_u128(0x0f8f_ad5b_0000_4000_8000_0000_0000_0000 + u128::from(person));
                let mail = BuyerMail {
                    id: id.clone(),
                    alias: format!("buyer{person}"),
                    case: Some(case.to_string()),
                    name,
                    ending: "co.uk".to_owned(),
                    order: order.map(str::to_owned),
                    words: text.to_owned(),
                    token: None,
                    results: mails::proved("co.uk"),
                    date: all.messenger().now().format(&Rfc2822).expect("a moment of our time"),
                    ..BuyerMail::default()
                };
                (id, handed_on(line, mails::buyer(&mail)))
            }
            "ebay" => {
                let id = all.ebay().write(&format!("buyer_{person}"), &format!("11{person:010}"), text);
                return Said { id, delivery: None };
            }
            "mirakl" => {
                let mut threads = self.threads.lock().unwrap();
                let thread = threads.entry(person).or_insert_with(|| {
                    let (order, customer) = (format!("FJ-{person}-A"), format!("c-{person}"));
                    all.mirakl().open(&order, (customer.as_str(), name.as_str()))
                });
                let id = all.mirakl().says(thread.as_str(), Who::Customer, text, &[]);
                return Said { id, delivery: None };
            }
            other => panic!("no platform {other}"),
        };
        Said { id, delivery: Some(delivery) }
    }

    /// The thread of a customer on the marketplace, who has written there.
    pub(crate) fn thread_of(&self, person: u32) -> String {
        self.threads.lock().unwrap()[&person].clone()
    }

    /// The texts that a platform took, oldest first.
    pub(crate) fn sent(&self, line: &Line) -> Vec<String> {
        let all = &self.together;
        match line.name {
            "whatsapp" => {
                let text = |body: &Value| body["text"]["body"].as_str().unwrap_or_default().to_owned();
                all.whatsapp().sent().iter().map(|sent| text(&sent.body)).collect()
            }
            "messenger" | "instagram" => self.meta(line.name).sent().into_iter().map(|sent| sent.text).collect(),
            "telegram" => all.telegram().sent().into_iter().map(|sent| sent.text).collect(),
            "line" => all.line().sent().into_iter().map(|sent| sent.text).collect(),
            "sms" => all.twilio().sent().into_iter().map(|sent| sent.text).collect(),
            "ebay" => all.ebay().sent().into_iter().map(|sent| sent.text).collect(),
            "mirakl" => all.mirakl().taken().into_iter().map(|taken| taken.text).collect(),
            "amazon" => {
                let text = |raw: &str| channel_email::parse(raw.as_bytes()).text;
                self.smtp.taken().iter().map(|mail| text(&mail.raw)).collect()
            }
            READ_ALONE => Vec::new(),
            other => panic!("no platform {other}"),
        }
    }

    /// What a platform tells of the reply at this place of [`Self::sent`]: `sent` as soon as it has it, `delivered`, `read`.
    pub(crate) fn tells(&self, line: &Line, place: usize, word: &str) -> Told {
        let all = &self.together;
        let pushed = |delivery: Delivery| Told::Pushed(line.path.clone(), delivery);
        match (line.name, word) {
            ("whatsapp", _) => {
                let id = all.whatsapp().sent()[place].id.clone();
                let fate = all.whatsapp().fate(&id, word, None);
                pushed(all.whatsapp().signed(all.whatsapp().envelope(&[fate])))
            }
            ("messenger" | "instagram", _) => {
                let platform = self.meta(line.name);
                let sent = platform.sent()[place].clone();
                let news = match word {
                    "sent" => Some(platform.echo(&sent)),
                    "delivered" => platform.delivered(&sent.to, &sent.mid),
                    _ => Some(platform.read(&sent.to, &sent.mid)),
                };
                news.map_or(Told::Nothing, |news| pushed(platform.delivery(&platform.request(&[news]))))
            }
            ("sms", "sent" | "delivered") => {
                let sid = all.twilio().sent()[place].sid.clone();
                let (url, delivery) = all.twilio().status(&sid, word, None);
                // The address of the reply's own, on the same desk.
                let origin = line.hook.strip_suffix(line.path.as_str()).expect("the desk's address");
                Told::Pushed(url.strip_prefix(origin).expect("an address of the desk").to_owned(), delivery)
            }
            ("ebay", "read") => {
                let id = all.ebay().sent()[place].id.clone();
                all.ebay().read_by_buyer(&id);
                Told::Shown
            }
            ("amazon", "sent") => {
                let mail = self.smtp.taken()[place].clone();
                let id = mail.header("Message-ID");
                pushed(handed_on(line, mails::copy(&mail.to[0], id.trim_matches(['<', '>']))))
            }
            _ => Told::Nothing,
        }
    }

    /// Misbehaves with the next reply; `false` where the platform has no such trouble. LINE has two calls for them: here the
    /// one that always counts.
    pub(crate) fn misbehave(&self, line: &Line, trouble: Trouble) -> bool {
        let path = match line.name {
            "whatsapp" | "messenger" | "instagram" => "/messages",
            "telegram" => "/sendMessage",
            "line" => "/message/push",
            "sms" => "/Messages.json",
            "ebay" => "/send_message",
            "mirakl" => "/message",
            READ_ALONE => return false,
            _ => {
                let plan = trouble.of_mail();
                self.smtp.plan(plan.as_slice());
                return plan.is_some();
            }
        };
        self.together.misbehave(line.name, "POST", path, trouble.over_http(), 1)
    }

    /// Sets their clocks; that of the marketplace only goes on.
    pub(crate) fn set_time(&self, now: OffsetDateTime) {
        self.together.set_time(now);
    }
}

/// A mail as the seller’s mailbox hands it on.
pub(crate) fn handed_on(line: &Line, body: bytes::Bytes) -> Delivery {
    let headers = [("content-type", "message/rfc822"), ("x-resolute-secret", line.secret.as_str())];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Delivery { headers, body }
}
