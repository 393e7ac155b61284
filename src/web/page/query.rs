//! Which conversations a reader looks at, as a part of addresses.

use serde::{Deserialize, Serialize};

use crate::model::{BrandId, ChannelId, SavedViewId, TeammateId};
use crate::store::conversations::{Counts, Order};

/// Which views a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxView {
    /// A draft waits for a person.
    NeedsApproval,
    /// Given to the reader.
    Mine,
    /// Open, given to nobody.
    Unassigned,
    /// The customer has the next move.
    Waiting,
    /// Asleep.
    Snoozed,
    /// Open.
    #[default]
    Open,
    /// Everything.
    All,
}

impl InboxView {
    /// Every view, as the rail lists them.
    pub const ALL: [Self; 7] =
        [Self::NeedsApproval, Self::Mine, Self::Unassigned, Self::Waiting, Self::Snoozed, Self::Open, Self::All];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsApproval => "needs_approval",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Waiting => "waiting",
            Self::Snoozed => "snoozed",
            Self::Open => "open",
            Self::All => "all",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::NeedsApproval => "Needs approval",
            Self::Mine => "Mine",
            Self::Unassigned => "Unassigned",
            Self::Waiting => "Waiting",
            Self::Snoozed => "Snoozed",
            Self::Open => "All open",
            Self::All => "Everything",
        }
    }

    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::NeedsApproval => "eye",
            Self::Mine => "person",
            Self::Unassigned => "people",
            Self::Waiting => "hourglass",
            Self::Snoozed => "moon",
            Self::Open => "inbox",
            Self::All => "box",
        }
    }

    /// Its number beside it; none for everything.
    pub fn count(self, counts: &Counts) -> Option<i64> {
        match self {
            Self::NeedsApproval => Some(counts.needs_approval),
            Self::Mine => Some(counts.mine),
            Self::Unassigned => Some(counts.unassigned),
            Self::Waiting => Some(counts.waiting),
            Self::Snoozed => Some(counts.snoozed),
            Self::Open => Some(counts.open),
            Self::All => None,
        }
    }
}

/// How the reader's list runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The last message first; what needs approval runs by its clocks.
    #[default]
    Newest,
    /// The longest silence first.
    Oldest,
}

impl Sort {
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
        }
    }
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Newest => Self::Newest,
            Sort::Oldest => Self::Oldest,
        }
    }
}

/// Which brand a page is about: `?brand=`, the first where none is named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BrandQuery {
    /// Its slug.
    pub brand: String,
}

/// Which conversations the reader looks at: `GET /inbox?view=...`, and carried by every address below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InboxQuery {
    /// The view.
    pub view: InboxView,
    /// Only this channel; then the view does not count.
    pub channel: Option<ChannelId>,
    /// Only this brand; then the view does not count.
    pub brand: Option<BrandId>,
    /// Only what is given to this person; then the view does not count.
    pub assignee: Option<TeammateId>,
    /// A list that somebody put together; then the view does not count.
    pub saved: Option<SavedViewId>,
    /// How the list runs, where it can be chosen.
    pub sort: Sort,
    /// Behind which row the page begins, as the store's words.
    pub cursor: Option<String>,
}

impl InboxQuery {
    /// A view without filters.
    pub fn of(view: InboxView) -> Self {
        Self { view, ..Self::default() }
    }

    /// As the part of an address behind `?`, without the cursor.
    pub fn encoded(&self) -> String {
        if let Some(saved) = self.saved {
            return format!("saved={saved}");
        }
        let list = match (self.channel, self.brand, self.assignee) {
            (Some(channel), _, _) => format!("channel={channel}"),
            (None, Some(brand), _) => format!("brand={brand}"),
            (None, None, Some(person)) => format!("assignee={person}"),
            (None, None, None) => format!("view={}", self.view.as_str()),
        };
        match self.sort {
            Sort::Newest => list,
            Sort::Oldest => format!("{list}&sort=oldest"),
        }
    }

    /// Whether the reader chooses how it runs: a saved view runs newest first, what needs approval by its clocks.
    pub fn can_be_sorted(&self) -> bool {
        self.saved.is_none() && (self.is_filtered() || self.view != InboxView::NeedsApproval)
    }

    /// Whether it shows something else than a view.
    pub fn is_filtered(&self) -> bool {
        self.saved.is_some() || self.channel.is_some() || self.brand.is_some() || self.assignee.is_some()
    }

    /// The address of the list.
    pub fn list_href(&self) -> String {
        format!("/inbox?{}", self.encoded())
    }

    /// The address of a conversation in this list.
    pub fn conversation_href(&self, number: i64) -> String {
        format!("/conversations/{number}?{}", self.encoded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_query_is_an_address_and_back() {
        let query = InboxQuery::of(InboxView::NeedsApproval);
        assert_eq!(query.conversation_href(4812), "/conversations/4812?view=needs_approval");
        let channel = ChannelId(uuid::Uuid::nil());
        let filtered = InboxQuery { channel: Some(channel), ..query };
        assert_eq!(filtered.encoded(), format!("channel={channel}"));
        let oldest = InboxQuery { sort: Sort::Oldest, ..filtered };
        assert!(oldest.can_be_sorted() && oldest.encoded().ends_with("&sort=oldest"));
        let read: InboxQuery = serde_json::from_str(r#"{"view":"mine"}"#).unwrap();
        assert_eq!(read, InboxQuery::of(InboxView::Mine));
    }
}
