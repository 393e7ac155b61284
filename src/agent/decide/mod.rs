//! From what is wanted and what was found to what is done and said. The policy decides; this file asks it.

mod addresses;
mod changes;
mod countries;
mod covered;
mod delivery;
mod errands;
mod goods;
mod identity;
mod items;
mod money;
mod other;
mod plainly;
mod turned;
mod variants;
mod wishes;

use time::Duration;

use super::engine::{Part, Reading};
use super::evidence::FactBook;
use super::gather::{Matched, asks_before_buying};
use super::order_facts::facts_of_kind;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use super::understand::risk::{Risk, may_auto_send};
use super::variables::{Variables, Writer, intent_word};
use crate::model::action::worth_of;
use crate::model::channel::is_marketplace;
use crate::model::draft::ProposedAction;
use crate::model::order::{ActionKind, KnownOrder, OrderAction, Product, Shipment, ShipmentStatus};
use crate::policy::{Asked, Decision, Facts, Identity, Reason, Verdict, decide, intent_label};
use crate::voice::has_words;

/// After so long a parcel without a promised day should be there.
const USUAL_WAY: Duration = Duration::days(14);

/// What is done and said.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What to say, in order.
    pub(super) parts: Vec<Part>,
    /// What to do.
    pub(super) actions: Vec<ProposedAction>,
    /// Why a person is asked; empty: nobody is.
    pub(super) asks: Vec<String>,
    /// Who, of the people.
    pub(super) needs: Asked,
    /// The deciding reason.
    pub(super) why: String,
    /// The deciding rule's id.
    pub(super) rule: String,
    /// A few words for lists.
    pub(super) proposal: String,
    /// A person must take it, for this reason.
    pub(super) hand_off: Option<String>,
    /// Answers to choose from, where it is only asked back.
    pub(super) choices: Vec<String>,
    /// The order to whose address a code goes with the reply.
    pub(super) order_of_code: Option<KnownOrder>,
    /// It is about all that the message asks for.
    pub(super) is_whole: bool,
}

impl Plan {
    /// The template with which it asks the customer for something.
    pub(super) fn asks_back(&self) -> Option<&'static str> {
        self.parts.iter().map(|part| part.template).find(|template| template.starts_with("ask_"))
    }
}

/// How far the text can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caution {
    /// Nothing was seen.
    None,
    /// It resembles known tricks, but nothing is certain.
    Suspicious,
    /// It steers or tricks.
    Hostile,
}

impl Caution {
    pub(super) fn of(risks: &[Risk], suspicion: f32) -> Self {
        if !may_auto_send(risks, 0.0) {
            Self::Hostile
        } else if may_auto_send(risks, suspicion) {
            Self::None
        } else {
            Self::Suspicious
        }
    }
}

/// The order that a marketplace names for the conversation. Its buyer need not be asked for it.
fn named_by_market(snapshot: &Snapshot) -> Option<&str> {
    let conversation = &snapshot.conversation;
    let is_market = conversation.channel_kind.parse().is_ok_and(is_marketplace);
    conversation.order_number.as_deref().filter(|_| is_market)
}

/// One case under decision.
pub(super) struct Case<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) reading: &'a Reading,
    pub(super) language: &'a str,
    pub(super) text: &'a str,
    pub(super) intent: Intent,
    pub(super) confidence: f32,
    pub(super) products: &'a [Product],
    pub(super) identity: Identity,
    pub(super) caution: Caution,
    pub(super) facts: &'a mut FactBook,
    pub(super) plan: Plan,
}

impl Case<'_> {
    pub(super) fn writer(&self) -> Writer<'_> {
        Writer { snapshot: self.snapshot, language: self.language }
    }

    /// Decides what to do with the order that was found, or how to ask for it.
    pub(super) fn settle(&mut self, matched: &Matched) {
        match matched {
            Matched::One(known, _, identity) => {
                self.identity = *identity;
                self.facts.add_order(known, self.snapshot.moment());
                if self.is_little_told(known) {
                    self.hand_off("The marketplace does not say whether it arrived, or when.".to_owned());
                    return;
                }
                self.with_own_order(known);
            }
            Matched::Several(_) | Matched::None if self.asks_return_terms() => self.return_terms(),
            // What goods are like is the same for every order.
            Matched::Several(_) if self.is_about_goods() => self.about_products(),
            Matched::Several(orders) => self.ask_which_order(orders),
            Matched::NamedSeveral(orders) => self.several_orders(orders),
            Matched::NotTheirs { named, .. } if named_by_market(self.snapshot) == Some(named.as_str()) => {
                self.unseen(named);
            }
            Matched::NotTheirs { order: Some(known), .. } if self.may_ask_for_code(known) => self.ask_for_code(known),
            Matched::NotTheirs { named, exists: true, .. } => self.not_found(named, "order of another address"),
            Matched::NotTheirs { named, exists: false, .. } => self.not_found(named, "no such order"),
            Matched::AlsoNotTheirs(named) => {
                self.hand_off(format!("The customer also names {named}, which is not under their address."));
            }
            Matched::None => self.without_order(),
        }
    }

    /// Whether a marketplace knows of a parcel that it arrived and not when, or that it left, and it should be there by now:
    /// some never hear of its arrival.
    fn is_little_told(&self, known: &KnownOrder) -> bool {
        let now = self.snapshot.moment();
        let is_open = |parcel: &&Shipment| parcel.delivered_at.is_none();
        let is_due = |parcel: &Shipment| {
            let usual = || parcel.shipped_at.map(|at| at + USUAL_WAY);
            parcel.promised.map(|window| window.to).or_else(usual).is_some_and(|due| due < now)
        };
        let is_little = |parcel: &Shipment| match parcel.status {
            ShipmentStatus::Delivered => true,
            ShipmentStatus::InTransit => is_due(parcel),
            _ => false,
        };
        self.snapshot.is_vouched(known) && known.order.shipments.iter().filter(is_open).any(is_little)
    }

    fn is_about_goods(&self) -> bool {
        matches!(self.intent, Intent::Stock | Intent::ProductQuestion)
    }

    /// About an order under the writer's name. What is to be done about it takes a proof: whoever can give one is asked for it,
    /// and nothing of what was decided stays.
    fn with_own_order(&mut self, known: &KnownOrder) {
        let before = (self.identity == Identity::Claimed).then(|| self.facts.clone());
        self.with_order(known);
        let acts = !self.plan.actions.is_empty() && self.plan.hand_off.is_none();
        if let Some(facts) = before.filter(|_| acts && self.may_ask_for_code(known)) {
            *self.facts = facts;
            self.plan = Plan::default();
            self.ask_for_code(known);
        }
    }

    fn with_order(&mut self, known: &KnownOrder) {
        if self.does_several(known) {
            return;
        }
        match self.intent {
            Intent::WhereIsMyOrder | Intent::LateOrLost => self.where_is_it(known),
            Intent::DeliveryTime => self.delivery_time(known),
            Intent::DamagedOrWrongItem => self.damaged(known),
            Intent::ReturnItem => self.take_back(known, "return_item"),
            Intent::Exchange => self.exchange(known),
            Intent::RefundStatus => self.refund_status(known),
            Intent::RefundRequest => self.refund_request(known),
            Intent::CancelOrder => self.cancel(known),
            Intent::ChangeAddress => self.change_address(known),
            Intent::ChangeItems => self.change_items(known),
            Intent::PaymentIssue => self.change_payment(known),
            Intent::Invoice => self.invoice(known),
            Intent::Stock | Intent::ProductQuestion => self.about_products(),
            _ => self.hand_off(format!("{} is answered by a person.", self.label())),
        }
    }

    fn unseen(&mut self, number: &str) {
        self.hand_off(format!("No shop that is connected shows {number}, the order that the marketplace names."));
    }

    fn without_order(&mut self) {
        match self.intent {
            Intent::Stock | Intent::ProductQuestion => self.about_products(),
            // Asked before buying: nothing that was read says how long a parcel takes.
            Intent::DeliveryTime => self.hand_off("Asks about delivery before buying.".to_owned()),
            Intent::WhereIsMyOrder if asks_before_buying(self.text) => {
                self.hand_off("Asks about delivery before buying.".to_owned());
            }
            _ if let Some(number) = named_by_market(self.snapshot) => self.unseen(number),
            _ => {
                self.answer(&Facts::default());
                self.say("ask_order_number", self.writer().base());
                self.reason("no order found", "", "Ask for the order");
            }
        }
    }

    fn label(&self) -> String {
        intent_label(&intent_word(self.intent)).to_owned()
    }

    // What every decision shares.

    /// Whether the customer alone says what is wanted, so that they must say it plainly. Once a teammate has said what to
    /// do, that stands, and a person reads the reply in any case.
    fn rests_on_words(&self) -> bool {
        self.snapshot.instruction.is_empty()
    }

    /// Facts of an order of which something of this kind is wanted.
    fn facts_of_kind(&self, known: &KnownOrder, kind: ActionKind) -> Facts {
        facts_of_kind(&known.order, kind, self.snapshot.moment())
    }

    /// Facts that hold for the whole case, over the given ones.
    fn complete(&self, facts: &Facts) -> Facts {
        let spent = self.snapshot.spent;
        Facts {
            intent: intent_word(self.intent),
            channel: self.snapshot.conversation.channel_kind.clone(),
            identity: self.identity,
            confidence: percent(self.confidence),
            refunded_customer: spent.customer,
            refunded_today: spent.today,
            refunded_alone: spent.alone,
            person_word: self.person_word(),
            hostile: self.caution == Caution::Hostile,
            suspicious: self.caution == Caution::Suspicious,
            photo: self.snapshot.photos > 0,
            ..facts.clone()
        }
    }

    fn person_word(&self) -> String {
        let lower = self.text.to_lowercase();
        let words = &self.snapshot.policy.words.person;
        words.iter().find(|word| has_words(&lower, &word.to_lowercase())).cloned().unwrap_or_default()
    }

    /// What the policy says; reasons to ask are noted.
    fn asked(&mut self, facts: &Facts) -> Decision {
        let decision = decide(&self.snapshot.policy, &self.complete(facts));
        if decision.verdict < Verdict::Refuse {
            self.note(&decision);
        }
        decision
    }

    /// For an answer without an action.
    fn answer(&mut self, facts: &Facts) {
        let facts = Facts { action: None, ..facts.clone() };
        self.asked(&facts);
    }

    fn note(&mut self, decision: &Decision) {
        for reason in decision.reasons.iter().filter(|reason| reason.verdict == Verdict::Ask) {
            self.ask(reason.text.clone());
        }
        self.plan.needs = self.plan.needs.max(decision.asks);
        if decision.asks == Asked::Manager {
            self.ask("a manager decides".to_owned());
        }
    }

    pub(super) fn ask(&mut self, reason: String) {
        if !self.plan.asks.contains(&reason) {
            self.plan.asks.push(reason);
        }
    }

    pub(super) fn hand_off(&mut self, reason: String) {
        self.plan.hand_off.get_or_insert(reason);
    }

    /// Gives the answers to choose from, if they can be told apart.
    fn offer(&mut self, choices: Vec<String>) {
        let is_apart = |(place, choice): (usize, &String)| choices.iter().take(place).all(|other| other != choice);
        let says_something = choices.iter().all(|choice| !choice.trim().is_empty());
        if choices.len() > 1 && says_something && choices.iter().enumerate().all(is_apart) {
            self.plan.choices = choices;
        }
    }

    fn say(&mut self, template: &'static str, variables: Variables) {
        self.plan.parts.push(Part { template, variables });
    }

    /// The first deciding reason stays.
    fn reason(&mut self, why: &str, rule: &str, proposal: &str) {
        if self.plan.why.is_empty() {
            why.clone_into(&mut self.plan.why);
            rule.clone_into(&mut self.plan.rule);
            proposal.clone_into(&mut self.plan.proposal);
        }
    }

    fn because(&mut self, decision: &Decision, proposal: &str) {
        let why = deciding(decision);
        let (text, rule) = why.map_or((String::new(), ""), |reason| (reason.text.clone(), reason.clause));
        self.reason(&text, rule, proposal);
    }

    /// Adds an action with the evidence that it is done.
    fn act(&mut self, known: &KnownOrder, action: OrderAction, label: String, values: Vec<String>) {
        self.act_as("action", known, action, label, values);
    }

    /// The same with its evidence under a key of its own.
    fn act_as(&mut self, key: &str, known: &KnownOrder, action: OrderAction, label: String, values: Vec<String>) {
        if let OrderAction::Refund { amount, .. } = &action {
            self.compare_sums(&known.order, *amount);
        }
        if matches!(action, OrderAction::Replace { .. }) && self.names_another_address(known) {
            self.ask("an address is named, and the shop sends to the one of the order".to_owned());
        }
        if self.rests_on_words() && plainly::says_something(&self.snapshot.below(), &self.snapshot.names()) {
            self.ask("what stands below the signature may change what is wanted".to_owned());
        }
        self.facts.add_action(key, &action, &label, values, self.snapshot.now);
        self.plan.actions.push(ProposedAction {
            source_id: known.source_id,
            order_id: known.order.id.clone(),
            order_number: known.order.number.clone(),
            worth: worth_of(&action, &known.order),
            action,
            label,
            problem: None,
        });
    }

    fn names_another_address(&self, known: &KnownOrder) -> bool {
        let code = &known.order.shipping_address.postal_code;
        self.reading.address.as_deref().is_some_and(|address| code.is_empty() || !address.contains(code))
    }

    /// Whether the shop would do it; if not, a person takes over.
    fn shop_allows(&mut self, known: &KnownOrder, kind: ActionKind) -> bool {
        match known.order.refusal(kind) {
            None => true,
            Some(reason) => {
                self.hand_off(format!("The shop refuses: {reason}"));
                false
            }
        }
    }

    fn order_variables(&self, known: &KnownOrder, focus: Option<&Shipment>) -> Variables {
        self.writer().with_order(&known.order, focus)
    }
}

/// The reason that stands for the decision: what refuses or asks by a rule, before how sure it is or who approves.
fn deciding(decision: &Decision) -> Option<&Reason> {
    let general = ["level", "unsure", "identity", "off", "person_word", "risk"];
    let by_rule = decision.reasons.iter().find(|reason| !general.contains(&reason.code));
    by_rule.or_else(|| decision.first())
}

#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "a share of 0 to 1 as whole percent")]
pub(super) fn percent(share: f32) -> i64 {
    (share.clamp(0.0, 1.0) * 100.0).round() as i64
}

/// Refunded for an order so far, in minor units, if the currency is the policy's.
fn refunded(known: &KnownOrder) -> i64 {
    known.order.refunded().minor
}
