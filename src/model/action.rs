//! Actions on orders: proposed, approved, performed, read back.

use channel_contract::effects::Trace;
use serde_json::{Value, json};

use super::order::{Discount, LineQuantity, Money, Order, OrderAction};
use super::text_enum::text_enum;
use super::{ActionId, ConversationId, DraftId, MessageId, OrderSourceId, Ts};

text_enum! {
    /// Where an action stands.
    ActionState {
        /// In a draft, nothing happened.
        Proposed = "proposed",
        /// Decided; waits to be performed.
        Approved = "approved",
        /// Handed to the shop; the outcome is being read back.
        Performing = "performing",
        /// The shop may have done it, and nobody can tell: it counts as done until somebody has looked.
        Unknown = "unknown",
        /// The effect is visible in the shop.
        Performed = "performed",
        /// Nothing was done: the shop refused, or was never reached.
        Failed = "failed",
        /// Dropped before anything happened.
        Cancelled = "cancelled",
        /// It was done, and another action took it back.
        Compensated = "compensated",
    }
}

/// An action as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Action {
    /// Id.
    pub id: ActionId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// From which draft.
    pub draft_id: Option<DraftId>,
    /// The reply that waits for it.
    pub message_id: Option<MessageId>,
    /// In which shop.
    pub order_source_id: OrderSourceId,
    /// The shop's id of the order.
    pub order_id: String,
    /// The order's number.
    pub order_number: String,
    /// What to do.
    pub document: sqlx::types::Json<OrderAction>,
    /// Where it stands.
    pub state: ActionState,
    /// The same key never has an effect twice.
    pub idempotency_key: String,
    /// What came of it in the shop.
    pub reference: String,
    /// What went wrong; of one that waits, what an attempt was told that may have done it all the same.
    pub error: String,
    /// When it was proposed.
    pub created_at: Ts,
    /// When the effect was seen.
    pub performed_at: Option<Ts>,
}

impl Action {
    /// How it ends where it waits and is not asked for any more, or is refused: what an attempt has sent to the shop may have been
    /// done.
    pub fn ends_unasked(&self) -> ActionState {
        if self.error.is_empty() { ActionState::Failed } else { ActionState::Unknown }
    }
}

/// An action that was asked for in a case, with what showed once that it took effect.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Promised {
    /// The action.
    #[sqlx(flatten)]
    pub action: Action,
    /// What showed; `None` where it was not done yet, or cannot be known again.
    pub trace: Option<sqlx::types::Json<Trace>>,
}

impl Promised {
    /// Whether no look at the shop can tell whether it is there.
    pub fn is_unseen(&self) -> bool {
        let is_done = self.action.state == ActionState::Performed;
        self.action.state == ActionState::Unknown || (is_done && self.trace.is_none())
    }
}

/// Money that an action gave back, and by what it is known in its order.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct GivenBack {
    /// So much, in minor units.
    pub amount_minor: i64,
    /// Whether that was all that was asked for: an order can also be cancelled, or changed, and give no money back.
    pub is_refund: bool,
    /// The shop's id of what came of it; `""` where only the effect told.
    pub reference: String,
    /// What showed then; `None` where that was not kept.
    pub trace: Option<sqlx::types::Json<Trace>>,
}

impl GivenBack {
    /// Whether an order, as it was read, shows the money as given back.
    pub fn shows_in(&self, order: &Order) -> bool {
        let is_there = |id: &String| order.refunds.iter().any(|refund| refund.id == *id);
        match &self.trace {
            Some(trace) if !self.is_refund || !trace.0.refunds.is_empty() => trace.0.refunds.iter().all(is_there),
            _ => is_there(&self.reference),
        }
    }
}

/// Why a reply that speaks of these actions does not leave: one was not done, or was taken back.
pub fn undone(actions: &[Action]) -> Option<&str> {
    actions.iter().find_map(|action| match action.state {
        ActionState::Failed => Some(action.error.as_str()),
        ActionState::Compensated => {
            Some("what it speaks of was taken back in the shop. Take the reply back and write it anew.")
        }
        _ => None,
    })
}

/// What an action gives away: the money that it moves, or what the goods cost that it sends again.
pub fn worth_of(action: &OrderAction, order: &Order) -> Option<Money> {
    match action {
        OrderAction::Refund { amount, .. } | OrderAction::DiscountCode { discount: Discount::Amount(amount), .. } => {
            Some(*amount)
        }
        OrderAction::Cancel { .. } => Some(order.total),
        // Goods whose price is not known count as the whole order.
        OrderAction::Replace { lines, .. } => Some(goods_value(order, lines).unwrap_or(order.total)),
        // What the next order costs nobody knows: this one stands for it.
        OrderAction::DiscountCode { discount: Discount::Percent(percent), .. } => Some(share_of(order.total, *percent)),
        OrderAction::ChangeItems { .. } => taken_out(action, order),
        // What is sent in an exchange takes the place of what comes back.
        OrderAction::Return { .. }
        | OrderAction::Exchange { .. }
        | OrderAction::ChangeAddress { .. }
        | OrderAction::Resend { .. }
        | OrderAction::Note { .. }
        | OrderAction::CancelReturn { .. }
        | OrderAction::VoidCode { .. }
        | OrderAction::ChangePayment { .. } => None,
    }
}

/// What an event tells of an action on an order: what is done, with which amount or share of one, or which document.
pub fn told(action: &OrderAction, order_number: &str) -> Value {
    let (share, document) = match action {
        OrderAction::DiscountCode { discount: Discount::Percent(percent), .. } => (Some(format!("{percent} %")), None),
        OrderAction::Resend { document } => (None, Some(document.as_str())),
        _ => (None, None),
    };
    json!({
        "action": action.kind().as_str(),
        "order": order_number,
        "amount": action.amount().map(|amount| amount.to_string()),
        "share": share,
        "document": document,
    })
}

/// So many percent of an amount, rounded up.
fn share_of(amount: Money, percent: u8) -> Money {
    let minor = i128::from(amount.minor).saturating_mul(i128::from(percent)).saturating_add(99) / 100;
    Money::new(i64::try_from(minor).unwrap_or(i64::MAX), amount.currency)
}

/// What the pieces cost that a change of items takes out of the order, which the buyer gets back; `None` where it takes out
/// nothing.
fn taken_out(action: &OrderAction, order: &Order) -> Option<Money> {
    let OrderAction::ChangeItems { changes, .. } = action else { return None };
    let fewer = changes.iter().filter_map(|change| {
        let quantity = order.line(&change.line_id)?.current.checked_sub(change.quantity)?;
        Some(LineQuantity { line_id: change.line_id.clone(), quantity })
    });
    let fewer: Vec<LineQuantity> = fewer.filter(|part| part.quantity > 0).collect();
    if fewer.is_empty() { None } else { Some(goods_value(order, &fewer).unwrap_or(order.total)) }
}

/// What these lines cost.
pub fn goods_value(order: &Order, lines: &[LineQuantity]) -> Option<Money> {
    let prices = lines.iter().map(|part| order.line(&part.line_id)?.unit_price.times(part.quantity).ok());
    let prices: Option<Vec<Money>> = prices.collect();
    Money::sum(prices?, order.currency()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::{Currency, LineChange};

    /// Two cups of 12.50 and a pot of 39.00.
    fn order() -> Order {
        let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
        let line = |id: &str, quantity: u32, minor: i64| {
            json!({ "id": id, "sku": id, "title": id, "variant": "", "ordered": quantity, "current": quantity,
                "fulfilled": 0, "unit_price": money(minor) })
        };
        serde_json::from_value(json!({
            "id": "o1", "number": "FJ-1", "status": "open",
            "placed_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-01T10:00:00Z",
            "buyer": { "id": "b", "name": "", "email": "", "phone": "" },
            "shipping_address": { "name": "", "line1": "", "line2": "", "postal_code": "", "city": "", "region": "", "country": "" },
            "lines": [line("l1", 2, 1_250), line("l2", 1, 3_900)],
            "shipping_price": money(0), "total": money(6_401), "payments": [], "refunds": [], "shipments": [],
            "returns": [], "invoice_url": "", "actions": [],
        }))
        .unwrap()
    }

    #[test]
    fn money_that_was_given_back_is_known_by_the_ids_of_its_refunds() {
        let mut order = order();
        let mut shows = |refunds: &[&str], given: &GivenBack| {
            let refund = |id: &&str| {
                json!({ "id": id, "amount": { "minor": 500, "currency": "EUR" }, "method": "", "reason": "",
                    "at": "2026-11-02T10:00:00Z" })
            };
            order.refunds = refunds.iter().map(|id| serde_json::from_value(refund(id)).unwrap()).collect();
            given.shows_in(&order)
        };
        let given = |reference: &str, refunds: Option<&[&str]>| GivenBack {
            amount_minor: 500,
            is_refund: true,
            reference: reference.to_owned(),
            trace: refunds.map(|refunds| {
                let refunds = refunds.iter().map(|id| (*id).to_owned()).collect();
                sqlx::types::Json(Trace { refunds, ..Trace::default() })
            }),
        };
        let split = given("r1", Some(&["r1", "r2"]));
        assert!(shows(&["r0", "r1", "r2"], &split) && !shows(&["r0", "r1"], &split));
        assert!(shows(&["r1"], &given("r1", None)) && !shows(&["r0"], &given("r1", None)));
        assert!(!shows(&["r0"], &given("", None)), "nobody can tell, so it counts");
        assert!(shows(&["r1"], &given("r1", Some(&[]))) && !shows(&["r0"], &given("r1", Some(&[]))));
        assert!(!shows(&["r0"], &given("", Some(&[]))), "nobody can tell, so it counts");
        let changed = GivenBack { is_refund: false, ..given("o1", Some(&[])) };
        assert!(shows(&[], &changed), "what gave no money back has nothing to show");
    }

    #[test]
    fn what_gives_something_away_has_a_worth() {
        let worth = |action: &OrderAction| worth_of(action, &order()).map(|worth| worth.minor);
        let code = |discount| OrderAction::DiscountCode {
            discount,
            expires_at: time::OffsetDateTime::UNIX_EPOCH,
            reason: String::new(),
        };
        assert_eq!(worth(&code(Discount::Amount(Money::new(500, Currency::EUR)))), Some(500));
        assert_eq!(worth(&code(Discount::Percent(10))), Some(641), "a tenth of this order, rounded up");
        let items = |line_id: &str, quantity: u32, sku: &str| {
            let changes = vec![LineChange { line_id: line_id.into(), quantity, sku: sku.into() }];
            OrderAction::ChangeItems { changes, reason: String::new(), settled_by: None }
        };
        assert_eq!(worth(&items("l1", 1, "l1")), Some(1_250));
        assert_eq!(worth(&items("l1", 2, "red")), None);
        assert_eq!(worth(&items("l1", 3, "l1")), None);
        let exchange = OrderAction::Exchange {
            changes: vec![LineChange { line_id: "l2".into(), quantity: 1, sku: "red".into() }],
            reason: String::new(),
            settled_by: None,
        };
        assert_eq!(worth(&exchange), None);
        assert_eq!(worth(&OrderAction::Note { text: "Calls back.".into() }), None);
    }
}
