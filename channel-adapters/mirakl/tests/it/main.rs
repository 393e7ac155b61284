//! A shop on a marketplace that runs on Mirakl, against a double of the marketplace.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod conformance;
mod hostile;
mod marketplace;
mod news;
mod polling;
mod reading;
mod sending;

#[test]
fn the_program_of_doubles_prints_settings_of_this_channel() {
    let given = platform_doubles::together::settings("mirakl", "http://127.0.0.1:9");
    let kept: channel_mirakl::MiraklSettings = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(platform_doubles::together::lost(&given, &serde_json::json!(kept)), Vec::<String>::new());
}
