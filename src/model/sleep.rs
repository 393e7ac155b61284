//! Until when something sleeps: the moments that pages and macros offer.

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::{ToSpan as _, Zoned};

use super::order::{Shipment, ShipmentStatus};
use super::text_enum::text_enum;
use super::{Ts, Zone};

text_enum! {
    /// A moment that is offered.
    Until {
        /// In an hour.
        Hour = "1h",
        /// In three hours.
        ThreeHours = "3h",
        /// Tomorrow at eight.
        Tomorrow = "tomorrow",
        /// On the next Monday at eight.
        Monday = "monday",
        /// In a week.
        Week = "1w",
    }
}

impl Until {
    /// The moment, on somebody's clock.
    pub fn moment(self, now: Ts, zone: Zone) -> Option<Ts> {
        let here = zone.zoned(now)?;
        let at_eight = |day: &Zoned| day.with().hour(8).minute(0).second(0).subsec_nanosecond(0).build().ok();
        let then = match self {
            Self::Hour => here.checked_add(1.hour()).ok()?,
            Self::ThreeHours => here.checked_add(3.hours()).ok()?,
            Self::Tomorrow => at_eight(&here.tomorrow().ok()?)?,
            Self::Monday => at_eight(&here.nth_weekday(1, Weekday::Monday).ok()?)?,
            Self::Week => here.checked_add(1.week()).ok()?,
        };
        Some(Ts(then.timestamp().as_microsecond()))
    }
}

text_enum! {
    /// What of a parcel ends a sleep before its time.
    ParcelWait {
        /// The carrier sees it.
        Scanned = "parcel_scanned",
        /// It arrives, or will not.
        Delivered = "parcel_delivered",
    }
}

impl ParcelWait {
    /// How long it is waited for at most: a parcel of which nobody hears any more is somebody's work.
    pub fn longest(self) -> Duration {
        const DAY: Duration = Duration::from_hours(24);
        match self {
            Self::Scanned => DAY * 7,
            Self::Delivered => DAY * 14,
        }
    }

    /// The words that say until when it sleeps.
    pub fn words(self) -> &'static str {
        match self {
            Self::Scanned => "until the parcel is scanned",
            Self::Delivered => "until the parcel is delivered",
        }
    }

    /// Whether a parcel can be waited for: its carrier is heard, and it has not arrived.
    pub fn can_be_for(parcel: &Shipment) -> bool {
        parcel.heard.is_some() && !parcel.has_arrived()
    }

    /// Whether a parcel that is so by now ends the sleep; `is_scanned` says whether its carrier has just seen it.
    pub fn is_over(self, parcel: &Shipment, is_scanned: bool) -> bool {
        match self {
            Self::Scanned => is_scanned,
            Self::Delivered => {
                let never = matches!(parcel.status, ShipmentStatus::Returning | ShipmentStatus::Exception);
                never || parcel.has_arrived()
            }
        }
    }
}

/// The moment behind a choice of the snooze menu, or behind a date and a time, on the reader's clock.
pub fn moment(choice: &str, now: Ts, zone: Zone) -> Option<Ts> {
    match choice.parse::<Until>() {
        Ok(until) => until.moment(now, zone),
        Err(_) => zone.moment(choice.trim().parse().ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snooze_choices_lie_ahead_at_the_hour_people_expect() {
        // Saturday 21 November 2026, 10:30:15 UTC.
        let now = Ts(1_795_257_015_000_000);
        let shown = |choice| moment(choice, now, Zone::utc()).map(Ts::rfc3339);
        assert_eq!(shown("1h").as_deref(), Some("2026-11-21T11:30:15Z"));
        assert_eq!(shown("tomorrow").as_deref(), Some("2026-11-22T08:00:00Z"));
        assert_eq!(shown("monday").as_deref(), Some("2026-11-23T08:00:00Z"));
        assert_eq!(shown("1w").as_deref(), Some("2026-11-28T10:30:15Z"));
        assert_eq!(shown("2026-12-24T09:30").as_deref(), Some("2026-12-24T09:30:00Z"));
        assert_eq!(shown("yesterday"), None);
    }

    #[test]
    fn eight_is_eight_on_the_readers_clock_also_behind_a_change_of_clocks() {
        let at = |zone, now: &str, choice| {
            let now: jiff::Timestamp = now.parse().unwrap();
            moment(choice, Ts(now.as_microsecond()), Zone::named(zone).unwrap()).map(Ts::rfc3339).unwrap()
        };
        // Berlin puts its clocks back in the night to Sunday 25 October, forward in the one to 28 March.
        assert_eq!(at("Europe/Berlin", "2026-10-23T10:00:00Z", "tomorrow"), "2026-10-24T06:00:00Z");
        assert_eq!(at("Europe/Berlin", "2026-10-24T10:00:00Z", "tomorrow"), "2026-10-25T07:00:00Z");
        assert_eq!(at("Europe/Berlin", "2026-10-24T10:00:00Z", "1w"), "2026-10-31T11:00:00Z");
        assert_eq!(at("Europe/Berlin", "2026-10-25T00:30:00Z", "1h"), "2026-10-25T01:30:00Z");
        assert_eq!(at("Europe/Berlin", "2027-03-27T10:00:00Z", "monday"), "2027-03-29T06:00:00Z");
        assert_eq!(at("Europe/Berlin", "2026-10-24T10:00:00Z", "2026-12-24T09:30"), "2026-12-24T08:30:00Z");
        // Tokyo is a day ahead of what UTC calls today.
        assert_eq!(at("Asia/Tokyo", "2026-10-24T20:00:00Z", "tomorrow"), "2026-10-25T23:00:00Z");
    }
}
