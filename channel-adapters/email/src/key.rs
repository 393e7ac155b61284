//! The key of a delivery: the mail's own id, or a hash where it has none. Found by a look at the headers alone, since
//! it runs before the mail is stored.

use sha2::{Digest, Sha256};

use crate::{header, parse};

/// The greatest length of an id that is used as it stands.
const LONGEST_ID: usize = 250;

/// The Message-ID of a raw mail, if it has one: under this it is known to answers.
pub(crate) fn message_id(raw: &[u8]) -> Option<String> {
    let (headers, _) = header::read(raw, 0, |_| false);
    let id = headers.first("message-id").map(parse::single_id)?;
    (!id.is_empty()).then_some(id)
}

/// The key under which a raw mail is stored: a second delivery of the same mail has the same key, and another mail has
/// another one, even when its writer used the Message-ID again.
pub fn external_id(raw: &[u8]) -> String {
    let content = content_hash(raw);
    match message_id(raw) {
        Some(id) => format!("{}#{}", short(&id), content.get(..32).unwrap_or_default()),
        None => format!("sha256:{content}"),
    }
}

/// An id as it stands, or a hash in its place.
fn short(id: &str) -> String {
    if id.len() <= LONGEST_ID {
        id.to_owned()
    } else {
        format!("sha256:{}", hex::encode(Sha256::digest(id.as_bytes())))
    }
}

/// A hash of what stays the same on every way: date, sender, subject and body. Headers on top differ by the way.
fn content_hash(raw: &[u8]) -> String {
    let (headers, body) = header::read(raw, 0, |_| false);
    let mut hash = Sha256::new();
    for name in ["date", "from", "subject"] {
        hash.update(headers.first(name).map(header::unfold).unwrap_or_default());
        hash.update(b"\0");
    }
    let body = raw.get(body..).unwrap_or_default();
    // Line ends are changed on the way.
    for line in body.trim_ascii_end().split(|byte| *byte == b'\n') {
        hash.update(line.strip_suffix(b"\r").unwrap_or(line));
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_without_an_id_has_one_key_on_every_way() {
        let webhook = b"From: a@a.example\nDate: x\n\nHello\n";
        let imap = b"Received: by b\r\nFrom: a@a.example\r\nDate: x\r\n\r\nHello\r\n\r\n";
        assert_eq!(external_id(webhook), external_id(imap));
        assert_ne!(external_id(webhook), external_id(b"From: a@a.example\nDate: x\n\nOther\n"));
    }

    #[test]
    fn an_id_that_is_used_again_for_other_words_has_another_key() {
        let one = b"Message-Id: < 1@a >\nFrom: a@a.example\n\nHello\n";
        let traced = b"Received: by b\r\nX-Spam: no\r\nMessage-Id: <1@a>\r\nFrom: a@a.example\r\n\r\nHello\r\n\r\n";
        let other = b"Message-Id: <1@a>\nFrom: a@a.example\n\nHello again\n";
        assert_eq!(external_id(one), external_id(traced));
        assert_ne!(external_id(one), external_id(other));
        assert!(external_id(one).starts_with("1@a#"));
        assert_eq!((message_id(one).as_deref(), message_id(other).as_deref()), (Some("1@a"), Some("1@a")));
        assert_eq!(message_id(b"From: a@a.example\n\nHello\n"), None);
        let long = format!("Message-Id: <{}>\n\n", "x".repeat(5_000));
        assert_eq!(external_id(long.as_bytes()).len(), "sha256:".len() + 64 + "#".len() + 32);
        assert_eq!(message_id(long.as_bytes()).map(|id| id.len()), Some(5_000), "answers refer to the whole id");
    }
}
