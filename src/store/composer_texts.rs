//! Half-written replies and notes: they survive a reload, a crash and another device. A person has one of each in a
//! conversation, and the one never becomes the other. The moment of a text's last change is its revision, and each change
//! is later than the one before.

use sqlx::types::Json;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::audience::Audience;
use crate::model::macros::Ticked;
use crate::model::writing::{Basis, Kept, KeptText};
use crate::model::{ConversationId, TeammateId, Ts};

/// What somebody is writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposerText {
    /// The text.
    pub body: String,
    /// Whether it is a note.
    pub is_note: bool,
    /// The macro that it began with.
    pub from: Option<Ticked>,
    /// The buttons below it.
    pub choices: Vec<String>,
    /// Who is to read it, where that was chosen; what was chosen before stays where nothing is said.
    pub audience: Option<Audience>,
}

impl ComposerText {
    fn is_empty(&self) -> bool {
        self.body.trim().is_empty() && self.choices.is_empty()
    }
}

/// What a person was writing in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposerTexts {
    /// To the customer.
    pub reply: Option<KeptText>,
    /// The macro that the reply began with.
    pub from: Option<Ticked>,
    /// The buttons below the reply.
    pub choices: Vec<String>,
    /// Who is to read the reply, where that was chosen.
    pub audience: Option<Audience>,
    /// To the team.
    pub note: Option<KeptText>,
}

impl ComposerTexts {
    /// Whether the note is what they wrote last.
    pub fn ends_in_note(&self) -> bool {
        let [reply, note] = [&self.reply, &self.note].map(|text| text.as_ref().map(|text| text.updated_at));
        note > reply
    }
}

/// What a person was writing in a conversation.
pub async fn find(db: &Db, conversation: ConversationId, teammate: TeammateId) -> Result<ComposerTexts> {
    #[derive(sqlx::FromRow)]
    struct Found {
        is_note: bool,
        #[sqlx(flatten)]
        text: KeptText,
        ticked: Option<Json<Ticked>>,
        choices: Json<Vec<String>>,
        audience: Option<Audience>,
    }
    const FIND: &str = "select body, is_note, updated_at, ticked, choices, audience from composer_texts
        where conversation_id = $1 and teammate_id = $2";
    let found: Vec<Found> = db.query(FIND).bind(conversation).bind(teammate).all().await?;
    let mut texts = ComposerTexts::default();
    for Found { is_note, text, ticked, choices, audience } in found {
        texts.from = texts.from.or(ticked.map(|Json(ticked)| ticked));
        if !is_note {
            texts.choices = choices.0;
            texts.audience = audience;
        }
        let place = if is_note { &mut texts.note } else { &mut texts.reply };
        *place = Some(text);
    }
    Ok(texts)
}

/// Puts a text where no reply is begun. `false` when the person is writing one already, which stays.
pub async fn offer(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    now: Ts,
) -> Result<bool> {
    insert(tx, conversation, teammate, text, now).await
}

/// Puts a text below the reply that a person is writing, whatever that is by now.
pub async fn put_below(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    body: &str,
    now: Ts,
) -> Result<()> {
    let mut text = ComposerText { body: body.to_owned(), ..ComposerText::default() };
    if text.is_empty() {
        return Ok(());
    }
    loop {
        let held = hold(tx, conversation, teammate, &text).await?;
        if let Some(held) = held {
            text.body = format!("{}\n\n{body}", held.text.body);
            text.from = held.ticked.map(|Json(ticked)| ticked);
            text.choices = held.choices.0;
            save(tx, conversation, teammate, &text, now).await?;
            return Ok(());
        }
        // Another device may begin at the same moment.
        if insert(tx, conversation, teammate, &text, now).await? {
            return Ok(());
        }
    }
}

/// Keeps what a person is writing, if the page goes on from what is there; the same text once more is kept already.
pub async fn keep(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    basis: Basis,
    now: Ts,
) -> Result<Kept> {
    if basis == Basis::Any {
        return Ok(Kept::Stored(save(tx, conversation, teammate, text, now).await?));
    }
    let held = hold(tx, conversation, teammate, text).await?;
    let is_from = held.as_ref().is_none_or(|held| {
        held.ticked.as_ref().map(|Json(ticked)| ticked) == text.from.as_ref()
            && held.choices.0 == text.choices
            && (text.audience.is_none() || held.audience == text.audience)
    });
    let there = held.map(|held| held.text);
    let revision = there.as_ref().map(|there| there.updated_at);
    let is_there = is_from && there.as_ref().map_or(text.is_empty(), |there| there.body == text.body);
    if is_there {
        return Ok(Kept::Stored(revision));
    }
    if !basis.is_still(revision) {
        return Ok(Kept::Changed(there));
    }
    if there.is_some() {
        return Ok(Kept::Stored(save(tx, conversation, teammate, text, now).await?));
    }
    if insert(tx, conversation, teammate, text, now).await? {
        return Ok(Kept::Stored(Some(now)));
    }
    // Another device began at the same moment.
    Ok(Kept::Changed(hold(tx, conversation, teammate, text).await?.map(|held| held.text)))
}

/// Keeps what a person is writing, whatever is there; an empty text is forgotten. Gives its revision.
pub async fn save(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    now: Ts,
) -> Result<Option<Ts>> {
    const SAVE: Sql = Sql {
        sqlite: "insert into composer_texts
                (conversation_id, teammate_id, body, is_note, updated_at, ticked, choices, audience)
            values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (conversation_id, teammate_id, is_note)
            do update set body = excluded.body, ticked = excluded.ticked, choices = excluded.choices,
                audience = coalesce(excluded.audience, composer_texts.audience), updated_at = max(excluded.updated_at, composer_texts.updated_at + 1)
            returning updated_at",
        postgres: "insert into composer_texts
                (conversation_id, teammate_id, body, is_note, updated_at, ticked, choices, audience)
            values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (conversation_id, teammate_id, is_note)
            do update set body = excluded.body, ticked = excluded.ticked, choices = excluded.choices,
                audience = coalesce(excluded.audience, composer_texts.audience),
                updated_at = greatest(excluded.updated_at, composer_texts.updated_at + interval '1 microsecond')
            returning updated_at",
    };
    if text.is_empty() {
        delete(tx, conversation, teammate, text).await?;
        return Ok(None);
    }
    let saved = tx.query(SAVE).bind(conversation).bind(teammate).bind(rows::text(&text.body));
    let saved = saved.bind(text.is_note).bind(now).bind(text.from.as_ref().map(rows::document).transpose()?);
    Ok(Some(saved.bind(rows::document(&text.choices)?).bind(text.audience).scalar().await?))
}

/// Forgets a text that was sent, as the page had it: what another device has made of it since stays.
pub async fn forget(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    sent: &ComposerText,
    basis: Basis,
) -> Result<()> {
    if basis != Basis::Any {
        let there = hold(tx, conversation, teammate, sent).await?;
        let is_it = |there: Held| {
            (there.text.body == sent.body && there.choices.0 == sent.choices)
                || basis.is_still(Some(there.text.updated_at))
        };
        if !there.is_some_and(is_it) {
            return Ok(());
        }
    }
    delete(tx, conversation, teammate, sent).await
}

async fn delete(tx: &mut Tx, conversation: ConversationId, teammate: TeammateId, text: &ComposerText) -> Result<()> {
    tx.query("delete from composer_texts where conversation_id = $1 and teammate_id = $2 and is_note = $3")
        .bind(conversation)
        .bind(teammate)
        .bind(text.is_note)
        .execute()
        .await?;
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
    now: Ts,
) -> Result<bool> {
    let touched = tx
        .query(
            "insert into composer_texts
                 (conversation_id, teammate_id, body, is_note, updated_at, ticked, choices, audience)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (conversation_id, teammate_id, is_note) do nothing",
        )
        .bind(conversation)
        .bind(teammate)
        .bind(rows::text(&text.body))
        .bind(text.is_note)
        .bind(now)
        .bind(text.from.as_ref().map(rows::document).transpose()?)
        .bind(rows::document(&text.choices)?)
        .bind(text.audience)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// A text as it is kept.
#[derive(sqlx::FromRow)]
struct Held {
    #[sqlx(flatten)]
    text: KeptText,
    ticked: Option<Json<Ticked>>,
    choices: Json<Vec<String>>,
    audience: Option<Audience>,
}

/// The text of the same kind that is there; nobody else changes it in this transaction.
async fn hold(
    tx: &mut Tx,
    conversation: ConversationId,
    teammate: TeammateId,
    text: &ComposerText,
) -> Result<Option<Held>> {
    const HOLD: Sql = Sql {
        sqlite: "select body, updated_at, ticked, choices, audience from composer_texts
            where conversation_id = $1 and teammate_id = $2 and is_note = $3",
        postgres: "select body, updated_at, ticked, choices, audience from composer_texts
            where conversation_id = $1 and teammate_id = $2 and is_note = $3 for update",
    };
    tx.query(HOLD).bind(conversation).bind(teammate).bind(text.is_note).optional().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_last_is_shown_first() {
        let kept = |at: i64| Some(KeptText { body: "x".to_owned(), updated_at: Ts(at) });
        for (reply, note, expected) in [
            (None, None, false),
            (kept(1), None, false),
            (None, kept(1), true),
            (kept(1), kept(2), true),
            (kept(2), kept(1), false),
            (kept(1), kept(1), false),
        ] {
            assert_eq!(ComposerTexts { reply, note, ..ComposerTexts::default() }.ends_in_note(), expected);
        }
    }
}
