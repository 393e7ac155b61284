//! What a customer wants done with their orders: all of it, as actions. Pure.
//!
//! It never guesses between two orders, goods or variants: what cannot be told makes the whole message a person's. What is told
//! in other words than those of a request is proposed, for a person to look at.

mod changes;
mod choose;
mod goods;
mod methods;
mod places;
mod reasons;
mod requests;
mod settle;
mod titles;
mod tokens;
mod weigh;

pub use self::reasons::reason_given;
use self::requests::Verb;
pub(super) use self::weigh::weigh_facts;
pub use self::weigh::{Asker, Weighed, weigh};
use crate::model::order::{LineChange, Order, OrderAction, PaymentMethod, Product};

/// What is known of the one who writes.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Their orders.
    pub orders: Vec<Order>,
    /// Their own record, where the shop gives it as one.
    pub account: Option<Order>,
    /// All variants of what they ordered.
    pub variants: Vec<Product>,
    /// The reasons for which the shop cancels; empty: every one.
    pub reasons: Vec<String>,
}

impl Known {
    fn methods(&self) -> &[PaymentMethod] {
        let record = self.account.as_ref().or_else(|| self.orders.first());
        record.map(|record| record.buyer.methods.as_slice()).unwrap_or_default()
    }

    /// The order, or their own record, with this id.
    pub fn order(&self, id: &str) -> Option<&Order> {
        self.orders.iter().chain(&self.account).find(|order| order.id == id)
    }
}

/// Something to be done with an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The shop's id of the order, or of the writer's own record.
    pub order_id: String,
    /// What.
    pub action: OrderAction,
}

impl Errand {
    /// In few words, for a person.
    pub fn words(&self, known: &Known) -> String {
        let Some(order) = known.order(&self.order_id) else { return self.action.kind().as_str().to_owned() };
        let title = |line_id: &str| order.line(line_id).map_or("goods", |line| line.title.as_str());
        let to = |change: &LineChange| {
            let wanted = known.variants.iter().find(|product| product.sku == change.sku);
            format!("{} to {}", title(&change.line_id), wanted.map_or(change.sku.as_str(), |wanted| &wanted.variant))
        };
        let changes = |changes: &[LineChange]| changes.iter().map(to).collect::<Vec<_>>().join(", ");
        let number = &order.number;
        match &self.action {
            OrderAction::Cancel { .. } => format!("cancel {number}"),
            OrderAction::Return { lines, .. } => {
                let goods: Vec<&str> = lines.iter().map(|line| title(&line.line_id)).collect();
                format!("take back {} of {number}", goods.join(", "))
            }
            OrderAction::Exchange { changes: what, .. } => format!("exchange in {number}: {}", changes(what)),
            OrderAction::ChangeItems { changes: what, .. } => format!("change in {number}: {}", changes(what)),
            OrderAction::ChangeAddress { address } => format!("send {number} to {}, {}", address.line1, address.city),
            OrderAction::ChangePayment { method } => format!("pay {number} by {method}"),
            other => format!("{} {number}", other.kind().as_str()),
        }
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errands {
    /// What is wanted, in the order in which it is done.
    pub wanted: Vec<Errand>,
    /// What a person should look at; nothing where every word was understood.
    pub doubts: Vec<String>,
    /// Why a person must take it; nothing is to be done then.
    pub hand_off: Option<String>,
}

/// Reads a message.
pub fn read(text: &str, known: &Known) -> Errands {
    settle::settle(&requests::part(&tokens::tokens(text, known)), known)
}

/// Whether a message asks for other goods, so that the variants of what was ordered must be known to read it.
pub fn asks_for_others(text: &str) -> bool {
    let parted = requests::part(&tokens::tokens(text, &Known::default()));
    let mut asked = parted.requests.iter().chain(&parted.fallbacks);
    asked.any(|request| matches!(request.verb, Verb::Exchange | Verb::Change))
}

#[cfg(test)]
pub(crate) mod tests;
