//! Phone numbers among the other numbers of an answer: orders, parcels, days, prices.

use std::sync::LazyLock;

use regex::{Match, Regex};

/// How many digits a phone number has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// How many digits one has that is written as at home, with its nought.
const AT_HOME_DIGITS: std::ops::RangeInclusive<usize> = 9..=12;
/// How far a word counts for a number, in letters.
const NEAR: usize = 40;

/// What is no phone number however it looks: orders of Amazon and eBay, parcels of DHL (no number in Spain begins so),
/// days, and accounts at a bank.
static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u:\b)\d{3}-\d{7}-\d{7}(?-u:\b)|(?-u:\b)\d{2}-\d{5}-\d{5}(?-u:\b)|\b0034\s?0[\d ]{7,20}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2} \d{1,2} 20\d\d\b|\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,}(?: ?[0-9A-Z]{1,3})?\b",
    )
    .ok()
});
/// With a country in front. Nothing else is written with a `+`.
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
        r"(?i)(?:\b(?:tel|phone|telephone|telefon|telefonnummer|rufnummer|téléphone|telefono|teléfono|telefone|telefoon|puhelin|mobile|mobil|cell|fax|handy|whatsapp|viber|call|text us|hotline|ruf|rufen|anrufen|anruf|appelez|appeler|llame|llamar|llama|llámenos|llámanos|chiama|chiami|chiamare|chiamaci|bel|bel ons|ligue|soita|zadzwoń|dzwonić|arayın|電話)|\bring (?:oss|meg|mig|til oss|på)|(?:^|[.!?\n]\s*)ring)\b([^\d+\n!?]{0,25})(\+?\d[\d\s()./-]{5,22}\d)",
    )
    .ok()
});
/// What other numbers are called.
static NUMBERED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)order|bestell|auftrag|sendung|track|parcel|pa[ck]k?et|pakk|package|paquete|shipment|consign|invoice|rechnung|fact?tura|faktur|facture|commande|colis|suivi|pedido|env[ií]o|ordine|spedizione|pacco|zam[oó]wien|paczk|przesy|zending|ordre|sending|kolli|tilaus|lähetys|sipariş|kargo|takip|encomenda|rastre|\b(?:ean|gtin|upc|isbn|sku|dpd|gls|ups|hermes)\b|arti[ck]|item|produ|referen|\bref\b|customer|kunden|kundnr|iban|konto|\bkonta\b|account|serial|serien|imei|voucher|gutschein|case|hülle|ticket|claim|\bvat\b|\bust|steuer|size|größe|mah\b|client|klient|klant|dossier|\bcaso\b|pratica|sprawy|rachun|vorgang|zeichen|\bkd\b|abhol|batch|\bmodel|\blot\b|\bcod[eio]?|código|\bpin\b|\bversion|\bpart\b|\bart\b|\bbest\.?\s?-?n|posten|kart[ea]|\bcard\b|\bcarte|tarjeta|注文|追跡|番号",
    )
    .ok()
});

/// Words that say that somebody is called, and places that are: what is named in front of them is not the number.
static CALLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:tel|telephone|telefon|telefonnummer|rufnummer|téléphone|telefono|teléfono|telefone|whatsapp|viber|call|hotline|ruf|rufen|anrufen|anruf|appelez|appeler|llame|llamar|llámenos|llámanos|chiami|chiamare|chiamaci|ligue|zadzwoń|dzwonić|kunden(?:service|dienst|hotline|betreuung)|customer (?:service|care|support)|service clients?|(?:servicio|atención) al cliente|servizio clienti|klantenservice|fragen|questions?|domande|preguntas|dudas|vragen|pytania|dúvidas|frågor|kontakt|contact|erreichen|reach us|obsługa klienta|apoio ao cliente|kundtjänst|kundeservice)\b",
    )
    .ok()
});
/// What somebody calls theirs, without a word for what it is.
static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?:my|our) number|(?:meine|unsere) nummer|(?:mon|notre) numéro|(?:mi|nuestro) número|(?:mio|nostro) numero|(?:mijn|ons) nummer|(?:mitt|vårt|mit|vores) nummer|(?:mój|nasz) numer|(?:meu|nosso) número)(?:\s(?:is|ist|est|es|è|er|är|to|é))?\s?:?\s?(\+?\d[\d\s()./-]{5,22}\d)",
    )
    .ok()
});
/// What is counted, right behind a number.
static PIECES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:pieces|pcs|units|stück|stk|pièces|piezas|pezzi|stuks|peças|sztuk|szt)\b").ok()
});
/// The end of a sentence before the next one.
static SENTENCE_END: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\.\s+\p{Lu}").ok());

/// Whether a text holds a phone number.
pub(super) fn has_number(text: &str) -> bool {
    if has_form(IN_PAIRS.as_ref(), text) {
        return true;
    }
    let text = OTHERS.as_ref().map_or(text.into(), |others| others.replace_all(text, " # "));
    let mut announced = ANNOUNCED.iter().flat_map(|form| form.captures_iter(&text));
    let mut with_nought =
        WITH_NOUGHT.iter().flat_map(|form| form.captures_iter(&text)).filter_map(|found| found.get(1));
    let mut own = OWN.iter().flat_map(|form| form.captures_iter(&text)).filter_map(|found| found.get(1));
    has_form(ABROAD.as_ref(), &text)
        || own.any(|number| {
            let (digits, rest) = (digits(number.as_str()), behind(&text, number.end()));
            DIGITS.contains(&digits.len())
                && !is_article(&digits)
                && !names_another(rest)
                && !is_in(PIECES.as_ref(), rest)
        })
        || has_form(AT_HOME.as_ref(), &text)
        || announced.any(|found| {
            let (Some(between), Some(number)) = (found.get(1), found.get(2)) else { return false };
            let (digits, between) = (digits(number.as_str()), between.as_str().trim_start_matches('.'));
            DIGITS.contains(&digits.len())
                && !names_another(between)
                && !is_in(SENTENCE_END.as_ref(), between)
                && !is_article(&digits)
                && !is_in(PIECES.as_ref(), behind(&text, number.end()))
        })
        || with_nought.any(|found| {
            let digits = digits(found.as_str());
            AT_HOME_DIGITS.contains(&digits.len()) && !is_article(&digits) && !is_named(&text, found)
        })
}

/// Whether something in a text has this form, and is a number to call.
fn has_form(form: Option<&Regex>, text: &str) -> bool {
    form.into_iter().flat_map(|form| form.find_iter(text)).any(|found| {
        let digits = digits(found.as_str());
        let is_other = || is_article(&digits) || is_named(text, found);
        DIGITS.contains(&digits.len()) && (found.as_str().starts_with('+') || !is_other())
    })
}

/// Whether a number is said to be another one, or how many there are of something.
fn is_named(text: &str, number: Match<'_>) -> bool {
    let (front, rest) = (before(text, number.start()), behind(text, number.end()));
    let called = CALLED.iter().flat_map(|called| called.find_iter(front)).last();
    let is_another = match called {
        Some(called) => names_another(front.get(called.end()..).unwrap_or_default()),
        None => names_another(front) || names_another(rest),
    };
    is_another || is_in(PIECES.as_ref(), rest)
}

fn is_in(form: Option<&Regex>, text: &str) -> bool {
    form.is_some_and(|form| form.is_match(text))
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
pub(super) fn before(text: &str, at: usize) -> &str {
    let whole = text.get(..at).unwrap_or_default();
    let from = whole.char_indices().rev().nth(NEAR).map_or(0, |(place, _)| place);
    let near = whole.get(from..).unwrap_or_default();
    let line = near.rsplit(['\n', '!', '?']).next().unwrap_or_default();
    let end = SENTENCE_END.iter().flat_map(|end| end.find_iter(line)).last();
    line.get(end.map_or(0, |end| end.start() + 1)..).unwrap_or_default()
}

/// What stands behind a place on its line, up to the end of the sentence.
pub(super) fn behind(text: &str, at: usize) -> &str {
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
