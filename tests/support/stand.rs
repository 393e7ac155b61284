//! A desk with channels on the doubles of platforms. The clocks of both go together.

use std::time::Duration;

use channel_contract::channel::Cursor;
use channel_contract::guide::{Setting, Sort, at};
use platform_doubles::Delivery;
use resolute::jobs::{self, poll};
use resolute::model::channel::{Channel, ChannelState};
use resolute::store::channels::{self, Reconnection};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::desk::{MONDAY, TestDesk, Wish};
use super::forms::taken;
use super::platforms::{Line, Platforms, Said, Told};
use super::stores::write;

/// What a customer asks so that the agent asks back.
pub(crate) const QUESTION: &str = "Where is my parcel? It should be here by now.";

pub(crate) struct Stand {
    pub(crate) desk: TestDesk,
    pub(crate) platforms: Platforms,
    pub(crate) lines: Vec<Line>,
}

impl Stand {
    /// A desk with a channel on each of these platforms, and a shop without orders.
    pub(crate) async fn start(wish: Wish, names: &[&'static str]) -> Self {
        let platforms = Box::pin(Platforms::start(MONDAY.datetime())).await;
        let desk = Box::pin(async { TestDesk::start(wish).await.with_an_empty_shop().await }).await;
        let mut lines = Vec::new();
        for name in names {
            lines.push(Box::pin(platforms.connect(&desk.desk, desk.setup.brand, name)).await);
        }
        Self { desk, platforms, lines }
    }

    /// The first of the channels.
    pub(crate) fn line(&self) -> &Line {
        &self.lines[0]
    }

    /// So much time passes, and everything that is due then is done.
    pub(crate) async fn pass(&self, span: Duration) {
        self.desk.desk.clock.advance(span);
        self.platforms.set_time(self.desk.desk.clock.now().datetime());
        self.desk.drain().await;
    }

    /// A customer writes, and the desk reads it; gives the number of the conversation.
    pub(crate) async fn asks(&self, line: &Line, person: u32, text: &str) -> i64 {
        self.pass(Duration::from_secs(10)).await;
        let said = self.platforms.says(line, person, text);
        self.brings(line, &said).await;
        self.desk.newest().await.number
    }

    /// The platform pushes it, or the desk looks; then it is read.
    pub(crate) async fn brings(&self, line: &Line, said: &Said) {
        match &said.delivery {
            Some(delivery) => self.push(&line.path, delivery).await,
            None => self.look(line).await,
        }
        self.desk.drain().await;
    }

    /// A platform pushes something, which must be taken.
    pub(crate) async fn push(&self, path: &str, delivery: &Delivery) {
        let answer = self.desk.client().post_with(path, &delivery.headers, &delivery.body).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }

    /// The desk fetches what is new, as polling does: each page durable with its cursor.
    pub(crate) async fn look(&self, line: &Line) {
        let desk = &self.desk.desk;
        loop {
            let connection = desk.connections.get(line.channel).await.expect("a connection");
            let polled = connection.adapter.poll(self.cursor(line).await.map(Cursor).as_ref()).await;
            let polled = polled.expect("the platform answers");
            assert!(polled.trouble.is_none(), "{}: {:?}", line.name, polled.trouble);
            desk.intake
                .record(line.channel, polled.items, Some(connection.stopped_at(polled.cursor)))
                .await
                .expect("it is stored");
            if !polled.more {
                return;
            }
        }
    }

    /// How far the desk has read.
    pub(crate) async fn cursor(&self, line: &Line) -> Option<Value> {
        channels::cursor(&self.desk.desk.db, line.channel).await.expect("a cursor")
    }

    /// The desk forgets how far it has read since.
    pub(crate) async fn rewind(&self, line: &Line, cursor: &Value) {
        let db = &self.desk.desk.db;
        let connected_at = channels::sealed(db, line.channel).await.expect("a channel").connected_at;
        assert!(write(db, async |tx| channels::set_cursor(tx, line.channel, cursor, connected_at).await).await);
    }

    /// The platform tells what became of the reply at this place; whether it tells that at all.
    pub(crate) async fn hears(&self, line: &Line, place: usize, word: &str) -> bool {
        self.pass(Duration::from_secs(10)).await;
        if line.is_polled() {
            // What the account itself wrote is read a while later.
            self.pass(Duration::from_mins(5)).await;
            self.look(line).await;
            self.pass(Duration::from_mins(5)).await;
        }
        match self.platforms.tells(line, place, word) {
            Told::Pushed(path, delivery) => self.push(&path, &delivery).await,
            Told::Shown => self.look(line).await,
            Told::Nothing => return false,
        }
        self.desk.drain().await;
        true
    }

    /// How the channel stands.
    pub(crate) async fn channel(&self, line: &Line) -> Channel {
        let found = channels::find(&self.desk.desk.db, line.channel).await.expect("an answer");
        found.expect("the channel is connected")
    }

    /// The desk's own workers look at a platform that lets them in no more, until that is known.
    pub(crate) async fn looks_in_vain(&self, line: &Line) {
        let desk = &self.desk.desk;
        // Some platforms are not asked again before a while.
        desk.clock.advance(Duration::from_mins(10));
        poll::begin_channel(desk, line.channel).await.expect("polling begins");
        let stop = CancellationToken::new();
        let workers = jobs::start(desk, &stop).await.expect("the workers start");
        for _ in 0..1_500 {
            if self.channel(line).await.state != ChannelState::Connected {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.cancel();
        for worker in workers {
            worker.await.expect("it ends well");
        }
    }

    /// An admin connects the account again, as it stands there.
    pub(crate) async fn connects_again(&self, line: &Line) {
        self.connects_with(line, &[]).await;
    }

    /// An admin connects the account again, by the form of its page as it stands there, but for these fields: saved secrets
    /// stay where none is typed. Amazon's would have the mail server asked, whose next answer is the test's, so there only what the form does
    /// in the end is done.
    pub(crate) async fn connects_with(&self, line: &Line, changed: &[(&str, &str)]) {
        let (desk, channel) = (&self.desk.desk, self.channel(line).await);
        if line.name == "amazon" {
            let secrets = desk.connections.secrets(line.channel).await.expect("secrets");
            let new = Reconnection {
                name: &channel.name,
                address: &channel.address,
                settings: &channel.settings.0,
                secrets: desk.connections.seal(line.channel, &secrets).expect("the secrets are sealed"),
                at: desk.clock.now(),
            };
            let mut tx = desk.db.begin().await.expect("a transaction");
            channels::reconnect(&mut tx, line.channel, new).await.expect("it is stored");
            tx.commit().await.expect("the account is connected");
            desk.connections.forget(line.channel);
            return;
        }
        self.sends_form(line, &channel, changed).await;
        assert_eq!(self.channel(line).await.state, ChannelState::Connected, "{}", line.name);
    }

    /// The form is taken, whatever is left to do then.
    pub(crate) async fn sends_form(&self, line: &Line, channel: &Channel, changed: &[(&str, &str)]) {
        let shown = line.guide.settings().filter(|setting| !setting.sort.is_secret());
        let fields: Vec<(&str, String)> =
            shown.map(|setting| (setting.path, in_field(setting, &channel.settings.0))).collect();
        let is_typed = |name: &str| changed.iter().any(|(of, _)| *of == name);
        let kept = fields.iter().filter(|(name, _)| !is_typed(name)).map(|(name, value)| (*name, value.as_str()));
        let fields: Vec<(&str, &str)> = kept.chain(changed.iter().copied()).collect();
        taken(&mut self.desk.browser().await, &format!("/channels/{}", line.channel), &fields).await;
    }
}

/// What stands in a field of a connected account's page.
fn in_field(setting: &Setting, settings: &Value) -> String {
    match (at(settings, setting.path), setting.sort) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Bool(is_on)), _) => ["no", "yes"][usize::from(*is_on)].to_owned(),
        (Some(Value::Array(all)), _) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        (Some(Value::Number(number)), _) => number.to_string(),
        (_, Sort::Switch) if setting.usual.is_empty() => "no".to_owned(),
        (_, Sort::Choice(choices)) if setting.usual.is_empty() => choices[0].0.to_owned(),
        _ => setting.usual.to_owned(),
    }
}
