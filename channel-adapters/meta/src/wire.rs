//! The payloads of webhooks as Meta writes them. What has not the form that is looked for counts as missing, so that
//! nothing odd spoils what stands beside it; words from lists are kept as they are.

use channel_contract::wire::{Items, Maybe, Word, read};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::recalled::ReadBack;

/// An element as what it should be; empty where it is something else.
pub(crate) fn element<T: DeserializeOwned + Default>(value: &Value) -> T {
    read(value).unwrap_or_default()
}

/// The id of a side; `""` where none is told.
pub(crate) fn id(party: &Maybe<Party>) -> String {
    party.get().map(|party| party.id.as_str().to_owned()).unwrap_or_default()
}

/// One request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope {
    pub(crate) object: Word,
    pub(crate) entry: Items,
    /// What was read back from a conversation, in place of entries.
    pub(crate) read_back: Maybe<ReadBack>,
}

/// What happened to one account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) id: Word,
    pub(crate) time: Value,
    pub(crate) messaging: Items,
    pub(crate) standby: Items,
    pub(crate) changes: Items,
}

/// Something outside of the private messages, or a test of them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    pub(crate) field: Word,
    pub(crate) value: Value,
}

/// One side of a conversation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Party {
    pub(crate) id: Word,
    pub(crate) name: Word,
    pub(crate) username: Word,
}

/// One thing that happened between the account and a person.
#[derive(Default, Deserialize)]
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
    pub(crate) optin: Value,
    pub(crate) pass_thread_control: Maybe<Control>,
    pub(crate) take_thread_control: Maybe<Control>,
    pub(crate) request_thread_control: Maybe<Control>,
    pub(crate) app_roles: Value,
    pub(crate) policy_enforcement: Maybe<Enforcement>,
}

/// A message.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) mid: Word,
    pub(crate) text: Word,
    pub(crate) attachments: Items,
    pub(crate) quick_reply: Maybe<QuickReply>,
    pub(crate) reply_to: Maybe<ReplyTo>,
    pub(crate) is_echo: Maybe<bool>,
    pub(crate) is_deleted: Maybe<bool>,
    pub(crate) is_unsupported: Maybe<bool>,
    pub(crate) app_id: Word,
    pub(crate) metadata: Word,
    pub(crate) referral: Maybe<Referral>,
}

/// What stands behind a quick reply.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct QuickReply {
    pub(crate) payload: Word,
}

/// What a message answers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplyTo {
    pub(crate) mid: Word,
    pub(crate) story: Maybe<Story>,
}

/// A story.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Story {
    pub(crate) url: Word,
}

/// One file, place or link of a message.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Attachment {
    #[serde(rename = "type")]
    pub(crate) what: Word,
    pub(crate) title: Word,
    pub(crate) url: Word,
    pub(crate) payload: Maybe<Payload>,
}

/// What an attachment holds.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payload {
    pub(crate) url: Word,
    pub(crate) title: Word,
    pub(crate) sticker_id: Word,
    pub(crate) story_media_url: Word,
    pub(crate) coordinates: Maybe<Coordinates>,
    pub(crate) elements: Items,
}

/// A place.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Coordinates {
    pub(crate) lat: Maybe<f64>,
    pub(crate) long: Maybe<f64>,
}

/// A press of a button.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Postback {
    pub(crate) mid: Word,
    pub(crate) title: Word,
    pub(crate) payload: Word,
    pub(crate) referral: Maybe<Referral>,
}

/// A sign on a message.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sign {
    pub(crate) mid: Word,
    pub(crate) action: Word,
    pub(crate) reaction: Word,
    pub(crate) emoji: Word,
}

/// A message that says something else now.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rewritten {
    pub(crate) mid: Word,
    pub(crate) text: Word,
    pub(crate) num_edit: Word,
}

/// What arrived or was read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Receipts {
    pub(crate) mid: Word,
    pub(crate) mids: Items,
    pub(crate) watermark: Value,
}

/// What led a person here. Kept whole for the listing.
#[derive(Clone, Default, PartialEq)]
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
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Control {
    pub(crate) new_owner_app_id: Word,
    pub(crate) previous_owner_app_id: Word,
}

/// The platform blocks the account, or no longer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Enforcement {
    pub(crate) action: Word,
}

/// Words below something public; a page names the parts in another way than an Instagram account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Remark {
    pub(crate) id: Word,
    pub(crate) comment_id: Word,
    pub(crate) from: Maybe<Party>,
    pub(crate) text: Word,
    pub(crate) message: Word,
    pub(crate) created_time: Value,
    pub(crate) item: Word,
    pub(crate) verb: Word,
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
        assert_eq!((id(&read.sender), id(&read.recipient)), (String::new(), "12".to_owned()));
        let message = read.message.0.unwrap();
        assert_eq!((message.mid.as_str(), message.text.given()), ("m1", None));
        assert!(!message.is_echo.is_set() && message.attachments.is_empty() && message.reply_to.0.is_none());
        assert!(element::<Messaging>(&json!("x")).message.0.is_none());
    }
}
