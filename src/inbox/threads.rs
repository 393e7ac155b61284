//! What an answer on a channel refers to: the platform's thread in which it goes on, and what was written last there.

use super::connections::Connection;
use crate::model::message::Message;
use crate::model::{ConversationId, Ts};
use crate::store::messages::{self, LastWritten, Written};
use crate::store::{self, Db, Tx};

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
}

impl Answered {
    fn new(thread: Option<String>, last: Option<LastWritten>) -> Self {
        Self { opened: last.as_ref().map(|last| last.written_at), last, thread }
    }

    fn is_private(&self, connection: &Connection) -> bool {
        connection.adapter.capabilities_in(self.thread.as_deref()).in_private
    }

    /// Opened by what was not written in public.
    fn opened_by(self, connection: &Connection, all: &[Written]) -> Self {
        let private = all.iter().filter(|one| !connection.adapter.is_public(&one.external_id));
        Self { opened: private.map(|one| one.written_at).max(), ..self }
    }
}

/// What an answer to the customer of a conversation refers to on the channel of a connection.
pub async fn answered(db: &Db, connection: &Connection, conversation: ConversationId) -> store::Result<Answered> {
    let thread = messages::thread_of(db, conversation, connection.channel.id).await?;
    answered_there(db, connection, conversation, thread).await
}

/// The same for one message that is to leave: what has begun to leave goes on, and is looked for, where it began, whoever
/// writes meanwhile.
pub(super) async fn answered_by(db: &Db, connection: &Connection, message: &Message) -> store::Result<Answered> {
    match &message.thread {
        Some(thread) => answered_there(db, connection, message.conversation_id, Some(thread.clone())).await,
        None => answered(db, connection, message.conversation_id).await,
    }
}

/// The same in one thread.
pub(super) async fn answered_there(
    db: &Db,
    connection: &Connection,
    conversation: ConversationId,
    thread: Option<String>,
) -> store::Result<Answered> {
    let channel = connection.channel.id;
    let last = messages::last_written(db, conversation, channel, thread.as_deref()).await?;
    let answered = Answered::new(thread, last);
    if !answered.is_private(connection) {
        return Ok(answered);
    }
    Ok(answered.opened_by(connection, &messages::list_written(db, conversation, channel).await?))
}

/// What an answer to the customer refers to, as this transaction sees it.
pub(super) async fn answered_in(
    tx: &mut Tx,
    connection: &Connection,
    conversation: ConversationId,
) -> store::Result<Answered> {
    let channel = connection.channel.id;
    let thread = messages::thread_in(tx, conversation, channel).await?;
    let last = messages::last_written_in(tx, conversation, channel, thread.as_deref()).await?;
    let answered = Answered::new(thread, last);
    if !answered.is_private(connection) {
        return Ok(answered);
    }
    Ok(answered.opened_by(connection, &messages::list_written_in(tx, conversation, channel).await?))
}
