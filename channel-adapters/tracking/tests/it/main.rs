//! The providers against their doubles.

#![expect(clippy::unwrap_used, reason = "helpers of tests: to panic is how a test fails")]

mod hooks;
mod providers;

use std::sync::Arc;
use std::time::Duration;

use channel_contract::secret::Secret;
use channel_tracking::Access;
use time::OffsetDateTime;

const KEY: &str = "the-key";
const HOOK_SECRET: &str = "the-secret-of-webhooks";

/// The way to a double.
fn access(base: &str, key: &str) -> Access {
    // The second test to come here finds the provider installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().unwrap();
    Access {
        http,
        clock: Arc::new(|| OffsetDateTime::from_unix_timestamp(1_795_424_400).unwrap()),
        base: base.to_owned(),
        key: Secret::new(key),
        hook_secret: Secret::new(HOOK_SECRET),
    }
}
