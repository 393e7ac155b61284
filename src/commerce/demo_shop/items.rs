//! Other goods in the place of those that were ordered: what the lines, the parcels and the sums are then. Pure.

use std::collections::BTreeMap;

use channel_contract::orders::{LineChange, LineQuantity, SkuQuantity};

use super::facts::Held;
use crate::store::demo_shop::{LineRow, ProductRow, ShipmentRow, StockMove};

/// What an exchange takes back.
pub(super) fn come_back(changes: &[LineChange]) -> Vec<LineQuantity> {
    let back = |change: &LineChange| LineQuantity { line_id: change.line_id.clone(), quantity: change.quantity };
    changes.iter().map(back).collect()
}

/// What an exchange sends.
pub(super) fn sent_for(changes: &[LineChange]) -> Vec<SkuQuantity> {
    let wanted = changes.iter().filter(|change| change.quantity > 0);
    wanted.map(|change| SkuQuantity { sku: change.sku.clone(), quantity: change.quantity }).collect()
}

/// A line as it is after a change; `None` where the order has no such line, or the product no such variant.
pub(super) fn changed(held: &Held, products: &BTreeMap<String, ProductRow>, change: &LineChange) -> Option<LineRow> {
    let line = held.lines.iter().find(|line| line.id == change.line_id)?;
    let quantity = i64::from(change.quantity);
    if line.sku == change.sku {
        return Some(LineRow { quantity, ..line.clone() });
    }
    let product = products.get(&change.sku).filter(|product| product.title == line.title)?;
    Some(LineRow {
        sku: product.sku.clone(),
        variant: product.variant.clone(),
        unit_minor: product.price_minor,
        quantity,
        ..line.clone()
    })
}

/// The lines that change, as they are then; `None` where one cannot, or is named twice, or none is named.
pub(super) fn all_changed(
    held: &Held,
    products: &BTreeMap<String, ProductRow>,
    changes: &[LineChange],
) -> Option<Vec<LineRow>> {
    let twice =
        |place: usize, change: &LineChange| changes.iter().take(place).any(|other| other.line_id == change.line_id);
    if changes.is_empty() || changes.iter().enumerate().any(|(place, change)| twice(place, change)) {
        return None;
    }
    changes.iter().map(|change| changed(held, products, change)).collect()
}

/// All lines of the order, with those that change as they are then.
pub(super) fn all_lines<'a>(held: &'a Held, changed: &'a [LineRow]) -> Vec<&'a LineRow> {
    held.lines.iter().map(|line| changed.iter().find(|new| new.id == line.id).unwrap_or(line)).collect()
}

/// How much less the lines cost then, in minor units.
pub(super) fn saved(held: &Held, changed: &[LineRow]) -> i64 {
    cost(held.lines.iter()).saturating_sub(cost(all_lines(held, changed).into_iter()))
}

fn cost<'a>(lines: impl Iterator<Item = &'a LineRow>) -> i64 {
    lines.map(|line| line.unit_minor.saturating_mul(line.quantity)).fold(0, i64::saturating_add)
}

/// What leaves the shelf for the new goods, and what of the old ones comes back to it.
pub(super) fn moves(held: &Held, changed: &[LineRow]) -> Vec<StockMove> {
    let moves = changed.iter().flat_map(|new| {
        let old = held.lines.iter().find(|line| line.id == new.id);
        let back = old.map(|line| StockMove { sku: line.sku.clone(), quantity: line.quantity });
        back.into_iter().chain([StockMove { sku: new.sku.clone(), quantity: -new.quantity }])
    });
    moves.collect()
}

/// The parcels that hold more of these lines than is wanted then, with as much as is.
pub(super) fn repacked(held: &Held, changed: &[LineRow]) -> Vec<ShipmentRow> {
    let mut left: BTreeMap<&str, u32> = changed.iter().map(|line| (line.id.as_str(), line.wanted())).collect();
    let mut parcels = Vec::new();
    for parcel in &held.shipments {
        let mut plan = parcel.plan.0.clone();
        for part in &mut plan.lines {
            if let Some(left) = left.get_mut(part.line_id.as_str()) {
                part.quantity = part.quantity.min(*left);
                *left = left.saturating_sub(part.quantity);
            }
        }
        plan.lines.retain(|part| part.quantity > 0);
        if plan != parcel.plan.0 {
            parcels.push(ShipmentRow { plan: plan.into(), ..parcel.clone() });
        }
    }
    parcels
}
