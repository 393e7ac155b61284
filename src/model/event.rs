//! What happened, beside the messages: shown on the timeline, fed to live pages.

use super::text_enum::text_enum;
use super::{BrandId, ConversationId, EventId, Ts};

text_enum! {
    /// What happened.
    EventKind {
        /// A message came in.
        MessageReceived = "message_received",
        /// A message was put on its way.
        MessageQueued = "message_queued",
        /// The fate of a message changed.
        DeliveryChanged = "delivery_changed",
        /// A message says something else, was taken back, or has another sign on it.
        MessageChanged = "message_changed",
        /// A customer goes by another name too.
        AlsoKnownAs = "also_known_as",
        /// A note was written.
        NoteAdded = "note_added",
        /// The agent began.
        RunStarted = "run_started",
        /// The agent looked and there is nothing to say.
        RunEnded = "run_ended",
        /// A draft waits.
        DraftReady = "draft_ready",
        /// A person decided about a draft.
        ApprovalDecided = "approval_decided",
        /// The agent gave the conversation to a person.
        HandedOff = "handed_off",
        /// A teammate took over.
        TakenOver = "taken_over",
        /// Work was given to somebody.
        Assigned = "assigned",
        /// Put to sleep.
        Snoozed = "snoozed",
        /// Done.
        Resolved = "resolved",
        /// Not done after all.
        Reopened = "reopened",
        /// Spam: done, and the agent keeps out.
        MarkedSpam = "marked_spam",
        /// Another conversation went into this one, or this one into another.
        Merged = "merged",
        /// A merge was taken back.
        MergeUndone = "merge_undone",
        /// The customer and another contact became one person.
        ContactsMerged = "contacts_merged",
        /// Such a merge was taken back.
        ContactsParted = "contacts_parted",
        /// A teammate chose on which channel the customer is answered.
        RouteChosen = "route_chosen",
        /// The platform tells news of the order.
        OrderNews = "order_news",
        /// What a customer wrote was removed, because they asked for it.
        CustomerErased = "customer_erased",
        /// A part became a conversation of its own.
        Split = "split",
        /// A change to several conversations was taken back here.
        ChangeUndone = "change_undone",
        /// Tags changed.
        Tagged = "tagged",
        /// A teammate let the shop do something.
        ActionApproved = "action_approved",
        /// An action took effect in the shop.
        ActionPerformed = "action_performed",
        /// An action failed.
        ActionFailed = "action_failed",
        /// The order was found, or a teammate took it off.
        OrderMatched = "order_matched",
        /// The order was read again, because its shop said that it changed.
        OrderRead = "order_read",
        /// It turned out whether a closed case was solved.
        ResolutionJudged = "resolution_judged",
        /// A carrier tells how a parcel is doing.
        ParcelNews = "parcel_news",
        /// An order has something that its customer should hear before they ask.
        MatterNoted = "matter_noted",
        /// Nobody is told of it after all.
        MatterDropped = "matter_dropped",
        /// A file that lay on the platform was fetched, or cannot be.
        FileFetched = "file_fetched",
        /// The platform told what the customer is called.
        CustomerNamed = "customer_named",
        /// Somebody new wrote into the conversation with a valid token.
        ParticipantJoined = "participant_joined",
        /// A teammate looked at what the customer wrote in a chat.
        Seen = "seen",
        /// The customer left an address for answers.
        AddressLeft = "address_left",
        /// A code is to show, or has shown, whose an order is.
        IdentityChecked = "identity_checked",
        /// A clock ran out.
        Overdue = "overdue",
        /// A channel's state changed.
        ChannelChanged = "channel_changed",
        /// The agent was stopped somewhere, or goes on.
        BrakeChanged = "brake_changed",
        /// Long work went on.
        WorkProgressed = "work_progressed",
    }
}

impl EventKind {
    /// What no timeline ever has a line about: it happens many times for each that is shown.
    pub const WITHOUT_LINE: [Self; 13] = [
        Self::MessageQueued,
        Self::DeliveryChanged,
        Self::NoteAdded,
        Self::RunStarted,
        Self::RunEnded,
        Self::DraftReady,
        Self::Seen,
        Self::OrderRead,
        Self::FileFetched,
        Self::CustomerNamed,
        Self::WorkProgressed,
        Self::ChannelChanged,
        Self::BrakeChanged,
    ];
}

/// An event. `data` holds small facts for showing it, never message bodies.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Event {
    /// Order in the installation.
    pub seq: i64,
    /// Id.
    pub id: EventId,
    /// Whose.
    pub brand_id: BrandId,
    /// Where, if it is about one conversation.
    pub conversation_id: Option<ConversationId>,
    /// What happened.
    pub kind: EventKind,
    /// Who did it: a person's name, `agent` or `system`.
    pub actor: String,
    /// Facts for showing it.
    pub data: sqlx::types::Json<serde_json::Value>,
    /// When.
    pub at: Ts,
}

impl Event {
    /// Whether it is a message that came while another program answered there.
    pub fn is_elsewhere(&self) -> bool {
        self.kind == EventKind::MessageReceived && self.data.0.get("elsewhere").is_some_and(|there| *there == true)
    }
}
