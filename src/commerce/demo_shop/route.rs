//! What a parcel goes through from the warehouse in Hamburg to the customer's door.

use channel_contract::orders::{LineQuantity, ShipmentStatus};

use super::progress::hours;
use crate::model::Ts;
use crate::store::demo_shop::{Scan, ShipmentPlan};

const WAREHOUSE: &str = "Hamburg";

/// How a parcel fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives,
    /// Arrives so many hours after it was promised; the carrier gives no date.
    Late(u64),
    Lost,
    /// Nobody was at home; it is fetched from the pick-up point.
    Collected,
    /// Nobody was at home and nobody fetched it.
    GoesBack,
}

/// A parcel being planned.
#[derive(Clone, Debug)]
pub(super) struct Route {
    carrier: &'static str,
    city: String,
    lines: Vec<LineQuantity>,
    left: Ts,
    promised_to: Ts,
    fate: Fate,
}

impl Route {
    /// A parcel to a town.
    pub(super) fn new(carrier: &'static str, city: &str, lines: Vec<LineQuantity>) -> Self {
        Self { carrier, city: city.to_owned(), lines, left: Ts(0), promised_to: Ts(0), fate: Fate::Arrives }
    }

    /// When it leaves, and how many hours later it was promised to arrive at the latest.
    #[must_use]
    pub(super) fn leaving(self, left: Ts, within: u64) -> Self {
        Self { left, promised_to: left.plus(hours(within)), ..self }
    }

    /// It arrives so many hours too late.
    #[must_use]
    pub(super) fn late_by(self, late: u64) -> Self {
        Self { fate: Fate::Late(late), ..self }
    }

    /// It is never seen again.
    #[must_use]
    pub(super) fn lost(self) -> Self {
        Self { fate: Fate::Lost, ..self }
    }

    /// It waits at a pick-up point from when it was promised, and is fetched three days later.
    #[must_use]
    pub(super) fn collected(self) -> Self {
        Self { fate: Fate::Collected, ..self }
    }

    /// It waits at a pick-up point from when it was promised, and goes back a week later.
    #[must_use]
    pub(super) fn goes_back(self) -> Self {
        Self { fate: Fate::GoesBack, ..self }
    }

    /// Everything that it will go through.
    pub(super) fn plan(self) -> ShipmentPlan {
        let promised = (self.promised_to.minus(hours(34)).max(self.left), self.promised_to);
        let mut scans = self.start();
        match self.fate {
            Fate::Arrives => scans.extend(self.arrival(self.promised_to.minus(hours(4)))),
            Fate::Late(late) => scans.extend(self.arrival(self.promised_to.plus(hours(late)))),
            Fate::Lost => scans.push(scan(
                self.promised_to.plus(hours(60)),
                ShipmentStatus::Exception,
                "No scan for several days, a search was started",
                hub(self.carrier),
            )),
            Fate::Collected => {
                scans.extend(self.missed());
                let at = self.promised_to.plus(hours(72));
                scans.push(scan(at, ShipmentStatus::Delivered, "Collected by the recipient", &self.city));
            }
            Fate::GoesBack => {
                scans.extend(self.missed());
                let at = self.promised_to.plus(hours(168));
                scans.push(scan(at, ShipmentStatus::Returning, "Not collected, goes back to the sender", &self.city));
            }
        }
        scans.sort_by_key(|scan| scan.at);
        ShipmentPlan { carrier: self.carrier.to_owned(), promised, lines: self.lines, scans }
    }

    fn start(&self) -> Vec<Scan> {
        let moving = ShipmentStatus::InTransit;
        let way = self.promised_to.since(self.left);
        let picked_up = scan(self.left, moving, "Picked up from the sender", WAREHOUSE);
        // A carrier that loses or delays a parcel is not the one that names a day.
        let names_a_day = self.fate == Fate::Arrives;
        let estimate = names_a_day.then(|| (self.promised_to.minus(hours(8)), self.promised_to));
        vec![
            scan(self.left.minus(hours(5)), ShipmentStatus::Packed, "Parcel announced", WAREHOUSE),
            Scan { estimate, ..picked_up },
            scan(self.left.plus(way / 8), moving, "Left the parcel centre", WAREHOUSE),
            scan(self.left.plus(way / 3), moving, "Sorted", hub(self.carrier)),
        ]
    }

    fn arrival(&self, at: Ts) -> Vec<Scan> {
        vec![
            scan(at.minus(hours(9)), ShipmentStatus::InTransit, "Arrived at the depot", &self.city),
            scan(at.minus(hours(4)), ShipmentStatus::OutForDelivery, "Out for delivery", &self.city),
            scan(at, ShipmentStatus::Delivered, "Delivered to the recipient", &self.city),
        ]
    }

    fn missed(&self) -> Vec<Scan> {
        let (tried, city) = (self.promised_to.minus(hours(6)), self.city.as_str());
        vec![
            scan(tried.minus(hours(5)), ShipmentStatus::OutForDelivery, "Out for delivery", city),
            scan(tried, ShipmentStatus::AttemptFailed, "Nobody was at home", city),
            scan(self.promised_to, ShipmentStatus::AvailableForPickup, "Waits at the pick-up point", city),
        ]
    }
}

fn scan(at: Ts, status: ShipmentStatus, text: &str, place: &str) -> Scan {
    Scan { at, status, text: text.to_owned(), place: place.to_owned(), estimate: None }
}

/// Who carries parcels to a country.
pub(super) fn carrier_for(country: &str) -> &'static str {
    match country {
        "SE" | "DK" | "NO" | "FI" => "PostNord",
        "FR" => "Colissimo",
        "IT" => "Poste Italiane",
        "ES" | "PT" => "Correos",
        "PL" => "InPost",
        "GB" | "IE" => "DPD",
        _ => "DHL",
    }
}

/// A tracking number in the carrier's style.
pub(super) fn tracking_number(carrier: &str, serial: i64, parcel: u32) -> String {
    match carrier {
        "DHL" => format!("0034043{serial:09}{parcel:04}"),
        "PostNord" => format!("PN{serial:08}{parcel}SE"),
        "Colissimo" => format!("6A{serial:09}{parcel:02}"),
        "Poste Italiane" => format!("PI{serial:09}{parcel}IT"),
        "Correos" => format!("PQ4F6P{serial:011}{parcel:03}P"),
        "InPost" => format!("6{serial:020}{parcel:03}"),
        _ => format!("1550{serial:08}{parcel:02}"),
    }
}

fn hub(carrier: &str) -> &'static str {
    match carrier {
        "PostNord" => "Malmö",
        "Colissimo" => "Roissy",
        "Poste Italiane" => "Piacenza",
        "Correos" => "Zaragoza",
        "InPost" => "Łódź",
        "DPD" => "Hinckley",
        _ => "Staufenberg",
    }
}
