//! Which of the orders that the shop gave answer the question; pure. A shop that ignores a parameter gives everybody's
//! orders, and none of those may reach the customer who asked.

use std::collections::HashMap;

use channel_contract::orders::{Order, OrderQuery};

/// The most orders that a question is answered with.
pub(crate) const MOST_ORDERS: usize = 20;

/// The parameter that puts the question; `None` if there is nothing to ask for.
pub(crate) fn parameter(query: &OrderQuery) -> Option<(&'static str, String)> {
    let (name, value) = match query {
        OrderQuery::Number(number) => ("number", bare_number(number).to_owned()),
        OrderQuery::Email(email) => ("email", email.trim().to_owned()),
        OrderQuery::Phone(phone) => ("phone", phone.trim().to_owned()),
        OrderQuery::Tracking(number) => ("tracking", number.trim().to_owned()),
    };
    if value.is_empty() { None } else { Some((name, value)) }
}

/// Whether the order answers the question. A buyer's address that the shop does not give is not a different one.
pub(crate) fn answers(query: &OrderQuery, order: &Order) -> bool {
    let same_text = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    match query {
        OrderQuery::Number(number) => same_text(bare_number(number), bare_number(&order.number)),
        OrderQuery::Email(email) => order.buyer.email.is_empty() || same_text(email, &order.buyer.email),
        OrderQuery::Phone(phone) => order.buyer.phone.is_empty() || digits(phone) == digits(&order.buyer.phone),
        OrderQuery::Tracking(number) => order.shipments.iter().any(|parcel| {
            let tracking = compact(&parcel.tracking_number);
            !tracking.is_empty() && tracking == compact(number)
        }),
    }
}

/// Each order once, in its latest state, newest first.
pub(crate) fn tidy(orders: Vec<Order>) -> Vec<Order> {
    let mut latest: HashMap<String, Order> = HashMap::new();
    for order in orders {
        match latest.get(&order.id) {
            Some(known) if known.updated_at >= order.updated_at => {}
            _ => {
                latest.insert(order.id.clone(), order);
            }
        }
    }
    let mut orders: Vec<Order> = latest.into_values().collect();
    orders.sort_by(|one, other| other.placed_at.cmp(&one.placed_at).then_with(|| one.id.cmp(&other.id)));
    orders.truncate(MOST_ORDERS);
    orders
}

fn bare_number(number: &str) -> &str {
    number.trim().trim_start_matches('#').trim()
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

fn compact(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}
