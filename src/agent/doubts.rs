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
/// So much of what is being written is read, in characters.
const MOST_TYPED: usize = 20_000;
/// So much of each message.
const MOST_WRITTEN: usize = 4_000;

/// What a text states and nothing in its case does, as it stands there, each once, five at most: amounts, days, numbers of orders
/// and parcels, and what an order or a parcel is. Nothing in a language whose words are not known. Of long texts the beginning is
/// read.
pub fn doubts(text: &str, language: &str, case: &CaseFacts<'_>) -> Vec<String> {
    if case.orders.is_empty() || !LOCALES.contains(&language) {
        return Vec::new();
    }
    let text = beginning(text, MOST_TYPED);
    let known = Known::of(case);
    let texts = known.texts_in(text);
    let mut open: Vec<Claim> = Vec::new();
    for sentence in sentences(text) {
        let said = claims(sentence, &texts, language, format::day(case.now.datetime()));
        let is_of_order = said.iter().any(|claim| matches!(claim, Claim::State(_, state) if is_state(state)));
        open.extend(said.into_iter().filter(|claim| known.doubts(claim, is_of_order)));
    }
    if !open.is_empty() {
        let written = written(language, case);
        open.retain(|claim| !written.iter().any(|said| is_same(said, claim)));
    }
    let mut doubts: Vec<String> = Vec::new();
    for shown in open.iter().map(|claim| claim.shown().trim()) {
        if !doubts.iter().any(|doubt| doubt == shown) {
            doubts.push(shown.to_owned());
        }
    }
    doubts.truncate(MOST);
    doubts
}

fn beginning(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What the messages of a case state.
fn written(language: &str, case: &CaseFacts<'_>) -> Vec<Claim> {
    let stated = |(text, at): &(&str, Ts)| {
        let day = format::day(at.datetime());
        let found = sentences(beginning(text, MOST_WRITTEN)).flat_map(|sentence| claims(sentence, &[], language, day));
        found.collect::<Vec<_>>()
    };
    case.written.iter().flat_map(stated).collect()
}

fn is_same(said: &Claim, claim: &Claim) -> bool {
    match (said, claim) {
        (Claim::Amount(_, Some(said)), Claim::Amount(_, Some(claimed))) => said == claimed,
        (Claim::Day(_, said), Claim::Day(_, claimed)) => said == claimed,
        (Claim::Code(said), Claim::Code(claimed)) => said.eq_ignore_ascii_case(claimed),
        _ => false,
    }
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

/// What the orders of a case and its draft say, as evidence has it.
struct Known(Vec<String>);

impl Known {
    fn of(case: &CaseFacts<'_>) -> Self {
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
        Self(values)
    }

    /// What is taken out of the sentences of a text first: names and numbers that are known and stand there.
    fn texts_in(&self, text: &str) -> Vec<&str> {
        let lower = text.to_lowercase();
        let is_text = |value: &&str| {
            !value.starts_with('#')
                && !value.chars().all(|c| c.is_ascii_digit())
                && lower.contains(&value.to_lowercase())
        };
        self.0.iter().map(String::as_str).filter(is_text).collect()
    }

    fn doubts(&self, claim: &Claim, is_of_order: bool) -> bool {
        let has = |wanted: &str| self.0.iter().any(|value| value.eq_ignore_ascii_case(wanted));
        match claim {
            Claim::Amount(_, Some(amount)) => !has(&amount.to_string()),
            Claim::Day(_, day) => {
                let mut days = self.0.iter().filter_map(|value| Date::parse(value, &Iso8601::DATE).ok());
                is_of_order && !days.any(|known| day_holds(*day, known))
            }
            Claim::Code(code) => code.chars().filter(char::is_ascii_digit).count() >= DIGITS_OF_A_CODE && !has(code),
            Claim::State(_, state) => STATES.contains(&state.as_str()) && !self.0.contains(state),
            Claim::Amount(_, None) | Claim::Number(..) | Claim::Link(_) | Claim::Name(_) => false,
        }
    }
}
