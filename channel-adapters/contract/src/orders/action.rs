//! What can be done with an order.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

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
    /// Take goods back and send others for them.
    Exchange,
    /// Change what is ordered before it ships.
    ChangeItems,
    /// Send the buyer a document of the order once more.
    Resend,
    /// Give the buyer a discount code.
    DiscountCode,
    /// Note something on the order for the shop's people.
    Note,
    /// Call a return off.
    CancelReturn,
    /// End a discount code.
    VoidCode,
    /// Pay an order that has not left another way.
    ChangePayment,
}

impl ActionKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Cancel,
        Self::Refund,
        Self::Return,
        Self::Replace,
        Self::ChangeAddress,
        Self::Exchange,
        Self::ChangeItems,
        Self::Resend,
        Self::DiscountCode,
        Self::Note,
        Self::CancelReturn,
        Self::VoidCode,
        Self::ChangePayment,
    ];

    /// The name used in tables and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Return => "return",
            Self::Replace => "replace",
            Self::ChangeAddress => "change_address",
            Self::Exchange => "exchange",
            Self::ChangeItems => "change_items",
            Self::Resend => "resend",
            Self::DiscountCode => "discount_code",
            Self::Note => "note",
            Self::CancelReturn => "cancel_return",
            Self::VoidCode => "void_code",
            Self::ChangePayment => "change_payment",
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

/// What a refund gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundKind {
    /// All that is left of what was paid.
    Full,
    /// The price of goods.
    Lines,
    /// What shipping cost, or a part of it.
    Shipping,
    /// Something for the trouble.
    Goodwill,
}

impl RefundKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Full, Self::Lines, Self::Shipping, Self::Goodwill];

    /// The name used in documents and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Lines => "lines",
            Self::Shipping => "shipping",
            Self::Goodwill => "goodwill",
        }
    }
}

/// Pieces of a line and the variant that is wanted in their place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineChange {
    /// The line's id.
    pub line_id: String,
    /// In an exchange: how many pieces come back. In a change of items: how many the line holds then; 0 takes it out.
    pub quantity: u32,
    /// The stock-keeping unit that is wanted; in a change of items it may be the line's own.
    pub sku: String,
}

/// Something that the shop sends to the buyer's own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// What was ordered.
    OrderConfirmation,
    /// The invoice.
    Invoice,
    /// The label of an open return.
    ReturnLabel,
    /// Where the parcel is.
    Tracking,
}

impl Document {
    /// All documents.
    pub const ALL: [Self; 4] = [Self::OrderConfirmation, Self::Invoice, Self::ReturnLabel, Self::Tracking];

    /// The name used in documents and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrderConfirmation => "order_confirmation",
            Self::Invoice => "invoice",
            Self::ReturnLabel => "return_label",
            Self::Tracking => "tracking",
        }
    }
}

/// What a discount code takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// So many percent of the next order.
    Percent(u8),
    /// So much money.
    Amount(Money),
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
        /// What it gives back; `None` where lines and amount say it, see [`OrderAction::refund_kind`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gives_back: Option<RefundKind>,
    },
    /// Open a return with a label.
    Return {
        /// What comes back.
        lines: Vec<LineQuantity>,
        /// Why.
        reason: String,
        /// The buyer's way to pay, by its id, to which the money goes; the way it was paid where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled_by: Option<String>,
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
    /// Open a return with a label, and send other variants for what comes back. A difference in price is settled by the
    /// shop, or it refuses.
    Exchange {
        /// What comes back, and what is sent for it.
        changes: Vec<LineChange>,
        /// Why.
        reason: String,
        /// The buyer's way to pay, by its id, that settles a difference in price; the way it was paid where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled_by: Option<String>,
    },
    /// Change lines of an order that has not left. A difference in price is settled by the shop, or it refuses.
    ChangeItems {
        /// What the lines hold then.
        changes: Vec<LineChange>,
        /// Why.
        reason: String,
        /// The buyer's way to pay, by its id, that settles a difference in price; the way it was paid where none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled_by: Option<String>,
    },
    /// Send a document to the buyer's own address once more.
    Resend {
        /// Which.
        document: Document,
    },
    /// Make a code for the buyer that counts once.
    DiscountCode {
        /// What it takes off.
        discount: Discount,
        /// Until when it counts.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
        /// Why.
        reason: String,
    },
    /// Note something on the order for the shop's people; the buyer does not see it.
    Note {
        /// What.
        text: String,
    },
    /// Call off a return whose goods have not left the buyer.
    CancelReturn {
        /// The shop's id of the return.
        return_id: String,
        /// Why.
        reason: String,
    },
    /// End a discount code that was not used.
    VoidCode {
        /// The shop's id of the code's entry.
        entry_id: String,
        /// Why.
        reason: String,
    },
    /// Pay an order that has not left another way: what was paid goes back, and is taken again there.
    ChangePayment {
        /// The buyer's way to pay, by its id.
        method: String,
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
            Self::Exchange { .. } => ActionKind::Exchange,
            Self::ChangeItems { .. } => ActionKind::ChangeItems,
            Self::Resend { .. } => ActionKind::Resend,
            Self::DiscountCode { .. } => ActionKind::DiscountCode,
            Self::Note { .. } => ActionKind::Note,
            Self::CancelReturn { .. } => ActionKind::CancelReturn,
            Self::VoidCode { .. } => ActionKind::VoidCode,
            Self::ChangePayment { .. } => ActionKind::ChangePayment,
        }
    }

    /// The money that it names.
    pub fn amount(&self) -> Option<Money> {
        match self {
            Self::Refund { amount, .. } | Self::DiscountCode { discount: Discount::Amount(amount), .. } => {
                Some(*amount)
            }
            _ => None,
        }
    }

    /// The buyer's way to pay that it names, by its id.
    pub fn settled_by(&self) -> Option<&str> {
        match self {
            Self::Return { settled_by, .. }
            | Self::Exchange { settled_by, .. }
            | Self::ChangeItems { settled_by, .. } => settled_by.as_deref(),
            Self::ChangePayment { method } => Some(method),
            _ => None,
        }
    }

    /// What a refund gives back, where `left` could still be given back: as it says, or as its lines and its amount show.
    pub fn refund_kind(&self, left: Money) -> Option<RefundKind> {
        match self {
            Self::Refund { gives_back: Some(kind), .. } => Some(*kind),
            Self::Refund { lines, .. } if !lines.is_empty() => Some(RefundKind::Lines),
            Self::Refund { amount, .. } if *amount == left => Some(RefundKind::Full),
            Self::Refund { .. } => Some(RefundKind::Goodwill),
            _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn a_refund_that_was_kept_before_its_kinds_reads_as_it_was() {
        let old = r#"{"kind":"refund","amount":{"minor":500,"currency":"EUR"},"lines":[],"reason":"late"}"#;
        let action: OrderAction = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&action).unwrap(), old);
        let left = |minor| Money::new(minor, Currency::EUR);
        assert_eq!(action.refund_kind(left(900)), Some(RefundKind::Goodwill));
        assert_eq!(action.refund_kind(left(500)), Some(RefundKind::Full));
        let said: OrderAction =
            serde_json::from_str(&old.replace("\"late\"", "\"late\",\"gives_back\":\"shipping\"")).unwrap();
        assert_eq!(said.refund_kind(left(500)), Some(RefundKind::Shipping));
        let lines = old.replace("[]", r#"[{"line_id":"l1","quantity":1}]"#);
        let of_lines: OrderAction = serde_json::from_str(&lines).unwrap();
        assert_eq!(of_lines.refund_kind(left(500)), Some(RefundKind::Lines));
    }

    #[test]
    fn a_return_that_was_kept_before_ways_to_pay_could_be_named_reads_as_it_was() {
        let old = r#"{"kind":"return","lines":[],"reason":"late"}"#;
        let action: OrderAction = serde_json::from_str(old).unwrap();
        assert_eq!((action.settled_by(), serde_json::to_string(&action).unwrap().as_str()), (None, old));
        let named = old.replace("\"late\"", "\"late\",\"settled_by\":\"card-2\"");
        assert_eq!(serde_json::from_str::<OrderAction>(&named).unwrap().settled_by(), Some("card-2"));
    }

    #[test]
    fn every_kind_has_a_name_and_comes_back_from_its_document() {
        let expires_at = OffsetDateTime::UNIX_EPOCH;
        let code = |discount| OrderAction::DiscountCode { discount, expires_at, reason: "late".to_owned() };
        for action in [
            code(Discount::Percent(10)),
            code(Discount::Amount(Money::new(500, Currency::EUR))),
            OrderAction::Resend { document: Document::ReturnLabel },
            OrderAction::Note { text: "Calls back.".to_owned() },
            OrderAction::CancelReturn { return_id: "b1".to_owned(), reason: String::new() },
            OrderAction::ChangePayment { method: "card-2".to_owned() },
        ] {
            let document = serde_json::to_value(&action).unwrap();
            assert_eq!(document["kind"], action.kind().as_str());
            assert_eq!(serde_json::from_value::<OrderAction>(document).unwrap(), action);
        }
        let mut names: Vec<&str> = ActionKind::ALL.map(ActionKind::as_str).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ActionKind::ALL.len());
    }
}
