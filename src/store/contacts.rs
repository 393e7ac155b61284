//! Customers and their names on channels.

use super::{Db, Result};
use crate::model::ContactId;
use crate::model::contact::{Contact, ContactIdentity};

/// One customer.
pub async fn get(db: &Db, id: ContactId) -> Result<Contact> {
    db.query("select id, brand_id, name, locale, created_at from contacts where id = $1").bind(id).one().await
}

/// A customer's names on channels.
pub async fn identities(db: &Db, id: ContactId) -> Result<Vec<ContactIdentity>> {
    db.query(
        "select kind, value, contact_id, proved from contact_identities where contact_id = $1 order by created_at, value",
    )
    .bind(id)
    .all()
    .await
}
