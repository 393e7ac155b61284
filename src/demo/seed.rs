//! The demo's first inbox, written through the same set-based statements as received mail.

use serde_json::json;
use uuid::Uuid;

use super::conversations::{SeedConversation, SeedMessage, Writer};
use super::photo;
use crate::app::Desk;
use crate::channels::live_chat::thread_of;
use crate::channels::live_chat::visitor::VISITOR;
use crate::inbox::place::agent_job;
use crate::model::answer_times::{AnswerTimes, Clocks};
use crate::model::channel::{Channel, ChannelKind};
use crate::model::conversation::{AgentState, ConversationStatus, gist_of};
use crate::model::event::EventKind;
use crate::model::message::{Automatic, Delivery, Direction, MessageAuthor, Trust};
use crate::model::resolution::{Outcome, Resolution};
use crate::model::teammate::Teammate;
use crate::model::window::Window;
use crate::model::{BrandId, ContactId, ConversationId, MessageId, Ts};
use crate::store::chats::thread_key;
use crate::store::files::Files;
use crate::store::intake::{ConversationRow, NewAttachment, NewContact, NewEvent, NewKey, NewMessage, StoredFile};
use crate::store::{self, Tx, conversations, intake, jobs, notes, resolutions};

/// What conversations are written with.
#[derive(Clone, Copy)]
pub(super) struct Planter<'a> {
    /// The desk.
    pub(super) desk: &'a Desk,
    /// The team.
    pub(super) team: &'a [Teammate],
    /// The one who wrote where the texts name nobody.
    pub(super) usual: &'a Teammate,
}

impl Planter<'_> {
    fn writer(&self, said: &SeedMessage) -> &Teammate {
        let named = said.name.as_ref().and_then(|name| self.team.iter().find(|person| person.name == *name));
        named.unwrap_or(self.usual)
    }
}

/// Writes one conversation with its messages and notes; the agent is called where a customer waits.
pub(super) async fn plant(
    planter: Planter<'_>,
    tx: &mut Tx,
    channel: &Channel,
    seed: &SeedConversation,
) -> anyhow::Result<()> {
    let desk = planter.desk;
    let Some(first) = seed.messages.first() else { return Ok(()) };
    let customer = Customer::of(desk, seed);
    let contact = contact_of(desk, tx, channel, seed, &customer, first.at).await?;
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
        participants: vec![customer.value.clone()],
        due_at,
        last_message_at: last.at,
        last_inbound_at: last_in.map(|message| message.at),
        last_written_at: None,
        revision: i64::try_from(seed.messages.len()).unwrap_or(1),
        created_at: first.at,
        resolved_at: (seed.status == ConversationStatus::Resolved).then_some(last.at),
        clocks,
        window: Window::default(),
    };
    intake::upsert_conversations(tx, &[row]).await?;
    write_messages(planter, tx, channel, seed, (id, contact, &customer)).await?;
    let mut written = conversations::lock(tx, id).await?;
    written.order_number.clone_from(&seed.order_number);
    written.language.clone_from(&seed.language);
    written.intent = Some(seed.intent.clone()).filter(|intent| !intent.is_empty());
    if written.status == ConversationStatus::Snoozed {
        written.snoozed_until = Some(desk.clock.now().plus(std::time::Duration::from_hours(20)));
    }
    conversations::update(tx, &written).await?;
    if written.status == ConversationStatus::Resolved {
        watch(desk, tx, (channel.brand_id, id), (last.at, seed.outcome)).await?;
    }
    for tag in &seed.tags {
        conversations::add_tag(tx, id, &tag.replace(' ', "-"), first.at).await?;
    }
    if waits {
        jobs::enqueue(tx, &[agent_job(&desk.clock, id, desk.clock.now(), "")]).await?;
    }
    Ok(())
}

/// A done case is watched, and judged where its time is over.
async fn watch(
    desk: &Desk,
    tx: &mut Tx,
    (brand_id, conversation_id): (BrandId, ConversationId),
    (resolved_at, outcome): (Ts, Outcome),
) -> store::Result<()> {
    let until_at = resolved_at.plus(AnswerTimes::default().settled_after());
    resolutions::begin(tx, &[conversation_id], resolved_at, until_at).await?;
    if until_at <= desk.clock.now() {
        let case = Resolution { brand_id, conversation_id, resolved_at, until_at };
        resolutions::judge(tx, &case, outcome, until_at).await?;
    }
    Ok(())
}

/// How the customer is known on the channel.
struct Customer {
    kind: String,
    value: String,
    /// The id of a visitor of the chat.
    visitor: Option<Uuid>,
    proved: bool,
}

impl Customer {
    fn of(desk: &Desk, seed: &SeedConversation) -> Self {
        let visitor = (seed.channel == ChannelKind::LiveChat).then(|| desk.clock.new_id::<Uuid>());
        // Somebody who is not signed in to the shop is only a number.
        let stranger = visitor.filter(|_| seed.identity_kind == VISITOR);
        Self {
            kind: seed.identity_kind.to_owned(),
            value: stranger.map_or_else(|| seed.identity.clone(), |id| id.to_string()),
            visitor,
            proved: stranger.is_none(),
        }
    }

    /// The platform's id of a message, and the key of the thread that it opens.
    fn keys(&self, desk: &Desk, name: &str) -> (String, Option<String>) {
        match self.visitor {
            Some(visitor) => {
                (format!("{visitor}.{}", desk.clock.new_id::<Uuid>()), Some(thread_key(&thread_of(visitor))))
            }
            None => (format!("{name}@seed.example"), None),
        }
    }
}

async fn contact_of(
    desk: &Desk,
    tx: &mut Tx,
    channel: &Channel,
    seed: &SeedConversation,
    customer: &Customer,
    at: Ts,
) -> store::Result<ContactId> {
    let identity = intake::BrandIdentity {
        brand_id: channel.brand_id,
        kind: customer.kind.clone(),
        value: customer.value.clone(),
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
        proved: customer.proved,
        created_at: at,
    };
    let id = contact.id;
    intake::insert_contacts(tx, &[contact]).await?;
    Ok(id)
}

async fn write_messages(
    planter: Planter<'_>,
    tx: &mut Tx,
    channel: &Channel,
    seed: &SeedConversation,
    (conversation_id, contact, customer): (ConversationId, ContactId, &Customer),
) -> anyhow::Result<()> {
    let desk = planter.desk;
    let (mut messages, mut keys, mut events, mut files) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, said) in seed.messages.iter().enumerate() {
        let by = planter.writer(said);
        if said.writer == Writer::Note {
            notes::insert(tx, desk.clock.new_id(), conversation_id, by.id, &said.text, said.at).await?;
            continue;
        }
        let id: MessageId = desk.clock.new_id();
        let inbound = said.writer == Writer::Customer;
        let (external_id, thread) = customer.keys(desk, &format!("{}-{place}.{conversation_id}", seed.name));
        let opens = thread.filter(|_| place == 0);
        for key in opens.into_iter().chain([external_id.clone()]) {
            keys.push(NewKey { channel_id: channel.id, key, message_id: id, conversation_id });
        }
        if let Some(name) = &said.photo {
            files.push(photo_of(desk, id, name).await?);
        }
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
            sender_address: if inbound { customer.value.clone() } else { channel.address.clone() },
            reply_to: String::new(),
            recipients: Vec::new(),
            subject: subject_of(seed, place),
            body: said.text.clone(),
            full_text: String::new(),
            html: None,
            delivery: (!inbound).then_some(Delivery::Sent),
            external_id,
            in_reply_to: None,
            automatic: Automatic::No,
            trust: if customer.proved { Trust::Proved } else { Trust::Claimed },
            raw_event_id: None,
            draft_id: None,
            template: None,
            choices: Vec::new(),
            send_at: None,
            kept_due_at: None,
            written_at: None,
            created_at: said.at,
            sent_at: (!inbound).then_some(said.at),
            to_contact_id: (!inbound).then_some(contact),
            machine_worded: false,
            by_program: false,
            aside: false,
            thread: None,
        });
    }
    intake::insert_messages(tx, &messages).await?;
    intake::insert_keys(tx, &keys).await?;
    intake::insert_attachments(tx, &files).await?;
    Ok(intake::insert_events(tx, &events).await?)
}

/// What stands above a message: what follows the first one answers it, as mail programs say.
fn subject_of(seed: &SeedConversation, place: usize) -> String {
    if place == 0 || seed.subject.is_empty() { seed.subject.clone() } else { format!("Re: {}", seed.subject) }
}

/// A photo of the customer's, its bytes stored.
async fn photo_of(desk: &Desk, message_id: MessageId, name: &str) -> anyhow::Result<NewAttachment> {
    let bytes = photo::png(name);
    let (storage_key, size) = (Files::key_of(&bytes), i64::try_from(bytes.len())?);
    desk.files.put(&storage_key, bytes.into()).await?;
    let photo = StoredFile { name: name.to_owned(), content_type: "image/png".to_owned(), size, storage_key };
    Ok(photo.enclosed_in(message_id, 0, desk.clock.new_id()))
}
