//! The tests of the LINE adapter that use its public face.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: to panic is how a test fails")]

mod account;
mod answers;
mod conformance;
mod fixtures;
mod hostile;
mod shared;
mod web;

/// All fixtures with their names, in order.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, Vec<u8>)> = files
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn the_program_of_doubles_prints_settings_that_open_this_channel() {
    use channel_contract::MessageChannel as _;
    use platform_doubles::together::{Together, lost};

    let doubles = Together::start(&std::collections::BTreeMap::new(), time::OffsetDateTime::UNIX_EPOCH).await.unwrap();
    let given = doubles.listing().pointer("/line/settings").cloned().unwrap();
    let settings: channel_line::LineSettings = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(lost(&given, &serde_json::json!(settings)), Vec::<String>::new());
    let (outside, _) = web::outside(std::time::Duration::from_secs(20), "inside");
    assert_eq!(channel_line::LineChannel::new(settings, outside).check().await, Ok(()));
}
