//! What the policy is asked about: one answer or action, as plain facts.

use serde::{Deserialize, Serialize};

use crate::model::order::{ActionKind, Currency};

/// What happened to the goods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// Nothing: the customer changed their mind.
    #[default]
    Ordinary,
    /// Broken, incomplete or wrong.
    Damaged,
    /// The parcel is late.
    Late,
    /// The parcel is lost.
    Lost,
}

/// How sure it is that the writer owns the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Somebody else, or nobody knows.
    Unknown,
    /// The name fits, but the channel did not prove it.
    #[default]
    Claimed,
    /// The channel proved the address of the order.
    Proved,
}

/// Which way to pay of the customer's settles an action, where one is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settles {
    /// None is named, or the one with which the order was paid.
    #[default]
    Original,
    /// A gift card.
    GiftCard,
    /// Another one.
    Other,
}

/// One answer, with the action that it includes if any.
#[expect(clippy::struct_excessive_bools, reason = "each is one independent fact of the case")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// The intent's word.
    pub intent: String,
    /// The channel kind's word, `""` for any.
    pub channel: String,
    /// The action, if the answer includes one.
    pub action: Option<ActionKind>,
    /// What happened.
    pub case: Case,
    /// Money that the action moves, or the value of goods that it sends (minor units).
    pub amount: i64,
    /// The currency of `amount`, if not the policy's.
    pub currency: Option<Currency>,
    /// Value of the goods concerned (minor units).
    pub item_value: i64,
    /// Days since it was delivered; `None` when it was not.
    pub days_since_delivery: Option<i64>,
    /// Days after the promised day; `None` when nothing was promised.
    pub days_late: Option<i64>,
    /// Whether anything was handed to a carrier.
    pub shipped: bool,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Whether its items were changed before.
    pub changed_before: bool,
    /// Whether goods of it come back already.
    pub return_open: bool,
    /// Why the customer wants it, where that is asked.
    pub reason: String,
    /// Whether what is wanted is a variant of what was ordered; `None` when nobody knows.
    pub same_product: Option<bool>,
    /// Where the money goes, or what pays.
    pub settles: Settles,
    /// Whether what pays has enough on it; `None` when nobody knows.
    pub covered: Option<bool>,
    /// Whether the customer was told the details and said yes.
    pub confirmed: bool,
    /// Whether the answer tells facts of the order.
    pub tells: bool,
    /// Whether the customer sent a photo.
    pub photo: bool,
    /// Whether the goods can be sent again; `None` when the shop does not say.
    pub in_stock: Option<bool>,
    /// Whether the goods were already sent again once.
    pub replaced_before: bool,
    /// How sure it is that the writer owns the order.
    pub identity: Identity,
    /// Percent.
    pub confidence: i64,
    /// Already given back for this order (minor units).
    pub refunded_order: i64,
    /// Already given back to this customer in 30 days (minor units).
    pub refunded_customer: i64,
    /// Already given back to everybody today (minor units).
    pub refunded_today: i64,
    /// Already given back by the agent alone today (minor units).
    pub refunded_alone: i64,
    /// The word in the message that calls a person, `""` if none.
    pub person_word: String,
    /// Signs that the text tries to steer the machine or to trick it.
    pub hostile: bool,
    /// Whether the text resembles such texts, no more.
    pub suspicious: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            intent: String::new(),
            channel: String::new(),
            action: None,
            case: Case::Ordinary,
            amount: 0,
            currency: None,
            item_value: 0,
            days_since_delivery: None,
            days_late: None,
            shipped: false,
            cancelled: false,
            changed_before: false,
            return_open: false,
            reason: String::new(),
            same_product: None,
            settles: Settles::Original,
            covered: None,
            confirmed: false,
            tells: false,
            photo: false,
            in_stock: None,
            replaced_before: false,
            identity: Identity::Claimed,
            confidence: 100,
            refunded_order: 0,
            refunded_customer: 0,
            refunded_today: 0,
            refunded_alone: 0,
            person_word: String::new(),
            hostile: false,
            suspicious: false,
        }
    }
}
