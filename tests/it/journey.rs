//! The whole path of a question, with nothing between the parts but what is between them in real life: a mail server
//! with the desk's and the customer's mailboxes, a shop, a browser in which a teammate presses a key.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::orders::{Order, OrderQuery, OrderSource as _, ShipmentStatus};
use fantoccini::Locator;
use resolute::commerce::demo_shop::DemoShop;
use resolute::config::LlmConfig;
use resolute::model::brand::AgentLevel;
use resolute::store::channels;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc2822;

use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::dovecot::{self, Dovecot};
use crate::support::mails::DESK;
use crate::support::openai::{KEY, OpenAi, Reply, said_by, tool_results};
use crate::support::setup::{EMAIL, ImapAccount, MAIL_SERVER, Mailbox, PASSWORD, open_demo_shop};
use crate::support::smtp::{SmtpDouble, Taken};

const SOFIE: &str = "sofie.keller@example.org";
const NUMBER: &str = "FJ-20417";
/// What only our model says.
const OF_THE_MODEL: &str = "Thank you for your patience.";

#[tokio::test(flavor = "multi_thread")]
async fn a_question_by_mail_is_answered_by_the_built_in_engine_and_a_key() {
    for engine in Engine::all() {
        let Some(journey) = Journey::start(engine, LlmConfig::default()).await else { return };
        let sent = journey.question_to_answer(Some("a")).await;
        assert!(!sent.body().contains(OF_THE_MODEL));
        journey.her_answer_joins(&sent).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_by_mail_is_answered_by_the_language_model_and_a_button() {
    let server = OpenAi::smart(model).await;
    let llm = LlmConfig {
        base_url: server.base_url(),
        api_key: serde_json::from_value(KEY.into()).unwrap(),
        model: "test-model".to_owned(),
        ..LlmConfig::default()
    };
    let Some(journey) = Journey::start(Engine::Sqlite, llm).await else { return };
    let sent = journey.question_to_answer(None).await;
    assert!(sent.body().contains(OF_THE_MODEL), "{}", sent.raw);
    journey.her_answer_joins(&sent).await;
    let system: String = server.requests().iter().map(|request| request.said_by("system")).collect();
    assert!(!system.contains(NUMBER), "texts of customers are no instructions");
}

/// A model that looks the order up, repeats what it is told to say, and adds a courtesy.
fn model(body: &Value) -> Reply {
    if body.get("tools").is_some() {
        if tool_results(body).is_empty() {
            return Reply::tool("own_orders", &json!({}));
        }
        let thanks = !said_by(body, "user").contains(NUMBER) || said_by(body, "user").contains("Thank you");
        let (intent, numbers) = if thanks { ("thanks", vec![]) } else { ("where_is_my_order", vec![NUMBER]) };
        return Reply::json(&json!({
            "intents": [{ "intent": intent, "certainty": 95 }], "language": "en", "order_numbers": numbers,
            "tracking_numbers": [], "address": null, "gist": "Asks where the jacket is",
        }));
    }
    let told = said_by(body, "user");
    let told = told.split("<data label=\"what to say\">\n").nth(1).unwrap_or_default();
    let told = told.split("\n</data>").next().unwrap_or_default();
    let sentence = |line: &str| {
        let (text, keys) = line.trim_start_matches("| ").trim_end_matches(']').rsplit_once(" [")?;
        let keys: Vec<&str> = keys.split(", ").filter(|key| !key.is_empty()).collect();
        Some(json!({ "text": text, "evidence": keys, "starts_paragraph": false }))
    };
    let mut sentences: Vec<Value> = told.lines().filter_map(sentence).collect();
    sentences.push(json!({ "text": OF_THE_MODEL, "evidence": [], "starts_paragraph": true }));
    Reply::json(&json!({ "sentences": sentences }))
}

/// All that takes part.
struct Journey {
    desk: TestDesk,
    shop: DemoShop,
    browser: Browser,
    smtp: SmtpDouble,
    mailboxes: Arc<Dovecot>,
}

impl Journey {
    /// Nothing where the mail server or the browser is not installed.
    async fn start(engine: Engine, llm: LlmConfig) -> Option<Self> {
        let mailboxes = Arc::new(Dovecot::start()?);
        let browser = Browser::start().await?;
        let hers = mailboxes.clone();
        let deliver = move |raw: &str| hers.deliver("customer", "INBOX", raw.as_bytes());
        let smtp = SmtpDouble::with_copies(Some(Box::new(deliver))).await;
        let imap =
            ImapAccount { port: mailboxes.port, user: "desk".to_owned(), password: dovecot::PASSWORD.to_owned() };
        let mailbox = Mailbox { smtp: Some(smtp.port), imap: Some(imap), timeout_seconds: 10 };
        let desk = TestDesk::start(Wish { agent_level: AgentLevel::Approve, mailbox, llm, ..Wish::lively(engine) });
        let desk = desk.await;
        let shop = open_shop(&desk).await;
        Some(Self { desk, shop, browser, smtp, mailboxes })
    }

    /// She asks, the agent drafts, a teammate approves with a key or the button, she reads. Gives what she got.
    async fn question_to_answer(&self, key: Option<&str>) -> Taken {
        let question = self.mail(
            "where.is.it@example.org",
            DESK,
            "",
            &format!("Hello,\r\n\r\nwhere is my order {NUMBER}? I am still waiting for the jacket.\r\n\r\nSofie"),
        );
        self.mailboxes.deliver("desk", "INBOX", question.as_bytes());
        let waiting = "/api/v1/approvals";
        self.until("a draft", async || self.list(waiting).await.len() == 1).await;
        self.sign_in().await;
        self.open("/approvals").await;
        self.the_card_shows_what_the_shop_knows().await;
        self.approve(key).await;
        self.smtp.wait_for(1).await;

        let [received] = self.mailboxes.read("customer", "INBOX").try_into().unwrap();
        let received = Taken { to: vec![SOFIE.to_owned()], raw: String::from_utf8(received.mail).unwrap() };
        assert!(received.header("To").contains(SOFIE), "{}", received.raw);
        assert_eq!(received.header("In-Reply-To"), "<where.is.it@example.org>");
        assert!(received.header("References").contains("<where.is.it@example.org>"), "{}", received.raw);
        assert_eq!(received.header("Subject"), "Re: Where is it?");
        let (name, domain) = DESK.split_once('@').unwrap();
        let signed = address_in(&received.header("Reply-To"));
        assert!(signed.starts_with(&format!("{name}+")) && signed.ends_with(domain), "{signed}");
        assert!(received.body().contains(NUMBER), "{}", received.raw);
        assert!(self.list(waiting).await.is_empty());
        received
    }

    /// The draft on the card names the order and where its parcels are, each fact with a mark that leads to its source.
    async fn the_card_shows_what_the_shop_knows(&self) {
        let order = self.order().await;
        let text = self.text_of("#draft .draft-text").await;
        assert!(text.contains(NUMBER), "{text}");
        // The one parcel is there; she waits for the other.
        let (there, missing): (Vec<_>, Vec<_>) =
            order.shipments.iter().partition(|parcel| parcel.status == ShipmentStatus::Delivered);
        assert!(missing.iter().all(|parcel| text.contains(&parcel.tracking_number)), "{text}");
        assert!(!there.iter().any(|parcel| text.contains(&parcel.tracking_number)), "{text}");
        let place = missing.last().and_then(|parcel| parcel.events.last()).map(|scan| &scan.place);
        assert!(text.contains(place.unwrap()), "{place:?} is not in: {text}");
        let marks = self.browser.find_all(Locator::Css("#draft .draft-text .mark")).await.unwrap();
        assert!(!marks.is_empty(), "no fact has a mark: {text}");
        let sources = self.text_of("#card .sources").await;
        assert!(sources.contains(NUMBER), "{sources}");
        let failed = self.browser.find_all(Locator::Css("#draft .checks .failed")).await.unwrap();
        assert!(failed.is_empty(), "{}", self.text_of("#draft .checks").await);
        self.browser.check_console().await;
        self.browser.check_accessibility().await;
    }

    async fn approve(&self, key: Option<&str>) {
        match key {
            Some(key) => self.browser.find(Locator::Css("body")).await.unwrap().send_keys(key).await.unwrap(),
            None => self.press(".draft-keys .main").await,
        }
    }

    /// She answers from her own program, to the address that she was given; no new conversation begins.
    async fn her_answer_joins(&self, received: &Taken) {
        let id = received.header("Message-ID");
        let more = format!("In-Reply-To: {id}\r\nReferences: <where.is.it@example.org> {id}\r\n");
        let to = address_in(&received.header("Reply-To"));
        let thanks = self.mail("thanks@example.org", &to, &more, "Thank you, then I will wait.\r\n\r\nSofie");
        self.mailboxes.deliver("desk", "INBOX", thanks.as_bytes());
        let [conversation] = &self.list("/api/v1/conversations").await[..] else { panic!("one conversation") };
        let path = format!("/api/v1/conversations/{}", conversation["number"]);
        self.until("her answer", async || {
            let shown = self.desk.api_get(&path).await;
            shown["messages"].as_array().unwrap().len() >= 3
        })
        .await;
        let shown = self.desk.api_get(&path).await;
        let said: Vec<&str> =
            shown["messages"].as_array().unwrap().iter().map(|one| one["body"].as_str().unwrap()).collect();
        assert!(said[2].contains("then I will wait"), "{said:#?}");
        assert_eq!(self.desk.api_get("/api/v1/conversations/count").await["count"], 1);
        self.until("the end of the work", async || self.desk.unfinished().await.is_empty()).await;
        self.open(path.trim_start_matches("/api/v1")).await;
        let timeline = self.text_of("#timeline").await;
        assert!(timeline.contains("then I will wait"), "{timeline}");
        self.browser.check_console().await;
    }

    /// A mail of hers as the desk's mail server hands it over.
    fn mail(&self, id: &str, to: &str, more: &str, text: &str) -> String {
        let subject = if more.is_empty() { "Where is it?" } else { "Re: Where is it?" };
        let date = self.desk.desk.clock.now().datetime().format(&Rfc2822).unwrap();
        format!(
            "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=example.org\r\nFrom: Sofie Keller <{SOFIE}>\r\n\
             To: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\nDate: {date}\r\n{more}\r\n{text}\r\n"
        )
    }

    async fn order(&self) -> Order {
        let found = self.shop.find(&OrderQuery::Number(NUMBER.to_owned())).await.unwrap();
        found.into_iter().next().expect("the order is in the shop")
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        self.desk.api_get(path).await["items"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until something is so.
    async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        for _ in 0..1_500 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let channel = channels::list(&self.desk.desk.db).await.unwrap();
        let left = self.desk.unfinished().await;
        panic!("waited in vain for {what}: {} {}; {left:#?}", channel[0].state, channel[0].state_reason);
    }

    async fn sign_in(&self) {
        self.open("/session/new").await;
        for (field, value) in [("#email", EMAIL), ("#password", PASSWORD)] {
            self.browser.find(Locator::Css(field)).await.unwrap().send_keys(value).await.unwrap();
        }
        self.press("main .button.main").await;
        self.until("the inbox", async || self.browser.current_url().await.unwrap().path().starts_with("/inbox")).await;
    }

    async fn open(&self, path: &str) {
        self.browser.goto(&format!("http://{}{path}", self.desk.address)).await.unwrap();
    }

    async fn press(&self, selector: &str) {
        self.browser.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    async fn text_of(&self, selector: &str) -> String {
        let found = self.browser.find(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}")).text().await.unwrap()
    }
}

/// Opens the demo's shop for the desk's brand.
async fn open_shop(desk: &TestDesk) -> DemoShop {
    let id = open_demo_shop(&desk.desk, desk.setup.brand).await;
    DemoShop::new(desk.desk.db.clone(), desk.desk.clock.clone(), id)
}

/// The address in `Name <address>`.
fn address_in(header: &str) -> String {
    header.split(['<', '>']).nth(1).unwrap_or(header).to_owned()
}
