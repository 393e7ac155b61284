//! One action of an order at a time: of two that are alike and at the shop at once, the effect of one could be taken for that
//! of the other, whose call was lost.

use std::time::Duration;

use platform_doubles::http_orders::{HttpOrders, SECRET};
use platform_doubles::{Double, Fault};
use resolute::inbox::care;
use resolute::inbox::perform::{self, Next};
use resolute::model::action::ActionState;
use resolute::model::conversation::Conversation;
use resolute::model::job::JobKind;
use resolute::model::order::{KnownOrder, MatchedBy, OrderSourceRow};
use resolute::model::{ActionId, Json};
use resolute::store::{actions, jobs, order_sources, orders};
use serde_json::json;

use super::world::{World, proposed, refund};
use crate::support::desk::Engine;
use crate::support::stores::write;

/// A desk whose shop is a double, and a conversation about one of its orders, which has arrived or has not left.
pub(super) async fn at_a_shop(
    engine: Engine,
    has_arrived: bool,
) -> (World, Double<HttpOrders>, Conversation, KnownOrder) {
    let (world, shop) = (World::new(engine).await, Double::start(HttpOrders::default()).await.unwrap());
    shop.platform.buy("o1", "sofie@example.com", has_arrived);
    let (db, known_shop) = (&world.inbox.db, &world.cast.shop);
    let row = OrderSourceRow { settings: Json(json!({ "base_url": shop.url() })), ..known_shop.clone() };
    let sealed = world.inbox.shops.seal(row.id, &json!({ "secret": SECRET })).unwrap();
    write(db, async |tx| order_sources::update(tx, &row, sealed).await).await;
    let shops = world.inbox.shops.of_brand(row.brand_id).await.unwrap();
    let known = shops.get_order(row.id, "o1").await.unwrap().unwrap();
    let talk = world.talk(7).await;
    let now = world.inbox.clock.now();
    write(db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, talk.id, &known, MatchedBy::Number, now).await
    })
    .await;
    (world, shop, talk, known)
}

/// The same, and two refunds of 5.00 EUR of the order that a teammate asked for.
async fn two_alike(engine: Engine) -> (World, Double<HttpOrders>, Conversation, [ActionId; 2]) {
    let (world, shop, talk, known) = Box::pin(at_a_shop(engine, true)).await;
    let (wanted, ids) = (proposed(&known, refund(500)), [world.inbox.clock.new_id(), world.inbox.clock.new_id()]);
    for id in ids {
        Box::pin(care::act(&world.inbox, talk.id, (id, &wanted), &world.cast.sam)).await.unwrap();
    }
    (world, shop, talk, ids)
}

async fn attempt(world: &World, id: ActionId) -> Next {
    Box::pin(perform::perform(&world.inbox, id, 1)).await.unwrap()
}

/// The same, and what came of it is stored.
pub(super) async fn tried(world: &World, id: ActionId) {
    if let Next::Done(tx) = attempt(world, id).await {
        tx.commit().await.unwrap();
    }
}

async fn done(next: Next) {
    match next {
        Next::Done(tx) => tx.commit().await.unwrap(),
        Next::Retry { reason, .. } | Next::Turn(reason) => panic!("{reason}"),
    }
}

pub(super) async fn state(world: &World, id: ActionId) -> ActionState {
    actions::find(&world.inbox.db, id).await.unwrap().unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_waits_for_another_of_its_order() {
    for engine in Engine::all() {
        let (world, shop, _, [first, second]) = Box::pin(two_alike(engine)).await;
        let db = &world.inbox.db;
        // The first one is at the shop, or was cut off there.
        write(db, async |tx| actions::begin(tx, first).await).await;
        for begun in [ActionState::Performing, ActionState::Unknown] {
            write(db, async |tx| actions::set_state(tx, first, begun, "", "", None).await).await;
            assert!(matches!(attempt(&world, second).await, Next::Turn(_)), "{begun}");
            assert_eq!(state(&world, second).await, ActionState::Approved);
        }
        // It was done after the second one asked how the order stands.
        let later = world.inbox.clock.now().plus(Duration::from_secs(1));
        let performed = ActionState::Performed;
        write(db, async |tx| actions::set_state(tx, first, performed, "x0", "", Some(later)).await).await;
        assert!(matches!(attempt(&world, second).await, Next::Turn(_)));
        assert!(shop.platform.ledger().is_empty(), "nothing was asked of the shop");

        world.inbox.clock.advance(Duration::from_secs(2));
        done(attempt(&world, second).await).await;
        assert_eq!(state(&world, second).await, ActionState::Performed);
        assert_eq!(shop.platform.ledger().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_what_waits_for_a_person() {
    for engine in Engine::all() {
        let (world, shop, _, [first, second]) = Box::pin(two_alike(engine)).await;
        let db = &world.inbox.db;
        write(db, async |tx| actions::begin(tx, first).await).await;
        done(perform::give_up(&world.inbox, first, "The line broke.").await.unwrap()).await;
        assert!(matches!(attempt(&world, second).await, Next::Turn(_)), "its work is not over yet");
        let work = jobs::list_of_key(db, JobKind::PerformAction, &first.to_string()).await.unwrap();
        let ids: Vec<_> = work.iter().map(|job| job.id).collect();
        assert!(write(db, async |tx| jobs::finish_unclaimed(tx, &ids).await).await);
        done(attempt(&world, second).await).await;
        assert_eq!((state(&world, first).await, shop.platform.ledger().len()), (ActionState::Unknown, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_alike_at_once_are_two_refunds_though_a_call_is_lost() {
    for engine in Engine::all() {
        let (world, shop, talk, [first, second]) = Box::pin(two_alike(engine)).await;
        shop.misbehave("POST", "/orders/o1/actions", Fault::LoseAfterBody, 1);
        for _ in 0..4 {
            tokio::join!(tried(&world, first), tried(&world, second));
            world.inbox.clock.advance(Duration::from_secs(5));
        }
        let states: Vec<ActionState> = world.actions(&talk).await.iter().map(|action| action.state).collect();
        assert_eq!(states, [ActionState::Performed; 2]);
        assert_eq!(shop.platform.ledger().len(), 2, "each has an effect of its own");
    }
}
