//! Each kind of delivery, and what is read from it.

use channel_contract::testkit::readings;
use channel_telegram::list;

use crate::bot::Bot;
use crate::fixtures;

#[tokio::test]
async fn each_kind_is_read() {
    let bot = Bot::start(std::time::Duration::from_secs(1)).await;
    insta::assert_snapshot!(readings(&bot.channel, fixtures(), list));
}
