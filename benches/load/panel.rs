//! The panel beside a conversation with its order, as it was read last: two lines, and a parcel on its way.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use resolute::clock::Clock;
use resolute::model::Ts;
use resolute::model::order::{
    ActionKind, Address, AllowedAction, Buyer, Currency, KnownOrder, LineItem, LineQuantity, MatchedBy, Money, Order,
    OrderSourceRow, OrderStatus, Payment, Shipment, ShipmentStatus, TrackingEvent, Window,
};
use resolute::store::{conversations, order_sources, orders};
use time::Duration;

use super::figures::Table;
use super::lists;
use super::stage::{Options, Stage};

/// Orders that are stored in one transaction.
const AT_ONCE: usize = 500;

pub(crate) async fn measure(stage: &Stage, options: &Options, table: &mut Table) {
    let numbers = lists::numbers(stage).await;
    link_orders(stage, &numbers).await;
    let mut random = StdRng::seed_from_u64(options.seed);
    let path = |number: &i64| format!("/conversations/{number}/context");
    let paths = (0..options.requests).map(|_| path(numbers.choose(&mut random).unwrap()));
    let paths = Arc::new(paths.collect::<Vec<String>>());
    let shown = stage.browser().get(&paths[0]).await.unwrap();
    assert!(shown.text().contains("FJ-1"), "the panel shows the order: {}", shown.text());
    for concurrency in [1, 8] {
        let mut times = lists::get_all(stage, "page", &paths, concurrency).await;
        let what = format!("order panel as last read, {concurrency} at a time, {} conversations", numbers.len());
        table.row(&what, times.words(), "p99 < 15 ms");
    }
}

/// Gives every conversation an order of its own.
async fn link_orders(stage: &Stage, numbers: &[i64]) {
    let now = Clock::system().now();
    let shops = order_sources::list_of(&stage.db, stage.setup.brand).await.unwrap();
    let shop = shops.first().expect("the shop is connected");
    for some in numbers.chunks(AT_ONCE) {
        let mut linked = Vec::with_capacity(some.len());
        for number in some {
            let row = conversations::find_by_number(&stage.db, *number).await.unwrap();
            linked.push((row.expect("the conversation").id, known(shop, *number, now)));
        }
        let mut tx = stage.db.begin().await.unwrap();
        for (conversation, known) in &linked {
            orders::save(&mut tx, known).await.unwrap();
            orders::link(&mut tx, *conversation, known, MatchedBy::Number, now).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

fn known(shop: &OrderSourceRow, number: i64, now: Ts) -> KnownOrder {
    KnownOrder { source_id: shop.id, source_name: shop.name.clone(), order: order(number, now), read_at: now }
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn line(id: &str, title: &str, minor: i64) -> LineItem {
    LineItem {
        id: id.to_owned(),
        sku: title.to_uppercase(),
        title: title.to_owned(),
        variant: "blue".to_owned(),
        ordered: 1,
        current: 1,
        fulfilled: 1,
        unit_price: euros(minor),
    }
}

fn order(number: i64, now: Ts) -> Order {
    let placed_at = now.datetime() - Duration::days(4);
    let lines = vec![line("l1", "Tin cup", 1_990), line("l2", "Fell tent", 24_900)];
    Order {
        id: format!("o{number}"),
        number: format!("FJ-{}", 100_000 + number),
        status: OrderStatus::Shipped,
        placed_at,
        updated_at: placed_at + Duration::days(1),
        buyer: Buyer {
            id: format!("b{number}"),
            name: "Sam Lee".to_owned(),
            email: "sam@post.example".to_owned(),
            phone: String::new(),
            methods: Vec::new(),
        },
        shipping_address: Address {
            name: "Sam Lee".to_owned(),
            line1: "Old Road 1".to_owned(),
            line2: String::new(),
            postal_code: "10115".to_owned(),
            city: "Berlin".to_owned(),
            region: String::new(),
            country: "DE".to_owned(),
        },
        shipments: vec![parcel(number, now)],
        lines,
        shipping_price: euros(490),
        total: euros(27_380),
        payments: vec![Payment {
            id: "p1".to_owned(),
            method: "card ending 1111".to_owned(),
            amount: euros(27_380),
            at: placed_at,
        }],
        refunds: Vec::new(),
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: "https://shop.example/invoice/1".to_owned(),
        actions: ActionKind::ALL.map(|kind| AllowedAction { kind, refused_because: None }).into(),
    }
}

fn parcel(number: i64, now: Ts) -> Shipment {
    let (shipped, promised) = (now.datetime() - Duration::days(2), now.datetime() + Duration::days(2));
    Shipment {
        id: format!("s{number}"),
        carrier: "Nordpost".to_owned(),
        tracking_number: format!("NP{number:09}"),
        tracking_url: format!("https://nordpost.example/{number}"),
        status: ShipmentStatus::InTransit,
        shipped_at: Some(shipped),
        promised: Some(Window { from: promised - Duration::days(1), to: promised }),
        estimated: None,
        delivered_at: None,
        lines: ["l1", "l2"].map(|line| LineQuantity { line_id: line.to_owned(), quantity: 1 }).into(),
        events: vec![TrackingEvent {
            at: shipped + Duration::days(1),
            text: "scanned".to_owned(),
            place: "Hamburg".to_owned(),
        }],
        heard: None,
    }
}
