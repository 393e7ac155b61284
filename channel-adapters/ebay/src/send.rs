//! A message of the desk as eBay takes it. Pure.

use channel_contract::capabilities::FileSort;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Outbound, OutboundAttachment};
use serde_json::{Value, json};

use crate::trading;

/// What eBay takes, in the order of [`KINDS`].
pub(crate) static SORTS: [FileSort; 4] = [
    FileSort {
        words: "pictures",
        forms: "",
        types: &["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"],
    },
    FileSort { words: "PDF", forms: "", types: &["application/pdf"] },
    FileSort {
        words: "Word",
        forms: "",
        types: &["application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    },
    FileSort { words: "plain text", forms: "", types: &["text/plain"] },
];
/// What eBay calls them.
const KINDS: [&str; 4] = ["IMAGE", "PDF", "DOC", "TXT"];

/// What eBay calls a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MediaName {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
}

/// The body of a call that sends a message; each file with the address at which it lies.
pub(crate) fn body(message: &Outbound, files: &[(MediaName, String)]) -> Result<Value, ChannelFailure> {
    let (conversation, listing) = conversation_of(message);
    let mut body = match (conversation, message.to.first().filter(|to| !to.is_empty())) {
        (Some(id), _) => json!({ "conversationId": id }),
        (None, Some(member)) => json!({ "otherPartyUsername": member }),
        (None, None) => {
            let words = "The message has neither a conversation nor a user of eBay to go to.";
            return Err(ChannelFailure::refused(FailureClass::Recipient, words));
        }
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert("messageText".to_owned(), json!(message.text));
        fields.insert("emailCopyToSender".to_owned(), json!(false));
        if let Some(listing) = listing {
            fields.insert("reference".to_owned(), json!({ "referenceId": listing, "referenceType": "LISTING" }));
        }
        if !files.is_empty() {
            let media = files.iter().map(
                |(media, address)| json!({ "mediaName": media.name, "mediaType": media.kind, "mediaUrl": address }),
            );
            fields.insert("messageMedia".to_owned(), media.collect());
        }
    }
    Ok(body)
}

/// The conversation that a message goes into; or the listing of a thread of the older interface, which is no conversation for this
/// one.
pub(crate) fn conversation_of(message: &Outbound) -> (Option<&str>, Option<&str>) {
    let thread = message.thread_id.as_deref().filter(|id| !id.is_empty());
    match trading::parted(thread) {
        Some((listing, _)) => (None, Some(listing).filter(|listing| !listing.is_empty())),
        None => (thread, None),
    }
}

/// What a file is called at eBay; a refusal where eBay takes no such files.
pub(crate) fn media_name(file: &OutboundAttachment) -> Result<MediaName, ChannelFailure> {
    let kind = kind_of(&file.content_type).or_else(|| {
        let (_, end) = file.name.rsplit_once('.')?;
        kind_by_end(&end.to_lowercase())
    });
    let Some(kind) = kind else {
        let words = "eBay takes pictures, PDF, Word and plain text files only.";
        return Err(ChannelFailure::refused(FailureClass::Content, words));
    };
    let name: String = file.name.chars().filter(|c| !c.is_control()).take(100).collect();
    Ok(MediaName { name: if name.trim().is_empty() { "file".to_owned() } else { name }, kind })
}

fn kind_of(content_type: &str) -> Option<&'static str> {
    SORTS.iter().zip(KINDS).find_map(|(sort, kind)| sort.has(content_type).then_some(kind))
}

fn kind_by_end(end: &str) -> Option<&'static str> {
    match end {
        "pdf" => Some("PDF"),
        "doc" | "docx" => Some("DOC"),
        "txt" => Some("TXT"),
        "png" | "jpg" | "jpeg" | "gif" | "webp" => Some("IMAGE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content_type: &str) -> OutboundAttachment {
        OutboundAttachment { name: name.to_owned(), content_type: content_type.to_owned(), content: "x".into() }
    }

    #[test]
    fn files_are_called_what_ebay_calls_them() {
        let kind = |name: &str, content_type: &str| media_name(&file(name, content_type)).map(|media| media.kind).ok();
        assert_eq!(kind("a", "image/png"), Some("IMAGE"));
        assert_eq!(kind("label.PDF", "application/octet-stream"), Some("PDF"));
        assert_eq!(kind("a.txt", "text/plain; charset=utf-8"), Some("TXT"));
        assert_eq!((kind("a.svg", "image/svg+xml"), kind("a.exe", ""), kind("a", "")), (None, None, None));
        assert_eq!(media_name(&file(" \u{7} ", "text/plain")).map(|media| media.name), Ok("file".to_owned()));
    }
}
