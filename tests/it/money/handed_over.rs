//! The agent gives a conversation to a person: it is their move, by a clock, and what the customer heard is known.

use std::time::Duration;

use resolute::inbox::settle::Returned;
use resolute::model::agent_run::{HandOff, HandOffPacket};
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::store::{agent_runs, conversations, order_sources};

use super::world::World;
use crate::mail_path::answer;
use crate::restraint::mail;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;
use crate::support::setup::demo_shop;
use crate::support::smtp::SmtpDouble;
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

/// A mail of Sofie in her case comes, the agent has its turn, and a minute goes by.
async fn comes(desk: &TestDesk, number: usize) -> (Conversation, HandOff) {
    let raw = [b"In-Reply-To: <1@robot.example>\r\n", mail(number, "sofie@post.example").as_slice()].concat();
    assert_eq!(desk.post_mail(&raw).await.status, 200);
    desk.drain().await;
    desk.desk.clock.advance(Duration::from_mins(1));
    desk.drain().await;
    let talk = desk.newest().await;
    let hand_off = agent_runs::latest_hand_off(&desk.desk.db, talk.id).await.unwrap().expect("a hand-over");
    (talk, hand_off)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_run_comes_to_an_end_the_customer_is_told_and_a_person_reads_what_was_promised() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish =
            Wish { agent_level: AgentLevel::Auto, may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let shop = demo_shop(desk.setup.brand, clock.new_id());
        let sealed = b"with another key".to_vec();
        write(db, async |tx| order_sources::insert(tx, &shop, sealed, clock.now()).await).await;

        let (talk, first) = comes(&desk, 1).await;
        assert!(first.reason.contains("a connected shop cannot be asked"), "{}", first.reason);
        assert!(first.notice_id.is_some() && first.packet.0.promised.is_empty(), "{first:?}");
        let sent = smtp.taken();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].raw.contains("A person answers you here"), "{}", sent[0].raw);
        assert!(talk.due_at.is_some() && talk.status == ConversationStatus::Open, "{talk:?}");

        answer(&desk, talk.number, "You have it by Friday 27 November.").await;
        desk.drain().await;
        let (talk, second) = comes(&desk, 2).await;
        let promise = "“You have it by Friday 27 November.” (Mara Lind, Monday 23 November)";
        assert_eq!(second.packet.0.promised, [promise]);
        assert_eq!((second.notice_id, second.untold.as_str()), (None, "there was no word for them"));
        assert_eq!(smtp.taken().len(), 2, "the notice and the answer");
        write(db, async |tx| order_sources::update(tx, &shop, Vec::new()).await).await;
        let shown = page(&mut desk.browser().await, &format!("/conversations/{}?view=all", talk.number)).await;
        assert!(shown.contains("<h3>Promised</h3>") && shown.contains(promise), "{shown}");
    }
}
