//! What a connection can do, as data: shown in the composer, obeyed by the agent, checked again before sending.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::failure::{ChannelFailure, FailureClass};
use crate::outbound::{Author, Outbound};

/// How a length limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// Unicode scalar values.
    Characters,
    /// UTF-8 bytes.
    Bytes,
}

/// The most a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthLimit {
    /// The greatest allowed count.
    pub most: usize,
    /// What is counted.
    pub unit: LengthUnit,
}

impl LengthLimit {
    /// How much of the limit `text` uses.
    pub fn measure(self, text: &str) -> usize {
        match self.unit {
            LengthUnit::Characters => text.chars().count(),
            LengthUnit::Bytes => text.len(),
        }
    }

    /// Whether `text` fits.
    pub fn allows(self, text: &str) -> bool {
        self.measure(text) <= self.most
    }
}

/// What may be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentLimit {
    /// How many in one message.
    pub count: usize,
    /// The greatest total size in bytes, as the platform counts it.
    pub total_bytes: u64,
}

impl AttachmentLimit {
    /// Whether the files of `message` fit.
    pub fn allows(self, message: &Outbound) -> bool {
        let bytes: usize = message.attachments.iter().map(|file| file.content.len()).sum();
        message.attachments.len() <= self.count && u64::try_from(bytes).is_ok_and(|bytes| bytes <= self.total_bytes)
    }
}

/// What a connection can do. A platform that changes a limit changes data here, not code elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is one independent fact about a platform")]
pub struct Capabilities {
    /// The most text in one message; `None` where the platform sets no limit.
    pub text: Option<LengthLimit>,
    /// Attachments; `None` where none are possible.
    pub attachments: Option<AttachmentLimit>,
    /// Whether HTML is kept.
    pub html: bool,
    /// Whether a message has a subject line.
    pub subject: bool,
    /// How long after the customer's last message a reply is free; `None` where there is no window.
    pub reply_window: Option<Duration>,
    /// Whether the desk may write first.
    pub can_initiate: bool,
    /// Whether the platform tells that a message arrived.
    pub delivered_receipts: bool,
    /// Whether the platform tells that a message was read.
    pub read_receipts: bool,
    /// Whether an automatic writer may send here at all.
    pub agent_may_send: bool,
    /// Whether links and contact data are allowed in the text.
    pub links: bool,
}

impl Capabilities {
    /// Of a connection that can do nothing: what one that is broken offers.
    pub const NOTHING: Self = Self {
        text: None,
        attachments: None,
        html: false,
        subject: false,
        reply_window: None,
        can_initiate: false,
        delivered_receipts: false,
        read_receipts: false,
        agent_may_send: false,
        links: false,
    };

    /// Refuses what the connection cannot do, before anything is sent: every adapter begins with it.
    pub fn admit(&self, message: &Outbound) -> Result<(), ChannelFailure> {
        let refused = |class, words: &str| Err(ChannelFailure::refused(class, words));
        if self.text.is_some_and(|limit| !limit.allows(&message.text)) {
            return refused(FailureClass::Content, "The text is too long for this channel.");
        }
        if !message.attachments.is_empty() && !self.attachments.is_some_and(|limit| limit.allows(message)) {
            return refused(FailureClass::Content, "The files are too many or too large for this channel.");
        }
        if message.author != Author::Teammate && !self.agent_may_send {
            return refused(FailureClass::Policy, "This channel takes replies from people only.");
        }
        if !self.links && has_link(&message.text) {
            return refused(FailureClass::Policy, "This channel takes no links.");
        }
        let begins = message.in_reply_to.is_none() && message.references.is_empty();
        if begins && !self.can_initiate {
            return refused(FailureClass::Policy, "On this channel the customer writes first.");
        }
        Ok(())
    }
}

fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["http://", "https://", "www."].iter().any(|mark| lower.contains(mark))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::outbound::OutboundAttachment;

    fn strict() -> Capabilities {
        Capabilities { text: Some(LengthLimit { most: 40, unit: LengthUnit::Bytes }), ..Capabilities::NOTHING }
    }

    fn answer(text: &str) -> Outbound {
        Outbound {
            command_id: Uuid::nil(),
            conversation_id: Uuid::nil(),
            to: Vec::new(),
            to_name: String::new(),
            from_name: String::new(),
            subject: String::new(),
            text: text.to_owned(),
            in_reply_to: Some("1".to_owned()),
            references: Vec::new(),
            attachments: Vec::new(),
            author: Author::Teammate,
        }
    }

    #[test]
    fn a_strict_channel_takes_a_short_answer_of_a_person_and_nothing_else() {
        use FailureClass::{Content, Policy};
        assert_eq!(strict().admit(&answer(&"ü".repeat(20))), Ok(()));
        let file = OutboundAttachment { name: String::new(), content_type: String::new(), content: "x".into() };
        for (message, class) in [
            (answer(&format!("{}x", "ü".repeat(20))), Content),
            (Outbound { attachments: vec![file], ..answer("x") }, Content),
            (Outbound { author: Author::Agent, ..answer("x") }, Policy),
            (Outbound { author: Author::System, ..answer("x") }, Policy),
            (answer("See WWW.shop.example"), Policy),
            (Outbound { in_reply_to: None, ..answer("x") }, Policy),
        ] {
            assert_eq!(strict().admit(&message).map_err(|failure| failure.class()), Err(class), "{message:?}");
        }
    }
}
