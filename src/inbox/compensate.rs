//! What was done in the shop is taken back there, where it has a way back.

use serde_json::json;

use super::care::approve_by_hand;
use super::limits::policy_of;
use super::{Inbox, InboxError};
use crate::model::ActionId;
use crate::model::draft::ProposedAction;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::teammate::Teammate;
use crate::store::{actions, conversations, intake, orders};

/// A teammate lets the shop take an action back.
pub async fn take_back(inbox: &Inbox, id: ActionId, by: &Teammate) -> Result<ActionId, InboxError> {
    let done = actions::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let row = conversations::find(&inbox.db, done.conversation_id).await?.ok_or(InboxError::NotFound)?;
    let policy = policy_of(inbox, row.brand_id).await?;
    let mut tx = inbox.db.begin().await?;
    let conversation = conversations::lock(&mut tx, row.id).await?;
    let Some(action) = actions::find_way_back(&mut tx, id).await? else {
        return Err(InboxError::Conflict(
            "It was taken back before, or has no way back. Nothing was done now; the timeline shows what became of it."
                .to_owned(),
        ));
    };
    let order = orders::find_in(&mut tx, done.order_source_id, &done.order_id).await?;
    if let Some(refusal) = order.and_then(|order| order.refusal(action.kind())) {
        return Err(InboxError::Conflict(format!("Nothing was taken back. The shop will not do it now: {refusal}")));
    }
    let proposed = ProposedAction {
        source_id: done.order_source_id,
        order_id: done.order_id,
        order_number: done.order_number,
        label: "Take it back".to_owned(),
        worth: None,
        action,
        problem: None,
    };
    let new: ActionId = inbox.clock.new_id();
    approve_by_hand(inbox, &mut tx, (&conversation, policy.as_deref()), (new, &proposed), by).await?;
    actions::set_takes_back(&mut tx, new, id).await?;
    let data = json!({ "action": proposed.action.kind().as_str(), "order": proposed.order_number, "takes_back": id });
    let event = inbox.event(&conversation, EventKind::ActionApproved, &by.name, data);
    intake::insert_events(&mut tx, &[event]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::PerformAction);
    inbox.wake.event();
    Ok(new)
}
