//! Before a reply of the agent leaves, the orders that it rests on are read again: what changed since its draft was
//! written is shown to a person, and nothing leaves until they decide. A letter leaves only for what was not read since.

use std::time::Duration;

use super::deliver::{Next, hold_in};
use super::taken_back::withdraw_read;
use super::{Inbox, brakes};
use crate::commerce::beside::{Effect, differences_beside};
use crate::commerce::shops::Shops;
use crate::model::action::{Action, ActionState};
use crate::model::conversation::Conversation;
use crate::model::draft::{Draft, DraftDocument, EvidenceSource};
use crate::model::message::{Delivery, Message};
use crate::model::order::{KnownOrder, Order, OrderFailure};
use crate::store::{self, drafts, orders};

/// At this attempt a reply whose orders cannot be read is given to a person.
const ATTEMPTS: i64 = 4;
/// So long it waits, before that counts, for the turn of its orders where the shop lets them be read only now and then.
const TURNS: Duration = Duration::from_hours(4);

/// What a second reading of one order came to.
enum Reading {
    /// As before, or changed as the sentences say.
    Order(Box<KnownOrder>, Vec<String>),
    /// The shop has no such order any more.
    Gone,
    /// The shop did not say.
    Silent(OrderFailure),
}

/// What comes next instead of sending; `None`: the reply is as true as when it was written. `own` are its actions.
pub(super) async fn recheck(
    inbox: &Inbox,
    conversation: &Conversation,
    message: &Message,
    own: &[Action],
    attempts: i64,
) -> store::Result<Option<Next>> {
    if message.is_letter() {
        return Ok(withdraw_read(inbox, message).await?.map(Next::Done));
    }
    let Some(id) = message.draft_id else { return Ok(None) };
    let Some(draft) = drafts::find(&inbox.db, id).await?.filter(|draft| !draft.document.0.orders.is_empty()) else {
        return Ok(None);
    };
    let shops = match inbox.shops.of_brand(conversation.brand_id).await {
        Ok(shops) => shops,
        Err(error) => {
            let failure = OrderFailure::Reconnect { reason: error.to_string() };
            return unread(inbox, message, draft, failure, attempts).await;
        }
    };
    let mut document = draft.document.0.clone();
    let (mut seen, mut words) = (Vec::new(), Vec::new());
    for known in &draft.document.0.orders {
        let number = &known.order.number;
        match read(&shops, &draft.document.0, known, own).await {
            Reading::Order(now, changes) => {
                if !changes.is_empty() {
                    words.push(format!("Order {number} changed since this reply was written: {}", changes.join(" ")));
                }
                seen.push(*now);
            }
            Reading::Gone => words.push(format!("The shop does not know order {number} any more.")),
            Reading::Silent(_) if document.told_unread => seen.push(known.clone()),
            Reading::Silent(failure) => return unread(inbox, message, draft, failure, attempts).await,
        }
    }
    if words.is_empty() {
        // Its shop took its time: the agent may have been stopped meanwhile.
        return Ok(Box::pin(brakes::hold(inbox, message.id)).await?.map(Next::Done));
    }
    if own.iter().any(|action| action.state == ActionState::Performed) {
        words.push("What the shop was asked to do for this reply is done.".to_owned());
    }
    words.push(
        "Send it again if it is right all the same, take it back to edit it, or let the agent write again.".to_owned(),
    );
    document.orders = seen;
    hold(inbox, message, &draft, &document, &words.join(" ")).await.map(Some)
}

async fn read(shops: &Shops, document: &DraftDocument, known: &KnownOrder, own: &[Action]) -> Reading {
    match shops.get_order(known.source_id, &known.order.id).await {
        Ok(Some(now)) => {
            let with_scans = document.rests_on(EvidenceSource::Shipment);
            let changes = changed_beside(known, &now.order, own, with_scans);
            Reading::Order(Box::new(now), changes)
        }
        Ok(None) => Reading::Gone,
        Err(failure) => Reading::Silent(failure),
    }
}

/// What changed in an order that a draft rests on, beside what those of its `own` actions did that took effect, in sentences.
pub(super) fn changed_beside(known: &KnownOrder, now: &Order, own: &[Action], with_scans: bool) -> Vec<String> {
    let about = |action: &&Action| {
        action.state == ActionState::Performed
            && action.order_source_id == known.source_id
            && action.order_id == known.order.id
    };
    let effects: Vec<Effect<'_>> = own
        .iter()
        .filter(about)
        .map(|action| Effect { action: &action.document.0, reference: &action.reference })
        .collect();
    differences_beside(&known.order, now, &effects, with_scans)
}

/// The shop does not answer: that may pass, and when it does not, a person decides whether the reply leaves unread.
async fn unread(
    inbox: &Inbox,
    message: &Message,
    draft: Draft,
    failure: OrderFailure,
    attempts: i64,
) -> store::Result<Option<Next>> {
    let mut document = draft.document.0.clone();
    if document.told_unread {
        return Ok(None);
    }
    let (now, begun) = (inbox.clock.now(), message.send_at.unwrap_or(message.created_at));
    if let OrderFailure::Retry { after: Some(after), reason } = &failure
        && now.plus(*after).since(begun) < TURNS
    {
        return Ok(Some(Next::Turn(now.plus(*after), reason.clone())));
    }
    if attempts < ATTEMPTS {
        let reason = failure.to_string();
        let after = if let OrderFailure::Retry { after, .. } = failure { after } else { None };
        return Ok(Some(Next::Retry { after, reason }));
    }
    document.told_unread = true;
    let reason = format!(
        "The shop could not be asked whether what this reply says is still so: {failure} \
         Send it again to let it leave unread, or take it back to edit it."
    );
    hold(inbox, message, &draft, &document, &reason).await.map(Some)
}

/// Gives the reply to a person. What they are shown now is what the next reading is compared with: the same change does
/// not hold it twice.
async fn hold(
    inbox: &Inbox,
    message: &Message,
    draft: &Draft,
    document: &DraftDocument,
    reason: &str,
) -> store::Result<Next> {
    let mut tx = inbox.db.begin().await?;
    if hold_in(inbox, &mut tx, message, Delivery::Held, reason).await? {
        drafts::set_document(&mut tx, draft.id, document).await?;
        for known in document.orders.iter().filter(|known| !draft.document.0.orders.contains(known)) {
            orders::save(&mut tx, known).await?;
        }
    }
    Ok(Next::Done(tx))
}
