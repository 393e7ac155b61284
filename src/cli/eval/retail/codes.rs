//! The benchmark's words for what stands against a call.

use crate::policy::Verdict;

/// Nobody said who asks.
const NOBODY: &str = "nobody";
/// Somebody else than the owner asks.
const STRANGER: &str = "stranger";

/// Codes of the engine and the benchmark's word for each, in the order in which the benchmark names the first that applies.
const WORDS: [(&str, &str); 21] = [
    (NOBODY, "not_authenticated"),
    ("missing", "order_not_found"),
    (STRANGER, "not_owner"),
    ("changed_before", "already_modified"),
    ("return_open", "already_requested"),
    ("shipped", "order_not_pending"),
    ("cancelled", "order_not_pending"),
    ("not_delivered", "order_not_delivered"),
    ("reason", "invalid_cancel_reason"),
    ("not_in_order", "item_not_in_order"),
    ("nothing_named", "item_not_in_order"),
    ("count_mismatch", "count_mismatch"),
    ("same_goods", "same_item"),
    ("other_product", "different_product"),
    ("no_stock", "variant_unavailable"),
    ("method_unknown", "payment_method_not_found"),
    ("payment_changed", "payment_already_changed"),
    ("method_same", "same_payment_method"),
    ("goes_elsewhere", "refund_target_not_allowed"),
    ("not_covered", "insufficient_gift_card"),
    ("unconfirmed", "needs_confirmation"),
];

/// A reason about the person, told apart by whether somebody asked at all.
pub(super) fn of_person(code: &'static str, verdict: Verdict) -> &'static str {
    match (code, verdict) {
        ("identity", Verdict::Refuse) => STRANGER,
        ("identity", _) => NOBODY,
        _ => code,
    }
}

/// The word for the first of these codes.
pub(super) fn printed(codes: &[&'static str]) -> Option<&'static str> {
    let known = WORDS.iter().find(|(code, _)| codes.contains(code)).map(|(_, word)| *word);
    known.or_else(|| codes.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_applies_is_named() {
        assert_eq!(printed(&[]), None);
        assert_eq!(printed(&["unconfirmed", "shipped"]), Some("order_not_pending"));
        assert_eq!(printed(&["shipped", of_person("identity", Verdict::Refuse)]), Some("not_owner"));
        assert_eq!(printed(&["missing", of_person("identity", Verdict::Ask)]), Some("not_authenticated"));
        assert_eq!(printed(&["shop"]), Some("shop"), "what has no word there is named as it is");
    }
}
