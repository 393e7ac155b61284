//! A message, in or out. A note is never a message, so it can never be sent.

use channel_contract::inbound;
use channel_contract::outbound::{DeliveryState, FilledTemplate};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::message_change::{MessageChanges, OURS};
use super::text_enum::text_enum;
use super::{ChannelId, ContactId, ConversationId, DraftId, Json, MessageId, TeammateId, Ts};

text_enum! {
    /// Which way a message goes.
    Direction {
        /// To us.
        Inbound = "inbound",
        /// From us.
        Outbound = "outbound",
    }
}

text_enum! {
    /// Who wrote a message.
    MessageAuthor {
        /// The customer.
        Contact = "contact",
        /// A person on staff.
        Teammate = "teammate",
        /// The agent, by itself.
        Agent = "agent",
        /// The system.
        System = "system",
    }
}

text_enum! {
    /// Where an outbound message is.
    Delivery {
        /// Waits for its turn, or for its undo time to pass.
        Queued = "queued",
        /// Being handed over.
        Sending = "sending",
        /// Waits for a person or for the connection.
        Held = "held",
        /// May have been taken.
        Unknown = "unknown",
        /// Taken.
        Sent = "sent",
        /// Arrived.
        Delivered = "delivered",
        /// Read.
        Read = "read",
        /// Will not arrive.
        Failed = "failed",
        /// Taken back.
        Cancelled = "cancelled",
    }
}

impl From<DeliveryState> for Delivery {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Queued => Self::Queued,
            DeliveryState::Sending => Self::Sending,
            DeliveryState::Held => Self::Held,
            DeliveryState::Unknown => Self::Unknown,
            DeliveryState::Sent => Self::Sent,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Read => Self::Read,
            DeliveryState::Failed => Self::Failed,
            DeliveryState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Delivery> for DeliveryState {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Queued => Self::Queued,
            Delivery::Sending => Self::Sending,
            Delivery::Held => Self::Held,
            Delivery::Unknown => Self::Unknown,
            Delivery::Sent => Self::Sent,
            Delivery::Delivered => Self::Delivered,
            Delivery::Read => Self::Read,
            Delivery::Failed => Self::Failed,
            Delivery::Cancelled => Self::Cancelled,
        }
    }
}

text_enum! {
    /// Whether a machine wrote a message.
    Automatic {
        /// A person did, as far as can be told.
        No = "no",
        /// An answer that nobody wrote: out of office, receipt.
        AutoReply = "auto_reply",
        /// Sent to many at once.
        Bulk = "bulk",
    }
}

impl From<inbound::Automatic> for Automatic {
    fn from(automatic: inbound::Automatic) -> Self {
        match automatic {
            inbound::Automatic::No => Self::No,
            inbound::Automatic::AutoReply => Self::AutoReply,
            inbound::Automatic::Bulk => Self::Bulk,
        }
    }
}

text_enum! {
    /// How sure it is that a message comes from the address it bears.
    Trust {
        /// The platform says so.
        Proved = "proved",
        /// It only says so itself.
        Claimed = "claimed",
        /// The platform denies it.
        Failed = "failed",
    }
}

impl From<inbound::Trust> for Trust {
    fn from(trust: inbound::Trust) -> Self {
        match trust {
            inbound::Trust::Proved => Self::Proved,
            inbound::Trust::Claimed => Self::Claimed,
            inbound::Trust::Failed => Self::Failed,
        }
    }
}

/// What the event says with which a letter is put on its way: a mail that brings what nobody has seen in a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// The mail.
    pub message: MessageId,
    /// The replies that are in it.
    pub brings: Vec<MessageId>,
}

/// A message.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Message {
    /// Order of arrival in the installation.
    pub seq: i64,
    /// Id.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// Which way.
    pub direction: Direction,
    /// By whom.
    pub author: MessageAuthor,
    /// The person on staff, when one wrote or approved it.
    pub teammate_id: Option<TeammateId>,
    /// The customer who wrote it.
    pub contact_id: Option<ContactId>,
    /// Shown name of the writer.
    pub sender_name: String,
    /// Address of the writer on the channel.
    pub sender_address: String,
    /// Where the writer wants answers, `""` for the address of the writer.
    pub reply_to: String,
    /// Whom it was sent to, addresses.
    pub recipients: sqlx::types::Json<Vec<String>>,
    /// Subject.
    pub subject: String,
    /// What was written this time.
    pub body: String,
    /// Everything, with quoted history; `""` when it is the same as `body`.
    pub full_text: String,
    /// Sanitised HTML.
    pub html: Option<String>,
    /// Where it is, outbound only.
    pub delivery: Option<Delivery>,
    /// Why it is not further, in words.
    pub delivery_reason: String,
    /// The platform's id.
    pub external_id: String,
    /// The id it answers.
    pub in_reply_to: Option<String>,
    /// Whether a machine wrote it.
    pub automatic: Automatic,
    /// How sure it is who wrote it.
    pub trust: Trust,
    /// The draft it came from.
    pub draft_id: Option<DraftId>,
    /// Not before this moment: the undo time.
    pub send_at: Option<Ts>,
    /// When it was written, as the platform says, and never later than it came; nothing where it does not say.
    pub written_at: Option<Ts>,
    /// When it was written here or came in.
    pub created_at: Ts,
    /// When the platform took it.
    pub sent_at: Option<Ts>,
    /// What became of it since it was placed.
    pub changes: Option<Json<MessageChanges>>,
    /// The template that leaves in place of the text.
    pub template: Option<Json<FilledTemplate>>,
    /// The buttons below it: a person put them there, or the agent asks with them.
    pub choices: Json<Vec<String>>,
    /// How many calls it takes, as far as is known.
    pub parts: i64,
    /// How many of them are through.
    pub parts_sent: i64,
    /// Whether its words are a machine's, though a person answers for it: a draft that was approved word for word, or what a
    /// program sent in their name.
    pub machine_worded: bool,
    /// Whether a program sent it in a person's name, who may know nothing of it: its own words, or a draft that it accepted.
    pub by_program: bool,
    /// Whether it passes the customer by: the platform wrote it to the shop alone, or the shop wrote it to others alone. It is
    /// not theirs to hear, and answers nothing that they asked.
    pub aside: bool,
    /// The platform's own id of the thread that it is in, where it has one; what waits to leave is in none yet.
    pub thread: Option<String>,
    /// The contact to whom it went, where it is one of ours that has begun to leave, or is for the operator of a marketplace
    /// alone.
    pub to_contact_id: Option<ContactId>,
}

/// Where a message is after news of it, or of one of its parts: of so many through, and so many in all. `None` where that
/// changes nothing. What did not arrive of one part did not arrive of the whole, and what became of a part says nothing of
/// those that are still to leave.
pub fn after_news(before: Delivery, state: DeliveryState, (parts_sent, parts): (i64, i64)) -> Option<Delivery> {
    let after = Some(Delivery::from(DeliveryState::from(before).after(state))).filter(|after| *after != before);
    if parts < 2 {
        return after;
    }
    match (before, state) {
        (Delivery::Failed | Delivery::Cancelled, _) => None,
        (_, DeliveryState::Failed) => Some(Delivery::Failed),
        _ if parts_sent < parts => None,
        _ => after,
    }
}

/// Where a message is after news, or after the platform took it. Late news change nothing back.
pub fn further(before: Delivery, news: Delivery) -> Delivery {
    Delivery::from(DeliveryState::from(before).after(DeliveryState::from(news)))
}

/// Whether the platform has what is there.
pub fn has_arrived(delivery: Delivery) -> bool {
    matches!(delivery, Delivery::Sent | Delivery::Delivered | Delivery::Read)
}

/// What an event says that tells where a message is by now. The one with which it is first known to have left brings it to
/// light for a customer who has it in a chat, however far it has come by then.
pub fn delivery_facts(message: MessageId, delivery: Delivery, has_just_left: bool) -> serde_json::Value {
    json!({ "message": message.to_string(), "delivery": delivery.as_str(), "left": has_just_left })
}

/// Where a message of several parts is that all are with the platform: where the worst of them is.
pub fn worst_of(parts: &[Delivery]) -> Delivery {
    let all = |states: &[Delivery]| parts.iter().all(|part| states.contains(part));
    if all(&[Delivery::Read]) {
        Delivery::Read
    } else if all(&[Delivery::Delivered, Delivery::Read]) {
        Delivery::Delivered
    } else {
        Delivery::Sent
    }
}

impl Message {
    /// When it was written, as far as anybody knows.
    pub fn written(&self) -> Ts {
        self.written_at.unwrap_or(self.created_at)
    }

    /// Whether its writer has taken it back: it says nothing any more.
    pub fn is_taken_back(&self) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.0.taken_back_at.is_some())
    }

    /// Whether a sign can stand on it: the customer wrote it, and it is there.
    pub fn takes_signs(&self) -> bool {
        self.direction == Direction::Inbound && !self.external_id.is_empty() && !self.is_taken_back()
    }

    /// The sign that stands on it from us.
    pub fn our_sign(&self) -> Option<&str> {
        let sign = self.changes.as_ref()?.0.sign_of(OURS)?;
        Some(sign.sign.as_str()).filter(|sign| !sign.is_empty())
    }

    /// The buttons that a person put below it, which its channel has to take. Those of a question of the agent's are left out
    /// where they do not fit: its text says the same.
    pub fn own_choices(&self) -> &[String] {
        if self.draft_id.is_some() { &[] } else { &self.choices.0 }
    }

    /// Whether some of it is with the customer already, and not all.
    pub fn is_partly_sent(&self) -> bool {
        (1..self.parts).contains(&self.parts_sent)
    }

    /// Whether it may leave from now on, or is perhaps leaving.
    pub fn is_on_its_way(&self) -> bool {
        matches!(self.delivery, Some(Delivery::Queued | Delivery::Sending | Delivery::Held | Delivery::Unknown))
    }

    /// Whether it is the letter that brings what was not seen in a chat: what else the system says names no address.
    pub fn is_letter(&self) -> bool {
        self.author == MessageAuthor::System && !self.recipients.is_empty()
    }

    /// Whether it passes by the customer of its conversation: it went to others alone, so it answers nothing of theirs.
    pub fn passes_by(&self, customer: ContactId) -> bool {
        self.aside && self.to_contact_id != Some(customer)
    }

    /// Whether it went to an address on a channel.
    pub fn went_to(&self, channel: ChannelId, address: &str) -> bool {
        self.channel_id == channel && self.recipients.first().is_some_and(|to| to.eq_ignore_ascii_case(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_several_parts_is_where_the_worst_of_them_is() {
        use DeliveryState::{Delivered, Failed, Read, Sent};
        for (before, state, through, after) in [
            (Delivery::Queued, Delivered, 1, None),
            (Delivery::Unknown, Sent, 0, None),
            (Delivery::Queued, Failed, 1, Some(Delivery::Failed)),
            (Delivery::Sent, Delivered, 2, Some(Delivery::Delivered)),
            (Delivery::Delivered, Failed, 2, Some(Delivery::Failed)),
            (Delivery::Failed, Read, 2, None),
            (Delivery::Failed, Failed, 2, None),
            (Delivery::Cancelled, Failed, 1, None),
        ] {
            assert_eq!(after_news(before, state, (through, 2)), after, "{before} {state:?} {through}");
        }
        for (parts, worst) in [
            ([Delivery::Read, Delivery::Sent], Delivery::Sent),
            ([Delivery::Delivered, Delivery::Read], Delivery::Delivered),
            ([Delivery::Read, Delivery::Read], Delivery::Read),
            ([Delivery::Read, Delivery::Sending], Delivery::Sent),
        ] {
            assert_eq!(worst_of(&parts), worst, "{parts:?}");
        }
        assert_eq!(after_news(Delivery::Unknown, Sent, (0, 1)), Some(Delivery::Sent));
        assert_eq!(
            after_news(Delivery::Delivered, Failed, (1, 1)),
            None,
            "a failure after the arrival is another event"
        );
    }
}
