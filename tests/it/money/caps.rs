//! On whose word money leaves.

use std::time::Duration;

use resolute::inbox::{InboxError, care};
use resolute::model::action::ActionState;
use resolute::model::message::Delivery;
use resolute::model::order::{Currency, KnownOrder, Money, OrderAction, Refund};
use resolute::model::teammate::Role;
use resolute::store::{actions, approvals, orders};

use super::world::{World, again, proposed, refund};
use crate::support::desk::Engine;
use crate::support::stores::{happened, write};

fn refused<T: std::fmt::Debug>(outcome: Result<T, InboxError>) -> String {
    match outcome {
        Err(InboxError::Forbidden(words)) => words,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn what_a_manager_decides_is_not_decided_by_a_teammate() {
    for engine in Engine::all() {
        let (world, talk, approval) = World::drafted(engine, 15_000).await;
        let words = refused(world.accept(&approval, &world.cast.sam, None).await);
        assert!(words.starts_with("A manager decides this (more than 100.00 EUR for this order"), "{words}");
        assert!(world.ours(&talk).await.is_empty() && world.actions(&talk).await.is_empty());
        world.accept(&approval, &world.cast.noor, None).await.unwrap();
    }
}

#[tokio::test]
async fn the_role_that_the_policy_asked_for_is_kept_with_the_question() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 1_000).await;
        let mut finished = world.reply(&talk, vec![proposed(&known, refund(1_000))], &["a manager decides"]);
        if let resolute::inbox::settle::Returned::Reply(proposal) = &mut finished.result {
            proposal.needs = Role::Manager;
        }
        assert!(world.settle(&finished).await);
        let approval = world.pending(&talk).await.unwrap();
        assert_eq!(approval.needs_role, Role::Manager);
        refused(world.accept(&approval, &world.cast.sam, Some("edited")).await);
        assert!(approvals::pending_of(&world.inbox.db, talk.id).await.unwrap().is_some(), "it still waits");
        world.accept(&approval, &world.cast.noor, None).await.unwrap();
    }
}

#[tokio::test]
async fn by_hand_the_same_caps_count() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (talk, sam) = (world.talk(7).await, &world.cast.sam);
        let known = world.order(&talk, "77", 15_000).await;
        let large = proposed(&known, refund(12_000));
        let id = || world.inbox.clock.new_id();
        refused(care::act(&world.inbox, talk.id, (id(), &large), sam).await);
        let goods = proposed(&known, again());
        refused(care::act(&world.inbox, talk.id, (id(), &goods), sam).await);
        assert!(world.actions(&talk).await.is_empty());
        care::act(&world.inbox, talk.id, (id(), &proposed(&known, refund(6_000))), sam).await.unwrap();
        // Not performed yet, so the shop does not show it: it counts all the same.
        let words = refused(care::act(&world.inbox, talk.id, (id(), &proposed(&known, refund(5_000))), sam).await);
        assert!(words.contains("for this order"), "{words}");
        care::act(&world.inbox, talk.id, (id(), &large), &world.cast.noor).await.unwrap();
    }
}

#[tokio::test]
async fn a_refund_counts_for_its_order_once_whether_the_shop_shows_it_or_not() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam, talk) = (&world.inbox, &world.cast.sam, world.talk(7).await);
        let mut known = world.order(&talk, "77", 15_000).await;
        let act = async |known: &KnownOrder, minor: i64| {
            care::act(inbox, talk.id, (inbox.clock.new_id(), &proposed(known, refund(minor))), sam).await
        };
        let id = act(&known, 6_000).await.unwrap();
        let now = Some(inbox.clock.now());
        let done = ActionState::Performed;
        write(&inbox.db, async |tx| actions::set_state(tx, id, done, "r1", "", now).await).await;
        // The shop is read again, and its answer is from before.
        inbox.clock.advance(Duration::from_mins(1));
        known.read_at = inbox.clock.now();
        write(&inbox.db, async |tx| orders::save(tx, &known).await).await;
        let words = refused(act(&known, 5_000).await);
        assert!(words.contains("for this order"), "{words}");

        let (amount, method, at) = (Money::new(6_000, Currency::EUR), "card".to_owned(), known.order.placed_at);
        known.order.refunds.push(Refund { id: "r1".into(), amount, method, reason: String::new(), at });
        write(&inbox.db, async |tx| orders::save(tx, &known).await).await;
        act(&known, 4_000).await.unwrap();
    }
}

#[tokio::test]
async fn goods_that_are_sent_again_count_with_their_value() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let sam = &world.cast.sam;
        for (number, fits) in [(1, true), (2, false)] {
            let talk = world.talk(number).await;
            let known = world.order(&talk, &format!("{number}"), 9_000).await;
            let goods = proposed(&known, again());
            let done = care::act(&world.inbox, talk.id, (world.inbox.clock.new_id(), &goods), sam).await;
            assert_eq!(done.is_ok(), fits, "150.00 EUR a customer: {done:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_each_stay_under_a_cap_do_not_break_it_together() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (one, two) = (world.talk(1).await, world.talk(2).await);
        let (first, second) = (world.draft(&one, "1", 8_000).await, world.draft(&two, "2", 8_000).await);
        let sam = &world.cast.sam;
        let (first, second) = tokio::join!(world.accept(&first, sam, None), world.accept(&second, sam, None));
        assert!(first.is_ok() != second.is_ok(), "150.00 EUR to one customer: {first:?}, {second:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_of_the_agent_do_not_break_a_cap_together_either() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (one, two) = (world.talk(1).await, world.talk(2).await);
        let mut runs = Vec::new();
        for (talk, id) in [(&one, "1"), (&two, "2")] {
            let known = world.order(talk, id, 8_000).await;
            runs.push(world.reply(talk, vec![proposed(&known, refund(8_000))], &[]));
        }
        tokio::join!(world.settle(&runs[0]), world.settle(&runs[1]));
        let mut waiting = Vec::new();
        for talk in [&one, &two] {
            waiting.extend(world.pending(talk).await);
        }
        let [asked] = waiting.try_into().expect("one went out, the other waits");
        assert_eq!(asked.needs_role, Role::Manager);
        assert!(asked.reasons.0.iter().any(|reason| reason.contains("to this customer")), "{:?}", asked.reasons.0);
    }
}

#[tokio::test]
async fn an_order_that_nobody_read_is_not_worth_nothing() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let mut known = world.order(&talk, "77", 1_000).await;
        "unread".clone_into(&mut known.order.id);
        let cancel = proposed(&known, OrderAction::Cancel { reason: "asked".into() });
        let done = care::act(&world.inbox, talk.id, (world.inbox.clock.new_id(), &cancel), &world.cast.noor).await;
        assert!(matches!(&done, Err(InboxError::Conflict(words)) if words.contains("was not read")), "{done:?}");
        assert!(world.actions(&talk).await.is_empty());
    }
}

#[tokio::test]
async fn without_a_policy_a_manager_decides_about_money() {
    for engine in Engine::all() {
        let world = World::without_documents(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 1_000).await;
        let small = proposed(&known, refund(100));
        refused(care::act(&world.inbox, talk.id, (world.inbox.clock.new_id(), &small), &world.cast.sam).await);
        care::act(&world.inbox, talk.id, (world.inbox.clock.new_id(), &small), &world.cast.noor).await.unwrap();
        assert_eq!(world.actions(&talk).await[0].state, ActionState::Approved);
        assert!(world.ours(&talk).await.iter().all(|message| message.delivery != Some(Delivery::Queued)));
        let happened = happened(&world.inbox.db, talk.id).await;
        assert!(happened.iter().any(|event| event.kind == resolute::model::event::EventKind::ActionApproved));
    }
}
