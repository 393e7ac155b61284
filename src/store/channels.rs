//! Connected accounts.

pub mod removal;

use sqlx::types::Json;

use super::account_troubles;
use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::channel::{Channel, ChannelState};
use crate::model::macros::MacroTemplate;
use crate::model::message::Delivery;
use crate::model::{BrandId, ChannelId, Ts};

/// A channel to connect.
#[derive(Clone, Debug)]
pub struct NewChannel {
    /// Id.
    pub id: ChannelId,
    /// Whose.
    pub brand_id: BrandId,
    /// Kind's word.
    pub kind: String,
    /// Name as shown.
    pub name: String,
    /// Address or account.
    pub address: String,
    /// Settings without secrets.
    pub settings: serde_json::Value,
    /// Sealed secrets.
    pub secrets: Vec<u8>,
    /// The secret part of the webhook address.
    pub webhook_secret: String,
    /// When.
    pub created_at: Ts,
}

const LIST: &str = "select id, brand_id, kind, name, address, settings, webhook_secret, state, state_reason,
    last_inbound_at, last_outbound_at from channels order by name, id";

/// All channels by name.
pub async fn list(db: &Db) -> Result<Vec<Channel>> {
    db.query(LIST).all().await
}

/// All channels by name, of which nobody else connects or changes the account until this transaction ends: two who look at
/// once whether an account is connected would both find that it is not. Whoever also locks a channel does this first. On
/// SQLite the one writer sees to it.
pub async fn list_to_connect(tx: &mut Tx) -> Result<Vec<Channel>> {
    if tx.is_postgres() {
        tx.query("select pg_advisory_xact_lock(7351002)").execute().await?;
    }
    tx.query(LIST).all().await
}

/// One channel.
pub async fn find(db: &Db, id: ChannelId) -> Result<Option<Channel>> {
    db.query(
        "select id, brand_id, kind, name, address, settings, webhook_secret, state, state_reason, last_inbound_at,
             last_outbound_at from channels where id = $1",
    )
    .bind(id)
    .optional()
    .await
}

/// A channel as it is, and stays until this transaction ends. Rows that name it can be written all the same.
pub async fn lock(tx: &mut Tx, id: ChannelId) -> Result<Channel> {
    const LOCK: Sql = Sql {
        sqlite: "select id, brand_id, kind, name, address, settings, webhook_secret, state, state_reason,
            last_inbound_at, last_outbound_at from channels where id = $1",
        postgres: "select id, brand_id, kind, name, address, settings, webhook_secret, state, state_reason,
            last_inbound_at, last_outbound_at from channels where id = $1 for no key update",
    };
    tx.query(LOCK).bind(id).one().await
}

/// What the adapter of a channel is built from, beside its settings.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sealed {
    /// Sealed secrets.
    pub secrets: Vec<u8>,
    /// Since when the connection is as it is; `None` when it never changed.
    pub connected_at: Option<Ts>,
}

/// The sealed secrets of a channel, and since when they hold.
pub async fn sealed(db: &Db, id: ChannelId) -> Result<Sealed> {
    db.query("select secrets, connected_at from channels where id = $1").bind(id).one().await
}

/// The same as this transaction sees it.
pub async fn sealed_in(tx: &mut Tx, id: ChannelId) -> Result<Sealed> {
    tx.query("select secrets, connected_at from channels where id = $1").bind(id).one().await
}

/// How an account is connected.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Standing {
    /// Its channel.
    pub id: ChannelId,
    /// Settings without secrets.
    pub settings: Json<serde_json::Value>,
    /// Since when the connection is as it is; `None` when it never changed.
    pub connected_at: Option<Ts>,
}

/// How these accounts are connected, as this transaction sees it.
pub async fn list_standing(tx: &mut Tx, ids: &[ChannelId]) -> Result<Vec<Standing>> {
    const STANDING: Sql = Sql {
        sqlite: "select id, settings, connected_at from channels
            where id in (select unhex(value, '-') from json_each($1))",
        postgres: "select id, settings, connected_at from channels
            where id in (select value::uuid from json_array_elements_text($1::json))",
    };
    tx.query(STANDING).bind(rows::json(ids)?).all().await
}

/// The sealed secrets of a channel.
pub async fn secrets(db: &Db, id: ChannelId) -> Result<Vec<u8>> {
    db.query("select secrets from channels where id = $1").bind(id).scalar().await
}

/// Connects a channel.
pub async fn insert(tx: &mut Tx, channel: &NewChannel) -> Result<()> {
    tx.query(
        "insert into channels (id, brand_id, kind, name, address, settings, secrets, webhook_secret, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'connected', $9)",
    )
    .bind(channel.id)
    .bind(channel.brand_id)
    .bind(channel.kind.as_str())
    .bind(channel.name.as_str())
    .bind(channel.address.as_str())
    .bind(rows::document(&channel.settings)?)
    .bind(channel.secrets.clone())
    .bind(channel.webhook_secret.as_str())
    .bind(channel.created_at)
    .execute()
    .await?;
    Ok(())
}

/// How a channel is connected from now on.
#[derive(Clone, Debug)]
pub struct Reconnection<'a> {
    /// Name as shown.
    pub name: &'a str,
    /// Address or account.
    pub address: &'a str,
    /// Settings without secrets.
    pub settings: &'a serde_json::Value,
    /// Sealed secrets.
    pub secrets: Vec<u8>,
    /// When.
    pub at: Ts,
}

/// Changes the connection of a channel; it counts as connected again, unless it is paused, and polling goes on where it stopped.
pub async fn reconnect(tx: &mut Tx, id: ChannelId, new: Reconnection<'_>) -> Result<()> {
    tx.query(
        "update channels set name = $1, address = $2, settings = $3, secrets = $4, connected_at = $5,
             state = case when state = 'paused' then state else 'connected' end,
             state_reason = case when state = 'paused' then state_reason else '' end
         where id = $6",
    )
    .bind(rows::text(new.name))
    .bind(rows::text(new.address))
    .bind(rows::document(new.settings)?)
    .bind(new.secrets)
    .bind(new.at)
    .bind(id)
    .execute()
    .await?;
    account_troubles::begin_anew(tx, id, new.at).await
}

/// Changes how a channel is set up. The connection stays what it is: its secrets, and whether it is paused.
pub async fn update(tx: &mut Tx, id: ChannelId, name: &str, address: &str, settings: &serde_json::Value) -> Result<()> {
    tx.query("update channels set name = $1, address = $2, settings = $3 where id = $4")
        .bind(rows::text(name))
        .bind(rows::text(address))
        .bind(rows::document(settings)?)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Gives a channel other secrets, with the settings that belong to them. A pause stays.
pub async fn renew_secrets(
    tx: &mut Tx,
    id: ChannelId,
    settings: &serde_json::Value,
    secrets: Vec<u8>,
    now: Ts,
) -> Result<()> {
    tx.query("update channels set settings = $1, secrets = $2, connected_at = $3 where id = $4")
        .bind(rows::document(settings)?)
        .bind(secrets)
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Adds settings to those of a channel.
pub async fn add_settings(tx: &mut Tx, id: ChannelId, settings: &serde_json::Value) -> Result<()> {
    const ADD: Sql = Sql {
        sqlite: "update channels set settings = json_patch(settings, $1) where id = $2",
        postgres: "update channels set settings = settings || $1::jsonb where id = $2",
    };
    tx.query(ADD).bind(rows::document(settings)?).bind(id).execute().await?;
    Ok(())
}

/// The template that the agent takes on a channel when the time for a reply is over, if one is chosen.
pub async fn closed_template(db: &Db, id: ChannelId) -> Result<Option<MacroTemplate>> {
    #[derive(sqlx::FromRow)]
    struct Chosen {
        closed_template: Option<Json<MacroTemplate>>,
    }
    let row: Option<Chosen> =
        db.query("select closed_template from channels where id = $1").bind(id).optional().await?;
    Ok(row.and_then(|row| row.closed_template).map(|Json(template)| template))
}

/// Chooses it, or none.
pub async fn set_closed_template(tx: &mut Tx, id: ChannelId, template: Option<&MacroTemplate>) -> Result<()> {
    let template = template.map(rows::document).transpose()?;
    tx.query("update channels set closed_template = $1 where id = $2").bind(template).bind(id).execute().await?;
    Ok(())
}

/// Keeps secrets that the platform renewed, unless somebody connected the channel anew since `connected_at`.
pub async fn set_secrets(tx: &mut Tx, id: ChannelId, secrets: Vec<u8>, connected_at: Option<Ts>) -> Result<()> {
    const SET: Sql = Sql {
        sqlite: "update channels set secrets = $1 where id = $2 and connected_at is $3",
        postgres: "update channels set secrets = $1 where id = $2 and connected_at is not distinct from $3",
    };
    tx.query(SET).bind(secrets).bind(id).bind(connected_at).execute().await?;
    Ok(())
}

/// What waits on a channel, and when something was last read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Health {
    /// The channel.
    pub channel_id: ChannelId,
    /// When stored bytes were last read into conversations.
    pub last_processed_at: Option<Ts>,
    /// Messages that wait to leave.
    pub queued: i64,
    /// Since when the oldest of them waits.
    pub queued_since: Option<Ts>,
    /// What the platform says of the account, though it works; `""` if nothing.
    pub account_news: String,
}

/// The health of all channels.
pub async fn health(db: &Db) -> Result<Vec<Health>> {
    db.query(
        "select c.id as channel_id, c.last_processed_at, coalesce(w.queued, 0) as queued, w.queued_since, c.account_news
         from channels c left join (
             select channel_id, count(*) as queued, min(created_at) as queued_since from messages
             where delivery in ('queued', 'sending', 'held', 'unknown', 'failed') and delivery in ('queued', 'sending')
             group by channel_id) w on w.channel_id = c.id",
    )
    .all()
    .await
}

/// How many replies stand where none should, with one reason.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Troubled {
    /// The channel.
    pub channel_id: ChannelId,
    /// How they stand.
    pub delivery: Delivery,
    /// Why.
    pub reason: String,
    /// How many.
    pub number: i64,
}

/// The replies since then that failed, are held or may have arrived, of all channels, the commonest reason first.
pub async fn troubled_since(db: &Db, since: Ts) -> Result<Vec<Troubled>> {
    db.query(
        "select channel_id, delivery, delivery_reason as reason, count(*) as number from messages
         where delivery in ('queued', 'sending', 'held', 'unknown', 'failed') and delivery in ('held', 'unknown', 'failed')
             and created_at >= $1
         group by channel_id, delivery, delivery_reason order by number desc, delivery_reason limit 200",
    )
    .bind(since)
    .all()
    .await
}

/// Keeps what the platform says of the account, in place of what it said before.
pub async fn set_account_news(tx: &mut Tx, id: ChannelId, words: &str) -> Result<()> {
    tx.query("update channels set account_news = $1 where id = $2").bind(rows::text(words)).bind(id).execute().await?;
    Ok(())
}

/// Changes whether a channel works. `false` when nothing changed. A paused one stays paused, whatever is seen of it: only
/// [`resume`] ends that.
pub async fn set_state(tx: &mut Tx, id: ChannelId, state: ChannelState, reason: &str) -> Result<bool> {
    let touched = tx
        .query(
            "update channels set state = $1, state_reason = $2
             where id = $3 and (state <> $1 or state_reason <> $2) and (state <> 'paused' or $1 = 'paused')",
        )
        .bind(state)
        .bind(rows::text(reason))
        .bind(id)
        .execute()
        .await?;
    if touched > 0 && state == ChannelState::Connected {
        account_troubles::end(tx, id).await?;
    }
    Ok(touched > 0)
}

/// Replies leave again. `false` when nobody thought that they do not.
pub async fn set_sending_works(tx: &mut Tx, id: ChannelId) -> Result<bool> {
    let touched = tx
        .query("update channels set state = 'connected', state_reason = '' where id = $1 and state = 'sending_fails'")
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Ends a pause; what its platform has said meanwhile that keeps it from working counts. `false` when the channel is not paused.
pub async fn resume(tx: &mut Tx, id: ChannelId) -> Result<bool> {
    let touched = tx
        .query(
            "update channels set
                state = case when exists (select 1 from account_troubles t where t.channel_id = channels.id
                    and t.kind in ('access', 'suspension') and t.words <> '') then 'needs_attention' else 'connected' end,
                state_reason = coalesce((select t.words from account_troubles t where t.channel_id = channels.id
                    and t.kind in ('access', 'suspension') and t.words <> '' order by t.kind desc limit 1), '')
             where id = $1 and state = 'paused'",
        )
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Where polling stopped.
pub async fn cursor(db: &Db, id: ChannelId) -> Result<Option<serde_json::Value>> {
    let cursor: Option<Json<serde_json::Value>> =
        db.query("select cursor from channels where id = $1").bind(id).scalar().await?;
    Ok(cursor.map(|Json(value)| value))
}

/// Notes where polling stopped, in the same transaction as the items, unless somebody connected the channel anew since
/// `connected_at`; `false` then.
pub async fn set_cursor(
    tx: &mut Tx,
    id: ChannelId,
    cursor: &serde_json::Value,
    connected_at: Option<Ts>,
) -> Result<bool> {
    const SET: Sql = Sql {
        sqlite: "update channels set cursor = $1 where id = $2 and connected_at is $3",
        postgres: "update channels set cursor = $1 where id = $2 and connected_at is not distinct from $3",
    };
    let touched = tx.query(SET).bind(rows::document(cursor)?).bind(id).bind(connected_at).execute().await?;
    Ok(touched > 0)
}

/// Something may be missing since the last message in: what was noted earlier reaches further back. Of an account that nobody has
/// written to nothing is.
pub async fn note_missed(tx: &mut Tx, id: ChannelId) -> Result<()> {
    tx.query("update channels set missed_since = last_inbound_at where id = $1 and missed_since is null")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Since when something may be missing; `None` where nothing is.
pub async fn missed_since(db: &Db, id: ChannelId) -> Result<Option<Ts>> {
    db.query("select missed_since from channels where id = $1").bind(id).scalar().await
}

/// What was missing since then was read back, as far as it could be: another gap is read from its beginning.
pub async fn end_missed(tx: &mut Tx, id: ChannelId, since: Ts) -> Result<()> {
    tx.query("update channels set missed_since = null, cursor = null where id = $1 and missed_since = $2")
        .bind(id)
        .bind(since)
        .execute()
        .await?;
    Ok(())
}

/// The channel is another account by now: how far the one before was read says nothing of it, and what is missing of that one is
/// not looked for there.
pub async fn forget_place(tx: &mut Tx, id: ChannelId) -> Result<()> {
    tx.query("update channels set missed_since = null, cursor = null where id = $1").bind(id).execute().await?;
    Ok(())
}

/// Notes the last message in and when it was read. Workers end in any order, so an earlier moment changes nothing.
pub async fn note_inbound(tx: &mut Tx, id: ChannelId, at: Ts, processed_at: Ts) -> Result<()> {
    tx.query(
        "update channels set
             last_inbound_at = case when last_inbound_at > $1 then last_inbound_at else $1 end,
             last_processed_at = case when last_processed_at > $2 then last_processed_at else $2 end
         where id = $3",
    )
    .bind(at)
    .bind(processed_at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Notes the last message out.
pub async fn note_outbound(tx: &mut Tx, id: ChannelId, at: Ts) -> Result<()> {
    tx.query(
        "update channels set last_outbound_at = $1
         where id = $2 and (last_outbound_at is null or last_outbound_at < $1)",
    )
    .bind(at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}
