//! Customers and their names on channels.

use channel_contract::channel::NameScope;

use super::db::Sql;
use super::intake::kind_within;
use super::people::{same_person, sort};
use super::{Db, Result, Tx, rows, search};
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::{BrandId, ContactId};

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
            " as kind, value, contact_id, proved from contact_identities where contact_id = $1 order by created_at, value"
        ),
        postgres: concat!(
            "select ",
            sort!(postgres, "kind"),
            " as kind, value, contact_id, proved from contact_identities where contact_id = $1 order by created_at, value"
        ),
    };
    db.query(IDENTITIES).bind(id).all().await
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
