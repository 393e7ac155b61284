//! The policy that a brand begins with.

use super::decide::Verdict;
use super::document::{
    Address, Asked, Autonomy, Cancel, ChannelRule, Consent, Damaged, Example, Exchange, GoesTo, Items, Late, Level,
    Limits, Lost, LostRemedy, Offer, Paid, Payments, Policy, Proactive, Proving, Refunds, Returns, Start, Times, Told,
    When, Word, Words,
};
use super::facts::{Case, Facts, Identity};
use super::fields::INTENTS;
use crate::model::order::{ActionKind, Currency};

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
