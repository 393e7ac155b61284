//! Times, spans, amounts and counts as people read them. Pure: the reader's now and zone are passed in.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::model::order::{Currency, Money};
use crate::model::{Ts, Zone};
use crate::voice;

const CLOCK_TIME: StaticFormatDescription = format_description!("[hour]:[minute]");
const WEEKDAY_TIME: StaticFormatDescription = format_description!("[weekday repr:short] [hour]:[minute]");
const SHORT_DAY: StaticFormatDescription = format_description!("[day padding:none] [month repr:short]");
const SHORT_DAY_YEAR: StaticFormatDescription = format_description!("[day padding:none] [month repr:short] [year]");
const WEEKDAY_DAY: StaticFormatDescription =
    format_description!("[weekday repr:short] [day padding:none] [month repr:short]");
const LONG_DAY: StaticFormatDescription = format_description!("[weekday] [day padding:none] [month repr:long]");
const EXACT: StaticFormatDescription =
    format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute]:[second]");

/// For whom a page is written: their now and where their clock stands.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The moment of the page.
    pub now: Ts,
    /// Where the reader's clock stands.
    pub zone: Zone,
}

impl Reader {
    /// A reader whose clock shows UTC.
    pub fn utc(now: Ts) -> Self {
        Self { now, zone: Zone::utc() }
    }

    /// A moment of the past: `12 s ago`, `6 min ago`, `08:15`, `yesterday 21:40`, `Sat 18:40`, `21 Nov`, `21 Nov 2025`.
    pub fn ago(self, at: Ts) -> String {
        let since = self.now.since(at).as_secs();
        if since < 3 && at <= self.now {
            return "just now".to_owned();
        }
        if since < 3_600 && at <= self.now {
            return format!("{} ago", span(Duration::from_secs(since)));
        }
        self.on_the_calendar(at, "yesterday")
    }

    /// A moment ahead: `16:00`, `tomorrow 08:00`, `Thu 08:00`, `2 Dec`.
    pub fn ahead(self, at: Ts) -> String {
        self.on_the_calendar(at, "tomorrow")
    }

    fn on_the_calendar(self, at: Ts, next_door: &str) -> String {
        let (moment, now) = (self.local(at), self.local(self.now));
        let days = (now.date() - moment.date()).whole_days().abs();
        match days {
            0 => show(moment, CLOCK_TIME),
            1 => format!("{next_door} {}", show(moment, CLOCK_TIME)),
            2..=6 => show(moment, WEEKDAY_TIME),
            _ if moment.year() == now.year() => show(moment, SHORT_DAY),
            _ => show(moment, SHORT_DAY_YEAR),
        }
    }

    /// A moment below a heading that names its day: `6 min ago`, `08:15`.
    pub fn in_day(self, at: Ts) -> String {
        if at <= self.now && self.now.since(at).as_secs() < 3_600 {
            return self.ago(at);
        }
        show(self.local(at), CLOCK_TIME)
    }

    /// A day as a heading: `Today`, `Yesterday`, `Saturday 21 November`.
    pub fn day(self, at: Ts) -> String {
        let (moment, now) = (self.local(at), self.local(self.now));
        match (now.date() - moment.date()).whole_days() {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ if moment.year() == now.year() => show(moment, LONG_DAY),
            _ => format!("{} {}", show(moment, LONG_DAY), moment.year()),
        }
    }

    /// A day in a line: `Fri 20 Nov`.
    pub fn short_day(self, at: Ts) -> String {
        show(self.local(at), WEEKDAY_DAY)
    }

    /// A day that may be far away: `Fri 20 Nov`, in another year `20 Nov 2027`.
    pub fn far_day(self, at: Ts) -> String {
        let moment = self.local(at);
        if moment.year() == self.local(self.now).year() { self.short_day(at) } else { show(moment, SHORT_DAY_YEAR) }
    }

    /// The day as `2026-11-21`, for ids.
    pub fn day_key(self, at: Ts) -> String {
        self.local(at).date().to_string()
    }

    /// Only the time: `08:15`.
    pub fn clock(self, at: Ts) -> String {
        show(self.local(at), CLOCK_TIME)
    }

    /// To the second, for who points at it.
    pub fn exact(self, at: Ts) -> String {
        show(self.local(at), EXACT)
    }

    /// How old something is, shortly: `12 s`, `1 h`, `2 d`.
    pub fn age(self, at: Ts) -> String {
        span(self.now.since(at))
    }

    /// A sentence that was stored for any reader, with its moments on this one's clock: `since 2026-11-23T08:15:00Z`
    /// reads `since 08:15`.
    pub fn moments(self, text: &str) -> String {
        let read = |word: &str| {
            let bare = word.trim_end_matches(['.', ',']);
            let Ok(moment) = OffsetDateTime::parse(bare, &Rfc3339) else { return word.to_owned() };
            let behind = word.get(bare.len()..).unwrap_or_default();
            format!("{}{behind}", self.on_the_calendar(Ts::from_datetime(moment), "yesterday"))
        };
        text.split(' ').map(read).collect::<Vec<_>>().join(" ")
    }

    fn local(self, at: Ts) -> OffsetDateTime {
        self.zone.local(at)
    }
}

fn show(moment: OffsetDateTime, format: StaticFormatDescription) -> String {
    moment.format(format).unwrap_or_default()
}

/// A span in one unit: `12 s`, `22 min`, `3 h`, `2 d`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A span that is worth two units: `23 h 54 min`; below an hour and above two days as [`span`].
pub fn fine_span(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    if (60..2_880).contains(&minutes) && !minutes.is_multiple_of(60) {
        return format!("{} h {} min", minutes / 60, minutes % 60);
    }
    span(length)
}

/// A span of work: `40 ms`, `1.8 s`, `12 s`.
pub fn took(microseconds: i64) -> String {
    match microseconds.max(0) {
        ..1_000 => "under 1 ms".to_owned(),
        short @ 1_000..1_000_000 => format!("{} ms", short / 1_000),
        middle @ 1_000_000..10_000_000 => format!("{}.{} s", middle / 1_000_000, middle % 1_000_000 / 100_000),
        long => format!("{} s", long / 1_000_000),
    }
}

/// A whole number with its thousands apart: `18,204`.
pub fn count(number: i64) -> String {
    let shown = grouped(&number.unsigned_abs().to_string());
    if number < 0 { format!("-{shown}") } else { shown }
}

fn grouped(digits: &str) -> String {
    voice::format::grouped(digits, ',')
}

/// An amount with its thousands apart: `1,284.50 EUR`.
pub fn money(amount: Money) -> String {
    voice::format::money(amount, "en")
}

/// [`money`] without the currency: `1,284.50`.
pub fn decimal(amount: Money) -> String {
    voice::format::decimal(amount, "en")
}

/// An amount as people type it; with its thousands apart only where pages write them so.
pub fn typed_amount(text: &str, currency: Currency) -> Option<Money> {
    // `42,00` as on an invoice of half of Europe; `1,284` stays refused, as nobody knows what it is.
    if let Some((whole, cents)) = text.trim().split_once(',')
        && currency.exponent() == 2
        && cents.len() == 2
        && !whole.contains('.')
    {
        return Money::parse_decimal(&format!("{whole}.{cents}"), currency).ok();
    }
    let amount = Money::parse_decimal(&text.replace(',', ""), currency).ok()?;
    (!text.contains(',') || decimal(amount) == text.trim()).then_some(amount)
}

/// A stored text with the thousands of its amounts apart: `Refund 1284.50 EUR` gives `Refund 1,284.50 EUR`. Numbers of
/// orders and years stay as they are.
pub fn amounts(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 4);
    let mut rest = text;
    while let Some((before, from)) = rest.find(|c: char| c.is_ascii_digit()).map(|at| rest.split_at(at)) {
        let (digits, after) = from.split_at(from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len()));
        shown.push_str(before);
        let begins = !shown.ends_with(|c: char| c.is_alphanumeric() || "-.,/:#".contains(c));
        if begins && ends_as_amount(after) {
            shown.push_str(&grouped(digits));
        } else {
            shown.push_str(digits);
        }
        rest = after;
    }
    shown + rest
}

/// Whether cents or a currency follow.
fn ends_as_amount(after: &str) -> bool {
    let is_word = |text: &str| text.starts_with(char::is_alphanumeric);
    if let Some(part) = after.strip_prefix('.') {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        return (2..=3).contains(&(part.len() - rest.len())) && !is_word(rest.trim_start_matches('.'));
    }
    let code = after.strip_prefix(' ').unwrap_or_default();
    let rest = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
    code.len() - rest.len() == 3 && !is_word(rest)
}

/// `1 order`, `6 orders`.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A part of one as whole percent, from 0 to 100.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
pub fn percent(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 100.0).round() as u8
}

/// The first letter large: `broken item` gives `Broken item`.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn reader() -> Reader {
        Reader::utc(Ts::from_datetime(datetime!(2026-11-23 09:18:00 UTC)))
    }

    #[test]
    fn the_past_in_words() {
        for (at, words) in [
            (datetime!(2026-11-23 09:17:59 UTC), "just now"),
            (datetime!(2026-11-23 09:17:48 UTC), "12 s ago"),
            (datetime!(2026-11-23 09:12:00 UTC), "6 min ago"),
            (datetime!(2026-11-23 08:15:00 UTC), "08:15"),
            (datetime!(2026-11-22 21:40:00 UTC), "yesterday 21:40"),
            (datetime!(2026-11-21 18:40:00 UTC), "Sat 18:40"),
            (datetime!(2026-11-02 10:00:00 UTC), "2 Nov"),
            (datetime!(2025-11-02 10:00:00 UTC), "2 Nov 2025"),
        ] {
            assert_eq!(reader().ago(Ts::from_datetime(at)), words);
        }
    }

    #[test]
    fn what_lies_ahead_in_words() {
        for (at, words) in [
            (datetime!(2026-11-23 16:00:00 UTC), "16:00"),
            (datetime!(2026-11-24 08:00:00 UTC), "tomorrow 08:00"),
            (datetime!(2026-11-26 08:00:00 UTC), "Thu 08:00"),
            (datetime!(2026-12-02 08:00:00 UTC), "2 Dec"),
        ] {
            assert_eq!(reader().ahead(Ts::from_datetime(at)), words);
        }
    }

    #[test]
    fn days_follow_the_readers_clock() {
        let late = Ts::from_datetime(datetime!(2026-11-22 23:30:00 UTC));
        assert_eq!(reader().day(late), "Yesterday");
        let ahead = Reader { zone: Zone::named("Europe/Berlin").unwrap(), ..reader() };
        assert_eq!(ahead.day(late), "Today");
        assert_eq!(ahead.in_day(late), "00:30");
        assert_eq!(reader().day(Ts::from_datetime(datetime!(2026-11-21 10:00 UTC))), "Saturday 21 November");
    }

    #[test]
    fn one_page_shows_both_sides_of_a_change_of_clocks() {
        let now = Ts::from_datetime(datetime!(2026-10-25 10:00 UTC));
        let berlin = Reader { now, zone: Zone::named("Europe/Berlin").unwrap() };
        let at = |moment| Ts::from_datetime(moment);
        // Summer time ended at 01:00 UTC: the evening before stood two hours ahead, the morning one.
        assert_eq!(berlin.ago(at(datetime!(2026-10-24 21:40 UTC))), "yesterday 23:40");
        assert_eq!(berlin.ago(at(datetime!(2026-10-25 07:00 UTC))), "08:00");
        assert_eq!(berlin.exact(at(datetime!(2026-10-25 00:30 UTC))), "25 October 2026, 02:30:00");
        assert_eq!(berlin.exact(at(datetime!(2026-10-25 01:30 UTC))), "25 October 2026, 02:30:00");
        assert_eq!(berlin.day_key(at(datetime!(2026-10-24 22:30 UTC))), "2026-10-25");
        let tokyo = Reader { zone: Zone::named("Asia/Tokyo").unwrap(), ..berlin };
        assert_eq!(tokyo.ago(at(datetime!(2026-10-24 21:40 UTC))), "06:40");
        assert_eq!(tokyo.day(at(datetime!(2026-10-24 14:00 UTC))), "Yesterday");
        assert_eq!(tokyo.ahead(at(datetime!(2026-10-25 23:00 UTC))), "tomorrow 08:00");
    }

    #[test]
    fn stored_moments_are_on_the_readers_clock() {
        let berlin = Reader { zone: Zone::named("Europe/Berlin").unwrap(), ..reader() };
        for (stored, shown) in [
            ("No answer since 2026-11-23T08:15:00Z. It waits.", "No answer since 09:15. It waits."),
            ("since 2026-11-22T08:15:00.123456Z", "since yesterday 09:15"),
            ("the port 993 of 2026-11-23, a b  c.", "the port 993 of 2026-11-23, a b  c."),
            ("", ""),
        ] {
            assert_eq!(berlin.moments(stored), shown);
        }
    }

    #[test]
    fn spans_in_one_or_two_units() {
        for (seconds, one, fine) in [
            (12, "12 s", "12 s"),
            (22 * 60, "22 min", "22 min"),
            (3_600, "1 h", "1 h"),
            (86_040, "23 h", "23 h 54 min"),
            (172_800, "2 d", "2 d"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), one);
            assert_eq!(fine_span(Duration::from_secs(seconds)), fine);
        }
        assert_eq!((took(40_000), took(1_840_000), took(12_000_000)), ("40 ms".into(), "1.8 s".into(), "12 s".into()));
    }

    #[test]
    fn amounts_with_their_thousands_apart() {
        let euro = |minor| Money { minor, currency: "EUR".parse().unwrap() };
        assert_eq!(
            (money(euro(128_450)), decimal(euro(-123_456_700))),
            ("1,284.50 EUR".into(), "-1,234,567.00".into())
        );
        assert_eq!(money(Money { minor: 1_200, currency: "JPY".parse().unwrap() }), "1,200 JPY");
        let typed = |text| typed_amount(text, "EUR".parse().unwrap()).map(|amount| amount.minor);
        assert_eq!((typed("1284.5"), typed(" 1,284.50 "), typed("42,50")), (Some(128_450), Some(128_450), Some(4_250)));
        assert_eq!((typed("1,284"), typed("1.284,50"), typed("42,5"), typed(",50")), (None, None, None, None));
        for (text, shown) in [
            ("Refund 1284.50 EUR to card ending 4421", "Refund 1,284.50 EUR to card ending 4421"),
            ("Cancel 12345.00", "Cancel 12,345.00"),
            ("1200 JPY, order 20417, FJ-20417", "1,200 JPY, order 20417, FJ-20417"),
            ("since 2026.11.05, in 2026, 42.00 EUR", "since 2026.11.05, in 2026, 42.00 EUR"),
            ("1,284.50 EUR", "1,284.50 EUR"),
            ("", ""),
        ] {
            assert_eq!(amounts(text), shown);
        }
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!((count(18_204), count(999), count(-1_000)), ("18,204".into(), "999".into(), "-1,000".into()));
        assert_eq!((percent(0.944), percent(1.5), percent(f64::NAN)), (94, 100, 0));
        assert_eq!(counted(1, "order", "orders"), "1 order");
        assert_eq!(capital("émile"), "Émile");
    }
}
