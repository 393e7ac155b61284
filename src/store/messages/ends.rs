//! Who has a part in a conversation, however long it is.

use crate::model::ConversationId;
use crate::model::message::Message;
use crate::store::db::Sql;
use crate::store::people::same_person;
use crate::store::{Db, Result};

/// What somebody wrote in the conversation `$1` on one channel and in one thread, as `messages_by_writer` has it.
macro_rules! said {
    ($which:literal) => {
        concat!(
            "select ",
            $which,
            "(seq) from messages where conversation_id = $1 and direction = 'inbound' and contact_id is not null
                group by contact_id, channel_id, substr(thread, 1, 200)"
        )
    };
}

/// The first and the last of each, and the last letter to the customer.
macro_rules! ends {
    ($begin:literal, $end:literal) => {
        concat!(
            "select * from messages where seq ",
            $begin,
            said!("min"),
            " union all ",
            said!("max"),
            " union all select max(seq) from messages where conversation_id = $1 and author = 'system'
                and direction = 'outbound' and (recipients ->> 0) is not null and to_contact_id in ",
            same_person!("(select contact_id from conversations where id = $1)"),
            $end,
            " order by seq"
        )
    };
}

/// What tells of a conversation, as all of its messages would, who wrote in it and on which ways: of each who wrote the first
/// and the last message on a channel and in a thread, and the letter that went last to its customer. Oldest first.
pub async fn list_ends(db: &Db, conversation: ConversationId) -> Result<Vec<Message>> {
    const ENDS: Sql = Sql { sqlite: ends!("in (", ")"), postgres: ends!("= any (array(", "))") };
    db.query(ENDS).bind(conversation).all().await
}
