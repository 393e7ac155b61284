//! The agent gives a conversation to a person: it is their move, by a clock, and what the customer heard is known.

use std::time::Duration;

use resolute::inbox::settle::Returned;
use resolute::model::agent_run::{HandOff, HandOffPacket};
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::store::{agent_runs, conversations};

use super::world::World;
use crate::support::desk::Engine;
use crate::support::forms::page;
use crate::support::stores::write;

/// The agent asks for a person, and would tell the customer so.
async fn asks(world: &World, talk: &Conversation) -> (Conversation, HandOff) {
    let mut finished = world.reply(talk, vec![], &[]);
    finished.result = Returned::HandOff {
        reason: "Not clear.".to_owned(),
        packet: HandOffPacket::default(),
        notice: Some("A colleague looks at it.".to_owned()),
    };
    assert!(world.settle(&finished).await);
    let hand_off = agent_runs::latest_hand_off(&world.inbox.db, talk.id).await.unwrap().expect("a hand-over");
    (world.now(talk.id).await, hand_off)
}

#[tokio::test]
async fn what_waited_for_its_customer_waits_for_a_person_and_has_a_clock() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        world.answers(&talk, &world.cast.sam, "On its way.").await;
        let answered = world.now(talk.id).await;
        assert_eq!((answered.status, answered.due_at), (ConversationStatus::Waiting, None));
        world.inbox.clock.advance(Duration::from_mins(5));
        let (handed, first) = asks(&world, &answered).await;
        assert_eq!((handed.agent_state, handed.status), (AgentState::HandedOff, ConversationStatus::Open));
        assert_eq!(handed.unanswered_since(), Some(world.inbox.clock.now()));
        let ours: Vec<_> = world.ours(&talk).await.into_iter().map(|message| message.id).collect();
        assert_eq!((first.notice_id, first.untold.as_str()), (ours.last().copied(), ""));

        // A further word is looked at, and the customer is not told twice.
        world.inbox.clock.advance(Duration::from_mins(5));
        let (still, second) = asks(&world, &handed).await;
        assert_eq!((still.due_at, still.unanswered_since()), (handed.due_at, handed.unanswered_since()));
        assert_eq!((second.notice_id, second.untold.as_str()), (None, "they were told before"));
        assert_eq!(world.ours(&talk).await.len(), ours.len());
    }
}

#[tokio::test]
async fn what_sleeps_is_handed_over_in_its_sleep() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let until = world.inbox.clock.now().plus(Duration::from_hours(9));
        write(&world.inbox.db, async |tx| {
            let mut row = conversations::lock(tx, talk.id).await?;
            (row.status, row.snoozed_until) = (ConversationStatus::Snoozed, Some(until));
            conversations::update(tx, &row).await
        })
        .await;
        let (handed, _) = asks(&world, &world.now(talk.id).await).await;
        assert_eq!((handed.status, handed.snoozed_until), (ConversationStatus::Snoozed, Some(until)));
        assert!(handed.agent_state == AgentState::HandedOff && handed.due_at.is_some());
    }
}

#[tokio::test]
async fn who_was_told_stands_on_the_card_and_why_not() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let told = "Nobody has it yet. The customer was told that a person answers.";
        let untold = "Nobody has it yet. The customer was told nothing: every draft of this brand is read by a person.";
        for (number, level, words) in [(7, AgentLevel::Auto, told), (8, AgentLevel::Approve, untold)] {
            let talk = world.talk(number).await;
            world.agent_may(level).await;
            let (_, hand_off) = asks(&world, &talk).await;
            let ours: Vec<_> = world.ours(&talk).await.into_iter().map(|message| message.id).collect();
            assert_eq!(hand_off.notice_id, ours.first().copied());
            assert_eq!(hand_off.untold.is_empty(), hand_off.notice_id.is_some());
            let path = format!("/conversations/{number}?view=all");
            let shown = page(&mut world.desk.browser().await, &path).await;
            assert!(shown.contains(words), "{shown}");
        }
    }
}
