//! What the shop did is taken back there, from the line of the timeline that tells of it.

use actix_web::{HttpResponse, web};

use crate::app::Desk;
use crate::inbox::compensate;
use crate::model::ActionId;
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, settled};
use crate::web::guard::Posted;

/// `POST /actions/{id}/compensation`
pub async fn create(desk: web::Data<Desk>, id: web::Path<ActionId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let done = compensate::take_back(&desk.inbox(), *id, &posted.by).await.map_err(Error::from);
    settled(&posted.form.back, "The shop is being asked. The timeline shows what came of it.", done)
}
