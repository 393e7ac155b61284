//! A sign that a person puts on a message of the customer's, or takes off. Done twice it is there once, so the platform is
//! asked at once, and what it did not take is not kept.

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::Reaction;
use serde_json::json;

use super::admission::ground;
use super::connections::ConnectionError;
use super::recipient::reached_at;
use super::threads::answered_there;
use super::{Inbox, InboxError};
use crate::model::channel::ChannelState;
use crate::model::event::EventKind;
use crate::model::fit::sign_misfit;
use crate::model::message::Message;
use crate::model::message_change::{OURS, Sign};
use crate::model::teammate::Teammate;
use crate::model::{MessageId, Ts};
use crate::store::{Reader, intake, messages, people};

/// Puts this sign on a message, in the place of the one that stands there from us; `""` takes it off.
pub async fn put(inbox: &Inbox, id: MessageId, sign: &str, by: &Teammate) -> Result<(), InboxError> {
    let message = messages::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    if !message.takes_signs() {
        let words = "A sign goes on what the customer wrote, as long as it is there. Nothing was done.";
        return Err(InboxError::Invalid(words.to_owned()));
    }
    let connection = inbox.connections.get(message.channel_id).await.map_err(|error| match error {
        ConnectionError::Store(error) => error.into(),
        broken => InboxError::Conflict(format!("The channel cannot be used: {broken}. Nothing was done.")),
    })?;
    if connection.channel.state == ChannelState::Paused {
        return Err(InboxError::Conflict("The channel is paused. Nothing was done.".to_owned()));
    }
    let (mut reader, thread) = (Reader::Db(&inbox.db), message.thread.clone());
    let answered = answered_there(&mut reader, &connection, message.conversation_id, thread).await?;
    let ground = ground(&connection, &answered, inbox.clock.now());
    if let Some(words) = sign_misfit(&ground, connection.adapter.signs_on(&message.external_id), sign) {
        return Err(InboxError::Invalid(format!("{words} Nothing was done.")));
    }
    let names = people::identities_in_case(&mut reader, message.conversation_id).await?;
    let reaction = Reaction {
        to: vec![reached_at(connection.channel.channel_kind(), &message, &names).clone()],
        thread_id: answered.thread,
        message_id: message.external_id.clone(),
        sign: sign.to_owned(),
    };
    let outcome = connection.adapter.react(&reaction).await;
    inbox.connections.keep_renewed(&connection).await;
    outcome.map_err(|failure| not_put(&failure))?;
    keep(inbox, &message, sign, by).await
}

fn not_put(failure: &ChannelFailure) -> InboxError {
    let advice = match failure {
        ChannelFailure::Unknown { .. } => "The sign may be there or not: press it once more.",
        ChannelFailure::Retry { .. } => "Nothing was changed. Press it once more in a moment.",
        ChannelFailure::Reconnect { .. } | ChannelFailure::Refused { .. } => "Nothing was changed.",
    };
    InboxError::Conflict(format!("{failure} {advice}"))
}

/// Keeps what stands on the message now, behind whatever was told of it before.
async fn keep(inbox: &Inbox, seen: &Message, sign: &str, by: &Teammate) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let (conversation, message) = messages::lock_in_place(&mut tx, seen.id, seen.conversation_id).await?;
    if !message.takes_signs() {
        let words = "The message was taken back or removed meanwhile. The sign is not kept here.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    let mut changes = message.changes.map(|changes| changes.0).unwrap_or_default();
    let before = changes.sign_of(OURS).map(|known| (known.at, known.sign.clone()));
    let now = inbox.clock.now();
    let at = before.as_ref().map_or(now, |(at, _)| now.max(Ts(at.0.saturating_add(1))));
    let key = inbox.clock.new_id::<MessageId>().to_string();
    let ours = Sign { by: OURS.to_owned(), name: by.name.clone(), sign: sign.to_owned(), at, key };
    if changes.put_sign(ours) {
        intake::set_signs(&mut tx, seen.id, &changes).await?;
        let shown = if sign.is_empty() { before.map(|(_, sign)| sign).unwrap_or_default() } else { sign.to_owned() };
        let what = if sign.is_empty() { "sign_off" } else { "sign" };
        let data = json!({ "message": seen.id.to_string(), "what": what, "sign": shown });
        intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::MessageChanged, &by.name, data)])
            .await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}
