//! What teammates do with a conversation by hand, as far as the agent and sleep are concerned.

use std::time::Duration;

use resolute::inbox::bulk::{self, Change, Picked};
use resolute::inbox::deliver::Next;
use resolute::inbox::macros::{Also, Then};
use resolute::inbox::taken_back::{self, TakenBack};
use resolute::inbox::{InboxError, approve, care, deliver, snooze};
use resolute::jobs::upkeep;
use resolute::model::MessageId;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::notification::NotificationKind;
use resolute::store::{brands, conversations, messages, notifications, teammates};

use crate::mail_path::{receive, sofies_mail};
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::{page, said, send, taken};
use crate::support::stores::{execute, happened, write};

/// A desk with one conversation in it.
async fn desk(engine: Engine) -> (TestDesk, Cast, Conversation) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 7).await;
    let talk = conversations::find(&desk.desk.db, row.id).await.unwrap().unwrap();
    (desk, cast, talk)
}

async fn now(desk: &TestDesk, talk: &Conversation) -> Conversation {
    conversations::find(&desk.desk.db, talk.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn resolving_ends_a_take_over_even_when_it_is_opened_again_by_hand() {
    for engine in Engine::all() {
        let (desk, cast, talk) = desk(engine).await;
        let inbox = desk.desk.inbox();
        approve::take_over(&inbox, talk.id, &cast.sam).await.unwrap();
        let taken = now(&desk, &talk).await;
        assert_eq!((taken.taken_over, taken.assignee_id), (true, Some(cast.sam.id)));
        care::resolve(&inbox, talk.id, &cast.sam, None).await.unwrap();
        let done = now(&desk, &talk).await;
        assert_eq!((done.status, done.agent_state), (ConversationStatus::Resolved, AgentState::Idle));
        assert!(done.resolved_at.is_some() && done.due_at.is_none());
        care::reopen(&inbox, talk.id, &cast.sam).await.unwrap();
        let again = now(&desk, &talk).await;
        assert_eq!((again.status, again.resolved_at), (ConversationStatus::Open, None));
        assert!(!again.taken_over, "the agent may look again");
        assert!(again.due_at.is_some(), "the customer still waits for an answer");
    }
}

#[tokio::test]
async fn what_two_people_do_at_once_happens_once() {
    for engine in Engine::all() {
        let (desk, cast, talk) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        for _ in 0..2 {
            care::assign(&inbox, talk.id, Some(cast.noor.id), &cast.sam).await.unwrap();
        }
        let told = notifications::list(db, cast.noor.id, 9).await.unwrap();
        assert_eq!(told.iter().map(|one| (one.kind, one.count)).collect::<Vec<_>>(), [(NotificationKind::Assigned, 1)]);
        let first = desk.desk.clock.now();
        for by in [&cast.sam, &cast.noor] {
            care::resolve(&inbox, talk.id, by, None).await.unwrap();
            desk.desk.clock.advance(Duration::from_mins(5));
        }
        assert_eq!(now(&desk, &talk).await.resolved_at, Some(first));
        let happened = happened(db, talk.id).await;
        let happened: Vec<_> = happened.iter().map(|event| (event.kind, event.actor.as_str())).collect();
        let sam = cast.sam.name.as_str();
        assert_eq!(happened, [(EventKind::Assigned, sam), (EventKind::Resolved, sam)]);
    }
}

#[tokio::test]
async fn opened_again_whoever_had_no_answer_waits_for_one() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        for (number, author, delivery, waits) in [
            (8, MessageAuthor::System, Delivery::Sent, true),
            (9, MessageAuthor::Teammate, Delivery::Cancelled, true),
            (10, MessageAuthor::Agent, Delivery::Failed, true),
            (11, MessageAuthor::Agent, Delivery::Sent, false),
        ] {
            let row = cast.open(db, number).await;
            let mut said = cast.message(&row, "We are back on Monday.");
            (said.direction, said.author, said.delivery) = (Direction::Outbound, author, Some(delivery));
            (said.contact_id, said.created_at) = (None, at(60));
            put(db, &[], &[said]).await;
            write(db, async |tx| {
                let mut talk = conversations::lock(tx, row.id).await?;
                talk.last_message_at = at(60);
                conversations::update(tx, &talk).await
            })
            .await;
            care::resolve(&inbox, row.id, &cast.sam, None).await.unwrap();
            care::reopen(&inbox, row.id, &cast.sam).await.unwrap();
            assert_eq!(desk.talk(number).await.due_at.is_some(), waits, "{author} {delivery}");

            care::resolve(&inbox, row.id, &cast.sam, None).await.unwrap();
            let picked = [Picked { number, revision: desk.talk(number).await.revision }];
            bulk::change(&inbox, &picked, Change::Reopen, &cast.sam).await.unwrap();
            let again = desk.talk(number).await;
            assert_eq!((again.status, again.due_at.is_some()), (ConversationStatus::Open, waits), "in the list");
        }
    }
}

#[tokio::test]
async fn what_is_put_to_sleep_is_not_resolved_and_wakes_open() {
    for engine in Engine::all() {
        let (desk, cast, talk) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let early = inbox.clock.now();
        assert!(snooze::snooze(&inbox, talk.id, early, &cast.sam, None).await.is_err(), "the time lies behind");
        let until = early.plus(Duration::from_hours(1));
        care::resolve(&inbox, talk.id, &cast.sam, None).await.unwrap();
        let refused = snooze::snooze(&inbox, talk.id, until, &cast.sam, None).await.unwrap_err().to_string();
        assert!(refused.starts_with("It is resolved"), "{refused}");
        care::reopen(&inbox, talk.id, &cast.sam).await.unwrap();
        snooze::snooze(&inbox, talk.id, until, &cast.sam, None).await.unwrap();
        let asleep = now(&desk, &talk).await;
        assert_eq!((asleep.status, asleep.snoozed_until), (ConversationStatus::Snoozed, Some(until)));
        desk.desk.clock.advance(Duration::from_mins(59));
        snooze::wake(&inbox, talk.id).await.unwrap();
        assert_eq!(now(&desk, &talk).await.status, ConversationStatus::Snoozed, "it was put to sleep for longer");
        desk.desk.clock.advance(Duration::from_mins(1));
        for _ in 0..2 {
            snooze::wake(&inbox, talk.id).await.unwrap();
            let awake = now(&desk, &talk).await;
            assert_eq!((awake.status, awake.unread), (ConversationStatus::Open, true));
            assert_eq!((awake.snoozed_until, awake.resolved_at), (None, None));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_over_is_handed_back_to_the_agent() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { agent_level: AgentLevel::Approve, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let number = receive(&desk, &sofies_mail()).await;
        let id = desk.talk(number).await.id;
        let teammate = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        approve::take_over(&desk.desk.inbox(), id, &teammate).await.unwrap();
        let mut browser = desk.browser().await;
        let here = format!("/conversations/{number}?view=all");
        assert!(page(&mut browser, &here).await.contains("Let the agent write a reply"));
        send(&mut browser, &format!("/conversations/{number}/agent-runs"), &[("back", here.as_str())]).await;
        assert!(!page(&mut browser, &here).await.contains("Let the agent write a reply"), "it is writing already");
        desk.drain().await;
        let row = conversations::find(db, id).await.unwrap().unwrap();
        assert!(!row.taken_over && row.agent_state != AgentState::Idle, "{row:?}");

        approve::take_over(&desk.desk.inbox(), id, &teammate).await.unwrap();
        let brand = brands::get(db, desk.setup.brand).await.unwrap();
        let without = Brand { agent_level: AgentLevel::Off, ..brand };
        write(db, async |tx| brands::update(tx, &without).await).await;
        let refused = approve::write_again(&desk.desk.inbox(), id, &teammate, "").await;
        assert!(matches!(refused, Err(InboxError::Conflict(_))), "the agent is off");
        assert!(conversations::find(db, id).await.unwrap().unwrap().taken_over, "it stays with the person");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_names_no_sender_takes_notes_and_an_end_but_no_answer() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let known = receive(&desk, &sofies_mail()).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        let raw = b"To: help@fjord.example\r\nSubject: Hello\r\nMessage-ID: <n1@post.example>\r\n\r\nGuess who\r\n";
        let number = receive(&desk, raw).await;
        let here = format!("/conversations/{number}");
        let (nobodys, sofies) =
            (page(&mut browser, &here).await, page(&mut browser, &format!("/conversations/{known}")).await);
        for (words, of_nobodys) in [
            ("There is nobody to answer:", true),
            ("composer is-note", true),
            ("data-compose=\"reply\"", false),
            ("Attach files", false),
            ("Insert a macro", false),
        ] {
            assert_eq!((nobodys.contains(words), sofies.contains(words)), (of_nobodys, !of_nobodys), "{words}");
        }
        let form = format!("id=\"composer\" method=\"post\" action=\"{here}/notes\"");
        assert!(nobodys.contains(&form), "{nobodys}");

        let talk = desk.talk(number).await;
        put_before_a_person(&desk, &talk, saying("Who are you?")).await;
        let waits = Conversation { needs_approval: true, agent_state: AgentState::Drafted, ..talk };
        write(&desk.desk.db, async |tx| conversations::update(tx, &waits).await).await;
        let shown = page(&mut browser, &here).await;
        assert!(shown.contains("id=\"shut\"") && !shown.contains("Another channel"), "{shown}");

        send(&mut browser, &format!("{here}/notes"), &[("body", "A test of ours?"), ("back", here.as_str())]).await;
        assert!(page(&mut browser, &here).await.contains("A test of ours?"));
        send(&mut browser, &format!("{here}/resolution"), &[("back", here.as_str())]).await;
        assert_eq!(desk.talk(number).await.status, ConversationStatus::Resolved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_ends_its_case_at_once_and_taken_back_opens_it_again() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let row = cast.open(db, 7).await;
        let mut browser = desk.browser().await;
        let here = "/conversations/7?view=all";
        assert!(page(&mut browser, here).await.contains("name=\"then\" value=\"resolve\""));
        let reply = [("body", "It left today."), ("then", "resolve"), ("back", here)];
        taken(&mut browser, "/conversations/7/messages", &reply).await;
        let done = desk.talk(7).await;
        assert_eq!((done.status, done.due_at), (ConversationStatus::Resolved, None));
        let all = messages::list(db, row.id, 50).await.unwrap();
        let sent = all.iter().find(|message| message.direction == Direction::Outbound).unwrap();
        assert_eq!(sent.delivery, Some(Delivery::Queued), "it leaves all the same");

        taken(&mut browser, &format!("/messages/{}/cancellation", sent.id), &[("back", here)]).await;
        assert_eq!(desk.talk(7).await.status, ConversationStatus::Open);
        assert!(page(&mut browser, here).await.contains("opened it again"), "the timeline ends as it stands");
        let [body, _, back] = reply;
        taken(&mut browser, "/conversations/7/messages", &[body, back]).await;
        assert_eq!(desk.talk(7).await.status, ConversationStatus::Waiting);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_does_not_leave_gives_the_case_that_it_ended_back_as_it_was() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let cast = Cast::stored(db).await;
        let also = Also { then: Some(Then::Resolved), ..Also::default() };
        let with = text_alone(&also);
        let until = inbox.clock.now().plus(Duration::from_hours(20));
        for (number, is_held) in [(7, false), (8, true)] {
            let row = cast.open(db, number).await;
            approve::take_over(&inbox, row.id, &cast.sam).await.unwrap();
            snooze::snooze(&inbox, row.id, until, &cast.sam, None).await.unwrap();
            write(db, async |tx| {
                let mut talk = conversations::lock(tx, row.id).await?;
                talk.clocks.resolving_since = Some(NOW);
                talk.clocks.resolution_due_at = Some(at(9_000));
                conversations::update(tx, &talk).await
            })
            .await;
            let before = desk.talk(number).await;
            let id: MessageId = inbox.clock.new_id();
            care::answer_with(&inbox, row.id, &cast.sam, (id, "It left today."), with).await.unwrap();
            let ended = desk.talk(number).await;
            assert_eq!((ended.status, ended.taken_over), (ConversationStatus::Resolved, false));
            assert_eq!(ended.clocks.resolution_due_at, None);

            if is_held {
                let Next::Done(tx) = deliver::give_up(&inbox, id, "refused.").await.unwrap() else {
                    panic!("not held")
                };
                tx.commit().await.unwrap();
            } else {
                assert_eq!(taken_back::cancel(&inbox, id, &cast.sam).await.unwrap(), TakenBack::Composer);
            }
            let again = desk.talk(number).await;
            assert_eq!((again.clocks, again.due_at), (before.clocks, before.due_at), "held: {is_held}");
            assert!(again.taken_over && again.resolved_at.is_none());
            let stands = if is_held { (ConversationStatus::Open, None) } else { (before.status, Some(until)) };
            assert_eq!((again.status, again.snoozed_until), stands, "a reply that is held needs somebody");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_taken_with_one_press_and_who_is_away_is_said() {
    for engine in Engine::all() {
        let (desk, cast, talk) = desk(engine).await;
        let db = &desk.desk.db;
        let away = Some(desk.desk.clock.now());
        write(db, async |tx| teammates::set_away(tx, cast.noor.id, away).await).await;
        let mut browser = desk.browser().await;
        let (here, take) = ("/conversations/7?view=all", "name=\"teammate_id\" value=\"me\"");
        let shown = page(&mut browser, here).await;
        assert!(shown.contains(take), "{shown}");
        assert_eq!(shown.matches(">Noor (away)</option>").count(), 2, "alone and at once: {shown}");
        taken(&mut browser, "/conversations/7/assignment", &[("teammate_id", "me"), ("back", here)]).await;
        assert_eq!(now(&desk, &talk).await.assignee_id, Some(desk.setup.teammate));
        assert!(!page(&mut browser, here).await.contains(take));
    }
}

#[tokio::test]
async fn one_that_cannot_be_woken_keeps_no_other_work_waiting() {
    const ON_A_FILE: &str = "create trigger stuck before update on conversations when old.number = 7
        begin select raise(abort, 'in the test'); end";
    const ON_A_SERVER: &str = "do $$ begin
        create function stuck() returns trigger language plpgsql as 'begin raise exception ''in the test''; end';
        create trigger stuck before update on conversations for each row when (old.number = 7)
            execute function stuck();
        end $$";
    for engine in Engine::all() {
        let (desk, cast, talk) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let other = cast.open(db, 8).await;
        let until = inbox.clock.now().plus(Duration::from_hours(1));
        for id in [talk.id, other.id] {
            snooze::snooze(&inbox, id, until, &cast.sam, None).await.unwrap();
        }
        execute(db, if engine == Engine::Sqlite { ON_A_FILE } else { ON_A_SERVER }).await;
        desk.desk.clock.advance(Duration::from_hours(2));
        upkeep::look_after(&desk.desk).await.unwrap();
        assert_eq!(now(&desk, &talk).await.status, ConversationStatus::Snoozed);
        assert_eq!(desk.talk(8).await.status, ConversationStatus::Open);
        let last = happened(db, other.id).await.last().map(|event| event.kind);
        assert_eq!(last, Some(EventKind::Overdue), "what comes behind it is done too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sleep_ends_at_a_time_of_ones_own_and_its_owner_is_told_unless_somebody_ends_it() {
    for engine in Engine::all() {
        let (desk, cast, talk) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        care::assign(&inbox, talk.id, Some(cast.noor.id), &cast.noor).await.unwrap();
        let mut browser = desk.browser().await;
        let (here, place) = ("/conversations/7?view=all", "/conversations/7/snooze");
        let past = send(&mut browser, place, &[("until", "2026-11-20T09:30"), ("back", here)]).await;
        assert!(said(&past).contains("lies ahead"), "{}", said(&past));
        let sleep = [("until", "2026-12-24T09:30"), ("back", here)];
        taken(&mut browser, place, &sleep).await;
        let until = now(&desk, &talk).await.snoozed_until.unwrap();
        assert_eq!(until.rfc3339(), "2026-12-24T09:30:00Z");
        assert!(page(&mut browser, here).await.contains("Snoozed until 24 Dec"));

        taken(&mut browser, &format!("{place}/deletion"), &[("back", here)]).await;
        let shown = page(&mut browser, here).await;
        assert!(shown.contains("opened it again") && !shown.contains("Snoozed until"), "{shown}");
        let told = async || {
            let all = notifications::list(db, cast.noor.id, 9).await.unwrap();
            all.into_iter().map(|one| one.kind).collect::<Vec<_>>()
        };
        assert!(told().await.is_empty(), "somebody is at it");
        taken(&mut browser, place, &sleep).await;
        desk.desk.clock.advance(Duration::from_hours(24 * 60));
        snooze::wake(&inbox, talk.id).await.unwrap();
        assert_eq!(told().await, [NotificationKind::Woken]);
    }
}
