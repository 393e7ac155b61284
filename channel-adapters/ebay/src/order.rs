//! An order of eBay's Fulfillment API as an order of the desk. Pure; what is missing spoils nothing beside it, but an order
//! without a day or without a currency is none that could be shown.

use channel_contract::Order;
use channel_contract::money::{Currency, Money};
use channel_contract::orders::{
    Address, Buyer, LineItem, LineQuantity, OrderStatus, Payment, Refund, Shipment, ShipmentStatus, Window,
};
use channel_contract::wire::{amount, count, list, text};
use serde_json::Value;

use crate::wire::{moment, person};

/// The most characters that a number has, which goes into an address.
const LONGEST: usize = 60;

/// Whether a number is written as eBay writes them.
pub(crate) fn is_number(number: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'!');
    (1..=LONGEST).contains(&number.len()) && number.contains('-') && number.bytes().all(fits)
}

/// An order with its parcels, each as eBay answers it.
pub(crate) fn read(order: &Value, parcels: &Value) -> Option<Order> {
    let number = Some(text(order, &["orderId"])).filter(|number| !number.is_empty())?;
    let placed_at = moment(order, &["creationDate"])?;
    let prices = order.get("pricingSummary").unwrap_or(&Value::Null);
    let items: Vec<&Value> = list(order, "lineItems").iter().filter(|item| item.is_object()).collect();
    let costs = items.iter().filter_map(|item| item.get("lineItemCost"));
    let currency = prices.get("total").into_iter().chain(costs).find_map(currency_of)?;
    let status = status(order);
    let lines: Vec<LineItem> =
        items.iter().map(|item| line(item, currency, status == OrderStatus::Cancelled)).collect();
    let shipping_price = money(prices, "deliveryCost", currency).unwrap_or(Money::zero(currency));
    let paid = order.get("paymentSummary").unwrap_or(&Value::Null);
    let step = list(order, "fulfillmentStartInstructions").first().unwrap_or(&Value::Null);
    let ship_to = step.pointer("/shippingStep/shipTo").unwrap_or(&Value::Null);
    let total = money(prices, "total", currency).or_else(|| LineItem::total(&lines, shipping_price))?;
    let promised =
        window(step).or_else(|| items.iter().find_map(|item| window(item.get("lineItemFulfillmentInstructions")?)));
    Some(Order {
        id: number.clone(),
        number,
        status,
        placed_at,
        updated_at: moment(order, &["lastModifiedDate"]).unwrap_or(placed_at),
        buyer: buyer(order, ship_to),
        shipping_address: address(ship_to),
        lines,
        shipping_price,
        total,
        payments: list(paid, "payments").iter().filter_map(|payment| payment_of(payment, currency)).collect(),
        refunds: list(paid, "refunds").iter().filter_map(|refund| refund_of(refund, currency)).collect(),
        shipments: list(parcels, "fulfillments").iter().filter_map(|parcel| shipment(parcel, promised)).collect(),
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: Vec::new(),
    })
}

fn currency_of(money: &Value) -> Option<Currency> {
    text(money, &["currency"]).parse().ok()
}

/// An amount under a name, if it is of this currency.
fn money(value: &Value, name: &str, currency: Currency) -> Option<Money> {
    let found = value.get(name)?;
    currency_of(found).filter(|known| *known == currency).and_then(|_| amount(found, "value", currency))
}

fn status(order: &Value) -> OrderStatus {
    let cancelled = order.get("cancelStatus").map(|status| text(status, &["cancelState"])).unwrap_or_default();
    match text(order, &["orderFulfillmentStatus"]).as_str() {
        _ if cancelled == "CANCELED" => OrderStatus::Cancelled,
        "FULFILLED" => OrderStatus::Shipped,
        "IN_PROGRESS" => OrderStatus::PartlyShipped,
        _ => OrderStatus::Open,
    }
}

fn line(item: &Value, currency: Currency, is_cancelled: bool) -> LineItem {
    let ordered = count(item, "quantity");
    // eBay tells what all pieces of a line cost.
    let one =
        money(item, "lineItemCost", currency).map(|all| all.minor.checked_div(ordered.into()).unwrap_or(all.minor));
    let aspects = list(item, "variationAspects").iter().map(|aspect| text(aspect, &["value"]));
    let is_sent = text(item, &["lineItemFulfillmentStatus"]) == "FULFILLED";
    LineItem {
        id: text(item, &["lineItemId"]),
        sku: text(item, &["sku", "legacyItemId"]),
        title: text(item, &["title"]),
        variant: aspects.filter(|aspect| !aspect.is_empty()).collect::<Vec<_>>().join(", "),
        ordered,
        current: if is_cancelled { 0 } else { ordered },
        fulfilled: if is_sent { ordered } else { 0 },
        unit_price: Money::new(one.unwrap_or_default(), currency),
    }
}

/// Their address and number at eBay lead past it, so they are left there.
fn buyer(order: &Value, ship_to: &Value) -> Buyer {
    let id = order.get("buyer").map(|buyer| person(buyer, &["username"])).unwrap_or_default();
    Buyer { id, name: text(ship_to, &["fullName"]), ..Buyer::default() }
}

fn address(ship_to: &Value) -> Address {
    let place = ship_to.get("contactAddress").unwrap_or(&Value::Null);
    Address {
        name: text(ship_to, &["fullName"]),
        line1: text(place, &["addressLine1"]),
        line2: text(place, &["addressLine2"]),
        postal_code: text(place, &["postalCode"]),
        city: text(place, &["city"]),
        region: text(place, &["stateOrProvince"]),
        country: text(place, &["countryCode"]),
    }
}

/// By when it should arrive.
fn window(instructions: &Value) -> Option<Window> {
    let to = moment(instructions, &["maxEstimatedDeliveryDate"])?;
    Some(Window { from: moment(instructions, &["minEstimatedDeliveryDate"]).unwrap_or(to), to })
}

fn payment_of(payment: &Value, currency: Currency) -> Option<Payment> {
    Some(Payment {
        id: text(payment, &["paymentReferenceId"]),
        method: text(payment, &["paymentMethod"]).to_lowercase().replace('_', " "),
        amount: money(payment, "amount", currency)?,
        at: moment(payment, &["paymentDate"])?,
    })
}

fn refund_of(refund: &Value, currency: Currency) -> Option<Refund> {
    Some(Refund {
        id: text(refund, &["refundId", "refundReferenceId"]),
        amount: money(refund, "amount", currency)?,
        method: String::new(),
        reason: String::new(),
        at: moment(refund, &["refundDate"])?,
    })
}

/// A parcel. eBay says that it left, and not how it is doing.
fn shipment(parcel: &Value, promised: Option<Window>) -> Option<Shipment> {
    let id = Some(text(parcel, &["fulfillmentId"])).filter(|id| !id.is_empty())?;
    let within = |inside: &Value| {
        let (line_id, quantity) = (text(inside, &["lineItemId"]), count(inside, "quantity"));
        (!line_id.is_empty()).then_some(LineQuantity { line_id, quantity })
    };
    Some(Shipment {
        id,
        carrier: text(parcel, &["shippingCarrierCode"]),
        tracking_number: text(parcel, &["shipmentTrackingNumber"]),
        tracking_url: String::new(),
        status: ShipmentStatus::InTransit,
        shipped_at: moment(parcel, &["shippedDate"]),
        promised,
        estimated: None,
        delivered_at: None,
        lines: list(parcel, "lineItems").iter().filter_map(within).collect(),
        events: Vec::new(),
        heard: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn eur(value: &str) -> Value {
        json!({ "value": value, "currency": "EUR" })
    }

    fn order() -> Value {
        json!({
            "orderId": "12-00001-00077", "creationDate": "2026-11-20T10:00:00.000Z",
            "lastModifiedDate": "2026-11-21T10:00:00.000Z", "orderFulfillmentStatus": "FULFILLED",
            "buyer": { "username": "ann_b" },
            "pricingSummary": { "total": eur("29.90"), "deliveryCost": eur("4.90") },
            "paymentSummary": {
                "payments": [{ "paymentMethod": "CREDIT_CARD", "paymentReferenceId": "P1", "amount": eur("29.90"),
                    "paymentDate": "2026-11-20T10:01:00.000Z" }, { "paymentMethod": "EBAY" }],
                "refunds": [{ "refundId": "R1", "amount": eur("5.00"), "refundDate": "2026-11-22T10:00:00.000Z" }],
            },
            "fulfillmentStartInstructions": [{ "maxEstimatedDeliveryDate": "2026-11-25T00:00:00.000Z",
                "shippingStep": { "shipTo": { "fullName": "Ann Berg", "contactAddress": { "addressLine1": "Weg 1",
                    "city": "Kiel", "postalCode": "24103", "countryCode": "DE" } } } }],
            "lineItems": [{ "lineItemId": "1", "sku": "CUP", "title": "Stoneware cup", "quantity": 2,
                "lineItemCost": eur("25.00"), "lineItemFulfillmentStatus": "FULFILLED",
                "variationAspects": [{ "name": "Colour", "value": "Blue" }, null] }, 5],
        })
    }

    #[test]
    fn an_order_is_read_with_its_parcels_and_money() {
        let parcels = json!({ "fulfillments": [{ "fulfillmentId": "9", "shipmentTrackingNumber": "0034",
            "shippingCarrierCode": "DHL", "shippedDate": "2026-11-21T10:00:00.000Z",
            "lineItems": [{ "lineItemId": "1", "quantity": 2 }] }, {}] });
        let found = read(&order(), &parcels).unwrap();
        assert_eq!((found.number.as_str(), found.status), ("12-00001-00077", OrderStatus::Shipped));
        assert_eq!((found.total.decimal().as_str(), found.shipping_price.decimal().as_str()), ("29.90", "4.90"));
        let [line] = found.lines.as_slice() else { panic!("what is no line is none") };
        assert_eq!((line.unit_price.decimal().as_str(), line.variant.as_str(), line.fulfilled), ("12.50", "Blue", 2));
        assert_eq!((found.payments.len(), found.payments[0].method.as_str()), (1, "credit card"));
        assert_eq!(found.refunded().decimal(), "5.00");
        let [parcel] = found.shipments.as_slice() else { panic!("what is no parcel is none") };
        assert_eq!((parcel.tracking_number.as_str(), parcel.promised.is_some()), ("0034", true));
        assert_eq!((found.buyer.id.as_str(), found.buyer.email.as_str()), ("ann_b", ""));
        assert_eq!((found.shipping_address.city.as_str(), found.shipping_address.country.as_str()), ("Kiel", "DE"));
        assert!(found.actions.is_empty());
    }

    #[test]
    fn what_says_too_little_is_none() {
        let with = |name: &str, value: Value| {
            let mut changed = order();
            changed[name] = value;
            read(&changed, &Value::Null)
        };
        assert_eq!(with("cancelStatus", json!({ "cancelState": "CANCELED" })).unwrap().lines[0].current, 0);
        assert_eq!(with("orderFulfillmentStatus", json!("IN_PROGRESS")).unwrap().status, OrderStatus::PartlyShipped);
        assert_eq!(with("pricingSummary", json!({})).unwrap().total.decimal(), "25.00", "its lines");
        assert_eq!(with("creationDate", json!(null)), None);
        assert_eq!(with("orderId", json!("")), None);
        let mut free = order();
        free["pricingSummary"] = Value::Null;
        free["lineItems"] = json!([{ "lineItemId": "1", "quantity": 1 }]);
        assert_eq!(read(&free, &Value::Null), None);
        assert_eq!(read(&Value::Null, &Value::Null), None);
    }

    #[test]
    fn numbers_of_ebay_are_told_from_others() {
        assert!(is_number("12-00001-00077") && is_number("110136274391-9001"));
        for other in ["", "FJ-20417", "20417", "12-1/..", "12-1?x=1", &"1-".repeat(40)] {
            assert!(!is_number(other), "{other}");
        }
    }
}
