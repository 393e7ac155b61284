//! What a teammate writes, held against what is known of its case. They are told what nothing there says, and nothing keeps
//! them from sending it: a machine alone must prove its words.

use time::Date;
use time::format_description::well_known::Iso8601;

use super::claims::{Claim, claims, day_holds};
use super::evidence::FactBook;
use crate::model::Ts;
use crate::model::draft::Evidence;
use crate::model::order::KnownOrder;
use crate::voice::format;
use crate::voice::locale::LOCALES;

/// What is known of a case.
#[derive(Clone, Copy, Debug)]
pub struct CaseFacts<'a> {
    /// Its orders, as last read. Without one there is nothing to hold a text against.
    pub orders: &'a [KnownOrder],
    /// What was written in it, and when.
    pub written: &'a [(&'a str, Ts)],
    /// What the draft stands on that the text goes on from.
    pub evidence: &'a [Evidence],
    /// The time of the writing.
    pub now: Ts,
}

/// What orders and parcels are; what else a sentence says is a promise or a rule, and a teammate's to give.
const STATES: [&str; 11] = [
    "#delivered",
    "#not delivered",
    "#shipped",
    "#not shipped",
    "#out for delivery",
    "#cancel",
    "#refund",
    "#not refund",
    "#late",
    "#not late",
    "#on time",
];
/// What is said of a day to come.
const EXPECTED: &str = "#expected";
/// A number with letters and fewer digits than that is a size or a dose.
const DIGITS_OF_A_CODE: usize = 4;
/// More than that are not told at once.
const MOST: usize = 5;

/// What a text states and nothing in its case does, as it stands there, each once, five at most: amounts, days, numbers of orders
/// and parcels, and what an order or a parcel is. Nothing in a language whose words are not known.
pub fn doubts(text: &str, language: &str, case: &CaseFacts<'_>) -> Vec<String> {
    if case.orders.is_empty() || !LOCALES.contains(&language) {
        return Vec::new();
    }
    let known = Known::of(language, case);
    let mut doubts: Vec<String> = Vec::new();
    for sentence in sentences(text) {
        let said = claims(sentence, &known.texts(), language, format::day(case.now.datetime()));
        let is_of_order = said.iter().any(|claim| matches!(claim, Claim::State(_, state) if is_state(state)));
        for claim in &said {
            let shown = claim.shown().trim();
            if known.doubts(claim, is_of_order) && !doubts.iter().any(|doubt| doubt == shown) {
                doubts.push(shown.to_owned());
            }
        }
    }
    doubts.truncate(MOST);
    doubts
}

fn is_state(state: &str) -> bool {
    STATES.contains(&state) || state == EXPECTED
}

/// Lines, and the sentences in them. “18. November” is one.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let mut ends = vec![0];
        let letters: Vec<(usize, char)> = line.char_indices().collect();
        for pair in letters.windows(3) {
            if let [(_, before), (_, '.' | '!' | '?'), (behind, ' ')] = pair
                && !before.is_ascii_digit()
            {
                ends.push(*behind);
            }
        }
        ends.push(line.len());
        let parts: Vec<&str> = ends.windows(2).filter_map(|pair| line.get(*pair.first()?..*pair.last()?)).collect();
        parts
    })
}

/// What stands in a case.
struct Known {
    /// As evidence has it.
    values: Vec<String>,
    /// What was written there.
    written: Vec<Claim>,
}

impl Known {
    fn of(language: &str, case: &CaseFacts<'_>) -> Self {
        let mut book = FactBook::default();
        for known in case.orders {
            book.add_order(known, case.now.datetime());
        }
        let found = book.evidence();
        let mut values: Vec<String> =
            found.iter().chain(case.evidence).flat_map(|evidence| evidence.values.iter().cloned()).collect();
        for order in case.orders.iter().map(|known| &known.order) {
            values.extend(order.lines.iter().flat_map(|line| [line.unit_price.to_string(), line.sku.clone()]));
            values.extend(order.payments.iter().map(|payment| payment.amount.to_string()));
            values.extend(order.refunds.iter().map(|refund| refund.amount.to_string()));
        }
        let mut written = Vec::new();
        for (text, at) in case.written {
            let day = format::day(at.datetime());
            written.extend(sentences(text).flat_map(|sentence| claims(sentence, &[], language, day)));
        }
        Self { values, written }
    }

    /// What is taken out of a sentence first: names and numbers that are known.
    fn texts(&self) -> Vec<&str> {
        let is_text = |value: &&str| !value.starts_with('#') && !value.chars().all(|c| c.is_ascii_digit());
        self.values.iter().map(String::as_str).filter(is_text).collect()
    }

    fn doubts(&self, claim: &Claim, is_of_order: bool) -> bool {
        let has = |wanted: &str| self.values.iter().any(|value| value.eq_ignore_ascii_case(wanted));
        match claim {
            Claim::Amount(_, Some(amount)) => {
                let is_same = |said: &Claim| matches!(said, Claim::Amount(_, Some(other)) if other == amount);
                !has(&amount.to_string()) && !self.written.iter().any(is_same)
            }
            Claim::Day(_, day) => {
                let mut days = self.values.iter().filter_map(|value| Date::parse(value, &Iso8601::DATE).ok());
                let is_same = |said: &Claim| matches!(said, Claim::Day(_, other) if other == day);
                is_of_order && !days.any(|known| day_holds(*day, known)) && !self.written.iter().any(is_same)
            }
            Claim::Code(code) => {
                let is_same = |said: &Claim| matches!(said, Claim::Code(other) if other.eq_ignore_ascii_case(code));
                let is_long = code.chars().filter(char::is_ascii_digit).count() >= DIGITS_OF_A_CODE;
                is_long && !has(code) && !self.written.iter().any(is_same)
            }
            Claim::State(_, state) => STATES.contains(&state.as_str()) && !self.values.contains(state),
            Claim::Amount(_, None) | Claim::Number(..) | Claim::Link(_) | Claim::Name(_) => false,
        }
    }
}
