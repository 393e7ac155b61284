//! What Amazon forbids to speak of with buyers: coupons and discounts on what they buy next, other ways to buy or to pay, and that
//! a review be changed or removed. Who says no to such a thing, or tells of something else, does none of it. Pure.

mod words;

use channel_contract::clauses::{Clause, IMPERATIVES, INVITING, Words, clauses, plain, sentences};

use self::words::{
    ASKED, BUYING, CHANGING, CHANGING_BEHIND, CODES, COUPONS, DISCOUNTS, FURTHER, GIVEN_BACK, GIVING, MEANS,
    NOT_ON_AMAZON, ON_AMAZON, OUR_SHOP, PARTING, PARTING_BEHIND, PAYING, PLEASE, PORTUGUESE, REFUSING, REVIEWS,
    TAKEN_BACK, TAKING, VISITS,
};

/// How many words may stand between a review and what is done with it.
const BETWEEN: usize = 3;
/// How many words after a number `off` may stand: “10 EUR off”.
const UNIT: usize = 2;

/// The word of a coupon, or of a discount on what is bought next, that a text offers.
pub(crate) fn coupon(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let found = |sentence: &str| {
        let clauses = clauses_of(sentence);
        if clauses.iter().any(|clause| clause.refuses) {
            let offered = |clause: &&Clause| !clause.refuses && !clause.tells && GIVING.are_in(&clause.words);
            return clauses.iter().filter(offered).find_map(|clause| coupon_in(&clause.words));
        }
        coupon_in(&plain(sentence))
    };
    sentences(&lower).find_map(found)
}

fn coupon_in(words: &str) -> Option<String> {
    let found = |known: &Words| known.first_in(words).map(str::to_owned);
    let named = found(&CODES);
    if named.is_some() {
        return named;
    }
    if FURTHER.are_in(words) {
        return found(&COUPONS).or_else(|| found(&DISCOUNTS)).or_else(|| takes_off(words).then(|| "off".to_owned()));
    }
    let is_handed_over = GIVING.are_in(words) && !GIVEN_BACK.are_in(words) && !ON_AMAZON.are_in(words);
    is_handed_over.then(|| found(&COUPONS)).flatten()
}

/// Whether a number is taken off a price.
fn takes_off(words: &str) -> bool {
    let words: Vec<&str> = words.split_whitespace().collect();
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let is_off = |place: usize| words.iter().skip(place + 1).take(UNIT).any(|word| *word == "off");
    words.iter().enumerate().any(|(place, word)| is_number(word) && is_off(place))
}

/// Whether a text leads a buyer to another way to buy or to pay.
pub(crate) fn leads_elsewhere(text: &str) -> bool {
    is_asked(text, is_elsewhere, &INVITING)
}

fn is_elsewhere(words: &str) -> bool {
    let is_there = ON_AMAZON.are_in(words) && !NOT_ON_AMAZON.are_in(words);
    let buys = || OUR_SHOP.are_in(words) && (BUYING.are_in(words) || IMPERATIVES.begin(words));
    VISITS.are_in(words) || (!is_there && (buys() || pays_elsewhere(words)))
}

fn pays_elsewhere(words: &str) -> bool {
    let is_given_back = GIVEN_BACK.are_in(words) && !INVITING.are_in(words);
    MEANS.are_in(words) && PAYING.are_in(words) && !is_given_back && !ASKED.are_in(words)
}

/// Whether a text asks a buyer to change or remove what they wrote of a product or a seller.
pub(crate) fn asks_to_change_a_review(text: &str) -> bool {
    is_asked(text, changes_a_review, &PLEASE)
}

fn changes_a_review(words: &str) -> bool {
    let takes_back = || TAKING.are_in(words) && stands_behind(words, &REVIEWS, &TAKEN_BACK, &PARTING_BEHIND);
    stands_behind(words, &CHANGING, &REVIEWS, &PARTING)
        || stands_behind(words, &REVIEWS, &CHANGING_BEHIND, &PARTING_BEHIND)
        || takes_back()
}

/// Whether one of the later words stands near behind one of the first, with none between that begins something else.
fn stands_behind(words: &str, first: &Words, later: &Words, parting: &Words) -> bool {
    first.behind(words).any(|behind| {
        let starts = behind.match_indices(' ').map(|(at, _)| behind.get(at..).unwrap_or_default());
        let mut near = starts.take(BETWEEN + 1).take_while(|rest| later.begin(rest) || !parting.begin(rest));
        near.any(|rest| later.begin(rest))
    })
}

/// Whether a clause of a text is forbidden and not said no to. Where a sentence says no to something, it has to ask for it in so
/// many words, or in place of that: else it may be one of several things that are not to be done.
fn is_asked(text: &str, is_forbidden: fn(&str) -> bool, asking: &Words) -> bool {
    let lower = text.to_lowercase();
    sentences(&lower).any(|sentence| {
        let clauses = clauses_of(sentence);
        let first_no = clauses.iter().position(|clause| clause.refuses);
        clauses.iter().enumerate().any(|(place, clause)| {
            let is_said = first_no.is_none_or(|no| {
                let may_ask = place < no || clause.contrasts;
                !clause.tells && (asking.are_in(&clause.words) || (may_ask && is_begun(&clause.words)))
            });
            !clause.refuses && is_said && is_forbidden(&clause.words)
        })
    })
}

/// Whether a clause begins by asking for something.
fn is_begun(words: &str) -> bool {
    IMPERATIVES.begin(words) || CHANGING.begin(words)
}

fn clauses_of(sentence: &str) -> Vec<Clause> {
    clauses(sentence, &REFUSING, PORTUGUESE.are_in(&plain(sentence)))
}

#[cfg(test)]
mod tests;
