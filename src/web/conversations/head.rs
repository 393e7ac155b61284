//! The head of a conversation: what it is about, and what can be done with it as a whole.

use askama::Template;

use super::composer::window_clock;
use super::row::first_filled;
use crate::inbox::bulk::SPAM;
use crate::model::audience::Parties;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, Shown};
use crate::model::teammate::{Role, Teammate};
use crate::model::window::{Opening, Window};
use crate::model::{ChannelId, TeammateId, Ts};
use crate::web::filters;
use crate::web::format::Reader;
use crate::web::page::Page;
use crate::web::parts::{Badge, Clock, Face, fragments};
use crate::web::words::{channel_kind, on_channel, status_word};

fragments!(Head);

/// The choices of `until` in the snooze form, with their words.
pub(in crate::web) const SNOOZES: [(&str, &str); 5] = [
    ("1h", "For an hour"),
    ("3h", "For three hours"),
    ("tomorrow", "Until tomorrow 08:00"),
    ("monday", "Until Monday 08:00"),
    ("1w", "For a week"),
];

/// The further choices where a parcel of the conversation is followed.
const PARCEL_SNOOZES: [(&str, &str); 2] =
    [("parcel_scanned", "Until the parcel is scanned"), ("parcel_delivered", "Until the parcel is delivered")];

/// What the head is made from.
#[derive(Clone, Copy, Debug)]
pub struct HeadFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Who takes part in it, where each message names its readers.
    pub parties: Option<&'a Parties>,
    /// When the customer wrote last of what can be answered on its channel.
    pub opened: Option<Ts>,
    /// Until when they can be answered.
    pub window: Window,
    /// Who can be given work.
    pub teammates: &'a [Teammate],
    /// Its tags.
    pub tags: &'a [String],
    /// Who else is there, in words.
    pub presence: &'a str,
    /// Whether the reader follows it.
    pub followed: bool,
    /// Whether a parcel of it is followed on its way.
    pub parcel_is_followed: bool,
    /// What is shown below it.
    pub shown: Shown,
}

/// The head. Also the fragment `GET /conversations/{number}/head`, with which live pages bring theirs up to date.
#[derive(Debug, Template)]
#[template(path = "conversations/head.html")]
pub struct Head {
    number: i64,
    csrf: String,
    list_href: String,
    /// The list in which it is shown.
    list: String,
    here: String,
    title: String,
    who: String,
    /// The channel on which it is answered: by that an open page knows whether its composer is for another one.
    channel: ChannelId,
    /// Whether its composer shows who reads a reply.
    readers: String,
    on_channel: &'static str,
    /// Where there are several.
    brand: Option<String>,
    clock: Option<Clock>,
    /// The time that is left to answer, where the channel sets one.
    window: Option<Clock>,
    /// That it is over.
    closed: Option<Badge>,
    status: Option<Badge>,
    stands: ConversationStatus,
    taken_over: bool,
    /// Nobody writes and nothing waits: the agent can be asked to.
    agent_is_idle: bool,
    assignee: Option<(Face, String)>,
    /// The reader.
    me: TeammateId,
    people: Vec<Choice>,
    tags: Vec<String>,
    presence: String,
    /// Where following is changed, and the words for it.
    follow: (&'static str, &'static str),
    may_audit: bool,
    /// Until when it may sleep.
    snoozes: Vec<(&'static str, &'static str)>,
    /// What ends the case ends it as far as this.
    shown: Shown,
}

#[derive(Debug)]
struct Choice {
    id: TeammateId,
    name: String,
    chosen: bool,
}

/// How it stands, and until when it sleeps.
fn standing(reader: Reader, conversation: &Conversation) -> String {
    let word = status_word(conversation.status);
    match conversation.snoozed_until {
        Some(until) if conversation.status == ConversationStatus::Snoozed => {
            format!("{word} until {}", reader.ahead(until))
        }
        _ => word.to_owned(),
    }
}

/// A person to whom work can be given, and whether they are there.
pub(in crate::web) fn with_absence(person: &Teammate) -> String {
    if person.away_since.is_some() { format!("{} (away)", person.name) } else { person.name.clone() }
}

impl Head {
    /// The head of a conversation for the reader.
    pub fn new(page: &Page, facts: HeadFacts<'_>) -> Self {
        let conversation = facts.conversation;
        let query = page.inbox.clone().unwrap_or_default();
        let opening = facts.window.opening(page.reader.now);
        let people: Vec<Choice> = facts
            .teammates
            .iter()
            .filter(|person| person.disabled_at.is_none() || conversation.assignee_id == Some(person.id))
            .map(|person| Choice {
                id: person.id,
                name: with_absence(person),
                chosen: conversation.assignee_id == Some(person.id),
            })
            .collect();
        Self {
            number: conversation.number,
            csrf: page.csrf.clone(),
            list_href: query.list_href(),
            list: query.encoded(),
            here: query.conversation_href(conversation.number),
            title: first_filled(&conversation.subject, &conversation.gist).to_owned(),
            who: conversation.contact_name.clone(),
            channel: conversation.channel_id,
            readers: facts.parties.map(Parties::shown).unwrap_or_default(),
            on_channel: on_channel(channel_kind(&conversation.channel_kind)),
            brand: page.brand_name(conversation.brand_id).map(str::to_owned),
            clock: conversation.running_clock().map(|(since, due)| Clock::new(page.reader, since, due).left()),
            window: facts
                .opened
                .filter(|_| conversation.status != ConversationStatus::Resolved)
                .and_then(|at| window_clock(page.reader, channel_kind(&conversation.channel_kind), at, opening)),
            closed: (matches!(opening, Opening::Closed(_)) && conversation.status != ConversationStatus::Resolved)
                .then(|| Badge::new("warn", "reply window closed")),
            status: (conversation.status != ConversationStatus::Open)
                .then(|| Badge::new("", standing(page.reader, conversation))),
            stands: conversation.status,
            taken_over: conversation.taken_over,
            agent_is_idle: conversation.agent_state == AgentState::Idle
                && conversation.status != ConversationStatus::Resolved,
            assignee: people
                .iter()
                .find(|person| person.chosen)
                .map(|person| (Face::small(&person.name), person.name.clone())),
            me: page.me,
            people,
            tags: facts.tags.to_vec(),
            presence: facts.presence.to_owned(),
            follow: if facts.followed {
                ("followers/deletion", "Follow no longer")
            } else {
                ("followers", "Follow this conversation")
            },
            may_audit: page.role == Role::Admin,
            snoozes: SNOOZES
                .into_iter()
                .chain(PARCEL_SNOOZES.into_iter().filter(|_| facts.parcel_is_followed))
                .collect(),
            shown: facts.shown,
        }
    }

    fn is_snoozed(&self) -> bool {
        self.stands == ConversationStatus::Snoozed
    }

    fn is_resolved(&self) -> bool {
        self.stands == ConversationStatus::Resolved
    }

    fn is_mine(&self) -> bool {
        self.people.iter().any(|person| person.chosen && person.id == self.me)
    }

    fn is_spam(&self) -> bool {
        self.is_resolved() && self.tags.iter().any(|tag| tag == SPAM)
    }
}
