//! What a customer should hear of an order before they ask, from two readings of it. Pure.

use channel_contract::orders::{Order, OrderStatus, Shipment, ShipmentStatus};
use time::{Duration, OffsetDateTime, UtcOffset};

use crate::model::matter::MatterKind;
use crate::model::order::awaited;

/// Nobody is told of orders that are older.
const OLDEST: Duration = Duration::days(60);

/// An order as it was read, with the moment of which that tells.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The order.
    pub order: &'a Order,
    /// When.
    pub at: OffsetDateTime,
}

/// A matter, and the shop's id of what it is about: a parcel, a refund or a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: MatterKind,
    /// What it is about.
    pub subject: String,
}

/// What became true between two readings, the weightiest first. `back` are the lines that the shop lacked and has again.
pub fn matters(before: Seen<'_>, after: Seen<'_>, back: &[String]) -> Vec<Found> {
    let mut found = Vec::new();
    if after.at < before.at || after.at - after.order.placed_at > OLDEST {
        return found;
    }
    let mut note = |kind: MatterKind, subject: &str| found.push(Found { kind, subject: subject.to_owned() });
    for kind in [MatterKind::SentBack, MatterKind::Failed] {
        for parcel in &after.order.shipments {
            if holds(kind, &parcel.id, after) && !holds(kind, &parcel.id, before) {
                note(kind, &parcel.id);
            }
        }
    }
    for refund in &after.order.refunds {
        if !holds(MatterKind::Refunded, &refund.id, before) {
            note(MatterKind::Refunded, &refund.id);
        }
    }
    for parcel in &after.order.shipments {
        if holds(MatterKind::Late, &parcel.id, after) && !holds(MatterKind::Late, &parcel.id, before) {
            note(MatterKind::Late, &parcel.id);
        }
    }
    for line in awaited(after.order) {
        if back.contains(&line.id) {
            note(MatterKind::Restocked, &line.id);
        }
    }
    found
}

/// Whether a matter of an order is so, as it was seen.
pub fn holds(kind: MatterKind, subject: &str, seen: Seen<'_>) -> bool {
    let parcel = || seen.order.shipments.iter().find(|parcel| parcel.id == subject);
    let is_cancelled = seen.order.status == OrderStatus::Cancelled;
    match kind {
        MatterKind::Late => !is_cancelled && parcel().is_some_and(|parcel| is_behind(parcel, seen.at)),
        MatterKind::Failed => parcel().is_some_and(|parcel| parcel.status == ShipmentStatus::AttemptFailed),
        MatterKind::SentBack => parcel().is_some_and(|parcel| parcel.status == ShipmentStatus::Returning),
        MatterKind::Refunded => seen.order.refunds.iter().any(|refund| refund.id == subject),
        MatterKind::Restocked => awaited(seen.order).iter().any(|line| line.id == subject),
    }
}

/// Whether a parcel comes later than was promised: that time is over, or its carrier names a later day. What cannot be handed
/// over, or can be fetched, is another matter.
fn is_behind(parcel: &Shipment, at: OffsetDateTime) -> bool {
    use ShipmentStatus::{AttemptFailed, AvailableForPickup, Delivered, Returning};
    if parcel.has_arrived() || matches!(parcel.status, AttemptFailed | AvailableForPickup | Delivered | Returning) {
        return false;
    }
    let day = |moment: OffsetDateTime| moment.to_offset(UtcOffset::UTC).date();
    let later = |promised: OffsetDateTime| parcel.estimated.is_some_and(|window| day(window.to) > day(promised));
    parcel.is_late(at) || parcel.promised.is_some_and(|promised| later(promised.to))
}

#[cfg(test)]
mod tests {
    use channel_contract::orders::Window;
    use time::macros::datetime;

    use super::*;
    use crate::commerce::test_order::{order, refund};

    const IN_TIME: OffsetDateTime = datetime!(2026-11-20 09:00 UTC);

    fn seen(order: &Order, at: OffsetDateTime) -> Seen<'_> {
        Seen { order, at }
    }

    fn found(before: &Order, after: &Order) -> Vec<(MatterKind, String)> {
        let all = matters(seen(before, IN_TIME), seen(after, IN_TIME), &[]);
        all.into_iter().map(|found| (found.kind, found.subject)).collect()
    }

    fn with_status(status: ShipmentStatus) -> Order {
        let mut order = order();
        order.shipments[0].status = status;
        order
    }

    #[test]
    fn what_did_not_change_is_no_matter_and_each_change_is_one() {
        let before = order();
        assert!(found(&before, &before).is_empty());
        for (status, kind) in
            [(ShipmentStatus::AttemptFailed, MatterKind::Failed), (ShipmentStatus::Returning, MatterKind::SentBack)]
        {
            let after = with_status(status);
            assert_eq!(found(&before, &after), [(kind, "s1".to_owned())]);
            assert!(found(&after, &after).is_empty(), "it is known");
        }
        assert!(found(&before, &with_status(ShipmentStatus::OutForDelivery)).is_empty());
        let mut refunded = order();
        refunded.refunds = vec![refund("r1", 4_200), refund("r2", 100)];
        let both = [(MatterKind::Refunded, "r1".to_owned()), (MatterKind::Refunded, "r2".to_owned())];
        assert_eq!(found(&before, &refunded), both);
    }

    #[test]
    fn late_is_later_than_was_promised_whether_the_time_is_over_or_the_carrier_names_a_later_day() {
        let before = order();
        let late = [Found { kind: MatterKind::Late, subject: "s1".to_owned() }];
        let over = datetime!(2026-11-20 20:01 UTC);
        assert_eq!(matters(seen(&before, IN_TIME), seen(&before, over), &[]), late);
        assert!(matters(seen(&before, over), seen(&before, over), &[]).is_empty(), "it was late before");
        assert!(matters(seen(&before, over), seen(&before, IN_TIME), &[]).is_empty(), "an older reading");

        let expected = |day: OffsetDateTime| {
            let mut after = order();
            after.shipments[0].estimated = Some(Window { from: day, to: day });
            after
        };
        let tomorrow = expected(datetime!(2026-11-21 12:00 UTC));
        assert_eq!(matters(seen(&before, IN_TIME), seen(&tomorrow, IN_TIME), &[]), late);
        let same_day = expected(datetime!(2026-11-20 23:00 UTC));
        assert!(matters(seen(&before, IN_TIME), seen(&same_day, IN_TIME), &[]).is_empty());

        let arrived = with_status(ShipmentStatus::Delivered);
        assert!(matters(seen(&before, IN_TIME), seen(&arrived, over), &[]).is_empty());
        let failed = with_status(ShipmentStatus::AttemptFailed);
        let failure = [Found { kind: MatterKind::Failed, subject: "s1".to_owned() }];
        assert_eq!(matters(seen(&before, IN_TIME), seen(&failed, over), &[]), failure, "one parcel, one matter");
    }

    #[test]
    fn goods_are_back_where_the_shop_lacked_them_and_they_are_still_to_be_sent() {
        let mut open = order();
        open.status = OrderStatus::Open;
        open.shipments.clear();
        open.lines[0].fulfilled = 0;
        let back = ["l1".to_owned(), "l2".to_owned()];
        let there = matters(seen(&open, IN_TIME), seen(&open, IN_TIME), &back);
        assert_eq!(there, [Found { kind: MatterKind::Restocked, subject: "l1".to_owned() }], "the other one was sent");
        assert!(matters(seen(&open, IN_TIME), seen(&order(), IN_TIME), &back).is_empty());
    }

    #[test]
    fn nobody_is_told_of_old_orders() {
        let mut after = order();
        after.refunds = vec![refund("r1", 4_200)];
        let days = |count: i64| after.placed_at + Duration::days(count);
        let told = |count: i64| matters(seen(&order(), days(count)), seen(&after, days(count)), &[]);
        assert!(told(60).iter().any(|found| found.kind == MatterKind::Refunded));
        assert!(told(61).is_empty());
    }
}
