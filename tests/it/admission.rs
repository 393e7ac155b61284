//! What a platform allows: said while somebody writes, refused before anything is stored, and obeyed when it leaves.

use std::time::Duration;

use platform_doubles::whatsapp::{Account, Customer, Whatsapp, error};
use platform_doubles::{Double, Fault};
use resolute::inbox::admission;
use resolute::inbox::approve::{self, Changes, Decider};
use resolute::inbox::closed::stand_in;
use resolute::inbox::deliver::deliver;
use resolute::inbox::settle::{Finished, Returned, Understood};
use resolute::model::approval::ApprovalState;
use resolute::model::conversation::ConversationStatus;
use resolute::model::draft::Check;
use resolute::model::macros::Macro;
use resolute::model::message::Delivery;
use resolute::model::teammate::Role;
use resolute::model::window::Window;
use resolute::model::{ChannelId, MessageId, Ts};
use resolute::store::composer_texts::{self, ComposerTexts};
use resolute::store::{approvals, channels, conversations, draft_texts, macros, messages, teammates};
use serde_json::{Value, json};

use crate::composer_files::{PHOTO, form, post_multipart};
use crate::mail_path::{answer, last_message};
use crate::restraint::{agent_settles, reply};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::drafts::{done_run, put_before_a_person, saying};
use crate::support::forms::{page, said, send, taken, value_of, values_of};
use crate::support::http::Client;
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

impl World {
    async fn new(engine: Engine) -> Self {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        double.platform.join(ben());
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        let url = double.url();
        let fields = [
            ("kind", "whatsapp"),
            ("phone_number_id", "800001"),
            ("account_id", "700001"),
            ("app_id", "600001"),
            ("access_token", "the-access-token"),
            ("app_secret", "the-app-secret"),
            ("api_url", url.as_str()),
        ];
        taken(&mut browser, "/channels", &fields).await;
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
        assert!(listed.contains("left to answer on WhatsApp"), "{listed}");

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

/// A macro that sends the template and ends the case.
const LATE: [(&str, &str); 5] = [
    ("name", "Late"),
    ("shared", "team"),
    ("template_name", "late_parcel"),
    ("template_values", "{{ customer.first_name }}\n{{ conversation.number }}"),
    ("then", "resolve"),
];

fn late_parcel(status: &str, name: &str) -> Value {
    json!({
        "name": name,
        "language": "en_US",
        "status": status,
        "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hi {{1}}, your order {{2}} is late." }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_chosen_filled_in_and_sent_when_the_time_is_over() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        world.double.platform.put_template(late_parcel("APPROVED", "late_parcel"));
        world.double.platform.put_template(late_parcel("REJECTED", "too_loud"));
        world.passes(Duration::from_hours(25));
        let path = world.here("templates");
        let listed = page(&mut world.browser, &path).await;
        assert!(
            listed.contains("late_parcel") && listed.contains("too_loud") && listed.contains("rejected"),
            "{listed}"
        );
        assert!(!listed.contains("name=too_loud"), "what cannot be sent is not chosen");

        let one = format!("{path}?name=late_parcel&language=en_US");
        let filled = page(&mut world.browser, &one).await;
        assert_eq!(values_of(&filled, "name"), ["late_parcel"]);
        assert!(
            filled.contains("name=\"value\" value=\"Ben\"") && filled.contains("Hi Ben, your order {{2}} is late."),
            "{filled}"
        );
        let previewed = page(&mut world.browser, &format!("{one}&value=Ben&value=FJ-1042")).await;
        assert!(previewed.contains("Hi Ben, your order FJ-1042 is late."), "{previewed}");

        let id = value_of(&filled, "id");
        let named = [("id", id.as_str()), ("name", "late_parcel"), ("language", "en_US"), ("value", "Ben")];
        let gap = send(&mut world.browser, &path, &[named.as_slice(), &[("value", "")]].concat()).await;
        assert!(said(&gap).contains("Every place of the template has to be filled in."), "{}", said(&gap));
        let whole = [named.as_slice(), &[("value", "FJ-1042")]].concat();
        for _ in 0..2 {
            let sent = send(&mut world.browser, &path, &whole).await;
            assert_eq!((sent.status, said(&sent).as_str()), (303, ""), "{}", sent.text());
        }
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1, "sent twice it is one message");
        assert_eq!(sent[0].body["template"]["name"], "late_parcel");
        assert_eq!(sent[0].body.pointer("/template/components/0/parameters/1/text"), Some(&json!("FJ-1042")));
        assert_eq!(last_message(&world.desk, world.number).await["body"], "Hi Ben, your order FJ-1042 is late.");

        let api = format!("/api/v1{}", world.here("messages"));
        let template = json!({ "name": "late_parcel", "values": ["Ben", "FJ-1"] });
        let posted = world.desk.api().post_json(&api, &json!({ "template": template })).await.unwrap();
        assert_eq!(posted.status, 201, "{}", posted.text());
        let rejected = json!({ "template": { "name": "too_loud", "values": ["Ben", "FJ-1"] } });
        let refused = world.desk.api().post_json(&api, &rejected).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("calls it rejected"), "{}", refused.text());
        let both = world.desk.api().post_json(&api, &json!({ "body": "Hi", "template": template })).await.unwrap();
        assert_eq!(both.status, 400, "{}", both.text());
        let known = world.desk.api_get(&format!("/api/v1{}", world.here("templates"))).await;
        assert_eq!(known["items"][0]["places"], json!(["1", "2"]));
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 2);

        let one = world.saves_macro(&LATE).await;
        let by_macro = format!("{path}?macro={}", one.id);
        assert!(world.shown().await.contains(&by_macro), "the macro leads to its template");
        let filled = page(&mut world.browser, &by_macro).await;
        let expected = format!("Hi Ben, your order {} is late.", world.number);
        assert!(filled.contains(&expected) && filled.contains("Resolve it"), "{filled}");
    }
}

/// What is left of a reply of the agent's that could not leave as it is.
async fn stands_in(world: &World, asks: &[&str]) -> Returned {
    disclosing(world, asks, None).await
}

/// The same of one that has to say with these words that a machine writes.
async fn disclosing(world: &World, asks: &[&str], words: Option<&str>) -> Returned {
    let talk = world.desk.talk(world.number).await;
    let Returned::Reply(mut proposal) = reply() else { panic!("a reply") };
    proposal.disclosure = words.map(str::to_owned);
    let over = "The time for a reply on WhatsApp is over.";
    proposal.document.checks = vec![Check { name: "Channel rules".to_owned(), problem: Some(over.to_owned()) }];
    proposal.reasons = vec![format!("Channel rules: {over}")];
    proposal.reasons.extend(asks.iter().map(ToString::to_string));
    let run = done_run(&world.desk.desk.clock, &talk);
    let mut finished = Finished { run, understood: Understood::default(), result: Returned::Reply(proposal) };
    stand_in(&world.desk.desk.inbox(), &mut finished).await.unwrap();
    finished.result
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_takes_the_template_of_the_brands_choice_when_the_time_is_over() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let mut still_here = late_parcel("APPROVED", "still_here");
        still_here["components"][0]["text"] = json!("Hi {{1}}, we have news. Write to us.");
        world.double.platform.put_template(still_here);
        let path = format!("/channels/{}/closed-window", world.channel);
        let shown = page(&mut world.browser, &path).await;
        assert!(shown.contains("None: a person decides") && shown.contains("we have news"), "{shown}");
        let refused = send(&mut world.browser, &path, &[("template", "still_here"), ("values", "")]).await;
        assert!(refused.status == 422 && refused.text().contains("has 1 place, and 0 lines"), "{}", refused.text());
        let chosen = [("template", "still_here"), ("values", "{{ customer.first_name }}")];
        taken(&mut world.browser, &path, &chosen).await;
        assert!(page(&mut world.browser, &path).await.contains(">{{ customer.first_name }}</textarea>"));

        let Returned::Reply(in_time) = stands_in(&world, &[]).await else { panic!("a reply") };
        assert!(in_time.document.template.is_none() && in_time.reasons.len() == 1, "a text can leave");
        world.passes(Duration::from_hours(25));
        let alone = stands_in(&world, &[]).await;
        let talk = world.desk.talk(world.number).await;
        Box::pin(agent_settles(&world.desk, &talk, alone)).await;
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1, "it needs nobody where the agent may answer alone");
        assert_eq!(sent[0].body["template"]["name"], "still_here");
        assert_eq!(last_message(&world.desk, world.number).await["body"], "Hi Ben, we have news. Write to us.");

        // With anything to ask it waits, and leaves word for word.
        world.passes(Duration::from_mins(1));
        let asks = stands_in(&world, &["a refund is near"]).await;
        let talk = world.desk.talk(world.number).await;
        Box::pin(agent_settles(&world.desk, &talk, asks)).await;
        let shown = world.shown().await;
        assert!(shown.contains("Approve and send") && shown.contains("Another template…"), "{shown}");
        assert!(!shown.contains("edit=1"), "what would be refused is not offered: {shown}");
        let editing = format!("/conversations/{}?view=all&edit=1", world.number);
        assert!(!page(&mut world.browser, &editing).await.contains("id=\"draft-body\""));
        let db = &world.desk.desk.db;
        let pending = approvals::pending_of(db, talk.id).await.unwrap().unwrap();
        assert_eq!(pending.reasons.0, ["a refund is near"]);
        let me = teammates::find(db, world.desk.setup.teammate).await.unwrap().unwrap();
        let decider = Decider { teammate: &me, took: None, program: false };
        let inbox = world.desk.desk.inbox();
        let other = Changes { text: Some("Hi Ben, we have bad news."), ..Changes::default() };
        let refused = approve::accept(&inbox, pending.id, decider, other).await.unwrap_err();
        assert!(refused.to_string().contains("word for word"), "{refused}");
        approve::accept(&inbox, pending.id, decider, Changes::default()).await.unwrap();
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 2);

        // Where it has to be said that a machine writes, only a template that says so leaves by itself.
        let silent = "the template “still_here” does not say that a machine writes";
        for (words, reason) in [("Write to us.", None), ("I am a machine.", Some(silent))] {
            let Returned::Reply(disclosed) = disclosing(&world, &[], Some(words)).await else { panic!("a reply") };
            assert!(disclosed.document.template.is_some());
            assert_eq!(disclosed.reasons.first().map(String::as_str), reason, "{words}");
        }
        assert!(page(&mut world.browser, &path).await.contains("the template lacks those words"));

        // Without a choice it stays what the agent wrote, and a person decides.
        taken(&mut world.browser, &path, &[("template", "")]).await;
        let Returned::Reply(none) = stands_in(&world, &[]).await else { panic!("a reply") };
        assert!(none.document.template.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_ends_no_case_in_which_more_was_said_and_passes_no_colleague() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        world.double.platform.put_template(late_parcel("APPROVED", "late_parcel"));
        world.passes(Duration::from_hours(25));
        let one = world.saves_macro(&LATE).await;
        let path = world.here("templates");
        let by_macro = format!("{path}?macro={}", one.id);
        let drawn = async |browser: &mut Client| {
            let html = page(browser, &by_macro).await;
            let form = html.split("id=\"template-form\"").nth(1).unwrap().split("</form>").next().unwrap().to_owned();
            let named = ["id", "channel", "seen", "shown", "name", "language", "macro", "macro_version"];
            let mut fields: Vec<(&str, String)> = named.iter().map(|name| (*name, value_of(&form, name))).collect();
            fields.extend(values_of(&form, "value").into_iter().map(|value| ("value", value)));
            fields.push(("step", "then".to_owned()));
            fields
        };
        let post = async |browser: &mut Client, fields: &[(&str, String)]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            said(&send(browser, &path, &fields).await)
        };

        let form = drawn(&mut world.browser).await;
        world.hears("wamid.7", &text("And cancel the other one!")).await;
        let words = post(&mut world.browser, form.as_slice()).await;
        assert!(words.starts_with("bThe customer wrote meanwhile"), "{words}");
        assert_eq!(world.desk.talk(world.number).await.status, ConversationStatus::Open);

        let form = drawn(&mut world.browser).await;
        let mut ole = world.desk.browser_of(world.desk.joined("Ole", Role::Teammate).await).await;
        let reply = [("body", "I look into it."), ("back", "/inbox")];
        taken(&mut ole, &world.here("messages"), &reply).await;
        let words = post(&mut world.browser, form.as_slice()).await;
        assert!(words.starts_with("bSomebody else sent a reply before yours."), "{words}");

        // Of another channel, where answers go elsewhere since.
        let mut form = drawn(&mut world.browser).await;
        let other: ChannelId = world.desk.desk.clock.new_id();
        for (name, value) in &mut form {
            if *name == "channel" {
                *value = other.to_string();
            }
        }
        let words = post(&mut world.browser, form.as_slice()).await;
        assert!(words.starts_with("bAnswers go on another channel since"), "{words}");

        let form = drawn(&mut world.browser).await;
        assert_eq!(post(&mut world.browser, form.as_slice()).await, "");
        assert_eq!(world.desk.talk(world.number).await.status, ConversationStatus::Resolved);
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 2, "the reply and one template");
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
async fn a_reply_of_several_parts_goes_on_where_it_stopped() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let path = format!("/api/v1{}", world.here("messages"));
        let photos = [("a.png", "image/png", PHOTO), ("b.png", "image/png", PHOTO)];
        let body = form(&[("body", "Look at both.")], &photos);
        let posted = post_multipart(&mut world.desk.api(), &path, &body).await;
        assert_eq!(posted.status, 201, "{}", posted.text());
        let id: MessageId = posted.json()["id"].as_str().unwrap().parse().unwrap();
        let row = async |desk: &TestDesk| messages::find(&desk.desk.db, id).await.unwrap().unwrap();

        // A process that ends behind the first part.
        Box::pin(deliver(&world.desk.desk.inbox(), id, 1)).await.unwrap();
        let between = row(&world.desk).await;
        assert_eq!((between.delivery, between.parts_sent, between.parts), (Some(Delivery::Queued), 1, 2));
        let back = send(&mut world.browser, &format!("/messages/{id}/cancellation"), &[]).await;
        assert!(said(&back).contains("A part of it is with the customer already"), "{}", said(&back));
        let first = world.double.platform.sent().remove(0);
        let arrived = world.double.platform.fate(&first.id, "delivered", None);
        world.desk.stop().await;
        world.desk.start_again().await;
        world.browser = world.desk.browser().await;

        // News of the first part is none of the whole, and a refusal of the next one says how much has left.
        world.double.misbehave("POST", "/messages", Fault::Answer(error(400, 131_026, "Message undeliverable")), 1);
        world.pushed(&arrived).await;
        let held = row(&world.desk).await;
        assert_eq!((held.delivery, held.parts_sent), (Some(Delivery::Failed), 1), "{}", held.delivery_reason);
        assert!(held.delivery_reason.starts_with("1 of 2 parts has left."), "{}", held.delivery_reason);
        assert!(world.shown().await.contains("Send the rest"));

        taken(&mut world.browser, &format!("/messages/{id}/attempts"), &[]).await;
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 2, "nothing leaves twice");
        let captions: Vec<&Value> = sent.iter().map(|sent| &sent.body["image"]["caption"]).collect();
        assert_eq!(captions, [&json!("Look at both."), &Value::Null]);
        assert_eq!(row(&world.desk).await.delivery, Some(Delivery::Sent));
        // The whole is where the worse of both is.
        for (place, delivery) in [(1, Delivery::Delivered), (0, Delivery::Read)] {
            world.pushed(&world.double.platform.fate(&sent[place].id, "read", None)).await;
            assert_eq!(row(&world.desk).await.delivery, Some(delivery), "each part has a key");
        }
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

/// A program sends a text with a file.
async fn by_program(world: &World, file: (&str, &str, &[u8])) -> (u16, String) {
    let path = format!("/api/v1{}", world.here("messages"));
    let sent = post_multipart(&mut world.desk.api(), &path, &form(&[("body", "Look")], &[file])).await;
    (sent.status, sent.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_platform_refuses_is_refused_with_its_name_the_limit_and_what_to_do() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        // A picture is one by its beginning.
        let large = [PHOTO, &vec![0; 6_000_000]].concat();
        let film = vec![0; 17 * 1024 * 1024];
        let kinds = "This channel takes only these files: pictures (JPEG, PNG), video (MP4, 3GP), sound";
        let odd: [(&str, &str, &[u8], &str); 7] = [
            ("cup.png", "image/png", &large[..], "this channel takes pictures up to 5.2 MB"),
            ("cup.mp4", "video/mp4", &film, "this channel takes video up to 16.7 MB"),
            ("cup.gif", "image/gif", b"GIF89a\x01\0\x01\0", kinds),
            ("cup.svg", "image/svg+xml", b"<svg/>", kinds),
            ("cup.zip", "application/zip", b"PK", kinds),
            ("cup.exe", "", b"MZ", kinds),
            ("cup.pdf", "application/pdf", b"", "It is empty"),
        ];
        for (name, kind, content, why) in odd {
            let (status, words) = by_program(&world, (name, kind, content)).await;
            assert_eq!(status, 422, "{name}: {words}");
            assert!(words.contains(&format!("“{name}” cannot go with it.")) && words.contains(why), "{words}");
            assert!(words.contains("Nothing was sent."), "{words}");

            let csrf = value_of(&world.shown().await, "csrf");
            let attached = form(&[("csrf", csrf.as_str())], &[(name, kind, content)]);
            let path = world.here("files");
            let answer = post_multipart(&mut world.browser, &path, &attached).await;
            let words = said(&answer);
            assert!(words.contains(&format!("“{name}” was not attached:")) && words.contains(why), "{words}");
        }
        let shown = world.shown().await;
        assert!(values_of(&shown, "file").is_empty(), "none of them is there");
        let takes =
            "up to 10 files, 104.8 MB: pictures up to 5.2 MB, video up to 16.7 MB, sound up to 16.7 MB, documents";
        assert!(shown.contains(takes) && shown.contains("accept=\"image/jpeg,image/png,video/mp4,"), "{shown}");

        // The name says what nobody else did.
        let (status, words) = by_program(&world, ("label.pdf", "", b"%PDF")).await;
        assert_eq!(status, 201, "{words}");
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1, "the good one alone");
        assert_eq!(sent[0].body["type"], "document");
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
async fn a_person_puts_buttons_below_a_reply() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let shown = world.shown().await;
        assert!(shown.contains("One answer to press a line, up to 10, each up to 20 characters"), "{shown}");
        // Kept as they are typed, for every device, and looked at.
        let path = world.here("draft-text");
        let long = "This is more than one can read";
        let typed = [("body", "Which one?"), ("revision", ""), ("choices", long)];
        let kept = send(&mut world.browser, &path, &typed).await;
        let words = kept.json()["objections"][0].as_str().unwrap().to_owned();
        assert!(words.contains("is too long for a button on WhatsApp: at most 20 characters"), "{words}");
        let shown = world.shown().await;
        assert!(shown.contains(&format!(">{long}</textarea>")) && shown.contains(&words), "{shown}");

        let path = world.here("messages");
        let refused = [("body", "Which one?"), ("choices", "The lamp\r\nThe lamp"), ("back", "/inbox")];
        let refused = send(&mut world.browser, &path, &refused).await;
        assert!(said(&refused).contains("Two buttons say the same."), "{}", said(&refused));
        let shown = world.shown().await;
        assert!(shown.contains(">The lamp\nThe lamp</textarea>"), "what was written is kept: {shown}");
        let asks = [("body", "Which one?"), ("choices", "The lamp\r\n\r\nThe chair"), ("back", "/inbox")];
        let sent = send(&mut world.browser, &path, &asks).await;
        assert_eq!((sent.status, said(&sent).as_str()), (303, ""));
        let id = last_message(&world.desk, world.number).await["id"].as_str().unwrap().to_owned();
        let shown = world.shown().await;
        assert!(shown.contains("<bdi>The lamp</bdi>") && shown.contains("<bdi>The chair</bdi>"), "{shown}");

        // Taken back they are in the composer again.
        taken(&mut world.browser, &format!("/messages/{id}/cancellation"), &[]).await;
        let shown = world.shown().await;
        assert!(shown.contains(">The lamp\nThe chair</textarea>"), "{shown}");
        let sent = send(&mut world.browser, &path, &asks).await;
        assert_eq!((sent.status, said(&sent).as_str()), (303, ""));
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1);
        let buttons = sent[0].body.pointer("/interactive/action/buttons").unwrap().as_array().unwrap();
        let titles: Vec<&Value> = buttons.iter().map(|button| &button["reply"]["title"]).collect();
        assert_eq!(titles, [&json!("The lamp"), &json!("The chair")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_and_macros_put_buttons_below_a_text() {
    let mut world = World::new(Engine::Sqlite).await;
    let api = format!("/api/v1{}", world.here("messages"));
    let post = async |world: &World, body: Value| world.desk.api().post_json(&api, &body).await.unwrap();
    for (body, status, words) in [
        (json!({ "body": "Sure?", "choices": "Yes" }), 400, "The field `choices` has to hold a list of texts"),
        (
            json!({ "body": "Sure?", "choices": vec!["x"; 11] }),
            422,
            "At most 10 buttons go with one message on WhatsApp",
        ),
        (json!({ "body": "Sure?", "choices": [" "] }), 422, "A button needs words."),
        (json!({ "template": { "name": "a" }, "choices": ["Yes"] }), 400, "A template has its own buttons"),
        (json!({ "choices": ["Yes"] }), 400, "The field `body` is missing"),
    ] {
        let refused = post(&world, body).await;
        assert!(refused.status == status && refused.text().contains(words), "{}", refused.text());
    }
    let taken_in = post(&world, json!({ "body": "Sure?", "choices": ["Yes", "No"] })).await;
    assert_eq!(taken_in.status, 201, "{}", taken_in.text());
    assert_eq!(last_message(&world.desk, world.number).await["choices"], json!(["Yes", "No"]));

    let alone = [("name", "Which"), ("shared", "team"), ("then", "resolve"), ("choices_en", "Lamp")];
    let refused = send(&mut world.browser, "/macros", &alone).await;
    assert!(refused.status == 422 && refused.text().contains("Buttons stand below a text."), "{}", refused.text());
    let which = [("name", "Which"), ("shared", "team"), ("text_en", "Which one?"), ("choices_en", "Lamp\r\nChair")];
    let one = world.saves_macro(&which).await;
    assert!(page(&mut world.browser, &format!("/macros/{}", one.id)).await.contains(">Lamp\nChair</textarea>"));
    let path = format!("/conversations/{}?view=all&macro={}", world.number, one.id);
    let shown = page(&mut world.browser, &path).await;
    assert!(shown.contains(">Which one?</textarea>") && shown.contains(">Lamp\nChair</textarea>"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_is_put_on_what_the_customer_wrote_and_taken_off_by_pressing_again() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let id = last_message(&world.desk, world.number).await["id"].as_str().unwrap().to_owned();
        let path = format!("/messages/{id}/sign");
        let shown = world.shown().await;
        assert!(shown.contains("aria-label=\"Put 👍 on the message from Ben Ohm\""), "{shown}");
        let refused = send(&mut world.browser, &path, &[("sign", "💡")]).await;
        assert!(said(&refused).contains("This sign cannot be put on a message on WhatsApp."), "{}", said(&refused));
        assert!(world.double.platform.sent().is_empty());
        for _ in 0..2 {
            let put = send(&mut world.browser, &path, &[("sign", "👍")]).await;
            assert_eq!((put.status, said(&put).as_str()), (303, ""));
        }
        let last = world.double.platform.sent().pop().unwrap();
        assert_eq!(last.body["reaction"], json!({ "message_id": "wamid.1", "emoji": "👍" }));
        let shown = world.shown().await;
        assert_eq!(shown.matches("<span class=\"sign\">👍").count(), 1, "{shown}");
        assert!(shown.contains("aria-label=\"Take 👍 off the message from Ben Ohm\""), "{shown}");

        world.double.misbehave("POST", "/messages", Fault::Answer(error(400, 131_009, "No such message")), 1);
        let refused = send(&mut world.browser, &path, &[("sign", "")]).await;
        assert!(said(&refused).contains("Nothing was changed."), "{}", said(&refused));
        assert_eq!(last_message(&world.desk, world.number).await["signs"][0]["sign"], "👍", "it stands there still");
        let off = send(&mut world.browser, &path, &[("sign", "")]).await;
        assert_eq!((off.status, said(&off).as_str()), (303, ""));
        let last = world.double.platform.sent().pop().unwrap();
        assert_eq!(last.body["reaction"]["emoji"], "");
        assert_eq!(last_message(&world.desk, world.number).await["signs"], json!([]));

        world.passes(Duration::from_hours(25));
        assert!(!world.shown().await.contains("Put 👍 on the message"), "what would be refused is not offered");
        let sent = world.double.platform.sent().len();
        let late = send(&mut world.browser, &path, &[("sign", "👍")]).await;
        assert!(said(&late).contains("The time for a sign on WhatsApp is over."), "{}", said(&late));
        assert_eq!(world.double.platform.sent().len(), sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pressed_button_says_the_whole_answer() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let reply = json!({ "id": "say:Blue jacket, size M", "title": "Blue jacket, size…" });
        let pressed =
            json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": reply } });
        for _ in 0..2 {
            world.hears("wamid.press", &pressed).await;
        }
        assert_eq!(last_message(&world.desk, world.number).await["body"], "Blue jacket, size M");
        let shown = world.desk.api_get(&format!("/api/v1/conversations/{}", world.number)).await;
        assert_eq!(shown["messages"].as_array().unwrap().len(), 2, "delivered twice it is one message");
    }
}
