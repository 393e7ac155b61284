//! A platform, or an admin, asks that what is kept of a person be deleted: their words, names and files go, and what was made
//! of them.

use serde_json::{Value, json};

use super::{Inbox, InboxError, event_of};
use crate::clock::Clock;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::teammate::{Role, Teammate};
use crate::model::{ChannelId, ContactId, Ts};
use crate::store::erasures::{self, Erasable};
use crate::store::intake::NewEvent;
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Tx, attachments, audit, bulk_changes, contacts, intake, people};

/// How long bytes must have lain: somebody who stores the same ones at this moment is about to name them.
pub const LAIN: std::time::Duration = std::time::Duration::from_mins(1);

/// So many messages may be under way at once, each with its number and not there yet.
const AT_ONCE: i64 = 1_000;

/// The fact of an event that says that nobody asked: the customer's data is kept for a time, and that is over.
pub const TIME_IS_OVER: &str = "time_is_over";
/// Since when nothing was said, in the work of forgetting whose time is over. Where something was meanwhile, it is not.
pub const QUIET_SINCE: &str = "quiet_since";

/// How many customers are forgotten in one go whose time is over: the next look finds the others.
const QUIET_AT_ONCE: i64 = 500;

/// The work; asked for twice it is one.
pub(super) fn erase_job(clock: &Clock, contact: ContactId) -> NewJob {
    NewJob {
        dedup_key: Some(contact.to_string()),
        ..NewJob::about(clock.new_id(), JobKind::EraseContact, "contact", &contact, clock.now())
    }
}

/// An admin asks for it: for every contact of the person, and at once.
pub async fn ask(inbox: &Inbox, contact: ContactId, by: &Teammate) -> Result<(), InboxError> {
    if !by.may(Role::Admin) {
        let words = "Only an admin can erase a customer. Nothing was removed; ask an admin of your team.";
        return Err(InboxError::Forbidden(words.to_owned()));
    }
    let mut tx = inbox.db.begin().await?;
    let party = people::find(&mut tx, contact).await?.ok_or(InboxError::NotFound)?;
    let all = people::contacts_of_in(&mut tx, contact).await?;
    let job = |one: &ContactId| {
        let payload = json!({ "contact": one.to_string(), "by": by.id.to_string() });
        NewJob { payload, ..erase_job(&inbox.clock, *one) }
    };
    let work: Vec<NewJob> = all.iter().map(job).collect();
    jobs::enqueue(&mut tx, &work).await?;
    let act = Act {
        actor: Actor::Teammate(by),
        action: AuditAction::ErasureAsked,
        subject: (AuditSubject::Contact, contact.to_string()),
        brand: Some(party.brand_id),
        details: json!({ "contacts": all.len() }),
    };
    audit::append(&mut tx, &act, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::EraseContact);
    Ok(())
}

/// The customers of a channel with whom nothing was said since a moment are forgotten, some of them at once.
pub async fn forget_quiet(inbox: &Inbox, channel: ChannelId, since: Ts) -> store::Result<()> {
    let quiet = contacts::list_quiet(&inbox.db, channel, since, QUIET_AT_ONCE).await?;
    if quiet.is_empty() {
        return Ok(());
    }
    let job = |contact: ContactId| {
        let payload = json!({ "contact": contact.to_string(), QUIET_SINCE: since.0.to_string() });
        // Beside work that somebody asked for, which is done whatever was said.
        NewJob { payload, dedup_key: Some(format!("quiet:{contact}")), ..erase_job(&inbox.clock, contact) }
    };
    let work: Vec<NewJob> = quiet.into_iter().map(job).collect();
    let mut tx = inbox.db.begin().await?;
    jobs::enqueue(&mut tx, &work).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::EraseContact);
    Ok(())
}

/// Open pages are told that it goes on.
pub async fn tell(inbox: &Inbox, tx: &mut Tx, contact: ContactId) -> store::Result<()> {
    let Some(party) = people::find(tx, contact).await? else { return Ok(()) };
    let event = NewEvent {
        id: inbox.clock.new_id(),
        brand_id: party.brand_id,
        conversation_id: None,
        kind: EventKind::WorkProgressed,
        actor: "system".to_owned(),
        data: json!({}),
        at: inbox.clock.now(),
    };
    intake::insert_events(tx, &[event]).await
}

/// The bytes of files go that belong to these messages alone; gives where those of all their files lay. Nothing where some
/// were stored a moment ago: it is tried again.
pub async fn forget_files(inbox: &Inbox, messages: &[Erasable]) -> store::Result<Option<Vec<String>>> {
    let files = erasures::list_files(&inbox.db, messages).await?;
    let mut gone = true;
    for file in files.iter().filter(|file| !file.in_use) {
        gone &= remove(inbox, &file.storage_key).await;
    }
    Ok(gone.then(|| files.into_iter().map(|file| file.storage_key).collect()))
}

/// Bytes go that nothing names. `false` where they were stored a moment ago: it is tried again.
pub async fn forget_file(inbox: &Inbox, storage_key: &str) -> store::Result<bool> {
    Ok(attachments::is_named(&inbox.db, storage_key).await? || remove(inbox, storage_key).await)
}

async fn remove(inbox: &Inbox, storage_key: &str) -> bool {
    match inbox.files.delete_older(storage_key, inbox.clock.now().minus(LAIN)).await {
        Ok(gone) => gone,
        Err(error) => {
            tracing::warn!(%error, "a file of a customer cannot be removed; it is tried again");
            false
        }
    }
}

/// The work of removing bytes that were stored just now and that nothing may name.
pub(super) fn forget_file_job(clock: &Clock, storage_key: &str) -> NewJob {
    NewJob {
        dedup_key: Some(storage_key.to_owned()),
        run_at: clock.now().plus(LAIN),
        ..NewJob::about(clock.new_id(), JobKind::ForgetFile, "key", &storage_key, clock.now())
    }
}

/// The words of these messages go, whose files lay at `seen`, in a transaction that holds the turn to place messages and that
/// the caller commits.
pub async fn erase_messages(inbox: &Inbox, tx: &mut Tx, messages: &[Erasable], seen: &[String]) -> store::Result<()> {
    let named = erasures::erase_messages(tx, messages, inbox.clock.now()).await?;
    let fetched_since = named.iter().filter(|key| !seen.contains(key));
    let left: Vec<NewJob> = fetched_since.map(|key| forget_file_job(&inbox.clock, key)).collect();
    jobs::enqueue(tx, &left).await
}

/// The end, once no message is left up to the message `seen`: `false` where one came behind it. Whoever writes under one of
/// the names from then on is somebody new; what was written before is not read back from the platform. `erased` messages went for
/// `actor`, a teammate or the desk itself; `said` is told of it beside that. The caller commits.
pub async fn end(
    inbox: &Inbox,
    tx: &mut Tx,
    (contact, seen): (ContactId, i64),
    (erased, actor, said): (i64, &str, &Value),
) -> store::Result<bool> {
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
    erasures::erase_contact(tx, contact, now).await?;
    let event = |id| event_of(&inbox.clock, (party.brand_id, id), EventKind::CustomerErased, actor, said.clone());
    let events: Vec<_> = all.iter().copied().map(event).collect();
    intake::insert_events(tx, &events).await?;
    tell(inbox, tx, contact).await?;
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
