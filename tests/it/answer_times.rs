//! Hours, targets, clocks that run out, and what customers are told when nobody is there.

use std::time::Duration;

use resolute::clock::Clock;
use resolute::inbox::macros::Also;
use resolute::inbox::{Inbox, care, overdue, taken_back};
use resolute::model::Ts;
use resolute::model::conversation::Conversation;
use resolute::model::event::EventKind;
use resolute::model::message::{Message, MessageAuthor};
use resolute::store::{Db, answer_times, chats, conversations, messages, sessions, teammates};
use serde_json::json;

use crate::restraint::{agent_settles, hand_over};
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, put};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::http::Client;
use crate::support::stores::{happened, number_of, write};

const HOUR: i64 = 3_600_000_000;

fn hours(n: i64) -> Ts {
    Ts(MONDAY.0 + n * HOUR)
}

/// Monday to Friday nine to five in UTC, four hours for the first answer, two for the next, a working day in all.
fn office<'a>(extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![("brand", "fjord"), ("first_", "4 h"), ("next_", "2 h"), ("resolution_", "8 h")];
    fields.extend([
        ("day_0", "09:00-17:00"),
        ("day_1", "9-17"),
        ("day_2", "9-17"),
        ("day_3", "9-17"),
        ("day_4", "9-17"),
    ]);
    fields.push(("away_text", "Dear {{ customer.first_name }}, we are back {{ back }}. {{ brand }}"));
    fields.retain(|(name, _)| !extra.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(extra);
    fields
}

fn mail(number: usize, from: &str, headers: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: help@fjord.example\r\nSubject: The lamp\r\nMessage-ID: <{number}@x.example>\r\n{headers}\
         \r\nThis is mail {number}.\r\n"
    )
    .into_bytes()
}

async fn newest(desk: &TestDesk) -> Conversation {
    desk.drain().await;
    desk.newest().await
}

async fn told(desk: &TestDesk, talk: &Conversation) -> Vec<Message> {
    let all = messages::list(&desk.desk.db, talk.id, 50).await.unwrap();
    all.into_iter().filter(|message| message.author == MessageAuthor::System).collect()
}

async fn overdue_events(desk: &TestDesk, talk: &Conversation) -> usize {
    let all = happened(&desk.desk.db, talk.id).await;
    all.iter().filter(|event| event.kind == EventKind::Overdue).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_closed_case_is_watched_is_set_in_days() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let set = async || {
            let times = answer_times::of_brand(&desk.desk.db, desk.setup.brand).await.unwrap();
            times.settled_after().as_secs() / 86_400
        };
        taken(&mut browser, "/answer-times", &office(&[])).await;
        assert_eq!(set().await, 7);
        taken(&mut browser, "/answer-times", &office(&[("settled_days", "14")])).await;
        assert_eq!(set().await, 14);
        for wrong in ["0", "91", "soon"] {
            let refused = send(&mut browser, "/answer-times", &office(&[("settled_days", wrong)])).await;
            assert_eq!(refused.status, 422, "{wrong}");
            assert!(refused.text().contains("from 1 to 90"), "{}", refused.text());
        }
        assert_eq!(set().await, 14);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_due_in_open_time_and_follow_what_is_set() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        desk.post_mail(&mail(1, "sofie@x.example", "")).await;
        let talk = newest(&desk).await;
        assert_eq!(talk.due_at, Some(hours(8)), "eight hours where nothing is set");
        assert_eq!(talk.clocks.resolution_due_at, None);

        let mut browser = desk.browser().await;
        taken(&mut browser, "/answer-times", &office(&[("first_", "10 h")])).await;
        let moved = newest(&desk).await;
        assert_eq!(moved.due_at, Some(hours(26)), "open clocks are set anew: eight hours on Monday, two on Tuesday");
        assert_eq!(moved.clocks.resolution_due_at, Some(hours(8)));

        taken(&mut browser, "/answer-times", &office(&[("first_email", "30 min"), ("next_email", "15 min")])).await;
        let moved = newest(&desk).await;
        assert_eq!(moved.due_at, Some(Ts(MONDAY.0 + HOUR / 2)));
        assert_eq!(moved.clocks.resolution_due_at, None, "mail has targets of its own, without an end");
        let html = page(&mut browser, "/answer-times?brand=fjord").await;
        assert!(html.contains("value=\"30 min\"") && html.contains("value=\"09:00-17:00\""), "{html}");

        // The brand's clock moves: nine in New York is two in the afternoon in UTC.
        taken(&mut browser, "/answer-times", &office(&[])).await;
        let brand = [("name", "Fjord Home"), ("hue", "205"), ("locale", "en"), ("currency", "EUR")];
        let brand = [&brand[..], &[("agent_level", "off"), ("time_zone", "America/New_York")]].concat();
        taken(&mut browser, "/brands/fjord", &brand).await;
        assert_eq!(newest(&desk).await.due_at, Some(hours(9)), "09:00 there, and four hours");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_without_a_target_of_its_own_is_due_in_ten_minutes() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        assert_eq!(newest(&desk).await.due_at, Some(Ts(MONDAY.0 + HOUR / 6)));

        let mut browser = desk.browser().await;
        taken(&mut browser, "/answer-times", &office(&[])).await;
        assert_eq!(newest(&desk).await.due_at, Some(Ts(MONDAY.0 + HOUR / 6)), "the first row is for the others");
        assert!(page(&mut browser, "/answer-times").await.contains("a live chat has at most 10 min"));
        taken(&mut browser, "/answer-times", &office(&[("first_live_chat", "1 h"), ("next_live_chat", "5 min")])).await;
        assert_eq!(newest(&desk).await.due_at, Some(hours(1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_answer_has_its_own_target_and_an_undone_reply_was_none() {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    let mut browser = desk.browser().await;
    taken(&mut browser, "/answer-times", &office(&[])).await;
    let cast = Cast::stored(&desk.desk.db).await;
    desk.post_mail(&mail(1, "sofie@x.example", "")).await;
    let talk = newest(&desk).await;
    assert_eq!(talk.due_at, Some(hours(4)));
    let inbox = desk.desk.inbox();
    let answer = async || {
        let said = (desk.desk.clock.new_id(), "We look.");
        care::answer_with(&inbox, talk.id, &cast.sam, said, text_alone(&Also::default())).await.unwrap()
    };
    let first = answer().await;
    assert_eq!(newest_without_work(&desk, &talk).await.clocks.first_answered_at, Some(MONDAY));
    taken_back::cancel(&inbox, first, &cast.sam).await.unwrap();
    let undone = newest_without_work(&desk, &talk).await;
    assert_eq!((undone.clocks.first_answered_at, undone.due_at), (None, Some(hours(4))));
    answer().await;
    desk.desk.clock.advance(Duration::from_hours(1));
    desk.post_mail(&mail(2, "sofie@x.example", "In-Reply-To: <1@x.example>\r\n")).await;
    desk.desk.receiver().receive(10).await.unwrap();
    assert_eq!(newest_without_work(&desk, &talk).await.due_at, Some(hours(3)));
}

async fn newest_without_work(desk: &TestDesk, talk: &Conversation) -> Conversation {
    conversations::find(&desk.desk.db, talk.id).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_ran_out_is_noted_once_for_each_moment() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/answer-times", &office(&[])).await;
        desk.post_mail(&mail(1, "sofie@x.example", "")).await;
        let talk = newest(&desk).await;
        let inbox = desk.desk.inbox();
        assert_eq!(overdue::note(&inbox).await.unwrap(), 0);
        desk.desk.clock.advance(Duration::from_hours(5));
        assert_eq!(overdue::note(&inbox).await.unwrap(), 1);
        assert_eq!(overdue::note(&inbox).await.unwrap(), 0, "once");
        let html = page(&mut browser, &format!("/conversations/{}/timeline", talk.number)).await;
        assert!(html.contains("The answer is overdue"), "{html}");
        // The case itself runs out eight open hours after it began.
        desk.desk.clock.advance(Duration::from_hours(4));
        assert_eq!(overdue::note(&inbox).await.unwrap(), 1);
        assert_eq!(overdue_events(&desk, &talk).await, 2);
        // Another moment is another event; a case that is resolved has none.
        taken(&mut browser, "/answer-times", &office(&[("first_", "1 h")])).await;
        assert_eq!(overdue::note(&inbox).await.unwrap(), 1);
        let cast = Cast::stored(&desk.desk.db).await;
        care::resolve(&inbox, talk.id, &cast.sam, None).await.unwrap();
        desk.desk.clock.advance(Duration::from_hours(100));
        assert_eq!(overdue::note(&inbox).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_ran_out_is_noted_once_by_several_processes() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let rows: Vec<_> = (1..=300).map(|number| cast.conversation(number)).collect();
        put(&desk.desk.db, &rows, &[]).await;
        desk.desk.clock.advance(Duration::from_hours(100_000));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (url, inbox) = (desk.desk.config.database(), desk.desk.inbox());
                tokio::spawn(async move {
                    // A connection of its own, as another process has.
                    let inbox = Inbox { db: Db::connect(&url).await.unwrap(), ..inbox };
                    overdue::note(&inbox).await.unwrap()
                })
            })
            .collect();
        let mut noted = 0;
        for task in tasks {
            noted += task.await.unwrap();
        }
        assert_eq!(noted, 300);
        let events = number_of(&desk.desk.db, "select count(*) from events where kind = 'overdue'").await;
        assert_eq!(events, 300);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_while_nobody_is_there_is_told_once_a_closed_time() {
    for engine in Engine::all() {
        // Monday 20:00.
        let clock = Clock::fixed(hours(11));
        let desk = TestDesk::start(Wish { clock, may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/answer-times", &office(&[("away", "on")])).await;
        desk.post_mail(&mail(1, "\"Sofie Keller\" <sofie@x.example>", "")).await;
        let talk = newest(&desk).await;
        assert!(told(&desk, &talk).await.is_empty(), "the agent has a minute");
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        let all = told(&desk, &talk).await;
        assert_eq!(all.len(), 1);
        assert!(
            all[0].body.starts_with("Dear Sofie, we are back ") && all[0].body.contains("09:00"),
            "{}",
            all[0].body
        );
        assert!(newest_without_work(&desk, &talk).await.due_at.is_some(), "the customer still waits");

        desk.post_mail(&mail(2, "sofie@x.example", "In-Reply-To: <1@x.example>\r\n")).await;
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert_eq!(told(&desk, &talk).await.len(), 1, "once a closed time");

        // Tuesday evening is another one.
        desk.desk.clock.advance(Duration::from_hours(24));
        desk.post_mail(&mail(3, "sofie@x.example", "In-Reply-To: <1@x.example>\r\n")).await;
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert_eq!(told(&desk, &talk).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_is_there_it_is_said_when_people_are_back_and_not_that_one_answers() {
    for engine in Engine::all() {
        // Monday 20:00.
        let clock = Clock::fixed(hours(11));
        let desk = TestDesk::start(Wish { clock, may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/answer-times", &office(&[("away", "on")])).await;
        desk.post_mail(&mail(1, "\"Sofie Keller\" <sofie@x.example>", "")).await;
        let talk = newest(&desk).await;
        Box::pin(agent_settles(&desk, &talk, hand_over())).await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        let all = told(&desk, &talk).await;
        assert!(all.len() == 1 && all[0].body.starts_with("Dear Sofie, we are back "), "{engine:?}: {all:?}");

        // Tuesday 10:00, when the next word is handed over as well.
        desk.desk.clock.advance(Duration::from_hours(14));
        desk.post_mail(&mail(2, "sofie@x.example", "In-Reply-To: <1@x.example>\r\n")).await;
        let talk = newest(&desk).await;
        Box::pin(agent_settles(&desk, &talk, hand_over())).await;
        let all = told(&desk, &talk).await;
        assert_eq!(all.last().map(|message| message.body.as_str()), Some("A colleague looks at it."));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_case_of_two_whoever_wrote_is_told_that_nobody_is_there_and_not_the_other_one() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, "/answer-times", &office(&[("away", "on")])).await;
        desk.post_mail(&mail(1, "\"Sofie Keller\" <sofie@x.example>", "")).await;
        let talk = newest(&desk).await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.post_mail(&mail(2, "\"Ole Berg\" <ole@x.example>", "")).await;
        let source = newest(&desk).await.number.to_string();
        let path = format!("/conversations/{}/merges", talk.number);
        taken(&mut browser, &path, &[("source", &source), ("sure", "1")]).await;

        desk.desk.clock.advance(Duration::from_hours(11));
        let said = async |number: usize, from: &str, headers: &str| {
            desk.post_mail(&mail(number, from, headers)).await;
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(2));
            desk.drain().await;
            told(&desk, &talk).await
        };
        let all = said(3, "ole@x.example", "In-Reply-To: <2@x.example>\r\n").await;
        assert!(all.is_empty(), "{engine:?}: Sofie asked for nothing: {all:?}");
        let heard = messages::list(&desk.desk.db, talk.id, 50).await.unwrap();
        assert_eq!(heard.len(), 3, "{engine:?}: his came into the case");
        let all = said(4, "sofie@x.example", "In-Reply-To: <1@x.example>\r\n").await;
        assert!(all.len() == 1 && all[0].body.starts_with("Dear Sofie, we are back "), "{engine:?}: {all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_and_open_hours_get_no_word_that_nobody_is_there() {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    let mut browser = desk.browser().await;
    taken(&mut browser, "/answer-times", &office(&[("away", "on")])).await;
    let said = async |number: usize, from: &str, headers: &str| {
        desk.post_mail(&mail(number, from, headers)).await;
        let talk = newest(&desk).await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        told(&desk, &talk).await.len()
    };
    assert_eq!(said(1, "ann@x.example", "").await, 0, "somebody is there");
    desk.desk.clock.advance(Duration::from_hours(11));
    assert_eq!(said(2, "bob@x.example", "Auto-Submitted: auto-replied\r\n").await, 0);
    assert_eq!(said(3, "list@x.example", "Precedence: bulk\r\nList-Id: <l.x.example>\r\n").await, 0);
    assert_eq!(said(4, "no-reply@x.example", "").await, 0);
    assert_eq!(said(5, "help@fjord.example", "").await, 0, "our own address");
    assert_eq!(said(6, "cleo@x.example", "").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_named_and_kept() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser = desk.browser().await;
    for (name, wrong, words) in [
        ("day_2", "17-9", "ends before it begins"),
        ("closed", "tomorrow", "Line 1"),
        ("first_", "soon", "no span of time"),
        ("next_", "", "no span of time"),
        ("resolution_", "0", "always missed"),
        ("away_text", "Hi {{ customer.iban }}", "There is no"),
    ] {
        let answer = send(&mut browser, "/answer-times", &office(&[(name, wrong), ("away", "on")])).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(answer.text().contains(words) && answer.text().contains("Not saved."), "{name}: {}", answer.text());
    }
    let nobody: Vec<_> = (0..5).map(|day| (["day_0", "day_1", "day_2", "day_3", "day_4"][day], "")).collect();
    assert_eq!(send(&mut browser, "/answer-times", &office(&nobody)).await.status, 422, "a week without a day");
    let html = page(&mut browser, "/answer-times").await;
    assert!(html.contains("name=\"always\" checked"), "nothing was saved: {html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_is_not_counted_on() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser: Client = desk.browser().await;
    let cast = Cast::stored(&desk.desk.db).await;
    put(&desk.desk.db, &[cast.conversation(7)], &[]).await;
    write(&desk.desk.db, async |tx| {
        sessions::insert(tx, b"one", desk.setup.teammate, "", MONDAY, hours(9)).await?;
        chats::note_active(tx, b"one", MONDAY).await
    })
    .await;
    let here = async || chats::people_here(&desk.desk.db, Ts(MONDAY.0 - 1)).await.unwrap();
    assert_eq!(here().await, 1);
    taken(&mut browser, "/account/absence", &[]).await;
    taken(&mut browser, "/account/absence", &[]).await;
    assert_eq!(here().await, 0);
    assert!(page(&mut browser, "/account").await.contains("You are away"));
    assert!(page(&mut browser, "/conversations/7").await.contains("(away)"), "whoever gives work sees it");
    taken(&mut browser, "/account/absence/deletion", &[]).await;
    assert_eq!(here().await, 1);
    let me = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
    assert_eq!(me.away_since, None);
}
