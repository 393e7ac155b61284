//! Goods that came broken or wrong, or that come back.

use super::delivery::focus;
use super::items::Meant;
use super::plainly::{cancels, leaves_return_open, reports, sends_back, was_sent_back};
use super::variants::variant_named;
use super::wishes::{Remedy, asks_for_money, declined, instructed, wish, wished};
use super::{Case, refunded};
use crate::agent::order_facts::facts_of;
use crate::agent::understand::intent::Intent;
use crate::agent::variables::{Variables, method, name_of, product_name};
use crate::model::action::goods_value;
use crate::model::order::{
    ActionKind, KnownOrder, LineChange, LineItem, LineQuantity, Money, OrderAction, Product, RefundKind, ReturnStatus,
    Shipment,
};
use crate::policy::{Case as What, Facts, Verdict};
use crate::voice::format;

fn anything_came(known: &KnownOrder) -> bool {
    known.order.shipments.iter().any(|parcel| parcel.delivered_at.is_some())
}

/// The last parcel that brought goods of these lines; nothing while one of the lines has not come.
fn brought<'a>(known: &'a KnownOrder, lines: &[LineQuantity]) -> Option<&'a Shipment> {
    let came: Option<Vec<&Shipment>> = lines.iter().map(|part| brought_line(known, &part.line_id)).collect();
    came?.into_iter().max_by_key(|parcel| parcel.delivered_at)
}

fn brought_line<'a>(known: &'a KnownOrder, line: &str) -> Option<&'a Shipment> {
    let parcels = &known.order.shipments;
    let holds = |parcel: &&Shipment| parcel.lines.iter().any(|part| part.line_id == line);
    let mut holding: Vec<&Shipment> = parcels.iter().filter(holds).collect();
    if holding.is_empty() {
        // Of a parcel whose goods the shop does not list, it is only known once all of them have come.
        holding = parcels.iter().filter(|parcel| parcel.lines.is_empty()).collect();
        if holding.iter().any(|parcel| parcel.delivered_at.is_none()) {
            return None;
        }
    }
    holding.into_iter().filter(|parcel| parcel.delivered_at.is_some()).max_by_key(|parcel| parcel.delivered_at)
}

/// Whether more pieces of one of these lines are in the order's parcels than were ordered.
pub(super) fn was_sent_again(known: &KnownOrder, lines: &[LineQuantity]) -> bool {
    let sent = |line: &str| {
        let parts = known.order.shipments.iter().flat_map(|parcel| &parcel.lines);
        parts.filter(|part| part.line_id == line).map(|part| part.quantity).fold(0, u32::saturating_add)
    };
    let ordered = |line: &str| known.order.line(line).map_or(0, |line| line.ordered);
    lines.iter().any(|part| sent(&part.line_id) > ordered(&part.line_id))
}

impl Case<'_> {
    fn remedy(&self) -> Option<Remedy> {
        // A teammate's instruction counts before the customer's words, and their newest words before earlier ones.
        let newest = self.snapshot.last_inbound().map_or("", |message| message.body.as_str());
        instructed(&self.snapshot.instruction).or_else(|| wished(newest)).or_else(|| wished(self.text))
    }

    /// Days since the last of these lines came; nothing while one has not.
    pub(super) fn days_since_delivery(&self, known: &KnownOrder, lines: &[LineQuantity]) -> Option<i64> {
        let delivered = brought(known, lines)?.delivered_at?;
        Some((self.snapshot.today() - format::day(delivered)).whole_days())
    }

    /// With the goods in question as `item`.
    fn goods(&mut self, known: &KnownOrder, lines: &[LineQuantity]) -> Variables {
        let came = known.order.shipments.iter().rev().find(|parcel| parcel.delivered_at.is_some());
        let last = brought(known, lines).or(came).or(focus(known));
        if let Some(parcel) = last {
            self.facts.focus(known, parcel, self.snapshot);
        }
        let mut variables = self.order_variables(known, last);
        let goods: Vec<_> = lines.iter().filter_map(|part| known.order.line(&part.line_id)).collect();
        for line in &goods {
            self.facts.add_item("item", known, &line.id);
        }
        if let [only] = goods.as_slice() {
            variables.item = self.writer().item(only);
        } else {
            let all = |name: &dyn Fn(&LineItem) -> String| {
                format::list(&goods.iter().map(|line| name(line)).collect::<Vec<_>>(), self.language)
            };
            variables.item.title = all(&|line| line.title.clone());
            variables.item.name = all(&name_of);
        }
        for text in [variables.item.title.clone(), variables.item.name.clone()] {
            self.facts.tag("item", text);
        }
        variables
    }

    pub(super) fn damaged(&mut self, known: &KnownOrder) {
        if !anything_came(known) {
            if cancels(&self.said(&known.order)) {
                self.intent = Intent::CancelOrder;
                return self.cancel(known);
            }
            return self.hand_off("Reports damage before anything was delivered.".to_owned());
        }
        let Meant::Lines(lines) = self.meant(known) else { return self.ask_which_item(known) };
        if brought(known, &lines).is_none() {
            return self.hand_off("Reports damage of goods that were not delivered yet.".to_owned());
        }
        let mut variables = self.goods(known, &lines);
        let Some(value) = goods_value(&known.order, &lines) else {
            return self.hand_off("The value of the goods is not known.".to_owned());
        };
        if self.snapshot.policy.damaged.photo && self.snapshot.photos == 0 {
            self.answer(&Facts::default());
            self.say("ask_photo", variables);
            return self.reason("no photo", "damaged", "Ask for a photo");
        }
        let Some(remedy) = self.remedy() else {
            if !declined(self.text).is_empty() {
                return self.hand_off("Declines what could be given for the goods.".to_owned());
            }
            self.answer(&Facts::default());
            self.say("ask_remedy", variables);
            self.reason("new one or money back", "damaged", "Ask what is wished");
            let wishes = [Remedy::Again, Remedy::Money].map(|remedy| wish(remedy, self.language).to_owned());
            return self.offer(wishes.into());
        };
        let keep = value.minor < self.snapshot.policy.damaged.keep_below;
        let kind = match remedy {
            Remedy::Again => ActionKind::Replace,
            Remedy::Money if keep => ActionKind::Refund,
            Remedy::Money => ActionKind::Return,
        };
        if kind == ActionKind::Refund && value.minor > known.order.refundable().minor {
            return self.hand_off("Less is left to refund than the goods cost.".to_owned());
        }
        if !self.shop_allows(known, kind) {
            return;
        }
        if self.rests_on_words() && !reports(&self.said(&known.order)) {
            self.ask("that the goods came broken or wrong, and nothing else, is not said plainly".to_owned());
        }
        self.weigh_what_was_given(known, &lines);
        let facts = self.damage_facts(known, &lines, kind, value);
        let decision = self.asked(&facts);
        if decision.verdict == Verdict::Refuse {
            return self.hand_off(decision.first().map_or_else(String::new, |reason| reason.text.clone()));
        }
        if kind == ActionKind::Replace && !keep {
            self.ask("the broken goods are worth sending back".to_owned());
        }
        let reason = "broken or wrong on arrival".to_owned();
        let name = variables.item.name.clone();
        let proposal = match kind {
            ActionKind::Refund => {
                variables.done.refund = self.writer().money(value);
                variables.done.method = method(&known.order);
                variables.done.keep = keep;
                let label = format!("Refund {value} to {}", method(&known.order));
                let values = vec![value.to_string(), method(&known.order)];
                self.act(
                    known,
                    OrderAction::Refund { amount: value, lines, reason, gives_back: Some(RefundKind::Lines) },
                    label,
                    values,
                );
                format!("Refund {}", value.decimal())
            }
            ActionKind::Replace => {
                variables.done.replace = true;
                variables.done.keep = keep;
                self.act(known, OrderAction::Replace { lines, reason }, format!("Send {name} again"), vec![name]);
                "Replace".to_owned()
            }
            _ => {
                variables.done.r#return = true;
                self.act(
                    known,
                    OrderAction::Return { lines, reason, settled_by: None },
                    format!("Take back {name}"),
                    vec![name],
                );
                "Return".to_owned()
            }
        };
        if keep {
            self.facts.tag("policy.damaged", "#keep");
        }
        self.say("damaged_or_wrong_item", variables);
        let than = if keep { "under" } else { "from" };
        let limit = Money::new(self.snapshot.policy.damaged.keep_below, self.snapshot.policy.currency);
        self.reason(&format!("broken on arrival, {than} {limit}"), "damaged", &proposal);
    }

    /// A person weighs what the shop shows as given for an order before, or for these lines of it.
    pub(super) fn weigh_what_was_given(&mut self, known: &KnownOrder, lines: &[LineQuantity]) {
        if refunded(known) > 0 || !known.order.returns.is_empty() {
            self.ask("something of this order was given back already".to_owned());
        }
        if was_sent_again(known, lines) {
            self.ask("was sent again before".to_owned());
        }
        if known.order.total.minor == 0 {
            self.ask("nothing was paid for this order: it may be a replacement itself".to_owned());
        }
    }

    fn damage_facts(&self, known: &KnownOrder, lines: &[LineQuantity], kind: ActionKind, value: Money) -> Facts {
        let in_stock: Option<Vec<bool>> = lines.iter().map(|part| self.in_stock(known, part)).collect();
        Facts {
            case: What::Damaged,
            amount: value.minor,
            currency: Some(value.currency),
            item_value: value.minor,
            days_since_delivery: self.days_since_delivery(known, lines),
            in_stock: in_stock.map(|all| all.into_iter().all(|there| there)),
            replaced_before: was_sent_again(known, lines),
            refunded_order: refunded(known),
            ..self.facts_of_kind(known, kind)
        }
    }

    /// Goods that the customer does not want.
    pub(super) fn take_back(&mut self, known: &KnownOrder, template: &'static str) {
        let kind = if template == "exchange" { ActionKind::Exchange } else { ActionKind::Return };
        if let Some(why) = self.opposite(kind) {
            return self.hand_off(why);
        }
        if self.declines(Remedy::Money) {
            return self.hand_off("Declines the money that a return would bring.".to_owned());
        }
        if self.rests_on_words() && (leaves_return_open(self.text) || self.excepts_goods(known)) {
            self.ask("whether it is to be sent back now is not said plainly".to_owned());
        }
        if let Some(open) = known.order.returns.iter().rev().find(|back| back.status != ReturnStatus::Closed) {
            let status = open.status;
            self.reason(
                &format!("a return is open ({})", crate::agent::variables::word_of(&status)),
                "returns",
                "Status",
            );
            return self.refund_status(known);
        }
        if self.rests_on_words() && was_sent_back(self.text) {
            return self.hand_off("Tells of goods that were sent back, and no return of them is open.".to_owned());
        }
        if known.order.shipments.is_empty() && known.order.refusal(ActionKind::Cancel).is_none() {
            self.ask("what is to go back has not left, so the order would be cancelled".to_owned());
            return self.cancel(known);
        }
        if !anything_came(known) {
            let variables = self.goods(known, &[]);
            self.answer(&Facts::default());
            self.facts.tag("order", "#not return");
            self.say("return_item", variables);
            return self.reason("not delivered yet", "returns", "Explain");
        }
        let Meant::Lines(lines) = self.meant(known) else { return self.ask_which_item(known) };
        if self.rests_on_words() && self.takes_what_is_kept(known, &lines) {
            return self.hand_off("What would be taken back may be what the customer keeps.".to_owned());
        }
        let days = self.days_since_delivery(known, &lines);
        if days.is_none() {
            return self.hand_off("Wants to send back goods that were not delivered yet.".to_owned());
        }
        let mut variables = self.goods(known, &lines);
        let wanted = if template == "exchange" { self.wanted(known, &lines) } else { None };
        let delivered = brought(known, &lines).and_then(|parcel| parcel.delivered_at);
        let name = variables.item.name.clone();
        let reason = if template == "exchange" { "exchange" } else { "customer changed their mind" }.to_owned();
        let (action, label) = match wanted {
            Some(other) => {
                let label = format!("Exchange {name} for {}", product_name(&other));
                let change = |part: LineQuantity| LineChange {
                    line_id: part.line_id,
                    quantity: part.quantity,
                    sku: other.sku.clone(),
                };
                (
                    OrderAction::Exchange {
                        changes: lines.into_iter().map(change).collect(),
                        reason,
                        settled_by: None,
                    },
                    label,
                )
            }
            None => (OrderAction::Return { lines, reason, settled_by: None }, format!("Take back {name}")),
        };
        let facts = Facts {
            days_since_delivery: days,
            ..facts_of(&known.order, &action, self.products, self.snapshot.moment())
        };
        let decision = self.asked(&facts);
        if decision.verdict == Verdict::Refuse {
            return self.too_late(&decision, variables, template, delivered);
        }
        if !self.shop_allows(known, ActionKind::Return) {
            return;
        }
        if self.rests_on_words() && !self.asks_plainly_to_take_back(known, template) {
            self.ask("that goods are to be sent back is not said plainly".to_owned());
        }
        variables.done.r#return = true;
        self.act(known, action, label, vec![name]);
        self.say(template, variables);
        self.because(&decision, if template == "exchange" { "Exchange" } else { "Return" });
    }

    /// Whether it is plainly said that goods go back, or that the money for them is wanted where that is the request.
    fn asks_plainly_to_take_back(&self, known: &KnownOrder, template: &str) -> bool {
        let for_money = template == "refund_request" && asks_for_money(self.text);
        for_money || sends_back(&self.said(&known.order))
    }

    fn too_late(
        &mut self,
        decision: &crate::policy::Decision,
        mut variables: Variables,
        template: &'static str,
        delivered: Option<time::OffsetDateTime>,
    ) {
        let window = self.snapshot.policy.returns.window_days;
        if decision.first().is_none_or(|reason| reason.code != "too_late") {
            return self.hand_off(decision.first().map_or_else(String::new, |reason| reason.text.clone()));
        }
        if let Some(end) = delivered.and_then(|at| format::day(at).checked_add(time::Duration::days(window))) {
            variables.policy.return_until = self.writer().date(end);
            self.facts.tag("policy.returns", end.to_string());
        }
        self.facts.tag("policy.returns", "#not return");
        "too_late".clone_into(&mut variables.refused);
        self.answer(&Facts::default());
        self.say(template, variables);
        self.because(decision, "Refuse the return");
    }

    /// The other variant that is wanted for the only line that comes back, where the shop exchanges it and no doubt is left.
    fn wanted(&self, known: &KnownOrder, lines: &[LineQuantity]) -> Option<Product> {
        let [part] = lines else { return None };
        let line = known.order.line(&part.line_id)?;
        let is_offered = known.order.refusal(ActionKind::Exchange).is_none();
        variant_named(self.products, line, part.quantity, self.text).filter(|_| is_offered).cloned()
    }

    pub(super) fn exchange(&mut self, known: &KnownOrder) {
        if !known.order.has_left() && self.swaps_items(known) {
            return;
        }
        // A person sees to what is sent for it, also where the shop keeps it ready.
        self.ask("a person sends the other item".to_owned());
        self.take_back(known, "exchange");
    }
}
