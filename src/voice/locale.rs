//! The languages that texts are written in: names of days and months, and how numbers and lists read.

/// Languages with texts.
pub const LOCALES: [&str; 6] = ["en", "de", "fr", "es", "it", "nl"];

/// What a language needs to write dates, money and lists.
#[derive(Debug)]
pub struct Locale {
    /// ISO 639.
    pub code: &'static str,
    /// Its name in English, for the desk.
    pub name: &'static str,
    /// Monday first.
    pub weekdays: [&'static str; 7],
    /// January first.
    pub months: [&'static str; 12],
    /// Between whole and fraction of an amount.
    pub decimal_mark: char,
    /// Between the thousands of an amount; never a space at which a line may break.
    pub thousands_mark: char,
    /// Between the last two members of a list.
    pub and: &'static str,
    /// Between two choices.
    pub or: &'static str,
}

/// All languages, English first.
pub static ALL: [Locale; 6] = [
    Locale {
        code: "en",
        name: "English",
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        decimal_mark: '.',
        thousands_mark: ',',
        and: "and",
        or: "or",
    },
    Locale {
        code: "de",
        name: "German",
        weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        decimal_mark: ',',
        thousands_mark: '.',
        and: "und",
        or: "oder",
    },
    Locale {
        code: "fr",
        name: "French",
        weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        decimal_mark: ',',
        thousands_mark: '\u{202f}',
        and: "et",
        or: "ou",
    },
    Locale {
        code: "es",
        name: "Spanish",
        weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        decimal_mark: ',',
        thousands_mark: '.',
        and: "y",
        or: "o",
    },
    Locale {
        code: "it",
        name: "Italian",
        weekdays: ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
        months: [
            "gennaio",
            "febbraio",
            "marzo",
            "aprile",
            "maggio",
            "giugno",
            "luglio",
            "agosto",
            "settembre",
            "ottobre",
            "novembre",
            "dicembre",
        ],
        decimal_mark: ',',
        thousands_mark: '.',
        and: "e",
        or: "o",
    },
    Locale {
        code: "nl",
        name: "Dutch",
        weekdays: ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
        months: [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ],
        decimal_mark: ',',
        thousands_mark: '.',
        and: "en",
        or: "of",
    },
];

static ENGLISH: &Locale = &ALL[0];

/// The language of a code such as `de` or `de-AT`; English for one without texts.
pub fn locale(code: &str) -> &'static Locale {
    locale_with_texts(code).unwrap_or(ENGLISH)
}

/// The language of a code such as `de` or `de-AT`, if there are texts in it.
pub fn locale_with_texts(code: &str) -> Option<&'static Locale> {
    let language = code.split(['-', '_']).next().unwrap_or_default();
    ALL.iter().find(|locale| locale.code.eq_ignore_ascii_case(language))
}
