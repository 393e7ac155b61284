//! What WhatsApp writes.

use channel_contract::wire::{Items, Maybe, Word};
use serde::Deserialize;
use serde_json::Value;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope {
    pub(crate) object: Word,
    pub(crate) entry: Items,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Entry {
    pub(crate) id: Word,
    pub(crate) time: Word,
    pub(crate) changes: Items,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    pub(crate) field: Word,
    pub(crate) value: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Body {
    pub(crate) metadata: Maybe<Metadata>,
    pub(crate) contacts: Items,
    pub(crate) messages: Items,
    pub(crate) message_echoes: Items,
    pub(crate) statuses: Items,
    pub(crate) errors: Items,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) phone_number_id: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contact {
    pub(crate) profile: Maybe<Profile>,
    pub(crate) wa_id: Word,
    pub(crate) user_id: Word,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) name: Word,
    pub(crate) username: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) id: Word,
    pub(crate) from: Word,
    pub(crate) from_user_id: Word,
    pub(crate) to: Word,
    pub(crate) to_user_id: Word,
    pub(crate) group_id: Word,
    pub(crate) timestamp: Word,
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) context: Maybe<Context>,
    pub(crate) referral: Value,
    pub(crate) errors: Items,
    pub(crate) text: Maybe<Text>,
    pub(crate) image: Maybe<Media>,
    pub(crate) video: Maybe<Media>,
    pub(crate) audio: Maybe<Media>,
    pub(crate) voice: Maybe<Media>,
    pub(crate) document: Maybe<Media>,
    pub(crate) sticker: Maybe<Media>,
    pub(crate) location: Maybe<Location>,
    pub(crate) contacts: Items,
    pub(crate) interactive: Maybe<Interactive>,
    pub(crate) button: Maybe<Button>,
    pub(crate) reaction: Maybe<Reaction>,
    pub(crate) order: Maybe<Order>,
    pub(crate) system: Maybe<System>,
    pub(crate) edit: Maybe<Edit>,
    pub(crate) revoke: Maybe<Revoke>,
    pub(crate) unsupported: Maybe<Unsupported>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Context {
    pub(crate) id: Word,
    pub(crate) forwarded: Maybe<bool>,
    pub(crate) frequently_forwarded: Maybe<bool>,
    pub(crate) referred_product: Maybe<CatalogueItem>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Referral {
    pub(crate) headline: Word,
    pub(crate) source_url: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Text {
    pub(crate) body: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Media {
    pub(crate) id: Word,
    pub(crate) mime_type: Word,
    pub(crate) sha256: Word,
    pub(crate) caption: Word,
    pub(crate) filename: Word,
    pub(crate) voice: Maybe<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Location {
    pub(crate) latitude: Maybe<f64>,
    pub(crate) longitude: Maybe<f64>,
    pub(crate) name: Word,
    pub(crate) address: Word,
    pub(crate) url: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Card {
    pub(crate) name: Maybe<CardName>,
    pub(crate) phones: Items,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CardName {
    pub(crate) formatted_name: Word,
    pub(crate) first_name: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CardPhone {
    pub(crate) phone: Word,
    pub(crate) wa_id: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Interactive {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) button_reply: Maybe<Reply>,
    pub(crate) list_reply: Maybe<Reply>,
    pub(crate) nfm_reply: Maybe<Form>,
    pub(crate) call_permission_reply: Maybe<CallPermission>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reply {
    pub(crate) id: Word,
    pub(crate) title: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    pub(crate) body: Word,
    pub(crate) response_json: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CallPermission {
    pub(crate) response: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Button {
    pub(crate) text: Word,
    pub(crate) payload: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reaction {
    pub(crate) message_id: Word,
    pub(crate) emoji: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    pub(crate) text: Word,
    pub(crate) product_items: Items,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct CatalogueItem {
    pub(crate) product_retailer_id: Word,
    pub(crate) quantity: Word,
    pub(crate) item_price: Word,
    pub(crate) currency: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct System {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) body: Word,
    pub(crate) wa_id: Word,
    pub(crate) new_wa_id: Word,
    pub(crate) user_id: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Edit {
    pub(crate) original_message_id: Word,
    pub(crate) message: Maybe<Box<Message>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Revoke {
    pub(crate) original_message_id: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Unsupported {
    #[serde(rename = "type")]
    pub(crate) kind: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fate {
    pub(crate) id: Word,
    pub(crate) status: Word,
    #[serde(rename = "type")]
    pub(crate) kind: Word,
    pub(crate) timestamp: Word,
    pub(crate) recipient_id: Word,
    pub(crate) recipient_user_id: Word,
    pub(crate) biz_opaque_callback_data: Word,
    pub(crate) errors: Items,
}

/// What a customer has chosen to get of the shop.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Preference {
    pub(crate) wa_id: Word,
    pub(crate) user_id: Word,
    pub(crate) category: Word,
    pub(crate) value: Word,
    pub(crate) timestamp: Word,
}

/// Something that went wrong at the platform, in a webhook or as the answer to a call.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Trouble {
    pub(crate) code: Maybe<i64>,
    pub(crate) error_subcode: Maybe<i64>,
    pub(crate) title: Word,
    pub(crate) message: Word,
    pub(crate) is_transient: Maybe<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Call {
    pub(crate) id: Word,
    pub(crate) from: Word,
    pub(crate) from_user_id: Word,
    pub(crate) event: Word,
    pub(crate) direction: Word,
    pub(crate) timestamp: Word,
    pub(crate) duration: Word,
}

/// One line of `user_id_update`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct UserIdUpdate {
    pub(crate) user_id: Maybe<FromTo>,
    pub(crate) timestamp: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct FromTo {
    pub(crate) previous: Word,
    pub(crate) current: Word,
}
