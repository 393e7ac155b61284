//! What pages ask the customer's shops, when somebody asks for it.

use std::time::Duration;

use channel_contract::orders::OrderQuery;

use super::context::{Candidates, FoundOrders};
use crate::app::Desk;
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::order::KnownOrder;
use crate::store::orders;
use crate::web::error::{Error, Result};

/// Longest wait for a shop that somebody asked for. Pages never wait: they show what was read last.
const SHOP: Duration = Duration::from_secs(5);

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
            Err(_) => silent.push("The shop did not answer in time.".to_owned()),
        }
    }
    match silent.first() {
        Some(words) => Err(Error::Unavailable(format!("{words} What was read last is shown."))),
        None => Ok(()),
    }
}

/// Orders that the conversation may be about: those under the customer's addresses, and those whose number they `named`.
/// What somebody names is not theirs by that: it is told apart here, for teammates alone.
pub(super) async fn find_candidates(
    desk: &Desk,
    row: &Conversation,
    identities: &[ContactIdentity],
    named: &[String],
) -> Candidates {
    let Some(mut theirs) = orders_under(desk, row, identities).await else { return Candidates::Silent };
    let is_known = |number: &&String| theirs.iter().any(|known| known.order.number.eq_ignore_ascii_case(number));
    let unknown: Vec<&String> = named.iter().filter(|number| !is_known(number)).collect();
    let (mut own, strange): (Vec<_>, Vec<_>) = match orders_named(desk, row, &unknown).await {
        Some(found) => found.into_iter().partition(|known| is_buyer(known, identities)),
        None if theirs.is_empty() => return Candidates::Silent,
        None => (Vec::new(), Vec::new()),
    };
    own.append(&mut theirs);
    own.truncate(5);
    let Ok(refused) = orders::list_refused(&desk.db, row.id).await else { return Candidates::Silent };
    Candidates::Found(FoundOrders { theirs: own, strange, any_refused: !refused.is_empty() })
}

/// Whether an order was bought under an address of the customer.
fn is_buyer(known: &KnownOrder, identities: &[ContactIdentity]) -> bool {
    let bought_with = known.order.buyer.email.trim();
    let is_it = |own: &ContactIdentity| own.kind == "email" && own.value.trim().eq_ignore_ascii_case(bought_with);
    !bought_with.is_empty() && identities.iter().any(is_it)
}

/// Orders with these numbers in the shops of the conversation's brand; nothing when one does not answer.
async fn orders_named(desk: &Desk, row: &Conversation, numbers: &[&String]) -> Option<Vec<KnownOrder>> {
    if numbers.is_empty() {
        return Some(Vec::new());
    }
    let shops = desk.shops.of_brand(row.brand_id).await.ok()?;
    let mut found = Vec::new();
    for number in numbers {
        let query = OrderQuery::Number((*number).clone());
        found.extend(tokio::time::timeout(SHOP, shops.find(&query)).await.ok()?.ok()?);
    }
    without_refused(desk, row, found).await
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
