//! What an answer on a channel refers to: what was written last there, and the platform's thread in which that was.

use super::connections::Connection;
use crate::model::{ConversationId, Ts};
use crate::store::messages::{self, LastWritten};
use crate::store::{self, Db, Tx};

/// What an answer on a channel refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// What the customer wrote last there.
    pub last: Option<LastWritten>,
    /// The platform's own id of the thread: of those that can hold what was written last, the one that began last.
    pub thread: Option<String>,
}

impl Answered {
    fn of(connection: &Connection, last: Option<LastWritten>, threads: Vec<String>) -> Self {
        let id = last.as_ref().map_or("", |last| last.external_id.as_str());
        let thread = threads.into_iter().find(|thread| connection.adapter.may_hold(thread, id));
        Self { last, thread }
    }

    /// When it was written.
    pub fn written_at(&self) -> Option<Ts> {
        self.last.as_ref().map(|last| last.written_at)
    }
}

/// What an answer of a conversation refers to on the channel of a connection.
pub async fn answered(db: &Db, connection: &Connection, conversation: ConversationId) -> store::Result<Answered> {
    let channel = connection.channel.id;
    let last = messages::last_written(db, conversation, channel).await?;
    let threads = messages::threads_of(db, conversation, channel).await?;
    Ok(Answered::of(connection, last, threads))
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
    Ok(Answered::of(connection, last, threads))
}
