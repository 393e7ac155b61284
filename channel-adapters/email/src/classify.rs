//! What sort of mail it is: written by a person, by a machine, a report on an earlier mail, or our own coming back.

use std::fmt;

use channel_contract::inbound::Automatic;
use channel_contract::outbound::DeliveryState;

use crate::header::{self, Headers};
use crate::mime::Structure;
use crate::{charset, parse};

/// The header that marks what the desk itself sent; its value is the channel's id.
pub const LOOP_HEADER: &str = "X-Resolute-Loop";

/// What a bounce (RFC 3464) says of an earlier mail.
#[derive(Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// What became of it.
    pub state: DeliveryState,
    /// The ids of the mail it is about, best evidence first.
    pub original_ids: Vec<String>,
    /// The recipients that it is about, by whatever the report says of them.
    pub recipients: Vec<String>,
    /// The enhanced status code such as `5.1.1`, `""` if not said.
    pub status: String,
    /// The remote server's words.
    pub diagnostic: String,
}

impl fmt::Debug for DeliveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryReport").field("state", &self.state).finish_non_exhaustive()
    }
}

impl DeliveryReport {
    /// Whether it says which mail it is about and to whom that went: otherwise it is a mail to look at.
    pub(crate) fn names_a_message(&self) -> bool {
        !self.original_ids.is_empty() && !self.recipients.is_empty()
    }

    fn add_recipients(&mut self, addresses: impl IntoIterator<Item = String>) {
        for address in addresses {
            let address = address.rsplit(';').next().unwrap_or_default().trim().trim_matches(['<', '>']).to_lowercase();
            if address.contains('@') && !self.recipients.contains(&address) && self.recipients.len() < MOST_RECIPIENTS {
                self.recipients.push(address);
            }
        }
    }
}

/// How many recipients of a report are read.
const MOST_RECIPIENTS: usize = 50;

/// Everything that the headers and reports of a mail tell of its sort.
pub(crate) struct Signs {
    pub(crate) automatic: Automatic,
    pub(crate) report: Option<DeliveryReport>,
    pub(crate) read_receipt: bool,
    pub(crate) loop_marks: Vec<String>,
}

/// Reads the signs.
pub(crate) fn read(raw: &[u8], structure: &Structure<'_>, text: &str) -> Signs {
    let headers = &structure.headers;
    let report_type = structure.root.get("report-type").unwrap_or_default().to_ascii_lowercase();
    let has_part = |media: &str| structure.leaves.iter().any(|leaf| leaf.head.content_type.value == media);
    let read_receipt = report_type == "disposition-notification" || has_part("message/disposition-notification");
    let is_report = report_type == "delivery-status"
        || (structure.root.value == "multipart/report" && has_part("message/delivery-status"));
    let report = if is_report && !read_receipt {
        Some(delivery_report(raw, structure))
    } else {
        plain_bounce(raw, structure, text)
    };
    Signs {
        automatic: automatic(headers),
        report,
        read_receipt,
        loop_marks: headers.all(LOOP_HEADER).map(value).collect(),
    }
}

fn value(raw: &[u8]) -> String {
    charset::guess(&header::unfold(raw), None)
}

fn lower(headers: &Headers<'_>, name: &str) -> String {
    headers.first(name).map(|raw| value(raw).to_ascii_lowercase()).unwrap_or_default()
}

fn automatic(headers: &Headers<'_>) -> Automatic {
    let submitted = lower(headers, "auto-submitted");
    let submitted = submitted.split([';', ' ', '(']).next().unwrap_or_default();
    let precedence = lower(headers, "precedence");
    let answers = submitted == "auto-replied"
        || [
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-auto-reply-from",
            "x-mail-autoreply",
            "x-ms-exchange-inbox-rules-loop",
        ]
        .iter()
        .any(|name| headers.first(name).is_some_and(|raw| !value(raw).eq_ignore_ascii_case("no")))
        || matches!(precedence.as_str(), "auto_reply" | "auto-reply" | "auto_response")
        || (headers.has("x-ms-exchange-generated-message-source")
            && lower(headers, "x-ms-exchange-generated-message-source").contains("rules agent"));
    if answers {
        return Automatic::AutoReply;
    }
    let is_list = headers.has("list-id")
        || headers.has("list-unsubscribe")
        || matches!(precedence.as_str(), "bulk" | "list" | "junk");
    if is_list {
        return Automatic::Bulk;
    }
    // Any other value than `no` says that a machine wrote it; which kind does not matter to us.
    let generated = !submitted.is_empty() && submitted != "no";
    if generated || subject_says_away(headers) { Automatic::AutoReply } else { Automatic::No }
}

/// Words at the start of the subject with which mail servers announce an automatic reply; only with a second sign.
fn subject_says_away(headers: &Headers<'_>) -> bool {
    const WORDS: [&str; 12] = [
        "automatic reply:",
        "auto reply:",
        "autoreply:",
        "automatische antwort:",
        "réponse automatique",
        "respuesta automática:",
        "resposta automática:",
        "risposta automatica:",
        "automatisch antwoord:",
        "autosvar:",
        "автоматический ответ:",
        "out of office:",
    ];
    let Some(raw) = headers.first("subject") else { return false };
    let subject = crate::words::decode(&header::unfold(raw), None).to_lowercase();
    let second = headers.has("x-auto-response-suppress")
        || lower(headers, "return-path").contains("<>")
        || headers.has("in-reply-to");
    second && WORDS.iter().any(|word| subject.starts_with(word))
}

/// Reads the parts of a proper report.
fn delivery_report(raw: &[u8], structure: &Structure<'_>) -> DeliveryReport {
    let content = |media: &[&str]| {
        let found = structure.leaves.iter().find(|leaf| media.contains(&leaf.head.content_type.value.as_str()))?;
        Some(found.head.transfer.decode(raw.get(found.range.clone())?))
    };
    let status = content(&["message/delivery-status", "message/global-delivery-status"]).unwrap_or_default();
    let original = content(&[
        "message/rfc822",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global",
        "message/global-headers",
    ]);
    let mut report = read_status(&status);
    if let Some(original) = original {
        report.original_ids = original_ids(&original);
        // Where the mail was passed on, the report names an address that we never wrote to.
        report.add_recipients(original_recipients(&original));
    }
    add_header_ids(&mut report, &structure.headers);
    report
}

/// Reads the blocks of a delivery-status part; the worst recipient counts.
fn read_status(status: &[u8]) -> DeliveryReport {
    let mut report = DeliveryReport {
        state: DeliveryState::Sent,
        original_ids: Vec::new(),
        recipients: Vec::new(),
        status: String::new(),
        diagnostic: String::new(),
    };
    let mut at = 0;
    let mut known = false;
    for _ in 0..64 {
        if at >= status.len() {
            break;
        }
        let (block, next) = header::read(status, at, |_| false);
        at = next.max(at + 1);
        let Some(action) = block.first("action").map(|raw| value(raw).to_ascii_lowercase()) else { continue };
        let code = block.first("status").map(value).unwrap_or_default();
        let state = state_of(&action, &code);
        report.add_recipients(
            ["original-recipient", "final-recipient"].iter().filter_map(|name| block.first(name)).map(value),
        );
        if !known || state == DeliveryState::Failed {
            known = true;
            report.diagnostic =
                block.first("diagnostic-code").map(value).unwrap_or_default().chars().take(500).collect();
            report.status = code;
            report.state = state;
        }
    }
    if !known {
        report.state = DeliveryState::Failed;
    }
    report
}

fn state_of(action: &str, code: &str) -> DeliveryState {
    match action.split_whitespace().next().unwrap_or_default() {
        "delivered" => DeliveryState::Delivered,
        "relayed" | "expanded" | "delayed" => DeliveryState::Sent,
        // Some servers call a temporary trouble "failed" and say so in the code only.
        _ if code.trim().starts_with('4') && action != "failed" => DeliveryState::Sent,
        _ => DeliveryState::Failed,
    }
}

fn original_ids(original: &[u8]) -> Vec<String> {
    let (headers, _) = header::read(original, 0, |_| false);
    headers.all("message-id").chain(headers.all("x-google-original-message-id")).flat_map(parse::ids).collect()
}

fn original_recipients(original: &[u8]) -> Vec<String> {
    let (headers, _) = header::read(original, 0, |_| false);
    headers.all("to").flat_map(|raw| addresses_in(&value(raw))).collect()
}

/// Everything in a text that looks like a mail address.
fn addresses_in(text: &str) -> Vec<String> {
    let pieces = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | ':' | '(' | ')' | '"'));
    let addresses = pieces.map(|piece| piece.trim_matches(['.', '\'', '[', ']'])).filter(|piece| piece.contains('@'));
    addresses.take(MOST_RECIPIENTS).map(str::to_owned).collect()
}

/// The mail server's answer may name the failed mail in its own headers too.
fn add_header_ids(report: &mut DeliveryReport, headers: &Headers<'_>) {
    for id in headers.all("in-reply-to").chain(headers.all("references")).flat_map(parse::ids) {
        if !report.original_ids.contains(&id) {
            report.original_ids.push(id);
        }
    }
}

/// Bounces of servers that never learned the format: from the mailer daemon, with the old mail attached or copied.
fn plain_bounce(raw: &[u8], structure: &Structure<'_>, text: &str) -> Option<DeliveryReport> {
    let headers = &structure.headers;
    let failed = headers.first("x-failed-recipients").map(value);
    let from = lower(headers, "from");
    let daemon = from.contains("mailer-daemon") || from.contains("mail delivery sub");
    let null_path = lower(headers, "return-path").contains("<>");
    if failed.is_none() && !(daemon && (null_path || from.contains("mailer-daemon@"))) {
        return None;
    }
    let attached = structure.leaves.iter().find(|leaf| leaf.head.content_type.value == "message/rfc822");
    let mut ids = attached.and_then(|leaf| raw.get(leaf.range.clone())).map(original_ids).unwrap_or_default();
    if ids.is_empty() {
        let copied = text.lines().filter_map(|line| line.trim_start_matches(['>', ' ']).split_once(':'));
        let lines = copied.filter(|(name, _)| name.eq_ignore_ascii_case("message-id"));
        ids = lines.flat_map(|(_, id)| parse::ids(id.as_bytes())).take(4).collect();
    }
    let subject = lower(headers, "subject");
    let delayed = ["delay", "warning", "still being retried", "verzögert"].iter().any(|word| subject.contains(word));
    let mut report = DeliveryReport {
        state: if delayed { DeliveryState::Sent } else { DeliveryState::Failed },
        original_ids: ids,
        recipients: Vec::new(),
        status: String::new(),
        diagnostic: String::new(),
    };
    match failed {
        Some(failed) => report.add_recipients(addresses_in(&failed)),
        None => report.add_recipients(addresses_in(text)),
    }
    add_header_ids(&mut report, headers);
    Some(report)
}
