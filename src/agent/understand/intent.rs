//! What a customer can want, in the desk's own words, and how the model's classes map to it.
//!
//! One model knows the fine classes of the table below. The desk reads them as [`Intent`]; `resolute eval intents` names
//! what the desk reads with the labels of the public benchmark, where the classes that only we have fall to the nearest.

use serde::{Deserialize, Serialize};

/// What a customer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Status or tracking of an order that may well be on time.
    WhereIsMyOrder,
    /// The parcel is late, lost, or said to be delivered and is not there.
    LateOrLost,
    /// It arrived broken, incomplete, or is not what was ordered.
    DamagedOrWrongItem,
    /// Wants to send something back.
    ReturnItem,
    /// Wants another size, colour or item instead.
    Exchange,
    /// Asks about a refund that was promised or begun.
    RefundStatus,
    /// Wants money back.
    RefundRequest,
    /// Wants the whole order stopped.
    CancelOrder,
    /// Wants the delivery address set or changed.
    ChangeAddress,
    /// Wants items of an open order added, removed or swapped.
    ChangeItems,
    /// Asks whether something is available.
    Stock,
    /// Asks how long or where to delivery goes, before or after buying.
    DeliveryTime,
    /// Wants an invoice or receipt.
    Invoice,
    /// Charged twice, declined, a payment that fails.
    PaymentIssue,
    /// Asks about a product or about buying.
    ProductQuestion,
    /// Is unhappy and wants it known.
    Complaint,
    /// Says thanks; nothing to do.
    Thanks,
    /// Wants a person or the way to reach one.
    TalkToPerson,
    /// Sign-in, profile, password, newsletter.
    Account,
    /// Voucher codes and price reductions.
    Discount,
    /// Advertising and fraud sent to the shop.
    Spam,
    /// Nothing a shop can help with.
    OutOfScope,
}

/// The benchmark's word for "not a request we serve", also a class of the model.
pub const OUT_OF_SCOPE: &str = "out_of_scope";

/// One class of the model and its two readings.
#[derive(Debug, Clone, Copy)]
pub struct FineClass {
    /// Name in the model file and in training rows.
    pub name: &'static str,
    /// Label in the benchmark's set.
    pub benchmark: &'static str,
    /// What the desk makes of it.
    pub intent: Intent,
}

const fn same(name: &'static str, intent: Intent) -> FineClass {
    FineClass { name, benchmark: name, intent }
}

const fn ours(name: &'static str, benchmark: &'static str, intent: Intent) -> FineClass {
    FineClass { name, benchmark, intent }
}

/// All classes of the model. The first part carries the benchmark's names, the second part is ours alone.
pub const FINE_CLASSES: &[FineClass] = &[
    same("cancel_order", Intent::CancelOrder),
    same("change_order", Intent::ChangeItems),
    same("change_shipping_address", Intent::ChangeAddress),
    same("check_cancellation_fee", Intent::CancelOrder),
    same("check_invoice", Intent::Invoice),
    same("check_payment_methods", Intent::ProductQuestion),
    same("check_refund_policy", Intent::RefundRequest),
    same("complaint", Intent::Complaint),
    same("contact_customer_service", Intent::TalkToPerson),
    same("contact_human_agent", Intent::TalkToPerson),
    same("create_account", Intent::Account),
    same("delete_account", Intent::Account),
    same("delivery_options", Intent::DeliveryTime),
    same("delivery_period", Intent::DeliveryTime),
    same("edit_account", Intent::Account),
    same("get_invoice", Intent::Invoice),
    same("get_refund", Intent::RefundRequest),
    same("newsletter_subscription", Intent::Account),
    same("payment_issue", Intent::PaymentIssue),
    same("place_order", Intent::ProductQuestion),
    same("recover_password", Intent::Account),
    same("registration_problems", Intent::Account),
    same("review", Intent::ProductQuestion),
    same("set_up_shipping_address", Intent::ChangeAddress),
    same("switch_account", Intent::Account),
    same("track_order", Intent::WhereIsMyOrder),
    same("track_refund", Intent::RefundStatus),
    same(OUT_OF_SCOPE, Intent::OutOfScope),
    ours("late_or_lost", "track_order", Intent::LateOrLost),
    ours("damaged_or_wrong_item", "complaint", Intent::DamagedOrWrongItem),
    ours("return_item", "get_refund", Intent::ReturnItem),
    // The benchmark changes orders before they ship; its "exchange" is always of money.
    ours("exchange", OUT_OF_SCOPE, Intent::Exchange),
    ours("stock", OUT_OF_SCOPE, Intent::Stock),
    ours("product_question", OUT_OF_SCOPE, Intent::ProductQuestion),
    ours("thanks", OUT_OF_SCOPE, Intent::Thanks),
    ours("discount", OUT_OF_SCOPE, Intent::Discount),
    ours("spam", OUT_OF_SCOPE, Intent::Spam),
    // Greetings, names, order numbers and stories: what stands around a request.
    ours("context", OUT_OF_SCOPE, Intent::OutOfScope),
];

/// The class of a name in the model file.
pub fn fine_class(name: &str) -> Option<&'static FineClass> {
    FINE_CLASSES.iter().find(|class| class.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::understand::classifier::Classifier;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_covers_every_class_of_the_shipped_model() {
        let model = Classifier::shipped().unwrap();
        let known: BTreeSet<&str> = FINE_CLASSES.iter().map(|class| class.name).collect();
        assert_eq!(model.class_names().collect::<BTreeSet<_>>(), known);
        assert_eq!(known.len(), FINE_CLASSES.len(), "a name stands twice");
    }

    #[test]
    fn our_own_classes_fall_to_benchmark_labels() {
        let benchmark: BTreeSet<&str> =
            FINE_CLASSES.iter().filter(|class| class.name == class.benchmark).map(|class| class.name).collect();
        assert_eq!(benchmark.len(), 28);
        assert!(FINE_CLASSES.iter().all(|class| benchmark.contains(class.benchmark)));
    }

    #[test]
    fn intents_are_written_in_snake_case() {
        assert_eq!(serde_json::to_string(&Intent::WhereIsMyOrder).unwrap(), "\"where_is_my_order\"");
        assert_eq!(serde_json::from_str::<Intent>("\"talk_to_person\"").unwrap(), Intent::TalkToPerson);
    }
}
