//! Orders read by their numbers.

use std::time::Duration;

use channel_contract::MessageChannel as _;
use channel_contract::failure::FailureClass;
use channel_contract::orders::{OrderFailure, OrderStatus};
use platform_doubles::Fault;
use platform_doubles::ebay::limited;

use crate::shop::{BUYER, LISTING, Shop};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_order_is_read_with_what_has_left_of_it() {
    let shop = Shop::start(PATIENCE).await;
    let number = shop.ebay.platform.buy(BUYER, LISTING);
    assert!(shop.channel.reads_orders());
    let order = shop.channel.order(&number).await.unwrap().unwrap();
    assert_eq!((order.number.as_str(), order.status, order.shipments.len()), (number.as_str(), OrderStatus::Open, 0));
    assert_eq!((order.total.decimal().as_str(), order.lines[0].unit_price.decimal().as_str()), ("17.40", "12.50"));
    shop.ebay.platform.ship(&number, "0034");
    let order = shop.channel.order(&number).await.unwrap().unwrap();
    assert_eq!((order.status, order.shipments[0].tracking_number.as_str()), (OrderStatus::Shipped, "0034"));
    assert_eq!((order.buyer.id.as_str(), order.buyer.name.as_str()), (BUYER, "Ann of the Buyers"));

    let calls = shop.ebay.calls().len();
    assert_eq!(shop.channel.order("FJ-20417").await, Ok(None));
    assert_eq!(shop.ebay.calls().len(), calls, "eBay is not asked for what is none of its numbers");
    assert_eq!(shop.channel.order("12-99999-00077").await, Ok(None));
    shop.ebay.misbehave("GET", "/order/", Fault::Answer(limited()), 1);
    let failure = shop.channel.order(&number).await.unwrap_err();
    assert_eq!(failure.class(), FailureClass::Rate, "{failure}");
    assert!(matches!(OrderFailure::from(failure), OrderFailure::Retry { .. }));
}
