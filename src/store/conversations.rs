//! Conversations: lists by view, one row, and its changes.

use std::collections::HashMap;

use sqlx::types::Json;

use super::composer_texts::ComposerTexts;
use super::db::Sql;
use super::{Db, Error, Result, Tx, bulk_changes, rows};
use crate::model::audience::Audience;
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::macros::Ticked;
use crate::model::writing::KeptText;
use crate::model::{BrandId, ChannelId, ContactId, ConversationId, MergeId, TeammateId, Ts};

/// Which conversations a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// A draft waits for a person; most urgent first.
    NeedsApproval,
    /// Given to this person, not resolved.
    Mine(TeammateId),
    /// Open, given to nobody.
    Unassigned,
    /// With a status.
    Status(ConversationStatus),
    /// On a channel, not resolved.
    Channel(ChannelId),
    /// Of a brand, not resolved.
    Brand(BrandId),
    /// With a contact, on every channel.
    Contact(ContactId),
    /// Everything.
    All,
}

/// The last row of a page: the next page begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The row's sort time: when it is due where the most urgent come first, else its last message.
    pub at: Ts,
    /// The row.
    pub id: ConversationId,
}

impl View {
    /// The cursor behind a row of this view in an order.
    pub fn cursor_of(self, order: Order, row: &Conversation) -> Cursor {
        let at = match self.order(order) {
            Order::Urgent => row.due_at.unwrap_or(LAST),
            Order::Newest | Order::Oldest => row.last_message_at,
        };
        Cursor { at, id: row.id }
    }

    fn first(self, order: Order) -> Cursor {
        match self.order(order) {
            Order::Oldest | Order::Urgent => Cursor { at: Ts(0), id: ConversationId(uuid::Uuid::nil()) },
            Order::Newest => Cursor { at: LAST, id: ConversationId(uuid::Uuid::max()) },
        }
    }

    /// How it runs when an order is asked for: nothing is urgent among what is done, and all that waits for approval is.
    fn order(self, asked: Order) -> Order {
        let holds_what_is_done =
            matches!(self, Self::All | Self::Contact(_) | Self::Status(ConversationStatus::Resolved));
        match asked {
            _ if self == Self::NeedsApproval => Order::Urgent,
            Order::Urgent if holds_what_is_done => Order::Newest,
            _ => asked,
        }
    }
}

/// The last moment that both databases can hold; where nothing is due it stands for when.
const LAST: Ts = Ts(253_402_300_799_000_000);

/// How a list runs; one whose order is fixed, such as [`View::NeedsApproval`], keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The last message first.
    #[default]
    Newest,
    /// Who has waited longest for anything to be said first.
    Oldest,
    /// What is due next first, then where nothing is due. A view that holds what is done runs newest first instead.
    Urgent,
}

/// In an order behind a cursor; `$4` is the view's own parameter.
macro_rules! in_order {
    ($order:ident, $condition:literal) => {
        match $order {
            Order::Newest => Sql::from(concat!(
                "select * from conversations where ",
                $condition,
                " and (last_message_at, id) < ($1, $2) order by last_message_at desc, id desc limit $3"
            )),
            Order::Oldest => Sql::from(concat!(
                "select * from conversations where ",
                $condition,
                " and (last_message_at, id) > ($1, $2) order by last_message_at, id limit $3"
            )),
            Order::Urgent => Sql {
                sqlite: by_due!($condition, "coalesce(due_at, 253402300799000000)"),
                postgres: by_due!($condition, "coalesce(due_at, timestamptz '9999-12-31 23:59:59+00')"),
            },
        }
    };
}

/// `$due` stands in the indexes of migrations 0023 and 0093 in the same words. SQLite begins at the cursor only where the first
/// condition says so by itself.
macro_rules! by_due {
    ($condition:literal, $due:literal) => {
        concat!(
            "select * from conversations where ",
            $condition,
            " and ",
            $due,
            " >= $1 and (",
            $due,
            ", id) > ($1, $2) order by ",
            $due,
            ", id limit $3"
        )
    };
}

const NEEDS_APPROVAL: Sql = Sql {
    sqlite: by_due!("needs_approval = 1", "coalesce(due_at, 253402300799000000)"),
    postgres: by_due!("needs_approval", "coalesce(due_at, timestamptz '9999-12-31 23:59:59+00')"),
};

/// A page of a view, newest first.
pub async fn list(db: &Db, view: View, after: Option<Cursor>, limit: i64) -> Result<Vec<Conversation>> {
    list_in(db, view, Order::Newest, after, limit).await
}

/// A page of a view in an order.
pub async fn list_in(
    db: &Db,
    view: View,
    order: Order,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Conversation>> {
    let order = view.order(order);
    let cursor = after.unwrap_or_else(|| view.first(order));
    let sql: Sql = match view {
        View::NeedsApproval => NEEDS_APPROVAL,
        View::Mine(_) => in_order!(order, "assignee_id = $4 and status <> 'resolved'"),
        View::Unassigned => in_order!(order, "assignee_id is null and status = 'open'"),
        View::Status(_) if order == Order::Urgent => in_order!(order, "status = $4 and status <> 'resolved'"),
        View::Status(_) => in_order!(order, "status = $4"),
        View::Channel(_) => in_order!(order, "channel_id = $4 and status <> 'resolved'"),
        View::Brand(_) => in_order!(order, "brand_id = $4 and status <> 'resolved'"),
        View::Contact(_) => in_order!(order, "contact_id = $4"),
        View::All => in_order!(order, "true"),
    };
    let query = db.query(sql).bind(cursor.at).bind(cursor.id).bind(limit);
    match view {
        View::Mine(id) => query.bind(id),
        View::Status(status) => query.bind(status),
        View::Channel(id) => query.bind(id),
        View::Brand(id) => query.bind(id),
        View::Contact(id) => query.bind(id),
        View::NeedsApproval | View::Unassigned | View::All => query,
    }
    .all()
    .await
}

/// By the number that people use.
pub async fn find_by_number(db: &Db, number: i64) -> Result<Option<Conversation>> {
    db.query("select * from conversations where number = $1").bind(number).optional().await
}

/// By the number that people use; of one that was merged it is the one that it went into.
pub async fn find_merged(db: &Db, number: i64) -> Result<Option<Conversation>> {
    let mut found = find_by_number(db, number).await?;
    while let Some(target) = found.as_ref().and_then(|row| row.merged_into) {
        found = find(db, target).await?;
    }
    Ok(found)
}

/// The conversations whose drafts wait for a person, the oldest draft first, at most `most`.
pub async fn list_waiting(db: &Db, most: i64) -> Result<Vec<Conversation>> {
    db.query(
        "select c.* from approvals a join conversations c on c.id = a.conversation_id where a.state = 'pending'
         order by a.created_at, a.id limit $1",
    )
    .bind(most)
    .all()
    .await
}

/// Unresolved conversations of a brand about an order, newest first.
pub async fn list_about(db: &Db, brand: BrandId, order_number: &str, most: i64) -> Result<Vec<Conversation>> {
    db.query(
        "select * from conversations where brand_id = $1 and order_number = $2 and status <> 'resolved'
         order by last_message_at desc, id desc limit $3",
    )
    .bind(brand)
    .bind(rows::text(order_number))
    .bind(most)
    .all()
    .await
}

/// By id.
pub async fn find(db: &Db, id: ConversationId) -> Result<Option<Conversation>> {
    db.query("select * from conversations where id = $1").bind(id).optional().await
}

/// By id, to change it in this transaction: nobody else changes it meanwhile. Of one that was merged it is the one that
/// it went into, so whoever holds an old id still finds where things happen. Those on the way there are locked with it, in
/// the order of whoever changes several: a merge or its end waits until this is done, and neither waits for the other.
pub async fn lock(tx: &mut Tx, id: ConversationId) -> Result<Conversation> {
    const LOCK: Sql = Sql {
        sqlite: "select * from conversations where id = $1 and merged_into is null",
        postgres: "select * from conversations where id = $1 and merged_into is null for update",
    };
    loop {
        if let Some(row) = tx.query(LOCK).bind(id).optional().await? {
            return Ok(row);
        }
        let way = way_of(tx, id).await?;
        if way.is_empty() {
            return Err(Error::NotFound);
        }
        let held = bulk_changes::lock_ids(tx, &way).await?;
        // It may have gone on, or come back, before they were locked.
        if let Some(end) = end_of(held, id) {
            return Ok(end);
        }
    }
}

/// A conversation and those that it went into, one after the other; nothing is locked.
async fn way_of(tx: &mut Tx, id: ConversationId) -> Result<Vec<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    let way: Vec<Row> = tx
        .query(
            "with recursive way (id) as (
                 select id from conversations where id = $1
                 union select c.merged_into from conversations c join way w on c.id = w.id
                     where c.merged_into is not null
             ) select id from way",
        )
        .bind(id)
        .all()
        .await?;
    Ok(way.into_iter().map(|row| row.id).collect())
}

/// Where a conversation is now, if that is among these.
fn end_of(held: Vec<Conversation>, id: ConversationId) -> Option<Conversation> {
    let mut at = id;
    while let Some(target) = held.iter().find(|row| row.id == at)?.merged_into {
        at = target;
    }
    held.into_iter().find(|row| row.id == at)
}

/// Writes what the agent and teammates change; with whom it is and when it began stays.
pub async fn update(tx: &mut Tx, conversation: &Conversation) -> Result<()> {
    tx.query(
        "update conversations set status = $1, assignee_id = $2, intent = $3, language = $4, order_number = $5,
             proposal = $6, proposal_tone = $7, needs_approval = $8, agent_state = $9, taken_over = $10, unread = $11,
             snoozed_until = $12, due_at = $13, last_message_at = $14, revision = $15, resolved_at = $16, gist = $17,
             participants = $18, channel_id = $19, channel_kind = $20, last_inbound_at = $21, answering_since = $22,
             first_answered_at = $23, resolving_since = $24, resolution_due_at = $25,
             reply_until = $26, people_until = $27, wanted_by = $28, last_written_at = $29
         where id = $30",
    )
    .bind(conversation.status)
    .bind(conversation.assignee_id)
    .bind(conversation.intent.as_deref().map(rows::text))
    .bind(rows::text(&conversation.language))
    .bind(conversation.order_number.as_deref().map(rows::text))
    .bind(conversation.proposal.as_deref().map(rows::text))
    .bind(conversation.proposal_tone.as_str())
    .bind(conversation.needs_approval)
    .bind(conversation.agent_state)
    .bind(conversation.taken_over)
    .bind(conversation.unread)
    .bind(conversation.snoozed_until)
    .bind(conversation.due_at)
    .bind(conversation.last_message_at)
    .bind(conversation.revision)
    .bind(conversation.resolved_at)
    .bind(rows::text(&conversation.gist))
    .bind(rows::document(&conversation.participants.0)?)
    .bind(conversation.channel_id)
    .bind(conversation.channel_kind.as_str())
    .bind(conversation.last_inbound_at)
    .bind(conversation.clocks.answering_since)
    .bind(conversation.clocks.first_answered_at)
    .bind(conversation.clocks.resolving_since)
    .bind(conversation.clocks.resolution_due_at)
    .bind(conversation.window.reply_until)
    .bind(conversation.window.people_until)
    .bind(conversation.window.wanted_by)
    .bind(conversation.last_written_at)
    .bind(conversation.id)
    .execute()
    .await?;
    Ok(())
}

/// Who has these conversations, as far as somebody does.
pub async fn owners(tx: &mut Tx, ids: &[ConversationId]) -> Result<HashMap<ConversationId, TeammateId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
        assignee_id: TeammateId,
    }
    const OWNERS: Sql = Sql {
        sqlite: "select id, assignee_id from conversations
            where id in (select unhex(value, '-') from json_each($1)) and assignee_id is not null",
        postgres: "select id, assignee_id from conversations
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and assignee_id is not null",
    };
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = tx.query(OWNERS).bind(rows::json(ids)?).all().await?;
    Ok(rows.into_iter().map(|row| (row.id, row.assignee_id)).collect())
}

/// Somebody looked at it.
pub async fn set_read(tx: &mut Tx, id: ConversationId) -> Result<bool> {
    const READ: Sql = Sql {
        sqlite: "update conversations set unread = 0 where id = $1 and unread = 1",
        postgres: "update conversations set unread = false where id = $1 and unread",
    };
    Ok(tx.query(READ).bind(id).execute().await? > 0)
}

/// What the agent is doing.
pub async fn set_agent_state(tx: &mut Tx, id: ConversationId, state: AgentState) -> Result<()> {
    tx.query("update conversations set agent_state = $1 where id = $2").bind(state).bind(id).execute().await?;
    Ok(())
}

/// What a conversation has for one person beside what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForReader {
    /// Its tags by name.
    pub tags: Vec<String>,
    /// Who follows it.
    pub followers: Vec<TeammateId>,
    /// Whether they follow it.
    pub followed: bool,
    /// Whether files wait in their composer.
    pub has_files: bool,
    /// What they were writing.
    pub writing: ComposerTexts,
    /// What went into it and did not come apart again.
    pub merges: Vec<MergeId>,
    /// The number of the event with which something left it last ([`super::events::last_parting`]); 0 where nothing did.
    pub parted: i64,
}

/// What a conversation has for one person, in one statement.
pub async fn for_reader(db: &Db, id: ConversationId, reader: TeammateId) -> Result<ForReader> {
    #[derive(sqlx::FromRow)]
    struct Found {
        tags: Json<Vec<String>>,
        followers: Json<Vec<TeammateId>>,
        has_files: bool,
        merges: Json<Vec<MergeId>>,
        parted: i64,
        reply: Option<String>,
        reply_at: Option<Ts>,
        ticked: Option<Json<Ticked>>,
        choices: Option<Json<Vec<String>>>,
        audience: Option<Audience>,
        note: Option<String>,
        note_at: Option<Ts>,
    }
    const FOR_READER: Sql = Sql {
        sqlite: "select (select json_group_array(tag) from
                (select tag from conversation_tags where conversation_id = $1 order by tag)) as tags,
            (select json_group_array(lower(hex(teammate_id))) from
                (select teammate_id from followers where conversation_id = $1 order by teammate_id)) as followers,
            exists (select 1 from composer_files
                where conversation_id = $1 and teammate_id = $2 and released_at is null) as has_files,
            (select json_group_array(lower(hex(id))) from merges where target_id = $1 and undone_at is null) as merges,
            (select coalesce(max(seq), 0) from events
                where conversation_id = $1 and kind in ('merge_undone', 'split')) as parted,
            r.body as reply, r.updated_at as reply_at, r.ticked, r.choices, r.audience, n.body as note,
                n.updated_at as note_at from (select 1)
            left join composer_texts r on r.conversation_id = $1 and r.teammate_id = $2 and r.is_note = 0
            left join composer_texts n on n.conversation_id = $1 and n.teammate_id = $2 and n.is_note = 1",
        postgres: "select (select coalesce(jsonb_agg(tag order by tag), '[]') from conversation_tags
                where conversation_id = $1) as tags,
            (select coalesce(jsonb_agg(teammate_id order by teammate_id), '[]') from followers
                where conversation_id = $1) as followers,
            exists (select 1 from composer_files
                where conversation_id = $1 and teammate_id = $2 and released_at is null) as has_files,
            (select coalesce(jsonb_agg(id), '[]') from merges where target_id = $1 and undone_at is null) as merges,
            (select coalesce(max(seq), 0) from events
                where conversation_id = $1 and kind in ('merge_undone', 'split')) as parted,
            r.body as reply, r.updated_at as reply_at, r.ticked, r.choices, r.audience, n.body as note,
                n.updated_at as note_at from (select 1) one
            left join composer_texts r on r.conversation_id = $1 and r.teammate_id = $2 and not r.is_note
            left join composer_texts n on n.conversation_id = $1 and n.teammate_id = $2 and n.is_note",
    };
    let found: Found = db.query(FOR_READER).bind(id).bind(reader).one().await?;
    let kept = |(body, updated_at)| KeptText { body, updated_at };
    Ok(ForReader {
        tags: found.tags.0,
        followed: found.followers.0.contains(&reader),
        followers: found.followers.0,
        has_files: found.has_files,
        merges: found.merges.0,
        parted: found.parted,
        writing: ComposerTexts {
            reply: found.reply.zip(found.reply_at).map(kept),
            from: found.ticked.map(|Json(ticked)| ticked),
            choices: found.choices.map(|Json(choices)| choices).unwrap_or_default(),
            audience: found.audience,
            note: found.note.zip(found.note_at).map(kept),
        },
    })
}

/// Adds a tag. `false` when it is there already.
pub async fn add_tag(tx: &mut Tx, id: ConversationId, tag: &str, now: Ts) -> Result<bool> {
    let added = tx
        .query(
        "insert into conversation_tags (conversation_id, tag, created_at) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(id)
    .bind(tag)
    .bind(now)
    .execute()
    .await?;
    Ok(added > 0)
}

/// Takes a tag away. `false` when it is not there.
pub async fn remove_tag(tx: &mut Tx, id: ConversationId, tag: &str) -> Result<bool> {
    let removed = tx
        .query("delete from conversation_tags where conversation_id = $1 and tag = $2")
        .bind(id)
        .bind(tag)
        .execute()
        .await?;
    Ok(removed > 0)
}

/// Snoozed conversations whose time has come, longest ago first: a page of at most 100, behind one of them.
pub async fn list_due_snoozed(db: &Db, now: Ts, behind: Option<(Ts, ConversationId)>) -> Result<Vec<Conversation>> {
    let (until, id) = behind.unwrap_or((Ts(0), ConversationId(uuid::Uuid::nil())));
    db.query(
        "select * from conversations where status = 'snoozed' and snoozed_until <= $1 and (snoozed_until, id) > ($2, $3)
         order by snoozed_until, id limit 100",
    )
    .bind(now)
    .bind(until)
    .bind(id)
    .all()
    .await
}
