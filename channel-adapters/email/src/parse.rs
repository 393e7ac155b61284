//! Raw MIME to [`ParsedMail`]: pure, linear in the size of the mail, and never failing.

use std::borrow::Cow;

use bytes::Bytes;
use mail_parser::DateTime;
use time::OffsetDateTime;

use crate::address::{self, Mailbox};
use crate::header::{self, Headers};
use crate::mail::{Attachment, ParsedMail};
use crate::mime::{self, Leaf, Structure};
use crate::reply::{self, Shown};
use crate::transfer::{self, Transfer};
use crate::{charset, classify, html, limits, relay, text, words};

/// Reads a mail. Whatever the bytes are, something comes back: at worst a mail with a text and nothing else.
pub fn parse(raw: &[u8]) -> ParsedMail {
    let raw = raw.get(..limits::MAIL_BYTES).unwrap_or(raw);
    let raw = with_line_feeds(raw);
    let structure = mime::split(&raw);
    let body = Body::read(&raw, &structure);
    let headers = &structure.headers;
    let hint = structure.charset.as_deref();
    let list = |name: &str| mailboxes(headers, name, hint);
    let message_id = headers.first("message-id").map(single_id).unwrap_or_default();
    let from = list("from");
    let (text, shown) = body.texts();
    let relayed = relay::buyer_text(&from, &body.plain, body.html.as_deref());
    let only_quoted = shown.only_quoted && relayed.is_none();
    let signs = classify::read(&raw, &structure, &text);
    ParsedMail {
        from,
        sender: list("sender").into_iter().next(),
        reply_to: list("reply-to"),
        to: list("to"),
        cc: list("cc"),
        delivered_to: delivered_to(headers),
        subject: headers.first("subject").map(|value| subject(value, hint)).unwrap_or_default(),
        own_ids: own_ids(headers, &message_id),
        message_id,
        in_reply_to: headers.all("in-reply-to").flat_map(ids).take(limits::IDS).collect(),
        references: headers.all("references").flat_map(ids).take(limits::IDS).collect(),
        date: headers.first("date").and_then(date),
        text,
        html: body.html,
        visible_text: relayed.unwrap_or(shown.text),
        only_quoted,
        attachments: body.attachments,
        authentication_results: headers
            .all("authentication-results")
            .take(limits::IDS)
            .map(|value| charset::guess(&header::unfold(value), None))
            .collect(),
        automatic: signs.automatic,
        report: signs.report,
        read_receipt: signs.read_receipt,
        loop_marks: signs.loop_marks,
    }
}

/// Some old writers end lines with a carriage return only.
fn with_line_feeds(raw: &[u8]) -> Cow<'_, [u8]> {
    let start = raw.get(..4096).unwrap_or(raw);
    if start.contains(&b'\n') || !start.contains(&b'\r') {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.iter().map(|&byte| if byte == b'\r' { b'\n' } else { byte }).collect())
}

fn mailboxes(headers: &Headers<'_>, name: &str, hint: Option<&str>) -> Vec<Mailbox> {
    headers.all(name).flat_map(|value| address::parse_list(value, hint)).take(limits::ADDRESSES).collect()
}

fn delivered_to(headers: &Headers<'_>) -> Vec<String> {
    let names = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-forwarded-to"];
    let found = names.into_iter().flat_map(|name| mailboxes(headers, name, None));
    found.map(|mailbox| mailbox.address).filter(|address| !address.is_empty()).take(limits::ADDRESSES).collect()
}

fn subject(value: &[u8], hint: Option<&str>) -> String {
    let decoded = words::decode(&header::unfold(value), hint);
    decoded.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// The message ids in a header value; words around them are left out.
pub(crate) fn ids(value: &[u8]) -> Vec<String> {
    let text = charset::guess(&header::unfold(value), None);
    let mut found: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once('<') {
        let Some((inside, after)) = after.split_once('>') else { break };
        let id: String = inside.split_whitespace().collect();
        if !id.is_empty() {
            found.push(id);
        }
        rest = after;
    }
    if found.is_empty() {
        found = text
            .split([' ', '\t', ','])
            .filter(|word| word.contains('@'))
            .map(|word| trim_id(word).to_owned())
            .collect();
    }
    found
}

/// The one id of a Message-ID header, taken as it stands when it has no brackets.
pub(crate) fn single_id(value: &[u8]) -> String {
    if let Some(id) = ids(value).into_iter().next() {
        return id;
    }
    let text = charset::guess(&header::unfold(value), None);
    trim_id(text.split_whitespace().next().unwrap_or_default()).to_owned()
}

fn trim_id(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ';'))
}

fn own_ids(headers: &Headers<'_>, message_id: &str) -> Vec<String> {
    let mut found = vec![message_id.to_owned()];
    for name in [
        "x-google-original-message-id",
        "x-microsoft-original-message-id",
        "x-ms-exchange-original-message-id",
        "original-message-id",
        "resent-message-id",
    ] {
        found.extend(headers.all(name).flat_map(ids).take(limits::IDS));
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|id| !id.is_empty() && seen.insert(id.clone()));
    found
}

fn date(value: &[u8]) -> Option<OffsetDateTime> {
    let text = charset::guess(&header::unfold(value), None);
    let read = DateTime::parse_rfc822(&text).filter(DateTime::is_valid)?;
    OffsetDateTime::from_unix_timestamp(read.to_timestamp()).ok()
}

/// The readable content and the files of a mail.
struct Body {
    plain: String,
    html: Option<String>,
    attachments: Vec<Attachment>,
}

impl Body {
    fn read(raw: &[u8], structure: &Structure<'_>) -> Self {
        let mut body = Self { plain: String::new(), html: None, attachments: Vec::new() };
        for leaf in &structure.leaves {
            let content = raw.get(leaf.range.clone()).unwrap_or_default();
            let media = media_type(leaf);
            if is_body_text(leaf, &media) {
                body.add_text(leaf, content, media == "text/html");
            } else {
                body.attachments.push(attachment(leaf, media, content));
            }
        }
        // A multipart in which no part was found is kept as a file, but its text is shown too.
        if body.plain.is_empty()
            && body.html.is_none()
            && let [only] = structure.leaves.as_slice()
            && only.head.content_type.value.starts_with("multipart/")
        {
            body.add_text(only, raw.get(only.range.clone()).unwrap_or_default(), false);
        }
        body
    }

    fn add_text(&mut self, leaf: &Leaf, content: &[u8], is_html: bool) {
        let used = if is_html { self.html.as_ref().map_or(0, String::len) } else { self.plain.len() };
        if used > limits::TEXT_BYTES {
            return;
        }
        let decoded = readable(leaf, content, is_html);
        if is_html {
            match &mut self.html {
                Some(html) => html.push_str(&decoded),
                None => self.html = Some(decoded),
            }
            return;
        }
        if !self.plain.is_empty() && !decoded.is_empty() && !self.plain.ends_with('\n') {
            self.plain.push('\n');
        }
        self.plain.push_str(&decoded);
    }

    /// The whole text and what was written this time.
    fn texts(&self) -> (String, Shown) {
        if !self.plain.trim().is_empty() {
            let shown = reply::shown(&self.plain);
            return (self.plain.clone(), shown);
        }
        let Some(source) = &self.html else { return (self.plain.clone(), Shown::default()) };
        let text = html::to_text(source);
        let shown = reply::shown_of_html(source, &text);
        (text, shown)
    }
}

/// The media type of a leaf, with what applies when it says nothing.
fn media_type(leaf: &Leaf) -> String {
    let said = leaf.head.content_type.value.as_str();
    match said {
        "" if leaf.parent == "digest" => "message/rfc822".to_owned(),
        "" | "text" | "text/" | "text/plain" | "plain/text" => "text/plain".to_owned(),
        "html" | "text/xhtml" | "application/xhtml+xml" => "text/html".to_owned(),
        _ if !said.contains('/') => "text/plain".to_owned(),
        _ => said.to_owned(),
    }
}

fn is_body_text(leaf: &Leaf, media: &str) -> bool {
    let is_text = matches!(media, "text/plain" | "text/html");
    is_text && leaf.head.file_name().is_empty() && leaf.head.disposition.value != "attachment"
}

/// The text of a part: transfer encoding, charset and line ends undone.
fn readable(leaf: &Leaf, content: &[u8], is_html: bool) -> String {
    let transfer = leaf.head.transfer;
    let mislabelled = transfer == Transfer::Base64 && !transfer::looks_like_base64(content);
    let bytes = if mislabelled { content.to_vec() } else { transfer.decode(content) };
    let bytes = bytes.get(..limits::TEXT_BYTES).unwrap_or(&bytes);
    let declared = leaf.head.content_type.get("charset");
    let label = if is_html && declared.is_none() { html::declared_charset(bytes) } else { declared.map(str::to_owned) };
    let decoded = text::normalise(charset::decode(bytes, label.as_deref()));
    let flowed =
        !is_html && leaf.head.content_type.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
    if flowed {
        let delete_space = leaf.head.content_type.get("delsp").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        return text::unflow(&decoded, delete_space);
    }
    decoded
}

fn attachment(leaf: &Leaf, media: String, content: &[u8]) -> Attachment {
    let name: String = leaf.head.file_name().chars().filter(|c| !c.is_control()).collect();
    Attachment {
        name: name.trim().to_owned(),
        content_type: media,
        content_id: leaf.head.content_id.clone(),
        inline: leaf.head.disposition.value == "inline" || (leaf.parent == "related" && leaf.head.content_id.is_some()),
        content: Bytes::from(leaf.head.transfer.decode(content)),
    }
}
