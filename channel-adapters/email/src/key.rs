//! The key of a delivery: the mail's own id, or a hash where it has none. Found by a look at the headers alone, since
//! it runs before the mail is stored.

use sha2::{Digest, Sha256};

use crate::{header, parse};

/// The greatest length of an id that is used as it stands.
const LONGEST_ID: usize = 250;

/// The Message-ID of a raw mail, if it has one.
pub(crate) fn message_id(raw: &[u8]) -> Option<String> {
    let (headers, _) = header::read(raw, 0, |_| false);
    let id = headers.first("message-id").map(parse::single_id)?;
    (!id.is_empty()).then_some(id)
}

/// The key under which a raw mail is stored: a second delivery of the same mail has the same key.
pub fn external_id(raw: &[u8]) -> String {
    match message_id(raw) {
        Some(id) if id.len() <= LONGEST_ID => id,
        Some(id) => format!("sha256:{}", hex::encode(Sha256::digest(id.as_bytes()))),
        None => synthetic(raw),
    }
}

/// A key made of what stays the same on every way: date, sender, subject and body. Headers on top differ by the way.
fn synthetic(raw: &[u8]) -> String {
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
    format!("sha256:{}", hex::encode(hash.finalize()))
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
        assert_eq!(external_id(b"Message-Id: < 1@a >\n\nx"), "1@a");
        assert_eq!(external_id(format!("Message-Id: <{}>\n\n", "x".repeat(5_000)).as_bytes()).len(), 71);
    }
}
