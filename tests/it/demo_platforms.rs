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
use resolute::inbox::care;
use resolute::inbox::macros::Also;
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::conversation::Conversation;
use resolute::model::message::Delivery;
use resolute::store::conversations::View;
use resolute::store::{channels, conversations, messages, teammates};
use resolute::{jobs, web};

use crate::support::answers::text_alone;
use crate::support::desk::{Data, Engine, MONDAY};
use crate::support::setup::open;

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
            self.desk.intake.record(channel.id, polled.items, Some(polled.cursor.0)).await.unwrap();
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

/// The case on a channel.
async fn case_on(desk: &Desk, channel: &Channel) -> Conversation {
    let all = conversations::list(&desk.db, View::All, None, 200).await.unwrap();
    let found: Vec<Conversation> = all.into_iter().filter(|row| row.channel_id == channel.id).collect();
    assert_eq!(found.len(), 1, "{}: {found:?}", channel.kind);
    found.into_iter().next().unwrap()
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

        let ida = teammates::list(&desk.db).await.unwrap().into_iter().find(|person| person.email == play::EMAIL);
        let ida = ida.expect("the demo's admin");
        for channel in &accounts {
            let case = case_on(desk, channel).await;
            let id = desk.clock.new_id();
            let inbox = desk.inbox();
            let also = Also::default();
            let said = Box::pin(care::answer_with(&inbox, case.id, &ida, (id, ANSWER), text_alone(&also)));
            said.await.unwrap_or_else(|error| panic!("{}: {error}", channel.kind));
        }
        stage.pass(Duration::from_mins(1));
        Box::pin(jobs::drain(desk)).await.unwrap();
        for channel in &accounts {
            let case = case_on(desk, channel).await;
            let all = messages::list(&desk.db, case.id, 50).await.unwrap();
            let answer = all.iter().find(|message| message.body == ANSWER).expect("it is kept");
            assert_eq!(answer.delivery, Some(Delivery::Sent), "{}: {}", channel.kind, answer.delivery_reason);
        }
        for name in NAMES.into_iter().filter(|name| *name != "amazon") {
            let sent = stage.sent(name);
            assert!(sent.iter().any(|text| text.contains(ANSWER)), "{name}: {sent:?}");
        }
        desk.stop_token().cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_start_connects_the_same_accounts_and_says_where_nobody_plays() {
    for engine in Engine::all() {
        let stage = Box::pin(Stage::start(engine)).await;
        let desk = &stage.desk;
        for _ in 0..2 {
            Box::pin(platforms::open(desk, &stage.demo, &stage.control.url())).await.unwrap();
            assert_eq!(stage.accounts().await.len(), NAMES.len());
        }
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let refused = Box::pin(platforms::open(desk, &stage.demo, &format!("http://{nobody}"))).await.unwrap_err();
        assert!(refused.to_string().contains("no program plays the platforms"), "{refused}");
        desk.stop_token().cancel();
    }
}
