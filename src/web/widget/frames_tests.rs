//! Who sees which message in a chat.

use serde_json::{Value, json};

use super::*;
use crate::model::message::{Automatic, Delivery, delivery_facts};
use crate::model::{BrandId, ConversationId, EventId, Json};

const CHAT: ChannelId = ChannelId(Uuid::from_u128(1));
const MAIL: ChannelId = ChannelId(Uuid::from_u128(2));
const ANA: ContactId = ContactId(Uuid::from_u128(3));
/// Ana too, under another name.
const TWIN: ContactId = ContactId(Uuid::from_u128(4));
const BOB: ContactId = ContactId(Uuid::from_u128(5));

/// A message that came from somebody.
fn from(contact: Option<ContactId>, channel_id: ChannelId) -> Message {
    Message {
        seq: 1,
        id: MessageId(Uuid::nil()),
        conversation_id: ConversationId(Uuid::nil()),
        channel_id,
        direction: Direction::Inbound,
        author: MessageAuthor::Contact,
        teammate_id: None,
        contact_id: contact,
        sender_name: String::new(),
        sender_address: String::new(),
        reply_to: String::new(),
        recipients: Json(Vec::new()),
        subject: String::new(),
        body: String::new(),
        full_text: String::new(),
        html: None,
        delivery: None,
        delivery_reason: String::new(),
        external_id: String::new(),
        in_reply_to: None,
        automatic: Automatic::No,
        trust: Trust::Proved,
        draft_id: None,
        send_at: None,
        written_at: None,
        created_at: Ts(0),
        sent_at: None,
        changes: None,
        template: None,
        choices: Json(Vec::new()),
        parts: 1,
        parts_sent: 0,
        machine_worded: false,
        by_program: false,
        aside: false,
        thread: None,
        to_contact_id: None,
    }
}

/// A reply of ours to somebody.
fn to(contact: Option<ContactId>, channel_id: ChannelId, delivery: Delivery) -> Message {
    Message {
        direction: Direction::Outbound,
        author: MessageAuthor::Teammate,
        delivery: Some(delivery),
        to_contact_id: contact,
        ..from(None, channel_id)
    }
}

#[test]
fn what_went_another_way_is_seen_where_it_is_the_customers_own() {
    let sight = |message: &Message| sight_of(message, CHAT, &[ANA, TWIN]);
    for (party, expected) in
        [(Some(ANA), Sight::Vouched), (Some(TWIN), Sight::Vouched), (Some(BOB), Sight::Nobody), (None, Sight::Nobody)]
    {
        assert_eq!(sight(&from(party, MAIL)), expected, "from {party:?}");
        for delivery in [Delivery::Sent, Delivery::Delivered, Delivery::Read] {
            assert_eq!(sight(&to(party, MAIL, delivery)), expected, "to {party:?}, {delivery}");
        }
        assert_eq!(sight(&from(party, CHAT)), Sight::Chat, "{party:?}");
    }
    for (trust, expected) in [(Trust::Claimed, Sight::Vouched), (Trust::Failed, Sight::Nobody)] {
        let mail = Message { trust, ..from(Some(ANA), MAIL) };
        assert_eq!(sight(&mail), expected, "{trust}: only what is denied is not her word");
    }
}

#[test]
fn what_has_not_left_is_seen_by_nobody_and_a_letter_repeats_the_chat() {
    let sight = |message: &Message| sight_of(message, CHAT, &[ANA]);
    for delivery in [Delivery::Queued, Delivery::Sending, Delivery::Held, Delivery::Unknown, Delivery::Failed] {
        for channel in [CHAT, MAIL] {
            assert_eq!(sight(&to(Some(ANA), channel, delivery)), Sight::Nobody, "{delivery}");
        }
    }
    let letter = |channel| Message { author: MessageAuthor::System, ..to(Some(ANA), channel, Delivery::Sent) };
    assert_eq!((sight(&letter(MAIL)), sight(&letter(CHAT))), (Sight::Nobody, Sight::Chat));
}

#[test]
fn a_message_comes_to_light_with_the_first_word_of_its_having_left() {
    let id = MessageId(Uuid::from_u128(7));
    let told = |data: Value| {
        shows(&Event {
            seq: 1,
            id: EventId(Uuid::nil()),
            brand_id: BrandId(Uuid::nil()),
            conversation_id: None,
            kind: EventKind::DeliveryChanged,
            actor: String::new(),
            data: Json(data),
            at: Ts(0),
        })
    };
    for delivery in [Delivery::Sent, Delivery::Delivered, Delivery::Read] {
        assert_eq!(told(delivery_facts(id, delivery, true)), Some(id), "{delivery}");
        assert_eq!(told(delivery_facts(id, delivery, false)), None, "{delivery}, and it was known to have left");
    }
    assert_eq!(told(delivery_facts(id, Delivery::Failed, false)), None);
    let before = |delivery: &str| told(json!({ "message": id.to_string(), "delivery": delivery }));
    assert_eq!((before("sent"), before("delivered")), (Some(id), None));
}
