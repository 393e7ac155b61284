//! One message and what follows it become a conversation of their own.

use serde_json::json;

use super::macros::tags_with;
use super::merge::{call_agent_back, is_at_it, is_chat};
use super::parted::has_left;
use super::routes::{self, ways_of};
use super::taken_back::withdraw_parted;
use super::told::part_orders;
use super::{Inbox, InboxError};
use crate::model::answer_times::AnswerTimes;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, ChannelKind};
use crate::model::contact::ContactIdentity;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, PARTICIPANTS, gist_of};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::merge::Moved;
use crate::model::message::{Automatic, Direction, Message, MessageAuthor};
use crate::model::order::order_numbers;
use crate::model::person::is_one;
use crate::model::teammate::Teammate;
use crate::model::turn::{Turn, first_unanswered};
use crate::model::window::Window;
use crate::model::{ChannelId, ContactId, ConversationId, MessageId, Ts};
use crate::store::bulk_changes;
use crate::store::intake::{self, ConversationRow};
use crate::store::{
    self, Tx, answer_times, audit, brands, channels, conversations, events, merges, messages, notes, people,
};

/// Splits a message off with what follows it; gives the number of the new conversation. Merging it into the other takes it
/// back. Not while a person's reply that would go along has not left: it would answer a mail of the other case. What
/// machines would send does not leave.
pub async fn split(inbox: &Inbox, first: MessageId, by: &Teammate) -> Result<i64, InboxError> {
    let seen = messages::find(&inbox.db, first).await?.ok_or(InboxError::NotFound)?;
    let all = channels::list(&inbox.db).await?;
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let mut old = conversations::lock(&mut tx, seen.conversation_id).await?;
    if is_chat(&mut tx, &old).await? {
        return Err(InboxError::Conflict("A live chat stays in one piece while its customer has it open.".to_owned()));
    }
    let mut halves = Halves::of(&mut tx, &old, first).await?;
    let reason = format!("Not sent: {} split the conversation.", by.name);
    let why = (by.name.as_str(), reason.as_str());
    let waiting = halves.waiting();
    let is_stopped = Box::pin(withdraw_parted(&inbox.clock, &mut tx, &mut old, &waiting, why)).await?;
    if is_stopped {
        halves = Halves::of(&mut tx, &old, first).await?;
    }
    if !halves.waiting().is_empty() {
        return Err(InboxError::Conflict(format!(
            "A reply to {} has not left #{} yet, and would go along. Nothing was changed: wait until it has left, or take \
             it back, and split then.",
            old.contact_name, old.number
        )));
    }
    let was_at_it = is_stopped || is_at_it(&old);
    bulk_changes::supersede_drafts(&mut tx, &[old.id]).await?;
    bulk_changes::drop_agent_runs(&mut tx, &[old.id]).await?;

    let times = answer_times::of_brand_in(&mut tx, old.brand_id).await?;
    let ways = halves.ways(&mut tx, &old, &all).await?;
    let mut row = halves.part_of(inbox, &old, &times, &ways.there);
    row.number = intake::reserve_numbers(&mut tx, 1).await?;
    intake::upsert_conversations(&mut tx, std::slice::from_ref(&row)).await?;
    let moved = Moved {
        messages: halves.go.iter().map(|message| message.id).collect(),
        notes: notes::list_since(&mut tx, old.id, halves.first_came()).await?,
        events: events_of(&mut tx, old.id, &halves.go).await?,
        ..Moved::default()
    };
    bring_tags(&mut tx, (old.id, row.id), &halves.go, inbox.clock.now()).await?;
    merges::move_these(&mut tx, &moved, old.id, row.id).await?;
    let bought = Box::pin(part_orders(&inbox.clock, &mut tx, (old.id, row.id), &[])).await?;
    old.order_number = old.order_number.take().filter(|number| !bought.gone.contains(number));
    let pattern = brands::get_in(&mut tx, old.brand_id).await?.order_pattern;
    let keeps_order = halves.keeps_order(&old, &pattern);
    if keeps_order {
        merges::copy_orders(&mut tx, old.id, row.id).await?;
    }
    halves.leave_behind(&mut old, &times, &ways.here);
    ways.here.keep_time(inbox, &mut tx, &mut old).await?;
    call_agent_back(inbox, &mut tx, &mut old, was_at_it).await?;
    conversations::update(&mut tx, &old).await?;
    let mut new = conversations::lock(&mut tx, row.id).await?;
    ways.there.keep_time(inbox, &mut tx, &mut new).await?;
    new.assignee_id = old.assignee_id;
    new.taken_over = old.taken_over;
    new.order_number = old.order_number.clone().filter(|_| keeps_order).or_else(|| bought.first());
    call_agent_back(inbox, &mut tx, &mut new, true).await?;
    conversations::update(&mut tx, &new).await?;

    let here = json!({ "number": new.number, "came": false, "teammate": by.id.to_string() });
    let there = json!({ "number": old.number, "came": true, "teammate": by.id.to_string() });
    let kind = EventKind::Split;
    let noted = [inbox.event(&old, kind, &by.name, here), inbox.event(&new, kind, &by.name, there)];
    intake::insert_events(&mut tx, &noted).await?;
    let act = Act {
        actor: Actor::Teammate(by),
        action: AuditAction::ConversationSplit,
        subject: (AuditSubject::Conversation, old.number.to_string()),
        brand: Some(old.brand_id),
        details: json!({ "new": new.number }),
    };
    audit::append(&mut tx, &act, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.job(JobKind::ReadOrder);
    inbox.wake.event();
    Ok(new.number)
}

/// What a macro tagged goes along with its reply, and is taken back with it there.
async fn bring_tags(
    tx: &mut Tx,
    (from, to): (ConversationId, ConversationId),
    go: &[Message],
    now: Ts,
) -> store::Result<()> {
    let is_reply = |message: &&Message| !is_inbound(message) && message.author == MessageAuthor::Teammate;
    let replies: Vec<&Message> = go.iter().filter(is_reply).collect();
    for reply in replies {
        for tag in tags_with(tx, from, reply).await? {
            if conversations::remove_tag(tx, from, &tag).await? {
                conversations::add_tag(tx, to, &tag, now).await?;
            }
        }
    }
    Ok(())
}

/// The events that brought these messages, and those of what macros did with them.
async fn events_of(tx: &mut Tx, id: ConversationId, go: &[Message]) -> Result<Vec<i64>, InboxError> {
    let ids: Vec<String> = go.iter().map(|message| message.id.to_string()).collect();
    let all = events::list_in(tx, id).await?;
    let about = |data: &serde_json::Value| {
        let mut named = ["message", "answer"].into_iter().filter_map(|name| data.get(name)?.as_str());
        named.any(|id| ids.iter().any(|one| one == id))
    };
    Ok(all.into_iter().filter(|event| about(&event.data.0)).map(|event| event.seq).collect())
}

/// On which way the customer of a half is answered.
struct Way {
    channel: ChannelId,
    kind: String,
    /// Whether it is that of the whole.
    is_old: bool,
    /// Whether the time to answer is counted anew: it is another channel, or others wrote on this one.
    is_anew: bool,
}

impl Way {
    /// Counts the time to answer anew, once the messages are where they belong.
    async fn keep_time(&self, inbox: &Inbox, tx: &mut Tx, talk: &mut Conversation) -> store::Result<()> {
        if !self.is_anew {
            return Ok(());
        }
        let unknown = if self.is_old { talk.window } else { Window::default() };
        Box::pin(routes::keep_time(inbox, tx, talk, unknown)).await
    }
}

/// The ways of what stays and of what goes.
struct Ways {
    here: Way,
    there: Way,
}

/// What is parted.
struct Halves {
    stay: Vec<Message>,
    /// What goes, never empty; of another customer only what was written to us and what went to them: what else we said went to
    /// the one who stays.
    go: Vec<Message>,
    /// The first of it.
    begins: Message,
    /// With whom the new one is.
    customer: (ContactId, String),
    /// Whether both are of one person.
    of_one: bool,
}

impl Halves {
    /// The messages of a conversation before one, and from it on.
    async fn of(tx: &mut Tx, old: &Conversation, first: MessageId) -> Result<Self, InboxError> {
        let mut stay = messages::list_in(tx, old.id).await?;
        let place = stay.iter().position(|message| message.id == first).ok_or(InboxError::NotFound)?;
        if place == 0 {
            let words = "This is the first message, so there is nothing to part it from.";
            return Err(InboxError::Invalid(words.to_owned()));
        }
        let mut go = stay.split_off(place);
        let writer = go.iter().find(|message| is_inbound(message));
        let writer = writer.and_then(|message| Some((message.contact_id?, message.sender_name.clone())));
        let customer = match writer {
            Some((id, name)) if id != old.contact_id && !name.trim().is_empty() => (id, name),
            _ => (old.contact_id, old.contact_name.clone()),
        };
        let kin = people::kin_of(tx, &[customer.0, old.contact_id]).await?;
        let of_one = is_one(&kin, customer.0, old.contact_id);
        if !of_one {
            let went_to_them = |to: ContactId| is_one(&kin, to, customer.0);
            let is_theirs = |message: &Message| {
                is_inbound(message) || has_left(message) && message.to_contact_id.is_some_and(went_to_them)
            };
            let (theirs, ours): (Vec<_>, Vec<_>) = go.into_iter().partition(is_theirs);
            go = theirs;
            stay.extend(ours);
        }
        let begins = go.first().cloned().ok_or(InboxError::NotFound)?;
        Ok(Self { stay, go, begins, customer, of_one })
    }

    /// When the first of what goes came: what is read first may have come last.
    fn first_came(&self) -> Ts {
        self.go.iter().map(|message| message.created_at).min().unwrap_or(self.begins.created_at)
    }

    /// What goes and has not left.
    fn waiting(&self) -> Vec<MessageId> {
        self.go.iter().filter(|message| message.is_on_its_way()).map(|message| message.id).collect()
    }

    /// Who waits for an answer to what stays. What goes may hold it, where it went to the same customer.
    fn waits_here(&self) -> Option<Turn> {
        let answers = self.go.iter().filter(|_| self.of_one).map(Turn::from).filter(Turn::is_answer);
        first_unanswered(self.stay.iter().map(Turn::from).chain(answers))
    }

    /// Who waits for an answer to what goes.
    fn waits_there(&self) -> Option<Turn> {
        first_unanswered(self.go.iter().map(Turn::from))
    }

    /// Whether what goes was said under the orders of the old one: its customer names no other.
    fn keeps_order(&self, old: &Conversation, pattern: &str) -> bool {
        let theirs = self.go.iter().filter(|message| is_inbound(message));
        let named: Vec<String> = theirs.flat_map(|message| order_numbers(&message.body, pattern)).collect();
        self.of_one && (named.is_empty() || old.order_number.as_ref().is_some_and(|order| named.contains(order)))
    }

    /// Each half goes on where its customer wrote last in it, or on another of their ways that a teammate has chosen.
    async fn ways(&self, tx: &mut Tx, old: &Conversation, all: &[Channel]) -> store::Result<Ways> {
        let names = people::identities_in(tx, old.contact_id).await?;
        let others = people::identities_in(tx, self.customer.0).await?;
        let said = || self.go.iter().rev().chain(self.stay.iter().rev());
        let usual = ways_of(old.contact_id, said(), &names).into_iter().next();
        let is_chosen = usual.is_some_and(|(channel, _)| channel != old.channel_id);
        let is_of_others = |message: &Message| {
            is_inbound(message) && message.channel_id == old.channel_id && message.contact_id != Some(old.contact_id)
        };
        let others_wrote = said().any(is_of_others);
        let way = |customer: ContactId, half: &[Message], names: &[ContactIdentity]| {
            let theirs = ways_of(customer, half.iter().rev(), names);
            let kept = theirs.iter().find(|(channel, _)| is_chosen && *channel == old.channel_id);
            let wanted = kept.or(theirs.first()).map_or(old.channel_id, |(channel, _)| *channel);
            let found = all.iter().find(|channel| channel.id == wanted);
            let (channel, kind) =
                found.map_or((old.channel_id, &old.channel_kind), |channel| (channel.id, &channel.kind));
            let is_old = channel == old.channel_id;
            Way { channel, kind: kind.clone(), is_old, is_anew: !is_old || others_wrote }
        };
        Ok(Ways { here: way(old.contact_id, &self.stay, &names), there: way(self.customer.0, &self.go, &others) })
    }

    /// The new conversation, without its number.
    fn part_of(&self, inbox: &Inbox, old: &Conversation, times: &AnswerTimes, way: &Way) -> ConversationRow {
        let last_in = self.go.iter().rev().find(|message| is_inbound(message));
        let resolved = old.status == ConversationStatus::Resolved;
        let waits = self.waits_there();
        let status = match (resolved, waits.is_some()) {
            (true, _) => ConversationStatus::Resolved,
            (false, true) => ConversationStatus::Open,
            (false, false) => ConversationStatus::Waiting,
        };
        let mut clocks = old.clocks;
        if !self.of_one {
            clocks.first_answered_at = None;
        }
        let window = self.window_of(&self.go, old, way);
        let due_at = waits.filter(|_| status == ConversationStatus::Open).map(|turn| {
            // The clock that runs is theirs where nobody else waits.
            let theirs = old.due_at.filter(|_| self.of_one && self.waits_here().is_none());
            theirs.unwrap_or_else(|| window.no_later(clocks.start(times, &way.kind, turn.created_at), turn.created_at))
        });
        let mut participants: Vec<String> = Vec::new();
        let addresses =
            self.go.iter().flat_map(|message| std::iter::once(&message.sender_address).chain(&message.recipients.0));
        for address in addresses {
            if !address.is_empty() && !participants.contains(address) && participants.len() < PARTICIPANTS {
                participants.push(address.clone());
            }
        }
        let begins = &self.begins;
        let words = gist_of(&begins.body);
        // “Re: ...” is the title of the old one, and says nothing of this one.
        let is_others =
            |message: &Message| !message.subject.is_empty() && begins.subject.ends_with(message.subject.as_str());
        let subject = match begins.subject.trim() {
            "" if way.is_old && way.kind == ChannelKind::Email.as_str() => old.subject.clone(),
            "" => words,
            _ if !words.is_empty() && self.stay.iter().any(is_others) => words,
            _ => begins.subject.clone(),
        };
        let (contact_id, contact_name) = self.customer.clone();
        ConversationRow {
            id: inbox.clock.new_id(),
            number: 0,
            channel_id: way.channel,
            channel_kind: way.kind.clone(),
            contact_id,
            contact_name,
            subject,
            gist: last_in.map_or_else(|| gist_of(&begins.body), |message| gist_of(&message.body)),
            status,
            agent_state: AgentState::Idle,
            unread: old.unread && waits.is_some(),
            participants,
            due_at,
            last_message_at: self.go.iter().map(|message| message.created_at).max().unwrap_or(begins.created_at),
            last_inbound_at: came_last(&self.go),
            last_written_at: written_last(&self.go),
            revision: i64::try_from(self.go.len()).unwrap_or(i64::MAX),
            created_at: self.first_came(),
            resolved_at: old.resolved_at.filter(|_| resolved),
            clocks,
            window,
            ..ConversationRow::from(old)
        }
    }

    /// Until when the customer of one half can be answered there: the times of the old one, counted from what they wrote
    /// last in it. Where they are counted anew it is done once the half is by itself.
    fn window_of(&self, half: &[Message], old: &Conversation, way: &Way) -> Window {
        if way.is_anew {
            return old.window;
        }
        let counted = counted_from(self.stay.iter().chain(&self.go), old);
        let last = counted_from(half, old);
        counted.zip(last).map(|(counted, last)| old.window.moved(counted, last)).unwrap_or_default()
    }

    /// What is left of the old one.
    fn leave_behind(&self, old: &mut Conversation, times: &AnswerTimes, way: &Way) {
        let last_in = self.stay.iter().rev().find(|message| is_inbound(message));
        old.window = self.window_of(&self.stay, old, way);
        old.channel_id = way.channel;
        old.channel_kind.clone_from(&way.kind);
        let last = self.stay.iter().map(|message| message.created_at).max();
        old.last_message_at = last.unwrap_or(old.last_message_at);
        old.last_inbound_at = came_last(&self.stay);
        old.last_written_at = written_last(&self.stay);
        if let Some(message) = last_in {
            old.gist = gist_of(&message.body);
        }
        if matches!(old.status, ConversationStatus::Open | ConversationStatus::Waiting) {
            if let Some(turn) = self.waits_here() {
                old.status = ConversationStatus::Open;
                if old.due_at.is_none() {
                    let due = old.clocks.start(times, &old.channel_kind, turn.created_at);
                    old.due_at = Some(old.window.no_later(due, turn.created_at));
                }
            } else {
                old.status = ConversationStatus::Waiting;
                old.due_at = None;
            }
        }
        old.needs_approval = false;
        old.proposal = None;
        old.proposal_tone = String::new();
        old.agent_state = AgentState::Idle;
        old.revision += 1;
    }
}

/// When the last of those that were written to us came.
fn came_last(said: &[Message]) -> Option<Ts> {
    said.iter().filter(|message| is_inbound(message)).map(|message| message.created_at).max()
}

/// When the last of those that were written to us was written.
fn written_last(said: &[Message]) -> Option<Ts> {
    said.iter().filter(|message| is_inbound(message)).map(Message::written).max()
}

/// From when the times of a conversation's channel are counted: from what a person wrote last there.
fn counted_from<'a>(said: impl IntoIterator<Item = &'a Message>, old: &Conversation) -> Option<Ts> {
    let counts = |message: &&Message| {
        is_inbound(message) && message.automatic == Automatic::No && message.channel_id == old.channel_id
    };
    said.into_iter().filter(counts).map(Message::written).max()
}

fn is_inbound(message: &Message) -> bool {
    message.direction == Direction::Inbound
}
