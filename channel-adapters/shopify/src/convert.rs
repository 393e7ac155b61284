//! From Shopify's order, read whole, to the contract's; pure.
//!
//! What is odd but harmless becomes a warning: a fixed sentence, so that it can be logged without customer data. Amounts
//! that do not add up are such a warning, and no action that moves money is offered then. What would make the desk tell or
//! refund something wrong (no total, two currencies, a refund without an amount) makes the order unreadable.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{
    ActionKind, AllowedAction, Buyer, LineItem, Order, OrderStatus, Payment, Refund, Return, ReturnStatus, Shipment,
    ShipmentStatus,
};
use channel_contract::wire::{count, list, moment, text};
use serde_json::Value;
use time::OffsetDateTime;

use crate::money::{currency_of, paid, unit_price};
use crate::wire::{at, nodes, number_in, word};
use crate::{address, mark, parcels};

/// Why an order cannot be read. A fixed sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// What was odd about an order that could be read. Fixed sentences, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings(pub(crate) Vec<&'static str>);

impl Warnings {
    pub(crate) fn note(&mut self, sentence: &'static str) {
        if !self.0.contains(&sentence) {
            self.0.push(sentence);
        }
    }
}

/// Why nothing that moves money is offered where amounts do not add up.
const DOES_NOT_ADD_UP: &str = "The amounts of this order do not add up at Shopify. Look at it there.";

/// What makes up a total beside the goods, by its field.
const BESIDE_GOODS: [&str; 4] =
    ["totalShippingPriceSet", "totalTipReceivedSet", "originalTotalDutiesSet", "originalTotalAdditionalFeesSet"];

/// Reads one order.
pub(crate) fn order(value: &Value) -> Result<(Order, Warnings), Unreadable> {
    let mut warnings = Warnings::default();
    let id = number_in(&word(value, &["id"])).to_owned();
    if id.is_empty() {
        return Err(Unreadable("the order has no id"));
    }
    let number = word(value, &["name"]).trim_start_matches('#').to_owned();
    let placed_at = utc(value, &["processedAt", "createdAt"]).ok_or(Unreadable("the order has no time of placing"))?;
    let updated_at = utc(value, &["updatedAt"]).unwrap_or(placed_at);
    let currency = currency_of(at(value, &["totalPriceSet"])).ok_or(Unreadable("the order has no total"))?;
    let total = paid(value, "totalPriceSet", currency)?.ok_or(Unreadable("the order has no total"))?;
    let shipping_price = paid(value, "totalShippingPriceSet", currency)?.unwrap_or(Money::zero(currency));
    let shipments = parcels::shipments(value, &mut warnings);
    let lines = lines(value, currency, &shipments, &mut warnings)?;
    let payments = payments(value, currency, placed_at)?;
    let refunds = refunds(value, currency, updated_at)?;
    let returns = parcels::returns(value, updated_at, &mut warnings);
    let is_cancelled = utc(value, &["cancelledAt"]).is_some();
    let mut order = Order {
        number: if number.is_empty() { id.clone() } else { number },
        id,
        status: status(is_cancelled, &lines, &shipments),
        placed_at,
        updated_at,
        buyer: buyer(value),
        shipping_address: address::read(value, "shippingAddress"),
        lines,
        shipping_price,
        total,
        payments,
        refunds,
        shipments,
        returns,
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: Vec::new(),
    };
    let adds_up = adds_up(value, &order, &mut warnings);
    order.actions = actions(value, &order, adds_up);
    Ok((order, warnings))
}

/// A moment under the first of these names that holds one, in UTC.
pub(crate) fn utc(value: &Value, names: &[&str]) -> Option<OffsetDateTime> {
    moment(value, names).and_then(|moment| moment.checked_to_offset(time::UtcOffset::UTC))
}

fn buyer(value: &Value) -> Buyer {
    let customer = at(value, &["customer"]);
    let first = |words: [String; 2]| words.into_iter().find(|word| !word.is_empty()).unwrap_or_default();
    Buyer {
        id: number_in(&word(customer, &["id"])).to_owned(),
        name: first([word(customer, &["displayName"]), word(value, &["shippingAddress", "name"])]),
        email: first([word(value, &["email"]), word(customer, &["defaultEmailAddress", "emailAddress"])]),
        phone: first([word(customer, &["defaultPhoneNumber", "phoneNumber"]), word(value, &["phone"])]),
        methods: Vec::new(),
    }
}

fn lines(
    value: &Value,
    currency: Currency,
    shipments: &[Shipment],
    warnings: &mut Warnings,
) -> Result<Vec<LineItem>, Unreadable> {
    let read = |line: &Value| -> Result<LineItem, Unreadable> {
        let id = number_in(&word(line, &["id"])).to_owned();
        if id.is_empty() || line.get("quantity").and_then(Value::as_u64).is_none() {
            return Err(Unreadable("a line has no id or no quantity"));
        }
        let (ordered, current) = (count(line, "quantity"), count(line, "currentQuantity"));
        let sent = shipments.iter().flat_map(|parcel| &parcel.lines).filter(|sent| sent.line_id == id);
        let fulfilled = sent.map(|sent| sent.quantity).fold(0_u32, u32::saturating_add);
        let unit_price = unit_price(line, "discountedUnitPriceAfterAllDiscountsSet", currency)
            .ok_or(Unreadable("a line has no price that can be read"))?;
        let variant = text(line, &["variantTitle"]);
        Ok(LineItem {
            id,
            sku: text(line, &["sku"]),
            title: text(line, &["title"]),
            variant: if variant == "Default Title" { String::new() } else { variant },
            ordered,
            current,
            fulfilled,
            unit_price,
        })
    };
    let lines = nodes(value, "lineItems").into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if lines.iter().any(|line| line.current > line.ordered || line.fulfilled > line.ordered) {
        warnings.note("a line has more pieces than were ordered");
    }
    Ok(lines)
}

/// Money that was taken. What was only reserved is none.
fn payments(value: &Value, currency: Currency, placed_at: OffsetDateTime) -> Result<Vec<Payment>, Unreadable> {
    let is_taken = |entry: &&Value| {
        matches!(text(entry, &["kind"]).as_str(), "SALE" | "CAPTURE") && text(entry, &["status"]) == "SUCCESS"
    };
    let read = |entry: &Value| -> Result<Payment, Unreadable> {
        Ok(Payment {
            id: number_in(&word(entry, &["id"])).to_owned(),
            method: method(entry),
            amount: paid(entry, "amountSet", currency)?.ok_or(Unreadable("a payment has no amount"))?,
            at: utc(entry, &["processedAt", "createdAt"]).unwrap_or(placed_at),
        })
    };
    let taken = list(value, "transactions").iter().filter(is_taken);
    let mut payments = taken.map(read).collect::<Result<Vec<_>, _>>()?;
    payments.sort_by_key(|payment| payment.at);
    Ok(payments)
}

/// How a payment reads to the buyer.
fn method(entry: &Value) -> String {
    let number = word(entry, &["paymentDetails", "number"]);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let last = digits.len().checked_sub(4).and_then(|from| digits.get(from..));
    match last {
        Some(last) => format!("card ending {last}"),
        None => word(entry, &["formattedGateway"]),
    }
}

/// Refunds of money, each with the words of its note. One that moved nothing only changed goods, and is none.
fn refunds(value: &Value, currency: Currency, updated_at: OffsetDateTime) -> Result<Vec<Refund>, Unreadable> {
    let read = |entry: &Value| -> Result<Refund, Unreadable> {
        Ok(Refund {
            id: number_in(&word(entry, &["id"])).to_owned(),
            amount: paid(entry, "totalRefundedSet", currency)?.ok_or(Unreadable("a refund has no amount"))?,
            method: String::new(),
            reason: mark::words(&text(entry, &["note"])).to_owned(),
            at: utc(entry, &["createdAt"]).unwrap_or(updated_at),
        })
    };
    let mut refunds = list(value, "refunds").iter().map(read).collect::<Result<Vec<_>, _>>()?;
    refunds.retain(|refund| refund.amount.minor != 0);
    refunds.sort_by_key(|refund| refund.at);
    Ok(refunds)
}

/// Derived from what was sent, whatever Shopify calls it.
fn status(is_cancelled: bool, lines: &[LineItem], parcels: &[Shipment]) -> OrderStatus {
    if is_cancelled {
        return OrderStatus::Cancelled;
    }
    let has_left = lines.iter().any(|line| line.fulfilled > 0);
    let all_left = lines.iter().all(|line| line.fulfilled >= line.current);
    let has_arrived = parcels.iter().all(|parcel| parcel.status == ShipmentStatus::Delivered);
    match (has_left, all_left) {
        (false, _) => OrderStatus::Open,
        (true, false) => OrderStatus::PartlyShipped,
        (true, true) if has_arrived => OrderStatus::Delivered,
        (true, true) => OrderStatus::Shipped,
    }
}

/// Whether the parts make up the total, and payments and refunds what Shopify says was taken and given back.
fn adds_up(value: &Value, order: &Order, warnings: &mut Warnings) -> bool {
    let currency = order.currency();
    let minor = |name: &str| paid(value, name, currency).ok().flatten().map(|amount| i128::from(amount.minor));
    let with_tax = value.get("taxesIncluded").and_then(Value::as_bool) == Some(true);
    let tax = if with_tax { 0 } else { minor("totalTaxSet").unwrap_or_default() };
    let beside: i128 = BESIDE_GOODS.iter().filter_map(|name| minor(name)).sum();
    let total = i128::from(order.total.minor);
    let mut all = true;
    let mut check = |holds: bool, sentence: &'static str| {
        if !holds {
            warnings.note(sentence);
            all = false;
        }
    };
    let makes_total = minor("subtotalPriceSet").is_none_or(|goods| goods + beside + tax == total);
    check(makes_total, "goods, delivery and tax do not add up to the total");
    let taken: i128 = order.payments.iter().map(|payment| i128::from(payment.amount.minor)).sum();
    check(minor("totalReceivedSet").is_none_or(|told| told == taken), "payments do not add up to what was received");
    let given: i128 = order.refunds.iter().map(|refund| i128::from(refund.amount.minor)).sum();
    check(minor("totalRefundedSet").is_none_or(|told| told == given), "refunds do not add up to what was refunded");
    check(given <= taken, "more was refunded than was paid");
    all
}

/// What Shopify would do with the order now, as far as the order tells.
fn actions(value: &Value, order: &Order, adds_up: bool) -> Vec<AllowedAction> {
    let is_cancelled = order.status == OrderStatus::Cancelled;
    let has_left = !order.shipments.is_empty() || order.lines.iter().any(|line| line.fulfilled > 0);
    let has_open_return = order.returns.iter().any(|opened| opened.status != ReturnStatus::Closed);
    let cannot_refund = value.get("refundable").and_then(Value::as_bool) == Some(false);
    let unless =
        |refused: &[(bool, &str)]| refused.iter().find(|(holds, _)| *holds).map(|(_, sentence)| (*sentence).to_owned());
    let cancelled = (is_cancelled, "The order is cancelled.");
    let left = (has_left, "Part of the order has been sent.");
    let odd = (!adds_up, DOES_NOT_ADD_UP);
    let refusals = [
        (ActionKind::Cancel, unless(&[cancelled, left, (has_open_return, "A return of this order is open."), odd])),
        (
            ActionKind::Refund,
            unless(&[
                odd,
                (order.refundable().minor == 0, "Nothing is left to refund."),
                (cannot_refund, "Shopify does not refund this order."),
            ]),
        ),
        (
            ActionKind::Return,
            unless(&[
                cancelled,
                (!has_left, "Nothing of the order has been sent yet."),
                (!can_return(order), "Nothing is left that could come back."),
            ]),
        ),
        (ActionKind::Replace, unless(&[cancelled, (order.lines.is_empty(), "The order has no lines.")])),
        (ActionKind::ChangeAddress, unless(&[cancelled, left])),
    ];
    refusals.map(|(kind, refused_because)| AllowedAction { kind, refused_because }).into()
}

fn can_return(order: &Order) -> bool {
    let coming = |id: &str| {
        let lines = order.returns.iter().flat_map(|opened: &Return| &opened.lines);
        lines.filter(|line| line.line_id == id).map(|line| line.quantity).fold(0_u32, u32::saturating_add)
    };
    order.lines.iter().any(|line| line.fulfilled > coming(&line.id))
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
