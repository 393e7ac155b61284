//! A platform asks that what is kept of a person be deleted: their words, names and files go, and what was made of them.

use serde_json::json;

use super::{Inbox, event_of};
use crate::clock::Clock;
use crate::model::ContactId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::store::erasures::{self, Erasable};
use crate::store::jobs::NewJob;
use crate::store::{self, Tx, audit, bulk_changes, intake, people};

/// How long bytes must have lain: somebody who stores the same ones at this moment is about to name them.
const LAIN: std::time::Duration = std::time::Duration::from_mins(1);

/// So many messages may be under way at once, each with its number and not there yet.
const AT_ONCE: i64 = 1_000;

/// The work; asked for twice it is one.
pub(super) fn erase_job(clock: &Clock, contact: ContactId) -> NewJob {
    NewJob {
        dedup_key: Some(contact.to_string()),
        ..NewJob::about(clock.new_id(), JobKind::EraseContact, "contact", &contact, clock.now())
    }
}

/// The bytes of files go that belong to these messages alone. `false` where some were stored a moment ago: it is tried
/// again.
pub async fn forget_files(inbox: &Inbox, messages: &[Erasable]) -> store::Result<bool> {
    let before = inbox.clock.now().minus(LAIN);
    let mut gone = true;
    for file in erasures::list_files(&inbox.db, messages).await?.into_iter().filter(|file| !file.in_use) {
        match inbox.files.delete_older(&file.storage_key, before).await {
            Ok(deleted) => gone &= deleted,
            Err(error) => {
                tracing::warn!(%error, "a file of a customer cannot be removed; it is tried again");
                gone = false;
            }
        }
    }
    Ok(gone)
}

/// The words of these messages go, in a transaction that the caller commits.
pub async fn erase_messages(inbox: &Inbox, tx: &mut Tx, messages: &[Erasable]) -> store::Result<()> {
    erasures::erase_messages(tx, messages, inbox.clock.now()).await
}

/// The end, once no message is left up to the message `seen`: `false` where one came behind it. Whoever writes under one of
/// the names from then on is somebody new. The caller commits.
pub async fn end(inbox: &Inbox, tx: &mut Tx, (contact, seen): (ContactId, i64), erased: i64) -> store::Result<bool> {
    intake::lock(tx).await?;
    if erasures::is_left_behind(tx, contact, seen.saturating_sub(AT_ONCE)).await? {
        return Ok(false);
    }
    let Some(party) = people::find(tx, contact).await? else { return Ok(true) };
    let all = erasures::list_conversations(tx, contact).await?;
    // In this order everybody locks them.
    bulk_changes::lock_ids(tx, &all).await?;
    bulk_changes::supersede_drafts(tx, &all).await?;
    bulk_changes::drop_agent_runs(tx, &all).await?;
    let now = inbox.clock.now();
    erasures::erase_conversations(tx, contact, now).await?;
    erasures::erase_contact(tx, contact).await?;
    let event = |id| event_of(&inbox.clock, (party.brand_id, id), EventKind::CustomerErased, "system", json!({}));
    let events: Vec<_> = all.iter().copied().map(event).collect();
    intake::insert_events(tx, &events).await?;
    let act = Act {
        actor: Actor::System,
        action: AuditAction::CustomerErased,
        subject: (AuditSubject::Contact, contact.to_string()),
        brand: Some(party.brand_id),
        details: json!({ "messages": erased, "conversations": all.len() }),
    };
    audit::append(tx, &act, now).await?;
    Ok(true)
}
