//! What a draft asks of a shop is asked only while the order is as the draft has it. Else the shop is asked for nothing, and a
//! person sees the difference.

use super::Inbox;
use super::perform::{MAY_BE_DONE, Next, bring_back, look_first, note};
use super::recheck::changed_beside;
use crate::model::action::{Action, ActionState};
use crate::model::event::EventKind;
use crate::model::order::{KnownOrder, Order};
use crate::store::{self, Reader, Tx, actions, conversations, drafts, orders};

const GO_ON: &str = "Send it again if it is right all the same, take it back to edit it, or let the agent write again.";

/// What changed in the order of an action since the draft was written that asks for it, beside what the draft itself had done
/// to it. Scans say nothing of what is done, and what a teammate asks for by hand rests on no draft.
pub(super) async fn changes(tx: &mut Tx, action: &Action, now: &Order) -> store::Result<Vec<String>> {
    let (Some(draft), Some(message)) = (action.draft_id, action.message_id) else { return Ok(Vec::new()) };
    let draft = drafts::find_in(tx, draft).await?;
    let Some(known) = draft.document.0.orders.iter().find(|known| is_of(action, known)) else {
        return Ok(Vec::new());
    };
    let own = actions::list_of_message(&mut Reader::Tx(tx), message).await?;
    Ok(changed_beside(known, now, &own, false))
}

/// Whether it is the order that an action is about.
fn is_of(action: &Action, known: &KnownOrder) -> bool {
    known.source_id == action.order_source_id && known.order.id == action.order_id
}

/// Gives to a person what a draft asks of an order that changed, with its reply. All of it that waits there, for what they are
/// shown now is what the next attempt is compared with.
pub(super) async fn hold(
    inbox: &Inbox,
    action: &Action,
    (now, changes): (&KnownOrder, &[String]),
) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, action.conversation_id).await?;
    let (Some(draft), Some(message)) = (action.draft_id, action.message_id) else { return Ok(Next::Done(tx)) };
    let own = actions::list_of_message(&mut Reader::Tx(&mut tx), message).await?;
    let mut words =
        vec![format!("Order {} changed since this reply was written: {}", action.order_number, changes.join(" "))];
    if own.iter().any(|one| one.state == ActionState::Performed) {
        words.push("What the shop did for this reply before stays done.".to_owned());
    }
    words.push(GO_ON.to_owned());
    let reason = words.join(" ");
    let is_about_it = |one: &&Action| one.order_source_id == action.order_source_id && one.order_id == action.order_id;
    let about_it: Vec<&Action> = own.iter().filter(is_about_it).collect();
    let mut is_held = false;
    for one in about_it {
        let state = one.ends_unasked();
        let reason = if state == ActionState::Unknown { look_first(&reason) } else { reason.clone() };
        if actions::end_waiting(&mut tx, one.id, state, &reason).await? {
            note(inbox, &mut tx, &conversation, EventKind::ActionFailed, one, &reason).await?;
            is_held = true;
        }
    }
    if is_held {
        let held = match action.ends_unasked() {
            ActionState::Unknown => format!("{MAY_BE_DONE}, so the reply was held: {}", look_first(&reason)),
            _ => format!("The shop was not asked, so the reply was held: {reason}"),
        };
        bring_back(inbox, &mut tx, &mut conversation, Some(message), &held).await?;
        let mut document = drafts::find_in(&mut tx, draft).await?.document.0;
        for known in document.orders.iter_mut().filter(|known| is_of(action, known)) {
            known.clone_from(now);
        }
        drafts::set_document(&mut tx, draft, &document).await?;
        orders::save(&mut tx, now).await?;
    }
    Ok(Next::Done(tx))
}
