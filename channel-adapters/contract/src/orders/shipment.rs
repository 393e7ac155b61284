//! Parcels on their way.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::order::LineQuantity;
use crate::tracking::ParcelNews;

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

/// From whom, beside the shop, it is known how a parcel is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The tracking provider.
    pub by: String,
    /// When it said so.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who reckons when it comes, `""` if unknown or the shop alone does.
    pub estimated_by: String,
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
    /// From whom this is known, where that is not the shop alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Heard>,
}

impl Shipment {
    /// Late means: it is now later than what was promised, and it has not arrived.
    pub fn is_late(&self, now: OffsetDateTime) -> bool {
        !self.has_arrived() && self.promised.is_some_and(|window| now > window.to)
    }

    /// Whether it was handed over.
    pub fn has_arrived(&self) -> bool {
        self.delivered_at.is_some() || self.status == ShipmentStatus::Delivered
    }

    /// Lays what the carrier says over what the shop says. What was promised stays the shop's word, and what has arrived is
    /// not on its way again: the one who knows it first is believed.
    pub fn hear(&mut self, news: &ParcelNews, by: &str, at: OffsetDateTime) {
        use ShipmentStatus::{Delivered, InTransit, OutForDelivery, Packed};
        match news.status {
            Some(Delivered) => {
                self.status = Delivered;
                self.delivered_at = news.delivered_at.or(self.delivered_at);
            }
            Some(Packed | InTransit | OutForDelivery) if self.has_arrived() => {}
            Some(status) => {
                self.status = status;
                self.delivered_at = None;
            }
            None => {}
        }
        let mut estimated_by = "";
        if news.estimated.is_some() {
            self.estimated = news.estimated;
            estimated_by = &news.estimated_by;
        }
        if !news.events.is_empty() {
            self.events.clone_from(&news.events);
        }
        self.heard = Some(Heard { by: by.to_owned(), at, estimated_by: estimated_by.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn parcel(status: ShipmentStatus) -> Shipment {
        Shipment {
            id: "s1".to_owned(),
            carrier: "DHL".to_owned(),
            tracking_number: "0034".to_owned(),
            tracking_url: String::new(),
            status,
            shipped_at: None,
            promised: Some(Window { from: datetime!(2026-11-19 08:00 UTC), to: datetime!(2026-11-20 20:00 UTC) }),
            estimated: None,
            delivered_at: (status == ShipmentStatus::Delivered).then_some(datetime!(2026-11-20 11:00 UTC)),
            lines: Vec::new(),
            events: Vec::new(),
            heard: None,
        }
    }

    fn news(status: Option<ShipmentStatus>) -> ParcelNews {
        ParcelNews { number: "0034".to_owned(), status, ..ParcelNews::default() }
    }

    const NOW: OffsetDateTime = datetime!(2026-11-21 09:00 UTC);

    #[test]
    fn the_carrier_is_believed_and_the_promise_stays_the_shops() {
        let mut parcel = parcel(ShipmentStatus::Packed);
        let promised = parcel.promised;
        let expected = Window { from: NOW, to: datetime!(2026-11-23 20:00 UTC) };
        let scan = TrackingEvent { at: NOW, text: "In the depot".to_owned(), place: "Hamburg".to_owned() };
        let told = ParcelNews {
            estimated: Some(expected),
            estimated_by: "the carrier".to_owned(),
            events: vec![scan.clone()],
            ..news(Some(ShipmentStatus::InTransit))
        };
        parcel.hear(&told, "AfterShip", NOW);
        assert_eq!((parcel.status, parcel.promised), (ShipmentStatus::InTransit, promised));
        assert_eq!((parcel.estimated, &parcel.events), (Some(expected), &vec![scan]));
        assert!(parcel.is_late(NOW), "late is later than what was promised, whatever is reckoned by now");
        let heard = parcel.heard.clone().unwrap();
        assert_eq!((heard.by.as_str(), heard.at, heard.estimated_by.as_str()), ("AfterShip", NOW, "the carrier"));

        // Who knows nothing takes nothing away.
        let before = parcel.clone();
        parcel.hear(&news(None), "AfterShip", NOW);
        assert_eq!((parcel.status, parcel.estimated, parcel.events.len()), (before.status, before.estimated, 1));
    }

    #[test]
    fn what_has_arrived_is_not_on_its_way_again() {
        let mut arrived = parcel(ShipmentStatus::Delivered);
        let at = arrived.delivered_at;
        arrived.hear(&news(Some(ShipmentStatus::InTransit)), "AfterShip", NOW);
        assert_eq!((arrived.status, arrived.delivered_at), (ShipmentStatus::Delivered, at));
        arrived.hear(&news(Some(ShipmentStatus::Returning)), "AfterShip", NOW);
        assert_eq!((arrived.status, arrived.delivered_at), (ShipmentStatus::Returning, None));
        let late = ParcelNews { delivered_at: Some(NOW), ..news(Some(ShipmentStatus::Delivered)) };
        let mut under_way = parcel(ShipmentStatus::OutForDelivery);
        under_way.hear(&late, "AfterShip", NOW);
        assert!(under_way.has_arrived() && !under_way.is_late(NOW));
        assert_eq!(under_way.delivered_at, Some(NOW));
    }
}
