//! The policy document: what is written, and a sensible first version for a shop.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decide::Verdict;
use super::facts::{Case, Facts, Identity};
use super::fields::INTENTS;
use crate::model::matter::MatterKind;
use crate::model::order::{ActionKind, Currency};
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

impl Default for Policy {
    fn default() -> Self {
        Self {
            currency: Currency::EUR,
            returns: Returns { window_days: 30, parcel_paid_by: Paid::Customer },
            refunds: Refunds {
                working_days: 2,
                starts: Start::Received,
                bank_days_from: 3,
                bank_days_to: 5,
                goes_to: GoesTo::Original,
            },
            damaged: Damaged {
                keep_below: 6_000,
                alone_up_to: 2_500,
                autonomy: Autonomy::Alone,
                asks: Asked::Teammate,
                photo: false,
                report_days: 30,
            },
            late: Late { days: 2, offer: Offer::ShippingBack, credit: 500 },
            lost: Lost { after_days: 14, remedy: LostRemedy::Replacement, autonomy: Autonomy::AfterApproval },
            cancel: Cancel { before_shipping: When::AtOnce, alone_up_to: 15_000, reasons: Vec::new() },
            address: Address { before_shipping: When::AfterApproval },
            exchange: Exchange { parcel_paid_by: Paid::Us },
            items: Items { before_shipping: When::AfterApproval, times: Times::Any },
            payment: Payments { before_shipping: When::AfterApproval },
            consent: Consent { needed: Word::Asked },
            proving: Proving { code: When::Never },
            proactive: Proactive {
                late: Told::Suggest,
                failed: Told::Suggest,
                refunded: Told::Suggest,
                restocked: Told::Suggest,
            },
            limits: Limits {
                per_action: 10_000,
                per_order: 10_000,
                per_customer: 15_000,
                per_teammate: 50_000,
                per_day: 100_000,
                agent_alone: 50_000,
            },
            autonomy: INTENTS.iter().map(|(word, _, level)| ((*word).to_owned(), *level)).collect(),
            channels: first_channel_rules(),
            words: Words { person: first_words(), minimum_confidence: 75 },
            examples: first_examples(),
        }
    }
}

fn first_channel_rules() -> Vec<ChannelRule> {
    // A wrong sentence on a marketplace costs the account, so the first weeks there are read by a person.
    ["amazon", "ebay", "mirakl"]
        .map(|channel| ChannelRule {
            channel: channel.to_owned(),
            intent: "*".to_owned(),
            level: Level::Approve,
            most_amount: 0,
        })
        .into()
}

fn first_words() -> Vec<String> {
    let words = [
        "lawyer",
        "solicitor",
        "court",
        "legal action",
        "police",
        "trading standards",
        "chargeback",
        "Anwalt",
        "Rechtsanwalt",
        "Verbraucherzentrale",
        "avocat",
        "abogado",
        "avvocato",
        "advocaat",
    ];
    words.map(str::to_owned).into()
}

fn example(rule: &str, says: &str, expects: Verdict, facts: Facts) -> Example {
    Example { rule: rule.to_owned(), says: says.to_owned(), facts, expects }
}

fn first_examples() -> Vec<Example> {
    use Verdict::{Allow, Ask, Refuse};
    let of = |intent: &str, action: Option<ActionKind>| Facts {
        intent: intent.to_owned(),
        action,
        identity: Identity::Proved,
        ..Facts::default()
    };
    let returned = |days| Facts { days_since_delivery: Some(days), ..of("return_item", Some(ActionKind::Return)) };
    let broken = |minor| Facts {
        case: Case::Damaged,
        amount: minor,
        item_value: minor,
        days_since_delivery: Some(1),
        photo: true,
        ..of("damaged_or_wrong_item", Some(ActionKind::Refund))
    };
    let late = |days| Facts {
        case: Case::Late,
        amount: 490,
        days_late: Some(days),
        shipped: true,
        ..of("late_or_lost", Some(ActionKind::Refund))
    };
    let cancel = |shipped| Facts { amount: 4_200, shipped, ..of("cancel_order", Some(ActionKind::Cancel)) };
    vec![
        example("returns", "Day 30: take back", Allow, returned(30)),
        example("returns", "Day 31: refuse", Refuse, returned(31)),
        example("damaged", "Cup 19.90, photo: refund alone", Allow, broken(1_990)),
        example("damaged", "Gaiters 42.00, photo: ask", Ask, broken(4_200)),
        example("cancel", "Not sent: cancel", Allow, cancel(false)),
        example("cancel", "With the carrier: refuse", Refuse, cancel(true)),
        example("late", "3 days late: 4.90 back", Allow, late(3)),
        example("late", "1 day late: say so, no offer", Refuse, late(1)),
        example(
            "limits",
            "5.00 more after 98.00 for the same order: ask",
            Ask,
            Facts { amount: 500, refunded_order: 9_800, ..broken(500) },
        ),
        example(
            "limits",
            "5.00 more after 498.00 by the agent alone today: ask",
            Ask,
            Facts { refunded_alone: 49_800, ..broken(500) },
        ),
        example(
            "words",
            "Names a lawyer: ask",
            Ask,
            Facts { person_word: "lawyer".to_owned(), ..of("where_is_my_order", None) },
        ),
    ]
}
