//! From the shop's orders to the contract's; pure.
//!
//! What is odd becomes a warning: a fixed sentence, so that it can be logged without customer data. Where it is about amounts, no
//! money is moved on the order from here. What leaves open what the order is about (no total, a line without a price) makes this
//! one order unreadable.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{ActionKind, Address, AllowedAction, Buyer, LineItem, Order, Payment, Refund, Shipment};
use serde_json::Value;
use time::OffsetDateTime;

use crate::exact::Exact;
use crate::parcels::read_parcels;
use crate::phone::e164;
use crate::statuses::{Step, order_status, step};
use crate::wire::{WireAddress, WireLine, WireOrder, WireRefund, meta, moment};

/// Why an order cannot be read. A fixed sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// What was odd about an order that could be read. Fixed sentences, each once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings {
    pub(crate) notes: Vec<&'static str>,
    /// Whether amounts are in doubt.
    pub(crate) doubts_money: bool,
}

impl Warnings {
    fn note(&mut self, sentence: &'static str) {
        if !self.notes.contains(&sentence) {
            self.notes.push(sentence);
        }
    }

    fn doubt_if(&mut self, odd: bool, sentence: &'static str) {
        if odd {
            self.doubts_money = true;
            self.note(sentence);
        }
    }
}

/// What decides beside the order whether money can be moved.
#[derive(Clone, Copy, Debug)]
struct MoneyFacts {
    doubts: bool,
    /// What is booked as refunded without a payment.
    booked: Money,
    /// Whether the way to pay gives money back; `None` where the shop does not say.
    pays_back: Option<bool>,
}

/// Reads an order with its refunds. `pays_back` says whether its way to pay gives money back, where that is known.
pub(crate) fn read_order(
    wire: &WireOrder,
    refunds: &[WireRefund],
    pays_back: Option<bool>,
) -> Result<(Order, Warnings), Unreadable> {
    let mut warnings = Warnings::default();
    let id = wire.id.owned().ok_or(Unreadable("the order has no id"))?;
    let placed_at = moment(&wire.date_created_gmt).ok_or(Unreadable("the order has no time of placing"))?;
    let updated_at = moment(&wire.date_modified_gmt).unwrap_or(placed_at);
    let currency: Currency =
        wire.currency.as_str().parse().map_err(|_| Unreadable("the order's currency is not an ISO 4217 code"))?;
    let total = positive(wire.total.as_str(), currency, "the order's total is no amount of its currency")?;
    let (lines, goods) = read_lines(wire, refunds, currency, &mut warnings)?;
    let delivery = gross(wire.shipping_total.as_str(), wire.shipping_tax.as_str())
        .ok_or(Unreadable("the price of the delivery is no amount"))?;
    let shipping_price = delivery.money(currency).ok_or(Unreadable("the price of the delivery is too large"))?;
    let rates = i64::try_from(wire.tax_lines.values().count()).unwrap_or_default().max(1);
    let apart = Exact::of(total).distance(goods.plus(delivery));
    // Tax is rounded once for each rate.
    warnings.doubt_if(apart > Exact::of(Money::new(rates, currency)), "lines and delivery do not add up to the total");
    let method = wire.payment_method_title.owned().unwrap_or_else(|| wire.payment_method.as_str().to_owned());
    let payments: Vec<Payment> = moment(&wire.date_paid_gmt)
        .filter(|_| total.minor > 0)
        .map(|at| Payment {
            id: wire.transaction_id.owned().unwrap_or_else(|| id.clone()),
            method: method.clone(),
            amount: total,
            at,
        })
        .into_iter()
        .collect();
    let (posted, booked) = read_refunds(refunds, (currency, method.as_str(), updated_at), &mut warnings)?;
    let mut listed = wire.refunds.read::<WireRefund>();
    let is_missing = listed.any(|known| refunds.iter().all(|refund| refund.id != known.id));
    warnings.doubt_if(is_missing, "the shop lists other refunds than it has in the order");
    let step = step(wire.status.as_str());
    if step == Step::Own {
        warnings.note("the order's status is a plugin's own");
    }
    let was_completed = moment(&wire.date_completed_gmt).is_some();
    let was_sent = was_completed || matches!(step, Step::Sent | Step::PartlySent | Step::Delivered);
    let shipments = read_parcels(&wire.meta_data, was_sent);
    let billing = wire.billing.get().cloned().unwrap_or_default();
    let shipping = wire.shipping.get().filter(|shipping| shipping.address_1.given().is_some());
    let mut order = Order {
        number: wire.number.owned().unwrap_or_else(|| id.clone()),
        id,
        status: order_status(step, was_completed, &shipments),
        placed_at,
        updated_at,
        buyer: read_buyer(wire, &billing),
        shipping_address: read_address(shipping.unwrap_or(&billing)),
        lines,
        shipping_price,
        total,
        payments,
        refunds: posted,
        shipments,
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: String::new(),
        actions: Vec::new(),
    };
    warnings.doubt_if(
        paid(&order).minor < order.refunded().minor.saturating_add(booked.minor),
        "more was refunded than was paid",
    );
    let money = MoneyFacts { doubts: warnings.doubts_money, booked, pays_back };
    order.actions = actions(&order, (step, wire.status.as_str()), money);
    Ok((order, warnings))
}

/// What was paid.
fn paid(order: &Order) -> Money {
    let minor = order.payments.iter().map(|payment| payment.amount.minor).fold(0_i64, i64::saturating_add);
    Money::new(minor, order.currency())
}

/// A price with its tax; a missing tax is none.
pub(crate) fn gross(net: &str, tax: &str) -> Option<Exact> {
    let or_nothing = |text: &str| if text.trim().is_empty() { Some(Exact::default()) } else { Exact::read(text) };
    Some(or_nothing(net)?.plus(or_nothing(tax)?))
}

fn positive(text: &str, currency: Currency, wrong: &'static str) -> Result<Money, Unreadable> {
    let amount = Money::parse_decimal(text, currency).map_err(|_| Unreadable(wrong))?;
    if amount.minor < 0 { Err(Unreadable(wrong)) } else { Ok(amount) }
}

/// The goods, and fees beside them, with what they cost in all.
fn read_lines(
    wire: &WireOrder,
    refunds: &[WireRefund],
    currency: Currency,
    warnings: &mut Warnings,
) -> Result<(Vec<LineItem>, Exact), Unreadable> {
    let (mut lines, mut sum) = (Vec::new(), Exact::default());
    let goods = wire.line_items.read::<WireLine>().map(|line| (line, false));
    for (line, is_fee) in goods.chain(wire.fee_lines.read::<WireLine>().map(|fee| (fee, true))) {
        let id = line.id.owned().ok_or(Unreadable("a line has no id"))?;
        if line.total.given().is_none() {
            return Err(Unreadable("a line has no price"));
        }
        let price =
            gross(line.total.as_str(), line.total_tax.as_str()).ok_or(Unreadable("a line's price is no amount"))?;
        sum = sum.plus(price);
        let counted = line.quantity.as_str().parse::<u32>().ok();
        warnings.doubt_if(counted.is_none() && !is_fee, "a line's quantity is no whole number");
        let ordered = counted.unwrap_or(1);
        let minor = price.money(currency).ok_or(Unreadable("a line's price is too large"))?.minor;
        let (title, variant) = named(&line);
        lines.push(LineItem {
            sku: line.sku.as_str().to_owned(),
            title,
            variant,
            ordered,
            current: ordered.saturating_sub(taken_back(&id, refunds)),
            fulfilled: 0,
            // What does not divide is never given back twice: the price of one is rounded down.
            unit_price: Money::new(minor / i64::from(ordered.max(1)), currency),
            id,
        });
    }
    if matches!(step(wire.status.as_str()), Step::Sent | Step::Delivered) {
        for line in &mut lines {
            line.fulfilled = line.current;
        }
    }
    Ok((lines, sum))
}

/// The product's name, and what stands behind it where a variation was bought.
fn named(line: &WireLine) -> (String, String) {
    let name = line.name.as_str();
    let variant = line.parent_name.given().and_then(|parent| name.strip_prefix(parent)?.strip_prefix(" - "));
    match variant {
        Some(variant) => (line.parent_name.as_str().to_owned(), variant.to_owned()),
        None => (name.to_owned(), String::new()),
    }
}

/// How many pieces of a line refunds have taken off the order.
fn taken_back(line: &str, refunds: &[WireRefund]) -> u32 {
    let lines = refunds.iter().flat_map(|refund| refund.line_items.read::<WireLine>());
    let own = lines.filter(|entry| meta(&entry.meta_data, "_refunded_item_id").is_some_and(|id| is_text(&id, line)));
    let pieces = own.filter_map(|entry| entry.quantity.as_str().parse::<i32>().ok().map(i32::unsigned_abs));
    pieces.fold(0, u32::saturating_add)
}

/// Whether a value is this text, or a number that is written so.
fn is_text(value: &Value, text: &str) -> bool {
    match value {
        Value::String(written) => written == text,
        Value::Number(number) => number.to_string() == text,
        _ => false,
    }
}

/// Refunds whose money moved, and how much is booked without.
fn read_refunds(
    refunds: &[WireRefund],
    (currency, method, or_at): (Currency, &str, OffsetDateTime),
    warnings: &mut Warnings,
) -> Result<(Vec<Refund>, Money), Unreadable> {
    let (mut posted, mut booked) = (Vec::new(), Money::zero(currency));
    for refund in refunds {
        // One that went missing here would be paid a second time.
        let amount = positive(refund.amount.as_str(), currency, "a refund is no amount of the order's currency")?;
        if !refund.refunded_payment.is_set() {
            booked = booked.plus(amount).map_err(|_| Unreadable("what was refunded is too large"))?;
            warnings.note("a refund is booked and no money moved");
            continue;
        }
        posted.push(Refund {
            id: refund.id.as_str().to_owned(),
            amount,
            method: method.to_owned(),
            reason: refund.reason.as_str().to_owned(),
            at: moment(&refund.date_created_gmt).unwrap_or(or_at),
        });
    }
    posted.sort_by_key(|refund| refund.at);
    Ok((posted, booked))
}

fn read_buyer(wire: &WireOrder, billing: &WireAddress) -> Buyer {
    Buyer {
        id: wire.customer_id.given().filter(|id| *id != "0").unwrap_or_default().to_owned(),
        name: person(billing),
        email: billing.email.as_str().trim().to_owned(),
        phone: e164(billing.phone.as_str(), billing.country.as_str()),
        methods: Vec::new(),
    }
}

fn person(address: &WireAddress) -> String {
    format!("{} {}", address.first_name.as_str().trim(), address.last_name.as_str().trim()).trim().to_owned()
}

/// An address. A company stands behind its person.
pub(crate) fn read_address(address: &WireAddress) -> Address {
    let (person, company) = (person(address), address.company.as_str().trim());
    let name = match (person.is_empty(), company.is_empty()) {
        (_, true) => person,
        (true, false) => company.to_owned(),
        (false, false) => format!("{person} ({company})"),
    };
    Address {
        name,
        line1: address.address_1.as_str().to_owned(),
        line2: address.address_2.as_str().to_owned(),
        postal_code: address.postcode.as_str().to_owned(),
        city: address.city.as_str().to_owned(),
        region: address.state.as_str().to_owned(),
        country: address.country.as_str().to_owned(),
    }
}

/// What the shop would do now. It knows no returns.
fn actions(order: &Order, status: (Step, &str), money: MoneyFacts) -> Vec<AllowedAction> {
    vec![
        AllowedAction { kind: ActionKind::Cancel, refused_because: cancel_refused(order, status, money) },
        AllowedAction { kind: ActionKind::Refund, refused_because: money_refused(order, money) },
        AllowedAction { kind: ActionKind::Replace, refused_because: replace_refused(order, status.0) },
        AllowedAction { kind: ActionKind::ChangeAddress, refused_because: left(status, &order.shipments) },
    ]
}

fn cancel_refused(order: &Order, status: (Step, &str), money: MoneyFacts) -> Option<String> {
    left(status, &order.shipments).or_else(|| {
        let moves_money = order.refundable().minor > 0 || money.booked.minor > 0;
        if moves_money { money_refused(order, money) } else { None }
    })
}

/// Why an order can no longer be stopped or led elsewhere.
fn left((step, word): (Step, &str), parcels: &[Shipment]) -> Option<String> {
    match step {
        Step::Waiting | Step::Preparing if parcels.is_empty() => None,
        Step::Waiting | Step::Preparing => Some("A parcel of this order is already made or sent.".to_owned()),
        Step::PartlySent | Step::Sent | Step::Delivered => {
            Some("The order was already sent, or a part of it.".to_owned())
        }
        Step::Cancelled => Some("The order is already cancelled.".to_owned()),
        Step::Refunded => Some("The order was already refunded.".to_owned()),
        Step::Own => {
            let word: String = word.chars().filter(|sign| !sign.is_control()).take(40).collect();
            Some(format!("The shop has the order in a step of its own (“{word}”). Change it there."))
        }
    }
}

fn money_refused(order: &Order, money: MoneyFacts) -> Option<String> {
    if order.payments.is_empty() {
        return Some("Nothing was paid for this order, as far as the shop says.".to_owned());
    }
    if money.doubts {
        return Some(
            "The amounts of this order do not add up in the shop. Look at it there before money is moved.".to_owned(),
        );
    }
    if money.booked.minor > 0 {
        return Some(format!(
            "{} is booked in the shop as refunded, and the shop does not say that money moved. Settle that there first.",
            money.booked
        ));
    }
    if order.refundable().minor <= 0 {
        return Some("All that was paid was already refunded.".to_owned());
    }
    let method = order.payments.first().map(|payment| payment.method.as_str()).unwrap_or_default();
    (money.pays_back == Some(false)).then(|| {
        format!("The way this order was paid ({method}) gives no money back by itself. Give it back there, and book it in the shop.")
    })
}

fn replace_refused(order: &Order, step: Step) -> Option<String> {
    match step {
        Step::Waiting => Some("The order is not paid yet.".to_owned()),
        Step::Cancelled => Some("The order is already cancelled.".to_owned()),
        Step::Refunded => Some("The order was already refunded.".to_owned()),
        _ if order.lines.is_empty() => Some("The order has no goods.".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
