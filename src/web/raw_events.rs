//! What could not be read: its bytes, and reading it again.

use actix_web::{HttpResponse, web};

use crate::app::Desk;
use crate::model::RawEventId;
use crate::model::job::JobKind;
use crate::model::teammate::Role;
use crate::store::raw_events;
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_with};
use crate::web::guard::{Posted, SignedIn};

/// `GET /raw-events/{id}`: the bytes as they came, always as a download.
pub async fn download(desk: web::Data<Desk>, who: SignedIn, id: web::Path<RawEventId>) -> Result<HttpResponse> {
    who.require(Role::Admin)?;
    let raw = raw_events::find_quarantined(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header(("content-disposition", format!("attachment; filename=\"{}.txt\"", *id)))
        .insert_header(("content-security-policy", "default-src 'none'; sandbox"))
        .insert_header(("cache-control", "no-store"))
        .body(raw.body))
}

/// `POST /raw-events/{id}/attempts`: the bytes are read once more.
pub async fn read_again(
    desk: web::Data<Desk>,
    id: web::Path<RawEventId>,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    posted.require(Role::Admin)?;
    let mut tx = desk.db.begin().await?;
    let freed = raw_events::read_again(&mut tx, *id, desk.clock.new_id(), desk.clock.now()).await?;
    tx.commit().await?;
    desk.wake.job(JobKind::Receive);
    let words = "It is being read again. If it still cannot be read, it comes back here.";
    Ok(if freed {
        back_with("/channels", Tone::Info, words)
    } else {
        back_with("/channels", Tone::Bad, "Somebody was faster: it is being read already.")
    })
}
