//! The brand's policy: rules as data, compiled and checked on save, and the decision that follows from them.
//!
//! No I/O and no model call: the same policy and the same facts always give the same decision.

mod apply;
mod brakes;
mod caps;
mod compile;
mod decide;
mod diff;
mod document;
mod examples;
mod facts;
mod fields;
mod first;
mod rules;

pub use apply::apply;
pub use brakes::{Alone, stopping};
pub use caps::{Given, Giver, OverCap, gives_money_back, is_capped, over_cap_of_the_agent, over_caps};
pub use compile::{Problem, compile, read};
pub use decide::{Decision, Reason, Verdict, decide, level};
pub use diff::{Change, DiffPiece, diff};
pub use document::{
    Address, Asked, Autonomy, Cancel, ChannelRule, Consent, Damaged, Example, Exchange, GoesTo, Items, Late, Level,
    Limits, Lost, LostRemedy, Offer, Paid, Payments, Policy, Proactive, Proving, Refunds, Returns, Start, Times, Told,
    When, Word, Words,
};
pub use examples::{Settlement, settle_example};
pub use facts::{Case, Facts, Identity, Settles};
pub use fields::{INTENTS, intent_label};
pub use rules::{ExampleView, Field, FieldKind, Piece, RuleView, rule_number, rules};

#[cfg(test)]
mod tests;
