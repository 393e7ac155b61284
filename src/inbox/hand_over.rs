//! The agent gives a conversation to a person: what they get, the clock that they have, who is told in the desk, and what the
//! customer is told, or why they are not. All of it is in the transaction that settles the run, so that nobody is left with
//! half of it.

use serde_json::json;

use super::admission::takes_notice;
use super::away::is_told_when;
use super::notify::tell_wanted;
use super::outgoing::{is_chat, queue_notice};
use super::settle::held_back;
use super::{Inbox, InboxError};
use crate::model::Json;
use crate::model::agent_run::{AgentRun, HandOff, HandOffPacket};
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::store::{self, Tx, agent_runs, answer_times, conversations, events, intake};

/// What a run leaves to a person.
#[derive(Clone, Debug)]
pub(super) struct HandOver<'a> {
    /// Why.
    pub(super) reason: &'a str,
    /// What they get.
    pub(super) packet: &'a HandOffPacket,
    /// What the customer would be told meanwhile.
    pub(super) notice: Option<&'a str>,
    /// Why the agent tells nobody anything alone.
    pub(super) asks: Option<String>,
}

/// Gives a conversation, which is locked, to a person.
pub(super) async fn hand_over(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    run: &AgentRun,
    given: &HandOver<'_>,
) -> Result<(), InboxError> {
    let now = inbox.clock.now();
    let times = answer_times::of_brand_in(tx, conversation.brand_id).await?;
    let waits_since = conversation.unanswered_since();
    conversation.hand_over(&times, now);
    conversations::update(tx, conversation).await?;
    // A person was asked for earlier words, and the customer told so: each further word is looked at all the same.
    let asked = match waits_since {
        Some(since) => events::list_of_kind(tx, conversation.id, EventKind::HandedOff, since).await?,
        None => Vec::new(),
    };
    let is_told = asked.iter().any(|event| event.data.0.get("told").is_some_and(|told| *told == true));
    let notice = word_for_customer(inbox, tx, conversation, given, is_told).await?;
    let kind = if asked.is_empty() || notice.is_ok() { EventKind::HandedOff } else { EventKind::RunEnded };
    let data = json!({ "reason": given.reason, "told": notice.is_ok() });
    intake::insert_events(tx, &[inbox.event(conversation, kind, "agent", data)]).await?;
    let told = if kind == EventKind::HandedOff && is_chat(conversation) {
        tell_wanted(&inbox.clock, tx, &[&*conversation], None).await?
    } else {
        Vec::new()
    };
    let (notice_id, untold) = match notice {
        Ok(words) => (Some(queue_notice(inbox, tx, conversation, words).await?), String::new()),
        Err(why) => (None, why),
    };
    let hand_off = HandOff {
        id: inbox.clock.new_id(),
        conversation_id: run.conversation_id,
        run_id: run.id,
        reason: given.reason.to_owned(),
        packet: Json(given.packet.clone()),
        told: Json(told),
        notice_id,
        untold,
        created_at: now,
    };
    Ok(agent_runs::insert_hand_off(tx, &hand_off).await?)
}

/// What the customer is told meanwhile; or why that is nothing.
async fn word_for_customer<'a>(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    given: &HandOver<'a>,
    is_told: bool,
) -> store::Result<Result<&'a str, String>> {
    let because = |why: &str| Ok(Err(why.to_owned()));
    let Some(notice) = given.notice else { return because("there was no word for them") };
    if is_told {
        return because("they were told before");
    }
    if let Some(why) = &given.asks {
        return because(why);
    }
    if let Some(why) = held_back(inbox, tx, conversation).await? {
        return Ok(Err(why));
    }
    if is_told_when(tx, conversation, inbox.clock.now()).await? {
        return because("they are told when people are back");
    }
    if !takes_notice(inbox, tx, conversation, notice).await? {
        return because("their channel does not take it now");
    }
    Ok(Ok(notice))
}
