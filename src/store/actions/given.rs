//! What actions have given for an order: what whoever decides about it next has to know, however it shows in the shop.

use crate::model::action::ActionState;
use crate::model::order::Money;
use crate::model::{ContactId, OrderSourceId, Ts};
use crate::store::db::Sql;
use crate::store::people::same_person;
use crate::store::{Result, Tx, rows};

/// Something that was given for an order, is under way, or may have happened.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Given {
    /// The word of what was done.
    pub kind: String,
    /// How it stands.
    pub state: ActionState,
    /// The number of its order.
    pub order_number: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    created_at: Ts,
    performed_at: Option<Ts>,
    /// The number of its conversation.
    pub number: i64,
}

impl Given {
    /// What it was worth, as it was decided.
    pub fn worth(&self) -> Option<Money> {
        let currency = self.currency.as_ref()?.parse().ok()?;
        Some(Money { minor: self.amount_minor?, currency })
    }

    /// When it was done, or else decided.
    pub fn at(&self) -> Ts {
        self.performed_at.unwrap_or(self.created_at)
    }
}

/// What was given for an order, the latest first, at most five: money, goods, a return, a code. What was taken back in the shop
/// is none of it.
pub async fn list_given(tx: &mut Tx, source: OrderSourceId, order_id: &str) -> Result<Vec<Given>> {
    tx.query(
        "select a.kind, a.state, a.order_number, a.amount_minor, a.currency, a.created_at, a.performed_at, c.number
         from actions a join conversations c on c.id = a.conversation_id
         where a.order_source_id = $1 and a.order_id = $2
             and a.kind in ('refund', 'replace', 'return', 'exchange', 'discount_code', 'cancel')
             and a.state in ('approved', 'performing', 'unknown', 'performed')
         order by a.created_at desc, a.id desc limit 5",
    )
    .bind(source)
    .bind(rows::text(order_id))
    .all()
    .await
}

/// The replacement as which an order was sent to a customer, where their shop sends one as an order of its own.
pub async fn find_replacement(
    tx: &mut Tx,
    contact: ContactId,
    source: OrderSourceId,
    order_number: &str,
) -> Result<Option<Given>> {
    const FIND: Sql = Sql {
        sqlite: concat!(
            "select a.kind, a.state, a.order_number, a.amount_minor, a.currency, a.created_at, a.performed_at, c.number
             from conversations c join actions a on a.conversation_id = c.id
             where c.contact_id in ",
            same_person!("$1"),
            " and a.order_source_id = $2 and a.kind = 'replace' and a.state = 'performed' and a.reference = $3
             order by a.created_at desc, a.id desc limit 1"
        ),
        postgres: concat!(
            "select a.kind, a.state, a.order_number, a.amount_minor, a.currency, a.created_at, a.performed_at, c.number
             from conversations c join actions a on a.conversation_id = c.id
             where c.contact_id = any (array",
            same_person!("$1"),
            ") and a.order_source_id = $2 and a.kind = 'replace' and a.state = 'performed' and a.reference = $3
             order by a.created_at desc, a.id desc limit 1"
        ),
    };
    tx.query(FIND).bind(contact).bind(source).bind(rows::text(order_number)).optional().await
}
