//! What the shop did is noted in its turn: on a server numbers of events that are given out beside the lock of their conversation
//! come to light out of order, and a chat that goes on behind the higher one never hears of the lower one.

use resolute::inbox::perform::{self, Next};
use resolute::model::action::ActionState;
use resolute::model::event::EventKind;
use resolute::store::conversations;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::world::{World, proposed, refund};
use crate::locks::until_somebody_waits;
use crate::support::desk::Engine;
use crate::support::stores::happened;

fn money(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// Order 77 of 150.00 EUR, with what was refunded of it.
fn order(refunds: &[&str]) -> Value {
    let refund = |id: &&str| json!({ "id": id, "amount": money("10.00"), "at": "2026-11-03T10:00:00Z" });
    json!({
        "id": "77", "number": "FJ-77", "status": "delivered", "placed_at": "2026-11-01T10:00:00Z",
        "updated_at": "2026-11-02T10:00:00Z", "total": money("150.00"),
        "buyer": { "id": "b", "name": "Sofie", "email": "sofie@example.com" },
        "lines": [{ "id": "l1", "sku": "CUP", "title": "Cup", "ordered": 1, "unit_price": money("150.00") }],
        "payments": [{ "id": "p1", "method": "card", "amount": money("150.00"), "at": "2026-11-01T10:00:00Z" }],
        "refunds": refunds.iter().map(refund).collect::<Vec<_>>(),
        "actions_allowed": [{ "kind": "refund" }],
    })
}

/// A shop that refunds 10.00 EUR when it is asked.
async fn refunding_shop() -> MockServer {
    let shop = MockServer::start().await;
    let shows = |refunds: &[&str]| {
        let answer = ResponseTemplate::new(200).set_body_json(order(refunds));
        Mock::given(method("GET")).and(path("/orders/77")).respond_with(answer)
    };
    shows(&[]).up_to_n_times(1).mount(&shop).await;
    shows(&["r1"]).mount(&shop).await;
    let done = ResponseTemplate::new(200).set_body_json(json!({ "reference": "r1" }));
    Mock::given(method("POST")).and(path("/orders/77/actions/refund")).respond_with(done).mount(&shop).await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_did_is_noted_under_the_lock_of_its_conversation() {
    let Some(engine) = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres) else { return };
    let world = World::new(engine).await;
    let shop = refunding_shop().await;
    world.reach_shop(&shop.uri()).await;
    let talk = world.talk(7).await;
    let known = world.order(&talk, "77", 15_000).await;
    assert!(world.settle(&world.reply(&talk, vec![proposed(&known, refund(1_000))], &[])).await);
    let [action] = world.actions(&talk).await.try_into().unwrap();

    let db = &world.inbox.db;
    let mut held = db.begin().await.unwrap();
    conversations::lock(&mut held, talk.id).await.unwrap();
    let mut performing = Box::pin(perform::perform(&world.inbox, action.id, 1));
    tokio::select! {
        _ = &mut performing => panic!("it waits for nobody"),
        () = until_somebody_waits(db) => {}
    }
    held.commit().await.unwrap();
    match performing.await.unwrap() {
        Next::Done(tx) => tx.commit().await.unwrap(),
        Next::Retry { reason, .. } | Next::Turn(reason) => panic!("{reason}"),
    }
    let [action] = world.actions(&talk).await.try_into().unwrap();
    assert_eq!((action.state, action.reference.as_str()), (ActionState::Performed, "r1"));
    let last = happened(db, talk.id).await.last().map(|event| event.kind);
    assert_eq!(last, Some(EventKind::ActionPerformed));
}
