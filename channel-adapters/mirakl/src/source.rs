//! The lists of the marketplace that are read.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cursor::Place;
use crate::settings::MiraklSettings;

/// How far two calls for returns are apart at least by the rules of use, in seconds.
const RETURNS_APART: u32 = 300;
/// The most orders that are asked for at once.
const ORDERS_A_PAGE: &str = "100";

/// A list of what changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Threads with their messages.
    Threads,
    /// Orders with their incidents.
    Orders,
    /// Returns.
    Returns,
}

impl Source {
    /// All, messages first.
    pub(crate) const ALL: [Self; 3] = [Self::Threads, Self::Orders, Self::Returns];

    /// Where it lies.
    pub(crate) fn segments(self) -> &'static [&'static str] {
        match self {
            Self::Threads => &["inbox", "threads"],
            Self::Orders => &["orders"],
            Self::Returns => &["returns"],
        }
    }

    /// The name of the list in an answer.
    pub(crate) fn list(self) -> &'static str {
        if self == Self::Orders { "orders" } else { "data" }
    }

    /// The field of an entry that says when it changed last.
    pub(crate) fn changed(self) -> &'static str {
        match self {
            Self::Threads => "date_updated",
            Self::Orders => "last_updated_date",
            Self::Returns => "last_updated",
        }
    }

    /// How often it is read, in seconds; `None` where it is not read at all.
    pub(crate) fn every(self, settings: &MiraklSettings) -> Option<i64> {
        let (is_read, seconds) = match self {
            Self::Threads => (true, settings.threads_every_seconds),
            Self::Orders => (settings.orders, settings.orders_every_seconds),
            Self::Returns => (settings.returns, settings.returns_every_seconds),
        };
        is_read.then_some(seconds.into())
    }

    /// How far two of its pages are apart at least, in seconds. The rules of use count each call for orders and returns; how often
    /// one for orders may be made, the setting for a single order says.
    pub(crate) fn between(self, settings: &MiraklSettings) -> i64 {
        match self {
            Self::Orders => settings.one_order_every_seconds.min(settings.orders_every_seconds).into(),
            Self::Returns => RETURNS_APART.min(settings.returns_every_seconds).into(),
            Self::Threads => 0,
        }
    }

    /// The question for the page at this place. The words that choose stay the same on all pages of a reading.
    pub(crate) fn query(self, place: &Place, settings: &MiraklSettings) -> Vec<(&'static str, String)> {
        let from = moment(place.since.saturating_sub(settings.overlap_seconds.into()));
        let page = place.page.clone();
        let mut query = match self {
            Self::Threads => vec![
                ("updated_since", from),
                ("with_messages", "true".to_owned()),
                ("limit", place.limit(settings).to_string()),
            ],
            Self::Orders => vec![("start_update_date", from), ("max", ORDERS_A_PAGE.to_owned())],
            Self::Returns => vec![("return_last_updated_from", from)],
        };
        let turn = if self == Self::Orders { "offset" } else { "page_token" };
        query.extend(page.map(|page| (turn, page)));
        query
    }
}

/// A moment as the marketplace reads it.
fn moment(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_default()
}
