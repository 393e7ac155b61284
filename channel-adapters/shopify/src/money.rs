//! Amounts as Shopify writes them: decimals in a bag of the shop's currency and the buyer's. The buyer's counts here. Pure.

use channel_contract::money::{Currency, Money};
use channel_contract::wire::{amount, text};
use serde_json::Value;

use crate::convert::Unreadable;
use crate::wire::at;

/// The currency that the buyer paid in.
pub(crate) fn currency_of(bag: &Value) -> Option<Currency> {
    text(at(bag, &["presentmentMoney"]), &["currencyCode"]).parse().ok()
}

/// What the buyer sees of a bag, in the order's currency; `None` where there is no bag.
pub(crate) fn paid(value: &Value, name: &str, currency: Currency) -> Result<Option<Money>, Unreadable> {
    let bag = at(value, &[name]);
    if bag.is_null() {
        return Ok(None);
    }
    if currency_of(bag) != Some(currency) {
        return Err(Unreadable("an amount has another currency than the order, or none"));
    }
    let read = amount(at(bag, &["presentmentMoney"]), "amount", currency);
    read.map(Some).ok_or(Unreadable("an amount is not a decimal number of its currency"))
}

/// The price of one piece, which Shopify divides without rounding: what lies below the smallest coin is left out, and is no
/// part of any sum.
pub(crate) fn unit_price(value: &Value, name: &str, currency: Currency) -> Option<Money> {
    let bag = at(value, &[name]);
    if currency_of(bag) != Some(currency) {
        return None;
    }
    let written = text(at(bag, &["presentmentMoney"]), &["amount"]);
    let places = usize::try_from(currency.exponent()).ok()?;
    let kept = match written.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{}", fraction.get(..places.min(fraction.len()))?),
        None => written,
    };
    Money::parse_decimal(&kept, currency).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bag(amount: &str, code: &str) -> Value {
        json!({ "price": { "presentmentMoney": { "amount": amount, "currencyCode": code } } })
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        let yen: Currency = "JPY".parse().unwrap();
        for (text, currency, minor) in
            [("12.50", Currency::EUR, 1250), ("12.5", Currency::EUR, 1250), ("1200.0", yen, 1200)]
        {
            let read = paid(&bag(text, currency.code()), "price", currency).unwrap().unwrap();
            assert_eq!(read.minor, minor, "{text}");
        }
        assert_eq!(paid(&json!({}), "price", Currency::EUR), Ok(None));
        for wrong in [bag("12.505", "EUR"), bag("12.50", "USD"), bag("a", "EUR"), json!({ "price": {} })] {
            assert!(paid(&wrong, "price", Currency::EUR).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_divided_price_loses_what_is_below_a_coin() {
        let minor = |text: &str| unit_price(&bag(text, "EUR"), "price", Currency::EUR).map(|price| price.minor);
        assert_eq!(
            ["33.333333", "33.3", "33", "0.009", "x", ""].map(minor),
            [Some(3333), Some(3330), Some(3300), Some(0), None, None]
        );
        assert_eq!(
            unit_price(&bag("33.99", "JPY"), "price", "JPY".parse().unwrap()).map(|price| price.minor),
            Some(33)
        );
    }
}
