//! What the policy says to an action that somebody asks for, and whether it fits the order. Pure.

use time::OffsetDateTime;

use crate::commerce::precondition::{Refusal, does_not_fit};
use crate::model::order::{ActionKind, LineChange, MethodKind, Order, OrderAction, OrderStatus, Product, ReturnStatus};
use crate::policy::{Decision, Facts, Identity, Policy, Settles, Verdict, decide};
use crate::voice::format::day;

/// Who asks, and how plainly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// How sure it is that the order is theirs.
    pub identity: Identity,
    /// Whether they were told the details and said yes.
    pub confirmed: bool,
    /// Percent: how sure it is that this is what they want.
    pub confidence: i64,
    /// When they ask, which is when the order was read.
    pub now: OffsetDateTime,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// What the policy says.
    pub decision: Decision,
    /// Why the action does not fit the order, if it does not.
    pub refusal: Option<Refusal>,
}

impl Weighed {
    /// What follows from both.
    pub fn verdict(&self) -> Verdict {
        if self.refusal.is_some() { Verdict::Refuse } else { self.decision.verdict }
    }

    /// Why not at once, in words.
    pub fn words(&self) -> Vec<String> {
        let stands_against = self.decision.reasons.iter().filter(|reason| reason.verdict > Verdict::Allow);
        let words = stands_against.map(|reason| reason.text.clone());
        words.chain(self.refusal.iter().map(|refusal| refusal.words.clone())).collect()
    }
}

/// Weighs an action. `variants` are those of the products that the order holds.
pub fn weigh(policy: &Policy, order: &Order, action: &OrderAction, variants: &[Product], asker: &Asker) -> Weighed {
    let facts = Facts {
        identity: asker.identity,
        confirmed: asker.confirmed,
        confidence: asker.confidence,
        ..facts_of(order, action, variants, asker.now)
    };
    Weighed { decision: decide(policy, &facts), refusal: does_not_fit(order, action) }
}

fn facts_of(order: &Order, action: &OrderAction, variants: &[Product], now: OffsetDateTime) -> Facts {
    let kind = action.kind();
    let changes = match action {
        OrderAction::Exchange { changes, .. } | OrderAction::ChangeItems { changes, .. } => changes.as_slice(),
        _ => &[],
    };
    let wanted: Vec<Wanted<'_>> = changes.iter().filter_map(|change| wanted(order, change, variants)).collect();
    let reason = if let OrderAction::Cancel { reason } = action { reason.clone() } else { String::new() };
    Facts {
        intent: intent_of(kind).to_owned(),
        action: Some(kind),
        amount: if kind == ActionKind::Cancel { order.total.minor } else { 0 },
        currency: Some(order.total.currency),
        shipped: !matches!(order.status, OrderStatus::Open | OrderStatus::Cancelled)
            || order.lines.iter().any(|line| line.fulfilled > 0),
        cancelled: order.status == OrderStatus::Cancelled,
        changed_before: order.was_changed(),
        return_open: order.returns.iter().any(|back| back.status != ReturnStatus::Closed),
        days_since_delivery: days_since_delivery(order, now),
        reason,
        same_product: (!wanted.is_empty()).then(|| wanted.iter().all(|one| one.product.is_some())),
        in_stock: (!wanted.is_empty()).then(|| wanted.iter().all(Wanted::is_there)),
        settles: settles(order, action.settled_by()),
        covered: covered(order, action.settled_by(), &wanted),
        ..Facts::default()
    }
}

/// The request that stands behind an action.
fn intent_of(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Cancel => "cancel_order",
        ActionKind::Return | ActionKind::CancelReturn => "return_item",
        ActionKind::Exchange => "exchange",
        ActionKind::ChangeItems => "change_items",
        ActionKind::ChangeAddress => "change_address",
        ActionKind::ChangePayment => "payment_issue",
        ActionKind::Refund => "refund_request",
        ActionKind::Replace => "damaged_or_wrong_item",
        ActionKind::Resend => "invoice",
        ActionKind::DiscountCode | ActionKind::VoidCode => "discount",
        ActionKind::Note => "out_of_scope",
    }
}

/// Days since the last of it came; `None` while none has.
fn days_since_delivery(order: &Order, now: OffsetDateTime) -> Option<i64> {
    let came = order.shipments.iter().filter_map(|parcel| parcel.delivered_at).max()?;
    (order.status == OrderStatus::Delivered).then(|| (day(now) - day(came)).whole_days())
}

/// Goods that are wanted for a line.
struct Wanted<'a> {
    /// As the shop sells them, if they are a variant of what was ordered.
    product: Option<&'a Product>,
    quantity: u32,
    /// What a piece of the line cost.
    paid: i64,
}

impl Wanted<'_> {
    /// What is no variant is not out of stock: something else stands against it.
    fn is_there(&self) -> bool {
        self.product.is_none_or(|product| product.in_stock.is_none_or(|left| left >= self.quantity))
    }
}

/// Nothing for a line that the order does not hold.
fn wanted<'a>(order: &Order, change: &LineChange, variants: &'a [Product]) -> Option<Wanted<'a>> {
    let line = order.line(&change.line_id)?;
    let product = variants.iter().find(|product| product.sku == change.sku && product.title == line.title);
    Some(Wanted { product, quantity: change.quantity, paid: line.unit_price.minor })
}

fn settles(order: &Order, named: Option<&str>) -> Settles {
    let Some(method) = named.and_then(|id| order.method(id)) else { return Settles::Original };
    let is_original = order.payments.first().is_some_and(|paid| paid.method == method.name);
    match method.kind {
        _ if is_original => Settles::Original,
        MethodKind::GiftCard => Settles::GiftCard,
        MethodKind::Card | MethodKind::Other => Settles::Other,
    }
}

/// Whether what is on the gift card that pays is enough for what the wanted goods cost more.
fn covered(order: &Order, named: Option<&str>, wanted: &[Wanted<'_>]) -> Option<bool> {
    let paid = order.payments.first().map(|paid| paid.method.as_str());
    let is_it = |id: &str, name: &str| named.map_or(Some(name) == paid, |named| named == id);
    let method = order.buyer.methods.iter().find(|method| is_it(&method.id, &method.name))?;
    let more = wanted.iter().filter_map(|one| {
        let each = one.product?.price.minor.saturating_sub(one.paid);
        Some(each.saturating_mul(i64::from(one.quantity)))
    });
    let more = more.fold(0, i64::saturating_add);
    (!wanted.is_empty()).then_some(method.balance?.minor >= more)
}
