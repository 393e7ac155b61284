//! On a server whoever changes several conversations takes them in one order, or waits for nobody: so two never wait for each
//! other. On SQLite there is one writer.

use std::time::Duration;

use resolute::inbox::bulk::{self, Change, Picked};
use resolute::inbox::deliver::Next;
use resolute::inbox::macros::Also;
use resolute::inbox::place::agent_job;
use resolute::inbox::{care, deliver, merge, overdue, taken_back};
use resolute::model::approval::ApprovalState;
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::merge::Moved;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::notification::NotificationKind;
use resolute::model::saved_view::SavedView;
use resolute::model::{ConversationId, MessageId};
use resolute::store::approvals::{self, Decided};
use resolute::store::composer_texts::{self, ComposerText};
use resolute::store::intake::{self, NewMessage};
use resolute::store::notifications::{self, NewNotification};
use resolute::store::{Db, conversations, jobs, merges, messages, saved_views};
use tokio::time::timeout;

use crate::mail_path::{answer, mail, receive, sofies_mail, until};
use crate::store::approvals::pending;
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{send, taken};
use crate::support::smtp::{Plan, SmtpDouble};
use crate::support::stores::{happened, number_of, tags_of, write};

const SOFIE: &str = "Sofie Lind <sofie@post.example>";

/// A desk on a server, where one is there to test with.
async fn desk() -> Option<TestDesk> {
    desk_with(|wish| wish).await
}

/// The same with more wishes.
async fn desk_with(more: impl FnOnce(Wish) -> Wish) -> Option<TestDesk> {
    let engine = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres)?;
    Some(TestDesk::start(more(Wish { may_leave_work: true, ..Wish::exact(engine) })).await)
}

/// How long somebody is waited for who is to stand before a lock.
const PATIENCE: Duration = Duration::from_secs(20);

/// The desk's database as another process has it, opened while the desk writes nothing. What is locked there the desk waits
/// for, on either engine.
pub(crate) async fn opened_elsewhere(desk: &TestDesk) -> Db {
    if let Db::Sqlite { write, .. } = &desk.desk.db {
        until(async || write.num_idle() == 1).await;
    }
    Db::connect(&desk.desk.config.database()).await.expect("it opens once more")
}

/// Waits until somebody stands before a lock; on SQLite, before the turn to write, which [`opened_elsewhere`] has.
pub(crate) async fn until_somebody_waits(db: &Db) {
    const WAITING: &str = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    let is_so = async || match db {
        Db::Sqlite { write, .. } => write.num_idle() == 0,
        Db::Postgres { .. } => number_of(db, WAITING).await > 0,
    };
    let waits = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waits).await.expect("somebody waits");
}

/// Waits until somebody stands before what a transaction that is still open holds.
async fn until_somebody_waits_for_who_is_open(db: &Db) {
    let waiting = "select count(*) from pg_stat_activity w
        where w.datname = current_database() and w.wait_event_type = 'Lock' and exists (select 1 from pg_stat_activity h
            where h.pid = any (pg_blocking_pids(w.pid)) and h.state = 'idle in transaction')";
    let waits = async {
        while number_of(db, waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, waits).await.expect("somebody waits for who is open");
}

/// Whether nobody has locked a conversation.
async fn is_free(db: &Db, id: ConversationId) -> bool {
    let Db::Postgres { write: pool, .. } = db else { panic!("SQLite locks no rows") };
    let look = "select number from conversations where id = $1 for update skip locked";
    let found: Option<i64> = sqlx::query_scalar(look).bind(id).fetch_optional(pool).await.unwrap();
    found.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_takes_conversations_in_order_however_they_are_found() {
    let Some(desk) = desk().await else { return };
    let db = &desk.desk.db;
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        desk.desk.clock.advance(Duration::from_secs(1));
        let raw = mail(&format!("{name}@post.example"), SOFIE, "Parcel", "", "Where is it?");
        assert_eq!(desk.post_mail(&raw).await.status, 200);
        desk.drain().await;
        ids.push(desk.newest().await.id);
    }
    let [older, newer] = [ids[0], ids[1]];
    assert!(older < newer);
    write(db, async |tx| {
        let mut about = conversations::lock(tx, older).await?;
        about.order_number = Some("FJ-20417".into());
        conversations::update(tx, &about).await
    })
    .await;

    let mut held = db.begin().await.unwrap();
    conversations::lock(&mut held, older).await.unwrap();
    let answer = mail("c@post.example", SOFIE, "Parcel", "In-Reply-To: <b@post.example>\r\n", "Like FJ-20417.");
    assert_eq!(desk.post_mail(&answer).await.status, 200);
    let looking = async {
        until_somebody_waits(db).await;
        assert!(is_free(db, newer).await, "the older one comes first");
        held.commit().await.unwrap();
    };
    tokio::join!(desk.drain(), looking);
    assert_eq!(desk.newest().await.id, newer);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_merge_takes_both_in_order() {
    let Some(desk) = desk().await else { return };
    let db = &desk.desk.db;
    let cast = Cast::stored(db).await;
    let (target, source) = (cast.open(db, 1).await, cast.open(db, 2).await);
    assert!(target.id < source.id);
    let merged = merge::merge(&desk.desk.inbox(), (source.id, target.id), false, &cast.sam).await.unwrap();

    let mut held = db.begin().await.unwrap();
    conversations::lock(&mut held, target.id).await.unwrap();
    let looking = async {
        until_somebody_waits(db).await;
        assert!(is_free(db, source.id).await, "the other one comes first");
        held.commit().await.unwrap();
    };
    let following = write(db, async |tx| conversations::lock(tx, source.id).await);
    let (found, ()) = tokio::join!(following, looking);
    assert_eq!(found.number, 1);
    merge::undo(&desk.desk.inbox(), merged.id, &cast.sam).await.unwrap();
    assert_eq!(write(db, async |tx| conversations::lock(tx, source.id).await).await.number, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_out_waits_for_nobody() {
    let Some(desk) = desk().await else { return };
    let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
    let cast = Cast::stored(db).await;
    let (first, _) = (cast.open(db, 1).await, cast.open(db, 2).await);
    let mut held = db.begin().await.unwrap();
    conversations::lock(&mut held, first.id).await.unwrap();
    let noted = timeout(PATIENCE, overdue::note(&inbox)).await.expect("it waits for nobody");
    assert_eq!(noted.unwrap(), 1, "what somebody is changing is left for the next time");
    held.commit().await.unwrap();
    assert_eq!(overdue::note(&inbox).await.unwrap(), 1);
    assert_eq!(overdue::note(&inbox).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_what_is_new_waits_for_nobody_and_has_not_read_what_counts_up() {
    let Some(desk) = desk().await else { return };
    let db = &desk.desk.db;
    let cast = Cast::stored(db).await;
    let rows = [cast.open(db, 1).await, cast.open(db, 2).await];
    let told = |conversation_id: ConversationId| NewNotification {
        id: cast.clock.new_id(),
        teammate_id: cast.sam.id,
        conversation_id,
        kind: NotificationKind::Answered,
        actor: "Sofie Keller".into(),
        count: 1,
        created_at: NOW,
    };
    let all = [told(rows[0].id), told(rows[1].id)];
    write(db, async |tx| notifications::insert(tx, &all).await).await;
    let mut held = db.begin().await.unwrap();
    notifications::insert(&mut held, &[told(rows[1].id)]).await.unwrap();
    let reading = write(db, async |tx| {
        notifications::read_of(tx, cast.sam.id, rows[1].id, NOW).await?;
        notifications::read_all(tx, cast.sam.id, NOW).await
    });
    assert_eq!(timeout(PATIENCE, reading).await.expect("it waits for nobody"), 1);
    held.commit().await.unwrap();
    let all = notifications::list(db, cast.sam.id, 9).await.unwrap();
    let unread: Vec<_> = all.iter().filter(|one| one.read_at.is_none()).map(|one| (one.number, one.count)).collect();
    assert_eq!(unread, [(2, 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_moves_keeps_what_is_changed_of_it_at_that_moment() {
    let Some(desk) = desk().await else { return };
    let db = &desk.desk.db;
    let mut browser = desk.browser().await;
    for name in ["First", "Second"] {
        taken(&mut browser, "/saved-views", &[("name", name)]).await;
    }
    let all = saved_views::list(db, desk.setup.teammate).await.unwrap();
    let first = all.into_iter().find(|view| view.name == "First").unwrap();
    let mut held = db.begin().await.unwrap();
    let renamed = SavedView { name: "Renamed".into(), ..first.clone() };
    saved_views::save(&mut held, &renamed).await.unwrap();
    let changing = async {
        until_somebody_waits(db).await;
        held.commit().await.unwrap();
    };
    let path = format!("/saved-views/{}/moves", first.id);
    let (answer, ()) = tokio::join!(send(&mut browser, &path, &[("way", "down")]), changing);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let all = saved_views::list(db, desk.setup.teammate).await.unwrap();
    let names: Vec<&str> = all.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["Second", "Renamed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_several_that_gives_way_is_done_once_more() {
    let Some(desk) = desk().await else { return };
    let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
    let cast = Cast::stored(db).await;
    let (first, second) = (cast.open(db, 1).await, cast.open(db, 2).await);
    assert!(first.id < second.id);
    // Somebody takes them the other way round.
    let Db::Postgres { write: pool, .. } = db else { panic!("SQLite locks no rows") };
    let mut held = pool.begin().await.unwrap();
    // Whoever looks first whether all wait in a circle gives way, and these would not look for long.
    sqlx::query("set local deadlock_timeout = '1min'").execute(&mut *held).await.expect("the test's role may");
    let lock = "select id from conversations where id = $1 for update";
    sqlx::query(lock).bind(second.id).execute(&mut *held).await.unwrap();
    let crossing = async {
        until_somebody_waits(db).await;
        sqlx::query(lock).bind(first.id).execute(&mut *held).await.expect("the others give way");
        held.commit().await.unwrap();
    };
    let picked = [1, 2].map(|number| Picked { number, revision: 1 });
    let changing = bulk::change(&inbox, &picked, Change::Tag("late".into()), &cast.sam);
    let (changed, ()) = tokio::join!(changing, crossing);
    assert_eq!(changed.unwrap().before.0.len(), 2);
    for row in [first, second] {
        assert_eq!(tags_of(db, row.id).await, ["late"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_moves_at_that_moment_is_taken_back_and_held_where_it_is_then() {
    for is_taken_back in [true, false] {
        let Some(desk) = desk().await else { return };
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let cast = Cast::stored(db).await;
        let (first, second) = (cast.open(db, 1).await, cast.open(db, 2).await);
        let reply: MessageId = cast.clock.new_id();
        care::answer_with(&inbox, first.id, &cast.sam, (reply, "It is on its way."), text_alone(&Also::default()))
            .await
            .unwrap();
        let mut held = db.begin().await.unwrap();
        conversations::lock(&mut held, first.id).await.unwrap();
        let moving = async {
            until_somebody_waits(db).await;
            let moved = Moved { messages: vec![reply], ..Moved::default() };
            merges::move_these(&mut held, &moved, first.id, second.id).await.unwrap();
            held.commit().await.unwrap();
        };
        let stopping = async {
            if is_taken_back {
                taken_back::cancel(&inbox, reply, &cast.sam).await.unwrap();
                return;
            }
            let Next::Done(tx) = deliver::give_up(&inbox, reply, "refused.").await.unwrap() else { panic!("not held") };
            tx.commit().await.unwrap();
        };
        tokio::join!(stopping, moving);
        assert_eq!(desk.talk(1).await.status, ConversationStatus::Waiting, "it is not there any more");
        let last = async |id| happened(db, id).await.last().map(|event| event.kind);
        assert_eq!(last(first.id).await, Some(EventKind::MessageQueued));
        assert_eq!(last(second.id).await, Some(EventKind::DeliveryChanged));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_a_reply_elsewhere_lets_go_of_where_it_was() {
    let Some(desk) = desk().await else { return };
    let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
    let cast = Cast::stored(db).await;
    let (first, second) = (cast.open(db, 1).await, cast.open(db, 2).await);
    assert!(first.id < second.id);
    let reply: MessageId = cast.clock.new_id();
    care::answer_with(&inbox, second.id, &cast.sam, (reply, "It is on its way."), text_alone(&Also::default()))
        .await
        .unwrap();
    let mut held = db.begin().await.unwrap();
    conversations::lock(&mut held, second.id).await.unwrap();
    let Db::Postgres { write: pool, .. } = db else { panic!("SQLite locks no rows") };
    let mut other = pool.begin().await.unwrap();
    // A message can still be moved there.
    let there = "select id from conversations where id = $1 for no key update";
    sqlx::query(there).bind(first.id).execute(&mut *other).await.unwrap();
    let moving = async {
        until_somebody_waits(db).await;
        let moved = Moved { messages: vec![reply], ..Moved::default() };
        merges::move_these(&mut held, &moved, second.id, first.id).await.unwrap();
        held.commit().await.unwrap();
        until_somebody_waits_for_who_is_open(db).await;
        assert!(is_free(db, second.id).await, "it is not there any more");
        other.commit().await.unwrap();
    };
    let (taken, ()) = tokio::join!(taken_back::cancel(&inbox, reply, &cast.sam), moving);
    taken.unwrap();
    let last = happened(db, first.id).await.last().map(|event| event.kind);
    assert_eq!(last, Some(EventKind::DeliveryChanged));
}

/// A number that is given out beside the lock can be seen before a lower one, and an open chat goes on behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_its_channel_keeps_is_told_once_nobody_else_has_its_conversation() {
    let smtp = SmtpDouble::start().await;
    smtp.plan(&[Plan::LetsNobodyIn]);
    let Some(desk) = desk_with(|wish| wish.with_smtp(smtp.port)).await else { return };
    let db = &desk.desk.db;
    let number = receive(&desk, &sofies_mail()).await;
    answer(&desk, number, "It is on its way.").await;
    let id = desk.talk(number).await.id;
    let last = async || happened(db, id).await.last().map(|event| event.kind);
    let Db::Postgres { write: pool, .. } = db else { panic!("SQLite locks no rows") };
    let mut held = pool.begin().await.unwrap();
    // What refers to it can still be written.
    let here = "select id from conversations where id = $1 for no key update";
    sqlx::query(here).bind(id).execute(&mut *held).await.unwrap();
    let looking = async {
        until_somebody_waits(db).await;
        assert_eq!(last().await, Some(EventKind::MessageQueued));
        held.commit().await.unwrap();
    };
    tokio::join!(desk.drain(), looking);
    assert_eq!(last().await, Some(EventKind::DeliveryChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_comes_too_late_goes_below_what_another_device_keeps_at_that_moment() {
    let Some(desk) = desk().await else { return };
    let db = &desk.desk.db;
    let cast = Cast::stored(db).await;
    let talk = cast.open(db, 7).await;
    let approval = pending(db, &cast, &talk, NOW).await;
    let decided = Decided {
        state: ApprovalState::Rejected,
        by: cast.sam.id,
        at: NOW,
        took_us: None,
        reason: "",
        final_text: None,
    };
    write(db, async |tx| approvals::decide(tx, approval.id, &decided).await).await;
    let mara = desk.setup.teammate;
    let text = |body: &str| ComposerText { body: body.to_owned(), ..ComposerText::default() };
    write(db, async |tx| composer_texts::save(tx, talk.id, mara, &text("Half"), NOW).await).await;
    let mut held = db.begin().await.unwrap();
    composer_texts::save(&mut held, talk.id, mara, &text("Half, and more"), NOW).await.unwrap();
    let typing = async {
        until_somebody_waits(db).await;
        held.commit().await.unwrap();
    };
    let mut browser = desk.browser().await;
    let path = format!("/approvals/{}/edit", approval.id);
    let fields = [("body", "Edited.")];
    let (answer, ()) = tokio::join!(send(&mut browser, &path, &fields), typing);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let kept = composer_texts::find(db, talk.id, mara).await.unwrap().reply.unwrap();
    assert_eq!(kept.body, "Half, and more\n\nEdited.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_keeps_out_leaves_what_the_agent_was_called_for_at_that_moment() {
    let Some(desk) = desk().await else { return };
    let (db, clock) = (&desk.desk.db, &desk.desk.clock);
    let cast = Cast::stored(db).await;
    let talk = cast.open(db, 7).await;
    write(db, async |tx| {
        let mut row = conversations::lock(tx, talk.id).await?;
        (row.taken_over, row.agent_state) = (true, AgentState::Writing);
        conversations::update(tx, &row).await?;
        jobs::enqueue(tx, &[agent_job(clock, talk.id, clock.now(), "")]).await
    })
    .await;
    // Somebody has it written again, and it is not this run that does.
    let mut held = db.begin().await.unwrap();
    let mut row = conversations::lock(&mut held, talk.id).await.unwrap();
    row.taken_over = false;
    conversations::update(&mut held, &row).await.unwrap();
    let calling = async {
        until_somebody_waits(db).await;
        let later = agent_job(clock, talk.id, clock.now().plus(Duration::from_hours(1)), "Shorter.");
        jobs::enqueue(&mut held, &[later]).await.unwrap();
        held.commit().await.unwrap();
    };
    tokio::join!(desk.drain(), calling);
    assert_eq!(desk.talk(7).await.agent_state, AgentState::Writing, "its work waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_counts_the_letters_to_an_address_waits_for_whoever_is_about_to_write_one() {
    let Some(desk) = desk().await else { return };
    let db = &desk.desk.db;
    let cast = Cast::stored(db).await;
    let talk = cast.open(db, 7).await;
    let letter = NewMessage {
        direction: Direction::Outbound,
        author: MessageAuthor::System,
        contact_id: None,
        recipients: vec!["ana@a.example".into()],
        delivery: Some(Delivery::Queued),
        ..cast.message(&talk, "It ships today.")
    };
    let mut held = db.begin().await.unwrap();
    assert_eq!(messages::count_letters(&mut held, "ana@a.example", NOW).await.unwrap(), 0);
    let counting = write(db, async |tx| messages::count_letters(tx, "Ana@a.example", NOW).await);
    let writing = async {
        until_somebody_waits(db).await;
        intake::insert_messages(&mut held, &[letter]).await.unwrap();
        held.commit().await.unwrap();
    };
    let both = async { tokio::join!(counting, writing) };
    let (counted, ()) = timeout(Duration::from_secs(20), both).await.expect("the second one waits for the first");
    assert_eq!(counted, 1, "and finds its letter");
}
