//! Codes that are sent to the address of an order: who is to bring them, and what came of it. What no longer counts keeps neither
//! the address nor the hash of a code; a keyed hash of the address stays for the day in which codes to it are counted.

use super::db::Sql;
use super::{Db, Result, Tx, rows};
use crate::model::identity_check::{CheckState, IdentityCheck, Proof};
use crate::model::{ConversationId, IdentityCheckId, MessageId, OrderSourceId, Ts};

/// So many checks of a conversation are looked back on.
const MOST: i64 = 10;

/// A check whose code may come.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SentCheck {
    /// The check.
    #[sqlx(flatten)]
    pub check: IdentityCheck,
    /// Where its conversation is by now: the code counts only where it was asked for.
    pub home: ConversationId,
}

/// Keeps a check that begins, with what codes to its address are counted by.
pub async fn insert(tx: &mut Tx, check: &IdentityCheck, address_key: &str) -> Result<()> {
    tx.query(
        "insert into identity_checks (id, brand_id, conversation_id, contact_id, order_source_id, order_id, order_number,
             address, state, message_id, created_at, address_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(check.id)
    .bind(check.brand_id)
    .bind(check.conversation_id)
    .bind(check.contact_id)
    .bind(check.order_source_id)
    .bind(rows::text(&check.order_id))
    .bind(rows::text(&check.order_number))
    .bind(rows::text(&check.address))
    .bind(check.state)
    .bind(check.message_id)
    .bind(check.created_at)
    .bind(address_key)
    .execute()
    .await?;
    Ok(())
}

/// One check.
pub async fn find(db: &Db, id: IdentityCheckId) -> Result<Option<IdentityCheck>> {
    db.query("select * from identity_checks where id = $1").bind(id).optional().await
}

/// The check of a conversation whose code is still to be sent.
pub async fn find_asked(tx: &mut Tx, conversation: ConversationId) -> Result<Option<IdentityCheck>> {
    tx.query("select * from identity_checks where conversation_id = $1 and state = 'asked'")
        .bind(conversation)
        .optional()
        .await
}

/// The checks of a conversation, newest first.
pub async fn list_of(db: &Db, conversation: ConversationId) -> Result<Vec<IdentityCheck>> {
    db.query("select * from identity_checks where conversation_id = $1 order by created_at desc, id desc limit $2")
        .bind(conversation)
        .bind(MOST)
        .all()
        .await
}

/// What customers have shown in a conversation, as long as what brought the code is in it.
pub async fn list_proofs(db: &Db, conversation: ConversationId) -> Result<Vec<Proof>> {
    db.query(
        "select k.order_source_id, k.order_id, k.contact_id, m.seq, m.channel_id, h.kind = 'email' as by_mail
         from identity_checks k join messages m on m.id = k.answer_id and m.conversation_id = k.conversation_id
         join channels h on h.id = m.channel_id
         where k.conversation_id = $1 and k.state = 'proved'",
    )
    .bind(conversation)
    .all()
    .await
}

macro_rules! sent_in {
    ($conversations:literal) => {
        concat!(
            "with recursive home (id, top) as (
                 select id, id from conversations where ",
            $conversations,
            " union select m.source_id, h.top from merges m join home h on m.target_id = h.id where m.undone_at is null
             ) select k.*, h.top as home from home h join identity_checks k on k.conversation_id = h.id
             where k.state = 'sent'"
        )
    };
}

/// The checks whose code may come in these conversations, also those of conversations that went into them.
pub async fn list_sent(tx: &mut Tx, conversations: &[ConversationId]) -> Result<Vec<SentCheck>> {
    const SENT: Sql = Sql {
        sqlite: sent_in!("id in (select unhex(value, '-') from json_each($1))"),
        postgres: sent_in!("id = any (array(select value::uuid from json_array_elements_text($1::json)))"),
    };
    tx.query(SENT).bind(rows::json(conversations)?).all().await
}

/// How many codes were sent for an order since a moment, or are to be.
pub async fn count_of_order(tx: &mut Tx, (source, order): (OrderSourceId, &str), since: Ts) -> Result<i64> {
    tx.query(
        "select count(*) from identity_checks where order_source_id = $1 and order_id = $2
             and (sent_at >= $3 or (sent_at is null and state = 'asked'))",
    )
    .bind(source)
    .bind(rows::text(order))
    .bind(since)
    .scalar()
    .await
}

/// The same of a conversation.
pub async fn count_of_conversation(tx: &mut Tx, conversation: ConversationId, since: Ts) -> Result<i64> {
    tx.query(
        "select count(*) from identity_checks where conversation_id = $1
             and (sent_at >= $2 or (sent_at is null and state = 'asked'))",
    )
    .bind(conversation)
    .bind(since)
    .scalar()
    .await
}

/// The same to an address, on any order.
pub async fn count_of_address(tx: &mut Tx, address_key: &str, since: Ts) -> Result<i64> {
    tx.query(
        "select count(*) from identity_checks where address_key = $1 and address_key <> ''
             and (sent_at >= $2 or (sent_at is null and state = 'asked'))",
    )
    .bind(address_key)
    .bind(since)
    .scalar()
    .await
}

/// A code is on its way. `false` where none is to be sent any more.
pub async fn set_sent(tx: &mut Tx, id: IdentityCheckId, code_hash: &str, now: Ts) -> Result<bool> {
    let sent = tx
        .query(
            "update identity_checks set state = 'sent', code_hash = $2, sent_at = $3 where id = $1 and state = 'asked'",
        )
        .bind(id)
        .bind(code_hash)
        .bind(now)
        .execute()
        .await?;
    Ok(sent > 0)
}

/// The mail with the code did not leave: another code is sent later.
pub async fn set_unsent(tx: &mut Tx, id: IdentityCheckId) -> Result<()> {
    tx.query(
        "update identity_checks set state = 'asked', code_hash = '', sent_at = null where id = $1 and state = 'sent'",
    )
    .bind(id)
    .execute()
    .await?;
    Ok(())
}

/// Wrong codes came, the last one with this message, if its writer took it for the code.
pub async fn set_tries(tx: &mut Tx, id: IdentityCheckId, tries: i64, answer: Option<MessageId>) -> Result<()> {
    tx.query("update identity_checks set tries = $2, answer_id = coalesce($3, answer_id) where id = $1")
        .bind(id)
        .bind(tries)
        .bind(answer)
        .execute()
        .await?;
    Ok(())
}

/// The code does not count any more. `false` where it did not before.
pub async fn end(tx: &mut Tx, id: IdentityCheckId, state: CheckState, answer: Option<MessageId>) -> Result<bool> {
    let ended = tx
        .query(
            "update identity_checks set state = $2, answer_id = $3, code_hash = '', address = ''
             where id = $1 and state in ('asked', 'sent')",
        )
        .bind(id)
        .bind(state)
        .bind(answer)
        .execute()
        .await?;
    Ok(ended > 0)
}

/// No code counts in a conversation any more: another one is asked for.
pub async fn withdraw(tx: &mut Tx, conversation: ConversationId) -> Result<()> {
    tx.query(
        "update identity_checks set state = 'withdrawn', code_hash = '', address = ''
         where conversation_id = $1 and state in ('asked', 'sent')",
    )
    .bind(conversation)
    .execute()
    .await?;
    Ok(())
}

/// Ends the checks whose code was sent before a moment and never came.
pub async fn expire(tx: &mut Tx, before: Ts) -> Result<()> {
    tx.query(
        "update identity_checks set state = 'expired', answer_id = null, code_hash = '', address = ''
         where state in ('asked', 'sent') and state = 'sent' and sent_at < $1",
    )
    .bind(before)
    .execute()
    .await?;
    Ok(())
}

/// Forgets by what codes to an address were counted that were sent, or asked for, before a moment.
pub async fn forget_addresses(tx: &mut Tx, before: Ts) -> Result<()> {
    tx.query(
        "update identity_checks set address_key = ''
         where address_key <> '' and state <> 'asked' and coalesce(sent_at, created_at) < $1",
    )
    .bind(before)
    .execute()
    .await?;
    Ok(())
}
