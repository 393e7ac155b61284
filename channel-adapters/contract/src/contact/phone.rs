//! Phone numbers among the other numbers of an answer: orders, parcels, days, prices.

use std::sync::LazyLock;

use regex::Regex;

/// How many digits a phone number has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// What is no phone number however it looks: orders of Amazon and eBay, parcels of DHL (no number in Spain begins so), and
/// days.
static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u:\b)\d{3}-\d{7}-\d{7}(?-u:\b)|(?-u:\b)\d{2}-\d{5}-\d{5}(?-u:\b)|\b0034\s?0[\d ]{7,20}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b",
    )
    .ok()
});
/// With a country in front: nothing else is written so.
static ABROAD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?:\+|\b00)[1-9][\d\s()./-]{5,22}\d").ok());
/// With a part for the town or the net set apart.
static AT_HOME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b0\d{1,5}\s?[/-]\s?\d[\d\s-]{3,12}\d\b|\(0?\d{2,4}\)\s?\d{3}[\s.-]?\d{3,5}\b|\b\d{3}-\d{3}-\d{4}\b")
        .ok()
});
/// Behind a word that announces one.
static ANNOUNCED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:tel|phone|telephone|telefon|téléphone|telefono|teléfono|telefoon|mobile|handy|whatsapp|call us|call me|hotline|rufen sie|appelez|llámenos|chiamaci|bel ons)\b[^\d+\n]{0,25}(\+?\d[\d\s()./-]{5,22}\d)",
    )
    .ok()
});

/// Whether a text holds a phone number.
pub(super) fn has_number(text: &str) -> bool {
    let text = OTHERS.as_ref().map_or(text.into(), |others| others.replace_all(text, " # "));
    let is_number = |found: &str| DIGITS.contains(&found.chars().filter(char::is_ascii_digit).count());
    let forms = [ABROAD.as_ref(), AT_HOME.as_ref()];
    let written =
        forms.into_iter().flatten().flat_map(|form| form.find_iter(&text)).any(|found| is_number(found.as_str()));
    let mut announced = ANNOUNCED.iter().flat_map(|form| form.captures_iter(&text)).filter_map(|found| found.get(1));
    written || announced.any(|found| is_number(found.as_str()))
}

#[cfg(test)]
mod tests {
    use super::has_number;

    #[test]
    fn numbers_to_call_are_found() {
        for text in [
            "+49 151 23456789",
            "Call 0049 30 1234567 please",
            "0034 612 345 678",
            "030/1234567",
            "0800-123 456",
            "(206) 555-0100",
            "206-555-0100",
            "Tel.: 01512345678",
            "Rufen Sie uns an: 0151 2345 6789",
            "WhatsApp 15123456789",
        ] {
            assert!(has_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for text in [
            "028-1234567-7654321",
            "12-34567-89012",
            "00340434161094",
            "00340434161094042557",
            "0034 0434 1610 9404 2557",
            "01.12.2026 10:00",
            "01/12/2026 10:30",
            "2026-12-01",
            "EAN 4006381333931",
            "IBAN is yours, 1.299,00 EUR",
            "0151 1234 5678 is the parcel",
            "ZIP 01067 Dresden",
            "1-2-3",
        ] {
            assert!(!has_number(text), "{text}");
        }
    }
}
