//! Whose conversations went into those of somebody else, the orders that came with them or were told for them since, and
//! where somebody else has a part.

use serde_json::Value;
use sqlx::types::Json;

use crate::model::numbering::Numbering;
use crate::model::order::KnownOrder;
use crate::model::{ChannelId, ContactId, ConversationId, OrderSourceId};
use crate::store::db::Sql;
use crate::store::{Db, Result, Tx, rows};

/// A conversation of somebody that went into one of somebody else.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// Whose it is.
    pub contact_id: ContactId,
    /// What they are called there.
    pub contact_name: String,
    /// Its number.
    pub number: i64,
    /// The orders that are theirs.
    orders: Vec<(OrderSourceId, String)>,
}

impl Stranger {
    /// Whether an order came with it, or its platform names it for them and not for the customer of the case.
    pub fn brought(&self, known: &KnownOrder) -> bool {
        self.orders.iter().any(|(source, id)| *source == known.source_id && *id == known.order.id)
    }
}

#[derive(sqlx::FromRow)]
struct Came {
    contact_id: ContactId,
    contact_name: String,
    number: i64,
    /// The contact that stands for the person.
    person: ContactId,
    /// The orders that came with it.
    orders: Json<Vec<(OrderSourceId, String)>>,
}

/// An order that is linked to a case, and for whom else its platform names it.
#[derive(sqlx::FromRow)]
struct ToldOrder {
    person: ContactId,
    channel_id: ChannelId,
    kind: String,
    order_source_id: OrderSourceId,
    order_id: String,
    settings: Json<Value>,
}

/// Each with the orders that are theirs.
fn with_orders(came: Vec<Came>, told: &[ToldOrder]) -> Vec<Stranger> {
    let is_of_its_shop =
        |row: &&ToldOrder| Numbering::of_shop(&row.settings.0) == Numbering::on(row.channel_id, &row.kind);
    let stranger = |row: Came| {
        let named = told.iter().filter(|one| one.person == row.person).filter(is_of_its_shop);
        let named = named.map(|one| (one.order_source_id, one.order_id.clone()));
        let orders = row.orders.0.into_iter().chain(named).collect();
        Stranger { contact_id: row.contact_id, contact_name: row.contact_name, number: row.number, orders }
    };
    came.into_iter().map(stranger).collect()
}

/// The orders that are linked to cases, as far as platforms name them there for others than the customer, and nowhere for
/// the customer. `home` leads from each case to all that went into it.
macro_rules! told_to_others {
    ($cases:literal) => {
        concat!(
            "with recursive home (place, id) as (",
            $cases,
            " union select h.place, m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
            ) select distinct coalesce(k.person_id, k.id) as person, t.channel_id, n.kind, l.order_source_id, l.order_id,
                o.settings
            from home h
            join conversations v on v.id = h.place join contacts p on p.id = v.contact_id
            join told_orders t on t.conversation_id = h.id
            join contacts k on k.id = t.contact_id
            join channels n on n.id = t.channel_id
            join conversation_orders l on l.conversation_id = h.place and l.matched_by <> 'refused'
            join order_snapshots s on s.order_source_id = l.order_source_id and s.order_id = l.order_id
            join order_sources o on o.id = l.order_source_id
            where upper(s.number) = upper(t.order_number)
                and coalesce(k.person_id, k.id) <> coalesce(p.person_id, p.id)
                and not exists (select 1 from told_orders own join contacts c on c.id = own.contact_id
                    where own.channel_id = t.channel_id and own.order_number = t.order_number
                        and coalesce(c.person_id, c.id) = coalesce(p.person_id, p.id))"
        )
    };
}

/// Those in a conversation, also by way of others, oldest merge first.
pub async fn list_strangers(db: &Db, conversation: ConversationId) -> Result<Vec<Stranger>> {
    const TOLD: &str = told_to_others!("select id, id from conversations where id = $1");
    let came: Vec<Came> = db
        .query(
            "with recursive home (id) as (
                 select id from conversations where id = $1
                 union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
             ) select c.contact_id, c.contact_name, c.number, coalesce(s.person_id, s.id) as person,
                 m.moved -> 'orders' as orders from home h
             join merges m on m.target_id = h.id and m.undone_at is null
             join conversations c on c.id = m.source_id join contacts s on s.id = c.contact_id
             where coalesce(s.person_id, s.id) <> (
                 select coalesce(p.person_id, p.id) from conversations t join contacts p on p.id = t.contact_id
                 where t.id = $1)
             order by m.created_at, m.id",
        )
        .bind(conversation)
        .all()
        .await?;
    if came.is_empty() {
        return Ok(Vec::new());
    }
    let told: Vec<ToldOrder> = db.query(TOLD).bind(conversation).all().await?;
    Ok(with_orders(came, &told))
}

/// Those that went into conversations of a customer, newest merge first.
pub async fn list_strangers_of(db: &Db, contact: ContactId, most: i64) -> Result<Vec<Stranger>> {
    const TOLD: &str = told_to_others!(
        "select id, id from (
            select id from conversations where contact_id = $1 order by last_message_at desc limit 100) latest"
    );
    let came: Vec<Came> = db
        .query(
            "select c.contact_id, c.contact_name, c.number, coalesce(s.person_id, s.id) as person,
                 m.moved -> 'orders' as orders from conversations t join contacts p on p.id = t.contact_id
             join merges m on m.target_id = t.id and m.undone_at is null
             join conversations c on c.id = m.source_id join contacts s on s.id = c.contact_id
             where t.contact_id = $1 and coalesce(s.person_id, s.id) <> coalesce(p.person_id, p.id)
             order by m.created_at desc, m.id desc limit $2",
        )
        .bind(contact)
        .bind(most)
        .all()
        .await?;
    if came.is_empty() {
        return Ok(Vec::new());
    }
    let told: Vec<ToldOrder> = db.query(TOLD).bind(contact).all().await?;
    Ok(with_orders(came, &told))
}

/// Messages that somebody else than the customer of their conversation wrote. What went to somebody else is no part of theirs:
/// it stays where their own words are split off.
macro_rules! of_others {
    ($select:literal, $which:literal) => {
        concat!(
            $select,
            " from messages m join conversations t on t.id = m.conversation_id join contacts p on p.id = t.contact_id
                join contacts w on w.id = m.contact_id
            where m.conversation_id ",
            $which,
            " and coalesce(w.person_id, w.id) <> coalesce(p.person_id, p.id)"
        )
    };
}

/// Whether somebody else than its customer wrote in a conversation.
pub async fn has_others(tx: &mut Tx, id: ConversationId) -> Result<bool> {
    const HAS: &str = concat!("select exists (", of_others!("select 1", "= $1"), ")");
    tx.query(HAS).bind(id).scalar().await
}

/// Those of some conversations of which that is so.
pub async fn list_with_others(db: &Db, of: &[ConversationId]) -> Result<Vec<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    const LIST: Sql = Sql {
        sqlite: of_others!(
            "select distinct m.conversation_id as id",
            "in (select unhex(value, '-') from json_each($1))"
        ),
        postgres: of_others!(
            "select distinct m.conversation_id as id",
            "= any (array(select value::uuid from json_array_elements_text($1::json)))"
        ),
    };
    let found: Vec<Row> = db.query(LIST).bind(rows::json(of)?).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}
