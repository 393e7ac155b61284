//! What Telegram pushes of what people do.

use std::sync::PoisonError;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Person, SECRET_HEADER, Standing, Telegram, put};
use crate::hooks::Delivery;

impl Telegram {
    /// A delivery of this kind, signed.
    pub fn update(&self, kind: &str, value: &Value) -> Delivery {
        let mut state = self.state();
        state.updates += 1;
        let mut update = json!({ "update_id": state.updates });
        put(&mut update, kind, value.clone());
        self.signed(update.to_string().into())
    }

    /// A body as a delivery, signed.
    pub fn signed(&self, body: Bytes) -> Delivery {
        let headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (SECRET_HEADER.to_owned(), self.secret.lock().unwrap_or_else(PoisonError::into_inner).clone()),
        ];
        Delivery { headers, body }
    }

    /// Somebody writes to the bot: `content` holds what distinguishes the kinds of messages, as `{"text": "Hello"}`.
    pub fn message(&self, from: &Person, content: &Value) -> Delivery {
        self.stands(from.id, Standing::Open);
        let message = self.written(from, content);
        self.update("message", &message)
    }

    /// A message as it stands in deliveries.
    pub fn written(&self, from: &Person, content: &Value) -> Value {
        let mut state = self.state();
        state.messages += 1;
        let mut message = json!({
            "message_id": state.messages, "from": from.written(), "chat": from.chat(), "date": state.now
        });
        for (key, value) in content.as_object().into_iter().flatten() {
            put(&mut message, key, value.clone());
        }
        message
    }

    /// Somebody changes what they wrote under this number.
    pub fn edited(&self, from: &Person, number: i64, content: &Value) -> Delivery {
        let mut message = self.written(from, content);
        put(&mut message, "message_id", number.into());
        put(&mut message, "edit_date", (self.state().now + 60).into());
        self.update("edited_message", &message)
    }

    /// Somebody presses a button below the message that was sent last.
    pub fn pressed(&self, from: &Person, behind: &str) -> Delivery {
        let last = self.state().sent.last().cloned();
        let (number, text, markup) = last
            .map(|sent| (sent.number, sent.text, sent.fields.get("reply_markup").cloned().unwrap_or_default()))
            .unwrap_or_default();
        let markup: Value = serde_json::from_str(&markup).unwrap_or_default();
        let above = json!({
            "message_id": number, "from": self.bot(), "chat": from.chat(), "date": self.state().now, "text": text,
            "reply_markup": markup
        });
        let id = {
            let mut state = self.state();
            let id = format!("press-{}", state.updates);
            state.turning.push(id.clone());
            id
        };
        self.update(
            "callback_query",
            &json!({
                "id": id, "from": from.written(), "message": above, "chat_instance": "-7", "data": behind
            }),
        )
    }

    /// Somebody has these signs on a message now.
    pub fn reacted(&self, from: &Person, number: i64, signs: &[&str]) -> Delivery {
        let now: Vec<Value> = signs.iter().map(|sign| json!({ "type": "emoji", "emoji": sign })).collect();
        let date = self.state().now;
        self.update(
            "message_reaction",
            &json!({
                "chat": from.chat(), "message_id": number, "user": from.written(), "date": date, "old_reaction": [],
                "new_reaction": now
            }),
        )
    }

    /// Somebody blocks the bot, or takes it back.
    pub fn member(&self, from: &Person, is_blocked: bool) -> Delivery {
        self.stands(from.id, if is_blocked { Standing::Blocked } else { Standing::Open });
        let (old, new) = if is_blocked { ("member", "kicked") } else { ("kicked", "member") };
        let date = self.state().now;
        let member = |status: &str| json!({ "user": self.bot(), "status": status, "until_date": 0 });
        self.update(
            "my_chat_member",
            &json!({
                "chat": from.chat(), "from": from.written(), "date": date, "old_chat_member": member(old),
                "new_chat_member": member(new)
            }),
        )
    }

    /// What was sent last, as it comes back from the chat of a business account.
    pub fn business_echo(&self, connection: &str) -> Option<Delivery> {
        let sent = self.state().sent.last().cloned()?;
        let owner = Person { id: 1, first_name: "Shop".to_owned(), last_name: String::new() };
        let date = self.state().now;
        Some(self.update(
            "business_message",
            &json!({
                "business_connection_id": connection, "message_id": sent.number, "from": owner.written(),
                "sender_business_bot": self.bot(), "chat": { "id": sent.chat, "type": "private", "first_name": "Ana" },
                "date": date, "text": sent.text
            }),
        ))
    }
}
