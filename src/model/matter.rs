//! What a customer should hear before they ask: one matter of one order.

use super::text_enum::text_enum;
use super::{BrandId, ContactId, ConversationId, DraftId, MatterId, OrderSourceId, Ts};

text_enum! {
    /// The kinds of matter.
    MatterKind {
        /// A parcel comes later than was promised.
        Late = "late",
        /// The carrier could not hand a parcel over.
        Failed = "failed",
        /// A parcel goes back to the shop.
        SentBack = "sent_back",
        /// A refund was posted.
        Refunded = "refunded",
        /// Something that was ordered and could not be sent is in stock again.
        Restocked = "restocked",
    }
}

text_enum! {
    /// What became of a matter.
    MatterState {
        /// Nobody was told yet.
        Waiting = "waiting",
        /// A draft about it waits for a person.
        Drafted = "drafted",
        /// It was told, or a person decided.
        Done = "done",
        /// Nobody is told.
        Dropped = "dropped",
    }
}

impl MatterKind {
    /// The matter of an order, for teammates.
    pub fn words(self, order_number: &str) -> String {
        match self {
            Self::Late => format!("a parcel of {order_number} comes later than was promised"),
            Self::Failed => format!("a parcel of {order_number} could not be handed over"),
            Self::SentBack => format!("a parcel of {order_number} goes back to the shop"),
            Self::Refunded => format!("a refund for {order_number} was posted"),
            Self::Restocked => format!("an item of {order_number} is in stock again"),
        }
    }

    /// The same in a few words, for lists.
    pub fn label(self) -> &'static str {
        match self {
            Self::Late => "late parcel",
            Self::Failed => "failed delivery",
            Self::SentBack => "parcel sent back",
            Self::Refunded => "refund posted",
            Self::Restocked => "back in stock",
        }
    }
}

/// A matter as it is kept: there is one for each order, kind and subject, for good.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Matter {
    /// Id.
    pub id: MatterId,
    /// Whose.
    pub brand_id: BrandId,
    /// The shop.
    pub order_source_id: OrderSourceId,
    /// The shop's id of the order.
    pub order_id: String,
    /// The number that people use.
    pub order_number: String,
    /// What it is.
    pub kind: MatterKind,
    /// The shop's id of the parcel, the refund or the line.
    pub subject: String,
    /// Who is proved to have bought.
    pub contact_id: ContactId,
    /// What became of it.
    pub state: MatterState,
    /// Why nobody is told, in words.
    pub reason: String,
    /// Where it was told.
    pub conversation_id: Option<ConversationId>,
    /// The draft about it that waited for a person.
    pub draft_id: Option<DraftId>,
    /// Whether that conversation was begun or opened for it.
    pub opened: bool,
    /// When it was noticed.
    pub noticed_at: Ts,
    /// When it was written about.
    pub drafted_at: Option<Ts>,
}
