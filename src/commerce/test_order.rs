//! An order for the tests of this room.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{
    ActionKind, Address, AllowedAction, Buyer, LineItem, LineQuantity, Order, OrderStatus, Payment, Refund, Shipment,
    ShipmentStatus, Window,
};
use time::macros::datetime;

pub(super) fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub(super) fn refund(id: &str, minor: i64) -> Refund {
    Refund {
        id: id.to_owned(),
        amount: euros(minor),
        method: "card ending 4421".to_owned(),
        reason: String::new(),
        at: datetime!(2026-11-22 09:00 UTC),
    }
}

fn line(id: &str, title: &str, minor: i64) -> LineItem {
    LineItem {
        id: id.to_owned(),
        sku: title.to_uppercase(),
        title: title.to_owned(),
        variant: "M".to_owned(),
        ordered: 1,
        current: 1,
        fulfilled: 1,
        unit_price: euros(minor),
    }
}

/// The same before anything left.
pub(crate) fn unsent() -> Order {
    let mut order = Order { status: OrderStatus::Open, shipments: Vec::new(), ..order() };
    for line in &mut order.lines {
        line.fulfilled = 0;
    }
    order
}

/// Paid, two lines, one parcel on its way.
pub(crate) fn order() -> Order {
    Order {
        id: "o1".to_owned(),
        number: "FJ-20417".to_owned(),
        status: OrderStatus::Shipped,
        placed_at: datetime!(2026-11-16 08:00 UTC),
        updated_at: datetime!(2026-11-20 08:00 UTC),
        buyer: Buyer::default(),
        shipping_address: Address {
            line1: "Talstraße 18".to_owned(),
            postal_code: "79102".to_owned(),
            city: "Freiburg".to_owned(),
            ..Address::default()
        },
        lines: vec![line("l1", "Jacket", 28_900), line("l2", "Gaiters", 4_200)],
        shipping_price: euros(0),
        total: euros(33_100),
        payments: vec![Payment {
            id: "p1".to_owned(),
            method: "card ending 4421".to_owned(),
            amount: euros(33_100),
            at: datetime!(2026-11-16 08:01 UTC),
        }],
        refunds: Vec::new(),
        shipments: vec![Shipment {
            id: "s1".to_owned(),
            carrier: "DHL".to_owned(),
            tracking_number: "0034".to_owned(),
            tracking_url: String::new(),
            status: ShipmentStatus::InTransit,
            shipped_at: Some(datetime!(2026-11-18 08:00 UTC)),
            promised: Some(Window { from: datetime!(2026-11-19 08:00 UTC), to: datetime!(2026-11-20 20:00 UTC) }),
            estimated: None,
            delivered_at: None,
            lines: vec![LineQuantity { line_id: "l1".to_owned(), quantity: 1 }],
            events: Vec::new(),
            heard: None,
        }],
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: ActionKind::ALL.map(|kind| AllowedAction { kind, refused_because: None }).to_vec(),
    }
}
