//! The connected shops of one brand, read as one.

use std::sync::Arc;

use channel_contract::orders::{OrderFailure, OrderQuery, OrderSource, Product};

use crate::clock::Clock;
use crate::model::OrderSourceId;
use crate::model::order::KnownOrder;

/// A connected shop that can be asked.
#[derive(Clone)]
pub struct Shop {
    /// Id.
    pub id: OrderSourceId,
    /// Name as shown.
    pub name: String,
    /// The connection.
    pub source: Arc<dyn OrderSource>,
}

/// The connected shops of one brand.
#[derive(Clone)]
pub struct Shops {
    shops: Vec<Shop>,
    clock: Clock,
}

impl Shops {
    /// The shops, asked in this order.
    pub fn new(shops: Vec<Shop>, clock: Clock) -> Self {
        Self { shops, clock }
    }

    /// Whether there is none to ask.
    pub fn is_empty(&self) -> bool {
        self.shops.is_empty()
    }

    /// The shop with this id.
    pub fn get(&self, id: OrderSourceId) -> Option<&Shop> {
        self.shops.iter().find(|shop| shop.id == id)
    }

    /// Orders that match, from every shop. A number that one shop knows is found, whatever the others say; none found
    /// while a shop is down must not read as "no such order". Somebody's orders are all of them or a failure: the only
    /// one that is left while a shop is down would pass for the one that is meant.
    pub async fn find(&self, query: &OrderQuery) -> Result<Vec<KnownOrder>, OrderFailure> {
        let mut found = Vec::new();
        let mut failure = None;
        for shop in &self.shops {
            match shop.source.find(query).await {
                Ok(orders) => found.extend(orders.into_iter().map(|order| self.known(shop, order))),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if found.is_empty() || query.is_by_contact() => Err(error),
            _ => Ok(found),
        }
    }

    /// Reads one order again.
    pub async fn get_order(&self, shop: OrderSourceId, order_id: &str) -> Result<Option<KnownOrder>, OrderFailure> {
        let Some(shop) = self.get(shop) else {
            return Err(OrderFailure::Reconnect { reason: "This shop is no longer connected.".to_owned() });
        };
        let order = shop.source.get(order_id).await?;
        Ok(order.map(|order| self.known(shop, order)))
    }

    /// Products that match, best first.
    pub async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let mut found = Vec::new();
        for shop in &self.shops {
            found.extend(shop.source.products(words).await?);
        }
        Ok(found)
    }

    fn known(&self, shop: &Shop, order: channel_contract::Order) -> KnownOrder {
        KnownOrder { source_id: shop.id, source_name: shop.name.clone(), order, read_at: self.clock.now() }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use channel_contract::orders::{ActionCommand, ActionReceipt};
    use uuid::Uuid;

    use super::*;
    use crate::commerce::test_order::order;
    use crate::model::Ts;

    struct Answers(bool);

    #[async_trait]
    impl OrderSource for Answers {
        async fn find(&self, _: &OrderQuery) -> Result<Vec<channel_contract::Order>, OrderFailure> {
            if self.0 { Ok(vec![order()]) } else { Err(down()) }
        }

        async fn get(&self, _: &str) -> Result<Option<channel_contract::Order>, OrderFailure> {
            Err(down())
        }

        async fn products(&self, _: &str) -> Result<Vec<Product>, OrderFailure> {
            Err(down())
        }

        async fn perform(&self, _: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
            Err(down())
        }

        async fn check(&self) -> Result<(), OrderFailure> {
            Err(down())
        }
    }

    fn down() -> OrderFailure {
        OrderFailure::Retry { after: None, reason: "The shop is down.".to_owned() }
    }

    fn shops(answers: &[bool]) -> Shops {
        let shop = |(number, answers): (u128, &bool)| Shop {
            id: OrderSourceId::from(Uuid::from_u128(number)),
            name: "Shop".to_owned(),
            source: Arc::new(Answers(*answers)),
        };
        Shops::new((1..).zip(answers).map(shop).collect(), Clock::fixed(Ts(0)))
    }

    #[tokio::test]
    async fn the_orders_of_a_person_are_all_or_none_while_a_shop_is_down() {
        let number = OrderQuery::Number("FJ-20417".to_owned());
        let by_contact = [OrderQuery::Email("mara@example.org".to_owned()), OrderQuery::Phone("+4912345".to_owned())];
        for query in &by_contact {
            assert_eq!(shops(&[true, true]).find(query).await.unwrap().len(), 2);
            assert!(shops(&[false, true]).find(query).await.is_err(), "{query:?}");
            assert!(shops(&[true, false]).find(query).await.is_err(), "{query:?}");
        }
        assert_eq!(shops(&[false, true]).find(&number).await.unwrap().len(), 1, "a number that is found stays found");
        assert!(shops(&[false, false]).find(&number).await.is_err());
    }
}
