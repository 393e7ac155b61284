//! Moments as providers write them. One without a distance from UTC is taken as UTC, and a day without a time is all of it.

use channel_contract::orders::Window;
use time::format_description::StaticFormatDescription;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

const LOCAL: StaticFormatDescription = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
const DAY: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// The moment that a text is; that of a day its beginning.
pub(crate) fn moment(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    let exact = || OffsetDateTime::parse(text, &Rfc3339).ok();
    let local = || PrimitiveDateTime::parse(text, LOCAL).ok().map(PrimitiveDateTime::assume_utc);
    exact().or_else(local).or_else(|| Some(day(text)?.midnight().assume_utc()))
}

fn day(text: &str) -> Option<Date> {
    Date::parse(text.trim(), DAY).ok()
}

/// The time between two moments; where one is missing, that of the other.
pub(crate) fn window(from: &str, to: &str) -> Option<Window> {
    let (from, to) = (if from.is_empty() { to } else { from }, if to.is_empty() { from } else { to });
    let last = match day(to) {
        Some(day) => day.midnight().assume_utc().checked_add(Duration::seconds(24 * 60 * 60 - 1)),
        None => moment(to),
    };
    let (from, to) = (moment(from)?, last?);
    Some(Window { from: from.min(to), to })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_are_read_in_every_form_that_providers_write() {
        assert_eq!(moment("2026-11-23T10:00:00+01:00"), Some(datetime!(2026-11-23 09:00 UTC)));
        assert_eq!(moment(" 2026-11-23T10:00:00 "), Some(datetime!(2026-11-23 10:00 UTC)));
        assert_eq!(moment("2026-11-23"), Some(datetime!(2026-11-23 00:00 UTC)));
        assert_eq!((moment(""), moment("soon")), (None, None));
    }

    #[test]
    fn a_day_that_is_reckoned_is_all_of_it() {
        let all = Window { from: datetime!(2026-11-23 00:00 UTC), to: datetime!(2026-11-23 23:59:59 UTC) };
        assert_eq!(window("2026-11-23", ""), Some(all));
        assert_eq!(window("", "2026-11-23"), Some(all));
        let from = datetime!(2026-11-23 08:00 UTC);
        assert_eq!(window("2026-11-23T08:00:00Z", "2026-11-23"), Some(Window { from, ..all }));
        assert_eq!(window("2026-11-24", "2026-11-23T08:00:00Z"), Some(Window { from, to: from }));
        assert_eq!((window("", ""), window("soon", "later")), (None, None));
    }
}
