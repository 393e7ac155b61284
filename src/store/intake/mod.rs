//! Received messages, many at once: what must be known to place them, and one set-based statement a table to write
//! them.

mod changed;
mod find;
mod insert;
mod key;
mod new;
mod told;
mod turn;

pub use changed::{Changeable, Changed, find_changeable, set_changed, set_signs};
pub use find::{
    BrandIdentity, ChannelKey, FurtherName, KeyTarget, KnownContact, LastTalk, OrderMention, Said, SaidFile,
    find_by_order, find_contacts, find_conversations, find_keys, find_last_talks, find_namesakes, find_said,
    find_targets, kind_within,
};
pub use insert::{
    insert_attachments, insert_contacts, insert_events, insert_identities, insert_keys, insert_messages,
    prove_identities, set_titles, upsert_conversations,
};
pub use key::key_of;
pub use new::{
    ConversationRow, NewAttachment, NewContact, NewEvent, NewIdentity, NewKey, NewMessage, StoredFile, Title,
};
pub use told::{
    About, NewNews, NewTold, Readable, ToldTarget, Unlinked, find_news, find_ties, find_told, insert_news, insert_told,
    list_readable, list_ties, list_unlinked, set_orders,
};
pub use turn::{Turn, hold_off, lock};

use super::{Result, Tx};

/// Reserves `count` conversation numbers; gives the first.
pub async fn reserve_numbers(tx: &mut Tx, count: i64) -> Result<i64> {
    let last: i64 = tx
        .query("update counters set value = value + $1 where name = 'conversation_number' returning value")
        .bind(count)
        .scalar()
        .await?;
    Ok(last - count + 1)
}
