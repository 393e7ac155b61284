//! Messages, notes and events in one line of time, parted by days.

use askama::Template;

use super::event::EventLine;
use super::message::{MessageView, NoteView};
use crate::model::Ts;
use crate::model::attachment::Attachment;
use crate::model::event::Event;
use crate::model::message::Message;
use crate::model::note::Note;
use crate::web::page::Page;
use crate::web::parts::fragments;

fragments!(Timeline, Entry);

/// What the timeline is made from, in any order.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineFacts<'a> {
    /// Messages.
    pub messages: &'a [Message],
    /// Files of all of them.
    pub files: &'a [Attachment],
    /// Notes.
    pub notes: &'a [Note],
    /// Events.
    pub events: &'a [Event],
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

/// The timeline without the draft. Also the fragment `GET /conversations/{number}/timeline`: live pages append what
/// they do not have yet before `#draft` and replace what changed, each by its id.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(source = "{% for entry in entries %}{{ entry }}\n{% endfor %}", ext = "html")]
pub struct Timeline {
    entries: Vec<Entry>,
}

impl Timeline {
    /// Everything in order of time.
    pub fn new(page: &Page, facts: TimelineFacts<'_>) -> Self {
        let mut timed: Vec<(Ts, Entry)> = Vec::new();
        for message in facts.messages {
            let view = MessageView::new(page, message, facts.files);
            timed.push((message.created_at, Entry::Message(Box::new(view))));
        }
        timed.extend(facts.notes.iter().map(|note| (note.created_at, Entry::Note(NoteView::new(page, note)))));
        let lines = facts.events.iter().filter_map(|event| Some((event.at, EventLine::new(page.reader, event)?)));
        timed.extend(lines.map(|(at, line)| (at, Entry::Event(line))));
        timed.sort_by_key(|(at, _)| *at);
        Self { entries: with_days(page, timed) }
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
