//! How far things are: plans held against the time. Pure.

use std::time::Duration;

use channel_contract::orders::{ReturnStatus, ShipmentStatus, TrackingEvent, Window};

use crate::model::Ts;
use crate::store::demo_shop::{ProductRow, RefundRow, ReturnPlan, ShipmentPlan};

const HOUR: i64 = 3_600_000_000;

/// How far a parcel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How it is doing.
    pub status: ShipmentStatus,
    /// When it left.
    pub shipped_at: Option<Ts>,
    /// When it arrived.
    pub delivered_at: Option<Ts>,
    /// What the carrier thinks now.
    pub estimated: Option<Window>,
    /// The scans so far.
    pub events: Vec<TrackingEvent>,
    /// The last change.
    pub changed_at: Ts,
}

/// How far a parcel is now; `None` before it is packed.
pub fn progress(plan: &ShipmentPlan, now: Ts) -> Option<Progress> {
    let seen: Vec<_> = plan.scans.iter().filter(|scan| scan.at <= now).collect();
    let last = seen.last()?;
    let first = |wanted: fn(ShipmentStatus) -> bool| seen.iter().find(|scan| wanted(scan.status)).map(|scan| scan.at);
    let delivered_at = first(|status| status == ShipmentStatus::Delivered);
    let estimate = seen.iter().rev().find_map(|scan| scan.estimate);
    Some(Progress {
        status: last.status,
        shipped_at: first(|status| status != ShipmentStatus::Packed),
        delivered_at,
        estimated: estimate.filter(|_| delivered_at.is_none()).map(window),
        events: seen
            .iter()
            .map(|scan| TrackingEvent { at: scan.at.datetime(), text: scan.text.clone(), place: scan.place.clone() })
            .collect(),
        changed_at: last.at,
    })
}

/// From when until when, as the contract writes it.
pub fn window((from, to): (Ts, Ts)) -> Window {
    Window { from: from.datetime(), to: to.datetime() }
}

/// How a return is doing now, and since when.
pub fn return_status(plan: &ReturnPlan, now: Ts) -> (ReturnStatus, Ts) {
    let last = plan.steps.iter().rfind(|(at, _)| *at <= now);
    last.map_or((ReturnStatus::Open, plan.opened_at), |(at, status)| (*status, *at))
}

/// Whether a refund shows already.
pub fn is_posted(refund: &RefundRow, now: Ts) -> bool {
    refund.posted_at <= now
}

/// How many can be sold now: what was counted, less what was sold since, and what came in.
pub fn stock(product: &ProductRow, now: Ts) -> u32 {
    let sold_between = |from: Ts, to: Ts| {
        let hours = i64::try_from(to.since(from).as_micros()).unwrap_or(i64::MAX) / HOUR;
        hours.checked_div(product.sells_every_hours).unwrap_or(0)
    };
    let left = match product.restock_at {
        Some(restock_at) if restock_at <= now => {
            let before = product.stock.saturating_sub(sold_between(product.counted_at, restock_at)).max(0);
            before.saturating_add(product.restock_quantity).saturating_sub(sold_between(restock_at, now))
        }
        _ => product.stock.saturating_sub(sold_between(product.counted_at, now)),
    };
    u32::try_from(left.max(0)).unwrap_or(u32::MAX)
}

/// A span of whole hours.
pub fn hours(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(3_600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::demo_shop::Scan;

    const START: Ts = Ts(1_763_700_000_000_000);

    fn at(count: u64) -> Ts {
        START.plus(hours(count))
    }

    fn scan(count: u64, status: ShipmentStatus, estimate: Option<(Ts, Ts)>) -> Scan {
        Scan { at: at(count), status, text: format!("{status:?}"), place: "Hamburg".to_owned(), estimate }
    }

    fn plan() -> ShipmentPlan {
        ShipmentPlan {
            carrier: "DHL".to_owned(),
            promised: (at(20), at(40)),
            lines: Vec::new(),
            scans: vec![
                scan(2, ShipmentStatus::Packed, None),
                scan(5, ShipmentStatus::InTransit, Some((at(20), at(40)))),
                scan(30, ShipmentStatus::OutForDelivery, None),
                scan(33, ShipmentStatus::Delivered, None),
            ],
        }
    }

    #[test]
    fn a_parcel_moves_with_the_clock() {
        assert_eq!(progress(&plan(), at(1)), None);
        let packed = progress(&plan(), at(2)).unwrap();
        assert_eq!((packed.status, packed.shipped_at, packed.estimated), (ShipmentStatus::Packed, None, None));
        let moving = progress(&plan(), at(31)).unwrap();
        assert_eq!((moving.status, moving.shipped_at), (ShipmentStatus::OutForDelivery, Some(at(5))));
        assert_eq!((moving.estimated, moving.events.len()), (Some(window((at(20), at(40)))), 3));
        let there = progress(&plan(), at(500)).unwrap();
        assert_eq!((there.delivered_at, there.estimated, there.changed_at), (Some(at(33)), None, at(33)));
    }

    #[test]
    fn a_return_keeps_its_last_step() {
        let plan = ReturnPlan {
            lines: Vec::new(),
            reason: String::new(),
            opened_at: START,
            steps: vec![(at(10), ReturnStatus::InTransit), (at(40), ReturnStatus::Received)],
            exchange: Vec::new(),
        };
        assert_eq!(return_status(&plan, at(9)), (ReturnStatus::Open, START));
        assert_eq!(return_status(&plan, at(39)), (ReturnStatus::InTransit, at(10)));
        assert_eq!(return_status(&plan, at(99)), (ReturnStatus::Received, at(40)));
    }

    #[test]
    fn stock_sinks_to_nothing_and_is_filled_again() {
        let product = ProductRow {
            sku: "MAT".to_owned(),
            title: String::new(),
            variant: String::new(),
            description: String::new(),
            price_minor: 100,
            currency: "EUR".to_owned(),
            stock: 3,
            counted_at: START,
            sells_every_hours: 10,
            restock_at: Some(at(100)),
            restock_quantity: 20,
        };
        let after = |count: u64| stock(&product, at(count));
        assert_eq!([after(0), after(9), after(10), after(29), after(30), after(99)], [3, 3, 2, 1, 0, 0]);
        assert_eq!([after(100), after(120)], [20, 18]);
        let steady = ProductRow { sells_every_hours: 0, ..product };
        assert_eq!(stock(&steady, at(99)), 3);
    }
}
