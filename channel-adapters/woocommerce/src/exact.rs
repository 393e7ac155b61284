//! Decimals as the shop reckons with them: prices without tax have more digits than their currency. Pure, and never a float.

use channel_contract::money::{Currency, Money};

/// Digits behind the point.
const DIGITS: usize = 6;
/// One, in millionths.
const ONE: i128 = 1_000_000;

/// A decimal in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exact(i128);

impl Exact {
    /// Reads a plain decimal; what lies beyond six digits is dropped.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 18 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let kept = fraction.get(..fraction.len().min(DIGITS))?;
        let value: i128 = format!("{whole}{kept:0<DIGITS$}").parse().ok()?;
        Some(Self(if negative { -value } else { value }))
    }

    /// An amount of money.
    pub(crate) fn of(money: Money) -> Self {
        Self(i128::from(money.minor) * minor_unit(money.currency))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How far two are apart.
    pub(crate) fn distance(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).saturating_abs())
    }

    /// `count` parts of `all`, which is more than none.
    pub(crate) fn share(self, count: u32, all: u32) -> Self {
        Self(self.0.saturating_mul(i128::from(count)) / i128::from(all.max(1)))
    }

    /// The nearest amount of a currency; `None` where it is too large for one.
    pub(crate) fn money(self, currency: Currency) -> Option<Money> {
        let unit = minor_unit(currency);
        let half = if self.0 < 0 { -unit / 2 } else { unit / 2 };
        let minor = i64::try_from(self.0.saturating_add(half) / unit).ok()?;
        Some(Money::new(minor, currency))
    }

    /// As the shop takes it.
    pub(crate) fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (one, value) = (ONE.unsigned_abs(), self.0.unsigned_abs());
        format!("{sign}{}.{:0DIGITS$}", value / one, value % one)
    }

    pub(crate) fn is_nothing(self) -> bool {
        self.0 == 0
    }
}

/// The smallest amount of a currency, in millionths.
fn minor_unit(currency: Currency) -> i128 {
    ONE / 10_i128.pow(currency.exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::read(text).unwrap()
    }

    fn minor(text: &str, code: &str) -> i64 {
        exact(text).money(code.parse().unwrap()).unwrap().minor
    }

    #[test]
    fn decimals_are_read_and_written_without_a_loss() {
        for (text, written) in
            [("42", "42.000000"), ("-0.5", "-0.500000"), ("8.264463", "8.264463"), ("8.2644628099", "8.264462")]
        {
            assert_eq!(exact(text).decimal(), written);
        }
        for text in ["", ".5", "1e3", "1,5", "abc", "-", "1.2.3", "1234567890123456789"] {
            assert_eq!(Exact::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_tax_was_taken_out_of_is_whole_again() {
        let gross = exact("8.264463").plus(exact("1.735537"));
        assert_eq!(gross.money(Currency::EUR), Some(Money::new(1000, Currency::EUR)));
        assert_eq!((minor("9.999999", "EUR"), minor("-9.995", "EUR"), minor("0.5", "JPY")), (1000, -1000, 1));
        assert_eq!((minor("1.2345", "KWD"), minor("0.004", "EUR")), (1235, 0));
        assert_eq!(Exact::of(Money::new(1999, Currency::EUR)), exact("19.99"));
    }

    #[test]
    fn shares_and_distances_are_whole_millionths() {
        assert_eq!(exact("10").share(1, 3), exact("3.333333"));
        assert_eq!(exact("10").share(3, 3), exact("10"));
        assert_eq!(exact("10").distance(exact("10.01")), exact("0.01"));
        assert!(exact("0.000000").is_nothing() && !exact("0.000001").is_nothing());
    }
}
