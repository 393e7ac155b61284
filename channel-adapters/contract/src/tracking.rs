//! What carriers say of parcels, as tracking providers pass it on, and the trait that a connected provider implements.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::channel::WebhookRequest;
use crate::failure::VerifyError;
use crate::orders::{OrderFailure, ShipmentStatus, TrackingEvent, Window};

/// A parcel to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The tracking number, as [`plain_number`] writes it.
    pub number: String,
    /// The carrier as the shop calls it, `""` if unknown: a hint.
    pub carrier: String,
}

/// A tracking number in the one form in which numbers are compared: without spaces, in capitals.
pub fn plain_number(number: &str) -> String {
    number.chars().filter(|sign| !sign.is_whitespace()).collect::<String>().to_uppercase()
}

/// What a carrier says of a parcel by now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelNews {
    /// The tracking number, as [`plain_number`] writes it.
    pub number: String,
    /// How the parcel is doing; `None` while the carrier knows nothing of it.
    pub status: Option<ShipmentStatus>,
    /// When it should come.
    pub estimated: Option<Window>,
    /// Who reckons so: `the carrier`, `AfterShip`; `""` if unknown.
    pub estimated_by: String,
    /// When it arrived.
    #[serde(with = "time::serde::rfc3339::option", default)]
    pub delivered_at: Option<OffsetDateTime>,
    /// Scans, oldest first.
    pub events: Vec<TrackingEvent>,
}

impl ParcelNews {
    /// Whether the carrier has seen the parcel since it said `before`.
    pub fn is_scanned_since(&self, before: &Self) -> bool {
        self.status != before.status || self.events.last() != before.events.last()
    }
}

/// A parcel that a provider does not follow, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedParcel {
    /// The tracking number.
    pub number: String,
    /// What the provider has against it, for a person to read.
    pub reason: String,
}

/// How fast a provider may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// For how many parcels at once; 1 or more.
    pub at_once: usize,
    /// How long between two calls.
    pub pause: Duration,
}

/// A connected tracking provider.
#[async_trait]
pub trait ParcelTracker: Send + Sync {
    /// How fast it may be asked: [`Self::register`] and [`Self::read`] are each one call for so many parcels.
    fn pace(&self) -> Pace;

    /// Asks the provider to follow parcels, and gives those that it does not take. One that it follows already is taken.
    async fn register(&self, parcels: &[Parcel]) -> Result<Vec<RefusedParcel>, OrderFailure>;

    /// Reads parcels that were registered. One that the provider does not follow is left out.
    async fn read(&self, parcels: &[Parcel]) -> Result<Vec<ParcelNews>, OrderFailure>;

    /// Checks that a webhook request really comes from the provider (constant time, over the raw bytes), and gives the
    /// numbers of the parcels that it is about. It is only a hint to read them: nothing in it is taken for a fact.
    fn verify(&self, request: &WebhookRequest) -> Result<Vec<String>, VerifyError>;

    /// Tries the connection.
    async fn check(&self) -> Result<(), OrderFailure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_in_one_form() {
        assert_eq!(plain_number(" rr 123 456 785de\n"), "RR123456785DE");
    }

    #[test]
    fn a_scan_is_a_new_status_or_a_new_event() {
        let scan =
            |text: &str| TrackingEvent { at: OffsetDateTime::UNIX_EPOCH, text: text.to_owned(), place: String::new() };
        let before = ParcelNews { events: vec![scan("In the depot")], ..ParcelNews::default() };
        assert!(!before.clone().is_scanned_since(&before));
        let expected = ParcelNews { estimated_by: "the carrier".to_owned(), ..before.clone() };
        assert!(!expected.is_scanned_since(&before), "a day that is reckoned anew is no scan");
        let moved = ParcelNews { status: Some(ShipmentStatus::InTransit), ..before.clone() };
        let seen = ParcelNews { events: vec![scan("In the depot"), scan("In the van")], ..before.clone() };
        assert!(moved.is_scanned_since(&before) && seen.is_scanned_since(&before));
    }
}
