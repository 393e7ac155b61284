//! What a platform allows: said while somebody writes, refused before anything is stored, and obeyed when it leaves.

mod choices;
mod files;
mod parts;
mod renamed;
mod strangers;
pub(crate) mod templates;

use std::time::Duration;

use platform_doubles::Double;
use platform_doubles::whatsapp::{Account, Customer, Whatsapp};
use resolute::inbox::macros::Also;
use resolute::inbox::{Inbox, admission, care};
use resolute::model::answer_times::{AnswerTimes, AwayReply};
use resolute::model::approval::ApprovalState;
use resolute::model::hours::{Hours, read_day};
use resolute::model::macros::Macro;
use resolute::model::message::MessageAuthor;
use resolute::model::window::Window;
use resolute::model::{ChannelId, Ts};
use resolute::store::composer_texts::{self, ComposerTexts};
use resolute::store::{answer_times, approvals, channels, conversations, draft_texts, macros, messages, teammates};
use serde_json::{Value, json};

use crate::mail_path::answer;
use crate::support::answers::text_alone;
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Client;
use crate::support::stores::write;
use crate::told_later::text;

const HOUR: i64 = 3_600_000_000;

/// A desk with a number of WhatsApp, to which Ben has written.
struct World {
    desk: TestDesk,
    double: Double<Whatsapp>,
    channel: ChannelId,
    number: i64,
    browser: Client,
}

fn ben() -> Customer {
    Customer {
        phone: "4915187654321".to_owned(),
        user_id: "DE.90001".to_owned(),
        name: "Ben Ohm".to_owned(),
        shows_phone: true,
    }
}

/// The form that connects the number of the double at an address.
pub(crate) fn of_whatsapp(url: &str) -> [(&'static str, &str); 7] {
    [
        ("kind", "whatsapp"),
        ("phone_number_id", "800001"),
        ("account_id", "700001"),
        ("app_id", "600001"),
        ("access_token", "the-access-token"),
        ("app_secret", "the-app-secret"),
        ("api_url", url),
    ]
}

impl World {
    async fn new(engine: Engine) -> Self {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        double.platform.join(ben());
        let desk = Box::pin(TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) })).await;
        let mut browser = desk.browser().await;
        let url = double.url();
        taken(&mut browser, "/channels", &of_whatsapp(&url)).await;
        let rows = channels::list(&desk.desk.db).await.unwrap();
        let channel = rows.into_iter().find(|row| row.kind == "whatsapp").unwrap().id;
        let mut world = Self { desk, double, channel, number: 0, browser };
        world.hears("wamid.1", &text("Where is my order?")).await;
        world.number = world.desk.newest().await.number;
        world
    }

    /// Ben writes.
    async fn hears(&self, id: &str, content: &Value) {
        self.double.platform.set_time(self.desk.desk.clock.now().0 / 1_000_000);
        let change = self.double.platform.said(&ben(), id, content);
        self.pushed(&change).await;
    }

    /// Ben writes, and it has not come yet.
    fn says(&self, id: &str, words: &str) -> Value {
        self.double.platform.said(&ben(), id, &text(words))
    }

    async fn pushed(&self, change: &Value) {
        let delivery = self.double.platform.signed(self.double.platform.envelope(std::slice::from_ref(change)));
        let (name, signature) = delivery.headers.iter().find(|(name, _)| name.contains("signature")).unwrap();
        let mut platform = self.desk.client().with(name, signature);
        let path = format!("/webhooks/whatsapp/{}", self.channel);
        assert_eq!(platform.post(&path, "application/json", &delivery.body).await.unwrap().status, 200);
        self.desk.drain().await;
    }

    /// Somebody answers in time, and that leaves.
    async fn is_answered(&mut self) {
        let path = self.here("messages");
        let ok = send(&mut self.browser, &path, &[("body", "I look for it."), ("back", "/inbox")]).await;
        assert_eq!((ok.status, said(&ok).as_str()), (303, ""));
        self.desk.drain().await;
        assert_eq!(self.double.platform.sent().len(), 1);
    }

    /// Saves a macro, the only one.
    async fn saves_macro(&mut self, fields: &[(&str, &str)]) -> Macro {
        taken(&mut self.browser, "/macros", fields).await;
        let (brand, me) = (self.desk.setup.brand, self.desk.setup.teammate);
        let [one] = macros::list(&self.desk.desk.db, brand, me).await.unwrap().try_into().unwrap();
        one
    }

    fn passes(&self, span: Duration) {
        self.desk.desk.clock.advance(span);
        self.double.platform.set_time(self.desk.desk.clock.now().0 / 1_000_000);
    }

    async fn shown(&mut self) -> String {
        let path = format!("/conversations/{}?view=all", self.number);
        page(&mut self.browser, &path).await
    }

    fn here(&self, below: &str) -> String {
        format!("/conversations/{}/{below}", self.number)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_answer_is_counted_and_then_nothing_leaves() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let talk = world.desk.talk(world.number).await;
        let window = Window { reply_until: Some(Ts(MONDAY.0 + 24 * HOUR)), people_until: None, wanted_by: None };
        assert_eq!(talk.window, window);
        assert!(world.shown().await.contains("24 h left to answer on WhatsApp"));
        let path = world.here("messages");
        world.is_answered().await;

        world.passes(Duration::from_hours(20));
        world.hears("wamid.2", &text("And?")).await;
        world.passes(Duration::from_hours(23));
        assert!(world.shown().await.contains("1 h left to answer on WhatsApp"));
        let listed = page(&mut world.browser, "/inbox?view=open").await;
        assert!(listed.contains("1 h to answer"), "{listed}");

        world.passes(Duration::from_hours(1));
        let shown = world.shown().await;
        assert!(
            shown.contains("The reply window of WhatsApp closed") && shown.contains("Choose a template"),
            "{shown}"
        );
        assert!(page(&mut world.browser, "/inbox?view=open").await.contains("window closed"));
        let refused = send(&mut world.browser, &path, &[("body", "It left."), ("back", "/inbox")]).await;
        let words = said(&refused);
        assert!(words.starts_with('b') && words.contains("The time for a reply on WhatsApp is over."), "{words}");
        assert!(world.shown().await.contains("It left."), "what was written is kept");
        let api = format!("/api/v1{}", world.here("messages"));
        let refused = world.desk.api().post_json(&api, &json!({ "body": "It left." })).await.unwrap();
        assert_eq!(refused.status, 422);
        let said_to_programs = refused.json()["error"].as_str().unwrap().to_owned();
        assert!(words.ends_with(&said_to_programs), "the same words: {words} / {said_to_programs}");
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 1, "nothing left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_answer_is_counted_from_when_the_customer_wrote() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        // What he writes comes ten hours later.
        world.passes(Duration::from_hours(30));
        let late = world.says("wamid.2", "And?");
        world.passes(Duration::from_hours(10));
        world.pushed(&late).await;
        assert_eq!(world.desk.talk(world.number).await.window.reply_until, Some(Ts(MONDAY.0 + 54 * HOUR)));
        let shown = world.shown().await;
        assert!(shown.contains("14 h left to answer on WhatsApp") && shown.contains("arrived late,"), "{shown}");
        let path = world.here("messages");
        world.is_answered().await;

        // And what comes a day later cannot be answered at all.
        let late = world.says("wamid.3", "Hello?");
        world.passes(Duration::from_hours(25));
        world.pushed(&late).await;
        let talk = world.desk.talk(world.number).await;
        assert_eq!(talk.due_at, Some(Ts(MONDAY.0 + 64 * HOUR)), "it is overdue at once");
        let shown = world.shown().await;
        assert!(
            shown.contains("The reply window of WhatsApp closed") && shown.contains("Choose a template"),
            "{shown}"
        );
        let api = format!("/api/v1{path}");
        let refused = world.desk.api().post_json(&api, &json!({ "body": "It left." })).await.unwrap();
        assert_eq!(refused.status, 422, "{}", refused.text());
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 1, "nothing left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_in_the_last_seconds_of_the_time_for_it_does_not_wait_until_that_is_over() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let desk = &world.desk.desk;
        let inbox = Inbox { undo: Duration::from_secs(10), ..desk.inbox() };
        let me = teammates::find(&desk.db, world.desk.setup.teammate).await.unwrap().unwrap();
        let talk = world.desk.talk(world.number).await;
        let answers = async |text: &str| {
            let reply = (inbox.clock.new_id(), text);
            care::answer_with(&inbox, talk.id, &me, reply, text_alone(&Also::default())).await.unwrap();
            world.desk.drain().await;
            world.double.platform.sent().len()
        };
        world.passes(Duration::from_secs(24 * 3_600 - 30));
        assert_eq!(answers("It can still be taken back.").await, 0);
        world.passes(Duration::from_secs(10));
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 1);

        world.passes(Duration::from_secs(12));
        assert_eq!(answers("It left today.").await, 2, "eight seconds are left, and ten to take it back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_overtakes_is_read_in_the_order_in_which_it_was_written() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let first = world.says("wamid.2", "Its number is seven.");
        world.passes(Duration::from_mins(20));
        let second = world.says("wamid.3", "It is a lamp.");
        let last = world.says("wamid.4", "Are you there?");
        world.pushed(&second).await;
        world.pushed(&first).await;
        assert_eq!(world.desk.talk(world.number).await.gist, "It is a lamp.");
        answer(&world.desk, world.number, "I look for it.").await;
        world.desk.drain().await;
        world.passes(Duration::from_mins(1));
        world.pushed(&last).await;

        let texts = ["Where is my order?", "Its number is seven.", "It is a lamp.", "I look for it.", "Are you there?"];
        let told = world.desk.api_get(&format!("/api/v1/conversations/{}", world.number)).await;
        let told = told["messages"].as_array().unwrap();
        assert_eq!(told.iter().map(|message| message["body"].as_str().unwrap()).collect::<Vec<_>>(), texts);
        assert_eq!(
            (&told[1]["written_at"], &told[1]["created_at"]),
            (&json!("2026-11-23T09:00:00Z"), &json!("2026-11-23T09:20:00Z"))
        );
        let shown = world.shown().await;
        let messages: Vec<&str> = shown.split("<article class=\"message").skip(1).collect();
        assert_eq!(messages.len(), texts.len(), "{shown}");
        for (message, text) in messages.iter().zip(texts) {
            assert!(message.contains(text), "{text} is not in {message}");
        }
        assert_eq!(shown.matches("arrived late,").count(), 1, "a minute is nothing: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_the_channel_refuses_stays_with_its_draft() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let talk = world.desk.talk(world.number).await;
        let approval = put_before_a_person(&world.desk, &talk, saying("It is on its way.")).await;
        let here = format!("/conversations/{}?view=all", world.number);
        let long = "x".repeat(4_097);
        let path = format!("/approvals/{approval}/edit");
        let refused = send(&mut world.browser, &path, &[("body", long.as_str()), ("back", here.as_str())]).await;
        assert_eq!(refused.header("location"), Some(format!("{here}&edit=1#draft").as_str()));
        let words = said(&refused);
        assert!(words.contains("4097 of at most 4096") && words.ends_with("Your version is kept."), "{words}");
        let (db, me) = (&world.desk.desk.db, world.desk.setup.teammate);
        let waits = approvals::find(db, approval).await.unwrap().unwrap();
        assert_eq!(waits.state, ApprovalState::Pending);
        let kept = draft_texts::find(db, waits.draft_id, me).await.unwrap();
        assert_eq!(kept.map(|text| text.body), Some(long));
        assert_eq!(composer_texts::find(db, talk.id, me).await.unwrap(), ComposerTexts::default());

        let sent = send(&mut world.browser, &path, &[("body", "Shorter."), ("back", here.as_str())]).await;
        assert_eq!((sent.status, said(&sent).as_str()), (303, ""));
        assert_eq!(approvals::find(db, approval).await.unwrap().unwrap().state, ApprovalState::Edited);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_for_one_channel_is_looked_at_on_the_one_where_its_case_is_answered_now() {
    let mut world = World::new(Engine::Sqlite).await;
    let (mail, whatsapp, id) = (world.desk.setup.channel, world.channel, world.desk.talk(world.number).await.id);
    let db = world.desk.desk.db.clone();
    let is_answered = async |channel: ChannelId, kind: &str| {
        write(&db, async |tx| {
            let mut talk = conversations::lock(tx, id).await?;
            (talk.channel_id, talk.channel_kind) = (channel, kind.to_owned());
            conversations::update(tx, &talk).await
        })
        .await;
    };
    let (text, composer, head) = (world.here("draft-text"), world.here("composer"), world.here("head"));
    let long = "x".repeat(4_097);
    let misfit = "The reply has 4097 of at most 4096 characters on WhatsApp. Shorten it.";

    is_answered(mail, "email").await;
    let kept = send(&mut world.browser, &text, &[("body", long.as_str())]).await;
    assert_eq!(kept.json()["objections"], json!([]));
    let by_mail = page(&mut world.browser, &composer).await;
    assert!(by_mail.contains(&format!("name=\"channel\" value=\"{mail}\"")) && !by_mail.contains(misfit), "{by_mail}");

    is_answered(whatsapp, "whatsapp").await;
    let shown = page(&mut world.browser, &head).await;
    assert!(shown.contains(&format!("data-channel=\"{whatsapp}\"")), "by this an open page knows: {shown}");
    let there = page(&mut world.browser, &composer).await;
    let channel = format!("name=\"channel\" value=\"{whatsapp}\"");
    for words in [channel.as_str(), "data-way=\"on WhatsApp\"", misfit, long.as_str()] {
        assert!(there.contains(words), "{words}: {there}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_refused_is_said_while_it_is_written() {
    let mut world = World::new(Engine::Sqlite).await;
    let path = world.here("draft-text");
    let long = "x".repeat(4_097);
    let kept = send(&mut world.browser, &path, &[("body", long.as_str())]).await;
    let words = "The reply has 4097 of at most 4096 characters on WhatsApp. Shorten it.";
    assert_eq!(kept.json()["objections"], json!([words]));
    assert!(world.shown().await.contains(words), "it stands there without script too");
    let fine = send(&mut world.browser, &path, &[("body", "Short.")]).await;
    assert_eq!(fine.json()["objections"], json!([]));
    let note = send(&mut world.browser, &path, &[("body", long.as_str()), ("note", "1")]).await;
    assert_eq!(note.json().get("objections"), None, "a note stays here");
    answer(&world.desk, world.number, "Short.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_somebody_sees_is_a_reply() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let api = format!("/api/v1{}", world.here("messages"));
        for unseen in ["\u{200b}\u{2060}", " \u{feff}\n\u{ad}", "\0"] {
            let refused = world.desk.api().post_json(&api, &json!({ "body": unseen })).await.unwrap();
            assert_eq!(refused.status, 422, "{unseen:?}: {}", refused.text());
            assert!(refused.text().contains("There is nothing to send yet."), "{}", refused.text());
        }
        // What is not stored does not count.
        let full = format!("{}\0", "x".repeat(4_096));
        let posted = world.desk.api().post_json(&api, &json!({ "body": full })).await.unwrap();
        assert_eq!(posted.status, 201, "{}", posted.text());
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_says_what_can_be_done_instead() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let row = |world: &World| {
            let (db, number) = (world.desk.desk.db.clone(), world.number);
            async move { conversations::find_merged(&db, number).await.unwrap().unwrap() }
        };
        let inbox = world.desk.desk.inbox();
        assert_eq!(admission::shut(&inbox, &row(&world).await).await.unwrap(), None);
        world.passes(Duration::from_hours(25));
        let shut = admission::shut(&inbox, &row(&world).await).await.unwrap().expect("the time is over");
        assert_eq!((shut.templates, shut.routes), (true, false));
        assert!(shut.words.contains("The time for a reply on WhatsApp is over."), "{}", shut.words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_automatic_word_is_made_that_could_not_leave_any_more() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (desk, db) = (&world.desk, &world.desk.desk.db);
        let times = AnswerTimes {
            hours: Hours { week: vec![read_day("9-17").unwrap(); 7], closed: Vec::new() },
            away: AwayReply { on: true, text: "We are back {{ back }}.".into() },
            ..AnswerTimes::default()
        };
        write(db, async |tx| answer_times::save(tx, desk.setup.brand, &times, MONDAY).await).await;
        let told = async || {
            world.passes(Duration::from_mins(2));
            desk.drain().await;
            let all = messages::list(db, desk.talk(world.number).await.id, 50).await.unwrap();
            all.iter().filter(|message| message.author == MessageAuthor::System).count()
        };
        // Written on Monday at nine, it comes on Tuesday night.
        let late = world.says("wamid.2", "Are you there?");
        world.passes(Duration::from_hours(36));
        world.pushed(&late).await;
        assert_eq!(told().await, 0, "it would only be held for a person");
        world.hears("wamid.3", &text("Hello?")).await;
        assert_eq!(told().await, 1);
    }
}
