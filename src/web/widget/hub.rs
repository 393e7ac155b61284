//! The open chats of this process: what happens is read once and handed to those whom it concerns.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::mpsc;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::frames::{Below, ServerFrame, ShownMessage, begins_anew, changes_state, shows, sight_of};
use super::replay::{Seat, below_of, state_of, told};
use crate::app::Desk;
use crate::channels::live_chat::visitor::Visitor;
use crate::channels::live_chat::visitor_of;
use crate::config::ChatConfig;
use crate::events::Whisper;
use crate::events::progress::Change;
use crate::inbox::brakes::level_in_chats;
use crate::inbox::connections::{Connection, ConnectionError};
use crate::model::agent_run::Stage;
use crate::model::attachment::Attachment;
use crate::model::brand::AgentLevel;
use crate::model::event::{Event, EventKind};
use crate::model::message::{Message, MessageAuthor};
use crate::model::{ChannelId, ConversationId, MessageId};
use crate::store::chats::{self, Origin};
use crate::store::{self, attachments, conversations};
use crate::web::limits::{AtOnce, Limits, Place, Rate};

/// How many frames may wait for a slow line; then it is cut, and the widget comes back for what it missed.
const WAITING: usize = 64;

/// The code with which the oldest line of too many ends: it is not to come back before somebody looks at it.
pub(super) const REPLACED: u16 = 4009;
/// How many files come from one address at once.
const FILES_FROM: u32 = 4;

/// What a line is to do.
#[derive(Clone, Debug)]
pub enum Pass {
    /// Hand on a frame that the event `seq` brought; 0 for what is never stored.
    Frame {
        /// The event.
        seq: i64,
        /// The frame.
        text: Arc<str>,
    },
    /// The conversation of the visitor is this one.
    Bound(ConversationId),
    /// End: the visitor has opened too many others since.
    Replaced,
}

/// An open line.
#[derive(Debug)]
pub struct Member {
    /// Which chat.
    pub channel: ChannelId,
    /// Whose.
    pub visitor: Uuid,
    /// Whether the shop vouches for the visitor.
    pub vouched: bool,
    sender: mpsc::Sender<Pass>,
}

/// Where a line waits for news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Room {
    /// A conversation.
    Conversation(ConversationId),
    /// A visitor who has not written yet.
    Visitor(ChannelId, Uuid),
}

/// The open chats of this process, and how often visitors do things. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    inner: Arc<Inner>,
}

/// The open lines by where they wait. Who has not written has a map of their own: each mail asks whether there is anybody.
#[derive(Debug, Default)]
struct Rooms {
    conversations: HashMap<ConversationId, Vec<Member>>,
    visitors: HashMap<(ChannelId, Uuid), Vec<Member>>,
}

impl Rooms {
    /// The lines of a room, which is there from then on. Nearly always there is one.
    fn of(&mut self, room: Room) -> &mut Vec<Member> {
        let one = || Vec::with_capacity(1);
        match room {
            Room::Conversation(id) => self.conversations.entry(id).or_insert_with(one),
            Room::Visitor(channel, visitor) => self.visitors.entry((channel, visitor)).or_insert_with(one),
        }
    }

    /// Forgets lines of a room that are closed, and the room with the last one.
    fn leave(&mut self, room: Room) {
        let members = self.of(room);
        members.retain(|member| !member.sender.is_closed());
        if members.is_empty() {
            match room {
                Room::Conversation(id) => drop(self.conversations.remove(&id)),
                Room::Visitor(channel, visitor) => drop(self.visitors.remove(&(channel, visitor))),
            }
        }
    }
}

#[derive(Debug)]
struct Inner {
    rooms: Mutex<Rooms>,
    messages: Limits<Uuid>,
    frames: Limits<Uuid>,
    sessions: Limits<IpAddr>,
    asked: Limits<IpAddr>,
    joins: Limits<IpAddr>,
    /// Of a visitor, at most.
    lines: usize,
    files: AtOnce<Uuid>,
    files_from: AtOnce<IpAddr>,
}

/// A file that is coming; its place is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Coming {
    _own: Place<Uuid>,
    _from: Place<IpAddr>,
}

impl Hub {
    /// Nobody is there yet.
    pub fn new(config: &ChatConfig) -> Self {
        let every = |interval, burst| Rate { interval, burst };
        let a_minute = |times: u32| every(Duration::from_mins(1) / times.max(1), times);
        Self {
            inner: Arc::new(Inner {
                rooms: Mutex::default(),
                messages: Limits::new(every(Duration::from_secs(1), 10)),
                frames: Limits::new(every(Duration::from_millis(50), 60)),
                sessions: Limits::new(a_minute(config.sessions_per_minute)),
                asked: Limits::new(a_minute(config.joins_per_minute.max(config.sessions_per_minute))),
                joins: Limits::new(a_minute(config.joins_per_minute)),
                lines: config.lines_per_visitor,
                files: AtOnce::new(1),
                files_from: AtOnce::new(FILES_FROM),
            }),
        }
    }

    /// Opens a line into a room. Where a visitor has too many, their oldest ends.
    pub fn enter(&self, room: Room, channel: ChannelId, visitor: &Visitor) -> mpsc::Receiver<Pass> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let mut rooms = self.rooms();
        let members = rooms.of(room);
        members.retain(|member| !member.sender.is_closed());
        let own = |member: &Member| member.visitor == visitor.id && member.channel == channel;
        let mut surplus = (members.iter().filter(|member| own(member)).count() + 1).saturating_sub(self.inner.lines);
        members.retain_mut(|member| {
            let ends = surplus > 0 && own(member);
            if ends {
                surplus -= 1;
                // A line that is full is cut all the same.
                let _ = member.sender.try_send(Pass::Replaced);
            }
            !ends
        });
        members.push(Member { channel, visitor: visitor.id, vouched: visitor.is_vouched(), sender });
        receiver
    }

    /// Forgets lines of a room that are closed.
    pub fn leave(&self, room: Room) {
        self.rooms().leave(room);
    }

    /// Whether a visitor may send another message now.
    pub fn may_write(&self, desk: &Desk, visitor: Uuid) -> bool {
        self.inner.messages.take(visitor, desk.clock.now())
    }

    /// Whether a visitor may send another frame now.
    pub fn may_send(&self, desk: &Desk, visitor: Uuid) -> bool {
        self.inner.frames.take(visitor, desk.clock.now())
    }

    /// Whether another session may be asked for from an address now, whoever it is for: as often as lines may join, or
    /// more visitors begin.
    pub fn may_ask(&self, desk: &Desk, address: IpAddr) -> bool {
        self.inner.asked.take(address, desk.clock.now())
    }

    /// Whether another new visitor may begin from an address now.
    pub fn may_begin(&self, desk: &Desk, address: IpAddr) -> bool {
        self.inner.sessions.take(address, desk.clock.now())
    }

    /// Whether another line from an address may join now.
    pub fn may_join(&self, desk: &Desk, address: IpAddr) -> bool {
        self.inner.joins.take(address, desk.clock.now())
    }

    /// A visitor's file may come now: one at a time, and few from one address. Or why not.
    pub(super) fn let_come(&self, visitor: Uuid, from: IpAddr) -> Result<Coming, &'static str> {
        let own = self.inner.files.take(visitor);
        let own = own.ok_or("The file before is still on its way. Send the next one when it is there.")?;
        let place = self.inner.files_from.take(from);
        let place = place.ok_or("Too many files come from here at once. Wait a moment.")?;
        Ok(Coming { _own: own, _from: place })
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.inner.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on what happens until the desk stops.
    pub async fn run(self, desk: Desk) {
        let mut happened = desk.events.subscribe();
        let mut whispers = desk.events.whispers();
        let mut runs = desk.events.progress.changes();
        loop {
            tokio::select! {
                () = desk.stopped() => return,
                events = happened.recv() => match events {
                    Ok(events) => self.hand_on(&desk, &events).await,
                    // What was passed over is not known: everybody comes back for what they missed.
                    Err(RecvError::Lagged(_)) => *self.rooms() = Rooms::default(),
                    Err(RecvError::Closed) => return,
                },
                whisper = whispers.recv() => {
                    if let Ok(Whisper { conversation, teammate: Some(name), .. }) = whisper {
                        let frame = ServerFrame::Typing { who: "person", name: &name }.text();
                        self.send(conversation, |_| Some(Pass::Frame { seq: 0, text: frame.as_str().into() }));
                    }
                }
                change = runs.recv() => {
                    if let Ok(Change { conversation, stage }) = change {
                        self.tell_doing(&desk, conversation, stage).await;
                    }
                }
            }
        }
    }

    async fn hand_on(&self, desk: &Desk, events: &[Event]) {
        if !events.iter().any(|event| self.is_open(event) || self.may_be_first(event)) {
            return;
        }
        if let Err(error) = self.try_hand_on(desk, events).await {
            tracing::warn!(%error, "open chats are cut, to come back for what they missed");
            let mut rooms = self.rooms();
            for id in events.iter().filter_map(|event| event.conversation_id) {
                rooms.conversations.remove(&id);
            }
            // One of them may have been the first word of anybody who waits to be bound to a conversation.
            if events.iter().any(|event| event.kind == EventKind::MessageReceived) {
                rooms.visitors.clear();
            }
        }
    }

    /// Whether somebody waits for what happens in its conversation.
    fn is_open(&self, event: &Event) -> bool {
        event.conversation_id.is_some_and(|id| self.rooms().conversations.contains_key(&id))
    }

    /// Whether an event may tell of the first word of anybody who had not written.
    fn may_be_first(&self, event: &Event) -> bool {
        event.kind == EventKind::MessageReceived && !self.rooms().visitors.is_empty()
    }

    /// The conversations in which the first word of somebody who waits came in: what else happened in them is for them too. Of
    /// what others wrote elsewhere nothing more is read than whose it is.
    async fn begun(&self, desk: &Desk, events: &[Event]) -> store::Result<HashSet<ConversationId>> {
        let came = events.iter().filter(|event| !self.is_open(event) && self.may_be_first(event));
        let came: Vec<MessageId> = came.filter_map(shows).collect();
        let origins = chats::list_origins(&desk.db, &came).await?;
        let rooms = self.rooms();
        let is_first = |origin: &Origin| {
            visitor_of(&origin.external_id)
                .is_some_and(|(visitor, _)| rooms.visitors.contains_key(&(origin.channel_id, visitor)))
        };
        let first: HashSet<MessageId> = origins.iter().filter(|one| is_first(one)).map(|one| one.id).collect();
        let brought = events.iter().filter(|event| shows(event).is_some_and(|id| first.contains(&id)));
        Ok(brought.filter_map(|event| event.conversation_id).collect())
    }

    async fn try_hand_on(&self, desk: &Desk, events: &[Event]) -> store::Result<()> {
        let begun = self.begun(desk, events).await?;
        let is_begun = |event: &Event| event.conversation_id.is_some_and(|id| begun.contains(&id));
        let events: Vec<&Event> = events.iter().filter(|event| is_begun(event) || self.is_open(event)).collect();
        if events.is_empty() {
            return Ok(());
        }
        // Lines whose customer would still see what is gone, or not yet what came, come back for how it is now.
        for id in events.iter().filter(|event| begins_anew(event)).filter_map(|event| event.conversation_id) {
            self.rooms().conversations.remove(&id);
        }
        let ids: Vec<MessageId> = events.iter().filter_map(|event| shows(event)).collect();
        let messages = chats::list_messages(&desk.db, &ids).await?;
        let files = if messages.is_empty() { Vec::new() } else { attachments::list(&desk.db, &ids).await? };
        let mut changed = HashSet::new();
        for event in events {
            let Some(id) = event.conversation_id else { continue };
            let message = shows(event).and_then(|shown| messages.iter().find(|message| message.id == shown));
            match message {
                Some(message) => {
                    if event.kind == EventKind::MessageReceived {
                        self.bind(message, id, fact(event, "new"));
                    }
                    self.show(desk, event, message, &files).await?;
                    self.tell_agent_reads(desk, event).await;
                    // Who answers may have the chat from now on.
                    if message.author == MessageAuthor::Teammate {
                        changed.insert(id);
                    }
                }
                None if event.kind == EventKind::Seen => {
                    let text: Arc<str> = ServerFrame::Seen { seq: event.seq }.text().into();
                    self.send(id, |_| Some(Pass::Frame { seq: event.seq, text: text.clone() }));
                }
                None if changes_state(event) => drop(changed.insert(id)),
                None => {}
            }
        }
        for id in changed {
            self.tell_state(desk, id).await?;
        }
        Ok(())
    }

    /// Says how things stand now: read once for all lines of a visitor.
    async fn tell_state(&self, desk: &Desk, id: ConversationId) -> store::Result<()> {
        let visitors: HashSet<(ChannelId, Uuid)> = match self.rooms().conversations.get(&id) {
            Some(members) => members.iter().map(|member| (member.channel, member.visitor)).collect(),
            None => return Ok(()),
        };
        for (channel, visitor) in visitors {
            let Some(connection) = usable(desk, channel).await? else { continue };
            let brand = &connection.brand;
            let (brand, agent_level) = (brand.id, brand.agent_level);
            // Whoever has written is known by what is kept of them.
            let seat = Seat { channel, brand, visitor, has_email: false, agent_level, conversation: Some(id) };
            let text: Arc<str> = ServerFrame::State { state: &state_of(desk, &seat).await? }.text().into();
            self.send(id, |member| (member.visitor == visitor).then(|| Pass::Frame { seq: 0, text: text.clone() }));
        }
        Ok(())
    }

    /// The first message of a visitor: their lines wait in its conversation from now on. Where that is an older one, of a
    /// customer who had another id before, they are cut, to come back for what was said in it.
    fn bind(&self, message: &Message, id: ConversationId, is_new: bool) {
        let Some((visitor, _)) = visitor_of(&message.external_id) else { return };
        let mut rooms = self.rooms();
        let Some(mut members) = rooms.visitors.remove(&(message.channel_id, visitor)) else { return };
        if !is_new {
            return;
        }
        for member in &mut members {
            // A line that is full is cut by the next frame.
            let _ = member.sender.try_send(Pass::Bound(id));
        }
        rooms.conversations.entry(id).or_default().extend(members);
    }

    async fn show(&self, desk: &Desk, event: &Event, message: &Message, files: &[Attachment]) -> store::Result<()> {
        let Some(id) = event.conversation_id else { return Ok(()) };
        let Some(channel) = self.channel_of(id) else { return Ok(()) };
        let Some(chat) = usable(desk, channel).await?.and_then(|connection| connection.chat.clone()) else {
            return Ok(());
        };
        let settings = chat.settings();
        let now = desk.clock.now();
        let below = below_of(desk, std::iter::once(message)).await?.remove(&message.id).unwrap_or_default();
        let text = |below: Below| {
            let shown = ShownMessage::new(event.seq, message, files, settings, now);
            ServerFrame::Message { message: Box::new(shown.with(below)) }.text()
        };
        let plain: Arc<str> = text(Below { card: None, ..below.clone() }).into();
        let full: Arc<str> = if below.card.is_some() { text(below).into() } else { plain.clone() };
        let is_elsewhere = self.is_elsewhere(id, message.channel_id);
        let customer = if is_elsewhere { chats::list_customer(&desk.db, id).await? } else { Vec::new() };
        self.send(id, |member| {
            let text = if member.vouched { &full } else { &plain };
            let may_see = sight_of(message, member.channel, &customer).is_for(member.vouched);
            may_see.then(|| Pass::Frame { seq: event.seq, text: text.clone() })
        });
        Ok(())
    }

    /// What the customer just wrote is read in a moment.
    async fn tell_agent_reads(&self, desk: &Desk, event: &Event) {
        if let Some(id) = event.conversation_id.filter(|_| fact(event, "agent")) {
            let stage = desk.events.progress.of(id).unwrap_or(Stage::Reading);
            self.tell_doing(desk, id, Some(stage)).await;
        }
    }

    /// Where the agent answers alone, the customer sees what it is at: as the conversation stands now, for a person may
    /// have it since.
    async fn tell_doing(&self, desk: &Desk, id: ConversationId, stage: Option<Stage>) {
        let Some(channel) = self.channel_of(id) else { return };
        let Ok(connection) = desk.connections.get(channel).await else { return };
        let brand = &connection.brand;
        let Ok(level) = level_in_chats(&desk.db, brand.id, brand.agent_level).await else { return };
        if level != AgentLevel::Auto {
            return;
        }
        // Where the row cannot be read, the next state says it.
        let Ok(Some(row)) = conversations::find(&desk.db, id).await else { return };
        let what = told(stage, &row, level);
        let text: Arc<str> = ServerFrame::Doing { what }.text().into();
        self.send(id, |member| (member.channel == row.channel_id).then(|| Pass::Frame { seq: 0, text: text.clone() }));
    }

    fn channel_of(&self, id: ConversationId) -> Option<ChannelId> {
        self.rooms().conversations.get(&id).and_then(|members| Some(members.first()?.channel))
    }

    /// Whether anybody has a conversation open in another chat than on this channel.
    fn is_elsewhere(&self, id: ConversationId, channel: ChannelId) -> bool {
        let rooms = self.rooms();
        let members = rooms.conversations.get(&id);
        members.is_some_and(|members| members.iter().any(|member| member.channel != channel))
    }

    /// Gives each line of a conversation what is for it; a line that does not keep up is cut.
    fn send(&self, id: ConversationId, pass: impl Fn(&Member) -> Option<Pass>) {
        let mut rooms = self.rooms();
        let Some(members) = rooms.conversations.get_mut(&id) else { return };
        members.retain_mut(|member| pass(member).is_none_or(|pass| member.sender.try_send(pass).is_ok()));
        if members.is_empty() {
            rooms.conversations.remove(&id);
        }
    }
}

/// The connection of a chat; nothing of one that cannot be used now, which says so itself. Where the database cannot say,
/// nobody knows what is to be shown.
pub(super) async fn usable(desk: &Desk, channel: ChannelId) -> store::Result<Option<Arc<Connection>>> {
    match desk.connections.get(channel).await {
        Ok(connection) => Ok(Some(connection)),
        Err(ConnectionError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

fn fact(event: &Event, name: &str) -> bool {
    event.data.0.get(name).and_then(serde_json::Value::as_bool) == Some(true)
}
