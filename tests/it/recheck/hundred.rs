//! A hundred times an order changed between the draft and the sending, before or after a person approved it: each of them is
//! held.

use channel_contract::orders::{LineItem, Order, OrderSource as _, OrderStatus, Refund, Return, ReturnStatus};
use resolute::model::draft::DraftDocument;
use resolute::model::message::Delivery;
use resolute::model::order::{Currency, KnownOrder, Money};

use super::{Case, refund};
use crate::support::desk::Engine;

/// Makes an order what it was before it became what the shop has now.
type Before = fn(&mut Order, i64);

const BEFORE: [Before; 10] = [
    |order, _| order.status = OrderStatus::Cancelled,
    |order, seed| order.total.minor += seed,
    |order, seed| order.shipping_price.minor += seed,
    |order, seed| order.payments[0].amount.minor += seed,
    |order, seed| {
        let amount = Money::new(seed, Currency::EUR);
        let (id, at) = (format!("refund {seed}"), order.placed_at);
        order.refunds.push(Refund { id, amount, method: "card".into(), reason: String::new(), at });
    },
    |order, _| order.lines[0].current += 1,
    |order, seed| order.lines[0].unit_price.minor += seed,
    |order, seed| {
        let other = LineItem { id: format!("line {seed}"), ..order.lines[0].clone() };
        order.lines.push(other);
    },
    |order, seed| order.shipping_address.postal_code = format!("{seed:05}"),
    |order, seed| {
        let opened = Return {
            id: format!("return {seed}"),
            status: ReturnStatus::Open,
            lines: Vec::new(),
            reason: String::new(),
            label_url: String::new(),
            opened_at: order.placed_at,
            exchange: Vec::new(),
        };
        order.returns.push(opened);
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_orders_that_changed_a_hundred_replies_are_held() {
    for engine in Engine::all() {
        let case = Box::pin(Case::start(engine)).await;
        for (seed, before) in (1..=50).zip(BEFORE.iter().cycle()) {
            let mut draft = draft_now(&case).await;
            before(&mut draft.orders[0].order, seed);
            held_once(&case, draft, None, &format!("before approval, {seed}")).await;
        }
        for seed in 51..=100 {
            let draft = draft_now(&case).await;
            held_once(&case, draft, Some(seed), &format!("after approval, {seed}")).await;
        }
        assert_eq!(case.smtp.taken().len(), 100);
    }
}

/// A draft about the order as the shop has it now.
async fn draft_now(case: &Case) -> DraftDocument {
    let order = case.shop.get(&case.known.order.id).await.unwrap().unwrap();
    DraftDocument { orders: vec![KnownOrder { order, ..case.known.clone() }], ..case.document() }
}

/// Approves the draft, lets the shop change the order behind it if so, and sees that the reply leaves only when a person
/// sends it again.
async fn held_once(case: &Case, draft: DraftDocument, changes: Option<i64>, what: &str) {
    let left = case.smtp.taken().len();
    let id = case.accept(draft).await;
    match changes {
        // While nothing was sent of it; money moves at any time.
        Some(seed @ ..=60) => case.change_address(&format!("Eichenweg {seed}")).await,
        Some(seed) => case.by_hand(&format!("by hand: {seed}"), refund(10)).await,
        None => {}
    }
    case.desk.drain().await;
    let held = case.message(id).await;
    assert_eq!(held.delivery, Some(Delivery::Held), "{what}: {}", held.delivery_reason);
    assert_eq!(case.smtp.taken().len(), left, "{what}");
    case.send_again(id).await;
    assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent), "{what}");
}
