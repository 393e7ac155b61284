//! Everything that a run looks at, as plain data. Only the shops are asked beside it.

use std::sync::Arc;

use time::{Date, OffsetDateTime};

use crate::model::Ts;
use crate::model::brand::Brand;
use crate::model::channel::Capabilities;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::Conversation;
use crate::model::message::{Automatic, Delivery, Direction, Message, MessageAuthor};
use crate::policy::Policy;
use crate::voice::templates::Templates;
use crate::voice::{Voice, format};

/// Money already given back beside this order, in minor units of the policy's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// To this customer in 30 days.
    pub customer: i64,
    /// To everybody today.
    pub today: i64,
}

/// What a run looks at.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The brand.
    pub brand: Brand,
    /// The policy in force.
    pub policy: Arc<Policy>,
    /// Its version.
    pub policy_version: i64,
    /// The voice in force.
    pub voice: Arc<Voice>,
    /// Its version.
    pub voice_version: i64,
    /// Reply templates, compiled.
    pub templates: Arc<Templates>,
    /// The conversation.
    pub conversation: Conversation,
    /// The customer.
    pub contact: Contact,
    /// Their names on channels.
    pub identities: Vec<ContactIdentity>,
    /// The messages, newest last.
    pub messages: Vec<Message>,
    /// Photos among the files of the messages to answer.
    pub photos: usize,
    /// What the channel can do.
    pub capabilities: Capabilities,
    /// What a teammate asked for, `""` if nothing.
    pub instruction: String,
    /// Money already given back.
    pub spent: Spent,
    /// Now.
    pub now: Ts,
    /// Whose name stands below the reply.
    pub signs: String,
}

/// Whether a message of ours is an answer: written for this customer, and not taken back, held or refused.
pub fn answers(message: &Message) -> bool {
    let stays_here = matches!(message.delivery, Some(Delivery::Cancelled | Delivery::Held | Delivery::Failed));
    message.direction == Direction::Outbound && message.author != MessageAuthor::System && !stays_here
}

fn is_written(message: &Message) -> bool {
    message.direction == Direction::Inbound && message.automatic == Automatic::No
}

/// What arrived since our last answer, machines' mails included, newest first.
fn arrived(messages: &[Message]) -> impl Iterator<Item = &Message> {
    let since = messages.iter().rev().take_while(|message| !answers(message));
    since.filter(|message| message.direction == Direction::Inbound)
}

/// Messages that a person wrote and that nobody answered yet, newest first. What a machine sent says nothing of what
/// is wanted.
pub fn waiting(messages: &[Message]) -> impl Iterator<Item = &Message> {
    arrived(messages).filter(|message| is_written(message))
}

/// A flood of messages must not cost time; nobody writes more than this before an answer.
const MOST_UNANSWERED: usize = 20;

impl Snapshot {
    /// Messages that customers wrote and that nobody answered yet, oldest first.
    pub fn unanswered(&self) -> Vec<&Message> {
        let mut waiting: Vec<&Message> = waiting(&self.messages).take(MOST_UNANSWERED).collect();
        waiting.reverse();
        waiting
    }

    /// The newest message that a customer wrote.
    pub fn last_inbound(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|message| is_written(message))
    }

    /// What kind of machine sent the newest mail since our last answer, if any mail came since.
    pub fn last_automatic(&self) -> Option<Automatic> {
        arrived(&self.messages).next().map(|message| message.automatic)
    }

    /// What is to be answered, as one text. The subject counts while the conversation is young.
    pub fn text(&self) -> String {
        let waiting = self.unanswered();
        let first = self.messages.iter().find(|message| is_written(message));
        let is_first = first.is_some_and(|first| waiting.iter().any(|message| message.id == first.id));
        let bodies = waiting.iter().map(|message| message.body.as_str());
        let subject = first.filter(|_| is_first).map(|message| message.subject.as_str());
        subject.into_iter().chain(bodies).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Now as a calendar moment.
    pub fn moment(&self) -> OffsetDateTime {
        self.now.datetime()
    }

    /// Today, in UTC.
    pub fn today(&self) -> Date {
        format::day(self.moment())
    }

    /// `Policy v14, rule 3`.
    pub fn clause(&self, rule: &str) -> String {
        match crate::policy::rule_number(rule) {
            0 => String::new(),
            number => format!("Policy v{}, rule {number}", self.policy_version),
        }
    }
}
