//! Facts of the shop's orders in the words of the customers: texts name them as `{promised FJ-20397}`.

use std::collections::BTreeMap;

use channel_contract::orders::{Order, OrderFailure, OrderQuery, OrderSource};
use time::OffsetDateTime;

/// The orders that texts may speak of, by number.
#[derive(Clone, Debug, Default)]
pub struct Orders(BTreeMap<String, Order>);

impl Orders {
    /// From orders that were read.
    pub fn new(orders: impl IntoIterator<Item = Order>) -> Self {
        Self(orders.into_iter().map(|order| (order.number.clone(), order)).collect())
    }

    /// Reads every order of the cast.
    pub async fn read(shop: &dyn OrderSource) -> Result<Self, OrderFailure> {
        let mut orders = Vec::new();
        for cast in &crate::commerce::demo_shop::cast::ORDERS {
            orders.extend(shop.find(&OrderQuery::Number(format!("FJ-{}", cast.serial))).await?);
        }
        Ok(Self::new(orders))
    }

    /// The order with this number.
    pub fn get(&self, number: &str) -> Option<&Order> {
        self.0.get(number)
    }

    /// The text with its facts filled in, days written as in that language. What is not known stays as it is.
    pub fn fill(&self, text: &str, language: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((place, behind)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match self.fact(place, language) {
                Some(fact) => filled.push_str(&fact),
                None => filled.extend(["{", place, "}"]),
            }
            rest = behind;
        }
        filled + rest
    }

    fn fact(&self, place: &str, language: &str) -> Option<String> {
        let (what, number) = place.split_once(' ')?;
        let order = self.get(number)?;
        let parcel = order.shipments.last();
        let moment = match what {
            "tracking" => return parcel.map(|parcel| parcel.tracking_number.clone()),
            "carrier" => return parcel.map(|parcel| parcel.carrier.clone()),
            "promised" => parcel?.promised?.to,
            "delivered" => parcel?.delivered_at?,
            "placed" => order.placed_at,
            _ => return None,
        };
        Some(day(moment, language))
    }
}

/// A day as people of a language write it in a mail.
fn day(moment: OffsetDateTime, language: &str) -> String {
    let (day, month) = (moment.day(), u8::from(moment.month()));
    match language {
        "en" => format!("{day} {}", moment.month()),
        "de" => format!("{day}.{month}."),
        "pl" => format!("{day}.{month:02}"),
        "nl" => format!("{day}-{month}"),
        _ => format!("{day}/{month}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_stays_as_it_is() {
        let orders = Orders::default();
        for text in ["{promised FJ-1}", "a { b", "{}", "}{"] {
            assert_eq!(orders.fill(text, "en"), text);
        }
    }

    #[test]
    fn days_are_written_as_the_customer_writes_them() {
        let moment = time::macros::datetime!(2026-11-05 08:00 UTC);
        let written = ["en", "de", "pl", "nl", "fr"].map(|language| day(moment, language));
        assert_eq!(written, ["5 November", "5.11.", "5.11", "5-11", "5/11"]);
    }
}
