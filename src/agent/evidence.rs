//! Everything that was read, as evidence with source and time, under the keys that templates name.
//!
//! The values of a piece of evidence are what a sentence may state because of it: amounts as `42.00 EUR`, days as
//! `2026-11-21`, numbers, names and links as they are, and states as words behind a `#`: `#delivered`, `#not shipped`.

use time::OffsetDateTime;

use super::records::last_scan;
use super::snapshot::Snapshot;
use super::variables::{expected, method, name_of, product_name, word_of};
use crate::model::Ts;
use crate::model::draft::{Evidence, EvidenceSource};
use crate::model::order::{
    KnownOrder, Order, OrderAction, OrderStatus, Product, Refund, Return, ReturnStatus, Shipment, ShipmentStatus,
    days_late,
};
use crate::policy::{LostRemedy, Paid, rules};
use crate::voice::format;

/// Evidence by key.
#[derive(Clone, Debug, Default)]
pub struct FactBook {
    entries: Vec<(String, Evidence)>,
}

impl FactBook {
    /// Adds evidence under a key; the same key may hold several.
    pub fn add(&mut self, key: impl Into<String>, evidence: Evidence) {
        self.entries.push((key.into(), evidence));
    }

    /// All evidence in order; a draft's indexes point into it.
    pub fn evidence(&self) -> Vec<Evidence> {
        self.entries.iter().map(|(_, evidence)| evidence.clone()).collect()
    }

    /// Keys with their evidence.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Evidence)> {
        self.entries.iter().map(|(key, evidence)| (key.as_str(), evidence))
    }

    /// Places of the evidence under a key.
    pub fn places<'a>(&'a self, key: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.entries.iter().enumerate().filter(move |(_, (known, _))| known == key).map(|(index, _)| index)
    }

    /// Adds what may be stated because of the evidence under a key.
    pub(super) fn tag(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        for (_, evidence) in self.entries.iter_mut().filter(|(known, _)| known == key) {
            evidence.values.push(value.clone());
        }
    }

    /// What was found, for the person who takes over.
    pub fn lines(&self) -> Vec<String> {
        let known = self.entries.iter().filter(|(key, _)| !key.starts_with("policy") && key != "parcel");
        known.map(|(_, evidence)| format!("{}: {}", evidence.label, evidence.detail)).collect()
    }

    pub(super) fn add_order(&mut self, known: &KnownOrder, now: OffsetDateTime) {
        let order = &known.order;
        self.add("order", order_evidence(known));
        for (index, parcel) in order.shipments.iter().enumerate() {
            let evidence = parcel_evidence(order, index, parcel, known.read_at, now);
            self.add(format!("parcel.{}", index + 1), evidence);
        }
        if let Some(refund) = order.refunds.last() {
            self.add("refund", refund_evidence(order, refund, known.read_at));
        }
        if let Some(back) = order.returns.last() {
            self.add("return", return_evidence(order, back, known.read_at));
        }
    }

    /// Makes `[[parcel]]` mean this parcel.
    pub(super) fn focus(&mut self, known: &KnownOrder, parcel: &Shipment, snapshot: &Snapshot) {
        let index = known.order.shipments.iter().position(|other| other.id == parcel.id).unwrap_or_default();
        let evidence = parcel_evidence(&known.order, index, parcel, known.read_at, snapshot.moment());
        self.add("parcel", evidence);
    }

    pub(super) fn add_item(&mut self, key: &str, known: &KnownOrder, line_id: &str) {
        let order = &known.order;
        let Some(place) = order.lines.iter().position(|line| line.id == line_id) else { return };
        let Some(line) = order.line(line_id) else { return };
        let values = vec![line.title.clone(), name_of(line), line.unit_price.to_string(), line.sku.clone()];
        let detail = format!("{}, {}, paid by {}", name_of(line), line.unit_price, method(order));
        self.add(
            key,
            Evidence {
                source: EvidenceSource::Order,
                label: format!("Order {}, line {}", order.number, place + 1),
                detail,
                values,
                read_at: known.read_at,
            },
        );
    }

    pub(super) fn add_product(&mut self, key: &str, product: &Product, now: Ts) {
        let mut values =
            vec![product_name(product), product.title.clone(), product.price.to_string(), product.description.clone()];
        let stock = match product.in_stock {
            Some(0) => "out of stock".to_owned(),
            Some(count) => format!("{count} in stock"),
            None => "stock unknown".to_owned(),
        };
        if let Some(count) = product.in_stock {
            values.push(if count > 0 { "#stock" } else { "#no stock" }.to_owned());
        }
        values.extend(product.restock_at.map(day));
        self.add(
            key,
            Evidence {
                source: EvidenceSource::Product,
                label: format!("Shop, {}", product_name(product)),
                detail: format!("{}, {stock}", product.price),
                values,
                read_at: now,
            },
        );
    }

    /// What the customer named.
    pub(super) fn add_named(&mut self, named: &str, now: Ts) {
        self.add(
            "customer",
            Evidence {
                source: EvidenceSource::Conversation,
                label: "The customer’s message".to_owned(),
                detail: format!("names {named}"),
                values: vec![named.to_owned()],
                read_at: now,
            },
        );
    }

    pub(super) fn add_action(&mut self, key: &str, action: &OrderAction, label: &str, values: Vec<String>, now: Ts) {
        let mut values = values;
        let states: &[&str] = match action {
            OrderAction::Cancel { .. } => &["#cancel", "#refund"],
            OrderAction::Refund { .. } => &["#refund"],
            OrderAction::Return { .. } | OrderAction::Exchange { .. } => &["#return"],
            OrderAction::Replace { .. } => &["#replace", "#free", "#shipped"],
            OrderAction::ChangeAddress { .. } => &["#address"],
            // What they do is said with names and numbers alone.
            OrderAction::ChangeItems { .. }
            | OrderAction::Resend { .. }
            | OrderAction::DiscountCode { .. }
            | OrderAction::Note { .. }
            | OrderAction::CancelReturn { .. }
            | OrderAction::VoidCode { .. }
            | OrderAction::ChangePayment { .. } => &[],
        };
        values.extend(states.iter().map(|state| (*state).to_owned()));
        self.add(
            key,
            Evidence {
                source: EvidenceSource::Action,
                label: "Done before the reply leaves".to_owned(),
                detail: label.to_owned(),
                values,
                read_at: now,
            },
        );
    }

    /// The clauses of the policy.
    pub(super) fn add_policy(&mut self, snapshot: &Snapshot) {
        let policy = &snapshot.policy;
        let texts = rules(policy);
        let mut add = |rule: &str, values: Vec<String>| {
            let detail =
                texts.iter().find(|view| view.id == rule).map(crate::policy::RuleView::text).unwrap_or_default();
            self.add(
                format!("policy.{rule}"),
                Evidence {
                    source: EvidenceSource::Policy,
                    label: snapshot.clause(rule),
                    detail,
                    values,
                    read_at: snapshot.now,
                },
            );
        };
        let pays = |paid: Paid| if paid == Paid::Us { "#free" } else { "#customer pays" }.to_owned();
        let number = |value: i64| value.to_string();
        let money = |minor: i64| crate::model::order::Money::new(minor, policy.currency).to_string();
        let refunds = &policy.refunds;
        add(
            "returns",
            vec![number(policy.returns.window_days), pays(policy.returns.parcel_paid_by), "#return rule".into()],
        );
        add(
            "refunds",
            vec![
                number(refunds.working_days),
                number(refunds.bank_days_from),
                number(refunds.bank_days_to),
                "#refund rule".into(),
            ],
        );
        add("damaged", vec![money(policy.damaged.keep_below), number(policy.damaged.report_days), "#free".into()]);
        add("cancel", Vec::new());
        add("exchange", vec![pays(policy.exchange.parcel_paid_by), "#return rule".into()]);
        add("late", vec![number(policy.late.days), money(policy.late.credit)]);
        let remedy = if policy.lost.remedy == LostRemedy::Refund { "#refund rule" } else { "#replace rule" };
        add("lost", vec![number(policy.lost.after_days), "#lost".into(), remedy.into()]);
        add("address", Vec::new());
    }
}

/// `15 Nov`, with the year when it is not the one of the reading.
fn shown_day(moment: OffsetDateTime, read_at: Ts) -> String {
    let day = format::day(moment);
    let written = format!("{} {:.3}", day.day(), day.month().to_string());
    if day.year() == format::day(read_at.datetime()).year() { written } else { format!("{written} {}", day.year()) }
}

fn day(moment: OffsetDateTime) -> String {
    format::day(moment).to_string()
}

/// Evidence of an order as a whole.
pub(super) fn order_evidence(known: &KnownOrder) -> Evidence {
    let order = &known.order;
    let mut values = vec![
        order.number.clone(),
        day(order.placed_at),
        order.total.to_string(),
        order.shipping_price.to_string(),
        method(order),
        order.invoice_url.clone(),
        order.shipments.len().to_string(),
    ];
    values.extend(order.lines.iter().flat_map(|line| [line.title.clone(), name_of(line)]));
    values.extend(order_states(order).into_iter().map(str::to_owned));
    values.retain(|value| !value.is_empty());
    Evidence {
        source: EvidenceSource::Order,
        label: format!("Order {}", order.number),
        detail: format!(
            "{}, {}, placed {}",
            word_of(&order.status).replace('_', " "),
            order.total,
            shown_day(order.placed_at, known.read_at)
        ),
        values,
        read_at: known.read_at,
    }
}

fn order_states(order: &Order) -> Vec<&'static str> {
    let mut states = match order.status {
        OrderStatus::Open => vec!["#not shipped", "#not delivered", "#not cancel"],
        OrderStatus::PartlyShipped => vec!["#partly shipped", "#not delivered", "#not cancel"],
        OrderStatus::Shipped => vec!["#shipped", "#not delivered", "#not cancel"],
        OrderStatus::Delivered => vec!["#shipped", "#delivered", "#not cancel"],
        OrderStatus::Cancelled => vec!["#cancel", "#not shipped", "#not delivered"],
    };
    // “I cannot cancel it any more” is proved by what left.
    states.push(if order.refunds.is_empty() { "#not refund" } else { "#refund" });
    states.push(if order.returns.is_empty() { "#not return" } else { "#return" });
    states
}

fn parcel_evidence(order: &Order, index: usize, parcel: &Shipment, read_at: Ts, now: OffsetDateTime) -> Evidence {
    let scan = last_scan(parcel);
    let late = days_late(parcel, now);
    let mut values = vec![
        parcel.carrier.clone(),
        parcel.tracking_number.clone(),
        parcel.tracking_url.clone(),
        (index + 1).to_string(),
        order.number.clone(),
    ];
    let moments = [
        parcel.shipped_at,
        parcel.promised.map(|window| window.to),
        expected(parcel, now),
        parcel.delivered_at,
        scan.map(|scan| scan.at),
    ];
    values.extend(moments.into_iter().flatten().map(day));
    values.extend(scan.map(|scan| scan.place.clone()));
    let titles = parcel.lines.iter().filter_map(|part| order.line(&part.line_id));
    values.extend(titles.map(|line| line.title.clone()));
    values.extend(parcel_states(parcel, late, now).into_iter().map(str::to_owned));
    if late > 0 {
        values.push(late.to_string());
    }
    values.retain(|value| !value.is_empty());
    let last =
        scan.map_or_else(String::new, |scan| format!(", scanned {} {}", scan.place, shown_day(scan.at, read_at)));
    Evidence {
        source: EvidenceSource::Shipment,
        label: format!("Parcel {} of {}", index + 1, order.shipments.len()),
        detail: format!("{}, {}{last}", parcel.carrier, word_of(&parcel.status).replace('_', " ")),
        values,
        read_at,
    }
}

fn parcel_states(parcel: &Shipment, late: i64, now: OffsetDateTime) -> Vec<&'static str> {
    let mut states = match parcel.status {
        ShipmentStatus::Packed => vec!["#not shipped", "#not delivered"],
        ShipmentStatus::Delivered => vec!["#shipped", "#delivered"],
        ShipmentStatus::OutForDelivery => vec!["#shipped", "#out for delivery", "#not delivered"],
        ShipmentStatus::InTransit
        | ShipmentStatus::AttemptFailed
        | ShipmentStatus::AvailableForPickup
        | ShipmentStatus::Returning
        | ShipmentStatus::Exception => vec!["#shipped", "#not delivered"],
    };
    if late > 0 {
        states.push("#late");
    } else if parcel.promised.is_some() && parcel.delivered_at.is_none() && parcel.status != ShipmentStatus::Delivered {
        states.extend(["#on time", "#expected", "#not late"]);
    }
    if expected(parcel, now).is_some() {
        states.push("#expected");
    }
    states
}

fn refund_evidence(order: &Order, refund: &Refund, read_at: Ts) -> Evidence {
    Evidence {
        source: EvidenceSource::Order,
        label: format!("Order {}, refund", order.number),
        detail: format!("{} to {}, {}", refund.amount, refund.method, shown_day(refund.at, read_at)),
        values: vec![refund.amount.to_string(), refund.method.clone(), day(refund.at), "#refund".to_owned()],
        read_at,
    }
}

fn return_evidence(order: &Order, back: &Return, read_at: Ts) -> Evidence {
    let mut values = vec![day(back.opened_at), "#return".to_owned(), "#not refund".to_owned()];
    if !back.label_url.is_empty() {
        values.push(back.label_url.clone());
    }
    values.push(if back.status == ReturnStatus::Received { "#received" } else { "#not received" }.to_owned());
    Evidence {
        source: EvidenceSource::Order,
        label: format!("Order {}, return", order.number),
        detail: format!("{}, opened {}", word_of(&back.status).replace('_', " "), shown_day(back.opened_at, read_at)),
        values,
        read_at,
    }
}
