//! Each action as calls to the shop. One at a time on an order; the same key finds first what it has done already; and only what
//! the shop says that it did counts.

use channel_contract::effect_visible;
use channel_contract::money::Money;
use channel_contract::orders::{
    ActionCommand, ActionKind, ActionReceipt, Address, LineQuantity, Order, OrderAction, OrderFailure,
};
use channel_contract::wire::{Word, read};
use serde_json::{Value, json};

use crate::convert::read_address;
use crate::exact::Exact;
use crate::failure::{refused, unknown};
use crate::mark::Mark;
use crate::shop::{Seen, Shop};
use crate::turns::turn;
use crate::wire::{WireAddress, WireLine, WireOrder, WireRefund, WireTax};

/// Said of a refund that is in the books alone.
const ONLY_BOOKED: &str = "The shop has booked this refund, but does not say that the money moved. Look at the payment provider: \
                           the desk does not send it again.";

/// A refund as it is wished for.
struct Wish<'a> {
    amount: Money,
    lines: &'a [LineQuantity],
    reason: &'a str,
}

impl Shop {
    /// Performs an action. The same key again finds what it did and gives the same receipt.
    pub(crate) async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let mark = Mark::of(&command.idempotency_key)?;
        let _turn = turn(self.client.settings().base().as_str(), &command.order_id).await;
        let seen = self.order(&command.order_id).await?;
        let seen = seen.ok_or_else(|| refused("The shop does not know this order any more."))?;
        let reference = match &command.action {
            OrderAction::Cancel { reason } => {
                Box::pin(self.cancel(&seen, &mark, (&command.action, reason.as_str()))).await?
            }
            OrderAction::Refund { amount, lines, reason, .. } => {
                Box::pin(self.refund(&seen, &mark, &Wish { amount: *amount, lines, reason })).await?
            }
            OrderAction::Replace { lines, reason } => Box::pin(self.replace(&seen, &mark, lines, reason)).await?,
            OrderAction::ChangeAddress { address } => {
                Box::pin(self.change_address(&seen, &command.action, address)).await?
            }
            _ => return Err(refused("The shop does not offer this.")),
        };
        Ok(ActionReceipt { reference, complete: true })
    }

    /// Gives money back through the payment provider; gives the refund's id.
    async fn refund(&self, seen: &Seen, mark: &Mark, wish: &Wish<'_>) -> Result<String, OrderFailure> {
        if let Some(made) = mark.find(&seen.refunds) {
            return moved(made);
        }
        if mark.has_refund(seen) {
            return Err(unknown(ONLY_BOOKED));
        }
        let order = &seen.order;
        if let Some(reason) = order.refusal(ActionKind::Refund).or_else(|| too_much(order, wish.amount)) {
            return Err(refused(reason));
        }
        let body = json!({
            "amount": wish.amount.decimal(),
            "reason": mark.behind(wish.reason),
            // Without this word money would move as well; with `false` it would only be booked.
            "api_refund": true,
            // Where the goods are, the shop knows and the desk does not.
            "api_restock": false,
            "line_items": booked_lines(seen, wish),
            "meta_data": [mark.kept()],
        });
        let failure = match self.client.post(&["orders", &order.id, "refunds"], &body).await {
            Ok(document) => match read::<WireRefund>(&document).filter(|refund| refund.id.given().is_some()) {
                Some(made) => return moved(&made),
                None => unknown("The shop took the refund, but its answer could not be read."),
            },
            Err(failure @ (OrderFailure::Unknown { .. } | OrderFailure::Refused { .. })) => failure,
            Err(failure) => return Err(failure),
        };
        // The shop books a refund before it asks the payment provider.
        match self.refunds(&order.id).await.as_deref().map(|refunds| mark.find(refunds).map(moved)) {
            Ok(Some(outcome)) => outcome,
            _ => Err(failure),
        }
    }

    /// Gives back what is left of the money, then cancels: an order that is cancelled first and whose money stays would be worse.
    async fn cancel(
        &self,
        seen: &Seen,
        mark: &Mark,
        (action, reason): (&OrderAction, &str),
    ) -> Result<String, OrderFailure> {
        let order = &seen.order;
        if is_cancelled(&seen.wire) && effect_visible(action, order, order, "") {
            return Ok(order.id.clone());
        }
        let has_begun = mark.has_refund(seen);
        if !has_begun && let Some(reason) = order.refusal(ActionKind::Cancel) {
            return Err(refused(reason));
        }
        let gives_back = has_begun || order.refundable().minor > 0;
        if gives_back {
            self.refund(seen, mark, &Wish { amount: order.refundable(), lines: &[], reason }).await?;
        }
        let outcome = self.client.put(&["orders", &order.id], &json!({ "status": "cancelled" })).await;
        let says_so =
            outcome.as_ref().is_ok_and(|document| read::<WireOrder>(document).is_some_and(|now| is_cancelled(&now)));
        if !says_so && !self.shows(&order.id, |now| is_cancelled(&now.wire)).await {
            return Err(not_cancelled(outcome, gives_back));
        }
        self.leave_note(&order.id, &mark.behind(&format!("Cancelled at the support desk: {reason}"))).await;
        Ok(order.id.clone())
    }

    /// Sends the order to another address in the same country; gives the order's id.
    async fn change_address(
        &self,
        seen: &Seen,
        action: &OrderAction,
        address: &Address,
    ) -> Result<String, OrderFailure> {
        let order = &seen.order;
        if effect_visible(action, order, order, "") {
            return Ok(order.id.clone());
        }
        if let Some(reason) = order.refusal(ActionKind::ChangeAddress).or_else(|| taxed_elsewhere(order, address)) {
            return Err(refused(reason));
        }
        let body = json!({ "shipping": shipping(seen, address) });
        let outcome = self.client.put(&["orders", &order.id], &body).await;
        let now_at = |wire: &WireOrder| {
            let shipping_address = wire.shipping.get().map(read_address).unwrap_or_default();
            effect_visible(action, order, &Order { shipping_address, ..order.clone() }, "")
        };
        let says_so =
            outcome.as_ref().is_ok_and(|document| read::<WireOrder>(document).is_some_and(|wire| now_at(&wire)));
        if !says_so && !self.shows(&order.id, |now| now_at(&now.wire)).await {
            return Err(outcome.err().unwrap_or_else(|| unknown("The shop took the address, but does not show it.")));
        }
        self.leave_note(&order.id, "The support desk changed the delivery address.").await;
        Ok(order.id.clone())
    }

    /// Whether something shows in an order that is read again; a reading that fails shows nothing.
    async fn shows(&self, order: &str, is_so: impl Fn(&Seen) -> bool) -> bool {
        matches!(self.order(order).await, Ok(Some(seen)) if is_so(&seen))
    }

    /// Tells the shop's people, and no customer, what was done. The action does not hang on it.
    pub(crate) async fn leave_note(&self, order: &str, words: &str) {
        let body = json!({ "note": words, "customer_note": false });
        if let Err(failure) = self.client.post(&["orders", order, "notes"], &body).await {
            tracing::warn!(order, %failure, "A note could not be left at an order in the shop.");
        }
    }
}

/// What counts as done: the shop says that its payment provider gave the money back.
fn moved(refund: &WireRefund) -> Result<String, OrderFailure> {
    if refund.refunded_payment.is_set() { Ok(refund.id.as_str().to_owned()) } else { Err(unknown(ONLY_BOOKED)) }
}

fn is_cancelled(order: &WireOrder) -> bool {
    order.status.as_str() == "cancelled"
}

/// Why a cancellation did not come to its end.
fn not_cancelled(outcome: Result<Value, OrderFailure>, gave_back: bool) -> OrderFailure {
    match outcome {
        Err(failure) if gave_back => {
            unknown(format!("The money was given back, and the order is not cancelled yet. {failure}"))
        }
        Err(failure) => failure,
        Ok(_) => unknown("The shop took the cancellation, but does not show it."),
    }
}

fn too_much(order: &Order, amount: Money) -> Option<String> {
    let left = order.refundable();
    if amount.currency != left.currency {
        return Some(format!("The order was paid in {}, not in {}.", left.currency, amount.currency));
    }
    if amount.minor <= 0 {
        return Some("A refund must be more than nothing.".to_owned());
    }
    (amount.minor > left.minor).then(|| format!("{amount} is more than the {left} that can still be refunded."))
}

/// The shop reckons taxes anew for another address, and with them what the order costs.
fn taxed_elsewhere(order: &Order, asked: &Address) -> Option<String> {
    let now = &order.shipping_address;
    let differs = |one: &str, other: &str| one.trim().to_lowercase() != other.trim().to_lowercase();
    let region =
        !asked.region.trim().is_empty() && !now.region.trim().is_empty() && differs(&asked.region, &now.region);
    (region || differs(&asked.country, &now.country)).then(|| {
        "In another country or state the shop reckons other taxes. Change the address there, and look at the total."
            .to_owned()
    })
}

/// The address as the shop takes it. A person who stays keeps their company.
fn shipping(seen: &Seen, asked: &Address) -> Value {
    let known = shown_address(&seen.wire);
    let (first, last, company) = if asked.name.trim() == read_address(&known).name {
        (known.first_name.as_str(), known.last_name.as_str(), known.company.as_str())
    } else {
        let (first, last) = asked.name.trim().rsplit_once(' ').unwrap_or(("", asked.name.trim()));
        (first.trim(), last, "")
    };
    let state = if asked.region.trim().is_empty() { known.state.as_str() } else { asked.region.as_str() };
    json!({
        "first_name": first, "last_name": last, "company": company, "address_1": asked.line1, "address_2": asked.line2,
        "city": asked.city, "state": state, "postcode": asked.postal_code, "country": asked.country,
    })
}

/// The address that an order goes to: without one of its own, that of the bill.
pub(crate) fn shown_address(wire: &WireOrder) -> WireAddress {
    let own = wire.shipping.get().filter(|shipping| shipping.address_1.given().is_some());
    own.or(wire.billing.get()).cloned().unwrap_or_default()
}

/// The lines of a refund as the shop books them. Only where they come to its amount: otherwise its books would not agree.
fn booked_lines(seen: &Seen, wish: &Wish<'_>) -> Vec<Value> {
    let mut sum = Exact::default();
    let mut booked = Vec::new();
    for asked in wish.lines.iter().filter(|asked| asked.quantity > 0) {
        let Some((line, gross)) = booked_line(&seen.wire, asked) else { return Vec::new() };
        sum = sum.plus(gross);
        booked.push(line);
    }
    if sum.money(wish.amount.currency) == Some(wish.amount) { booked } else { Vec::new() }
}

/// So many pieces of a line with their price, tax by tax, and what they come to.
fn booked_line(wire: &WireOrder, asked: &LineQuantity) -> Option<(Value, Exact)> {
    let mut lines = wire.line_items.read::<WireLine>().chain(wire.fee_lines.read::<WireLine>());
    let line = lines.find(|line| line.id.as_str() == asked.line_id)?;
    let ordered = line.quantity.as_str().parse::<u32>().unwrap_or(1);
    if asked.quantity > ordered {
        return None;
    }
    let net = Exact::read(line.total.as_str())?.share(asked.quantity, ordered);
    let mut gross = net;
    let mut taxes = Vec::new();
    for tax in line.taxes.read::<WireTax>().filter(|tax| tax.total.given().is_some()) {
        let share = Exact::read(tax.total.as_str())?.share(asked.quantity, ordered);
        gross = gross.plus(share);
        if !share.is_nothing() {
            taxes.push(json!({ "id": number(&tax.id), "refund_total": share.decimal() }));
        }
    }
    let booked = json!({
        "id": number(&line.id), "quantity": asked.quantity, "refund_total": net.decimal(), "refund_tax": taxes,
    });
    Some((booked, gross))
}

/// An id as the shop writes it; 0 stands for none.
pub(crate) fn number(id: &Word) -> u64 {
    id.as_str().parse().unwrap_or_default()
}
