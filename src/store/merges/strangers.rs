//! Whose conversations went into those of somebody else, and the orders that came with them.

use sqlx::types::Json;

use crate::model::merge::Moved;
use crate::model::order::KnownOrder;
use crate::model::{ContactId, ConversationId};
use crate::store::{Db, Result};

/// A conversation of somebody that went into one of somebody else.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stranger {
    /// Whose it is.
    pub contact_id: ContactId,
    /// What they are called there.
    pub contact_name: String,
    /// Its number.
    pub number: i64,
    moved: Json<Moved>,
}

impl Stranger {
    /// Whether an order came with it.
    pub fn brought(&self, known: &KnownOrder) -> bool {
        let orders = &self.moved.0.orders;
        orders.iter().any(|(source, id)| *source == known.source_id && *id == known.order.id)
    }
}

/// Those in a conversation, also by way of others, oldest merge first.
pub async fn list_strangers(db: &Db, conversation: ConversationId) -> Result<Vec<Stranger>> {
    db.query(
        "with recursive home (id) as (
             select id from conversations where id = $1
             union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
         ) select c.contact_id, c.contact_name, c.number, m.moved from home h
         join merges m on m.target_id = h.id and m.undone_at is null
         join conversations c on c.id = m.source_id join contacts s on s.id = c.contact_id
         where coalesce(s.person_id, s.id) <> (
             select coalesce(p.person_id, p.id) from conversations t join contacts p on p.id = t.contact_id
             where t.id = $1)
         order by m.created_at, m.id",
    )
    .bind(conversation)
    .all()
    .await
}

/// Those that went into conversations of a customer, newest merge first.
pub async fn list_strangers_of(db: &Db, contact: ContactId, most: i64) -> Result<Vec<Stranger>> {
    db.query(
        "select c.contact_id, c.contact_name, c.number, m.moved from conversations t
         join contacts p on p.id = t.contact_id
         join merges m on m.target_id = t.id and m.undone_at is null
         join conversations c on c.id = m.source_id join contacts s on s.id = c.contact_id
         where t.contact_id = $1 and coalesce(s.person_id, s.id) <> coalesce(p.person_id, p.id)
         order by m.created_at desc, m.id desc limit $2",
    )
    .bind(contact)
    .bind(most)
    .all()
    .await
}
