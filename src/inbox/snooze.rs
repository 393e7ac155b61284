//! Conversations sleep until a set time, until a parcel is seen, or until the next message.

use serde_json::json;

use super::care::refuse_written_behind;
use super::notify::{News, tell};
use super::{Inbox, InboxError};
use crate::model::conversation::{Conversation, ConversationStatus, Shown};
use crate::model::event::EventKind;
use crate::model::sleep::ParcelWait;
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, Ts};
use crate::store::{self, Tx, conversations, intake, notifications, orders, parcels};

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
    put_to_sleep(inbox, id, (until, None), by, shown).await
}

/// Puts a conversation to sleep until a parcel of it is seen, as [`snooze`]; where nobody hears of it any more, for some days.
pub async fn snooze_for_parcel(
    inbox: &Inbox,
    id: ConversationId,
    wait: ParcelWait,
    by: &Teammate,
    shown: Option<Shown>,
) -> Result<(), InboxError> {
    let known = orders::list_of(&inbox.db, id).await?;
    if !known.iter().flat_map(|known| &known.order.shipments).any(ParcelWait::can_be_for) {
        let words = "No parcel of this conversation is followed on its way, so it was not put to sleep. Choose a time.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    let until = inbox.clock.now().plus(wait.longest());
    put_to_sleep(inbox, id, (until, Some(wait)), by, shown).await
}

async fn put_to_sleep(
    inbox: &Inbox,
    id: ConversationId,
    (until, wait): (Ts, Option<ParcelWait>),
    by: &Teammate,
    shown: Option<Shown>,
) -> Result<(), InboxError> {
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
    notifications::read_wanted(&mut tx, &[conversation.id], inbox.clock.now()).await?;
    if let Some(wait) = wait {
        parcels::wait_for(&mut tx, conversation.id, wait, until).await?;
    }
    let data = wait.map_or_else(|| json!({}), |wait| json!({ "for": wait }));
    let asleep = inbox.event(&conversation, EventKind::Snoozed, &by.name, data);
    intake::insert_events(&mut tx, &[asleep]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// What of a parcel ends the sleep of a conversation before its time.
pub(super) async fn wait_of(tx: &mut Tx, conversation: &Conversation) -> store::Result<Option<ParcelWait>> {
    match conversation.snoozed_until {
        Some(until) if conversation.status == ConversationStatus::Snoozed => {
            parcels::find_wait(tx, conversation.id, until).await
        }
        _ => Ok(None),
    }
}

/// A conversation that sleeps wakes before its time with the first of these, where there is any.
pub(super) async fn wait_for_first(
    tx: &mut Tx,
    conversation: &Conversation,
    waits: impl IntoIterator<Item = ParcelWait>,
) -> store::Result<()> {
    let first = waits.into_iter().min_by_key(|wait| wait.longest());
    match (first, conversation.snoozed_until) {
        (Some(wait), Some(until)) if conversation.status == ConversationStatus::Snoozed => {
            parcels::wait_for(tx, conversation.id, wait, until).await
        }
        _ => Ok(()),
    }
}

/// A conversation that sleeps wakes before its time with this alone, or with nothing.
pub(super) async fn wait_anew(tx: &mut Tx, conversation: &Conversation, wait: Option<ParcelWait>) -> store::Result<()> {
    parcels::forget_wait(tx, conversation.id).await?;
    wait_for_first(tx, conversation, wait).await
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
    open(inbox, &mut tx, &mut conversation, by).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Opens a conversation that sleeps, which is held. Whoever has it is told, unless somebody wakes it.
pub(super) async fn open(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    by: Option<&Teammate>,
) -> store::Result<()> {
    conversation.status = ConversationStatus::Open;
    conversation.snoozed_until = None;
    conversation.unread |= by.is_none();
    conversations::update(tx, conversation).await?;
    let actor = by.map_or("system", |person| person.name.as_str());
    inbox.note(tx, conversation, EventKind::Reopened, actor).await?;
    if by.is_none() {
        tell(inbox, tx, &[News::woken(conversation)]).await?;
    }
    Ok(())
}
