//! What platforms said last of accounts, one of each kind, by their own moments.

use super::{Db, Result, Tx, rows};
use crate::model::channel::AccountTrouble;
use crate::model::{ChannelId, Ts};

/// What was said last of one kind.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct LastSaid {
    /// Of which kind.
    pub kind: AccountTrouble,
    /// What, for a person; `""` where it is over.
    pub words: String,
    /// When that was.
    pub at: Ts,
}

/// What was said last of an account. Whoever changes it has locked the channel.
pub async fn list(tx: &mut Tx, channel: ChannelId) -> Result<Vec<LastSaid>> {
    tx.query("select kind, words, at from account_troubles where channel_id = $1 order by kind")
        .bind(channel)
        .all()
        .await
}

/// What was said last of this kind; `""` if nothing.
pub async fn words(db: &Db, channel: ChannelId, kind: AccountTrouble) -> Result<String> {
    let last: Option<LastSaid> = db
        .query("select kind, words, at from account_troubles where channel_id = $1 and kind = $2")
        .bind(channel)
        .bind(kind)
        .optional()
        .await?;
    Ok(last.map_or_else(String::new, |said| said.words))
}

/// A person has read what is to know while the account works.
pub async fn set_read(tx: &mut Tx, channel: ChannelId) -> Result<()> {
    tx.query(
        "update account_troubles set words = ''
         where channel_id = $1 and kind in ('warning', 'notice', 'note', 'templates') and words <> ''",
    )
    .bind(channel)
    .execute()
    .await?;
    Ok(())
}

/// Keeps what was said.
pub async fn set(tx: &mut Tx, channel: ChannelId, said: &LastSaid) -> Result<()> {
    tx.query(
        "insert into account_troubles (channel_id, kind, words, at) values ($1, $2, $3, $4)
         on conflict (channel_id, kind) do update set words = excluded.words, at = excluded.at",
    )
    .bind(channel)
    .bind(said.kind)
    .bind(rows::text(&said.words))
    .bind(said.at)
    .execute()
    .await?;
    Ok(())
}

/// The account works, as a person has seen: whatever happened before this moment does not keep it from that, however late it is
/// told.
pub async fn begin_anew(tx: &mut Tx, channel: ChannelId, at: Ts) -> Result<()> {
    for kind in [AccountTrouble::Access, AccountTrouble::Suspension] {
        set(tx, channel, &LastSaid { kind, words: String::new(), at }).await?;
    }
    Ok(())
}

/// The account works: what kept it from that is over.
pub(super) async fn end(tx: &mut Tx, channel: ChannelId) -> Result<()> {
    tx.query("update account_troubles set words = '' where channel_id = $1 and kind in ('access', 'suspension') and words <> ''")
        .bind(channel)
        .execute()
        .await?;
    Ok(())
}
