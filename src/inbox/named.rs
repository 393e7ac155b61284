//! What customers are called whose platform says so only when it is asked. Nothing waits for it: until then, and where it is
//! not told, they go by the id that the platform gave.

use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::Identity;
use serde_json::json;

use super::connections::ConnectionError;
use super::{Inbox, clean_line, event_of};
use crate::clock::Clock;
use crate::model::channel::ChannelState;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::{ChannelId, ContactId, ConversationId};
use crate::store::jobs::NewJob;
use crate::store::{self, Tx, bulk_changes, contacts, erasures, intake};

/// How many letters of a name are kept.
const NAME: usize = 120;

/// What comes next.
pub enum Asked {
    /// It is done; the caller commits.
    Done(Tx),
    /// The channel is paused.
    Parked,
    /// The platform did not say.
    Failed(ChannelFailure),
}

/// Asks what a customer is called who goes by an id of the channel's, and names them so.
pub async fn ask(
    inbox: &Inbox,
    (contact, channel, conversation): (ContactId, ChannelId, ConversationId),
) -> store::Result<Asked> {
    let known = contacts::get(&inbox.db, contact).await?;
    let identities = contacts::identities(&inbox.db, contact).await?;
    let Some(unnamed) = identities.into_iter().find(|identity| identity.value == known.name) else {
        return Ok(Asked::Done(inbox.db.begin().await?));
    };
    let connection = match inbox.connections.get(channel).await {
        Ok(connection) => connection,
        Err(ConnectionError::Store(error)) => return Err(error),
        Err(_) => return Ok(Asked::Done(inbox.db.begin().await?)),
    };
    if connection.channel.state == ChannelState::Paused {
        return Ok(Asked::Parked);
    }
    let whom = Identity { kind: unnamed.kind, value: unnamed.value };
    let told = connection.adapter.name_of(&whom).await;
    inbox.connections.keep_renewed(&connection).await;
    let name = match told {
        Ok(name) => name.map(|name| clean_line(&name).trim().chars().take(NAME).collect::<String>()),
        Err(failure) => return Ok(Asked::Failed(failure)),
    };
    let mut tx = inbox.db.begin().await?;
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(Asked::Done(tx)) };
    intake::hold_off(&mut tx).await?;
    // In this order everybody locks them; the event gets its number under the lock of its own.
    let mut named = erasures::list_conversations(&mut tx, contact).await?;
    named.push(conversation);
    bulk_changes::lock_ids(&mut tx, &named).await?;
    if contacts::set_name(&mut tx, contact, (known.name.as_str(), name.as_str())).await? {
        let about = (known.brand_id, conversation);
        let event = event_of(&inbox.clock, about, EventKind::CustomerNamed, "system", json!({}));
        intake::insert_events(&mut tx, &[event]).await?;
    }
    Ok(Asked::Done(tx))
}

/// The work of asking.
pub(super) fn name_job(clock: &Clock, contact: ContactId, (channel, talk): (ChannelId, ConversationId)) -> NewJob {
    let now = clock.now();
    NewJob {
        id: clock.new_id(),
        kind: JobKind::ReadName,
        payload: json!({
            "contact": contact.to_string(), "channel": channel.to_string(), "conversation": talk.to_string(),
        }),
        dedup_key: Some(contact.to_string()),
        run_at: now,
        conversation_id: Some(talk),
        created_at: now,
    }
}
