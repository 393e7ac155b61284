//! What platforms have told in a conversation of the orders of somebody who leaves it.

use serde_json::Value;
use sqlx::types::Json;

use crate::model::numbering::Numbering;
use crate::model::{ChannelId, ConversationId, OrderSourceId};
use crate::store::intake::{self, NewTold};
use crate::store::{Result, Tx, rows};

/// The orders that went from one conversation to another with whom platforms name them for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartedOrders {
    /// As they are told there from now on, the oldest first.
    pub told: Vec<NewTold>,
    /// The numbers that are told in the first one no more.
    pub gone: Vec<String>,
}

impl PartedOrders {
    /// The one that was told first.
    pub fn first(&self) -> Option<String> {
        self.told.first().map(|one| one.order_number.clone())
    }
}

#[derive(sqlx::FromRow)]
struct ToldHere {
    channel_id: ChannelId,
    kind: String,
    order_number: String,
}

#[derive(sqlx::FromRow)]
struct Linked {
    order_source_id: OrderSourceId,
    order_id: String,
    number: String,
    settings: Json<Value>,
}

impl ToldHere {
    /// Whether it is this one.
    fn is_of(&self, order: &Linked) -> bool {
        self.order_number.eq_ignore_ascii_case(&order.number)
            && Numbering::on(self.channel_id, &self.kind) == Numbering::of_shop(&order.settings.0)
    }
}

/// Takes what was told in `$1`, or in what went into that, for the people of `$2` and of what went into that, as far as none of
/// them stays: the customer of `$1` does, and of the others whoever still has something there that they wrote.
const TAKE: &str = "with recursive stays (id) as (
        select id from conversations where id = $1
        union select m.source_id from merges m join stays h on m.target_id = h.id where m.undone_at is null
    ), leaves (id) as (
        select id from conversations where id = $2
        union select m.source_id from merges m join leaves h on m.target_id = h.id where m.undone_at is null
    )
    delete from told_orders where conversation_id in (select id from stays) and exists (
        select 1 from contacts k where k.id = told_orders.contact_id
            and coalesce(k.person_id, k.id) in (select coalesce(p.person_id, p.id) from leaves h
                join conversations c on c.id = h.id join contacts p on p.id = c.contact_id)
            and coalesce(k.person_id, k.id) not in (select coalesce(p.person_id, p.id) from stays h
                join conversations c on c.id = h.id join contacts p on p.id = c.contact_id
                where h.id = $1 or exists (select 1 from messages m join contacts w on w.id = m.contact_id
                    where m.conversation_id = $1 and m.direction = 'inbound'
                        and coalesce(w.person_id, w.id) = coalesce(p.person_id, p.id))))
    returning channel_id, order_number, conversation_id, contact_id, created_at";

/// What is told in a conversation, wherever it was merged from.
const TOLD: &str = "with recursive home (id) as (
        select id from conversations where id = $1
        union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
    ) select distinct t.channel_id, c.kind, t.order_number from home h
        join told_orders t on t.conversation_id = h.id join channels c on c.id = t.channel_id";

/// What was told in a conversation for somebody whose it is no more goes to theirs, which has parted from it, and so do the
/// orders that were linked by that word alone, or by what was told in theirs before: it may have been read later. Those that a
/// merge has `copied` leave with it. Both are locked.
pub async fn part_orders(
    tx: &mut Tx,
    (from, to): (ConversationId, ConversationId),
    copied: &[(OrderSourceId, String)],
) -> Result<PartedOrders> {
    let taken: Vec<NewTold> = tx.query(TAKE).bind(from).bind(to).all().await?;
    let mut told: Vec<NewTold> = taken.into_iter().map(|one| NewTold { conversation_id: to, ..one }).collect();
    told.sort_by(|one, other| (one.created_at, &one.order_number).cmp(&(other.created_at, &other.order_number)));
    intake::insert_told(tx, &told).await?;
    let stays: Vec<ToldHere> = tx.query(TOLD).bind(from).all().await?;
    let theirs: Vec<ToldHere> = tx.query(TOLD).bind(to).all().await?;
    let linked = part_links(tx, (from, to), (&theirs, &stays), copied).await?;
    let is_gone = |one: &&NewTold| {
        !stays.iter().any(|here| (here.channel_id, &here.order_number) == (one.channel_id, &one.order_number))
    };
    let gone = told.iter().filter(is_gone).map(|one| one.order_number.clone()).chain(linked).collect();
    Ok(PartedOrders { told, gone })
}

/// The links of what is told in the one that leaves are there too, unless a person made them, and in the first one no more where
/// that is not told any longer; gives the numbers of the latter.
async fn part_links(
    tx: &mut Tx,
    (from, to): (ConversationId, ConversationId),
    (theirs, stays): (&[ToldHere], &[ToldHere]),
    copied: &[(OrderSourceId, String)],
) -> Result<Vec<String>> {
    if theirs.is_empty() {
        return Ok(Vec::new());
    }
    let mut linked: Vec<Linked> = tx
        .query(
            "select l.order_source_id, l.order_id, s.number, o.settings from conversation_orders l
             join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
             join order_sources o on o.id = l.order_source_id
             where l.conversation_id = $1 and l.matched_by = 'platform'",
        )
        .bind(from)
        .all()
        .await?;
    linked.retain(|order| theirs.iter().any(|one| one.is_of(order)));
    for order in &linked {
        tx.query(
            "insert into conversation_orders (conversation_id, order_source_id, order_id, matched_by, created_at)
             select $2, order_source_id, order_id, matched_by, created_at from conversation_orders
             where conversation_id = $1 and order_source_id = $3 and order_id = $4 on conflict do nothing",
        )
        .bind(from)
        .bind(to)
        .bind(order.order_source_id)
        .bind(rows::text(&order.order_id))
        .execute()
        .await?;
    }
    linked.retain(|order| {
        let is_copy =
            |(source, id): &(OrderSourceId, String)| *source == order.order_source_id && *id == order.order_id;
        !stays.iter().any(|one| one.is_of(order)) && !copied.iter().any(is_copy)
    });
    for order in &linked {
        tx.query(
            "delete from conversation_orders where conversation_id = $1 and order_source_id = $2 and order_id = $3",
        )
        .bind(from)
        .bind(order.order_source_id)
        .bind(rows::text(&order.order_id))
        .execute()
        .await?;
    }
    Ok(linked.into_iter().map(|order| order.number).collect())
}
