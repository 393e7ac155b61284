//! Everything that a run looks at, as plain data. Only the shops are asked beside it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::codes::Codes;
use super::understand::intent::Intent;
use super::understand::phrases::plain_words;
use super::understand::rank::rank;
use crate::model::brand::Brand;
use crate::model::channel::Capabilities;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::Conversation;
use crate::model::message::{Automatic, Delivery, Direction, Message, MessageAuthor};
use crate::model::order::KnownOrder;
use crate::model::{ContactId, MessageId, OrderSourceId, Ts};
use crate::policy::Policy;
use crate::voice::templates::Templates;
use crate::voice::{Voice, format};

/// Money already given back beside this order, in minor units of the policy's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// To this customer in 30 days.
    pub customer: i64,
    /// To everybody today.
    pub today: i64,
    /// By the agent alone today.
    pub alone: i64,
}

/// One of our messages that asked the customer for what was missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The message.
    pub message: MessageId,
    /// The template of the question.
    pub template: String,
    /// The answers that it gave to choose from.
    pub choices: Vec<String>,
}

/// Name, language and version of a reply template that a brand changed.
pub type TemplateVersion = (String, String, i64);

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
    /// The brand's own among them: name, language and version of each.
    pub template_versions: Vec<TemplateVersion>,
    /// The conversation.
    pub conversation: Conversation,
    /// The customer.
    pub contact: Contact,
    /// Their names on channels.
    pub identities: Vec<ContactIdentity>,
    /// The messages, newest last.
    pub messages: Vec<Message>,
    /// Those of our last messages that asked the customer for what was missing, newest first.
    pub asked_back: Vec<Question>,
    /// Codes that were to show whose an order is.
    pub codes: Codes,
    /// Photos among the files of the messages to answer.
    pub photos: usize,
    /// Names of the files of the messages to answer.
    pub files: Vec<String>,
    /// What the channel can do.
    pub capabilities: Capabilities,
    /// Orders that teammates took off the conversation: it is about none of them.
    pub refused: Vec<(OrderSourceId, String)>,
    /// Orders that the marketplace names in the conversation, by their numbers, where it is read itself.
    pub vouched: Vec<(OrderSourceId, String)>,
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
    let is_theirs = message.author != MessageAuthor::System && !message.aside;
    message.direction == Direction::Outbound && is_theirs && !stays_here
}

fn is_written(message: &Message) -> bool {
    message.direction == Direction::Inbound && message.automatic == Automatic::No && !message.aside
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

/// Whoever answers a question of ours in their own words needs no more than this.
const LONGEST_ANSWER: usize = 8;
/// So surely a text of few words is read as what needs no question.
const SURE: f32 = 0.5;
/// So many questions of ours in a row belong to one request.
const MOST_QUESTIONS: usize = 3;
/// How the subject of an answer begins, in small letters.
const ANSWERING: [&str; 7] = ["re", "aw", "antw", "antwort", "sv", "rv", "rif"];
/// Below a message so many lines are looked at for its writer's own words.
const MOST_BELOW: usize = 12;

/// Our last messages, which may be questions, newest first.
pub fn last_answers(messages: &[Message]) -> impl Iterator<Item = &Message> {
    messages.iter().rev().filter(|message| answers(message)).take(MOST_QUESTIONS)
}

/// Whether what customers wrote there is as short as an answer to a question, and says nothing that needs no question.
fn is_short(bodies: &[&str]) -> bool {
    let text = bodies.join("\n");
    let first = rank(&text).first().filter(|first| first.confidence >= SURE).map(|first| first.intent);
    !bodies.is_empty()
        && text.split_whitespace().count() <= LONGEST_ANSWER
        && !matches!(first, Some(Intent::Thanks | Intent::Complaint | Intent::TalkToPerson | Intent::Spam))
}

/// What of a message was cut off as signature, quoted lines and what stands under them apart.
fn below(message: &Message) -> String {
    let last = message.body.lines().map(str::trim).rfind(|line| !line.is_empty());
    let Some((_, rest)) = last.and_then(|last| message.full_text.split_once(last)) else { return String::new() };
    let is_history = |line: &&str| {
        let line = line.trim();
        // “On 23 Nov 2026 at 10:00 the shop wrote:”
        let introduces = line.ends_with(':') && line.contains(|c: char| c.is_ascii_digit());
        line.starts_with('>') || introduces || line.starts_with("-----") || line.starts_with("_____")
    };
    rest.lines().take(MOST_BELOW).take_while(|line| !is_history(line)).collect::<Vec<_>>().join("\n")
}

fn bodies_of(messages: &[&Message]) -> String {
    let bodies = messages.iter().map(|message| message.body.as_str()).filter(|body| !body.is_empty());
    bodies.collect::<Vec<_>>().join("\n")
}

impl Question {
    /// Whether a text is one of the answers that it gave to choose from, and nothing else.
    fn offers(&self, text: &str) -> bool {
        self.choices.iter().any(|choice| choice.trim() == text.trim())
    }

    /// Whether it is answered among these messages, with one of the answers that it gave or in few words.
    fn is_answered(&self, messages: &[Message]) -> bool {
        let written = messages.iter().filter(|message| is_written(message));
        let bodies: Vec<&str> = written.map(|message| message.body.as_str()).collect();
        bodies.iter().any(|body| self.offers(body)) || is_short(&bodies)
    }
}

impl Snapshot {
    /// Whether a writer is the customer, under whichever of their names.
    pub fn is_customer(&self, writer: ContactId) -> bool {
        writer == self.conversation.contact_id || self.identities.iter().any(|name| name.contact_id == writer)
    }

    /// Whether a teammate took this order off the conversation.
    pub fn is_refused(&self, known: &KnownOrder) -> bool {
        self.refused.iter().any(|(source, id)| *source == known.source_id && *id == known.order.id)
    }

    /// Whether the marketplace names this order in the conversation, and it was read there.
    pub fn is_vouched(&self, known: &KnownOrder) -> bool {
        let is_it = |number: &str| number.eq_ignore_ascii_case(&known.order.number);
        self.vouched.iter().any(|(source, number)| *source == known.source_id && is_it(number))
    }

    /// Messages that customers wrote and that nobody answered yet, oldest first.
    pub fn unanswered(&self) -> Vec<&Message> {
        let mut waiting: Vec<&Message> = waiting(&self.messages).take(MOST_UNANSWERED).collect();
        waiting.reverse();
        waiting
    }

    /// What tells who writes: all that waits for an answer, or where nothing does, what the customer wrote last. Empty where
    /// nobody has written.
    pub fn heard(&self) -> Vec<&Message> {
        let waiting = self.unanswered();
        if waiting.is_empty() { self.last_inbound().into_iter().collect() } else { waiting }
    }

    /// What is to be answered, oldest first: what waits, and before it the request whose missing piece it brings.
    pub fn spoken(&self) -> Vec<&Message> {
        let mut spoken = self.unanswered();
        let Some(newest) = spoken.last().copied() else { return spoken };
        let same_writer = |message: &&Message| message.contact_id == newest.contact_id && message.trust == newest.trust;
        let mut before = self.messages.as_slice();
        while let Some(place) = before.iter().rposition(answers)
            && let Some(question) = before.get(place).and_then(|asked| self.question_in(asked))
            && self.answers_it(question, before.get(place..).unwrap_or_default())
        {
            before = before.get(..place).unwrap_or_default();
            let request: Vec<&Message> = waiting(before).filter(same_writer).take(MOST_UNANSWERED).collect();
            spoken.splice(0..0, request.into_iter().rev());
        }
        // A code says nothing of what is wanted.
        if spoken.iter().any(|message| !self.is_code(message)) {
            spoken.retain(|message| !self.is_code(message));
        }
        spoken
    }

    fn answers_it(&self, question: &Question, messages: &[Message]) -> bool {
        question.is_answered(messages) || messages.iter().any(|message| self.codes.brings(message.id))
    }

    /// Whether a message brings a code and hardly anything else.
    fn is_code(&self, message: &Message) -> bool {
        self.codes.brings(message.id) && message.body.split_whitespace().count() <= LONGEST_ANSWER
    }

    /// The template with which our last message asked for something, if it did.
    pub fn open_question(&self) -> Option<&str> {
        let last = self.messages.iter().rfind(|message| answers(message))?;
        self.question_in(last).map(|question| question.template.as_str())
    }

    fn question_in(&self, message: &Message) -> Option<&Question> {
        self.asked_back.iter().find(|question| question.message == message.id)
    }

    /// Whether a message only takes one of the answers that we gave to choose from, or brings the code that we asked for.
    pub fn is_choice(&self, message: &Message) -> bool {
        self.is_code(message) || self.asked_back.iter().any(|question| question.offers(&message.body))
    }

    /// Words of the writer's names and of ours, folded.
    pub fn names(&self) -> Vec<String> {
        let spoken = self.spoken();
        let shown = spoken.iter().map(|message| message.sender_name.as_str());
        let mailboxes = spoken.iter().filter_map(|message| message.sender_address.split('@').next());
        let ours = [self.contact.name.as_str(), &self.brand.name, &self.signs];
        shown.chain(mailboxes).chain(ours).flat_map(plain_words).collect()
    }

    /// What stands under the words of what waits and is no quoted history: a signature, or what was written below it.
    pub fn below(&self) -> String {
        self.unanswered().iter().map(|message| below(message)).collect::<Vec<_>>().join("\n")
    }

    /// The newest message that a customer wrote.
    pub fn last_inbound(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|message| is_written(message))
    }

    /// What stands around the words to answer: the mails below them, and the names of their files.
    pub fn around(&self) -> String {
        let below = self.spoken().into_iter().map(|message| message.full_text.as_str());
        below.chain(self.files.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
    }

    /// When the customer wrote last, as far as anybody knows.
    pub fn last_written(&self) -> Option<Ts> {
        self.messages.iter().filter(|message| is_written(message)).map(Message::written).max()
    }

    /// What kind of machine sent the newest mail since our last answer, if any mail came since.
    pub fn last_automatic(&self) -> Option<Automatic> {
        arrived(&self.messages).next().map(|message| message.automatic)
    }

    /// What is to be answered, as one text. The subject counts while the conversation is young.
    pub fn text(&self) -> String {
        self.with_subject(&self.bodies())
    }

    /// What is to be answered, without the subject.
    pub fn bodies(&self) -> String {
        bodies_of(&self.spoken())
    }

    /// What says what is wanted, as one text: all of it but the messages that only take one of our answers, which say
    /// which, and ask for nothing of their own.
    pub fn request(&self) -> String {
        self.with_subject(&self.wanted())
    }

    /// The same without the subject.
    pub fn wanted(&self) -> String {
        let spoken = self.spoken();
        let asks = |message: &&Message| !message.body.trim().is_empty() && !self.is_choice(message);
        let asking: Vec<&Message> = spoken.iter().copied().filter(asks).collect();
        bodies_of(if asking.is_empty() { &spoken } else { &asking })
    }

    fn with_subject(&self, bodies: &str) -> String {
        [self.subject(), bodies].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// The subject of what is to be answered, if its writer chose it; `""` where they answered somebody else's mail.
    pub fn subject(&self) -> &str {
        let subject = self.first_subject();
        let answers =
            subject.split_once(':').is_some_and(|(start, _)| ANSWERING.contains(&start.trim().to_lowercase().as_str()));
        if answers { "" } else { subject }
    }

    /// The subject of the conversation's first message, if that is to be answered and its writer chose it, not the platform.
    pub fn first_subject(&self) -> &str {
        if self.capabilities.own_titles {
            return "";
        }
        let first = self.messages.iter().find(|message| is_written(message));
        let spoken = self.spoken();
        let is_spoken = |first: &&Message| spoken.iter().any(|message| message.id == first.id);
        first.filter(is_spoken).map_or("", |first| &first.subject)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_the_customer_by_is_no_question_and_no_answer() {
        let message =
            |direction, aside| Message { direction, aside, ..Snapshot::alone("Where is it?").messages.remove(0) };
        let told = message(Direction::Outbound, true);
        assert!(!answers(&told) && answers(&message(Direction::Outbound, false)));
        let asked = [message(Direction::Inbound, false), message(Direction::Inbound, true), told];
        assert_eq!(waiting(&asked).map(|message| message.aside).collect::<Vec<_>>(), [false]);
    }
}
