//! The tests of the adapter for text messages that use its public face.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod answers;
mod conformance;
mod fixtures;
mod hostile;
mod messagebird;
mod number;
mod shared;
mod web;

/// All fixtures with their names, in order.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    channel_contract::testkit::fixtures(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

#[tokio::test]
async fn the_program_of_doubles_prints_settings_that_open_this_channel() {
    use channel_contract::MessageChannel as _;
    use platform_doubles::together::Together;

    for name in ["sms", "messagebird"] {
        let (_doubles, settings) = Together::with_settings::<channel_sms::SmsSettings>(name).await.unwrap();
        let outside = web::outside(std::time::Duration::from_secs(20), "inside");
        assert_eq!(channel_sms::SmsChannel::new(settings, outside).check().await, Ok(()), "{name}");
    }
}
