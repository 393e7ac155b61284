//! Parcels as plugins keep them beside an order: the core of the shop knows none. Pure.

use channel_contract::orders::{Shipment, ShipmentStatus};
use channel_contract::wire::{Items, Word, text};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::wire::meta;

/// Where Shipment Tracking and Advanced Shipment Tracking keep their parcels.
const TRACKING: &str = "_wc_shipment_tracking_items";
/// Where the carrier's words for them are kept, in the same order.
const STATES: &str = "shipment_status";
/// Where `AfterShip` keeps its parcels.
const AFTERSHIP: &str = "_aftership_tracking_items";

/// The parcels that are kept with an order. `was_sent` is said by its status.
pub(crate) fn read_parcels(kept: &Items, was_sent: bool) -> Vec<Shipment> {
    let states = members(&meta(kept, STATES).unwrap_or_default());
    let mut parcels = Vec::new();
    for (place, item) in members(&meta(kept, TRACKING).unwrap_or_default()).iter().enumerate() {
        parcels.extend(parcel(item, states.get(place), was_sent));
    }
    for item in members(&meta(kept, AFTERSHIP).unwrap_or_default()) {
        parcels.extend(parcel(&item, None, was_sent));
    }
    parcels.extend(single(kept).and_then(|item| parcel(&item, None, was_sent)));
    let mut known = Vec::new();
    parcels.retain(|parcel| {
        let is_new = !known.contains(&parcel.tracking_number);
        known.push(parcel.tracking_number.clone());
        is_new
    });
    parcels
}

/// One parcel whose parts are kept under keys of their own.
fn single(kept: &Items) -> Option<Value> {
    let word = |keys: &[&str]| {
        let mut found = keys.iter().filter_map(|key| meta(kept, key));
        found.find_map(|value| Some(text(&json!({ "it": value }), &["it"])).filter(|word| !word.is_empty()))
    };
    let number = word(&["_aftership_tracking_number", "ywot_tracking_code", "_tracking_number"])?;
    let carrier =
        word(&["_aftership_tracking_provider_name", "ywot_carrier_name", "ywot_carrier_id", "_tracking_provider"]);
    Some(json!({
        "tracking_number": number,
        "tracking_provider": carrier,
        "date_shipped": word(&["ywot_pick_up_date", "_date_shipped"])
    }))
}

/// What PHP writes as a list or, with gaps in it, as an object.
fn members(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(items) => items.values().cloned().collect(),
        _ => Vec::new(),
    }
}

/// One without a number tells nothing.
fn parcel(item: &Value, state: Option<&Value>, was_sent: bool) -> Option<Shipment> {
    let number = Some(text(item, &["tracking_number"]).trim().to_owned()).filter(|number| !number.is_empty())?;
    let shipped_at =
        Word::from(text(item, &["date_shipped"]).as_str()).moment().or_else(|| day(&text(item, &["date_shipped"])));
    let id = text(item, &["tracking_id"]);
    Some(Shipment {
        id: if id.is_empty() { number.clone() } else { id },
        carrier: text(item, &["formatted_tracking_provider", "custom_tracking_provider", "tracking_provider", "slug"]),
        tracking_url: link(&text(
            item,
            &["ast_tracking_link", "formatted_tracking_link", "custom_tracking_link", "tracking_link"],
        )),
        status: status(state, was_sent || shipped_at.is_some()),
        tracking_number: number,
        shipped_at,
        promised: None,
        estimated: None,
        delivered_at: None,
        lines: Vec::new(),
        events: Vec::new(),
        heard: None,
    })
}

/// A carrier's word that is not known never means trouble, nor an arrival that was not reported.
fn status(state: Option<&Value>, has_left: bool) -> ShipmentStatus {
    let word = state.map(|state| text(state, &["status"])).unwrap_or_default();
    match word.as_str() {
        "delivered" => ShipmentStatus::Delivered,
        "out_for_delivery" => ShipmentStatus::OutForDelivery,
        "available_for_pickup" => ShipmentStatus::AvailableForPickup,
        "return_to_sender" => ShipmentStatus::Returning,
        "failure" => ShipmentStatus::AttemptFailed,
        "exception" => ShipmentStatus::Exception,
        "in_transit" => ShipmentStatus::InTransit,
        "pre_transit" | "label_created" => ShipmentStatus::Packed,
        _ if has_left => ShipmentStatus::InTransit,
        _ => ShipmentStatus::Packed,
    }
}

/// A day, at its beginning.
fn day(written: &str) -> Option<OffsetDateTime> {
    Word::from(format!("{}T00:00:00Z", written.get(..10)?).as_str()).moment()
}

/// A link goes to customers, so it is a web address or nothing.
fn link(written: &str) -> String {
    let is_web = Url::parse(written).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if is_web { written.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use channel_contract::wire::items;

    use super::*;

    fn read(meta: &Value, was_sent: bool) -> Vec<Shipment> {
        read_parcels(&items(meta).unwrap(), was_sent)
    }

    #[test]
    fn parcels_of_well_known_plugins_are_read() {
        let kept = json!([
            { "key": "_other", "value": "x" },
            { "key": "_wc_shipment_tracking_items", "value": [
                { "tracking_provider": "dhl-germany", "formatted_tracking_provider": "DHL", "tracking_number": "00340",
                  "formatted_tracking_link": "https://dhl.example/00340", "date_shipped": "1795132800", "tracking_id": "a1" },
                { "tracking_provider": "", "custom_tracking_provider": "Bike", "tracking_number": "B-7",
                  "custom_tracking_link": "javascript:alert(1)", "date_shipped": "" },
                { "tracking_provider": "ups", "tracking_number": " " }
            ]},
            { "key": "shipment_status", "value": { "0": { "status": "delivered" }, "1": { "status": "flying" } } }
        ]);
        let parcels = read(&kept, false);
        assert_eq!(parcels.len(), 2);
        let (first, second) = (&parcels[0], &parcels[1]);
        assert_eq!((first.id.as_str(), first.carrier.as_str(), first.status), ("a1", "DHL", ShipmentStatus::Delivered));
        assert_eq!(first.tracking_url, "https://dhl.example/00340");
        assert_eq!(first.shipped_at.map(OffsetDateTime::unix_timestamp), Some(1_795_132_800));
        assert_eq!((second.id.as_str(), second.carrier.as_str()), ("B-7", "Bike"));
        assert_eq!((second.tracking_url.as_str(), second.status), ("", ShipmentStatus::Packed));
        assert_eq!(read(&kept, true)[1].status, ShipmentStatus::InTransit);
    }

    #[test]
    fn other_plugins_keep_them_elsewhere_and_the_same_one_is_one() {
        let kept = json!([
            { "key": "_aftership_tracking_items", "value": [{ "slug": "gls", "tracking_number": "G1" }] },
            { "key": "_aftership_tracking_number", "value": "G1" },
        ]);
        let parcels = read(&kept, true);
        assert_eq!(parcels.iter().map(|parcel| parcel.carrier.as_str()).collect::<Vec<_>>(), ["gls"]);
        let yith = json!([
            { "key": "ywot_tracking_code", "value": 4711 }, { "key": "ywot_carrier_name", "value": "Posten" },
            { "key": "ywot_pick_up_date", "value": "2026-11-20" }
        ]);
        let parcel = &read(&yith, false)[0];
        assert_eq!((parcel.tracking_number.as_str(), parcel.carrier.as_str()), ("4711", "Posten"));
        assert_eq!(parcel.shipped_at.map(OffsetDateTime::unix_timestamp), Some(1_795_132_800));
    }

    #[test]
    fn odd_values_are_no_parcels() {
        for value in [json!(null), json!("a:1:{}"), json!(7), json!([null, "x", 7, []]), json!({ "a": { "b": 1 } })] {
            assert!(read(&json!([{ "key": "_wc_shipment_tracking_items", "value": value }]), true).is_empty());
        }
    }
}
