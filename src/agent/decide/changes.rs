//! What can only be changed before an order leaves.

use super::Case;
use super::addresses::{addressed, is_denied, parse_address};
use super::delivery::focus;
use super::items::is_partly_sent;
use super::plainly::cancels;
use super::turned::wants_more;
use crate::agent::errands::reason_given;
use crate::agent::variables::method;
use crate::model::order::{ActionKind, KnownOrder, OrderAction, OrderStatus};
use crate::policy::{Decision, Facts, Verdict};

impl Case<'_> {
    /// Says that it is too late, if that is why.
    fn refused(&mut self, known: &KnownOrder, decision: &Decision, template: &'static str, proposal: &str) {
        if decision.reasons.iter().all(|reason| reason.code != "shipped") {
            let why = decision.first().map_or_else(String::new, |reason| reason.text.clone());
            return self.hand_off(format!("The policy refuses: {why}."));
        }
        if is_partly_sent(known) {
            return self.hand_off("Part of the order has left; what has not may still be changed.".to_owned());
        }
        if let Some(parcel) = focus(known) {
            self.facts.focus(known, parcel, self.snapshot);
        }
        for state in ["#shipped", "#not cancel", "#not address", "#not change"] {
            self.facts.tag("order", state);
        }
        let mut variables = self.order_variables(known, focus(known));
        "shipped".clone_into(&mut variables.refused);
        self.answer(&Facts::default());
        self.say(template, variables);
        self.reason("already handed to the carrier", decision.first().map_or("", |reason| reason.clause), proposal);
    }

    pub(super) fn cancel(&mut self, known: &KnownOrder) {
        let order = &known.order;
        let is_plain = !self.rests_on_words() || cancels(&self.said(order));
        if order.status == OrderStatus::Cancelled && !is_plain {
            return self.hand_off("The order is cancelled; what is wanted now is not clear.".to_owned());
        }
        if order.status == OrderStatus::Cancelled {
            self.answer(&Facts::default());
            let variables = self.order_variables(known, None);
            self.say("cancel_order", variables);
            return self.reason("already cancelled", "cancel", "Status");
        }
        if let Some(why) = self.opposite(ActionKind::Cancel).filter(|_| !is_plain) {
            return self.hand_off(why);
        }
        if !is_plain && self.rests_on_words() && wants_more(self.text) {
            return self.hand_off("Something else is wanted beside the cancellation.".to_owned());
        }
        if !is_plain {
            self.ask("whether the whole order is to be cancelled is not said plainly".to_owned());
        }
        let back = order.refundable();
        let reason = reason_given(self.text, &self.snapshot.policy.cancel.reasons);
        let facts =
            Facts { reason: reason.unwrap_or_default().to_owned(), ..self.facts_of_kind(known, ActionKind::Cancel) };
        let decision = self.asked(&facts);
        if decision.verdict == Verdict::Refuse {
            return self.refused(known, &decision, "cancel_order", "Too late to cancel");
        }
        if !self.shop_allows(known, ActionKind::Cancel) {
            return;
        }
        let mut variables = self.order_variables(known, None);
        variables.done.cancel = true;
        let mut values = vec![order.number.clone()];
        if back.minor > 0 {
            variables.done.refund = self.writer().money(back);
            variables.done.method = method(order);
            values.extend([back.to_string(), method(order)]);
        }
        let label = format!("Cancel {} and give {back} back", order.number);
        let reason = reason.unwrap_or("asked by the customer").to_owned();
        self.act(known, OrderAction::Cancel { reason }, label, values);
        self.say("cancel_order", variables);
        self.because(&decision, &format!("Cancel {}", order.total.decimal()));
    }

    pub(super) fn change_address(&mut self, known: &KnownOrder) {
        if let Some(why) = self.opposite(ActionKind::ChangeAddress) {
            return self.hand_off(why);
        }
        let named = self.reading.address.as_deref();
        if self.rests_on_words() && named.is_some_and(|address| is_denied(self.text, address)) {
            return self.hand_off("The address that is named may be the one that is not wanted.".to_owned());
        }
        let facts = self.facts_of_kind(known, ActionKind::ChangeAddress);
        let address = self
            .reading
            .address
            .as_deref()
            .and_then(|piece| parse_address(self.text, piece, &known.order.shipping_address));
        let refused = crate::policy::decide(&self.snapshot.policy, &self.complete(&facts));
        if refused.verdict == Verdict::Refuse {
            return self.refused(known, &refused, "change_address", "Too late to change");
        }
        let mut variables = self.order_variables(known, None);
        let Some(address) = address else {
            self.answer(&Facts::default());
            self.say("change_address", variables);
            return self.reason("the new address is not complete", "address", "Ask for the address");
        };
        if !self.shop_allows(known, ActionKind::ChangeAddress) {
            return;
        }
        if self.rests_on_words() && !self.asks_plainly(known, ActionKind::ChangeAddress) {
            self.ask("whether the order is to go to this address is not said plainly".to_owned());
        }
        let decision = self.asked(&facts);
        let line = addressed(&address, &known.order.shipping_address);
        line.clone_into(&mut variables.done.address);
        self.act(known, OrderAction::ChangeAddress { address }, format!("Send to {line}"), vec![line]);
        self.say("change_address", variables);
        self.because(&decision, "Address");
    }

    pub(super) fn change_items(&mut self, known: &KnownOrder) {
        if !known.order.has_left() {
            if !self.swaps_items(known) {
                let plain = || "Wants other items in an order that was not sent yet.".to_owned();
                self.hand_off(self.opposite(ActionKind::ChangeItems).unwrap_or_else(plain));
            }
            return;
        }
        let facts = self.facts_of_kind(known, ActionKind::ChangeItems);
        let decision = crate::policy::decide(&self.snapshot.policy, &self.complete(&facts));
        self.refused(known, &decision, "change_items", "Too late to change");
    }
}
