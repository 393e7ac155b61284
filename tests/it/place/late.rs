//! What was written earlier than it came: until when it can be answered, and what is shown of it.

use std::time::Duration;

use channel_contract::inbound::{Changed, Inbound, InboundEvent, MessageChange};
use resolute::inbox::place::{Batch, Received};
use resolute::model::channel::Capabilities;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::window::{Opening, Spans};
use time::OffsetDateTime;

use super::mails::mail;
use super::world::World;
use crate::support::cast::{NOW, at, email};

const SOFIE: &str = "sofie@example.com";
const HOUR: i64 = 3_600;

/// A day to answer, and a platform that wants an answer within so many hours.
fn spans(wanted: Option<u64>) -> Spans {
    let capabilities = Capabilities { reply_window: Some(Duration::from_hours(24)), ..Capabilities::NOTHING };
    Spans::of(&capabilities, wanted.map(Duration::from_hours))
}

/// Sofie writes in her one thread; her platform says when.
fn written(id: &str, text: &str, when: Option<OffsetDateTime>) -> Inbound {
    Inbound { occurred_at: when, ..mail(id, SOFIE).in_thread("hers").says(text).inbound() }
}

fn at_hour(id: &str, text: &str, hour: i64) -> Inbound {
    written(id, text, Some(at(hour * HOUR).datetime()))
}

fn received(world: &World, wanted: Option<u64>, events: Vec<Inbound>) -> Received {
    let channel = world.cast.mail.clone();
    Received { spans: spans(wanted), ..world.received(&channel, events) }
}

/// It comes when so many hours have passed since the clock stood.
fn comes(world: &mut World, hour: i64, events: Vec<Inbound>) -> Batch {
    let passed = u64::try_from(at(hour * HOUR).0 - world.cast.clock.now().0).unwrap();
    world.cast.clock.advance(Duration::from_micros(passed));
    let batch = [received(world, None, events)];
    world.place(&batch)
}

fn talk(world: &World) -> &Conversation {
    let [talk] = world.conversations.as_slice() else { panic!("one conversation") };
    talk
}

#[test]
fn the_time_to_answer_is_counted_from_when_it_was_written() {
    let mut world = World::new();
    let batch = comes(&mut world, 10, vec![at_hour("<1>", "Hello?", 0)]);
    assert_eq!((batch.messages[0].written_at, batch.messages[0].created_at), (Some(NOW), at(10 * HOUR)));
    let talk = talk(&world);
    assert_eq!(talk.window.opening(at(10 * HOUR)), Opening::Anybody(at(24 * HOUR)), "14 of 24 hours are left");
    assert_eq!((talk.last_inbound_at, talk.last_written_at), (Some(at(10 * HOUR)), Some(NOW)));
    assert_eq!(talk.due_at, Some(at(18 * HOUR)), "the desk's own target runs since it came");
}

#[test]
fn nothing_is_written_after_it_came_or_before_there_were_such_platforms() {
    for when in [Some(at(20 * HOUR).datetime()), Some(OffsetDateTime::UNIX_EPOCH), None] {
        let mut world = World::new();
        let batch = comes(&mut world, 10, vec![written("<1>", "Hello?", when)]);
        let expected = when.filter(|when| *when > OffsetDateTime::UNIX_EPOCH).map(|_| at(10 * HOUR));
        assert_eq!(batch.messages[0].written_at, expected, "{when:?}");
        assert_eq!(talk(&world).window.reply_until, Some(at(34 * HOUR)), "{when:?}");
    }
}

#[test]
fn what_comes_when_its_time_is_over_is_due_at_once() {
    let mut world = World::new();
    comes(&mut world, 30, vec![at_hour("<1>", "Hello?", 0)]);
    let closed = talk(&world).window.opening(at(30 * HOUR));
    assert_eq!((closed, talk(&world).due_at), (Opening::Closed(at(24 * HOUR)), Some(at(24 * HOUR))));
    let mut world = World::new();
    world.cast.clock.advance(Duration::from_hours(13));
    let batch = [received(&world, Some(12), vec![at_hour("<1>", "Hello?", 0)])];
    world.place(&batch);
    assert_eq!(talk(&world).window.wanted_by, Some(at(12 * HOUR)), "the platform's own clock");
    assert_eq!(talk(&world).due_at, Some(at(12 * HOUR)));
}

#[test]
fn what_was_written_before_something_that_waits_changes_neither_its_time_nor_what_the_list_shows() {
    for together in [true, false] {
        let mut world = World::new();
        let (younger, older) = (at_hour("<2>", "It is a lamp.", 9), at_hour("<1>", "Hello?", 1));
        if together {
            comes(&mut world, 10, vec![younger, older]);
        } else {
            comes(&mut world, 10, vec![younger]);
            comes(&mut world, 11, vec![older]);
        }
        let talk = talk(&world);
        assert_eq!((talk.gist.as_str(), talk.revision), ("It is a lamp.", 2), "together: {together}");
        assert_eq!((talk.window.reply_until, talk.last_written_at), (Some(at(33 * HOUR)), Some(at(9 * HOUR))));
        assert!(talk.unread && talk.last_inbound_at >= Some(at(10 * HOUR)));
    }
}

#[test]
fn what_comes_behind_an_answer_is_shown_and_its_time_is_that_of_what_was_written_last() {
    let mut world = World::new();
    comes(&mut world, 10, vec![at_hour("<2>", "It is a lamp.", 9)]);
    let ours = mail("<3>", "help@fjell.example").in_thread("hers").to(&[SOFIE]).sent().inbound();
    comes(&mut world, 11, vec![ours]);
    assert_eq!((talk(&world).status, talk(&world).due_at), (ConversationStatus::Waiting, None));
    comes(&mut world, 12, vec![at_hour("<1>", "Hello?", 1)]);
    let talk = talk(&world);
    assert_eq!((talk.gist.as_str(), talk.status), ("Hello?", ConversationStatus::Open));
    assert_eq!((talk.window.reply_until, talk.due_at), (Some(at(33 * HOUR)), Some(at(20 * HOUR))));
}

#[test]
fn what_the_list_shows_is_taken_back_also_where_something_older_came_behind_it() {
    let mut world = World::new();
    comes(&mut world, 10, vec![at_hour("<2>", "My password is swordfish.", 9)]);
    comes(&mut world, 11, vec![at_hour("<1>", "Hello?", 1)]);
    let change = MessageChange { message_ids: vec!["<2>".to_owned()], by: Some(email(SOFIE)), what: Changed::Deleted };
    let event = InboundEvent::Change(change);
    comes(&mut world, 12, vec![Inbound { external_id: "back".to_owned(), occurred_at: None, event }]);
    assert_eq!(talk(&world).gist, "(Took a message back)");
}

#[test]
fn an_answer_from_elsewhere_that_comes_late_leaves_what_was_written_since_waiting() {
    let ours = |hour: i64| {
        let echo = mail("<3>", "help@fjell.example").in_thread("hers").to(&[SOFIE]).sent();
        Inbound { occurred_at: Some(at(hour * HOUR).datetime()), ..echo.inbound() }
    };
    for (hour, is_answer) in [(9, true), (8, false)] {
        let mut world = World::new();
        comes(&mut world, 7, vec![at_hour("<1>", "Hello?", 7)]);
        comes(&mut world, 10, vec![at_hour("<2>", "Is it blue?", 9)]);
        let before = talk(&world).clone();
        let batch = comes(&mut world, 11, vec![ours(hour)]);
        assert_eq!(batch.messages.len(), 1, "it is shown");
        let after = talk(&world);
        if is_answer {
            assert_eq!((after.status, after.due_at), (ConversationStatus::Waiting, None));
            assert_eq!(batch.answered_elsewhere, [after.id]);
            continue;
        }
        assert!(batch.answered_elsewhere.is_empty(), "a draft, and what the agent would send, stay");
        assert_eq!((after.status, after.due_at), (ConversationStatus::Open, before.due_at));
        assert_eq!((after.clocks, after.agent_state), (before.clocks, before.agent_state));
        assert_eq!(after.revision, before.revision, "a draft for it stays good");
    }
}

#[test]
fn the_agent_is_still_called_where_an_older_answer_came_in_behind_the_question() {
    let mut world = World::new();
    let echo = mail("<3>", "help@fjell.example").in_thread("hers").to(&[SOFIE]).sent();
    let echo = Inbound { occurred_at: Some(at(8 * HOUR).datetime()), ..echo.inbound() };
    let batch = comes(&mut world, 10, vec![at_hour("<2>", "Is it blue?", 9), echo]);
    assert_eq!((batch.messages.len(), batch.jobs.len()), (2, 1));
    assert_eq!(talk(&world).status, ConversationStatus::Open);
}
