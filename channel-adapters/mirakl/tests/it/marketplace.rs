//! A shop on a double of a marketplace, as the conformance tests need it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::{Fetched, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Outside, Web};
use channel_contract::inbound::{Automatic, RawItem};
use channel_contract::outbound::{Author, DeliveryState, Outbound};
use channel_contract::testkit::{
    Broken, Fault, Harness, Lack, MediaFault, MediaHarness, Odd, Part, PollHarness, SendHarness, Taken, WebhookHarness,
};
use channel_mirakl::settings::Secret;
use channel_mirakl::{MiraklChannel, MiraklSettings, items};
use platform_doubles::mirakl::{Mirakl, Who};
use platform_doubles::{Double, Fault as Wire, Response};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use uuid::Uuid;

pub(crate) const KEY: &str = "shop-key-of-fjord";
/// The customer of all threads.
pub(crate) const ANN: (&str, &str) = ("c-17", "Ann Berg");
/// How much later another process looks.
const LATER: Duration = Duration::from_secs(301);

/// What marketplaces on Mirakl have none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::Push, why: "a marketplace pushes nothing and is polled" },
    Lack { part: Part::Handshake, why: "nothing is pushed, so nobody asks first" },
    Lack { part: Part::RawBytes, why: "a page holds threads, and each message is stored beside what its thread says" },
    Lack { part: Part::News, why: "neither arrival nor reading is told" },
    Lack {
        part: Part::Echo,
        why: "what the desk sent is shown like all that the shop writes, and known by the id of its receipt",
    },
    Lack { part: Part::Grant, why: "a key counts until a person makes a new one" },
    Lack {
        part: Part::Repetition,
        why: "no key of a command is known there, so its thread is read before it is repeated",
    },
    Lack { part: Part::Fault(Fault::Window), why: "a thread may be answered at any time" },
    Lack { part: Part::Fault(Fault::Policy), why: "operators mask contact data, and the desk refuses it before" },
    Lack { part: Part::FilesInside, why: "files lie at the marketplace and are fetched" },
    Lack { part: Part::Media(MediaFault::Altered), why: "of a file only its name and a size without a unit are told" },
    Lack { part: Part::Renumbering, why: "the id of a message is its own for ever" },
    Lack { part: Part::Automatic, why: "no message says that a machine wrote it" },
    Lack { part: Part::Quota, why: "nothing says how many calls are left" },
];

pub(crate) fn start_of_time() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_000_000).unwrap()
}

pub(crate) struct Marketplace {
    pub(crate) double: Double<Mirakl>,
    pub(crate) settings: MiraklSettings,
    http: reqwest::Client,
    channel: MiraklChannel,
    /// How many calls there were when the line was set to be cut, and after how many more that is.
    cut: Mutex<Option<(usize, usize)>>,
    /// The threads that are written to in turn.
    turns: Mutex<(Vec<String>, usize)>,
    orders: AtomicUsize,
}

impl Marketplace {
    /// A marketplace that may take so long for a call.
    pub(crate) async fn start(patience: Duration) -> Self {
        Self::with(patience, MiraklSettings::default()).await
    }

    /// The same with settings of its own.
    pub(crate) async fn with(patience: Duration, settings: MiraklSettings) -> Self {
        // The second test to come here finds the provider installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let double = Double::start(Mirakl::new(KEY, start_of_time())).await.unwrap();
        let settings = MiraklSettings {
            api_url: double.url(),
            api_key: Secret::new(KEY),
            operator: "market".to_owned(),
            threads_a_page: 2,
            ..settings
        };
        let http = reqwest::Client::builder().timeout(patience).redirect(Policy::none()).no_proxy().build().unwrap();
        let channel = build(&double, &settings, &http);
        Self {
            double,
            settings,
            http,
            channel,
            cut: Mutex::default(),
            turns: Mutex::default(),
            orders: AtomicUsize::new(1),
        }
    }

    pub(crate) fn platform(&self) -> &Mirakl {
        &self.double.platform
    }

    pub(crate) fn mirakl(&self) -> &MiraklChannel {
        &self.channel
    }

    /// The shop with other settings.
    pub(crate) fn set_up(&self, settings: &MiraklSettings) -> MiraklChannel {
        build(&self.double, settings, &self.http)
    }

    /// An answer to what was asked in a thread.
    pub(crate) fn answer_in(&self, thread: &str, asked: &str) -> Outbound {
        Outbound {
            command_id: Uuid::from_u128(20),
            conversation_id: Uuid::from_u128(21),
            to: vec!["market/customer/c-17".to_owned()],
            to_name: ANN.1.to_owned(),
            from_name: "Fjord".to_owned(),
            text: "It left on Saturday.".to_owned(),
            in_reply_to: Some(asked.to_owned()).filter(|id| !id.is_empty()),
            thread_id: Some(thread.to_owned()),
            last_inbound_at: Some(self.platform().now()),
            now: self.platform().now(),
            author: Author::Agent,
            ..Outbound::empty()
        }
    }

    fn broken(&self, what: &'static str, class: FailureClass, settings: &MiraklSettings) -> Broken {
        Broken { what, channel: Box::new(self.set_up(settings)), class }
    }
}

/// Files lie at the marketplace itself.
struct NoWeb;

#[async_trait]
impl Web for NoWeb {
    async fn fetch(&self, _: &str, _: Option<&str>, _: u64) -> Result<Fetched, ChannelFailure> {
        Err(ChannelFailure::temporary("Nothing is fetched from elsewhere."))
    }
}

fn build(double: &Double<Mirakl>, settings: &MiraklSettings, http: &reqwest::Client) -> MiraklChannel {
    let platform = double.platform.clone();
    let clock = Arc::new(move || platform.now());
    MiraklChannel::new(settings.clone(), Outside { client: http.clone(), web: Arc::new(NoWeb), clock })
}

/// An adapter that only reads.
pub(crate) fn reader(settings: MiraklSettings) -> MiraklChannel {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    MiraklChannel::new(settings, Outside { client, web: Arc::new(NoWeb), clock: Arc::new(start_of_time) })
}

/// Bodies of polls, made by a marketplace of their own, so that they are the same each time.
fn sample(write: impl FnOnce(&Mirakl) -> Value) -> Bytes {
    write(&Mirakl::new(KEY, start_of_time())).to_string().into()
}

/// A page with one thread in which the customer wrote, changed by hand.
pub(crate) fn page_with(change: impl FnOnce(&mut Value)) -> Bytes {
    sample(|market| {
        let thread = market.open("O-1042-A", ANN);
        market.says(&thread, Who::Customer, "It is me, Ann", &[]);
        let mut page = market.page_of(&[&thread]);
        change(&mut page["data"][0]);
        page
    })
}

fn request(body: Bytes) -> WebhookRequest {
    WebhookRequest {
        headers: Vec::new(),
        query: Vec::new(),
        url: "https://desk.example/hooks/mirakl".to_owned(),
        body,
        received_at: start_of_time(),
    }
}

impl Harness for Marketplace {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        self.platform().advance(LATER);
        Box::new(self.set_up(&self.settings))
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Marketplace {
    fn bodies(&self) -> Vec<Bytes> {
        let market = Mirakl::new(KEY, start_of_time());
        let (one, other) = (market.open("O-1042-A", ANN), market.open("O-1043-A", ANN));
        market.says(&one, Who::Customer, "Where is my order? 🧥", &[]);
        market.says(&one, Who::Shop, "It left on Saturday.", &[]);
        market.says(&other, Who::Customer, "Broken, see the picture", &[("cup.png", Bytes::from_static(b"\x89PNG"))]);
        market.says(&other, Who::OperatorToShop, "Please answer within a day.", &[]);
        let alone = market.open_with_operator();
        market.says(&alone, Who::OperatorToShop, "Your documents end soon.", &[]);
        [&one, &other, &alone].map(|thread| Bytes::from(market.page_of(&[thread]).to_string())).into()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        request(body)
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        request(body)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        request(body)
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn several(&self) -> Option<Bytes> {
        Some(sample(|market| {
            let (one, other) = (market.open("O-1042-A", ANN), market.open("O-1043-A", ANN));
            market.says(&one, Who::Customer, "Hello", &[]);
            market.says(&other, Who::Customer, "Hello", &[]);
            market.says(&one, Who::Customer, "Hello", &[]);
            market.page_of(&[&one, &other])
        }))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        Some(page_with(|thread| match odd {
            Odd::Type => thread["messages"][0]["from"] = json!({ "type": "HOLOGRAM_USER", "depth": 3 }),
            Odd::Word => {
                thread["topic"]["type"] = "EMOJI".into();
                thread["entities"][0]["type"] = "MXP_SONG".into();
                thread["messages"][0]["to"][0]["type"] = "CROWD".into();
            }
            Odd::Field => thread["messages"][0]["mood"] = json!({ "of": ["the", "day"] }),
            Odd::Null => {
                for field in ["topic", "entities", "metadata", "authorized_participants", "date_updated"] {
                    thread[field] = Value::Null;
                }
                for field in ["to", "from", "attachments", "date_created"] {
                    thread["messages"][0][field] = Value::Null;
                }
            }
        }))
    }

    fn rich(&self) -> Bytes {
        page_with(|thread| thread["messages"][0]["body"] = "<b>Hello</b>".into())
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        request(page_with(|thread| {
            thread["authorized_participants"] = json!([]);
            thread["current_participants"] = json!([]);
        }))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(request(page_with(|_| {})))
    }

    /// Of two customers, somebody with the name of neither.
    fn forged(&self) -> WebhookRequest {
        let bob = json!({ "type": "CUSTOMER", "id": "c-18", "display_name": "Bob" });
        request(page_with(|thread| {
            thread["authorized_participants"].as_array_mut().unwrap().push(bob);
            thread["messages"][0]["from"]["display_name"] = "Eve".into();
        }))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        let settings = MiraklSettings { operator: "bazaar".to_owned(), ..self.settings.clone() };
        Some((Box::new(self.set_up(&settings)), request(page_with(|_| {}))))
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        Vec::new()
    }

    fn items(&self, body: &Bytes) -> Vec<RawItem> {
        items(body).unwrap()
    }
}

#[async_trait]
impl SendHarness for Marketplace {
    fn message(&self) -> Outbound {
        let thread = self.platform().open(&format!("O-{}", self.orders.fetch_add(1, Ordering::Relaxed)), ANN);
        let asked = self.platform().says(&thread, Who::Customer, "Where is my order?", &[]);
        self.answer_in(&thread, &asked)
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        let does = match fault {
            Fault::Window | Fault::Policy => return false,
            Fault::ResetBeforeBody => Wire::ResetBeforeBody,
            Fault::HangBeforeBody => Wire::HangBeforeBody,
            Fault::RateWithHint => Wire::Answer(Mirakl::refusal(429, "Too many requests").with("retry-after", "7")),
            Fault::Rate => Wire::Answer(Mirakl::refusal(429, "Too many requests")),
            Fault::Unavailable => Wire::Answer(Response::status(503)),
            Fault::Credential => Wire::Answer(Mirakl::refusal(401, "Unauthorized")),
            Fault::ResetAfterBody => Wire::ResetAfterBody,
            Fault::LoseAfterBody => Wire::LoseAfterBody,
            Fault::HangAfterBody => Wire::HangAfterBody,
            Fault::Gateway => Wire::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Wire::BreakOffAfterBody,
            Fault::CutRefusal => Wire::BreakOff(Mirakl::refusal(400, "Too many requests")),
            Fault::SlowAnswer => Wire::Slow(Duration::from_millis(50)),
            Fault::Recipient => Wire::Answer(Mirakl::refusal(404, "Thread not found")),
            Fault::Content => Wire::Answer(Mirakl::refusal(400, "files: a file has a type that is not allowed")),
        };
        self.double.misbehave("POST", "/message", does, 1);
        true
    }

    async fn taken(&self) -> usize {
        self.platform().taken().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let taken = self.platform().taken().pop()?;
        Some(Taken { id: taken.id, subject: taken.topic, text: taken.text, files: taken.files })
    }

    async fn written_elsewhere(&self, message: &Outbound, then: Duration) -> Option<String> {
        let id = self.platform().says(message.thread_id.as_deref()?, Who::Shop, &message.text, &[]);
        self.platform().advance(then);
        Some(id)
    }

    fn news(&self, _: &str, _: DeliveryState) -> Option<RawItem> {
        None
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let at = |api_url: String| MiraklSettings { api_url, ..self.settings.clone() };
        let refused = MiraklSettings { api_key: Secret::new("shop-key-of-old"), ..self.settings.clone() };
        let (away, wrong) = (at(format!("http://{closed}")), at(format!("{}/shop", self.double.url())));
        vec![
            self.broken("the key is refused", FailureClass::Auth, &refused),
            self.broken("nothing answers at the address", FailureClass::Temporary, &away),
            self.broken("something else answers at the address", FailureClass::Permission, &wrong),
            self.broken("the address is none", FailureClass::Permission, &at("market".to_owned())),
        ]
    }
}

#[async_trait]
impl MediaHarness for Marketplace {
    fn has(&self, fault: MediaFault) -> bool {
        fault != MediaFault::Altered
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let content = if fault == Some(MediaFault::Empty) { &b""[..] } else { MediaFault::FILE };
        let thread = self.platform().open("O-1042-A", ANN);
        self.platform().says(&thread, Who::Customer, "See this", &[("cup.png", Bytes::copy_from_slice(content))]);
        let page = self.platform().page_of(&[&thread]);
        let file = page["data"][0]["messages"][0]["attachments"][0]["id"].as_str().unwrap();
        let leads_to = |address: String| Wire::Answer(Response::status(302).with("location", &address));
        let does = match fault {
            Some(MediaFault::Gone) => {
                self.platform().lose_file(file);
                None
            }
            Some(MediaFault::Elsewhere) => Some(leads_to("http://localhost.example/elsewhere".to_owned())),
            Some(MediaFault::Inside) => Some(leads_to(format!("{}/inside", self.double.url()))),
            Some(MediaFault::Late) => Some(Wire::HangBeforeBody),
            Some(MediaFault::Altered | MediaFault::Empty) | None => None,
        };
        if let Some(does) = does {
            self.double.misbehave("GET", &format!("/{file}/download"), does, 1);
        }
        items(page.to_string().as_bytes()).unwrap().pop().unwrap()
    }

    async fn asked_inside(&self) -> usize {
        self.double.calls().iter().filter(|call| call.path.contains("inside")).count()
    }
}

#[async_trait]
impl PollHarness for Marketplace {
    async fn put(&self) {
        let mut turns = self.turns.lock().unwrap();
        let (threads, turn) = &mut *turns;
        if threads.len() < 3 {
            threads.push(self.platform().open(&format!("O-{}", threads.len()), ANN));
        }
        let thread = &threads[*turn % threads.len()];
        self.platform().says(thread, Who::Customer, "Where is my order?", &[]);
        *turn += 1;
    }

    fn cut_after(&self, steps: Option<usize>) {
        self.double.behave();
        let mut cut = self.cut.lock().unwrap();
        let Some(steps) = steps else { return };
        *cut = Some((self.double.calls().len(), steps));
        if steps > 0 {
            self.double.misbehave("GET", "", Wire::Slow(Duration::ZERO), steps);
        }
        self.double.misbehave("GET", "", Wire::ResetAfterBody, 1);
    }

    fn was_cut(&self) -> bool {
        let cut = *self.cut.lock().unwrap();
        cut.is_some_and(|(calls, steps)| self.double.calls().len() > calls + steps)
    }

    async fn renumber(&self) -> bool {
        false
    }
}
