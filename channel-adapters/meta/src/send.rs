//! Messages as Meta takes them: which calls one takes, and what stands in each. Pure.

use std::time::Duration;

use channel_contract::capabilities::{AttachmentLimit, Capabilities, ChoiceLimit, LengthLimit, LengthUnit};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::Choice;
use channel_contract::outbound::{Author, Outbound, OutboundAttachment};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid, Variant, Version};

use crate::inbound::COMMENT;
use crate::settings::{MetaSettings, Network};

/// How long after the customer's last message a reply is free.
const WINDOW: Duration = Duration::from_hours(24);
/// How long a person may reply, where Meta has granted it.
const PEOPLE: Duration = Duration::from_hours(7 * 24);

/// What an account can do.
pub(crate) fn capabilities(settings: &MetaSettings) -> Capabilities {
    let limits = &settings.limits;
    let (most, unit) = match settings.network {
        Network::Messenger => (2_000, LengthUnit::Characters),
        Network::Instagram => (1_000, LengthUnit::Bytes),
    };
    Capabilities {
        text: Some(LengthLimit { most: limits.text.unwrap_or(most), unit }),
        attachments: Some(AttachmentLimit { count: limits.files, total_bytes: limits.file_bytes }),
        html: false,
        subject: false,
        reply_window: Some(WINDOW),
        people_window: settings.human_agent.then_some(PEOPLE),
        templates: false,
        choices: Some(ChoiceLimit { count: 13, title: LengthLimit { most: 20, unit: LengthUnit::Characters } }),
        can_initiate: false,
        delivered_receipts: settings.network == Network::Messenger,
        read_receipts: true,
        agent_may_send: true,
        links: true,
    }
}

/// The calls of a message: its text and each file by itself. Choices hang on the last call, for they vanish when
/// something follows; they need a text, so then it comes last. Where a file will be refused the message stays whole, so
/// that nothing of it leaves before that.
pub(crate) fn split(settings: &MetaSettings, message: &Outbound) -> Vec<Outbound> {
    if message.attachments.iter().any(|file| admit_file(settings, file).is_err()) {
        return vec![message.clone()];
    }
    let bare = Outbound { text: String::new(), attachments: Vec::new(), choices: Vec::new(), ..message.clone() };
    let files = message.attachments.iter().map(|file| Outbound { attachments: vec![file.clone()], ..bare.clone() });
    let has_text = !message.text.is_empty() || !message.choices.is_empty();
    let text = has_text.then(|| Outbound { attachments: Vec::new(), ..message.clone() });
    let parts: Vec<Outbound> =
        if message.choices.is_empty() { text.into_iter().chain(files).collect() } else { files.chain(text).collect() };
    if parts.len() < 2 {
        return vec![message.clone()];
    }
    let numbered = parts.into_iter().zip(0_u64..);
    numbered.map(|(part, number)| Outbound { command_id: part_id(message.command_id, number), ..part }).collect()
}

/// The id of a later call: follows from that of the message, and keeps its time.
fn part_id(message: Uuid, number: u64) -> Uuid {
    if number == 0 {
        return message;
    }
    let digest = Sha256::new().chain_update(message.as_bytes()).chain_update(number.to_be_bytes()).finalize();
    let mut bytes = *message.as_bytes();
    for (byte, hashed) in bytes.iter_mut().skip(6).zip(digest) {
        *byte = hashed;
    }
    let version = if message.get_version_num() == 7 { Version::SortRand } else { Version::Custom };
    Builder::from_bytes(bytes).with_variant(Variant::RFC4122).with_version(version).into_uuid()
}

/// Refuses what no call can hold.
pub(crate) fn admit(settings: &MetaSettings, message: &Outbound) -> Result<(), ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if message.to.first().is_none_or(|to| to.trim().is_empty()) {
        return Err(ChannelFailure::refused(FailureClass::Recipient, "The message has no recipient."));
    }
    match message.attachments.as_slice() {
        [] if message.text.trim().is_empty() => refused("The message is empty."),
        [] => Ok(()),
        [file] if message.text.is_empty() && message.choices.is_empty() => admit_file(settings, file),
        files => {
            files.iter().try_for_each(|file| admit_file(settings, file))?;
            refused("A file goes by itself: the message has to be sent in its parts.")
        }
    }
}

fn admit_file(settings: &MetaSettings, file: &OutboundAttachment) -> Result<(), ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if file.content.is_empty() {
        return refused("The file is empty.");
    }
    if settings.network == Network::Messenger {
        return Ok(());
    }
    let kind = file_kind(settings.network, &file.content_type);
    let is_large = u64::try_from(file.content.len()).map_or(true, |size| size > settings.limits.picture_bytes);
    match kind {
        None => refused("Instagram takes pictures (PNG, JPEG, GIF), audio, video and PDF files only."),
        Some("image") if is_large => refused("The picture is too large for Instagram."),
        Some(_) => Ok(()),
    }
}

/// What Meta calls a file of this type; `None` where it takes none.
pub(crate) fn file_kind(network: Network, content_type: &str) -> Option<&'static str> {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (essence.as_str(), network) {
        ("image/png" | "image/jpeg" | "image/jpg" | "image/gif", _) => Some("image"),
        (other, _) if other.starts_with("video/") => Some("video"),
        (other, _) if other.starts_with("audio/") => Some("audio"),
        ("application/pdf", _) | (_, Network::Messenger) => Some("file"),
        (_, Network::Instagram) => None,
    }
}

/// A type that can stand in a request.
pub(crate) fn sound_type(content_type: &str) -> &str {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let is_sound = essence.split_once('/').is_some_and(|(main, sub)| is_word(main) && is_word(sub));
    if is_sound { essence } else { "application/octet-stream" }
}

/// A name that can stand in a request.
pub(crate) fn sound_name(name: &str) -> String {
    let kept: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '/' | '\\')).take(200).collect();
    if kept.trim().is_empty() { "file".to_owned() } else { kept }
}

/// The body of the call; `uploaded` is what Meta calls the file, and its id there.
pub(crate) fn body(message: &Outbound, uploaded: Option<(&str, &str)>) -> Value {
    let mut said = Map::new();
    said.insert("metadata".to_owned(), json!(message.command_id.to_string()));
    match uploaded {
        Some((kind, id)) => {
            said.insert("attachment".to_owned(), json!({ "type": kind, "payload": { "attachment_id": id } }))
        }
        None => said.insert("text".to_owned(), json!(message.text)),
    };
    if !message.choices.is_empty() {
        said.insert("quick_replies".to_owned(), message.choices.iter().map(quick_reply).collect());
    }
    let to = message.to.first().map(String::as_str).unwrap_or_default();
    let comment = message.thread_id.as_deref().and_then(|thread| thread.strip_prefix(COMMENT));
    if let Some(comment) = comment {
        return json!({ "recipient": { "comment_id": comment }, "message": said });
    }
    let recipient = json!({ "id": to });
    if needs_a_person(message) {
        json!({ "recipient": recipient, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": said })
    } else {
        json!({ "recipient": recipient, "messaging_type": "RESPONSE", "message": said })
    }
}

/// Whether only the word that a person wrote it opens the window. Never said of what a machine wrote.
fn needs_a_person(message: &Outbound) -> bool {
    message.author == Author::Teammate && message.last_inbound_at.is_some_and(|at| at + WINDOW <= message.now)
}

fn quick_reply(choice: &Choice) -> Value {
    let payload = if choice.payload.is_empty() { &choice.title } else { &choice.payload };
    json!({ "content_type": "text", "title": choice.title, "payload": payload })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn message() -> Outbound {
        Outbound {
            command_id: Uuid::parse_str("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").unwrap(),
            conversation_id: Uuid::nil(),
            to: vec!["9".to_owned()],
            to_name: String::new(),
            from_name: String::new(),
            subject: String::new(),
            text: "It left today.".to_owned(),
            in_reply_to: Some("m_1".to_owned()),
            references: Vec::new(),
            attachments: Vec::new(),
            choices: Vec::new(),
            template: None,
            thread_id: None,
            last_inbound_at: Some(OffsetDateTime::UNIX_EPOCH),
            now: OffsetDateTime::UNIX_EPOCH,
            author: Author::Teammate,
        }
    }

    fn file(content_type: &str) -> OutboundAttachment {
        OutboundAttachment { name: "a".to_owned(), content_type: content_type.to_owned(), content: "x".into() }
    }

    #[test]
    fn each_part_is_a_call_with_an_id_of_its_own() {
        let choices = vec![Choice { title: "Yes".to_owned(), payload: String::new() }];
        let whole = Outbound { attachments: vec![file("image/png"), file("image/gif")], ..message() };
        let settings = MetaSettings::default();
        let parts = split(&settings, &whole);
        let shape = |parts: &[Outbound]| -> Vec<(bool, usize, usize)> {
            parts.iter().map(|part| (!part.text.is_empty(), part.attachments.len(), part.choices.len())).collect()
        };
        assert_eq!(shape(&parts), [(true, 0, 0), (false, 1, 0), (false, 1, 0)]);
        assert_eq!(split(&settings, &whole), parts, "the same each time");
        let asks = split(&settings, &Outbound { choices, ..whole.clone() });
        assert_eq!(shape(&asks), [(false, 1, 0), (false, 1, 0), (true, 0, 1)]);
        assert_eq!(asks[0].command_id, message().command_id);
        let ids: std::collections::HashSet<Uuid> = parts.iter().map(|part| part.command_id).collect();
        assert_eq!(ids.len(), 3);
        let times: Vec<_> = parts.iter().map(|part| part.command_id.get_timestamp().unwrap().to_unix()).collect();
        assert_eq!(times[0], times[2], "an id keeps the time of its message");
        assert_eq!(split(&settings, &message()), [message()]);
        let empty = OutboundAttachment { content: "".into(), ..file("image/png") };
        let hopeless = Outbound { attachments: vec![file("image/png"), empty], ..message() };
        assert_eq!(
            split(&settings, &hopeless),
            std::slice::from_ref(&hopeless),
            "nothing leaves of what will be refused"
        );
        let words = admit(&settings, &hopeless).map_err(|failure| failure.to_string());
        assert_eq!(words, Err("The file is empty.".to_owned()));
    }

    #[test]
    fn only_people_answer_after_a_day() {
        let tag = |hours: i64, author| {
            let now = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(hours);
            let sent = body(&Outbound { now, author, ..message() }, None);
            (sent["messaging_type"].clone(), sent["tag"].clone())
        };
        let response = (json!("RESPONSE"), Value::Null);
        assert_eq!(tag(23, Author::Teammate), response);
        assert_eq!(tag(24, Author::Teammate), (json!("MESSAGE_TAG"), json!("HUMAN_AGENT")));
        for machine in [Author::Agent, Author::System] {
            assert_eq!(tag(23, machine), response);
            assert_eq!(tag(24, machine), response, "never for a machine");
        }
    }

    #[test]
    fn a_call_holds_one_thing_and_the_id_of_its_command() {
        let settings = MetaSettings::default();
        let instagram = MetaSettings { network: Network::Instagram, ..MetaSettings::default() };
        let with = |files: Vec<OutboundAttachment>, text: &str| Outbound {
            attachments: files,
            text: text.to_owned(),
            ..message()
        };
        assert_eq!(admit(&settings, &message()), Ok(()));
        assert_eq!(admit(&settings, &with(vec![file("a/b")], "")), Ok(()));
        assert_eq!(admit(&instagram, &with(vec![file("application/pdf")], "")), Ok(()));
        for refused in [
            admit(&settings, &with(vec![file("a/b")], "x")),
            admit(&settings, &with(vec![file("a/b"), file("a/b")], "")),
            admit(&settings, &with(Vec::new(), " ")),
            admit(&instagram, &with(vec![file("text/plain")], "")),
            admit(&settings, &Outbound { to: Vec::new(), ..message() }),
        ] {
            assert!(refused.is_err());
        }
        let sent = body(&with(vec![file("image/png")], ""), Some(("image", "77")));
        assert_eq!(sent["message"]["attachment"], json!({ "type": "image", "payload": { "attachment_id": "77" } }));
        assert_eq!(sent["message"]["metadata"], json!("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000"));
        assert_eq!(sent["message"].get("text"), None);
        let private = body(&Outbound { thread_id: Some("comment:17_4".to_owned()), ..message() }, None);
        assert_eq!(private["recipient"], json!({ "comment_id": "17_4" }));
    }

    #[test]
    fn names_and_types_cannot_break_a_request() {
        assert_eq!(sound_type("image/png; q=1"), "image/png");
        assert_eq!(sound_type("no type\r\nat all"), "application/octet-stream");
        assert_eq!(sound_name("a\r\n\"b/c"), "abc");
        assert_eq!(sound_name("\u{7}"), "file");
    }
}
