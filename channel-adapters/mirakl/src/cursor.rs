//! Where polling stopped in each list.

use serde::{Deserialize, Serialize};

use crate::news::Incidents;
use crate::settings::MiraklSettings;
use crate::source::Source;

/// The most pages of one reading: a list without an end is begun anew.
const MOST_PAGES: u16 = 1_000;
/// The seconds of a day.
const DAY: i64 = 86_400;

/// The places in all lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Places {
    threads: Place,
    orders: Place,
    returns: Place,
    /// Incidents that are open.
    pub(crate) incidents: Incidents,
}

impl Places {
    /// The place in a list.
    pub(crate) fn of(&mut self, source: Source) -> &mut Place {
        match source {
            Source::Threads => &mut self.threads,
            Source::Orders => &mut self.orders,
            Source::Returns => &mut self.returns,
        }
    }
}

/// The place in one list. All times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    /// When the last reading began; 0: never.
    pub(crate) begun: i64,
    /// Whatever changed before is read; 0: nothing is.
    pub(crate) since: i64,
    /// The newest change that the reading under way has seen.
    pub(crate) newest: i64,
    /// When the oldest message was written that the reading under way left for a later one.
    pub(crate) left: Option<i64>,
    /// The page where the reading under way goes on; `None` where none is.
    pub(crate) page: Option<String>,
    /// How many pages it has read.
    pub(crate) pages: u16,
    /// When a page was asked for last; 0: never.
    pub(crate) asked: i64,
    /// How many entries are asked for at once, where the usual number was too much; 0: the usual.
    pub(crate) limit: u16,
}

impl Place {
    /// Whether it is time to read: `every` is how far readings are apart, `between` how far pages are. A clock that was set
    /// back holds nothing up.
    pub(crate) fn is_due(&self, now: i64, every: i64, between: i64) -> bool {
        let has_passed = |then: i64, span: i64| then > now || now.saturating_sub(then) >= span;
        (self.page.is_some() || has_passed(self.begun, every)) && has_passed(self.asked, between)
    }

    /// Begins a reading, unless one is under way.
    pub(crate) fn begin(&mut self, now: i64, settings: &MiraklSettings) {
        if self.page.is_some() {
            return;
        }
        (self.begun, self.newest, self.left, self.pages) = (now, 0, None, 0);
        if self.since == 0 {
            self.since = now.saturating_sub(i64::from(settings.first_fetch_days.max(1)) * DAY);
        }
    }

    /// Turns to the next page, or ends the reading. What changed while it went on may have moved to a page that was read
    /// already, so the next one begins at the start of this one at the latest.
    pub(crate) fn turn(&mut self, next: Option<String>) {
        self.pages = self.pages.saturating_add(1);
        if next.is_some() && next != self.page && self.pages < MOST_PAGES {
            self.page = next;
            return;
        }
        let until = self.newest.max(self.since).min(self.begun);
        self.since = self.left.map_or(until, |left| until.min(left));
        (self.page, self.limit) = (None, 0);
    }

    /// Gives up the page, so that the reading begins anew from where it began.
    pub(crate) fn again(&mut self) {
        self.page = None;
        self.begun = 0;
    }

    /// How many entries are asked for at once.
    pub(crate) fn limit(&self, settings: &MiraklSettings) -> u16 {
        if self.limit == 0 { settings.threads_a_page.max(1) } else { self.limit }
    }

    /// Asks for fewer entries from now on; `false` where it is one already.
    pub(crate) fn ask_for_fewer(&mut self, settings: &MiraklSettings) -> bool {
        let limit = self.limit(settings);
        self.limit = (limit / 8).max(1);
        self.again();
        limit > 1
    }
}

#[cfg(test)]
mod tests {
    use channel_contract::channel::Cursor;

    use super::*;

    #[test]
    fn a_cursor_survives_storage_and_a_broken_one_begins_anew() {
        let mut places = Places::default();
        *places.of(Source::Orders) = Place { begun: 7, since: 5, page: Some("100".to_owned()), ..Place::default() };
        places.incidents.insert("line".to_owned(), "then".to_owned());
        assert_eq!(Cursor::read::<Places>(Some(&Cursor::of(&places))), places);
        assert_eq!(Cursor::read::<Places>(Some(&Cursor(serde_json::json!({ "threads": 3 })))), Places::default());
    }

    #[test]
    fn a_reading_ends_where_the_next_one_has_to_begin() {
        let settings = MiraklSettings::default();
        let mut place = Place::default();
        place.begin(10 * DAY, &settings);
        assert_eq!(place.since, 8 * DAY, "the first reading looks a few days back");
        place.newest = 9 * DAY;
        place.turn(Some("a".to_owned()));
        place.begin(11 * DAY, &settings);
        assert_eq!(place.begun, 10 * DAY, "a reading goes on");
        let ended = |newest, left| {
            let mut place = Place { newest, left, ..place.clone() };
            place.turn(None);
            place.since
        };
        assert_eq!(ended(9 * DAY, None), 9 * DAY);
        assert_eq!(ended(0, None), 8 * DAY, "nothing new moves nothing");
        assert_eq!(ended(12 * DAY, None), 10 * DAY, "what changed meanwhile is read again");
        assert_eq!(ended(9 * DAY, Some(9 * DAY - 60)), 9 * DAY - 60, "what was left is read later");
        place.turn(Some("a".to_owned()));
        assert_eq!(place.page, None, "a page that leads to itself is the last one");
    }

    #[test]
    fn reading_rests_between_and_not_for_ever() {
        let place = Place { begun: 1_000, ..Place::default() };
        assert!(!place.is_due(1_299, 300, 0) && place.is_due(1_300, 300, 0));
        assert!(place.is_due(500, 300, 0), "a clock that was set back");
        let under_way = Place { page: Some("a".to_owned()), asked: 1_000, ..place };
        assert!(under_way.is_due(1_001, 300, 0), "a reading under way");
        assert!(!under_way.is_due(1_059, 300, 60) && under_way.is_due(1_060, 300, 60), "its pages have a pace");
        let anew = Place { page: None, begun: 0, ..under_way };
        assert!(!anew.is_due(1_059, 300, 60) && anew.is_due(500, 300, 60));
    }
}
