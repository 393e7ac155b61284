//! An account of a platform: it is tried before it is kept, and begins once it is.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::guide::{EnteredBy, Guide};
use serde_json::Value;

use super::account::note_state;
use super::connections::Connections;
use super::{Inbox, InboxError};
use crate::channels::{joined, webhook_address};
use crate::model::channel::{Channel, ChannelState};
use crate::store::channels;

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

/// Whether the platform lets the account in, without sending anything; gives its secrets with what was renewed on the way.
/// What a person still has to set up there, behind the address that only a saved account has, does not keep it out.
pub async fn try_out(
    connections: &Connections,
    guide: &Guide,
    (row, secrets): (&Channel, &Value),
) -> Result<Value, Wrong> {
    let adapter = connections.tried(row, secrets).map_err(|error| Wrong::Settings(sentence(&error.to_string())))?;
    match adapter.check().await {
        Ok(()) => {}
        Err(ChannelFailure::Refused { class: FailureClass::Permission, .. }) if entered_by(guide).is_some() => {}
        Err(failure) => return Err(Wrong::Platform(failure)),
    }
    Ok(adapter.renewed_secrets().map_or_else(|| secrets.clone(), |renewed| joined(secrets, &renewed)))
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

/// A sentence, whatever it was before.
pub fn sentence(words: &str) -> String {
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}
