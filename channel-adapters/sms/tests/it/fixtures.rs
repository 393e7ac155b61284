//! Each kind of delivery, and what is read from it.

use channel_contract::MessageChannel as _;
use channel_contract::inbound::{RawItem, RawOrigin};
use channel_contract::testkit::readings;
use channel_sms::list_twilio;

use crate::fixtures;
use crate::number::Number;

#[tokio::test]
async fn each_kind_is_read() {
    let number = Number::start(std::time::Duration::from_secs(1)).await;
    let channel = number.with(number.of(|account| account.messaging_service = "MG01".to_owned()));
    for (name, body) in fixtures() {
        let item = RawItem { external_id: "item".to_owned(), origin: RawOrigin::Webhook, body: body.into() };
        for message in channel.parse(&item).unwrap().into_iter().filter_map(|inbound| inbound.event.into_message()) {
            let thread = message.thread.thread_id.unwrap_or_default();
            assert!(thread.len() == 32 && !thread.contains('+'), "{name}: a thread has an id and names no number");
        }
    }
    insta::assert_snapshot!(readings(&channel, fixtures(), list_twilio));
}
