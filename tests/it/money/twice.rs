//! The same form or request twice is one message, one note, one action.

use std::time::Duration;

use resolute::inbox::macros::Also;
use resolute::inbox::{InboxError, care};
use resolute::model::action::ActionState;
use resolute::model::job::JobKind;
use resolute::model::writing::Basis;
use resolute::store::{actions, jobs, messages, notes};
use serde_json::json;

use super::world::{World, proposed, refund};
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
