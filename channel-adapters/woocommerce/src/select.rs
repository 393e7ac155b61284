//! Which of the orders that the shop found answer the question; pure. Its search looks into many fields at once, and none of
//! somebody else's orders may reach the customer who asked.

use channel_contract::orders::OrderQuery;

use crate::parcels::read_parcels;
use crate::phone::{e164, ending};
use crate::wire::WireOrder;

/// The most orders that a question is answered with.
pub(crate) const MOST_ORDERS: usize = 20;

/// What the shop is asked to search for; `None` if there is nothing to ask for.
pub(crate) fn words(query: &OrderQuery) -> Option<String> {
    let words = match query {
        OrderQuery::Number(number) => bare(number).to_owned(),
        OrderQuery::Email(email) => email.trim().to_owned(),
        OrderQuery::Phone(phone) => ending(phone),
        OrderQuery::Tracking(number) => number.trim().to_owned(),
    };
    Some(words).filter(|words| !words.is_empty())
}

/// The id that an order with this number may have: numbers are ids, unless a plugin makes them, and then often end with one.
pub(crate) fn id_in(number: &str) -> Option<String> {
    let digits = bare(number).rsplit(|sign: char| !sign.is_ascii_digit()).next().unwrap_or_default();
    let digits = digits.trim_start_matches('0');
    Some(digits.to_owned()).filter(|digits| (1..=18).contains(&digits.len()))
}

/// Whether the order answers the question.
pub(crate) fn answers(query: &OrderQuery, order: &WireOrder) -> bool {
    let same_text =
        |one: &str, other: &str| !one.trim().is_empty() && one.trim().to_lowercase() == other.trim().to_lowercase();
    let billing = order.billing.get();
    match query {
        OrderQuery::Number(number) => {
            let own = order.number.given().unwrap_or(order.id.as_str());
            same_text(bare(number), bare(own))
        }
        OrderQuery::Email(email) => billing.is_some_and(|billing| same_text(email, billing.email.as_str())),
        OrderQuery::Phone(phone) => billing.is_some_and(|billing| {
            let own = e164(billing.phone.as_str(), billing.country.as_str());
            !own.is_empty() && own == e164(phone, "")
        }),
        OrderQuery::Tracking(number) => {
            let wanted = compact(number);
            let parcels = read_parcels(&order.meta_data, false);
            !wanted.is_empty() && parcels.iter().any(|parcel| compact(&parcel.tracking_number) == wanted)
        }
    }
}

fn bare(number: &str) -> &str {
    number.trim().trim_start_matches('#').trim()
}

fn compact(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order() -> WireOrder {
        serde_json::from_value(json!({
            "id": 727, "number": "FJ-727",
            "billing": { "email": "Mara@example.org", "phone": "0151 12345678", "country": "DE" },
            "meta_data": [{ "key": "_wc_shipment_tracking_items", "value": [{ "tracking_number": "00 34-a" }] }]
        }))
        .unwrap()
    }

    #[test]
    fn only_what_was_asked_for_is_an_answer() {
        for query in [
            OrderQuery::Number("#fj-727".to_owned()),
            OrderQuery::Email(" mara@EXAMPLE.org".to_owned()),
            OrderQuery::Phone("+4915112345678".to_owned()),
            OrderQuery::Tracking("0034A".to_owned()),
        ] {
            assert!(answers(&query, &order()), "{query:?}");
            assert!(!answers(&query, &WireOrder::default()), "{query:?}");
        }
        for query in [
            OrderQuery::Number("727".to_owned()),
            OrderQuery::Number(String::new()),
            OrderQuery::Email("mara@example.org.evil.example".to_owned()),
            OrderQuery::Email(String::new()),
            OrderQuery::Phone("+15112345678".to_owned()),
            OrderQuery::Phone("12345678".to_owned()),
            OrderQuery::Tracking("-".to_owned()),
        ] {
            assert!(!answers(&query, &order()), "{query:?}");
        }
    }

    #[test]
    fn an_id_is_guessed_from_the_end_of_a_number() {
        for (number, id) in [
            ("727", Some("727")),
            ("#FJ-0727", Some("727")),
            ("WC727-2026", Some("2026")),
            ("Nº727", Some("727")),
            ("FJ-", None),
            ("000", None),
            ("", None),
            ("1234567890123456789", None),
        ] {
            assert_eq!(id_in(number).as_deref(), id, "{number}");
        }
        assert_eq!(words(&OrderQuery::Phone("+49 151 12345678".to_owned())).as_deref(), Some("12345678"));
        assert_eq!(words(&OrderQuery::Number(" # ".to_owned())), None);
    }
}
