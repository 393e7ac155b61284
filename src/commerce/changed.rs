//! What changed in an order between two readings, in sentences that a teammate understands: a reply whose facts changed
//! is held and shows them. Pure.

use channel_contract::orders::{
    ActionKind, EntryKind, Order, OrderStatus, Return, ReturnStatus, Shipment, ShipmentStatus, Window,
};
use time::OffsetDateTime;

/// What is different in `after`, most important first; empty if nothing that a reply could speak of changed.
pub fn differences(before: &Order, after: &Order) -> Vec<String> {
    let mut found = Vec::new();
    if before.status != after.status {
        found.push(format!("The order {} now: it {} before.", is(after.status), was(before.status)));
    }
    money(before, after, &mut found);
    lines(before, after, &mut found);
    if before.shipping_address != after.shipping_address {
        let (old, new) = (&before.shipping_address, &after.shipping_address);
        let place = |address: &channel_contract::orders::Address| {
            format!("{}, {} {}", address.line1, address.postal_code, address.city)
        };
        found.push(format!("The delivery address is {} now, not {}.", place(new), place(old)));
    }
    shipments(before, after, &mut found);
    returns(before, after, &mut found);
    codes(before, after, &mut found);
    actions(before, after, &mut found);
    found
}

fn money(before: &Order, after: &Order, found: &mut Vec<String>) {
    if before.total != after.total {
        found.push(format!("The total is {} now, it was {}.", after.total, before.total));
    }
    if before.shipping_price != after.shipping_price {
        let (old, new) = (before.shipping_price, after.shipping_price);
        found.push(format!("Shipping costs {new} now, it was {old}."));
    }
    for payment in &after.payments {
        if before.payments.iter().all(|known| known.id != payment.id) {
            found.push(format!("{} was paid by {} on {}.", payment.amount, payment.method, day(payment.at)));
        }
    }
    for payment in &before.payments {
        match after.payments.iter().find(|known| known.id == payment.id) {
            None => found.push(format!("The payment of {} is gone.", payment.amount)),
            Some(now) if now != payment => {
                found.push(format!("The payment of {} by {} changed.", payment.amount, payment.method));
            }
            Some(_) => {}
        }
    }
    for refund in &after.refunds {
        match before.refunds.iter().find(|known| known.id == refund.id) {
            None => {
                found.push(format!("{} was refunded to {} on {}.", refund.amount, refund.method, day(refund.at)));
            }
            Some(known) if known.amount != refund.amount => {
                found.push(format!("The refund of {} is {} now.", known.amount, refund.amount));
            }
            Some(_) => {}
        }
    }
    for refund in &before.refunds {
        if after.refunds.iter().all(|known| known.id != refund.id) {
            found.push(format!("The refund of {} is gone.", refund.amount));
        }
    }
}

fn lines(before: &Order, after: &Order, found: &mut Vec<String>) {
    for line in &after.lines {
        let Some(known) = before.line(&line.id) else {
            found.push(format!("{} × {} was added.", line.current, named(&line.title, &line.variant)));
            continue;
        };
        let (old, new) = (named(&known.title, &known.variant), named(&line.title, &line.variant));
        if old != new {
            found.push(format!("{old} was exchanged for {new}."));
        }
        if known.current != line.current {
            found.push(format!("{new}: {} ordered now, {} before.", line.current, known.current));
        }
        if known.unit_price != line.unit_price {
            found.push(format!("{new} costs {} now, {} before.", line.unit_price, known.unit_price));
        }
    }
    for line in &before.lines {
        if after.line(&line.id).is_none() {
            found.push(format!("{} was taken out.", named(&line.title, &line.variant)));
        }
    }
}

fn shipments(before: &Order, after: &Order, found: &mut Vec<String>) {
    for (place, parcel) in (1_usize..).zip(&after.shipments) {
        let name = if after.shipments.len() > 1 { format!("Parcel {place}") } else { "The parcel".to_owned() };
        match before.shipments.iter().find(|known| known.id == parcel.id) {
            None => found.push(format!("{name} is new, it {}.", parcel_is(parcel))),
            Some(known) => parcel_changed(&name, known, parcel, found),
        }
    }
    for parcel in &before.shipments {
        if after.shipments.iter().all(|known| known.id != parcel.id) {
            found.push(format!("The parcel {} is gone.", parcel.tracking_number));
        }
    }
}

fn parcel_changed(name: &str, before: &Shipment, after: &Shipment, found: &mut Vec<String>) {
    if before.status != after.status {
        found.push(format!("{name} {}.", parcel_is(after)));
    } else if before.delivered_at != after.delivered_at {
        let when = after
            .delivered_at
            .map_or("has no delivery date any more".to_owned(), |at| format!("arrived on {}", day(at)));
        found.push(format!("{name} {when}."));
    } else if let (Some(scan), true) = (after.events.last(), before.events.len() != after.events.len()) {
        let place = if scan.place.is_empty() { String::new() } else { format!(" in {}", scan.place) };
        found.push(format!("{name} has a new scan{place}: {}.", scan.text.trim_end_matches('.')));
    }
    if before.estimated != after.estimated && after.delivered_at.is_none() {
        found.push(match &after.estimated {
            Some(window) => format!("{name} is expected {} now.", span(window)),
            None => format!("{name} has no expected day any more."),
        });
    }
    if before.promised != after.promised {
        found.push(match &after.promised {
            Some(window) => format!("{name} is promised for {} now.", span(window)),
            None => format!("{name} is promised for no day any more."),
        });
    }
    let number = |parcel: &Shipment| (parcel.carrier.clone(), parcel.tracking_number.clone());
    if number(before) != number(after) {
        found.push(format!("{name} travels with {} under {} now.", after.carrier, after.tracking_number));
    }
    if before.lines != after.lines {
        found.push(format!("{name} holds other goods now."));
    }
}

fn returns(before: &Order, after: &Order, found: &mut Vec<String>) {
    for opened in &after.returns {
        match before.returns.iter().find(|known| known.id == opened.id) {
            None => found.push(format!("The return {} was opened on {}.", opened.id, day(opened.opened_at))),
            Some(known) if known.status != opened.status => {
                found.push(format!("The return {} {} now.", opened.id, return_is(opened)));
            }
            Some(known) if known.lines != opened.lines => {
                found.push(format!("The return {} holds other goods now.", opened.id));
            }
            Some(_) => {}
        }
    }
    for opened in &before.returns {
        if after.returns.iter().all(|known| known.id != opened.id) {
            found.push(format!("The return {} is gone.", opened.id));
        }
    }
}

/// Codes for the buyer: documents that were sent again and notes of the shop's people change nothing for them.
fn codes(before: &Order, after: &Order, found: &mut Vec<String>) {
    let news = [(after, before, "was made"), (before, after, "does not count any more")];
    for (there, not_there, what) in news {
        for entry in &there.entries {
            if let EntryKind::Code { code, .. } = &entry.what
                && not_there.entries.iter().all(|other| other.id != entry.id)
            {
                found.push(format!("The discount code {code} {what}."));
            }
        }
    }
}

/// What the shop would do changes with every other change; only what became impossible or possible is worth a sentence,
/// and only of what replies speak of.
fn actions(before: &Order, after: &Order, found: &mut Vec<String>) {
    for (kind, noun) in SPOKEN_OF {
        match (before.refusal(kind), after.refusal(kind)) {
            (None, Some(reason)) => found.push(format!("{noun} is not possible any more: {reason}")),
            (Some(_), None) => found.push(format!("{noun} is possible now.")),
            _ => {}
        }
    }
}

const SPOKEN_OF: [(ActionKind, &str); 5] = [
    (ActionKind::Cancel, "A cancellation"),
    (ActionKind::Refund, "A refund"),
    (ActionKind::Return, "A return"),
    (ActionKind::Replace, "A replacement"),
    (ActionKind::ChangeAddress, "Another address"),
];

fn is(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Open => "is not shipped",
        OrderStatus::PartlyShipped => "is partly shipped",
        OrderStatus::Shipped => "is shipped",
        OrderStatus::Delivered => "is delivered",
        OrderStatus::Cancelled => "is cancelled",
    }
}

fn was(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Open => "was not shipped",
        OrderStatus::PartlyShipped => "was partly shipped",
        OrderStatus::Shipped => "was shipped",
        OrderStatus::Delivered => "was delivered",
        OrderStatus::Cancelled => "was cancelled",
    }
}

fn parcel_is(parcel: &Shipment) -> String {
    match parcel.status {
        ShipmentStatus::Packed => "is packed now".to_owned(),
        ShipmentStatus::InTransit => "is on its way now".to_owned(),
        ShipmentStatus::OutForDelivery => "is out for delivery now".to_owned(),
        ShipmentStatus::AttemptFailed => "could not be handed over, nobody was there".to_owned(),
        ShipmentStatus::AvailableForPickup => "waits at a pick-up point now".to_owned(),
        ShipmentStatus::Delivered => match parcel.delivered_at {
            Some(at) => format!("arrived on {}", day(at)),
            None => "has arrived".to_owned(),
        },
        ShipmentStatus::Returning => "is on its way back to the shop now".to_owned(),
        ShipmentStatus::Exception => "has trouble at the carrier now".to_owned(),
    }
}

fn return_is(opened: &Return) -> &'static str {
    match opened.status {
        ReturnStatus::Open => "waits for the goods",
        ReturnStatus::InTransit => "is on its way back",
        ReturnStatus::Received => "has reached the shop",
        ReturnStatus::Closed => "is closed",
    }
}

fn named(title: &str, variant: &str) -> String {
    if variant.is_empty() { title.to_owned() } else { format!("{title} ({variant})") }
}

fn day(moment: OffsetDateTime) -> String {
    format!("{} {} {}", moment.day(), moment.month(), moment.year())
}

fn span(window: &Window) -> String {
    let (from, to) = (day(window.from), day(window.to));
    if from == to { from } else { format!("{from} to {to}") }
}

#[cfg(test)]
#[path = "changed_tests.rs"]
mod tests;
