//! What a webhook says, in neutral words and in its own order: the output of `resolute parse-webhook`.
//!
//! A listing is made from what the adapter reads anyway, so it shows what the desk would see. Nothing here is stored.

use serde::Serialize;
use serde_json::Value;

/// One event of a webhook. What the payload does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(default)]
pub struct Listed {
    /// What happened.
    #[serde(rename = "type")]
    pub what: ListedKind,
    /// The platform's own word for the kind of message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The platform's word for the field of the account that the event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The platform's id of the message, or of the thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<String>,
    /// The name that the platform shows of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// For whom it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_id: Option<String>,
    /// The platform's id of the place where it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// When, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// What was said: the body, the words below a file, the title of a button, the sign of a reaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The platform's word for the kind of button or list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactive: Option<String>,
    /// What stands behind the button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Files, places and stickers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<ListedFile>>,
    /// The names on cards of contacts that were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    /// The message that is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The message that a sign was put on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    /// The address of the story that is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story_reply: Option<String>,
    /// The platform's word for the fate of a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The platform's numbers of what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_codes: Option<Vec<i64>>,
    /// Until when everything is in the state, as the platform writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub watermark: Option<Value>,
    /// The messages that are in the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mids: Option<Vec<String>>,
    /// Whether another program owns the thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standby: Option<bool>,
    /// What led the customer here, as the platform writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<Value>,
}

/// What happened, in one word for all platforms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListedKind {
    /// A customer wrote.
    Message,
    /// The account wrote, here or in another client.
    Echo,
    /// A sign was put on a message, or taken off.
    Reaction,
    /// The fate of one message.
    Status,
    /// Messages arrived.
    Delivery,
    /// Messages were read.
    Read,
    /// A button was pressed.
    Postback,
    /// Something led a customer here.
    Referral,
    /// A customer agreed to be written to.
    Optin,
    /// A message was taken back.
    Deleted,
    /// A message that the platform cannot hand on.
    Unsupported,
    /// A word of the platform in a thread.
    System,
    /// Words below something public.
    Comment,
    /// Something went wrong at the platform.
    Error,
    /// A message was changed.
    EditedMessage,
    /// A button below a bot's message was pressed.
    CallbackQuery,
    /// Anything else.
    #[default]
    Other,
    /// The platform's own word, where its events are listed by those.
    #[serde(untagged)]
    Named(String),
}

/// One file of a message, a place, or a sticker.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ListedFile {
    /// The platform's word for what it is.
    #[serde(rename = "type")]
    pub what: String,
    /// The platform's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Where it is, north of the equator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Where it is, east of Greenwich.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// The platform's id of the sticker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sticker_id: Option<String>,
}
