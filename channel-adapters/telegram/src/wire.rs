//! What Telegram writes.

use channel_contract::wire::{Items, Maybe, Word};
use serde::Deserialize;
use serde_json::{Map, Value};

/// One delivery: an update holds one of its kinds.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Update {
    #[serde(rename = "update_id")]
    pub(crate) number: Word,
    pub(crate) message: Maybe<Box<Message>>,
    pub(crate) edited_message: Maybe<Box<Message>>,
    pub(crate) channel_post: Maybe<Box<Message>>,
    pub(crate) edited_channel_post: Maybe<Box<Message>>,
    pub(crate) business_message: Maybe<Box<Message>>,
    pub(crate) edited_business_message: Maybe<Box<Message>>,
    pub(crate) deleted_business_messages: Maybe<Deleted>,
    pub(crate) business_connection: Maybe<Connection>,
    pub(crate) callback_query: Maybe<Box<Pressed>>,
    pub(crate) message_reaction: Maybe<Reacted>,
    pub(crate) my_chat_member: Maybe<Membership>,
    /// What is not read here, by its name.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    #[serde(rename = "message_id")]
    pub(crate) number: Word,
    pub(crate) date: Maybe<i64>,
    pub(crate) edit_date: Maybe<i64>,
    pub(crate) from: Maybe<Person>,
    pub(crate) chat: Maybe<Chat>,
    pub(crate) business_connection_id: Word,
    /// The bot that wrote it in the name of a business account.
    pub(crate) sender_business_bot: Maybe<Person>,
    /// Whether a rule of a business account wrote it.
    pub(crate) is_from_offline: Maybe<bool>,
    #[serde(rename = "reply_to_message")]
    pub(crate) answers: Maybe<Answered>,
    pub(crate) reply_markup: Maybe<Markup>,
    pub(crate) text: Word,
    pub(crate) caption: Word,
    pub(crate) photo: Items,
    pub(crate) animation: Maybe<Media>,
    pub(crate) video: Maybe<Media>,
    pub(crate) video_note: Maybe<Media>,
    pub(crate) voice: Maybe<Media>,
    pub(crate) audio: Maybe<Media>,
    pub(crate) document: Maybe<Media>,
    pub(crate) sticker: Maybe<Media>,
    pub(crate) location: Maybe<Location>,
    pub(crate) venue: Maybe<Venue>,
    pub(crate) contact: Maybe<Card>,
    pub(crate) poll: Maybe<Poll>,
    pub(crate) dice: Maybe<Dice>,
    /// What is not read here, by its name.
    #[serde(flatten)]
    pub(crate) rest: Map<String, Value>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Person {
    pub(crate) id: Word,
    pub(crate) is_bot: Maybe<bool>,
    pub(crate) first_name: Word,
    pub(crate) last_name: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Chat {
    pub(crate) id: Word,
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) title: Word,
    pub(crate) first_name: Word,
    pub(crate) last_name: Word,
}

/// The message that is answered.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answered {
    pub(crate) message_id: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Markup {
    /// Rows of buttons.
    pub(crate) inline_keyboard: Items,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Button {
    pub(crate) text: Word,
    pub(crate) callback_data: Word,
}

/// A file of any kind; a picture in one of its sizes.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Media {
    pub(crate) file_id: Word,
    pub(crate) file_size: Maybe<u64>,
    pub(crate) file_name: Word,
    pub(crate) mime_type: Word,
    pub(crate) width: Maybe<u64>,
    pub(crate) height: Maybe<u64>,
    /// What a sticker stands for.
    pub(crate) emoji: Word,
    pub(crate) is_animated: Maybe<bool>,
    pub(crate) is_video: Maybe<bool>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Location {
    pub(crate) latitude: Maybe<f64>,
    pub(crate) longitude: Maybe<f64>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Venue {
    pub(crate) location: Maybe<Location>,
    pub(crate) title: Word,
    pub(crate) address: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Card {
    pub(crate) phone_number: Word,
    pub(crate) first_name: Word,
    pub(crate) last_name: Word,
    /// Whose number it is, where they are on Telegram.
    pub(crate) user_id: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Poll {
    pub(crate) question: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Dice {
    pub(crate) emoji: Word,
    pub(crate) value: Word,
}

/// A button below a message of the bot was pressed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pressed {
    pub(crate) id: Word,
    pub(crate) from: Maybe<Person>,
    pub(crate) message: Maybe<Box<Message>>,
    pub(crate) data: Word,
    pub(crate) game_short_name: Word,
}

/// The signs that a person has on a message now.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reacted {
    pub(crate) chat: Maybe<Chat>,
    pub(crate) message_id: Word,
    pub(crate) user: Maybe<Person>,
    pub(crate) date: Maybe<i64>,
    pub(crate) new_reaction: Items,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sign {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) emoji: Word,
}

/// Messages of a business account that were taken back.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Deleted {
    pub(crate) business_connection_id: Word,
    pub(crate) chat: Maybe<Chat>,
    pub(crate) message_ids: Items,
}

/// A business account lets the bot answer for it, or no longer.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Connection {
    pub(crate) id: Word,
    /// Whose account it is.
    pub(crate) user: Maybe<Person>,
    pub(crate) date: Maybe<i64>,
    pub(crate) is_enabled: Maybe<bool>,
}

/// What the bot is in a chat.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Membership {
    pub(crate) chat: Maybe<Chat>,
    pub(crate) date: Maybe<i64>,
    pub(crate) old_chat_member: Maybe<Member>,
    pub(crate) new_chat_member: Maybe<Member>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Member {
    pub(crate) status: Word,
}

/// What every call is answered with.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reply {
    pub(crate) ok: Maybe<bool>,
    pub(crate) result: Value,
    pub(crate) error_code: Maybe<u16>,
    pub(crate) description: Word,
    pub(crate) parameters: Maybe<Parameters>,
}

/// What to do about a refusal.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    /// In seconds.
    pub(crate) retry_after: Maybe<u64>,
}

/// A message that was taken.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Taken {
    pub(crate) message_id: Word,
}

/// A file that can be had.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ready {
    pub(crate) file_path: Word,
    pub(crate) file_size: Maybe<u64>,
}

/// Whose token it is.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Bot {
    pub(crate) username: Word,
}

/// Where the platform sends what customers write.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Webhook {
    pub(crate) url: Word,
    #[serde(rename = "pending_update_count")]
    pub(crate) waiting: Maybe<u64>,
    /// When a delivery failed last, in seconds since 1970: it stays told once they arrive again.
    #[serde(rename = "last_error_date")]
    pub(crate) failed_at: Word,
    #[serde(rename = "last_error_message")]
    pub(crate) failure: Word,
}
