//! One change to several conversations: all that allow it, named reasons for the others, and the way back.

use resolute::inbox::bulk::{self, Change, Picked};
use resolute::inbox::place::agent_job;
use resolute::inbox::{InboxError, care, snooze};
use resolute::jobs::upkeep;
use resolute::model::answer_times::{AnswerTimes, Clocks, Target};
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::draft::DraftState;
use resolute::model::event::EventKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::store::intake::ConversationRow;
use resolute::store::{
    answer_times, approvals, brands, bulk_changes, conversation_counts, conversations, drafts, jobs,
};

use super::store::approvals::pending;
use crate::support::cast::{Cast, NOW, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::http::Client;
use crate::support::stores::{happened, tags_of, write};

async fn desk(engine: Engine) -> (TestDesk, Cast, Vec<ConversationRow>) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let mut rows = Vec::new();
    for number in 1..=4 {
        rows.push(cast.open(&desk.desk.db, number).await);
    }
    (desk, cast, rows)
}

async fn kinds(desk: &TestDesk, number: i64) -> Vec<EventKind> {
    let id = desk.talk(number).await.id;
    happened(&desk.desk.db, id).await.into_iter().map(|event| event.kind).collect()
}

fn picked(numbers: &[i64]) -> Vec<Picked> {
    numbers.iter().map(|number| Picked { number: *number, revision: 1 }).collect()
}

#[tokio::test]
async fn what_the_agent_is_about_to_answer_is_not_ended_under_it() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let mut reply = cast.message(&rows[0], "It is on its way.");
        (reply.direction, reply.author) = (Direction::Outbound, MessageAuthor::Agent);
        reply.delivery = Some(Delivery::Queued);
        put(&desk.desk.db, &[], &[reply]).await;
        let ended = bulk::change(&desk.desk.inbox(), &picked(&[1, 2]), Change::Resolve, &cast.sam).await.unwrap();
        assert_eq!((ended.before.0.len(), ended.refused.0[0].number), (1, 1));
        assert!(ended.refused.0[0].why.contains("about to leave"), "{:?}", ended.refused);
        let tagged = Change::Tag("parcel".to_owned());
        let tagged = bulk::change(&desk.desk.inbox(), &picked(&[1]), tagged, &cast.sam).await.unwrap();
        assert!(tagged.refused.0.is_empty(), "a tag ends nothing");
    }
}

#[tokio::test]
async fn what_came_in_since_the_tick_is_not_ended_unseen_and_undo_restores_drafts() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let first = desk.talk(1).await;
        let approval = pending(db, &cast, &rows[0], NOW).await;
        write(db, async |tx| {
            let mut asked = conversations::lock(tx, first.id).await?;
            asked.needs_approval = true;
            asked.proposal = Some("Refund 42.00".into());
            conversations::update(tx, &asked).await?;
            let mut moved = conversations::lock(tx, desk.talk(2).await.id).await?;
            moved.revision += 1;
            conversations::update(tx, &moved).await
        })
        .await;

        let change = bulk::change(&inbox, &picked(&[1, 2, 3, 77]), Change::Resolve, &cast.sam).await.unwrap();
        assert_eq!(change.before.0.len(), 2);
        let refused: Vec<i64> = change.refused.0.iter().map(|one| one.number).collect();
        assert_eq!(refused, [2, 77]);
        let done = desk.talk(1).await;
        assert_eq!((done.status, done.needs_approval, done.revision), (ConversationStatus::Resolved, false, 2));
        assert_eq!(desk.talk(2).await.status, ConversationStatus::Open);
        assert_eq!(kinds(&desk, 1).await.last(), Some(&EventKind::Resolved));
        assert!(drafts::current(db, first.id).await.unwrap().is_none());

        write(db, async |tx| {
            let mut moved = conversations::lock(tx, desk.talk(3).await.id).await?;
            moved.revision += 1;
            conversations::update(tx, &moved).await
        })
        .await;
        assert!(bulk::undo(&inbox, change.id, &cast.noor).await.is_err(), "somebody else's");
        let undone = bulk::undo(&inbox, change.id, &cast.sam).await.unwrap();
        assert_eq!((undone.back, undone.moved_on), (1, 1));
        let again = desk.talk(1).await;
        assert_eq!((again.status, again.due_at, again.resolved_at), (first.status, first.due_at, None));
        assert_eq!((again.needs_approval, again.proposal.as_deref()), (true, Some("Refund 42.00")));
        let current = drafts::current(db, first.id).await.unwrap().expect("the draft waits again");
        assert_eq!((current.id, current.revision), (approval.draft_id, again.revision));
        let waits = approvals::pending_of(db, first.id).await.unwrap().expect("so does its question");
        assert_eq!(waits.id, approval.id);
        assert_eq!(desk.talk(3).await.status, ConversationStatus::Resolved);
        assert!(bulk::undo(&inbox, change.id, &cast.sam).await.is_err(), "once");
    }
}

#[tokio::test]
async fn a_row_that_is_ticked_twice_is_changed_once() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let ended =
            async |number| kinds(&desk, number).await.into_iter().filter(|kind| *kind == EventKind::Resolved).count();
        let undone = async |number| {
            kinds(&desk, number).await.into_iter().filter(|kind| *kind == EventKind::ChangeUndone).count()
        };
        let done = bulk::change(&inbox, &picked(&[1, 2, 1]), Change::Resolve, &cast.sam).await.unwrap();
        assert_eq!((done.before.0.len(), done.refused.0.len()), (2, 0));
        assert_eq!([ended(1).await, ended(2).await], [1, 1]);
        assert_eq!(bulk::undo(&inbox, done.id, &cast.sam).await.unwrap().back, 2);
        assert_eq!([undone(1).await, undone(2).await], [1, 1]);
        // Ticked before something came in, and once more behind it.
        write(&desk.desk.db, async |tx| {
            let mut moved = conversations::lock(tx, rows[2].id).await?;
            moved.revision = 2;
            conversations::update(tx, &moved).await
        })
        .await;
        let twice = [2, 1].map(|revision| Picked { number: 3, revision });
        let refused = bulk::change(&inbox, &twice, Change::Resolve, &cast.sam).await.unwrap();
        assert_eq!((refused.before.0.len(), refused.refused.0.len()), (0, 1), "both rows have to show it");
    }
}

#[tokio::test]
async fn what_came_in_since_the_tick_is_not_put_to_sleep_unseen() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        write(db, async |tx| {
            let mut moved = conversations::lock(tx, rows[1].id).await?;
            moved.revision += 1;
            conversations::update(tx, &moved).await
        })
        .await;
        let until = inbox.clock.now().plus(std::time::Duration::from_hours(3));
        let asleep = bulk::change(&inbox, &picked(&[1, 2]), Change::Snooze(until), &cast.sam).await.unwrap();
        let refused: Vec<_> = asleep.refused.0.iter().map(|one| (one.number, one.why.as_str())).collect();
        assert_eq!(refused, [(2, "something came in since you saw it")]);
        let stand = [desk.talk(1).await.status, desk.talk(2).await.status];
        assert_eq!(stand, [ConversationStatus::Snoozed, ConversationStatus::Open]);
    }
}

#[tokio::test]
async fn a_run_that_the_end_of_its_case_stopped_begins_anew_when_that_is_taken_back() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let cast = Cast::stored(db).await;
        let runs = async |number: i64| desk.timeline(number).await.contains("agent_run");
        for (number, change) in [(1, Change::Resolve), (2, Change::Spam), (3, Change::Resolve)] {
            let row = cast.open(db, number).await;
            write(db, async |tx| {
                conversations::set_agent_state(tx, row.id, AgentState::Writing).await?;
                jobs::enqueue(tx, &[agent_job(&inbox.clock, row.id, inbox.clock.now(), "")]).await
            })
            .await;
            assert!(runs(number).await, "#{number}");
            let ended = bulk::change(&inbox, &picked(&[number]), change, &cast.sam).await.unwrap();
            assert!(!runs(number).await, "#{number}");
            let is_on = number < 3;
            if !is_on {
                let off = Brand { agent_level: AgentLevel::Off, ..cast.brand.clone() };
                write(db, async |tx| brands::update(tx, &off).await).await;
            }
            assert_eq!(bulk::undo(&inbox, ended.id, &cast.sam).await.unwrap().back, 1);
            let talk = desk.talk(number).await;
            let state = if is_on { AgentState::Writing } else { AgentState::Idle };
            assert_eq!((talk.status, talk.agent_state), (ConversationStatus::Open, state), "#{number}");
            assert_eq!(runs(number).await, is_on, "#{number}");
        }
    }
}

#[tokio::test]
async fn undo_of_a_sleep_wakes_nothing_that_was_put_to_sleep_anew() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let until = inbox.clock.now().plus(std::time::Duration::from_hours(3));
        let later = until.plus(std::time::Duration::from_hours(24));
        let asleep = bulk::change(&inbox, &picked(&[1, 2]), Change::Snooze(until), &cast.sam).await.unwrap();
        snooze::snooze(&inbox, rows[0].id, later, &cast.noor, None).await.unwrap();
        let undone = bulk::undo(&inbox, asleep.id, &cast.sam).await.unwrap();
        assert_eq!((undone.back, undone.moved_on), (1, 1));
        let talks = [desk.talk(1).await, desk.talk(2).await];
        assert_eq!(talks[0].snoozed_until, Some(later));
        assert_eq!(talks.map(|talk| talk.status), [ConversationStatus::Snoozed, ConversationStatus::Open]);
    }
}

#[tokio::test]
async fn a_change_is_kept_as_long_as_somebody_may_take_it_back() {
    const DAY: std::time::Duration = std::time::Duration::from_hours(24);
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let change = bulk::change(&inbox, &picked(&[1]), Change::Resolve, &cast.sam).await.unwrap();
        for (days, is_kept) in [(29, true), (2, false)] {
            desk.desk.clock.advance(DAY * days);
            upkeep::forget_old_changes(&desk.desk).await.unwrap();
            assert_eq!(bulk_changes::find(&desk.desk.db, change.id).await.unwrap().is_some(), is_kept);
        }
        let undone = bulk::undo(&inbox, change.id, &cast.sam).await;
        assert!(matches!(undone, Err(InboxError::NotFound)), "{undone:?}");
    }
}

#[tokio::test]
async fn everything_else_is_done_to_many_at_once_and_taken_back() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let db = &desk.desk.db;
        let until = inbox.clock.now().plus(std::time::Duration::from_hours(3));
        let all = picked(&[1, 2, 3, 4]);
        let tags = async |number| tags_of(db, desk.talk(number).await.id).await;

        let given = bulk::change(&inbox, &all, Change::Assign(Some(cast.noor.id)), &cast.sam).await.unwrap();
        assert_eq!(desk.talk(4).await.assignee_id, Some(cast.noor.id));
        let again = bulk::change(&inbox, &all, Change::Assign(Some(cast.noor.id)), &cast.sam).await.unwrap();
        assert_eq!((again.before.0.len(), again.refused.0.len()), (0, 4));
        bulk::undo(&inbox, given.id, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(4).await.assignee_id, None);

        bulk::change(&inbox, &all[..1], Change::Tag("Big Sale".into()), &cast.sam).await.unwrap();
        let tagged = bulk::change(&inbox, &all[..2], Change::Tag("big sale".into()), &cast.sam).await.unwrap();
        assert_eq!(tags(2).await, ["big-sale"]);
        bulk::undo(&inbox, tagged.id, &cast.sam).await.unwrap();
        assert_eq!((tags(1).await.len(), tags(2).await.len()), (1, 0), "only what the change added goes");

        let asleep = bulk::change(&inbox, &all, Change::Snooze(until), &cast.sam).await.unwrap();
        assert_eq!(desk.talk(3).await.snoozed_until, Some(until));
        bulk::undo(&inbox, asleep.id, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(3).await.status, ConversationStatus::Open);

        let spam = bulk::change(&inbox, &all[..2], Change::Spam, &cast.sam).await.unwrap();
        let junk = desk.talk(2).await;
        assert_eq!((junk.status, junk.taken_over), (ConversationStatus::Resolved, true));
        assert_eq!(tags(2).await, ["spam"]);
        assert_eq!(kinds(&desk, 2).await.last(), Some(&EventKind::MarkedSpam));
        bulk::undo(&inbox, spam.id, &cast.sam).await.unwrap();
        assert!(tags(2).await.is_empty());
        let opened = bulk::change(&inbox, &all, Change::Reopen, &cast.sam).await.unwrap();
        assert_eq!(opened.refused.0.len(), 4, "all are open");
        assert!(bulk::change(&inbox, &[], Change::Resolve, &cast.sam).await.is_err());
        assert!(bulk::change(&inbox, &all, Change::Tag("!?".into()), &cast.sam).await.is_err());
    }
}

#[tokio::test]
async fn spam_that_is_opened_again_is_none_and_the_agent_may_look_at_it() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let stands = async |number: i64| {
            let talk = desk.talk(number).await;
            (talk.status, talk.taken_over, tags_of(db, talk.id).await)
        };
        let spam = (ConversationStatus::Resolved, true, vec!["spam".to_owned()]);
        let open = (ConversationStatus::Open, false, Vec::<String>::new());
        bulk::change(&inbox, &picked(&[1, 2]), Change::Spam, &cast.sam).await.unwrap();
        assert_eq!([stands(1).await, stands(2).await], [spam.clone(), spam.clone()]);
        care::reopen(&inbox, rows[0].id, &cast.sam).await.unwrap();
        assert_eq!(stands(1).await, open);
        let opened = bulk::change(&inbox, &picked(&[2]), Change::Reopen, &cast.sam).await.unwrap();
        assert_eq!(stands(2).await, open);
        assert_eq!(bulk::undo(&inbox, opened.id, &cast.sam).await.unwrap().back, 1);
        assert_eq!(stands(2).await, spam);
    }
}

#[tokio::test]
async fn undo_leaves_alone_what_was_written_again_since() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let again = async |number: usize| {
            write(db, async |tx| drafts::supersede(tx, rows[number].id).await).await;
            let approval = pending(db, &cast, &rows[number], NOW).await;
            write(db, async |tx| {
                let mut talk = conversations::lock(tx, rows[number].id).await?;
                talk.needs_approval = true;
                talk.proposal = Some("Refund 7.00".into());
                conversations::update(tx, &talk).await
            })
            .await;
            approval
        };
        again(0).await;
        again(1).await;
        let tagged = bulk::change(&inbox, &picked(&[1]), Change::Tag("late".into()), &cast.sam).await.unwrap();
        let ended = bulk::change(&inbox, &picked(&[2]), Change::Resolve, &cast.sam).await.unwrap();
        let newer = [again(0).await, again(1).await];
        assert_eq!(bulk::undo(&inbox, tagged.id, &cast.sam).await.unwrap().back, 1);
        assert_eq!(bulk::undo(&inbox, ended.id, &cast.sam).await.unwrap().moved_on, 1);
        for (approval, row) in newer.iter().zip(&rows) {
            assert_eq!(approvals::pending_of(db, row.id).await.unwrap().unwrap().id, approval.id);
            assert_eq!(drafts::current(db, row.id).await.unwrap().unwrap().id, approval.draft_id);
        }
        assert_eq!(desk.talk(1).await.proposal.as_deref(), Some("Refund 7.00"), "what came of it stays");
    }
}

#[tokio::test]
async fn clocks_stop_and_start_with_many_as_with_one() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let times = AnswerTimes {
            targets: vec![Target { resolution: Some(600), ..Target::usual() }],
            ..AnswerTimes::default()
        };
        write(db, async |tx| answer_times::save(tx, cast.brand.id, &times, NOW).await).await;
        let running = Clocks {
            answering_since: Some(NOW),
            first_answered_at: None,
            resolving_since: Some(NOW),
            resolution_due_at: times.resolution_due("email", NOW),
        };
        write(db, async |tx| {
            let mut talk = conversations::lock(tx, rows[0].id).await?;
            talk.clocks = running;
            conversations::update(tx, &talk).await
        })
        .await;
        let change = bulk::change(&inbox, &picked(&[1]), Change::Resolve, &cast.sam).await.unwrap();
        let done = desk.talk(1).await.clocks;
        assert_eq!((done.resolving_since, done.resolution_due_at), (None, None));
        bulk::undo(&inbox, change.id, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(1).await.clocks, running);

        for number in [1, 2] {
            care::resolve(&inbox, desk.talk(number).await.id, &cast.sam, None).await.unwrap();
        }
        care::reopen(&inbox, rows[1].id, &cast.sam).await.unwrap();
        bulk::change(&inbox, &picked(&[1]), Change::Reopen, &cast.sam).await.unwrap();
        let (many, one) = (desk.talk(1).await.clocks, desk.talk(2).await.clocks);
        assert!(many.resolution_due_at.is_some());
        assert_eq!((many.resolving_since, many.resolution_due_at), (one.resolving_since, one.resolution_due_at));
    }
}

#[tokio::test]
async fn who_gets_many_is_told_and_taking_it_back_leaves_what_the_agent_wrote_since() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let old = pending(db, &cast, &rows[0], NOW).await;
        let change =
            bulk::change(&inbox, &picked(&[1, 2]), Change::Assign(Some(cast.noor.id)), &cast.sam).await.unwrap();
        assert_eq!(conversation_counts::numbers(db, cast.noor.id).await.unwrap().unread, 2);
        assert_eq!(conversation_counts::numbers(db, cast.sam.id).await.unwrap().unread, 0);
        // The agent wrote again: the old draft is void, and a new one waits.
        write(db, async |tx| drafts::supersede(tx, rows[0].id).await).await;
        let new = pending(db, &cast, &rows[0], NOW).await;
        write(db, async |tx| {
            let mut talk = conversations::lock(tx, rows[0].id).await?;
            talk.needs_approval = true;
            conversations::update(tx, &talk).await
        })
        .await;
        let undone = bulk::undo(&inbox, change.id, &cast.sam).await.unwrap();
        assert_eq!(undone.back, 2);
        let talk = desk.talk(1).await;
        assert_eq!((talk.assignee_id, talk.needs_approval), (None, true));
        assert_eq!(drafts::current(db, talk.id).await.unwrap().unwrap().id, new.draft_id);
        assert_eq!(drafts::find(db, old.draft_id).await.unwrap().unwrap().state, DraftState::Superseded);
    }
}

/// Where a form led to.
async fn led(browser: &mut Client, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = send(browser, path, fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_changed_with_plain_forms_and_says_what_came_of_it() {
    for engine in Engine::all() {
        let (desk, _, _) = desk(engine).await;
        let mut browser = desk.browser().await;
        let list = page(&mut browser, "/inbox?view=open").await;
        assert!(list.contains("name=\"pick\" value=\"3-1\"") && list.contains("form=\"bulk\""), "{list}");
        let fields =
            [("pick", "3-1"), ("pick", "4-1"), ("pick", "1-9"), ("do", "resolve"), ("back", "/inbox?view=open")];
        let there = led(&mut browser, "/inbox/changes", &fields).await;
        let shown = page(&mut browser, &there).await;
        assert!(
            shown.contains("2 conversations resolved, 1 not.") && shown.contains("#1: something came in"),
            "{shown}"
        );
        let id = there.split("changed=").nth(1).unwrap();
        taken(&mut browser, &format!("/inbox/changes/{id}/deletion"), &[("back", "/inbox?view=open")]).await;
        assert_eq!(desk.talk(4).await.status, ConversationStatus::Open);
        assert!(!page(&mut browser, &there).await.contains("/deletion\"><input"), "there is nothing to undo any more");
        for (what, value) in [("do", "nonsense"), ("do", "snooze"), ("do", "assign")] {
            let fields = [("pick", "3-1"), (what, value), ("teammate_id", "x"), ("back", "/inbox?view=open")];
            assert_eq!(led(&mut browser, "/inbox/changes", &fields).await, "/inbox?view=open");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_marked_as_spam_on_its_own_page_and_brought_back_from_the_list() {
    for engine in Engine::all() {
        let (desk, ..) = desk(engine).await;
        let mut browser = desk.browser().await;
        let form = "action=\"/conversations/2/spam\"";
        assert!(page(&mut browser, "/conversations/2?view=open").await.contains(form));
        let answer = send(&mut browser, "/conversations/2/spam", &[("back", "/inbox?view=open")]).await;
        let place = answer.header("location").expect("the list").to_owned();
        let shown = page(&mut browser, &place).await;
        assert!(shown.contains("1 conversation marked as spam.") && !shown.contains("id=\"row-2\""), "{shown}");
        let spam = desk.talk(2).await;
        assert_eq!((spam.status, spam.taken_over), (ConversationStatus::Resolved, true));
        assert_eq!(tags_of(&desk.desk.db, spam.id).await, ["spam"]);
        assert!(!page(&mut browser, "/conversations/2?view=all").await.contains(form), "it is spam already");

        let (_, change) = place.rsplit_once("changed=").expect("what was changed");
        taken(&mut browser, &format!("/inbox/changes/{change}/deletion"), &[("back", "/inbox?view=open")]).await;
        assert_eq!(desk.talk(2).await.status, ConversationStatus::Open);
        assert!(tags_of(&desk.desk.db, spam.id).await.is_empty());
    }
}
