//! An order of the marketplace's as an order of the desk. Pure; what is missing spoils nothing beside it, but an order
//! without a day or without a currency is none that could be shown.

use channel_contract::Order;
use channel_contract::money::{Currency, Money};
use channel_contract::orders::{
    Address, Buyer, LineItem, LineQuantity, OrderStatus, Refund, Shipment, ShipmentStatus, Window,
};
use channel_contract::wire::{amount, count};
use serde_json::Value;

use crate::wire::{list, moment, text};

/// The most characters of a number that is asked for.
const LONGEST: usize = 100;

/// Whether a number can be asked for alone: several are parted by commas.
pub(crate) fn is_number(number: &str) -> bool {
    (1..=LONGEST).contains(&number.len()) && !number.contains(|c: char| c == ',' || c.is_whitespace() || c.is_control())
}

/// The order in its list.
pub(crate) fn read(order: &Value) -> Option<Order> {
    let number = Some(text(order, &["order_id"])).filter(|number| !number.is_empty())?;
    let placed_at = moment(order, &["created_date"])?;
    let currency: Currency = text(order, &["currency_iso_code"]).parse().ok()?;
    let rows: Vec<&Value> = list(order, "order_lines").iter().filter(|row| row.is_object()).collect();
    let state = text(order, &["order_state", "state"]);
    let lines: Vec<LineItem> = rows.iter().map(|row| line(row, currency)).collect();
    let status = status(&state, &lines);
    let shipping_price = amount(order, "shipping_price", currency).unwrap_or(Money::zero(currency));
    let customer = order.get("customer").unwrap_or(&Value::Null);
    Some(Order {
        id: number.clone(),
        number,
        status,
        placed_at,
        updated_at: moment(order, &["last_updated_date"]).unwrap_or(placed_at),
        buyer: Buyer { id: text(customer, &["customer_id"]), name: name(customer), ..Buyer::default() },
        shipping_address: address(customer.get("shipping_address").unwrap_or(&Value::Null)),
        total: amount(order, "total_price", currency).or_else(|| LineItem::total(&lines, shipping_price))?,
        shipments: shipment(order, &rows, &lines, status).into_iter().collect(),
        lines,
        shipping_price,
        payments: Vec::new(),
        refunds: rows.iter().flat_map(|row| refunds(row, currency)).collect(),
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: Vec::new(),
    })
}

/// The whole order's state; while it is being shipped its lines tell how far that is.
fn status(state: &str, lines: &[LineItem]) -> OrderStatus {
    match state {
        "CANCELED" | "REFUSED" => OrderStatus::Cancelled,
        "SHIPPED" | "TO_COLLECT" => OrderStatus::Shipped,
        "RECEIVED" | "CLOSED" => OrderStatus::Delivered,
        _ if lines.iter().any(|line| line.fulfilled > 0) => OrderStatus::PartlyShipped,
        _ => OrderStatus::Open,
    }
}

fn line(row: &Value, currency: Currency) -> LineItem {
    let ordered = count(row, "quantity");
    let state = text(row, &["order_line_state"]);
    // What was shipped or received has a day for it, also while an incident is open.
    let is_sent = matches!(state.as_str(), "SHIPPED" | "TO_COLLECT" | "RECEIVED" | "CLOSED")
        || moment(row, &["shipped_date", "received_date"]).is_some();
    let price = amount(row, "price_unit", currency);
    let all = || {
        amount(row, "price", currency)
            .and_then(|all| Some(Money::new(all.minor.checked_div(ordered.into())?, currency)))
    };
    LineItem {
        id: text(row, &["order_line_id"]),
        sku: text(row, &["offer_sku", "product_sku"]),
        title: text(row, &["product_title"]),
        variant: String::new(),
        ordered,
        current: if matches!(state.as_str(), "CANCELED" | "REFUSED") { 0 } else { ordered },
        fulfilled: if is_sent { ordered } else { 0 },
        unit_price: price.or_else(all).unwrap_or(Money::zero(currency)),
    }
}

fn refunds(row: &Value, currency: Currency) -> Vec<Refund> {
    let read = |refund: &Value| {
        let goods = amount(refund, "amount", currency)?;
        let shipping = amount(refund, "shipping_amount", currency).unwrap_or(Money::zero(currency));
        Some(Refund {
            id: text(refund, &["id"]),
            amount: goods.plus(shipping).ok()?,
            method: String::new(),
            reason: String::new(),
            at: moment(refund, &["transaction_date", "created_date"])?,
        })
    };
    list(row, "refunds").iter().filter_map(read).collect()
}

fn name(customer: &Value) -> String {
    [text(customer, &["firstname"]), text(customer, &["lastname"])].join(" ").trim().to_owned()
}

fn address(place: &Value) -> Address {
    Address {
        name: name(place),
        line1: text(place, &["street_1"]),
        line2: text(place, &["street_2"]),
        postal_code: text(place, &["zip_code"]),
        city: text(place, &["city"]),
        region: text(place, &["state"]),
        country: text(place, &["country_iso_code", "country"]),
    }
}

/// The parcel: the marketplace knows one for an order, once it has left.
fn shipment(order: &Value, rows: &[&Value], lines: &[LineItem], status: OrderStatus) -> Option<Shipment> {
    let tracking_number = text(order, &["shipping_tracking"]);
    let has_left = matches!(status, OrderStatus::Shipped | OrderStatus::Delivered);
    if tracking_number.is_empty() && !has_left {
        return None;
    }
    let days = order.get("delivery_date").unwrap_or(&Value::Null);
    let promised = moment(days, &["latest"]).map(|to| Window { from: moment(days, &["earliest"]).unwrap_or(to), to });
    let last = |name: &str| rows.iter().filter_map(|row| moment(row, &[name])).max();
    let arrived = status == OrderStatus::Delivered;
    Some(Shipment {
        id: text(order, &["order_id"]),
        carrier: text(order, &["shipping_company", "shipping_carrier_code"]),
        tracking_number,
        tracking_url: text(order, &["shipping_tracking_url"]),
        status: if arrived { ShipmentStatus::Delivered } else { ShipmentStatus::InTransit },
        shipped_at: last("shipped_date"),
        promised,
        estimated: None,
        delivered_at: last("received_date").filter(|_| arrived),
        lines: lines.iter().filter(|line| line.fulfilled > 0).map(within).collect(),
        events: Vec::new(),
        heard: None,
    })
}

fn within(line: &LineItem) -> LineQuantity {
    LineQuantity { line_id: line.id.clone(), quantity: line.fulfilled }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(state: &str) -> Value {
        json!({
            "order_id": "FJ-1-A", "created_date": "2026-11-20T10:00:00Z", "last_updated_date": "2026-11-21T10:00:00Z",
            "order_state": state, "currency_iso_code": "EUR", "shipping_price": 4.9, "total_price": 29.9,
            "shipping_company": "DHL", "shipping_tracking": "0034", "shipping_tracking_url": "https://dhl.example/0034",
            "delivery_date": { "earliest": "2026-11-23T00:00:00Z", "latest": "2026-11-25T00:00:00Z" },
            "customer": { "customer_id": "c-1", "firstname": "Ann", "lastname": "Berg", "shipping_address": {
                "firstname": "Ann", "lastname": "Berg", "street_1": "Weg 1", "zip_code": "24103", "city": "Kiel",
                "country_iso_code": "DEU" } },
            "order_lines": [{ "order_line_id": "FJ-1-A-1", "offer_sku": "CUP", "product_title": "Cup", "quantity": 2,
                "price_unit": 12.5, "price": 25, "order_line_state": state, "shipped_date": "2026-11-21T09:00:00Z",
                "refunds": [{ "id": "7", "amount": 5, "shipping_amount": 1.5, "created_date": "2026-11-22T10:00:00Z" }] },
                null],
        })
    }

    #[test]
    fn an_order_is_read_with_its_parcel_and_money() {
        let found = read(&order("SHIPPED")).unwrap();
        assert_eq!((found.number.as_str(), found.status), ("FJ-1-A", OrderStatus::Shipped));
        assert_eq!((found.total.decimal().as_str(), found.shipping_price.decimal().as_str()), ("29.90", "4.90"));
        let [line] = found.lines.as_slice() else { panic!("what is no line is none") };
        assert_eq!((line.unit_price.decimal().as_str(), line.current, line.fulfilled), ("12.50", 2, 2));
        assert_eq!(found.refunded().decimal(), "6.50");
        let [parcel] = found.shipments.as_slice() else { panic!("one parcel") };
        assert_eq!((parcel.tracking_number.as_str(), parcel.status), ("0034", ShipmentStatus::InTransit));
        assert_eq!((parcel.lines.len(), parcel.promised.is_some(), parcel.delivered_at), (1, true, None));
        assert_eq!((found.buyer.name.as_str(), found.shipping_address.city.as_str()), ("Ann Berg", "Kiel"));
        assert!(found.actions.is_empty());
    }

    #[test]
    fn where_an_order_is_follows_from_its_state_and_its_lines() {
        for (state, status) in [
            ("CANCELED", OrderStatus::Cancelled),
            ("REFUSED", OrderStatus::Cancelled),
            ("TO_COLLECT", OrderStatus::Shipped),
            ("RECEIVED", OrderStatus::Delivered),
            ("SHIPPING", OrderStatus::PartlyShipped),
            ("A_STATE_OF_LATER", OrderStatus::PartlyShipped),
        ] {
            assert_eq!(read(&order(state)).unwrap().status, status, "{state}");
        }
        let mut waits = order("SHIPPING");
        waits["order_lines"][0]["shipped_date"] = Value::Null;
        waits["shipping_tracking"] = Value::Null;
        let waits = read(&waits).unwrap();
        assert_eq!((waits.status, waits.shipments.len()), (OrderStatus::Open, 0));
    }

    #[test]
    fn what_says_too_little_is_none() {
        for name in ["order_id", "created_date", "currency_iso_code"] {
            let mut less = order("SHIPPED");
            less[name] = Value::Null;
            assert_eq!(read(&less), None, "{name}");
        }
        let mut bare = order("SHIPPED");
        (bare["total_price"], bare["order_lines"][0]["price_unit"]) = (Value::Null, Value::Null);
        assert_eq!(read(&bare).unwrap().total.decimal(), "29.90", "its lines and its delivery");
        assert_eq!(read(&Value::Null), None);
        assert!(is_number("FJ-1-A"));
        for other in ["", "a,b", "a b", &"x".repeat(101)] {
            assert!(!is_number(other), "{other}");
        }
    }
}
