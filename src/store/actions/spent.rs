//! What actions have given away: the sums that are held against the caps of a policy.

use crate::model::action::GivenBack;
use crate::model::order::Currency;
use crate::model::{BrandId, ContactId, OrderSourceId, TeammateId, Ts};
use crate::store::db::Sql;
use crate::store::people::same_person;
use crate::store::{Db, Reader, Result, Tx, rows};

/// What was decided for an order and does not show in it as a refund, in minor units of a currency: money that is on its
/// way out, goods that were sent again, and discount codes that count.
pub async fn spent_on_order(tx: &mut Tx, source: OrderSourceId, order_id: &str, currency: Currency) -> Result<i64> {
    const SPENT: Sql = Sql {
        sqlite: "select coalesce(sum(amount_minor), 0) from actions
            where order_source_id = $1 and order_id = $2 and currency = $3
                and (state in ('approved', 'performing', 'unknown')
                    or (state = 'performed' and kind in ('replace', 'discount_code')))",
        postgres: "select cast(coalesce(sum(amount_minor), 0) as bigint) from actions
            where order_source_id = $1 and order_id = $2 and currency = $3
                and (state in ('approved', 'performing', 'unknown')
                    or (state = 'performed' and kind in ('replace', 'discount_code')))",
    };
    tx.query(SPENT).bind(source).bind(rows::text(order_id)).bind(currency.code().to_owned()).scalar().await
}

/// The money that the desk had given back for an order in a currency, where it can be known in the order.
pub async fn list_given_back(
    tx: &mut Tx,
    (source, order_id): (OrderSourceId, &str),
    currency: Currency,
) -> Result<Vec<GivenBack>> {
    tx.query(
        "select amount_minor, kind = 'refund' as is_refund, reference, trace from actions
         where order_source_id = $1 and order_id = $2 and currency = $3 and state = 'performed'
             and (kind = 'refund' or (kind in ('cancel', 'change_items') and trace is not null))",
    )
    .bind(source)
    .bind(rows::text(order_id))
    .bind(currency.code().to_owned())
    .all()
    .await
}

const SPENT_ON_CONTACT: Sql = Sql {
    sqlite: concat!(
        "select coalesce(sum(a.amount_minor), 0) from conversations c join actions a on a.conversation_id = c.id
         where c.contact_id in ",
        same_person!("$1"),
        " and a.created_at > $2 and a.currency = $3
             and a.state in ('approved', 'performing', 'unknown', 'performed')"
    ),
    postgres: concat!(
        "select cast(coalesce(sum(a.amount_minor), 0) as bigint)
         from conversations c join actions a on a.conversation_id = c.id
         where c.contact_id = any (array",
        same_person!("$1"),
        ") and a.created_at > $2 and a.currency = $3
             and a.state in ('approved', 'performing', 'unknown', 'performed')"
    ),
};

const SPENT_BY_BRAND: Sql = Sql {
    sqlite: "select coalesce(sum(amount_minor), 0) from actions
        where brand_id = $1 and created_at > $2 and currency = $3 and state in ('approved', 'performing', 'unknown', 'performed')",
    postgres: "select cast(coalesce(sum(amount_minor), 0) as bigint) from actions
        where brand_id = $1 and created_at > $2 and currency = $3 and state in ('approved', 'performing', 'unknown', 'performed')",
};

/// What was given to a customer since a moment, decided or done, in minor units of a currency: under all their names.
pub async fn spent_on_contact(db: &Db, contact: ContactId, since: Ts, currency: Currency) -> Result<i64> {
    db.query(SPENT_ON_CONTACT).bind(contact).bind(since).bind(currency.code().to_owned()).scalar().await
}

/// [`spent_on_contact`] as this transaction sees it.
pub async fn spent_on_contact_in(tx: &mut Tx, contact: ContactId, since: Ts, currency: Currency) -> Result<i64> {
    tx.query(SPENT_ON_CONTACT).bind(contact).bind(since).bind(currency.code().to_owned()).scalar().await
}

const SPENT_ON_WORD: Sql = Sql {
    sqlite: "select coalesce(sum(amount_minor), 0) from actions
        where brand_id = $1 and created_at > $2 and currency = $3 and approved_by is $4
            and state in ('approved', 'performing', 'unknown', 'performed')",
    postgres: "select cast(coalesce(sum(amount_minor), 0) as bigint) from actions
        where brand_id = $1 and created_at > $2 and currency = $3 and approved_by is not distinct from $4
            and state in ('approved', 'performing', 'unknown', 'performed')",
};

/// What a brand gave away since a moment on the word of a teammate, or of the agent alone, decided or done, in minor units of
/// a currency.
pub async fn spent_on_word(
    reader: &mut Reader<'_>,
    brand: BrandId,
    word: Option<TeammateId>,
    since: Ts,
    currency: Currency,
) -> Result<i64> {
    reader.query(SPENT_ON_WORD).bind(brand).bind(since).bind(currency.code().to_owned()).bind(word).scalar().await
}

/// What a brand gave away since a moment, decided or done, in minor units of a currency.
pub async fn spent_by_brand(db: &Db, brand: BrandId, since: Ts, currency: Currency) -> Result<i64> {
    db.query(SPENT_BY_BRAND).bind(brand).bind(since).bind(currency.code().to_owned()).scalar().await
}

/// [`spent_by_brand`] as this transaction sees it.
pub async fn spent_by_brand_in(tx: &mut Tx, brand: BrandId, since: Ts, currency: Currency) -> Result<i64> {
    tx.query(SPENT_BY_BRAND).bind(brand).bind(since).bind(currency.code().to_owned()).scalar().await
}
