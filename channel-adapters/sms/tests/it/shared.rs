//! Deliveries that others collected, where they are at hand.

use std::path::PathBuf;

use channel_contract::failure::ParseError;
use channel_contract::listing::Listed;
use channel_sms::{list_messagebird, list_twilio};
use serde_json::{Value, json};

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

fn folder() -> PathBuf {
    let shared = std::env::var("RESOLUTE_SHARED").map(PathBuf::from);
    shared
        .unwrap_or_else(|_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")))
        .join("data/channels")
}

fn plain(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(word)) => word.trim().to_owned(),
        Some(Value::Array(items)) => {
            let mut items: Vec<String> = items.iter().map(ToString::to_string).collect();
            items.sort();
            items.join(" ")
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

fn is_right(wanted: &Value, found: &Value) -> bool {
    let keys = KEYS.iter().filter(|key| wanted.get(**key).is_some());
    keys.into_iter().all(|key| plain(wanted.get(*key)) == plain(found.get(*key)))
        && (wanted.get("attachments").is_none() || files(wanted) == files(found))
}

fn scored(channel: &str, list: fn(&[u8]) -> Result<Vec<Listed>, ParseError>) {
    let Ok(rows) = std::fs::read_to_string(folder().join("expected.jsonl")) else {
        eprintln!("skipped: there is no shared data");
        return;
    };
    let (mut right, mut all) = (0, 0);
    for row in rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap()) {
        let Some(wanted) = row.get("events").and_then(Value::as_array).filter(|_| row["channel"] == channel) else {
            continue;
        };
        let body = std::fs::read(folder().join(row["file"].as_str().unwrap())).unwrap();
        let found: Vec<Value> = list(&body).unwrap_or_default().iter().map(|listed| json!(listed)).collect();
        let longest = wanted.len().max(found.len());
        all += longest.max(1);
        right += usize::from(longest == 0);
        for (at, event) in wanted.iter().enumerate() {
            let is_right = found.get(at).is_some_and(|found| is_right(event, found));
            right += usize::from(is_right);
            if !is_right {
                eprintln!("{}: wanted {event}, found {:?}", row["file"], found.get(at));
            }
        }
    }
    eprintln!("{channel}: {right} of {all} events are right");
    assert!(all > 0 && right * 100 >= all * 98, "{channel}: {right} of {all} events are right");
}

#[test]
fn what_others_collected_is_read_as_expected() {
    scored("twilio", list_twilio);
    scored("messagebird", list_messagebird);
}
