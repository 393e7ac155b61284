//! What an action leaves in the shop of its idempotency key, so that the same key finds it again. Pure.

use channel_contract::orders::OrderFailure;
use channel_contract::wire::{fingerprint, text};
use serde_json::{Value, json};

use crate::failure::refused;
use crate::shop::Seen;
use crate::wire::{WireOrder, WireRefund, meta};

/// Under which the whole key is kept with a refund or an order that was made.
const KEY: &str = "_resolute_key";
/// The longest key.
const LONGEST_KEY: usize = 255;
/// How many signs of the key's fingerprint stand in a text. Keys of one order differ in far fewer.
const SIGNS: usize = 12;

/// An action's key, and its short form for texts that people read.
pub(crate) struct Mark {
    key: String,
    short: String,
}

impl Mark {
    pub(crate) fn of(key: &str) -> Result<Self, OrderFailure> {
        if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused("The action's key cannot be kept in the shop."));
        }
        let mut short = fingerprint(key.as_bytes());
        short.truncate(SIGNS);
        Ok(Self { key: key.to_owned(), short: format!("[R-{short}]") })
    }

    /// Words with the mark behind them. A refund's words are kept before its money moves, and what else is kept only after.
    pub(crate) fn behind(&self, words: &str) -> String {
        let words: String = words.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).take(200).collect();
        format!("{} {}", words.trim(), self.short).trim_start().to_owned()
    }

    /// What is kept with something that is made.
    pub(crate) fn kept(&self) -> Value {
        json!({ "key": KEY, "value": self.key })
    }

    /// Under which an order keeps what came of it.
    pub(crate) fn claim(&self) -> String {
        format!("_resolute_{}", self.short.trim_matches(['[', ']']))
    }

    /// The refund that the key made.
    pub(crate) fn find<'a>(&self, refunds: &'a [WireRefund]) -> Option<&'a WireRefund> {
        refunds.iter().find(|refund| self.is_on(refund))
    }

    /// Whether the key has made a refund of an order, by either of the shop's lists: one may be older than the other.
    pub(crate) fn has_refund(&self, seen: &Seen) -> bool {
        self.find(&seen.refunds).is_some() || seen.wire.refunds.read::<WireRefund>().any(|refund| self.is_on(&refund))
    }

    /// Whether the key has made an order.
    pub(crate) fn made(&self, order: &WireOrder) -> bool {
        meta(&order.meta_data, KEY).is_some_and(|kept| self.is_key(&kept))
    }

    fn is_on(&self, refund: &WireRefund) -> bool {
        refund.reason.as_str().contains(&self.short)
            || meta(&refund.meta_data, KEY).is_some_and(|kept| self.is_key(&kept))
    }

    fn is_key(&self, kept: &Value) -> bool {
        text(&json!({ "kept": kept }), &["kept"]) == self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refund(fields: Value) -> WireRefund {
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn a_refund_is_known_by_its_words_or_by_what_is_kept_with_it() {
        let (mark, other) = (Mark::of("key-1").unwrap(), Mark::of("key-2").unwrap());
        let by_words = [refund(json!({ "id": 1, "reason": mark.behind("One cup\nbroke.") }))];
        let by_key = [refund(json!({ "id": 2, "reason": "Changed by hand", "meta_data": [mark.kept()] }))];
        for refunds in [by_words.as_slice(), by_key.as_slice()] {
            assert!(mark.find(refunds).is_some() && other.find(refunds).is_none());
        }
        assert!(by_words[0].reason.as_str().starts_with("One cup broke. [R-"));
        assert!(mark.claim().starts_with("_resolute_R-") && mark.claim() != other.claim());
        assert_eq!(mark.behind("x".repeat(500).as_str()).len(), 200 + 1 + 4 + SIGNS);
    }

    #[test]
    fn a_key_can_be_kept() {
        for key in ["", "two words", "line\nbreak", "schlüssel", "k".repeat(256).as_str()] {
            assert!(Mark::of(key).is_err(), "{key}");
        }
    }
}
