//! What came into a conversation since another one was merged into it: what plainly belongs to the one that went goes back
//! with it when the merge is taken back.
//!
//! That is what answers a message of it, was written in its thread on the platform, or names it in a signed token; and what
//! we replied to that, once it has left, if both are of one customer or it went to the customer of that one: both may have been
//! one until somebody said that they are two. A reply that another customer got stays with them, and who wrote what goes back
//! has had no answer. All else stays.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;

use crate::model::answer_times::AnswerTimes;
use crate::model::channel::Channel;
use crate::model::event::{Event, EventKind};
use crate::model::merge::{Merge, Moved, Since};
use crate::model::message::{Automatic, Delivery, Direction, Message};
use crate::model::person::{Kin, is_one};
use crate::model::{ChannelId, ContactId, ConversationId, MessageId};
use crate::store::{self, Tx, events, merges, messages};

/// What was said in the target of a merge since.
pub(super) struct Parted {
    goes: Vec<Message>,
    stays: Vec<Message>,
    /// Those that answer a message of the conversation.
    answering: HashSet<MessageId>,
    /// What happened with that which goes, by numbers.
    events: Vec<i64>,
    /// Whether both are of one person.
    of_one: bool,
    /// How many stay of which no other merge is the reason.
    pub(super) stayed: usize,
    /// Replies among them that have not left: with the mail that they answer gone, they would leave as answers to another.
    pub(super) waiting: Vec<MessageId>,
}

/// With whom the conversation is that goes back.
#[derive(Clone, Copy)]
pub(super) struct Customer<'a> {
    pub(super) id: ContactId,
    /// Who is one person with them or with the other one's customer.
    pub(super) kin: &'a [Kin],
    /// Whether the other one's customer is.
    pub(super) of_one: bool,
}

impl Customer<'_> {
    /// Whether a message has left, as an answer to what was asked last on its channel, and not to somebody else.
    fn got(&self, message: &Message) -> bool {
        has_left(message) && (self.of_one || message.to_contact_id.is_some_and(|to| is_one(self.kin, to, self.id)))
    }
}

impl Parted {
    /// What is left in the target once all that moved is back.
    pub(super) async fn of(tx: &mut Tx, merge: &Merge, customer: Customer<'_>) -> store::Result<Self> {
        let said = messages::list_behind(tx, merge.target_id, merge.moved.0.newest).await?;
        let happened = events::list_in(tx, merge.target_id).await?;
        let inside = merges::list_inside(tx, merge.source_id).await?;
        let others = merges::list_into(tx, merge.target_id).await?;
        let brought: HashSet<MessageId> =
            others.iter().flat_map(|other| other.moved.0.messages.iter().copied()).collect();
        let came: Vec<&Message> = said.iter().filter(|message| !brought.contains(&message.id)).collect();
        let ties = links(&happened);
        let theirs = going(&came, &ties, (merge, inside.as_slice()), customer);
        let is_tied = |link: &Link| link.answers.is_some() || link.named.is_some();
        let answering = ties.iter().filter(|(_, link)| is_tied(link)).map(|(id, _)| *id).collect();
        let stayed = came.len() - theirs.len();
        let waiting = came.iter().filter(|message| message.is_on_its_way()).map(|message| message.id).collect();
        let is_of_those = |event: &&Event| id_in::<MessageId>(event, "message").is_some_and(|id| theirs.contains(&id));
        let events = happened.iter().filter(is_of_those).map(|event| event.seq).collect();
        let (goes, stays) = said.into_iter().partition(|message| theirs.contains(&message.id));
        Ok(Self { goes, stays, answering, events, of_one: customer.of_one, stayed, waiting })
    }

    /// The rows that go back beside those that moved.
    pub(super) fn moved(&self) -> Moved {
        Moved {
            messages: self.goes.iter().map(|message| message.id).collect(),
            events: self.events.clone(),
            ..Moved::default()
        }
    }

    /// What both conversations make of it.
    pub(super) fn since<'a>(&'a self, times: &'a AnswerTimes, channels: &'a [Channel], kin: &'a [Kin]) -> Since<'a> {
        let (goes, stays, answering) = (&self.goes, &self.stays, &self.answering);
        Since { goes, stays, answering, of_one: self.of_one, times, channels, kin }
    }

    /// How many go back.
    pub(super) fn went(&self) -> usize {
        self.goes.len()
    }
}

/// What ties a message to the conversation that it came to.
#[derive(Clone, Copy, Default)]
struct Link {
    answers: Option<MessageId>,
    named: Option<ConversationId>,
}

/// What ties messages that came in, as it was noted when they were placed.
fn links(happened: &[Event]) -> HashMap<MessageId, Link> {
    let placed = |event: &&Event| matches!(event.kind, EventKind::MessageReceived | EventKind::MessageQueued);
    let link = |event: &Event| {
        let link = Link { answers: id_in(event, "answers"), named: id_in(event, "named") };
        Some((id_in::<MessageId>(event, "message")?, link))
    };
    happened.iter().filter(placed).filter_map(link).collect()
}

/// Those of the messages that belong to what went, which are given in the order in which they came. What we wrote here goes only
/// where its customer got it.
fn going(
    came: &[&Message],
    links: &HashMap<MessageId, Link>,
    (merge, inside): (&Merge, &[ConversationId]),
    customer: Customer<'_>,
) -> HashSet<MessageId> {
    let moved: HashSet<MessageId> = merge.moved.0.messages.iter().copied().collect();
    let is_it = |id: ConversationId| id == merge.source_id || inside.contains(&id);
    let mut going: HashSet<MessageId> = HashSet::new();
    let mut asked: HashMap<ChannelId, MessageId> = HashMap::new();
    for message in came {
        let link = links.get(&message.id).copied().unwrap_or_default();
        let belongs = link.answers.is_some_and(|id| moved.contains(&id) || going.contains(&id))
            || link.named.is_some_and(is_it)
            || (customer.got(message) && asked.get(&message.channel_id).is_some_and(|id| going.contains(id)));
        if belongs {
            going.insert(message.id);
        }
        if message.direction == Direction::Inbound && message.automatic == Automatic::No {
            asked.insert(message.channel_id, message.id);
        }
    }
    going
}

/// Whether it was written here and is with a customer.
pub(super) fn has_left(message: &Message) -> bool {
    message.send_at.is_some() && matches!(message.delivery, Some(Delivery::Sent | Delivery::Delivered | Delivery::Read))
}

fn id_in<T: DeserializeOwned>(event: &Event, name: &str) -> Option<T> {
    serde_json::from_value(event.data.0.get(name)?.clone()).ok()
}
