//! Whether closed cases were solved, for programs.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Result, limit_of};
use crate::app::Desk;
use crate::model::resolution::{Outcome, Tally};
use crate::store::resolutions;
use crate::web::cursors::{cursor_of, cursor_text};
use crate::web::frame::brand_named;
use crate::web::guard::Program;
use crate::web::resolutions::ResolutionsQuery;

/// How many items a page of the list has at most.
#[derive(Debug, Deserialize)]
pub struct Limit {
    limit: Option<String>,
}

/// `GET /api/v1/resolutions`
pub async fn counts(desk: web::Data<Desk>, _: Program, query: web::Query<ResolutionsQuery>) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &query.brand).await?;
    let (from, to) = query.span(desk.clock.now());
    let mut groups = resolutions::counts(&desk.db, brand.id, (from, to)).await?;
    groups.retain(|group| query.takes(group));
    let all = Tally::of(&groups);
    let outcomes: serde_json::Map<String, Value> = Outcome::ALL
        .iter()
        .map(|outcome| {
            (outcome.as_str().to_owned(), json!({ "count": all.count(*outcome), "percent": percent(&all, *outcome) }))
        })
        .collect();
    let items: Vec<Value> = groups
        .iter()
        .map(|group| {
            json!({
                "week": group.week.rfc3339(),
                "channel": group.channel_kind,
                "intent": group.intent,
                "by": group.solved_by,
                "outcome": group.outcome,
                "count": group.count,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({
        "brand": brand.slug,
        "from": from.rfc3339(),
        "to": to.rfc3339(),
        "judged": all.judged(),
        "outcomes": outcomes,
        "items": items,
    })))
}

/// Of what is open nothing is known.
fn percent(all: &Tally, outcome: Outcome) -> Option<i64> {
    all.share(outcome).filter(|_| outcome != Outcome::Open)
}

/// `GET /api/v1/resolutions/conversations`
pub async fn list(
    desk: web::Data<Desk>,
    _: Program,
    query: web::Query<ResolutionsQuery>,
    page: web::Query<Limit>,
) -> Result<HttpResponse> {
    let brand = brand_named(&desk, &query.brand).await?;
    let after = if query.cursor.is_empty() { None } else { Some(cursor_of(&query.cursor)?) };
    let limit = limit_of(page.limit.as_deref())?;
    let mut cases = resolutions::list(&desk.db, &query.filter(brand.id, desk.clock.now()), after, limit + 1).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = cases.len() > size;
    cases.truncate(size);
    let next = cases.last().filter(|_| more).map(|last| cursor_text(last.cursor()));
    let items: Vec<Value> = cases
        .iter()
        .map(|case| {
            json!({
                "conversation": case.number,
                "contact": case.contact_name,
                "gist": case.gist,
                "channel": case.channel_kind,
                "intent": case.intent,
                "by": case.solved_by,
                "outcome": case.outcome,
                "resolved_at": case.resolved_at.rfc3339(),
                "until": case.until_at.rfc3339(),
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next_cursor": next })))
}
