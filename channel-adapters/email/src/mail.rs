//! A mail as read: every fact that the desk uses, decoded and bounded.

use std::fmt;

use bytes::Bytes;
use channel_contract::inbound::Automatic;
use time::OffsetDateTime;

pub use crate::address::Mailbox;
use crate::classify::DeliveryReport;

/// A file that came with a mail. An attached mail or a part of a delivery report counts as one file.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The decoded file name, `""` if the part has none.
    pub name: String,
    /// The declared media type, in lower case.
    pub content_type: String,
    /// The Content-ID without brackets.
    pub content_id: Option<String>,
    /// Whether the part says that it is shown in place.
    pub inline: bool,
    /// The decoded bytes.
    pub content: Bytes,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// A mail as read.
#[derive(Clone, PartialEq)]
pub struct ParsedMail {
    /// The From mailboxes.
    pub from: Vec<Mailbox>,
    /// The Sender mailbox.
    pub sender: Option<Mailbox>,
    /// The Reply-To mailboxes.
    pub reply_to: Vec<Mailbox>,
    /// The To mailboxes of all To headers, groups opened.
    pub to: Vec<Mailbox>,
    /// The Cc mailboxes.
    pub cc: Vec<Mailbox>,
    /// Where the mail was delivered, by Delivered-To, X-Original-To, Envelope-To and their like.
    pub delivered_to: Vec<String>,
    /// The decoded subject.
    pub subject: String,
    /// The Message-ID without brackets, `""` if the mail has none.
    pub message_id: String,
    /// Every id under which other mails may refer to this one.
    pub own_ids: Vec<String>,
    /// The ids of In-Reply-To.
    pub in_reply_to: Vec<String>,
    /// The ids of References, oldest first.
    pub references: Vec<String>,
    /// When it was written, as it says itself.
    pub date: Option<OffsetDateTime>,
    /// The body as plain text.
    pub text: String,
    /// The body as the sender's HTML: foreign, not sanitised.
    pub html: Option<String>,
    /// What the sender wrote this time.
    pub visible_text: String,
    /// Whether that is only what they quote or hand on.
    pub only_quoted: bool,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// The Authentication-Results headers, topmost first.
    pub authentication_results: Vec<String>,
    /// Whether a machine wrote it.
    pub automatic: Automatic,
    /// What a bounce says of an earlier mail.
    pub report: Option<DeliveryReport>,
    /// Whether it is a read receipt.
    pub read_receipt: bool,
    /// The channels whose loop mark it carries.
    pub loop_marks: Vec<String>,
}

impl fmt::Debug for ParsedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParsedMail").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

impl ParsedMail {
    /// Who wrote: the first From mailbox that has an address. A mail without one is answered to its Reply-To, so that
    /// address stands in for it.
    pub fn author(&self) -> Mailbox {
        let address = |list: &[Mailbox]| list.iter().find(|mailbox| !mailbox.address.is_empty()).cloned();
        address(&self.from).or_else(|| address(&self.reply_to)).unwrap_or_default()
    }
}
