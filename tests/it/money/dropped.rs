//! What a person takes out of a draft is not done.

use resolute::inbox::InboxError;
use resolute::inbox::approve::{self, Changes, Decider};
use resolute::model::action::ActionState;
use resolute::model::approval::Approval;
use resolute::model::conversation::Conversation;
use resolute::model::message::Delivery;
use serde_json::json;

use super::world::{World, again, proposed, refund};
use crate::support::desk::Engine;
use crate::support::forms::{page, said, send, taken};

/// A draft that refunds and sends again.
async fn draft_of_two(engine: Engine) -> (World, Conversation, Approval) {
    let world = Box::pin(World::new(engine)).await;
    let talk = world.talk(7).await;
    let known = world.order(&talk, "77", 990).await;
    let does = vec![proposed(&known, refund(500)), proposed(&known, again())];
    assert!(Box::pin(world.settle(&world.reply(&talk, does, &["ask"]))).await);
    let approval = world.pending(&talk).await.expect("it waits");
    (world, talk, approval)
}

#[tokio::test]
async fn an_action_that_is_unticked_is_not_done_and_that_is_noted() {
    for engine in Engine::all() {
        let (world, talk, approval) = draft_of_two(engine).await;
        let mut browser = world.desk.browser().await;
        let path = format!("/approvals/{}", approval.id);
        assert!(!page(&mut browser, &path).await.contains("name=\"do_0\""), "there is nothing to tick without an edit");
        let form = page(&mut browser, &format!("{path}?edit=1")).await;
        for part in ["name=\"do_0\" value=\"1\" checked", "name=\"do_1\" value=\"1\" checked", "name=\"chose\""] {
            assert!(form.contains(part), "{part}: {form}");
        }
        let fields = [("body", "A new cup is on its way."), ("chose", "1"), ("do_1", "1")];
        taken(&mut browser, &format!("{path}/edit"), &fields).await;
        let [done] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!((done.document.0.kind().as_str(), done.state), ("replace", ActionState::Approved));
        assert_eq!(done.idempotency_key, format!("resolute-{}-1", approval.draft_id), "the key of its place");
        let [sent] = world.ours(&talk).await.try_into().unwrap();
        assert_eq!((sent.body.as_str(), sent.delivery), ("A new cup is on its way.", Some(Delivery::Queued)));
        let shown = page(&mut browser, "/conversations/7?view=all").await;
        assert!(shown.contains("sent the draft without: Refund 5.00 EUR"), "{shown}");
        let audit = page(&mut browser, "/audit").await;
        assert!(audit.contains("not done refund 5.00 EUR"), "{audit}");
    }
}

#[tokio::test]
async fn an_edit_that_is_refused_goes_on_and_is_told_that_the_actions_are_ticked_again() {
    for engine in Engine::all() {
        let (world, talk, approval) = draft_of_two(engine).await;
        let mut browser = world.desk.browser().await;
        let path = format!("/approvals/{}", approval.id);
        let fields = [("body", "A new cup is on its way."), ("chose", "1"), ("do_9", "1"), ("back", "/approvals")];
        let refused = send(&mut browser, &format!("{path}/edit"), &fields).await;
        assert_eq!(refused.header("location"), Some(format!("{path}?edit=1").as_str()));
        assert!(said(&refused).contains("Untick again what the shop is not to do."), "{}", said(&refused));
        let form = page(&mut browser, &format!("{path}?edit=1")).await;
        assert!(form.contains("A new cup is on its way.</textarea>") && form.contains("name=\"do_0\""), "{form}");
        assert!(world.pending(&talk).await.is_some() && world.ours(&talk).await.is_empty());
    }
}

#[tokio::test]
async fn an_edit_that_chose_nothing_does_everything_as_before() {
    for engine in Engine::all() {
        let (world, talk, approval) = draft_of_two(engine).await;
        let mut browser = world.desk.browser().await;
        taken(&mut browser, &format!("/approvals/{}/edit", approval.id), &[("body", "Both are done.")]).await;
        assert_eq!(world.actions(&talk).await.len(), 2);
    }
}

#[tokio::test]
async fn programs_name_the_actions_that_are_done() {
    for engine in Engine::all() {
        let (world, talk, approval) = draft_of_two(engine).await;
        let path = format!("/api/v1/approvals/{}/acceptance", approval.id);
        let unknown = world.desk.api().post_json(&path, &json!({ "actions": [2] })).await.unwrap();
        assert!((400..500).contains(&unknown.status), "{}", unknown.text());
        assert!(world.pending(&talk).await.is_some() && world.ours(&talk).await.is_empty());
        let body = json!({ "text": "We look into it.", "actions": [] });
        let answer = world.desk.api().post_json(&path, &body).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert!(world.actions(&talk).await.is_empty());
        assert_eq!(world.ours(&talk).await[0].body, "We look into it.");
    }
}

#[tokio::test]
async fn what_cannot_be_done_stops_the_reply_only_while_it_is_kept() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 990).await;
        let mut impossible = proposed(&known, refund(500));
        impossible.problem = Some("The card is gone.".into());
        assert!(world.settle(&world.reply(&talk, vec![impossible], &["ask"])).await);
        let approval = world.pending(&talk).await.unwrap();
        let refused = world.accept(&approval, &world.cast.noor, Some("Mine.")).await;
        assert!(matches!(refused, Err(InboxError::Conflict(_))), "{refused:?}");
        let decider = Decider { teammate: &world.cast.noor, took: None, program: false };
        let changes = Changes { text: Some("Mine."), actions: Some(&[]), ..Changes::default() };
        approve::accept(&world.inbox, approval.id, decider, changes).await.unwrap();
        assert!(world.actions(&talk).await.is_empty());
    }
}
