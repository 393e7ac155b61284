//! All that a message wants done with orders of its writer's, in one reply: only where every part of it is read, fits its order
//! and is not refused by the policy. Else a person takes the whole of it.

use super::addresses::{addressed, addressee, country_behind};
use super::items::Meant;
use super::plainly::{leaves_return_open, was_sent_back};
use super::variants::variant_named;
use super::wishes::{Remedy, declined};
use super::{Case, refunded};
use crate::agent::broken;
use crate::agent::clauses::{clauses, is_negated, is_refusal};
use crate::agent::errands::{Errand, Errands, Known, read, reason_given, weigh_facts};
use crate::agent::gather::owner;
use crate::agent::order_facts::{facts_of, intent_of};
use crate::agent::variables::{DeedVars, method, name_of, product_name};
use crate::commerce::precondition::refused_kind;
use crate::model::order::{ActionKind, Address, KnownOrder, LineChange, LineQuantity, Order, OrderAction, Product};
use crate::policy::{Decision, Facts, Identity, Level, Verdict, intent_label, level};
use crate::voice::{format, has_words};

/// Words with which one thing is wanted for another, in small letters.
const SWAPPING: &[&str] = &[
    "instead",
    "change",
    "swap",
    "switch",
    "exchange",
    "statt",
    "stattdessen",
    "anstatt",
    "ändern",
    "tauschen",
    "umtauschen",
    "austauschen",
    "wechseln",
    "au lieu",
    "à la place",
    "changer",
    "échanger",
    "remplacer",
    "en vez",
    "en lugar",
    "cambiar",
    "invece",
    "al posto",
    "cambiare",
    "in plaats",
    "wijzigen",
    "veranderen",
    "omruilen",
    "ruilen",
];

/// Words with which something is wanted beside what was ordered, in small letters.
const ADDING: &[&str] = &[
    "add",
    "adding",
    "another",
    "additional",
    "extra",
    "hinzufügen",
    "dazu",
    "zusätzlich",
    "noch ein",
    "noch eine",
    "noch einen",
    "ajouter",
    "ajoutez",
    "añadir",
    "añadan",
    "agregar",
    "aggiungere",
    "toevoegen",
    "erbij",
];

/// Why a person looks at what was read from few words.
const FEW_WORDS: &str = "which goods are wanted instead is read from few words";

/// What is done for one errand, as the reply and the approval tell it.
struct Told {
    deed: DeedVars,
    label: String,
    values: Vec<String>,
}

impl Case<'_> {
    /// What is wanted with several orders that the customer names, all of it, or a person.
    pub(super) fn several_orders(&mut self, orders: &[KnownOrder]) {
        let is_theirs = orders.iter().all(|known| owner(self.snapshot, known) == Identity::Proved);
        let is_one_shop = orders.iter().all(|known| orders.first().is_some_and(|one| one.source_id == known.source_id));
        if is_theirs && is_one_shop {
            let errands = self.errands(orders);
            let is_meant = |known: &KnownOrder| errands.wanted.iter().any(|errand| errand.order_id == known.order.id);
            // Of one that is named and left undone nobody would hear.
            if errands.hand_off.is_none() && orders.iter().all(is_meant) {
                self.identity = Identity::Proved;
                return self.carry_out(orders, &errands);
            }
        }
        let numbers: Vec<&str> = orders.iter().map(|known| known.order.number.as_str()).collect();
        self.hand_off(format!("The customer names several orders: {}.", numbers.join(", ")));
    }

    /// Does several things with one order, where all of them are read. Gives whether they were, also where a person does them.
    pub(super) fn does_several(&mut self, known: &KnownOrder) -> bool {
        let orders = std::slice::from_ref(known);
        let errands = self.errands(orders);
        let is_several = errands.hand_off.is_none() && errands.wanted.len() > 1;
        if is_several {
            self.carry_out(orders, &errands);
        }
        is_several
    }

    /// Changes the goods of an order that was not sent, where it is told which into which. Gives whether it is.
    pub(super) fn swaps_items(&mut self, known: &KnownOrder) -> bool {
        let orders = std::slice::from_ref(known);
        let errands = self.errands(orders);
        if is_only(&errands, ActionKind::ChangeItems) {
            self.carry_out(orders, &errands);
            return true;
        }
        let Some(errand) = self.swapped(known) else { return false };
        let doubts = vec![FEW_WORDS.to_owned()];
        self.carry_out(orders, &Errands { wanted: vec![errand], doubts, hand_off: None });
        true
    }

    /// Whether the message asks for a thing of this kind with the order in the very words of a request, and for nothing else.
    pub(super) fn asks_plainly(&self, known: &KnownOrder, kind: ActionKind) -> bool {
        let errands = self.errands(std::slice::from_ref(known));
        is_only(&errands, kind) && errands.doubts.is_empty()
    }

    /// Another way to pay, where it is told which.
    pub(super) fn change_payment(&mut self, known: &KnownOrder) {
        let orders = std::slice::from_ref(known);
        let errands = self.errands(orders);
        if is_only(&errands, ActionKind::ChangePayment) {
            return self.carry_out(orders, &errands);
        }
        self.hand_off(format!("{} is answered by a person.", self.label()));
    }

    /// What the message asks for with these orders. A reason that it does not give is not put into its writer's mouth.
    fn errands(&self, orders: &[KnownOrder]) -> Errands {
        let known = Known {
            orders: orders.iter().map(|known| known.order.clone()).collect(),
            account: None,
            variants: self.products.to_vec(),
            reasons: self.snapshot.policy.cancel.reasons.clone(),
        };
        let mut errands = read(self.text, &known);
        let given = reason_given(self.text, &known.reasons).unwrap_or("asked by the customer");
        for errand in &mut errands.wanted {
            match &mut errand.action {
                OrderAction::Cancel { reason } => given.clone_into(reason),
                OrderAction::ChangeAddress { address } => self.complete_address(address),
                _ => {}
            }
        }
        errands
    }

    /// The country and the addressee that are written with an address, where the message names this one.
    fn complete_address(&self, address: &mut Address) {
        let code = address.postal_code.as_str();
        let Some(piece) = self.reading.address.as_deref().filter(|piece| !code.is_empty() && piece.contains(code))
        else {
            return;
        };
        if let Some(country) = country_behind(self.text, piece) {
            country.clone_into(&mut address.country);
        }
        if let Some((name, between)) = addressee(self.text, piece) {
            address.name = name;
            if address.line2.is_empty() {
                address.line2 = between;
            }
        }
    }

    /// The other variant that is wanted for the one line that is meant, in the words of somebody who swaps it.
    fn swapped(&self, known: &KnownOrder) -> Option<Errand> {
        let lower = self.text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| has_words(&lower, words));
        if !says(SWAPPING) || says(ADDING) || clauses(self.text).iter().any(|clause| is_negated(clause)) {
            return None;
        }
        let Meant::Lines(lines) = self.meant(known) else { return None };
        let [part] = lines.as_slice() else { return None };
        let line = known.order.line(&part.line_id)?;
        let other = variant_named(self.products, line, part.quantity, self.text)?;
        let change = LineChange { line_id: line.id.clone(), quantity: part.quantity, sku: other.sku.clone() };
        let reason = "asked by the customer".to_owned();
        let action = OrderAction::ChangeItems { changes: vec![change], reason, settled_by: None };
        Some(Errand { order_id: known.order.id.clone(), action })
    }

    /// Does all of it, or leaves all of it to a person.
    fn carry_out(&mut self, orders: &[KnownOrder], errands: &Errands) {
        self.plan.is_whole = true;
        let is_cancelled = |errand: &&Errand| errand.action.kind() == ActionKind::Cancel;
        if self.rests_on_words() && errands.wanted.iter().filter(is_cancelled).count() > 1 {
            return self.hand_off(
                "More than one order would be cancelled; which ones are meant is read by a person.".to_owned(),
            );
        }
        let mut settled: Vec<(&KnownOrder, &Errand, Decision, Told)> = Vec::new();
        for errand in &errands.wanted {
            let Some(known) = orders.iter().find(|known| known.order.id == errand.order_id) else {
                return self.hand_off("An order that is spoken of is not one of those that were read.".to_owned());
            };
            let against = clash(&errands.wanted, errand)
                .or_else(|| several_pieces(&known.order, &errand.action))
                .or_else(|| self.said_otherwise(errand.action.kind()));
            let decided = against.map_or_else(|| self.weighed(known, &errand.action), Err);
            let told = self.told(&known.order, &errand.action, settled.len().saturating_add(1));
            match (decided, told) {
                (Ok(decision), Some(told)) => settled.push((known, errand, decision, told)),
                (Err(why), _) => {
                    return self.hand_off(format!("{}: {}.", known.order.number, why.trim_end_matches('.')));
                }
                (Ok(_), None) => return self.hand_off("What is wanted is done by a person.".to_owned()),
            }
        }
        self.answer(&Facts::default());
        for doubt in &errands.doubts {
            self.ask(doubt.clone());
        }
        // Which wish belongs to which order hangs on words that are easily read wrongly.
        if self.rests_on_words() && errands.wanted.len() > 1 {
            self.ask("several things are wanted at once".to_owned());
        }
        if self.rests_on_words() && self.snapshot.unanswered().len() > 1 {
            self.ask("it is said in several messages, of which a later one may turn an earlier one".to_owned());
        }
        let mut variables = self.writer().base();
        for (known, errand, decision, told) in settled {
            self.note(&decision);
            self.ask_beside(known, &errand.action);
            if !told.deed.refund.is_empty() {
                variables.done.refund.clone_from(&told.deed.refund);
            }
            let key = format!("action.{}", told.deed.number);
            variables.deeds.push(told.deed);
            self.act_as(&key, known, errand.action.clone(), told.label, told.values);
            let own = intent_label(intent_of(errand.action.kind()));
            self.because(&decision, if errands.wanted.len() > 1 { "Several changes" } else { own });
        }
        self.say("orders_changed", variables);
    }

    /// What the policy says to it; or why it is not done.
    fn weighed(&self, known: &KnownOrder, action: &OrderAction) -> Result<Decision, String> {
        let (order, policy) = (&known.order, &self.snapshot.policy);
        let mut facts = facts_of(order, action, self.products, self.snapshot.moment());
        let back = comes_back(action);
        if !back.is_empty() {
            facts.days_since_delivery = self.days_since_delivery(known, &back);
        }
        if matches!(action, OrderAction::Cancel { .. }) {
            reason_given(self.text, &policy.cancel.reasons).unwrap_or_default().clone_into(&mut facts.reason);
        }
        // Each kind of request has its own level, whatever the message as a whole was read as.
        let facts = Facts { intent: facts.intent.clone(), ..self.complete(&facts) };
        if level(policy, &facts.intent, &facts.channel) == Level::Off {
            return Err(format!("{} is answered by a person", intent_label(&facts.intent)));
        }
        let weighed = weigh_facts(policy, order, action, &facts);
        if weighed.verdict() == Verdict::Refuse {
            return Err(weighed.words().join("; "));
        }
        refused_kind(order, action.kind()).map_or(Ok(weighed.decision), |refusal| Err(refusal.words))
    }

    /// What else the message says that leaves it to a person.
    fn said_otherwise(&self, kind: ActionKind) -> Option<String> {
        if !self.rests_on_words() {
            return None;
        }
        let why = match kind {
            _ if clauses(self.text).iter().any(|clause| is_refusal(clause)) => "the message also says no",
            ActionKind::Return | ActionKind::Exchange if declined(self.text).contains(&Remedy::Money) => {
                "the money that a return would bring is declined"
            }
            ActionKind::Return | ActionKind::Exchange if was_sent_back(self.text) => "goods were sent back already",
            ActionKind::Return | ActionKind::Exchange if broken::is_spoken_of(self.text) => {
                "goods are spoken of as broken or wrong"
            }
            _ => return self.opposite(kind),
        };
        Some(why.to_owned())
    }

    /// Asks a person for what the policy does not ask about.
    fn ask_beside(&mut self, known: &KnownOrder, action: &OrderAction) {
        if !comes_back(action).is_empty() {
            if self.rests_on_words() && (leaves_return_open(self.text) || self.excepts_goods(known)) {
                self.ask("whether it is to be sent back now is not said plainly".to_owned());
            }
            if refunded(known) > 0 || !known.order.returns.is_empty() {
                self.ask("something of this order was given back already".to_owned());
            }
        }
        if action.kind() == ActionKind::Exchange {
            self.ask("a person sends the other item".to_owned());
        }
        let dearer = changes_of(action).iter().filter_map(|change| {
            let (line, other) = (known.order.line(&change.line_id)?, self.variant(&known.order, change)?);
            let words = || format!("{} costs {}, not {}", product_name(other), other.price, line.unit_price);
            (other.price != line.unit_price).then(words)
        });
        let dearer: Vec<String> = dearer.collect();
        for words in dearer {
            self.ask(words);
        }
    }

    /// What a change wants, as the shop sells it.
    fn variant(&self, order: &Order, change: &LineChange) -> Option<&Product> {
        let line = order.line(&change.line_id)?;
        self.products.iter().find(|product| product.sku == change.sku && product.title == line.title)
    }

    /// How it is told; nothing for what no errand does.
    fn told(&self, order: &Order, action: &OrderAction, number: usize) -> Option<Told> {
        let kind = action.kind().as_str();
        let mut deed = DeedVars { number, kind, order: order.number.clone(), ..DeedVars::default() };
        let mut values = vec![order.number.clone()];
        let label = match action {
            OrderAction::Cancel { .. } => {
                let back = order.refundable();
                if back.minor > 0 {
                    deed.refund = self.writer().money(back);
                    deed.method = method(order);
                    values.extend([back.to_string(), method(order)]);
                }
                format!("Cancel {} and give {back} back", order.number)
            }
            OrderAction::Return { lines, .. } => {
                let goods: Option<Vec<String>> =
                    lines.iter().map(|part| order.line(&part.line_id).map(name_of)).collect();
                let goods = goods?;
                deed.goods = format::list(&goods, self.language);
                let label = format!("Take back {} of {}", format::list(&goods, "en"), order.number);
                values.extend(goods);
                label
            }
            OrderAction::Exchange { changes, .. } | OrderAction::ChangeItems { changes, .. } => {
                let pairs: Option<Vec<(String, String)>> = changes
                    .iter()
                    .map(|change| {
                        Some((name_of(order.line(&change.line_id)?), product_name(self.variant(order, change)?)))
                    })
                    .collect();
                let (goods, others): (Vec<String>, Vec<String>) = pairs?.into_iter().unzip();
                deed.goods = format::list(&goods, self.language);
                deed.to = format::list(&others, self.language);
                let (from, to) = (format::list(&goods, "en"), format::list(&others, "en"));
                values.extend(goods.into_iter().chain(others));
                format!("Exchange {from} for {to} in {}", order.number)
            }
            OrderAction::ChangeAddress { address } => {
                deed.to = addressed(address, &order.shipping_address);
                values.push(deed.to.clone());
                format!("Send {} to {}", order.number, deed.to)
            }
            OrderAction::ChangePayment { method } => {
                deed.to.clone_from(&order.method(method)?.name);
                values.push(deed.to.clone());
                format!("Pay {} by {}", order.number, deed.to)
            }
            _ => return None,
        };
        Some(Told { deed, label, values })
    }
}

/// Whether nothing but this is wanted.
fn is_only(errands: &Errands, kind: ActionKind) -> bool {
    let is_it = |errand: &Errand| errand.action.kind() == kind;
    errands.hand_off.is_none() && !errands.wanted.is_empty() && errands.wanted.iter().all(is_it)
}

/// Why an errand cannot be done beside the others of its order.
fn clash(all: &[Errand], one: &Errand) -> Option<String> {
    let brings_back = |kind: ActionKind| matches!(kind, ActionKind::Return | ActionKind::Exchange);
    let kind = one.action.kind();
    let beside = all.iter().filter(|other| !std::ptr::eq(*other, one) && other.order_id == one.order_id);
    let mut kinds = beside.map(|other| other.action.kind());
    let clashes = kinds.any(|other| {
        other == kind || [kind, other].contains(&ActionKind::Cancel) || (brings_back(kind) && brings_back(other))
    });
    clashes.then(|| "what is asked for cannot all be done with one order".to_owned())
}

/// Of several pieces of one line only a person tells how many are meant.
fn several_pieces(order: &Order, action: &OrderAction) -> Option<String> {
    let back = comes_back(action);
    let named = back.iter().map(|part| &part.line_id).chain(changes_of(action).iter().map(|change| &change.line_id));
    let mut several = named.filter_map(|line| order.line(line)).filter(|line| line.current != 1);
    several.next().map(|line| format!("there are several pieces of {}", name_of(line)))
}

fn changes_of(action: &OrderAction) -> &[LineChange] {
    match action {
        OrderAction::Exchange { changes, .. } | OrderAction::ChangeItems { changes, .. } => changes,
        _ => &[],
    }
}

/// The goods that the buyer sends back.
fn comes_back(action: &OrderAction) -> Vec<LineQuantity> {
    let part = |change: &LineChange| LineQuantity { line_id: change.line_id.clone(), quantity: change.quantity };
    match action {
        OrderAction::Return { lines, .. } => lines.clone(),
        OrderAction::Exchange { changes, .. } => changes.iter().map(part).collect(),
        _ => Vec::new(),
    }
}
