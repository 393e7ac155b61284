//! What a draft asks of an order that changed in its shop waits for a person.

use channel_contract::orders::ActionCommand;
use platform_doubles::http_orders::HttpOrders;
use platform_doubles::{Double, Fault, Response};
use resolute::inbox::settle::Returned;
use resolute::inbox::{care, deliver, perform, taken_back};
use resolute::model::ActionId;
use resolute::model::action::ActionState;
use resolute::model::conversation::Conversation;
use resolute::model::message::Delivery;
use resolute::model::order::OrderAction;
use serde_json::json;

use super::turns::{at_a_shop, state, tried};
use super::world::{World, proposed, refund};
use crate::support::desk::Engine;

const REFUNDS: &str = "/orders/o1/actions/refund";
/// The attempt behind which a person decides.
const LAST: i64 = 6;

/// A reply of the agent's that gives 5.00 EUR back is on its way; its draft was written from the order as it is now.
async fn promised(engine: Engine) -> (World, Double<HttpOrders>, Conversation, ActionId) {
    let (world, shop, talk, known) = Box::pin(at_a_shop(engine, true)).await;
    let mut finished = world.reply(&talk, vec![proposed(&known, refund(500))], &[]);
    if let Returned::Reply(proposal) = &mut finished.result {
        proposal.document.orders = vec![known];
    }
    assert!(world.settle(&finished).await);
    let [action] = world.actions(&talk).await.try_into().unwrap();
    (world, shop, talk, action.id)
}

/// Somebody in the shop gives 5.00 EUR back.
async fn give_back(world: &World) {
    let row = &world.cast.shop;
    let shops = world.inbox.shops.of_brand(row.brand_id).await.unwrap();
    let command =
        ActionCommand { idempotency_key: "by-hand".to_owned(), order_id: "o1".to_owned(), action: refund(500) };
    shops.get(row.id).expect("the shop").source.perform(&command).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shop_calls_changed_is_compared_with_the_draft_and_not_done() {
    for engine in Engine::all() {
        let (world, shop, talk, action) = Box::pin(promised(engine)).await;
        let changed = Response::json(409, &json!({ "reason": "Somebody changed the order." }));
        shop.misbehave("POST", REFUNDS, Fault::Answer(changed), 1);
        tried(&world, action).await;
        assert_eq!(state(&world, action).await, ActionState::Approved, "it is tried again");
        give_back(&world).await;
        tried(&world, action).await;
        let [failed] = world.actions(&talk).await.try_into().unwrap();
        assert_eq!(failed.state, ActionState::Failed);
        assert!(failed.error.contains("5.00 EUR was refunded"), "{}", failed.error);
        assert_eq!(shop.platform.ledger().len(), 1, "theirs alone");
        assert_eq!(world.ours(&talk).await[0].delivery, Some(Delivery::Held));
    }
}

/// What stands before the shop says that it is busy, though the shop has done what it was asked.
fn busy_in_words_alone() -> Fault {
    Fault::AnswerAfterBody(Response::status(429))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_not_called_undone_for_what_shows_behind_it() {
    for engine in Engine::all() {
        let (world, shop, talk, action) = Box::pin(promised(engine)).await;
        shop.misbehave("POST", REFUNDS, busy_in_words_alone(), 1);
        tried(&world, action).await;
        assert_eq!(state(&world, action).await, ActionState::Approved, "it is tried again");
        tried(&world, action).await;
        assert_eq!(state(&world, action).await, ActionState::Unknown, "the refund that shows may be its own");
        let [reply] = world.ours(&talk).await.try_into().unwrap();
        assert!(reply.delivery_reason.contains("may have done it"), "{}", reply.delivery_reason);
        deliver::send_again(&world.inbox, reply.id, &world.cast.noor).await.unwrap();
        tried(&world, action).await;
        let done = (state(&world, action).await, shop.platform.ledger().len());
        assert_eq!(done, (ActionState::Performed, 1), "the shop knows it by its key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_not_called_undone_for_a_shop_that_is_silent_afterwards() {
    for engine in Engine::all() {
        for is_given_up in [true, false] {
            let (world, shop, talk, action) = Box::pin(promised(engine)).await;
            shop.misbehave("POST", REFUNDS, busy_in_words_alone(), 1);
            tried(&world, action).await;
            assert_eq!(state(&world, action).await, ActionState::Approved, "it is tried again");
            let [reply] = world.ours(&talk).await.try_into().unwrap();
            let taken_back = taken_back::cancel(&world.inbox, reply.id, &world.cast.noor).await;
            assert!(taken_back.is_err(), "it may have been done");
            shop.misbehave("GET", "/orders/o1", Fault::Answer(Response::status(500)), 9);
            let next = if is_given_up {
                perform::give_up(&world.inbox, action, "the shop is away.").await.unwrap()
            } else {
                Box::pin(perform::perform(&world.inbox, action, LAST)).await.unwrap()
            };
            let perform::Next::Done(tx) = next else { panic!("it is given to a person") };
            tx.commit().await.unwrap();
            assert_eq!(state(&world, action).await, ActionState::Unknown, "{engine:?}");
            assert_eq!(shop.platform.ledger().len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_not_called_undone_for_what_it_may_have_made_impossible() {
    for engine in Engine::all() {
        let (world, shop, talk, known) = Box::pin(at_a_shop(engine, false)).await;
        let cancel = proposed(&known, OrderAction::Cancel { reason: "Ordered twice.".into() });
        let id = world.inbox.clock.new_id();
        Box::pin(care::act(&world.inbox, talk.id, (id, &cancel), &world.cast.noor)).await.unwrap();
        shop.misbehave("POST", "/orders/o1/actions/cancel", busy_in_words_alone(), 1);
        tried(&world, id).await;
        tried(&world, id).await;
        assert_eq!((state(&world, id).await, shop.platform.ledger().len()), (ActionState::Unknown, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_teammate_asks_for_by_hand_rests_on_no_draft() {
    for engine in Engine::all() {
        let (world, shop, talk, known) = Box::pin(at_a_shop(engine, true)).await;
        give_back(&world).await;
        let (id, wanted) = (world.inbox.clock.new_id(), proposed(&known, refund(500)));
        Box::pin(care::act(&world.inbox, talk.id, (id, &wanted), &world.cast.sam)).await.unwrap();
        tried(&world, id).await;
        assert_eq!((state(&world, id).await, shop.platform.ledger().len()), (ActionState::Performed, 2));
    }
}
