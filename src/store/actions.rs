//! Actions on orders.

mod given;
mod spent;

use channel_contract::effects::Trace;

use super::db::Sql;
use super::{Db, Reader, Result, Tx, rows};
use crate::model::action::{Action, ActionState, Promised};
use crate::model::order::{Money, OrderAction};
use crate::model::{ActionId, BrandId, ConversationId, Json, MessageId, OrderSourceId, TeammateId, Ts};

pub use given::{Given, find_replacement, list_given};
pub use spent::{
    list_given_back, spent_by_brand, spent_by_brand_in, spent_on_contact, spent_on_contact_in, spent_on_order,
    spent_on_word,
};

const COLUMNS_OF_CONVERSATION: &str = "select id, conversation_id, draft_id, message_id, order_source_id, order_id,
        order_number, document, state, idempotency_key, reference, error, created_at, performed_at
    from actions where conversation_id = $1 order by created_at, id";

/// The actions of a conversation, oldest first.
pub async fn list(db: &Db, conversation: ConversationId) -> Result<Vec<Action>> {
    db.query(COLUMNS_OF_CONVERSATION).bind(conversation).all().await
}

/// The actions that a reply waits for.
pub async fn list_of_message(reader: &mut Reader<'_>, message: MessageId) -> Result<Vec<Action>> {
    reader
        .query(
            "select id, conversation_id, draft_id, message_id, order_source_id, order_id, order_number, document, state,
                 idempotency_key, reference, error, created_at, performed_at
             from actions where message_id = $1 order by created_at, id",
        )
        .bind(message)
        .all()
        .await
}

/// One action, as this transaction sees it.
pub async fn find_in(tx: &mut Tx, id: ActionId) -> Result<Option<Action>> {
    tx.query("select * from actions where id = $1").bind(id).optional().await
}

/// One action.
pub async fn find(db: &Db, id: ActionId) -> Result<Option<Action>> {
    db.query("select * from actions where id = $1").bind(id).optional().await
}

/// Keeps an action as decided. One of the same key that was dropped comes to life again; `None` when one of the same key
/// is under way or done.
pub async fn approve(
    tx: &mut Tx,
    action: &Action,
    brand: BrandId,
    worth: Option<Money>,
    approved_by: Option<TeammateId>,
) -> Result<Option<ActionId>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        id: ActionId,
    }
    let row: Option<Id> = tx
        .query(
            "insert into actions (id, brand_id, conversation_id, draft_id, message_id, order_source_id, order_id,
                 order_number, kind, document, amount_minor, currency, state, idempotency_key, approved_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             on conflict (idempotency_key) do update set message_id = excluded.message_id,
                 document = excluded.document, amount_minor = excluded.amount_minor, currency = excluded.currency,
                 state = excluded.state, error = '', approved_by = excluded.approved_by,
                 created_at = excluded.created_at
             where actions.state = 'cancelled'
             returning id",
        )
        .bind(action.id)
        .bind(brand)
        .bind(action.conversation_id)
        .bind(action.draft_id)
        .bind(action.message_id)
        .bind(action.order_source_id)
        .bind(rows::text(&action.order_id))
        .bind(rows::text(&action.order_number))
        .bind(action.document.0.kind().as_str())
        .bind(rows::document(&action.document.0)?)
        .bind(worth.map(|worth| worth.minor))
        .bind(worth.map(|worth| worth.currency.code().to_owned()))
        .bind(action.state)
        .bind(action.idempotency_key.as_str())
        .bind(approved_by)
        .bind(action.created_at)
        .optional()
        .await?;
    Ok(row.map(|row| row.id))
}

/// The money that an action moves out, as it was when the action was decided.
pub async fn amount(tx: &mut Tx, id: ActionId) -> Result<Option<Money>> {
    #[derive(sqlx::FromRow)]
    struct Amount {
        amount_minor: Option<i64>,
        currency: Option<String>,
    }
    let row: Amount = tx.query("select amount_minor, currency from actions where id = $1").bind(id).one().await?;
    let currency = row.currency.and_then(|code| code.parse().ok());
    Ok(row.amount_minor.zip(currency).map(|(minor, currency)| Money { minor, currency }))
}

/// Notes what became of an action.
pub async fn set_state(
    tx: &mut Tx,
    id: ActionId,
    state: ActionState,
    reference: &str,
    error: &str,
    performed_at: Option<Ts>,
) -> Result<()> {
    tx.query("update actions set state = $1, reference = $2, error = $3, performed_at = $4 where id = $5")
        .bind(state)
        .bind(rows::text(reference))
        .bind(rows::text(error))
        .bind(performed_at)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Keeps what takes an action back in the shop.
pub async fn keep_way_back(tx: &mut Tx, id: ActionId, way_back: &OrderAction) -> Result<()> {
    tx.query("update actions set way_back = $1 where id = $2")
        .bind(rows::document(way_back)?)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Keeps what showed that an action took effect.
pub async fn keep_trace(tx: &mut Tx, id: ActionId, trace: &Trace) -> Result<()> {
    tx.query("update actions set trace = $1 where id = $2").bind(rows::document(trace)?).bind(id).execute().await?;
    Ok(())
}

/// What was asked for in a case since a moment and counts, oldest first: what waits, what was done, and of what nobody can tell.
/// A note is for the shop alone.
pub async fn list_promised(db: &Db, conversation: ConversationId, since: Ts) -> Result<Vec<Promised>> {
    db.query(
        "select * from actions where conversation_id = $1 and created_at > $2 and kind <> 'note'
             and state in ('approved', 'performing', 'unknown', 'performed')
         order by created_at, id",
    )
    .bind(conversation)
    .bind(since)
    .all()
    .await
}

/// What takes an action back, if it was done, has a way back, and nobody took it yet.
pub async fn find_way_back(tx: &mut Tx, id: ActionId) -> Result<Option<OrderAction>> {
    #[derive(sqlx::FromRow)]
    struct Way {
        way_back: Json<OrderAction>,
    }
    let way: Option<Way> = tx
        .query(
            "select a.way_back from actions a where a.id = $1 and a.state = 'performed' and a.way_back is not null
                 and not exists (select 1 from actions b where b.takes_back = a.id
                     and b.state in ('approved', 'performing', 'unknown', 'performed'))",
        )
        .bind(id)
        .optional()
        .await?;
    Ok(way.map(|way| way.way_back.0))
}

/// The actions of a conversation that can be taken back.
pub async fn list_ways_back(db: &Db, conversation: ConversationId) -> Result<Vec<ActionId>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        id: ActionId,
    }
    let ids: Vec<Id> = db
        .query(
            "select a.id from actions a
             where a.conversation_id = $1 and a.state = 'performed' and a.way_back is not null
                 and not exists (select 1 from actions b where b.takes_back = a.id
                     and b.state in ('approved', 'performing', 'unknown', 'performed'))
             order by a.created_at, a.id",
        )
        .bind(conversation)
        .all()
        .await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
}

/// Notes which action another one takes back.
pub async fn set_takes_back(tx: &mut Tx, id: ActionId, taken_back: ActionId) -> Result<()> {
    tx.query("update actions set takes_back = $1 where id = $2").bind(taken_back).bind(id).execute().await?;
    Ok(())
}

/// What an action that was done took back does not count any more. `false` where it took nothing back.
pub async fn compensate(tx: &mut Tx, by: ActionId) -> Result<bool> {
    let taken_back = tx
        .query(
            "update actions set state = 'compensated'
         where state = 'performed' and id = (select takes_back from actions where id = $1)",
        )
        .bind(by)
        .execute()
        .await?;
    Ok(taken_back > 0)
}

/// Whether the desk itself gave the money of a refund back: an action of its own made it, or one is at the shop by now, or may
/// have happened, of which nobody can tell what it made.
pub async fn gave_back(tx: &mut Tx, (source, order_id): (OrderSourceId, &str), refund: &str) -> Result<bool> {
    #[derive(sqlx::FromRow)]
    struct Sent {
        is_open: bool,
        reference: String,
        trace: Option<Json<Trace>>,
    }
    let sent: Vec<Sent> = tx
        .query(
            "select state not in ('performed', 'compensated') as is_open, reference, trace from actions
             where order_source_id = $1 and order_id = $2
                 and kind in ('refund', 'cancel', 'change_items', 'exchange', 'change_payment')
                 and (state in ('performing', 'unknown', 'performed', 'compensated')
                     or (state = 'approved' and error <> ''))",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .all()
        .await?;
    let made = |one: &Sent| {
        let mut traced = one.trace.iter().flat_map(|trace| &trace.0.refunds);
        one.reference == refund || traced.any(|id| id == refund)
    };
    Ok(sent.iter().any(|one| one.is_open || made(one)))
}

/// Whether an action that a reply waits for was begun, or may have been done by an attempt that was told otherwise.
pub async fn any_begun(tx: &mut Tx, message: MessageId) -> Result<bool> {
    #[derive(sqlx::FromRow)]
    struct State {
        state: ActionState,
        in_doubt: bool,
    }
    // Locked, so that none begins before this transaction ends.
    const LOCK: Sql = Sql {
        sqlite: "select state, error <> '' as in_doubt from actions where message_id = $1",
        postgres: "select state, error <> '' as in_doubt from actions where message_id = $1 order by id for update",
    };
    let states: Vec<State> = tx.query(LOCK).bind(message).all().await?;
    let is_begun = |row: &State| match row.state {
        ActionState::Performing | ActionState::Unknown | ActionState::Performed | ActionState::Compensated => true,
        ActionState::Approved => row.in_doubt,
        ActionState::Proposed | ActionState::Failed | ActionState::Cancelled => false,
    };
    Ok(states.iter().any(is_begun))
}

/// Drops the actions of a reply that was taken back.
pub async fn cancel_of_message(tx: &mut Tx, message: MessageId) -> Result<()> {
    tx.query("update actions set state = 'cancelled' where message_id = $1 and state in ('approved', 'failed')")
        .bind(message)
        .execute()
        .await?;
    Ok(())
}

/// Marks an action as begun. `false` when it was dropped or done in between.
pub async fn begin(tx: &mut Tx, id: ActionId) -> Result<bool> {
    let touched = tx
        .query(
            "update actions set state = case state when 'unknown' then 'unknown' else 'performing' end
             where id = $1 and state in ('approved', 'performing', 'unknown')",
        )
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// How an action of an order stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OfOrder {
    /// Its id.
    pub id: ActionId,
    /// How it stands.
    pub state: ActionState,
    /// When its effect was seen.
    pub performed_at: Option<Ts>,
}

/// All actions of an order, which nobody else begins or ends before this transaction does.
pub async fn lock_of_order(tx: &mut Tx, source: OrderSourceId, order_id: &str) -> Result<Vec<OfOrder>> {
    const LOCK: Sql = Sql {
        sqlite: "select id, state, performed_at from actions where order_source_id = $1 and order_id = $2 order by id",
        postgres: "select id, state, performed_at from actions where order_source_id = $1 and order_id = $2 order by id
            for update",
    };
    tx.query(LOCK).bind(source).bind(rows::text(order_id)).all().await
}

/// What waits for its turn at the shop is not asked for there. `false` when it does not wait any more.
pub async fn end_waiting(tx: &mut Tx, id: ActionId, state: ActionState, error: &str) -> Result<bool> {
    let touched = tx
        .query("update actions set state = $1, error = $2 where id = $3 and state = 'approved'")
        .bind(state)
        .bind(rows::text(error))
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// The attempt that had begun did nothing, as it was told. What speaks for a doubt about that stays with it.
pub async fn put_back(tx: &mut Tx, id: ActionId, doubt: &str) -> Result<()> {
    tx.query("update actions set state = 'approved', error = $1 where id = $2 and state = 'performing'")
        .bind(rows::text(doubt))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Nobody can tell whether the shop did it.
pub async fn doubt(tx: &mut Tx, id: ActionId, reason: &str) -> Result<()> {
    tx.query("update actions set state = 'unknown', error = $1 where id = $2 and state = 'performing'")
        .bind(rows::text(reason))
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Whether something that was asked for an order may have happened, and nobody can tell.
pub async fn any_in_doubt(tx: &mut Tx, source: OrderSourceId, order_id: &str) -> Result<bool> {
    tx.query("select exists (select 1 from actions where order_source_id = $1 and order_id = $2 and state = 'unknown')")
        .bind(source)
        .bind(rows::text(order_id))
        .scalar()
        .await
}

/// An action on an order beside one that is being decided.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Beside {
    /// The word of what it does.
    pub kind: String,
    /// How it stands.
    pub state: ActionState,
    /// The number of its conversation.
    pub number: i64,
}

/// The latest action on an order that waits, is under way or in doubt, or was done since the order was read.
pub async fn find_beside(
    reader: &mut Reader<'_>,
    source: OrderSourceId,
    order_id: &str,
    read_at: Ts,
) -> Result<Option<Beside>> {
    reader
        .query(
            "select a.kind, a.state, c.number from actions a
                 join conversations c on c.id = a.conversation_id
             where a.order_source_id = $1 and a.order_id = $2
                 and (a.state in ('approved', 'performing', 'unknown') or a.state = 'performed' and a.performed_at > $3)
             order by a.created_at desc, a.id desc limit 1",
        )
        .bind(source)
        .bind(rows::text(order_id))
        .bind(read_at)
        .optional()
        .await
}

/// The failed actions of a reply, to try them again in this transaction.
pub async fn lock_failed_of(tx: &mut Tx, message: MessageId) -> Result<Vec<Action>> {
    const LOCK: Sql = Sql {
        sqlite: "select * from actions where message_id = $1 and state = 'failed' order by created_at, id",
        postgres: "select * from actions where message_id = $1 and state = 'failed' order by created_at, id for update",
    };
    tx.query(LOCK).bind(message).all().await
}

/// A person says: try the failed actions of a reply again, and those of which nobody can tell. The idempotency keys
/// stay; what failed counts from now on, on their word.
pub async fn retry_of(tx: &mut Tx, message: MessageId, by: TeammateId, now: Ts) -> Result<()> {
    tx.query(
        "update actions set state = 'approved', error = '', created_at = $2, approved_by = $3
         where message_id = $1 and state = 'failed'",
    )
    .bind(message)
    .bind(now)
    .bind(by)
    .execute()
    .await?;
    tx.query("update actions set state = 'performing', error = '' where message_id = $1 and state = 'unknown'")
        .bind(message)
        .execute()
        .await?;
    Ok(())
}

/// The actions of a reply that are to be performed.
pub async fn list_due_of(tx: &mut Tx, message: MessageId) -> Result<Vec<ActionId>> {
    #[derive(sqlx::FromRow)]
    struct Id {
        id: ActionId,
    }
    let ids: Vec<Id> = tx
        .query("select id from actions where message_id = $1 and state in ('approved', 'performing')")
        .bind(message)
        .all()
        .await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
}
