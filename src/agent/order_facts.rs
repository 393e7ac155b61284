//! What the policy is told of an order and of something that is to be done with it. Pure.
//!
//! The same for every engine and for the benchmark: whoever decides adds what the case alone knows.

use time::OffsetDateTime;

use crate::model::order::{ActionKind, LineChange, MethodKind, Order, OrderAction, OrderStatus, Product, ReturnStatus};
use crate::policy::{Facts, Settles};
use crate::voice::format::day;

/// Facts of an order and an action. `variants` are those of the products that the order holds.
pub(super) fn facts_of(order: &Order, action: &OrderAction, variants: &[Product], now: OffsetDateTime) -> Facts {
    let changes = match action {
        OrderAction::Exchange { changes, .. } | OrderAction::ChangeItems { changes, .. } => changes.as_slice(),
        _ => &[],
    };
    let wanted: Vec<Wanted<'_>> = changes.iter().filter_map(|change| wanted(order, change, variants)).collect();
    let reason = if let OrderAction::Cancel { reason } = action { reason.clone() } else { String::new() };
    Facts {
        reason,
        same_product: (!wanted.is_empty()).then(|| wanted.iter().all(|one| one.product.is_some())),
        in_stock: all_there(&wanted),
        settles: settles(order, action.settled_by()),
        covered: covered(order, action.settled_by(), &wanted),
        ..facts_of_kind(order, action.kind(), now)
    }
}

/// The same where it is not known yet what exactly is to be done.
pub(super) fn facts_of_kind(order: &Order, kind: ActionKind, now: OffsetDateTime) -> Facts {
    Facts {
        intent: intent_of(kind).to_owned(),
        action: Some(kind),
        amount: if kind == ActionKind::Cancel { order.total.minor } else { 0 },
        currency: Some(order.total.currency),
        shipped: order.status != OrderStatus::Cancelled && order.has_left(),
        cancelled: order.status == OrderStatus::Cancelled,
        changed_before: order.was_changed(),
        return_open: order.returns.iter().any(|back| back.status != ReturnStatus::Closed),
        days_since_delivery: days_since_delivery(order, now),
        ..Facts::default()
    }
}

/// The request that stands behind an action.
pub(super) fn intent_of(kind: ActionKind) -> &'static str {
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
    fn is_there(&self) -> Option<bool> {
        self.product.map_or(Some(true), |product| product.in_stock.map(|left| left >= self.quantity))
    }
}

/// Whether all that is wanted is there; `None` where nothing is wanted or the shop does not say.
fn all_there(wanted: &[Wanted<'_>]) -> Option<bool> {
    let there: Vec<Option<bool>> = wanted.iter().map(Wanted::is_there).collect();
    if there.contains(&Some(false)) {
        return Some(false);
    }
    (!there.is_empty() && !there.contains(&None)).then_some(true)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::test_order::order;

    #[test]
    fn what_the_shop_does_not_count_is_not_known_to_be_there() {
        let order = order();
        let line = &order.lines[0];
        let product = |in_stock: Option<u32>| Product {
            sku: "JACKET-L".to_owned(),
            title: line.title.clone(),
            variant: "L".to_owned(),
            description: String::new(),
            price: line.unit_price,
            in_stock,
            restock_at: None,
        };
        let change = LineChange { line_id: line.id.clone(), quantity: 1, sku: "JACKET-L".to_owned() };
        let exchange = OrderAction::Exchange { changes: vec![change], reason: String::new(), settled_by: None };
        let facts = |variants: &[Product]| facts_of(&order, &exchange, variants, order.placed_at);
        for (left, is_there) in [(None, None), (Some(0), Some(false)), (Some(1), Some(true))] {
            let facts = facts(&[product(left)]);
            assert_eq!((facts.in_stock, facts.same_product), (is_there, Some(true)), "{left:?}");
        }
        assert_eq!(facts(&[]).same_product, Some(false));
    }

    #[test]
    fn what_was_cancelled_has_not_left() {
        let cancelled = Order { status: OrderStatus::Cancelled, ..order() };
        let of = |order: &Order| {
            let facts = facts_of_kind(order, ActionKind::Cancel, order.placed_at);
            (facts.shipped, facts.cancelled, facts.amount == order.total.minor)
        };
        assert_eq!((of(&order()), of(&cancelled)), ((true, false, true), (false, true, true)));
    }
}
