//! Actions on orders: proposed, approved, performed, read back.

use super::order::{LineQuantity, Money, Order, OrderAction};
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
    /// What went wrong.
    pub error: String,
    /// When it was proposed.
    pub created_at: Ts,
    /// When the effect was seen.
    pub performed_at: Option<Ts>,
}

/// What an action gives away: the money that it moves, or what the goods cost that it sends again.
pub fn worth_of(action: &OrderAction, order: &Order) -> Option<Money> {
    match action {
        OrderAction::Refund { amount, .. } => Some(*amount),
        OrderAction::Cancel { .. } => Some(order.total),
        // Goods whose price is not known count as the whole order.
        OrderAction::Replace { lines, .. } => Some(goods_value(order, lines).unwrap_or(order.total)),
        OrderAction::Return { .. } | OrderAction::ChangeAddress { .. } => None,
    }
}

/// What these lines cost.
pub fn goods_value(order: &Order, lines: &[LineQuantity]) -> Option<Money> {
    let prices = lines.iter().map(|part| order.line(&part.line_id)?.unit_price.times(part.quantity).ok());
    let prices: Option<Vec<Money>> = prices.collect();
    Money::sum(prices?, order.currency()).ok()
}
