//! The decision: pure, and monotone in every limit (a higher limit never makes it stricter).

use serde::{Deserialize, Serialize};

use super::caps::{
    Given, Giver, OverCap, gives_money_back, in_the_currency, is_capped, is_foreign, over_cap_of_the_agent, over_caps,
};
use super::document::{Asked, Autonomy, GoesTo, Level, Offer, Policy, Times, When, Word};
use super::facts::{Case, Facts, Identity, Settles};
use super::fields::intent_label;
use crate::model::order::{ActionKind, Money};

/// From the freest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The agent does it alone.
    Allow,
    /// A person is asked.
    Ask,
    /// It is not done.
    Refuse,
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// For machines: `over_limit`.
    pub code: &'static str,
    /// For people: `refund over 25.00 EUR`.
    pub text: String,
    /// Id of the rule.
    pub clause: &'static str,
    /// What this reason alone would give.
    pub verdict: Verdict,
}

/// What the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The strictest of the reasons.
    pub verdict: Verdict,
    /// What led to it, strictest first. An allowed action has the rule that allows it.
    pub reasons: Vec<Reason>,
    /// Who is asked.
    pub asks: Asked,
}

impl Decision {
    /// The reason that decided.
    pub fn first(&self) -> Option<&Reason> {
        self.reasons.first()
    }
}

/// The level for an intent on a channel: the lowest that applies. An intent that the policy does not name is off.
pub fn level(policy: &Policy, intent: &str, channel: &str) -> Level {
    let own = policy.autonomy.get(intent).copied().unwrap_or(Level::Off);
    let rules = policy.channels.iter().filter(|rule| applies(rule, intent, channel));
    rules.map(|rule| rule.level).fold(own, Level::min)
}

fn applies(rule: &super::ChannelRule, intent: &str, channel: &str) -> bool {
    rule.channel == channel && (rule.intent == "*" || rule.intent == intent)
}

/// What the policy says to these facts.
pub fn decide(policy: &Policy, facts: &Facts) -> Decision {
    let mut case = Weighing { policy, facts, reasons: Vec::new(), asks: Asked::Teammate };
    case.the_answer();
    if facts.action.is_some() || facts.tells {
        case.the_person();
    }
    if let Some(action) = facts.action {
        case.the_action(action);
        case.the_consent();
        if is_capped(action) {
            case.the_limits();
        } else if gives_money_back(action) {
            case.the_cap_of_the_agent();
        } else {
            case.the_currency();
        }
        case.the_channel_amount();
    }
    let Weighing { mut reasons, asks, .. } = case;
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    let verdict = reasons.first().map_or(Verdict::Allow, |reason| reason.verdict);
    Decision { verdict, reasons, asks }
}

struct Weighing<'a> {
    policy: &'a Policy,
    facts: &'a Facts,
    reasons: Vec<Reason>,
    asks: Asked,
}

impl Weighing<'_> {
    fn say(&mut self, verdict: Verdict, code: &'static str, clause: &'static str, text: impl Into<String>) {
        self.reasons.push(Reason { code, text: text.into(), clause, verdict });
    }

    fn ask(&mut self, code: &'static str, clause: &'static str, text: impl Into<String>) {
        self.say(Verdict::Ask, code, clause, text);
    }

    fn refuse(&mut self, code: &'static str, clause: &'static str, text: impl Into<String>) {
        self.say(Verdict::Refuse, code, clause, text);
    }

    fn allow(&mut self, code: &'static str, clause: &'static str, text: impl Into<String>) {
        self.say(Verdict::Allow, code, clause, text);
    }

    fn money(&self, minor: i64) -> String {
        Money::new(minor, self.policy.currency).to_string()
    }

    /// What holds for every answer.
    fn the_answer(&mut self) {
        let (policy, facts) = (self.policy, self.facts);
        if facts.hostile {
            self.ask("risk", "words", "the text tries to steer or to trick the desk");
        } else if facts.suspicious {
            self.ask("risk", "words", "some wording resembles known tricks; nothing is certain");
        }
        if !facts.person_word.is_empty() {
            self.ask("person_word", "words", format!("the customer writes “{}”", facts.person_word));
        }
        if facts.confidence < policy.words.minimum_confidence {
            let text = format!("less than {} % sure what is wanted", policy.words.minimum_confidence);
            self.ask("unsure", "words", text);
        }
        let label = intent_label(&facts.intent);
        match level(policy, &facts.intent, &facts.channel) {
            Level::Auto => {}
            Level::Approve if policy.autonomy.get(&facts.intent) == Some(&Level::Auto) => {
                self.ask("level", "autonomy", format!("{label} on this channel is approved by a person"));
            }
            Level::Approve => self.ask("level", "autonomy", format!("{label} is approved by a person")),
            Level::Suggest => self.ask("level", "autonomy", format!("{label} is only suggested")),
            Level::Off => self.ask("off", "autonomy", format!("{label} is answered by a person")),
        }
    }

    fn the_person(&mut self) {
        match self.facts.identity {
            Identity::Proved => {}
            Identity::Claimed => self.ask("identity", "identity", "it is not proved who writes"),
            Identity::Unknown => self.refuse("identity", "identity", "the order belongs to another address"),
        }
    }

    fn the_action(&mut self, action: ActionKind) {
        match action {
            ActionKind::Cancel => self.cancel(),
            ActionKind::ChangeAddress => {
                self.before_shipping(self.policy.address.before_shipping, "address", "a new address");
            }
            ActionKind::ChangePayment => {
                self.before_shipping(self.policy.payment.before_shipping, "address", "another way to pay");
                self.cover("address");
            }
            ActionKind::Return => self.returned(),
            ActionKind::Refund => self.refund(),
            ActionKind::Replace => self.replace(),
            ActionKind::Exchange => self.exchange(),
            ActionKind::ChangeItems => {
                self.before_shipping(self.policy.items.before_shipping, "exchange", "a change of items");
                self.other_goods();
            }
            ActionKind::Resend => self.allow("own_address", "identity", "goes to the address of the order"),
            ActionKind::DiscountCode => self.ask("no_rule", "limits", "no rule gives discount codes"),
            ActionKind::Note => self.allow("note", "identity", "only the shop’s people see it"),
            ActionKind::CancelReturn => self.ask("approval", "returns", "calling off a return is approved by a person"),
            ActionKind::VoidCode => self.ask("approval", "limits", "ending a code is approved by a person"),
        }
    }

    /// The goods come back as in a return, and what is wanted for them is there.
    fn exchange(&mut self) {
        self.take_back();
        if self.facts.in_stock.is_none() {
            self.ask("stock_unknown", "exchange", "the shop does not say whether it is in stock");
        }
        self.other_goods();
    }

    /// What is wanted is a variant that is there, and a difference in price can be paid.
    fn other_goods(&mut self) {
        if self.facts.same_product == Some(false) {
            self.refuse("other_product", "exchange", "not a variant of what was ordered");
        }
        if self.facts.in_stock == Some(false) {
            self.refuse("no_stock", "exchange", "not in stock");
        }
        self.cover("exchange");
    }

    fn cover(&mut self, clause: &'static str) {
        if self.facts.covered == Some(false) {
            self.refuse("not_covered", clause, "the gift card does not cover it");
        }
    }

    fn returned(&mut self) {
        self.take_back();
        let allowed = match (self.policy.refunds.goes_to, self.facts.settles) {
            (_, Settles::Original) | (GoesTo::Any, _) | (GoesTo::OriginalOrGiftCard, Settles::GiftCard) => true,
            (GoesTo::Original | GoesTo::OriginalOrGiftCard, Settles::GiftCard | Settles::Other) => false,
        };
        if !allowed {
            self.refuse("goes_elsewhere", "refunds", "the money goes back another way than it was paid");
        }
    }

    fn the_consent(&mut self) {
        if self.policy.consent.needed == Word::Confirmed && !self.facts.confirmed {
            self.ask("unconfirmed", "identity", "the customer has not confirmed the details");
        }
    }

    fn before_shipping(&mut self, when: When, clause: &'static str, what: &str) {
        if self.facts.shipped {
            self.refuse("shipped", clause, "already handed to the carrier");
        }
        if self.facts.cancelled {
            self.refuse("cancelled", clause, "already cancelled");
        }
        if self.facts.changed_before && self.policy.items.times == Times::Once {
            self.refuse("changed_before", "exchange", "its items were changed, and nothing else is afterwards");
        }
        match when {
            When::AtOnce => self.allow("before_shipping", clause, format!("not sent yet: {what} at once")),
            When::AfterApproval => self.ask("approval", clause, format!("{what} is approved by a person")),
            When::Never => self.refuse("never", clause, format!("{what} is not possible")),
        }
    }

    fn cancel(&mut self) {
        self.before_shipping(self.policy.cancel.before_shipping, "cancel", "cancelling");
        if self.facts.amount > self.policy.cancel.alone_up_to {
            let text = format!("cancels more than {}", self.money(self.policy.cancel.alone_up_to));
            self.ask("over_limit", "cancel", text);
        }
        let reasons = &self.policy.cancel.reasons;
        let counts = |reason: &String| reason.eq_ignore_ascii_case(self.facts.reason.trim());
        if !reasons.is_empty() && !reasons.iter().any(counts) {
            let text = format!("the reasons that count are: {}", reasons.join(", "));
            let verdict = if self.facts.reason.is_empty() { Verdict::Ask } else { Verdict::Refuse };
            self.say(verdict, "reason", "cancel", text);
        }
    }

    fn take_back(&mut self) {
        if self.facts.return_open {
            self.refuse("return_open", "returns", "goods of this order come back already");
        }
        let (days, clause) = match self.facts.case {
            Case::Damaged => (self.policy.damaged.report_days, "damaged"),
            _ => (self.policy.returns.window_days, "returns"),
        };
        match self.facts.days_since_delivery {
            None => self.ask("not_delivered", clause, "not delivered yet"),
            Some(day) if day > days && clause == "returns" => {
                self.refuse("too_late", clause, format!("day {day}, taken back until day {days}"));
            }
            Some(day) if day > days => self.ask("too_late", clause, format!("reported on day {day}, after day {days}")),
            Some(day) => self.allow("in_time", clause, format!("day {day} of {days}")),
        }
    }

    fn refund(&mut self) {
        match self.facts.case {
            Case::Damaged => {
                self.damaged("refund");
                let keep = self.policy.damaged.keep_below;
                if self.facts.item_value >= keep {
                    let text = format!("goods from {} come back first", self.money(keep));
                    self.ask("goods_back_first", "damaged", text);
                }
            }
            Case::Late => self.late(),
            Case::Lost => self.lost("refund"),
            Case::Ordinary => self.ask("no_rule", "returns", "no rule gives money back without the goods"),
        }
    }

    fn damaged(&mut self, what: &str) {
        let rule = &self.policy.damaged;
        let (most, asks, report_days) = (rule.alone_up_to, rule.asks, rule.report_days);
        if self.facts.amount > most {
            self.ask("over_limit", "damaged", format!("{what} over {}", self.money(most)));
            self.asks = self.asks.max(asks);
        }
        if rule.autonomy == Autonomy::AfterApproval {
            self.ask("approval", "damaged", format!("a {what} for broken goods is approved by a person"));
            self.asks = self.asks.max(asks);
        }
        if rule.photo && !self.facts.photo {
            self.ask("no_photo", "damaged", "no photo");
        }
        match self.facts.days_since_delivery {
            Some(day) if day > report_days => {
                self.ask("too_late", "damaged", format!("reported on day {day}, after day {report_days}"));
            }
            Some(_) => self.allow("damaged", "damaged", "broken or wrong on arrival"),
            None => self.ask("not_delivered", "damaged", "not delivered yet"),
        }
    }

    fn late(&mut self) {
        let rule = &self.policy.late;
        if rule.offer == Offer::Nothing {
            self.refuse("no_offer", "late", "nothing is offered for late parcels");
        }
        match self.facts.days_late {
            Some(days) if days > rule.days => {
                self.allow("late", "late", format!("{days} days late"));
            }
            _ => self.refuse("not_late_enough", "late", format!("not more than {} days late", rule.days)),
        }
        if rule.offer == Offer::Credit && self.facts.amount > rule.credit {
            let text = format!("more than {}", self.money(rule.credit));
            self.ask("over_limit", "late", text);
        }
    }

    fn lost(&mut self, what: &str) {
        let rule = &self.policy.lost;
        match self.facts.days_late {
            Some(days) if days > rule.after_days => self.allow("lost", "lost", format!("lost: {days} days late")),
            _ => self.refuse("not_lost", "lost", format!("not more than {} days late", rule.after_days)),
        }
        if rule.autonomy == Autonomy::AfterApproval {
            self.ask("approval", "lost", format!("a {what} for a lost parcel is approved by a person"));
        }
    }

    fn replace(&mut self) {
        match self.facts.in_stock {
            Some(true) => {}
            Some(false) => self.refuse("no_stock", "damaged", "not in stock"),
            None => self.ask("stock_unknown", "damaged", "the shop does not say whether it is in stock"),
        }
        if self.facts.replaced_before {
            self.ask("again", "damaged", "was sent again before");
        }
        match self.facts.case {
            Case::Damaged => self.damaged("replacement"),
            Case::Lost => self.lost("replacement"),
            Case::Late | Case::Ordinary => self.ask("no_rule", "damaged", "no rule sends these goods again"),
        }
    }

    /// Caps on money, whatever the rule says.
    fn the_limits(&mut self) {
        for over in over_caps(self.policy, self.given(), self.facts.amount, self.facts.currency) {
            self.ask_over(over);
        }
    }

    fn the_cap_of_the_agent(&mut self) {
        let (given, facts) = (self.given(), self.facts);
        if let Some(over) = over_cap_of_the_agent(self.policy, given, facts.amount, facts.currency) {
            self.ask_over(over);
        }
    }

    fn given(&self) -> Given {
        let facts = self.facts;
        Given {
            order: facts.refunded_order,
            customer: facts.refunded_customer,
            today: facts.refunded_today,
            on_this_word: facts.refunded_alone,
            giver: Giver::AgentAlone,
        }
    }

    fn ask_over(&mut self, over: OverCap) {
        self.ask(over.code, "limits", over.words);
        self.asks = self.asks.max(over.asks);
    }

    /// An amount in another currency cannot be weighed against any limit.
    fn the_currency(&mut self) {
        if self.facts.amount > 0 && is_foreign(self.policy, self.facts.currency) {
            self.ask("currency", "limits", in_the_currency(self.policy));
        }
    }

    fn the_channel_amount(&mut self) {
        let facts = self.facts;
        let rules = self.policy.channels.iter().filter(|rule| applies(rule, &facts.intent, &facts.channel));
        if let Some(most) = rules.map(|rule| rule.most_amount).min()
            && facts.amount > most
        {
            let text = format!("more than {} on this channel", self.money(most));
            self.ask("over_channel", "autonomy", text);
        }
    }
}
