//! What `resolute parse-mail` prints of one file.

use serde::Serialize;

use crate::parse;

/// One file as the contract of the command line wants it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The path as given.
    pub file: String,
    /// Address of the first From mailbox that has one.
    pub from_address: String,
    /// Its shown name.
    pub from_name: String,
    /// Addresses of all To headers.
    pub to: Vec<String>,
    /// The decoded subject.
    pub subject: String,
    /// The id without brackets, never invented.
    pub message_id: String,
    /// The first id of In-Reply-To.
    pub in_reply_to: String,
    /// The body as plain text.
    pub text: String,
    /// What the sender wrote this time.
    pub visible_reply: String,
    /// Whether the mail has an HTML body.
    pub html_present: bool,
    /// The files.
    pub attachments: Vec<ReportedAttachment>,
}

/// One file of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportedAttachment {
    /// The decoded name.
    pub name: String,
    /// The declared media type.
    pub content_type: String,
    /// The decoded size in bytes.
    pub size: usize,
}

/// Reads one file.
pub fn report(file: &str, bytes: &[u8]) -> Report {
    let mail = parse::parse(bytes);
    let author = mail.author();
    Report {
        file: file.to_owned(),
        from_address: author.address,
        from_name: author.name,
        to: mail.to.into_iter().map(|mailbox| mailbox.address).filter(|address| !address.is_empty()).collect(),
        subject: mail.subject,
        message_id: mail.message_id,
        in_reply_to: mail.in_reply_to.into_iter().next().unwrap_or_default(),
        text: mail.text,
        visible_reply: mail.visible_text,
        html_present: mail.html.is_some(),
        attachments: mail
            .attachments
            .into_iter()
            .map(|file| ReportedAttachment {
                name: file.name,
                content_type: file.content_type,
                size: file.content.len(),
            })
            .collect(),
    }
}
