//! What Meta pushes: each thing as an element of an entry, entries as a request, and the request signed.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Door, Meta, Sent, code};
use crate::hooks::Delivery;

impl Meta {
    /// Something that a customer does: what happened under its own word, and the two sides.
    pub fn happens(&self, customer: &str, word: &str, what: &Value) -> Value {
        self.element((customer, self.own_id()), word, what)
    }

    fn element(&self, (sender, recipient): (&str, &str), word: &str, what: &Value) -> Value {
        let at = self.now().unix_timestamp_nanos() / 1_000_000;
        let at = i64::try_from(at).unwrap_or_default();
        json!({ "sender": { "id": sender }, "recipient": { "id": recipient }, "timestamp": at, word: what })
    }

    /// A text.
    pub fn text(&self, customer: &str, mid: &str, text: &str) -> Value {
        self.happens(customer, "message", &json!({ "mid": mid, "text": text }))
    }

    /// A file, a place or a link, by the platform's word.
    pub fn attachment(&self, customer: &str, mid: &str, what: &str, payload: &Value) -> Value {
        let attachments = json!([{ "type": what, "payload": payload }]);
        self.happens(customer, "message", &json!({ "mid": mid, "attachments": attachments }))
    }

    /// An answer to an earlier message.
    pub fn reply(&self, customer: &str, mid: &str, text: &str, to: &str) -> Value {
        self.happens(customer, "message", &json!({ "mid": mid, "text": text, "reply_to": { "mid": to } }))
    }

    /// An answer to a story.
    pub fn story_reply(&self, customer: &str, mid: &str, text: &str, url: &str) -> Value {
        let story = json!({ "story": { "id": "1", "url": url } });
        self.happens(customer, "message", &json!({ "mid": mid, "text": text, "reply_to": story }))
    }

    /// A press of a quick reply.
    pub fn quick_reply(&self, customer: &str, mid: &str, title: &str, payload: &str) -> Value {
        let reply = json!({ "payload": payload });
        self.happens(customer, "message", &json!({ "mid": mid, "text": title, "quick_reply": reply }))
    }

    /// A press of a button.
    pub fn postback(&self, customer: &str, mid: &str, title: &str, payload: &str) -> Value {
        self.happens(customer, "postback", &json!({ "mid": mid, "title": title, "payload": payload }))
    }

    /// A sign on a message; `""` takes it off.
    pub fn reaction(&self, customer: &str, mid: &str, emoji: &str) -> Value {
        let what = match emoji {
            "" => json!({ "mid": mid, "action": "unreact" }),
            emoji => json!({ "mid": mid, "action": "react", "reaction": "other", "emoji": emoji }),
        };
        self.happens(customer, "reaction", &what)
    }

    /// A message that says something else now.
    pub fn edit(&self, customer: &str, mid: &str, text: &str, number: u32) -> Value {
        self.happens(customer, "message_edit", &json!({ "mid": mid, "text": text, "num_edit": number }))
    }

    /// A message that was taken back.
    pub fn unsend(&self, customer: &str, mid: &str) -> Value {
        self.happens(customer, "message", &json!({ "mid": mid, "is_deleted": true }))
    }

    /// A message that cannot be handed on.
    pub fn unsupported(&self, customer: &str, mid: &str) -> Value {
        self.happens(customer, "message", &json!({ "mid": mid, "is_unsupported": true }))
    }

    /// The word that a message arrived; Instagram tells none.
    pub fn delivered(&self, customer: &str, mid: &str) -> Option<Value> {
        let what = json!({ "mids": [mid], "watermark": self.milliseconds() });
        (self.account().door == Door::Page).then(|| self.happens(customer, "delivery", &what))
    }

    /// The word that a message was read: Messenger says until when, Instagram which.
    pub fn read(&self, customer: &str, mid: &str) -> Value {
        let what = match self.account().door {
            Door::Page => json!({ "watermark": self.milliseconds() }),
            Door::BehindPage | Door::Instagram => json!({ "mid": mid }),
        };
        self.happens(customer, "read", &what)
    }

    /// What the account sent, shown again.
    pub fn echo(&self, sent: &Sent) -> Value {
        let mut message = json!({ "mid": sent.mid, "is_echo": true, "app_id": self.account().app_id });
        if let Some(fields) = message.as_object_mut() {
            if !sent.metadata.is_empty() {
                fields.insert("metadata".to_owned(), json!(sent.metadata));
            }
            match &sent.file {
                Some(file) => {
                    let payload = json!({ "url": "https://cdn.example/echo" });
                    fields.insert("attachments".to_owned(), json!([{ "type": file.kind, "payload": payload }]));
                }
                None => drop(fields.insert("text".to_owned(), json!(sent.text))),
            }
        }
        self.element((self.own_id(), &sent.to), "message", &message)
    }

    /// Somebody writes to a customer for the account in another client; gives the id.
    pub fn writes_elsewhere(&self, customer: &str, text: &str) -> String {
        let mut state = self.state();
        state.number += 1;
        let (mid, at) = (format!("m_elsewhere-{}", state.number), state.now);
        state.elsewhere.push(Sent {
            mid: mid.clone(),
            to: customer.to_owned(),
            text: text.to_owned(),
            file: None,
            metadata: String::new(),
            quick_replies: Vec::new(),
            tag: String::new(),
            at,
        });
        mid
    }

    /// What somebody wrote for the account in another client.
    pub fn written_elsewhere(&self, customer: &str, mid: &str, text: &str) -> Value {
        let message = json!({ "mid": mid, "text": text, "is_echo": true, "app_id": "263902037430900" });
        self.element((self.own_id(), customer), "message", &message)
    }

    /// The conversation goes over to another program.
    pub fn taken_over(&self, customer: &str, app_id: &str) -> Value {
        let owners = json!({ "previous_owner_app_id": self.account().app_id, "new_owner_app_id": app_id });
        self.happens(customer, "take_thread_control", &owners)
    }

    /// Words below something public.
    pub fn comment(&self, customer: &str, id: &str, name: &str, text: &str) -> Value {
        match self.account().door {
            Door::Page => json!({ "field": "feed", "value": {
                "item": "comment", "verb": "add", "comment_id": id, "post_id": "1_2", "message": text,
                "from": { "id": customer, "name": name }, "created_time": self.now().unix_timestamp(),
            } }),
            Door::BehindPage | Door::Instagram => json!({ "field": "comments", "value": {
                "id": id, "text": text, "from": { "id": customer, "username": name }, "media": { "id": "3" },
            } }),
        }
    }

    /// A request about these things.
    pub fn request(&self, elements: &[Value]) -> Value {
        self.entries(&[("messaging", elements)])
    }

    /// A request with one entry for each list: `messaging`, `standby` or `changes`.
    pub fn entries(&self, lists: &[(&str, &[Value])]) -> Value {
        let entry = |(list, elements): &(&str, &[Value])| {
            let at = self.milliseconds();
            json!({ "id": self.own_id(), "time": at, *list: elements })
        };
        let entries: Vec<Value> = lists.iter().map(entry).collect();
        json!({ "object": if self.is_instagram() { "instagram" } else { "page" }, "entry": entries })
    }

    /// A request, signed.
    pub fn delivery(&self, request: &Value) -> Delivery {
        self.signed(escaped(request), &self.account().app_secret)
    }

    /// Bytes, signed with this secret.
    pub fn signed(&self, body: Bytes, secret: &str) -> Delivery {
        let signature = format!("sha256={}", hex::encode(code(secret, &body)));
        let headers = [("content-type", "application/json"), ("x-hub-signature-256", &signature)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Delivery { headers, body }
    }

    fn milliseconds(&self) -> i64 {
        self.now().unix_timestamp().saturating_mul(1_000)
    }
}

/// A document as Meta writes it: whatever is not ASCII, and each slash, is escaped.
pub fn escaped(document: &Value) -> Bytes {
    let mut text = String::new();
    let mut units = [0_u16; 2];
    for letter in document.to_string().chars() {
        match letter {
            '/' => text.push_str("\\/"),
            letter if letter.is_ascii() => text.push(letter),
            letter => {
                for unit in letter.encode_utf16(&mut units) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_the_same_document() {
        let document = json!({ "text": "Grüße 🧥 \"quoted\" \\ /", "é": [1] });
        let bytes = escaped(&document);
        assert!(bytes.is_ascii());
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), document);
    }
}
