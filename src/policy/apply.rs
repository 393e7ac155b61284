//! Puts posted fields into a document.

use serde_json::Value;

use super::compile::{Problem, complete, read};
use super::fields::{Bounds, spec_of};
use crate::model::document::at_mut;
use crate::model::order::Money;

/// The document with the fields changed. Each value is text as a form posts it; what a field cannot hold is named.
pub fn apply(document: &Value, fields: &[(&str, &str)]) -> Result<Value, Vec<Problem>> {
    let mut changed = complete(document)?;
    let currency = read(document).unwrap_or_default().currency;
    let mut problems = Vec::new();
    for (path, text) in fields {
        let Some((spec, target)) = spec_of(path).zip(at_mut(&mut changed, path)) else {
            problems.push(Problem::new(*path, "There is no such setting."));
            continue;
        };
        let text = text.trim();
        let value = match spec.bounds {
            Bounds::Number(..) => text.parse::<i64>().map(Value::from).map_err(|_| "This must be a whole number."),
            // Amounts come from people's keyboards, where the decimal mark is a comma as often as a point.
            Bounds::Money(_) => Money::parse_decimal(&with_point(text), currency)
                .map(|money| Value::from(money.minor))
                .map_err(|_| "This must be an amount such as 25.00."),
            Bounds::YesNo(..) => match text {
                "true" | "on" => Ok(Value::from(true)),
                "false" | "" => Ok(Value::from(false)),
                _ => Err("This must be yes or no."),
            },
            Bounds::Words => {
                let words = text.split(['\n', ',']).map(str::trim).filter(|word| !word.is_empty());
                Ok(words.map(Value::from).collect())
            }
            Bounds::Choice(_) | Bounds::Intent | Bounds::Channel => Ok(Value::from(text)),
        };
        match value {
            Ok(value) => *target = value,
            Err(message) => problems.push(Problem::new(*path, message)),
        }
    }
    if problems.is_empty() {
        read(&changed)?;
        return Ok(changed);
    }
    Err(problems)
}

/// An amount with a point before its cents: `42,00` is one, and `1,250` stays as it is, for nobody knows what that is.
fn with_point(text: &str) -> String {
    match text.split_once(',') {
        Some((whole, cents)) if cents.len() == 2 && !whole.contains('.') => format!("{whole}.{cents}"),
        _ => text.to_owned(),
    }
}
