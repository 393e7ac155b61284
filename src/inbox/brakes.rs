//! Where the agent is stopped nothing leaves and nothing is done on its word alone: a person decides. What it has put on its way
//! comes back to them, and what has begun at a shop is done to its end.

use serde_json::json;

use super::Inbox;
use super::perform::{bring_back, look_first, note as note_action};
use super::taken_back::stop_alone;
use crate::model::action::ActionState;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brake::Brake;
use crate::model::brand::AgentLevel;
use crate::model::channel::ChannelKind;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::order::ActionKind;
use crate::model::teammate::Teammate;
use crate::model::{BrakeId, BrandId, MessageId};
use crate::policy::{Alone, stopping};
use crate::store::intake::NewEvent;
use crate::store::{self, Db, Reader, Tx, actions, audit, brakes, brands, intake, messages};

/// So many replies come back while somebody waits for the answer; the others when they would leave.
const AT_ONCE: i64 = 200;

const GO_ON: &str = "Send it again if it is right all the same, take it back to edit it, or let the agent write again.";

/// Stops the agent, if it is not stopped there already.
pub async fn stop(inbox: &Inbox, brake: &Brake, by: &Teammate) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    let held = brakes::list_in_force(&mut Reader::Tx(&mut tx)).await?;
    if !held.iter().any(|other| other.stops_the_same(brake)) {
        brakes::insert(&mut tx, brake).await?;
        note(inbox, &mut tx, brake, (AuditAction::AgentStopped, by)).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Lets the agent go on. What came back meanwhile stays with people. The same twice is one.
pub async fn release(inbox: &Inbox, id: BrakeId, by: &Teammate) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    if let Some(brake) = brakes::lift(&mut tx, id, by.id, inbox.clock.now()).await? {
        note(inbox, &mut tx, &brake, (AuditAction::AgentReleased, by)).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Open pages draw anew what they say of it, and the audit log keeps it.
async fn note(inbox: &Inbox, tx: &mut Tx, brake: &Brake, (action, by): (AuditAction, &Teammate)) -> store::Result<()> {
    let now = inbox.clock.now();
    // An event is some brand's; pages of all of them hear of it.
    let brand = match brake.brand_id {
        Some(brand) => brand,
        None => brands::list(&inbox.db).await?.first().ok_or(store::Error::NotFound)?.id,
    };
    let event = NewEvent {
        id: inbox.clock.new_id(),
        brand_id: brand,
        conversation_id: None,
        kind: EventKind::BrakeChanged,
        actor: by.name.clone(),
        data: json!({ "brake": brake.id.to_string() }),
        at: now,
    };
    intake::insert_events(tx, &[event]).await?;
    let named = |word: &str| (!word.is_empty()).then(|| word.to_owned());
    let act = Act {
        actor: Actor::Teammate(by),
        action,
        subject: (AuditSubject::Brake, brake.id.to_string()),
        brand: brake.brand_id,
        details: json!({
            "name": brake.reason,
            "intent": named(&brake.intent),
            "channel": named(&brake.channel),
            "action": named(&brake.action),
        }),
    };
    audit::append(tx, &act, now).await
}

/// Gives back to people what the agent has put on its way where it is stopped by now. Says how many replies that is.
pub async fn call_back(inbox: &Inbox) -> store::Result<usize> {
    let mut called = 0;
    for id in brakes::list_sent_alone(&inbox.db, AT_ONCE).await? {
        match Box::pin(hold(inbox, id)).await {
            Ok(Some(tx)) => {
                tx.commit().await?;
                called += 1;
            }
            Ok(None) => {}
            // It is held when it would leave.
            Err(error) => {
                tracing::warn!(message = %id, %error, "a reply of the stopped agent could not be called back");
            }
        }
    }
    inbox.wake.event();
    Ok(called)
}

/// How far the agent may go in the chats of a brand: where all that it says there is stopped, a person reads it first.
pub async fn level_in_chats(db: &Db, brand: BrandId, level: AgentLevel) -> store::Result<AgentLevel> {
    if level != AgentLevel::Auto {
        return Ok(level);
    }
    let alone = Alone { brand, intent: "", channel: ChannelKind::LiveChat.as_str(), actions: &[] };
    let stopped = why_stopped(&mut Reader::Db(db), &alone).await?;
    Ok(if stopped.is_some() { AgentLevel::Approve } else { level })
}

/// Why what the agent would do alone is a person's; `None` where no stop holds for it.
pub(super) async fn why_stopped(reader: &mut Reader<'_>, alone: &Alone<'_>) -> store::Result<Option<String>> {
    let held = brakes::list_in_force(reader).await?;
    Ok(stopping(&held, alone).map(words))
}

fn words(brake: &Brake) -> String {
    format!("the agent is stopped here: {}", brake.reason)
}

/// Why a message does not leave, nor what the shop is asked for it: the agent has put it on its way alone and is stopped by now.
pub(super) async fn why_held(reader: &mut Reader<'_>, id: MessageId) -> store::Result<Option<String>> {
    let held = brakes::list_in_force(reader).await?;
    if held.is_empty() {
        return Ok(None);
    }
    let Some(sent) = brakes::find_sent_alone(reader, id).await? else { return Ok(None) };
    let own = actions::list_of_message(reader, id).await?;
    let kinds: Vec<ActionKind> = own.iter().map(|action| action.document.0.kind()).collect();
    let alone = Alone { brand: sent.brand_id, intent: &sent.intent, channel: &sent.channel, actions: &kinds };
    Ok(stopping(&held, &alone).map(words))
}

/// Gives a message to a person that the agent has put on its way alone, if the agent is stopped by now; with the transaction of
/// that, which the caller commits. `None`: it may go on.
pub(super) async fn hold(inbox: &Inbox, id: MessageId) -> store::Result<Option<Tx>> {
    if why_held(&mut Reader::Db(&inbox.db), id).await?.is_none() {
        return Ok(None);
    }
    let mut tx = inbox.db.begin().await?;
    let seen = messages::find_in(&mut tx, id).await?.ok_or(store::Error::NotFound)?;
    let (mut conversation, message) = messages::lock_in_place(&mut tx, id, seen.conversation_id).await?;
    let Some(why) = why_held(&mut Reader::Tx(&mut tx), id).await? else { return Ok(None) };
    if actions::any_begun(&mut tx, id).await? {
        Box::pin(hold_begun(inbox, &mut tx, &mut conversation, (id, &why))).await?;
    } else {
        Box::pin(stop_alone(inbox, &mut tx, &mut conversation, &message, &why)).await?;
    }
    Ok(Some(tx))
}

/// What the shop was asked for goes on, what it was not asked for is not asked, and the reply is held.
async fn hold_begun(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    (id, why): (MessageId, &str),
) -> store::Result<()> {
    let words = format!("Held: {why}. What the shop was asked for before goes on. {GO_ON}");
    for one in actions::list_of_message(&mut Reader::Tx(tx), id).await? {
        let state = one.ends_unasked();
        let reason = if state == ActionState::Unknown { look_first(&words) } else { words.clone() };
        if actions::end_waiting(tx, one.id, state, &reason).await? {
            note_action(inbox, tx, conversation, EventKind::ActionFailed, &one, &reason).await?;
        }
    }
    bring_back(inbox, tx, conversation, Some(id), &words).await
}
