//! A channel that was connected wrongly goes, where nothing that is kept ever came or left over it.

use crate::model::ChannelId;
use crate::store::db::Sql;
use crate::store::{Reader, Result, Tx};

/// What there is of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Traces {
    /// Somebody wrote or was written to over it, or somebody's word on it is kept.
    pub is_used: bool,
    /// Something came in that was not read yet, or cannot be.
    pub is_unread: bool,
    /// Orders were read over it.
    pub has_orders: bool,
}

/// What there is of a channel.
pub async fn traces(reader: &mut Reader<'_>, id: ChannelId) -> Result<Traces> {
    const TRACES: &str = "select
        exists (select 1 from conversations where channel_id = $1)
            or exists (select 1 from messages where channel_id = $1)
            or exists (select 1 from told_orders where channel_id = $1)
            or exists (select 1 from order_news where channel_id = $1)
            or exists (select 1 from reaches where channel_id = $1)
            or exists (select 1 from opt_outs where channel_id = $1)
            or exists (select 1 from early_opt_outs where channel_id = $1) as is_used,
        exists (select 1 from raw_events where channel_id = $1 and state <> 'processed') as is_unread,
        exists (select 1 from order_sources o where o.kind = 'market' and o.settings ->> 'market' = $2
            and (exists (select 1 from order_snapshots s where s.order_source_id = o.id)
                or exists (select 1 from conversation_orders c where c.order_source_id = o.id)
                or exists (select 1 from actions a where a.order_source_id = o.id)
                or exists (select 1 from parcels p where p.order_source_id = o.id))) as has_orders";
    reader.query(TRACES).bind(id).bind(id.to_string()).one().await
}

/// Holds a channel so that nothing comes in on it until this transaction ends; what was just coming in is there.
pub async fn hold(tx: &mut Tx, id: ChannelId) -> Result<()> {
    const HOLD: Sql = Sql {
        sqlite: "select 1 from channels where id = $1",
        postgres: "select 1 from channels where id = $1 for update",
    };
    tx.query(HOLD).bind(id).execute().await?;
    Ok(())
}

/// The channel goes, with what was only about it and the shop that it was. It is held, and there are no traces of it.
pub async fn remove(tx: &mut Tx, id: ChannelId) -> Result<()> {
    const ABOUT_IT: [&str; 7] = [
        "delete from early_news where channel_id = $1",
        "delete from raw_event_subjects where raw_event_id in (select id from raw_events where channel_id = $1)",
        "delete from raw_events where channel_id = $1",
        "delete from chat_visitors where channel_id = $1",
        "delete from account_troubles where channel_id = $1",
        "delete from turned_away where channel_id = $1",
        "delete from channels where id = $1",
    ];
    // By its name as a text.
    const NAMING_IT: [&str; 2] = [
        "delete from order_sources where kind = 'market' and settings ->> 'market' = $1",
        "delete from jobs where kind in ('poll', 'check_channel') and state <> 'running' and dedup_key = $1",
    ];
    for statement in ABOUT_IT {
        tx.query(statement).bind(id).execute().await?;
    }
    for statement in NAMING_IT {
        tx.query(statement).bind(id.to_string()).execute().await?;
    }
    Ok(())
}
