//! One change to several conversations.

use serde::{Deserialize, Serialize};

use super::standing::Standing;
use super::text_enum::text_enum;
use super::{BulkChangeId, TeammateId, Ts};

text_enum! {
    /// What is done to several conversations at once.
    BulkKind {
        /// They are given to somebody.
        Assign = "assign",
        /// They get a tag.
        Tag = "tag",
        /// They sleep.
        Snooze = "snooze",
        /// They are done.
        Resolve = "resolve",
        /// They are not done after all.
        Reopen = "reopen",
        /// They are spam: done, tagged, and the agent keeps out.
        Spam = "spam",
    }
}

impl BulkKind {
    /// Whether it ends conversations, and with them the drafts that wait in them.
    pub fn ends(self) -> bool {
        matches!(self, Self::Resolve | Self::Spam)
    }

    /// Whether conversations are out of sight with it, for a while or for good.
    pub fn puts_away(self) -> bool {
        self.ends() || self == Self::Snooze
    }
}

/// A conversation that was not changed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its number.
    pub number: i64,
    /// Why, for people.
    pub why: String,
}

/// How a changed conversation stood before, and its revision since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Before.
    pub before: Standing,
    /// The status that the change gave it.
    pub status: super::conversation::ConversationStatus,
    /// The person that the change gave it to.
    pub assignee: Option<TeammateId>,
    /// Until when it sleeps behind the change; nothing of changes that are older than this is kept.
    #[serde(default)]
    pub snoozed_until: Option<Ts>,
    /// The revision behind the change.
    pub revision: i64,
    /// The tag that was added, or taken away from spam that was opened again.
    pub tag: Option<String>,
}

/// A change as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BulkChange {
    /// Id.
    pub id: BulkChangeId,
    /// Who did it.
    pub teammate_id: TeammateId,
    /// What was done.
    pub kind: BulkKind,
    /// What was not changed.
    pub refused: sqlx::types::Json<Vec<Refused>>,
    /// What was changed.
    pub before: sqlx::types::Json<Vec<Changed>>,
    /// When.
    pub created_at: Ts,
    /// When it was taken back.
    pub undone_at: Option<Ts>,
}
