//! Where polling stopped. A place that is lost or used twice does no harm: each item has the same key each time.

use std::collections::BTreeMap;

use bytes::Bytes;
use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::{RawItem, RawOrigin};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::purchases::Purchases;

/// So many messages that the buyer has not read are followed.
pub(crate) const MOST_UNREAD: usize = 100;
/// So often a conversation is looked at again while its messages may still come late.
const LATE_LOOKS: i64 = 2;
/// How long a conversation rests that could not be read twice, in milliseconds; each further time doubles it.
const REST: i64 = 60_000;
/// How long it rests at most.
const LONGEST_REST: i64 = 600_000;
/// How long it is tried: three days.
const PATIENCE: i64 = 3 * 86_400_000;

/// Where polling stopped.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// In the conversations of members.
    pub(crate) members: Talks,
    /// In what eBay itself writes.
    pub(crate) ebay: Talks,
    /// In the messages of the older interface.
    pub(crate) letters: Letters,
    /// In each of the searches.
    pub(crate) searches: BTreeMap<String, Searched>,
    /// What was bought.
    pub(crate) purchases: Purchases,
    /// Messages of the account that the buyer had not read when they were last seen.
    pub(crate) unread: Vec<Unread>,
    /// When these are looked at again.
    pub(crate) unread_next: i64,
}

/// Where reading the messages of the older interface stopped. Moments are in milliseconds since 1970.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Letters {
    /// Everything before this moment has been read; 0 before the first look.
    pub(crate) since: i64,
    /// When each message came that was read, as far as what lies behind `since` reaches.
    pub(crate) seen: BTreeMap<String, i64>,
}

/// Where reading conversations stopped. Moments are in milliseconds since 1970.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Talks {
    /// Everything before this moment has been read; 0 before the first look.
    pub(crate) since: i64,
    /// The page of the look that is under way.
    pub(crate) offset: usize,
    /// The newest message that this look has seen.
    pub(crate) newest: i64,
    /// The oldest message that this look has left for later.
    pub(crate) left: Option<i64>,
    /// Whether this look has brought anything.
    pub(crate) found: bool,
    /// When the newest conversations are looked at again, whatever eBay takes for their time.
    pub(crate) newest_next: i64,
    /// The last message that was handed on, by conversation, as far as `since` and what lies behind it reaches.
    pub(crate) seen: BTreeMap<String, Seen>,
    /// Conversations that could not be read.
    pub(crate) troubled: BTreeMap<String, Trouble>,
}

/// The last message of a conversation that was handed on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    /// Its id; `""` where something was left for later.
    pub(crate) id: String,
    /// When it was written.
    pub(crate) at: i64,
    /// When its conversation was read.
    pub(crate) looked: i64,
}

impl Seen {
    /// Whether its conversation is to be read again for what eBay shows late: now and then, until nothing can be late.
    pub(crate) fn is_due(&self, now: i64, overlap: i64) -> bool {
        self.looked < self.at + overlap && now >= self.looked + overlap / LATE_LOOKS
    }
}

/// A conversation that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Trouble {
    /// Since when.
    pub(crate) begun: i64,
    /// When it was tried last.
    pub(crate) tried: i64,
    /// How often.
    pub(crate) tries: u32,
}

impl Trouble {
    /// Whether it lasts: once is no more than a moment.
    pub(crate) fn lasts(&self) -> bool {
        self.tries > 1
    }

    /// Whether it is left alone for now.
    fn rests(&self, now: i64) -> bool {
        let doubled = 1_i64 << self.tries.saturating_sub(2).min(8);
        self.lasts() && now < self.tried + (REST * doubled).min(LONGEST_REST)
    }

    /// Whether it is tried no more.
    pub(crate) fn is_final(&self) -> bool {
        self.tried - self.begun >= PATIENCE
    }
}

/// Where a search stopped.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Searched {
    /// When it is made again.
    pub(crate) next: i64,
    /// Up to when changes of orders were read; 0 before the first look.
    pub(crate) since: i64,
    /// The first moment of all: what happened before it is no news.
    pub(crate) begun: i64,
    /// Where each thing stood.
    pub(crate) known: BTreeMap<String, String>,
}

/// A message that the buyer has not read.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Unread {
    pub(crate) conversation: String,
    pub(crate) message: String,
    pub(crate) at: i64,
}

impl Talks {
    /// Leaves something for a later look.
    pub(crate) fn leave(&mut self, at: i64) {
        self.left = Some(self.left.map_or(at, |left| left.min(at)));
    }

    /// Leaves a conversation for a later look, with all that came since it was read.
    pub(crate) fn leave_conversation(&mut self, id: &str) {
        self.leave(self.seen.get(id).map_or(self.since, |seen| seen.at));
    }

    /// Whether a conversation that could not be read is left alone for now.
    pub(crate) fn rests(&self, id: &str, now: i64) -> bool {
        self.troubled.get(id).is_some_and(|trouble| trouble.rests(now))
    }

    /// Notes that a conversation could not be read. Twice in the same moment is once.
    pub(crate) fn note_trouble(&mut self, id: &str, now: i64) -> Trouble {
        self.troubled.retain(|_, trouble| now - trouble.tried < PATIENCE);
        let trouble = self.troubled.entry(id.to_owned()).or_default();
        if trouble.tries == 0 {
            trouble.begun = now;
        }
        trouble.tries += u32::from(trouble.tries == 0 || trouble.tried != now);
        trouble.tried = now;
        trouble.clone()
    }

    /// Ends a look; whether there is another to begin at once. With several pages, conversations may have changed places
    /// while they were turned: only a look that brings nothing shows that none was passed over.
    pub(crate) fn end_look(&mut self, overlap: i64) -> bool {
        let again = self.offset > 0 && self.found;
        if !again {
            let read = self.left.map_or(self.newest, |left| self.newest.min(left));
            self.since = self.since.max(read);
            let kept_from = self.since - overlap;
            self.seen.retain(|_, seen| seen.at >= kept_from);
        }
        (self.offset, self.newest, self.left, self.found) = (0, 0, None, false);
        again
    }
}

/// What a poll has gathered.
#[derive(Default)]
pub(crate) struct Gathered {
    items: Vec<(i64, RawItem)>,
    pub(crate) more: bool,
    pub(crate) waiting: usize,
    warning: Option<String>,
    pub(crate) trouble: Option<ChannelFailure>,
    /// What is wrong beside the messages.
    pub(crate) beside: Option<ChannelFailure>,
}

impl Gathered {
    /// Puts down a piece of what eBay answered, with the moment by which it is put in order.
    pub(crate) fn put(&mut self, key: String, at: i64, piece: &Value) {
        let body = Bytes::from(piece.to_string());
        self.items.push((at, RawItem { external_id: key, origin: RawOrigin::Inbox, body }));
    }

    /// Something that a person should know of; the first is enough.
    pub(crate) fn warn(&mut self, words: String) {
        self.warning.get_or_insert(words);
    }

    /// Notes what ended a part of the poll before its time; the first counts.
    pub(crate) fn fail(&mut self, failure: ChannelFailure) {
        self.trouble.get_or_insert(failure);
    }

    /// Everything as the desk takes it, oldest first.
    pub(crate) fn polled(mut self, progress: &Progress) -> Polled {
        self.items.sort_by_key(|(at, _)| *at);
        Polled {
            items: self.items.into_iter().map(|(_, item)| item).collect(),
            cursor: Cursor::of(progress),
            more: self.more,
            left: self.waiting,
            warning: self.warning,
            trouble: self.trouble,
            beside: self.beside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_over_several_pages_ends_when_it_brings_nothing_more() {
        let seen = |at: i64| (at.to_string(), Seen { id: "m".to_owned(), at, looked: at });
        let mut talks = Talks {
            since: 1_000,
            offset: 50,
            newest: 9_000,
            found: true,
            seen: [seen(1_500), seen(9_000)].into(),
            ..Talks::default()
        };
        assert!(talks.end_look(500), "pages may have changed while they were turned");
        assert_eq!((talks.since, talks.offset, talks.found, talks.seen.len()), (1_000, 0, false, 2));
        (talks.offset, talks.newest) = (50, 9_000);
        assert!(!talks.end_look(500));
        assert_eq!((talks.since, talks.seen.len()), (9_000, 1));
    }

    #[test]
    fn what_was_left_is_looked_at_again() {
        let mut talks = Talks { since: 1_000, newest: 9_000, ..Talks::default() };
        talks.leave(7_000);
        talks.leave(8_000);
        assert!(!talks.end_look(0));
        assert_eq!((talks.since, talks.left), (7_000, None));
    }

    #[test]
    fn a_conversation_is_read_again_while_something_may_come_late() {
        let seen = |looked: i64| Seen { id: "m".to_owned(), at: 10_000, looked };
        assert!(!seen(10_000).is_due(10_449, 900) && seen(10_000).is_due(10_450, 900));
        assert!(seen(10_899).is_due(99_999, 900) && !seen(10_900).is_due(99_999, 900), "once behind the time");
        assert!(!seen(10_000).is_due(99_999, 0), "nothing is late where nothing may be");
    }

    #[test]
    fn a_conversation_in_trouble_rests_longer_each_time_and_not_for_ever() {
        let mut talks = Talks { since: 1_000, ..Talks::default() };
        assert!(!talks.note_trouble("c", 0).lasts() && !talks.note_trouble("c", 0).lasts());
        assert!(!talks.rests("c", 1), "once may be a moment");
        let mut now = 0;
        for rest in [1, 2, 4, 8, 10, 10] {
            now += 600_000;
            assert!(talks.note_trouble("c", now).lasts());
            assert!(talks.rests("c", now + rest * REST - 1) && !talks.rests("c", now + rest * REST), "{rest}");
        }
        assert!(talks.note_trouble("c", PATIENCE).is_final());
        talks.leave_conversation("c");
        assert_eq!(talks.left, Some(1_000), "all since the last reading is owed");
        talks.note_trouble("other", 3 * PATIENCE);
        assert_eq!(talks.troubled.len(), 1, "what is gone is forgotten");
    }

    #[test]
    fn a_cursor_of_another_kind_is_the_beginning() {
        let strange = Cursor(serde_json::json!({ "members": "no" }));
        assert_eq!(Cursor::read::<Progress>(Some(&strange)), Progress::default());
        let mut progress = Progress::default();
        progress.members.since = 5;
        let polled = Gathered::default().polled(&progress);
        assert_eq!(Cursor::read::<Progress>(Some(&polled.cursor)), progress);
    }
}
