//! The agent is stopped: before it settles, before the shop is asked, and before its reply leaves.

use resolute::inbox::settle::Returned;
use resolute::inbox::{brakes as stops, deliver};
use resolute::model::action::ActionState;
use resolute::model::agent_run::HandOffPacket;
use resolute::model::brake::Brake;
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::model::message::{Delivery, Message, MessageAuthor};
use resolute::store::brakes;

use super::turns::{at_a_shop, state, tried};
use super::world::{World, proposed, refund};
use crate::support::desk::Engine;
use crate::support::drafts::everything_stopped;
use crate::support::stores::write;

const WHY: &str = "the agent is stopped here: Wrong carrier";

/// Another process stops the agent: this one hears nothing of it, and finds it where it counts.
async fn stop_elsewhere(world: &World) {
    write(&world.inbox.db, async |tx| brakes::insert(tx, &everything_stopped(&world.inbox.clock)).await).await;
}

/// A reply of the agent is on its way, alone; it asks nothing of the shop.
async fn on_its_way(world: &World, talk: &Conversation) -> Message {
    assert!(world.settle(&world.reply(talk, vec![], &[])).await);
    let [sent] = world.ours(talk).await.try_into().unwrap();
    assert_eq!((sent.author, sent.delivery), (MessageAuthor::Agent, Some(Delivery::Queued)));
    sent
}

async fn try_to_deliver(world: &World, message: &Message) {
    if let deliver::Next::Done(tx) = Box::pin(deliver::deliver(&world.inbox, message.id, 1)).await.unwrap() {
        tx.commit().await.unwrap();
    }
}

/// Its draft is before a person, and nothing of it has left or was done.
async fn is_a_persons(world: &World, talk: &Conversation) {
    let waits = world.pending(talk).await.expect("a person decides");
    assert_eq!(waits.reasons.0, [WHY]);
    let now = world.now(talk.id).await;
    assert_eq!((now.status, now.agent_state), (ConversationStatus::Open, AgentState::Drafted));
    assert!(now.needs_approval && now.due_at.is_some());
    let [sent] = world.ours(talk).await.try_into().unwrap();
    assert_eq!(sent.delivery, Some(Delivery::Cancelled));
    assert!(sent.delivery_reason.contains(WHY), "{}", sent.delivery_reason);
    assert!(world.actions(talk).await.iter().all(|action| action.state == ActionState::Cancelled));
}

#[tokio::test]
async fn what_a_stop_names_waits_for_a_person_until_the_agent_goes_on() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let noor = &world.cast.noor;
        let all = everything_stopped(&world.inbox.clock);
        for (number, brake, waits) in [
            (7, Brake { brand_id: Some(world.cast.brand.id), ..all.clone() }, true),
            (8, Brake { intent: "damaged_or_wrong_item".into(), channel: "email".into(), ..all.clone() }, true),
            (9, Brake { intent: "stock".into(), ..all.clone() }, false),
            (10, Brake { channel: "whatsapp".into(), ..all.clone() }, false),
            (11, Brake { action: "refund".into(), ..all.clone() }, false),
        ] {
            let brake = Brake { id: world.inbox.clock.new_id(), ..brake };
            for _ in 0..2 {
                stops::stop(&world.inbox, &brake, noor).await.unwrap();
            }
            let talk = world.talk(number).await;
            assert!(world.settle(&world.reply(&talk, vec![], &[])).await);
            let reasons = world.pending(&talk).await.map(|waits| waits.reasons.0);
            assert_eq!(reasons, waits.then(|| vec![WHY.to_owned()]), "{number}");
            assert_eq!(world.ours(&talk).await.len(), usize::from(!waits), "{number}");
            stops::release(&world.inbox, brake.id, noor).await.unwrap();
        }
        let talk = world.talk(12).await;
        on_its_way(&world, &talk).await;
    }
}

#[tokio::test]
async fn only_replies_that_ask_for_a_stopped_action_wait_for_a_person() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let brake = Brake { action: "refund".into(), ..everything_stopped(&world.inbox.clock) };
        stops::stop(&world.inbox, &brake, &world.cast.noor).await.unwrap();
        let (refunds, tells) = (world.talk(7).await, world.talk(8).await);
        let known = world.order(&refunds, "77", 1_990).await;
        let does = vec![proposed(&known, refund(1_990))];
        assert!(world.settle(&world.reply(&refunds, does, &[])).await);
        assert_eq!(world.pending(&refunds).await.expect("it waits").reasons.0, [WHY]);
        assert!(world.actions(&refunds).await.is_empty());
        on_its_way(&world, &tells).await;
        assert_eq!(stops::call_back(&world.inbox).await.unwrap(), 0, "it stays on its way");
    }
}

#[tokio::test]
async fn whom_a_stopped_agent_hands_over_gets_a_person_and_is_told_nothing() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        stop_elsewhere(&world).await;
        let talk = world.talk(7).await;
        let mut finished = world.reply(&talk, vec![], &[]);
        finished.result = Returned::HandOff {
            reason: "Not clear.".to_owned(),
            packet: HandOffPacket::default(),
            notice: Some("A colleague looks at it.".to_owned()),
        };
        assert!(world.settle(&finished).await);
        assert_eq!(world.now(talk.id).await.agent_state, AgentState::HandedOff);
        assert!(world.ours(&talk).await.is_empty());
    }
}

#[tokio::test]
async fn what_has_not_left_comes_back_and_what_people_approve_then_leaves() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 1_990).await;
        let does = vec![proposed(&known, refund(1_990))];
        assert!(world.settle(&world.reply(&talk, does, &[])).await);
        stops::stop(&world.inbox, &everything_stopped(&world.inbox.clock), &world.cast.noor).await.unwrap();
        assert_eq!(stops::call_back(&world.inbox).await.unwrap(), 1);
        is_a_persons(&world, &talk).await;

        let waits = world.pending(&talk).await.unwrap();
        world.accept(&waits, &world.cast.sam, None).await.unwrap();
        assert_eq!(stops::call_back(&world.inbox).await.unwrap(), 0, "it leaves on a person's word");
        let [action] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!(action.state, ActionState::Approved, "it is the same one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_found_before_the_shop_is_asked_and_before_a_reply_leaves() {
    for engine in Engine::all() {
        let (world, shop, talk, known) = Box::pin(at_a_shop(engine, true)).await;
        assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(500))], &[])).await);
        let [action] = world.actions(&talk).await.try_into().unwrap();
        let plain = world.talk(8).await;
        let sent = on_its_way(&world, &plain).await;
        stop_elsewhere(&world).await;
        tried(&world, action.id).await;
        is_a_persons(&world, &talk).await;
        assert!(shop.platform.ledger().is_empty(), "nothing was given back");
        try_to_deliver(&world, &sent).await;
        is_a_persons(&world, &plain).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shop_was_asked_for_is_done_and_the_reply_is_held() {
    for engine in Engine::all() {
        let (world, shop, talk, known) = Box::pin(at_a_shop(engine, true)).await;
        let does = vec![proposed(&known, refund(300)), proposed(&known, refund(200))];
        assert!(world.settle(&world.reply(&talk, does, &[])).await);
        let [first, second] = world.actions(&talk).await.try_into().unwrap();
        tried(&world, first.id).await;
        assert_eq!(state(&world, first.id).await, ActionState::Performed);
        stop_elsewhere(&world).await;
        tried(&world, second.id).await;
        assert_eq!(state(&world, second.id).await, ActionState::Failed, "the shop is not asked for it");
        assert_eq!(state(&world, first.id).await, ActionState::Performed);
        assert_eq!(shop.platform.ledger().len(), 1);
        let [reply] = world.ours(&talk).await.try_into().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Held));
        assert!(reply.delivery_reason.contains(WHY), "{}", reply.delivery_reason);
        assert!(world.pending(&talk).await.is_none(), "half of it is done");

        // A person who sends it all the same is not stopped.
        deliver::send_again(&world.inbox, reply.id, &world.cast.noor).await.unwrap();
        assert_eq!(stops::call_back(&world.inbox).await.unwrap(), 0);
        tried(&world, second.id).await;
        assert_eq!(shop.platform.ledger().len(), 2);
    }
}
