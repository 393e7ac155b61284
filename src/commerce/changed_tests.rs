//! Each change of an order gives its sentence, and no change gives none.

use channel_contract::orders::{LineQuantity, Order, OrderStatus, Return, ReturnStatus, ShipmentStatus, Window};
use time::macros::datetime;

use super::differences;
use crate::commerce::test_order::{euros, order, refund};

fn after(change: impl FnOnce(&mut Order)) -> Vec<String> {
    let mut changed = order();
    change(&mut changed);
    differences(&order(), &changed)
}

#[test]
fn the_same_order_has_no_differences() {
    assert!(after(|_| {}).is_empty());
    // The shop touched it, and nothing that a reply could speak of is different.
    assert!(after(|order| order.updated_at = datetime!(2026-11-23 08:00 UTC)).is_empty());
}

#[test]
fn money_that_moved_is_told() {
    assert_eq!(
        after(|order| order.refunds.push(refund("r1", 4_200))),
        ["42.00 EUR was refunded to card ending 4421 on 22 November 2026."]
    );
    assert_eq!(after(|order| order.total = euros(30_000)), ["The total is 300.00 EUR now, it was 331.00 EUR."]);
    assert_eq!(after(|order| order.payments.clear()), ["The payment of 331.00 EUR is gone."]);
}

#[test]
fn parcels_that_moved_are_told() {
    let arrived = after(|order| {
        order.status = OrderStatus::Delivered;
        order.shipments[0].status = ShipmentStatus::Delivered;
        order.shipments[0].delivered_at = Some(datetime!(2026-11-23 10:00 UTC));
    });
    assert_eq!(
        arrived,
        ["The order is delivered now: it was shipped before.", "The parcel arrived on 23 November 2026."]
    );
    let window = Window { from: datetime!(2026-11-24 08:00 UTC), to: datetime!(2026-11-25 08:00 UTC) };
    assert_eq!(
        after(|order| order.shipments[0].estimated = Some(window)),
        ["The parcel is expected 24 November 2026 to 25 November 2026 now."]
    );
    let second = after(|order| {
        let mut parcel = order.shipments[0].clone();
        parcel.id = "s2".to_owned();
        order.shipments.push(parcel);
    });
    assert_eq!(second, ["Parcel 2 is new, it is on its way now."]);
}

#[test]
fn goods_addresses_returns_and_possibilities_are_told() {
    assert_eq!(after(|order| order.lines[1].current = 0), ["Gaiters (M): 0 ordered now, 1 before."]);
    assert_eq!(after(|order| drop(order.lines.pop())), ["Gaiters (M) was taken out."]);
    assert_eq!(
        after(|order| order.shipping_address.line1 = "Weg 2".to_owned()),
        ["The delivery address is Weg 2, 79102 Freiburg now, not Talstraße 18, 79102 Freiburg."]
    );
    let opened = after(|order| {
        order.returns.push(Return {
            id: "RT-1".to_owned(),
            status: ReturnStatus::Open,
            lines: vec![LineQuantity { line_id: "l2".to_owned(), quantity: 1 }],
            reason: String::new(),
            label_url: String::new(),
            exchange: Vec::new(),
            opened_at: datetime!(2026-11-23 08:00 UTC),
        });
    });
    assert_eq!(opened, ["The return RT-1 was opened on 23 November 2026."]);
    assert_eq!(
        after(|order| order.actions[0].refused_because = Some("It was shipped.".to_owned())),
        ["A cancellation is not possible any more: It was shipped."]
    );
}
