//! Money as integer minor units of an ISO 4217 currency; never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An ISO 4217 code such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// The text is not three letters.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is not an ISO 4217 currency code")]
pub struct UnknownCurrency(String);

impl Currency {
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The code as text.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimal digits the currency has (JPY 0, EUR 2, KWD 3). Source: ISO 4217, list one.
    pub fn exponent(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.trim().to_ascii_uppercase();
        match <[u8; 3]>::try_from(upper.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err(UnknownCurrency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount: `minor` units (cents for EUR) of `currency`. May be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 4200 is 42.00 EUR, and 4200 JPY.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Why a decimal amount could not be read, or two amounts not joined.
#[derive(Debug, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number, too many decimals for the currency, or too large.
    #[error("“{0}” is not an amount in {1}")]
    NotAnAmount(String, Currency),
    /// Amounts of two currencies cannot be added.
    #[error("{0} and {1} are different currencies")]
    Mixed(Currency, Currency),
    /// The sum does not fit.
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Reads a plain decimal such as `42`, `42.5`, `-0.99`. Zeros beyond the currency's digits pass, other digits do
    /// not: nothing is ever rounded.
    pub fn parse_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let wrong = || MoneyError::NotAnAmount(text.to_owned(), currency);
        let trimmed = text.trim();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(wrong());
        }
        let places = usize::try_from(currency.exponent()).map_err(|_| wrong())?;
        let (kept, beyond) = fraction.split_at(fraction.len().min(places));
        if beyond.bytes().any(|byte| byte != b'0') {
            return Err(wrong());
        }
        let minor: i64 = format!("{whole}{kept:0<places$}").parse().map_err(|_| wrong())?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// The amount as a plain decimal without the currency: `42.00`.
    pub fn decimal(self) -> String {
        let places = self.currency.exponent();
        let unit = 10_u64.pow(places);
        let sign = if self.minor < 0 { "-" } else { "" };
        let absolute = self.minor.unsigned_abs();
        match usize::try_from(places) {
            Ok(width) if width > 0 => {
                format!("{sign}{}.{:0width$}", absolute / unit, absolute % unit)
            }
            _ => format!("{sign}{absolute}"),
        }
    }

    /// The sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference of two amounts of one currency.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        let negated = other.minor.checked_neg().ok_or(MoneyError::TooLarge)?;
        self.plus(Self::new(negated, other.currency))
    }

    /// `self` taken `count` times.
    pub fn times(self, count: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(count)).ok_or(MoneyError::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Adds up amounts; nothing adds up to zero of `currency`.
    pub fn sum(amounts: impl IntoIterator<Item = Self>, currency: Currency) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Result<Money, MoneyError> {
        Money::parse_decimal(text, code.parse().unwrap())
    }

    #[test]
    fn reads_and_writes_decimals_of_every_precision() {
        for (text, code, minor, shown) in [
            ("42", "EUR", 4200, "42.00 EUR"),
            ("42.5", "EUR", 4250, "42.50 EUR"),
            ("-0.99", "EUR", -99, "-0.99 EUR"),
            ("1200", "JPY", 1200, "1200 JPY"),
            ("1200.00", "JPY", 1200, "1200 JPY"),
            ("1.234", "KWD", 1234, "1.234 KWD"),
        ] {
            let read = money(text, code).unwrap();
            assert_eq!((read.minor, read.to_string().as_str()), (minor, shown));
        }
    }

    #[test]
    fn never_rounds() {
        for (text, code) in
            [("42.001", "EUR"), ("0.5", "JPY"), ("1e3", "EUR"), ("", "EUR"), (".5", "EUR"), ("1,5", "EUR")]
        {
            assert!(money(text, code).is_err(), "{text} {code}");
        }
        assert!(money("99999999999999999999", "EUR").is_err());
    }

    #[test]
    fn currencies_do_not_mix() {
        assert!(money("1", "EUR").unwrap().plus(money("1", "USD").unwrap()).is_err());
        let most = Money::new(i64::MAX, Currency::EUR);
        assert!(matches!(most.plus(Money::new(1, Currency::EUR)), Err(MoneyError::TooLarge)));
        assert!(matches!(most.minus(Money::new(i64::MIN, Currency::EUR)), Err(MoneyError::TooLarge)));
    }
}
