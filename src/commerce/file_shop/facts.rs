//! What the records say, in the words of every shop. Pure.

use std::collections::BTreeMap;

use channel_contract::money::Money;
use channel_contract::orders::{
    ActionKind, Address, AllowedAction, Buyer, Entry, EntryKind, LineItem, LineQuantity, MethodKind, Order,
    OrderStatus, Payment, PaymentMethod, Product, Refund, Return, ReturnStatus, Shipment, ShipmentStatus, SkuQuantity,
};
use time::OffsetDateTime;

use super::records::{
    AddressRecord, CANCELLED, CHANGED, Cents, DELIVERED, EXCHANGE, ItemRecord, MethodRecord, OrderRecord,
    ProductRecord, RETURN, Transaction, UserRecord, VariantRecord, currency,
};

/// The files say whether there are any, not how many.
const ENOUGH: u32 = 1_000;

/// The kinds of action that the shop takes.
const TAKEN: [ActionKind; 6] = [
    ActionKind::Cancel,
    ActionKind::Return,
    ActionKind::Exchange,
    ActionKind::ChangeItems,
    ActionKind::ChangeAddress,
    ActionKind::ChangePayment,
];

/// An order. The files hold no days: all of it counts as of the moment at which it is read.
pub(super) fn order(record: &OrderRecord, user: Option<&UserRecord>, now: OffsetDateTime) -> Order {
    let status = status(record);
    let line = |(place, item): (usize, &ItemRecord)| LineItem {
        id: line_id(place),
        sku: item.item_id.clone(),
        title: item.name.clone(),
        variant: variant(&item.options),
        ordered: 1,
        current: u32::from(status != OrderStatus::Cancelled),
        fulfilled: u32::from(matches!(status, OrderStatus::Shipped | OrderStatus::Delivered)),
        unit_price: item.price.money(),
    };
    let lines: Vec<LineItem> = record.items.iter().enumerate().map(line).collect();
    let (payments, refunds) = transactions(record, now);
    Order {
        id: record.order_id.clone(),
        number: record.order_id.clone(),
        status,
        placed_at: now,
        updated_at: now,
        buyer: user.map(buyer).unwrap_or_default(),
        shipping_address: address(&record.address, user),
        shipping_price: Money::zero(currency()),
        total: LineItem::total(&lines, Money::zero(currency())).unwrap_or(Money::zero(currency())),
        payments,
        refunds,
        shipments: shipments(record, &lines, status, now),
        returns: returns(record, &lines, now),
        entries: entries(record, now),
        invoice_url: String::new(),
        actions: TAKEN.map(|kind| AllowedAction { kind, refused_because: refused(record, kind) }).to_vec(),
        lines,
    }
}

/// What stands for a buyer's own record: where what they order goes, and nothing that was ordered.
pub(super) fn account(user: &UserRecord, now: OffsetDateTime) -> Order {
    Order {
        id: user.user_id.clone(),
        number: user.user_id.clone(),
        status: OrderStatus::Open,
        placed_at: now,
        updated_at: now,
        buyer: buyer(user),
        shipping_address: address(&user.address, Some(user)),
        lines: Vec::new(),
        shipping_price: Money::zero(currency()),
        total: Money::zero(currency()),
        payments: Vec::new(),
        refunds: Vec::new(),
        shipments: Vec::new(),
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: vec![AllowedAction { kind: ActionKind::ChangeAddress, refused_because: None }],
    }
}

/// A line's id: what is ordered twice stands in two of them.
pub(super) fn line_id(place: usize) -> String {
    place.saturating_add(1).to_string()
}

fn status(record: &OrderRecord) -> OrderStatus {
    match record.status.as_str() {
        CANCELLED => OrderStatus::Cancelled,
        DELIVERED | RETURN | EXCHANGE => OrderStatus::Delivered,
        _ if record.has_not_left() => OrderStatus::Open,
        _ => OrderStatus::Shipped,
    }
}

/// Why the shop does not do it now.
pub(super) fn refused(record: &OrderRecord, kind: ActionKind) -> Option<String> {
    let is_possible = match kind {
        ActionKind::Cancel | ActionKind::ChangeItems => record.is_pending(),
        ActionKind::ChangeAddress | ActionKind::ChangePayment => record.has_not_left(),
        ActionKind::Return | ActionKind::Exchange => record.status == DELIVERED,
        _ => return Some("The shop does not offer this.".to_owned()),
    };
    if is_possible {
        return None;
    }
    Some(match (kind, record.status.as_str()) {
        (ActionKind::Return | ActionKind::Exchange, RETURN | EXCHANGE) => {
            "Goods of this order come back already.".to_owned()
        }
        (ActionKind::Return | ActionKind::Exchange, _) => "The order was not delivered.".to_owned(),
        (_, CHANGED) => "Items of this order were changed, and that is done once.".to_owned(),
        (_, status) => format!("The order is {status}."),
    })
}

/// `color: black, size: M`.
fn variant(options: &BTreeMap<String, String>) -> String {
    options.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

pub(super) fn product(product: &ProductRecord, variant: &VariantRecord) -> Product {
    Product {
        sku: variant.item_id.clone(),
        title: product.name.clone(),
        variant: self::variant(&variant.options),
        description: String::new(),
        price: variant.price.money(),
        in_stock: Some(if variant.available { ENOUGH } else { 0 }),
        restock_at: None,
    }
}

fn buyer(user: &UserRecord) -> Buyer {
    Buyer {
        id: user.user_id.clone(),
        name: full_name(user),
        email: user.email.clone(),
        phone: String::new(),
        methods: user.payment_methods.values().map(method).collect(),
    }
}

pub(super) fn full_name(user: &UserRecord) -> String {
    format!("{} {}", user.name.first_name, user.name.last_name)
}

fn method(record: &MethodRecord) -> PaymentMethod {
    let kind = match record.source.as_str() {
        "gift_card" => MethodKind::GiftCard,
        "credit_card" => MethodKind::Card,
        _ => MethodKind::Other,
    };
    // People there call a way to pay by its id, and a card by its brand and last digits.
    PaymentMethod {
        id: record.id.clone(),
        kind,
        name: record.id.clone(),
        brand: record.brand.clone().unwrap_or_default(),
        ending: record.last_four.clone().unwrap_or_default(),
        balance: record.balance.map(Cents::money),
    }
}

fn address(record: &AddressRecord, user: Option<&UserRecord>) -> Address {
    Address {
        name: user.map(full_name).unwrap_or_default(),
        line1: record.address1.clone(),
        line2: record.address2.clone(),
        postal_code: record.zip.clone(),
        city: record.city.clone(),
        region: record.state.clone(),
        country: record.country.clone(),
    }
}

/// The record of an address; whose it is stands elsewhere.
pub(super) fn address_record(address: &Address) -> AddressRecord {
    AddressRecord {
        address1: address.line1.clone(),
        address2: address.line2.clone(),
        city: address.city.clone(),
        country: address.country.clone(),
        state: address.region.clone(),
        zip: address.postal_code.clone(),
    }
}

fn transactions(record: &OrderRecord, now: OffsetDateTime) -> (Vec<Payment>, Vec<Refund>) {
    let (mut payments, mut refunds) = (Vec::new(), Vec::new());
    for (place, entry) in record.payment_history.iter().enumerate() {
        let (id, method, amount) = (line_id(place), entry.payment_method_id.clone(), entry.amount.money());
        match entry.transaction_type {
            Transaction::Payment => payments.push(Payment { id, method, amount, at: now }),
            Transaction::Refund => refunds.push(Refund { id, amount, method, reason: String::new(), at: now }),
        }
    }
    (payments, refunds)
}

fn shipments(record: &OrderRecord, lines: &[LineItem], status: OrderStatus, now: OffsetDateTime) -> Vec<Shipment> {
    let has_arrived = status == OrderStatus::Delivered;
    let parcels = record.fulfillments.iter().enumerate().map(|(place, parcel)| Shipment {
        id: line_id(place),
        carrier: String::new(),
        tracking_number: parcel.tracking_id.first().cloned().unwrap_or_default(),
        tracking_url: String::new(),
        status: if has_arrived { ShipmentStatus::Delivered } else { ShipmentStatus::InTransit },
        shipped_at: Some(now),
        promised: None,
        estimated: None,
        delivered_at: has_arrived.then_some(now),
        lines: quantities(lines, &parcel.item_ids),
        events: Vec::new(),
        heard: None,
    });
    parcels.collect()
}

/// That items were changed shows in the status alone.
fn entries(record: &OrderRecord, now: OffsetDateTime) -> Vec<Entry> {
    let changed = Entry { id: format!("changed-{}", record.order_id), at: now, what: EntryKind::ItemsChanged };
    if record.status == CHANGED { vec![changed] } else { Vec::new() }
}

/// One open return of the goods that come back, with what is sent for them.
fn returns(record: &OrderRecord, lines: &[LineItem], now: OffsetDateTime) -> Vec<Return> {
    let (back, sent) = match (&record.return_items, &record.exchange_items) {
        (Some(back), _) => (back, None),
        (None, Some(back)) => (back, record.exchange_new_items.as_ref()),
        (None, None) => return Vec::new(),
    };
    let sent = sent.into_iter().flatten().map(|sku| SkuQuantity { sku: sku.clone(), quantity: 1 });
    vec![Return {
        id: return_id(record),
        status: ReturnStatus::Open,
        lines: quantities(lines, back),
        reason: String::new(),
        label_url: String::new(),
        opened_at: now,
        exchange: sent.collect(),
    }]
}

/// The id of the one return that an order can have.
pub(super) fn return_id(record: &OrderRecord) -> String {
    format!("return-{}", record.order_id)
}

/// The lines that hold these items, each line for one of them.
fn quantities(lines: &[LineItem], items: &[String]) -> Vec<LineQuantity> {
    let mut free: Vec<&LineItem> = lines.iter().collect();
    let mut found = Vec::new();
    for item in items {
        if let Some(place) = free.iter().position(|line| line.sku == *item) {
            found.push(LineQuantity { line_id: free.remove(place).id.clone(), quantity: 1 });
        }
    }
    found
}
