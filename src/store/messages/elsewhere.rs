//! What somebody who got a private answer to something public writes in their own thread.

use super::Written;
use crate::model::{ChannelId, ConversationId};
use crate::store::chats::thread_key;
use crate::store::{Reader, Result, rows};

/// Of a hundred that came last; whichever conversation the thread belongs to.
const WRITTEN_BEHIND: &str = "select coalesce(m.written_at, m.created_at) as written_at, m.external_id from messages m
    where m.conversation_id = (select conversation_id from message_keys where channel_id = $2 and key = $3)
        and m.channel_id = $2 and m.thread = $4 and m.direction = 'inbound' and m.automatic = 'no'
        and m.seq > coalesce((select min(ours.seq) from messages ours
            where ours.conversation_id = $1 and ours.channel_id = $2 and ours.direction = 'outbound'
                and ours.thread = $5), 0)
    order by m.seq desc limit 100";

/// What a person, and no machine, wrote in a thread of a channel since something of ours was `answered` into another one in
/// a conversation, the newest first.
pub async fn list_written_behind(
    reader: &mut Reader<'_>,
    (conversation, channel): (ConversationId, ChannelId),
    (answered, thread): (&str, &str),
) -> Result<Vec<Written>> {
    let query = reader.query(WRITTEN_BEHIND).bind(conversation).bind(channel).bind(thread_key(thread));
    query.bind(rows::text(thread)).bind(rows::text(answered)).all().await
}
