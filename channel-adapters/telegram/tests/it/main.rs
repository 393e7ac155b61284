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
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, Vec<u8>)> = files
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn the_program_of_doubles_prints_settings_of_this_channel() {
    let given = platform_doubles::together::settings("telegram", "http://127.0.0.1:9");
    let kept: channel_telegram::TelegramSettings = serde_json::from_value(given.clone()).unwrap();
    assert_eq!(platform_doubles::together::lost(&given, &serde_json::json!(kept)), Vec::<String>::new());
}
