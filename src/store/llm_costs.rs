//! What the language model cost each brand, and how much it may cost.

use super::db::Sql;
use super::{Db, Reader, Result, Tx};
use crate::model::llm_cost::{Cost, KindCost, Limit, reached};
use crate::model::{BrandId, Ts};

/// What a month came to, by kind of request; the month is its first moment.
pub async fn of_month(reader: &mut Reader<'_>, brand: BrandId, month: Ts) -> Result<Vec<KindCost>> {
    reader
        .query(
            "select kind, calls, prompt_tokens, completion_tokens, micros from llm_costs
             where brand_id = $1 and month = $2 order by kind",
        )
        .bind(brand)
        .bind(month)
        .all()
        .await
}

/// How much a month may cost.
pub async fn limits(db: &Db, brand: BrandId) -> Result<Vec<Limit>> {
    db.query("select kind, micros from llm_limits where brand_id = $1 order by kind").bind(brand).all().await
}

/// The same, held until this transaction ends: whoever else pays for a call of this brand waits for it.
async fn held_limits(tx: &mut Tx, brand: BrandId) -> Result<Vec<Limit>> {
    const HELD: Sql = Sql {
        sqlite: "select kind, micros from llm_limits where brand_id = $1 order by kind",
        postgres: "select kind, micros from llm_limits where brand_id = $1 order by kind for update",
    };
    tx.query(HELD).bind(brand).all().await
}

/// Pays for a call before it is sent, at its dearest. Gives the limit that it has no room below; then nothing is paid.
pub async fn pay(tx: &mut Tx, brand: BrandId, month: Ts, (kind, most): (&str, Cost)) -> Result<Option<Limit>> {
    let limits = held_limits(tx, brand).await?;
    if !limits.is_empty() {
        let costs = of_month(&mut Reader::Tx(tx), brand, month).await?;
        if let Some(limit) = reached(&limits, &costs, kind, most) {
            return Ok(Some(limit.clone()));
        }
    }
    add(tx, brand, month, (kind, most)).await?;
    Ok(None)
}

/// Adds to what a month came to, or takes from it what is below zero.
pub async fn add(tx: &mut Tx, brand: BrandId, month: Ts, (kind, more): (&str, Cost)) -> Result<()> {
    tx.query(
        "insert into llm_costs (brand_id, month, kind, calls, prompt_tokens, completion_tokens, micros)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (brand_id, month, kind) do update set
             calls = llm_costs.calls + excluded.calls,
             prompt_tokens = llm_costs.prompt_tokens + excluded.prompt_tokens,
             completion_tokens = llm_costs.completion_tokens + excluded.completion_tokens,
             micros = llm_costs.micros + excluded.micros",
    )
    .bind(brand)
    .bind(month)
    .bind(kind)
    .bind(more.calls)
    .bind(more.prompt_tokens)
    .bind(more.completion_tokens)
    .bind(more.micros)
    .execute()
    .await?;
    Ok(())
}

/// Sets how much a month may cost under a kind, or that there is no limit. Several go in the order of their kinds.
pub async fn set_limit(tx: &mut Tx, brand: BrandId, kind: &str, micros: Option<i64>) -> Result<()> {
    match micros {
        Some(micros) => {
            tx.query(
                "insert into llm_limits (brand_id, kind, micros) values ($1, $2, $3)
                 on conflict (brand_id, kind) do update set micros = excluded.micros",
            )
            .bind(brand)
            .bind(kind)
            .bind(micros)
            .execute()
            .await?;
        }
        None => {
            tx.query("delete from llm_limits where brand_id = $1 and kind = $2")
                .bind(brand)
                .bind(kind)
                .execute()
                .await?;
        }
    }
    Ok(())
}
