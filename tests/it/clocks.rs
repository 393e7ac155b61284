//! Clocks that are wrong: two processes on one PostgreSQL whose machines are a minute apart, four times as long as work is
//! somebody's without a sign of life; and a machine whose clock is set back.

use std::time::Duration;

use channel_contract::RawItem;
use channel_contract::inbound::RawOrigin;
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::config::Config;
use resolute::inbox::care;
use resolute::inbox::macros::Also;
use resolute::jobs::{self as workers, upkeep};
use resolute::model::job::JobKind;
use resolute::model::message::Delivery;
use resolute::model::{ChannelId, MessageId};
use resolute::store::jobs::{self, Lease, NewJob};
use resolute::store::{messages, teammates};

use crate::mail_path::mail;
use crate::support::answers::text_alone;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::setup::open;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{number_of, write};
use crate::support::timeline;

/// By so much a clock is wrong.
const WRONG: Duration = Duration::from_mins(1);
/// Two clocks that are so far apart are one.
const APART: Duration = Duration::from_secs(1);
/// How long work is somebody's without a sign of life.
const LEASE: Duration = Duration::from_secs(15);

/// By the machine's clock, and nothing is done but what the test does.
fn wish(engine: Engine) -> Wish {
    Wish { clock: Clock::system(), ..Wish::exact(engine) }
}

/// The clocks of a machine that is ahead and of one that is behind.
fn wrong_clocks() -> [Clock; 2] {
    let (fast, slow) = (Clock::system(), Clock::system());
    fast.advance(WRONG);
    slow.set_back(WRONG);
    [fast, slow]
}

/// A second process over the same data.
async fn beside(desk: &TestDesk, clock: Clock) -> Desk {
    Box::pin(open(Config::clone(&desk.desk.config), clock)).await
}

/// A mail that answers the first one, unless it is that; its text is its number.
fn letter(place: usize) -> Vec<u8> {
    let more = if place == 0 { "" } else { "In-Reply-To: <m0@post.example>\r\n" };
    mail(
        &format!("m{place}@post.example"),
        "sofie@post.example",
        "Where is my parcel?",
        more,
        &format!("Mail {place}."),
    )
}

async fn take(desk: &Desk, channel: ChannelId, place: usize) {
    let item = RawItem { external_id: format!("m{place}"), origin: RawOrigin::Webhook, body: letter(place).into() };
    desk.intake.record(channel, vec![item], None).await.unwrap();
}

async fn drain(desk: &Desk) {
    Box::pin(workers::drain(desk)).await.unwrap();
}

/// Does what is due, in both processes at once, until so many messages are there and no work is left.
async fn settle(desks: [&Desk; 2], count: i64) {
    for _ in 0..400 {
        for desk in desks {
            upkeep::look_after(desk).await.unwrap();
        }
        tokio::join!(drain(desks[0]), drain(desks[1]));
        let there = number_of(&desks[0].db, "select count(*) from messages").await;
        if there == count && timeline::unfinished(&desks[0].db).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it stands still: {:#?}", timeline::unfinished(&desks[0].db).await);
}

/// What was said in the one conversation that there is.
async fn said(desk: &TestDesk) -> Vec<String> {
    let talk = desk.newest().await;
    assert_eq!(number_of(&desk.desk.db, "select count(*) from conversations").await, 1);
    let all = messages::list(&desk.desk.db, talk.id, 50).await.unwrap();
    all.into_iter().map(|message| message.body.trim().to_owned()).collect()
}

/// The teammate answers by way of a process.
async fn answer(desk: &TestDesk, by_way_of: &Desk) {
    let talk = desk.newest().await;
    let mara = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
    let said = (by_way_of.clock.new_id::<MessageId>(), "It is on its way.");
    care::answer_with(&by_way_of.inbox(), talk.id, &mara, said, text_alone(&Also::default())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_works_on_no_other_takes_whatever_their_clocks_show() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    for clock in wrong_clocks() {
        let desk = TestDesk::start(wish(Engine::Postgres)).await;
        let other = beside(&desk, clock).await;
        for (holder, looker) in [(&desk.desk, &other), (&other, &desk.desk)] {
            let kind = JobKind::AgentRun;
            let job = NewJob::about(holder.clock.new_id(), kind, "conversation", &"any", holder.clock.now());
            write(&holder.db, async |tx| jobs::enqueue(tx, std::slice::from_ref(&job)).await).await;
            let is_due = async || jobs::is_due(&looker.db, kind, looker.clock.now().plus(APART)).await.unwrap();
            assert!(is_due().await, "what one puts down is due for the other");

            let now = holder.clock.now();
            let lease = Lease { id: holder.clock.new_id(), until: now.plus(LEASE) };
            let claimed = write(&holder.db, async |tx| jobs::claim(tx, kind, lease, now, 1).await).await;
            assert_eq!(claimed.len(), 1);
            upkeep::look_after(looker).await.unwrap();
            assert!(!is_due().await, "somebody works on it");

            // The holder vanishes.
            let later = looker.clock.now().plus(LEASE + APART);
            assert_eq!(write(&looker.db, async |tx| jobs::release_expired(tx, later).await).await, 1, "nobody has it");
            let lease = Lease { id: looker.clock.new_id(), until: later.plus(LEASE) };
            let claimed = write(&looker.db, async |tx| jobs::claim(tx, kind, lease, later, 1).await).await;
            assert_eq!(claimed.len(), 1);
            assert!(write(&looker.db, async |tx| jobs::finish(tx, &[job.id], lease.id).await).await);
        }
        other.stop_token().cancel();
        other.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_either_process_takes_are_one_thread_and_a_reply_leaves_once() {
    if !Engine::all().contains(&Engine::Postgres) {
        return;
    }
    for clock in wrong_clocks() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(wish(Engine::Postgres).with_smtp(smtp.port)).await;
        let other = beside(&desk, clock).await;
        let both = [&other, &desk.desk];
        for (place, process) in [both[0], both[1], both[0], both[1]].into_iter().enumerate() {
            take(process, desk.setup.channel, place).await;
            settle(both, i64::try_from(place).unwrap() + 1).await;
        }
        assert_eq!(said(&desk).await, ["Mail 0.", "Mail 1.", "Mail 2.", "Mail 3."]);
        for (place, process) in (1..).zip(both) {
            answer(&desk, process).await;
            settle(both, 4 + place).await;
        }
        assert_eq!(smtp.taken().len(), 2, "each reply left once");
        other.stop_token().cancel();
        other.db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_clock_is_set_back_goes_on_working() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(wish(engine).with_smtp(smtp.port)).await;
        assert_eq!(desk.post_mail(&letter(0)).await.status, 200);
        // What was put down before is not due yet by the clock as it is set now.
        desk.desk.clock.set_back(WRONG);
        assert_eq!(desk.post_mail(&letter(1)).await.status, 200);
        desk.drain().await;
        assert_eq!(said(&desk).await, ["Mail 0.", "Mail 1."]);

        upkeep::look_after(&desk.desk).await.unwrap();
        assert_eq!(desk.post_mail(&letter(2)).await.status, 200);
        desk.drain().await;
        answer(&desk, &desk.desk).await;
        desk.drain().await;
        assert_eq!(said(&desk).await, ["Mail 0.", "Mail 1.", "Mail 2.", "It is on its way."]);
        let talk = desk.newest().await;
        let reply = messages::list(&desk.desk.db, talk.id, 1).await.unwrap();
        assert_eq!((reply[0].delivery, smtp.taken().len()), (Some(Delivery::Sent), 1));
    }
}
