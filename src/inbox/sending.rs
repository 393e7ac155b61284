//! Whether replies leave through a channel, shown where people look at the channel.

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::Receipt;
use serde_json::json;

use super::Inbox;
use super::account::note_state;
use super::admission::ground_in;
use super::connecting::sentence;
use super::connections::Connection;
use super::deliver::{Next, is_as_seen};
use crate::model::channel::{AccountTrouble, Channel, ChannelState};
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::message::{Delivery, Message};
use crate::model::window::Window;
use crate::model::{ChannelId, MessageId};
use crate::store::intake::{BrandIdentity, NewIdentity};
use crate::store::opt_outs::Word;
use crate::store::{self, Tx, account_troubles, channels, conversations, intake, messages, opt_outs};

/// So many failures in a row of one message are looked into: one alone passes.
const SHOWN: i64 = 2;
/// So long a platform may say when it takes more before that is looked into as well.
const SHOWN_AFTER: Duration = Duration::from_mins(5);
/// So long that is a turn; from then on each attempt counts.
const TURNS: Duration = Duration::from_hours(4);

/// A message could not be handed over for the `attempts`th time. One whose recipient puts it off says nothing about the
/// channel; a server that lets nobody in does, and so do two messages that it both puts off.
pub async fn failed(inbox: &Inbox, id: MessageId, attempts: i64, reason: &str) -> store::Result<()> {
    if attempts < SHOWN { Ok(()) } else { look_into(inbox, id, reason).await }
}

async fn look_into(inbox: &Inbox, id: MessageId, reason: &str) -> store::Result<()> {
    let Some(message) = messages::find(&inbox.db, id).await? else { return Ok(()) };
    let Some(channel) = channels::find(&inbox.db, message.channel_id).await? else { return Ok(()) };
    if channel.state != ChannelState::Connected {
        return Ok(());
    }
    let is_alone = !messages::is_another_put_off(&inbox.db, channel.id, id).await?;
    if is_alone && lets_in(inbox, channel.id).await {
        return Ok(());
    }
    let mut tx = inbox.db.begin().await?;
    change(inbox, &mut tx, &channel, ChannelState::SendingFails, reason).await?;
    tx.commit().await?;
    inbox.connections.forget(channel.id);
    Ok(())
}

/// A message has reached its platform: whoever it went to may go on with its conversation, and where that was the one answer
/// which a thread takes, its time is over until the customer writes there.
pub(super) async fn reached(
    inbox: &Inbox,
    tx: &mut Tx,
    connection: &Connection,
    conversation: &mut Conversation,
    (receipt, to): (&Receipt, &[String]),
) -> store::Result<()> {
    let mut is_changed = false;
    for address in to {
        if !conversation.participants.0.contains(address) {
            conversation.participants.0.push(address.clone());
            is_changed = true;
        }
    }
    if let Some(private) = receipt.thread().and_then(|thread| connection.adapter.goes_on(thread)) {
        // The platform says so of what the customer wrote: who writes by that name is them.
        let scope = connection.adapter.name_scope();
        let name = BrandIdentity::within(conversation.brand_id, scope.as_ref(), &private.reader);
        let name = NewIdentity {
            id: conversation.contact_id,
            brand_id: name.brand_id,
            kind: name.kind,
            value: name.value,
            proved: true,
            created_at: inbox.clock.now(),
        };
        intake::insert_identities(tx, &[name]).await?;
    }
    if receipt.thread().is_some()
        && connection.channel.id == conversation.channel_id
        && ground_in(inbox, tx, connection, conversation.id).await?.waits_for_them()
    {
        conversation.window = Window { reply_until: Some(inbox.clock.now()), ..Window::default() };
        is_changed = true;
    }
    if is_changed { conversations::update(tx, conversation).await } else { Ok(()) }
}

/// Whether the platform can be reached and takes the credentials; where it pushes what comes does not matter.
async fn lets_in(inbox: &Inbox, id: ChannelId) -> bool {
    let Ok(connection) = inbox.connections.get(id).await else { return false };
    let checked = connection.adapter.check().await;
    inbox.connections.keep_renewed(&connection).await;
    checked.err().is_none_or(|failure| failure.lets_replies_leave())
}

/// The platform lets nobody in any more: only a person can mend that. Replies wait meanwhile.
pub(super) async fn refused(inbox: &Inbox, id: ChannelId, reason: &str) -> store::Result<()> {
    let Some(channel) = channels::find(&inbox.db, id).await? else { return Ok(()) };
    let shown = match channel.state {
        ChannelState::NeedsAttention => refused_also(inbox, &channel).await?,
        _ => Some((ChannelState::SendingFails, reason.to_owned())),
    };
    if let Some((state, reason)) = shown {
        let mut tx = inbox.db.begin().await?;
        change(inbox, &mut tx, &channel, state, &reason).await?;
        tx.commit().await?;
        inbox.connections.forget(id);
    }
    inbox.connections.refusals.note(id, inbox.clock.now());
    Ok(())
}

/// Gives a message whose attempt ended without effect back to its turn. The caller commits.
async fn requeue(tx: &mut Tx, message: &Message, reason: &str) -> store::Result<()> {
    if is_as_seen(tx, message).await? {
        messages::set_delivery(tx, message.id, Delivery::Queued, reason).await?;
    }
    Ok(())
}

/// The platform does not take a message now. Where it says when it will, that is its turn, and no attempt: the others of the channel
/// wait for it too. How long it may say so of one message is counted by that one, whatever becomes of the others.
pub(super) async fn put_off(
    inbox: &Inbox,
    message: &Message,
    (after, reason): (Option<Duration>, String),
) -> store::Result<Next> {
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    requeue(&mut tx, message, &reason).await?;
    let Some(wait) = after else {
        tx.commit().await?;
        return Ok(Next::Retry { after, reason });
    };
    let lasted = now.since(messages::note_put_off(&mut tx, message.id, now).await?);
    tx.commit().await?;
    let lasted_there = inbox.connections.pauses.note(message.channel_id, now, wait);
    if lasted >= TURNS {
        return Ok(Next::Retry { after, reason });
    }
    if lasted.max(lasted_there) >= SHOWN_AFTER {
        look_into(inbox, message.id, &reason).await?;
    }
    Ok(Next::Turn(now.plus(wait), reason))
}

/// The account has to be put right before anything leaves: the message waits for that, and people see why. Pages that show it
/// are told once, however often it is tried.
pub(super) async fn park(inbox: &Inbox, message: &Message, reason: &str) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    // Its event too: a chat goes on behind the last number that it was told, and none is given out beside this lock.
    let (conversation, now) = messages::lock_in_place(&mut tx, message.id, message.conversation_id).await?;
    if now.delivery == message.delivery {
        messages::set_delivery(&mut tx, message.id, Delivery::Queued, reason).await?;
        if message.delivery_reason != reason {
            let data = json!({ "message": message.id.to_string(), "delivery": Delivery::Queued.as_str() });
            let event = inbox.event(&conversation, EventKind::DeliveryChanged, "system", data);
            intake::insert_events(&mut tx, &[event]).await?;
        }
    }
    tx.commit().await?;
    refused(inbox, message.channel_id, reason).await
}

/// A reply was refused, perhaps because the access may not do this. Gives why nothing else would leave either, where a look at
/// the account finds that. Else this reply alone fails, and an admin hears of it.
pub(super) async fn not_permitted(
    inbox: &Inbox,
    connection: &Connection,
    (class, reason): (FailureClass, &str),
) -> store::Result<Option<String>> {
    if class != FailureClass::Permission {
        return Ok(None);
    }
    let checked = connection.adapter.check().await;
    inbox.connections.keep_renewed(connection).await;
    if let Err(failure @ (ChannelFailure::Refused { .. } | ChannelFailure::Reconnect { .. })) = checked
        && !failure.lets_replies_leave()
    {
        return Ok(Some(failure.to_string()));
    }
    let id = connection.channel.id;
    inbox.connections.refusals.end(id);
    let channel = channels::find(&inbox.db, id).await?;
    if let Some(channel) = channel.filter(|channel| channel.state == ChannelState::Connected) {
        let words = format!("{} The reply is kept in its conversation, and nothing is lost.", sentence(reason));
        let mut tx = inbox.db.begin().await?;
        change(inbox, &mut tx, &channel, ChannelState::SendingFails, &words).await?;
        tx.commit().await?;
        inbox.connections.forget(id);
    }
    Ok(None)
}

/// Where a platform refuses a message because its customer has opted out, that is kept: the next of its kind is refused here.
pub(super) async fn note_opted_out(inbox: &Inbox, message: &Message, class: FailureClass) -> store::Result<()> {
    if class != FailureClass::OptedOut {
        return Ok(());
    }
    let Some(conversation) = conversations::find(&inbox.db, message.conversation_id).await? else { return Ok(()) };
    let mut tx = inbox.db.begin().await?;
    let contact = message.to_contact_id.unwrap_or(conversation.contact_id);
    let word = Word { given: false, at: inbox.clock.now() };
    opt_outs::note(&mut tx, message.channel_id, contact, word).await?;
    tx.commit().await
}

/// What is shown of a channel that has trouble already and lets nobody in now either: the graver, unless the platform itself
/// has said what it is. What only sending does not get past is not seen by a check, and stays with the replies that wait.
async fn refused_also(inbox: &Inbox, channel: &Channel) -> store::Result<Option<(ChannelState, String)>> {
    for kind in [AccountTrouble::Access, AccountTrouble::Suspension] {
        let said = account_troubles::words(&inbox.db, channel.id, kind).await?;
        if !said.is_empty() && said == channel.state_reason {
            return Ok(None);
        }
    }
    let Ok(connection) = inbox.connections.get(channel.id).await else { return Ok(None) };
    let checked = connection.adapter.check().await;
    inbox.connections.keep_renewed(&connection).await;
    Ok(match checked {
        Err(failure @ ChannelFailure::Reconnect { .. }) => Some((ChannelState::NeedsAttention, failure.to_string())),
        _ => None,
    })
}

/// A message was handed over.
pub(super) async fn worked(inbox: &Inbox, tx: &mut Tx, channel: &Channel) -> store::Result<()> {
    if channels::set_sending_works(tx, channel.id).await? {
        note(inbox, tx, channel, ChannelState::Connected).await?;
        inbox.connections.forget(channel.id);
    }
    Ok(())
}

async fn change(inbox: &Inbox, tx: &mut Tx, channel: &Channel, state: ChannelState, reason: &str) -> store::Result<()> {
    if channels::set_state(tx, channel.id, state, reason).await? {
        note(inbox, tx, channel, state).await?;
    }
    Ok(())
}

async fn note(inbox: &Inbox, tx: &mut Tx, channel: &Channel, state: ChannelState) -> store::Result<()> {
    note_state(&inbox.clock, tx, channel, (state, "system")).await
}
