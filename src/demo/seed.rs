//! The demo's first inbox, written through the same set-based statements as received mail.

use serde_json::json;

use super::conversations::{SeedConversation, Writer};
use crate::app::Desk;
use crate::inbox::place::agent_job;
use crate::model::answer_times::{AnswerTimes, Clocks};
use crate::model::channel::Channel;
use crate::model::conversation::{AgentState, ConversationStatus, gist_of};
use crate::model::event::EventKind;
use crate::model::message::{Delivery, Direction, MessageAuthor};
use crate::model::teammate::Teammate;
use crate::model::{ContactId, ConversationId, MessageId};
use crate::store::intake::{ConversationRow, NewContact, NewEvent, NewKey, NewMessage};
use crate::store::{self, Tx, conversations, intake, jobs, notes};

/// Writes one conversation with its messages and notes; the agent is called where a customer waits.
pub(super) async fn plant(
    desk: &Desk,
    tx: &mut Tx,
    channel: &Channel,
    by: &Teammate,
    seed: &SeedConversation,
) -> store::Result<()> {
    let Some(first) = seed.messages.first() else { return Ok(()) };
    let contact = contact_of(desk, tx, channel, seed, first.at).await?;
    let id: ConversationId = desk.clock.new_id();
    let last = seed.messages.iter().rev().find(|message| message.writer != Writer::Note).unwrap_or(first);
    let last_in = seed.messages.iter().rev().find(|message| message.writer == Writer::Customer);
    let waits = seed.status == ConversationStatus::Open && last.writer == Writer::Customer;
    let gist = last_in.map_or_else(String::new, |message| gist_of(&message.text));
    let mut clocks = Clocks::default();
    let answered = seed.messages.iter().find(|message| matches!(message.writer, Writer::Agent | Writer::Teammate));
    clocks.first_answered_at = answered.map(|message| message.at);
    let due_at = waits.then(|| clocks.start(&AnswerTimes::default(), &channel.kind, last.at));
    let row = ConversationRow {
        id,
        number: intake::reserve_numbers(tx, 1).await?,
        brand_id: channel.brand_id,
        channel_id: channel.id,
        channel_kind: channel.kind.clone(),
        contact_id: contact,
        contact_name: seed.customer.clone(),
        subject: seed.subject.clone(),
        gist: if seed.gist.is_empty() { gist } else { seed.gist.clone() },
        status: seed.status,
        agent_state: if waits { AgentState::Writing } else { AgentState::Idle },
        unread: seed.unread,
        participants: vec![seed.identity.clone()],
        due_at,
        last_message_at: last.at,
        last_inbound_at: last_in.map(|message| message.at),
        revision: i64::try_from(seed.messages.len()).unwrap_or(1),
        created_at: first.at,
        resolved_at: (seed.status == ConversationStatus::Resolved).then_some(last.at),
        clocks,
    };
    intake::upsert_conversations(tx, &[row]).await?;
    write_messages(desk, tx, channel, by, seed, id, contact).await?;
    let mut planted = conversations::lock(tx, id).await?;
    planted.order_number.clone_from(&seed.order_number);
    planted.language.clone_from(&seed.language);
    planted.intent = Some(seed.intent.clone()).filter(|intent| !intent.is_empty());
    if planted.status == ConversationStatus::Snoozed {
        planted.snoozed_until = Some(desk.clock.now().plus(std::time::Duration::from_hours(20)));
    }
    conversations::update(tx, &planted).await?;
    for tag in &seed.tags {
        conversations::add_tag(tx, id, &tag.replace(' ', "-"), first.at).await?;
    }
    if waits {
        jobs::enqueue(tx, &[agent_job(&desk.clock, id, desk.clock.now(), "")]).await?;
    }
    Ok(())
}

async fn contact_of(
    desk: &Desk,
    tx: &mut Tx,
    channel: &Channel,
    seed: &SeedConversation,
    at: crate::model::Ts,
) -> store::Result<ContactId> {
    let identity = intake::BrandIdentity {
        brand_id: channel.brand_id,
        kind: seed.identity_kind.to_owned(),
        value: seed.identity.clone(),
    };
    if let Some(known) = intake::find_contacts(tx, std::slice::from_ref(&identity)).await?.first() {
        return Ok(known.contact_id);
    }
    let contact = NewContact {
        id: desk.clock.new_id(),
        brand_id: channel.brand_id,
        name: seed.customer.clone(),
        kind: identity.kind,
        value: identity.value,
        proved: true,
        created_at: at,
    };
    let id = contact.id;
    intake::insert_contacts(tx, &[contact]).await?;
    Ok(id)
}

async fn write_messages(
    desk: &Desk,
    tx: &mut Tx,
    channel: &Channel,
    by: &Teammate,
    seed: &SeedConversation,
    conversation_id: ConversationId,
    contact: ContactId,
) -> store::Result<()> {
    let (mut messages, mut keys, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for (place, said) in seed.messages.iter().enumerate() {
        if said.writer == Writer::Note {
            notes::insert(tx, desk.clock.new_id(), conversation_id, by.id, &said.text, said.at).await?;
            continue;
        }
        let id: MessageId = desk.clock.new_id();
        let inbound = said.writer == Writer::Customer;
        let external_id = format!("{}-{place}.{conversation_id}@seed.example", seed.name);
        keys.push(NewKey { channel_id: channel.id, key: external_id.clone(), message_id: id, conversation_id });
        events.push(NewEvent {
            id: desk.clock.new_id(),
            brand_id: channel.brand_id,
            conversation_id: Some(conversation_id),
            kind: if inbound { EventKind::MessageReceived } else { EventKind::MessageQueued },
            actor: if inbound { seed.customer.clone() } else { by.name.clone() },
            data: json!({ "message": id.to_string() }),
            at: said.at,
        });
        messages.push(NewMessage {
            id,
            conversation_id,
            channel_id: channel.id,
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            author: match said.writer {
                Writer::Customer => MessageAuthor::Contact,
                Writer::Agent => MessageAuthor::Agent,
                Writer::Teammate | Writer::Note => MessageAuthor::Teammate,
            },
            teammate_id: (said.writer == Writer::Teammate).then_some(by.id),
            contact_id: inbound.then_some(contact),
            sender_name: match said.writer {
                Writer::Customer => seed.customer.clone(),
                Writer::Agent => "Agent".to_owned(),
                Writer::Teammate | Writer::Note => by.name.clone(),
            },
            sender_address: if inbound { seed.identity.clone() } else { channel.address.clone() },
            reply_to: String::new(),
            recipients: Vec::new(),
            subject: seed.subject.clone(),
            body: said.text.clone(),
            full_text: String::new(),
            html: None,
            delivery: (!inbound).then_some(Delivery::Sent),
            external_id,
            in_reply_to: None,
            automatic: "no",
            trust: "proved",
            raw_event_id: None,
            draft_id: None,
            send_at: None,
            created_at: said.at,
            sent_at: (!inbound).then_some(said.at),
        });
    }
    intake::insert_messages(tx, &messages).await?;
    intake::insert_keys(tx, &keys).await?;
    intake::insert_events(tx, &events).await
}
