//! Amazon's answer about an order as an order of the desk. Pure; what is missing spoils nothing beside it, but an order
//! without a day or without a currency is none that could be shown.

use channel_contract::Order;
use channel_contract::money::{Currency, Money};
use channel_contract::orders::{Address, Buyer, LineItem, LineQuantity, OrderStatus, Shipment, ShipmentStatus, Window};
use channel_contract::wire::{amount, count, list, moment, text};
use serde_json::Value;

/// How far the order in an answer is, in Amazon's word; `""` where it says none.
pub(super) fn word(answer: &Value) -> String {
    answer.pointer("/order/fulfillment").map(|done| text(done, &["fulfillmentStatus"])).unwrap_or_default()
}

/// The order in an answer.
pub(super) fn read(answer: &Value) -> Option<Order> {
    let order = answer.get("order")?;
    let number = Some(text(order, &["orderId"])).filter(|number| !number.is_empty())?;
    let placed_at = moment(order, &["createdTime"])?;
    let whole = order.pointer("/proceeds/grandTotal");
    let items: Vec<&Value> = list(order, "orderItems").iter().filter(|item| item.is_object()).collect();
    let prices = items.iter().filter_map(|item| item.pointer("/product/price/unitPrice"));
    let currency = whole.into_iter().chain(prices).find_map(currency_of)?;
    let shipments = shipments(order);
    let status = status(&word(answer), &shipments);
    let lines: Vec<LineItem> =
        items.iter().map(|item| line(item, currency, status == OrderStatus::Cancelled)).collect();
    let shipping = items.iter().map(|item| shipping(item, currency));
    let shipping_price = Money::sum(shipping, currency).ok()?;
    let total = whole.and_then(|whole| money(whole, currency));
    Some(Order {
        id: number.clone(),
        number,
        status,
        placed_at,
        updated_at: moment(order, &["lastUpdatedTime"]).unwrap_or(placed_at),
        // Who buys is told to applications with a role of its own.
        buyer: Buyer::default(),
        shipping_address: Address::default(),
        total: total.or_else(|| LineItem::total(&lines, shipping_price))?,
        lines,
        shipping_price,
        payments: Vec::new(),
        refunds: Vec::new(),
        shipments,
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: Vec::new(),
    })
}

fn currency_of(money: &Value) -> Option<Currency> {
    text(money, &["currencyCode"]).parse().ok()
}

/// An amount, if it is of this currency.
fn money(value: &Value, currency: Currency) -> Option<Money> {
    currency_of(value).filter(|known| *known == currency).and_then(|_| amount(value, "amount", currency))
}

fn line(item: &Value, currency: Currency, is_cancelled: bool) -> LineItem {
    let product = item.get("product").unwrap_or(&Value::Null);
    let price = product.pointer("/price/unitPrice").and_then(|price| money(price, currency));
    let ordered = count(item, "quantityOrdered");
    LineItem {
        id: text(item, &["orderItemId"]),
        sku: text(product, &["sellerSku", "asin"]),
        title: text(product, &["title"]),
        variant: String::new(),
        ordered,
        current: if is_cancelled { 0 } else { ordered },
        fulfilled: item.get("fulfillment").map(|done| count(done, "quantityFulfilled")).unwrap_or_default(),
        unit_price: price.unwrap_or(Money::zero(currency)),
    }
}

/// What the buyer paid for the delivery of an item.
fn shipping(item: &Value, currency: Currency) -> Money {
    let proceeds = item.get("proceeds").unwrap_or(&Value::Null);
    let is_shipping = |part: &&Value| text(part, &["type"]) == "SHIPPING";
    let found = list(proceeds, "breakdowns").iter().find(is_shipping).and_then(|part| part.get("subtotal"));
    found.and_then(|found| money(found, currency)).unwrap_or(Money::zero(currency))
}

/// All has arrived where all parcels have.
fn status(word: &str, shipments: &[Shipment]) -> OrderStatus {
    let arrived = |parcel: &Shipment| parcel.status == ShipmentStatus::Delivered;
    match word {
        "CANCELLED" => OrderStatus::Cancelled,
        "SHIPPED" if !shipments.is_empty() && shipments.iter().all(arrived) => OrderStatus::Delivered,
        "SHIPPED" => OrderStatus::Shipped,
        "PARTIALLY_SHIPPED" => OrderStatus::PartlyShipped,
        _ => OrderStatus::Open,
    }
}

fn shipments(order: &Value) -> Vec<Shipment> {
    let window = order.pointer("/fulfillment/deliverByWindow");
    let promised = window.and_then(|window| {
        let to = moment(window, &["latestDateTime"])?;
        Some(Window { from: moment(window, &["earliestDateTime"]).unwrap_or(to), to })
    });
    let parcels = list(order, "packages").iter().zip(1_usize..);
    parcels.filter_map(|(parcel, place)| shipment(parcel, place, promised)).collect()
}

/// A parcel; none where it was cancelled.
fn shipment(parcel: &Value, place: usize, promised: Option<Window>) -> Option<Shipment> {
    let word = parcel.get("packageStatus").map(|status| text(status, &["status"])).unwrap_or_default();
    let status = match word.as_str() {
        "CANCELLED" => return None,
        "PENDING" => ShipmentStatus::Packed,
        "DELIVERED" => ShipmentStatus::Delivered,
        "UNDELIVERABLE" => ShipmentStatus::Exception,
        _ => ShipmentStatus::InTransit,
    };
    let id = text(parcel, &["packageReferenceId"]);
    let within = |inside: &Value| {
        let (line_id, quantity) = (text(inside, &["orderItemId"]), count(inside, "quantity"));
        (!line_id.is_empty()).then_some(LineQuantity { line_id, quantity })
    };
    Some(Shipment {
        id: if id.is_empty() { place.to_string() } else { id },
        carrier: text(parcel, &["carrier"]),
        tracking_number: text(parcel, &["trackingNumber"]),
        tracking_url: String::new(),
        status,
        shipped_at: moment(parcel, &["shipTime"]),
        promised,
        estimated: None,
        // Amazon says that it arrived, and not when.
        delivered_at: None,
        lines: list(parcel, "packageItems").iter().filter_map(within).collect(),
        events: Vec::new(),
        heard: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn eur(amount: &str) -> Value {
        json!({ "amount": amount, "currencyCode": "EUR" })
    }

    fn answer(fulfillment: &str, parcel: &str) -> Value {
        json!({ "order": {
            "orderId": "303-1234567-7654321", "createdTime": "2026-11-01T10:00:00Z",
            "lastUpdatedTime": "2026-11-02T10:00:00Z",
            "proceeds": { "grandTotal": eur("35.90") },
            "fulfillment": { "fulfillmentStatus": fulfillment, "deliverByWindow": {
                "earliestDateTime": "2026-11-05T00:00:00Z", "latestDateTime": "2026-11-07T23:59:59Z" } },
            "orderItems": [
                { "orderItemId": "1", "quantityOrdered": 2, "product": { "title": "Blue cup", "sellerSku": "CUP",
                    "price": { "unitPrice": eur("15.50") } }, "fulfillment": { "quantityFulfilled": 2 },
                  "proceeds": { "breakdowns": [null, { "type": "SHIPPING", "subtotal": eur("4.90") }] } },
                null,
            ],
            "packages": [{ "packageReferenceId": "7", "carrier": "DHL", "trackingNumber": "0034",
                "shipTime": "2026-11-02T09:00:00Z", "packageStatus": { "status": parcel },
                "packageItems": [{ "orderItemId": "1", "quantity": 2 }] }, { "packageStatus": { "status": "CANCELLED" } }],
        } })
    }

    #[test]
    fn an_order_is_read_with_its_parcels_and_prices() {
        let order = read(&answer("SHIPPED", "IN_TRANSIT")).unwrap();
        assert_eq!((order.number.as_str(), order.status), ("303-1234567-7654321", OrderStatus::Shipped));
        assert_eq!((order.total.decimal().as_str(), order.shipping_price.decimal().as_str()), ("35.90", "4.90"));
        let line = &order.lines[0];
        assert_eq!((line.title.as_str(), line.ordered, line.fulfilled), ("Blue cup", 2, 2));
        assert_eq!(line.unit_price.decimal(), "15.50");
        let [parcel] = order.shipments.as_slice() else { panic!("one parcel, for the other was cancelled") };
        assert_eq!((parcel.carrier.as_str(), parcel.tracking_number.as_str()), ("DHL", "0034"));
        assert!(parcel.promised.is_some() && parcel.lines[0].quantity == 2);
        assert!(order.actions.is_empty() && order.buyer == Buyer::default());
    }

    #[test]
    fn where_an_order_is_follows_from_the_order_and_its_parcels() {
        for (fulfillment, parcel, status) in [
            ("UNSHIPPED", "PENDING", OrderStatus::Open),
            ("PENDING", "", OrderStatus::Open),
            ("PARTIALLY_SHIPPED", "SHIPPED", OrderStatus::PartlyShipped),
            ("SHIPPED", "DELIVERED", OrderStatus::Delivered),
            ("SHIPPED", "UNDELIVERABLE", OrderStatus::Shipped),
            ("CANCELLED", "", OrderStatus::Cancelled),
            ("A_WORD_OF_LATER", "", OrderStatus::Open),
        ] {
            let order = read(&answer(fulfillment, parcel)).unwrap();
            assert_eq!(order.status, status, "{fulfillment} {parcel}");
            assert_eq!(order.lines[0].current, if status == OrderStatus::Cancelled { 0 } else { 2 });
        }
    }

    #[test]
    fn without_a_total_it_is_what_its_items_cost_and_without_a_price_it_is_none() {
        let mut bare = answer("PENDING", "");
        bare["order"]["proceeds"] = Value::Null;
        assert_eq!(read(&bare).unwrap().total.decimal(), "35.90");
        bare["order"]["orderItems"] = json!([{ "orderItemId": "1", "quantityOrdered": 1 }]);
        assert_eq!(read(&bare), None);
        for odd in [json!(null), json!({}), json!({ "order": [] }), json!({ "order": { "orderId": "1" } })] {
            assert_eq!(read(&odd), None, "{odd}");
        }
    }
}
