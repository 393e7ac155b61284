//! Customers who have said on a channel that they want nothing there that they did not ask for.

use super::people::same_person;
use super::{Db, Result, Tx};
use crate::model::{ChannelId, ContactId, Ts};

/// A customer has opted out there, as is known since a moment.
pub async fn insert(tx: &mut Tx, channel: ChannelId, contact: ContactId, since: Ts) -> Result<()> {
    tx.query(
        "insert into opt_outs (channel_id, contact_id, since) values ($1, $2, $3)
         on conflict (channel_id, contact_id) do update set since = excluded.since",
    )
    .bind(channel)
    .bind(contact)
    .bind(since)
    .execute()
    .await?;
    Ok(())
}

/// A customer has opted in again.
pub async fn delete(tx: &mut Tx, channel: ChannelId, contact: ContactId) -> Result<()> {
    tx.query("delete from opt_outs where channel_id = $1 and contact_id = $2")
        .bind(channel)
        .bind(contact)
        .execute()
        .await?;
    Ok(())
}

/// Whether the person that a customer is has opted out there.
pub async fn is_there(db: &Db, channel: ChannelId, contact: ContactId) -> Result<bool> {
    const THERE: &str = concat!(
        "select exists (select 1 from opt_outs where channel_id = $2 and contact_id in ",
        same_person!("$1"),
        ")"
    );
    db.query(THERE).bind(contact).bind(channel).scalar().await
}

/// The same, where they have written nothing there since: who writes again may well have opted in, and the platform says so if
/// they have not.
pub async fn is_last_word(tx: &mut Tx, channel: ChannelId, contact: ContactId) -> Result<bool> {
    const LAST_WORD: &str = concat!(
        "select exists (select 1 from opt_outs o where o.channel_id = $2 and o.contact_id in ",
        same_person!("$1"),
        " and not exists (select 1 from messages m where m.contact_id = o.contact_id and m.erased_at is null
            and m.channel_id = $2 and m.direction = 'inbound' and m.created_at > o.since))"
    );
    tx.query(LAST_WORD).bind(contact).bind(channel).scalar().await
}
