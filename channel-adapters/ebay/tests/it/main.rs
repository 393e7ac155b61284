//! The tests of the eBay adapter, against a double of eBay.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: to panic is how a test fails"
)]

mod conformance;
mod consent;
mod fixtures;
mod harness;
mod hostile;
mod notifications;
mod orders;
mod outlook;
mod polling;
mod pushes;
mod reading;
mod sending;
mod shared;
mod shop;
mod trading;

#[test]
fn the_program_of_doubles_prints_settings_of_this_channel() {
    let given = platform_doubles::together::settings("ebay", "http://127.0.0.1:9");
    let kept: channel_ebay::settings::EbaySettings = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(platform_doubles::together::lost(&given, &serde_json::json!(kept)), Vec::<String>::new());
}
