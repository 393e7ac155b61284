//! The shop as seeded is whole, the same every time, and in an order of time that could have happened.

use std::collections::{BTreeMap, BTreeSet};

use channel_contract::orders::{ActionKind, Order, OrderStatus, ReturnStatus, ShipmentStatus};

use super::super::facts::Held;
use super::*;
use crate::store::demo_shop::{OrderRow, Parts};

const NOW: Ts = Ts(1_795_435_200_000_000);

/// The orders as the shop would give them.
fn orders(rows: &NewRows, now: Ts) -> Vec<Order> {
    let people: BTreeMap<&str, &CustomerRow> = rows.customers.iter().map(|row| (row.id.as_str(), row)).collect();
    let joined = rows.orders.iter().map(|order| {
        let buyer = people[order.customer_id.as_str()];
        OrderRow {
            id: order.id.clone(),
            number: order.number.clone(),
            serial: order.serial,
            customer_id: order.customer_id.clone(),
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            phone: buyer.phone.clone(),
            placed_at: order.placed_at,
            updated_at: order.updated_at,
            cancelled_at: order.cancelled_at,
            address: order.address.clone().into(),
            shipping_minor: order.shipping_minor,
            currency: order.currency.clone(),
        }
    });
    let parts = Parts {
        lines: rows.lines.clone(),
        payments: rows.payments.clone(),
        refunds: rows.refunds.clone(),
        shipments: rows.shipments.clone(),
        returns: rows.returns.clone(),
        performed: Vec::new(),
    };
    let products = rows.products.iter().map(|row| (row.sku.clone(), row.clone())).collect();
    Held::join(joined.collect(), &parts).iter().map(|held| held.order(&products, now)).collect()
}

fn numbered(serial: i64) -> Order {
    let all = orders(&shop(NOW), NOW);
    all.into_iter().find(|order| order.number == number_of(serial)).unwrap()
}

#[test]
fn the_shop_has_its_size_and_names_exist() {
    let rows = shop(NOW);
    assert_eq!((rows.customers.len(), rows.orders.len()), (60, 200));
    assert_eq!(catalogue::ARTICLES.len(), 12);
    let unique = |values: Vec<&str>| values.iter().collect::<BTreeSet<_>>().len() == values.len();
    assert!(unique(rows.orders.iter().map(|row| row.number.as_str()).collect()));
    assert!(unique(rows.customers.iter().map(|row| row.id.as_str()).collect()));
    assert!(unique(rows.customers.iter().map(|row| row.phone.as_str()).collect()));
    assert!(unique(rows.shipments.iter().map(|row| row.tracking_number.as_str()).collect()));
    for order in &cast::ORDERS {
        assert!(people::find(order.buyer).is_some(), "{}", order.buyer);
        assert!(order.lines.iter().all(|(sku, _)| catalogue::find(sku).is_some()), "{:?}", order.lines);
    }
    let reserved = [".org", ".net", ".com"].map(|end| format!("@example{end}"));
    assert!(rows.customers.iter().all(|row| reserved.iter().any(|end| row.email.ends_with(end))));
    let languages: BTreeSet<&str> = rows.customers.iter().map(|row| row.language.as_str()).collect();
    assert_eq!(languages.len(), 9, "{languages:?}");
}

#[test]
fn the_same_moment_gives_the_same_shop() {
    assert_eq!(format!("{:?}", shop(NOW)), format!("{:?}", shop(NOW)));
}

#[test]
fn numbers_and_times_go_together_and_nothing_happens_before_its_cause() {
    let rows = shop(NOW);
    let mut by_number: Vec<&NewOrder> = rows.orders.iter().collect();
    by_number.sort_by_key(|order| order.serial);
    assert!(by_number.is_sorted_by_key(|order| order.placed_at));
    assert!(by_number.iter().all(|order| order.placed_at <= NOW));
    let placed: BTreeMap<&str, Ts> = rows.orders.iter().map(|row| (row.id.as_str(), row.placed_at)).collect();
    for parcel in &rows.shipments {
        let first = parcel.plan.scans[0].at;
        assert!(placed[parcel.order_id.as_str()] < first, "{} is packed before it is ordered", parcel.order_id);
        assert!(parcel.plan.scans.is_sorted_by_key(|scan| scan.at));
    }
    for order in orders(&rows, NOW) {
        assert!(order.updated_at >= order.placed_at && order.updated_at <= NOW.datetime(), "{}", order.number);
        assert!(!order.lines.is_empty() && order.refundable().minor >= 0, "{}", order.number);
        let sum: i64 = order.lines.iter().map(|line| line.unit_price.minor * i64::from(line.ordered)).sum();
        assert_eq!(sum + order.shipping_price.minor, order.total.minor, "{}", order.number);
        for opened in &order.returns {
            let arrived = order.shipments.iter().filter_map(|parcel| parcel.delivered_at).max();
            assert!(arrived.is_some_and(|at| at < opened.opened_at), "{} came back before it arrived", order.number);
        }
    }
}

#[test]
fn every_state_of_an_order_is_there() {
    let all = orders(&shop(NOW), NOW);
    for status in [
        OrderStatus::Open,
        OrderStatus::PartlyShipped,
        OrderStatus::Shipped,
        OrderStatus::Delivered,
        OrderStatus::Cancelled,
    ] {
        let count = all.iter().filter(|order| order.status == status).count();
        let enough = if status == OrderStatus::PartlyShipped { 1 } else { 3 };
        assert!(count >= enough, "{count} orders are {status:?}");
    }
    let late = all.iter().filter(|order| order.shipments.iter().any(|parcel| parcel.is_late(NOW.datetime()))).count();
    assert!(late >= 5, "{late} orders are late");
}

#[test]
fn the_cast_is_as_its_stories_tell() {
    let sofie = numbered(20_417);
    assert_eq!(
        (sofie.total.to_string(), sofie.payments[0].method.as_str()),
        ("331.00 EUR".to_owned(), "card ending 4421")
    );
    assert_eq!(sofie.shipments[0].status, ShipmentStatus::Delivered);
    assert_eq!(sofie.line(&sofie.shipments[0].lines[0].line_id).unwrap().title, "Lomma gaiters");
    assert!(sofie.shipments[1].is_late(NOW.datetime()) && sofie.shipments[1].estimated.is_none());

    let etienne = numbered(20_402);
    assert_eq!((etienne.status, etienne.lines[0].variant.as_str()), (OrderStatus::Delivered, "42"));
    let giulia = numbered(20_218);
    assert_eq!((giulia.returns[0].status, giulia.refunds.len()), (ReturnStatus::Received, 0));
    let jeroen = numbered(20_425);
    assert_eq!((jeroen.status, jeroen.total.minor), (OrderStatus::Open, 11_900));
    assert_eq!(jeroen.refusal(ActionKind::Cancel), None);
    let hartmann = numbered(20_333);
    assert_eq!((hartmann.lines[0].ordered, hartmann.payments[0].method.as_str()), (14, "bank transfer"));
    assert_eq!(numbered(20_429).total.minor, 10_500);
    let tom = numbered(17_102);
    assert!(tom.refusal(ActionKind::Return).is_some_and(|reason| reason.starts_with("The 30 days for returns ended")));
    assert!(numbered(20_397).shipments[0].is_late(NOW.datetime()));
    assert_eq!(numbered(20_399).shipments[0].status, ShipmentStatus::Exception);
    assert_eq!(numbered(20_396).shipments[0].status, ShipmentStatus::AvailableForPickup);
    assert_eq!(numbered(20_374).shipments[0].status, ShipmentStatus::Returning);
    assert_eq!(numbered(20_410).shipments[0].status, ShipmentStatus::OutForDelivery);
    let chloe = numbered(20_386);
    assert_eq!((chloe.returns[0].status, chloe.refunds.len()), (ReturnStatus::Closed, 1));
    let open = |status| matches!(status, OrderStatus::Open | OrderStatus::Shipped);
    let elena = orders(&shop(NOW), NOW).into_iter().filter(|order| order.buyer.name == "Elena Rossi");
    assert_eq!(elena.filter(|order| open(order.status)).count(), 2);
}

#[test]
fn the_cast_moves_with_the_clock() {
    let rows = shop(NOW);
    let at = |count: u64| {
        let all = orders(&rows, NOW.plus(hours(count)));
        all.into_iter().map(|order| (order.number.clone(), order)).collect::<BTreeMap<_, _>>()
    };
    let (today, soon, later) = (at(0), at(3), at(24 * 14));
    assert_eq!(today["FJ-20410"].status, OrderStatus::Shipped);
    assert_eq!(soon["FJ-20410"].status, OrderStatus::Delivered);
    assert!(soon["FJ-20410"].updated_at > today["FJ-20410"].updated_at);
    let undelivered: Vec<&String> = later
        .values()
        .filter(|order| !matches!(order.status, OrderStatus::Delivered | OrderStatus::Cancelled))
        .map(|order| &order.number)
        .collect();
    assert_eq!(undelivered, ["FJ-20374", "FJ-20399"], "only what is lost or came back never arrives");
}
