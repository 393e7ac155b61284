//! The same form or request twice is one message, one note, one action.

use std::time::Duration;

use resolute::inbox::macros::Also;
use resolute::inbox::{InboxError, care};
use resolute::model::action::ActionState;
use resolute::model::conversation::Conversation;
use resolute::model::job::JobKind;
use resolute::model::order::{LineQuantity, OrderAction};
use resolute::model::writing::Basis;
use resolute::store::{actions, jobs, messages, notes};
use serde_json::json;

use super::world::{World, again, proposed, refund};
use crate::support::answers::text_alone;
use crate::support::desk::Engine;
use crate::support::stores::write;

#[tokio::test]
async fn a_form_that_is_sent_twice_does_its_work_once() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam) = (&world.inbox, &world.cast.sam);
        let talk = world.talk(7).await;
        let message = inbox.clock.new_id();
        for _ in 0..2 {
            assert_eq!(
                care::answer_with(inbox, talk.id, sam, (message, "On its way."), text_alone(&Also::default()))
                    .await
                    .unwrap(),
                message
            );
        }
        assert_eq!(world.ours(&talk).await.len(), 1);
        let other =
            care::answer_with(inbox, talk.id, sam, (message, "Something else."), text_alone(&Also::default())).await;
        assert!(matches!(other, Err(InboxError::Conflict(_))), "{other:?}");

        let note = inbox.clock.new_id();
        for _ in 0..2 {
            care::add_note(inbox, talk.id, sam, (note, " Seen "), Basis::Any).await.unwrap();
        }
        assert_eq!(notes::list(&inbox.db, talk.id).await.unwrap().len(), 1);

        let known = world.order(&talk, "77", 4_000).await;
        let action = inbox.clock.new_id();
        let first = proposed(&known, refund(1_000));
        for _ in 0..2 {
            assert_eq!(care::act(inbox, talk.id, (action, &first), sam).await.unwrap(), action);
        }
        assert_eq!(world.actions(&talk).await.len(), 1);
        let more = care::act(inbox, talk.id, (action, &proposed(&known, refund(1_001))), sam).await;
        assert!(matches!(more, Err(InboxError::Conflict(_))), "{more:?}");
        let waiting = jobs::list_due(&inbox.db, JobKind::PerformAction, inbox.clock.now(), 9).await.unwrap();
        assert_eq!(waiting.len(), 1);
    }
}

#[tokio::test]
async fn a_program_names_its_request_and_may_repeat_it() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let path = "/api/v1/conversations/7/messages";
        let mut keyed = world.desk.api().with("idempotency-key", "order-77/first");
        let mut ids = Vec::new();
        for _ in 0..2 {
            let answer = keyed.post_json(path, &json!({ "body": "On its way." })).await.unwrap();
            assert_eq!(answer.status, 201, "{}", answer.text());
            ids.push(answer.json()["id"].clone());
        }
        assert_eq!(ids[0], ids[1]);
        assert_eq!(keyed.post_json(path, &json!({ "body": "Other." })).await.unwrap().status, 409);
        let mut other = world.desk.api().with("idempotency-key", "order-77/second");
        assert_eq!(other.post_json(path, &json!({ "body": "On its way." })).await.unwrap().status, 201);
        let [first, second] = world.ours(&talk).await.try_into().unwrap();

        // It is told where the message is by now, and of one that was taken back that it does not leave.
        let now = world.inbox.clock.now();
        write(&world.inbox.db, async |tx| messages::set_sent(tx, first.id, "mail-1", now).await).await;
        let again = keyed.post_json(path, &json!({ "body": "On its way." })).await.unwrap();
        assert_eq!((again.status, again.json()["delivery"].as_str()), (201, Some("sent")), "{}", again.text());
        world.take_back(second.id, &world.cast.sam).await.unwrap();
        let again = other.post_json(path, &json!({ "body": "On its way." })).await.unwrap();
        assert!(again.status == 409 && again.text().contains("taken back since"), "{}", again.text());
        assert_eq!(world.ours(&talk).await.len(), 2);
    }
}

#[tokio::test]
async fn a_decision_that_cannot_be_read_is_no_decision() {
    for engine in Engine::all() {
        let (world, talk, approval) = World::drafted(engine, 1_000).await;
        let path = |verb: &str| format!("/api/v1/approvals/{}/{verb}", approval.id);
        for body in ["{\"text\": \"Hi", "{\"txt\": \"Hi\"}", "text=Hi", "[]"] {
            for verb in ["acceptance", "rejection"] {
                let answer = world.desk.api().post(&path(verb), "text/plain", body.as_bytes()).await.unwrap();
                assert_eq!(answer.status, 400, "{verb} {body}: {}", answer.text());
            }
        }
        assert!(world.ours(&talk).await.is_empty() && world.pending(&talk).await.is_some());
        let own = world.desk.api().post(&path("acceptance"), "text/plain", b"{\"text\": \"Mine\"}").await.unwrap();
        assert_eq!(own.status, 201, "{}", own.text());
        assert_eq!(world.ours(&talk).await[0].body, "Mine");
    }
}

#[tokio::test]
async fn two_replies_about_one_order_do_not_both_act_unseen() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (first, second) = (world.talk(7).await, world.talk(8).await);
        let known = world.order(&first, "77", 15_000).await;
        world.order(&second, "77", 15_000).await;
        let refunds = |talk| world.reply(talk, vec![proposed(&known, refund(490))], &[]);
        assert!(world.settle(&refunds(&first)).await && world.settle(&refunds(&second)).await);
        assert_eq!((world.actions(&first).await.len(), world.actions(&second).await.len()), (1, 0));
        let waiting = world.pending(&second).await.expect("a person looks");
        assert_eq!(waiting.reasons.0, ["a refund of order FJ-77 is under way (#7)"]);

        // Neither while it is under way, nor once it is done, for the draft does not know of it.
        for done in [false, true] {
            if done {
                world.inbox.clock.advance(Duration::from_mins(1));
                let [action] = world.actions(&first).await.try_into().unwrap();
                let now = Some(world.inbox.clock.now());
                let state = ActionState::Performed;
                write(&world.inbox.db, async |tx| actions::set_state(tx, action.id, state, "r1", "", now).await).await;
            }
            let refused = world.accept(&waiting, &world.cast.sam, None).await;
            let Err(InboxError::Conflict(words)) = refused else { panic!("{refused:?}") };
            assert!(words.contains(if done { "was done meanwhile (#7)" } else { "is under way (#7)" }), "{words}");
            assert!(world.actions(&second).await.is_empty());
        }
    }
}

/// The shop has done what the first conversation asked for, and told what came of it; a day goes by.
async fn done(world: &World, talk: &Conversation, reference: &str) {
    let [action] = world.actions(talk).await.try_into().unwrap();
    let (now, state) = (Some(world.inbox.clock.now()), ActionState::Performed);
    write(&world.inbox.db, async |tx| actions::set_state(tx, action.id, state, reference, "", now).await).await;
    world.inbox.clock.advance(Duration::from_hours(24));
}

fn back() -> OrderAction {
    let lines = vec![LineQuantity { line_id: "l1".into(), quantity: 1 }];
    OrderAction::Return { lines, reason: "broken".into(), settled_by: None }
}

#[tokio::test]
async fn goods_that_were_made_good_before_are_made_good_again_by_a_person_alone() {
    for engine in Engine::all() {
        for (before, now, given) in [
            (again(), refund(1_990), "a replacement of order FJ-77, 19.90 EUR, on "),
            (again(), again(), "a replacement of order FJ-77, 19.90 EUR, on "),
            (again(), back(), "a replacement of order FJ-77, 19.90 EUR, on "),
            (refund(1_990), again(), "a refund of order FJ-77, 19.90 EUR, on "),
            (refund(500), refund(500), "a refund of order FJ-77, 5.00 EUR, on "),
            (back(), refund(1_990), "a return of order FJ-77, on "),
        ] {
            let world = World::new(engine).await;
            let (first, second, third) = (world.talk(7).await, world.talk(8).await, world.talk(9).await);
            let known = world.order(&first, "77", 1_990).await;
            assert!(world.settle(&world.reply(&first, vec![proposed(&known, before)], &[])).await);
            done(&world, &first, "r1").await;
            // The shop is read anew, and shows nothing of it.
            let known = world.order(&second, "77", 1_990).await;
            assert!(world.settle(&world.reply(&second, vec![proposed(&known, now.clone())], &[])).await);
            assert!(world.actions(&second).await.is_empty(), "{now:?}");
            let waiting = world.pending(&second).await.expect("a person looks");
            let [reason] = waiting.reasons.0.as_slice() else { panic!("{:?}", waiting.reasons.0) };
            assert!(reason.starts_with(&format!("given before: {given}")) && reason.ends_with(" (#7)"), "{reason}");
            assert_eq!(waiting.likeness, "", "it is not decided together with others");

            // Whoever is asked for another reason reads it too, and may say yes.
            assert!(world.settle(&world.reply(&third, vec![proposed(&known, now)], &["ask"])).await);
            let waiting = world.pending(&third).await.expect("a person looks");
            assert_eq!(waiting.reasons.0[0], "ask");
            assert!(waiting.reasons.0[1].starts_with("given before: "), "{:?}", waiting.reasons.0);
            world.accept(&waiting, &world.cast.sam, None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_replacement_that_is_an_order_of_its_own_is_known_as_one() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (first, second, third) = (world.talk(7).await, world.talk(8).await, world.talk(9).await);
        let known = world.order(&first, "77", 1_990).await;
        assert!(world.settle(&world.reply(&first, vec![proposed(&known, again())], &[])).await);
        done(&world, &first, "FJ-78").await;
        for (talk, id, asks) in [(&second, "78", true), (&third, "79", false)] {
            let known = world.order(talk, id, 1_990).await;
            assert!(world.settle(&world.reply(talk, vec![proposed(&known, again())], &[])).await);
            assert_eq!(world.actions(talk).await.is_empty(), asks, "{id}");
            let reasons = world.pending(talk).await.map(|waiting| waiting.reasons.0).unwrap_or_default();
            let is_told = reasons.iter().any(|one| one.starts_with("order FJ-78 was itself sent for order FJ-77, on "));
            assert_eq!(is_told, asks, "{reasons:?}");
        }
    }
}

#[tokio::test]
async fn what_was_taken_back_in_the_shop_was_not_given() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (first, second) = (world.talk(7).await, world.talk(8).await);
        let known = world.order(&first, "77", 1_990).await;
        assert!(world.settle(&world.reply(&first, vec![proposed(&known, back())], &[])).await);
        done(&world, &first, "r1").await;
        let [action] = world.actions(&first).await.try_into().unwrap();
        let state = ActionState::Compensated;
        write(&world.inbox.db, async |tx| actions::set_state(tx, action.id, state, "r1", "", None).await).await;
        let known = world.order(&second, "77", 1_990).await;
        assert!(world.settle(&world.reply(&second, vec![proposed(&known, refund(1_990))], &[])).await);
        assert_eq!(world.actions(&second).await.len(), 1);
    }
}
