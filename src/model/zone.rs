//! Where a clock stands: a time zone by its IANA name. The distance from UTC is a matter of the moment, never of the
//! page, for it changes twice a year.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, db};
use time::{OffsetDateTime, UtcOffset};

use super::Ts;

/// A time zone. Each that is named is read once and kept for good: there are some hundred, and pages copy them freely.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone(&'static TimeZone);

impl Zone {
    /// The zone of clocks that nobody set.
    pub fn utc() -> Self {
        static UTC: TimeZone = TimeZone::UTC;
        Self(&UTC)
    }

    /// The zone with this IANA name; `None` for a name that nobody knows.
    pub fn named(name: &str) -> Option<Self> {
        static KEPT: LazyLock<RwLock<HashMap<String, &'static TimeZone>>> = LazyLock::new(RwLock::default);
        if name == "UTC" {
            return Some(Self::utc());
        }
        if let Some(kept) = KEPT.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(Self(kept));
        }
        // The zone's own writing is the key, so that no other spelling is kept beside it.
        let found = TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))?;
        let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
        Some(Self(kept.entry(name.to_owned()).or_insert_with(|| Box::leak(Box::new(found)))))
    }

    /// The first of these names that is a zone, else UTC.
    pub fn first_of(names: &[&str]) -> Self {
        names.iter().find_map(|name| Self::named(name)).unwrap_or_else(Self::utc)
    }

    /// The names to choose from, in the order of the alphabet: `UTC`, then places.
    pub fn names() -> Vec<String> {
        let places = db().available().map(|name| name.to_string());
        let mut names: Vec<String> = places.filter(|name| is_place(name)).collect();
        names.sort();
        names.insert(0, "UTC".to_owned());
        names
    }

    /// Its IANA name.
    pub fn name(self) -> &'static str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// A moment as this clock shows it.
    pub fn local(self, at: Ts) -> OffsetDateTime {
        let moment = Timestamp::from_microsecond(at.0).unwrap_or_default();
        let offset = UtcOffset::from_whole_seconds(self.0.to_offset(moment).seconds()).unwrap_or(UtcOffset::UTC);
        // Beyond the years that can be shown, UTC is as good.
        at.datetime().checked_to_offset(offset).unwrap_or_else(|| at.datetime())
    }

    /// The moment at which this clock shows a date and a time. What a change of the clocks leaves out or shows twice is
    /// the moment just after the gap, or the first of the two.
    pub fn moment(self, shown: DateTime) -> Option<Ts> {
        Some(Ts(shown.to_zoned(self.0.clone()).ok()?.timestamp().as_microsecond()))
    }

    /// A moment with its calendar, to reckon with days and hours.
    pub fn zoned(self, at: Ts) -> Option<jiff::Zoned> {
        Some(Timestamp::from_microsecond(at.0).ok()?.to_zoned(self.0.clone()))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a name is a place, and not a spelling of old.
fn is_place(name: &str) -> bool {
    const REGIONS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(zone: &str, at: &str) -> String {
        let at: Timestamp = at.parse().unwrap();
        Zone::named(zone).unwrap().local(Ts(at.as_microsecond())).to_string()
    }

    #[test]
    fn the_distance_is_that_of_the_moment() {
        assert_eq!(shown("Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25 2:30:00.0 +02:00:00");
        assert_eq!(shown("Europe/Berlin", "2026-10-25T01:30:00Z"), "2026-10-25 2:30:00.0 +01:00:00");
        assert_eq!(shown("America/New_York", "2026-03-08T07:00:00Z"), "2026-03-08 3:00:00.0 -04:00:00");
        assert_eq!(shown("Asia/Kathmandu", "2026-11-23T00:00:00Z"), "2026-11-23 5:45:00.0 +05:45:00");
    }

    #[test]
    fn names_are_known_or_not() {
        for wrong in ["", "Mars/Olympus", "../etc/passwd", "europe/berlin"] {
            assert!(Zone::named(wrong).is_none(), "{wrong}");
        }
        assert_eq!(Zone::first_of(&["", "nowhere", "Asia/Tokyo", "UTC"]).name(), "Asia/Tokyo");
        assert_eq!(Zone::first_of(&[""]).name(), "UTC");
        let names = Zone::names();
        assert!(names.len() > 300 && names.iter().all(|name| Zone::named(name).is_some()));
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_the_moment_after() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let at = |text: &str| berlin.moment(text.parse().unwrap()).unwrap().rfc3339();
        assert_eq!(at("2026-03-29T02:30"), "2026-03-29T01:30:00Z");
        assert_eq!(at("2026-10-25T02:30"), "2026-10-25T00:30:00Z");
        assert_eq!(at("2026-11-30T08:00"), "2026-11-30T07:00:00Z");
    }
}
