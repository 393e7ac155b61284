//! What an answer on a channel refers to: the platform's thread in which it goes on, and what was written last there.

use super::connections::Connection;
use crate::model::contact::is_masked;
use crate::model::message::Message;
use crate::model::window::{Spans, Window};
use crate::model::{ConversationId, Ts};
use crate::store::messages::{self, LastWritten, Written};
use crate::store::{self, Db, Reader, Tx};

/// What an answer on a channel refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// What the customer wrote last there.
    pub last: Option<LastWritten>,
    /// When they wrote last of what opens the thread: what stands in public opens none that is private, and what somebody
    /// else wrote in the case opens none that is theirs.
    pub opened: Option<Ts>,
    /// The platform's own id of the thread.
    pub thread: Option<String>,
    /// The address at which they wait for it, where the platform gives its customers names of its own: others have none there.
    pub address: Option<String>,
}

impl Answered {
    fn new(thread: Option<String>, last: Option<LastWritten>, address: Option<String>) -> Self {
        Self { opened: last.as_ref().map(|last| last.written_at), last, thread, address }
    }

    fn is_private(&self, connection: &Connection) -> bool {
        connection.adapter.capabilities_in(self.thread.as_deref()).in_private
    }

    /// The thread of the private answer, and that in which whoever got it may go on instead.
    fn goes_on(&self, connection: &Connection) -> Option<(&str, String)> {
        let thread = self.thread.as_deref()?;
        Some((thread, connection.adapter.goes_on(thread)?.thread_id))
    }

    /// Opened by what was not written in public.
    fn opened_by(self, connection: &Connection, all: &[Written]) -> Self {
        let private = all.iter().filter(|one| !connection.adapter.is_public(&one.external_id));
        Self { opened: private.map(|one| one.written_at).max(), ..self }
    }
}

/// What an answer to the customer of a conversation refers to on the channel of a connection.
pub async fn answered(
    reader: &mut Reader<'_>,
    connection: &Connection,
    conversation: ConversationId,
) -> store::Result<Answered> {
    let thread = messages::thread_of(reader, (conversation, connection.channel.id)).await?;
    answered_there(reader, connection, conversation, thread).await
}

/// The same where all that was said in the conversation is known: nobody looks for a thread where nothing is in one.
pub async fn answered_among(
    reader: &mut Reader<'_>,
    connection: &Connection,
    conversation: ConversationId,
    all: &[Message],
) -> store::Result<Answered> {
    let channel = connection.channel.id;
    if all.iter().any(|message| message.channel_id == channel && message.thread.is_some()) {
        return answered(reader, connection, conversation).await;
    }
    answered_there(reader, connection, conversation, None).await
}

/// The same for one message that is to leave: it goes into the thread that was the customer's when it was put on its way, and is
/// looked for there, wherever they write meanwhile.
pub(super) async fn answered_by(db: &Db, connection: &Connection, message: &Message) -> store::Result<Answered> {
    let (mut reader, conversation) = (Reader::Db(db), message.conversation_id);
    match &message.thread {
        Some(thread) => answered_there(&mut reader, connection, conversation, Some(thread.clone())).await,
        None => answered(&mut reader, connection, conversation).await,
    }
}

/// The same in one thread.
pub(super) async fn answered_there(
    reader: &mut Reader<'_>,
    connection: &Connection,
    conversation: ConversationId,
    thread: Option<String>,
) -> store::Result<Answered> {
    let place = (conversation, connection.channel.id);
    let address = if is_masked(connection.channel.channel_kind()) {
        messages::answer_address(reader, place, thread.as_deref()).await?
    } else {
        None
    };
    let last = messages::last_written(reader, place, thread.as_deref()).await?;
    let answered = Answered::new(thread, last, address);
    if !answered.is_private(connection) {
        return Ok(answered);
    }
    let mut all = messages::list_written(reader, place).await?;
    if let Some((thread, own)) = answered.goes_on(connection) {
        all.extend(messages::list_written_behind(reader, place, (thread, &own)).await?);
    }
    Ok(answered.opened_by(connection, &all))
}

/// Until when the customer of a conversation can be answered on the channel of a connection, as this transaction sees it.
pub(super) async fn window_in(
    tx: &mut Tx,
    connection: &Connection,
    conversation: ConversationId,
    now: Ts,
) -> store::Result<Window> {
    let answered = answered(&mut Reader::Tx(tx), connection, conversation).await?;
    let capabilities = connection.adapter.capabilities_in(answered.thread.as_deref());
    let spans = Spans::of(&capabilities, connection.adapter.answer_within());
    Ok(match answered.opened {
        Some(opened) => spans.after(opened),
        // The one private answer has left.
        None if capabilities.in_private => Window { reply_until: Some(now), ..Window::default() },
        None => Window::default(),
    })
}
