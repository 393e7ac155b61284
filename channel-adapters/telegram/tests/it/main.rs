//! The tests of the Telegram adapter that use its public face.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod answers;
mod bot;
mod conformance;
mod fixtures;
mod hostile;
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

    let (_doubles, settings) = Together::with_settings::<channel_telegram::TelegramSettings>("telegram").await.unwrap();
    assert_eq!(
        channel_telegram::TelegramChannel::new(settings, web::outside(std::time::Duration::from_secs(20)))
            .check()
            .await,
        Ok(())
    );
}
