//! What customers are told before they ask: noticed as orders are read, told once, where they are, and while nothing else is on
//! its way to them.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::limits::{DAY, policy_of};
use super::people::is_buyer;
use super::settle::{Finished, settle};
use super::{Inbox, InboxError, admission};
use crate::commerce::markets::KIND;
use crate::commerce::matters::{Found, Seen, holds, matters as found_between};
use crate::model::answer_times::Clocks;
use crate::model::brand::AgentLevel;
use crate::model::channel::{ChannelKind, is_marketplace, letterbox};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::matter::{Matter, MatterKind, MatterState};
use crate::model::message::{Delivery, Message};
use crate::model::order::KnownOrder;
use crate::model::window::Window;
use crate::model::{BrandId, ContactId, Json, Ts};
use crate::policy::Told;
use crate::store::intake::{self, ConversationRow};
use crate::store::jobs::{self, NewJob};
use crate::store::matters::Written;
use crate::store::{
    self, Reader, Tx, actions, answer_times, brands, channels, conversations, drafts, matters, messages, opt_outs,
    order_sources, orders, people,
};

/// How long something is news.
const NEWS: Duration = Duration::from_hours(3 * 24);
/// How long it is waited before it is looked whether something else is still on its way.
const SOON: Duration = Duration::from_mins(5);
/// In how many of the last messages of a case it is looked for that.
const LOOKED_AT: i64 = 20;

const OLD: &str = "it is no news any more";
const WROTE: &str = "the customer wrote themselves";
const OVER: &str = "it is not so any more";

/// Two readings of an order.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// Whose.
    pub brand: BrandId,
    /// As it was known.
    pub before: &'a KnownOrder,
    /// When that was so.
    pub then: OffsetDateTime,
    /// As it is.
    pub after: &'a KnownOrder,
    /// The lines that the shop lacked and has again.
    pub back: &'a [String],
}

/// Notes what the customer of an order should hear, within the transaction that keeps the reading. `held` are open
/// conversations about the order, which are locked: they show it.
pub async fn notice(inbox: &Inbox, tx: &mut Tx, readings: Readings<'_>, held: &[Conversation]) -> store::Result<()> {
    let Readings { brand, before, then, after, back } = readings;
    let now = inbox.clock.now();
    let is_older = after.read_at < before.read_at;
    let before = Seen { order: &before.order, at: then };
    let found = found_between(before, Seen { order: &after.order, at: now.datetime() }, back);
    if is_older || found.is_empty() || brands::get_in(tx, brand).await?.agent_level == AgentLevel::Off {
        return Ok(());
    }
    let Some(policy) = policy_of(inbox, brand).await? else { return Ok(()) };
    let Some(buyer) = buyer_of(tx, brand, after).await? else { return Ok(()) };
    let mut events = Vec::new();
    for Found { kind, subject } in found {
        if policy.proactive.told(kind) == Told::Off {
            continue;
        }
        let order = (after.source_id, after.order.id.as_str());
        if kind == MatterKind::Refunded && actions::gave_back(tx, order, &subject).await? {
            continue;
        }
        let matter = Matter {
            id: inbox.clock.new_id(),
            brand_id: brand,
            order_source_id: after.source_id,
            order_id: after.order.id.clone(),
            order_number: after.order.number.clone(),
            kind,
            subject,
            contact_id: buyer,
            state: MatterState::Waiting,
            reason: String::new(),
            conversation_id: None,
            draft_id: None,
            opened: false,
            noticed_at: now,
            drafted_at: None,
        };
        if matters::insert(tx, &matter).await? {
            let open = held.iter().filter(|talk| talk.merged_into.is_none());
            events.extend(open.map(|talk| inbox.event(talk, EventKind::MatterNoted, "system", facts(&matter, ""))));
            jobs::enqueue(tx, &[telling(inbox, buyer)]).await?;
        }
    }
    intake::insert_events(tx, &events).await
}

/// Keeps a reading of an order within the caller's transaction, and notes what its customer should hear of it. `back` are the
/// lines that the shop has again, and `held` the open conversations about it, as for [`notice`].
pub async fn keep(
    inbox: &Inbox,
    tx: &mut Tx,
    (brand, after): (BrandId, &KnownOrder),
    (back, held): (&[String], &[Conversation]),
) -> store::Result<()> {
    let before = orders::find_known_in(tx, after.source_id, &after.order.id).await?;
    orders::save(tx, after).await?;
    // The first reading of an order is no news.
    let Some(before) = &before else { return Ok(()) };
    let then = before.read_at.datetime();
    notice(inbox, tx, Readings { brand, before, then, after, back }, held).await
}

/// Whoever is proved to have bought, among those with whom the order is spoken of.
async fn buyer_of(tx: &mut Tx, brand: BrandId, known: &KnownOrder) -> store::Result<Option<ContactId>> {
    let talks = matters::list_talks(&mut Reader::Tx(tx), known.source_id, &known.order.id).await?;
    for talk in talks {
        if is_buyer(tx, talk.contact_id, brand, known).await? {
            return Ok(Some(talk.contact_id));
        }
    }
    Ok(None)
}

/// The work that tells a customer what waits for them.
fn telling(inbox: &Inbox, contact: ContactId) -> NewJob {
    let now = inbox.clock.now();
    NewJob {
        dedup_key: Some(contact.to_string()),
        ..NewJob::about(inbox.clock.new_id(), JobKind::TellMatter, "contact", &contact, now)
    }
}

fn facts(matter: &Matter, reason: &str) -> Value {
    json!({ "matter": matter.kind.as_str(), "order": matter.order_number, "reason": reason })
}

/// Whether something can be done.
#[derive(Debug)]
pub enum Ready<T> {
    /// Now.
    Now(T),
    /// Not before.
    Later(Ts),
    /// Not any more, and why.
    Over(&'static str),
}

/// How the conversation stands in which a customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It is open.
    Open,
    /// It is done, and opened for it.
    Again,
    /// It begins with it.
    New,
}

/// Where a customer is told.
#[derive(Clone, Debug)]
pub struct Place {
    /// The conversation.
    pub conversation: Conversation,
    /// How it stands.
    pub opening: Opening,
}

/// Whether a customer may be told of a matter now, and the order that it is about, as it was read last.
pub async fn is_due(inbox: &Inbox, matter: &Matter) -> store::Result<Ready<Box<KnownOrder>>> {
    let (db, now) = (&inbox.db, inbox.clock.now());
    if now.since(matter.noticed_at) > NEWS {
        return Ok(Ready::Over(OLD));
    }
    if brands::get(db, matter.brand_id).await?.agent_level == AgentLevel::Off {
        return Ok(Ready::Over("the agent does not work"));
    }
    let policy = policy_of(inbox, matter.brand_id).await?;
    if policy.is_none_or(|policy| policy.proactive.told(matter.kind) == Told::Off) {
        return Ok(Ready::Over("the policy has nobody told of it"));
    }
    let order = (matter.order_source_id, matter.order_id.as_str());
    let Some(known) = orders::find_of_brand(db, matter.brand_id, order).await? else {
        return Ok(Ready::Over("the order is not known any more"));
    };
    if !holds(matter.kind, &matter.subject, Seen { order: &known.order, at: now.datetime() }) {
        return Ok(Ready::Over(OVER));
    }
    if matters::has_written_since(&mut Reader::Db(db), matter.contact_id, matter.noticed_at).await? {
        return Ok(Ready::Over(WROTE));
    }
    let last = matters::last_told(&mut Reader::Db(db), matter.contact_id).await?;
    if let Some(last) = last.filter(|last| now.since(*last) < DAY) {
        return Ok(Ready::Later(last.plus(DAY)));
    }
    Ok(Ready::Now(Box::new(known)))
}

/// Where a customer is told of a matter: in the case about the order that is open, once nothing else happens in it; else where
/// they wrote of it last, if a text may leave there; else by mail. What a marketplace sold is spoken of there alone.
pub async fn find_place(inbox: &Inbox, matter: &Matter) -> store::Result<Ready<Place>> {
    let db = &inbox.db;
    let own = people::contacts_of(db, matter.contact_id).await?;
    let mut talks = matters::list_talks(&mut Reader::Db(db), matter.order_source_id, &matter.order_id).await?;
    talks.retain(|talk| own.contains(&talk.contact_id));
    let shop = order_sources::find(db, matter.order_source_id).await?;
    let is_of_market = shop.is_some_and(|shop| shop.kind == KIND);
    if is_of_market {
        talks.retain(|talk| is_marketplace(kind_of(talk)));
    }
    let open = talks.iter().find(|talk| talk.status != ConversationStatus::Resolved);
    let Some(talk) = open.or(talks.first()) else {
        return Ok(Ready::Over("no conversation with them is about the order any more"));
    };
    if talk.taken_over {
        return Ok(Ready::Over("a teammate has the conversation about it"));
    }
    if open.is_some() && is_busy(inbox, talk).await? {
        return Ok(Ready::Later(inbox.clock.now().plus(SOON)));
    }
    // By mail what is done stays done: a thread of its own says at once what it is about.
    let goes_on = open.is_some() || !matches!(kind_of(talk), ChannelKind::Email | ChannelKind::Agent);
    if goes_on && takes_words(inbox, talk).await? {
        let opening = if open.is_some() { Opening::Open } else { Opening::Again };
        return Ok(Ready::Now(Place { conversation: talk.clone(), opening }));
    }
    if is_marketplace(kind_of(talk)) {
        return Ok(Ready::Over("the marketplace lets nobody write to them now"));
    }
    by_mail(inbox, matter, talk).await
}

fn kind_of(talk: &Conversation) -> ChannelKind {
    talk.channel_kind.parse().unwrap_or(ChannelKind::Agent)
}

/// Whether somebody waits in a case, or something is on its way to its customer.
async fn is_busy(inbox: &Inbox, case: &Conversation) -> store::Result<bool> {
    if case.due_at.is_some() || case.needs_approval || case.agent_state != AgentState::Idle {
        return Ok(true);
    }
    // A reply that is held, or of which nobody can tell, keeps others away until something is said behind it.
    let said = messages::list(&inbox.db, case.id, LOOKED_AT).await?;
    Ok(said.iter().any(is_leaving) || said.last().is_some_and(Message::is_on_its_way))
}

fn is_leaving(message: &Message) -> bool {
    matches!(message.delivery, Some(Delivery::Queued | Delivery::Sending))
}

/// Whether the customer of a conversation may be written to in it now, unasked.
async fn takes_words(inbox: &Inbox, talk: &Conversation) -> store::Result<bool> {
    Ok(!opt_outs::is_there(&inbox.db, talk.channel_id, talk.contact_id).await?
        && admission::shut(inbox, talk).await?.is_none())
}

/// A conversation that begins with a mail to an address that the customer has proved.
async fn by_mail(inbox: &Inbox, matter: &Matter, last: &Conversation) -> store::Result<Ready<Place>> {
    let (db, now) = (&inbox.db, inbox.clock.now());
    let names = people::identities(db, matter.contact_id).await?;
    let Some(address) = names.into_iter().find(|name| name.kind == "email" && name.proved) else {
        return Ok(Ready::Over("there is no way on which they may be written to now"));
    };
    let all = channels::list(db).await?;
    let same = all.iter().find(|row| row.id == last.channel_id && row.channel_kind() == ChannelKind::Email);
    let Some(mailbox) = same.or_else(|| letterbox(&all, matter.brand_id)) else {
        return Ok(Ready::Over("the brand has no mailbox to write from"));
    };
    if opt_outs::is_there(db, mailbox.id, address.contact_id).await? {
        return Ok(Ready::Over("they want nothing that they did not ask for"));
    }
    let brand = brands::get(db, matter.brand_id).await?;
    let conversation = Conversation {
        id: inbox.clock.new_id(),
        number: 0,
        channel_id: mailbox.id,
        channel_kind: mailbox.kind.clone(),
        contact_id: address.contact_id,
        subject: format!("{}, {}", brand.name, matter.order_number),
        gist: matter.kind.words(&matter.order_number),
        status: ConversationStatus::Open,
        assignee_id: None,
        intent: None,
        order_number: None,
        proposal: None,
        proposal_tone: String::new(),
        needs_approval: false,
        agent_state: AgentState::Idle,
        taken_over: false,
        unread: false,
        participants: Json(vec![address.value]),
        snoozed_until: None,
        due_at: None,
        last_message_at: now,
        last_inbound_at: None,
        last_written_at: None,
        revision: 0,
        created_at: now,
        resolved_at: None,
        clocks: Clocks::default(),
        window: Window::default(),
        ..last.clone()
    };
    Ok(Ready::Now(Place { conversation, opening: Opening::New }))
}

/// Puts what the agent wrote about a matter where it belongs, within a transaction that the caller commits. `false`: things
/// have moved on, nothing of it may stay, and it is looked at anew. The turn to place messages is held meanwhile: neither a
/// second process nor what the customer writes at that moment passes by it.
pub async fn put(
    inbox: &Inbox,
    tx: &mut Tx,
    (matter, place): (&Matter, &Place),
    finished: &Finished,
) -> Result<bool, InboxError> {
    intake::lock(tx).await?;
    let now = inbox.clock.now();
    let stands = matters::find_in(tx, matter.id).await?.is_some_and(|kept| kept.state == MatterState::Waiting);
    let last = matters::last_told(&mut Reader::Tx(tx), matter.contact_id).await?;
    let is_early = last.is_some_and(|last| now.since(last) < DAY);
    let wrote = matters::has_written_since(&mut Reader::Tx(tx), matter.contact_id, matter.noticed_at).await?;
    if !stands || is_early || wrote || !open(inbox, tx, place).await? {
        return Ok(false);
    }
    if !Box::pin(settle(inbox, tx, finished)).await? {
        return Ok(false);
    }
    let mut talk = conversations::lock(tx, place.conversation.id).await?;
    let draft = drafts::current_in(tx, talk.id).await?.map(|draft| draft.id);
    let opened = place.opening != Opening::Open;
    matters::set_written(tx, matter.id, Written { conversation: talk.id, draft, opened, at: now }).await?;
    if opened {
        let event = inbox.event(&talk, EventKind::MatterNoted, "system", facts(matter, ""));
        intake::insert_events(tx, &[event]).await?;
        if draft.is_none() {
            close_again(inbox, tx, &mut talk, now).await?;
        }
    }
    Ok(true)
}

/// A case that was opened to tell its customer of something is done again once they were told, as the same case as before,
/// unless somebody has written in it since, or a teammate has it. One that began with it waits for them.
async fn close_again(inbox: &Inbox, tx: &mut Tx, talk: &mut Conversation, written: Ts) -> store::Result<()> {
    let is_told = talk.status == ConversationStatus::Waiting;
    if !is_told || talk.taken_over || talk.last_inbound_at.is_none_or(|at| at > written) {
        return Ok(());
    }
    talk.end(inbox.clock.now());
    conversations::update(tx, talk).await?;
    inbox.note(tx, talk, EventKind::Resolved, "system").await
}

/// Begins the conversation, or opens it again. `false` where it is not as it was seen.
async fn open(inbox: &Inbox, tx: &mut Tx, place: &Place) -> store::Result<bool> {
    let seen = &place.conversation;
    match place.opening {
        Opening::Open => {}
        Opening::New => {
            let number = intake::reserve_numbers(tx, 1).await?;
            let row = ConversationRow { number, ..ConversationRow::from(seen) };
            intake::upsert_conversations(tx, &[row]).await?;
        }
        Opening::Again => {
            let mut talk = conversations::lock(tx, seen.id).await?;
            let is_as_seen = talk.id == seen.id && talk.revision == seen.revision;
            if !is_as_seen || talk.status != ConversationStatus::Resolved {
                return Ok(false);
            }
            let times = answer_times::of_brand_in(tx, talk.brand_id).await?;
            talk.open_again(&times, false, inbox.clock.now());
            conversations::update(tx, &talk).await?;
            inbox.note(tx, &talk, EventKind::Reopened, "system").await?;
        }
    }
    Ok(true)
}

/// Nobody is told of a matter; the conversation in which the order was spoken of last says why.
pub async fn give_up(inbox: &Inbox, matter: &Matter, reason: &str) -> store::Result<()> {
    let talks = matters::list_talks(&mut Reader::Db(&inbox.db), matter.order_source_id, &matter.order_id).await?;
    let mut tx = inbox.db.begin().await?;
    let talk = match talks.first() {
        Some(talk) => Some(conversations::lock(&mut tx, talk.id).await?),
        None => None,
    };
    let change = (MatterState::Waiting, MatterState::Dropped);
    if !matters::set_state(&mut tx, matter.id, change, reason).await? {
        return Ok(());
    }
    if let Some(talk) = talk {
        let event = inbox.event(&talk, EventKind::MatterDropped, "system", facts(matter, reason));
        intake::insert_events(&mut tx, &[event]).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Why a draft about a matter is not offered any more.
async fn why_dropped(inbox: &Inbox, matter: &Matter, drafted: Ts) -> store::Result<Option<&'static str>> {
    let (db, now) = (&inbox.db, inbox.clock.now());
    if matters::has_written_since(&mut Reader::Db(db), matter.contact_id, drafted).await? {
        return Ok(Some(WROTE));
    }
    if now.since(drafted) > NEWS {
        return Ok(Some(OLD));
    }
    let order = orders::find(db, matter.order_source_id, &matter.order_id).await?;
    let seen = |order| holds(matter.kind, &matter.subject, Seen { order, at: now.datetime() });
    Ok(if order.as_ref().is_some_and(seen) { None } else { Some(OVER) })
}

/// Looks after the draft about a matter that waits for a person: one that somebody decided about is done with once its words
/// have left, and one is dropped whose customer has written since, or whose matter is over or no news. Most often there is
/// nothing to do, and nobody's turn is taken for that.
pub async fn look_after(inbox: &Inbox, matter: &Matter) -> store::Result<()> {
    let (Some(place), Some(id)) = (matter.conversation_id, matter.draft_id) else { return Ok(()) };
    let drafted = matter.drafted_at.unwrap_or(matter.noticed_at);
    let reason = why_dropped(inbox, matter, drafted).await?;
    let nothing_to_do = if drafts::current(&inbox.db, place).await?.is_some_and(|draft| draft.id == id) {
        reason.is_none()
    } else {
        messages::list(&inbox.db, place, LOOKED_AT).await?.iter().any(is_leaving)
    };
    if nothing_to_do {
        return Ok(());
    }
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let mut talk = conversations::lock(&mut tx, place).await?;
    let waits = drafts::current_in(&mut tx, talk.id).await?.is_some_and(|draft| draft.id == id);
    let became = match (waits, reason) {
        (false, _) => (MatterState::Done, ""),
        (true, Some(reason)) => (MatterState::Dropped, reason),
        (true, None) => return Ok(()),
    };
    if !matters::set_state(&mut tx, matter.id, (MatterState::Drafted, became.0), became.1).await? {
        return Ok(());
    }
    if waits {
        drop_draft(inbox, &mut tx, (matter, became.1), &mut talk).await?;
    } else if matter.opened {
        close_again(inbox, &mut tx, &mut talk, drafted).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// The draft does not wait any more, and what was opened for it is done, unless its customer has written there since.
async fn drop_draft(
    inbox: &Inbox,
    tx: &mut Tx,
    (matter, reason): (&Matter, &str),
    talk: &mut Conversation,
) -> store::Result<()> {
    let now = inbox.clock.now();
    drafts::supersede(tx, talk.id).await?;
    talk.needs_approval = false;
    talk.proposal = None;
    talk.proposal_tone = String::new();
    if talk.agent_state == AgentState::Drafted {
        talk.agent_state = AgentState::Idle;
    }
    let mut events = vec![inbox.event(talk, EventKind::MatterDropped, "system", facts(matter, reason))];
    if talk.last_inbound_at.is_none_or(|at| Some(at) <= matter.drafted_at) {
        talk.due_at = None;
        if matter.opened {
            talk.end(now);
            events.push(inbox.event(talk, EventKind::Resolved, "system", json!({})));
        }
    }
    conversations::update(tx, talk).await?;
    intake::insert_events(tx, &events).await
}
