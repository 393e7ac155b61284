//! Everything of one conversation becomes part of another, and comes back.

mod strangers;
mod texts;
mod told;

use serde::Serialize;
use sqlx::types::Json;

use super::db::Sql;
use super::notifications::Due;
use super::{Db, Result, Tx, messages, notifications, rows};
use crate::model::merge::{Before, Merge, Moved};
use crate::model::{
    ActionId, AgentRunId, ComposerFileId, ConversationId, DraftId, HandOffId, MergeId, MessageId, NoteId,
    OrderSourceId, TeammateId, Ts,
};

pub use strangers::{Stranger, has_others, list_strangers, list_strangers_of, list_with_others};
pub use texts::part_texts;
pub use told::{PartedOrders, part_orders};

/// Moves the rows of a table from a conversation to another, and gives their keys.
macro_rules! moved {
    ($tx:ident, $table:literal, $column:literal, $key:ty, $from:ident, $to:ident) => {{
        #[derive(sqlx::FromRow)]
        struct Row {
            key: $key,
        }
        const MOVE: &str = concat!(
            "update ",
            $table,
            " set conversation_id = $2 where conversation_id = $1 returning ",
            $column,
            " as key"
        );
        let moved: Vec<Row> = $tx.query(MOVE).bind($from).bind($to).all().await?;
        moved.into_iter().map(|row| row.key).collect()
    }};
}

/// Moves everything of a conversation into another. Both are locked. Gives what moved, and of which notifications a mail is
/// due that was due of one of those.
pub async fn move_all(tx: &mut Tx, from: ConversationId, to: ConversationId, now: Ts) -> Result<(Moved, Vec<Due>)> {
    let (texts, joined_texts) = texts::copy_texts(tx, from, to).await?;
    let unread = notifications::move_unread(tx, from, to, now).await?;
    let mut moved = Moved {
        messages: moved!(tx, "messages", "id", MessageId, from, to),
        notes: moved!(tx, "notes", "id", NoteId, from, to),
        events: moved!(tx, "events", "seq", i64, from, to),
        runs: moved!(tx, "agent_runs", "id", AgentRunId, from, to),
        drafts: moved!(tx, "drafts", "id", DraftId, from, to),
        hand_offs: moved!(tx, "hand_offs", "id", HandOffId, from, to),
        actions: moved!(tx, "actions", "id", ActionId, from, to),
        files: move_files(tx, from, to).await?,
        tags: copy_tags(tx, from, to).await?,
        followers: copy_followers(tx, from, to).await?,
        orders: copy_orders(tx, from, to).await?,
        texts,
        joined_texts,
        notifications: unread.moved,
        joined_notifications: unread.joined,
        newest: 0,
    };
    moved.newest = messages::newest(tx, to).await?;
    point_keys(tx, &moved.messages, to).await?;
    Ok((moved, unread.due))
}

/// The keys of those messages that are in a conversation lead to it.
pub async fn point_keys(tx: &mut Tx, messages: &[MessageId], to: ConversationId) -> Result<()> {
    const POINT: Sql = Sql {
        sqlite: "update message_keys set conversation_id = $2
            where message_id in (select id from messages where conversation_id = $2
                and id in (select unhex(value, '-') from json_each($1)))",
        postgres: "update message_keys set conversation_id = $2
            where message_id in (select id from messages where conversation_id = $2
                and id = any (array(select value::uuid from json_array_elements_text($1::json))))",
    };
    if messages.is_empty() {
        return Ok(());
    }
    tx.query(POINT).bind(rows::json(messages)?).bind(to).execute().await?;
    Ok(())
}

/// Files of half-written replies; those that belong to nothing stay.
async fn move_files(tx: &mut Tx, from: ConversationId, to: ConversationId) -> Result<Vec<ComposerFileId>> {
    #[derive(sqlx::FromRow)]
    struct File {
        id: ComposerFileId,
    }
    let moved: Vec<File> = tx
        .query(
            "update composer_files set conversation_id = $2 where conversation_id = $1 and released_at is null
             returning id",
        )
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(moved.into_iter().map(|row| row.id).collect())
}

async fn copy_followers(tx: &mut Tx, from: ConversationId, to: ConversationId) -> Result<Vec<TeammateId>> {
    #[derive(sqlx::FromRow)]
    struct Follower {
        teammate_id: TeammateId,
    }
    let copied: Vec<Follower> = tx
        .query(
            "insert into followers (conversation_id, teammate_id, created_at)
             select $2, teammate_id, created_at from followers where conversation_id = $1
             on conflict do nothing returning teammate_id",
        )
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(copied.into_iter().map(|row| row.teammate_id).collect())
}

async fn copy_tags(tx: &mut Tx, from: ConversationId, to: ConversationId) -> Result<Vec<String>> {
    #[derive(sqlx::FromRow)]
    struct Tag {
        tag: String,
    }
    let copied: Vec<Tag> = tx
        .query(
            "insert into conversation_tags (conversation_id, tag, created_at)
             select $2, tag, created_at from conversation_tags where conversation_id = $1
             on conflict do nothing returning tag",
        )
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(copied.into_iter().map(|row| row.tag).collect())
}

/// Copies the orders of a conversation that another one is not about; gives them.
pub async fn copy_orders(
    tx: &mut Tx,
    from: ConversationId,
    to: ConversationId,
) -> Result<Vec<(OrderSourceId, String)>> {
    #[derive(sqlx::FromRow)]
    struct Linked {
        order_source_id: OrderSourceId,
        order_id: String,
    }
    let copied: Vec<Linked> = tx
        .query(
            "insert into conversation_orders (conversation_id, order_source_id, order_id, matched_by, created_at)
             select $2, order_source_id, order_id, matched_by, created_at from conversation_orders
             where conversation_id = $1 on conflict do nothing returning order_source_id, order_id",
        )
        .bind(from)
        .bind(to)
        .all()
        .await?;
    Ok(copied.into_iter().map(|row| (row.order_source_id, row.order_id)).collect())
}

/// Moves rows back whose keys are named and that are still there.
async fn back<T: Serialize>(tx: &mut Tx, sql: Sql, keys: &[T], at: ConversationId, to: ConversationId) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    tx.query(sql).bind(rows::json(keys)?).bind(at).bind(to).execute().await?;
    Ok(())
}

/// A statement that moves the rows with these ids from `$2` to `$3`.
macro_rules! by_id {
    ($table:literal) => {
        Sql {
            sqlite: concat!(
                "update ",
                $table,
                " set conversation_id = $3
                 where id in (select unhex(value, '-') from json_each($1)) and conversation_id = $2"
            ),
            postgres: concat!(
                "update ",
                $table,
                " set conversation_id = $3
                 where id = any (array(select value::uuid from json_array_elements_text($1::json)))
                     and conversation_id = $2"
            ),
        }
    };
}

const EVENTS: Sql = Sql {
    sqlite: "update events set conversation_id = $3
        where seq in (select value from json_each($1)) and conversation_id = $2",
    postgres: "update events set conversation_id = $3
        where seq = any (array(select value::bigint from json_array_elements_text($1::json))) and conversation_id = $2",
};

/// Moves messages with their keys, and events, to another conversation.
pub async fn move_these(tx: &mut Tx, moved: &Moved, at: ConversationId, to: ConversationId) -> Result<()> {
    back(tx, by_id!("messages"), &moved.messages, at, to).await?;
    point_keys(tx, &moved.messages, to).await?;
    back(tx, by_id!("notes"), &moved.notes, at, to).await?;
    back(tx, EVENTS, &moved.events, at, to).await?;
    back(tx, by_id!("agent_runs"), &moved.runs, at, to).await?;
    back(tx, by_id!("drafts"), &moved.drafts, at, to).await?;
    back(tx, by_id!("hand_offs"), &moved.hand_offs, at, to).await?;
    back(tx, by_id!("actions"), &moved.actions, at, to).await?;
    back(tx, by_id!("composer_files"), &moved.files, at, to).await?;
    notifications::move_back(tx, &moved.notifications, at, to).await?;
    notifications::part(tx, &moved.joined_notifications).await
}

/// Takes away the orders that a merge copied, but for the one with this number, which the target is about by now; `""` for none.
pub async fn forget_orders(tx: &mut Tx, moved: &Moved, target: ConversationId, chosen: &str) -> Result<()> {
    const ORDERS: Sql = Sql {
        sqlite: "delete from conversation_orders where conversation_id = $2 and (order_source_id, order_id) in
                (select unhex(value ->> 0, '-'), value ->> 1 from json_each($1))
            and not exists (select 1 from order_snapshots s where s.number = $3
                and s.order_source_id = conversation_orders.order_source_id
                and s.order_id = conversation_orders.order_id)",
        postgres: "delete from conversation_orders where conversation_id = $2 and (order_source_id, order_id) in
                (select (value ->> 0)::uuid, value ->> 1 from json_array_elements($1::json))
            and not exists (select 1 from order_snapshots s where s.number = $3
                and s.order_source_id = conversation_orders.order_source_id
                and s.order_id = conversation_orders.order_id)",
    };
    if !moved.orders.is_empty() {
        let copied = tx.query(ORDERS).bind(rows::json(&moved.orders)?).bind(target);
        copied.bind(rows::text(chosen)).execute().await?;
    }
    Ok(())
}

/// Forgets half-written texts of the one that went that stand no more in the target: they were sent, noted or emptied there.
pub async fn forget_sent(tx: &mut Tx, merge: &Merge) -> Result<()> {
    const SENT: &str = "delete from composer_texts as own where own.conversation_id = $1 and own.teammate_id = $3 and (
        not exists (select 1 from composer_texts there where there.conversation_id = $2
            and there.teammate_id = own.teammate_id and there.is_note = own.is_note)
        or (not own.is_note and exists (select 1 from messages m where m.conversation_id in ($1, $2)
            and m.teammate_id = own.teammate_id and m.created_at >= $4 and m.delivery <> 'cancelled'
            and replace(m.body, ltrim(rtrim(own.body, ' \r\n\t'), ' \r\n\t'), '') <> m.body))
        or (own.is_note and exists (select 1 from notes n where n.conversation_id in ($1, $2)
            and n.teammate_id = own.teammate_id and n.created_at >= $4
            and replace(n.body, ltrim(rtrim(own.body, ' \r\n\t'), ' \r\n\t'), '') <> n.body)))";
    for teammate in &merge.moved.0.texts {
        let sent = tx.query(SENT).bind(merge.source_id).bind(merge.target_id).bind(*teammate);
        sent.bind(merge.created_at).execute().await?;
    }
    Ok(())
}

/// Takes away what a merge copied: tags, followers, and half-written replies that nobody has changed since.
pub async fn forget_copies(tx: &mut Tx, moved: &Moved, source: ConversationId, target: ConversationId) -> Result<()> {
    const TAGS: Sql = Sql {
        sqlite: "delete from conversation_tags
            where conversation_id = $2 and tag in (select value from json_each($1))",
        postgres: "delete from conversation_tags
            where conversation_id = $2 and tag = any (array(select value from json_array_elements_text($1::json)))",
    };
    if !moved.tags.is_empty() {
        tx.query(TAGS).bind(rows::json(&moved.tags)?).bind(target).execute().await?;
    }
    for follower in &moved.followers {
        notifications::unfollow(tx, target, *follower).await?;
    }
    tx.query(
        "delete from composer_texts where conversation_id = $2 and exists (select 1 from composer_texts own
             where own.conversation_id = $1 and own.teammate_id = composer_texts.teammate_id
                 and own.is_note = composer_texts.is_note and own.body = composer_texts.body
                 and own.choices = composer_texts.choices)",
    )
    .bind(source)
    .bind(target)
    .execute()
    .await?;
    Ok(())
}

/// Says where a conversation went, or that it stands for itself again.
pub async fn point(tx: &mut Tx, source: ConversationId, target: Option<ConversationId>) -> Result<()> {
    tx.query("update conversations set merged_into = $1 where id = $2").bind(target).bind(source).execute().await?;
    Ok(())
}

/// Whether replies of a conversation have not left, and would go to somebody else.
pub async fn has_unsent(tx: &mut Tx, id: ConversationId) -> Result<bool> {
    tx.query(
        "select exists (select 1 from messages where conversation_id = $1
             and delivery in ('queued', 'sending', 'held', 'unknown'))",
    )
    .bind(id)
    .scalar()
    .await
}

/// Whether another conversation came into one since a customer wrote there last.
pub async fn came_since_asked(tx: &mut Tx, id: ConversationId) -> Result<bool> {
    const CAME: Sql = Sql {
        sqlite: "select exists (select 1 from merges m where m.target_id = $1 and m.undone_at is null
            and not exists (select 1 from messages later where later.conversation_id = $1
                and later.seq > coalesce(m.moved ->> 'newest', 0)
                and later.direction = 'inbound' and later.automatic = 'no'))",
        postgres: "select exists (select 1 from merges m where m.target_id = $1 and m.undone_at is null
            and not exists (select 1 from messages later where later.conversation_id = $1
                and later.seq > coalesce(cast(m.moved ->> 'newest' as bigint), 0)
                and later.direction = 'inbound' and later.automatic = 'no'))",
    };
    tx.query(CAME).bind(id).scalar().await
}

/// Whether any message of a conversation is on a channel of this kind.
pub async fn has_messages_on(tx: &mut Tx, id: ConversationId, kind: &str) -> Result<bool> {
    tx.query(
        "select exists (select 1 from messages m join channels c on c.id = m.channel_id
             where m.conversation_id = $1 and c.kind = $2)",
    )
    .bind(id)
    .bind(kind)
    .scalar()
    .await
}

/// Those of some conversations in which any message is on a channel of this kind.
pub async fn list_with_messages_on(db: &Db, of: &[ConversationId], kind: &str) -> Result<Vec<ConversationId>> {
    const LIST: Sql = Sql {
        sqlite: "select distinct m.conversation_id as id from messages m join channels c on c.id = m.channel_id
            where m.conversation_id in (select unhex(value, '-') from json_each($1)) and c.kind = $2",
        postgres: "select distinct m.conversation_id as id from messages m join channels c on c.id = m.channel_id
            where m.conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and c.kind = $2",
    };
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    let found: Vec<Row> = db.query(LIST).bind(rows::json(of)?).bind(kind).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// Keeps a merge.
pub async fn insert(tx: &mut Tx, merge: &Merge) -> Result<()> {
    tx.query(
        "insert into merges (id, source_id, target_id, teammate_id, moved, source_before, target_before,
             target_revision, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(merge.id)
    .bind(merge.source_id)
    .bind(merge.target_id)
    .bind(merge.teammate_id)
    .bind(document(&merge.moved)?)
    .bind(document::<Before>(&merge.source_before)?)
    .bind(document::<Before>(&merge.target_before)?)
    .bind(merge.target_revision)
    .bind(merge.created_at)
    .execute()
    .await?;
    Ok(())
}

fn document<T: Serialize>(of: &Json<T>) -> Result<Json<serde_json::Value>> {
    rows::document(&of.0)
}

/// A merge.
pub async fn find(db: &Db, id: MergeId) -> Result<Option<Merge>> {
    db.query("select * from merges where id = $1").bind(id).optional().await
}

/// The merges into a conversation that stand.
pub async fn list_into(tx: &mut Tx, target: ConversationId) -> Result<Vec<Merge>> {
    tx.query("select * from merges where target_id = $1 and undone_at is null order by created_at, id")
        .bind(target)
        .all()
        .await
}

/// The conversations that went into one, also by way of others.
pub async fn list_inside(tx: &mut Tx, target: ConversationId) -> Result<Vec<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    let inside: Vec<Row> = tx
        .query(
            "with recursive inside (id) as (
                 select source_id from merges where target_id = $1 and undone_at is null
                 union select m.source_id from merges m join inside i on m.target_id = i.id where m.undone_at is null
             ) select id from inside",
        )
        .bind(target)
        .all()
        .await?;
    Ok(inside.into_iter().map(|row| row.id).collect())
}

/// Notes that a merge is taken back. `false` when it was before.
pub async fn set_undone(tx: &mut Tx, id: MergeId, now: Ts) -> Result<bool> {
    let touched = tx
        .query("update merges set undone_at = $1 where id = $2 and undone_at is null")
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}
