//! Durable work.

use super::text_enum::text_enum;
use super::{ConversationId, JobId, Ts};

text_enum! {
    /// What is to be done.
    JobKind {
        /// Read stored raw bytes into conversations.
        Receive = "receive",
        /// Let the agent look at a conversation.
        AgentRun = "agent_run",
        /// Hand a message to its platform.
        Deliver = "deliver",
        /// Put a reply into its chat.
        SayInChat = "say_in_chat",
        /// Fetch what is new on a polled channel.
        Poll = "poll",
        /// Look whether a channel that is pushed to works.
        CheckChannel = "check_channel",
        /// Look whether a shop works, and which orders changed there.
        CheckShop = "check_shop",
        /// Look whether closed cases were solved.
        CheckResolutions = "check_resolutions",
        /// Perform an approved action in the shop.
        PerformAction = "perform_action",
        /// Send by mail what nobody looked at in the chat.
        MailUnseen = "mail_unseen",
        /// Read an order again of which its shop says that it changed.
        ReadOrder = "read_order",
        /// Ask a tracking provider how parcels are doing.
        ReadParcels = "read_parcels",
        /// Tell a customer of matters before they ask.
        TellMatter = "tell_matter",
        /// Fetch a file that lies on a platform.
        FetchFile = "fetch_file",
        /// Ask a platform what a customer is called.
        ReadName = "read_name",
        /// Tell a customer when people are back.
        AwayReply = "away_reply",
        /// Tell a teammate by mail.
        NotifyByMail = "notify_by_mail",
        /// Send a code to the address of an order.
        SendCode = "send_code",
        /// Remove what is kept of a customer.
        EraseContact = "erase_contact",
        /// Remove the bytes of a file that nothing names any more.
        ForgetFile = "forget_file",
        /// Read pages of the web as articles.
        ImportPages = "import_pages",
        /// Give messages the entries that the search index has lost.
        IndexMessages = "index_messages",
        /// Look what a draft of the policy would have done.
        Replay = "replay",
    }
}

impl JobKind {
    /// Whether it goes on for as long as its channel or its shop is connected, and is never given up.
    pub fn lasts(self) -> bool {
        matches!(self, Self::Poll | Self::CheckChannel | Self::CheckShop)
    }
}

text_enum! {
    /// Where a job stands. A finished job is deleted.
    JobState {
        /// Waits for its time.
        Ready = "ready",
        /// Somebody has it, until the lease ends.
        Running = "running",
        /// Given up; a person may try it again.
        Dead = "dead",
    }
}

/// A piece of durable work.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// What is to be done.
    pub kind: JobKind,
    /// With what.
    pub payload: sqlx::types::Json<serde_json::Value>,
    /// Where it stands.
    pub state: JobState,
    /// Not before this moment.
    pub run_at: Ts,
    /// How often it was begun.
    pub attempts: i64,
    /// Progress of long work: steps done.
    pub done: i64,
    /// Progress of long work: steps in all, 0 if unknown.
    pub total: i64,
    /// What went wrong last.
    pub last_error: String,
    /// The conversation it is about.
    pub conversation_id: Option<ConversationId>,
    /// When it was put down.
    pub created_at: Ts,
}
