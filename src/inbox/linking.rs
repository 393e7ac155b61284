//! Which orders a conversation is about, as teammates say.

use serde_json::json;

use super::merge::{call_agent_back, go_idle};
use super::people::{note_order, note_told_order};
use super::taken_back::withdraw_about;
use super::{Inbox, InboxError};
use crate::model::conversation::AgentState;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::order::{KnownOrder, MatchedBy};
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, OrderSourceId};
use crate::store::{self, Tx, conversations, drafts, intake, order_sources, orders};

/// A teammate says which order a conversation is about.
pub async fn choose_order(
    inbox: &Inbox,
    id: ConversationId,
    order: &KnownOrder,
    by: &Teammate,
) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    let id = conversation.id;
    orders::save(&mut tx, order).await?;
    orders::link(&mut tx, id, order, MatchedBy::Teammate, inbox.clock.now()).await?;
    note_order(&inbox.clock, &mut tx, &conversation, order).await?;
    conversation.order_number = Some(order.order.number.clone());
    conversations::update(&mut tx, &conversation).await?;
    let data = json!({ "order": order.order.number, "by": MatchedBy::Teammate.as_str() });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::OrderMatched, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// Links an order that a marketplace names in a conversation by the number `told`, as it was read there, unless a person took
/// it off, or whoever it is named for has left the conversation since.
pub async fn link_told(
    inbox: &Inbox,
    tx: &mut Tx,
    id: ConversationId,
    (told, order): (&str, &KnownOrder),
) -> store::Result<()> {
    let conversation = conversations::lock(tx, id).await?;
    orders::save(tx, order).await?;
    if !is_told(tx, conversation.id, (told, order.source_id)).await?
        || orders::is_refused(tx, conversation.id, order.source_id, &order.order.id).await?
    {
        return Ok(());
    }
    orders::link(tx, conversation.id, order, MatchedBy::Platform, inbox.clock.now()).await?;
    note_told_order(&inbox.clock, tx, &conversation, order).await?;
    let data = json!({ "order": order.order.number, "by": MatchedBy::Platform.as_str() });
    intake::insert_events(tx, &[inbox.event(&conversation, EventKind::OrderMatched, "system", data)]).await
}

/// Whether a conversation is tied to the order that has this number in a shop.
async fn is_told(tx: &mut Tx, id: ConversationId, (number, source): (&str, OrderSourceId)) -> store::Result<bool> {
    let numbering = order_sources::find_numbering(tx, source).await?;
    let ties = intake::find_ties(tx, &[id]).await?;
    Ok(ties.iter().any(|tie| tie.order_number == number && Some(tie.numbering) == numbering))
}

/// What becomes of the agent's answer when an order is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOff {
    /// There is none, or it has nothing to do with the order.
    Apart,
    /// It is void.
    Void,
    /// It is void, and the agent writes anew.
    Anew,
}

/// A teammate says that a conversation is not about an order: only a person brings it back. A draft that is about it does
/// not wait for approval any more, an answer that the agent would send alone does not leave, and nothing that was written
/// before comes back by an undo. What the shop was asked to do with it stays.
pub async fn take_off_order(
    inbox: &Inbox,
    id: ConversationId,
    (source, order): (OrderSourceId, &str),
    by: &Teammate,
) -> Result<TakenOff, InboxError> {
    let linked = orders::list_of(&inbox.db, id).await?;
    let is_it = |known: &&KnownOrder| known.source_id == source && known.order.id == order;
    let Some(wrong) = linked.iter().find(is_it) else { return Ok(TakenOff::Apart) };
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    if !orders::refuse(&mut tx, conversation.id, source, order).await? {
        return Ok(TakenOff::Apart);
    }
    if conversation.order_number.as_ref() == Some(&wrong.order.number) {
        let newest = linked.iter().find(|known| !is_it(known));
        conversation.order_number = newest.map(|known| known.order.number.clone());
    }
    let draft = drafts::current_in(&mut tx, conversation.id).await?;
    let waits = draft.is_some();
    let is_void = draft.is_some_and(|draft| draft.document.0.is_about(source, &wrong.order));
    let is_void =
        is_void || withdraw_about(&inbox.clock, &mut tx, &mut conversation, (source, &wrong.order), by).await?;
    // What is being written now may be about it too.
    let was_at_it = is_void || conversation.agent_state == AgentState::Writing;
    if is_void {
        drafts::supersede(&mut tx, conversation.id).await?;
        go_idle(&mut conversation);
    } else if !waits {
        conversation.revision += 1;
    }
    call_agent_back(inbox, &mut tx, &mut conversation, was_at_it).await?;
    conversations::update(&mut tx, &conversation).await?;
    let data = json!({ "order": wrong.order.number, "off": true, "draft_void": is_void });
    intake::insert_events(&mut tx, &[inbox.event(&conversation, EventKind::OrderMatched, &by.name, data)]).await?;
    tx.commit().await?;
    inbox.wake.job(JobKind::AgentRun);
    inbox.wake.event();
    Ok(match (is_void, conversation.agent_state) {
        (false, _) => TakenOff::Apart,
        (true, AgentState::Writing) => TakenOff::Anew,
        (true, _) => TakenOff::Void,
    })
}
