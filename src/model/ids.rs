//! Ids: `UUIDv7` newtypes, so that the compiler keeps a conversation from being taken for a message.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

id! {
    /// A proposed or performed action on an order.
    ActionId,
    /// One run of the agent.
    AgentRunId,
    /// A draft before a person.
    ApprovalId,
    /// An article of the help centre.
    ArticleId,
    /// Files and pages that were brought in as articles at once.
    ArticleImportId,
    /// A file.
    AttachmentId,
    /// A stop of the agent.
    BrakeId,
    /// A shop identity.
    BrandId,
    /// One change to several conversations.
    BulkChangeId,
    /// A file of a half-written reply.
    ComposerFileId,
    /// A connected account.
    ChannelId,
    /// A customer.
    ContactId,
    /// Two customers who became one person.
    ContactMergeId,
    /// A conversation.
    ConversationId,
    /// A version of a policy, a voice, a reply template or an article.
    VersionId,
    /// What the agent proposes to answer.
    DraftId,
    /// A timeline event.
    EventId,
    /// A hand-over from the agent to a person.
    HandOffId,
    /// A code that was sent to the address of an order.
    IdentityCheckId,
    /// An invitation to the team.
    InvitationId,
    /// A piece of durable work.
    JobId,
    /// One conversation that went into another.
    MergeId,
    /// An answer that is given often.
    MacroId,
    /// Something that a customer should hear before they ask.
    MatterId,
    /// A message.
    MessageId,
    /// A private note.
    NoteId,
    /// Something that a teammate should know.
    NotificationId,
    /// A connected shop.
    OrderSourceId,
    /// Stored raw bytes.
    RawEventId,
    /// Cases of before under a draft of the policy.
    ReplayId,
    /// A list that somebody put together.
    SavedViewId,
    /// A person on staff.
    TeammateId,
    /// A connected tracking provider.
    TrackerId,
}
