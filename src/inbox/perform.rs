//! An approved action takes effect in the shop, and what came of it is recorded: the reply that speaks of it leaves
//! only then.

use std::time::Duration;

use channel_contract::effects::{Trace, still_visible};
use channel_contract::way_back;
use serde_json::json;

use super::notify::tell_unsent;
use super::taken_back::unsent;
use super::{Inbox, brakes, outdated};
use crate::channels::joined;
use crate::commerce::perform::{Performance, perform_again, perform_first, read_before};
use crate::model::action::{Action, ActionState, told};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::Delivery;
use crate::model::order::{KnownOrder, Order};
use crate::model::{ActionId, MessageId, Ts};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Reader, Tx, actions, audit, conversations, intake, messages, orders};

/// After so many attempts an action whose outcome stays unknown is given to a person.
const ATTEMPTS: i64 = 6;

/// What an action came to whose outcome is not known.
pub(super) const MAY_BE_DONE: &str = "The shop may have done it, and nobody can tell";

/// What comes next for the job that performs.
pub enum Next {
    /// The end, together with this transaction.
    Done(Tx),
    /// Something that may pass.
    Retry {
        /// How long the shop asked to wait.
        after: Option<Duration>,
        /// What happened.
        reason: String,
    },
    /// Another action of the order comes first; what it waits for. Nothing was begun.
    Turn(String),
}

/// The job that performs an action.
pub fn action_job(inbox: &Inbox, conversation: &Conversation, action: ActionId, run_at: Ts) -> NewJob {
    NewJob {
        conversation_id: Some(conversation.id),
        // An action that comes to life again has its time anew.
        dedup_key: Some(action.to_string()),
        ..NewJob::about(inbox.clock.new_id(), JobKind::PerformAction, "action", &action, run_at)
    }
}

/// Performs an action once for all we can know: the same idempotency key on every attempt, and a look at the shop first.
pub async fn perform(inbox: &Inbox, id: ActionId, attempts: i64) -> store::Result<Next> {
    let action = actions::find(&inbox.db, id).await?.ok_or(store::Error::NotFound)?;
    if !matches!(action.state, ActionState::Approved | ActionState::Performing | ActionState::Unknown) {
        return Ok(Next::Done(inbox.db.begin().await?));
    }
    let conversation = conversations::find(&inbox.db, action.conversation_id).await?.ok_or(store::Error::NotFound)?;
    let shops = match inbox.shops.of_brand(conversation.brand_id).await {
        Ok(shops) => shops,
        Err(error) => return Ok(Next::Retry { after: None, reason: error.to_string() }),
    };
    // No attempt got as far as the shop, or each that did was told that it did nothing.
    let is_untouched = action.state == ActionState::Approved;
    let asked_at = inbox.clock.now();
    let before = if is_untouched { Some(read_before(&action, &shops).await) } else { None };
    let (known, performance) = match before {
        // Nothing was begun.
        Some(Err(performance)) => (None, performance),
        Some(Ok(before)) => {
            match begin_first(inbox, &action, (&before, asked_at)).await? {
                Begun::Yes => {}
                Begun::Dropped => return Ok(Next::Done(inbox.db.begin().await?)),
                Begun::Stopped(message) => {
                    return Ok(match Box::pin(brakes::hold(inbox, message)).await? {
                        Some(tx) => Next::Done(tx),
                        None => Next::Retry { after: None, reason: "the agent goes on by now".to_owned() },
                    });
                }
                Begun::Later => return Ok(Next::Turn("another action of this order is not done yet".to_owned())),
                Begun::Outdated(changes) => {
                    return Box::pin(outdated::hold(inbox, &action, (&before, &changes))).await;
                }
            }
            let performance = perform_first(&action, &before.order, &shops).await;
            (Some(before.order), performance)
        }
        None => {
            if !begin_again(inbox, id).await? {
                return Ok(Next::Done(inbox.db.begin().await?));
            }
            let known = orders::find(&inbox.db, action.order_source_id, &action.order_id).await?;
            let performance = perform_again(&action, known.as_ref(), &shops).await;
            (known, performance)
        }
    };
    match performance {
        Performance::Performed { reference, order } => {
            let now = inbox.clock.now();
            let mut tx = inbox.db.begin().await?;
            // As it is now: it may have gone into another one, and under its lock its events get their numbers in order.
            let conversation = conversations::lock(&mut tx, action.conversation_id).await?;
            actions::set_state(&mut tx, id, ActionState::Performed, &reference, "", Some(now)).await?;
            orders::save(&mut tx, &order).await?;
            keep_trace(&mut tx, &action, (known.as_ref(), &order.order), &reference).await?;
            // What takes another one back has no way back: that is done anew.
            if !actions::compensate(&mut tx, id).await? {
                keep_way_back(&mut tx, &action, (known.as_ref(), &order.order), &reference).await?;
            }
            note(inbox, &mut tx, &conversation, EventKind::ActionPerformed, &action, &reference).await?;
            Ok(Next::Done(tx))
        }
        Performance::Retry { after, reason, is_sure } if attempts < ATTEMPTS => {
            if is_untouched {
                let mut tx = inbox.db.begin().await?;
                actions::put_back(&mut tx, id, if is_sure { &action.error } else { &reason }).await?;
                tx.commit().await?;
            }
            Ok(Next::Retry { after, reason })
        }
        Performance::Unknown { after, reason } if attempts < ATTEMPTS => {
            let mut tx = inbox.db.begin().await?;
            actions::doubt(&mut tx, id, &reason).await?;
            tx.commit().await?;
            Ok(Next::Retry { after, reason })
        }
        // What an earlier attempt did, no later answer of the shop takes back.
        Performance::Refused { reason } | Performance::Retry { reason, is_sure: true, .. } if is_untouched => {
            fail(inbox, &action, action.ends_unasked(), &reason).await
        }
        Performance::Refused { reason } | Performance::Retry { reason, .. } | Performance::Unknown { reason, .. } => {
            fail(inbox, &action, ActionState::Unknown, &reason).await
        }
    }
}

/// Whether an action was begun.
enum Begun {
    Yes,
    /// Its reply was taken back in between.
    Dropped,
    /// The agent is stopped that has put this reply on its way alone.
    Stopped(MessageId),
    /// Another one of its order comes first.
    Later,
    /// Its order changed since its draft was written, as these sentences say.
    Outdated(Vec<String>),
}

/// Marks the action as begun, unless its reply was taken back in between or its draft knows the order otherwise, and keeps the
/// order as it was before, as it was asked for at a moment: an attempt that is cut off is told by what is new since.
async fn begin_first(inbox: &Inbox, action: &Action, (before, asked_at): (&KnownOrder, Ts)) -> store::Result<Begun> {
    let mut tx = inbox.db.begin().await?;
    if let Some(message) = action.message_id
        && brakes::why_held(&mut Reader::Tx(&mut tx), message).await?.is_some()
    {
        return Ok(Begun::Stopped(message));
    }
    if comes_later(&mut tx, action, asked_at).await? {
        return Ok(Begun::Later);
    }
    // Behind the lock: what its own draft did with the order before is among what the order shows.
    let changes = Box::pin(outdated::changes(&mut tx, action, &before.order)).await?;
    if !changes.is_empty() {
        return Ok(Begun::Outdated(changes));
    }
    if !actions::begin(&mut tx, action.id).await? {
        return Ok(Begun::Dropped);
    }
    orders::save(&mut tx, before).await?;
    tx.commit().await?;
    Ok(Begun::Yes)
}

async fn begin_again(inbox: &Inbox, id: ActionId) -> store::Result<bool> {
    let mut tx = inbox.db.begin().await?;
    let begun = actions::begin(&mut tx, id).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Whether the effect of another action of the order could be taken for this one's: it is under way, or was done since the
/// order was asked for. One that was given up waits for a person, and nobody waits for it.
async fn comes_later(tx: &mut Tx, action: &Action, asked_at: Ts) -> store::Result<bool> {
    for other in actions::lock_of_order(tx, action.order_source_id, &action.order_id).await? {
        let comes_first = match other.state {
            _ if other.id == action.id => false,
            ActionState::Performing | ActionState::Unknown => {
                let key = other.id.to_string();
                !jobs::list_newer(tx, JobKind::PerformAction, &key, Ts(0)).await?.is_empty()
            }
            ActionState::Performed | ActionState::Compensated => other.performed_at.is_some_and(|at| at > asked_at),
            _ => false,
        };
        if comes_first {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps what takes the action back, where something does that the shop allows.
async fn keep_way_back(
    tx: &mut Tx,
    action: &Action,
    (before, after): (Option<&Order>, &Order),
    reference: &str,
) -> store::Result<()> {
    let way = before.and_then(|before| way_back(&action.document.0, before, reference));
    match way.filter(|way| after.refusal(way.kind()).is_none()) {
        Some(way) => actions::keep_way_back(tx, action.id, &way).await,
        None => Ok(()),
    }
}

/// Keeps what showed that it took effect, where that can be known again.
async fn keep_trace(
    tx: &mut Tx,
    action: &Action,
    (before, after): (Option<&Order>, &Order),
    reference: &str,
) -> store::Result<()> {
    let Some(before) = before else { return Ok(()) };
    let trace = Trace::between(before, after, reference);
    if still_visible(&action.document.0, (before, after), &trace, reference) {
        actions::keep_trace(tx, action.id, &trace).await?;
    }
    Ok(())
}

/// Nothing helped: the action counts as failed, and a person decides.
pub async fn give_up(inbox: &Inbox, id: ActionId, reason: &str) -> store::Result<Next> {
    let action = actions::find(&inbox.db, id).await?.ok_or(store::Error::NotFound)?;
    match action.state {
        ActionState::Approved => fail(inbox, &action, action.ends_unasked(), reason).await,
        ActionState::Performing | ActionState::Unknown => fail(inbox, &action, ActionState::Unknown, reason).await,
        _ => Ok(Next::Done(inbox.db.begin().await?)),
    }
}

/// The action failed, or nobody can tell: its reply is held, and the conversation comes back to a person.
async fn fail(inbox: &Inbox, action: &Action, state: ActionState, reason: &str) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, action.conversation_id).await?;
    if actions::find_in(&mut tx, action.id).await?.is_none_or(|now| now.state == ActionState::Cancelled) {
        return Ok(Next::Done(tx));
    }
    let (what, reason) = match state {
        ActionState::Unknown => (MAY_BE_DONE, look_first(reason)),
        _ => ("The shop did not do it", reason.to_owned()),
    };
    actions::set_state(&mut tx, action.id, state, &action.reference, &reason, None).await?;
    let held = format!("{what}, so the reply was held: {reason}");
    Box::pin(bring_back(inbox, &mut tx, &mut conversation, action.message_id, &held)).await?;
    note(inbox, &mut tx, &conversation, EventKind::ActionFailed, action, &reason).await?;
    Ok(Next::Done(tx))
}

/// The same for the person who decides what comes next.
pub(super) fn look_first(reason: &str) -> String {
    format!("It may have happened; look in the shop before you try it again. {reason}")
}

/// Holds the reply that waited for what was not done, with these words, and gives the conversation, which is locked, to a person.
pub(super) async fn bring_back(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    reply: Option<MessageId>,
    words: &str,
) -> store::Result<()> {
    if let Some(message) = reply {
        // A reply that was taken back meanwhile stays so.
        let reply = messages::lock(tx, message).await?;
        if matches!(reply.delivery, Some(Delivery::Queued | Delivery::Held)) {
            messages::set_delivery(tx, message, Delivery::Held, words).await?;
            unsent(tx, conversation, message, inbox.clock.now()).await?;
            tell_unsent(&inbox.clock, tx, conversation, &reply).await?;
        }
    }
    conversation.status = ConversationStatus::Open;
    conversation.snoozed_until = None;
    conversation.unread = true;
    conversation.resolved_at = None;
    conversations::update(tx, conversation).await
}

/// Tells what became of an action, on the timeline of its conversation, which is locked, and in the audit.
pub(super) async fn note(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    kind: EventKind,
    action: &Action,
    result: &str,
) -> store::Result<()> {
    let data = joined(&told(&action.document.0, &action.order_number), &json!({ "result": result, "id": action.id }));
    intake::insert_events(tx, &[inbox.event(conversation, kind, "system", data)]).await?;
    let performed = kind == EventKind::ActionPerformed;
    let amount = actions::amount(tx, action.id).await?;
    let act = Act {
        actor: Actor::System,
        action: if performed { AuditAction::ActionPerformed } else { AuditAction::ActionFailed },
        subject: (AuditSubject::Order, action.order_number.clone()),
        brand: Some(conversation.brand_id),
        details: json!({
            "action": action.document.0.kind().as_str(),
            "amount": amount.map(|amount| amount.to_string()),
            "conversation": conversation.number,
            "id": action.id,
            "reference": performed.then_some(result),
        }),
    };
    audit::append(tx, &act, inbox.clock.now()).await
}
