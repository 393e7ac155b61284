//! Each kind of delivery, and what is read from it.

use channel_contract::testkit::readings;
use channel_line::list;

use crate::account::Shop;
use crate::fixtures;

#[tokio::test]
async fn each_kind_is_read() {
    let shop = Shop::start(std::time::Duration::from_secs(1)).await;
    insta::assert_snapshot!(readings(&shop.channel, fixtures(), list));
}
