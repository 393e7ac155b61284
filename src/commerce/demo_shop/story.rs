//! What becomes of an order, from the moment of seeding on.

use channel_contract::orders::{LineQuantity, ReturnStatus};

use super::progress::hours;
use super::route::Route;
use crate::model::Ts;
use crate::store::demo_shop::{ReturnPlan, ShipmentPlan};

/// What becomes of an order. All numbers are hours from the moment of seeding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// Not packed yet, or just packed.
    Waiting {
        /// When it will leave.
        leaves_in: u64,
    },
    /// On its way and in time.
    Moving {
        /// When it left.
        left_ago: u64,
        /// When it will arrive.
        arrives_in: u64,
    },
    /// In the van.
    OutNow {
        /// When it will arrive.
        arrives_in: u64,
    },
    /// Later than promised, and no date from the carrier.
    Late {
        /// When it should have been there.
        promised_ago: u64,
        /// When it will arrive, which nobody knows.
        arrives_in: u64,
    },
    /// The carrier has lost it.
    Lost {
        /// When the carrier said so.
        reported_ago: u64,
    },
    /// Waits at a pick-up point.
    AtPickup {
        /// Since when.
        since: u64,
    },
    /// Was not fetched and comes back.
    GoesBack {
        /// Since when.
        since: u64,
    },
    /// Arrived.
    Delivered {
        /// When.
        ago: u64,
    },
    /// Arrived, was sent back, and is in the shop again.
    Returned {
        /// When it came back.
        received_ago: u64,
        /// When the money was given back.
        refunded_ago: Option<u64>,
    },
    /// Cancelled, and the money given back.
    Cancelled {
        /// When.
        ago: u64,
    },
    /// In two parcels: the last line has just arrived, the others are late.
    SplitLate,
    /// In two parcels: the last line is on its way, the others wait.
    PartLeft {
        /// When the rest will leave.
        leaves_in: u64,
    },
}

/// How long parcels usually take, in hours.
const WAY: u64 = 62;

impl Story {
    /// The parcels of an order, each as a `Route` still to be finished by its plan.
    pub fn parcels(self, now: Ts, carrier: &'static str, city: &str, lines: &[LineQuantity]) -> Vec<ShipmentPlan> {
        let route = |lines: &[LineQuantity]| Route::new(carrier, city, lines.to_vec());
        let ago = |count: u64| now.minus(hours(count));
        let all = route(lines);
        let one = match self {
            Self::Waiting { leaves_in } => all.leaving(now.plus(hours(leaves_in)), WAY),
            // A parcel comes four hours before the end of the promised time.
            Self::Moving { left_ago, arrives_in } => all.leaving(ago(left_ago), left_ago + arrives_in + 4),
            Self::OutNow { arrives_in } => all.leaving(ago(WAY - 4 - arrives_in), WAY),
            Self::Late { promised_ago, arrives_in } => {
                all.leaving(ago(promised_ago + 44), 44).late_by(promised_ago + arrives_in)
            }
            Self::Lost { reported_ago } => all.leaving(ago(reported_ago + 60 + WAY), WAY).lost(),
            Self::AtPickup { since } => all.leaving(ago(since + WAY), WAY).collected(),
            Self::GoesBack { since } => all.leaving(ago(since + 168 + WAY), WAY).goes_back(),
            Self::Delivered { ago: arrived } => all.leaving(ago(arrived + WAY - 4), WAY),
            Self::Returned { received_ago, .. } => all.leaving(ago(received_ago + 190 + WAY), WAY),
            Self::Cancelled { .. } => return Vec::new(),
            Self::PartLeft { leaves_in } => {
                let (rest, last) = lines.split_at(lines.len().saturating_sub(1));
                let gone = route(last).leaving(ago(30), WAY);
                return vec![gone.plan(), route(rest).leaving(now.plus(hours(leaves_in)), WAY).plan()];
            }
            Self::SplitLate => {
                let (rest, last) = lines.split_at(lines.len().saturating_sub(1));
                let here = route(last).leaving(ago(62), 50);
                // Left a day and a half ago although it was promised for then.
                let late = route(rest).leaving(ago(38), 10).late_by(96);
                return vec![here.plan(), late.plan()];
            }
        };
        vec![one.plan()]
    }

    /// The return that belongs to the story.
    pub fn returned(self, now: Ts, lines: &[LineQuantity]) -> Option<ReturnPlan> {
        let Self::Returned { received_ago, refunded_ago } = self else { return None };
        let ago = |count: u64| now.minus(hours(count));
        let mut steps =
            vec![(ago(received_ago + 70), ReturnStatus::InTransit), (ago(received_ago), ReturnStatus::Received)];
        steps.extend(refunded_ago.map(|count| (ago(count), ReturnStatus::Closed)));
        let reason = "Does not fit.".to_owned();
        Some(ReturnPlan {
            lines: lines.to_vec(),
            reason,
            opened_at: ago(received_ago + 120),
            steps,
            exchange: Vec::new(),
        })
    }
}
