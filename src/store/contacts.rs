//! Customers and their names on channels.

use channel_contract::channel::NameScope;

use super::db::Sql;
use super::intake::kind_within;
use super::people::{same_person, sort};
use super::{Db, Result, Tx, rows, search};
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::{BrandId, ChannelId, ContactId, Ts};

/// One customer.
pub async fn get(db: &Db, id: ContactId) -> Result<Contact> {
    db.query("select id, brand_id, name, locale, created_at from contacts where id = $1").bind(id).one().await
}

/// All of the person that a customer is, that one included, oldest first.
pub async fn list_of_person(db: &Db, id: ContactId) -> Result<Vec<Contact>> {
    db.query(concat!(
        "select id, brand_id, name, locale, created_at from contacts where id in ",
        same_person!("$1"),
        " order by created_at, id"
    ))
    .bind(id)
    .all()
    .await
}

/// A customer's names on channels.
pub async fn identities(db: &Db, id: ContactId) -> Result<Vec<ContactIdentity>> {
    const IDENTITIES: Sql = Sql {
        sqlite: concat!(
            "select ",
            sort!(sqlite, "kind"),
            " as kind, value, contact_id, proved, created_at from contact_identities where contact_id = $1
                order by created_at, value"
        ),
        postgres: concat!(
            "select ",
            sort!(postgres, "kind"),
            " as kind, value, contact_id, proved, created_at from contact_identities where contact_id = $1
                order by created_at, value"
        ),
    };
    db.query(IDENTITIES).bind(id).all().await
}

/// The customers of a channel with whom nothing was said since a moment, at most so many. Whoever has written on another channel
/// too, or whose case is not resolved, is none of them.
pub async fn list_quiet(db: &Db, channel: ChannelId, since: Ts, most: i64) -> Result<Vec<ContactId>> {
    #[derive(sqlx::FromRow)]
    struct Quiet {
        id: ContactId,
    }
    let quiet: Vec<Quiet> = db
        .query(
            "select distinct c.contact_id as id from conversations c
             where c.channel_id = $1 and c.last_message_at < $2
                 and exists (select 1 from contact_identities i where i.contact_id = c.contact_id)
                 and not exists (select 1 from conversations o where o.contact_id = c.contact_id
                     and (o.channel_id <> $1 or o.status <> 'resolved' or o.last_message_at >= $2))
                 and not exists (select 1 from messages m
                     where m.contact_id = c.contact_id and m.erased_at is null and m.created_at >= $2)
             limit $3",
        )
        .bind(channel)
        .bind(since)
        .bind(most)
        .all()
        .await?;
    Ok(quiet.into_iter().map(|row| row.id).collect())
}

/// Whether all cases of a customer are resolved, and nothing was said in them since a moment.
pub async fn is_quiet_since(db: &Db, id: ContactId, since: Ts) -> Result<bool> {
    db.query(
        "select not exists (select 1 from conversations
             where contact_id = $1 and (status <> 'resolved' or last_message_at >= $2))",
    )
    .bind(id)
    .bind(since)
    .scalar()
    .await
}

/// Names that were said to count in one place count in another one. Who is known there already stays who that is.
pub async fn move_names(tx: &mut Tx, brand: BrandId, (old, new): (&NameScope, &NameScope)) -> Result<()> {
    tx.query(
        "update contact_identities set kind = $1 where brand_id = $2 and kind = $3 and not exists (
             select 1 from contact_identities other
             where other.brand_id = $2 and other.kind = $1 and other.value = contact_identities.value)",
    )
    .bind(kind_within(new))
    .bind(brand)
    .bind(kind_within(old))
    .execute()
    .await?;
    Ok(())
}

/// Names a customer who is still called as before, in all that shows their name or is found by it. `false` where they are
/// called otherwise by now.
pub async fn set_name(tx: &mut Tx, id: ContactId, (before, name): (&str, &str)) -> Result<bool> {
    let touched = tx
        .query("update contacts set name = $1 where id = $2 and name = $3")
        .bind(rows::text(name))
        .bind(id)
        .bind(rows::text(before))
        .execute()
        .await?;
    if touched == 0 {
        return Ok(false);
    }
    tx.query("update conversations set contact_name = $1 where contact_id = $2")
        .bind(rows::text(name))
        .bind(id)
        .execute()
        .await?;
    let named: Vec<search::Text> = tx
        .query(
            "update messages set sender_name = $1
             where conversation_id in (select id from conversations where contact_id = $2) and contact_id = $2
                 and direction = 'inbound' and sender_name = ''
             returning seq, conversation_id, subject, sender_name, sender_address, substr(body, 1, 200000) as body",
        )
        .bind(rows::text(name))
        .bind(id)
        .all()
        .await?;
    search::index_anew(tx, &named).await?;
    Ok(true)
}
