//! Several conversations in one statement a table: locked, written, tagged, and how they stood before.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, draft_texts, rows};
use crate::model::answer_times::Clocks;
use crate::model::bulk_change::BulkChange;
use crate::model::conversation::Conversation;
use crate::model::{BulkChangeId, ConversationId, DraftId, Ts};

/// The conversations with these numbers, to change them in this transaction. All are locked in one order, so that two
/// such changes never wait for each other.
pub async fn lock(tx: &mut Tx, numbers: &[i64]) -> Result<Vec<Conversation>> {
    const LOCK: Sql = Sql {
        sqlite: "select * from conversations where number in (select value from json_each($1)) order by id",
        postgres: "select * from conversations
            where number = any (array(select value::bigint from json_array_elements_text($1::json)))
            order by id for update",
    };
    tx.query(LOCK).bind(rows::json(numbers)?).all().await
}

/// The conversations with these ids, to change them in this transaction.
pub async fn lock_ids(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    const LOCK: Sql = Sql {
        sqlite: "select * from conversations where id in (select unhex(value, '-') from json_each($1)) order by id",
        postgres: "select * from conversations
            where id = any (array(select value::uuid from json_array_elements_text($1::json))) order by id for update",
    };
    tx.query(LOCK).bind(rows::json(ids)?).all().await
}

#[derive(Serialize)]
struct Row<'a> {
    id: ConversationId,
    status: &'a str,
    assignee_id: Option<crate::model::TeammateId>,
    snoozed_until: Option<Ts>,
    resolved_at: Option<Ts>,
    due_at: Option<Ts>,
    unread: bool,
    taken_over: bool,
    agent_state: &'a str,
    needs_approval: bool,
    proposal: Option<&'a str>,
    proposal_tone: &'a str,
    revision: i64,
    #[serde(flatten)]
    clocks: Clocks,
}

impl<'a> From<&'a Conversation> for Row<'a> {
    fn from(talk: &'a Conversation) -> Self {
        Self {
            id: talk.id,
            status: talk.status.as_str(),
            assignee_id: talk.assignee_id,
            snoozed_until: talk.snoozed_until,
            resolved_at: talk.resolved_at,
            due_at: talk.due_at,
            unread: talk.unread,
            taken_over: talk.taken_over,
            agent_state: talk.agent_state.as_str(),
            needs_approval: talk.needs_approval,
            proposal: talk.proposal.as_deref(),
            proposal_tone: &talk.proposal_tone,
            revision: talk.revision,
            clocks: talk.clocks,
        }
    }
}

const UPDATE: Sql = Sql {
    sqlite: "update conversations set status = r.value ->> 'status',
            assignee_id = unhex(r.value ->> 'assignee_id', '-'), snoozed_until = r.value ->> 'snoozed_until',
            resolved_at = r.value ->> 'resolved_at', due_at = r.value ->> 'due_at', unread = r.value ->> 'unread',
            taken_over = r.value ->> 'taken_over', agent_state = r.value ->> 'agent_state',
            needs_approval = r.value ->> 'needs_approval', proposal = r.value ->> 'proposal',
            proposal_tone = r.value ->> 'proposal_tone', revision = r.value ->> 'revision',
            answering_since = r.value ->> 'answering_since', first_answered_at = r.value ->> 'first_answered_at',
            resolving_since = r.value ->> 'resolving_since', resolution_due_at = r.value ->> 'resolution_due_at'
        from json_each($1) r where conversations.id = unhex(r.value ->> 'id', '-')",
    postgres: "update conversations c set status = r.status, assignee_id = r.assignee_id,
            snoozed_until = timestamptz 'epoch' + r.snoozed_until * interval '1 microsecond',
            resolved_at = timestamptz 'epoch' + r.resolved_at * interval '1 microsecond',
            due_at = timestamptz 'epoch' + r.due_at * interval '1 microsecond', unread = r.unread,
            taken_over = r.taken_over, agent_state = r.agent_state, needs_approval = r.needs_approval,
            proposal = r.proposal, proposal_tone = r.proposal_tone, revision = r.revision,
            answering_since = timestamptz 'epoch' + r.answering_since * interval '1 microsecond',
            first_answered_at = timestamptz 'epoch' + r.first_answered_at * interval '1 microsecond',
            resolving_since = timestamptz 'epoch' + r.resolving_since * interval '1 microsecond',
            resolution_due_at = timestamptz 'epoch' + r.resolution_due_at * interval '1 microsecond'
        from json_to_recordset($1::json) as r (id uuid, status text, assignee_id uuid, snoozed_until bigint,
            resolved_at bigint, due_at bigint, unread boolean, taken_over boolean, agent_state text,
            needs_approval boolean, proposal text, proposal_tone text, revision bigint, answering_since bigint,
            first_answered_at bigint, resolving_since bigint, resolution_due_at bigint)
        where c.id = r.id",
};

/// Writes how conversations stand.
pub async fn update(tx: &mut Tx, conversations: &[Conversation]) -> Result<()> {
    let all: Vec<Row<'_>> = conversations.iter().map(Row::from).collect();
    tx.query(UPDATE).bind(rows::json(&all)?).execute().await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Id {
    id: ConversationId,
}

/// Which of these have a tag already.
pub async fn list_tagged(tx: &mut Tx, ids: &[ConversationId], tag: &str) -> Result<HashSet<ConversationId>> {
    const TAGGED: Sql = Sql {
        sqlite: "select conversation_id as id from conversation_tags
            where conversation_id in (select unhex(value, '-') from json_each($1)) and tag = $2",
        postgres: "select conversation_id as id from conversation_tags
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and tag = $2",
    };
    let tagged: Vec<Id> = tx.query(TAGGED).bind(rows::json(ids)?).bind(tag).all().await?;
    Ok(tagged.into_iter().map(|row| row.id).collect())
}

/// From which of these a reply that no person wrote is about to leave. A letter of what was not seen in a chat is none: it
/// brings what was said already.
pub async fn list_leaving(tx: &mut Tx, ids: &[ConversationId]) -> Result<HashSet<ConversationId>> {
    const LEAVING: Sql = Sql {
        sqlite: "select distinct conversation_id as id from messages
            where conversation_id in (select unhex(value, '-') from json_each($1))
                and delivery = 'queued' and (author = 'agent' or (author = 'system' and recipients = '[]'))",
        postgres: "select distinct conversation_id as id from messages
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and delivery = 'queued' and (author = 'agent' or (author = 'system' and recipients = '[]'))",
    };
    let leaving: Vec<Id> = tx.query(LEAVING).bind(rows::json(ids)?).all().await?;
    Ok(leaving.into_iter().map(|row| row.id).collect())
}

/// Adds a tag to all of these.
pub async fn add_tag(tx: &mut Tx, ids: &[ConversationId], tag: &str, now: Ts) -> Result<()> {
    const ADD: Sql = Sql {
        sqlite: "insert into conversation_tags (conversation_id, tag, created_at)
            select unhex(value, '-'), $2, $3 from json_each($1) where true on conflict do nothing",
        postgres: "insert into conversation_tags (conversation_id, tag, created_at)
            select value::uuid, $2, $3 from json_array_elements_text($1::json) on conflict do nothing",
    };
    tx.query(ADD).bind(rows::json(ids)?).bind(tag).bind(now).execute().await?;
    Ok(())
}

/// Takes a tag off all of these.
pub async fn remove_tag(tx: &mut Tx, ids: &[ConversationId], tag: &str) -> Result<()> {
    const REMOVE: Sql = Sql {
        sqlite: "delete from conversation_tags
            where conversation_id in (select unhex(value, '-') from json_each($1)) and tag = $2",
        postgres: "delete from conversation_tags
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and tag = $2",
    };
    tx.query(REMOVE).bind(rows::json(ids)?).bind(tag).execute().await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Current {
    id: DraftId,
    conversation_id: ConversationId,
}

/// The drafts that count in these.
pub async fn current_drafts(tx: &mut Tx, ids: &[ConversationId]) -> Result<HashMap<ConversationId, DraftId>> {
    const CURRENT: Sql = Sql {
        sqlite: "select id, conversation_id from drafts
            where conversation_id in (select unhex(value, '-') from json_each($1)) and state = 'current'",
        postgres: "select id, conversation_id from drafts
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and state = 'current'",
    };
    let drafts: Vec<Current> = tx.query(CURRENT).bind(rows::json(ids)?).all().await?;
    Ok(drafts.into_iter().map(|row| (row.conversation_id, row.id)).collect())
}

/// The drafts of all of these are void, and the questions about them.
pub async fn supersede_drafts(tx: &mut Tx, ids: &[ConversationId]) -> Result<()> {
    const DRAFTS: Sql = Sql {
        sqlite: "update drafts set state = 'superseded'
            where conversation_id in (select unhex(value, '-') from json_each($1)) and state = 'current'",
        postgres: "update drafts set state = 'superseded'
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and state = 'current'",
    };
    const APPROVALS: Sql = Sql {
        sqlite: "update approvals set state = 'expired'
            where conversation_id in (select unhex(value, '-') from json_each($1)) and state = 'pending'",
        postgres: "update approvals set state = 'expired'
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and state = 'pending'",
    };
    let json = rows::json(ids)?;
    tx.query(DRAFTS).bind(json.as_str()).execute().await?;
    tx.query(APPROVALS).bind(json).execute().await?;
    draft_texts::forget_decided(tx, ids).await
}

/// A void draft that counts again, for the revision that its conversation has now.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Revived {
    /// The draft.
    pub draft: DraftId,
    /// The revision.
    pub revision: i64,
}

/// Void drafts count again, and the questions about them wait again; not where another one counts or waits by now.
pub async fn revive_drafts(tx: &mut Tx, drafts: &[Revived]) -> Result<()> {
    const DRAFTS: Sql = Sql {
        sqlite: "update drafts set state = 'current', revision = r.value ->> 'revision' from json_each($1) r
            where drafts.id = unhex(r.value ->> 'draft', '-') and drafts.state = 'superseded'
                and not exists (select 1 from drafts other
                    where other.conversation_id = drafts.conversation_id and other.state = 'current')",
        postgres: "update drafts d set state = 'current', revision = r.revision
            from json_to_recordset($1::json) as r (draft uuid, revision bigint)
            where d.id = r.draft and d.state = 'superseded'
                and not exists (select 1 from drafts other
                    where other.conversation_id = d.conversation_id and other.state = 'current')",
    };
    const APPROVALS: Sql = Sql {
        sqlite: "update approvals set state = 'pending' from json_each($1) r, drafts d
            where d.id = unhex(r.value ->> 'draft', '-') and d.state = 'current'
                and approvals.conversation_id = d.conversation_id
                and approvals.draft_id = d.id and approvals.state = 'expired'
                and not exists (select 1 from approvals other
                    where other.conversation_id = d.conversation_id and other.state = 'pending')",
        postgres: "update approvals a set state = 'pending'
            from json_to_recordset($1::json) as r (draft uuid, revision bigint) join drafts d on d.id = r.draft
            where d.state = 'current' and a.conversation_id = d.conversation_id and a.draft_id = d.id
                and a.state = 'expired' and not exists (select 1 from approvals other
                    where other.conversation_id = d.conversation_id and other.state = 'pending')",
    };
    if drafts.is_empty() {
        return Ok(());
    }
    let json = rows::json(drafts)?;
    tx.query(DRAFTS).bind(json.as_str()).execute().await?;
    tx.query(APPROVALS).bind(json).execute().await?;
    Ok(())
}

/// Runs of the agent that wait for these conversations are dropped.
pub async fn drop_agent_runs(tx: &mut Tx, ids: &[ConversationId]) -> Result<()> {
    const DROP: Sql = Sql {
        sqlite: "delete from jobs where kind = 'agent_run' and state = 'ready' and dedup_key is not null
            and dedup_key in (select value from json_each($1))",
        postgres: "delete from jobs where kind = 'agent_run' and state = 'ready' and dedup_key is not null
            and dedup_key = any (array(select value from json_array_elements_text($1::json)))",
    };
    tx.query(DROP).bind(rows::json(ids)?).execute().await?;
    Ok(())
}

/// Keeps a change.
pub async fn insert(tx: &mut Tx, change: &BulkChange) -> Result<()> {
    tx.query(
        "insert into bulk_changes (id, teammate_id, kind, refused, before, created_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(change.id)
    .bind(change.teammate_id)
    .bind(change.kind)
    .bind(rows::document(&change.refused.0)?)
    .bind(rows::document(&change.before.0)?)
    .bind(change.created_at)
    .execute()
    .await?;
    Ok(())
}

/// A change.
pub async fn find(db: &Db, id: BulkChangeId) -> Result<Option<BulkChange>> {
    db.query("select * from bulk_changes where id = $1").bind(id).optional().await
}

/// Forgets changes that were made before `before`.
pub async fn forget_older(tx: &mut Tx, before: Ts) -> Result<()> {
    tx.query("delete from bulk_changes where created_at < $1").bind(before).execute().await?;
    Ok(())
}

/// Notes that a change is taken back. `false` when it was before.
pub async fn set_undone(tx: &mut Tx, id: BulkChangeId, now: Ts) -> Result<bool> {
    let touched = tx
        .query("update bulk_changes set undone_at = $1 where id = $2 and undone_at is null")
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}
