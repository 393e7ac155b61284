//! The shop's words for states, and what a word that a plugin made up may safely mean; pure.

use channel_contract::orders::{OrderStatus, Shipment, ShipmentStatus};

/// What a status says of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It waits for its payment.
    Waiting,
    /// It is paid, or is paid on delivery, and nothing was sent.
    Preparing,
    /// A part of it was sent.
    PartlySent,
    /// It was sent.
    Sent,
    /// It arrived.
    Delivered,
    /// It is cancelled.
    Cancelled,
    /// All of it counts as refunded, whether or not money moved.
    Refunded,
    /// A plugin's own word.
    Own,
}

/// What the shop's word says: its own ones, and those of plugins that many shops have.
pub(crate) fn step(word: &str) -> Step {
    match word.strip_prefix("wc-").unwrap_or(word) {
        "pending" | "on-hold" | "failed" => Step::Waiting,
        "processing" => Step::Preparing,
        "partial-shipped" | "partially-shipped" => Step::PartlySent,
        "completed" | "shipped" => Step::Sent,
        "delivered" => Step::Delivered,
        "cancelled" | "trash" => Step::Cancelled,
        "refunded" => Step::Refunded,
        _ => Step::Own,
    }
}

/// Whether a status is none of an order yet: somebody is at the checkout.
pub(crate) fn is_draft(word: &str) -> bool {
    matches!(word, "checkout-draft" | "auto-draft" | "draft" | "new")
}

/// Where the order stands. What a word does not say is told by what was sent, so that nothing is claimed that did not happen.
pub(crate) fn order_status(step: Step, was_completed: bool, parcels: &[Shipment]) -> OrderStatus {
    let has_left = parcels.iter().any(|parcel| parcel.status != ShipmentStatus::Packed);
    let has_arrived = !parcels.is_empty() && parcels.iter().all(|parcel| parcel.status == ShipmentStatus::Delivered);
    match step {
        Step::Delivered => OrderStatus::Delivered,
        Step::Cancelled => OrderStatus::Cancelled,
        Step::Sent if has_arrived => OrderStatus::Delivered,
        Step::Sent => OrderStatus::Shipped,
        Step::PartlySent => OrderStatus::PartlyShipped,
        Step::Refunded if !was_completed && !has_left => OrderStatus::Cancelled,
        Step::Refunded | Step::Own if was_completed && has_arrived => OrderStatus::Delivered,
        Step::Refunded | Step::Own if was_completed => OrderStatus::Shipped,
        _ if has_left => OrderStatus::PartlyShipped,
        _ => OrderStatus::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(status: ShipmentStatus) -> Shipment {
        Shipment {
            id: "1".to_owned(),
            carrier: String::new(),
            tracking_number: "1Z".to_owned(),
            tracking_url: String::new(),
            status,
            shipped_at: None,
            promised: None,
            estimated: None,
            delivered_at: None,
            lines: Vec::new(),
            events: Vec::new(),
            heard: None,
        }
    }

    #[test]
    fn each_word_is_a_step_and_any_other_a_plugins_own() {
        for (word, expected) in [
            ("pending", Step::Waiting),
            ("on-hold", Step::Waiting),
            ("failed", Step::Waiting),
            ("processing", Step::Preparing),
            ("wc-completed", Step::Sent),
            ("partial-shipped", Step::PartlySent),
            ("delivered", Step::Delivered),
            ("cancelled", Step::Cancelled),
            ("trash", Step::Cancelled),
            ("refunded", Step::Refunded),
            ("packing", Step::Own),
            ("", Step::Own),
        ] {
            assert_eq!(step(word), expected, "{word}");
        }
        assert!(is_draft("checkout-draft") && !is_draft("pending"));
    }

    #[test]
    fn an_order_stands_where_its_goods_are() {
        let (packed, left) = (parcel(ShipmentStatus::Packed), parcel(ShipmentStatus::InTransit));
        let arrived = parcel(ShipmentStatus::Delivered);
        for (step, was_completed, parcels, expected) in [
            (Step::Preparing, false, vec![], OrderStatus::Open),
            (Step::Preparing, false, vec![packed], OrderStatus::Open),
            (Step::Preparing, false, vec![left.clone()], OrderStatus::PartlyShipped),
            (Step::Sent, true, vec![], OrderStatus::Shipped),
            (Step::Sent, true, vec![arrived.clone()], OrderStatus::Delivered),
            (Step::Sent, true, vec![arrived.clone(), left.clone()], OrderStatus::Shipped),
            (Step::Refunded, false, vec![], OrderStatus::Cancelled),
            (Step::Refunded, true, vec![], OrderStatus::Shipped),
            (Step::Refunded, false, vec![left.clone()], OrderStatus::PartlyShipped),
            (Step::Own, false, vec![], OrderStatus::Open),
            (Step::Own, true, vec![arrived], OrderStatus::Delivered),
            (Step::Own, false, vec![left], OrderStatus::PartlyShipped),
        ] {
            assert_eq!(order_status(step, was_completed, &parcels), expected, "{step:?} {was_completed} {parcels:?}");
        }
    }
}
