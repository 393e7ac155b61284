//! What the policy says to an action that somebody asks for, and whether it fits the order. Pure.

use time::OffsetDateTime;

use crate::agent::order_facts::facts_of;
use crate::commerce::precondition::{Refusal, does_not_fit};
use crate::model::order::{Order, OrderAction, Product};
use crate::policy::{Decision, Facts, Identity, Policy, Verdict, decide};

/// Who asks, and how plainly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// How sure it is that the order is theirs.
    pub identity: Identity,
    /// Whether they were told the details and said yes.
    pub confirmed: bool,
    /// Percent: how sure it is that this is what they want.
    pub confidence: i64,
    /// When they ask, which is when the order was read.
    pub now: OffsetDateTime,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// What the policy says.
    pub decision: Decision,
    /// Why the action does not fit the order, if it does not.
    pub refusal: Option<Refusal>,
}

impl Weighed {
    /// What follows from both.
    pub fn verdict(&self) -> Verdict {
        if self.refusal.is_some() { Verdict::Refuse } else { self.decision.verdict }
    }

    /// Why not at once, in words.
    pub fn words(&self) -> Vec<String> {
        let stands_against = self.decision.reasons.iter().filter(|reason| reason.verdict > Verdict::Allow);
        let words = stands_against.map(|reason| reason.text.clone());
        words.chain(self.refusal.iter().map(|refusal| refusal.words.clone())).collect()
    }
}

/// Weighs an action. `variants` are those of the products that the order holds.
pub fn weigh(policy: &Policy, order: &Order, action: &OrderAction, variants: &[Product], asker: &Asker) -> Weighed {
    let facts = Facts {
        identity: asker.identity,
        confirmed: asker.confirmed,
        confidence: asker.confidence,
        ..facts_of(order, action, variants, asker.now)
    };
    weigh_facts(policy, order, action, &facts)
}

/// Weighs an action of which all facts are known.
pub(in crate::agent) fn weigh_facts(policy: &Policy, order: &Order, action: &OrderAction, facts: &Facts) -> Weighed {
    Weighed { decision: decide(policy, facts), refusal: does_not_fit(order, action) }
}
