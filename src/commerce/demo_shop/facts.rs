//! Orders put together from their rows and the time, as the contract gives them. Pure.

use std::collections::BTreeMap;

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{
    Buyer, Entry, EntryKind, LineItem, LineQuantity, Order, OrderAction, OrderStatus, Payment, Product, Refund, Return,
    Shipment,
};

use super::progress::{Progress, is_posted, progress, return_status, stock, window};
use super::refusals;
use crate::model::Ts;
use crate::store::demo_shop::{
    LineRow, OrderRow, Parts, PaymentRow, PerformedRow, ProductRow, RefundRow, ReturnRow, ShipmentRow,
};

/// The rows of one order.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// The order.
    pub(super) order: OrderRow,
    /// Its lines.
    pub(super) lines: Vec<LineRow>,
    /// Its payments.
    pub(super) payments: Vec<PaymentRow>,
    /// Its refunds, also those that do not show yet.
    pub(super) refunds: Vec<RefundRow>,
    /// Its parcels, also those that are not packed yet.
    pub(super) shipments: Vec<ShipmentRow>,
    /// Its returns.
    pub(super) returns: Vec<ReturnRow>,
    /// What was done with it, oldest first.
    pub(super) performed: Vec<PerformedRow>,
}

impl Held {
    /// Gives each order its parts.
    pub(super) fn join(orders: Vec<OrderRow>, parts: &Parts) -> Vec<Self> {
        fn of<T: Clone>(rows: &[T], order: &OrderRow, order_id: fn(&T) -> &str) -> Vec<T> {
            rows.iter().filter(|row| order_id(row) == order.id).cloned().collect()
        }
        let held = orders.into_iter().map(|order| Self {
            lines: of(&parts.lines, &order, |row| &row.order_id),
            payments: of(&parts.payments, &order, |row| &row.order_id),
            refunds: of(&parts.refunds, &order, |row| &row.order_id),
            shipments: of(&parts.shipments, &order, |row| &row.order_id),
            returns: of(&parts.returns, &order, |row| &row.order_id),
            performed: of(&parts.performed, &order, |row| &row.order_id),
            order,
        });
        held.collect()
    }

    /// The currency of all its money.
    pub(super) fn currency(&self) -> Currency {
        self.order.currency.parse().unwrap_or(Currency::EUR)
    }

    /// What was paid and not promised back, in minor units. A refund that does not show yet counts.
    pub(super) fn left_to_refund(&self) -> i64 {
        let paid: i64 = self.payments.iter().map(|payment| payment.amount_minor).sum();
        let asked: i64 = self.refunds.iter().map(|refund| refund.amount_minor).sum();
        paid.saturating_sub(asked).max(0)
    }

    /// How many of a line have arrived, and when the last of them did.
    pub(super) fn arrived(&self, line_id: &str, now: Ts) -> (u32, Option<Ts>) {
        let parcels = self.shipments.iter().filter_map(|row| {
            let at = progress(&row.plan, now)?.delivered_at?;
            Some((quantity_of(&row.plan.lines, line_id), at))
        });
        parcels
            .filter(|(quantity, _)| *quantity > 0)
            .fold((0, None), |(sum, last), (quantity, at)| (sum.saturating_add(quantity), last.max(Some(at))))
    }

    /// How many of a line are in a return.
    pub(super) fn coming_back(&self, line_id: &str) -> u32 {
        let returned = self.returns.iter().map(|row| quantity_of(&row.plan.lines, line_id));
        returned.fold(0, u32::saturating_add)
    }

    /// How many of a line were handed to a carrier.
    pub(super) fn handed_over(&self, line_id: &str, now: Ts) -> u32 {
        let left = |row: &&ShipmentRow| progress(&row.plan, now).is_some_and(|parcel| parcel.shipped_at.is_some());
        let sent = self.shipments.iter().filter(left).map(|row| quantity_of(&row.plan.lines, line_id));
        sent.fold(0, u32::saturating_add)
    }

    /// What was done beside goods and money, as the actions tell that did it.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let done = self.done();
        let is_void = |id: &str| {
            done.iter().any(|(_, action)| matches!(action, OrderAction::VoidCode { entry_id, .. } if entry_id == id))
        };
        let entry = |(row, action): &(&PerformedRow, OrderAction)| {
            let what = entry_of(action, &row.reference).filter(|_| !is_void(&row.reference))?;
            Some(Entry { id: row.reference.clone(), at: row.performed_at.datetime(), what })
        };
        done.iter().filter_map(entry).collect()
    }

    /// How many returns were called off.
    pub(super) fn called_off(&self) -> usize {
        self.done().iter().filter(|(_, action)| matches!(action, OrderAction::CancelReturn { .. })).count()
    }

    fn done(&self) -> Vec<(&PerformedRow, OrderAction)> {
        self.performed.iter().filter_map(|row| Some((row, serde_json::from_str(&row.command).ok()?))).collect()
    }

    /// When the first parcel left.
    pub(super) fn first_left(&self, now: Ts) -> Option<Ts> {
        self.shipments.iter().filter_map(|row| progress(&row.plan, now)?.shipped_at).min()
    }

    /// Where the order stands.
    pub(super) fn status(&self, now: Ts) -> OrderStatus {
        if self.order.cancelled_at.is_some() {
            return OrderStatus::Cancelled;
        }
        let all = |count: &dyn Fn(&LineRow) -> u32| self.lines.iter().all(|line| count(line) >= line.wanted());
        if all(&|line| self.arrived(&line.id, now).0) {
            OrderStatus::Delivered
        } else if all(&|line| self.handed_over(&line.id, now)) {
            OrderStatus::Shipped
        } else if self.first_left(now).is_some() {
            OrderStatus::PartlyShipped
        } else {
            OrderStatus::Open
        }
    }

    /// The order as the contract gives it.
    pub(super) fn order(&self, products: &BTreeMap<String, ProductRow>, now: Ts) -> Order {
        let (row, currency) = (&self.order, self.currency());
        let status = self.status(now);
        let parcels: Vec<_> =
            self.shipments.iter().filter_map(|parcel| Some((parcel, progress(&parcel.plan, now)?))).collect();
        let is_kept = |_: &&(&ShipmentRow, Progress)| status != OrderStatus::Cancelled;
        let goods: i64 = self.lines.iter().map(|line| line.unit_minor.saturating_mul(line.quantity)).sum();
        Order {
            id: row.id.clone(),
            number: row.number.clone(),
            status,
            placed_at: row.placed_at.datetime(),
            updated_at: self.updated_at(&parcels, now).datetime(),
            buyer: Buyer {
                id: row.customer_id.clone(),
                name: row.name.clone(),
                email: row.email.clone(),
                phone: row.phone.clone(),
                methods: Vec::new(),
            },
            shipping_address: row.address.0.clone(),
            lines: self.lines.iter().map(|line| self.line(line, status, now)).collect(),
            shipping_price: Money::new(row.shipping_minor, currency),
            total: Money::new(goods.saturating_add(row.shipping_minor), currency),
            payments: self.payments.iter().map(|payment| paid(payment, currency)).collect(),
            refunds: self.posted(now).map(|refund| refunded(refund, currency)).collect(),
            shipments: parcels.iter().filter(is_kept).map(|(parcel, far)| shipment(parcel, far)).collect(),
            returns: self.returns.iter().map(|row| returned(row, now)).collect(),
            entries: self.entries(),
            invoice_url: format!("https://fjordline.example/invoices/{}.pdf", row.number),
            actions: refusals::all(self, products, now),
        }
    }

    fn posted(&self, now: Ts) -> impl Iterator<Item = &RefundRow> {
        self.refunds.iter().filter(move |refund| is_posted(refund, now))
    }

    fn line(&self, line: &LineRow, status: OrderStatus, now: Ts) -> LineItem {
        let current = if status == OrderStatus::Cancelled { 0 } else { line.wanted() };
        LineItem {
            id: line.id.clone(),
            sku: line.sku.clone(),
            title: line.title.clone(),
            variant: line.variant.clone(),
            ordered: line.wanted(),
            current,
            fulfilled: self.handed_over(&line.id, now).min(current),
            unit_price: Money::new(line.unit_minor, self.currency()),
        }
    }

    /// Grows with every change, also with those that only the clock makes.
    fn updated_at(&self, parcels: &[(&ShipmentRow, Progress)], now: Ts) -> Ts {
        let scans = parcels.iter().map(|(_, far)| far.changed_at);
        let returns = self.returns.iter().map(|row| return_status(&row.plan, now).1);
        let refunds = self.posted(now).map(|refund| refund.posted_at);
        scans.chain(returns).chain(refunds).fold(self.order.updated_at, Ts::max)
    }
}

/// How many of a line are in a list.
pub(super) fn quantity_of(lines: &[LineQuantity], line_id: &str) -> u32 {
    lines.iter().filter(|line| line.line_id == line_id).map(|line| line.quantity).fold(0, u32::saturating_add)
}

/// A product as sold now.
pub(super) fn product(row: &ProductRow, now: Ts) -> Product {
    let currency = row.currency.parse().unwrap_or(Currency::EUR);
    Product {
        sku: row.sku.clone(),
        title: row.title.clone(),
        variant: row.variant.clone(),
        description: row.description.clone(),
        price: Money::new(row.price_minor, currency),
        in_stock: Some(stock(row, now)),
        restock_at: row.restock_at.filter(|at| *at > now).map(Ts::datetime),
    }
}

fn paid(payment: &PaymentRow, currency: Currency) -> Payment {
    Payment {
        id: payment.id.clone(),
        method: payment.method.clone(),
        amount: Money::new(payment.amount_minor, currency),
        at: payment.paid_at.datetime(),
    }
}

fn refunded(refund: &RefundRow, currency: Currency) -> Refund {
    Refund {
        id: refund.id.clone(),
        amount: Money::new(refund.amount_minor, currency),
        method: refund.method.clone(),
        reason: refund.reason.clone(),
        at: refund.posted_at.datetime(),
    }
}

fn shipment(row: &ShipmentRow, far: &Progress) -> Shipment {
    Shipment {
        id: row.id.clone(),
        carrier: row.plan.carrier.clone(),
        tracking_number: row.tracking_number.clone(),
        tracking_url: format!("https://track.fjordline.example/{}", row.tracking_number),
        status: far.status,
        shipped_at: far.shipped_at.map(Ts::datetime),
        promised: Some(window(row.plan.promised)),
        estimated: far.estimated,
        delivered_at: far.delivered_at.map(Ts::datetime),
        lines: row.plan.lines.clone(),
        events: far.events.clone(),
        heard: None,
    }
}

fn returned(row: &ReturnRow, now: Ts) -> Return {
    Return {
        id: row.id.clone(),
        status: return_status(&row.plan, now).0,
        lines: row.plan.lines.clone(),
        reason: row.plan.reason.clone(),
        label_url: format!("https://fjordline.example/returns/{}", row.id),
        opened_at: row.plan.opened_at.datetime(),
        exchange: row.plan.exchange.clone(),
    }
}

/// What an action left beside goods and money. The code that the buyer types in is its reference.
fn entry_of(action: &OrderAction, reference: &str) -> Option<EntryKind> {
    match action {
        OrderAction::Resend { document } => Some(EntryKind::Sent { document: *document }),
        OrderAction::DiscountCode { discount, expires_at, .. } => {
            Some(EntryKind::Code { code: reference.to_owned(), discount: *discount, expires_at: *expires_at })
        }
        OrderAction::Note { text } => Some(EntryKind::Note { text: text.clone() }),
        _ => None,
    }
}
