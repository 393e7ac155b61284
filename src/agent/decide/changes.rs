//! What can only be changed before an order leaves.

use std::sync::LazyLock;

use regex::Regex;

use super::Case;
use super::countries::{code_fits, country_at_the_end, country_at_the_start, country_of_prefix};
use super::delivery::focus;
use super::items::is_partly_sent;
use super::plainly::cancels;
use super::turned::wants_more;
use crate::agent::clauses::NEGATIONS;
use crate::agent::errands::reason_given;
use crate::agent::understand::phrases::plain_words;
use crate::agent::variables::method;
use crate::model::order::{ActionKind, Address, KnownOrder, OrderAction, OrderStatus};
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
            .and_then(|text| parse_address(text, self.behind(text), &known.order.shipping_address));
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
        let line = one_line(&address);
        line.clone_into(&mut variables.done.address);
        self.act(known, OrderAction::ChangeAddress { address }, format!("Send to {line}"), vec![line]);
        self.say("change_address", variables);
        self.because(&decision, "Address");
    }

    /// What follows a piece of the message.
    fn behind(&self, piece: &str) -> &str {
        self.text.find(piece).and_then(|at| self.text.get(at + piece.len()..)).unwrap_or_default()
    }

    pub(super) fn change_items(&mut self, known: &KnownOrder) {
        if !known.order.has_left() {
            if !self.swaps_items(known) {
                self.hand_off("Wants other items in an order that was not sent yet.".to_owned());
            }
            return;
        }
        let facts = self.facts_of_kind(known, ActionKind::ChangeItems);
        let decision = crate::policy::decide(&self.snapshot.policy, &self.complete(&facts));
        self.refused(known, &decision, "change_items", "Too late to change");
    }
}

/// Whether a piece of a text, an address, is named as what is not meant: “not to …”, “I moved from …”.
fn is_denied(text: &str, piece: &str) -> bool {
    const FROM: &[&str] = &["from", "von", "van", "da", "desde", "depuis"];
    const NO_LONGER: &[&str] = &["longer", "more", "anymore", "mehr", "plus", "mas", "piu", "meer", "mais"];
    // Behind these “no” is a number's.
    const NUMBERED: &[&str] = &["order", "pedido", "ordine", "commande", "purchase"];
    let Some(before) = text.find(piece).and_then(|at| text.get(..at)) else { return false };
    let stretch = before.rsplit(['.', '!', '?', ';', ',', ':', '\n']).next().unwrap_or_default();
    let words = plain_words(stretch);
    let denies = |(place, word): (usize, &String)| {
        let is_behind = |list: &[&str]| {
            place.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|word| list.contains(&word.as_str()))
        };
        NEGATIONS.contains(&word.as_str()) && !(word == "no" && is_behind(NUMBERED))
    };
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let is_left = words.last().is_some_and(|last| FROM.contains(&last.as_str()));
    is_left || (words.iter().enumerate().any(denies) && !says(NO_LONGER))
}

/// `Hafenweg 4, 20457 Hamburg, DE`.
pub(super) fn one_line(address: &Address) -> String {
    let town = format!("{} {}", address.postal_code, address.city);
    let parts = [address.line1.as_str(), address.line2.as_str(), town.trim(), address.country.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Street, postal code, town and country out of one text. Nothing if one of them is missing; the country before counts
/// only where the postal code is one of it, because a parcel to the wrong country is lost. `after` follows the text.
fn parse_address(text: &str, after: &str, before: &Address) -> Option<Address> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?u)^\s*(?P<street>[^,\n]*\d[^,\n]*?)\s*[,\n]\s*(?:(?P<prefix>[A-Z]{1,2})-)?(?P<code>\d{4,5}(?:\s?[A-Z]{2})?)\s+(?P<town>\p{L}[^,\n\d]{1,60}?)\s*(?:[,.\n](?P<rest>(?s:.*)))?$").ok()
    });
    let found = SHAPE.as_ref()?.captures(text)?;
    let part = |name: &str| found.name(name).map(|part| part.as_str().trim().to_owned());
    let (town, behind_town) = country_at_the_end(part("town")?);
    let named = found.name("rest").and_then(|rest| country_at_the_start(rest.as_str()));
    let named = behind_town.or(named).or_else(|| country_at_the_start(after));
    let prefix = found.name("prefix").and_then(|prefix| country_of_prefix(prefix.as_str()));
    let code = part("code")?;
    let country = match named.or(prefix) {
        Some(country) => country.to_owned(),
        None if code_fits(&code, &before.country) => before.country.clone(),
        None => return None,
    };
    Some(Address {
        name: before.name.clone(),
        line1: part("street")?,
        line2: String::new(),
        postal_code: code,
        city: town,
        region: String::new(),
        country,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, after: &str) -> Option<Address> {
        let before = Address { name: "Sam Lee".to_owned(), country: "DE".to_owned(), ..Address::default() };
        parse_address(text, after, &before)
    }

    #[test]
    fn an_address_needs_street_code_and_town() {
        let found = parsed("Hafenweg 4, 20457 Hamburg", "").unwrap();
        assert_eq!(
            (found.line1.as_str(), found.postal_code.as_str(), found.city.as_str()),
            ("Hafenweg 4", "20457", "Hamburg")
        );
        assert_eq!((found.name.as_str(), found.country.as_str()), ("Sam Lee", "DE"));
        assert_eq!(one_line(&found), "Hafenweg 4, 20457 Hamburg, DE");
        for text in ["Hafenweg, Hamburg", "20457 Hamburg", "Hafenweg 4", ""] {
            assert!(parsed(text, "").is_none(), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_left_or_denied_is_told_apart() {
        let place = "Hafenweg 4, 20457 Hamburg";
        for before in ["Do not send PC-1001 to ", "I moved from ", "Bitte nicht an ", "N'envoyez pas au ", "Niet naar "]
        {
            assert!(is_denied(&format!("{before}{place}"), place), "{before}");
        }
        for before in
            ["Send order no PC-1001 to ", "It is not sent yet. Send it to ", "I am no longer there but at ", "To:\n"]
        {
            assert!(!is_denied(&format!("{before}{place}"), place), "{before}");
        }
    }

    #[test]
    fn the_country_is_the_written_one_and_never_guessed() {
        for (text, after, line) in [
            ("Bahnhofstrasse 10, 8001 Zürich", ", Switzerland. Thanks", "Bahnhofstrasse 10, 8001 Zürich, CH"),
            ("Bahnhofstrasse 10, 8001 Zürich", "\nSchweiz\nGruß", "Bahnhofstrasse 10, 8001 Zürich, CH"),
            ("Bahnhofstrasse 10\n8001 Zürich, Suisse", "", "Bahnhofstrasse 10, 8001 Zürich, CH"),
            ("Ringstraße 3, 1010 Wien Österreich", "", "Ringstraße 3, 1010 Wien, AT"),
            ("Ringstraße 3, A-1010 Wien", "", "Ringstraße 3, 1010 Wien, AT"),
            ("12 rue des Lilas, 69003 Lyon", " (France)", "12 rue des Lilas, 69003 Lyon, FR"),
            ("Hafenweg 4, 20457 Hamburg", ". Italy was nice", "Hafenweg 4, 20457 Hamburg, DE"),
        ] {
            assert_eq!(parsed(text, after).map(|address| one_line(&address)).as_deref(), Some(line), "{text}{after}");
        }
        assert!(parsed("Bahnhofstrasse 10, 8001 Zürich", ". Thanks").is_none(), "no German code, no country");
    }
}
