//! The tables of the demo's own shop: its goods, customers and orders, and what was done to them.

mod records;
mod write;

pub use records::*;
pub use write::*;

use super::db::{Row, Sql};
use super::{Reader, Result, Tx, rows};
use crate::model::OrderSourceId;

/// Which orders to read.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// By id.
    Id(String),
    /// By number, in capitals.
    Number(String),
    /// By the buyer's address, in lower case.
    Email(String),
    /// By the buyer's phone number.
    Phone(String),
    /// By tracking number.
    Tracking(String),
}

/// Lets one change of the shop happen at a time: two refunds must not both fit into what is left. On SQLite the one
/// writer does that by itself.
pub async fn lock(tx: &mut Tx, source: OrderSourceId) -> Result<()> {
    if tx.is_postgres() {
        tx.query("select id from order_sources where id = $1 for no key update").bind(source).execute().await?;
    }
    Ok(())
}

macro_rules! orders_where {
    ($condition:literal) => {
        concat!(
            "select o.id, o.number, o.serial, o.customer_id, c.name, c.email, c.phone, o.placed_at, o.updated_at,
                 o.cancelled_at, o.address, o.shipping_minor, o.currency
             from demo_orders o
             join demo_customers c on c.order_source_id = o.order_source_id and c.id = o.customer_id
             where o.order_source_id = $1 and ",
            $condition,
            " order by o.placed_at desc, o.serial desc limit 20"
        )
    };
}

/// Orders that match, newest first, at most 20.
pub async fn orders(reader: &mut Reader<'_>, source: OrderSourceId, lookup: &Lookup) -> Result<Vec<OrderRow>> {
    let (sql, value) = match lookup {
        Lookup::Id(id) => (orders_where!("o.id = $2"), id),
        Lookup::Number(number) => (orders_where!("o.number = $2"), number),
        Lookup::Email(email) => (orders_where!("c.email = $2"), email),
        Lookup::Phone(phone) => (orders_where!("c.phone = $2"), phone),
        Lookup::Tracking(number) => (
            orders_where!(
                "o.id in (select order_id from demo_shipments where order_source_id = $1 and tracking_number = $2)"
            ),
            number,
        ),
    };
    reader.query(sql).bind(source).bind(value.as_str()).all().await
}

macro_rules! parts_of {
    ($columns:literal, $table:literal, $order:literal) => {
        Sql {
            sqlite: concat!(
                "select order_id, id, ",
                $columns,
                " from ",
                $table,
                " where order_source_id = $1 and order_id in (select value from json_each($2)) order by ",
                $order
            ),
            postgres: concat!(
                "select order_id, id, ",
                $columns,
                " from ",
                $table,
                " where order_source_id = $1 and order_id in (select value from json_array_elements_text($2::json))
                 order by ",
                $order
            ),
        }
    };
}

const LINES: Sql =
    parts_of!("position, sku, title, variant, quantity, unit_minor", "demo_order_lines", "order_id, position");
const PAYMENTS: Sql = parts_of!("method, amount_minor, paid_at", "demo_payments", "paid_at, id");
const REFUNDS: Sql = parts_of!("amount_minor, method, reason, asked_at, posted_at", "demo_refunds", "posted_at, id");
const SHIPMENTS: Sql = parts_of!("tracking_number, plan", "demo_shipments", "order_id, id");
const RETURNS: Sql = parts_of!("plan", "demo_returns", "order_id, id");
const PERFORMED: Sql = Sql {
    sqlite: "select idempotency_key, order_id, command, reference, performed_at, shows_at from demo_actions
        where order_source_id = $1 and order_id in (select value from json_each($2))
        order by performed_at, idempotency_key",
    postgres: "select idempotency_key, order_id, command, reference, performed_at, shows_at from demo_actions
        where order_source_id = $1 and order_id in (select value from json_array_elements_text($2::json))
        order by performed_at, idempotency_key",
};

/// What belongs to these orders.
pub async fn parts(reader: &mut Reader<'_>, source: OrderSourceId, orders: &[OrderRow]) -> Result<Parts> {
    if orders.is_empty() {
        return Ok(Parts::default());
    }
    let ids = rows::json(&orders.iter().map(|order| order.id.as_str()).collect::<Vec<_>>())?;
    Ok(Parts {
        lines: parts_from(reader, LINES, source, &ids).await?,
        payments: parts_from(reader, PAYMENTS, source, &ids).await?,
        refunds: parts_from(reader, REFUNDS, source, &ids).await?,
        shipments: parts_from(reader, SHIPMENTS, source, &ids).await?,
        returns: parts_from(reader, RETURNS, source, &ids).await?,
        performed: parts_from(reader, PERFORMED, source, &ids).await?,
    })
}

async fn parts_from<T: Row>(reader: &mut Reader<'_>, sql: Sql, source: OrderSourceId, ids: &str) -> Result<Vec<T>> {
    reader.query(sql).bind(source).bind(ids).all().await
}

/// The goods by SKU.
pub async fn products(reader: &mut Reader<'_>, source: OrderSourceId) -> Result<Vec<ProductRow>> {
    reader
        .query(
            "select sku, title, variant, description, price_minor, currency, stock, counted_at, sells_every_hours,
                 restock_at, restock_quantity
             from demo_products where order_source_id = $1 order by sku",
        )
        .bind(source)
        .all()
        .await
}

/// The highest count of an order number; fails if there is no order.
pub async fn last_serial(tx: &mut Tx, source: OrderSourceId) -> Result<i64> {
    tx.query("select serial from demo_orders where order_source_id = $1 order by serial desc limit 1")
        .bind(source)
        .scalar()
        .await
}

/// Whether the shop holds anything.
pub async fn is_seeded(tx: &mut Tx, source: OrderSourceId) -> Result<bool> {
    let count: i64 =
        tx.query("select count(*) from demo_orders where order_source_id = $1").bind(source).scalar().await?;
    Ok(count > 0)
}

/// What was done under a key.
pub async fn find_performed(
    reader: &mut Reader<'_>,
    source: OrderSourceId,
    idempotency_key: &str,
) -> Result<Option<PerformedRow>> {
    reader
        .query(
            "select idempotency_key, order_id, command, reference, performed_at, shows_at from demo_actions
             where order_source_id = $1 and idempotency_key = $2",
        )
        .bind(source)
        .bind(idempotency_key)
        .optional()
        .await
}
