//! The events that others computed for real payloads, where these lie beside the workspace.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// What is compared, beside the attachments.
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
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("RESOLUTE_SHARED").map_or_else(beside, PathBuf::from).join("data/channels")
}

fn plain(value: Option<&Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::Array(values)) => {
            let mut words: Vec<String> = values.iter().map(text).collect();
            words.sort();
            words.join(",")
        }
        Some(value) => text(value).trim().to_owned(),
    }
}

fn files(event: &Value) -> Vec<(String, String)> {
    let files = event.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let name = |file: &Value| plain(file.get("id").or_else(|| file.get("url")));
    let mut found: Vec<(String, String)> = files.map(|file| (plain(file.get("type")), name(file))).collect();
    found.sort();
    found
}

fn is_right(wanted: &Value, found: &Value) -> bool {
    let same = |key: &&str| wanted.get(key).is_none() || plain(wanted.get(key)) == plain(found.get(key));
    KEYS.iter().all(same) && (wanted.get("attachments").is_none() || files(wanted) == files(found))
}

#[test]
fn real_payloads_are_read_as_others_read_them() {
    let folder = folder();
    let Ok(rows) = std::fs::read_to_string(folder.join("expected.jsonl")) else {
        eprintln!("skipped: no real payloads lie in {}", folder.display());
        return;
    };
    let (mut right, mut all) = (0_usize, 0_usize);
    for row in rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let Some(wanted) = row.get("events").and_then(Value::as_array) else { continue };
        let file = plain(row.get("file"));
        if plain(row.get("channel")) != "whatsapp" {
            continue;
        }
        let listed = channel_whatsapp::list(&std::fs::read(folder.join(&file)).unwrap()).unwrap_or_default();
        let found: Vec<Value> = listed.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
        all += wanted.len().max(found.len()).max(1);
        right += usize::from(wanted.is_empty() && found.is_empty());
        for (wanted, found) in wanted.iter().zip(&found) {
            let good = is_right(wanted, found);
            right += usize::from(good);
            if !good {
                eprintln!("{file}: wanted {wanted}, found {found}");
            }
        }
    }
    eprintln!("{right} of {all} events right");
    assert!(all > 0 && right * 100 >= all * 98, "{right} of {all} events right");
}
