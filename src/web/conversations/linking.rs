//! Which orders a conversation is about: a person says so, takes one off, has them read again.

use actix_web::{HttpResponse, web};
use channel_contract::orders::{OrderFailure, OrderQuery};
use serde::Deserialize;

use super::change::back_of;
use super::shop::read_orders_again;
use super::show::find;
use crate::app::Desk;
use crate::inbox::linking::{self, TakenOff};
use crate::inbox::markets::shops_of;
use crate::model::OrderSourceId;
use crate::model::conversation::Conversation;
use crate::model::order::KnownOrder;
use crate::store::orders;
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with, settled};
use crate::web::guard::Posted;

/// Most orders that a line of words names.
const NAMED: usize = 5;
/// Most orders of one number that are offered.
const NUMBERED: usize = 10;

/// Which order a conversation is about: a candidate, or a number or the buyer's address to find it by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OrderChoice {
    order: String,
    number: String,
    back: String,
}

/// `POST /conversations/{number}/orders`
pub async fn choose_order(
    desk: web::Data<Desk>,
    number: web::Path<i64>,
    posted: Posted<OrderChoice>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let back = back_of(&posted.form.back, row.number);
    let done = match chosen_order(&desk, &row, &posted.form).await {
        Ok(Chosen::One(order)) => {
            linking::choose_order(&desk.inbox(), row.id, &order, &posted.by).await.map_err(Error::from)
        }
        Ok(Chosen::Several(found)) => {
            keep_read(&desk, &found).await?;
            let number = posted.form.number.trim();
            let words =
                format!("Several orders have the number “{number}”. Choose one of them beside the conversation.");
            return Ok(back_with(&choosing(&back, &Numbered::new(&found)), Tone::Bad, &words));
        }
        Err(error) => Err(error),
    };
    settled(&back, "", done)
}

/// `POST /conversations/{number}/orders/deletion`: it is not about this order.
pub async fn take_off_order(
    desk: web::Data<Desk>,
    number: web::Path<i64>,
    posted: Posted<OrderChoice>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let (source, id) = posted.form.order.split_once(':').ok_or(Error::NotFound)?;
    let source: OrderSourceId = source.parse().map_err(|_| Error::NotFound)?;
    let done = linking::take_off_order(&desk.inbox(), row.id, (source, id), &posted.by).await;
    let words = match &done {
        Ok(TakenOff::Anew) => "The order is off. The draft about it is void; the agent looks again.",
        Ok(TakenOff::Void) => "The order is off. The draft about it is void; write the answer yourself.",
        Ok(TakenOff::Apart) | Err(_) => "",
    };
    settled(&back_of(&posted.form.back, row.number), words, done.map_err(Into::into))
}

/// `POST /conversations/{number}/order-readings`: the orders as they are in the shop now.
pub async fn read_orders(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Back>) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let done = read_orders_again(&desk, &row).await;
    settled(&back_of(&posted.form.back, row.number), "", done)
}

/// What a person has chosen.
enum Chosen {
    /// This order.
    One(Box<KnownOrder>),
    /// These have the number: each shop counts by itself.
    Several(Vec<KnownOrder>),
}

/// Orders that have one number, as an address names them: `SOURCE=ID&SOURCE=ID`, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Numbered(String);

impl Numbered {
    fn new(found: &[KnownOrder]) -> Self {
        let mut written = url::form_urlencoded::Serializer::new(String::new());
        for known in found.iter().take(NUMBERED) {
            written.append_pair(&known.source_id.to_string(), &known.order.id);
        }
        Self(written.finish())
    }

    /// As it stands in an address; none where it is not there.
    pub(super) fn of(said: Option<&str>) -> Self {
        Self(said.unwrap_or_default().to_owned())
    }

    /// Their shops and ids there.
    pub(super) fn orders(&self) -> impl Iterator<Item = (OrderSourceId, String)> {
        let pairs = url::form_urlencoded::parse(self.0.as_bytes()).take(NUMBERED);
        pairs.filter_map(|(source, id)| Some((source.parse().ok()?, id.into_owned())))
    }
}

/// The page with a choice of these orders.
fn choosing(back: &str, numbered: &Numbered) -> String {
    let page = back.split('#').next().unwrap_or_default();
    let joint = if page.contains('?') { '&' } else { '?' };
    let numbered: String = url::form_urlencoded::byte_serialize(numbered.0.as_bytes()).collect();
    format!("{page}{joint}numbered={numbered}#context")
}

/// Keeps orders as they were read, so that pages can show them without the shop.
async fn keep_read(desk: &Desk, found: &[KnownOrder]) -> Result<()> {
    let mut tx = desk.db.begin().await?;
    for known in found.iter().take(NUMBERED) {
        orders::save(&mut tx, known).await?;
    }
    Ok(tx.commit().await?)
}

fn away(error: &OrderFailure) -> Error {
    Error::Unavailable(format!("The shop does not answer: {error} Try again in a moment."))
}

/// An order as its shop has it now, named `SOURCE:ID`.
pub(super) async fn read_order(desk: &Desk, row: &Conversation, named: &str) -> Result<KnownOrder> {
    let (source, id) = named.split_once(':').ok_or(Error::NotFound)?;
    let source: OrderSourceId = source.parse().map_err(|_| Error::NotFound)?;
    let shops = shops_of(&desk.inbox(), row).await.map_err(|error| Error::Unavailable(error.to_string()))?;
    shops.get_order(source, id).await.map_err(|error| away(&error))?.ok_or(Error::NotFound)
}

async fn chosen_order(desk: &Desk, row: &Conversation, choice: &OrderChoice) -> Result<Chosen> {
    if choice.order.contains(':') {
        return read_order(desk, row, &choice.order).await.map(|order| Chosen::One(Box::new(order)));
    }
    let shops = shops_of(&desk.inbox(), row).await.map_err(|error| Error::Unavailable(error.to_string()))?;
    let away = |error: OrderFailure| away(&error);
    let said = choice.number.trim();
    if said.contains('@') {
        let found = shops.find(&OrderQuery::Email(said.to_owned())).await.map_err(away)?;
        return only_one(found, said).map(|order| Chosen::One(Box::new(order)));
    }
    let mut found = shops.find_anywhere(said).await.map_err(away)?;
    if found.len() > 1 {
        return Ok(Chosen::Several(found));
    }
    found.pop().map(|order| Chosen::One(Box::new(order))).ok_or_else(|| {
        Error::Invalid(format!("No order has the number “{said}”. Check it, or write the buyer’s mail address."))
    })
}

/// The order under an address; of several a person says which.
fn only_one(mut found: Vec<KnownOrder>, address: &str) -> Result<KnownOrder> {
    if found.len() > 1 {
        return Err(Error::Invalid(several_words(found)));
    }
    let none = || Error::Invalid(format!("No order is under “{address}”. Check it, or write the order’s number."));
    found.pop().ok_or_else(none)
}

/// What to do, and then the newest of them: a line holds only so many.
fn several_words(mut found: Vec<KnownOrder>) -> String {
    found.sort_by_key(|known| std::cmp::Reverse(known.order.placed_at));
    let named: Vec<&str> = found.iter().take(NAMED).map(|known| known.order.number.as_str()).collect();
    let more = match found.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "Several orders are under this address. Write the number of the one that it is about: {}{more}.",
        named.join(", ")
    )
}
