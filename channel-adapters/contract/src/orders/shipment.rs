//! Parcels on their way.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::order::LineQuantity;

/// How a parcel is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    /// Being packed.
    Packed,
    /// With the carrier.
    InTransit,
    /// In the van.
    OutForDelivery,
    /// Nobody was there.
    AttemptFailed,
    /// Waits at a pick-up point.
    AvailableForPickup,
    /// Arrived.
    Delivered,
    /// Comes back to the shop.
    Returning,
    /// The carrier reports trouble or a loss.
    Exception,
}

/// From when until when something should happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The earliest moment.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// The latest moment.
    #[serde(with = "time::serde::rfc3339")]
    pub to: OffsetDateTime,
}

/// A carrier's scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingEvent {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The carrier's words.
    pub text: String,
    /// Where, `""` if unknown.
    pub place: String,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// The shop's id.
    pub id: String,
    /// The carrier's name.
    pub carrier: String,
    /// The tracking number, `""` before there is one.
    pub tracking_number: String,
    /// Where the carrier shows the parcel, `""` if nowhere.
    pub tracking_url: String,
    /// How it is doing.
    pub status: ShipmentStatus,
    /// When it left.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub shipped_at: Option<OffsetDateTime>,
    /// What the buyer was promised.
    #[serde(default)]
    pub promised: Option<Window>,
    /// What the carrier thinks now.
    #[serde(default)]
    pub estimated: Option<Window>,
    /// When it arrived.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub delivered_at: Option<OffsetDateTime>,
    /// What is in it.
    pub lines: Vec<LineQuantity>,
    /// Scans, oldest first.
    pub events: Vec<TrackingEvent>,
}

impl Shipment {
    /// Late means: it is now later than what was promised, and it has not arrived.
    pub fn is_late(&self, now: OffsetDateTime) -> bool {
        let has_arrived = self.delivered_at.is_some() || self.status == ShipmentStatus::Delivered;
        !has_arrived && self.promised.is_some_and(|window| now > window.to)
    }
}
