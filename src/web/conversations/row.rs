//! A conversation in the list: who, what they want, how it stands.

use std::time::Duration;

use askama::Template;

use super::composer::window_clock;
use crate::model::channel::ChannelKind;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::window::Opening;
use crate::web::filters;
use crate::web::format::{Reader, amounts};
use crate::web::page::{InboxQuery, Page};
use crate::web::parts::{Badge, Clock, When, fragments};
use crate::web::words::{channel_icon, channel_kind, channel_word, intent_word};

fragments!(Row, Rows);

/// One row. Also the fragment `GET /inbox/row/{number}`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/row.html")]
pub struct Row {
    number: i64,
    href: String,
    /// What the tick of the row sends: its number and the revision that is shown.
    pick: Option<String>,
    current: bool,
    unread: bool,
    icon: &'static str,
    channel: &'static str,
    who: String,
    clock: Option<Clock>,
    /// The time that is left to answer, where it is short or only a person may.
    window: Option<Clock>,
    /// Whether that is over, and the customer waits.
    is_closed: bool,
    when: When,
    /// What it began with, where its messages have no subjects and more was said since.
    title: Option<String>,
    gist: String,
    order_number: Option<String>,
    intent: String,
    badge: Option<Badge>,
}

impl Row {
    /// A row of the reader's list. `current` is the number of the conversation that is open.
    pub fn new(page: &Page, conversation: &Conversation, current: Option<i64>) -> Self {
        let kind = channel_kind(&conversation.channel_kind);
        let query = page.inbox.clone().unwrap_or_default();
        Self {
            number: conversation.number,
            href: query.conversation_href(conversation.number),
            pick: page.inbox.as_ref().map(|_| format!("{}-{}", conversation.number, conversation.revision)),
            current: current == Some(conversation.number),
            unread: conversation.unread,
            icon: channel_icon(kind),
            channel: channel_word(kind),
            who: conversation.contact_name.clone(),
            clock: conversation.running_clock().map(|(since, due)| Clock::new(page.reader, since, due)),
            window: window_of(page.reader, conversation),
            is_closed: conversation.status == ConversationStatus::Open
                && matches!(conversation.window.opening(page.reader.now), Opening::Closed(_)),
            when: When::age(page.reader, conversation.last_message_at),
            title: Some(&conversation.subject)
                .filter(|title| kind != ChannelKind::Email && !title.is_empty() && !conversation.gist.is_empty())
                .filter(|title| **title != conversation.gist)
                .cloned(),
            gist: first_filled(&conversation.gist, &conversation.subject).to_owned(),
            order_number: conversation.order_number.clone(),
            intent: conversation.intent.as_deref().map(intent_word).unwrap_or_default(),
            badge: state_badge(page.reader, conversation),
        }
    }
}

/// So long before the end of its time to answer a conversation says so in the list.
const ENDS_SOON: Duration = Duration::from_hours(6);

/// The time that is left to answer whoever waits, where a list has to say it.
fn window_of(reader: Reader, conversation: &Conversation) -> Option<Clock> {
    let waits = conversation.status == ConversationStatus::Open;
    let opened = conversation.last_written().filter(|_| waits)?;
    let opening = conversation.window.opening(reader.now);
    if let Opening::Anybody(closes) = opening
        && closes.since(reader.now) > ENDS_SOON
    {
        return None;
    }
    window_clock(reader, channel_kind(&conversation.channel_kind), opened, opening).map(Clock::in_list)
}

/// The first of two texts that says something.
pub fn first_filled<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.trim().is_empty() { second } else { first }
}

/// What happens next, in two words: what the draft would do, that the agent writes, or who has the next move.
fn state_badge(reader: Reader, conversation: &Conversation) -> Option<Badge> {
    if let Some(proposal) = &conversation.proposal {
        return Some(Badge::new(&conversation.proposal_tone, amounts(proposal)));
    }
    match (conversation.agent_state, conversation.status) {
        _ if conversation.merged_into.is_some() => Some(Badge::new("", "Merged").with_icon("link")),
        (_, ConversationStatus::Resolved) => Some(Badge::new("", "Resolved").with_icon("tick")),
        (AgentState::Writing, _) => Some(Badge::new("", "Writing…").with_icon("agent")),
        (AgentState::HandedOff, ConversationStatus::Open) => Some(Badge::new("warn", "Needs a person")),
        (_, ConversationStatus::Snoozed) => {
            let until = conversation.snoozed_until.map(|until| reader.ahead(until)).unwrap_or_default();
            Some(Badge::new("", until).with_icon("moon"))
        }
        (_, ConversationStatus::Waiting) => Some(Badge::new("", "Waiting")),
        (_, ConversationStatus::Open) => None,
    }
}

/// The rows of a page of the list. Also the fragment `GET /inbox/rows`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/rows.html")]
pub struct Rows {
    shown: Vec<Row>,
    next: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Its conversations.
    pub rows: Vec<Conversation>,
    /// The cursor behind the last one, when there are more.
    pub next: Option<String>,
}

impl Rows {
    /// The rows; `current` is the number of the one that is open.
    pub fn new(page: &Page, listed: &Listed, current: Option<i64>) -> Self {
        let query = page.inbox.clone().unwrap_or_default();
        let shown = listed.rows.iter().map(|conversation| Row::new(page, conversation, current)).collect();
        Self { shown, next: listed.next.as_deref().map(|cursor| next_href(&query, cursor)) }
    }

    /// A list that is all there is.
    pub fn whole(page: &Page, conversations: &[Conversation]) -> Self {
        Self {
            shown: conversations.iter().map(|conversation| Row::new(page, conversation, None)).collect(),
            next: None,
        }
    }

    /// Without ticks: where nothing is done to several rows at once.
    #[must_use]
    pub fn without_ticks(mut self) -> Self {
        for row in &mut self.shown {
            row.pick = None;
        }
        self
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

fn next_href(query: &InboxQuery, cursor: &str) -> String {
    let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    format!("{}&cursor={cursor}", query.list_href())
}
