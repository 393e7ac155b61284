//! Whatever goes to a customer is scored against the voice as it is written, whoever words it.

use serde_json::json;

use super::outgoing::Reply;
use crate::model::conversation::Conversation;
use crate::model::version::Version;
use crate::model::{MessageId, TeammateId, Ts};
use crate::store::versions::{self, Kind};
use crate::store::voice_scores::{self, NewScore};
use crate::store::{self, Db, Tx, brands};
use crate::voice::{self, Score, Voice};

/// Keeps how close a reply comes to the voice in force; without one there is nothing to come close to. A draft that a
/// person sent unchanged is still worded by the agent.
pub(super) async fn note(
    tx: &mut Tx,
    conversation: &Conversation,
    reply: &Reply<'_>,
    said: (MessageId, &str),
    now: Ts,
) -> store::Result<()> {
    let own = reply.draft.is_none_or(|draft| draft.document.0.text().trim() != said.1.trim());
    let writer = reply.teammate.filter(|_| own).map(|person| person.id);
    let drafted = reply.draft.map(|draft| draft.language.as_str());
    keep(tx, conversation, said, (writer, drafted), now).await
}

/// The same of what the desk says by itself: that a person takes over, or when people are back. It counts as the agent's.
pub(super) async fn note_notice(
    tx: &mut Tx,
    conversation: &Conversation,
    said: (MessageId, &str),
    now: Ts,
) -> store::Result<()> {
    keep(tx, conversation, said, (None, None), now).await
}

async fn keep(
    tx: &mut Tx,
    conversation: &Conversation,
    (id, text): (MessageId, &str),
    (writer, drafted): (Option<TeammateId>, Option<&str>),
    now: Ts,
) -> store::Result<()> {
    let version = versions::in_force_in(tx, Kind::Voice, conversation.brand_id, now).await?;
    let Some(voice) = compiled(version) else { return Ok(()) };
    let locale = match language(conversation, drafted) {
        "" => brands::get_in(tx, conversation.brand_id).await?.locale,
        language => language.to_owned(),
    };
    let score = voice::score(&voice, text, &locale, &conversation.channel_kind);
    let new = NewScore {
        message_id: id,
        brand_id: conversation.brand_id,
        teammate_id: writer,
        score: score.value,
        findings: json!(score.findings),
        written_at: now,
    };
    voice_scores::insert(tx, &new).await
}

/// How close a text that somebody is writing comes to the voice in force, in the language of the draft that it goes on
/// from; nothing without a voice, or without a word.
pub async fn of_text(
    db: &Db,
    conversation: &Conversation,
    (text, drafted): (&str, Option<&str>),
    now: Ts,
) -> store::Result<Option<Score>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let version = versions::in_force(db, Kind::Voice, conversation.brand_id, now).await?;
    let Some(voice) = compiled(version) else { return Ok(None) };
    let locale = match language(conversation, drafted) {
        "" => brands::get(db, conversation.brand_id).await?.locale,
        language => language.to_owned(),
    };
    Ok(Some(voice::score(&voice, text, &locale, &conversation.channel_kind)))
}

fn compiled(version: Option<Version>) -> Option<Voice> {
    voice::compile(&version?.document.0).ok()
}

/// The language of a reply, as far as it is known.
fn language<'a>(conversation: &'a Conversation, drafted: Option<&'a str>) -> &'a str {
    drafted.unwrap_or(&conversation.language)
}
