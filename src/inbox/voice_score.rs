//! Every reply is scored against the voice as it is written, whoever worded it.

use serde_json::json;

use super::outgoing::Reply;
use crate::model::conversation::Conversation;
use crate::model::{MessageId, Ts};
use crate::store::versions::{self, Kind};
use crate::store::voice_scores::{self, NewScore};
use crate::store::{self, Tx, brands};
use crate::voice;

/// Keeps how close a reply comes to the voice in force; without one there is nothing to come close to. A draft that a
/// person sent unchanged is still worded by the agent.
pub(super) async fn note(
    tx: &mut Tx,
    conversation: &Conversation,
    reply: &Reply<'_>,
    (id, text): (MessageId, &str),
    now: Ts,
) -> store::Result<()> {
    let version = versions::in_force_in(tx, Kind::Voice, conversation.brand_id, now).await?;
    let Some(voice) = version.and_then(|version| voice::compile(&version.document.0).ok()) else { return Ok(()) };
    let own = reply.draft.is_none_or(|draft| draft.document.0.text().trim() != text.trim());
    let locale = match (reply.draft, conversation.language.as_str()) {
        (Some(draft), _) => draft.language.clone(),
        (None, "") => brands::get_in(tx, conversation.brand_id).await?.locale,
        (None, language) => language.to_owned(),
    };
    let score = voice::score(&voice, text, &locale, &conversation.channel_kind);
    let new = NewScore {
        message_id: id,
        brand_id: conversation.brand_id,
        teammate_id: reply.teammate.filter(|_| own).map(|person| person.id),
        score: score.value,
        findings: json!(score.findings),
        written_at: now,
    };
    voice_scores::insert(tx, &new).await
}
