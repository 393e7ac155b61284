//! What templates may say: facts of the case, already written as the language writes them.

use serde::Serialize;

use super::records::last_scan;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use crate::model::channel::ChannelKind;
use crate::model::order::{LineItem, Money, Order, Product, Shipment, days_late};
use crate::policy::{Paid, Policy};
use crate::voice::format;
use time::{Date, OffsetDateTime};

/// The customer.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CustomerVars {
    pub first_name: String,
}

/// An order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct OrderVars {
    pub number: String,
    pub placed: String,
    pub total: String,
    pub status: String,
    pub lines: String,
    pub shipping: String,
    pub invoice_url: String,
    pub method: String,
}

/// A parcel.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ParcelVars {
    pub number: usize,
    pub carrier: String,
    pub tracking: String,
    pub url: String,
    pub status: String,
    pub shipped: String,
    pub promised: String,
    pub estimated: String,
    pub delivered: String,
    pub late_days: i64,
    pub last_place: String,
    pub last_scan_on: String,
    pub contents: String,
}

/// A line of an order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ItemVars {
    pub title: String,
    pub name: String,
    pub price: String,
}

/// The latest refund.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RefundVars {
    pub amount: String,
    pub method: String,
    pub on: String,
    pub days: i64,
}

/// The latest return.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReturnVars {
    pub status: String,
    pub opened: String,
    pub label_url: String,
}

/// Figures of the policy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PolicyVars {
    pub return_days: i64,
    pub return_until: String,
    pub parcel_paid_by: &'static str,
    pub exchange_paid_by: &'static str,
    pub refund_days: i64,
    pub refund_starts: String,
    pub bank_from: i64,
    pub bank_to: i64,
    pub bank_to_days: i64,
}

/// What the actions of the reply do.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "templates ask for each action by itself")]
pub struct DoneVars {
    pub refund: String,
    pub refund_all: bool,
    pub shipping: bool,
    pub method: String,
    pub cancel: bool,
    pub replace: bool,
    pub r#return: bool,
    pub keep: bool,
    pub address: String,
}

/// Something that the reply does with an order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeedVars {
    pub number: usize,
    pub kind: &'static str,
    pub order: String,
    pub goods: String,
    pub to: String,
    pub refund: String,
    pub method: String,
}

/// A product.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ProductVars {
    pub name: String,
    pub price: String,
    pub in_stock: bool,
    pub restock: String,
    pub description: String,
}

/// Everything that a template may say.
#[derive(Clone, Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the names are those of the templates")]
#[expect(clippy::struct_excessive_bools, reason = "templates ask for each by itself")]
pub struct Variables {
    pub customer: CustomerVars,
    pub brand: String,
    pub teammate: String,
    pub formal: bool,
    pub warm: bool,
    pub brief: bool,
    pub wants: String,
    pub asks: String,
    pub guest: bool,
    pub mail: bool,
    pub code_to: String,
    pub order: OrderVars,
    pub orders: Vec<OrderVars>,
    pub several_parcels: bool,
    pub parcel_count: usize,
    pub parcel: ParcelVars,
    pub parcels: Vec<ParcelVars>,
    pub item: ItemVars,
    pub items: Vec<ItemVars>,
    pub refund: RefundVars,
    pub return_parcel: ReturnVars,
    pub policy: PolicyVars,
    pub done: DoneVars,
    pub deed: DeedVars,
    pub deeds: Vec<DeedVars>,
    pub refused: String,
    pub product: ProductVars,
    pub products: Vec<ProductVars>,
}

/// Whether somebody in the chat is known by no address or number that could be a buyer's, whatever they say themselves.
fn is_guest(snapshot: &Snapshot) -> bool {
    let is_chat = snapshot.conversation.channel_kind == ChannelKind::LiveChat.as_str();
    is_chat && !snapshot.identities.iter().any(|identity| matches!(identity.kind.as_str(), "email" | "phone"))
}

/// Writes facts in one language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) language: &'a str,
}

impl Writer<'_> {
    fn links(&self, url: &str) -> String {
        if self.snapshot.capabilities.links { url.to_owned() } else { String::new() }
    }

    pub(super) fn money(&self, amount: Money) -> String {
        format::money(amount, self.language)
    }

    pub(super) fn date(&self, day: Date) -> String {
        format::date(day, self.language, self.snapshot.today())
    }

    fn moment(&self, moment: Option<OffsetDateTime>) -> String {
        moment.map(|moment| self.date(format::day(moment))).unwrap_or_default()
    }

    /// What holds for every reply to this customer.
    pub(super) fn base(&self) -> Variables {
        let snapshot = self.snapshot;
        let spoken = snapshot.voice.spoken(self.language, &snapshot.conversation.channel_kind);
        let chat = !snapshot.capabilities.subject;
        let asked_short = snapshot.instruction.to_lowercase().contains("short");
        Variables {
            customer: CustomerVars { first_name: format::first_name(&snapshot.contact.name).unwrap_or_default() },
            brand: snapshot.brand.name.clone(),
            teammate: snapshot.signs.clone(),
            formal: spoken.formality >= 50,
            warm: spoken.warmth >= 50,
            brief: spoken.length < 20 || chat || asked_short,
            wants: snapshot.conversation.gist.clone(),
            guest: is_guest(snapshot),
            mail: snapshot.conversation.channel_kind == ChannelKind::Email.as_str(),
            policy: policy(&snapshot.policy),
            ..Variables::default()
        }
    }

    /// With an order and the parcel in question.
    pub(super) fn with_order(&self, order: &Order, focus: Option<&Shipment>) -> Variables {
        let mut variables = self.base();
        variables.order = self.order(order);
        variables.parcels =
            order.shipments.iter().enumerate().map(|(index, parcel)| self.parcel(order, index, parcel)).collect();
        variables.parcel_count = variables.parcels.len();
        variables.several_parcels = variables.parcels.len() > 1;
        if let Some(focus) = focus {
            let index = order.shipments.iter().position(|parcel| parcel.id == focus.id).unwrap_or_default();
            variables.parcel = self.parcel(order, index, focus);
        }
        if let Some(refund) = order.refunds.last() {
            variables.refund = RefundVars {
                amount: self.money(refund.amount),
                method: refund.method.clone(),
                on: self.moment(Some(refund.at)),
                days: (self.snapshot.today() - format::day(refund.at)).whole_days(),
            };
        }
        if let Some(back) = order.returns.last() {
            variables.return_parcel = ReturnVars {
                status: word_of(&back.status),
                opened: self.moment(Some(back.opened_at)),
                label_url: self.links(&back.label_url),
            };
        }
        variables
    }

    /// An order in a list or as the subject.
    pub(super) fn order(&self, order: &Order) -> OrderVars {
        let lines: Vec<String> = order.lines.iter().take(4).map(|line| line.title.clone()).collect();
        OrderVars {
            number: order.number.clone(),
            placed: self.moment(Some(order.placed_at)),
            total: self.money(order.total),
            status: word_of(&order.status),
            lines: format::list(&lines, self.language),
            shipping: self.money(order.shipping_price),
            invoice_url: self.links(&order.invoice_url),
            method: method(order),
        }
    }

    fn parcel(&self, order: &Order, index: usize, parcel: &Shipment) -> ParcelVars {
        let titles = parcel.lines.iter().filter_map(|part| order.line(&part.line_id));
        let titles: Vec<String> = titles.map(|line| line.title.clone()).collect();
        let scan = last_scan(parcel);
        ParcelVars {
            number: index + 1,
            carrier: parcel.carrier.clone(),
            tracking: parcel.tracking_number.clone(),
            url: self.links(&parcel.tracking_url),
            status: word_of(&parcel.status),
            shipped: self.moment(parcel.shipped_at),
            promised: self.moment(parcel.promised.map(|window| window.to)),
            estimated: self.moment(expected(parcel, self.snapshot.moment())),
            delivered: self.moment(parcel.delivered_at),
            late_days: days_late(parcel, self.snapshot.moment()).max(0),
            last_place: scan.map(|scan| scan.place.clone()).unwrap_or_default(),
            last_scan_on: self.moment(scan.map(|scan| scan.at)),
            contents: format::list(&titles, self.language),
        }
    }

    /// A line of an order.
    pub(super) fn item(&self, line: &LineItem) -> ItemVars {
        ItemVars { title: line.title.clone(), name: name_of(line), price: self.money(line.unit_price) }
    }

    /// A product.
    pub(super) fn product(&self, product: &Product) -> ProductVars {
        ProductVars {
            name: product_name(product),
            price: self.money(product.price),
            in_stock: product.in_stock.is_some_and(|count| count > 0),
            restock: self.moment(product.restock_at),
            description: product.description.clone(),
        }
    }
}

/// What the carrier expects, unless that time is over.
pub(super) fn expected(parcel: &Shipment, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let open = parcel.delivered_at.is_none();
    parcel.estimated.map(|window| window.to).filter(|end| open && format::day(*end) >= format::day(now))
}

/// `Tin cup, blue`.
pub(super) fn name_of(line: &LineItem) -> String {
    if line.variant.is_empty() { line.title.clone() } else { format!("{}, {}", line.title, line.variant) }
}

/// `Tin cup, blue`.
pub(super) fn product_name(product: &Product) -> String {
    if product.variant.is_empty() { product.title.clone() } else { format!("{}, {}", product.title, product.variant) }
}

/// How the buyer paid, as they read it.
pub(super) fn method(order: &Order) -> String {
    order.payments.last().map(|payment| payment.method.clone()).unwrap_or_default()
}

/// The stored word of a closed set.
pub(super) fn word_of<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The stored word of an intent.
pub(super) fn intent_word(intent: Intent) -> String {
    word_of(&intent)
}

fn policy(policy: &Policy) -> PolicyVars {
    let who = |paid: Paid| if paid == Paid::Us { "us" } else { "customer" };
    PolicyVars {
        return_days: policy.returns.window_days,
        return_until: String::new(),
        parcel_paid_by: who(policy.returns.parcel_paid_by),
        exchange_paid_by: who(policy.exchange.parcel_paid_by),
        refund_days: policy.refunds.working_days,
        refund_starts: word_of(&policy.refunds.starts),
        bank_from: policy.refunds.bank_days_from,
        bank_to: policy.refunds.bank_days_to,
        // Five working days are seven days on a calendar.
        bank_to_days: policy.refunds.bank_days_to.saturating_mul(7) / 5,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn shape(value: &Value) -> Vec<String> {
        let Value::Object(members) = value else { return Vec::new() };
        members.keys().cloned().collect()
    }

    #[test]
    fn the_variables_are_those_that_templates_are_checked_against() {
        let full = Variables {
            orders: vec![OrderVars::default()],
            parcels: vec![ParcelVars::default()],
            items: vec![ItemVars::default()],
            deeds: vec![DeedVars::default()],
            products: vec![ProductVars::default()],
            ..Variables::default()
        };
        let (filled, sample) = (serde_json::to_value(full).unwrap(), crate::voice::templates::sample_in("en"));
        assert_eq!(shape(&filled), shape(&sample));
        for key in shape(&sample) {
            assert_eq!(shape(&filled[&key]), shape(&sample[&key]), "{key}");
            assert_eq!(shape(&filled[&key][0]), shape(&sample[&key][0]), "{key}");
        }
    }
}
