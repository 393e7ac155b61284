//! Dates, money, names and lists as each language writes them.

use time::{Date, OffsetDateTime};

use super::locale::locale;
use crate::model::order::Money;

/// `1,284.50 EUR` in English, `1.284,50 EUR` where a comma divides.
pub fn money(amount: Money, code: &str) -> String {
    format!("{} {}", decimal(amount, code), amount.currency)
}

/// [`money`] without the currency: `1,284.50`.
pub fn decimal(amount: Money, code: &str) -> String {
    let locale = locale(code);
    let plain = amount.decimal();
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    match plain.split_once('.') {
        Some((whole, part)) => format!("{sign}{}{}{part}", grouped(whole, locale.thousands_mark), locale.decimal_mark),
        None => format!("{sign}{}", grouped(plain, locale.thousands_mark)),
    }
}

/// Digits with their thousands apart.
pub fn grouped(digits: &str, mark: char) -> String {
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(mark);
        }
        shown.push(digit);
    }
    shown
}

/// `Saturday 21 November`, with the year when it is not this year's.
pub fn date(day: Date, code: &str, today: Date) -> String {
    let locale = locale(code);
    let weekday = pick(&locale.weekdays, day.weekday().number_days_from_monday());
    let month = pick(&locale.months, u8::from(day.month()).saturating_sub(1));
    let number = day.day();
    let written = match locale.code {
        "de" => format!("{weekday}, {number}. {month}"),
        "es" => format!("{weekday} {number} de {month}"),
        "fr" if number == 1 => format!("{weekday} 1er {month}"),
        _ => format!("{weekday} {number} {month}"),
    };
    if day.year() == today.year() {
        return written;
    }
    match locale.code {
        "es" => format!("{written} de {}", day.year()),
        _ => format!("{written} {}", day.year()),
    }
}

/// The day of a moment, in UTC.
pub fn day(moment: OffsetDateTime) -> Date {
    moment.to_offset(time::UtcOffset::UTC).date()
}

fn pick(names: &[&'static str], place: u8) -> &'static str {
    names.get(usize::from(place)).copied().unwrap_or_default()
}

/// `a, b and c`.
pub fn list(members: &[String], code: &str) -> String {
    match members {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {} {last}", first.join(", "), locale(code).and),
    }
}

/// The name to greet with: the first word of a real name, nothing of a handle, an alias or an address.
pub fn first_name(name: &str) -> Option<String> {
    let is_name = |word: &str| word.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c));
    let mut words = name.split_whitespace();
    if !words.clone().all(is_name) {
        return None;
    }
    let first = words.next()?;
    let titles = ["mr", "mrs", "ms", "dr", "prof", "herr", "frau", "mme", "m", "sr", "sra", "sig"];
    let plain = first.trim_end_matches('.').to_lowercase();
    let nobody = [
        "visitor",
        "besucher",
        "visiteur",
        "visitante",
        "visitatore",
        "bezoeker",
        "unknown",
        "unbekannt",
        "inconnu",
        "desconocido",
        "sconosciuto",
        "onbekend",
        "customer",
        "kunde",
        "guest",
        "gast",
    ];
    let long_enough =
        plain.chars().count() > 1 && !titles.contains(&plain.as_str()) && !nobody.contains(&plain.as_str());
    let company = ["gmbh", "ltd", "inc", "bv", "sarl", "ag", "kg", "srl", "sl", "support", "info", "service"];
    let is_company = name.to_lowercase().split_whitespace().any(|word| company.contains(&word.trim_end_matches('.')));
    (long_enough && !is_company).then(|| first.to_owned())
}

/// Fills the placeholders of a greeting or sign-off; an unknown name leaves no hole.
pub fn fill(text: &str, name: &str, brand: &str, teammate: &str) -> String {
    let first = first_name(name);
    let whole = if first.is_some() { name } else { "" };
    let filled = text
        .replace("{first name}", first.as_deref().unwrap_or_default())
        .replace("{name}", whole)
        .replace("{brand}", brand)
        .replace("{teammate}", teammate);
    let folded = filled.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut tidy = folded.replace(" ,", ",").replace(" !", "!").replace(" :", ":").replace(",:", ":");
    while tidy.ends_with(", ") || (tidy.ends_with(',') && teammate.is_empty() && text.contains("{teammate}")) {
        tidy.pop();
    }
    tidy
}

/// Words that may begin a German sentence and are no nouns: only they lose their capital behind a comma.
const GERMAN_WORDS: [&str; 50] = [
    "Ab",
    "Auch",
    "Auf",
    "Bei",
    "Bis",
    "Bitte",
    "Da",
    "Damit",
    "Danke",
    "Das",
    "Dein",
    "Deine",
    "Den",
    "Der",
    "Deshalb",
    "Die",
    "Diese",
    "Dieser",
    "Du",
    "Eine",
    "Einen",
    "Es",
    "Falls",
    "Für",
    "Gern",
    "Hier",
    "Ich",
    "Im",
    "In",
    "Ja",
    "Jemand",
    "Kannst",
    "Laut",
    "Mit",
    "Möchtest",
    "Nach",
    "Noch",
    "Ob",
    "Schon",
    "Sehr",
    "Sobald",
    "Um",
    "Unser",
    "Vielen",
    "Wann",
    "Was",
    "Wenn",
    "Wie",
    "Wir",
    "Zuletzt",
];

/// The first sentence behind a greeting: where the greeting runs on into it (`Hi Anna, your parcel`), its first word
/// loses the capital, unless it is a name, an abbreviation, or a word that is always written so. A German letter runs
/// on behind a comma even when the text stands in a line of its own.
pub fn run_on(greeting: &str, text: &str, code: &str, same_line: bool, is_name: impl Fn(&str) -> bool) -> String {
    let code = locale(code).code;
    let runs_on = match greeting.trim_end().chars().next_back() {
        Some(',') => same_line || code == "de",
        Some(':') => same_line,
        _ => false,
    };
    let Some(at) = text.find(char::is_alphanumeric).filter(|_| runs_on) else { return text.to_owned() };
    let (before, rest) = text.split_at(at);
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    let mut letters = word.chars();
    let Some(first) = letters.next() else { return text.to_owned() };
    let is_plain = letters.clone().all(char::is_lowercase) && !(code == "en" && word == "I");
    let is_noun = code == "de" && !GERMAN_WORDS.contains(&word);
    if !first.is_uppercase() || !is_plain || is_noun || is_name(rest) {
        return text.to_owned();
    }
    format!("{before}{}{}{after}", first.to_lowercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use time::macros::date as day_of;

    use super::*;
    use crate::model::order::Currency;

    #[test]
    fn dates_read_as_each_language_writes_them() {
        let today = day_of!(2026 - 11 - 23);
        for (code, expected) in [
            ("en", "Saturday 21 November"),
            ("de", "Samstag, 21. November"),
            ("fr", "samedi 21 novembre"),
            ("es", "sábado 21 de noviembre"),
            ("it", "sabato 21 novembre"),
            ("nl-BE", "zaterdag 21 november"),
            ("pl", "Saturday 21 November"),
        ] {
            assert_eq!(date(day_of!(2026 - 11 - 21), code, today), expected);
        }
        assert_eq!(date(day_of!(2027 - 01 - 01), "fr", today), "vendredi 1er janvier 2027");
    }

    #[test]
    fn money_has_the_mark_of_the_language() {
        let amount = Money::new(4_200, Currency::EUR);
        assert_eq!((money(amount, "en").as_str(), money(amount, "de").as_str()), ("42.00 EUR", "42,00 EUR"));
        let large = Money::new(123_456_750, Currency::EUR);
        for (code, shown) in [
            ("en", "1,234,567.50 EUR"),
            ("de", "1.234.567,50 EUR"),
            ("fr", "1\u{202f}234\u{202f}567,50 EUR"),
            ("es", "1.234.567,50 EUR"),
            ("it", "1.234.567,50 EUR"),
            ("nl", "1.234.567,50 EUR"),
        ] {
            assert_eq!(money(large, code), shown);
        }
        assert_eq!(money(Money::new(-128_450, Currency::EUR), "de"), "-1.284,50 EUR");
        assert_eq!(money(Money::new(1_200, "JPY".parse().unwrap()), "fr"), "1\u{202f}200 JPY");
    }

    #[test]
    fn greetings_leave_no_hole() {
        for (text, name, expected) in [
            ("Hi {first name},", "Sofie Keller", "Hi Sofie,"),
            ("Hi {first name},", "@noor.hikes", "Hi,"),
            ("Hi {first name},", "Comprador 5c1a", "Hi,"),
            ("Hi {first name},", "", "Hi,"),
            ("Hi {first name},", "Visitor ABCD", "Hi,"),
            ("Hallo {first name}!", "Visitor from Gdańsk", "Hallo!"),
            ("Bonjour {name},", "Visitor ABCD", "Bonjour,"),
            ("Hola, {first name}:", "Visitor ABCD", "Hola:"),
            ("Ciao {first name},", "Visitor ABCD", "Ciao,"),
            ("Hallo {first name},", "Visitor ABCD", "Hallo,"),
            ("Hallo {first name}!", "Bergsport Hartmann GmbH", "Hallo!"),
            ("Hola, {first name}:", "", "Hola:"),
            ("Dear {name},", "Dr. Ada Lund", "Dear,"),
            ("See you outside, {teammate}", "x", "See you outside, Ida"),
        ] {
            assert_eq!(fill(text, name, "Fjordline", "Ida"), expected, "{text} {name}");
        }
        assert_eq!(fill("Best wishes, {teammate}", "", "", ""), "Best wishes");
    }

    #[test]
    fn a_text_that_runs_on_behind_a_greeting_has_no_capital_but_names_do() {
        for (greeting, text, code, same_line, expected) in [
            ("Hi Anna,", "Your parcel left.", "en", true, "your parcel left."),
            ("Hi Anna,", "Your parcel left.", "en", false, "Your parcel left."),
            ("Hi Anna!", "Your parcel left.", "en", true, "Your parcel left."),
            ("Hi Anna,", "I have sent it.", "en", true, "I have sent it."),
            ("Hi Anna,", "I’m sorry.", "en", true, "I’m sorry."),
            ("Hi Anna,", "DHL has it.", "en", true, "DHL has it."),
            ("Hi Anna,", "Nordpost has it.", "en", true, "Nordpost has it."),
            ("Hi Anna,", "42 EUR went back.", "en", true, "42 EUR went back."),
            ("Hallo Anna!", "Die Bestellung kommt.", "de", true, "Die Bestellung kommt."),
            ("Hallo Anna,", "Die Bestellung kommt.", "de", true, "die Bestellung kommt."),
            ("Hallo Anna,", "Die Bestellung kommt.", "de", false, "die Bestellung kommt."),
            ("Hallo Anna,", "Sie können folgen.", "de", true, "Sie können folgen."),
            ("Hallo Anna,", "Bestellung 4 kommt.", "de", true, "Bestellung 4 kommt."),
            ("Hola, Anna:", "¿De qué pedido se trata?", "es", true, "¿de qué pedido se trata?"),
            ("Hola, Anna:", "El paquete salió.", "es", false, "El paquete salió."),
            ("Bonjour Anna,", "Votre commande est là.", "fr", true, "votre commande est là."),
            ("Bonjour Anna,", "Été comme hiver.", "fr", true, "été comme hiver."),
            ("Ciao Anna,", "L’ordine è qui.", "it", true, "l’ordine è qui."),
            ("Hallo Anna,", "U kunt het volgen.", "nl", true, "u kunt het volgen."),
            ("", "Your parcel left.", "en", true, "Your parcel left."),
        ] {
            let is_name = |text: &str| text.starts_with("Nordpost");
            assert_eq!(run_on(greeting, text, code, same_line, is_name), expected, "{greeting} {text}");
        }
    }

    #[test]
    fn lists_end_with_the_word_for_and() {
        let members = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&members, "en"), "a, b and c");
        assert_eq!(list(&members[..2], "de"), "a und b");
        assert_eq!(list(&[], "de"), "");
    }
}
