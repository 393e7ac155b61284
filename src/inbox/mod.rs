//! The life of a conversation: what comes in, what is decided, what goes out.
//!
//! One way out for machine and person alike: [`outgoing::put_on_its_way`].

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::commerce::registry::ShopRegistry;
use crate::documents::Documents;
use crate::model::channel::ChannelKind;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::line::straight;
use crate::model::{BrandId, ConversationId};
use crate::store::files::{FileError, Files};
use crate::store::intake::{self, NewEvent};
use crate::store::wake::Wake;
use crate::store::{self, Db, Tx};

pub mod account;
pub mod admission;
pub mod approve;
pub mod attach;
mod attempts;
pub mod audience;
pub mod away;
pub mod brakes;
pub mod bulk;
pub mod care;
pub mod chat;
pub mod checking;
pub mod closed;
mod command;
pub mod compensate;
pub mod connecting;
pub mod connections;
pub mod contained;
pub mod deliver;
pub mod erasure;
pub mod fates;
pub mod fetched;
pub mod former_secret;
mod hand_over;
pub mod identity_checks;
mod known;
pub mod limits;
pub mod lines;
pub mod linking;
pub mod macros;
pub mod markets;
pub mod matters;
pub mod merge;
pub mod missed;
pub mod named;
pub mod notify;
mod outdated;
pub mod outgoing;
pub mod overdue;
pub mod parcels;
mod parted;
mod pauses;
pub mod people;
pub mod perform;
mod pieces;
pub mod place;
pub mod receive;
mod recheck;
pub mod recipient;
pub mod record;
mod refusals;
pub mod resolutions;
mod restraint;
pub mod routes;
pub mod sending;
pub mod settle;
pub mod signs;
pub mod snooze;
pub mod split;
pub mod taken_back;
pub mod templates;
pub mod threads;
mod told;
pub mod turned_away;
pub mod usual_wait;
pub mod voice_score;
pub mod windows;

use connections::Connections;

/// What the life of a conversation needs. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    /// The store.
    pub db: Db,
    /// The bytes of attachments.
    pub files: Files,
    /// The adapters.
    pub connections: Connections,
    /// The shops.
    pub shops: ShopRegistry,
    /// What counts for each brand.
    pub documents: Documents,
    /// The time.
    pub clock: Clock,
    /// Hints for workers and live pages.
    pub wake: Wake,
    /// How long a reply can be taken back.
    pub undo: Duration,
    /// How long a reply in a chat may stay unseen before it goes by mail.
    pub mail_unseen_after: Duration,
}

/// Something that cannot be done, in words for the person who asked.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// There is no such thing.
    #[error("this no longer exists")]
    NotFound,
    /// Somebody or something was faster.
    #[error("{0}")]
    Conflict(String),
    /// Somebody else answered while a person wrote: they are asked first.
    #[error("Somebody else sent a reply before yours. Yours was not sent, and is kept.")]
    Overtaken,
    /// Messages left the conversation while a person wrote: they are asked first.
    #[error("This conversation was parted since you opened it. Yours was not sent, and is kept.")]
    Parted,
    /// The customer wrote what a person has not seen who would end the case: they are asked first.
    #[error("The customer wrote meanwhile, so nothing was done. Read it, then do it again if it still fits.")]
    WrittenMeanwhile,
    /// It is for somebody with another role.
    #[error("{0}")]
    Forbidden(String),
    /// It is not acceptable as given.
    #[error("{0}")]
    Invalid(String),
    /// The file store does not answer: the same may work later.
    #[error(transparent)]
    Files(#[from] FileError),
    /// The database failed.
    #[error(transparent)]
    Store(store::Error),
}

impl From<store::Error> for InboxError {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            other => Self::Store(other),
        }
    }
}

impl Inbox {
    /// An event about a conversation.
    fn event(&self, conversation: &Conversation, kind: EventKind, actor: &str, data: Value) -> NewEvent {
        event_about(&self.clock, conversation, kind, actor, data)
    }

    /// Notes an event without further facts.
    async fn note(&self, tx: &mut Tx, conversation: &Conversation, kind: EventKind, actor: &str) -> store::Result<()> {
        intake::insert_events(tx, &[self.event(conversation, kind, actor, json!({}))]).await
    }
}

/// Whether a kind of channel is one that its customer has open before them.
fn is_chat_kind(kind: &str) -> bool {
    kind == ChannelKind::LiveChat.as_str()
}

/// A text from outside as it can be stored: PostgreSQL has no NUL in text.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// The same for a line that stands among ours, such as a name or a subject.
fn clean_line(text: &str) -> String {
    straight(&clean(text))
}

/// Facts and more of them.
fn with(mut facts: Value, more: Value) -> Value {
    if let (Some(all), Value::Object(more)) = (facts.as_object_mut(), more) {
        all.extend(more);
    }
    facts
}

/// An event about a conversation, now.
fn event_about(clock: &Clock, conversation: &Conversation, kind: EventKind, actor: &str, data: Value) -> NewEvent {
    event_of(clock, (conversation.brand_id, conversation.id), kind, actor, data)
}

/// An event about a conversation of which only the ids are known, now.
fn event_of(
    clock: &Clock,
    (brand, conversation): (BrandId, ConversationId),
    kind: EventKind,
    actor: &str,
    data: Value,
) -> NewEvent {
    NewEvent {
        id: clock.new_id(),
        brand_id: brand,
        conversation_id: Some(conversation),
        kind,
        actor: actor.to_owned(),
        data,
        at: clock.now(),
    }
}
