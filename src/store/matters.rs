//! What customers are told before they ask, once for each order, kind and subject; and which ordered goods the shop lacked.

use super::db::Sql;
use super::people::same_person;
use super::{Reader, Result, Tx, rows};
use crate::model::conversation::Conversation;
use crate::model::matter::{Matter, MatterState};
use crate::model::{ContactId, ConversationId, DraftId, MatterId, OrderSourceId, Ts};

/// Conversations of an order that are looked at.
const TALKS: i64 = 20;

/// Keeps a matter that waits. `false` where it is known: nobody hears of it again.
pub async fn insert(tx: &mut Tx, matter: &Matter) -> Result<bool> {
    let inserted = tx
        .query(
            "insert into matters (id, brand_id, order_source_id, order_id, order_number, kind, subject, contact_id, state,
                 noticed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict (order_source_id, order_id, kind, subject) do nothing",
        )
        .bind(matter.id)
        .bind(matter.brand_id)
        .bind(matter.order_source_id)
        .bind(rows::text(&matter.order_id))
        .bind(rows::text(&matter.order_number))
        .bind(matter.kind)
        .bind(rows::text(&matter.subject))
        .bind(matter.contact_id)
        .bind(matter.state)
        .bind(matter.noticed_at)
        .execute()
        .await?;
    Ok(inserted > 0)
}

/// The matters of a person that nobody was told of yet, or whose draft waits, oldest first.
pub async fn list_open(reader: &mut Reader<'_>, contact: ContactId) -> Result<Vec<Matter>> {
    const OPEN: &str = concat!(
        "select * from matters where state in ('waiting', 'drafted') and contact_id in ",
        same_person!("$1"),
        " order by noticed_at, id"
    );
    reader.query(OPEN).bind(contact).all().await
}

/// One matter, as this transaction sees it.
pub async fn find_in(tx: &mut Tx, id: MatterId) -> Result<Option<Matter>> {
    tx.query("select * from matters where id = $1").bind(id).optional().await
}

/// When a person was written to last before they asked.
pub async fn last_told(reader: &mut Reader<'_>, contact: ContactId) -> Result<Option<Ts>> {
    const TOLD: &str = concat!("select max(drafted_at) from matters where contact_id in ", same_person!("$1"));
    reader.query(TOLD).bind(contact).scalar().await
}

/// When a person wrote last for the brand to hear.
macro_rules! wrote {
    ($($by:tt)+) => {
        concat!(
            "select max(m.created_at) from messages m where ",
            $($by)+,
            " and m.erased_at is null and m.direction = 'inbound' and m.author = 'contact' and m.automatic = 'no'
                and not m.aside"
        )
    };
}

/// Whether a person themselves has written to the brand since a moment, under whichever name: no machine of theirs, and nobody
/// else in their case.
pub async fn has_written_since(reader: &mut Reader<'_>, contact: ContactId, since: Ts) -> Result<bool> {
    const WRITTEN: Sql = Sql {
        sqlite: wrote!("m.contact_id in ", same_person!("$1")),
        postgres: wrote!("m.contact_id = any (array", same_person!("$1"), ")"),
    };
    let last: Option<Ts> = reader.query(WRITTEN).bind(contact).scalar().await?;
    Ok(last.is_some_and(|last| last > since))
}

/// Where a matter was told.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// The conversation.
    pub conversation: ConversationId,
    /// The draft, where one waits for a person.
    pub draft: Option<DraftId>,
    /// Whether the conversation was begun or opened for it.
    pub opened: bool,
    /// When.
    pub at: Ts,
}

/// Notes that a matter was written about.
pub async fn set_written(tx: &mut Tx, id: MatterId, written: Written) -> Result<()> {
    let state = if written.draft.is_some() { MatterState::Drafted } else { MatterState::Done };
    tx.query(
        "update matters set state = $1, conversation_id = $2, draft_id = $3, opened = $4, drafted_at = $5 where id = $6",
    )
    .bind(state)
    .bind(written.conversation)
    .bind(written.draft)
    .bind(written.opened)
    .bind(written.at)
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Notes what became of a matter. `false` where it does not stand as it was seen any more.
pub async fn set_state(
    tx: &mut Tx,
    id: MatterId,
    (seen, state): (MatterState, MatterState),
    reason: &str,
) -> Result<bool> {
    let touched = tx
        .query("update matters set state = $1, reason = $2 where id = $3 and state = $4")
        .bind(state)
        .bind(rows::text(reason))
        .bind(id)
        .bind(seen)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// The conversations that are about an order, the one in which something was said last first.
pub async fn list_talks(reader: &mut Reader<'_>, source: OrderSourceId, order_id: &str) -> Result<Vec<Conversation>> {
    reader
        .query(
            "select c.* from conversation_orders o join conversations c on c.id = o.conversation_id
             where o.order_source_id = $1 and o.order_id = $2 and o.matched_by <> 'refused' and c.merged_into is null
             order by c.last_message_at desc, c.id desc limit $3",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .bind(TALKS)
        .all()
        .await
}

/// Whether a line of an order can be sent from stock now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stocked {
    /// The shop's id of the line.
    pub line_id: String,
    /// Whether the shop has it.
    pub is_there: bool,
}

/// Keeps which lines of an order the shop lacks; gives those that it lacked and has again.
pub async fn keep_stock(
    tx: &mut Tx,
    (source, order_id): (OrderSourceId, &str),
    stock: &[Stocked],
    now: Ts,
) -> Result<Vec<String>> {
    let mut back = Vec::new();
    for line in stock {
        if line.is_there {
            let found = tx
                .query("delete from awaited_items where order_source_id = $1 and order_id = $2 and line_id = $3")
                .bind(source)
                .bind(rows::text(order_id))
                .bind(rows::text(&line.line_id))
                .execute()
                .await?;
            if found > 0 {
                back.push(line.line_id.clone());
            }
            continue;
        }
        tx.query(
            "insert into awaited_items (order_source_id, order_id, line_id, since) values ($1, $2, $3, $4)
             on conflict (order_source_id, order_id, line_id) do nothing",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .bind(rows::text(&line.line_id))
        .bind(now)
        .execute()
        .await?;
    }
    Ok(back)
}
