//! What an answer on a channel refers to: what was written last there, and the platform's thread in which that was.

use super::connections::Connection;
use crate::model::{ConversationId, Ts};
use crate::store::messages::{self, LastWritten, Written};
use crate::store::{self, Db, Tx};

/// What an answer on a channel refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// What the customer wrote last there.
    pub last: Option<LastWritten>,
    /// When they wrote last of what opens the thread: what stands in public opens none that is private.
    pub opened: Option<Ts>,
    /// The platform's own id of the thread: of those that can hold what was written last, the one that began last.
    pub thread: Option<String>,
}

impl Answered {
    fn of(connection: &Connection, last: Option<LastWritten>, threads: Vec<String>) -> Self {
        let id = last.as_ref().map_or("", |last| last.external_id.as_str());
        let thread = threads.into_iter().find(|thread| connection.adapter.may_hold(thread, id));
        let opened = last.as_ref().map(|last| last.written_at);
        Self { last, opened, thread }
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

/// What an answer of a conversation refers to on the channel of a connection.
pub async fn answered(db: &Db, connection: &Connection, conversation: ConversationId) -> store::Result<Answered> {
    let channel = connection.channel.id;
    let last = messages::last_written(db, conversation, channel).await?;
    let threads = messages::threads_of(db, conversation, channel).await?;
    let answered = Answered::of(connection, last, threads);
    if !answered.is_private(connection) {
        return Ok(answered);
    }
    Ok(answered.opened_by(connection, &messages::list_written(db, conversation, channel).await?))
}

/// The same as this transaction sees it.
pub(super) async fn answered_in(
    tx: &mut Tx,
    connection: &Connection,
    conversation: ConversationId,
) -> store::Result<Answered> {
    let channel = connection.channel.id;
    let last = messages::last_written_in(tx, conversation, channel).await?;
    let threads = messages::threads_in(tx, conversation, channel).await?;
    let answered = Answered::of(connection, last, threads);
    if !answered.is_private(connection) {
        return Ok(answered);
    }
    Ok(answered.opened_by(connection, &messages::list_written_in(tx, conversation, channel).await?))
}
