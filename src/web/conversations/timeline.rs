//! Messages, notes and events in one line of time, parted by days.

use askama::Template;

use super::event::EventLine;
use super::history::first_seq;
use super::message::{MessageView, NoteView, doubtful};
use super::signs::Offered;
use crate::model::attachment::Attachment;
use crate::model::contact::ContactIdentity;
use crate::model::event::{Event, EventKind};
use crate::model::message::{Automatic, Delivery, Direction, Message, MessageAuthor};
use crate::model::note::Note;
use crate::model::order::order_numbers;
use crate::model::reading_order::moments;
use crate::model::{ActionId, MergeId, MessageId, Ts};
use crate::web::format::count;
use crate::web::page::Page;
use crate::web::parts::fragments;

fragments!(Timeline, Entry);

/// How many messages back it is looked which orders were spoken of, and how many characters of each.
const LOOKED_BACK: usize = 50;
const READ: usize = 4_000;

/// What the timeline is made from: messages in the order in which they are read, all else in any.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineFacts<'a> {
    /// The conversation.
    pub number: i64,
    /// The signs that messages take now, on the channel on which it is answered.
    pub signs: &'a [Offered],
    /// Whether a part of it can become a conversation of its own.
    pub may_split: bool,
    /// How the brand writes order numbers, where what names another order is to be pointed out.
    pub order_pattern: Option<&'a str>,
    /// Messages.
    pub messages: &'a [Message],
    /// Files of all of them.
    pub files: &'a [Attachment],
    /// The customer's names.
    pub identities: &'a [ContactIdentity],
    /// Notes.
    pub notes: &'a [Note],
    /// Events.
    pub events: &'a [Event],
    /// The merges into this conversation that stand.
    pub merges: &'a [MergeId],
    /// The actions that can be taken back in the shop.
    pub ways_back: &'a [ActionId],
    /// What was merged behind all this.
    pub merges_since: &'a [Event],
    /// How many messages are before these.
    pub earlier: i64,
    /// Whether more was said behind them.
    pub is_past: bool,
    /// Where the timeline leads.
    pub ways: Ways,
}

/// Where a timeline leads: to what was said before it, and to what was said last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ways {
    /// Before it: it is put on top of a page, or brings one up to date, which so knows how far back it goes.
    #[default]
    Before,
    /// Both: it is the page.
    Both,
}

/// One thing on the timeline.
#[derive(Debug, Template)]
#[template(
    source = r#"{% match self %}{% when Self::Day { key, words } %}<p class="faint day" id="day-{{ key }}">{{ words }}</p>{% when Self::Message(message) %}{{ message }}{% when Self::Note(note) %}{{ note }}{% when Self::Event(event) %}{{ event }}{% endmatch %}"#,
    ext = "html"
)]
enum Entry {
    Day { key: String, words: String },
    Message(Box<MessageView>),
    Note(NoteView),
    Event(EventLine),
}

/// The timeline without the draft. Also the fragment `GET /conversations/{number}/timeline`: live pages put in what they do
/// not have yet, replace what changed and take away what left, each by its id. With `?before=` the messages before that
/// number: they take the place of the link that leads there.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/timeline.html")]
pub struct Timeline {
    earlier: Option<Earlier>,
    entries: Vec<Entry>,
    newest: Option<String>,
}

/// The way to what was said before.
#[derive(Debug)]
struct Earlier {
    /// The page of it.
    href: String,
    /// Only what comes on top.
    load: String,
    words: String,
}

impl Earlier {
    fn new(page: &Page, facts: TimelineFacts<'_>) -> Option<Self> {
        let before = first_seq(facts.messages).filter(|_| facts.earlier > 0)?;
        let query = page.inbox.clone().unwrap_or_default();
        let number = facts.number;
        Some(Self {
            href: format!("{}&before={before}", query.conversation_href(number)),
            load: format!("/conversations/{number}/timeline?{}&before={before}", query.encoded()),
            words: format!("Earlier messages ({})", count(facts.earlier)),
        })
    }
}

impl Timeline {
    /// Everything in order of time, and messages among themselves in the order in which they are read.
    pub fn new(page: &Page, facts: TimelineFacts<'_>) -> Self {
        let mut timed: Vec<(Ts, Entry)> = Vec::new();
        let strays = facts.order_pattern.map(|pattern| other_orders(facts.messages, pattern)).unwrap_or_default();
        let doubtful = doubtful(facts.messages, facts.identities);
        for (message, at) in facts.messages.iter().zip(moments(facts.messages)) {
            let is_first = facts.earlier == 0 && facts.messages.first().is_some_and(|first| first.id == message.id);
            let signs =
                facts.signs.iter().find(|(id, _)| *id == message.id).map(|(_, signs)| *signs).unwrap_or_default();
            let view = MessageView::new(page, message, facts.files).with_doubt(message, &doubtful).with_signs(
                page,
                facts.number,
                message,
                signs,
            );
            let view = if facts.may_split && !is_first && can_begin(message) {
                let stray = strays.iter().find(|(id, _)| *id == message.id).map(|(_, order)| order.clone());
                view.with_split(page, facts.number, message, stray)
            } else {
                view
            };
            timed.push((at, Entry::Message(Box::new(view))));
        }
        timed.extend(facts.notes.iter().map(|note| (note.created_at, Entry::Note(NoteView::new(page, note)))));
        for event in facts.events {
            let Some(line) = EventLine::new(page.reader, event) else { continue };
            let line = if has_way_back(event, facts) { line.with_way_back(page, event, facts.number) } else { line };
            timed.push((event.at, Entry::Event(line)));
        }
        timed.sort_by_key(|(at, _)| *at);
        let query = page.inbox.clone().unwrap_or_default();
        let leads_on = facts.is_past && facts.ways == Ways::Both;
        Self {
            earlier: Earlier::new(page, facts),
            entries: with_days(page, timed),
            newest: leads_on.then(|| query.conversation_href(facts.number)),
        }
    }
}

/// Whether a conversation can begin with it: a person wrote it, and it was sent.
fn can_begin(message: &Message) -> bool {
    let arrived = message.delivery.is_none_or(|it| matches!(it, Delivery::Sent | Delivery::Delivered | Delivery::Read));
    arrived && message.author != MessageAuthor::System && message.automatic == Automatic::No
}

/// Messages that name an order of which nothing was said before them, where something was said of another: with its
/// number. What was answered is settled.
fn other_orders(messages: &[Message], pattern: &str) -> Vec<(MessageId, String)> {
    let answers =
        |message: &Message| message.direction == Direction::Outbound && message.author != MessageAuthor::System;
    let turn = messages.iter().rposition(answers).map_or(0, |last| last + 1);
    let (before, now) = messages.split_at(turn);
    let named = now.iter().map(|message| (message.id, numbers_in(&message.body, pattern)));
    let named: Vec<(MessageId, Vec<String>)> = named.filter(|(_, numbers)| !numbers.is_empty()).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let said = |message: &Message| numbers_in(&format!("{} {}", message.subject, message.body), pattern);
    let mut known: Vec<String> = before.iter().rev().take(LOOKED_BACK).flat_map(said).collect();
    let mut others = Vec::new();
    for (id, numbers) in named {
        let is_new = !known.is_empty() && !numbers.iter().any(|number| known.contains(number));
        others.extend(numbers.first().filter(|_| is_new).map(|number| (id, number.clone())));
        known.extend(numbers);
    }
    others
}

/// The order numbers at the beginning of a text: what is far below was seldom written for us.
pub(super) fn numbers_in(text: &str, pattern: &str) -> Vec<String> {
    let end = text.char_indices().nth(READ).map_or(text.len(), |(end, _)| end);
    order_numbers(text.get(..end).unwrap_or_default(), pattern)
}

/// Whether it can be taken back from here: a merge that stands and went into this very conversation, and not into one that
/// came with another merge; a split whose part did not come back; an action that nobody took back yet.
fn has_way_back(event: &Event, facts: TimelineFacts<'_>) -> bool {
    let fact = |event: &Event, name: &str| event.data.0.get(name).cloned();
    match event.kind {
        EventKind::Merged => {
            let id = fact(event, "merge");
            facts.merges.iter().any(|merge| id == Some(merge.to_string().into()))
        }
        EventKind::ActionPerformed => {
            let id = fact(event, "id");
            facts.ways_back.iter().any(|action| id == Some(action.to_string().into()))
        }
        EventKind::Split => {
            let later = facts.events.iter().chain(facts.merges_since).filter(|later| later.seq > event.seq);
            !later
                .filter(|later| later.kind == EventKind::Merged)
                .any(|later| fact(event, "number") == fact(later, "number"))
        }
        _ => false,
    }
}

fn with_days(page: &Page, timed: Vec<(Ts, Entry)>) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(timed.len() + 4);
    let mut last = String::new();
    for (at, entry) in timed {
        let key = page.reader.day_key(at);
        if key != last {
            entries.push(Entry::Day { words: page.reader.day(at), key: key.clone() });
            last = key;
        }
        entries.push(entry);
    }
    entries
}
