//! Which of the customer's ways to pay is named: by its id, its kind, its brand or its last digits.

use super::Known;
use super::titles::plain;
use super::tokens::Token;
use crate::model::order::{MethodKind, Order, PaymentMethod};

/// Ways to pay that are called by their brands.
const BRANDS: [&str; 4] = ["paypal", "visa", "mastercard", "amex"];

/// How ids of ways to pay begin.
const IDS: [&str; 3] = ["credit_card_", "gift_card_", "paypal_"];

/// What is said of ways to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Nothing.
    Nothing,
    /// The one with which it was paid.
    Original,
    /// This one.
    One(String),
    /// More than one may be meant, or none of theirs.
    Unclear,
}

/// The way to pay that these tokens name.
pub(super) fn named(tokens: &[Token], known: &Known) -> Named {
    let by_id = tokens.iter().find_map(|token| if let Token::Method(id) = token { Some(id.clone()) } else { None });
    if let Some(id) = by_id {
        return Named::One(id);
    }
    let is_strange = |word: &str| IDS.iter().any(|start| word.starts_with(start));
    if tokens.iter().filter_map(Token::word).any(is_strange) {
        return Named::Unclear;
    }
    let words: Vec<String> = tokens.iter().filter_map(Token::word).map(plain).collect();
    let says = |wanted: &[&str]| {
        words.windows(wanted.len()).any(|window| window.iter().zip(wanted).all(|(is, wanted)| is == wanted))
    };
    if says(&["original"]) || says(&["same", "payment"]) {
        return Named::Original;
    }
    let is_said = |method: &&PaymentMethod| {
        let brand = method.brand.to_lowercase();
        let by_brand = !brand.is_empty() && says(&[brand.as_str()]);
        let by_ending = !method.ending.is_empty() && says(&[method.ending.as_str()]);
        let by_name = method.id.split(['_', '-']).next().is_some_and(|start| start.len() > 3 && says(&[start]));
        by_brand || by_ending || (method.kind == MethodKind::Other && by_name)
    };
    let methods = known.methods();
    let mut fitting: Vec<&PaymentMethod> = methods.iter().filter(is_said).collect();
    let of_kind = |kind| methods.iter().filter(move |method| method.kind == kind);
    let is_strange = |brand: &&str| {
        let is_theirs =
            |method: &&PaymentMethod| method.brand.eq_ignore_ascii_case(brand) || method.id.starts_with(*brand);
        says(&[*brand]) && !fitting.iter().any(is_theirs)
    };
    if BRANDS.iter().any(is_strange) {
        return Named::Unclear;
    }
    if fitting.is_empty() && (says(&["gift", "card"]) || says(&["giftcard"]) || says(&["gc"])) {
        fitting.extend(of_kind(MethodKind::GiftCard));
    } else if fitting.is_empty() && says(&["card"]) {
        fitting.extend(of_kind(MethodKind::Card));
    } else if fitting.is_empty() {
        return Named::Nothing;
    }
    match fitting.as_slice() {
        [only] => Named::One(only.id.clone()),
        _ => Named::Unclear,
    }
}

/// The id of the way with which an order was paid.
pub(super) fn original(order: &Order) -> Option<String> {
    let paid = order.payments.first()?;
    order.buyer.methods.iter().find(|method| method.name == paid.method).map(|method| method.id.clone())
}
