//! Pages say which conversation they show; other pages of it hear who is there, and what came meanwhile is seen.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::app::Desk;
use crate::store::conversations;
use crate::web::conversations::show::note_looked_at;
use crate::web::error::Result;
use crate::web::guard::Posted;

/// What a page says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Which page of its reader says so.
    page: u64,
    /// It is left.
    gone: Option<String>,
    /// The number of the message up to which somebody has it all before them.
    seen: Option<i64>,
}

/// `POST /conversations/{number}/presence`
pub async fn note(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Look>) -> Result<HttpResponse> {
    let presence = &desk.events.presence;
    if posted.form.gone.is_some() {
        presence.leave(*number, (posted.by.id, posted.form.page));
        return Ok(HttpResponse::NoContent().finish());
    }
    presence.note(*number, (posted.by.id, posted.form.page), posted.by.first_name(), false, desk.clock.now());
    // Only a page that somebody has before them says so; its fragments are asked for behind another window too.
    if let Some(seen) = posted.form.seen
        && let Some(row) = conversations::find_merged(&desk.db, *number).await?
    {
        note_looked_at(&desk, &row, &posted.by, seen).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
