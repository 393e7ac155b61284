//! What the control takes, for people to read.

use std::fmt::Write as _;

use serde_json::Value;

use crate::server::Response;

/// Something that the control does.
pub struct Command {
    /// The method.
    pub method: &'static str,
    /// The path, and what is asked with it.
    pub path: &'static str,
    /// A body; `""` without one.
    pub body: &'static str,
    /// What happens.
    pub does: &'static str,
}

/// Where a desk takes webhooks, in the examples.
pub const HOOK: &str = "http://127.0.0.1:8080/webhooks/whatsapp/ID";

/// Everything that it takes, each with an example, in an order in which all of them work.
pub const COMMANDS: [Command; 12] = [
    Command {
        method: "POST",
        path: "/messages",
        body: r#"{"platform":"whatsapp","text":"Where is it?","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID"}"#,
        does: "a customer writes; `texts` writes several, a second apart. eBay and Mirakl are polled and need no `to`: with it \
               eBay tells of the message too. Amazon's messages are mails, which the doubles have not",
    },
    Command {
        method: "POST",
        path: "/messages",
        body: r#"{"platform":"whatsapp","customer":"Lena Holt","text":"Is it still there?","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID","ago_seconds":90000}"#,
        does: "a second `customer` writes, whom only WhatsApp has: `ago_seconds` ago, so that only a template reaches them. The \
               account has some that are approved, one that is rejected and one that is paused",
    },
    Command {
        method: "POST",
        path: "/messages",
        body: r#"{"platform":"whatsapp","texts":["One","Two"],"to":"http://127.0.0.1:8080/webhooks/whatsapp/ID","ago_seconds":90000,"push":{"times":2,"order":"reversed","delay_ms":5}}"#,
        does: "they wrote `ago_seconds` ago, and it is told only now; where there is a window for answers, it opened then; Mirakl \
               refuses that, and text messages tell no time. \
               Each is pushed so many `times`, in `reversed` order, `delay_ms` after the one before. `push` goes with \
               `/changes` and `/statuses` too",
    },
    Command {
        method: "POST",
        path: "/messages",
        body: r#"{"platform":"whatsapp","text":"Hello","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID","push":{"forged":"signature"}}"#,
        does: "somebody else pushes it: with a wrong `signature`, `unsigned`, with another `body` than was signed, or with one \
               that is `cut`. Telegram signs nothing and shows a word: of another body only the reading tells",
    },
    Command {
        method: "POST",
        path: "/changes",
        body: r#"{"platform":"whatsapp","change":"edited","text":"Where is my coat?","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID"}"#,
        does: "the customer edits what they wrote last, or the message under an `id` of an answer. WhatsApp, Messenger, \
               Instagram and Telegram tell that",
    },
    Command {
        method: "POST",
        path: "/changes",
        body: r#"{"platform":"whatsapp","change":"taken_back","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID"}"#,
        does: "takes it back: WhatsApp, Messenger, Instagram and LINE",
    },
    Command {
        method: "POST",
        path: "/changes",
        body: r#"{"platform":"whatsapp","change":"reacted","sign":"❤","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID"}"#,
        does: "puts a `sign` on what was sent to them last, and takes it off with `unreacted`: WhatsApp, Messenger, Instagram \
               and Telegram",
    },
    Command {
        method: "POST",
        path: "/statuses",
        body: r#"{"platform":"whatsapp","status":"read","id":"wamid.D00000001","to":"http://127.0.0.1:8080/webhooks/whatsapp/ID"}"#,
        does: "tells what became of a message under an `id`, else of what was sent last: `delivered`, `read` or `failed`, with \
               the `code` of an error. WhatsApp and text messages tell all three, Messenger the first two, Instagram and eBay \
               `read`. Text messages are told of where they said, and else at `to`",
    },
    Command {
        method: "POST",
        path: "/access",
        body: r#"{"platform":"whatsapp","access":"revoked","in_seconds":60}"#,
        does: "the access of the settings is `revoked` or `expired`, now or `in_seconds`, and `granted` again. WhatsApp, \
               Messenger, Instagram, Amazon and eBay have access that expires; the first three tell before when, the last two renew it",
    },
    Command {
        method: "POST",
        path: "/faults",
        body: r#"{"platform":"whatsapp","fault":"gateway","method":"POST","path":"/messages","times":2}"#,
        does: "so many of the next calls meet a fault, of any `method` and `path` where nothing is said of them: a path fits \
               that contains this",
    },
    Command { method: "DELETE", path: "/faults", body: "", does: "everything behaves again" },
    Command {
        method: "GET",
        path: "/calls?platform=whatsapp",
        body: "",
        does: "what the platform was asked, oldest first. `GET /platforms` gives the addresses and settings of all",
    },
];

/// The faults by name, with what each does.
pub const FAULTS: [(&str, &str); 13] = [
    ("`rate_limit`", "says in the platform's words that it takes no more calls for `retry_after` seconds (50)"),
    ("`answer`", "answers this `status` (503), `body` and `retry_after`, and hears nothing of the call"),
    ("`gateway`", "does what it is asked, and answers this `status` (502)"),
    ("`break_off`", "refuses with this `status` (400) and `body`, and the connection breaks in the middle"),
    ("`break_off_after_body`", "does what it is asked, and its answer breaks off"),
    ("`reset_before_body`", "ends the connection before it has read the call"),
    ("`hang_before_body`", "stays silent before it has read the call"),
    ("`lose_after_body`", "reads the call, does nothing and ends the connection"),
    ("`reset_after_body`", "does what it is asked, and ends the connection"),
    ("`hang_after_body`", "does what it is asked, and stays silent"),
    ("`twice`", "is brought the call twice, and its second answer comes"),
    ("`slow`", "does what it is asked, and answers after so many `millis` (2000)"),
    ("`answer` with `\"times\":1000`", "is down until `DELETE /faults`"),
];

/// The commands, in Markdown.
pub fn commands() -> String {
    let mut text = String::new();
    for Command { method, path, body, does } in COMMANDS {
        let body = if body.is_empty() { String::new() } else { format!(" `{body}`") };
        let _ = writeln!(text, "- `{method} {path}`{body}: {does}.");
    }
    text
}

/// The faults as a table in Markdown.
pub fn faults() -> String {
    let mut text = "| `fault` | the double |\n|---|---|\n".to_owned();
    for (name, does) in FAULTS {
        let _ = writeln!(text, "| {name} | {does} |");
    }
    text
}

pub(super) fn shown(listing: &Value) -> Response {
    let addresses = listing.as_object().into_iter().flatten().filter_map(|(name, platform)| {
        let address = platform.get("address").and_then(Value::as_str)?;
        Some(format!("- {name}: {address}\n"))
    });
    let addresses: String = addresses.collect();
    let page = format!(
        "The doubles of platforms.\n\n{addresses}\nWhat they are told here:\n\n{}\nThe faults of calls:\n\n{}",
        commands(),
        faults()
    );
    let content_type = ("content-type".to_owned(), "text/plain; charset=utf-8".to_owned());
    Response { status: 200, headers: vec![content_type], body: page.into() }
}
