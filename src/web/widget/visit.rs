//! A visitor at the desk: what they may do, the same over every kind of line.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Bytes};
use futures_channel::mpsc;
use uuid::Uuid;

use super::frames::{ClientFrame, ServerFrame, State};
use super::hub::{Hub, Pass, Room, usable};
use super::open_chat;
use super::replay::{self, Seat, state_of};
use super::session::{SIGN_IN, claims_of};
use crate::app::Desk;
use crate::channels::live_chat::frame::{File, Said};
use crate::channels::live_chat::visitor::Visitor;
use crate::channels::live_chat::{LiveChat, key_of, thread_of};
use crate::events::Whisper;
use crate::inbox::InboxError;
use crate::inbox::chat::{ask_for_person, leave_address};
use crate::model::{ChannelId, ConversationId};
use crate::store::chats::{self, VisitorClaims};
use crate::store::{self, conversations};
use crate::web::error::{Error, Result};

/// How long a request for a person waits for the conversation that it is about.
const BEGINS: Duration = Duration::from_secs(5);

/// A visitor with a valid session.
pub struct Visit {
    pub(super) desk: web::Data<Desk>,
    pub(super) hub: web::Data<Hub>,
    pub(super) channel: ChannelId,
    pub(super) chat: Arc<LiveChat>,
    pub(super) visitor: Visitor,
    /// Once they have written.
    pub(super) conversation: Option<ConversationId>,
    /// The number that teammates see, once it was looked up.
    number: Option<i64>,
    /// Whether it is known that what the session says of them is kept.
    has_claims: bool,
}

impl Visit {
    /// Lets in whoever has a session of this chat.
    pub(super) async fn begin(
        desk: &web::Data<Desk>,
        hub: &web::Data<Hub>,
        channel: ChannelId,
        token: &str,
    ) -> Result<Self> {
        let (_, chat) = open_chat(desk, channel).await?;
        let visitor = Visitor::of_token(chat.settings(), token, desk.clock.now().datetime())
            .map_err(|error| Error::Forbidden(error.to_string()))?;
        // The chat may have been closed to strangers since the session began.
        if !visitor.may_write(chat.settings()) {
            return Err(Error::Forbidden(SIGN_IN.to_owned()));
        }
        let conversation = chats::find_conversation(&desk.db, channel, &thread_of(visitor.id)).await?;
        Ok(Self {
            desk: desk.clone(),
            hub: hub.clone(),
            channel,
            chat,
            visitor,
            conversation,
            number: None,
            has_claims: false,
        })
    }

    /// Opens a line, and gives what is to be said on it first. The line is open before the past is read, so that
    /// nothing falls between.
    pub(super) async fn join(&mut self, last_seq: i64) -> store::Result<(mpsc::Receiver<Pass>, Vec<String>, i64)> {
        let mut line = self.enter();
        if self.conversation.is_none() {
            self.conversation =
                chats::find_conversation(&self.desk.db, self.channel, &thread_of(self.visitor.id)).await?;
            if self.conversation.is_some() {
                line = self.enter();
                self.hub.leave(Room::Visitor(self.channel, self.visitor.id));
            }
        }
        let (mut frames, seq) = match self.conversation {
            Some(id) => replay::since(self, id, last_seq).await?,
            None => (vec![ServerFrame::Resync { seq: 0, messages: Vec::new() }.text()], 0),
        };
        let state = self.state().await?;
        frames.push(ServerFrame::Joined { seq, state: &state }.text());
        Ok((line, frames, seq))
    }

    fn enter(&self) -> mpsc::Receiver<Pass> {
        self.hub.enter(self.room(), self.channel, &self.visitor)
    }

    /// How things stand now: a line stands for hours, and how far the agent may go changes meanwhile.
    async fn state(&self) -> store::Result<State> {
        let Self { channel, conversation, .. } = *self;
        let connection = usable(&self.desk, channel).await?.ok_or(store::Error::NotFound)?;
        let (brand, agent_level) = (connection.brand.id, connection.brand.agent_level);
        let (visitor, has_email) = (self.visitor.id, !self.visitor.email.is_empty());
        state_of(&self.desk, &Seat { channel, brand, visitor, has_email, agent_level, conversation }).await
    }

    /// Where this visitor's lines wait for news.
    pub(super) fn room(&self) -> Room {
        self.conversation.map_or(Room::Visitor(self.channel, self.visitor.id), Room::Conversation)
    }

    /// Does what a frame asks. Everything that must not be lost is durable when this returns.
    pub(super) async fn take(&mut self, frame: ClientFrame) -> Result<Vec<String>, NotTaken> {
        match frame {
            ClientFrame::Join { .. } => Ok(Vec::new()),
            ClientFrame::Ping => Ok(vec![ServerFrame::Pong.text()]),
            ClientFrame::Typing => {
                self.typing().await;
                Ok(Vec::new())
            }
            ClientFrame::State => Ok(match self.state().await {
                Ok(state) => vec![ServerFrame::State { state: &state }.text()],
                Err(_) => Vec::new(),
            }),
            ClientFrame::Read { id, ids } => {
                let kept = self.record(Said::Read { ids }).await;
                // A page that is older than the word about it waits for none.
                id.map_or_else(|| Ok(Vec::new()), |id| answer(id, kept))
            }
            ClientFrame::Message { id, text } => {
                let said = Said::Message { id, text, files: Vec::new() };
                answer(id, self.write(said).await)
            }
            ClientFrame::Person { id, text } => answer(id, self.want_person(id, text).await),
            ClientFrame::Email { id, address } => answer(id, self.leave(address).await),
        }
    }

    /// Whether another message may be written now; it counts as written.
    pub(super) fn may_write(&self) -> bool {
        self.hub.may_write(&self.desk, self.visitor.id)
    }

    /// A file is a message of its own. The caller has asked whether it may be written, before it took the file.
    pub(super) async fn write_file(
        &mut self,
        id: Uuid,
        name: String,
        content_type: &str,
        content: Bytes,
    ) -> Result<(), Refused> {
        let file = File { name, content_type: content_type.to_owned(), content };
        self.record(Said::Message { id, text: String::new(), files: vec![file] }).await
    }

    async fn write(&mut self, said: Said) -> Result<(), Refused> {
        if !self.may_write() {
            return Err(Refused::TooFast);
        }
        self.record(said).await
    }

    async fn record(&mut self, said: Said) -> Result<(), Refused> {
        let writes = matches!(said, Said::Message { .. });
        let item = LiveChat::item(&self.visitor, said).map_err(|_| Refused::Invalid)?;
        if writes {
            self.keep_claims().await.map_err(|_| Refused::Busy)?;
        }
        self.desk.intake.record(self.channel, vec![item], None).await.map_err(|_| Refused::Busy)
    }

    /// What the session says of the visitor is kept from their first message on, unless they have said something since.
    async fn keep_claims(&mut self) -> store::Result<()> {
        if self.has_claims || self.visitor.email.is_empty() {
            return Ok(());
        }
        let (db, visitor) = (&self.desk.db, self.visitor.id);
        if chats::find_claims(db, visitor).await?.is_none() {
            let mut tx = db.begin().await?;
            let now = self.desk.clock.now();
            chats::save_claims(&mut tx, visitor, self.channel, &claims_of(&self.visitor), now).await?;
            tx.commit().await?;
        }
        self.has_claims = true;
        Ok(())
    }

    async fn want_person(&mut self, id: Uuid, text: String) -> Result<(), Refused> {
        self.write(Said::Message { id, text, files: Vec::new() }).await?;
        let conversation = self.begun().await.ok_or(Refused::Busy)?;
        // An answer that got lost: the widget asks the same once more, perhaps days later.
        let word = key_of(self.visitor.id, id);
        let is_served = chats::is_served(&self.desk.db, conversation, self.channel, &word).await;
        if is_served.map_err(|_| Refused::Busy)? {
            return Ok(());
        }
        ask_for_person(&self.desk.inbox(), conversation).await.map_err(|_| Refused::Busy)
    }

    /// The conversation, which a first message begins a moment after it is stored. It is looked up each time: that of a
    /// customer who was erased is nobody's any more, and what they write begins another one.
    async fn begun(&mut self) -> Option<ConversationId> {
        let thread = thread_of(self.visitor.id);
        let look = async {
            loop {
                let hint = self.desk.wake.next_event();
                if let Ok(Some(id)) = chats::find_conversation(&self.desk.db, self.channel, &thread).await {
                    return id;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), hint).await;
            }
        };
        let begun = tokio::time::timeout(BEGINS, look).await.ok()?;
        // Where the line waits is left as it is.
        self.conversation = self.conversation.or(Some(begun));
        Some(begun)
    }

    async fn leave(&mut self, address: String) -> Result<(), Refused> {
        if !self.may_write() {
            return Err(Refused::TooFast);
        }
        let email = address.trim().to_lowercase();
        let claims = VisitorClaims { name: self.visitor.name.clone(), email };
        // An answer that got lost: the widget leaves the same once more.
        let known = chats::find_claims(&self.desk.db, self.visitor.id).await.map_err(|_| Refused::Busy)?;
        if known.as_ref() == Some(&claims) {
            return Ok(());
        }
        let left = leave_address(&self.desk.inbox(), self.channel, self.visitor.id, &claims).await;
        left.map_err(|error| if matches!(error, InboxError::Invalid(_)) { Refused::Invalid } else { Refused::Busy })
    }

    async fn typing(&mut self) {
        let Some(conversation) = self.conversation else { return };
        if self.number.is_none() {
            let row = conversations::find(&self.desk.db, conversation).await;
            self.number = row.ok().flatten().map(|row| row.number);
        }
        if let Some(number) = self.number {
            self.desk.events.whisper(Whisper { conversation, number, teammate: None });
        }
    }
}

/// What was opened for it and is closed by now is forgotten.
impl Drop for Visit {
    fn drop(&mut self) {
        self.hub.leave(self.room());
    }
}

/// Why something was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too many at once.
    TooFast,
    /// It has a form that nothing can be done with: trying again does not help.
    Invalid,
    /// Not now.
    Busy,
}

impl Refused {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::TooFast => "too_fast",
            Self::Invalid => "invalid",
            Self::Busy => "busy",
        }
    }
}

/// Something with the widget's own id that was not taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotTaken {
    id: Uuid,
    pub(super) why: Refused,
}

impl NotTaken {
    /// As it goes over the line.
    pub(super) fn text(self) -> String {
        ServerFrame::Refused { id: Some(self.id), why: self.why.as_str() }.text()
    }
}

fn answer(id: Uuid, done: Result<(), Refused>) -> Result<Vec<String>, NotTaken> {
    match done {
        Ok(()) => Ok(vec![ServerFrame::Ack { id }.text()]),
        Err(why) => Err(NotTaken { id, why }),
    }
}
