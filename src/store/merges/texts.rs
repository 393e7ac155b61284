//! Half-written replies and notes of two conversations: put together, and taken apart again.

use sqlx::types::Json;

use crate::model::audience::Audience;
use crate::model::merge::{JoinedText, Moved};
use crate::model::{ConversationId, TeammateId};
use crate::store::db::Sql;
use crate::store::{Result, Tx, rows};

/// Half-written replies and notes are copied; where somebody writes in both, the one follows the other, its buttons too. Gives
/// whose they are, and how those stood that were joined.
pub(super) async fn copy_texts(
    tx: &mut Tx,
    from: ConversationId,
    to: ConversationId,
) -> Result<(Vec<TeammateId>, Vec<JoinedText>)> {
    #[derive(sqlx::FromRow)]
    struct Text {
        teammate_id: TeammateId,
        is_note: bool,
        body: String,
        choices: Json<Vec<String>>,
        audience: Option<Audience>,
    }
    const BEFORE: Sql = Sql {
        sqlite: "select teammate_id, is_note, body, choices, audience from composer_texts where conversation_id = $1",
        postgres: "select teammate_id, is_note, body, choices, audience from composer_texts where conversation_id = $1
            order by teammate_id, is_note for update",
    };
    const NEWLINES: Sql = Sql {
        sqlite: "insert into composer_texts
                (conversation_id, teammate_id, body, is_note, updated_at, ticked, choices, audience)
            select $2, teammate_id, body, is_note, updated_at, ticked, choices, audience from composer_texts
                where conversation_id = $1
            on conflict (conversation_id, teammate_id, is_note)
            do update set body = composer_texts.body || char(10) || char(10) || excluded.body,
                audience = case when 'operator' in (composer_texts.audience, excluded.audience) then 'operator'
                    else coalesce(composer_texts.audience, excluded.audience) end,
                choices = (select json_group_array(value) from (
                    select value from json_each(composer_texts.choices) union all
                    select value from json_each(excluded.choices)
                        where value not in (select value from json_each(composer_texts.choices)))),
                updated_at = max(composer_texts.updated_at, excluded.updated_at) + 1
            returning teammate_id, is_note, body, choices, audience",
        postgres: "insert into composer_texts
                (conversation_id, teammate_id, body, is_note, updated_at, ticked, choices, audience)
            select $2, teammate_id, body, is_note, updated_at, ticked, choices, audience from composer_texts
                where conversation_id = $1
            on conflict (conversation_id, teammate_id, is_note)
            do update set body = composer_texts.body || chr(10) || chr(10) || excluded.body,
                audience = case when 'operator' in (composer_texts.audience, excluded.audience) then 'operator'
                    else coalesce(composer_texts.audience, excluded.audience) end,
                choices = composer_texts.choices || (select coalesce(jsonb_agg(c.value order by c.place), '[]'::jsonb)
                    from jsonb_array_elements(excluded.choices) with ordinality as c (value, place)
                    where not composer_texts.choices @> c.value),
                updated_at = greatest(composer_texts.updated_at, excluded.updated_at) + interval '1 microsecond'
            returning teammate_id, is_note, body, choices, audience",
    };
    let stood: Vec<Text> = tx.query(BEFORE).bind(to).all().await?;
    let copied: Vec<Text> = tx.query(NEWLINES).bind(from).bind(to).all().await?;
    let whose = copied.iter().map(|text| text.teammate_id).collect();
    let joined = copied.into_iter().filter_map(|text| {
        let is_it = |other: &&Text| other.teammate_id == text.teammate_id && other.is_note == text.is_note;
        let before = stood.iter().find(is_it)?;
        Some(JoinedText {
            teammate: text.teammate_id,
            is_note: text.is_note,
            before: before.body.clone(),
            joined: text.body,
            choices_before: Some(before.choices.0.clone()),
            choices: Some(text.choices.0),
            audience_before: before.audience,
            audience: text.audience,
        })
    });
    Ok((whose, joined.collect()))
}

/// Half-written replies and notes that a merge put together stand as before it, unless somebody has written on since.
pub async fn part_texts(tx: &mut Tx, moved: &Moved, target: ConversationId) -> Result<()> {
    const PART: Sql = Sql {
        sqlite: "update composer_texts set body = r.value ->> 'before',
                choices = coalesce(r.value ->> 'choices_before', choices),
                audience = case when audience is (r.value ->> 'audience') then r.value ->> 'audience_before'
                    else audience end,
                updated_at = updated_at + 1
            from json_each($1) r
            where conversation_id = $2 and teammate_id = unhex(r.value ->> 'teammate', '-')
                and is_note = r.value ->> 'is_note' and body = r.value ->> 'joined'
                and choices = coalesce(r.value ->> 'choices', choices)",
        postgres: "update composer_texts t set body = r.before, choices = coalesce(r.choices_before, t.choices),
                audience = case when t.audience is not distinct from r.audience then r.audience_before
                    else t.audience end,
                updated_at = t.updated_at + interval '1 microsecond'
            from json_to_recordset($1::json) as r (teammate uuid, is_note boolean, before text, joined text,
                choices_before jsonb, choices jsonb, audience_before text, audience text)
            where t.conversation_id = $2 and t.teammate_id = r.teammate and t.is_note = r.is_note
                and t.body = r.joined and t.choices = coalesce(r.choices, t.choices)",
    };
    if !moved.joined_texts.is_empty() {
        tx.query(PART).bind(rows::json(&moved.joined_texts)?).bind(target).execute().await?;
    }
    Ok(())
}
