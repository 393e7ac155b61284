//! Where each received message belongs: a pure fold over a batch and what the store knows about it.
//!
//! Evidence, strongest first: ids of earlier messages, a signed token, the order number together with the sender. A
//! message never joins a conversation of other people on an id alone, for ids can be guessed and forwarded.

mod called;
mod changes;
mod erased;
mod joined;
mod names;
mod news;
mod orders;
mod parties;
mod placer;
mod same;
mod subjects;
mod written;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use channel_contract::channel::NameScope;
use channel_contract::inbound::{Identity, Inbound, InboundEvent, InboundMessage, ThreadHints, Trust, Writer};
use channel_contract::outbound::DeliveryState;
use serde_json::json;

use super::people::{Answer, Vouched};
use super::{account, clean};
use crate::clock::Clock;
use crate::model::answer_times::AnswerTimes;
use crate::model::brand::Brand;
use crate::model::channel::Channel;
use crate::model::conversation::Conversation;
use crate::model::job::JobKind;
use crate::model::numbering::Tie;
use crate::model::order::order_numbers;
use crate::model::person::Kin;
use crate::model::window::Spans;
use crate::model::{ChannelId, ContactId, ConversationId, MessageId, RawEventId, Ts};
use crate::store::chats::thread_key;
use crate::store::early_news::EarlyNews;
use crate::store::fates::Reach;
use crate::store::intake::{
    About, BrandIdentity, Changeable, Changed, ChannelKey, ConversationRow, FurtherName, KeyTarget, KnownContact,
    LastTalk, NewAttachment, NewContact, NewEvent, NewIdentity, NewKey, NewMessage, NewNews, NewTold, OrderMention,
    Said, SaidFile, Title, ToldTarget, key_of,
};
use crate::store::jobs::NewJob;
use crate::store::opt_outs::Word;
use crate::store::raw_event_subjects::Subject;

use orders::{number_of, told_in};
use placer::Placer;

/// A read raw item, ready to be placed.
#[derive(Clone, Debug)]
pub struct Received {
    /// The stored bytes.
    pub raw_event_id: RawEventId,
    /// Where they came in.
    pub channel: Channel,
    /// Whose channel that is.
    pub brand: Brand,
    /// When its people are there, and how soon they answer.
    pub times: Arc<AnswerTimes>,
    /// How long their writers can be answered on it.
    pub spans: Spans,
    /// The same in those of its threads where that differs, by the platform's ids.
    pub spans_in: HashMap<String, Spans>,
    /// Where the names count that its platform makes by itself.
    pub scope: Option<NameScope>,
    /// Whether its platform tells the names of writers only when it is asked.
    pub tells_names: bool,
    /// When they came.
    pub received_at: Ts,
    /// Whether they were read and applied before.
    pub is_reread: bool,
    /// Whether they were read back, of a time in which nothing was pushed.
    pub is_read_back: bool,
    /// What they say.
    pub events: Vec<Inbound>,
}

impl Received {
    /// Somebody as they are known in the brand.
    fn identity(&self, identity: &Identity) -> BrandIdentity {
        BrandIdentity::within(self.brand.id, self.scope.as_ref(), identity)
    }

    /// How long the writer of a message can be answered.
    fn spans_of(&self, message: &InboundMessage) -> Spans {
        message.thread.thread_id.as_ref().and_then(|thread| self.spans_in.get(thread)).copied().unwrap_or(self.spans)
    }
}

/// What must be looked up before a batch can be placed.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Ids of the messages themselves and of earlier ones.
    pub keys: Vec<ChannelKey>,
    /// Ids of the messages themselves: what is known under these may be the same message.
    pub own: HashSet<ChannelKey>,
    /// Ids of messages to which something happened.
    pub changed: HashSet<ChannelKey>,
    /// Senders, and whoever else is named.
    pub identities: Vec<BrandIdentity>,
    /// Names beside which platforms give their own, by which senders may be known already.
    pub further: Vec<FurtherName>,
    /// Those of them who go by another name.
    pub renamed: HashSet<BrandIdentity>,
    /// Order numbers named.
    pub mentions: Vec<OrderMention>,
    /// Conversations named by signed tokens.
    pub tokens: Vec<ConversationId>,
    /// Orders of which there is news, by number.
    pub told: Vec<ChannelKey>,
    /// That news.
    pub news: Vec<ChannelKey>,
    /// By or to whom it was written what was read back.
    pub read_back: Vec<BrandIdentity>,
}

/// What the store knows about a batch.
#[derive(Debug, Default)]
pub struct Known {
    /// Earlier messages by id.
    pub keys: Vec<KeyTarget>,
    /// What those say that have an id of a message of the batch; rarely any.
    pub said: Vec<Said>,
    /// Their files.
    pub files: Vec<SaidFile>,
    /// Messages to which something happened.
    pub changeable: Vec<Changeable>,
    /// Contacts by identity.
    pub contacts: Vec<KnownContact>,
    /// Where those wrote last who go by another name.
    pub talks: Vec<LastTalk>,
    /// Who of them and of the conversations' customers is one person with others.
    pub kin: Vec<Kin>,
    /// Which of the conversations' customers on marketplaces are the platform itself.
    pub platforms: HashSet<ContactId>,
    /// The conversations that keys and tokens lead to.
    pub conversations: Vec<Conversation>,
    /// Unresolved conversations about the orders named, newest first.
    pub about_orders: Vec<Conversation>,
    /// Whose the orders of those conversations are.
    pub ties: Vec<Tie>,
    /// Where platforms have named the orders of which there is news, newest first.
    pub told: Vec<ToldTarget>,
    /// News that was placed before.
    pub news: Vec<ChannelKey>,
    /// When those were erased whose messages were read back.
    pub erased: HashMap<BrandIdentity, Ts>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Batch {
    /// New contacts.
    pub contacts: Vec<NewContact>,
    /// Further names of contacts.
    pub names: Vec<NewIdentity>,
    /// Identities that are proved by now, whoever has them.
    pub proved: Vec<BrandIdentity>,
    /// New and changed conversations; new ones have the number 0 until numbers are reserved.
    pub conversations: Vec<ConversationRow>,
    /// Messages.
    pub messages: Vec<NewMessage>,
    /// Those of them in which nothing was written this time: all of it is quoted or handed on.
    pub only_quoted: Vec<MessageId>,
    /// Their ids.
    pub keys: Vec<NewKey>,
    /// Their files.
    pub attachments: Vec<NewAttachment>,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// Work for the agent.
    pub jobs: Vec<NewJob>,
    /// News about messages that were sent.
    pub statuses: Vec<(MessageId, ConversationId, News)>,
    /// How far customers have got with what was sent to them.
    pub reached: Vec<Reach>,
    /// Messages to which something happened.
    pub changed: Vec<Changed>,
    /// Other titles of conversations.
    pub titles: Vec<Title>,
    /// News of messages that nobody knows yet.
    pub early: Vec<EarlyNews>,
    /// Orders that platforms name.
    pub told: Vec<NewTold>,
    /// Which order a conversation is about, where it is about none yet.
    pub about: Vec<About>,
    /// News of orders.
    pub news: Vec<NewNews>,
    /// Orders that changed, each in the conversation that tells of it.
    pub changed_orders: Vec<About>,
    /// Names of contacts that platforms vouch for.
    pub vouched: Vec<Vouched>,
    /// Answers of others than the customers to whom was written.
    pub answers: Vec<Answer>,
    /// Of whom nothing is to be kept.
    pub erasures: Vec<Leaving>,
    /// Of whom platforms say whether they want what they did not ask for, in their order.
    pub consents: Vec<Consented>,
    /// Of whom and what the raw bytes tell, beside the messages.
    pub subjects: Vec<Subject>,
    /// Raw bytes of which nothing is to be kept.
    pub emptied: Vec<RawEventId>,
    /// Conversations where a person answered elsewhere: waiting drafts are void.
    pub answered_elsewhere: Vec<ConversationId>,
    /// Conversations in which somebody wrote once more: what the agent would send alone was written before that.
    pub written_again: Vec<ConversationId>,
    /// What platforms say of accounts, in its order.
    pub accounts: Vec<account::News>,
    /// Conversations in which words that wait for an answer say something else.
    pub reworded: Vec<ConversationId>,
    /// Conversations in which words that wait for an answer were taken back.
    pub taken_back: Vec<ConversationId>,
}

/// Whether somebody wants what they did not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consented {
    /// The channel on which they have said so.
    pub channel: ChannelId,
    /// Their names.
    pub who: Vec<BrandIdentity>,
    /// What they have said.
    pub word: Word,
}

/// Somebody of whom nothing is to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Their name.
    pub name: BrandIdentity,
    /// The raw bytes that say so, with that name in them.
    pub raw_event_id: RawEventId,
}

/// What became of a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Where it is now.
    pub state: DeliveryState,
    /// The platform's words, `""` if it has none.
    pub reason: String,
    /// Further ids of the message, which were not known.
    pub ids: Vec<String>,
    /// Every id that it names.
    pub named: Vec<String>,
    /// Whether it tells the same of what went to that customer before.
    pub and_before: bool,
    /// When that was.
    pub at: Ts,
}

impl Wanted {
    /// Collects what a batch needs.
    pub fn of(batch: &[Received]) -> Self {
        let (mut keys, mut own, mut identities) = (HashSet::new(), HashSet::new(), HashSet::new());
        let (mut mentions, mut tokens) = (HashSet::new(), HashSet::new());
        let (mut changed, mut renamed) = (HashSet::new(), HashSet::new());
        let (mut told, mut fresh, mut further) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut read_back = HashSet::new();
        for received in batch {
            let key = |key: String| ChannelKey { channel_id: received.channel.id, key };
            let known_as = |identity: &Identity| received.identity(identity);
            for inbound in &received.events {
                keys.extend(usable(ids_told_of(inbound)).map(key));
                identities.extend(told_of(inbound).into_iter().map(known_as));
                if let InboundEvent::Change(change) = &inbound.event {
                    changed.extend(usable(&change.message_ids).map(key));
                }
                if let InboundEvent::Renamed(renaming) = &inbound.event {
                    renamed.insert(known_as(&renaming.old));
                    let threads = renaming.threads.iter().flat_map(|(old, new)| [old, new]);
                    keys.extend(threads.filter_map(|thread| thread_named(thread)).map(key));
                }
                if let InboundEvent::Order(news) = &inbound.event {
                    let order_number = number_of(&news.order_number);
                    keys.extend(usable(&news.thread.message_ids).chain(thread_in(&news.thread)).map(key));
                    mentions.insert(OrderMention { brand_id: received.brand.id, order_number: order_number.clone() });
                    told.insert(key(order_number));
                    fresh.insert(key(key_of(&inbound.external_id)));
                }
                let Some(message) = shown_by(inbound) else { continue };
                own.extend(own_ids(inbound, message).map(key));
                keys.extend(usable(&message.thread.message_ids).map(key));
                keys.extend(threads_of(message).map(key));
                identities.extend(party(message).map(known_as));
                read_back.extend(party(message).filter(|_| received.is_read_back).map(known_as));
                identities.extend(message.also_known_as.iter().map(known_as));
                let own_kind = party(message).map(|whom| known_as(whom).kind).unwrap_or_default();
                further.extend(
                    further_names(message).map(|name| FurtherName { name: known_as(name), own_kind: own_kind.clone() }),
                );
                tokens.extend(message.thread.conversation.map(ConversationId));
                mentions.extend(mentions_in(message, &received.brand));
            }
        }
        keys.extend(own.iter().cloned());
        Self {
            keys: keys.into_iter().collect(),
            own,
            changed,
            identities: identities.into_iter().collect(),
            further: further.into_iter().collect(),
            renamed,
            mentions: mentions.into_iter().collect(),
            tokens: tokens.into_iter().collect(),
            told: told.into_iter().collect(),
            news: fresh.into_iter().collect(),
            read_back: read_back.into_iter().collect(),
        }
    }
}

/// The message that an event shows, or may have to show.
fn shown_by(inbound: &Inbound) -> Option<&InboundMessage> {
    match &inbound.event {
        InboundEvent::Message(message) => Some(message),
        InboundEvent::Status(status) => status.report.as_deref(),
        InboundEvent::Change(_)
        | InboundEvent::Renamed(_)
        | InboundEvent::Account(_)
        | InboundEvent::Order(_)
        | InboundEvent::Erasure(_)
        | InboundEvent::Consent(_)
        | InboundEvent::Ignored(_) => None,
    }
}

/// The ids of earlier messages that news is about.
fn ids_told_of(inbound: &Inbound) -> &[String] {
    match &inbound.event {
        InboundEvent::Status(status) => &status.message_ids,
        InboundEvent::Change(change) => &change.message_ids,
        InboundEvent::Message(_)
        | InboundEvent::Renamed(_)
        | InboundEvent::Account(_)
        | InboundEvent::Order(_)
        | InboundEvent::Erasure(_)
        | InboundEvent::Consent(_)
        | InboundEvent::Ignored(_) => &[],
    }
}

/// Whom news is about.
fn told_of(inbound: &Inbound) -> Vec<&Identity> {
    match &inbound.event {
        InboundEvent::Status(status) => status.until.iter().map(|until| &until.recipient).collect(),
        InboundEvent::Change(change) => change.by.iter().collect(),
        InboundEvent::Renamed(renaming) => vec![&renaming.old, &renaming.new],
        InboundEvent::Erasure(names) => names.iter().collect(),
        InboundEvent::Consent(consent) => consent.who.iter().collect(),
        InboundEvent::Message(_) | InboundEvent::Account(_) | InboundEvent::Order(_) | InboundEvent::Ignored(_) => {
            Vec::new()
        }
    }
}

/// Every id under which a message is known.
fn own_ids<'a>(inbound: &'a Inbound, message: &'a InboundMessage) -> impl Iterator<Item = String> {
    usable(std::iter::once(&inbound.external_id).chain(&message.own_ids))
}

/// Ids as they are kept and looked up. An empty one would tie together what has nothing in common.
fn usable<'a>(ids: impl IntoIterator<Item = &'a String>) -> impl Iterator<Item = String> {
    ids.into_iter().map(|id| key_of(id)).filter(|id| !id.is_empty())
}

/// The key of the platform's own thread. The platform names it, not the sender, so it ties by itself.
fn thread_of(message: &InboundMessage) -> Option<String> {
    thread_in(&message.thread)
}

/// The same, and those of the names by which it goes as well.
fn threads_of(message: &InboundMessage) -> impl Iterator<Item = String> {
    thread_of(message).into_iter().chain(message.thread.also_called.iter().filter_map(|name| thread_named(name)))
}

/// The names that a platform vouches for beside that of its own under which somebody writes, or is written to.
fn further_names(message: &InboundMessage) -> impl Iterator<Item = &Identity> {
    let is_vouched_for = message.trust == Trust::Proved;
    message.also_known_as.iter().filter(move |name| is_vouched_for && !name.value.is_empty())
}

fn thread_in(hints: &ThreadHints) -> Option<String> {
    thread_name(hints).map(|thread| thread_key(&thread))
}

/// The platform's own id of a thread, as it is kept.
fn thread_name(hints: &ThreadHints) -> Option<String> {
    Some(clean(hints.thread_id.as_deref()?)).filter(|thread| !thread.is_empty())
}

fn thread_named(name: &str) -> Option<String> {
    let thread = clean(name);
    (!thread.is_empty()).then(|| thread_key(&thread))
}

/// The customer's side of a message: the sender, or the first recipient of what a teammate wrote, if it shows one.
fn party(message: &InboundMessage) -> Option<&Identity> {
    match message.writer {
        Writer::Contact => Some(&message.sender),
        Writer::Teammate => message.recipients.first(),
    }
}

/// The orders that a message is about: those that the platform names, and those that its writer does.
fn mentions_in(message: &InboundMessage, brand: &Brand) -> Vec<OrderMention> {
    let all = told_in(message).into_iter().chain(written_in(message, brand));
    all.map(|order_number| OrderMention { brand_id: brand.id, order_number }).collect()
}

/// The numbers of orders in the words of a message.
fn written_in(message: &InboundMessage, brand: &Brand) -> Vec<String> {
    let text = format!("{} {}", message.subject, message.visible_text);
    order_numbers(&clean(&text), &brand.order_pattern).into_iter().take(5).collect()
}

/// What holds for every message.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// How long the agent waits for a second message.
    pub debounce: Duration,
    /// The addresses of all channels of the desk: what comes from them is answered by no machine.
    pub own_addresses: &'a HashSet<String>,
}

/// Places a batch.
pub fn place(batch: &[Received], known: Known, clock: &Clock, rules: &Rules<'_>) -> Batch {
    let mut placer = Placer::new(known, clock, rules);
    for received in batch {
        for inbound in &received.events {
            placer.place_event(received, inbound);
        }
    }
    placer.finish()
}

/// A run of the agent on a conversation; one that waits already is only moved, and keeps the instruction it has unless
/// there is a newer one.
pub fn agent_job(clock: &Clock, id: ConversationId, run_at: Ts, instruction: &str) -> NewJob {
    let conversation = id.to_string();
    let payload = match instruction {
        "" => json!({ "conversation": conversation }),
        asked => json!({ "conversation": conversation, "instruction": asked }),
    };
    NewJob {
        id: clock.new_id(),
        kind: JobKind::AgentRun,
        payload,
        dedup_key: Some(id.to_string()),
        run_at,
        conversation_id: Some(id),
        created_at: clock.now(),
    }
}
