//! Days in a sentence: `Saturday 21 November`, `21.11.2026`, `tomorrow`, a weekday by itself.

use std::sync::LazyLock;

use regex::Regex;
use time::{Date, Duration, Month, Weekday};

use super::Claim;
use crate::voice::locale::ALL;

/// What is said of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::agent) struct DayClaim {
    day: Option<u8>,
    month: Option<u8>,
    year: Option<i32>,
    weekday: Option<Weekday>,
    exact: Option<Date>,
}

const NOTHING: DayClaim = DayClaim { day: None, month: None, year: None, weekday: None, exact: None };

/// Whether a proven day is the one that is claimed.
pub(in crate::agent) fn day_holds(claim: DayClaim, proven: Date) -> bool {
    claim.exact.is_none_or(|exact| exact == proven)
        && claim.day.is_none_or(|day| day == proven.day())
        && claim.month.is_none_or(|month| month == u8::from(proven.month()))
        && claim.year.is_none_or(|year| year == proven.year())
        && claim.weekday.is_none_or(|weekday| weekday == proven.weekday())
        && claim != NOTHING
}

/// Whether one day is claimed, and not a weekday or a span.
pub(in crate::agent) fn is_dated(claim: DayClaim) -> bool {
    claim.exact.is_some() || (claim.day.is_some() && claim.month.is_some())
}

/// So many days ahead a day without a year is looked for.
const AHEAD: usize = 120;

/// Whether what is said of a day can be that day or a later one; of a span such as “next week” it always can.
pub(in crate::agent) fn lies_ahead(claim: DayClaim, from: Date) -> bool {
    let mut days = std::iter::successors(Some(from), |day| day.next_day()).take(AHEAD);
    claim == NOTHING || days.any(|day| day_holds(claim, day))
}

struct Words {
    written: Regex,
    turned: Regex,
    weekday: Regex,
}

static WORDS: LazyLock<Option<Words>> = LazyLock::new(|| {
    let all = |names: Vec<&str>| {
        let mut names: Vec<String> = names.into_iter().map(regex::escape).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        names.join("|")
    };
    let months = all(ALL.iter().flat_map(|locale| locale.months).collect());
    let weekdays = all(ALL.iter().flat_map(|locale| locale.weekdays).collect());
    let weekday = format!(r"(?:(?P<weekday>{weekdays}),?\s+(?:the\s+|den\s+|le\s+|el\s+|il\s+)?)?");
    let year = r"(?:,?\s+(?:de\s+)?(?P<year>\d{4}))?";
    Some(Words {
        written: Regex::new(&format!(
            r"(?i)\b{weekday}(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?(?P<month>{months})\b{year}"
        ))
        .ok()?,
        turned: Regex::new(&format!(
            r"(?i)\b{weekday}(?P<month>{months})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b{year}"
        ))
        .ok()?,
        weekday: Regex::new(&format!(r"(?i)\b(?P<weekday>{weekdays})s?\b")).ok()?,
    })
});

static NUMERIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})|(?P<d2>\d{1,2})\.(?P<m2>\d{1,2})\.(?P<y2>\d{4})?)").ok()
});

/// Words for days near today, with the distance, by language: “hier” is yesterday in French and here in German.
const NEAR: &[(&str, &[(&str, i64)])] = &[
    ("en", &[("day after tomorrow", 2), ("tomorrow", 1), ("yesterday", -1), ("today", 0), ("tonight", 0)]),
    ("de", &[("übermorgen", 2), ("morgen", 1), ("gestern", -1), ("heute", 0)]),
    ("fr", &[("après-demain", 2), ("demain", 1), ("hier", -1), ("aujourd’hui", 0), ("aujourd'hui", 0)]),
    ("es", &[("pasado mañana", 2), ("mañana", 1), ("ayer", -1), ("hoy", 0)]),
    ("it", &[("dopodomani", 2), ("domani", 1), ("ieri", -1), ("oggi", 0)]),
    ("nl", &[("overmorgen", 2), ("morgen", 1), ("gisteren", -1), ("vandaag", 0)]),
];

/// Spans of time that nothing proves unless evidence says so.
const VAGUE: &[&str] = &[
    "next week",
    "this week",
    "next month",
    "nächste woche",
    "diese woche",
    "la semaine prochaine",
    "la próxima semana",
    "la settimana prossima",
    "volgende week",
    "within the hour",
    "within 24 hours",
    "in a few days",
    "in the next days",
    "in den nächsten tagen",
    "dans les prochains jours",
];

/// Takes the days out of a text.
pub(super) fn take_days(rest: &mut String, language: &str, today: Date, found: &mut Vec<Claim>) {
    // Most sentences hold no number, and to look for dates in all languages costs more than all the rest.
    let has_number = rest.contains(char::is_numeric);
    if let Some(words) = WORDS.as_ref() {
        let dates = [&words.written, &words.turned].into_iter().filter(|_| has_number);
        for regex in dates.chain([&words.weekday]) {
            take(rest, regex, found, named);
        }
    }
    if let Some(regex) = NUMERIC.as_ref().filter(|_| has_number) {
        take(rest, regex, found, numeric);
    }
    let lower = rest.to_lowercase();
    let near = NEAR.iter().find(|(code, _)| *code == language).or(NEAR.first());
    for (word, distance) in near.into_iter().flat_map(|(_, words)| words.iter()) {
        if crate::voice::has_words(&lower, word) {
            let exact = today.checked_add(Duration::days(*distance));
            found.push(Claim::Day((*word).to_owned(), DayClaim { exact, ..NOTHING }));
        }
    }
    for words in VAGUE {
        if lower.contains(words) {
            found.push(Claim::Day((*words).to_owned(), NOTHING));
        }
    }
}

fn take(rest: &mut String, regex: &Regex, found: &mut Vec<Claim>, read: fn(&regex::Captures<'_>) -> DayClaim) {
    let text = rest.clone();
    for captures in regex.captures_iter(&text) {
        let Some(whole) = captures.get(0) else { continue };
        found.push(Claim::Day(whole.as_str().to_owned(), read(&captures)));
        rest.replace_range(whole.range(), &" ".repeat(whole.len()));
    }
}

fn named(captures: &regex::Captures<'_>) -> DayClaim {
    let lower = |name: &str| captures.name(name).map(|part| part.as_str().to_lowercase());
    let place = |names: &[&str], wanted: &str| names.iter().position(|name| name.to_lowercase() == wanted);
    let month = lower("month").and_then(|wanted| ALL.iter().find_map(|locale| place(&locale.months, &wanted)));
    let weekday = lower("weekday").and_then(|wanted| ALL.iter().find_map(|locale| place(&locale.weekdays, &wanted)));
    DayClaim {
        day: lower("day").and_then(|day| day.parse().ok()),
        month: month.and_then(|month| u8::try_from(month + 1).ok()),
        year: lower("year").and_then(|year| year.parse().ok()),
        weekday: weekday.and_then(|day| u8::try_from(day).ok()).map(|day| Weekday::Monday.nth_next(day)),
        exact: None,
    }
}

fn numeric(captures: &regex::Captures<'_>) -> DayClaim {
    let part = |names: [&str; 2]| names.into_iter().find_map(|name| captures.name(name)).map(|part| part.as_str());
    let (day, month, year) = (part(["d", "d2"]), part(["m", "m2"]), part(["y", "y2"]));
    let month = month.and_then(|month| month.parse::<u8>().ok()).and_then(|month| Month::try_from(month).ok());
    DayClaim {
        // What is no day of the calendar must not hold for every day.
        day: Some(day.and_then(|day| day.parse().ok()).unwrap_or(0)),
        month: Some(month.map_or(0, u8::from)),
        year: year.and_then(|year| year.parse().ok()),
        ..NOTHING
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn days_hold_only_for_the_day_that_is_proven() {
        let today = date!(2026 - 11 - 23);
        let proven = date!(2026 - 11 - 21);
        for (text, holds) in [
            ("It left on Saturday 21 November.", true),
            ("It left on Friday 21 November.", false),
            ("It left on 22 November.", false),
            ("Sie ging am Samstag, 21. November.", true),
            ("Parti le samedi 21 novembre.", true),
            ("Salió el sábado 21 de noviembre.", true),
            ("It left on November 21st, 2026.", true),
            ("It left on 21 November 2025.", false),
            ("It left on 2026-11-21.", true),
            ("Am 21.11.2026 verschickt.", true),
            ("Am 45.13.2026 verschickt.", false),
            ("It left on Saturday.", true),
            ("It left on Tuesday.", false),
            ("It comes tomorrow.", false),
            ("It comes next week.", false),
        ] {
            let mut found = Vec::new();
            take_days(&mut text.to_owned(), "en", today, &mut found);
            let all = found.iter().all(|claim| matches!(claim, Claim::Day(_, day) if day_holds(*day, proven)));
            assert!(!found.is_empty(), "{text}");
            assert_eq!(all, holds, "{text} {found:?}");
        }
        let mut found = Vec::new();
        take_days(&mut "You may write again.".to_owned(), "en", today, &mut found);
        assert!(found.is_empty());
    }
}
