//! What was sent and what comes back; pure. A status that we do not know never claims an arrival that was not reported.

use channel_contract::orders::{LineQuantity, Return, ReturnStatus, Shipment, ShipmentStatus, TrackingEvent, Window};
use channel_contract::wire::{count, list, text};
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use crate::convert::{Warnings, utc};
use crate::mark;
use crate::wire::{at, nodes, number_in, word};

/// Parcels, oldest first. One that was called off is none.
pub(crate) fn shipments(order: &Value, warnings: &mut Warnings) -> Vec<Shipment> {
    let found = list(order, "fulfillments").iter().filter(|parcel| stands(parcel));
    let mut parcels: Vec<Shipment> = found.map(|parcel| shipment(parcel, warnings)).collect();
    parcels.sort_by_key(|parcel| parcel.shipped_at);
    parcels
}

/// Whether a fulfilment was neither called off nor failed.
pub(crate) fn stands(parcel: &Value) -> bool {
    parcel.is_object() && !matches!(text(parcel, &["status"]).as_str(), "CANCELLED" | "ERROR" | "FAILURE")
}

fn shipment(parcel: &Value, warnings: &mut Warnings) -> Shipment {
    let tracking = list(parcel, "trackingInfo").first().unwrap_or(&Value::Null);
    let delivered_at = utc(parcel, &["deliveredAt"]);
    let shipped_at = utc(parcel, &["createdAt"]);
    let orders = nodes(parcel, "fulfillmentOrders");
    let lines = nodes(parcel, "fulfillmentLineItems").into_iter().map(|line| LineQuantity {
        line_id: number_in(&word(line, &["lineItem", "id"])).to_owned(),
        quantity: count(line, "quantity"),
    });
    let mut events: Vec<TrackingEvent> = nodes(parcel, "events").into_iter().filter_map(scan).collect();
    events.sort_by_key(|event| event.at);
    Shipment {
        id: number_in(&word(parcel, &["id"])).to_owned(),
        carrier: word(tracking, &["company"]),
        tracking_number: word(tracking, &["number"]),
        tracking_url: web_address(&word(tracking, &["url"]), warnings),
        status: status(&text(parcel, &["displayStatus"]), delivered_at.is_some(), warnings),
        shipped_at,
        promised: orders.into_iter().find_map(promised),
        estimated: utc(parcel, &["estimatedDeliveryAt"]).map(|at| Window { from: at, to: at }),
        delivered_at,
        lines: lines.collect(),
        events,
        heard: None,
    }
}

fn promised(order: &Value) -> Option<Window> {
    let method = at(order, &["deliveryMethod"]);
    let to = utc(method, &["maxDeliveryDateTime"])?;
    Some(Window { from: utc(method, &["minDeliveryDateTime"]).unwrap_or(to).min(to), to })
}

/// A scan without a time says nothing that could be told.
fn scan(event: &Value) -> Option<TrackingEvent> {
    let words = word(event, &["message"]);
    let status = text(event, &["status"]).to_lowercase().replace('_', " ");
    let place = [word(event, &["city"]), word(event, &["country"])];
    let place: Vec<String> = place.into_iter().filter(|part| !part.is_empty()).collect();
    Some(TrackingEvent {
        at: utc(event, &["happenedAt"])?,
        text: if words.is_empty() { status } else { words },
        place: place.join(", "),
    })
}

fn status(name: &str, is_delivered: bool, warnings: &mut Warnings) -> ShipmentStatus {
    match name {
        "CONFIRMED" | "LABEL_PRINTED" | "LABEL_PURCHASED" | "LABEL_VOIDED" | "SUBMITTED" => ShipmentStatus::Packed,
        "CARRIER_PICKED_UP" | "DELAYED" | "FULFILLED" | "IN_TRANSIT" | "MARKED_AS_FULFILLED" => {
            ShipmentStatus::InTransit
        }
        "OUT_FOR_DELIVERY" => ShipmentStatus::OutForDelivery,
        "ATTEMPTED_DELIVERY" => ShipmentStatus::AttemptFailed,
        "READY_FOR_PICKUP" => ShipmentStatus::AvailableForPickup,
        "DELIVERED" | "PICKED_UP" => ShipmentStatus::Delivered,
        "FAILURE" | "NOT_DELIVERED" => ShipmentStatus::Exception,
        _ => {
            if !name.is_empty() {
                warnings.note("a parcel's status is not one of those that are known");
            }
            if is_delivered { ShipmentStatus::Delivered } else { ShipmentStatus::InTransit }
        }
    }
}

/// Returns, oldest first. One that was called off or declined is none.
pub(crate) fn returns(order: &Value, updated_at: OffsetDateTime, warnings: &mut Warnings) -> Vec<Return> {
    let found = nodes(order, "returns").into_iter().filter(|back| comes(back));
    let mut returns: Vec<Return> = found.map(|back| returned(back, updated_at, warnings)).collect();
    returns.sort_by_key(|back| back.opened_at);
    returns
}

/// Whether a return was neither called off nor declined.
pub(crate) fn comes(back: &Value) -> bool {
    !matches!(text(back, &["status"]).as_str(), "CANCELED" | "CANCELLED" | "DECLINED")
}

fn returned(back: &Value, updated_at: OffsetDateTime, warnings: &mut Warnings) -> Return {
    let lines = nodes(back, "returnLineItems");
    let notes = lines.iter().map(|line| text(line, &["returnReasonNote"]));
    let reason = notes.map(|note| mark::words(&note).to_owned()).find(|words| !words.is_empty());
    let deliveries: Vec<&Value> = nodes(back, "reverseFulfillmentOrders")
        .into_iter()
        .flat_map(|order| nodes(order, "reverseDeliveries"))
        .collect();
    let mut labels = deliveries.iter().map(|delivery| word(delivery, &["deliverable", "label", "publicFileUrl"]));
    let label = labels.find(|label| !label.is_empty()).unwrap_or_default();
    let status = match text(back, &["status"]).as_str() {
        "CLOSED" => ReturnStatus::Closed,
        "OPEN" | "REQUESTED" => ReturnStatus::Open,
        _ => {
            warnings.note("a return's status is not one of those that are known");
            ReturnStatus::Open
        }
    };
    Return {
        id: number_in(&word(back, &["id"])).to_owned(),
        status,
        lines: lines.iter().map(|line| quantity(line)).collect(),
        exchange: Vec::new(),
        reason: reason.unwrap_or_default(),
        label_url: web_address(&label, warnings),
        opened_at: utc(back, &["createdAt"]).unwrap_or(updated_at),
    }
}

fn quantity(line: &Value) -> LineQuantity {
    let line_id = number_in(&word(line, &["fulfillmentLineItem", "lineItem", "id"])).to_owned();
    LineQuantity { line_id, quantity: count(line, "quantity") }
}

/// A link goes to customers, so it is a web address or nothing.
fn web_address(written: &str, warnings: &mut Warnings) -> String {
    let is_web = Url::parse(written).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if !is_web && !written.is_empty() {
        warnings.note("a link is not a web address");
    }
    if is_web { written.to_owned() } else { String::new() }
}
