//! Fills the demo's shop. The same moment gives the same shop.

use channel_contract::orders::{Address, LineQuantity};

use super::act::{line_quantity, number_of};
use super::cast::{self, CastOrder};
use super::catalogue;
use super::people::{self, CAST, PEOPLE, Person};
use super::progress::hours;
use super::route::{carrier_for, tracking_number};
use super::story::Story;
use crate::model::{OrderSourceId, Ts};
use crate::store::demo_shop::{
    self as rows, CustomerRow, LineRow, NewOrder, NewRows, PaymentRow, ProductRow, RefundRow, ReturnRow, ShipmentRow,
};
use crate::store::{self, Tx};

/// The numbers of the orders of the last 60 days.
const SERIALS: std::ops::RangeInclusive<i64> = 20_234..=20_431;
/// One order is placed every so many minutes: 200 in 60 days.
const EVERY_MINUTES: i64 = 432;

/// Fills the shop, unless it holds orders already.
pub async fn seed(tx: &mut Tx, source: OrderSourceId, now: Ts) -> store::Result<()> {
    if rows::is_seeded(tx, source).await? {
        return Ok(());
    }
    rows::insert(tx, source, &shop(now)).await
}

/// Everything that the shop holds at first.
pub fn shop(now: Ts) -> NewRows {
    let mut new = NewRows { products: products(now), customers: customers(), ..NewRows::default() };
    let others = SERIALS.filter(|serial| cast::ORDERS.iter().all(|order| order.serial != *serial));
    for order in &cast::ORDERS {
        add(&mut new, &Spec::of_cast(order), now);
    }
    for serial in others {
        add(&mut new, &Spec::of_nobody(serial), now);
    }
    new
}

/// An order to be made.
struct Spec {
    serial: i64,
    buyer: &'static Person,
    lines: Vec<(String, i64)>,
    method: String,
    story: Story,
}

impl Spec {
    fn of_cast(order: &CastOrder) -> Self {
        Self {
            serial: order.serial,
            buyer: people::find(order.buyer).unwrap_or(&NOBODY),
            lines: order.lines.iter().map(|(sku, quantity)| ((*sku).to_owned(), *quantity)).collect(),
            method: order.method.to_owned(),
            story: order.story,
        }
    }

    /// An order that only fills the shop.
    fn of_nobody(serial: i64) -> Self {
        let mut dice = Dice::new(serial);
        let buyer = dice.pick(PEOPLE.get(CAST..).unwrap_or_default()).unwrap_or(&NOBODY);
        let skus: Vec<String> = catalogue::skus().collect();
        let mut lines: Vec<(String, i64)> = Vec::new();
        for _ in 0..=dice.below(10) / 6 {
            let sku = dice.pick(&skus).cloned().unwrap_or_default();
            if lines.iter().all(|(known, _)| *known != sku) {
                lines.push((sku, if dice.below(8) == 0 { 2 } else { 1 }));
            }
        }
        let method = match dice.below(5) {
            0 | 1 => "PayPal".to_owned(),
            _ => format!("card ending {:04}", 1_000 + dice.below(9_000)),
        };
        Self { serial, buyer, lines, method, story: usual_story(&mut dice, age_in_hours(serial)) }
    }
}

/// What usually became of an order of that age.
fn usual_story(dice: &mut Dice, age: u64) -> Story {
    let roll = dice.below(100);
    match age {
        0..30 => Story::Waiting { leaves_in: 3 + dice.below(24) },
        30..100 if roll < 5 => Story::Cancelled { ago: age / 2 },
        30..50 => Story::Moving { left_ago: 3 + dice.below(8), arrives_in: 30 + dice.below(24) },
        50..100 => Story::Moving { left_ago: 28 + dice.below(12), arrives_in: 6 + dice.below(24) },
        100..170 if roll < 12 => Story::Late { promised_ago: 10 + dice.below(20), arrives_in: 20 + dice.below(40) },
        100..170 if roll < 18 => Story::AtPickup { since: 5 + dice.below(20) },
        100..170 => Story::Delivered { ago: 1 + dice.below(20) },
        _ if roll < 4 => Story::Cancelled { ago: age - 8 },
        500.. if roll < 11 => {
            let received_ago = 120 + dice.below(60);
            Story::Returned { received_ago, refunded_ago: Some(received_ago - 60) }
        }
        _ => Story::Delivered { ago: age - 100 },
    }
}

/// How long before the moment of seeding an order was placed.
fn age_in_hours(serial: i64) -> u64 {
    u64::try_from((20_432 - serial).saturating_mul(EVERY_MINUTES) / 60).unwrap_or(0)
}

fn placed_at(serial: i64, now: Ts) -> Ts {
    // Up to an hour and a half off the beat, so that the order of numbers and times is the same.
    let minutes = Dice::new(serial.saturating_add(7_919)).below(90);
    now.minus(hours(age_in_hours(serial))).plus(std::time::Duration::from_secs(minutes * 60))
}

fn products(now: Ts) -> Vec<ProductRow> {
    let all =
        catalogue::ARTICLES.iter().flat_map(|article| article.variants.iter().map(move |variant| (article, variant)));
    all.map(|(article, (end, variant, stock, sells_every_hours))| ProductRow {
        sku: format!("{}-{end}", article.code),
        title: article.title.to_owned(),
        variant: (*variant).to_owned(),
        description: article.description.to_owned(),
        price_minor: article.price_minor,
        currency: "EUR".to_owned(),
        stock: *stock,
        counted_at: now,
        sells_every_hours: *sells_every_hours,
        restock_at: Some(now.plus(hours(if *stock == 0 { 9 * 24 } else { 21 * 24 }))),
        restock_quantity: 20,
    })
    .collect()
}

fn customers() -> Vec<CustomerRow> {
    let row = |person: &Person| CustomerRow {
        id: person.id().to_owned(),
        name: person.name.to_owned(),
        email: person.email.to_owned(),
        phone: person.phone.to_owned(),
        language: person.language.to_owned(),
        address: address_of(person).into(),
    };
    PEOPLE.iter().map(row).collect()
}

fn address_of(person: &Person) -> Address {
    Address {
        name: person.name.to_owned(),
        line1: person.street.to_owned(),
        line2: String::new(),
        postal_code: person.postal_code.to_owned(),
        city: person.city.to_owned(),
        region: String::new(),
        country: person.country.to_owned(),
    }
}

/// Adds an order with everything that belongs to it.
fn add(new: &mut NewRows, spec: &Spec, now: Ts) {
    let order_id = format!("ord_{}", spec.serial);
    let lines = order_lines(spec, &order_id);
    let goods: i64 = lines.iter().map(|line| line.unit_minor * line.quantity).sum();
    let shipping_minor = if goods < 5_000 { 490 } else { 0 };
    // Very old numbers lie outside of the beat.
    let placed = match spec.story {
        Story::Delivered { ago } if !SERIALS.contains(&spec.serial) => now.minus(hours(ago + 100)),
        _ => placed_at(spec.serial, now),
    };
    let cancelled_at = match spec.story {
        Story::Cancelled { ago } => Some(now.minus(hours(ago))),
        _ => None,
    };
    let quantities: Vec<LineQuantity> = lines.iter().map(line_quantity).collect();
    add_parcels(new, spec, &order_id, &quantities, now);
    if let Some(plan) = spec.story.returned(now, &quantities) {
        new.returns.push(ReturnRow {
            order_id: order_id.clone(),
            id: format!("RT-{}-1", spec.serial),
            plan: plan.into(),
        });
    }
    new.refunds.extend(refund(spec, &order_id, goods + shipping_minor, goods, now));
    new.payments.push(PaymentRow {
        order_id: order_id.clone(),
        id: format!("pay_{}", spec.serial),
        method: spec.method.clone(),
        amount_minor: goods + shipping_minor,
        paid_at: placed.plus(std::time::Duration::from_secs(40)),
    });
    new.lines.extend(lines);
    new.orders.push(NewOrder {
        id: order_id,
        number: number_of(spec.serial),
        serial: spec.serial,
        customer_id: spec.buyer.id().to_owned(),
        placed_at: placed,
        updated_at: cancelled_at.unwrap_or(placed),
        cancelled_at,
        address: address_of(spec.buyer),
        shipping_minor,
        currency: "EUR".to_owned(),
    });
}

fn order_lines(spec: &Spec, order_id: &str) -> Vec<LineRow> {
    let known = spec.lines.iter().filter_map(|(sku, quantity)| Some((sku, *quantity, catalogue::find(sku)?)));
    let rows = (1_i64..).zip(known).map(|(position, (sku, quantity, (article, variant)))| LineRow {
        order_id: order_id.to_owned(),
        id: format!("{}-{position}", spec.serial),
        position,
        sku: sku.clone(),
        title: article.title.to_owned(),
        variant: variant.to_owned(),
        quantity,
        unit_minor: article.price_minor,
    });
    rows.collect()
}

fn add_parcels(new: &mut NewRows, spec: &Spec, order_id: &str, lines: &[LineQuantity], now: Ts) {
    let carrier = carrier_for(spec.buyer.country);
    let plans = spec.story.parcels(now, carrier, spec.buyer.city, lines);
    for (place, plan) in (1_u32..).zip(plans) {
        new.shipments.push(ShipmentRow {
            order_id: order_id.to_owned(),
            id: format!("shp_{}_{place}", spec.serial),
            tracking_number: tracking_number(carrier, spec.serial, place),
            plan: plan.into(),
        });
    }
}

/// The refund that belongs to the story: all of it for a cancelled order, the goods for a return.
fn refund(spec: &Spec, order_id: &str, all: i64, goods: i64, now: Ts) -> Option<RefundRow> {
    let (amount_minor, reason, ago) = match spec.story {
        Story::Cancelled { ago } => (all, "The order was cancelled.", ago),
        Story::Returned { refunded_ago: Some(ago), .. } => (goods, "The goods came back.", ago),
        _ => return None,
    };
    let at = now.minus(hours(ago));
    Some(RefundRow {
        order_id: order_id.to_owned(),
        id: format!("RF-{}-1", spec.serial),
        amount_minor,
        method: spec.method.clone(),
        reason: reason.to_owned(),
        asked_at: at,
        posted_at: at,
    })
}

/// Stands in where a table names somebody who is not there; a test sees to it that this never happens.
const NOBODY: Person =
    Person { name: "", email: "", phone: "", language: "en", country: "DE", street: "", postal_code: "", city: "" };

/// Numbers that look thrown and are always the same (splitmix64).
struct Dice(u64);

impl Dice {
    fn new(start: i64) -> Self {
        Self(start.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(limit).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(from.len()).unwrap_or(0);
        usize::try_from(self.below(count)).ok().and_then(|place| from.get(place))
    }
}

#[cfg(test)]
#[path = "seed_tests.rs"]
mod tests;
