//! The payloads of webhooks as Meta writes them. What has not the form that is looked for counts as missing, so that
//! nothing odd spoils what stands beside it; words from lists are kept as they are.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text, or a number that stands for one; empty where there is neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) String);

impl Text {
    /// The text, unless it is empty.
    pub(crate) fn given(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.clone())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        }))
    }
}

/// What has the right form; nothing where it has another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(if value.is_null() { None } else { serde_json::from_value(value).ok() }))
    }
}

impl Maybe<bool> {
    pub(crate) fn is_set(&self) -> bool {
        self.0 == Some(true)
    }
}

impl Maybe<Vec<Value>> {
    pub(crate) fn elements(&self) -> &[Value] {
        self.0.as_deref().unwrap_or_default()
    }
}

/// An element as what it should be; empty where it is something else.
pub(crate) fn element<T: DeserializeOwned + Default>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

/// One request.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope {
    pub(crate) object: Text,
    pub(crate) entry: Maybe<Vec<Value>>,
}

/// What happened to one account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) id: Text,
    pub(crate) time: Value,
    pub(crate) messaging: Maybe<Vec<Value>>,
    pub(crate) standby: Maybe<Vec<Value>>,
    pub(crate) changes: Maybe<Vec<Value>>,
}

/// Something outside of the private messages, or a test of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    pub(crate) field: Text,
    pub(crate) value: Value,
}

/// One side of a conversation.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Party {
    pub(crate) id: Text,
    pub(crate) name: Text,
    pub(crate) username: Text,
}

impl Maybe<Party> {
    pub(crate) fn id(&self) -> String {
        self.0.as_ref().map(|party| party.id.0.clone()).unwrap_or_default()
    }
}

/// One thing that happened between the account and a person.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Messaging {
    pub(crate) sender: Maybe<Party>,
    pub(crate) recipient: Maybe<Party>,
    pub(crate) timestamp: Value,
    pub(crate) message: Maybe<Message>,
    pub(crate) postback: Maybe<Postback>,
    pub(crate) reaction: Maybe<Sign>,
    pub(crate) message_edit: Maybe<Rewritten>,
    pub(crate) delivery: Maybe<Receipts>,
    pub(crate) read: Maybe<Receipts>,
    pub(crate) referral: Maybe<Referral>,
    pub(crate) optin: Maybe<Value>,
    pub(crate) pass_thread_control: Maybe<Control>,
    pub(crate) take_thread_control: Maybe<Control>,
    pub(crate) request_thread_control: Maybe<Control>,
    pub(crate) app_roles: Maybe<Value>,
    pub(crate) policy_enforcement: Maybe<Enforcement>,
}

/// A message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) mid: Text,
    pub(crate) text: Text,
    pub(crate) attachments: Maybe<Vec<Value>>,
    pub(crate) quick_reply: Maybe<QuickReply>,
    pub(crate) reply_to: Maybe<ReplyTo>,
    pub(crate) is_echo: Maybe<bool>,
    pub(crate) is_deleted: Maybe<bool>,
    pub(crate) is_unsupported: Maybe<bool>,
    pub(crate) app_id: Text,
    pub(crate) metadata: Text,
    pub(crate) referral: Maybe<Referral>,
}

/// What stands behind a quick reply.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct QuickReply {
    pub(crate) payload: Text,
}

/// What a message answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplyTo {
    pub(crate) mid: Text,
    pub(crate) story: Maybe<Story>,
}

/// A story.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Story {
    pub(crate) url: Text,
}

/// One file, place or link of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Attachment {
    #[serde(rename = "type")]
    pub(crate) what: Text,
    pub(crate) title: Text,
    pub(crate) url: Text,
    pub(crate) payload: Maybe<Payload>,
}

/// What an attachment holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payload {
    pub(crate) url: Text,
    pub(crate) title: Text,
    pub(crate) sticker_id: Text,
    pub(crate) story_media_url: Text,
    pub(crate) coordinates: Maybe<Coordinates>,
    pub(crate) elements: Maybe<Vec<Value>>,
}

/// A place.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Coordinates {
    pub(crate) lat: Maybe<f64>,
    pub(crate) long: Maybe<f64>,
}

/// A press of a button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Postback {
    pub(crate) mid: Text,
    pub(crate) title: Text,
    pub(crate) payload: Text,
    pub(crate) referral: Maybe<Referral>,
}

/// A sign on a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sign {
    pub(crate) mid: Text,
    pub(crate) action: Text,
    pub(crate) reaction: Text,
    pub(crate) emoji: Text,
}

/// A message that says something else now.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rewritten {
    pub(crate) mid: Text,
    pub(crate) text: Text,
    pub(crate) num_edit: Text,
}

/// What arrived or was read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Receipts {
    pub(crate) mid: Text,
    pub(crate) mids: Maybe<Vec<Value>>,
    pub(crate) watermark: Maybe<Value>,
}

/// What led a person here. Kept whole for the listing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Referral {
    pub(crate) whole: Value,
    pub(crate) source: String,
    pub(crate) title: String,
}

impl<'de> Deserialize<'de> for Referral {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = Value::deserialize(deserializer)?;
        let text = |place: &str| whole.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { source: text("/source"), title: text("/ads_context_data/ad_title"), whole })
    }
}

/// Who answers in a conversation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Control {
    pub(crate) new_owner_app_id: Text,
    pub(crate) previous_owner_app_id: Text,
}

/// The platform blocks the account, or no longer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Enforcement {
    pub(crate) action: Text,
}

/// Words below something public; a page names the parts in another way than an Instagram account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Remark {
    pub(crate) id: Text,
    pub(crate) comment_id: Text,
    pub(crate) from: Maybe<Party>,
    pub(crate) text: Text,
    pub(crate) message: Text,
    pub(crate) created_time: Value,
    pub(crate) item: Text,
    pub(crate) verb: Text,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_another_form_is_missing_and_hides_nothing() {
        let odd = json!({ "sender": 7, "recipient": { "id": 12 }, "message": {
            "mid": "m1", "text": ["x"], "is_echo": "yes", "attachments": {}, "quick_reply": null, "reply_to": "m0",
        }, "mood": [] });
        let read: Messaging = element(&odd);
        assert_eq!((read.sender.id(), read.recipient.id()), (String::new(), "12".to_owned()));
        let message = read.message.0.unwrap();
        assert_eq!((message.mid.0.as_str(), message.text.given()), ("m1", None));
        assert!(!message.is_echo.is_set() && message.attachments.elements().is_empty() && message.reply_to.0.is_none());
        assert!(element::<Messaging>(&json!("x")).message.0.is_none());
    }
}
