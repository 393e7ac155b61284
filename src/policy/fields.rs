//! Every field of the policy that a person edits: its label and bounds; and every rule as a sentence over fields.

use super::document::Level;

/// Intents that the policy knows: word, label, and the level of a first policy.
pub const INTENTS: &[(&str, &str, Level)] = &[
    ("where_is_my_order", "Where is my order", Level::Auto),
    ("late_or_lost", "Late or lost parcel", Level::Auto),
    ("damaged_or_wrong_item", "Damaged or wrong item", Level::Auto),
    ("return_item", "Return", Level::Auto),
    ("exchange", "Exchange", Level::Approve),
    ("refund_status", "Refund status", Level::Auto),
    ("refund_request", "Money back", Level::Approve),
    ("cancel_order", "Cancel", Level::Auto),
    ("change_address", "New address", Level::Approve),
    ("change_items", "Change items", Level::Approve),
    ("stock", "Stock", Level::Auto),
    ("delivery_time", "Delivery time", Level::Auto),
    ("invoice", "Invoice", Level::Auto),
    ("product_question", "Product question", Level::Approve),
    ("complaint", "Complaint", Level::Approve),
    ("thanks", "Thanks", Level::Auto),
    ("spam", "Spam", Level::Auto),
    ("talk_to_person", "Talk to a person", Level::Off),
    ("payment_issue", "Payment trouble", Level::Off),
    ("account", "Account", Level::Off),
    ("discount", "Discount", Level::Off),
    ("out_of_scope", "Something else", Level::Off),
];

/// An intent for people.
pub fn intent_label(word: &str) -> &str {
    INTENTS.iter().find(|(known, ..)| *known == word).map_or(word, |(_, label, _)| label)
}

/// What may stand in a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bounds {
    Number(i64, i64),
    /// Minor units, at most.
    Money(i64),
    Choice(&'static [(&'static str, &'static str)]),
    YesNo(&'static str, &'static str),
    Words,
    Intent,
    Channel,
}

/// A field: path (with `*` for any key), label, bounds.
pub(super) struct Spec {
    pub(super) path: &'static str,
    pub(super) label: &'static str,
    pub(super) bounds: Bounds,
}

const PAID: Bounds = Bounds::Choice(&[("customer", "the customer"), ("us", "us")]);
const ALONE: Bounds = Bounds::Choice(&[("alone", "alone"), ("after_approval", "after approval")]);
const WHEN: Bounds =
    Bounds::Choice(&[("at_once", "at once"), ("after_approval", "after approval"), ("never", "not at all")]);
const LEVELS: Bounds = Bounds::Choice(&[
    ("off", "leaves it to a person"),
    ("suggest", "only suggests"),
    ("approve", "answers after approval"),
    ("auto", "answers alone"),
]);
const TOLD: Bounds = Bounds::Choice(&[("off", "not at all"), ("suggest", "after approval"), ("auto", "alone")]);
const MOST: Bounds = Bounds::Money(1_000_000);
const MOST_IN_A_DAY: Bounds = Bounds::Money(100_000_000);

const fn spec(path: &'static str, label: &'static str, bounds: Bounds) -> Spec {
    Spec { path, label, bounds }
}

pub(super) const SPECS: &[Spec] = &[
    spec("returns.window_days", "Days to return", Bounds::Number(0, 730)),
    spec("returns.parcel_paid_by", "Who pays the parcel back", PAID),
    spec("refunds.working_days", "Working days to refund", Bounds::Number(0, 30)),
    spec(
        "refunds.starts",
        "Refund starts when the parcel is",
        Bounds::Choice(&[("scanned", "scanned by the carrier"), ("received", "back in our store")]),
    ),
    spec("refunds.bank_days_from", "Working days until banks show it, at least", Bounds::Number(0, 30)),
    spec("refunds.bank_days_to", "Working days until banks show it, at most", Bounds::Number(0, 60)),
    spec(
        "refunds.goes_to",
        "Where a refund goes",
        Bounds::Choice(&[
            ("original", "the way it was paid"),
            ("original_or_gift_card", "the way it was paid or to a gift card"),
            ("any", "to any way to pay of the customer"),
        ]),
    ),
    spec("damaged.keep_below", "Value below which goods are kept", MOST),
    spec("damaged.alone_up_to", "Amount the agent may give back alone", MOST),
    spec("damaged.autonomy", "Level of autonomy", ALONE),
    spec("damaged.asks", "Who is asked", Bounds::Choice(&[("teammate", "teammate"), ("manager", "manager")])),
    spec("damaged.photo", "Whether a photo is needed", Bounds::YesNo("needed", "not needed")),
    spec("damaged.report_days", "Days to report", Bounds::Number(0, 730)),
    spec("late.days", "Days late", Bounds::Number(0, 60)),
    spec(
        "late.offer",
        "What to offer",
        Bounds::Choice(&[
            ("shipping_back", "the shipping cost back"),
            ("credit", "a fixed amount"),
            ("nothing", "nothing"),
        ]),
    ),
    spec("late.credit", "Fixed amount", MOST),
    spec("lost.after_days", "Days late until it counts as lost", Bounds::Number(1, 120)),
    spec(
        "lost.remedy",
        "What follows",
        Bounds::Choice(&[("replacement", "sends the goods again"), ("refund", "gives the money back")]),
    ),
    spec("lost.autonomy", "Level of autonomy", ALONE),
    spec("cancel.before_shipping", "When an order is cancelled", WHEN),
    spec("cancel.alone_up_to", "Order value up to which the agent cancels alone", MOST),
    spec("cancel.reasons", "Reasons to cancel that count", Bounds::Words),
    spec("items.before_shipping", "When items are changed", WHEN),
    spec(
        "items.times",
        "How often items are changed",
        Bounds::Choice(&[("once", "once"), ("any", "as often as it is asked for")]),
    ),
    spec("payment.before_shipping", "When the payment is changed", WHEN),
    spec(
        "consent.needed",
        "What the customer must have said",
        Bounds::Choice(&[("asked", "asked for it"), ("confirmed", "confirmed the details, which a person sees to")]),
    ),
    spec("address.before_shipping", "When an address is changed", WHEN),
    spec("exchange.parcel_paid_by", "Who pays the parcel back", PAID),
    spec("proving.code", "When a code is sent to the order’s address", WHEN),
    spec("proactive.late", "How a late parcel is told", TOLD),
    spec("proactive.failed", "How a failed delivery is told", TOLD),
    spec("proactive.refunded", "How a refund is told", TOLD),
    spec("proactive.restocked", "How goods back in stock are told", TOLD),
    spec("limits.per_action", "Most at once", MOST),
    spec("limits.per_order", "Most for one order", MOST),
    spec("limits.per_customer", "Most for one customer", MOST),
    spec("limits.per_teammate", "Most by one teammate in a day", MOST_IN_A_DAY),
    spec("limits.per_day", "Most in a day", MOST_IN_A_DAY),
    spec("limits.agent_alone", "Most by the agent alone in a day", MOST_IN_A_DAY),
    spec("autonomy.*", "Level of autonomy", LEVELS),
    spec("channels.*.channel", "Channel", Bounds::Channel),
    spec("channels.*.intent", "Kind of request", Bounds::Intent),
    spec("channels.*.level", "Level of autonomy", LEVELS),
    spec("channels.*.most_amount", "Most money there", MOST),
    spec("words.person", "Words that call a person", Bounds::Words),
    spec("words.minimum_confidence", "Percent", Bounds::Number(0, 100)),
];

/// The field at a path.
pub(super) fn spec_of(path: &str) -> Option<&'static Spec> {
    SPECS.iter().find(|spec| {
        let mut wanted = spec.path.split('.');
        let mut given = path.split('.');
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(one), Some(other)) if one == other => {}
                _ => return false,
            }
        }
    })
}

/// A rule: id, section, and the sentence with its fields in braces.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) section: &'static str,
    pub(super) sentence: &'static str,
}

const fn rule(id: &'static str, section: &'static str, sentence: &'static str) -> Rule {
    Rule { id, section, sentence }
}

const REFUNDS: &str = "Refunds and returns";
const DELIVERY: &str = "Delivery";
const EXCEPTIONS: &str = "Exceptions";
/// The section of the levels, one rule an intent and a channel.
pub(super) const WHO: &str = "Who may do what";
const WORDS: &str = "Words that call a person";

/// The rules in order. The levels follow after `identity`.
pub(super) const RULES: &[Rule] = &[
    rule(
        "returns",
        REFUNDS,
        "A customer may return unused goods within {returns.window_days} days of delivery. \
         The parcel back is paid by {returns.parcel_paid_by}.",
    ),
    rule(
        "refunds",
        REFUNDS,
        "A refund goes back {refunds.goes_to}, within {refunds.working_days} working days after the parcel is \
         {refunds.starts}. Banks show it within {refunds.bank_days_from} to {refunds.bank_days_to} working days.",
    ),
    rule(
        "damaged",
        REFUNDS,
        "When an item comes broken or wrong and costs under {damaged.keep_below}, the customer keeps it. \
         The agent may give back or send again up to {damaged.alone_up_to} {damaged.autonomy}; above that it asks a \
         {damaged.asks}. A photo is {damaged.photo}. It counts within {damaged.report_days} days of delivery.",
    ),
    rule(
        "cancel",
        REFUNDS,
        "An order that was not sent is cancelled {cancel.before_shipping}, by the agent alone up to \
         {cancel.alone_up_to}. Only these reasons count, if any are named: {cancel.reasons}",
    ),
    rule(
        "exchange",
        REFUNDS,
        "For another size or colour the goods come back first. The parcel back is paid by {exchange.parcel_paid_by}. \
         In an order that was not sent, items are changed {items.before_shipping}, {items.times}.",
    ),
    rule(
        "late",
        DELIVERY,
        "When a parcel is more than {late.days} days late, say so first, then offer {late.offer}. \
         The fixed amount is {late.credit}.",
    ),
    rule(
        "lost",
        DELIVERY,
        "More than {lost.after_days} days late, a parcel counts as lost. Then the agent {lost.remedy} {lost.autonomy}.",
    ),
    rule(
        "address",
        DELIVERY,
        "Until an order is sent, its address is changed {address.before_shipping}, and how it is paid \
         {payment.before_shipping}.",
    ),
    rule(
        "proactive",
        DELIVERY,
        "Before a customer asks, the agent tells them that a parcel is late {proactive.late}, that a delivery failed \
         {proactive.failed}, that a refund was posted {proactive.refunded} and that goods are back in stock \
         {proactive.restocked}, one message a day at most.",
    ),
    rule(
        "limits",
        EXCEPTIONS,
        "Without a manager at most {limits.per_action} is given back at once, {limits.per_order} for one order, \
         {limits.per_customer} to one customer in 30 days, {limits.per_teammate} by one teammate in a day and \
         {limits.per_day} by all in a day. The agent alone gives back at most {limits.agent_alone} in a day; above that \
         it asks a teammate.",
    ),
    rule(
        "identity",
        EXCEPTIONS,
        "Order facts go only to an address of the order. Nothing is done alone for an address that is not proved. Whoever \
         is not proved is sent a code to the address of the order {proving.code}. The agent acts when the customer has \
         {consent.needed}.",
    ),
    rule(
        "words",
        WORDS,
        "A person looks first when the agent is less than {words.minimum_confidence} % sure. \
         A person looks first when a message has one of these: {words.person}.",
    ),
];
