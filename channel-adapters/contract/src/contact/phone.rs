//! Phone numbers among the other numbers of an answer: orders, parcels, days, prices.

use std::sync::LazyLock;

use regex::Regex;

/// How many digits a phone number has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// How many digits one has that is written as at home, with its nought.
const AT_HOME_DIGITS: std::ops::RangeInclusive<usize> = 9..=12;
/// How far a word counts for a number, in letters.
const NEAR: usize = 40;

/// What is no phone number however it looks: orders of Amazon and eBay, parcels of DHL (no number in Spain begins so), and
/// days.
static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u:\b)\d{3}-\d{7}-\d{7}(?-u:\b)|(?-u:\b)\d{2}-\d{5}-\d{5}(?-u:\b)|\b0034\s?0[\d ]{7,20}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2} \d{1,2} 20\d\d\b",
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
/// In pairs with points, as in France; a day has three parts.
static IN_PAIRS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b0[1-9](?:\.\d\d){4}\b").ok());
/// A run of digits that begins with a nought.
static WITH_NOUGHT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\p{L}\d.,/#+-])(0[1-9](?:[ -]?\d)+)").ok());
/// Behind a word that announces one.
static ANNOUNCED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\b(?:tel|phone|telephone|telefon|telefonnummer|rufnummer|téléphone|telefono|teléfono|telefone|telefoon|puhelin|mobile|mobil|cell|fax|handy|whatsapp|viber|call|text us|hotline|ruf|rufen|anrufen|anruf|appelez|appeler|llame|llamar|llama|llámenos|llámanos|chiama|chiami|chiamare|chiamaci|bel|bel ons|ligue|soita|zadzwoń|dzwonić|arayın|電話)|\bring (?:oss|meg|mig|til oss|på)|(?:^|[.!?\n]\s*)ring)\b([^\d+\n]{0,25})(\+?\d[\d\s()./-]{5,22}\d)",
    )
    .ok()
});
/// What other numbers are called.
static NUMBERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)order|bestell|auftrag|sendung|track|parcel|pa[ck]k?et|pakk|package|paquete|shipment|consign|invoice|rechnung|fact?tura|faktur|facture|commande|colis|suivi|pedido|env[ií]o|ordine|spedizione|pacco|zam[oó]wien|paczk|przesy|zending|ordre|sending|kolli|tilaus|lähetys|sipariş|kargo|takip|encomenda|rastre|\b(?:ean|gtin|upc|isbn|sku|dpd|gls|ups|hermes)\b|arti[ck]|item|produ|referen|\bref\b|customer|kunden|kundnr|iban|konto|account|serial|serien|imei|voucher|gutschein|case|hülle|ticket|claim|\bvat\b|ust|steuer|size|größe|mah\b|注文|追跡|番号",
    )
    .ok()
});

/// Whether a text holds a phone number.
pub(super) fn has_number(text: &str) -> bool {
    if IN_PAIRS.as_ref().is_some_and(|pairs| pairs.is_match(text)) {
        return true;
    }
    let text = OTHERS.as_ref().map_or(text.into(), |others| others.replace_all(text, " # "));
    let is_number = |found: &str| DIGITS.contains(&digits(found).len());
    let forms = [ABROAD.as_ref(), AT_HOME.as_ref()];
    let written =
        forms.into_iter().flatten().flat_map(|form| form.find_iter(&text)).any(|found| is_number(found.as_str()));
    let mut announced = ANNOUNCED.iter().flat_map(|form| form.captures_iter(&text));
    let mut with_nought =
        WITH_NOUGHT.iter().flat_map(|form| form.captures_iter(&text)).filter_map(|found| found.get(1));
    written
        || announced.any(|found| {
            let [between, number] = [1, 2].map(|group| found.get(group).map_or("", |part| part.as_str()));
            is_number(number) && !names_another(between) && !is_article(&digits(number))
        })
        || with_nought.any(|found| {
            let digits = digits(found.as_str());
            AT_HOME_DIGITS.contains(&digits.len())
                && !is_article(&digits)
                && !names_another(before(&text, found.start()))
                && !names_another(behind(&text, found.end()))
        })
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Whether digits are the number of an article (EAN, UPC): the last one checks the others.
fn is_article(digits: &[u32]) -> bool {
    let Some((check, others)) = digits.split_last().filter(|_| matches!(digits.len(), 12 | 13)) else { return false };
    let sum: u32 = others.iter().rev().zip([3, 1].iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    (sum + check).is_multiple_of(10)
}

fn names_another(words: &str) -> bool {
    NUMBERED.as_ref().is_some_and(|numbered| numbered.is_match(words))
}

/// What stands in front of a place on its line, up to the end of the sentence before.
fn before(text: &str, at: usize) -> &str {
    let whole = text.get(..at).unwrap_or_default();
    let from = whole.char_indices().rev().nth(NEAR).map_or(0, |(place, _)| place);
    let near = whole.get(from..).unwrap_or_default();
    near.rsplit(['\n', '!', '?']).next().unwrap_or_default()
}

/// What stands behind a place on its line, up to the end of the sentence.
fn behind(text: &str, at: usize) -> &str {
    let whole = text.get(at..).unwrap_or_default();
    let to = whole.char_indices().nth(NEAR).map_or(whole.len(), |(place, _)| place);
    whole.get(..to).unwrap_or_default().split(['\n', '.', '!', '?']).next().unwrap_or_default()
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
