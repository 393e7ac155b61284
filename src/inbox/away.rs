//! Whoever writes while nobody is there is told when people are back: once a conversation and closed time, never to a
//! machine.

use std::time::Duration;

use serde_json::json;

use super::admission::takes_notice;
use super::contained::facts;
use super::outgoing::queue_notice;
use super::restraint::restraint;
use super::{Inbox, InboxError};
use crate::clock::Clock;
use crate::model::channel::ChannelKind;
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::job::JobKind;
use crate::model::{ConversationId, Ts, Zone};
use crate::store::answer_times::{self, note_away_reply};
use crate::store::jobs::NewJob;
use crate::store::{self, Tx, brands, conversations, people};
use crate::voice::format;
use crate::voice::texts;

/// How long a reply of the agent may take before the customer is told that nobody is there.
const AGENT_FIRST: Duration = Duration::from_mins(1);

/// A look, soon, at whether a customer is to be told that nobody is there.
pub fn away_job(clock: &Clock, id: ConversationId) -> NewJob {
    NewJob {
        conversation_id: Some(id),
        dedup_key: Some(id.to_string()),
        ..NewJob::about(clock.new_id(), JobKind::AwayReply, "conversation", &id, clock.now().plus(AGENT_FIRST))
    }
}

/// Channels on which a customer reads later what was written. A chat says by itself who is there.
pub fn is_told_on(kind: &str) -> bool {
    kind != ChannelKind::LiveChat.as_str() && kind != ChannelKind::Agent.as_str()
}

/// Whether a customer who writes now is told when people are back: that a person answers is not said beside it.
pub(super) async fn is_told_when(tx: &mut Tx, conversation: &Conversation, now: Ts) -> store::Result<bool> {
    let times = answer_times::of_brand_in(tx, conversation.brand_id).await?;
    let says = times.away.on && !times.away.text.trim().is_empty();
    Ok(says && is_told_on(&conversation.channel_kind) && times.back_at(now).is_some())
}

/// Tells a customer when people are back, if nobody is there and nothing was answered. Where the conversation went into
/// another one, only if that is with the same person: a merge tells nobody else. Within a transaction that the caller
/// commits together with the end of the job.
pub async fn tell(inbox: &Inbox, id: ConversationId) -> Result<Tx, InboxError> {
    let mut place = conversations::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let writer = place.contact_id;
    loop {
        let text = text_for(inbox, &place).await?;
        let mut tx = inbox.db.begin().await?;
        let Some((text, back_at)) = text else { return Ok(tx) };
        let mut conversation = conversations::lock(&mut tx, id).await?;
        if !people::are_one(&mut tx, writer, conversation.contact_id).await? {
            return Ok(tx);
        }
        if conversation.id != place.id {
            // Whom it speaks to, and how much of them, is asked anew where it went.
            place = conversation;
            continue;
        }
        let waits = conversation.status == ConversationStatus::Open && conversation.due_at.is_some();
        if waits
            && restraint(inbox, &mut tx, &conversation).await?.is_none()
            && takes_notice(inbox, &mut tx, &conversation, &text).await?
            && note_away_reply(&mut tx, conversation.id, back_at).await?
        {
            queue_notice(inbox, &mut tx, &mut conversation, &text).await?;
        }
        return Ok(tx);
    }
}

/// What is said, and when people are back; nothing when somebody is there or nothing is to be said.
async fn text_for(inbox: &Inbox, conversation: &Conversation) -> store::Result<Option<(String, Ts)>> {
    let times = answer_times::of_brand(&inbox.db, conversation.brand_id).await?;
    let now = inbox.clock.now();
    let Some(back_at) = times.back_at(now).filter(|_| times.away.on) else { return Ok(None) };
    let brand = brands::get(&inbox.db, conversation.brand_id).await?;
    let (known, _) = facts(&inbox.db, conversation, &[]).await?;
    let variables = json!({
        "customer": { "first_name": format::first_name(&known.contact_name).unwrap_or_default() },
        "brand": brand.name,
        "back": back_words(times.zone(), back_at, now, &brand.locale),
    });
    match texts::fill(&times.away.text, &texts::AWAY, &variables) {
        Ok(text) => Ok(Some((text, back_at)).filter(|(text, _)| !text.trim().is_empty())),
        Err(problems) => {
            tracing::warn!(count = problems.len(), "the reply when nobody is there does not hold; nothing is said");
            Ok(None)
        }
    }
}

/// The moment at which people are back as the brand's language writes it: `Monday 23 November, 09:00`.
pub fn back_words(zone: Zone, back_at: Ts, now: Ts, language: &str) -> String {
    let (back, today) = (zone.local(back_at), zone.local(now));
    let date = format::date(format::day(back), language, format::day(today));
    format!("{date}, {:02}:{:02}", back.hour(), back.minute())
}
