//! The regular expressions of `entities.rs`, compiled when first used.
//!
//! `compile` narrows the Unicode classes to Latin letters: the full classes would cost hundreds of kilobytes each.

use std::sync::LazyLock;

use regex::Regex;

macro_rules! pattern {
    ($source:expr $(,)?) => {
        LazyLock::new(|| compile($source))
    };
}

macro_rules! patterns {
    ($($source:expr),+ $(,)?) => {
        LazyLock::new(|| vec![$(compile($source)),+])
    };
}

const ORDER_WORD: &str = r"(?:orders?|oder|ordr|odrer|purchases?|bestell\w*|auftrag\w*|commandes?|pedidos?|encomendas?|compra|ordin[ei]|bestelling\w*|zam[oó]wieni\w*|order[- ]?id)";

pub(crate) static EMAIL: LazyLock<Regex> =
    pattern!(r"(?i)\b[a-z0-9][a-z0-9._%+-]*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b");
pub(crate) static INVOICE: LazyLock<Regex> = pattern!(
    r"(?i)(?:invoices?|invocies?|inovices?|bills?|rechnung\w*|facturas?|factures?|fatturae?|fattura|factuur|faktur\w*|fatura)(?:\s+(?:no|nr|number|nummer|num[eé]ro|n[uú]mero|id))?[\s.:°º]*(#\s?[a-z0-9-]{3,}|[a-z]{0,4}-?\d{4,14}\b)",
);
pub(crate) static ORDER_FORMATS: LazyLock<Vec<Regex>> =
    patterns!(r"\b\d{3}-\d{7}-\d{7}\b", r"#W\d{6,8}\b", r"\b[A-Z]{2,4}-\d{4,9}\b", r"\b\d{2}-\d{5}-\d{5}\b",);
pub(crate) static ORDER_BY_WORD: LazyLock<Regex> = LazyLock::new(|| {
    compile(&format!(
        r"(?i){ORDER_WORD}(?:[\s-]*(?:number|no|nr|nummer|num[eé]ro|n[uú]mero|numer\w*|n[°º]|id|code))?[\s.:,]*(?:is|ist|est|es|è|é|to|lautet|with|the|number)?[\s.:]*(#?[a-z]{{0,4}}-?\d{{4,18}})\b"
    ))
});
pub(crate) static SKU: LazyLock<Regex> = pattern!(
    r"(?i)\b(?:sku|art(?:icle|ikel)?[.-]?\s?(?:no|nr|number|nummer)?|item (?:no|number)|model)[\s.:#]*([a-z0-9]+(?:-[a-z0-9]+)*\d[a-z0-9-]*)\b",
);
pub(crate) static TRACKING: LazyLock<Vec<Regex>> = patterns!(
    r"\b(1Z[0-9A-Z]{16})\b",
    r"\b([A-Z]{2}\d{9}[A-Z]{2})\b",
    r"\b(JJD\d{12,20}|JVGL\d{10,20}|TBA\d{10,14})\b",
    r"(?i)(?:tracking|track(?:\s?(?:and|&)\s?trace)?|sendungs\w*|trackingnummer|suivi|seguimiento|rastreio|rastreamento|spedizione|śledzenia|przesyłki|parcel|shipment|DHL|DPD|UPS|FedEx|GLS|Hermes|PostNL|InPost)(?:\s+(?:number|no|nr|code|id|nummer|num[eé]ro|n[uú]mero|numer))?(?:\s+(?:is|ist|est|es|è))?[\s.:#]*([A-Z]{0,3}\d{9,26})\b",
);
pub(crate) static ADDRESS: LazyLock<Regex> = pattern!(concat!(
    r"(?x)(?: ",
    // Street with number, then postal code and city: "Lindenweg 5, 50667 Köln", "Calle Mayor 3, 28013 Madrid".
    r"\b\p{Lu}[\p{L}.'’-]+(?:[\ ](?:[\p{L}.'’-]+)){0,4}[\ ]\d{1,4}\ ?[a-zA-Z]?(?:/\d+)?\s*[,\n]\s*(?:[A-Z]{1,2}-)?\d{2}(?:-\d{3}|\d{2,3}(?:\ ?[A-Z]{2}|-\d{3})?)[\ ]\p{Lu}[\p{L}'’-]+(?:[\ ]\p{Lu}[\p{L}'’-]+){0,2}",
    // Number first: "12 rue des Lilas, 69003 Lyon".
    r"|\b\d{1,4}(?:[\ ]?(?:bis|ter))?,?[\ ](?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|all[ée]e|quai|route|cours)[\ ][\p{L}\ .'’-]{2,40}\s*[,\n]\s*\d{4,5}[\ ]\p{Lu}[\p{L}'’-]+(?:[\ ]\p{Lu}[\p{L}'’-]+){0,2}",
    // British and American: "12 Mill Lane, Leeds LS1 4AB", "101 Highway Street, Suite 4, Austin, TX 78701".
    r"|\b\d{1,5}[A-Za-z]?[\ ]\p{Lu}[\p{L}.'’-]+(?:[\ ]\p{Lu}[\p{L}.'’-]+){0,4}(?:,[\ ][A-Z][\p{L}\ .]*[\ ]?\#?\d{0,4})?\s*[,\n]\s*\p{Lu}[\p{L}'’\ -]{1,30},?\s*(?:[A-Z]{1,2}\d{1,2}[A-Z]?[\ ]\d[A-Z]{2}|[A-Z]{2},?[\ ]\d{5}(?:-\d{4})?)",
    r")"
));
pub(crate) static MONEY: LazyLock<Regex> = pattern!(
    r"(?i)(?:(?P<sign>[$€£]|\b(?:usd|eur|gbp|chf|pln)\s)\s?(?P<after>\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)|(?P<before>\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)\s?(?:[$€£]|(?:dollars?|dollers?|dolars?|bucks|euros?|pounds?|usd|eur|gbp|chf|pln|sek|dkk|nok|franken|fränkli|francs?|francos|franchi|dólares|dolares|dollari|libras|livres|sterline|sterling|ponden|kronen|kronor|kroner|kr|zł|złotych|zlotych|zloty|quid|reais|pesos|yen)\b))",
);
pub(crate) static DATES: LazyLock<Vec<Regex>> = patterns!(
    r"\b\d{4}-\d{2}-\d{2}\b",
    r"\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b",
    r"\b\d{1,2}\.\s?\d{1,2}\.",
    r"(?i)\b\d{1,2}(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+|di\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|mär|okt|dez|janv|fév|avr|juin|juil|août|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|mei|mrt|fev|out|sty|lut|kwi|maj|cze|lip|sie|wrz|paź|lis|gru)\p{L}*\.?(?:\s+\d{4})?\b",
    r"(?i)\b(?:january|february|march|april|june|july|august|september|october|november|december|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?\b",
);
pub(crate) static QUANTITY: LazyLock<Regex> = pattern!(
    r"(?i)\b(\d{1,3})\s?(?:x|×|pcs?|pieces?|units?|items|pairs?|packs?|stück|stk|paar|pièces?|paires?|unidades|uds|piezas|pezzi|paia|stuks|paar|unidades|peças|sztuk\w*|szt)\b",
);
pub(crate) static BARE_NUMBER: LazyLock<Regex> = pattern!(r"#\d{3,12}\b|\b\d{5,18}\b");
pub(crate) static NEAR_OTHER: LazyLock<Regex> = pattern!(
    r"(?i)customer|kunden|klant|client|call|phone|mobile|whatsapp|tel[ .:e]|ruf|anruf|appel|llam|chiam|bel |ligu|dzwo|\+$|\b(?:at|on|unter|au|al)\s$",
);
pub(crate) static NEAR_ORDER: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"(?i)\b{ORDER_WORD}\b")));
pub(crate) static NEAR_INVOICE: LazyLock<Regex> = pattern!(r"(?i)invoice|bill|rechnung|factur|fattura|faktur|fatura");
pub(crate) static NEAR_REFUND: LazyLock<Regex> = pattern!(
    r"(?i)ref+un|rei[mn]b|reimv|rebat|restitut|compens|money back|get back|give back|pay back|paid|payed|money|erstatt|zurück|rembours|reembols|devol|rimbors|terugbet|zwrot|estorno|return",
);
pub(crate) static ACCOUNT_TYPE: LazyLock<Regex> = pattern!(
    r"(?i)(?:\b|\b(?:a|my|another|the)|ing)(?P<loose>freemium|platinum|premium|standard|gold|free)(?:\b|acc|prof)|\b(?P<strict>pro|silver|basic|business|bronze|plus)\b",
);
pub(crate) static ACCOUNT_WORD: LazyLock<Regex> = pattern!(
    r"(?i)\bac+o?u?n?t?s?\b|\bacc?ou?n?t?s?\b|\bacc\w{2,6}t?s?\b|\b\w?ccounts?\b|profi\w*|\bprof\w{2,5}|memb\w+|subscr\w+|\bplan\b|user|konto|compte|cuenta|conta\b",
);
pub(crate) static HONORIFIC: LazyLock<Regex> =
    pattern!(r"\b((?i:mr|mrs|ms|miss|dr|herr|frau|mme|sr|sra)\.?\s\p{L}[\p{L}'’-]+(?:\s\p{Lu}[\p{L}'’-]+)?)");
pub(crate) static NAME_AFTER: LazyLock<Regex> = pattern!(
    r"(?i:\bfrom|\bfor|\bby|\bname is|\bi am|\bi'm|\bthis is|\bich bin|\bmein name ist|\bje m'appelle|\bme llamo|\bmi chiamo|\bchamo-me|\bnazywam się|\bmijn naam is)\s+(\p{Lu}[\p{L}'’-]+(?:\s\p{Lu}[\p{L}'’-]+){1,2})",
);
pub(crate) static INVOICE_FROM: LazyLock<Regex> = pattern!(r"(?i)\bfr?o?rm?\s+([a-z][a-z'’-]+\s[a-z][a-z'’-]+)\b");
pub(crate) static DELIVERY_WORD: LazyLock<Regex> = pattern!(
    r"(?i)deliv|delev|devil|deliev|ship|shpi|hsip|send|order|oder|ord\w+|purchas|buy|liefer|versend|livr|expédi|envi|entreg|spedi|conseg|lever|verzend|wysy",
);

#[expect(clippy::expect_used, reason = "constant patterns, all compiled by the tests")]
fn compile(source: &str) -> Regex {
    let latin = source
        .replace(r"\p{Lu}", "[A-ZÀ-ÖØ-ÞĀ-Ž]")
        .replace(r"\p{L}", "[A-Za-zÀ-ÖØ-öø-ž]")
        .replace(r"\w", "[0-9A-Za-zÀ-ÖØ-öø-ž]")
        .replace(r"\d", "[0-9]")
        .replace(r"\b", r"(?-u:\b)");
    Regex::new(&latin).expect("a valid pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_patterns_compile() {
        let single = [
            &EMAIL,
            &INVOICE,
            &ORDER_BY_WORD,
            &SKU,
            &ADDRESS,
            &MONEY,
            &QUANTITY,
            &BARE_NUMBER,
            &NEAR_ORDER,
            &NEAR_INVOICE,
            &NEAR_OTHER,
            &NEAR_REFUND,
            &ACCOUNT_TYPE,
            &ACCOUNT_WORD,
            &HONORIFIC,
            &NAME_AFTER,
            &INVOICE_FROM,
            &DELIVERY_WORD,
        ];
        assert!(single.iter().all(|pattern| !pattern.as_str().is_empty()));
        let several = [&ORDER_FORMATS, &TRACKING, &DATES];
        assert!(several.iter().all(|patterns| !patterns.is_empty()));
    }
}
