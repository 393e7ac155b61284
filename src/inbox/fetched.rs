//! Files that lie on a platform: fetched once their message is placed, so that they are still there when the platform has
//! forgotten them.

use channel_contract::failure::ChannelFailure;
use serde_json::json;

use super::connections::ConnectionError;
use super::erasure::forget_file_job;
use super::{Inbox, InboxError, sending};
use crate::clock::Clock;
use crate::model::attachment::{Attachment, kept_type};
use crate::model::channel::ChannelState;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::Message;
use crate::model::{AttachmentId, ConversationId};
use crate::store::files::Files;
use crate::store::intake::{self, StoredFile};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Tx, attachments, conversations, messages};

/// The largest file that is fetched, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What comes next for the job that fetches.
pub enum Next {
    /// The end, together with this transaction.
    Done(Tx),
    /// The channel is paused, or lets nobody in.
    Parked(String),
    /// Something that may pass.
    Failed(ChannelFailure),
}

/// Fetches a file, unless it is here.
pub async fn fetch(inbox: &Inbox, id: AttachmentId) -> store::Result<Next> {
    let Some((file, message)) = waiting(inbox, id).await? else { return Ok(Next::Done(inbox.db.begin().await?)) };
    let Some(reference) = &file.reference else { return Ok(Next::Done(inbox.db.begin().await?)) };
    let connection = match inbox.connections.get(message.channel_id).await {
        Ok(connection) => connection,
        Err(ConnectionError::Store(error)) => return Err(error),
        Err(ConnectionError::Gone) => {
            return Ok(Next::Done(fail(inbox, &message, id, "Its channel is no longer connected.").await?));
        }
        Err(error) => return Ok(Next::Parked(error.to_string())),
    };
    if connection.channel.state == ChannelState::Paused {
        return Ok(Next::Parked("the channel is paused".to_owned()));
    }
    let outcome = connection.adapter.fetch(&reference.0, LARGEST).await;
    inbox.connections.keep_renewed(&connection).await;
    let fetched = match outcome {
        Ok(fetched) => fetched,
        Err(ChannelFailure::Reconnect { reason }) => {
            sending::refused(inbox, message.channel_id, &reason).await?;
            return Ok(Next::Parked(reason));
        }
        Err(ChannelFailure::Refused { reason, .. }) => {
            return Ok(Next::Done(fail(inbox, &message, id, &reason).await?));
        }
        Err(other) => return Ok(Next::Failed(other)),
    };
    let declared = if file.content_type.is_empty() { &fetched.content_type } else { &file.content_type };
    let stored = StoredFile {
        name: file.name.clone(),
        content_type: kept_type(declared, &fetched.content),
        size: i64::try_from(fetched.content.len()).unwrap_or(i64::MAX),
        storage_key: Files::key_of(&fetched.content),
    };
    if let Err(error) = inbox.files.put(&stored.storage_key, fetched.content).await {
        return Ok(Next::Failed(ChannelFailure::temporary(error.to_string())));
    }
    let mut tx = inbox.db.begin().await?;
    if attachments::keep_fetched(&mut tx, id, &stored).await? {
        note(inbox, &mut tx, &message).await?;
    } else {
        // Its message was erased meanwhile.
        jobs::enqueue(&mut tx, &[forget_file_job(&inbox.clock, &stored.storage_key)]).await?;
    }
    Ok(Next::Done(tx))
}

/// The file and its message, while it is not here.
async fn waiting(inbox: &Inbox, id: AttachmentId) -> store::Result<Option<(Attachment, Message)>> {
    let Some(file) = attachments::find(&inbox.db, id).await?.filter(|file| file.reference.is_some()) else {
        return Ok(None);
    };
    Ok(messages::find(&inbox.db, file.message_id).await?.map(|message| (file, message)))
}

/// Says where the file stands why it is not here.
async fn fail(inbox: &Inbox, message: &Message, id: AttachmentId, reason: &str) -> store::Result<Tx> {
    let mut tx = inbox.db.begin().await?;
    attachments::set_trouble(&mut tx, id, reason).await?;
    note(inbox, &mut tx, message).await?;
    Ok(tx)
}

async fn note(inbox: &Inbox, tx: &mut Tx, message: &Message) -> store::Result<()> {
    let conversation = conversations::lock(tx, message.conversation_id).await?;
    let data = json!({ "message": message.id.to_string() });
    intake::insert_events(tx, &[inbox.event(&conversation, EventKind::FileFetched, "system", data)]).await
}

/// It was tried for long enough.
pub async fn give_up(inbox: &Inbox, id: AttachmentId, reason: &str) -> store::Result<Tx> {
    match waiting(inbox, id).await? {
        Some((_, message)) => fail(inbox, &message, id, reason).await,
        None => inbox.db.begin().await,
    }
}

/// A person asks for it once more; gives the conversation in which it stands.
pub async fn fetch_again(inbox: &Inbox, id: AttachmentId) -> Result<ConversationId, InboxError> {
    let (_, message) = waiting(inbox, id).await?.ok_or(InboxError::NotFound)?;
    let mut tx = inbox.db.begin().await?;
    attachments::set_trouble(&mut tx, id, "").await?;
    jobs::enqueue(&mut tx, &[fetch_job(&inbox.clock, id, message.conversation_id)]).await?;
    note(inbox, &mut tx, &message).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::FetchFile);
    inbox.wake.event();
    Ok(message.conversation_id)
}

/// The work of fetching a file.
pub(super) fn fetch_job(clock: &Clock, id: AttachmentId, conversation: ConversationId) -> NewJob {
    let now = clock.now();
    NewJob {
        id: clock.new_id(),
        kind: JobKind::FetchFile,
        payload: json!({ "attachment": id.to_string() }),
        dedup_key: Some(id.to_string()),
        run_at: now,
        conversation_id: Some(conversation),
        created_at: now,
    }
}
