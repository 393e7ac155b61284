//! A teammate has a code sent to the address of an order, to see whether it is the customer's.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::change::back_of;
use super::linking::read_order;
use super::show::find;
use crate::app::Desk;
use crate::inbox::identity_checks;
use crate::model::conversation::Conversation;
use crate::web::error::Result;
use crate::web::flash::settled;
use crate::web::guard::Posted;

/// Of which order it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    order: String,
    back: String,
}

/// `POST /conversations/{number}/identity-checks`
pub async fn create(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Form>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = Box::pin(ask(&desk, &row, &posted)).await;
    let words =
        "A code goes to the address of the order, and the customer is told so. The timeline shows what came of it.";
    settled(&back_of(&posted.form.back, row.number), words, done)
}

async fn ask(desk: &Desk, row: &Conversation, posted: &Posted<Form>) -> Result<()> {
    let known = read_order(desk, row, &posted.form.order).await?;
    Ok(identity_checks::ask_by_hand(&desk.inbox(), row.id, &known, &posted.by).await?)
}
