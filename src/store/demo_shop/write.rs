//! Writes to the demo's own shop: many rows of a table in one statement.

use serde::Serialize;

use super::{LineRow, NewRows, PerformedRow, ShipmentRow};
use crate::model::{OrderSourceId, Ts};
use crate::store::db::Sql;
use crate::store::{Result, Tx, rows};

/// The PostgreSQL type under which a column travels in JSON, and how it becomes the column's value.
macro_rules! travels_as {
    (time) => {
        "bigint"
    };
    ($kind:ident) => {
        stringify!($kind)
    };
}
macro_rules! arrives_as {
    ($column:ident time) => {
        concat!("timestamptz 'epoch' + ", stringify!($column), " * interval '1 microsecond'")
    };
    ($column:ident $kind:ident) => {
        stringify!($column)
    };
}

/// One `insert` that takes its rows from the JSON array `$1` and the shop from `$2`.
macro_rules! insert_rows {
    ($table:literal, $($column:ident $kind:ident),+ $(,)?) => {
        Sql {
            sqlite: concat!(
                "insert into ", $table, " (order_source_id", $(", ", stringify!($column)),+,
                ") select $2", $(", value ->> '", stringify!($column), "'"),+, " from json_each($1)"
            ),
            postgres: concat!(
                "insert into ", $table, " (order_source_id", $(", ", stringify!($column)),+,
                ") select $2", $(", ", arrives_as!($column $kind)),+,
                " from json_to_recordset($1::json) as r (order_source_id uuid",
                $(", ", stringify!($column), " ", travels_as!($kind)),+, ")"
            ),
        }
    };
}

const PRODUCTS: Sql = insert_rows!(
    "demo_products", sku text, title text, variant text, description text, price_minor bigint, currency text,
    stock bigint, counted_at time, sells_every_hours bigint, restock_at time, restock_quantity bigint,
);
const CUSTOMERS: Sql = insert_rows!(
    "demo_customers", id text, name text, email text, phone text, language text, address jsonb,
);
const ORDERS: Sql = insert_rows!(
    "demo_orders", id text, number text, serial bigint, customer_id text, placed_at time, updated_at time,
    cancelled_at time, address jsonb, shipping_minor bigint, currency text,
);
const LINES: Sql = insert_rows!(
    "demo_order_lines", order_id text, id text, position bigint, sku text, title text, variant text, quantity bigint,
    unit_minor bigint,
);
const PAYMENTS: Sql = insert_rows!(
    "demo_payments", order_id text, id text, method text, amount_minor bigint, paid_at time,
);
const REFUNDS: Sql = insert_rows!(
    "demo_refunds", order_id text, id text, amount_minor bigint, method text, reason text, asked_at time,
    posted_at time,
);
const SHIPMENTS: Sql = insert_rows!(
    "demo_shipments", order_id text, id text, tracking_number text, plan jsonb,
);
const RETURNS: Sql = insert_rows!("demo_returns", order_id text, id text, plan jsonb);

/// Writes rows, one statement a table.
pub async fn insert(tx: &mut Tx, source: OrderSourceId, new: &NewRows) -> Result<()> {
    insert_into(tx, source, PRODUCTS, &new.products).await?;
    insert_into(tx, source, CUSTOMERS, &new.customers).await?;
    insert_into(tx, source, ORDERS, &new.orders).await?;
    insert_into(tx, source, LINES, &new.lines).await?;
    insert_into(tx, source, PAYMENTS, &new.payments).await?;
    insert_into(tx, source, REFUNDS, &new.refunds).await?;
    insert_into(tx, source, SHIPMENTS, &new.shipments).await?;
    insert_into(tx, source, RETURNS, &new.returns).await
}

async fn insert_into<T: Serialize>(tx: &mut Tx, source: OrderSourceId, sql: Sql, new: &[T]) -> Result<()> {
    if !new.is_empty() {
        tx.query(sql).bind(rows::json(new)?).bind(source).execute().await?;
    }
    Ok(())
}

/// Keeps what was done under a key; [`crate::store::Error::Duplicate`] if something was done under it before.
pub async fn insert_performed(tx: &mut Tx, source: OrderSourceId, performed: &PerformedRow) -> Result<()> {
    tx.query(
        "insert into demo_actions (order_source_id, idempotency_key, order_id, command, reference, performed_at,
             shows_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(source)
    .bind(performed.idempotency_key.as_str())
    .bind(performed.order_id.as_str())
    .bind(performed.command.as_str())
    .bind(performed.reference.as_str())
    .bind(performed.performed_at)
    .bind(performed.shows_at)
    .execute()
    .await?;
    Ok(())
}

/// Cancels an order.
pub async fn set_cancelled(tx: &mut Tx, source: OrderSourceId, order_id: &str, now: Ts) -> Result<()> {
    tx.query("update demo_orders set cancelled_at = $1 where order_source_id = $2 and id = $3")
        .bind(now)
        .bind(source)
        .bind(order_id)
        .execute()
        .await?;
    Ok(())
}

/// Sends an order elsewhere.
pub async fn set_address(
    tx: &mut Tx,
    source: OrderSourceId,
    order_id: &str,
    address: &channel_contract::orders::Address,
) -> Result<()> {
    tx.query("update demo_orders set address = $1 where order_source_id = $2 and id = $3")
        .bind(sqlx::types::Json(address))
        .bind(source)
        .bind(order_id)
        .execute()
        .await?;
    Ok(())
}

/// Puts other goods or another quantity into a line.
pub async fn set_line(tx: &mut Tx, source: OrderSourceId, line: &LineRow) -> Result<()> {
    tx.query(
        "update demo_order_lines set sku = $1, title = $2, variant = $3, quantity = $4, unit_minor = $5
         where order_source_id = $6 and order_id = $7 and id = $8",
    )
    .bind(line.sku.as_str())
    .bind(line.title.as_str())
    .bind(line.variant.as_str())
    .bind(line.quantity)
    .bind(line.unit_minor)
    .bind(source)
    .bind(line.order_id.as_str())
    .bind(line.id.as_str())
    .execute()
    .await?;
    Ok(())
}

/// Gives a parcel another plan.
pub async fn set_plan(tx: &mut Tx, source: OrderSourceId, parcel: &ShipmentRow) -> Result<()> {
    tx.query("update demo_shipments set plan = $1 where order_source_id = $2 and order_id = $3 and id = $4")
        .bind(rows::document(&parcel.plan.0)?)
        .bind(source)
        .bind(parcel.order_id.as_str())
        .bind(parcel.id.as_str())
        .execute()
        .await?;
    Ok(())
}

/// Calls a return off.
pub async fn delete_return(tx: &mut Tx, source: OrderSourceId, order_id: &str, id: &str) -> Result<()> {
    tx.query("delete from demo_returns where order_source_id = $1 and order_id = $2 and id = $3")
        .bind(source)
        .bind(order_id)
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// Notes that somebody changed an order.
pub async fn touch(tx: &mut Tx, source: OrderSourceId, order_id: &str, now: Ts) -> Result<()> {
    tx.query("update demo_orders set updated_at = $1 where order_source_id = $2 and id = $3")
        .bind(now)
        .bind(source)
        .bind(order_id)
        .execute()
        .await?;
    Ok(())
}

/// Goods that leave the shelf (negative) or come back to it.
#[derive(Clone, Debug, Serialize)]
pub struct StockMove {
    /// The stock-keeping unit.
    pub sku: String,
    /// How many.
    pub quantity: i64,
}

/// Moves goods.
pub async fn move_stock(tx: &mut Tx, source: OrderSourceId, moves: &[StockMove]) -> Result<()> {
    const MOVE: Sql = Sql {
        sqlite: "update demo_products as p set stock = p.stock + r.quantity
            from (select value ->> 'sku' as sku, sum(value ->> 'quantity') as quantity from json_each($1) group by 1) r
            where p.order_source_id = $2 and p.sku = r.sku",
        postgres: "update demo_products as p set stock = p.stock + r.quantity
            from (select sku, cast(sum(quantity) as bigint) as quantity
                from json_to_recordset($1::json) as m (sku text, quantity bigint) group by 1) r
            where p.order_source_id = $2 and p.sku = r.sku",
    };
    tx.query(MOVE).bind(rows::json(moves)?).bind(source).execute().await?;
    Ok(())
}
