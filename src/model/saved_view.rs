//! A list that a person put together, and what belongs in it.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{BrandId, ChannelId, SavedViewId, TeammateId, Ts};

text_enum! {
    /// Which conversations by who has the next move.
    StatusFilter {
        /// All that are not done.
        Unresolved = "unresolved",
        /// We have it.
        Open = "open",
        /// The customer has it.
        Waiting = "waiting",
        /// They sleep.
        Snoozed = "snoozed",
        /// They are done.
        Resolved = "resolved",
        /// All.
        Any = "any",
    }
}

text_enum! {
    /// What a list asks for or not. The word is its name in forms and addresses.
    Mark {
        /// Nobody has looked at the last message.
        Unread = "unread",
        /// A draft waits for a person.
        NeedsApproval = "needs_approval",
        /// A clock of ours ran out.
        Overdue = "overdue",
    }
}

/// What belongs in a list; what is empty does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// By who has the next move.
    pub status: StatusFilter,
    /// Of this brand.
    pub brand: Option<BrandId>,
    /// On this channel.
    pub channel: Option<ChannelId>,
    /// `""`, `me`, `nobody`, or a person's id.
    pub assignee: String,
    /// With this tag.
    pub tag: String,
    /// With this intent.
    pub intent: String,
    /// In this language.
    pub language: String,
    /// About this order.
    pub order_number: String,
    /// Nothing was said for so many hours.
    pub quiet_hours: u32,
    /// Nobody has looked at the last message.
    pub unread: bool,
    /// A draft waits for a person.
    pub needs_approval: bool,
    /// A clock of ours ran out.
    pub overdue: bool,
    /// With these words.
    pub text: String,
}

impl Default for Filters {
    fn default() -> Self {
        Self {
            status: StatusFilter::Unresolved,
            brand: None,
            channel: None,
            assignee: String::new(),
            tag: String::new(),
            intent: String::new(),
            language: String::new(),
            order_number: String::new(),
            quiet_hours: 0,
            unread: false,
            needs_approval: false,
            overdue: false,
            text: String::new(),
        }
    }
}

impl Filters {
    /// Whether it asks for this.
    pub fn has(&self, mark: Mark) -> bool {
        match mark {
            Mark::Unread => self.unread,
            Mark::NeedsApproval => self.needs_approval,
            Mark::Overdue => self.overdue,
        }
    }

    /// Asks for this, or for it no longer.
    pub fn set(&mut self, mark: Mark, asked: bool) {
        let place = match mark {
            Mark::Unread => &mut self.unread,
            Mark::NeedsApproval => &mut self.needs_approval,
            Mark::Overdue => &mut self.overdue,
        };
        *place = asked;
    }

    /// The same without this.
    #[must_use]
    pub fn without(&self, mark: Mark) -> Self {
        let mut others = self.clone();
        others.set(mark, false);
        others
    }
}

/// A list as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SavedView {
    /// Id.
    pub id: SavedViewId,
    /// Who made it.
    pub teammate_id: TeammateId,
    /// Its name.
    pub name: String,
    /// Whether the whole team sees it.
    pub shared: bool,
    /// Its place among the others.
    pub position: i64,
    /// What belongs in it.
    pub filters: sqlx::types::Json<Filters>,
    /// When it was made.
    pub created_at: Ts,
}
