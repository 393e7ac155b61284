//! A small desk on which what is rare has happened: work was given up, a mail could not be read, a reply did not leave.

use platform_doubles::Double;
use platform_doubles::whatsapp::{Account, Whatsapp};
use resolute::clock::Clock;
use resolute::model::channel::ChannelState;
use resolute::model::conversation::{AgentState, Conversation};
use resolute::model::job::JobKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::order::{Currency, Money};
use resolute::model::replay::{Asked, Compared, Ended, Tally, Weighed};
use resolute::model::tracker::{TrackerKind, TrackerRow};
use resolute::model::{ChannelId, JobId, Json};
use resolute::store::channels::{self, NewChannel};
use resolute::store::intake::ConversationRow;
use resolute::store::jobs::NewJob;
use resolute::store::run_inputs::{self, RunInputs};
use resolute::store::{Reader, agent_runs, articles, brakes, conversations, jobs, macros, replays, trackers};
use serde_json::{Value, json};

use super::sweep::World;
use crate::admission::of_whatsapp;
use crate::admission::templates::late_parcel;
use crate::channels::set_aside;
use crate::composer_files::{form, post_multipart};
use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{done_run, new_replay};
use crate::support::forms::{page, send, taken, value_of};
use crate::support::stores::write;

const MAIL: &[u8] =
    b"From: ann@x.example\r\nTo: help@fjord.example\r\nMessage-ID: <a@x.example>\r\nSubject: Hello\r\n\r\nText\r\n";
const MACRO: [(&str, &str); 7] = [
    ("brand", "fjell"),
    ("name", "Late parcel"),
    ("shared", "team"),
    ("text_en", "We look for it."),
    ("tags", "late"),
    ("assign", "me"),
    ("then", "tomorrow"),
];

/// Of the conversations 1 to 4 the first is resolved and the second was not, for a reply did not leave from it; in the
/// third the agent writes, and the fourth is a live chat of the same customer. The platform answers as long as it is held.
pub(super) async fn rare() -> (TestDesk, Cast, World, Double<Whatsapp>) {
    let wish = Wish { clock: Clock::system(), may_leave_work: true, ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let mut world = World::new(desk.address);
    world.name("shop", cast.shop.id.to_string());
    follow(&desk, &cast, &mut world).await;
    talk(&desk, &cast, &mut world).await;
    replay(&desk, &cast, &mut world).await;
    give_up(&desk).await;
    accounts(&desk, &mut world).await;
    change(&desk, &cast, &mut world).await;
    let platform = with_templates(&desk, &mut world).await;
    (desk, cast, world, platform)
}

/// A provider that follows parcels, which nobody has asked yet.
async fn follow(desk: &TestDesk, cast: &Cast, world: &mut World) {
    let tracker = TrackerRow {
        id: desk.desk.clock.new_id(),
        brand_id: cast.brand.id,
        kind: TrackerKind::AfterShip,
        settings: Json(json!({})),
        state: String::new(),
        state_reason: String::new(),
        last_read_at: None,
    };
    let now = desk.desk.clock.now();
    write(&desk.desk.db, async |tx| trackers::insert(tx, &tracker, b"sealed".to_vec(), now).await).await;
    world.name("tracker", tracker.id.to_string());
}

async fn talk(desk: &TestDesk, cast: &Cast, world: &mut World) {
    let db = &desk.desk.db;
    cast.open(db, 1).await;
    // What it looked at is not kept.
    let run = done_run(&desk.desk.clock, &desk.talk(1).await);
    write(db, async |tx| agent_runs::insert(tx, &run).await).await;
    world.name("run", run.id.to_string());
    let failed = cast.open(db, 2).await;
    let mut reply = cast.message(&failed, "It is on its way.");
    (reply.direction, reply.author) = (Direction::Outbound, MessageAuthor::Agent);
    (reply.contact_id, reply.delivery) = (None, Some(Delivery::Failed));
    "It is on its way.\n\n> Where is it?".clone_into(&mut reply.full_text);
    let long = cast.message(&failed, &"Where is it? ".repeat(20_000));
    put(db, &[], &[reply, long]).await;
    world.name("failed", "2");
    cast.open(db, 3).await;
    let row = desk.talk(3).await;
    let writing = Conversation { agent_state: AgentState::Writing, ..row };
    write(db, async |tx| conversations::update(tx, &writing).await).await;
    world.name("writing", "3");
    let (channel_id, channel_kind) = (cast.chat.id, cast.chat.kind.clone());
    let chat = ConversationRow { channel_id, channel_kind, ..cast.conversation(4) };
    put(db, std::slice::from_ref(&chat), &[cast.message(&chat, "Are you there?")]).await;
}

/// A replay that is under way, with a case in which its draft makes a difference.
async fn replay(desk: &TestDesk, cast: &Cast, world: &mut World) {
    let (clock, replay) = (&desk.desk.clock, new_replay(&desk.desk.clock, cast.brand.id));
    let run = done_run(clock, &desk.talk(1).await);
    let inputs = RunInputs { run_id: run.id, inputs: Vec::new(), taken_at: clock.now() };
    let worth = Some(Money::new(4_200, Currency::EUR));
    let asked = Asked { what: "refund".into(), label: "Refund 42.00 EUR to card ending 4421".into(), worth };
    let before = Weighed {
        why: vec!["refunds more than 25.00 EUR".into()],
        asked: vec![asked],
        text: "Hi Sofie,\n\n42.00 EUR go back to your card.".into(),
        ..Weighed::alone(Ended::Waits)
    };
    let after = Weighed { ended: Ended::Sent, why: Vec::new(), ..before.clone() };
    let compared = Compared { before, after };
    let mut tally = Tally::default();
    tally.add(Some(&compared));
    tally.add(None);
    write(&desk.desk.db, async |tx| {
        agent_runs::insert(tx, &run).await?;
        run_inputs::insert(tx, &inputs).await?;
        replays::insert(tx, &replay).await?;
        replays::count(tx, replay.id, &tally).await?;
        replays::insert_case(tx, replay.id, run.id, &compared).await
    })
    .await;
    world.name("replay", replay.id.to_string());
}

/// A bot that Telegram no longer lets in, and a number that may write first and of which its platform says something.
async fn accounts(desk: &TestDesk, world: &mut World) {
    let bot = json!({ "bot": "@fjord_bot" });
    let bot = account(desk, "telegram", bot, json!({ "token": "1:a", "webhook_secret": "word" })).await;
    let number = json!({ "number": "+4790000001", "provider": { "kind": "twilio", "account_sid": "AC1" } });
    let number = account(desk, "sms", number, json!({ "provider": { "auth_token": "word" } })).await;
    write(&desk.desk.db, async |tx| {
        channels::set_state(tx, bot, ChannelState::NeedsAttention, "Telegram refused the token of the bot.").await?;
        channels::set_account_news(tx, number, "The number may write to 200 customers a day.").await
    })
    .await;
    world.name("bot", bot.to_string());
    world.name("number", number.to_string());
}

/// A number of WhatsApp, which has templates.
async fn with_templates(desk: &TestDesk, world: &mut World) -> Double<Whatsapp> {
    let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
    for name in ["late_parcel", "still_here"] {
        double.platform.put_template(late_parcel("APPROVED", name));
    }
    let url = double.url();
    taken(&mut desk.browser().await, "/channels", &of_whatsapp(&url)).await;
    let all = channels::list(&desk.desk.db).await.unwrap();
    let number = all.iter().find(|row| row.kind == "whatsapp").expect("it is connected");
    world.name("whatsapp", number.id.to_string());
    double
}

async fn account(desk: &TestDesk, kind: &str, settings: Value, secrets: Value) -> ChannelId {
    let id: ChannelId = desk.desk.clock.new_id();
    let channel = NewChannel {
        id,
        brand_id: desk.setup.brand,
        kind: kind.to_owned(),
        name: format!("Our {kind}"),
        address: "fjord".to_owned(),
        settings,
        secrets: desk.desk.connections.seal(id, &secrets).expect("the secrets are sealed"),
        webhook_secret: String::new(),
        created_at: desk.desk.clock.now(),
    };
    write(&desk.desk.db, async |tx| channels::insert(tx, &channel).await).await;
    id
}

async fn give_up(desk: &TestDesk) {
    assert_eq!(desk.post_mail(MAIL).await.status, 200);
    set_aside(desk, "its form is unknown").await;
    // What it is about does not exist.
    let id: JobId = desk.desk.clock.new_id();
    let job = NewJob::about(id, JobKind::Deliver, "message", &id, desk.desk.clock.now());
    write(&desk.desk.db, async |tx| jobs::enqueue(tx, &[job]).await).await;
    desk.drain().await;
}

async fn change(desk: &TestDesk, cast: &Cast, world: &mut World) {
    let mut browser = desk.browser().await;
    let ticked = [("pick", "1-1"), ("pick", "2-0"), ("do", "resolve"), ("back", "/inbox?view=open")];
    let answer = send(&mut browser, "/inbox/changes", &ticked).await;
    let changed = answer.header("location").and_then(|there| there.split_once("changed=")).expect("what was changed");
    world.name("changed", changed.1);
    taken(&mut browser, "/macros", &MACRO).await;
    let all = macros::list(&desk.desk.db, cast.brand.id, desk.setup.teammate).await.unwrap();
    world.name("macro", all[0].id.to_string());
    taken(&mut browser, "/articles", &[("brand", "fjell"), ("title", "Returns"), ("locale", "en")]).await;
    let article = articles::list(&desk.desk.db, cast.brand.id).await.unwrap()[0].id.to_string();
    let text = [("title", "Returns"), ("body", "## Within 30 days\n\n- free"), ("base", "1"), ("then", "publish")];
    taken(&mut browser, &format!("/articles/{article}/en"), &text).await;
    world.name("article", article);
    let csrf = value_of(&page(&mut browser, "/articles/import").await, "csrf");
    let fields = [("csrf", csrf.as_str()), ("brand", "fjell"), ("locale", "en")];
    let files = [("sizes.md", "", &b"# Sizes\n\nThey fit."[..]), ("notes.md", "", &b"No title"[..])];
    let answer = post_multipart(&mut browser, "/articles/import", &form(&fields, &files)).await;
    let import = answer.header("location").and_then(|there| there.rsplit_once('/')).expect("what was imported");
    world.name("import", import.1);
    taken(&mut browser, "/brakes", &[("intent", "stock"), ("reason", "The shop counts wrong")]).await;
    let lifted = brakes::list_in_force(&mut Reader::Db(&desk.desk.db)).await.unwrap()[0].id;
    taken(&mut browser, &format!("/brakes/{lifted}/deletion"), &[]).await;
    taken(&mut browser, "/brakes", &[("brand", "fjell"), ("action", "refund"), ("reason", "Prices are wrong")]).await;
}
