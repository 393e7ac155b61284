//! What teammates should know, who follows what, and of what they are told by mail.

use serde::Serialize;

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::merge::JoinedNotification;
use crate::model::notification::{Notification, NotificationKind};
use crate::model::{BrandId, ConversationId, NotificationId, TeammateId, Ts};

/// What two conversations have unread of the same, for the same person.
macro_rules! same {
    ($lock:literal) => {
        concat!(
            "select here.id, there.id as there, here.count, here.mail = 'due' and there.mail = 'none' as is_due
             from teammates t
             join notifications here on here.teammate_id = t.id and here.conversation_id = $1 and here.read_at is null
             join notifications there on there.teammate_id = here.teammate_id and there.kind = here.kind
                 and there.conversation_id = $2 and there.read_at is null",
            $lock
        )
    };
}

/// Something to tell a teammate.
#[derive(Clone, Debug, Serialize)]
pub struct NewNotification {
    /// Id.
    pub id: NotificationId,
    /// Who is told.
    pub teammate_id: TeammateId,
    /// Where it happened.
    pub conversation_id: ConversationId,
    /// Why.
    pub kind: NotificationKind,
    /// Who did it, as a name.
    pub actor: String,
    /// How often, or how many.
    pub count: i64,
    /// When.
    pub created_at: Ts,
}

/// A notification that was written, and whether the person wants it by mail and was not mailed of it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Due {
    /// Which.
    pub id: NotificationId,
    /// In which conversation.
    pub conversation_id: ConversationId,
}

/// Tells teammates; more of what is unread only counts up. Gives those of which a mail is due.
pub async fn insert(tx: &mut Tx, all: &[NewNotification]) -> Result<Vec<Due>> {
    const INSERT: Sql = Sql {
        sqlite: "insert into notifications (id, teammate_id, conversation_id, kind, actor, count, created_at)
            select unhex(value ->> 'id', '-'), unhex(value ->> 'teammate_id', '-'),
                unhex(value ->> 'conversation_id', '-'), value ->> 'kind', value ->> 'actor', value ->> 'count',
                value ->> 'created_at'
            from json_each($1) where true
            on conflict (teammate_id, conversation_id, kind) where read_at is null
            do update set count = count + excluded.count, actor = excluded.actor, created_at = excluded.created_at",
        postgres: "insert into notifications (id, teammate_id, conversation_id, kind, actor, count, created_at)
            select id, teammate_id, conversation_id, kind, actor, count,
                timestamptz 'epoch' + created_at * interval '1 microsecond'
            from json_to_recordset($1::json) as r (id uuid, teammate_id uuid, conversation_id uuid, kind text,
                actor text, count bigint, created_at bigint)
            on conflict (teammate_id, conversation_id, kind) where read_at is null
            do update set count = notifications.count + excluded.count, actor = excluded.actor, created_at = excluded.created_at",
    };
    const DUE: Sql = Sql {
        sqlite: "update notifications set mail = 'due' where mail = 'none'
                and id in (select unhex(value ->> 'id', '-') from json_each($1))
                and exists (select 1 from mail_wishes w
                    where w.teammate_id = notifications.teammate_id and w.kind = case notifications.kind
                        when 'assigned_several' then 'assigned' else notifications.kind end)
            returning id, conversation_id",
        postgres: "update notifications set mail = 'due' where mail = 'none'
                and id in (select id from json_to_recordset($1::json) as r (id uuid))
                and exists (select 1 from mail_wishes w
                    where w.teammate_id = notifications.teammate_id and w.kind = case notifications.kind
                        when 'assigned_several' then 'assigned' else notifications.kind end)
            returning id, conversation_id",
    };
    let mut once: Vec<NewNotification> = Vec::with_capacity(all.len());
    for one in all {
        let key = |other: &NewNotification| (other.teammate_id, other.conversation_id, other.kind);
        // PostgreSQL refuses a statement that changes the row it has just inserted.
        match once.iter_mut().find(|known| key(known) == key(one)) {
            Some(known) => {
                known.count += one.count;
                known.actor.clone_from(&one.actor);
            }
            None => once.push(one.clone()),
        }
    }
    if once.is_empty() {
        return Ok(Vec::new());
    }
    let json = rows::json(&once)?;
    tx.query(INSERT).bind(json.as_str()).execute().await?;
    tx.query(DUE).bind(json).all().await
}

/// What was unread about a conversation, and is about another now.
#[derive(Clone, Debug, Default)]
pub struct MovedUnread {
    /// What moved.
    pub moved: Vec<NotificationId>,
    /// What counts with what the other had of the same.
    pub joined: Vec<JoinedNotification>,
    /// Of those of the other a mail is due that was due here.
    pub due: Vec<Due>,
}

/// What is unread about a conversation is about another from now on; where the other has the same, it counts up.
pub async fn move_unread(tx: &mut Tx, from: ConversationId, to: ConversationId, now: Ts) -> Result<MovedUnread> {
    const SAME: Sql = Sql { sqlite: same!(""), postgres: same!(" for update of here, there") };
    const MOVE: &str = "update notifications set conversation_id = $2
        where teammate_id in (select id from teammates) and conversation_id = $1 and read_at is null returning id";
    #[derive(sqlx::FromRow)]
    struct Same {
        id: NotificationId,
        there: NotificationId,
        count: i64,
        is_due: bool,
    }
    #[derive(sqlx::FromRow)]
    struct Row {
        id: NotificationId,
    }
    let mut unread = MovedUnread::default();
    let same: Vec<Same> = tx.query(SAME).bind(from).bind(to).all().await?;
    for Same { id, there, count, is_due } in same {
        let counted = tx.query("update notifications set count = count + $1 where id = $2").bind(count).bind(there);
        counted.execute().await?;
        tx.query("update notifications set read_at = $1 where id = $2").bind(now).bind(id).execute().await?;
        if is_due && set_mail(tx, there, ("none", "due"), None).await? {
            unread.due.push(Due { id: there, conversation_id: to });
        }
        unread.joined.push(JoinedNotification { id, there, count });
    }
    let moved: Vec<Row> = tx.query(MOVE).bind(from).bind(to).all().await?;
    unread.moved = moved.into_iter().map(|row| row.id).collect();
    Ok(unread)
}

/// What was added to that of another is unread for itself again, where nobody has read both since.
pub async fn part(tx: &mut Tx, joined: &[JoinedNotification]) -> Result<()> {
    const AGAIN: &str = "update notifications set read_at = null
        where id = $1 and exists (select 1 from notifications there where there.id = $2 and there.read_at is null)
            and not exists (select 1 from notifications newer where newer.teammate_id = notifications.teammate_id
                and newer.conversation_id = notifications.conversation_id and newer.kind = notifications.kind
                and newer.read_at is null)";
    for one in joined {
        if tx.query(AGAIN).bind(one.id).bind(one.there).execute().await? > 0 {
            let parted = tx.query("update notifications set count = count - $1 where id = $2 and count > $1");
            parted.bind(one.count).bind(one.there).execute().await?;
        }
    }
    Ok(())
}

/// What moved is about the first again, if nobody has read it since.
pub async fn move_back(tx: &mut Tx, moved: &[NotificationId], from: ConversationId, to: ConversationId) -> Result<()> {
    const BACK: Sql = Sql {
        sqlite: "update notifications set conversation_id = $3
            where id in (select unhex(value, '-') from json_each($1)) and conversation_id = $2 and read_at is null",
        postgres: "update notifications set conversation_id = $3
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and conversation_id = $2 and read_at is null",
    };
    if moved.is_empty() {
        return Ok(());
    }
    tx.query(BACK).bind(rows::json(moved)?).bind(from).bind(to).execute().await?;
    Ok(())
}

/// Who follows a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Follower {
    /// What they follow.
    pub conversation_id: ConversationId,
    /// Who.
    pub teammate_id: TeammateId,
}

/// The followers of these conversations.
pub async fn followers(tx: &mut Tx, conversations: &[ConversationId]) -> Result<Vec<Follower>> {
    const LIST: Sql = Sql {
        sqlite: "select conversation_id, teammate_id from followers
            where conversation_id in (select unhex(value, '-') from json_each($1))",
        postgres: "select conversation_id, teammate_id from followers
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))",
    };
    if conversations.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(LIST).bind(rows::json(conversations)?).all().await
}

/// Follows a conversation from now on.
pub async fn follow(tx: &mut Tx, conversation: ConversationId, teammate: TeammateId, now: Ts) -> Result<()> {
    tx.query(
        "insert into followers (conversation_id, teammate_id, created_at) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(conversation)
    .bind(teammate)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Follows a conversation no longer.
pub async fn unfollow(tx: &mut Tx, conversation: ConversationId, teammate: TeammateId) -> Result<()> {
    tx.query("delete from followers where conversation_id = $1 and teammate_id = $2")
        .bind(conversation)
        .bind(teammate)
        .execute()
        .await?;
    Ok(())
}

/// The newest of a person, at most `most`.
pub async fn list(db: &Db, teammate: TeammateId, most: i64) -> Result<Vec<Notification>> {
    db.query(
        "select n.id, n.teammate_id, n.conversation_id, c.number, c.contact_name, c.gist, n.kind, n.actor, n.count,
             n.created_at, n.read_at
         from notifications n join conversations c on c.id = n.conversation_id
         where n.teammate_id = $1 order by n.created_at desc, n.id desc limit $2",
    )
    .bind(teammate)
    .bind(most)
    .all()
    .await
}

/// Whether a person has unread ones about a conversation: a cheap look before the writer is taken.
pub async fn any_unread_of(db: &Db, teammate: TeammateId, conversation: ConversationId) -> Result<bool> {
    db.query(
        "select exists (select 1 from notifications
             where teammate_id = $1 and conversation_id = $2 and read_at is null)",
    )
    .bind(teammate)
    .bind(conversation)
    .scalar()
    .await
}

/// A person has read what is about a conversation. What counts up at this moment they have not, and nobody is waited for.
pub async fn read_of(tx: &mut Tx, teammate: TeammateId, conversation: ConversationId, now: Ts) -> Result<()> {
    const READ: Sql = Sql {
        sqlite: "update notifications set read_at = $1
            where teammate_id = $2 and conversation_id = $3 and read_at is null",
        postgres: "update notifications set read_at = $1 where id = any (array(select id from notifications
            where teammate_id = $2 and conversation_id = $3 and read_at is null for update skip locked))",
    };
    tx.query(READ).bind(now).bind(teammate).bind(conversation).execute().await?;
    Ok(())
}

/// Who has not read yet that a customer waits for a person, and where: of these conversations, which are locked.
pub async fn list_wanted(tx: &mut Tx, conversations: &[ConversationId]) -> Result<Vec<(ConversationId, TeammateId)>> {
    const LIST: Sql = Sql {
        sqlite: "select conversation_id, teammate_id from notifications where teammate_id in (select id from teammates)
            and conversation_id in (select unhex(value, '-') from json_each($1)) and kind = $2 and read_at is null",
        postgres:
            "select conversation_id, teammate_id from notifications where teammate_id in (select id from teammates)
            and conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
            and kind = $2 and read_at is null",
    };
    #[derive(sqlx::FromRow)]
    struct Row {
        conversation_id: ConversationId,
        teammate_id: TeammateId,
    }
    let unread: Vec<Row> = tx.query(LIST).bind(rows::json(conversations)?).bind(NotificationKind::Wanted).all().await?;
    Ok(unread.into_iter().map(|row| (row.conversation_id, row.teammate_id)).collect())
}

/// Somebody has these conversations from now on, or they are put away: whoever was told that a customer waits there has read it.
/// They are locked.
pub async fn read_wanted(tx: &mut Tx, conversations: &[ConversationId], now: Ts) -> Result<()> {
    const READ: Sql = Sql {
        sqlite: "update notifications set read_at = $1 where teammate_id in (select id from teammates)
            and conversation_id in (select unhex(value, '-') from json_each($2)) and kind = $3 and read_at is null",
        postgres: "update notifications set read_at = $1 where teammate_id in (select id from teammates)
            and conversation_id = any (array(select value::uuid from json_array_elements_text($2::json)))
            and kind = $3 and read_at is null",
    };
    if !conversations.is_empty() {
        let read = tx.query(READ).bind(now).bind(rows::json(conversations)?).bind(NotificationKind::Wanted);
        read.execute().await?;
    }
    Ok(())
}

/// A person has read everything. What counts up at this moment they have not, and nobody is waited for.
pub async fn read_all(tx: &mut Tx, teammate: TeammateId, now: Ts) -> Result<u64> {
    const READ: Sql = Sql {
        sqlite: "update notifications set read_at = $1 where teammate_id = $2 and read_at is null",
        postgres: "update notifications set read_at = $1 where id = any (array(select id from notifications
            where teammate_id = $2 and read_at is null for update skip locked))",
    };
    tx.query(READ).bind(now).bind(teammate).execute().await
}

/// Forgets what was read before a moment. It was made before that too, and by this an index finds it.
pub async fn forget_read(tx: &mut Tx, before: Ts) -> Result<u64> {
    tx.query("delete from notifications where created_at < $1 and read_at is not null and read_at < $1")
        .bind(before)
        .execute()
        .await
}

/// Of what a person is told by mail.
pub async fn mail_wishes(db: &Db, teammate: TeammateId) -> Result<Vec<NotificationKind>> {
    #[derive(sqlx::FromRow)]
    struct Wish {
        kind: NotificationKind,
    }
    let wishes: Vec<Wish> =
        db.query("select kind from mail_wishes where teammate_id = $1").bind(teammate).all().await?;
    Ok(wishes.into_iter().map(|wish| wish.kind).collect())
}

/// Sets of what a person is told by mail.
pub async fn set_mail_wishes(tx: &mut Tx, teammate: TeammateId, kinds: &[NotificationKind]) -> Result<()> {
    tx.query("delete from mail_wishes where teammate_id = $1").bind(teammate).execute().await?;
    for kind in kinds {
        tx.query("insert into mail_wishes (teammate_id, kind) values ($1, $2)")
            .bind(teammate)
            .bind(*kind)
            .execute()
            .await?;
    }
    Ok(())
}

/// What a mail about a notification is made from.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Letter {
    /// What it is about.
    #[sqlx(flatten)]
    pub notification: Notification,
    /// Whose conversation.
    pub brand_id: BrandId,
    /// Whom it goes to.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they may still sign in.
    pub living: bool,
    /// `none`, `due`, `sending`, `sent`, `failed` or `skipped`.
    pub mail: String,
}

/// A notification as its mail tells it.
pub async fn find_letter(db: &Db, id: NotificationId) -> Result<Option<Letter>> {
    db.query(
        "select n.id, n.teammate_id, n.conversation_id, c.number, c.contact_name, c.gist, n.kind, n.actor, n.count,
             n.created_at, n.read_at, c.brand_id, t.email, t.name, t.disabled_at is null as living, n.mail
         from notifications n join conversations c on c.id = n.conversation_id join teammates t on t.id = n.teammate_id
         where n.id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// Moves a mail from one state to another. `false` when it was not in the first.
pub async fn set_mail(tx: &mut Tx, id: NotificationId, (from, to): (&str, &str), at: Option<Ts>) -> Result<bool> {
    let touched = tx
        .query("update notifications set mail = $1, mailed_at = $2 where id = $3 and mail = $4")
        .bind(to)
        .bind(at)
        .bind(id)
        .bind(from)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// How many mails went to a person since a moment.
pub async fn count_mailed(db: &Db, teammate: TeammateId, since: Ts) -> Result<i64> {
    db.query("select count(*) from notifications where teammate_id = $1 and mailed_at is not null and mailed_at >= $2")
        .bind(teammate)
        .bind(since)
        .scalar()
        .await
}
