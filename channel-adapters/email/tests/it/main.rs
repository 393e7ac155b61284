//! The tests of the e-mail adapter that use its public face.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests: to panic is how a test fails")]

mod account;
mod conformance;
#[path = "../support/dovecot.rs"]
mod dovecot;
mod fixtures;
mod flood;
mod hostile;
mod imap;
mod imap_double;
mod smtp;
#[path = "../support/smtp_double.rs"]
mod smtp_double;
mod tokens;
mod webhook;

use channel_email::EmailSettings;
use channel_email::settings::Secret;

/// The settings that most tests share.
fn settings() -> EmailSettings {
    EmailSettings {
        channel_id: "channel-1".to_owned(),
        address: "support@shop.example".to_owned(),
        display_name: "The Shop".to_owned(),
        authserv_id: "mx.shop.example".to_owned(),
        webhook_secret: Secret::new("hook-secret"),
        thread_secret: Secret::new("thread-secret"),
        timeout_seconds: 5,
        ..EmailSettings::default()
    }
}

/// All fixtures with their names, in order.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mails = files.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    let mut found: Vec<(String, Vec<u8>)> = mails
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}
