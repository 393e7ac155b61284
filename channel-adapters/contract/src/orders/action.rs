//! What can be done with an order.

use serde::{Deserialize, Serialize};

use super::order::{Address, LineQuantity};
use crate::money::Money;

/// The kinds of action on an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// Stop the order before it ships.
    Cancel,
    /// Give money back.
    Refund,
    /// Take goods back.
    Return,
    /// Send goods again.
    Replace,
    /// Send to another address.
    ChangeAddress,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Cancel, Self::Refund, Self::Return, Self::Replace, Self::ChangeAddress];

    /// The name used in tables and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Return => "return",
            Self::Replace => "replace",
            Self::ChangeAddress => "change_address",
        }
    }
}

/// Whether the shop would do an action on this order now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedAction {
    /// Which action.
    pub kind: ActionKind,
    /// Why not, in words for a person; `None` when it is possible.
    pub refused_because: Option<String>,
}

/// What to do with an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OrderAction {
    /// Cancel the whole order and give the money back.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Give money back the way it was paid.
    Refund {
        /// How much.
        amount: Money,
        /// For which lines; empty for goodwill or shipping.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
    },
    /// Open a return with a label.
    Return {
        /// What comes back.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
    },
    /// Send goods again at no cost.
    Replace {
        /// What to send again.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
    },
    /// Send to another address.
    ChangeAddress {
        /// The new address.
        address: Address,
    },
}

impl OrderAction {
    /// Which kind it is.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Cancel { .. } => ActionKind::Cancel,
            Self::Refund { .. } => ActionKind::Refund,
            Self::Return { .. } => ActionKind::Return,
            Self::Replace { .. } => ActionKind::Replace,
            Self::ChangeAddress { .. } => ActionKind::ChangeAddress,
        }
    }

    /// The money that it names.
    pub fn amount(&self) -> Option<Money> {
        match self {
            Self::Refund { amount, .. } => Some(*amount),
            Self::Cancel { .. } | Self::Return { .. } | Self::Replace { .. } | Self::ChangeAddress { .. } => None,
        }
    }
}

/// An action to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionCommand {
    /// The same key never has an effect twice.
    pub idempotency_key: String,
    /// The shop's id of the order.
    pub order_id: String,
    /// What to do.
    pub action: OrderAction,
}

/// The shop took an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionReceipt {
    /// The shop's id of what came of it (a refund id, a return id, the new order's number).
    pub reference: String,
    /// Whether the effect is already there; `false` when the shop works on it.
    pub complete: bool,
}
