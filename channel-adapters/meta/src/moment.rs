//! Moments as Meta writes them: milliseconds, now and then seconds, as a number or as text, and dates with a zone that has
//! no colon. Pure.

use channel_contract::wire::moment_of;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The moment that a field holds.
pub(crate) fn of(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::Number(number) => moment_of(number.as_i64()?),
        Value::String(text) => match text.trim().parse() {
            Ok(number) => moment_of(number),
            Err(_) => written(text.trim()),
        },
        _ => None,
    }
}

/// A date: `2026-11-22T10:00:00+0000`.
pub(crate) fn written(text: &str) -> Option<OffsetDateTime> {
    let without_colon =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory][offset_minute]");
    let parsed = OffsetDateTime::parse(text, &without_colon).or_else(|_| OffsetDateTime::parse(text, &Rfc3339));
    parsed.ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_forms_are_read() {
        for (value, seconds) in [
            (json!(1_790_000_000_123_i64), Some(1_790_000_000)),
            (json!(1_790_000_000), Some(1_790_000_000)),
            (json!("1790000000123"), Some(1_790_000_000)),
            (json!("2026-09-21T14:13:20+0000"), Some(1_790_000_000)),
            (json!("2026-09-21T16:13:20+02:00"), Some(1_790_000_000)),
            (json!(0), None),
            (json!(-5), None),
            (json!(i64::MAX), None),
            (json!(1.5), None),
            (json!("soon"), None),
            (json!(null), None),
            (json!({}), None),
        ] {
            assert_eq!(of(&value).map(OffsetDateTime::unix_timestamp), seconds, "{value}");
        }
    }
}
