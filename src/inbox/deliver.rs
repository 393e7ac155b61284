//! Hands a message to its platform: at most once for all we can know, never blindly twice.

use std::time::Duration;

use channel_contract::failure::ChannelFailure;
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use serde_json::json;

use super::account::parked;
use super::admission::{self, refuse};
use super::chat::unseen_job;
use super::command::{compose, refusal};
use super::connections::{Connection, ConnectionError};
use super::fates::caught_up;
use super::limits::policy_of;
use super::notify::tell_unsent;
use super::outgoing::{approve_again, delivery_job};
use super::perform::action_job;
use super::pieces::{Pieces, begun_part, keep_names, refused_words, taken_part, with_parts};
use super::recheck::recheck;
use super::refusals::is_shut_out;
use super::taken_back::unsent;
use super::{Inbox, InboxError, brakes, sending};
use crate::metrics::DELIVERIES;
use crate::model::action::{ActionState, undone};
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::{Delivery, Message, delivery_facts, has_arrived};
use crate::model::teammate::Teammate;
use crate::model::{ContactId, MessageId, Ts};
use crate::store::intake::{self, NewKey};
use crate::store::{self, Reader, Tx, actions, channels, conversations, fates, jobs, messages, notifications};

/// How long a message waits for a paused or broken channel before it looks again.
const PARKED: Duration = Duration::from_secs(30);
/// Why a message waits whose channel lets nobody in.
const REFUSED: &str = "the provider refused the sign-in";
/// How long a message waits for an action of its own.
const ACTION: Duration = Duration::from_secs(2);
/// How long a message waits for an earlier one of its conversation before it looks again.
const BEHIND: Duration = Duration::from_secs(1);
/// How long a platform may take to show a message whose outcome is unknown.
const SETTLES: Duration = Duration::from_secs(20);
/// How often a message that was cut off and left no trace is sent again before a person decides: a server that breaks
/// off each time may well keep what it got.
const VANISHES: i64 = 2;

/// What comes next for the job that delivers.
pub enum Next {
    /// The end, together with this transaction.
    Done(Tx),
    /// Nothing is wrong; look again.
    Later {
        /// When.
        at: Ts,
        /// What it waits for.
        reason: String,
    },
    /// What it asks takes one at a time, and has its turn at this moment: the attempt does not count.
    Turn(Ts, String),
    /// Something that may pass.
    Retry {
        /// How long the platform asked to wait.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
}

/// Takes a message one step further; `attempts` counts this one.
pub async fn deliver(inbox: &Inbox, id: MessageId, attempts: i64) -> store::Result<Next> {
    let message = messages::find(&inbox.db, id).await?.ok_or(store::Error::NotFound)?;
    match message.delivery {
        Some(Delivery::Queued) => match Box::pin(brakes::hold(inbox, id)).await? {
            Some(tx) => Ok(Next::Done(tx)),
            None => send_queued(inbox, &message, attempts).await,
        },
        // Somebody began to send it and vanished: perhaps a moment ago, so the platform may not show it yet.
        Some(Delivery::Sending) => doubt(inbox, &message, "It was cut off while it was being sent.").await,
        Some(Delivery::Unknown) => reconcile(inbox, &message).await,
        _ => Ok(Next::Done(inbox.db.begin().await?)),
    }
}

async fn send_queued(inbox: &Inbox, message: &Message, attempts: i64) -> store::Result<Next> {
    let now = inbox.clock.now();
    if let Some(at) = message.send_at.filter(|at| *at > now) {
        return Ok(later(at, "it can still be taken back"));
    }
    if messages::waits_behind(&inbox.db, message).await? {
        return Ok(later(now.plus(BEHIND), "an earlier reply of the conversation leaves first"));
    }
    let own = actions::list_of_message(&mut Reader::Db(&inbox.db), message.id).await?;
    if own
        .iter()
        .any(|action| matches!(action.state, ActionState::Approved | ActionState::Performing | ActionState::Unknown))
    {
        return Ok(later(now.plus(ACTION), "its actions are not done yet"));
    }
    if let Some(why) = undone(&own) {
        return hold(inbox, message, Delivery::Held, &format!("The reply was held: {why}")).await;
    }
    let connection = match inbox.connections.get(message.channel_id).await {
        Ok(connection) => connection,
        Err(ConnectionError::Store(error)) => return Err(error),
        Err(error) => return hold(inbox, message, Delivery::Held, &error.to_string()).await,
    };
    if let Some(why) = parked(inbox, &connection.channel).await? {
        return Ok(later(now.plus(PARKED), why));
    }
    let refusals = &inbox.connections.refusals;
    if refusals.keep_waiting(&connection.channel, now) {
        return Ok(later(now.plus(PARKED), REFUSED));
    }
    if let Some(at) = inbox.connections.pauses.until(message.channel_id, now) {
        return Ok(Next::Turn(at, "the platform takes more at its own time".to_owned()));
    }
    let conversation = conversations::find(&inbox.db, message.conversation_id).await?.ok_or(store::Error::NotFound)?;
    // What the customer has the beginning of goes on, whatever else has changed.
    let begins = message.parts_sent == 0;
    if begins && let Some(words) = refusal(inbox, &connection, &conversation, message).await? {
        return hold(inbox, message, Delivery::Held, &words).await;
    }
    let (outbound, to) = match compose(inbox, &connection, &conversation, message).await {
        Ok(composed) => composed,
        Err(InboxError::Store(error)) => return Err(error),
        Err(InboxError::Files(error)) => return Ok(Next::Retry { after: None, reason: error.to_string() }),
        Err(refused) => return hold(inbox, message, Delivery::Held, &with_parts(message, &refused.to_string())).await,
    };
    let pieces = Pieces::of(&connection, message, &outbound);
    if let Err(refused) = pieces.admit(&connection) {
        return hold(inbox, message, Delivery::Held, &refused.to_string()).await;
    }
    if let Some(next) = heard(inbox, &connection, message, (&outbound, &pieces)).await? {
        return Ok(next);
    }
    if begins && let Some(next) = recheck(inbox, &conversation, message, &own, attempts).await? {
        return Ok(next);
    }
    if !refusals.may_knock(&connection.channel, now) {
        return Ok(later(now.plus(PARKED), REFUSED));
    }
    let begun = begin(inbox, message, &pieces, to).await?;
    let message = match &begun {
        Begun::Now(message) => message.as_ref(),
        Begun::Moved => return Ok(Next::Done(inbox.db.begin().await?)),
        Begun::Arrived => return Ok(later(now, "the provider has it already")),
    };
    let Some(piece) = pieces.next() else { return all_through(inbox, &connection, message, &outbound).await };
    let outcome = connection.adapter.send(piece).await;
    inbox.connections.keep_renewed(&connection).await;
    if !is_shut_out(&outcome) {
        refusals.end(message.channel_id);
    }
    inbox.connections.pauses.hear(message.channel_id, &outcome);
    record(inbox, &connection, message, (&outbound, &pieces), outcome).await
}

/// The platform takes it in fewer calls by now than are through: nothing is left of it.
async fn all_through(
    inbox: &Inbox,
    connection: &Connection,
    message: &Message,
    outbound: &Outbound,
) -> store::Result<Next> {
    let receipt = Receipt { external_id: message.external_id.clone(), also_known_as: Vec::new() };
    sent(inbox, connection, message, (&receipt, &outbound.to)).await
}

/// What comes next where the platform has told that it has the part that is next.
async fn heard(
    inbox: &Inbox,
    connection: &Connection,
    message: &Message,
    parts: (&Outbound, &Pieces),
) -> store::Result<Option<Next>> {
    let Some(external_id) = fates::find_arrived(&inbox.db, message.id).await? else { return Ok(None) };
    let receipt = Receipt { external_id, also_known_as: Vec::new() };
    through(inbox, connection, message, parts, &receipt).await.map(Some)
}

/// Whether a message is being sent now.
enum Begun {
    Now(Box<Message>),
    /// It is no longer as it was looked at.
    Moved,
    /// The platform has told that it has the part.
    Arrived,
}

/// Marks the message as being sent, in so many calls, and gives it so, unless it was taken back in between.
async fn begin(inbox: &Inbox, seen: &Message, pieces: &Pieces, to: ContactId) -> store::Result<Begun> {
    let mut tx = inbox.db.begin().await?;
    let current = messages::lock(&mut tx, seen.id).await?;
    if current.delivery != Some(Delivery::Queued) || current.parts_sent != seen.parts_sent {
        return Ok(Begun::Moved);
    }
    if fates::has_arrived(&mut tx, seen.id).await? {
        return Ok(Begun::Arrived);
    }
    messages::set_sending(&mut tx, seen.id, pieces.count(), (to, pieces.thread(), inbox.clock.now())).await?;
    if pieces.count() > 1 && pieces.next().is_some() {
        fates::set_parts(&mut tx, &[begun_part(seen)]).await?;
    }
    // News that names the command of this call finds it from now on, whatever comes of the sending.
    let key = pieces.next().map(|piece| NewKey {
        channel_id: current.channel_id,
        key: piece.command_id.to_string(),
        message_id: seen.id,
        conversation_id: current.conversation_id,
    });
    intake::insert_keys(&mut tx, key.as_slice()).await?;
    tx.commit().await?;
    let (delivery, thread) = (Some(Delivery::Sending), pieces.thread().map(ToOwned::to_owned));
    Ok(Begun::Now(Box::new(Message { delivery, parts: pieces.count(), thread, ..current })))
}

/// Whether the message is still as it was looked at: meanwhile a person may have taken it back or sent it once more, and
/// what was found out about the earlier attempt says nothing about that one. It is locked.
pub(super) async fn is_as_seen(tx: &mut Tx, message: &Message) -> store::Result<bool> {
    Ok(messages::lock(tx, message.id).await?.delivery == message.delivery)
}

async fn record(
    inbox: &Inbox,
    connection: &Connection,
    message: &Message,
    (outbound, pieces): (&Outbound, &Pieces),
    outcome: Result<Receipt, ChannelFailure>,
) -> store::Result<Next> {
    match outcome {
        Ok(receipt) => through(inbox, connection, message, (outbound, pieces), &receipt).await,
        Err(ChannelFailure::Retry { after, reason, .. }) => sending::put_off(inbox, message, (after, reason)).await,
        Err(ChannelFailure::Reconnect { reason }) => {
            sending::park(inbox, message, &reason).await?;
            Ok(later(inbox.clock.now().plus(PARKED), &reason))
        }
        Err(ChannelFailure::Unknown { reason }) => doubt(inbox, message, &reason).await,
        Err(ChannelFailure::Refused { class, reason }) => {
            if let Some(why) = sending::not_permitted(inbox, connection, (class, &reason)).await? {
                sending::park(inbox, message, &why).await?;
                return Ok(later(inbox.clock.now().plus(PARKED), &why));
            }
            sending::note_opted_out(inbox, message, class).await?;
            let words = refused_words((class, &reason), message.template.is_some());
            hold(inbox, message, Delivery::Failed, &with_parts(message, &words)).await
        }
    }
}

/// The platform took a call of a message: it is sent, or its next call is due. Both are one transaction with what the
/// platform calls it, so that whoever goes on after a crash goes on behind it.
async fn through(
    inbox: &Inbox,
    connection: &Connection,
    message: &Message,
    (outbound, pieces): (&Outbound, &Pieces),
    receipt: &Receipt,
) -> store::Result<Next> {
    if pieces.is_last() {
        return sent(inbox, connection, message, (receipt, &outbound.to)).await;
    }
    let mut tx = inbox.db.begin().await?;
    intake::hold_off(&mut tx).await?;
    let (place, known) = messages::lock_in_place(&mut tx, message.id, message.conversation_id).await?;
    // Of what was erased while the call ran nothing comes back.
    if known.delivery == Some(Delivery::Cancelled) {
        return Ok(Next::Done(tx));
    }
    fates::take_part(&mut tx, &taken_part(message, receipt)).await?;
    messages::set_part_sent(&mut tx, message.id, &receipt.external_id, (pieces.through_then(), pieces.count())).await?;
    keep_names(&mut tx, message, place.id, receipt).await?;
    tx.commit().await?;
    Ok(later(inbox.clock.now(), "its next part leaves"))
}

/// Nobody knows whether the platform has it: it is asked when it has had time to show it.
async fn doubt(inbox: &Inbox, message: &Message, reason: &str) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    if !is_as_seen(&mut tx, message).await? {
        return Ok(Next::Done(tx));
    }
    messages::set_delivery(&mut tx, message.id, Delivery::Unknown, reason).await?;
    // Where it was told meanwhile there is nothing to wait for.
    let wait = if fates::has_arrived(&mut tx, message.id).await? { Duration::ZERO } else { SETTLES };
    tx.commit().await?;
    Ok(later(inbox.clock.now().plus(wait), reason))
}

async fn sent(
    inbox: &Inbox,
    connection: &Connection,
    message: &Message,
    (receipt, to): (&Receipt, &[String]),
) -> store::Result<Next> {
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    intake::hold_off(&mut tx).await?;
    let (mut conversation, known) = messages::lock_in_place(&mut tx, message.id, message.conversation_id).await?;
    if known.delivery == Some(Delivery::Cancelled) {
        return Ok(Next::Done(tx));
    }
    // Its first call stands for all of it.
    let known_as = if message.parts_sent == 0 { &receipt.external_id } else { &message.external_id };
    if message.parts > 1 && message.parts_sent < message.parts {
        fates::take_part(&mut tx, &taken_part(message, receipt)).await?;
    }
    messages::set_sent(&mut tx, message.id, known_as, now).await?;
    keep_names(&mut tx, message, conversation.id, receipt).await?;
    channels::note_outbound(&mut tx, message.channel_id, now).await?;
    sending::worked(inbox, &mut tx, &connection.channel).await?;
    sending::reached(inbox, &mut tx, connection, &mut conversation, (receipt, to)).await?;
    if connection.chat.is_some() {
        let job = unseen_job(inbox, conversation.id, now.plus(inbox.mail_unseen_after));
        jobs::enqueue_no_later(&mut tx, &job).await?;
    }
    // What was told of it meanwhile says more.
    if !matches!(known.delivery, Some(Delivery::Delivered | Delivery::Read | Delivery::Failed)) {
        let state = caught_up(&mut tx, message.id, message.parts).await?;
        if state != Delivery::Sent {
            messages::set_delivery(&mut tx, message.id, state, "").await?;
        }
        note_delivery(inbox, &mut tx, &conversation, &known, state).await?;
    }
    Ok(Next::Done(tx))
}

/// Gives a message back to a person, with the reason; the conversation is theirs to look at.
async fn hold(inbox: &Inbox, message: &Message, delivery: Delivery, reason: &str) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    hold_in(inbox, &mut tx, message, delivery, reason).await?;
    Ok(Next::Done(tx))
}

/// The same within a transaction; `false` when it is no longer as it was looked at, and nothing changes.
pub(super) async fn hold_in(
    inbox: &Inbox,
    tx: &mut Tx,
    message: &Message,
    delivery: Delivery,
    reason: &str,
) -> store::Result<bool> {
    let (mut conversation, now) = messages::lock_in_place(tx, message.id, message.conversation_id).await?;
    if now.delivery != message.delivery {
        return Ok(false);
    }
    tracing::warn!(message = %message.id, delivery = %delivery, "a reply waits for a person");
    messages::set_delivery(tx, message.id, delivery, reason).await?;
    unsent(tx, &mut conversation, message.id, inbox.clock.now()).await?;
    conversation.unread = true;
    conversations::update(tx, &conversation).await?;
    tell_unsent(&inbox.clock, tx, &conversation, message).await?;
    note_delivery(inbox, tx, &conversation, message, delivery).await?;
    Ok(true)
}

async fn note_delivery(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    message: &Message,
    delivery: Delivery,
) -> store::Result<()> {
    DELIVERIES.add(delivery.as_str(), 1);
    let has_just_left = has_arrived(delivery) && !message.delivery.is_some_and(has_arrived);
    let data = delivery_facts(message.id, delivery, has_just_left);
    intake::insert_events(tx, &[inbox.event(conversation, EventKind::DeliveryChanged, "system", data)]).await
}

/// Asks the platform what became of a message before anything is repeated.
async fn reconcile(inbox: &Inbox, message: &Message) -> store::Result<Next> {
    let connection = match inbox.connections.get(message.channel_id).await {
        Ok(connection) => connection,
        Err(error) => return Ok(Next::Retry { after: None, reason: error.to_string() }),
    };
    let conversation = conversations::find(&inbox.db, message.conversation_id).await?.ok_or(store::Error::NotFound)?;
    let (outbound, _) = match compose(inbox, &connection, &conversation, message).await {
        Ok(composed) => composed,
        Err(InboxError::Store(error)) => return Err(error),
        Err(InboxError::Files(error)) => return Ok(Next::Retry { after: None, reason: error.to_string() }),
        Err(refused) => return hold(inbox, message, Delivery::Held, &refused.to_string()).await,
    };
    let pieces = Pieces::of(&connection, message, &outbound);
    let Some(piece) = pieces.next() else { return all_through(inbox, &connection, message, &outbound).await };
    if let Some(next) = heard(inbox, &connection, message, (&outbound, &pieces)).await? {
        return Ok(next);
    }
    match connection.adapter.reconcile(piece).await {
        Ok(Reconciliation::Sent(receipt)) => through(inbox, &connection, message, (&outbound, &pieces), &receipt).await,
        Ok(Reconciliation::NotSent) => vanished(inbox, message).await,
        Ok(Reconciliation::CannotTell) => {
            let reason = "It may have arrived: sending was cut off, and the provider cannot tell whether it has it. Ask \
                          the customer first; sent again, it may arrive twice.";
            hold_unless_heard(inbox, message, &with_parts(message, reason)).await
        }
        Err(failure) => Ok(Next::Retry { after: None, reason: failure.to_string() }),
    }
}

/// Gives a message of which nobody can tell to a person, unless the platform has told meanwhile: then it goes on.
async fn hold_unless_heard(inbox: &Inbox, message: &Message, reason: &str) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    let (conversation, _) = messages::lock_in_place(&mut tx, message.id, message.conversation_id).await?;
    if fates::has_arrived(&mut tx, message.id).await? {
        // The one that runs ends with this transaction.
        let job = delivery_job(&inbox.clock, &conversation, (message.id, message.channel_id), inbox.clock.now());
        jobs::enqueue(&mut tx, &[job]).await?;
    } else {
        hold_in(inbox, &mut tx, message, Delivery::Held, reason).await?;
    }
    Ok(Next::Done(tx))
}

/// The platform never got it: it goes again, but not for ever.
async fn vanished(inbox: &Inbox, message: &Message) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    // In this order everybody locks them.
    let (_, now) = messages::lock_in_place(&mut tx, message.id, message.conversation_id).await?;
    if now.delivery != message.delivery {
        return Ok(Next::Done(tx));
    }
    if fates::has_arrived(&mut tx, message.id).await? {
        return Ok(later(inbox.clock.now(), "the provider has it after all"));
    }
    if messages::note_vanished(&mut tx, message.id).await? > VANISHES {
        let reason = "The connection broke each time it was sent, and the provider shows no trace of it. Your text is \
                      kept. Look at the mail server, ask the customer, or send it again.";
        hold_in(inbox, &mut tx, message, Delivery::Held, reason).await?;
        return Ok(Next::Done(tx));
    }
    messages::set_delivery(&mut tx, message.id, Delivery::Queued, "").await?;
    tx.commit().await?;
    Ok(later(inbox.clock.now(), "the provider never got it"))
}

fn later(at: Ts, reason: &str) -> Next {
    Next::Later { at, reason: reason.to_owned() }
}

/// Nothing helped: a person decides. Says whether it may have arrived.
pub async fn give_up(inbox: &Inbox, id: MessageId, reason: &str) -> store::Result<Next> {
    let message = messages::find(&inbox.db, id).await?.ok_or(store::Error::NotFound)?;
    match message.delivery {
        Some(Delivery::Queued) => {
            let words = format!("It could not be sent: {reason} Your text is kept; mend the cause and send it again.");
            hold(inbox, &message, Delivery::Held, &with_parts(&message, &words)).await
        }
        Some(Delivery::Sending | Delivery::Unknown) => {
            let words = format!(
                "It may have arrived, and nobody can tell: {reason} Ask the customer first; sent again, it may arrive twice."
            );
            hold_unless_heard(inbox, &message, &with_parts(&message, &words)).await
        }
        _ => Ok(Next::Done(inbox.db.begin().await?)),
    }
}

/// A person says: send a held message after all, or one that may have arrived, knowing that it may arrive twice.
/// What failed in the shop is asked for anew, on this person's word and under the policy as it is now.
pub async fn send_again(inbox: &Inbox, id: MessageId, by: &Teammate) -> Result<(), InboxError> {
    let seen = messages::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let row = conversations::find(&inbox.db, seen.conversation_id).await?.ok_or(InboxError::NotFound)?;
    let policy = policy_of(inbox, row.brand_id).await?;
    let connection = admission::connected(inbox, seen.channel_id).await?;
    let untold = admission::not_told(inbox, connection.as_deref(), &row).await?;
    let mut tx = inbox.db.begin().await?;
    let (mut conversation, message) = messages::lock_in_place(&mut tx, id, seen.conversation_id).await?;
    if !matches!(message.delivery, Some(Delivery::Held | Delivery::Failed | Delivery::Unknown)) {
        return Err(InboxError::Conflict("This message is on its way already.".to_owned()));
    }
    if let Some(connection) = connection.filter(|_| !message.is_partly_sent()) {
        refuse(&admission::as_it_stands(inbox, &mut tx, &connection, (&message, &untold)).await?)?;
    }
    messages::send_anew(&mut tx, id, inbox.clock.now()).await?;
    let failed = actions::lock_failed_of(&mut tx, id).await?;
    approve_again(inbox, &mut tx, &conversation, policy.as_deref(), &failed, by).await?;
    actions::retry_of(&mut tx, id, by.id, inbox.clock.now()).await?;
    let is_answered = conversation.last_inbound_at.is_none_or(|at| at <= message.created_at);
    if conversation.status == ConversationStatus::Open && is_answered && !message.passes_by(conversation.contact_id) {
        conversation.status = ConversationStatus::Waiting;
        conversation.unread = false;
        messages::keep_due(&mut tx, id, conversation.due_at.take()).await?;
        conversation.clocks.answered(message.created_at);
        conversations::update(&mut tx, &conversation).await?;
        notifications::read_wanted(&mut tx, &[conversation.id], inbox.clock.now()).await?;
    }
    let mut work = vec![delivery_job(&inbox.clock, &conversation, (id, message.channel_id), inbox.clock.now())];
    for action in actions::list_due_of(&mut tx, id).await? {
        work.push(action_job(inbox, &conversation, action, inbox.clock.now()));
    }
    jobs::enqueue(&mut tx, &work).await?;
    let data = json!({ "message": id.to_string(), "delivery": "queued" });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::DeliveryChanged, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::PerformAction);
    inbox.wake.deliveries();
    Ok(())
}
