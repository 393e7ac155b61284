//! What can only be changed before an order leaves.

use std::sync::LazyLock;

use regex::Regex;

use super::Case;
use super::delivery::focus;
use crate::agent::variables::method;
use crate::model::order::{ActionKind, Address, KnownOrder, OrderAction, OrderStatus};
use crate::policy::{Decision, Facts, Verdict};

impl Case<'_> {
    fn has_left(known: &KnownOrder) -> bool {
        let order = &known.order;
        !matches!(order.status, OrderStatus::Open | OrderStatus::Cancelled)
            || order.lines.iter().any(|line| line.fulfilled > 0)
    }

    /// Says that it is too late, if that is why.
    fn refused(&mut self, known: &KnownOrder, decision: &Decision, template: &'static str, proposal: &str) {
        if decision.reasons.iter().all(|reason| reason.code != "shipped") {
            let why = decision.first().map_or_else(String::new, |reason| reason.text.clone());
            return self.hand_off(format!("The policy refuses: {why}."));
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
        if order.status == OrderStatus::Cancelled {
            self.answer(&Facts::default());
            let variables = self.order_variables(known, None);
            self.say("cancel_order", variables);
            return self.reason("already cancelled", "cancel", "Status");
        }
        let back = order.refundable();
        let facts = Facts {
            action: Some(ActionKind::Cancel),
            amount: order.total.minor,
            currency: Some(order.total.currency),
            shipped: Self::has_left(known),
            ..Facts::default()
        };
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
        self.act(known, OrderAction::Cancel { reason: "asked by the customer".to_owned() }, label, values);
        self.say("cancel_order", variables);
        self.because(&decision, &format!("Cancel {}", order.total.decimal()));
    }

    pub(super) fn change_address(&mut self, known: &KnownOrder) {
        let facts = Facts {
            action: Some(ActionKind::ChangeAddress),
            shipped: Self::has_left(known) || known.order.status == OrderStatus::Cancelled,
            ..Facts::default()
        };
        let address =
            self.reading.address.as_deref().and_then(|text| parse_address(text, &known.order.shipping_address));
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
        let decision = self.asked(&facts);
        let line = one_line(&address);
        line.clone_into(&mut variables.done.address);
        self.act(known, OrderAction::ChangeAddress { address }, format!("Send to {line}"), vec![line]);
        self.say("change_address", variables);
        self.because(&decision, "Address");
    }

    pub(super) fn change_items(&mut self, known: &KnownOrder) {
        if !Self::has_left(known) {
            return self.hand_off("Wants other items in an order that was not sent yet.".to_owned());
        }
        let facts = Facts { action: Some(ActionKind::Cancel), shipped: true, ..Facts::default() };
        let decision = crate::policy::decide(&self.snapshot.policy, &self.complete(&facts));
        self.refused(known, &decision, "change_items", "Too late to change");
    }
}

/// `Hafenweg 4, 20457 Hamburg, DE`.
fn one_line(address: &Address) -> String {
    let town = format!("{} {}", address.postal_code, address.city);
    let parts = [address.line1.as_str(), address.line2.as_str(), town.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Street, postal code and town out of one text; the rest as it was. Nothing if one of them is missing.
fn parse_address(text: &str, before: &Address) -> Option<Address> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?u)^\s*(?P<street>[^,\n]*\d[^,\n]*?)\s*[,\n]\s*(?P<code>(?:[A-Z]{1,2}-)?\d{4,5}(?:\s?[A-Z]{2})?)\s+(?P<town>\p{L}[^,\n\d]{1,60}?)\s*(?:[,.\n].*)?$").ok()
    });
    let found = SHAPE.as_ref()?.captures(text)?;
    let part = |name: &str| found.name(name).map(|part| part.as_str().trim().to_owned());
    Some(Address {
        name: before.name.clone(),
        line1: part("street")?,
        line2: String::new(),
        postal_code: part("code")?,
        city: part("town")?,
        region: String::new(),
        country: before.country.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_street_code_and_town() {
        let before = Address { name: "Sam Lee".to_owned(), country: "DE".to_owned(), ..Address::default() };
        let found = parse_address("Hafenweg 4, 20457 Hamburg", &before).unwrap();
        assert_eq!(
            (found.line1.as_str(), found.postal_code.as_str(), found.city.as_str()),
            ("Hafenweg 4", "20457", "Hamburg")
        );
        assert_eq!((found.name.as_str(), found.country.as_str()), ("Sam Lee", "DE"));
        assert_eq!(one_line(&found), "Hafenweg 4, 20457 Hamburg");
        for text in ["Hafenweg, Hamburg", "20457 Hamburg", "Hafenweg 4", ""] {
            assert!(parse_address(text, &before).is_none(), "{text}");
        }
    }
}
