//! By when Amazon wants an answer, where a mail tells a day.

use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Month, OffsetDateTime, Time};

/// How far behind the words a day is looked for, in characters.
const NEAR: usize = 60;

/// Words after which the day of an answer stands, in lower case.
const BEFORE_A_DAY: [&str; 22] = [
    "respond by",
    "reply by",
    "response by",
    "answer by",
    "respond before",
    "deadline",
    "due by",
    "due date",
    "antworten sie bis",
    "antwort bis",
    "frist",
    "bis zum",
    "répondre avant",
    "réponse avant",
    "avant le",
    "rispondi entro",
    "entro il",
    "responder antes del",
    "responde antes del",
    "antes del",
    "reageer vóór",
    "uiterlijk op",
];

/// The beginnings of the names of months, by month.
const MONTHS: [(Month, &[&str]); 12] = [
    (Month::January, &["jan", "ene", "gen"]),
    (Month::February, &["feb", "fév", "fev"]),
    (Month::March, &["mar", "mär", "maa", "mrt"]),
    (Month::April, &["apr", "avr", "abr"]),
    (Month::May, &["may", "mai", "mag", "mei"]),
    (Month::June, &["jun", "juin", "giu"]),
    (Month::July, &["jul", "juil", "lug"]),
    (Month::August, &["aug", "aoû", "ago"]),
    (Month::September, &["sep", "set"]),
    (Month::October, &["oct", "okt", "ott", "out"]),
    (Month::November, &["nov"]),
    (Month::December, &["dec", "dez", "déc", "dic"]),
];

static NUMBERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(\d{4})-(\d{2})-(\d{2})\b|\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b").ok());
static DAY_FIRST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:of\s+|de\s+)?(\p{L}{3,})\.?,?\s+(?:de\s+)?(\d{4})\b").ok()
});
static MONTH_FIRST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(\p{L}{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b").ok());

/// The day that a text tells for an answer. In America the month of a day in numbers comes first. What is told is a day
/// without a zone: at noon in UTC it is not over anywhere from Japan to California.
pub(crate) fn told(text: &str, month_comes_first: bool) -> Option<OffsetDateTime> {
    let lower = text.to_lowercase();
    BEFORE_A_DAY.iter().find_map(|words| {
        let (_, behind) = lower.split_once(words)?;
        let near: String = behind.chars().take(NEAR).collect();
        let date = in_words(&near).or_else(|| in_numbers(&near, month_comes_first))?;
        Some(date.with_time(Time::from_hms(12, 0, 0).ok()?).assume_utc())
    })
}

fn in_words(text: &str) -> Option<Date> {
    let day_first = DAY_FIRST.as_ref().and_then(|form| form.captures(text));
    if let Some(found) = day_first
        && let Some(date) = date(found.get(3)?.as_str(), month_of(found.get(2)?.as_str()), found.get(1)?.as_str())
    {
        return Some(date);
    }
    let found = MONTH_FIRST.as_ref()?.captures(text)?;
    date(found.get(3)?.as_str(), month_of(found.get(1)?.as_str()), found.get(2)?.as_str())
}

fn in_numbers(text: &str, month_comes_first: bool) -> Option<Date> {
    let found = NUMBERS.as_ref()?.captures(text)?;
    let part = |place: usize| found.get(place).map(|part| part.as_str());
    if let Some(year) = part(1) {
        return date(year, month_numbered(part(2)?), part(3)?);
    }
    let (first, second) = (part(4)?, part(5)?);
    let (day, month) = if month_comes_first { (second, first) } else { (first, second) };
    date(part(6)?, month_numbered(month), day)
}

fn month_of(word: &str) -> Option<Month> {
    let named = |(_, beginnings): &&(Month, &[&str])| beginnings.iter().any(|beginning| word.starts_with(beginning));
    MONTHS.iter().find(named).map(|(month, _)| *month)
}

fn month_numbered(number: &str) -> Option<Month> {
    number.parse::<u8>().ok().and_then(|number| Month::try_from(number).ok())
}

fn date(year: &str, month: Option<Month>, day: &str) -> Option<Date> {
    Date::from_calendar_date(year.parse().ok()?, month?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        let wanted = Some(datetime!(2026-11-05 12:00 UTC));
        for text in [
            "Please respond by November 5, 2026 or we decide.",
            "Please respond by 5th of November 2026.",
            "Deadline: 2026-11-05",
            "Bitte antworten Sie bis 05.11.2026, 23:59 Uhr",
            "Bitte antworten Sie bis zum 5. November 2026.",
            "Veuillez répondre avant le 5 novembre 2026",
            "Rispondi entro il 05/11/2026",
            "Debes responder antes del 5 de noviembre de 2026.",
            "Reageer vóór 5 november 2026",
        ] {
            assert_eq!(told(text, false), wanted, "{text}");
        }
        assert_eq!(told("respond by 11/05/2026", true), wanted);
        assert_eq!(told("répondre avant le 1er août 2026", false), Some(datetime!(2026-08-01 12:00 UTC)));
    }

    #[test]
    fn a_day_that_is_told_for_something_else_is_none() {
        for text in
            ["Ordered on 2026-11-05", "respond by tomorrow", "respond by 31.02.2026", "deadline: 99/99/2026", ""]
        {
            assert_eq!(told(text, false), None, "{text}");
        }
    }
}
