//! What adapters' tests do with deliveries that lie in files, and with what they read of them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::checklist::{Lack, list_of_lacks};
use crate::channel::MessageChannel;
use crate::failure::ParseError;
use crate::inbound::{Changed, FileContent, Inbound, InboundEvent, InboundMessage, RawItem, RawOrigin};
use crate::listing::Listed;

/// The files of a folder by name, without their endings, in order.
pub fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder} is read: {error}"));
    let mut found: Vec<(String, Vec<u8>)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((path.file_stem()?.to_string_lossy().into_owned(), fs::read(&path).ok()?))
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder} holds files");
    found
}

/// What is listed and read of each delivery, in lines.
pub fn readings(
    channel: &dyn MessageChannel,
    deliveries: Vec<(String, Vec<u8>)>,
    list: impl Fn(&[u8]) -> Result<Vec<Listed>, ParseError>,
) -> String {
    let mut table = String::new();
    for (name, body) in deliveries {
        let _ = writeln!(table, "== {name}");
        for listed in list(&body).unwrap_or_else(|error| panic!("{name} is listed: {error}")) {
            let _ = writeln!(table, "listed {}", serde_json::to_string(&listed).unwrap_or_default());
        }
        let item = RawItem { external_id: "item".to_owned(), origin: RawOrigin::Webhook, body: body.into() };
        for event in channel.parse(&item).unwrap_or_else(|error| panic!("{name} is read: {error}")) {
            let _ = writeln!(table, "{}", described(&event));
        }
    }
    table
}

/// An event in a line.
fn described(inbound: &Inbound) -> String {
    let at = inbound.occurred_at.map(time::OffsetDateTime::unix_timestamp).unwrap_or_default();
    let event = match &inbound.event {
        InboundEvent::Message(message) => described_message(message),
        InboundEvent::Change(change) => {
            let what = match &change.what {
                Changed::Edited(text) => format!("edited to {text:?}"),
                Changed::Deleted => "deleted".to_owned(),
                Changed::Reacted(sign) => format!("reacted {sign}"),
                Changed::Unreacted => "unreacted".to_owned(),
            };
            format!("change of {:?} by {:?}: {what}", change.message_ids, change.by.as_ref().map(|by| &by.value))
        }
        InboundEvent::Status(status) => {
            format!("{:?} is {:?}, {:?}", status.message_ids, status.state, status.reason)
        }
        InboundEvent::Account(news) => format!("{:?}: {}", news.what, news.words),
        other => format!("{other:?}"),
    };
    format!("{} at {at}: {event}", inbound.external_id)
}

fn described_message(message: &InboundMessage) -> String {
    let mut out = format!(
        "{:?} {} ({}) in {:?} answers {:?}, ids {:?}, {:?}, {:?}: {:?}",
        message.writer,
        message.sender.value,
        message.sender_name,
        message.thread.thread_id.as_deref().unwrap_or_default(),
        message.thread.message_ids,
        message.own_ids,
        message.trust,
        message.automatic,
        message.visible_text,
    );
    if message.text != message.visible_text {
        let _ = write!(out, ", whole {:?}", message.text);
    }
    for other in &message.also_known_as {
        let _ = write!(out, ", also {} {}", other.kind, other.value);
    }
    for recipient in &message.recipients {
        let _ = write!(out, ", to {}", recipient.value);
    }
    if let Some(choice) = &message.choice {
        let _ = write!(out, ", pressed {:?} for {:?}", choice.title, choice.payload);
    }
    for file in &message.attachments {
        let _ = match &file.content {
            FileContent::Elsewhere(place) => {
                write!(out, ", file {:?} {} {} {:?}", file.name, file.content_type, place.key, place.size)
            }
            FileContent::Here(bytes) => {
                write!(out, ", file {:?} {} of {} bytes", file.name, file.content_type, bytes.len())
            }
        };
    }
    out
}

/// Holds that `docs/CHANNELS.md` says what a platform has none of, below the heading that names it so.
pub fn lacks_are_written_down(platform: &str, lacks: &[Lack]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CHANNELS.md");
    let text = fs::read_to_string(path).unwrap_or_default();
    let heading = format!("## What {platform} ");
    let section = text.split("\n## ").find(|section| format!("## {section}").starts_with(&heading)).unwrap_or_default();
    let list = list_of_lacks(lacks);
    assert!(section.contains(&list), "docs/CHANNELS.md is to hold below “{heading}…”:\n{list}");
}
