//! The same form or request twice is one message, one note, one action.

use resolute::inbox::attach::Enclosed;
use resolute::inbox::{InboxError, care};
use resolute::model::job::JobKind;
use resolute::store::{jobs, notes};
use serde_json::json;

use super::world::{World, proposed, refund};
use crate::support::desk::Engine;

#[tokio::test]
async fn a_form_that_is_sent_twice_does_its_work_once() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (inbox, sam) = (&world.inbox, &world.cast.sam);
        let talk = world.talk(7).await;
        let message = inbox.clock.new_id();
        for _ in 0..2 {
            assert_eq!(
                care::answer(inbox, talk.id, sam, (message, "On its way."), Enclosed::These(&[])).await.unwrap(),
                message
            );
        }
        assert_eq!(world.ours(&talk).await.len(), 1);
        let other = care::answer(inbox, talk.id, sam, (message, "Something else."), Enclosed::These(&[])).await;
        assert!(matches!(other, Err(InboxError::Conflict(_))), "{other:?}");

        let note = inbox.clock.new_id();
        for _ in 0..2 {
            care::add_note(inbox, talk.id, sam, (note, " Seen ")).await.unwrap();
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
        assert_eq!(world.ours(&talk).await.len(), 2);
    }
}

#[tokio::test]
async fn a_decision_that_cannot_be_read_is_no_decision() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let approval = world.draft(&talk, "77", 1_000).await;
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
