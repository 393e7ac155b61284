//! Which order a message about a listing is about: eBay names none, so what each buyer has bought is remembered for as long as
//! they can write about it. Pure.

use std::collections::BTreeMap;

use channel_contract::wire::short_name;
use serde::{Deserialize, Serialize};

const DAY: i64 = 86_400_000;
/// How long a purchase is remembered after its order changed last, in milliseconds: 90 days.
const REMEMBERED: i64 = 90 * DAY;
/// So many are remembered at most, for they are stored with each place where polling stops: the oldest days go first.
const MOST: usize = 30_000;
/// So much time is read back with one call at most, in milliseconds.
const LONGEST_SPAN: i64 = 7 * DAY;
/// So much at least.
const SHORTEST_SPAN: i64 = 2_000;

/// The orders in which something was bought, by who bought what. Of both, only a hash.
type Lines = BTreeMap<String, Vec<String>>;

/// What was bought, and how far it was read back. Moments are in milliseconds since 1970.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Purchases {
    /// By the number of the day on which the order changed last.
    days: BTreeMap<i64, Lines>,
    /// Everything since this moment was read; 0 before the first look.
    read_to: i64,
    /// The first moment that is read.
    begins: i64,
    /// How much is read at once.
    span: i64,
    /// When reading goes on that was refused.
    next: i64,
    /// Whether it is done.
    is_read: bool,
}

impl Purchases {
    /// Remembers that an order holds what a listing offers. One that changes again is remembered for longer.
    pub(crate) fn remember(&mut self, (listing, buyer): (&str, &str), order: &str, at: i64) {
        if listing.is_empty() || buyer.is_empty() || order.is_empty() {
            return;
        }
        let (who, day) = (hash(listing, buyer), at.div_euclid(DAY));
        let is_known = |lines: &Lines| lines.get(&who).is_some_and(|orders| orders.iter().any(|known| known == order));
        if self.days.range(day..).any(|(_, lines)| is_known(lines)) {
            return;
        }
        for lines in self.days.values_mut() {
            if let Some(mut orders) = lines.remove(&who) {
                orders.retain(|known| known != order);
                if !orders.is_empty() {
                    lines.insert(who.clone(), orders);
                }
            }
        }
        self.days.entry(day).or_default().entry(who).or_default().push(order.to_owned());
    }

    /// The orders of a buyer that hold what a listing offers, newest last.
    pub(crate) fn orders_of(&self, listing: &str, buyer: &str) -> Vec<String> {
        let who = hash(listing, buyer);
        self.days.values().filter_map(|lines| lines.get(&who)).flatten().cloned().collect()
    }

    /// Forgets what nobody can write about any more.
    pub(crate) fn forget(&mut self, now: i64) {
        self.days = self.days.split_off(&(now - REMEMBERED).div_euclid(DAY));
        let mut kept = self.count();
        while kept > MOST
            && let Some((_, gone)) = self.days.pop_first()
        {
            kept -= count(&gone);
        }
    }

    /// From when to when is to be read next; `None` where nothing is, for now.
    pub(crate) fn next_span(&mut self, now: i64) -> Option<(i64, i64)> {
        if self.is_read || now < self.next {
            return None;
        }
        if self.read_to == 0 {
            (self.read_to, self.begins, self.span) = (now, now - REMEMBERED, LONGEST_SPAN);
        }
        self.is_read = self.read_to <= self.begins || self.count() >= MOST;
        (!self.is_read).then(|| ((self.read_to - self.span).max(self.begins), self.read_to))
    }

    /// Looks at half as much at once, if that can be.
    pub(crate) fn read_less_at_once(&mut self) -> bool {
        let can_be = self.span > SHORTEST_SPAN;
        if can_be {
            self.span /= 2;
        }
        can_be
    }

    /// Everything since then was read. Where that was little, more is looked at the next time.
    pub(crate) fn note_read(&mut self, from: i64, was_little: bool) {
        self.read_to = from;
        if was_little {
            self.span = (self.span * 2).min(LONGEST_SPAN);
        }
    }

    /// Reads on then.
    pub(crate) fn rest_until(&mut self, then: i64) {
        self.next = then;
    }

    fn count(&self) -> usize {
        self.days.values().map(count).sum()
    }
}

fn count(lines: &Lines) -> usize {
    lines.values().map(Vec::len).sum()
}

/// A buyer of what a listing offers, however eBay writes the name.
fn hash(listing: &str, buyer: &str) -> String {
    short_name(format!("{listing}\n{}", buyer.to_lowercase()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purchases_are_known_by_who_bought_what_and_for_ninety_days() {
        let mut purchases = Purchases::default();
        for number in 0..5_400_i64 {
            let at = 1_000 * DAY + number * DAY / 60;
            purchases.remember(("L", &format!("buyer_{number}")), &number.to_string(), at);
        }
        let now = 1_089 * DAY + DAY / 2;
        purchases.forget(now);
        assert_eq!(purchases.orders_of("L", "Buyer_0"), ["0"], "however many came after it");
        assert!(purchases.orders_of("L", "bob").is_empty() && purchases.orders_of("M", "buyer_0").is_empty());
        let stored = serde_json::to_value(&purchases).unwrap();
        let text = stored.to_string();
        assert!(!text.contains("buyer_"), "nobody is named in what is kept");
        assert!(text.len() < 350_000, "{}", text.len());
        assert_eq!(serde_json::from_value::<Purchases>(stored).unwrap(), purchases);
        purchases.forget(now + 2 * DAY);
        assert!(purchases.orders_of("L", "buyer_0").is_empty());
        assert_eq!(purchases.orders_of("L", "buyer_5399"), ["5399"]);
    }

    #[test]
    fn an_order_that_changes_again_is_remembered_once_and_from_then_on() {
        let mut purchases = Purchases::default();
        for (order, day) in [("1", 0), ("2", 1), ("1", 1), ("1", 80), ("1", 20)] {
            purchases.remember(("L", "ann_b"), order, day * DAY);
        }
        for (listing, buyer, order) in [("", "ann_b", "3"), ("L", "", "3"), ("L", "ann_b", "")] {
            purchases.remember((listing, buyer), order, 0);
        }
        assert_eq!(purchases.orders_of("L", "ann_b"), ["2", "1"]);
        purchases.forget(150 * DAY);
        assert_eq!((purchases.orders_of("L", "ann_b"), purchases.count()), (vec!["1".to_owned()], 1));
    }

    #[test]
    fn of_too_many_the_oldest_days_go() {
        let mut purchases = Purchases::default();
        for number in 0..=MOST {
            purchases.remember(("L", &format!("buyer_{number}")), "1", i64::from(number > 0) * DAY);
        }
        purchases.forget(2 * DAY);
        assert_eq!((purchases.count(), purchases.orders_of("L", "buyer_0").len()), (MOST, 0));
        assert_eq!(purchases.next_span(2 * DAY), None, "there is no room for what is older");
    }

    #[test]
    fn what_was_bought_is_read_back_in_pieces_that_fit() {
        let mut purchases = Purchases::default();
        let now = 1_000 * DAY;
        assert_eq!(purchases.next_span(now), Some((now - LONGEST_SPAN, now)));
        assert!(purchases.read_less_at_once());
        let first = now - LONGEST_SPAN / 2;
        assert_eq!(purchases.next_span(now), Some((first, now)));
        purchases.note_read(first, true);
        purchases.rest_until(now + DAY);
        assert_eq!(purchases.next_span(now), None);
        let (mut to, mut calls) = (first, 0);
        while let Some((from, until)) = purchases.next_span(now + DAY) {
            assert_eq!((until, until - from <= LONGEST_SPAN), (to, true));
            purchases.note_read(from, true);
            (to, calls) = (from, calls + 1);
        }
        assert_eq!((to, calls), (now - REMEMBERED, 13), "once it is done it is done");
        assert_eq!(purchases.next_span(now + 2 * DAY), None);
    }
}
