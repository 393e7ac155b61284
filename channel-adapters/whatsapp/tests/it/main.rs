//! The tests of the WhatsApp adapter that use its public face.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod account;
mod conformance;
mod files;
mod fixtures;
mod hostile;
mod learned;
mod sending;
mod shared;
mod subscribing;
mod templates;

use channel_whatsapp::WhatsappSettings;
use channel_whatsapp::settings::Secret;

/// The settings that most tests share, over the double's own account.
fn settings() -> WhatsappSettings {
    WhatsappSettings {
        channel_id: "channel-1".to_owned(),
        phone_number_id: "800001".to_owned(),
        account_id: "700001".to_owned(),
        app_id: "600001".to_owned(),
        access_token: Secret::new("the-access-token"),
        app_secret: Secret::new("the-app-secret"),
        former_app_secret: Secret::new("the-former-secret"),
        verify_token: Secret::new("the-verify-token"),
        ..WhatsappSettings::default()
    }
}

/// All fixtures with their names, in order.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    channel_contract::testkit::fixtures(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

#[tokio::test]
async fn the_program_of_doubles_prints_settings_that_open_this_channel() {
    use channel_contract::MessageChannel as _;
    use platform_doubles::together::Together;

    let (_doubles, settings) = Together::with_settings::<WhatsappSettings>("whatsapp").await.unwrap();
    assert_eq!(account::opened(settings).check().await, Ok(()));
}
