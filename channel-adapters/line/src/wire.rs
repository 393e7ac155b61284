//! What LINE writes.

use channel_contract::wire::{Items, Maybe, Word};
use serde::Deserialize;

/// One delivery.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Delivery {
    pub(crate) events: Items,
}

/// One event: beside what all have it holds what its kind has.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Event {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    #[serde(rename = "webhookEventId")]
    pub(crate) id: Word,
    /// In thousandths of a second.
    pub(crate) timestamp: Maybe<i64>,
    /// `active`, or `standby` while another program answers.
    pub(crate) mode: Word,
    pub(crate) source: Maybe<Source>,
    pub(crate) delivery_context: Maybe<Context>,
    pub(crate) reply_token: Word,
    pub(crate) message: Maybe<Message>,
    pub(crate) postback: Maybe<Postback>,
    pub(crate) unsend: Maybe<Unsent>,
}

/// Where something was said.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Source {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) user_id: Word,
    pub(crate) group_id: Word,
    pub(crate) room_id: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Context {
    pub(crate) is_redelivery: Maybe<bool>,
}

/// A message of any kind.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: Word,
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) text: Word,
    #[serde(rename = "quotedMessageId")]
    pub(crate) answers: Word,
    pub(crate) content_provider: Maybe<Provider>,
    pub(crate) file_name: Word,
    pub(crate) file_size: Maybe<u64>,
    pub(crate) title: Word,
    pub(crate) address: Word,
    pub(crate) latitude: Maybe<f64>,
    pub(crate) longitude: Maybe<f64>,
    /// What a sticker is about.
    pub(crate) keywords: Items,
}

/// Who keeps a file: LINE, or somebody at an address.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Provider {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) original_content_url: Word,
}

/// A button was pressed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Postback {
    pub(crate) data: Word,
    pub(crate) params: Maybe<Params>,
}

/// What was chosen beside the button.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Params {
    pub(crate) date: Word,
    pub(crate) time: Word,
    pub(crate) datetime: Word,
    #[serde(rename = "newRichMenuAliasId")]
    pub(crate) menu: Word,
}

/// A message was taken back.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Unsent {
    pub(crate) message_id: Word,
}

/// What a call is answered with, done or not.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Answered {
    pub(crate) sent_messages: Items,
    /// Why it was not done.
    pub(crate) message: Word,
    pub(crate) details: Items,
}

/// A message that was taken.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    pub(crate) id: Word,
}

/// What is wrong in a call.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Detail {
    pub(crate) property: Word,
}

/// The account itself.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) basic_id: Word,
    pub(crate) premium_id: Word,
}

/// Somebody who writes, as far as they let the account see it.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Profile {
    pub(crate) display_name: Word,
}

/// Where LINE sends what customers write.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Endpoint {
    pub(crate) endpoint: Word,
    pub(crate) active: Maybe<bool>,
}

/// What came of it when LINE tried where it sends them.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Tried {
    pub(crate) success: Maybe<bool>,
    /// What was answered; 0 or less where nothing was.
    pub(crate) status_code: Maybe<i64>,
    pub(crate) reason: Word,
}

/// How many messages a month may have.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Allowed {
    pub(crate) value: Maybe<u64>,
}

/// How many it has had.
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Used {
    pub(crate) total_usage: Maybe<u64>,
}

/// Whether a film can be had yet.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Prepared {
    pub(crate) status: Word,
}
