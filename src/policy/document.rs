//! The policy document: what is written, and a sensible first version for a shop.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decide::Verdict;
use super::facts::Facts;
use crate::model::matter::MatterKind;
use crate::model::order::Currency;
use crate::model::teammate::Role;

/// How much the agent does by itself, from nothing to everything that the rules allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A person gets the conversation at once.
    Off,
    /// The draft is only a suggestion to a teammate.
    Suggest,
    /// The draft waits for approval.
    Approve,
    /// The draft goes out when every rule and check agrees.
    Auto,
}

/// Whether something is done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// By the agent alone.
    AtOnce,
    /// After a person agreed.
    AfterApproval,
    /// Not at all.
    Never,
}

/// Alone or after approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Autonomy {
    /// Alone.
    Alone,
    /// After a person agreed.
    AfterApproval,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Anybody on staff.
    #[default]
    Teammate,
    /// A manager.
    Manager,
}

impl From<Asked> for Role {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Teammate => Self::Teammate,
            Asked::Manager => Self::Manager,
        }
    }
}

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paid {
    /// The customer.
    Customer,
    /// The shop.
    Us,
}

/// When the time to refund starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// When the carrier scanned the parcel.
    Scanned,
    /// When it is back in the shop.
    Received,
}

/// What is offered for a late parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// What the customer paid for shipping.
    ShippingBack,
    /// A fixed amount.
    Credit,
    /// Nothing.
    Nothing,
}

/// What follows a lost parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostRemedy {
    /// The goods are sent again.
    Replacement,
    /// The money goes back.
    Refund,
}

/// Where money that goes back may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoesTo {
    /// The way it was paid.
    Original,
    /// That, or a gift card of the customer's.
    OriginalOrGiftCard,
    /// Any way to pay of the customer's.
    Any,
}

/// How often something is done for one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Once; nothing else is changed afterwards.
    Once,
    /// As often as it is asked for.
    Any,
}

/// What must have come from the customer before the agent acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// They asked for it.
    Asked,
    /// They were told the details and said yes.
    Confirmed,
}

/// Taking goods back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returns {
    /// Days after delivery.
    pub window_days: i64,
    /// Who pays the parcel back.
    pub parcel_paid_by: Paid,
}

/// Giving money back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunds {
    /// Working days until the shop refunds.
    pub working_days: i64,
    /// From when they count.
    pub starts: Start,
    /// Working days until banks show it, at least.
    pub bank_days_from: i64,
    /// And at most.
    pub bank_days_to: i64,
    /// Where it goes.
    pub goes_to: GoesTo,
}

/// Broken, incomplete or wrong goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damaged {
    /// Goods cheaper than this stay with the customer (minor units).
    pub keep_below: i64,
    /// The agent gives back up to this alone (minor units).
    pub alone_up_to: i64,
    /// Whether it does.
    pub autonomy: Autonomy,
    /// Who is asked above that.
    pub asks: Asked,
    /// Whether a photo is needed to act alone.
    pub photo: bool,
    /// Days after delivery within which it counts.
    pub report_days: i64,
}

/// Late parcels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// More days late than this.
    pub days: i64,
    /// What is offered.
    pub offer: Offer,
    /// The fixed amount (minor units).
    pub credit: i64,
}

/// Lost parcels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Days late from which a parcel counts as lost.
    pub after_days: i64,
    /// What follows.
    pub remedy: LostRemedy,
    /// Whether the agent does it alone.
    pub autonomy: Autonomy,
}

/// Stopping an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// What happens before it ships.
    pub before_shipping: When,
    /// Alone up to this order value (minor units).
    pub alone_up_to: i64,
    /// The reasons that count; empty: every one does.
    pub reasons: Vec<String>,
}

/// Other items in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// What happens before it ships.
    pub before_shipping: When,
    /// How often.
    pub times: Times,
}

/// Another way to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payments {
    /// What happens before it ships.
    pub before_shipping: When,
}

/// What counts as the customer's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What must have come from them before the agent acts.
    pub needed: Word,
}

/// Another address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// What happens before it ships.
    pub before_shipping: When,
}

/// Another size or colour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Who pays the parcel back.
    pub parcel_paid_by: Paid,
}

/// Whoever is not proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proving {
    /// When they are sent a code to the address of the order.
    pub code: When,
}

/// The most money that leaves without a manager (minor units).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// At once.
    pub per_action: i64,
    /// For one order.
    pub per_order: i64,
    /// To one customer in 30 days.
    pub per_customer: i64,
    /// By one teammate in a day.
    pub per_teammate: i64,
    /// To everybody in a day.
    pub per_day: i64,
    /// By the agent alone in a day; above it any teammate decides.
    pub agent_alone: i64,
}

/// How customers are told of something before they ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Not at all.
    Off,
    /// After a person agreed.
    Suggest,
    /// By the agent alone.
    Auto,
}

/// What customers are told before they ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proactive {
    /// That a parcel comes later than was promised.
    pub late: Told,
    /// That a parcel could not be handed over, or goes back.
    pub failed: Told,
    /// That a refund was posted.
    pub refunded: Told,
    /// That something ordered is in stock again.
    pub restocked: Told,
}

impl Proactive {
    /// How customers are told of a kind of matter.
    pub fn told(&self, kind: MatterKind) -> Told {
        match kind {
            MatterKind::Late => self.late,
            MatterKind::Failed | MatterKind::SentBack => self.failed,
            MatterKind::Refunded => self.refunded,
            MatterKind::Restocked => self.restocked,
        }
    }
}

/// A lower level for a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelRule {
    /// The channel kind's word.
    pub channel: String,
    /// The intent's word, `*` for all.
    pub intent: String,
    /// The most that the agent does there.
    pub level: Level,
    /// The most money that it moves there alone (minor units).
    pub most_amount: i64,
}

/// When a person answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Words that call a person.
    pub person: Vec<String>,
    /// Percent under which a person looks first.
    pub minimum_confidence: i64,
}

/// A case with the decision that it must give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The rule that it stands beside.
    pub rule: String,
    /// For people: `Day 31: refuse`.
    pub says: String,
    /// The case; what is not named is ordinary.
    pub facts: Facts,
    /// What must come out.
    pub expects: Verdict,
}

/// A brand's policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The currency of all amounts.
    pub currency: Currency,
    /// Taking goods back.
    pub returns: Returns,
    /// Giving money back.
    pub refunds: Refunds,
    /// Broken or wrong goods.
    pub damaged: Damaged,
    /// Late parcels.
    pub late: Late,
    /// Lost parcels.
    pub lost: Lost,
    /// Stopping an order.
    pub cancel: Cancel,
    /// Another address.
    pub address: Address,
    /// Another size or colour.
    pub exchange: Exchange,
    /// Other items before it ships.
    pub items: Items,
    /// Another way to pay.
    pub payment: Payments,
    /// The customer's word.
    pub consent: Consent,
    /// Whoever is not proved.
    pub proving: Proving,
    /// What customers are told before they ask.
    pub proactive: Proactive,
    /// The most money.
    pub limits: Limits,
    /// Level of each intent.
    pub autonomy: BTreeMap<String, Level>,
    /// Lower levels for channels.
    pub channels: Vec<ChannelRule>,
    /// When a person answers.
    pub words: Words,
    /// Cases that must hold.
    pub examples: Vec<Example>,
}
