//! Documents that people edit on screen: what is wrong with one, said by path, and the comparison with its full shape.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something wrong in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where: `returns.window_days`; `""` for the whole document.
    pub path: String,
    /// What, in words for the person who edits.
    pub message: String,
}

impl Problem {
    /// A problem at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Puts `document` over `complete` (a document with every key): unknown keys and wrong types are problems, missing keys
/// keep the value of `complete`. Lists are taken as they are; `free` names objects whose keys the writer chooses.
pub fn over(complete: &Value, document: &Value, free: &[&str]) -> Result<Value, Vec<Problem>> {
    let mut merged = complete.clone();
    let mut problems = Vec::new();
    put_over(&mut merged, document, "", free, &mut problems);
    if problems.is_empty() { Ok(merged) } else { Err(problems) }
}

fn put_over(target: &mut Value, given: &Value, path: &str, free: &[&str], problems: &mut Vec<Problem>) {
    match (target, given) {
        (Value::Object(known), Value::Object(given)) => {
            for (key, value) in given {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match known.get_mut(key) {
                    Some(target) => put_over(target, value, &inner, free, problems),
                    None if free.contains(&path) => {
                        known.insert(key.clone(), value.clone());
                    }
                    None => problems.push(Problem::new(inner, "There is no such setting.")),
                }
            }
        }
        (target, given) if same_type(target, given) => *target = given.clone(),
        (target, _) => problems.push(Problem::new(path, format!("This must be {}.", type_name(target)))),
    }
}

fn same_type(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "yes or no",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a group of settings",
    }
}

/// The value at a dotted path; numbers are places in lists.
pub fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, key| match value {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        other => other.get(key),
    })
}

/// The value at a dotted path, to change.
pub fn at_mut<'a>(document: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(document, |value, key| match value {
        Value::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        other => other.get_mut(key),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn missing_keys_keep_their_value_and_unknown_ones_are_named() {
        let complete = json!({"a": {"days": 30, "who": "us"}, "words": ["x"], "open": {}});
        let merged = over(&complete, &json!({"a": {"days": 14}, "open": {"de": 1}}), &["open"]).unwrap();
        assert_eq!(merged, json!({"a": {"days": 14, "who": "us"}, "words": ["x"], "open": {"de": 1}}));
        let problems = over(&complete, &json!({"a": {"dayz": 14, "who": 3}, "words": "x"}), &[]).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["a.dayz", "a.who", "words"]);
        assert!(over(&complete, &json!([]), &[]).is_err());
    }

    #[test]
    fn paths_lead_into_lists() {
        let mut document = json!({"examples": [{"expects": "ask"}]});
        assert_eq!(at(&document, "examples.0.expects"), Some(&json!("ask")));
        assert_eq!(at(&document, "examples.1.expects"), None);
        *at_mut(&mut document, "examples.0.expects").unwrap() = json!("allow");
        assert_eq!(document, json!({"examples": [{"expects": "allow"}]}));
    }
}
