//! Received messages, many at once: what must be known to place them, and one set-based statement a table to write
//! them.

mod find;
mod insert;
mod new;

pub use find::{
    BrandIdentity, ChannelKey, KeyTarget, KnownContact, OrderMention, find_by_order, find_contacts, find_conversations,
    find_keys,
};
pub use insert::{
    insert_attachments, insert_contacts, insert_events, insert_keys, insert_messages, upsert_conversations,
};
pub use new::{ConversationRow, NewAttachment, NewContact, NewEvent, NewKey, NewMessage};

use super::{Result, Tx};

/// Lets one receiver place messages at a time: two mails of one thread must not open two conversations. On SQLite the
/// one writer does that by itself.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    if tx.is_postgres() {
        tx.query("select pg_advisory_xact_lock(7351001)").execute().await?;
    }
    Ok(())
}

/// Reserves `count` conversation numbers; gives the first.
pub async fn reserve_numbers(tx: &mut Tx, count: i64) -> Result<i64> {
    let last: i64 = tx
        .query("update counters set value = value + $1 where name = 'conversation_number' returning value")
        .bind(count)
        .scalar()
        .await?;
    Ok(last - count + 1)
}
