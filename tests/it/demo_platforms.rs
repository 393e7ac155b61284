//! The demo beside the doubles of all platforms: a customer writes on each, and what a teammate answers arrives there.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use channel_contract::channel::Cursor;
use platform_doubles::Double;
use platform_doubles::control::Control;
use platform_doubles::together::{NAMES, Together};
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::demo::platforms;
use resolute::demo::play::{self, Demo};
use resolute::inbox::care::{self, Answer};
use resolute::inbox::macros::Also;
use resolute::inbox::templates::{self, Wanted};
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::conversation::Conversation;
use resolute::model::message::Delivery;
use resolute::model::teammate::Teammate;
use resolute::store::conversations::View;
use resolute::store::{channels, conversations, messages, teammates};
use resolute::{jobs, web};

use crate::support::answers::text_alone;
use crate::support::desk::{Data, Engine, MONDAY};
use crate::support::setup::open;
use crate::support::stores::execute;

const ANSWER: &str = "Thank you for writing. I am looking into it now.";

struct Stage {
    desk: Desk,
    demo: Demo,
    together: Arc<Together>,
    control: Double<Control>,
    _data: Data,
}

impl Stage {
    async fn start(engine: Engine) -> Self {
        let data = Data::new(engine).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let desk = open(data.config(listener.local_addr().unwrap()), Clock::fixed(MONDAY)).await;
        let server = web::server(&desk, listener).unwrap();
        tokio::spawn(async move { drop(server.await) });
        let demo = Box::pin(play::prepare(&desk)).await.unwrap();
        let together = Arc::new(Together::start(&BTreeMap::new(), MONDAY.datetime()).await.unwrap());
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().unwrap();
        let control = Double::start(Control::new(together.clone(), http)).await.unwrap();
        Self { desk, demo, together, control, _data: data }
    }

    /// So much time passes.
    fn pass(&self, span: Duration) {
        self.desk.clock.advance(span);
        self.together.set_time(self.desk.clock.now().datetime());
    }

    /// The accounts on platforms.
    async fn accounts(&self) -> Vec<Channel> {
        let mut all = channels::list(&self.desk.db).await.unwrap();
        all.retain(|channel| !matches!(channel.kind.as_str(), "email" | "live_chat"));
        all
    }

    /// Fetches what is new there, where the platform is polled.
    async fn look(&self, channel: &Channel) {
        let connection = self.desk.connections.get(channel.id).await.unwrap();
        if !connection.adapter.polls() {
            return;
        }
        loop {
            let cursor = channels::cursor(&self.desk.db, channel.id).await.unwrap().map(Cursor);
            let polled = connection.adapter.poll(cursor.as_ref()).await.unwrap();
            let stopped = connection.stopped_at(polled.cursor);
            self.desk.intake.record(channel.id, polled.items, Some(stopped)).await.unwrap();
            if !polled.more {
                return;
            }
        }
    }

    /// What the doubles were sent of a platform; nothing of Amazon, whose answers are mails.
    fn sent(&self, name: &str) -> Vec<String> {
        let all = &self.together;
        match name {
            "whatsapp" => all.whatsapp().sent().iter().map(|sent| sent.body.to_string()).collect(),
            "messenger" => all.messenger().sent().into_iter().map(|sent| sent.text).collect(),
            "instagram" => all.instagram().sent().into_iter().map(|sent| sent.text).collect(),
            "telegram" => all.telegram().sent().into_iter().map(|sent| sent.text).collect(),
            "line" => all.line().sent().into_iter().map(|sent| sent.text).collect(),
            "sms" => all.twilio().sent().into_iter().map(|sent| sent.text).collect(),
            "ebay" => all.ebay().sent().into_iter().map(|sent| sent.text).collect(),
            "mirakl" => all.mirakl().taken().into_iter().map(|taken| taken.text).collect(),
            _ => Vec::new(),
        }
    }
}

/// The cases on a channel: one that can be answered, and on WhatsApp one before it whose time for that is over.
async fn cases_on(desk: &Desk, channel: &Channel) -> (Conversation, Option<Conversation>) {
    let all = conversations::list(&desk.db, View::All, None, 200).await.unwrap();
    let found = all.into_iter().filter(|row| row.channel_id == channel.id);
    let is_over = |row: &Conversation| row.window.reply_until.is_some_and(|until| until <= desk.clock.now());
    let (over, open): (Vec<Conversation>, Vec<Conversation>) = found.partition(is_over);
    assert_eq!(open.len(), 1, "{}: {open:?}", channel.kind);
    assert_eq!(over.len(), usize::from(channel.kind == "whatsapp"), "{}: {over:?}", channel.kind);
    (open.into_iter().next().unwrap(), over.into_iter().next())
}

/// The case on a channel that can be answered.
async fn case_on(desk: &Desk, channel: &Channel) -> Conversation {
    cases_on(desk, channel).await.0
}

/// The demo's admin.
async fn ida(desk: &Desk) -> Teammate {
    let found = teammates::list(&desk.db).await.unwrap().into_iter().find(|person| person.email == play::EMAIL);
    found.expect("the demo's admin")
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_write_on_every_platform_and_hear_the_answer() {
    for engine in Engine::all() {
        let stage = Box::pin(Stage::start(engine)).await;
        let desk = &stage.desk;
        let opened = Box::pin(platforms::open(desk, &stage.demo, &stage.control.url())).await.unwrap();
        assert_eq!(opened.len(), NAMES.len(), "{opened:?}");
        let accounts = stage.accounts().await;
        assert_eq!(accounts.len(), NAMES.len());
        stage.pass(Duration::from_secs(10));
        for channel in &accounts {
            assert_eq!(channel.state, ChannelState::Connected, "{}: {}", channel.kind, channel.state_reason);
            stage.look(channel).await;
        }
        Box::pin(jobs::drain(desk)).await.unwrap();

        let ida = ida(desk).await;
        let mut answered = Vec::new();
        for channel in accounts {
            let case = case_on(desk, &channel).await;
            if desk.connections.get(channel.id).await.unwrap().adapter.capabilities().text.is_some() {
                answered.push((channel, case));
            }
        }
        assert_eq!(answered.len(), NAMES.len() - 1, "a number at MessageBird is only read");
        for (channel, case) in &answered {
            let id = desk.clock.new_id();
            let inbox = desk.inbox();
            let also = Also::default();
            let said = Box::pin(care::answer_with(&inbox, case.id, &ida, (id, ANSWER), text_alone(&also)));
            said.await.unwrap_or_else(|error| panic!("{}: {error}", channel.kind));
        }
        stage.pass(Duration::from_mins(1));
        Box::pin(jobs::drain(desk)).await.unwrap();
        for (channel, case) in &answered {
            let all = messages::list(&desk.db, case.id, 50).await.unwrap();
            let answer = all.iter().find(|message| message.body == ANSWER).expect("it is kept");
            assert_eq!(answer.delivery, Some(Delivery::Sent), "{}: {}", channel.kind, answer.delivery_reason);
        }
        for name in NAMES.into_iter().filter(|name| !matches!(*name, "amazon" | "messagebird")) {
            let sent = stage.sent(name);
            assert!(sent.iter().any(|text| text.contains(ANSWER)), "{name}: {sent:?}");
        }
        desk.stop_token().cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_too_long_ago_on_whatsapp_gets_a_template_that_is_filled_in() {
    for engine in Engine::all() {
        let stage = Box::pin(Stage::start(engine)).await;
        let desk = &stage.desk;
        Box::pin(platforms::open(desk, &stage.demo, &stage.control.url())).await.unwrap();
        Box::pin(jobs::drain(desk)).await.unwrap();
        let number = stage.accounts().await.into_iter().find(|channel| channel.kind == "whatsapp").unwrap();
        let (_, late) = cases_on(desk, &number).await;
        let (late, inbox, ida) = (late.unwrap(), desk.inbox(), ida(desk).await);
        assert_eq!(late.contact_name, "Lena Holt");

        let all = templates::list(&inbox, &late).await.unwrap();
        let listed: Vec<(&str, &str, bool)> =
            all.iter().map(|template| (template.name.as_str(), template.language.as_str(), template.usable)).collect();
        let expected = [
            ("order_news", "en", true),
            ("parcel_left", "en", true),
            ("we_have_an_answer", "en", true),
            ("we_have_an_answer", "de", true),
            ("everything_must_go", "en", false),
            ("back_in_stock", "en", false),
        ];
        assert_eq!(listed, expected);

        let wanted = |name: &str, language: &str, values: &[&str]| Wanted {
            name: name.to_owned(),
            language: language.to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        for name in ["everything_must_go", "back_in_stock"] {
            let refused = templates::fill(&inbox, &late, &wanted(name, "en", &["Lena"])).await.unwrap_err();
            assert!(refused.to_string().contains("cannot be sent"), "{name}: {refused}");
        }
        let sendable = [
            wanted("order_news", "en", &["FJ-20410", "Lena", "it comes on Monday."]),
            wanted("parcel_left", "en", &["Lena", "FJ-20410"]),
            wanted("we_have_an_answer", "de", &["Lena"]),
        ];
        for wanted in &sendable {
            let (template, text) = templates::fill(&inbox, &late, wanted).await.unwrap();
            let (id, also) = (desk.clock.new_id(), Also::default());
            let with = Answer { template: Some(&template), ..text_alone(&also) };
            Box::pin(care::answer_with(&inbox, late.id, &ida, (id, &text), with)).await.unwrap();
            stage.pass(Duration::from_mins(1));
            Box::pin(jobs::drain(desk)).await.unwrap();
            let kept = messages::list(&desk.db, late.id, 50).await.unwrap();
            let kept = kept.iter().find(|message| message.body == text).expect("it is kept");
            assert_eq!(kept.delivery, Some(Delivery::Sent), "{}: {}", wanted.name, kept.delivery_reason);
        }
        let sent = stage.together.whatsapp().sent();
        let names: Vec<&str> = sent.iter().filter_map(|sent| sent.body.pointer("/template/name")?.as_str()).collect();
        assert_eq!(names, ["order_news", "parcel_left", "we_have_an_answer"]);
        desk.stop_token().cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_start_connects_the_same_accounts_and_says_where_nobody_plays() {
    for engine in Engine::all() {
        let stage = Box::pin(Stage::start(engine)).await;
        let desk = &stage.desk;
        let url = stage.control.url();
        Box::pin(platforms::open(desk, &stage.demo, &url)).await.unwrap();
        Box::pin(platforms::open(desk, &stage.demo, &url)).await.unwrap();
        assert_eq!(stage.accounts().await.len(), NAMES.len());
        // They are the same accounts, whatever somebody calls them.
        execute(&desk.db, "update channels set name = 'Our ' || kind || address").await;
        let before = stage.accounts().await;
        Box::pin(platforms::open(desk, &stage.demo, &url)).await.unwrap();
        let called = |all: &[Channel]| all.iter().map(|channel| channel.name.clone()).collect::<Vec<_>>();
        assert_eq!(called(&stage.accounts().await), called(&before));
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let refused = Box::pin(platforms::open(desk, &stage.demo, &format!("http://{nobody}"))).await.unwrap_err();
        assert!(refused.to_string().contains("no program plays the platforms"), "{refused}");
        desk.stop_token().cancel();
    }
}
