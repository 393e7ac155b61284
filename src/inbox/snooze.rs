//! Conversations sleep until a set time or the next message.

use super::care::refuse_written_behind;
use super::notify::{News, tell};
use super::{Inbox, InboxError};
use crate::model::conversation::{ConversationStatus, Shown};
use crate::model::event::EventKind;
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, Ts};
use crate::store::{self, conversations};

/// Puts a conversation to sleep, as far as it was `shown` to them, where a page says so.
pub async fn snooze(
    inbox: &Inbox,
    id: ConversationId,
    until: Ts,
    by: &Teammate,
    shown: Option<Shown>,
) -> Result<(), InboxError> {
    if until <= inbox.clock.now() {
        return Err(InboxError::Invalid("Choose a time that lies ahead.".to_owned()));
    }
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if conversation.status == ConversationStatus::Resolved {
        let words = "It is resolved, so it was not put to sleep. Open it again first.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    refuse_written_behind(&mut tx, conversation.id, shown).await?;
    conversation.status = ConversationStatus::Snoozed;
    conversation.snoozed_until = Some(until);
    conversations::update(&mut tx, &conversation).await?;
    inbox.note(&mut tx, &conversation, EventKind::Snoozed, &by.name).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Its time has come: whoever has it is told. A conversation that is awake stays as it is, and one that sleeps for longer.
pub async fn wake(inbox: &Inbox, id: ConversationId) -> store::Result<()> {
    wake_by(inbox, id, None).await
}

/// Somebody who looks at it wakes it early.
pub async fn wake_early(inbox: &Inbox, id: ConversationId, by: &Teammate) -> store::Result<()> {
    wake_by(inbox, id, Some(by)).await
}

async fn wake_by(inbox: &Inbox, id: ConversationId, by: Option<&Teammate>) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if conversation.status != ConversationStatus::Snoozed {
        return Ok(());
    }
    // Somebody may have put it to sleep for longer since it was found to be due.
    if by.is_none() && conversation.snoozed_until.is_some_and(|until| until > inbox.clock.now()) {
        return Ok(());
    }
    conversation.status = ConversationStatus::Open;
    conversation.snoozed_until = None;
    conversation.unread |= by.is_none();
    conversations::update(&mut tx, &conversation).await?;
    let actor = by.map_or("system", |person| person.name.as_str());
    inbox.note(&mut tx, &conversation, EventKind::Reopened, actor).await?;
    if by.is_none() {
        tell(inbox, &mut tx, &[News::woken(&conversation)]).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}
