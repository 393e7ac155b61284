//! The secret before the one in use of an account or a shop: it counts for a while after it was replaced, or until somebody ends
//! it. Until when is a setting, so that every process sees it.

use std::time::Duration;

use serde_json::Value;

use super::Ts;

/// How long a secret that was replaced counts beside the one in use: who uses it is given the new one meanwhile.
pub const FORMER_COUNTS: Duration = Duration::from_hours(24);

/// The setting that says until when, in seconds since 1970.
pub const FORMER_UNTIL: &str = "former_secret_until";

/// Until when the secret before the one in use counts by these settings, where there is one.
pub fn former_until(settings: &Value) -> Ts {
    let seconds = settings.get(FORMER_UNTIL).and_then(Value::as_i64).unwrap_or_default();
    Ts(seconds.saturating_mul(1_000_000))
}
