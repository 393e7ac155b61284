//! An account of a platform: it is tried before it is kept, and begins once it is.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::guide::{EnteredBy, Guide, at};
use serde_json::{Value, json};

use super::account::note_state;
use super::connections::{ConnectionError, Connections};
use super::{Inbox, InboxError};
use crate::channels::{joined, webhook_address};
use crate::model::channel::{AccountTrouble, Channel, ChannelState};
use crate::store::{self, Tx, account_troubles, channels, contacts};

/// Why an account cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// The adapter cannot use the settings.
    #[error("{0}")]
    Settings(String),
    /// The platform does not let it in.
    #[error(transparent)]
    Platform(ChannelFailure),
}

/// Who tells the platform of the desk's address; `None` where it is polled.
pub fn entered_by(guide: &Guide) -> Option<EnteredBy> {
    guide.webhook.map(|webhook| webhook.entered_by)
}

/// Whether the platform lets the account in, without sending anything; gives what was renewed of its secrets on the way, or
/// null. What a person still has to set up there, behind the address that only a saved account has, does not keep it out; where
/// replies could not leave through it, it takes the place of no other account that works, which `before` may be.
pub async fn try_out(
    connections: &Connections,
    guide: &Guide,
    (row, secrets): (&Channel, &Value),
    before: Option<&Channel>,
) -> Result<Value, Wrong> {
    let adapter = connections.tried(row, secrets).map_err(|error| Wrong::Settings(sentence(&error.to_string())))?;
    let ends_another = before.is_some_and(|before| ends_another(guide, before, row));
    match adapter.check().await {
        Ok(()) => {}
        Err(failure @ ChannelFailure::Refused { class: FailureClass::Permission, .. })
            if entered_by(guide).is_some() && (!ends_another || failure.lets_replies_leave()) => {}
        // What is wrong with the way to the desk is what connecting it again may mend.
        Err(failure @ ChannelFailure::Retry { .. }) if entered_by(guide).is_some() && failure.lets_replies_leave() => {}
        Err(failure) => return Err(Wrong::Platform(failure)),
    }
    Ok(adapter.renewed_secrets().unwrap_or_default())
}

/// Whether an account that works would give way to another one.
fn ends_another(guide: &Guide, before: &Channel, after: &Channel) -> bool {
    before.state != ChannelState::NeedsAttention && leads_elsewhere(guide, before, after)
}

/// Whether a channel leads to another account than before, as far as its settings name it.
pub(super) fn leads_elsewhere(guide: &Guide, before: &Channel, after: &Channel) -> bool {
    let differs = |path: &&str| at(&before.settings.0, path) != at(&after.settings.0, path);
    !guide.is_same_account(&before.settings.0, &after.settings.0) && guide.account.iter().any(differs)
}

/// Whether an account that is paused has lost its access: its platform has said so, or does not let the desk in as it is until now.
pub async fn has_lost_access(inbox: &Inbox, channel: &Channel) -> store::Result<bool> {
    if channel.state != ChannelState::Paused {
        return Ok(false);
    }
    if !account_troubles::words(&inbox.db, channel.id, AccountTrouble::Access).await?.is_empty() {
        return Ok(true);
    }
    let connection = match inbox.connections.get(channel.id).await {
        Ok(connection) => connection,
        Err(ConnectionError::Store(error)) => return Err(error),
        Err(_) => return Ok(true),
    };
    let outcome = connection.adapter.check().await;
    inbox.connections.keep_renewed(&connection).await;
    Ok(matches!(
        outcome,
        Err(ChannelFailure::Reconnect { .. } | ChannelFailure::Refused { class: FailureClass::Auth, .. })
    ))
}

/// The secrets of an account as they stand `by_now`, with what was `renewed` while it was `tried`. Where somebody has changed
/// the same since, theirs is newer, and stays.
pub fn with_renewed(by_now: &Value, tried: &Value, renewed: &Value) -> Value {
    if is_as_tried(by_now, tried, renewed) { joined(by_now, renewed) } else { by_now.clone() }
}

/// Whether all that was renewed stands as it was tried.
fn is_as_tried(by_now: &Value, tried: &Value, renewed: &Value) -> bool {
    let Value::Object(fields) = renewed else { return by_now == tried };
    fields.iter().all(|(key, value)| {
        let (now, then) = (by_now.get(key), tried.get(key));
        is_as_tried(now.unwrap_or(&Value::Null), then.unwrap_or(&Value::Null), value)
    })
}

/// After an account was saved: the platform is told of the desk at this address, where the desk does that, and all of it is
/// tried once more as it is now. Gives what is left to do, which is kept with the channel.
pub async fn begin(inbox: &Inbox, guide: &Guide, row: &Channel, origin: &str) -> Result<Option<String>, InboxError> {
    let connection = inbox.connections.get(row.id).await.map_err(|error| InboxError::Conflict(error.to_string()))?;
    let mut outcome = connection.adapter.begin(&webhook_address(origin, guide.kind, row.id)).await;
    if outcome.is_ok() {
        outcome = connection.adapter.check().await;
    }
    inbox.connections.keep_renewed(&connection).await;
    let Err(failure) = outcome else { return Ok(None) };
    let reason = sentence(&failure.to_string());
    let mut tx = inbox.db.begin().await?;
    let state = ChannelState::NeedsAttention;
    if channels::set_state(&mut tx, row.id, state, &reason).await? {
        note_state(&inbox.clock, &mut tx, row, (state, "system")).await?;
    }
    tx.commit().await?;
    inbox.connections.forget(row.id);
    inbox.wake.event();
    Ok(Some(reason))
}

/// An account is set up otherwise from now on, by a person: the names that its platform makes for people by itself go along where
/// that says of the same account that they count somewhere else. `all` are the channels of the desk: names that another one
/// shares stay. Whoever calls this has locked the placing of messages first: those that are placed name people as the account does.
pub async fn keep_names(
    connections: &Connections,
    tx: &mut Tx,
    guide: &Guide,
    (before, after): (&Channel, &Channel),
    all: &[Channel],
) -> store::Result<()> {
    if !guide.is_same_account(&before.settings.0, &after.settings.0) {
        return Ok(());
    }
    let scope = |row: &Channel| connections.tried(row, &json!({})).ok().and_then(|adapter| adapter.name_scope());
    let (Some(old), Some(new)) = (scope(before), scope(after)) else { return Ok(()) };
    let is_other = |row: &&Channel| row.id != before.id && row.brand_id == before.brand_id && row.kind == before.kind;
    if old == new || all.iter().filter(is_other).any(|row| scope(row).as_ref() == Some(&old)) {
        return Ok(());
    }
    contacts::move_names(tx, before.brand_id, (&old, &new)).await
}

/// A sentence, whatever it was before.
pub fn sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_renewed_counts_unless_somebody_has_changed_the_same_meanwhile() {
        let tried = json!({ "access": { "token": "a", "ends_at": 1 }, "secret": "s" });
        let renewed = json!({ "access": { "token": "b", "ends_at": 2, "kind": "new" } });
        let both = json!({ "access": { "token": "b", "ends_at": 2, "kind": "new" }, "secret": "other" });
        let beside = json!({ "access": { "token": "a", "ends_at": 1 }, "secret": "other" });
        assert_eq!(with_renewed(&beside, &tried, &renewed), both);
        // A token goes with when it ends: none of it is mixed.
        let same = json!({ "access": { "token": "c", "ends_at": 1 }, "secret": "s" });
        assert_eq!(with_renewed(&same, &tried, &renewed), same);
        assert_eq!(with_renewed(&beside, &tried, &Value::Null), beside);
    }
}
