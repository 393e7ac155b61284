//! The conformance tests that every order source passes, as functions over `&dyn OrderSource` and one seeded order.
//!
//! Each function answers with a [`Breach`] that says in a sentence which promise was broken. Actions exclude one another
//! (a cancelled order takes no return), so [`conformance`] runs every check against a fresh shop.

use std::future::Future;

use futures_util::future::join_all;
use time::Duration;

use crate::effects::{effect_visible, way_back};
use crate::money::Money;
use crate::orders::{
    ActionCommand, ActionKind, ActionReceipt, Address, Discount, Document, Entry, EntryKind, LineChange, LineQuantity,
    Order, OrderAction, OrderFailure, OrderQuery, OrderSource, OrderStatus, PaymentMethod,
};

/// How often an action that the shop still works on is read back.
const READ_BACKS: usize = 10;

/// How many calls with one key run at the same time.
const CONCURRENT: usize = 4;

/// What has a way back.
const COMES_BACK: [ActionKind; 4] =
    [ActionKind::Return, ActionKind::Exchange, ActionKind::ChangeAddress, ActionKind::DiscountCode];

/// A promise that the order source broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{check}: {what}")]
pub struct Breach {
    /// Which check.
    pub check: &'static str,
    /// What was wrong.
    pub what: String,
}

/// What a check gives.
pub type Verdict = Result<(), Breach>;

/// A shop holding one order that the test knows.
#[derive(Clone, Debug)]
pub struct Seed {
    /// The order as the shop holds it, with buyer's address, number, at least one line and a payment.
    pub order: Order,
    /// Starts every idempotency key: another one for every run against a shop that remembers.
    pub key_prefix: String,
}

impl Seed {
    fn key(&self, check: &str) -> String {
        format!("{}-{check}-{}", self.key_prefix, self.order.id)
    }

    fn command(&self, check: &str, action: OrderAction) -> ActionCommand {
        ActionCommand { idempotency_key: self.key(check), order_id: self.order.id.clone(), action }
    }
}

/// Runs every check against a fresh shop each time and gives all breaches. `fresh` makes a shop and its seed.
pub async fn conformance<Source, Made>(fresh: impl Fn() -> Made) -> Vec<Breach>
where
    Source: OrderSource,
    Made: Future<Output = (Source, Seed)>,
{
    let mut breaches = Vec::new();
    let mut note = |verdict: Verdict| breaches.extend(verdict.err());
    let (source, seed) = fresh().await;
    note(connection_works(&source).await);
    note(found_by_number(&source, &seed).await);
    note(found_by_email(&source, &seed).await);
    note(read_by_id(&source, &seed).await);
    note(unknown_is_empty(&source).await);
    // What the seeded order does not allow has nothing to show.
    for kind in ActionKind::ALL.into_iter().filter(|kind| seed.order.refusal(*kind).is_none()) {
        let (source, seed) = fresh().await;
        note(action_shows(&source, &seed, kind).await);
        let (source, seed) = fresh().await;
        note(same_key_once(&source, &seed, kind).await);
        let (source, seed) = fresh().await;
        note(same_key_at_once(&source, &seed, kind).await);
        if COMES_BACK.contains(&kind) {
            let (source, seed) = fresh().await;
            note(comes_back(&source, &seed, kind).await);
        }
    }
    let (source, seed) = fresh().await;
    note(refusals_say_why(&source, &seed).await);
    breaches
}

/// The connection can be tried.
pub async fn connection_works(source: &dyn OrderSource) -> Verdict {
    answered("connection_works", source.check().await)
}

/// The number finds the order in any case and with a leading `#`, and finds nothing else.
pub async fn found_by_number(source: &dyn OrderSource, seed: &Seed) -> Verdict {
    let check = "found_by_number";
    let number = &seed.order.number;
    let spellings = [number.clone(), number.to_lowercase(), number.to_uppercase(), format!("#{number}")];
    for spelling in spellings {
        let found = answered(check, source.find(&OrderQuery::Number(spelling.clone())).await)?;
        let only_this = matches!(found.as_slice(), [order] if order.id == seed.order.id);
        hold(check, only_this, || format!("“{spelling}” found {} orders, or another order", found.len()))?;
    }
    Ok(())
}

/// The buyer's address finds the order, in any case, and no order of somebody else.
pub async fn found_by_email(source: &dyn OrderSource, seed: &Seed) -> Verdict {
    let check = "found_by_email";
    let email = &seed.order.buyer.email;
    for spelling in [email.clone(), email.to_uppercase()] {
        let found = answered(check, source.find(&OrderQuery::Email(spelling)).await)?;
        hold(check, found.iter().any(|order| order.id == seed.order.id), || "the order was not found".to_owned())?;
        let own = found.iter().all(|order| order.buyer.email.eq_ignore_ascii_case(email));
        hold(check, own, || "an order of another buyer was given".to_owned())?;
        let newest_first = found.is_sorted_by(|one, next| one.placed_at >= next.placed_at);
        hold(check, newest_first && found.len() <= 20, || "not newest first, or more than 20".to_owned())?;
    }
    Ok(())
}

/// The id reads the order as it was seeded.
pub async fn read_by_id(source: &dyn OrderSource, seed: &Seed) -> Verdict {
    let check = "read_by_id";
    let read = answered(check, source.get(&seed.order.id).await)?;
    hold(check, read.as_ref() == Some(&seed.order), || "the order differs from the seed".to_owned())
}

/// What the shop does not know is empty, not a failure.
pub async fn unknown_is_empty(source: &dyn OrderSource) -> Verdict {
    let check = "unknown_is_empty";
    for query in [
        OrderQuery::Number("NO-SUCH-NUMBER-0".to_owned()),
        OrderQuery::Email("nobody@unknown.example".to_owned()),
        OrderQuery::Phone("+10000000000".to_owned()),
        OrderQuery::Tracking("NOSUCHPARCEL0".to_owned()),
    ] {
        let found = answered(check, source.find(&query).await)?;
        hold(check, found.is_empty(), || format!("{query:?} found {} orders", found.len()))?;
    }
    let read = answered(check, source.get("no-such-id").await)?;
    hold(check, read.is_none(), || "an unknown id gave an order".to_owned())?;
    answered(check, source.products("no such product anywhere").await).map(|_| ())
}

/// An action that the shop allows is taken, and its effect shows when the order is read back. An action that the seeded
/// order does not allow passes unseen.
pub async fn action_shows(source: &dyn OrderSource, seed: &Seed, kind: ActionKind) -> Verdict {
    let check = "action_shows";
    let Some(action) = sample(check, source, &seed.order, kind).await? else { return Ok(()) };
    let command = seed.command(check, action);
    let receipt = answered(check, source.perform(&command).await)?;
    shows(check, source, seed, &command, &receipt).await
}

/// The same key twice gives the first result and has one effect.
pub async fn same_key_once(source: &dyn OrderSource, seed: &Seed, kind: ActionKind) -> Verdict {
    let check = "same_key_once";
    let Some(action) = sample(check, source, &seed.order, kind).await? else { return Ok(()) };
    let command = seed.command(check, action);
    let first = answered(check, source.perform(&command).await)?;
    let second = answered(check, source.perform(&command).await)?;
    let same = first.reference == second.reference;
    hold(check, same, || format!("{}: the second call gave another reference", kind.as_str()))?;
    shows(check, source, seed, &command, &first).await?;
    one_effect(check, source, seed, kind).await
}

/// Calls with one key at the same time have one effect, and all that succeed give the same result. A call may be told to
/// come back while the first one runs.
pub async fn same_key_at_once(source: &dyn OrderSource, seed: &Seed, kind: ActionKind) -> Verdict {
    let check = "same_key_at_once";
    let Some(action) = sample(check, source, &seed.order, kind).await? else { return Ok(()) };
    let command = seed.command(check, action);
    let answers = join_all((0..CONCURRENT).map(|_| source.perform(&command))).await;
    let mut receipts = Vec::new();
    for answer in answers {
        match answer {
            Ok(receipt) => receipts.push(receipt),
            Err(OrderFailure::Retry { .. }) => {}
            Err(failure) => return Err(breach(check, format!("{} failed: {failure}", kind.as_str()))),
        }
    }
    let Some(first) = receipts.first() else { return Err(breach(check, "no call went through".to_owned())) };
    let same = receipts.iter().all(|receipt| receipt.reference == first.reference);
    hold(check, same, || format!("{}: the calls gave different references", kind.as_str()))?;
    shows(check, source, seed, &command, first).await?;
    one_effect(check, source, seed, kind).await
}

/// What can be taken back can, where the shop allows it once it is done: the way back shows as well, and is there once.
pub async fn comes_back(source: &dyn OrderSource, seed: &Seed, kind: ActionKind) -> Verdict {
    let check = "comes_back";
    let Some(action) = sample(check, source, &seed.order, kind).await? else { return Ok(()) };
    let there = seed.command(check, action);
    let receipt = answered(check, source.perform(&there).await)?;
    shows(check, source, seed, &there, &receipt).await?;
    let Some(back) = way_back(&there.action, &seed.order, &receipt.reference) else { return Ok(()) };
    let Some(after) = answered(check, source.get(&seed.order.id).await)? else {
        return Err(breach(check, "the order is gone".to_owned()));
    };
    if after.refusal(back.kind()).is_some() {
        return Ok(());
    }
    let command = seed.command(&format!("{check}-again"), back);
    let first = answered(check, source.perform(&command).await)?;
    let second = answered(check, source.perform(&command).await)?;
    let same = first.reference == second.reference;
    hold(check, same, || format!("{}: the second call gave another reference", command.action.kind().as_str()))?;
    shows(check, source, seed, &command, &first).await
}

/// What the shop does not allow, and a refund of more than was paid, is refused with a sentence and changes nothing.
pub async fn refusals_say_why(source: &dyn OrderSource, seed: &Seed) -> Verdict {
    let check = "refusals_say_why";
    let too_much = Money::new(seed.order.refundable().minor.saturating_add(1), seed.order.currency());
    let mut actions = vec![refund_of(too_much)];
    let refused = seed.order.actions.iter().filter(|allowed| allowed.refused_because.is_some());
    actions.extend(refused.filter_map(|allowed| build_action(&seed.order, allowed.kind, Some("no-such-sku"))));
    for (index, action) in actions.into_iter().enumerate() {
        let kind = action.kind().as_str();
        let answer = source.perform(&seed.command(&format!("{check}-{index}"), action)).await;
        let Err(OrderFailure::Refused { reason }) = answer else {
            return Err(breach(check, format!("{kind} was not refused: {answer:?}")));
        };
        let is_sentence = reason.split_whitespace().count() >= 2;
        hold(check, is_sentence, || format!("{kind} was refused with “{reason}”, which is not a sentence"))?;
    }
    let read = answered(check, source.get(&seed.order.id).await)?;
    let unchanged = read.is_some_and(|order| effects(&order) == effects(&seed.order));
    hold(check, unchanged, || "a refused action changed the order".to_owned())
}

/// Reads the order back until the effect shows: once if the shop says that it is done, a few times if it works on it.
async fn shows(
    check: &'static str,
    source: &dyn OrderSource,
    seed: &Seed,
    command: &ActionCommand,
    receipt: &ActionReceipt,
) -> Verdict {
    let attempts = if receipt.complete { 1 } else { READ_BACKS };
    for _ in 0..attempts {
        let read = answered(check, source.get(&seed.order.id).await)?;
        let mut candidates: Vec<Order> = read.into_iter().collect();
        if command.action.kind() == ActionKind::Replace && !receipt.reference.is_empty() {
            candidates.extend(answered(check, source.find(&OrderQuery::Number(receipt.reference.clone())).await)?);
        }
        let visible = |order: &Order| effect_visible(&command.action, &seed.order, order, &receipt.reference);
        if candidates.iter().any(visible) {
            return Ok(());
        }
    }
    Err(breach(check, format!("{} was taken, but its effect does not show", command.action.kind().as_str())))
}

/// At most one more of what the action makes.
async fn one_effect(check: &'static str, source: &dyn OrderSource, seed: &Seed, kind: ActionKind) -> Verdict {
    let read = answered(check, source.get(&seed.order.id).await)?;
    let Some(after) = read else { return Err(breach(check, "the order is gone".to_owned())) };
    let grown = |before: usize, after: usize| after.saturating_sub(before);
    let before = &seed.order;
    let made = match kind {
        ActionKind::Refund => grown(before.refunds.len(), after.refunds.len()),
        ActionKind::Return | ActionKind::Exchange => grown(before.returns.len(), after.returns.len()),
        ActionKind::Replace => grown(before.shipments.len(), after.shipments.len()),
        ActionKind::Resend | ActionKind::DiscountCode | ActionKind::Note => {
            grown(before.entries.len(), after.entries.len())
        }
        ActionKind::Cancel
        | ActionKind::ChangeAddress
        | ActionKind::ChangeItems
        | ActionKind::CancelReturn
        | ActionKind::VoidCode
        | ActionKind::ChangePayment => 0,
    };
    let paid: i64 = after.payments.iter().map(|payment| payment.amount.minor).sum();
    hold(check, made <= 1, || format!("{} had {made} effects", kind.as_str()))?;
    hold(check, after.refunded().minor <= paid, || "more was refunded than was paid".to_owned())
}

/// What actions leave behind in an order.
#[derive(PartialEq)]
struct Left<'a> {
    status: OrderStatus,
    address: &'a Address,
    lines: Vec<(&'a str, u32)>,
    refunds: usize,
    shipments: usize,
    returns: usize,
    entries: usize,
}

fn effects(order: &Order) -> Left<'_> {
    Left {
        status: order.status,
        address: &order.shipping_address,
        lines: order.lines.iter().map(|line| (line.sku.as_str(), line.current)).collect(),
        refunds: order.refunds.len(),
        shipments: order.shipments.len(),
        returns: order.returns.len(),
        entries: order.entries.len(),
    }
}

/// An action of the kind that fits the order, if the shop allows the kind and has what it takes.
async fn sample(
    check: &'static str,
    source: &dyn OrderSource,
    order: &Order,
    kind: ActionKind,
) -> Result<Option<OrderAction>, Breach> {
    if order.refusal(kind).is_some() {
        return Ok(None);
    }
    let (true, Some(line)) = (matches!(kind, ActionKind::Exchange | ActionKind::ChangeItems), order.lines.first())
    else {
        return Ok(build_action(order, kind, None));
    };
    let products = answered(check, source.products(&line.title).await)?;
    let other = products.into_iter().find(|product| {
        let is_variant = product.title == line.title && product.sku != line.sku;
        is_variant && product.price == line.unit_price && product.in_stock.is_none_or(|left| left >= line.current)
    });
    Ok(build_action(order, kind, other.as_ref().map(|product| product.sku.as_str())))
}

/// An action of the kind. `other` is a variant of the first product.
fn build_action(order: &Order, kind: ActionKind, other: Option<&str>) -> Option<OrderAction> {
    let reason = "Asked for by the conformance test.".to_owned();
    let line = order.lines.first()?;
    let line_id = line.id.clone();
    let lines = vec![LineQuantity { line_id: line_id.clone(), quantity: 1 }];
    Some(match kind {
        ActionKind::Cancel => OrderAction::Cancel { reason },
        ActionKind::Refund => refund_of(Money::new(order.refundable().minor.min(100), order.currency())),
        ActionKind::Return => OrderAction::Return { lines, reason, settled_by: None },
        ActionKind::Replace => OrderAction::Replace { lines, reason },
        ActionKind::ChangeAddress => {
            let street = format!("{} b", order.shipping_address.line1);
            OrderAction::ChangeAddress { address: Address { line1: street, ..order.shipping_address.clone() } }
        }
        ActionKind::Exchange => {
            let changes = vec![LineChange { line_id, quantity: 1, sku: other?.to_owned() }];
            OrderAction::Exchange { changes, reason, settled_by: None }
        }
        ActionKind::ChangeItems => {
            let (quantity, sku) = match other {
                Some(sku) => (line.current, sku),
                None => (line.current.checked_sub(1).filter(|left| *left > 0)?, line.sku.as_str()),
            };
            OrderAction::ChangeItems {
                changes: vec![LineChange { line_id, quantity, sku: sku.to_owned() }],
                reason,
                settled_by: None,
            }
        }
        ActionKind::Resend => OrderAction::Resend { document: Document::OrderConfirmation },
        ActionKind::DiscountCode => {
            let expires_at = order.updated_at + Duration::days(90);
            OrderAction::DiscountCode { discount: Discount::Percent(10), expires_at, reason }
        }
        ActionKind::Note => OrderAction::Note { text: reason },
        ActionKind::CancelReturn => {
            let return_id = order.returns.first().map_or_else(|| "none".to_owned(), |open| open.id.clone());
            OrderAction::CancelReturn { return_id, reason }
        }
        ActionKind::VoidCode => {
            let is_code = |entry: &&Entry| matches!(entry.what, EntryKind::Code { .. });
            let code = order.entries.iter().find(is_code);
            let entry_id = code.map_or_else(|| "none".to_owned(), |entry| entry.id.clone());
            OrderAction::VoidCode { entry_id, reason }
        }
        ActionKind::ChangePayment => {
            let paid = order.payments.last()?;
            let covers = |balance: Money| balance.minor >= paid.amount.minor;
            let is_other = |method: &&PaymentMethod| method.name != paid.method && method.balance.is_none_or(covers);
            OrderAction::ChangePayment { method: order.buyer.methods.iter().find(is_other)?.id.clone() }
        }
    })
}

fn refund_of(amount: Money) -> OrderAction {
    let reason = "Asked for by the conformance test.".to_owned();
    OrderAction::Refund { amount, lines: Vec::new(), reason, gives_back: None }
}

fn breach(check: &'static str, what: String) -> Breach {
    Breach { check, what }
}

fn hold(check: &'static str, holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(breach(check, what())) }
}

fn answered<T>(check: &'static str, answer: Result<T, OrderFailure>) -> Result<T, Breach> {
    answer.map_err(|failure| breach(check, format!("the call failed: {failure}")))
}
