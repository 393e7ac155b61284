//! Messages as Meta takes them: which calls one takes, and what stands in each. Pure.

use std::time::Duration;

use channel_contract::capabilities::{
    AttachmentLimit, Capabilities, ChoiceLimit, FileLimit, FileSort, Hosts, LengthLimit, LengthUnit,
};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::Choice;
use channel_contract::outbound::{Author, Outbound, OutboundAttachment, Reaction};
use serde_json::{Map, Value, json};

use crate::comments::{self, To};
use crate::settings::{MetaSettings, Network};

/// How long after the customer's last message a reply is free.
const WINDOW: Duration = Duration::from_hours(24);
/// How long a person may reply, where Meta has granted it, and anybody to a public comment.
const PEOPLE: Duration = Duration::from_hours(7 * 24);

/// What goes as a picture.
static PICTURES: FileSort = FileSort {
    words: "pictures",
    forms: "PNG, JPEG, GIF",
    types: &["image/png", "image/jpeg", "image/jpg", "image/gif"],
};
/// What goes as video.
static VIDEO: FileSort = FileSort { words: "video", forms: "", types: &["video/*"] };
/// What goes as sound.
static SOUND: FileSort = FileSort { words: "sound", forms: "", types: &["audio/*"] };
/// What else Instagram takes.
static DOCUMENTS: FileSort = FileSort { words: "PDF", forms: "", types: &["application/pdf"] };

/// What an account can do.
pub(crate) fn capabilities(settings: &MetaSettings) -> Capabilities {
    let limits = &settings.limits;
    let (most, unit) = match settings.network {
        Network::Messenger => (2_000, LengthUnit::Characters),
        Network::Instagram => (1_000, LengthUnit::Bytes),
    };
    Capabilities {
        text: Some(LengthLimit { most: limits.text.unwrap_or(most), unit }),
        least_text: 0,
        attachments: Some(files(settings)),
        files_need_address: false,
        html: false,
        subject: false,
        own_titles: false,
        reply_window: Some(WINDOW),
        people_window: settings.human_agent.then_some(PEOPLE),
        in_private: false,
        templates: false,
        choices: Some(ChoiceLimit { count: 13, title: LengthLimit { most: 20, unit: LengthUnit::Characters } }),
        can_initiate: false,
        delivered_receipts: settings.network == Network::Messenger,
        read_receipts: true,
        agent_may_send: true,
        links: true,
        link_hosts: Hosts::NONE,
    }
}

/// The files that an account takes.
fn files(settings: &MetaSettings) -> AttachmentLimit {
    let limits = &settings.limits;
    match settings.network {
        Network::Messenger => AttachmentLimit { empty: false, ..AttachmentLimit::any(limits.files, limits.file_bytes) },
        Network::Instagram => {
            let most = |sort| Some(FileLimit { sort, most: limits.file_bytes });
            let pictures = Some(FileLimit { sort: &PICTURES, most: limits.picture_bytes });
            let sorts = [pictures, most(&VIDEO), most(&SOUND), most(&DOCUMENTS)];
            AttachmentLimit::of(sorts, limits.files, limits.file_bytes)
        }
    }
}

/// What may answer a public comment: one text, whoever wrote it.
pub(crate) fn capabilities_to_comments(settings: &MetaSettings) -> Capabilities {
    Capabilities { attachments: None, reply_window: Some(PEOPLE), people_window: None, ..capabilities(settings) }
}

/// What goes to the writer of a public comment who has got the private answer to it: what anybody gets, once they answer.
pub(crate) fn capabilities_after_comments(settings: &MetaSettings) -> Capabilities {
    Capabilities { in_private: true, ..capabilities(settings) }
}

/// The calls of a message: its text and each file by itself. Choices hang on the last call, for they vanish when
/// something follows; they need a text, so then it comes last. Where a file will be refused the message stays whole, so
/// that nothing of it leaves before that.
pub(crate) fn split(settings: &MetaSettings, to: &To, message: &Outbound) -> Vec<Outbound> {
    let is_refused = |file: &OutboundAttachment| admit_file(settings, to, file).is_err();
    if message.attachments.iter().any(is_refused) {
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
    parts.into_iter().zip(0..).map(|(part, number)| part.numbered(number)).collect()
}

/// Refuses what no call can hold.
pub(crate) fn admit(settings: &MetaSettings, to: &To, message: &Outbound) -> Result<(), ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if message.to.first().is_none_or(|to| to.trim().is_empty()) {
        return Err(ChannelFailure::refused(FailureClass::Recipient, "The message has no recipient."));
    }
    match message.attachments.as_slice() {
        [] if message.text.trim().is_empty() => refused("The message is empty."),
        [] => Ok(()),
        [file] if message.text.is_empty() && message.choices.is_empty() => admit_file(settings, to, file),
        files => {
            files.iter().try_for_each(|file| admit_file(settings, to, file))?;
            refused("A file goes by itself: the message has to be sent in its parts.")
        }
    }
}

fn admit_file(settings: &MetaSettings, to: &To, file: &OutboundAttachment) -> Result<(), ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if matches!(to, To::Comment(_)) {
        return refused("The first answer to a public comment is one text, without files.");
    }
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
    let sorts = [(&PICTURES, "image"), (&VIDEO, "video"), (&SOUND, "audio"), (&DOCUMENTS, "file")];
    let known = sorts.into_iter().find_map(|(sort, kind)| sort.has(content_type).then_some(kind));
    known.or((network == Network::Messenger).then_some("file"))
}

/// The body of the call; `uploaded` is what Meta calls the file, and its id there.
pub(crate) fn body(message: &Outbound, to: &To, uploaded: Option<(&str, &str)>) -> Value {
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
    match to {
        To::Comment(id) => json!({ "recipient": { "comment_id": id }, "message": said }),
        To::Person(id) if needs_a_person(message) => json!({
            "recipient": { "id": id }, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": said,
        }),
        To::Person(id) => json!({ "recipient": { "id": id }, "messaging_type": "RESPONSE", "message": said }),
    }
}

/// Whether only the word that a person wrote it opens the window. Never said of what a machine wrote.
fn needs_a_person(message: &Outbound) -> bool {
    message.author == Author::Teammate && message.last_inbound_at.is_some_and(|at| at + WINDOW <= message.now)
}

/// The signs that go on a message. The pages of Messenger have none to put.
pub(crate) fn signs(network: Network) -> &'static [&'static str] {
    match network {
        Network::Messenger => &[],
        Network::Instagram => &["❤️"],
    }
}

/// The body of the call that puts a heart on a message, or takes it off.
pub(crate) fn reaction(reaction: &Reaction) -> Result<Value, ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if comments::is_comment(&reaction.message_id) {
        return refused("A public comment takes no signs from here.");
    }
    let Some(to) = reaction.to.first() else { return refused("The sign is for nobody.") };
    let mut payload = Map::new();
    payload.insert("message_id".to_owned(), json!(reaction.message_id));
    let action = if reaction.sign.is_empty() {
        "unreact"
    } else {
        payload.insert("reaction".to_owned(), json!("love"));
        "react"
    };
    Ok(json!({ "recipient": { "id": to }, "sender_action": action, "payload": payload }))
}

fn quick_reply(choice: &Choice) -> Value {
    let payload = if choice.payload.is_empty() { &choice.title } else { &choice.payload };
    json!({ "content_type": "text", "title": choice.title, "payload": payload })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use uuid::Uuid;

    use super::*;

    fn person() -> To {
        To::Person("9".to_owned())
    }

    fn message() -> Outbound {
        Outbound {
            command_id: Uuid::parse_str("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000").unwrap(),
            to: vec!["9".to_owned()],
            text: "It left today.".to_owned(),
            in_reply_to: Some("m_1".to_owned()),
            last_inbound_at: Some(OffsetDateTime::UNIX_EPOCH),
            ..Outbound::empty()
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
        let parts = split(&settings, &person(), &whole);
        let shape = |parts: &[Outbound]| -> Vec<(bool, usize, usize)> {
            parts.iter().map(|part| (!part.text.is_empty(), part.attachments.len(), part.choices.len())).collect()
        };
        assert_eq!(shape(&parts), [(true, 0, 0), (false, 1, 0), (false, 1, 0)]);
        assert_eq!(split(&settings, &person(), &whole), parts, "the same each time");
        let asks = split(&settings, &person(), &Outbound { choices, ..whole.clone() });
        assert_eq!(shape(&asks), [(false, 1, 0), (false, 1, 0), (true, 0, 1)]);
        assert_eq!(asks[0].command_id, message().command_id);
        let ids: std::collections::HashSet<Uuid> = parts.iter().map(|part| part.command_id).collect();
        assert_eq!(ids.len(), 3);
        let times: Vec<_> = parts.iter().map(|part| part.command_id.get_timestamp().unwrap().to_unix()).collect();
        assert_eq!(times[0], times[2], "an id keeps the time of its message");
        assert_eq!(split(&settings, &person(), &message()), [message()]);
        let empty = OutboundAttachment { content: "".into(), ..file("image/png") };
        let hopeless = Outbound { attachments: vec![file("image/png"), empty], ..message() };
        assert_eq!(
            split(&settings, &person(), &hopeless),
            std::slice::from_ref(&hopeless),
            "nothing leaves of what will be refused"
        );
        let words = admit(&settings, &person(), &hopeless).map_err(|failure| failure.to_string());
        assert_eq!(words, Err("The file is empty.".to_owned()));
    }

    #[test]
    fn only_people_answer_after_a_day() {
        let tag = |hours: i64, author| {
            let now = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(hours);
            let sent = body(&Outbound { now, author, ..message() }, &person(), None);
            (sent["messaging_type"].clone(), sent["tag"].clone())
        };
        let response = (json!("RESPONSE"), Value::Null);
        assert_eq!(tag(23, Author::Teammate), response);
        assert_eq!(tag(24, Author::Teammate), (json!("MESSAGE_TAG"), json!("HUMAN_AGENT")));
        for machine in [Author::Agent, Author::System, Author::Approved] {
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
        assert_eq!(admit(&settings, &person(), &message()), Ok(()));
        assert_eq!(admit(&settings, &person(), &with(vec![file("a/b")], "")), Ok(()));
        assert_eq!(admit(&instagram, &person(), &with(vec![file("application/pdf")], "")), Ok(()));
        for refused in [
            admit(&settings, &person(), &with(vec![file("a/b")], "x")),
            admit(&settings, &person(), &with(vec![file("a/b"), file("a/b")], "")),
            admit(&settings, &person(), &with(Vec::new(), " ")),
            admit(&instagram, &person(), &with(vec![file("text/plain")], "")),
            admit(&settings, &person(), &Outbound { to: Vec::new(), ..message() }),
        ] {
            assert!(refused.is_err());
        }
        let sent = body(&with(vec![file("image/png")], ""), &person(), Some(("image", "77")));
        assert_eq!(sent["message"]["attachment"], json!({ "type": "image", "payload": { "attachment_id": "77" } }));
        assert_eq!(sent["message"]["metadata"], json!("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000"));
        assert_eq!(sent["message"].get("text"), None);
        let private = body(&message(), &To::Comment("17_4".to_owned()), None);
        assert_eq!(private["recipient"], json!({ "comment_id": "17_4" }));
    }

    #[test]
    fn nothing_of_an_answer_to_a_comment_leaves_where_it_has_a_file() {
        let (settings, comment) = (MetaSettings::default(), To::Comment("17_4".to_owned()));
        let with_file = Outbound { attachments: vec![file("image/png")], ..message() };
        assert_eq!(split(&settings, &comment, &with_file), std::slice::from_ref(&with_file));
        assert!(admit(&settings, &comment, &with_file).is_err());
        assert_eq!(admit(&settings, &comment, &message()), Ok(()));
        let limits = capabilities_to_comments(&settings);
        assert_eq!((limits.attachments, limits.reply_window), (None, Some(PEOPLE)));
    }
}
