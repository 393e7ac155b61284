//! The mail that leaves: headers for threading and against loops, the text, a simple HTML version, files.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{Author, Outbound, OutboundAttachment};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::classify::LOOP_HEADER;
use crate::settings::EmailSettings;
use crate::thread::{self, ThreadKey};

/// How many ids of References are kept at the end; the first one is kept too.
const LATEST_REFERENCES: usize = 20;
/// How many bytes an id has at most: a line of a mail has 998, and an id cannot be folded.
const LONGEST_ID: usize = 900;

/// Builds the mail. The same command always gives the same Message-ID.
pub(crate) fn compose(message: &Outbound, settings: &EmailSettings) -> Result<Message, ChannelFailure> {
    let key = ThreadKey::new(settings.thread_secret.reveal());
    let name = if message.from_name.is_empty() { &settings.display_name } else { &message.from_name };
    let mut builder = Message::builder()
        .from(mailbox(name, &settings.address)?)
        .subject(single_line(&message.subject))
        .message_id(Some(format!("<{}>", message_id(message, settings))));
    if message.to.is_empty() {
        return Err(ChannelFailure::refused(FailureClass::Recipient, "the message names no recipient"));
    }
    for (number, address) in message.to.iter().enumerate() {
        builder = builder.to(mailbox(if number == 0 { &message.to_name } else { "" }, address)?);
    }
    if let Some(address) = key.reply_address(&settings.address, message.conversation_id) {
        builder = builder.reply_to(mailbox(name, &address)?);
    }
    if let Some(parent) = message.in_reply_to.as_ref().filter(|id| is_real(id)) {
        builder = builder.in_reply_to(bracketed(parent));
    }
    let references = references(message);
    if !references.is_empty() {
        builder = builder.references(references);
    }
    builder = raw(builder, LOOP_HEADER, &settings.channel_id);
    // Other machines must not answer a machine (RFC 3834).
    if let Some(submitted) = submitted_by(message.author) {
        builder = raw(builder, "Auto-Submitted", submitted);
        builder = raw(builder, "X-Auto-Response-Suppress", "All");
    }
    let text = text(message, settings, &key);
    let built = if message.attachments.is_empty() && !settings.html_alternative {
        builder.singlepart(SinglePart::plain(text))
    } else {
        builder.multipart(parts(text, message, settings)?)
    };
    built
        .map_err(|error| ChannelFailure::refused(FailureClass::Content, format!("the mail cannot be written: {error}")))
}

fn submitted_by(author: Author) -> Option<&'static str> {
    match author {
        Author::Teammate | Author::Approved => None,
        Author::Agent => Some("auto-replied"),
        Author::System => Some("auto-generated"),
    }
}

/// Whether an id stood in a mail, and can stand in ours. Those that we made up for mails without one mean nothing to
/// anybody else, and a part of a long one is another id.
fn is_real(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID && !id.starts_with("sha256:") && !id.starts_with("imap:")
}

/// The id under which the mail leaves, without brackets.
pub(crate) fn message_id(message: &Outbound, settings: &EmailSettings) -> String {
    thread::message_id(message.command_id, settings.domain())
}

fn mailbox(name: &str, address: &str) -> Result<Mailbox, ChannelFailure> {
    let parsed: Address = address.trim().parse().map_err(|_| {
        // The address itself is customer data and stays out of the reason.
        ChannelFailure::refused(FailureClass::Recipient, "an address of the message is not a mail address")
    })?;
    let name = single_line(name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), parsed))
}

/// A line break in a header value would let a text write headers.
fn single_line(text: &str) -> String {
    text.split(|c: char| c.is_control()).map(str::trim).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

fn bracketed(id: &str) -> String {
    let id: String = id.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>')).collect();
    format!("<{id}>")
}

/// The first id and the latest ones, the answered mail last.
fn references(message: &Outbound) -> String {
    let mut ids: Vec<&String> = Vec::new();
    for id in message.references.iter().chain(&message.in_reply_to).rev() {
        if is_real(id) && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.reverse();
    let surplus = ids.len().saturating_sub(LATEST_REFERENCES + 1);
    let kept = ids.iter().enumerate().filter(|(at, _)| *at == 0 || *at > surplus);
    kept.map(|(_, id)| bracketed(id)).collect::<Vec<_>>().join(" ")
}

fn raw(builder: MessageBuilder, name: &str, value: &str) -> MessageBuilder {
    match HeaderName::new_from_ascii(name.to_owned()) {
        Ok(name) => builder.raw_header(HeaderValue::new(name, single_line(value))),
        Err(_) => builder,
    }
}

fn text(message: &Outbound, settings: &EmailSettings, key: &ThreadKey) -> String {
    let body = message.text.trim_end();
    if settings.body_token && !settings.thread_secret.is_empty() {
        format!("{body}\n\n{}\n", key.body_line(message.conversation_id))
    } else {
        format!("{body}\n")
    }
}

fn parts(text: String, message: &Outbound, settings: &EmailSettings) -> Result<MultiPart, ChannelFailure> {
    if message.attachments.is_empty() {
        let html = simple_html(&text);
        return Ok(MultiPart::alternative_plain_html(text, html));
    }
    let mut mixed = if settings.html_alternative {
        let html = simple_html(&text);
        MultiPart::mixed().multipart(MultiPart::alternative_plain_html(text, html))
    } else {
        MultiPart::mixed().singlepart(SinglePart::plain(text))
    };
    for file in &message.attachments {
        mixed = mixed.singlepart(attachment(file)?);
    }
    Ok(mixed)
}

/// Always as base64: a server on the way may change the line ends of anything else, and a file is to arrive byte by byte.
fn attachment(file: &OutboundAttachment) -> Result<SinglePart, ChannelFailure> {
    const PLAIN: &str = "application/octet-stream";
    let unusable =
        |what: &str| ChannelFailure::refused(FailureClass::Content, format!("a file cannot be written: {what}"));
    // A part of these kinds would be read as mail of its own.
    let is_mail = ["multipart/", "message/"].iter().any(|kind| file.content_type.starts_with(kind));
    let declared = if is_mail { PLAIN } else { &file.content_type };
    let content_type = ContentType::parse(declared).or_else(|_| ContentType::parse(PLAIN));
    let content_type = content_type.map_err(|error| unusable(&error.to_string()))?;
    let body = Body::new_with_encoding(file.content.to_vec(), ContentTransferEncoding::Base64);
    let body = body.map_err(|_| unusable("no encoding fits"))?;
    Ok(Attachment::new(single_line(&file.name)).body(body, content_type))
}

/// The text as paragraphs: what a client that shows HTML only would otherwise render as one block.
fn simple_html(text: &str) -> String {
    let escaped = text.trim_end().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").map(|paragraph| format!("<p>{}</p>\n", paragraph.replace('\n', "<br>\n")));
    format!("<!doctype html>\n<html><body>\n{}</body></html>\n", paragraphs.collect::<String>())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use channel_contract::inbound::Automatic;
    use uuid::Uuid;

    use super::*;
    use crate::settings::Secret;

    fn settings() -> EmailSettings {
        EmailSettings {
            channel_id: "channel-1".to_owned(),
            address: "support@shop.example".to_owned(),
            display_name: "The Shop".to_owned(),
            thread_secret: Secret::new("thread"),
            ..EmailSettings::default()
        }
    }

    fn outbound() -> Outbound {
        Outbound {
            command_id: Uuid::from_u128(1),
            conversation_id: Uuid::from_u128(2),
            to: vec!["ann@a.example".to_owned()],
            to_name: "Ann Ä".to_owned(),
            subject: "Re: Order\r\nBcc: evil@e.example".to_owned(),
            text: "Hello <Ann>\n\nBye".to_owned(),
            in_reply_to: Some("parent@a.example".to_owned()),
            references: (0..60).map(|n| format!("id-{n}-{}@a.example", "x".repeat(40))).collect(),
            ..Outbound::empty()
        }
    }

    #[test]
    fn a_reply_threads_and_cannot_be_made_to_write_headers() {
        let raw = compose(&outbound(), &settings()).unwrap().formatted();
        let mail = crate::parse(&raw);
        assert_eq!(mail.subject, "Re: Order Bcc: evil@e.example");
        assert_eq!(mail.message_id, "00000000-0000-0000-0000-000000000001@shop.example");
        assert_eq!(mail.in_reply_to, ["parent@a.example"]);
        assert_eq!(mail.references.len(), LATEST_REFERENCES + 1);
        assert!(mail.references[0].starts_with("id-0-") && mail.references[LATEST_REFERENCES] == "parent@a.example");
        assert_eq!(mail.to[0].name, "Ann Ä");
        assert_eq!(mail.loop_marks, ["channel-1"]);
        assert_eq!(mail.automatic, channel_contract::inbound::Automatic::No);
        let key = ThreadKey::new("thread");
        let hints =
            crate::thread::hints(&crate::parse(format!("To: {}\n\n", mail.reply_to[0].address).as_bytes()), &key);
        assert_eq!(hints.conversation, Some(Uuid::from_u128(2)));
        assert!(mail.text.contains("[ref:"));
        assert!(raw.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
    }

    #[test]
    fn what_no_person_decided_says_that_a_machine_wrote_it() {
        for (author, automatic) in [
            (Author::System, Automatic::AutoReply),
            (Author::Agent, Automatic::AutoReply),
            (Author::Teammate, Automatic::No),
            (Author::Approved, Automatic::No),
        ] {
            let mail = crate::parse(&compose(&Outbound { author, ..outbound() }, &settings()).unwrap().formatted());
            assert_eq!(mail.automatic, automatic, "{author:?}");
        }
    }

    #[test]
    fn ids_that_we_made_up_stay_here() {
        let references = vec!["sha256:12".to_owned(), "real@a.example".to_owned(), "imap:INBOX:1:2".to_owned()];
        let message = Outbound { references, in_reply_to: Some("sha256:34".to_owned()), ..outbound() };
        let mail = crate::parse(&compose(&message, &settings()).unwrap().formatted());
        assert!(mail.in_reply_to.is_empty());
        assert_eq!(mail.references, ["real@a.example"]);
    }

    #[test]
    fn a_long_id_goes_whole_or_not_at_all() {
        let (long, longer) = (format!("{}@a.example", "x".repeat(600)), format!("{}@a.example", "y".repeat(5_000)));
        let references = vec![long.clone(), longer.clone()];
        let sent = |in_reply_to: &String| {
            let in_reply_to = Some(in_reply_to.clone());
            let message = Outbound { references: references.clone(), in_reply_to, ..outbound() };
            compose(&message, &settings()).unwrap().formatted()
        };
        let raw = sent(&long);
        assert!(raw.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
        let mail = crate::parse(&raw);
        assert_eq!((mail.in_reply_to, mail.references), (vec![long.clone()], vec![long.clone()]));
        let mail = crate::parse(&sent(&longer));
        assert_eq!((mail.in_reply_to, mail.references), (Vec::new(), vec![long]));
    }

    #[test]
    fn files_and_html_travel_with_the_text() {
        let file = OutboundAttachment {
            name: "Rücksendung.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            content: Bytes::from_static(b"%PDF"),
        };
        let message = Outbound { attachments: vec![file], ..outbound() };
        let with_html = EmailSettings { html_alternative: true, ..settings() };
        let mail = crate::parse(&compose(&message, &with_html).unwrap().formatted());
        assert_eq!(mail.attachments[0].name, "Rücksendung.pdf");
        assert_eq!(&mail.attachments[0].content[..], b"%PDF");
        assert!(mail.html.unwrap().contains("Hello &lt;Ann&gt;"));
    }

    #[test]
    fn no_recipient_is_refused() {
        for to in [vec![], vec!["not an address".to_owned()]] {
            let failure = compose(&Outbound { to, ..outbound() }, &settings()).unwrap_err();
            assert_eq!(failure.class(), FailureClass::Recipient);
        }
    }
}
