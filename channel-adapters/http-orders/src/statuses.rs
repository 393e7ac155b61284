//! The shop's words for states, and what a word that we do not know may safely mean; pure.

use channel_contract::orders::{LineItem, OrderStatus, ReturnStatus, Shipment, ShipmentStatus};

use crate::convert::Warnings;

/// A status that we do not know is derived from what was shipped, so that nothing is claimed that did not happen.
pub(crate) fn order_status(
    name: &str,
    lines: &[LineItem],
    parcels: &[Shipment],
    warnings: &mut Warnings,
) -> OrderStatus {
    match name {
        "open" => return OrderStatus::Open,
        "partly_shipped" => return OrderStatus::PartlyShipped,
        "shipped" => return OrderStatus::Shipped,
        "delivered" => return OrderStatus::Delivered,
        "cancelled" => return OrderStatus::Cancelled,
        _ => warnings.note("the order's status is not one of the documented ones"),
    }
    let all_left = !lines.is_empty() && lines.iter().all(|line| line.fulfilled >= line.current);
    let some_left = lines.iter().any(|line| line.fulfilled > 0)
        || parcels.iter().any(|parcel| parcel.status != ShipmentStatus::Packed);
    let all_arrived = !parcels.is_empty() && parcels.iter().all(|parcel| parcel.status == ShipmentStatus::Delivered);
    match (all_left && some_left, some_left) {
        (true, _) if all_arrived => OrderStatus::Delivered,
        (true, _) => OrderStatus::Shipped,
        (false, true) => OrderStatus::PartlyShipped,
        (false, false) => OrderStatus::Open,
    }
}

/// A status that we do not know is derived from the times: never trouble, never an arrival that was not reported.
pub(crate) fn shipment_status(name: &str, shipped: bool, delivered: bool, warnings: &mut Warnings) -> ShipmentStatus {
    match name {
        "packed" => ShipmentStatus::Packed,
        "in_transit" => ShipmentStatus::InTransit,
        "out_for_delivery" => ShipmentStatus::OutForDelivery,
        "attempt_failed" => ShipmentStatus::AttemptFailed,
        "available_for_pickup" => ShipmentStatus::AvailableForPickup,
        "delivered" => ShipmentStatus::Delivered,
        "returning" => ShipmentStatus::Returning,
        "exception" => ShipmentStatus::Exception,
        _ => {
            warnings.note("a parcel's status is not one of the documented ones");
            match (delivered, shipped) {
                (true, _) => ShipmentStatus::Delivered,
                (false, true) => ShipmentStatus::InTransit,
                (false, false) => ShipmentStatus::Packed,
            }
        }
    }
}

/// A status that we do not know means: not back yet, so no money is due for it.
pub(crate) fn return_status(name: &str, warnings: &mut Warnings) -> ReturnStatus {
    match name {
        "open" => ReturnStatus::Open,
        "in_transit" => ReturnStatus::InTransit,
        "received" => ReturnStatus::Received,
        "closed" => ReturnStatus::Closed,
        _ => {
            warnings.note("a return's status is not one of the documented ones");
            ReturnStatus::Open
        }
    }
}
