//! What messages left in conversations of other customers: a name in the timeline, an address among those who take part, the
//! line that a list shows.

use crate::model::ConversationId;
use crate::store::db::Sql;
use crate::store::{Result, Tx, bulk_changes, rows};

/// These messages, as far as they are in conversations of others.
macro_rules! beside {
    ($engine:ident) => {
        concat!(
            "messages m join conversations c on c.id = m.conversation_id and c.contact_id <> m.contact_id where m.id",
            chosen!($engine)
        )
    };
}

/// The names under which their writers are known there.
macro_rules! names {
    ($engine:ident) => {
        concat!(
            "select m.sender_name from ",
            beside!($engine),
            " and m.sender_name <> '' union select k.name from contacts k where k.id in (select m.contact_id from ",
            beside!($engine),
            ")"
        )
    };
}

const PLACES: Sql = Sql {
    sqlite: concat!("select distinct m.conversation_id as id from ", beside!(sqlite)),
    postgres: concat!("select distinct m.conversation_id as id from ", beside!(postgres)),
};
const EVENTS: Sql = Sql {
    sqlite: concat!(
        "update events set actor = $2, data = json_remove(data, '$.words', '$.name', '$.sign')
        where conversation_id in (select m.conversation_id from ",
        beside!(sqlite),
        ") and (actor in (",
        names!(sqlite),
        ") or (kind = 'message_received' and data ->> 'message' in (select value ->> 'id' from json_each($1))))"
    ),
    postgres: concat!(
        "update events set actor = $2, data = data - array['words', 'name', 'sign']
        where conversation_id = any (array(select m.conversation_id from ",
        beside!(postgres),
        ")) and (actor = any (array(",
        names!(postgres),
        ")) or (kind = 'message_received'
            and data ->> 'message' = any (array(select value ->> 'id' from json_array_elements($1::json)))))"
    ),
};
const NEWS: Sql = Sql {
    sqlite: concat!(
        "delete from notifications where conversation_id in (select m.conversation_id from ",
        beside!(sqlite),
        ") and actor in (",
        names!(sqlite),
        ")"
    ),
    postgres: concat!(
        "delete from notifications where conversation_id = any (array(select m.conversation_id from ",
        beside!(postgres),
        ")) and actor = any (array(",
        names!(postgres),
        "))"
    ),
};
const PARTICIPANTS: Sql = Sql {
    sqlite: concat!(
        "update conversations set participants = (select json_group_array(p.value)
            from json_each(conversations.participants) p
            where p.value not in (select m.sender_address from ",
        beside!(sqlite),
        ")) where id in (select m.conversation_id from ",
        beside!(sqlite),
        ")"
    ),
    postgres: concat!(
        "update conversations set participants = (select coalesce(jsonb_agg(p.value), '[]'::jsonb)
            from jsonb_array_elements_text(conversations.participants) as p (value)
            where p.value <> all (array(select m.sender_address from ",
        beside!(postgres),
        "))) where id = any (array(select m.conversation_id from ",
        beside!(postgres),
        "))"
    ),
};
/// The line is of the newest message in.
const GIST: Sql = Sql {
    sqlite: concat!(
        "update conversations set gist = $2 where id in (select m.conversation_id from ",
        beside!(sqlite),
        " and not exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq > m.seq
            and n.direction = 'inbound' and n.automatic <> 'auto_reply'))"
    ),
    postgres: concat!(
        "update conversations set gist = $2 where id = any (array(select m.conversation_id from ",
        beside!(postgres),
        " and not exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq > m.seq
            and n.direction = 'inbound' and n.automatic <> 'auto_reply')))"
    ),
};
/// The title is of the first.
const TITLE: Sql = Sql {
    sqlite: concat!(
        "update conversations set subject = '' where id in (select m.conversation_id from ",
        beside!(sqlite),
        " and not exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq < m.seq))"
    ),
    postgres: concat!(
        "update conversations set subject = '' where id = any (array(select m.conversation_id from ",
        beside!(postgres),
        " and not exists (select 1 from messages n where n.conversation_id = m.conversation_id and n.seq < m.seq)))"
    ),
};

/// What the agent looked at there.
const LOOKED_AT: Sql = Sql {
    sqlite: concat!(
        "delete from run_inputs where run_id in (select r.id from agent_runs r
            where r.conversation_id in (select m.conversation_id from ",
        beside!(sqlite),
        "))"
    ),
    postgres: concat!(
        "delete from run_inputs where run_id = any (array(select r.id from agent_runs r
            where r.conversation_id = any (array(select m.conversation_id from ",
        beside!(postgres),
        "))))"
    ),
};

/// What a hand-over says that is wanted may be their words, where it came behind them.
const WANTS: Sql = Sql {
    sqlite: concat!(
        "update hand_offs set packet = json_set(packet, '$.wants', '') where conversation_id in (
            select m.conversation_id from ",
        beside!(sqlite),
        ") and created_at >= (select min(m.created_at) from messages m
            where m.conversation_id = hand_offs.conversation_id and m.id",
        chosen!(sqlite),
        ")"
    ),
    postgres: concat!(
        "update hand_offs set packet = packet || '{\"wants\":\"\"}'::jsonb where conversation_id = any (array(
            select m.conversation_id from ",
        beside!(postgres),
        ")) and created_at >= (select min(m.created_at) from messages m
            where m.conversation_id = hand_offs.conversation_id and m.id",
        chosen!(postgres),
        ")"
    ),
};

/// A run that is under way has read the words: it is overtaken.
const REVISION: Sql = Sql {
    sqlite: "update conversations set revision = revision + 1
        where id in (select unhex(value, '-') from json_each($1))",
    postgres: "update conversations set revision = revision + 1
        where id = any (array(select value::uuid from json_array_elements_text($1::json)))",
};
/// Nothing was said, so what waits there for a person still does.
const DRAFTS: Sql = Sql {
    sqlite: "update drafts set revision = revision + 1
        where conversation_id in (select unhex(value, '-') from json_each($1))",
    postgres: "update drafts set revision = revision + 1
        where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))",
};

/// Removes it, while the messages still say who wrote them. `words` stand in the place of a name, and of what was said.
pub(super) async fn erase(tx: &mut Tx, messages: &str, words: (&str, &str)) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Place {
        id: ConversationId,
    }
    let found: Vec<Place> = tx.query(PLACES).bind(messages).all().await?;
    let places: Vec<ConversationId> = found.into_iter().map(|place| place.id).collect();
    if places.is_empty() {
        return Ok(());
    }
    // In one order with everybody else.
    bulk_changes::lock_ids(tx, &places).await?;
    tx.query(EVENTS).bind(messages).bind(words.0).execute().await?;
    tx.query(GIST).bind(messages).bind(words.1).execute().await?;
    for statement in [LOOKED_AT, NEWS, PARTICIPANTS, TITLE, WANTS] {
        tx.query(statement).bind(messages).execute().await?;
    }
    for statement in [REVISION, DRAFTS] {
        tx.query(statement).bind(rows::json(&places)?).execute().await?;
    }
    Ok(())
}
