//! A merge is taken back: what it brought goes back, and what happened since stays.

use std::time::Duration;

use resolute::inbox::bulk::{self, Change, Picked};
use resolute::inbox::{care, linking, merge, snooze};
use resolute::model::answer_times::{AnswerTimes, Clocks};
use resolute::model::audience::Audience;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::order::MatchedBy;
use resolute::model::sleep::ParcelWait;
use resolute::model::teammate::Teammate;
use resolute::model::writing::Basis;
use resolute::model::{ConversationId, NoteId, Ts};
use resolute::store::composer_texts::{self, ComposerText};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::{brands, conversations, drafts, messages, notes, notifications, orders, parcels};

use super::desk;
use crate::people::bought;
use crate::store::approvals::pending;
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, MONDAY, TestDesk};
use crate::support::stores::{tags_of, write};

/// Everything about a conversation but what was noted about merging it.
async fn shown(desk: &TestDesk, number: i64) -> String {
    let all = desk.timeline(number).await;
    all.lines().filter(|line| !line.contains("merge")).collect::<Vec<_>>().join("\n")
}

/// The half-written reply and the half-written note.
async fn texts_of(desk: &TestDesk, id: ConversationId, by: &Teammate) -> [String; 2] {
    let kept = composer_texts::find(&desk.desk.db, id, by.id).await.unwrap();
    [kept.reply, kept.note].map(|text| text.map(|text| text.body).unwrap_or_default())
}

#[tokio::test]
async fn a_merge_moves_everything_and_its_undoing_restores_it() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        pending(db, &cast, &first, NOW).await;
        care::add_note(&inbox, first.id, &cast.sam, (cast.clock.new_id::<NoteId>(), "Called her"), Basis::Any)
            .await
            .unwrap();
        care::tag(&inbox, first.id, "vip", true, &cast.sam).await.unwrap();
        care::tag(&inbox, second.id, "late", true, &cast.sam).await.unwrap();
        care::assign(&inbox, first.id, Some(cast.noor.id), &cast.sam).await.unwrap();
        write(db, async |tx| notifications::follow(tx, first.id, cast.sam.id, NOW).await).await;
        write(db, async |tx| {
            let text = |body: &str| ComposerText { body: body.into(), ..ComposerText::default() };
            let note = |body: &str| ComposerText { body: body.into(), is_note: true, ..ComposerText::default() };
            composer_texts::save(tx, first.id, cast.sam.id, &text("half of it"), NOW).await?;
            composer_texts::save(tx, first.id, cast.sam.id, &note("ask Tom"), NOW).await?;
            composer_texts::save(tx, first.id, cast.noor.id, &text("mine"), NOW).await?;
            composer_texts::save(tx, second.id, cast.noor.id, &note("mine"), NOW).await?;
            composer_texts::save(tx, second.id, cast.sam.id, &text("and here"), NOW).await
        })
        .await;
        let before = [shown(&desk, 1).await, shown(&desk, 2).await];

        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let (gone, one) = (desk.talk(1).await, desk.talk(2).await);
        assert_eq!((gone.status, gone.merged_into), (ConversationStatus::Resolved, Some(second.id)));
        assert!(!gone.needs_approval && one.assignee_id == Some(cast.noor.id));
        assert_eq!(messages::list(db, second.id, 9).await.unwrap().len(), 2);
        assert!(messages::list(db, first.id, 9).await.unwrap().is_empty());
        assert_eq!(notes::list(db, second.id).await.unwrap().len(), 1);
        assert_eq!(tags_of(db, second.id).await, ["late", "vip"]);
        assert!(conversations::for_reader(db, second.id, cast.sam.id).await.unwrap().followed);
        assert!(drafts::current(db, second.id).await.unwrap().is_none(), "drafts for less are void");
        assert_eq!(texts_of(&desk, second.id, &cast.sam).await, ["and here\n\nhalf of it", "ask Tom"]);
        assert_eq!(texts_of(&desk, second.id, &cast.noor).await, ["mine", "mine"]);
        let found = conversations::find_merged(db, 1).await.unwrap().unwrap();
        assert_eq!(found.number, 2, "the old number leads on");
        care::tag(&inbox, first.id, "late", true, &cast.sam).await.unwrap();
        assert!(tags_of(db, first.id).await.len() == 1, "what is done to it is done to the other");

        let picked = [Picked { number: 1, revision: gone.revision }];
        let change = bulk::change(&inbox, &picked, Change::Reopen, &cast.sam).await.unwrap();
        assert_eq!(change.refused.0.len(), 1, "a pointer to another stays one");

        assert!(merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.is_err(), "once");
        let back = merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!((back.merge.id, back.went, back.stayed), (merged.id, 0, 0));
        let lines = |text: &str| text.lines().map(str::to_owned).filter(|line| !line.contains("tagged")).collect();
        let after: [Vec<String>; 2] = [lines(&shown(&desk, 1).await), lines(&shown(&desk, 2).await)];
        assert_eq!(after, before.map(|text| lines(&text)));
        assert_eq!(desk.talk(1).await.merged_into, None);
        assert_eq!(tags_of(db, second.id).await, ["late"]);
        assert!(!conversations::for_reader(db, second.id, cast.sam.id).await.unwrap().followed);
        assert_eq!(texts_of(&desk, first.id, &cast.sam).await, ["half of it", "ask Tom"]);
        assert_eq!(texts_of(&desk, second.id, &cast.sam).await, ["and here", ""], "not what is for the other");
        assert_eq!(texts_of(&desk, first.id, &cast.noor).await, ["mine", ""]);
        assert_eq!(texts_of(&desk, second.id, &cast.noor).await, ["", "mine"], "their own note stays");
        assert!(merge::undo(&inbox, merged.id, &cast.sam).await.is_err(), "once");
    }
}

#[tokio::test]
async fn who_is_to_read_what_was_half_written_is_as_before_when_a_merge_is_undone() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let keep = async |id: ConversationId, by: &Teammate, audience: Option<Audience>| {
            let text = ComposerText { body: "Thank you.".into(), audience, ..ComposerText::default() };
            write(db, async |tx| composer_texts::save(tx, id, by.id, &text, NOW).await).await;
        };
        let readers = async |by: &Teammate| composer_texts::find(db, second.id, by.id).await.unwrap().audience;
        let operator = Some(Audience::Operator);
        keep(second.id, &cast.sam, None).await;
        keep(second.id, &cast.noor, Some(Audience::Both)).await;
        for by in [&cast.sam, &cast.noor] {
            keep(first.id, by, operator).await;
        }
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!([readers(&cast.sam).await, readers(&cast.noor).await], [operator, operator], "the narrower side");
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!([readers(&cast.sam).await, readers(&cast.noor).await], [None, Some(Audience::Both)], "{engine:?}");
    }
}

#[tokio::test]
async fn two_that_sleep_wake_as_the_first_of_them_also_by_a_parcel_and_each_by_its_own_once_they_come_apart() {
    const DAY: Duration = Duration::from_hours(24);
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let (soon, late) = (inbox.clock.now().plus(DAY), inbox.clock.now().plus(14 * DAY));
        let sleep = async |id: ConversationId, until: Ts, wait: Option<ParcelWait>| {
            snooze::snooze(&inbox, id, until, &cast.sam, None).await.unwrap();
            if let Some(wait) = wait {
                write(db, async |tx| parcels::wait_for(tx, id, wait, until).await).await;
            }
        };
        // How it sleeps, and what of a parcel wakes it.
        let asleep = async |number: i64| {
            let talk = desk.talk(number).await;
            let until = talk.snoozed_until?;
            let wait = write(db, async |tx| parcels::find_wait(tx, talk.id, until).await).await;
            Some((talk.status, until, wait))
        };
        let (scanned, delivered) = (Some(ParcelWait::Scanned), Some(ParcelWait::Delivered));
        let asleep_until = |until: Ts, wait| Some((ConversationStatus::Snoozed, until, wait));
        sleep(second.id, late, delivered).await;
        for wait in [None, scanned] {
            sleep(first.id, soon, wait).await;
            let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
            assert_eq!(asleep(2).await, asleep_until(soon, wait.or(delivered)), "{engine:?}");
            merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
            assert_eq!(asleep(1).await, asleep_until(soon, wait), "{engine:?}");
            assert_eq!(asleep(2).await, asleep_until(late, delivered), "{engine:?}");
        }
        // The other way round: who slept by time alone does so again.
        sleep(second.id, soon, None).await;
        sleep(first.id, late, delivered).await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!(asleep(2).await, asleep_until(soon, delivered), "{engine:?}");
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(asleep(1).await, asleep_until(late, delivered), "{engine:?}");
        assert_eq!(asleep(2).await, asleep_until(soon, None), "{engine:?}");
        sleep(second.id, late, delivered).await;
        // In one that was done it sleeps as before.
        care::resolve(&inbox, first.id, &cast.sam, None).await.unwrap();
        let merged = merge::merge(&inbox, (second.id, first.id), false, &cast.sam).await.unwrap();
        assert_eq!(asleep(1).await, asleep_until(late, delivered), "{engine:?}");
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!((desk.talk(1).await.status, asleep(1).await), (ConversationStatus::Resolved, None));
        assert_eq!(asleep(2).await, asleep_until(late, delivered), "{engine:?}");
    }
}

#[tokio::test]
async fn what_was_half_written_in_both_is_two_texts_again_when_a_merge_is_undone() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let keep = async |id: ConversationId, by: &Teammate, [reply, note]: [&str; 2]| {
            write(db, async |tx| {
                for (body, is_note) in [(reply, false), (note, true)] {
                    let text = ComposerText { body: body.into(), is_note, ..ComposerText::default() };
                    composer_texts::save(tx, id, by.id, &text, NOW).await?;
                }
                Ok(())
            })
            .await;
        };
        keep(first.id, &cast.sam, ["For her, é 😀", "Ask Tom"]).await;
        keep(second.id, &cast.sam, ["For him, é 😀", "Ask Ada"]).await;
        keep(first.id, &cast.noor, ["The same", "Look"]).await;
        keep(second.id, &cast.noor, ["The same", "Look there"]).await;
        let revision = composer_texts::find(db, second.id, cast.sam.id).await.unwrap().reply.unwrap().updated_at;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let joined = ["For him, é 😀\n\nFor her, é 😀", "Ask Ada\n\nAsk Tom"];
        assert_eq!(texts_of(&desk, second.id, &cast.sam).await, joined);
        let longer = ["The same\n\nThe same", "Look there\n\nLook, and here"];
        keep(second.id, &cast.noor, longer).await;

        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(texts_of(&desk, first.id, &cast.sam).await, ["For her, é 😀", "Ask Tom"]);
        assert_eq!(texts_of(&desk, second.id, &cast.sam).await, ["For him, é 😀", "Ask Ada"]);
        assert_eq!(texts_of(&desk, first.id, &cast.noor).await, ["The same", "Look"]);
        assert_eq!(texts_of(&desk, second.id, &cast.noor).await, ["The same", longer[1]], "written on since");
        let after = composer_texts::find(db, second.id, cast.sam.id).await.unwrap().reply.unwrap().updated_at;
        assert!(after > revision, "a page that has the joined one is asked before it goes on");
    }
}

#[tokio::test]
async fn buttons_go_along_with_what_is_half_written_and_come_apart_with_it() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let keep = async |id: ConversationId, by: &Teammate, body: &str, choices: &[&str]| {
            let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
            let text = ComposerText { body: body.into(), choices, ..ComposerText::default() };
            write(db, async |tx| composer_texts::save(tx, id, by.id, &text, NOW).await).await;
        };
        let choices_of =
            async |id: ConversationId, by: &Teammate| composer_texts::find(db, id, by.id).await.unwrap().choices;
        keep(second.id, &cast.sam, "The lamp?", &["Yes", "No, “nei”"]).await;
        keep(first.id, &cast.sam, "Or the cup?", &["No, “nei”", "Both"]).await;
        keep(first.id, &cast.noor, "Which one?", &["Red"]).await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!(choices_of(second.id, &cast.sam).await, ["Yes", "No, “nei”", "Both"], "none twice");
        assert_eq!(choices_of(second.id, &cast.noor).await, ["Red"]);
        keep(second.id, &cast.noor, "Which one?", &["Red", "Blue"]).await;

        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(texts_of(&desk, second.id, &cast.sam).await[0], "The lamp?");
        assert_eq!(choices_of(second.id, &cast.sam).await, ["Yes", "No, “nei”"]);
        assert_eq!(choices_of(first.id, &cast.sam).await, ["No, “nei”", "Both"]);
        assert_eq!(choices_of(second.id, &cast.noor).await, ["Red", "Blue"], "what she has changed since stays");
    }
}

#[tokio::test]
async fn what_was_sent_since_a_merge_is_half_written_nowhere_when_it_is_undone() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let db = &desk.desk.db;
        let text = |body: &str, is_note: bool| ComposerText { body: body.into(), is_note, ..ComposerText::default() };
        write(db, async |tx| {
            composer_texts::save(tx, first.id, cast.sam.id, &text("It left today.\n", false), NOW).await?;
            composer_texts::save(tx, first.id, cast.sam.id, &text("Called her.", true), NOW).await?;
            composer_texts::save(tx, first.id, cast.noor.id, &text("We look into it.", false), NOW).await?;
            composer_texts::save(tx, second.id, cast.noor.id, &text("Hello Sofie.", false), NOW).await
        })
        .await;
        let merged = merge::merge(&desk.desk.inbox(), (first.id, second.id), false, &cast.sam).await.unwrap();
        // As the composer leaves them when they are sent and noted; Sam has begun something else since.
        let said = |body: &str, by: &Teammate| NewMessage {
            direction: Direction::Outbound,
            author: MessageAuthor::Teammate,
            teammate_id: Some(by.id),
            delivery: Some(Delivery::Sent),
            created_at: MONDAY,
            ..cast.message(&second, body)
        };
        let replies = [said("It left today.", &cast.sam), said("Hello Sofie.\n\nWe look into it.", &cast.noor)];
        put(db, &[], &replies).await;
        write(db, async |tx| {
            for (by, is_note) in [(&cast.sam, true), (&cast.sam, false), (&cast.noor, false)] {
                composer_texts::forget(tx, second.id, by.id, &text("", is_note), Basis::Any).await?;
            }
            composer_texts::save(tx, second.id, cast.sam.id, &text("And the mug", false), NOW).await
        })
        .await;
        merge::undo(&desk.desk.inbox(), merged.id, &cast.sam).await.unwrap();
        assert_eq!(texts_of(&desk, first.id, &cast.sam).await, ["", ""], "sent once");
        assert_eq!(texts_of(&desk, first.id, &cast.noor).await, ["", ""], "sent once");
        assert_eq!(texts_of(&desk, second.id, &cast.sam).await, ["And the mug", ""]);
        assert_eq!(texts_of(&desk, second.id, &cast.noor).await, ["", ""]);
    }
}

#[tokio::test]
async fn what_came_after_a_merge_stays_when_it_is_taken_back() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let note = cast.clock.new_id::<NoteId>();
        care::add_note(&inbox, second.id, &cast.sam, (note, "Since then"), Basis::Any).await.unwrap();
        care::resolve(&inbox, second.id, &cast.sam, None).await.unwrap();
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(2).await.status, ConversationStatus::Resolved);
        assert_eq!(notes::list(db, second.id).await.unwrap().len(), 1);
        let came_back = desk.talk(1).await;
        assert_eq!((came_back.status, came_back.due_at), (ConversationStatus::Open, first.due_at));
        assert_eq!(messages::list(db, first.id, 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn an_agent_that_is_off_is_called_by_no_merge() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let off = Brand { agent_level: AgentLevel::Off, ..cast.brand.clone() };
        write(db, async |tx| {
            for id in [first.id, second.id] {
                conversations::set_agent_state(tx, id, AgentState::Drafted).await?;
            }
            brands::update(tx, &off).await
        })
        .await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(2).await.agent_state, AgentState::Idle, "nobody writes");
        assert!(!desk.timeline(2).await.contains("agent_run"), "no run waits");
        write(db, async |tx| {
            let mut talk = conversations::lock(tx, second.id).await?;
            (talk.agent_state, talk.revision) = (AgentState::Drafted, talk.revision + 1);
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(2).await.agent_state, AgentState::Idle);
        assert!(!desk.timeline(2).await.contains("agent_run"), "no run waits");
    }
}

/// What a merge joins.
fn worth(talk: &Conversation) -> String {
    let talk = talk.clone();
    format!(
        "{:?}",
        (
            (talk.status, talk.snoozed_until, talk.due_at, talk.clocks, talk.assignee_id, talk.order_number),
            (talk.gist, talk.channel_kind, talk.participants.0, talk.intent, talk.last_inbound_at, talk.language),
        )
    )
}

/// Two conversations of Sofie that differ in everything that a merge joins.
async fn different(desk: &TestDesk, cast: &Cast) -> [ConversationRow; 2] {
    let db = &desk.desk.db;
    let first = ConversationRow {
        gist: "Where is my other order?".into(),
        participants: vec!["sofie@work.example".into()],
        due_at: Some(Ts(NOW.0 + 60_000_000)),
        last_inbound_at: Some(Ts(NOW.0 + 5)),
        last_message_at: Ts(NOW.0 + 5),
        clocks: Clocks {
            answering_since: Some(Ts(NOW.0 + 5)),
            resolving_since: Some(Ts(NOW.0 - 5)),
            resolution_due_at: Some(Ts(NOW.0 + 90_000_000)),
            first_answered_at: None,
        },
        ..cast.conversation(11)
    };
    let second = cast.conversation(12);
    for row in [&first, &second] {
        put(db, std::slice::from_ref(row), &[cast.message(row, "Hello")]).await;
    }
    write(db, async |tx| {
        let mut talk = conversations::lock(tx, first.id).await?;
        talk.order_number = Some("FJ-20399".into());
        talk.intent = Some("where_is_my_order".into());
        talk.language = "de".into();
        talk.assignee_id = Some(cast.noor.id);
        conversations::update(tx, &talk).await
    })
    .await;
    [first, second]
}

#[tokio::test]
async fn what_a_merge_brought_goes_back_also_when_something_was_said_since() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let [first, second] = different(&desk, &cast).await;
        let before = [worth(&desk.talk(11).await), worth(&desk.talk(12).await)];
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let joined = desk.talk(12).await;
        assert_eq!((joined.due_at, joined.clocks), (first.due_at, first.clocks), "the sooner answer and its clock");
        write(&desk.desk.db, async |tx| {
            let mut talk = conversations::lock(tx, second.id).await?;
            talk.revision += 1;
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!([worth(&desk.talk(11).await), worth(&desk.talk(12).await)], before);
    }
}

#[tokio::test]
async fn what_was_changed_by_hand_since_a_merge_is_not_taken_back_with_it() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let [first, second] = different(&desk, &cast).await;
        let before = desk.talk(12).await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        care::assign(&inbox, second.id, Some(cast.sam.id), &cast.noor).await.unwrap();
        let until = Ts(MONDAY.0 + 7_200_000_000);
        snooze::snooze(&inbox, second.id, until, &cast.noor, None).await.unwrap();
        write(&desk.desk.db, async |tx| {
            let mut talk = conversations::lock(tx, second.id).await?;
            talk.order_number = Some("FJ-20400".into());
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let talk = desk.talk(12).await;
        assert_eq!(talk.assignee_id, Some(cast.sam.id));
        assert_eq!((talk.status, talk.snoozed_until), (ConversationStatus::Snoozed, Some(until)));
        assert_eq!(talk.order_number.as_deref(), Some("FJ-20400"));
        assert_eq!((talk.gist, talk.participants.0), (before.gist, before.participants.0), "the rest goes back");
        assert_eq!(desk.talk(11).await.order_number.as_deref(), Some("FJ-20399"));
    }
}

/// The first is about an order, for Noor, with another address, and due; the second waits for its customer.
async fn apart(desk: &TestDesk, cast: &Cast, rows: &[ConversationRow; 2]) {
    let times = AnswerTimes::default();
    write(&desk.desk.db, async |tx| {
        let mut first = conversations::lock(tx, rows[0].id).await?;
        first.order_number = Some("FJ-1".into());
        first.intent = Some("invoice".into());
        first.gist = "The invoice, please".into();
        first.assignee_id = Some(cast.noor.id);
        first.participants.0.push("accountant@example.com".into());
        first.due_at = Some(first.clocks.start(&times, "email", NOW));
        (first.last_message_at, first.last_inbound_at) = (at(60), Some(at(60)));
        conversations::update(tx, &first).await?;
        let mut second = conversations::lock(tx, rows[1].id).await?;
        second.status = ConversationStatus::Waiting;
        (second.due_at, second.unread) = (None, false);
        conversations::update(tx, &second).await
    })
    .await;
}

#[tokio::test]
async fn who_wrote_after_a_merge_waits_from_then_on_when_it_is_undone() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        apart(&desk, &cast, &rows).await;
        let merged = merge::merge(&inbox, (rows[0].id, rows[1].id), false, &cast.sam).await.unwrap();
        let mut said = cast.message(&rows[1], "Still nothing");
        said.created_at = at(7_200);
        put(db, &[], &[said]).await;
        write(db, async |tx| {
            let mut talk = conversations::lock(tx, rows[1].id).await?;
            (talk.unread, talk.gist, talk.revision) = (true, "Still nothing".into(), talk.revision + 1);
            (talk.last_message_at, talk.last_inbound_at) = (at(7_200), Some(at(7_200)));
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let waits = desk.talk(2).await;
        assert_eq!(
            (waits.status, waits.unread, waits.gist.as_str()),
            (ConversationStatus::Open, true, "Still nothing")
        );
        assert_eq!((waits.clocks.answering_since, waits.assignee_id), (Some(at(7_200)), None));
        assert_eq!(waits.due_at, Some(AnswerTimes::default().answer_due("email", &waits.clocks, at(7_200))));
    }
}

#[tokio::test]
async fn what_a_merge_brought_leaves_also_where_another_order_was_chosen_since() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let [came, chosen, also] =
            ["FJ-1", "FJ-2", "FJ-3"].map(|number| bought(&cast, number, ("sofie@example.com", "")));
        write(db, async |tx| {
            for known in [&came, &also] {
                orders::save(tx, known).await?;
                orders::link(tx, first.id, known, MatchedBy::Platform, NOW).await?;
            }
            Ok(())
        })
        .await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let linked = async |id: ConversationId| {
            let all = orders::list_of(db, id).await.unwrap();
            let mut numbers: Vec<String> = all.into_iter().map(|known| known.order.number).collect();
            numbers.sort();
            numbers
        };
        for known in [&chosen, &also] {
            linking::choose_order(&inbox, second.id, known, &cast.sam).await.unwrap();
        }
        assert_eq!(linked(second.id).await, ["FJ-1", "FJ-2", "FJ-3"]);
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(linked(second.id).await, ["FJ-2", "FJ-3"], "{engine:?}: what a person chose stays");
        assert_eq!(linked(first.id).await, ["FJ-1", "FJ-3"]);
        assert_eq!(desk.talk(2).await.order_number.as_deref(), Some("FJ-3"));
    }
}
