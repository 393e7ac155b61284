//! Goods that are sent again: an order of its own that costs nothing. The shop could not tell it from one that was made twice, so
//! the first order is told before that it is made, and then under which number.

use channel_contract::orders::{ActionKind, LineQuantity, OrderFailure};
use channel_contract::wire::{read, text};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::actions::{number, shown_address};
use crate::failure::{refused, unknown};
use crate::mark::Mark;
use crate::shop::{Seen, Shop};
use crate::wire::{WireAddress, WireLine, WireOrder, meta};

/// What the first order keeps until the number of the new one is known.
const BEGUN: &str = "begun";
/// Under which the new order keeps the number of the first.
const REPLACES: &str = "_resolute_replaces";
/// Orders among which an attempt is looked for: pages, and entries of each.
const LOOKED_THROUGH: (usize, usize) = (5, 50);

impl Shop {
    /// Sends goods again; gives the number of the new order.
    pub(crate) async fn replace(
        &self,
        seen: &Seen,
        mark: &Mark,
        lines: &[LineQuantity],
        reason: &str,
    ) -> Result<String, OrderFailure> {
        let (order, claim) = (&seen.order, mark.claim());
        let kept = meta(&seen.wire.meta_data, &claim).unwrap_or_default();
        match text(&json!({ "kept": kept }), &["kept"]).as_str() {
            "" => {}
            BEGUN => {
                let lost = unknown(
                    "An earlier attempt to send this again was cut off, and the shop shows no new order of it. Look there before \
                     it is sent once more.",
                );
                return self.sent_already(seen, mark).await?.ok_or(lost);
            }
            number => return Ok(number.to_owned()),
        }
        if let Some(reason) = order.refusal(ActionKind::Replace) {
            return Err(refused(reason));
        }
        let body = replacement(seen, mark, lines)?;
        self.keep(&order.id, &claim, BEGUN).await?;
        let made = match self.client.post(&["orders"], &body).await {
            Ok(document) => read::<WireOrder>(&document).and_then(|made| number_of(&made)),
            Err(OrderFailure::Unknown { .. }) => None,
            Err(failure) => {
                // Nothing was made, so the same key may come again.
                if let Err(kept) = self.keep(&order.id, &claim, "").await {
                    tracing::warn!(order = %order.id, %kept, "An order in the shop still says that goods are sent again.");
                }
                return Err(failure);
            }
        };
        let made = match made {
            Some(made) => made,
            None => self.sent_already(seen, mark).await.ok().flatten().ok_or_else(|| {
                unknown("The connection to the shop broke while the goods were sent again, so it is not known whether they are.")
            })?,
        };
        if let Err(failure) = self.keep(&order.id, &claim, &made).await {
            tracing::warn!(order = %order.id, %failure, "An order in the shop could not be told what replaces it.");
        }
        self.leave_note(&order.id, &mark.behind(&format!("Sent again as order {made} by the support desk: {reason}")))
            .await;
        Ok(made)
    }

    /// The number of the order that an earlier attempt made.
    async fn sent_already(&self, seen: &Seen, mark: &Mark) -> Result<Option<String>, OrderFailure> {
        let after = seen.order.placed_at.format(&Rfc3339).unwrap_or_default();
        let mut parameters = vec![("after", after.as_str()), ("dates_are_gmt", "true")];
        if !seen.order.buyer.email.is_empty() {
            parameters.push(("search", seen.order.buyer.email.as_str()));
        }
        let listed = self.client.list(&["orders"], &parameters, LOOKED_THROUGH).await?;
        let mut orders = listed.entries.iter().filter_map(read::<WireOrder>);
        Ok(orders.find(|order| mark.made(order)).and_then(|order| number_of(&order)))
    }

    async fn keep(&self, order: &str, key: &str, value: &str) -> Result<(), OrderFailure> {
        let body = json!({ "meta_data": [{ "key": key, "value": value }] });
        self.client.put(&["orders", order], &body).await.map(|_| ())
    }
}

fn number_of(order: &WireOrder) -> Option<String> {
    let id = order.id.owned()?;
    Some(order.number.owned().unwrap_or(id))
}

/// The new order: the same buyer, the same address, these goods, and no price.
fn replacement(seen: &Seen, mark: &Mark, lines: &[LineQuantity]) -> Result<Value, OrderFailure> {
    let mut goods = Vec::new();
    for asked in lines.iter().filter(|asked| asked.quantity > 0) {
        let line = seen.wire.line_items.read::<WireLine>().find(|line| line.id.as_str() == asked.line_id);
        let line = line.ok_or_else(|| refused("The order does not hold this product any more."))?;
        let ordered = line.quantity.as_str().parse::<u32>().unwrap_or_default();
        if asked.quantity > ordered {
            return Err(refused(format!("Only {ordered} of {} were ordered.", line.name.as_str())));
        }
        if number(&line.product_id) == 0 {
            let name = line.name.as_str();
            return Err(refused(format!("{name} is not in the shop any more, so it cannot be sent again.")));
        }
        goods.push(json!({
            "product_id": number(&line.product_id), "variation_id": number(&line.variation_id), "quantity": asked.quantity,
            "name": line.name.as_str(), "subtotal": "0", "total": "0",
        }));
    }
    if goods.is_empty() {
        return Err(refused("No product was named."));
    }
    let billing = seen.wire.billing.get().cloned().unwrap_or_default();
    Ok(json!({
        "status": "processing",
        "currency": seen.order.currency().code(),
        "customer_id": number(&seen.wire.customer_id),
        "billing": address(&billing),
        "shipping": address(&WireAddress { email: "".into(), ..shown_address(&seen.wire) }),
        "line_items": goods,
        "meta_data": [mark.kept(), { "key": REPLACES, "value": seen.order.number }],
    }))
}

fn address(known: &WireAddress) -> Value {
    let fields = [
        ("first_name", &known.first_name),
        ("last_name", &known.last_name),
        ("company", &known.company),
        ("address_1", &known.address_1),
        ("address_2", &known.address_2),
        ("city", &known.city),
        ("state", &known.state),
        ("postcode", &known.postcode),
        ("country", &known.country),
        ("email", &known.email),
        ("phone", &known.phone),
    ];
    // An empty mail address is none that the shop takes.
    let given = fields.into_iter().filter_map(|(name, word)| Some((name.to_owned(), json!(word.given()?))));
    Value::Object(given.collect())
}
