//! What may be given away at once, for an order, to a customer and in a day, and on whose word. Pure, like the decision.

use super::document::{Asked, Policy};
use crate::model::order::{ActionKind, Currency, Money};

/// On whose word something is given away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Giver {
    /// The agent, and nobody else looks.
    #[default]
    AgentAlone,
    /// A person.
    Teammate,
}

/// What was given away before, money or goods, in minor units of the policy's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// For the order.
    pub order: i64,
    /// To the customer in 30 days.
    pub customer: i64,
    /// To everybody in a day.
    pub today: i64,
    /// On the same word in a day.
    pub on_this_word: i64,
    /// Whose word that is.
    pub giver: Giver,
}

/// A cap that an amount would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverCap {
    /// For machines.
    pub code: &'static str,
    /// For people: `more than 100.00 EUR for this order`.
    pub words: String,
    /// Who may do it all the same.
    pub asks: Asked,
}

/// Which caps an amount would break. What stands in another currency cannot be weighed against them, and breaks them.
pub fn over_caps(policy: &Policy, given: Given, amount: i64, currency: Option<Currency>) -> Vec<OverCap> {
    let limits = &policy.limits;
    if is_foreign(policy, currency) {
        return vec![OverCap { code: "currency", words: in_the_currency(policy), asks: Asked::Manager }];
    }
    let own = match given.giver {
        Giver::AgentAlone => of_the_agent(policy, given),
        Giver::Teammate => (given.on_this_word, limits.per_teammate, "by one teammate today", Asked::Manager),
    };
    // Where both are the same, the cap for the order says it.
    let at_once = if limits.per_action < limits.per_order { limits.per_action } else { i64::MAX };
    let caps = [
        (0, at_once, "at once", Asked::Manager),
        (given.order, limits.per_order, "for this order", Asked::Manager),
        (given.customer, limits.per_customer, "to this customer in 30 days", Asked::Manager),
        own,
        (given.today, limits.per_day, "today", Asked::Manager),
    ];
    caps.into_iter().filter_map(|cap| broken(policy, cap, amount)).collect()
}

/// The cap that money would break which goes back for goods that stay in the shop: that of the agent alone, and no other.
pub fn over_cap_of_the_agent(
    policy: &Policy,
    given: Given,
    amount: i64,
    currency: Option<Currency>,
) -> Option<OverCap> {
    match given.giver {
        Giver::Teammate => None,
        Giver::AgentAlone if amount > 0 && is_foreign(policy, currency) => {
            Some(OverCap { code: "currency", words: in_the_currency(policy), asks: Asked::Teammate })
        }
        Giver::AgentAlone => broken(policy, of_the_agent(policy, given), amount),
    }
}

/// What was given before, what may be given in all, what that is, and who passes it.
type Cap = (i64, i64, &'static str, Asked);

fn of_the_agent(policy: &Policy, given: Given) -> Cap {
    (given.on_this_word, policy.limits.agent_alone, "by the agent alone today", Asked::Teammate)
}

fn broken(policy: &Policy, (before, cap, what, asks): Cap, amount: i64) -> Option<OverCap> {
    (before.saturating_add(amount) > cap).then(|| OverCap {
        code: "over_cap",
        words: format!("more than {} {what}", Money::new(cap, policy.currency)),
        asks,
    })
}

pub(super) fn is_foreign(policy: &Policy, currency: Option<Currency>) -> bool {
    currency.is_some_and(|currency| currency != policy.currency)
}

pub(super) fn in_the_currency(policy: &Policy) -> String {
    format!("the limits are in {}", policy.currency)
}

/// Whether the caps hold for it: what is given away beside the order, whatever the rule says.
pub fn is_capped(action: ActionKind) -> bool {
    matches!(action, ActionKind::Refund | ActionKind::Replace | ActionKind::DiscountCode)
}

/// Whether money goes back with it, for goods that stay in the shop.
pub fn gives_money_back(action: ActionKind) -> bool {
    matches!(action, ActionKind::Cancel | ActionKind::ChangeItems)
}
