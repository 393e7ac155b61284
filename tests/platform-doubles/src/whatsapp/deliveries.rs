//! What WhatsApp pushes: changes of fields, in an envelope, signed.

use std::fmt::Write as _;

use bytes::Bytes;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Customer, Whatsapp};
use crate::hooks::Delivery;

/// The value of `X-Hub-Signature-256` for a body.
pub fn sign(secret: &str, body: &[u8]) -> String {
    // A key of any length is fine for HMAC, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

impl Whatsapp {
    /// A customer writes: `content` holds the type and what belongs to it. Opens the window for answers.
    pub fn said(&self, customer: &Customer, id: &str, content: &Value) -> Value {
        let mut state = self.state();
        let now = state.now;
        state.heard.insert(customer.phone.clone(), now);
        drop(state);
        let mut message = content.clone();
        if let Some(fields) = message.as_object_mut() {
            if customer.shows_phone {
                fields.insert("from".to_owned(), customer.phone.as_str().into());
            }
            fields.insert("from_user_id".to_owned(), customer.user_id.as_str().into());
            fields.insert("id".to_owned(), id.into());
            fields.insert("timestamp".to_owned(), now.to_string().into());
        }
        self.change("messages", json!({ "contacts": [contact(customer)], "messages": [message] }))
    }

    /// A customer goes over to another number, where they have another id: under the old ones nobody is reached any more.
    pub fn moves(&self, before: &Customer, now: &Customer, id: &str) -> Value {
        let mut state = self.state();
        state.customers.retain(|customer| customer.phone != before.phone);
        state.customers.push(now.clone());
        if let Some(heard) = state.heard.remove(&before.phone) {
            state.heard.insert(now.phone.clone(), heard);
        }
        let timestamp = state.now.to_string();
        drop(state);
        let system = json!({ "type": "user_changed_number", "wa_id": now.phone, "user_id": now.user_id });
        let message = json!({
            "type": "system", "system": system, "id": id, "timestamp": timestamp,
            "from": before.phone, "from_user_id": before.user_id,
        });
        self.change("messages", json!({ "contacts": [contact(before)], "messages": [message] }))
    }

    /// A teammate writes to a customer in the app on the phone.
    pub fn echo(&self, customer: &Customer, id: &str, content: &Value) -> Value {
        let mut message = content.clone();
        if let Some(fields) = message.as_object_mut() {
            fields.insert("from".to_owned(), self.account.shown_number.as_str().into());
            if customer.shows_phone {
                fields.insert("to".to_owned(), customer.phone.as_str().into());
            }
            fields.insert("to_user_id".to_owned(), customer.user_id.as_str().into());
            fields.insert("id".to_owned(), id.into());
            fields.insert("timestamp".to_owned(), self.state().now.to_string().into());
        }
        self.change("smb_message_echoes", json!({ "contacts": [contact(customer)], "message_echoes": [message] }))
    }

    /// The fate of a message under this id, with the platform's word for it; `code` is that of an error.
    pub fn fate(&self, id: &str, word: &str, code: Option<i64>) -> Value {
        let state = self.state();
        let sent = state.sent.iter().find(|sent| sent.id == id);
        let of_body = |name: &str| sent.and_then(|sent| sent.body.get(name)).and_then(Value::as_str);
        let to = of_body("to").or_else(|| of_body("recipient")).and_then(|name| state.customer(name));
        let mut status = json!({ "id": id, "status": word, "timestamp": state.now.to_string() });
        if let Some(fields) = status.as_object_mut() {
            if let Some(customer) = to {
                if customer.shows_phone {
                    fields.insert("recipient_id".to_owned(), customer.phone.as_str().into());
                }
                fields.insert("recipient_user_id".to_owned(), customer.user_id.as_str().into());
            }
            if let Some(data) = of_body("biz_opaque_callback_data") {
                fields.insert("biz_opaque_callback_data".to_owned(), data.into());
            }
            if let Some(code) = code {
                let error = json!({ "code": code, "title": "An error", "error_data": { "details": "of a message" } });
                fields.insert("errors".to_owned(), json!([error]));
            } else {
                let pricing = json!({ "billable": false, "pricing_model": "PMP", "category": "service" });
                fields.insert("pricing".to_owned(), pricing);
            }
        }
        drop(state);
        self.change("messages", json!({ "statuses": [status] }))
    }

    /// A change of a field that is about the number.
    pub fn change(&self, field: &str, value: Value) -> Value {
        let mut value = value;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("messaging_product".to_owned(), "whatsapp".into());
            let (shown, id) = (&self.account.shown_number, &self.account.phone_number_id);
            let metadata = json!({ "display_phone_number": shown, "phone_number_id": id });
            fields.insert("metadata".to_owned(), metadata);
        }
        json!({ "field": field, "value": value })
    }

    /// Changes in one envelope, as bytes. Other letters than those of ASCII are escaped, as the platform does.
    pub fn envelope(&self, changes: &[Value]) -> Bytes {
        let entry = json!({ "id": self.account.account_id, "time": self.state().now, "changes": changes });
        let document = json!({ "object": "whatsapp_business_account", "entry": [entry] });
        escaped(&document.to_string()).into()
    }

    /// A body with its signature.
    pub fn signed(&self, body: Bytes) -> Delivery {
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-hub-signature-256".to_owned(), sign(&self.account.app_secret, &body)),
        ];
        Delivery { headers, body }
    }
}

fn contact(customer: &Customer) -> Value {
    let mut contact = json!({ "profile": { "name": customer.name }, "user_id": customer.user_id });
    if let (Some(fields), true) = (contact.as_object_mut(), customer.shows_phone) {
        fields.insert("wa_id".to_owned(), customer.phone.as_str().into());
    }
    contact
}

fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}
