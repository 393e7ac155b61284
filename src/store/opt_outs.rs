//! Customers who have said on a channel that they want nothing there that they did not ask for. Their newest word counts, in whatever
//! order the platform tells it; that of people whom nobody knows yet, or any more, waits until they are known.

use super::db::Sql;
use super::erased_names::hash_of;
use super::intake::BrandIdentity;
use super::people::same_person;
use super::{Db, Result, Tx, rows};
use crate::model::contact::is_reached_by;
use crate::model::{BrandId, ChannelId, ContactId, Ts};

/// What somebody has said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Whether they want what they did not ask for.
    pub given: bool,
    /// When they said so.
    pub at: Ts,
}

/// A word that has waited for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Early {
    /// The channel on which they said it.
    pub channel: ChannelId,
    /// A name of theirs.
    pub name: BrandIdentity,
    /// What they said.
    pub word: Word,
}

/// A customer has opted out there, or in again. What they said later than that stands.
pub async fn note(tx: &mut Tx, channel: ChannelId, contact: ContactId, word: Word) -> Result<()> {
    tx.query(
        "insert into opt_outs (channel_id, contact_id, since, ended) values ($1, $2, $3, $4)
         on conflict (channel_id, contact_id) do update set since = excluded.since, ended = excluded.ended
             where excluded.since >= opt_outs.since",
    )
    .bind(channel)
    .bind(contact)
    .bind(word.at)
    .bind(word.given)
    .execute()
    .await?;
    Ok(())
}

/// The same of somebody whom nobody knows yet by any of these names.
pub async fn note_early(tx: &mut Tx, channel: ChannelId, names: &[BrandIdentity], word: Word) -> Result<()> {
    for name in names {
        tx.query(
            "insert into early_opt_outs (name_hash, channel_id, since, ended) values ($1, $2, $3, $4)
             on conflict (name_hash, channel_id) do update set since = excluded.since, ended = excluded.ended
                 where excluded.since >= early_opt_outs.since",
        )
        .bind(hash_of(name))
        .bind(channel)
        .bind(word.at)
        .bind(word.given)
        .execute()
        .await?;
    }
    Ok(())
}

/// What a customer wants nothing of who is erased now waits for them, for as long as they do not come back, under the names by which
/// they are reached on that channel.
pub async fn keep_of_erased(tx: &mut Tx, contact: ContactId) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Kept {
        channel_id: ChannelId,
        channel_kind: String,
        since: Ts,
        brand_id: BrandId,
        kind: String,
        value: String,
    }
    let kept: Vec<Kept> = tx
        .query(
            "select o.channel_id, k.kind as channel_kind, o.since, i.brand_id, i.kind, i.value
             from opt_outs o join channels k on k.id = o.channel_id
                 join contact_identities i on i.contact_id = o.contact_id
             where o.contact_id = $1 and not o.ended",
        )
        .bind(contact)
        .all()
        .await?;
    for Kept { channel_id, channel_kind, since, brand_id, kind, value } in kept {
        let name = BrandIdentity { brand_id, kind, value };
        if !channel_kind.parse().is_ok_and(|channel_kind| is_reached_by(channel_kind, name.sort())) {
            continue;
        }
        tx.query(
            "insert into early_opt_outs (name_hash, channel_id, since, ended, of_erased) values ($1, $2, $3, $4, $5)
             on conflict (name_hash, channel_id) do update
                 set since = excluded.since, ended = excluded.ended, of_erased = excluded.of_erased
                 where excluded.since >= early_opt_outs.since",
        )
        .bind(hash_of(&name))
        .bind(channel_id)
        .bind(since)
        .bind(false)
        .bind(true)
        .execute()
        .await?;
    }
    Ok(())
}

/// Takes what has waited for those who are known by these names now.
pub async fn take_early(tx: &mut Tx, names: &[BrandIdentity]) -> Result<Vec<Early>> {
    #[derive(sqlx::FromRow)]
    struct Waiting {
        name_hash: String,
        channel_id: ChannelId,
        since: Ts,
        ended: bool,
    }
    const TAKE: Sql = Sql {
        sqlite: "delete from early_opt_outs where name_hash in (select value from json_each($1))
            returning name_hash, channel_id, since, ended",
        postgres: "delete from early_opt_outs where name_hash = any (array(
                select value from json_array_elements_text($1::json)))
            returning name_hash, channel_id, since, ended",
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let hashes: Vec<String> = names.iter().map(hash_of).collect();
    let waiting: Vec<Waiting> = tx.query(TAKE).bind(rows::json(&hashes)?).all().await?;
    let of = |row: Waiting| {
        let name = names.iter().zip(&hashes).find(|(_, hash)| **hash == row.name_hash)?.0.clone();
        Some(Early { channel: row.channel_id, name, word: Word { given: row.ended, at: row.since } })
    };
    Ok(waiting.into_iter().filter_map(of).collect())
}

/// Forgets words that waited for nobody, but for the no of who was erased.
pub async fn forget_early(tx: &mut Tx, before: Ts) -> Result<()> {
    tx.query("delete from early_opt_outs where since < $1 and (ended or not of_erased)").bind(before).execute().await?;
    Ok(())
}

/// Whether the person that a customer is has opted out there.
pub async fn is_there(db: &Db, channel: ChannelId, contact: ContactId) -> Result<bool> {
    const THERE: &str = concat!(
        "select exists (select 1 from opt_outs where channel_id = $2 and not ended and contact_id in ",
        same_person!("$1"),
        ")"
    );
    db.query(THERE).bind(contact).bind(channel).scalar().await
}

/// The same, where they have written nothing there since: who writes again may well have opted in, and the platform says so if
/// they have not.
pub async fn is_last_word(tx: &mut Tx, channel: ChannelId, contact: ContactId) -> Result<bool> {
    const LAST_WORD: &str = concat!(
        "select exists (select 1 from opt_outs o where o.channel_id = $2 and not o.ended and o.contact_id in ",
        same_person!("$1"),
        " and not exists (select 1 from messages m where m.contact_id = o.contact_id and m.erased_at is null
            and m.channel_id = $2 and m.direction = 'inbound' and m.created_at > o.since
            and coalesce(m.written_at, m.created_at) > o.since))"
    );
    tx.query(LAST_WORD).bind(contact).bind(channel).scalar().await
}
