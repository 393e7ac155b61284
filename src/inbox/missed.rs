//! What was written while a platform pushed nothing: noted when that is seen, and read back once it pushes again, where the
//! platform shows it.

use channel_contract::channel::Cursor;
use channel_contract::failure::ChannelFailure;
use channel_contract::gap::Gap;
use channel_contract::guide::Guide;
use channel_contract::inbound::AccountChange;
use serde_json::json;

use super::Inbox;
use super::account::{self, News};
use super::checking::look_job;
use super::connecting::sentence;
use super::connections::{Connection, ConnectionError};
use super::record::Intake;
use crate::model::channel::Channel;
use crate::model::job::JobKind;
use crate::model::{ChannelId, Ts};
use crate::store::{self, Tx, channels, jobs, messages};

/// Whether a look has found that messages come, whatever else is wrong.
pub fn is_heard(outcome: &Result<(), ChannelFailure>) -> bool {
    outcome.as_ref().err().is_none_or(ChannelFailure::lets_messages_come)
}

/// After a look: where nothing is pushed, or nobody is let in, what is written from now on may be missing.
pub(super) async fn note(
    inbox: &Inbox,
    connection: &Connection,
    outcome: &Result<(), ChannelFailure>,
) -> store::Result<()> {
    let is_refused = matches!(outcome, Err(ChannelFailure::Refused { .. } | ChannelFailure::Reconnect { .. }));
    if !is_refused || is_heard(outcome) || !connection.adapter.keeps_history() {
        return Ok(());
    }
    let mut tx = inbox.db.begin().await?;
    channels::note_missed(&mut tx, connection.channel.id).await?;
    tx.commit().await
}

/// The same after a person has looked. Where messages come and something is missing, the desk's own look comes now.
pub async fn note_checked(
    inbox: &Inbox,
    connection: &Connection,
    outcome: &Result<(), ChannelFailure>,
) -> store::Result<()> {
    note(inbox, connection, outcome).await?;
    if is_heard(outcome) { look_soon(inbox, connection.channel.id).await } else { Ok(()) }
}

/// Where something of an account is missing, it is looked at now, and that is read back.
pub async fn look_soon(inbox: &Inbox, id: ChannelId) -> store::Result<()> {
    if channels::missed_since(&inbox.db, id).await?.is_none() {
        return Ok(());
    }
    let mut tx = inbox.db.begin().await?;
    jobs::enqueue(&mut tx, &[look_job(&inbox.clock, id, inbox.clock.now())]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::CheckChannel);
    Ok(())
}

/// Before a person connects the same account again, who may have seen what no look has: as it is until now it is looked at once
/// more. Of one that works nothing is missing.
pub async fn note_before(inbox: &Inbox, guide: &Guide, (before, after): (&Channel, &Channel)) -> store::Result<()> {
    if !guide.is_same_account(&before.settings.0, &after.settings.0) {
        return Ok(());
    }
    let connection = match inbox.connections.get(before.id).await {
        Ok(connection) => connection,
        Err(ConnectionError::Store(error)) => return Err(error),
        Err(_) => return note_unusable(inbox, after).await,
    };
    if !connection.adapter.keeps_history() {
        return Ok(());
    }
    let outcome = connection.adapter.check().await;
    inbox.connections.keep_renewed(&connection).await;
    note(inbox, &connection, &outcome).await
}

/// Of an account whose settings or secrets could not be used nothing was taken.
async fn note_unusable(inbox: &Inbox, account: &Channel) -> store::Result<()> {
    if !inbox.connections.tried(account, &json!({})).is_ok_and(|adapter| adapter.keeps_history()) {
        return Ok(());
    }
    let mut tx = inbox.db.begin().await?;
    channels::note_missed(&mut tx, account.id).await?;
    tx.commit().await
}

/// Once the channel is another account, that is read from its own beginning, and what was missing of the one before is not looked
/// for there.
pub async fn note_connected(tx: &mut Tx, guide: &Guide, (before, after): (&Channel, &Channel)) -> store::Result<()> {
    if guide.is_same_account(&before.settings.0, &after.settings.0) {
        return Ok(());
    }
    channels::forget_place(tx, before.id).await
}

/// Reads back what an account whose messages come has missed, page by page, each durable with the place where it ended.
pub async fn read_back(
    inbox: &Inbox,
    intake: &Intake,
    connection: &Connection,
) -> store::Result<Result<(), ChannelFailure>> {
    let id = connection.channel.id;
    let Some(since) = channels::missed_since(&inbox.db, id).await? else { return Ok(Ok(())) };
    let mut untold = None;
    loop {
        let place = channels::cursor(&inbox.db, id).await?.map(Cursor);
        let gap = Gap { since: since.datetime(), unsure: messages::list_unsure(&inbox.db, id).await? };
        let outcome = connection.adapter.missed(&gap, place.as_ref()).await;
        inbox.connections.keep_renewed(connection).await;
        if inbox.connections.still(connection).await.is_none() {
            // Who connected it again has put down another look.
            return Ok(Ok(()));
        }
        let page = match outcome {
            Ok(page) => page,
            Err(failure @ ChannelFailure::Refused { .. }) => {
                let words = format!(
                    "What customers wrote while nothing was pushed to the desk could not be read back. {} Look into the \
                     account’s own inbox for what is missing here.",
                    sentence(&failure.to_string())
                );
                end(inbox, connection, since, Some(words)).await?;
                return Ok(Ok(()));
            }
            Err(failure) => return Ok(Err(failure)),
        };
        untold = untold.or(page.warning);
        if let Err(error) = intake.record(id, page.items, Some(connection.stopped_at(page.cursor))).await {
            return Ok(Err(ChannelFailure::temporary(error.to_string())));
        }
        if !page.more {
            end(inbox, connection, since, untold).await?;
            return Ok(Ok(()));
        }
    }
}

/// Nothing is missing any more, but for what a person is told of.
async fn end(inbox: &Inbox, connection: &Connection, since: Ts, untold: Option<String>) -> store::Result<()> {
    let channel = &connection.channel;
    let mut tx = inbox.db.begin().await?;
    channels::end_missed(&mut tx, channel.id, since).await?;
    if let Some(words) = untold {
        let news = News { channel: channel.clone(), what: AccountChange::Note, words, at: inbox.clock.now() };
        account::apply(&inbox.clock, &mut tx, &[news]).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}
