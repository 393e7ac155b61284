//! The events that a plain reading of other people's payloads finds.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

/// What is compared.
const KEYS: [&str; 12] = [
    "type",
    "external_id",
    "sender_id",
    "recipient_id",
    "timestamp",
    "text",
    "reply_to",
    "target_id",
    "status",
    "error_codes",
    "watermark",
    "payload",
];

/// The folder of shared payloads, where there is one.
fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("RESOLUTE_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let folder = shared.join("data/channels");
    folder.join("expected.jsonl").is_file().then_some(folder)
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Array(list)) => {
            let mut all: Vec<String> = list.iter().map(|inner| plain(Some(inner))).collect();
            all.sort();
            all.join(",")
        }
        Some(other) => other.to_string(),
    }
}

fn files(event: &Value) -> Vec<(String, String)> {
    let of = |file: &Value| {
        let place = file.get("id").or_else(|| file.get("url"));
        (plain(file.get("type")), plain(place))
    };
    let mut found: Vec<_> = event.get("attachments").and_then(Value::as_array).into_iter().flatten().map(of).collect();
    found.sort();
    found
}

fn is_right(want: &Value, got: &Value) -> bool {
    let same_keys =
        KEYS.iter().filter(|key| want.get(**key).is_some()).all(|key| plain(want.get(*key)) == plain(got.get(*key)));
    same_keys && (want.get("attachments").is_none() || files(want) == files(got))
}

#[test]
fn what_others_sent_is_read_as_expected() {
    let Some(folder) = folder() else {
        eprintln!("skipped: there are no shared payloads beside the workspace");
        return;
    };
    let rows = fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let (mut right, mut all) = (0_usize, 0_usize);
    for row in rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let is_meta = matches!(row["channel"].as_str(), Some("messenger" | "instagram"));
        let Some(want) = row["events"].as_array().filter(|_| is_meta) else { continue };
        let body = fs::read(folder.join(row["file"].as_str().unwrap())).unwrap();
        let got = channel_meta::list(&body).unwrap_or_default();
        let got: Vec<Value> = got.iter().map(|listed| serde_json::to_value(listed).unwrap()).collect();
        let count = want.len().max(got.len()).max(1);
        let found = want.iter().zip(&got).filter(|(want, got)| is_right(want, got)).count();
        let found = if want.is_empty() && got.is_empty() { 1 } else { found };
        if found < count {
            eprintln!("{}: expected {}, got {}", row["file"], json!(want), json!(got));
        }
        right += found;
        all += count;
    }
    eprintln!("{right} of {all} events right");
    assert!(all > 20 && right * 100 >= all * 98, "{right} of {all} events right");
}
