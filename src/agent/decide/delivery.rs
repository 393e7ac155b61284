//! Where a parcel is, what its lateness means, and what is offered for it.

use std::sync::LazyLock;

use super::goods::was_sent_again;
use super::wishes::{Remedy, declined};
use super::{Case, refunded};
use crate::agent::clauses::{asks, clauses, is_negated};
use crate::agent::understand::intent::Intent;
use crate::agent::understand::phrases::{Phrases, plain_words};
use crate::agent::variables::{Variables, method, name_of};
use crate::model::action::goods_value;
use crate::model::order::{
    ActionKind, KnownOrder, LineQuantity, Money, OrderAction, OrderStatus, RefundKind, Shipment, ShipmentStatus,
    days_late,
};
use crate::policy::{Facts, LostRemedy, Offer, Verdict};
use crate::voice::format;

/// The parcel in question: the latest that has not arrived, else the latest.
pub(super) fn focus(known: &KnownOrder) -> Option<&Shipment> {
    let open = known.order.shipments.iter().rev().find(|parcel| parcel.status != ShipmentStatus::Delivered);
    open.or(known.order.shipments.last())
}

/// How somebody says when or how a parcel should come, folded.
const DELIVER_SO: &str = "not|dont 2 ship|send|deliver|dispatch 4 before|until|on|to|at
    not|wont|away 3 home|there|in
    on|at 0 holiday|holidays|vacation
    moved|umgezogen|demenage|mudado|trasferito|trasferita|verhuisd
    wrong|falsche|falscher|mauvais|mauvaise|equivocado|equivocada|sbagliato|sbagliata|verkeerd|verkeerde 2 address|number|street|adresse|hausnummer|strasse|numero|rue|direccion|calle|indirizzo|civico|via|adres|huisnummer|straat
    leave|deliver|give|hand 5 neighbour|neighbours|neighbor|neighbors|porch|garage|reception|instead
    nicht 5 verschicken|versenden|liefern|schicken|zustellen
    nicht 3 zuhause|hause|da|daheim
    im 0 urlaub
    nachbar|nachbarn|nachbarin|garage|abstellen|packstation
    pas 4 envoyer|expedier|livrer|envoyez|expediez|livrez
    absent|absente|absents
    serai|serons|suis|sommes 1 pas
    voisin|voisins|voisine|gardien
    no 3 envien|enviar|entreguen|entregar|envieis
    no 2 estare|estaremos|estoy|casa
    vecino|vecina|vecinos|portero
    non 3 spedite|spedire|consegnate|consegnare
    non 2 saro|saremo|sono|casa
    vicino|vicina|vicini|portiere
    niet 4 versturen|verzenden|bezorgen|leveren
    niet 2 thuis
    buren|buurman|buurvrouw";

fn wishes_how_to_deliver(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), DELIVER_SO)]));
    clauses(text).into_iter().any(|clause| !PHRASES.find(&plain_words(&clause)).is_empty())
}

/// What somebody says whose parcel came, folded.
const CAME: &str = "arrived|came 1 today|yesterday|now|finally|this|on|late|eventually
    finally|just|now|has|have|it|parcel|package|they 1 arrived|came
    is|its|are|theyre 1 here
    i|we 1 received|got 1 it|the|my|them
    ist|sind|heute|gestern|endlich 3 angekommen|eingetroffen|da
    habe|haben 4 erhalten|bekommen
    est|sont 1 arrive|arrivee|arrives|arrivees|la
    ai|avons|lai 2 recu|recue
    ha|han 0 llegado
    llego|llegaron
    he|hemos 1 recibido
    e|sono 1 arrivato|arrivata|arrivati|arrivate
    ho|abbiamo 2 ricevuto|ricevuta
    is|zijn 3 aangekomen|binnen
    heb|hebben 4 ontvangen|gekregen";

/// With these it is told of what should have been, or of what somebody waits for, folded.
const AWAITED: &[&str] = &[
    "should", "supposed", "would", "must", "until", "till", "when", "once", "if", "where", "why", "sollte", "sollten",
    "hatte", "wann", "wenn", "wo", "bis", "devait", "aurait", "quand", "si", "ou", "debia", "deberia", "cuando",
    "donde", "doveva", "dovrebbe", "quando", "dove", "se", "zou", "moest", "wanneer", "als", "waar",
];

/// Whether the customer says that the parcel is with them.
fn is_told_to_have_come(text: &str) -> bool {
    static PHRASES: LazyLock<Phrases<()>> = LazyLock::new(|| Phrases::new(&[((), CAME)]));
    clauses(text).into_iter().filter(|clause| !is_negated(clause) && !asks(clause)).any(|clause| {
        let words = plain_words(&clause);
        !words.iter().any(|word| AWAITED.contains(&word.as_str())) && !PHRASES.find(&words).is_empty()
    })
}

impl Case<'_> {
    pub(super) fn where_is_it(&mut self, known: &KnownOrder) {
        let Some(parcel) = focus(known) else {
            return self.status(known);
        };
        if self.names_what_has_not_left(known) {
            return self.hand_off("Asks for goods that have not left, of an order that was partly sent.".to_owned());
        }
        if wishes_how_to_deliver(self.text) {
            self.ask("the customer says how or when it should be delivered".to_owned());
        }
        if is_told_to_have_come(self.text) {
            self.ask("the customer says that it came".to_owned());
        }
        self.facts.focus(known, parcel, self.snapshot);
        let late = days_late(parcel, self.snapshot.moment());
        let in_trouble = matches!(parcel.status, ShipmentStatus::Exception | ShipmentStatus::Returning);
        let lost_after = self.snapshot.policy.lost.after_days;
        if in_trouble && late <= lost_after {
            return self.hand_off("The carrier reports trouble with the parcel.".to_owned());
        }
        if known.order.status == OrderStatus::Cancelled {
            return self.status(known);
        }
        let missing = self.intent == Intent::LateOrLost && parcel.status == ShipmentStatus::Delivered;
        if missing {
            self.ask("the carrier says delivered, the customer says not".to_owned());
            return self.late_reply(parcel, self.order_variables(known, Some(parcel)), "delivered, not found");
        }
        if late > lost_after {
            return self.lost(known, parcel, late);
        }
        if late > 0 {
            return self.late(known, parcel, late);
        }
        if self.intent == Intent::LateOrLost && parcel.promised.is_some() && parcel.shipped_at.is_some() {
            return self.late_reply(parcel, self.order_variables(known, Some(parcel)), "still on time");
        }
        self.status(known);
    }

    fn status(&mut self, known: &KnownOrder) {
        self.answer(&Facts::default());
        let variables = self.order_variables(known, focus(known));
        self.say("where_is_my_order", variables);
        self.reason("order status", "", "Status");
    }

    fn late_reply(&mut self, parcel: &Shipment, variables: Variables, why: &str) {
        let late = days_late(parcel, self.snapshot.moment());
        self.answer(&Facts { days_late: Some(late), ..Facts::default() });
        self.say("late_or_lost", variables);
        self.reason(why, "late", "Say where it is");
    }

    /// Says so first; then offers what the policy has.
    fn late(&mut self, known: &KnownOrder, parcel: &Shipment, late: i64) {
        let mut variables = self.order_variables(known, Some(parcel));
        let rule = &self.snapshot.policy.late;
        let amount = match rule.offer {
            Offer::ShippingBack => known.order.shipping_price,
            Offer::Credit => Money::new(rule.credit, self.snapshot.policy.currency),
            Offer::Nothing => Money::zero(known.order.currency()),
        };
        let why = lateness(late);
        let given = known.order.refunds.iter().any(|refund| refund.amount == amount || refund.reason.contains("late"));
        let possible = amount.minor > 0
            && amount.currency == known.order.currency()
            && amount.minor <= known.order.refundable().minor
            && known.order.refusal(ActionKind::Refund).is_none();
        if given || !possible {
            return self.late_reply(parcel, variables, &why);
        }
        let facts = Facts {
            case: crate::policy::Case::Late,
            amount: amount.minor,
            currency: Some(amount.currency),
            days_late: Some(late),
            refunded_order: refunded(known),
            ..self.facts_of_kind(known, ActionKind::Refund)
        };
        let decision = self.asked(&facts);
        if decision.verdict == Verdict::Refuse {
            return self.late_reply(parcel, variables, &why);
        }
        if self.declines(Remedy::Money) {
            return self.hand_off("Declines the money that is given for the delay.".to_owned());
        }
        self.weigh_what_was_given(known, &parcel.lines);
        variables.done.refund = self.writer().money(amount);
        variables.done.method = method(&known.order);
        variables.done.shipping = rule.offer == Offer::ShippingBack;
        let what = if variables.done.shipping { " of shipping" } else { "" };
        let label = format!("Refund {amount}{what} to {}", method(&known.order));
        let gives_back = Some(if variables.done.shipping { RefundKind::Shipping } else { RefundKind::Goodwill });
        let reason = format!("parcel {}", lateness(late));
        let action = OrderAction::Refund { amount, lines: Vec::new(), reason, gives_back };
        self.act(known, action, label, vec![amount.to_string(), method(&known.order)]);
        self.say("late_or_lost", variables);
        self.reason(&why, "late", &format!("Refund {}", amount.decimal()));
    }

    fn lost(&mut self, known: &KnownOrder, parcel: &Shipment, late: i64) {
        let mut variables = self.order_variables(known, Some(parcel));
        let lines: Vec<LineQuantity> = parcel.lines.iter().filter(|part| part.quantity > 0).cloned().collect();
        let value = goods_value(&known.order, &lines);
        let replace = self.snapshot.policy.lost.remedy == LostRemedy::Replacement;
        let kind = if replace { ActionKind::Replace } else { ActionKind::Refund };
        let Some(value) = value.filter(|value| value.minor > 0) else {
            return self.hand_off("It is not known what was in the lost parcel.".to_owned());
        };
        if !replace && value.minor > known.order.refundable().minor {
            return self.hand_off("Less is left to refund than was in the lost parcel.".to_owned());
        }
        if !self.shop_allows(known, kind) {
            return;
        }
        let in_stock: Option<Vec<bool>> = lines.iter().map(|part| self.in_stock(known, part)).collect();
        let facts = Facts {
            case: crate::policy::Case::Lost,
            amount: value.minor,
            currency: Some(value.currency),
            days_late: Some(late),
            in_stock: in_stock.map(|all| all.into_iter().all(|there| there)),
            replaced_before: was_sent_again(known, &lines),
            refunded_order: refunded(known),
            ..self.facts_of_kind(known, kind)
        };
        let decision = self.asked(&facts);
        if decision.verdict == Verdict::Refuse {
            return self.hand_off(decision.first().map_or_else(String::new, |reason| reason.text.clone()));
        }
        if self.declines(if replace { Remedy::Again } else { Remedy::Money }) {
            return self.hand_off("Declines what is given for a lost parcel.".to_owned());
        }
        self.weigh_what_was_given(known, &lines);
        let reason = format!("parcel lost, {}", lateness(late));
        let titles: Vec<String> =
            lines.iter().filter_map(|part| known.order.line(&part.line_id)).map(name_of).collect();
        let goods = format::list(&titles, self.language);
        goods.clone_into(&mut variables.item.name);
        if replace {
            variables.done.replace = true;
            let label = format!("Send {} again", format::list(&titles, "en"));
            self.act(known, OrderAction::Replace { lines, reason }, label, vec![goods]);
        } else {
            variables.done.refund_all = true;
            variables.done.refund = self.writer().money(value);
            variables.done.method = method(&known.order);
            let label = format!("Refund {value} to {}", method(&known.order));
            let values = vec![value.to_string(), method(&known.order)];
            self.act(
                known,
                OrderAction::Refund { amount: value, lines, reason, gives_back: Some(RefundKind::Lines) },
                label,
                values,
            );
        }
        self.say("late_or_lost", variables);
        let proposal = if replace { "Replace".to_owned() } else { format!("Refund {}", value.decimal()) };
        self.reason(&format!("lost: {}", lateness(late)), "lost", &proposal);
    }

    /// Whether the customer says that they do not want what would be given.
    pub(super) fn declines(&self, remedy: Remedy) -> bool {
        self.rests_on_words() && declined(self.text).contains(&remedy)
    }

    pub(super) fn delivery_time(&mut self, known: &KnownOrder) {
        if let Some(parcel) = focus(known) {
            self.facts.focus(known, parcel, self.snapshot);
            let is_late = days_late(parcel, self.snapshot.moment()) > 0;
            if is_late || parcel.status == ShipmentStatus::Delivered || parcel.promised.is_none() {
                return self.where_is_it(known);
            }
        } else {
            return self.status(known);
        }
        self.answer(&Facts::default());
        let variables = self.order_variables(known, focus(known));
        self.say("delivery_time", variables);
        self.reason("delivery date of the order", "", "Date");
    }

    /// Whether the goods of a line can be sent again, if the shop says.
    pub(super) fn in_stock(&self, known: &KnownOrder, part: &LineQuantity) -> Option<bool> {
        let line = known.order.line(&part.line_id)?;
        let product = self.products.iter().find(|product| product.sku == line.sku)?;
        product.in_stock.map(|count| count >= part.quantity)
    }
}

fn lateness(days: i64) -> String {
    if days == 1 { "1 day late".to_owned() } else { format!("{days} days late") }
}

#[cfg(test)]
mod tests {
    use super::{is_told_to_have_come, wishes_how_to_deliver};

    #[test]
    fn who_says_how_to_deliver_is_heard() {
        for text in [
            "Where is PC-1001? Please do not ship it before the 5th of December.",
            "Where is it? I am not home on Friday.",
            "Wo ist es? Freitag bin ich nicht zu Hause.",
            "Où est mon colis ? Vendredi je serai absent.",
            "¿Dónde está? El viernes no estaré en casa.",
            "Dov'è? Venerdì non sarò a casa.",
            "Waar is het? Vrijdag ben ik niet thuis.",
        ] {
            assert!(wishes_how_to_deliver(text), "{text}");
        }
        for text in [
            "Where is my order? It has not arrived.",
            "It has not been delivered yet.",
            "Es ist noch nicht angekommen.",
        ] {
            assert!(!wishes_how_to_deliver(text), "{text}");
        }
    }

    #[test]
    fn who_has_the_parcel_says_so() {
        for text in [
            "My order PC-1001 is here now, a few days late.",
            "It finally arrived.",
            "The parcel came yesterday, late.",
            "Das Paket ist heute angekommen.",
            "Le colis est arrivé.",
            "El paquete ha llegado.",
            "Il pacco è arrivato.",
            "Het pakket is vandaag aangekomen.",
        ] {
            assert!(is_told_to_have_come(text), "{text}");
        }
        for text in [
            "My order PC-1001 is late, it still hasn't arrived!",
            "It should have arrived on Monday.",
            "When will it be here?",
            "Has it arrived at your depot? Where is it?",
            "Das Paket ist noch nicht angekommen.",
            "Das Paket sollte gestern angekommen sein.",
            "Le colis n'est pas arrivé.",
            "El paquete no ha llegado.",
            "Il pacco non è arrivato.",
            "Het pakket is niet aangekomen.",
        ] {
            assert!(!is_told_to_have_come(text), "{text}");
        }
    }
}
