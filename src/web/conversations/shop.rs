//! What pages ask the customer's shops, when somebody asks for it.

use std::time::Duration;

use channel_contract::orders::OrderQuery;

use super::context::{Candidates, FoundOrders};
use crate::app::Desk;
use crate::commerce::shops::BESIDE;
use crate::inbox::contained;
use crate::inbox::markets::shops_of;
use crate::model::OrderSourceId;
use crate::model::channel::is_marketplace;
use crate::model::contact::ContactIdentity;
use crate::model::contained::is_named;
use crate::model::conversation::Conversation;
use crate::model::order::KnownOrder;
use crate::store::{self, Db, orders};
use crate::web::error::{Error, Result};

/// Longest wait for a shop that somebody asked for. Pages never wait: they show what was read last.
const SHOP: Duration = Duration::from_secs(5);
/// What is said of a shop that takes longer.
const LATE: &str = "The shop did not answer in time.";

/// Reads the known orders of a conversation from their shops again; what to say when one did not answer.
pub(super) async fn read_orders_again(desk: &Desk, row: &Conversation) -> Result<()> {
    let shops = desk.shops.of_brand(row.brand_id).await.map_err(|error| Error::Unavailable(error.to_string()))?;
    let mut silent = Vec::new();
    for known in orders::list_of(&desk.db, row.id).await? {
        match tokio::time::timeout(SHOP, shops.get_order(known.source_id, &known.order.id)).await {
            Ok(Ok(Some(fresh))) => {
                let mut tx = desk.db.begin().await?;
                orders::save(&mut tx, &fresh).await?;
                tx.commit().await?;
            }
            Ok(Ok(None)) => silent.push(format!("The shop has no order {} any more.", known.order.number)),
            Ok(Err(failure)) => silent.push(failure.to_string()),
            Err(_) => silent.push(LATE.to_owned()),
        }
    }
    match silent.first() {
        Some(words) => Err(Error::Unavailable(format!("{words} What was read last is shown."))),
        None => Ok(()),
    }
}

/// The orders that the marketplace names in a conversation: their numbers, and the shops that have them.
pub(super) struct Told {
    shops: Vec<OrderSourceId>,
    pub(super) numbers: Vec<String>,
}

impl Told {
    pub(super) async fn of(db: &Db, row: &Conversation) -> store::Result<Option<Self>> {
        if !row.channel_kind.parse().is_ok_and(is_marketplace) {
            return Ok(None);
        }
        let place = (row.channel_id, row.channel_kind.as_str());
        let shops = contained::shops_of(db, row.brand_id, place).await?;
        if shops.is_empty() {
            return Ok(None);
        }
        let numbers = orders::list_told(db, row.id, row.channel_id).await?;
        Ok(Some(Self { shops, numbers }))
    }

    fn names(&self, known: &KnownOrder) -> bool {
        is_named(known, &self.numbers, &self.shops)
    }
}

/// Orders that the conversation may be about: those under the customer's addresses, and those whose number they `named`, or
/// the marketplace. What somebody names is not theirs by that: it is told apart here, for teammates alone.
pub(super) async fn find_candidates(
    desk: &Desk,
    row: &Conversation,
    identities: &[ContactIdentity],
    named: &[String],
) -> Candidates {
    let silent = || Candidates::Silent(String::new());
    let Some(mut theirs) = orders_under(desk, row, identities).await else { return silent() };
    let Ok(told) = Told::of(&desk.db, row).await else { return silent() };
    let is_known = |number: &&String| theirs.iter().any(|known| known.order.number.eq_ignore_ascii_case(number));
    let unknown: Vec<&String> = named.iter().filter(|number| !is_known(number)).collect();
    let is_theirs =
        |known: &KnownOrder| is_buyer(known, identities) || told.as_ref().is_some_and(|told| told.names(known));
    let (found, trouble) = orders_named(desk, row, &unknown).await;
    let trouble = match trouble {
        Some(words) if found.is_empty() && theirs.is_empty() => return Candidates::Silent(words),
        trouble => trouble,
    };
    let (mut own, strange): (Vec<_>, Vec<_>) = found.into_iter().partition(is_theirs);
    own.append(&mut theirs);
    own.truncate(5);
    let Ok(refused) = orders::list_refused(&desk.db, row.id).await else { return silent() };
    Candidates::Found(FoundOrders { theirs: own, strange, any_refused: !refused.is_empty(), trouble })
}

/// Whether an order was bought under an address of the customer.
fn is_buyer(known: &KnownOrder, identities: &[ContactIdentity]) -> bool {
    let bought_with = known.order.buyer.email.trim();
    let is_it = |own: &ContactIdentity| own.kind == "email" && own.value.trim().eq_ignore_ascii_case(bought_with);
    !bought_with.is_empty() && identities.iter().any(is_it)
}

/// Orders with these numbers in the shops in which they are looked for; and why there may be more, when one does not answer.
async fn orders_named(desk: &Desk, row: &Conversation, numbers: &[&String]) -> (Vec<KnownOrder>, Option<String>) {
    let mut found = Vec::new();
    if numbers.is_empty() {
        return (found, None);
    }
    let shops = match shops_of(&desk.inbox(), row).await {
        Ok(shops) => shops,
        Err(error) => return (found, Some(error.to_string())),
    };
    let mut trouble = None;
    for number in numbers {
        let query = OrderQuery::Number((*number).clone());
        match tokio::time::timeout(SHOP.saturating_add(BESIDE), shops.find(&query)).await {
            Ok(Ok(orders)) => found.extend(orders),
            Ok(Err(failure)) => trouble = Some(failure.to_string()),
            Err(_) => trouble = Some(LATE.to_owned()),
        }
    }
    match without_refused(desk, row, found).await {
        Some(found) => (found, trouble),
        None => (Vec::new(), Some(String::new())),
    }
}

/// Those that nobody took off the conversation.
async fn without_refused(desk: &Desk, row: &Conversation, mut found: Vec<KnownOrder>) -> Option<Vec<KnownOrder>> {
    let refused = orders::list_refused(&desk.db, row.id).await.ok()?;
    found.retain(|known| !refused.iter().any(|(source, id)| *source == known.source_id && *id == known.order.id));
    Some(found)
}

/// Orders under the customer's addresses in the shops of the conversation's brand; nothing when one does not answer.
pub(in crate::web) async fn orders_under(
    desk: &Desk,
    row: &Conversation,
    identities: &[ContactIdentity],
) -> Option<Vec<KnownOrder>> {
    let shops = desk.shops.of_brand(row.brand_id).await.ok()?;
    let mut found = Vec::new();
    for identity in identities.iter().filter(|identity| identity.kind == "email").take(3) {
        let query = OrderQuery::Email(identity.value.clone());
        match tokio::time::timeout(SHOP, shops.find(&query)).await {
            Ok(Ok(orders)) => found.extend(orders),
            _ if found.is_empty() => return None,
            _ => {}
        }
    }
    without_refused(desk, row, found).await
}
