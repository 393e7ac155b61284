//! What leads what somebody writes to a customer and to the conversations that are theirs.

use crate::model::{ContactId, Ts};
use crate::store::db::Sql;
use crate::store::{Result, Tx, erased_names, opt_outs};

/// What is still kept of the customer's messages.
macro_rules! kept_messages {
    () => {
        "select m.id from conversations c join messages m on m.conversation_id = c.id
             where c.contact_id = $1 and m.erased_at is null and (m.contact_id is null or m.contact_id = $1)
         union all select id from messages where contact_id = $1 and erased_at is null"
    };
}

/// The customer's names on channels go, and the ids of their messages: whoever writes under one of them, or answers one, is
/// somebody new and begins another conversation. So does what visitors of chats said of themselves. What was written up to `now` is
/// not read back under these names, and whoever comes back under one of them has still opted out. Within the turn to place messages.
pub async fn forget_names(tx: &mut Tx, contact: ContactId, now: Ts) -> Result<()> {
    const KEYS: Sql = Sql {
        sqlite: concat!("delete from message_keys where message_id in (", kept_messages!(), ")"),
        postgres: concat!("delete from message_keys where message_id = any (array(", kept_messages!(), "))"),
    };
    const VISITS: Sql = Sql {
        sqlite: "delete from chat_visitors where id in (select unhex(value, '-') from contact_identities
            where contact_id = $1 and kind = 'chat_visitor')",
        postgres: "delete from chat_visitors where id::text in (select value from contact_identities
            where contact_id = $1 and kind = 'chat_visitor')",
    };
    // Who wrote in a chat is said by the ids of their messages alone, where the shop vouches for another name of theirs.
    const WRITERS: Sql = Sql {
        sqlite: "delete from chat_visitors where id in (select unhex(substr(external_id, 1, 36), '-') from messages
            where contact_id = $1 and erased_at is null and direction = 'inbound' and instr(external_id, '.') = 37)",
        postgres: "delete from chat_visitors where id = any (array(
            select substring(external_id from '^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})[.]')::uuid from messages
            where contact_id = $1 and erased_at is null and direction = 'inbound'))",
    };
    // Anybody may have said in a chat of the brand that the address is theirs.
    const CLAIMS: &str = "delete from chat_visitors where email in (select value from contact_identities
            where contact_id = $1 and kind = 'email')
        and channel_id in (select k.id from channels k join contacts c on c.brand_id = k.brand_id where c.id = $1)";
    const NAMES: &str = "delete from contact_identities where contact_id = $1";
    erased_names::note(tx, contact, now).await?;
    opt_outs::keep_of_erased(tx, contact).await?;
    for statement in [KEYS, VISITS, WRITERS, CLAIMS.into(), NAMES.into()] {
        tx.query(statement).bind(contact).execute().await?;
    }
    Ok(())
}
