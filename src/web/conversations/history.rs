//! The part of a conversation that a page shows: its newest messages, or those before one of them, with what was noted and
//! what happened meanwhile.

use tokio::try_join;

use crate::model::attachment::Attachment;
use crate::model::event::{Event, EventKind};
use crate::model::message::Message;
use crate::model::note::Note;
use crate::model::{ActionId, ConversationId, Ts};
use crate::store::{self, Db, actions, attachments, events, messages, notes};

/// Most messages of one page.
const MOST: usize = 200;
/// Most lines about what happened, beside them.
const EVENTS: i64 = 1_000;

/// What was said, noted and done, in a part of a conversation.
pub(super) struct History {
    /// In the order in which they are read, which is not that of their numbers where deliveries overtook each other.
    pub(super) messages: Vec<Message>,
    pub(super) files: Vec<Attachment>,
    pub(super) notes: Vec<Note>,
    pub(super) events: Vec<Event>,
    /// What of it can be taken back in the shop.
    pub(super) ways_back: Vec<ActionId>,
    /// What was merged behind this part.
    pub(super) merges_since: Vec<Event>,
    /// How many messages are before this part.
    pub(super) earlier: i64,
    /// Whether more was said behind this part.
    pub(super) is_past: bool,
}

impl History {
    /// The newest part, or the one before the message with this number.
    pub(super) async fn load(db: &Db, id: ConversationId, before: Option<i64>) -> store::Result<Self> {
        let until = match before {
            Some(seq) => messages::written_from(db, id, seq).await?,
            None => None,
        };
        let mut history = match before.zip(until) {
            Some((seq, until)) => Self::past(db, id, seq, until).await?,
            None => Self::newest(db, id).await?,
        };
        if history.events.iter().any(|event| event.kind == EventKind::ActionPerformed) {
            history.ways_back = actions::list_ways_back(db, id).await?;
        }
        Ok(history)
    }

    async fn newest(db: &Db, id: ConversationId) -> store::Result<Self> {
        let ((messages, files, earlier), notes, events) =
            try_join!(said(db, id, None), notes::list_newest(db, id, one_more()), events::list(db, id, EVENTS))?;
        let from = begins(&messages).filter(|_| earlier > 0);
        let (ways_back, merges_since) = (Vec::new(), Vec::new());
        let mut history = Self { messages, files, notes, events, ways_back, merges_since, earlier, is_past: false };
        // Where that many are not all of them, all of this part are read.
        if let Some(last) = history.notes.last().filter(|_| history.notes.len() > MOST) {
            let until = Ts(last.created_at.0 + 1);
            history.notes = notes::list_within(db, id, (from.unwrap_or(Ts(0)), until)).await?;
        }
        if let Some(from) = from {
            history.notes.retain(|note| note.created_at >= from);
            history.events.retain(|event| event.at >= from);
        }
        Ok(history)
    }

    async fn past(db: &Db, id: ConversationId, before: i64, until: Ts) -> store::Result<Self> {
        let (messages, files, earlier) = said(db, id, Some(before)).await?;
        let from = begins(&messages).filter(|_| earlier > 0).unwrap_or(Ts(0));
        let (notes, events, merges_since) = try_join!(
            notes::list_within(db, id, (from, until)),
            events::list_within(db, id, (from, until), EVENTS),
            events::list_merges_since(db, id, until),
        )?;
        Ok(Self { messages, files, notes, events, ways_back: Vec::new(), merges_since, earlier, is_past: true })
    }

    /// Whether this part is all that was said.
    pub(super) fn is_whole(&self) -> bool {
        self.earlier == 0 && !self.is_past
    }

    /// The number of the message of this part that came last.
    pub(super) fn last_seq(&self) -> i64 {
        self.messages.iter().map(|message| message.seq).max().unwrap_or_default()
    }
}

/// When the first of these messages came.
fn begins(messages: &[Message]) -> Option<Ts> {
    messages.iter().map(|message| message.created_at).min()
}

/// The number of the message that came first: what is before it is a page away.
pub(super) fn first_seq(messages: &[Message]) -> Option<i64> {
    messages.iter().map(|message| message.seq).min()
}

/// One more than a page has: it tells that there are more.
fn one_more() -> i64 {
    i64::try_from(MOST + 1).unwrap_or(i64::MAX)
}

/// Messages with their files, and how many are before them.
async fn said(db: &Db, id: ConversationId, before: Option<i64>) -> store::Result<(Vec<Message>, Vec<Attachment>, i64)> {
    let mut said = match before {
        Some(seq) => messages::list_before(db, id, seq, one_more()).await?,
        None => messages::list(db, id, one_more()).await?,
    };
    let mut earlier = 0;
    if said.len() > MOST {
        let beyond = first_seq(&said);
        said.retain(|message| Some(message.seq) != beyond);
        earlier = messages::count_before(db, id, first_seq(&said).unwrap_or_default()).await?;
    }
    let ids: Vec<_> = said.iter().map(|message| message.id).collect();
    let files = attachments::list(db, &ids).await?;
    Ok((said, files, earlier))
}
