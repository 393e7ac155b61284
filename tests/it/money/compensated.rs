//! What the shop did is taken back there, once, from the line of the timeline that tells of it.

use resolute::inbox::perform::{self, Next};
use resolute::inbox::{InboxError, care, compensate};
use resolute::model::ActionId;
use resolute::model::action::ActionState;
use resolute::model::conversation::Conversation;
use resolute::model::order::{LineQuantity, OrderAction};
use resolute::store::actions;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::world::{World, proposed, refund};
use crate::support::desk::Engine;
use crate::support::forms::page;

/// Order 77, with the returns that are open, and what the shop does now.
pub(super) fn order(returns: &[&str], allowed: &[&str]) -> Value {
    let money = json!({ "amount": "150.00", "currency": "EUR" });
    let open = |id: &&str| json!({ "id": id, "status": "open", "lines": [{ "line_id": "l1", "quantity": 1 }] });
    json!({
        "id": "77", "number": "FJ-77", "status": "delivered", "placed_at": "2026-11-01T10:00:00Z",
        "updated_at": "2026-11-02T10:00:00Z", "total": money,
        "buyer": { "id": "b", "name": "Sofie", "email": "sofie@example.com" },
        "lines": [{ "id": "l1", "sku": "CUP", "title": "Cup", "ordered": 1, "unit_price": money }],
        "payments": [{ "id": "p1", "method": "card", "amount": money, "at": "2026-11-01T10:00:00Z" }],
        "returns": returns.iter().map(open).collect::<Vec<_>>(),
        "actions_allowed": allowed.iter().map(|kind| json!({ "kind": kind })).collect::<Vec<_>>(),
    })
}

/// A shop that opens a return `b1`, and calls it off where it is `kind` enough.
async fn returning_shop(kind: bool) -> MockServer {
    let shop = MockServer::start().await;
    let allowed: &[&str] = if kind { &["return", "return-cancellation"] } else { &["return"] };
    let shows = |returns: &[&str]| {
        let answer = ResponseTemplate::new(200).set_body_json(order(returns, allowed));
        Mock::given(method("GET")).and(path("/orders/77")).respond_with(answer)
    };
    // Before the return, after it, before it is called off, and after that.
    shows(&[]).up_to_n_times(1).mount(&shop).await;
    shows(&["b1"]).up_to_n_times(2).mount(&shop).await;
    shows(&[]).mount(&shop).await;
    let taken = || ResponseTemplate::new(200).set_body_json(json!({ "reference": "b1" }));
    let open = path("/orders/77/actions/return");
    Mock::given(method("POST")).and(open).respond_with(taken()).expect(1).mount(&shop).await;
    let call_off = path("/orders/77/actions/return-cancellation");
    let named = body_partial_json(json!({ "id": "b1" }));
    let calls = u64::from(kind);
    Mock::given(method("POST")).and(call_off).and(named).respond_with(taken()).expect(calls).mount(&shop).await;
    shop
}

pub(super) async fn done(world: &World, id: ActionId) {
    match Box::pin(perform::perform(&world.inbox, id, 1)).await.unwrap() {
        Next::Done(tx) => tx.commit().await.unwrap(),
        Next::Retry { reason, .. } | Next::Turn(reason) => panic!("{reason}"),
    }
}

/// A return that was opened by hand.
pub(super) async fn opened(world: &World) -> (Conversation, ActionId) {
    let talk = world.talk(7).await;
    let known = world.order(&talk, "77", 15_000).await;
    let lines = vec![LineQuantity { line_id: "l1".into(), quantity: 1 }];
    let back = proposed(&known, OrderAction::Return { lines, reason: "Too small.".into(), settled_by: None });
    let id = world.inbox.clock.new_id();
    let asked = care::act(&world.inbox, talk.id, (id, &back), &world.cast.sam).await.unwrap();
    done(world, asked).await;
    (talk, asked)
}

#[tokio::test]
async fn what_was_done_is_taken_back_once() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let shop = returning_shop(true).await;
        world.reach_shop(&shop.uri()).await;
        let (talk, action) = opened(&world).await;
        let sam = &world.cast.sam;
        let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
        assert!(
            shown.contains(&format!("/actions/{action}/compensation")) && shown.contains("Take it back"),
            "{shown}"
        );

        let undo = compensate::take_back(&world.inbox, action, sam).await.unwrap();
        let again = compensate::take_back(&world.inbox, action, sam).await;
        assert!(matches!(&again, Err(InboxError::Conflict(words)) if words.contains("before")), "{again:?}");
        done(&world, undo).await;
        let all = world.actions(&talk).await;
        let state = |id: ActionId| all.iter().find(|one| one.id == id).map(|one| one.state);
        assert_eq!(state(action), Some(ActionState::Compensated));
        assert_eq!(state(undo), Some(ActionState::Performed));
        let shown = page(&mut world.desk.browser().await, "/conversations/7?view=all").await;
        assert!(!shown.contains("/compensation") && shown.contains("Called off a return of order FJ-77"), "{shown}");
        assert!(matches!(compensate::take_back(&world.inbox, action, sam).await, Err(InboxError::Conflict(_))));
        assert!(matches!(compensate::take_back(&world.inbox, undo, sam).await, Err(InboxError::Conflict(_))));
    }
}

#[tokio::test]
async fn what_the_shop_does_not_take_back_is_not_offered() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let shop = returning_shop(false).await;
        world.reach_shop(&shop.uri()).await;
        let (talk, action) = opened(&world).await;
        assert!(actions::list_ways_back(&world.inbox.db, talk.id).await.unwrap().is_empty());
        let refused = compensate::take_back(&world.inbox, action, &world.cast.sam).await;
        assert!(matches!(refused, Err(InboxError::Conflict(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn what_was_refunded_has_no_way_back() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "77", 15_000).await;
        let id = world.inbox.clock.new_id();
        let asked =
            care::act(&world.inbox, talk.id, (id, &proposed(&known, refund(500))), &world.cast.sam).await.unwrap();
        let taken = compensate::take_back(&world.inbox, asked, &world.cast.sam).await;
        assert!(matches!(taken, Err(InboxError::Conflict(_))), "{taken:?}");
    }
}
