//! Payloads that others collected, and what they read in them. They are not part of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::ParseError;
use crate::listing::Listed;

/// Names the folder in which they lie.
const VARIABLE: &str = "RESOLUTE_SHARED";
/// How many of a hundred events have to be read as expected.
const LEAST: usize = 98;
/// The folder with the payloads of others: where the variable `RESOLUTE_SHARED` says, and there they have to be, or beside
/// the workspace. A fresh clone has none, and says so.
pub fn payloads_of_others() -> Option<PathBuf> {
    found(std::env::var_os(VARIABLE).as_deref().map(Path::new))
}

fn found(named: Option<&Path>) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = named.unwrap_or(&beside).join("data/channels");
    let is_there = folder.join("expected.jsonl").is_file();
    assert!(is_there || named.is_none(), "{VARIABLE} leads to no payloads: {} has none", folder.display());
    if !is_there {
        eprintln!("skipped: there are no payloads of others, and {VARIABLE} names no folder with them");
    }
    Some(folder).filter(|_| is_there)
}

/// The rows of what others expect of a platform, each with the bytes that it is about.
pub fn expected_of_others(folder: &Path, platform: &str) -> Vec<(Value, Vec<u8>)> {
    let read = |path: &Path| fs::read(path).unwrap_or_else(|error| panic!("{} is read: {error}", path.display()));
    let rows = read(&folder.join("expected.jsonl"));
    let rows = rows.split(|byte| *byte == b'\n').filter(|row| !row.trim_ascii().is_empty());
    let rows = rows.map(|row| serde_json::from_slice::<Value>(row).unwrap_or_else(|error| panic!("a row: {error}")));
    let of_platform = rows.filter(|row| row.get("channel").and_then(Value::as_str) == Some(platform));
    let with_bytes = |row: Value| {
        let file = row.get("file").and_then(Value::as_str).unwrap_or_default();
        let body = read(&folder.join(file));
        (row, body)
    };
    of_platform.map(with_bytes).collect()
}

/// Reads what others collected of a platform, and holds that nearly all events are read as they read them.
pub fn reads_as_others_do(platform: &str, list: impl Fn(&[u8]) -> Result<Vec<Listed>, ParseError>) {
    let Some(folder) = payloads_of_others() else { return };
    let (mut right, mut all) = (0, 0);
    for (row, body) in expected_of_others(&folder, platform) {
        let Some(wanted) = row.get("events").and_then(Value::as_array) else { continue };
        let found: Vec<Value> = list(&body).unwrap_or_default().iter().map(|listed| json!(listed)).collect();
        let longest = wanted.len().max(found.len());
        all += longest.max(1);
        right += usize::from(longest == 0);
        for (at, event) in wanted.iter().enumerate() {
            let is_right = found.get(at).is_some_and(|found| is_right(event, found));
            right += usize::from(is_right);
            if !is_right {
                eprintln!("{:?}: wanted {event}, found {:?}", row.get("file"), found.get(at));
            }
        }
    }
    eprintln!("{platform}: {right} of {all} events are right");
    assert!(all > 0 && right * 100 >= all * LEAST, "{platform}: {right} of {all} events are right");
}

/// Whether all that is expected of an event was read so. What is read beyond that is nobody's business.
fn is_right(wanted: &Value, found: &Value) -> bool {
    wanted.as_object().into_iter().flatten().all(|(key, value)| match key.as_str() {
        "attachments" => files(wanted) == files(found),
        key => plain(Some(value)) == plain(found.get(key)),
    })
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(word)) => word.trim().to_owned(),
        Some(Value::Array(items)) => {
            let mut items: Vec<String> = items.iter().map(|item| plain(Some(item))).collect();
            items.sort();
            items.join(",")
        }
        Some(other) => other.to_string(),
    }
}

fn files(event: &Value) -> Vec<(String, String)> {
    let files = event.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let named = |file: &Value| plain(file.get("id").or_else(|| file.get("url")));
    let mut found: Vec<_> = files.map(|file| (plain(file.get("type")), named(file))).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "leads to no payloads")]
    fn a_folder_that_was_named_and_is_not_there_is_no_reason_to_pass() {
        found(Some(Path::new("/no/such/folder")));
    }

    #[test]
    fn what_is_expected_is_compared_and_nothing_else() {
        let wanted = json!({ "type": "message", "text": " Hello", "error_codes": [2, 1], "watermark": null });
        let found = json!({ "type": "message", "text": "Hello", "error_codes": [1, 2], "kind": "text" });
        assert!(is_right(&wanted, &found));
        for other in [
            json!({ "type": "echo" }),
            json!({ "text": "Hallo" }),
            json!({ "kind": "image" }),
            json!({ "sender_name": "Ana" }),
            json!({ "attachments": [{ "type": "a" }] }),
        ] {
            assert!(!is_right(&other, &found), "{other}");
        }
    }
}
