//! Orders as they were last read, as a shop: for whoever shows what would be said without asking the real one.

use std::sync::Arc;

use async_trait::async_trait;
use channel_contract::orders::{ActionCommand, ActionReceipt, Order, OrderFailure, OrderQuery, OrderSource, Product};

use super::shops::{Asked, Shop, Shops};
use crate::clock::Clock;
use crate::model::order::KnownOrder;

struct AsRead(Vec<Order>);

/// These orders as the shops that they are from; of none, a shop without orders. Nothing can be done there, and nothing else
/// is known.
pub fn as_read(known: &[KnownOrder], clock: &Clock) -> Shops {
    let mut shops: Vec<Shop> = Vec::new();
    for one in known {
        if shops.iter().all(|shop| shop.id != one.source_id) {
            let orders = known.iter().filter(|other| other.source_id == one.source_id);
            let source = Arc::new(AsRead(orders.map(|known| known.order.clone()).collect()));
            shops.push(Shop { id: one.source_id, name: one.source_name.clone(), asked: Asked::Always, source });
        }
    }
    if shops.is_empty() {
        let source = Arc::new(AsRead(Vec::new()));
        shops.push(Shop { id: clock.new_id(), name: String::new(), asked: Asked::Always, source });
    }
    Shops::new(shops, clock.clone())
}

fn matches(query: &OrderQuery, order: &Order) -> bool {
    match query {
        OrderQuery::Number(number) => {
            let plain = |number: &str| number.trim().trim_start_matches('#').to_lowercase();
            plain(&order.number) == plain(number)
        }
        OrderQuery::Email(email) => order.buyer.email.eq_ignore_ascii_case(email),
        OrderQuery::Phone(phone) => order.buyer.phone == *phone,
        OrderQuery::Tracking(number) => order.shipments.iter().any(|parcel| parcel.tracking_number == *number),
    }
}

#[async_trait]
impl OrderSource for AsRead {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        Ok(self.0.iter().filter(|order| matches(query, order)).cloned().collect())
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        Ok(self.0.iter().find(|order| order.id == id).cloned())
    }

    async fn products(&self, _: &str) -> Result<Vec<Product>, OrderFailure> {
        Ok(Vec::new())
    }

    async fn perform(&self, _: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        Err(OrderFailure::Refused { reason: "This is only a picture of the shop.".to_owned() })
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        Ok(())
    }
}
