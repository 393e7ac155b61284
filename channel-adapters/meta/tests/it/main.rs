//! The tests of the adapter for Messenger and Instagram that use its public face, over the double of the platform.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod conformance;
mod expected;
mod history;
mod hostile;
mod lacks;
mod media;
mod reading;
mod sending;
mod stage;
mod subscribing;
mod tokens;

#[test]
fn the_program_of_doubles_prints_settings_of_this_channel() {
    for network in ["messenger", "instagram"] {
        let given = platform_doubles::together::settings(network, "http://127.0.0.1:9");
        let kept: channel_meta::MetaSettings = serde_json::from_value(given.clone()).unwrap();
        assert_eq!(platform_doubles::together::lost(&given, &serde_json::json!(kept)), Vec::<String>::new());
    }
}
