//! What happened beside the messages, in a line each.

mod orders;

use askama::Template;
use serde_json::Value;

use self::orders::{action_line, asked_line, check_line, judged_line, matter_line, parcel_line};
use crate::inbox::erasure::TIME_IS_OVER;
use crate::model::event::{Event, EventKind};
use crate::model::resolution::Outcome;
use crate::model::sleep::ParcelWait;
use crate::web::action_words::action_asked_word;
use crate::web::filters;
use crate::web::format::Reader;
use crate::web::page::Page;
use crate::web::parts::{When, fragments};
use crate::web::words::{channel_kind, on_channel};

fragments!(EventLine);

/// A line of the timeline.
#[derive(Debug, Template)]
#[template(path = "conversations/event.html")]
pub struct EventLine {
    seq: i64,
    icon: &'static str,
    words: String,
    tone: &'static str,
    when: When,
    undo: Option<WayBack>,
}

/// The form that takes back what a line says.
#[derive(Debug)]
struct WayBack {
    action: String,
    csrf: String,
    back: String,
    /// What is merged to take it back.
    source: Option<i64>,
    word: &'static str,
}

/// What is said of a message that came while another program answered.
const ELSEWHERE: &str = "Another program answers here at the moment: the agent keeps out, and the platform refuses replies \
     from here until it gives the conversation back";

impl EventLine {
    /// The event as a line; `None` for what the timeline shows in another way (messages, notes, the draft).
    pub fn new(reader: Reader, event: &Event) -> Option<Self> {
        let (icon, words) = words_of(event)?;
        let is_unmet = fact_of(&event.data.0, "outcome") == Outcome::Unmet.as_str();
        let tone = if is_unmet || event.kind == EventKind::ActionFailed { "error" } else { "" };
        Some(Self { seq: event.seq, icon, words, tone, when: When::in_day(reader, event.at), undo: None })
    }

    /// With the way back, where there is one from `number`.
    #[must_use]
    pub fn with_way_back(mut self, page: &Page, event: &Event, number: i64) -> Self {
        let came = event.data.0.get("came").and_then(Value::as_bool) == Some(true);
        let other = event.data.0.get("number").and_then(Value::as_i64);
        let (action, source) = match (event.kind, came, other) {
            (EventKind::Merged, true, _) => (format!("/merges/{}/deletion", fact_of(&event.data.0, "merge")), None),
            (EventKind::Split, false, Some(other)) => (format!("/conversations/{number}/merges"), Some(other)),
            (EventKind::ActionPerformed, ..) => {
                (format!("/actions/{}/compensation", fact_of(&event.data.0, "id")), None)
            }
            _ => return self,
        };
        let word = if event.kind == EventKind::ActionPerformed { "Take it back" } else { "Undo" };
        let back = page.inbox.clone().unwrap_or_default().conversation_href(number);
        self.undo = Some(WayBack { action, csrf: page.csrf.clone(), back, source, word });
        self
    }
}

fn words_of(event: &Event) -> Option<(&'static str, String)> {
    let who = who_did(&event.actor);
    let fact = |name: &str| fact_of(&event.data.0, name);
    let because = |words: String, reason: String| if reason.is_empty() { words } else { format!("{words}: {reason}") };
    let line = match event.kind {
        EventKind::MessageReceived if event.is_elsewhere() => ("warn", ELSEWHERE.to_owned()),
        EventKind::HandedOff if event.actor != "agent" => {
            ("person", format!("{who} asked for a person, the agent keeps out"))
        }
        EventKind::AddressLeft => ("mail", format!("{who} left an address for answers, not proved")),
        EventKind::HandedOff => ("agent", because("The agent asked for a person".to_owned(), fact("reason"))),
        EventKind::TakenOver => ("person", format!("{who} took over, the agent keeps out")),
        EventKind::Assigned => match fact("to") {
            nobody if nobody.is_empty() => ("people", format!("{who} gave it back to the team")),
            name if name == event.actor => ("person", format!("{who} took it")),
            name => ("person", format!("{who} gave it to {name}")),
        },
        EventKind::Snoozed => match fact("for").parse::<ParcelWait>() {
            Ok(wait) => ("moon", format!("{who} put it to sleep {}", wait.words())),
            Err(_) => ("moon", format!("{who} put it to sleep")),
        },
        EventKind::Resolved => ("tick", because(format!("{who} resolved it"), fact("reason"))),
        EventKind::Merged | EventKind::MergeUndone | EventKind::Split => ("link", moved_line(who, event)),
        EventKind::ContactsMerged if event.actor == "system" => {
            ("people", "The customer is one person with another contact: both have proved the same name".to_owned())
        }
        EventKind::ContactsMerged => {
            ("people", format!("{who} said that the customer and another contact are one person"))
        }
        EventKind::RouteChosen => {
            let kind = fact("channel");
            ("mail", format!("{who} answers {} from here on", on_channel(channel_kind(&kind))))
        }
        EventKind::ContactsParted => ("people", format!("{who} took apart the customer and another contact")),
        EventKind::OrderNews => ("bag", because(format!("Order {}", fact("order")), fact("words"))),
        EventKind::CustomerErased if event.data.0.get(TIME_IS_OVER).is_some() => (
            "cross",
            "What the customer wrote was removed: the time was over for which the channel keeps it".to_owned(),
        ),
        EventKind::CustomerErased if event.actor == "system" => {
            ("cross", "What the customer wrote was removed: they asked for it where they wrote from".to_owned())
        }
        EventKind::CustomerErased => ("cross", format!("{who} had what the customer wrote removed")),
        EventKind::MarkedSpam => ("cross", format!("{who} marked it as spam")),
        EventKind::ChangeUndone => ("return", format!("{who} took it back: it stands as before")),
        EventKind::Reopened if event.actor == "system" => ("inbox", "Open again".to_owned()),
        EventKind::Reopened => ("inbox", format!("{who} opened it again")),
        EventKind::Tagged if event.data.0.get("added").and_then(Value::as_bool) == Some(false) => {
            ("tag", format!("{who} took off the tag “{}”", fact("tag")))
        }
        EventKind::Tagged => ("tag", format!("{who} tagged it “{}”", fact("tag"))),
        EventKind::ActionApproved => ("bag", format!("{who} asked the shop to {}", asked_line(&event.data.0))),
        EventKind::ActionPerformed => ("tick", action_line(&event.data.0)),
        EventKind::ActionFailed => (
            "cross",
            because(format!("Not done: {} {}", action_asked_word(&fact("action")), fact("order")), fact("result")),
        ),
        EventKind::Overdue if fact("clock") == "resolution" => ("clock", "It was to be done by now".to_owned()),
        EventKind::Overdue => ("clock", "The answer is overdue".to_owned()),
        EventKind::OrderMatched if event.data.0.get("off").and_then(Value::as_bool) == Some(true) => {
            let is_void = event.data.0.get("draft_void").and_then(Value::as_bool) == Some(true);
            let draft = if is_void { "; the draft about it is void" } else { "" };
            ("bag", format!("{who} took off order {}{draft}", fact("order")))
        }
        EventKind::OrderMatched => ("bag", format!("{who} found order {}", fact("order"))),
        EventKind::ParcelNews => ("bag", parcel_line(&event.data.0)),
        EventKind::ResolutionJudged => judged_line(&event.data.0),
        EventKind::IdentityChecked => ("person", check_line(who, &event.data.0)),
        EventKind::MatterNoted => ("bag", format!("Proactive: {}", matter_line(&event.data.0))),
        EventKind::MatterDropped => {
            ("cross", because(format!("The customer is not told that {}", matter_line(&event.data.0)), fact("reason")))
        }
        EventKind::MessageChanged => changed_line(who, &event.data.0)?,
        EventKind::AlsoKnownAs => ("person", name_line(who, &event.data.0)),
        EventKind::ParticipantJoined => ("people", format!("{who} joined with a valid token")),
        EventKind::ApprovalDecided if fact("state") == "rejected" => {
            ("cross", because(format!("{who} rejected the draft"), fact("reason")))
        }
        EventKind::ApprovalDecided if !fact("not_done").is_empty() => {
            ("cross", format!("{who} sent the draft without: {}", fact("not_done")))
        }
        EventKind::MessageReceived
        | EventKind::MessageQueued
        | EventKind::DeliveryChanged
        | EventKind::NoteAdded
        | EventKind::RunStarted
        | EventKind::RunEnded
        | EventKind::DraftReady
        | EventKind::Seen
        | EventKind::ApprovalDecided
        | EventKind::OrderRead
        | EventKind::FileFetched
        | EventKind::CustomerNamed
        | EventKind::WorkProgressed
        | EventKind::ChannelChanged
        | EventKind::BrakeChanged => return None,
    };
    Some(line)
}

/// What became of a message. A sign says what it is, for who cannot see it; it asks for nothing.
fn changed_line(who: &str, data: &Value) -> Option<(&'static str, String)> {
    let sign = fact_or(data, "sign", "a sign");
    Some(match fact_of(data, "what").as_str() {
        "edited" => ("note", format!("{who} changed a message")),
        "taken_back" => ("cross", format!("{who} took a message back")),
        "sign" => ("tick", format!("{who} put {sign} on a message")),
        "sign_off" => ("tick", format!("{who} took {sign} off a message")),
        _ => return None,
    })
}

/// A further name of a customer, and whether another customer goes by it.
fn name_line(who: &str, data: &Value) -> String {
    let name = fact_or(data, "name", "another name");
    if fact_of(data, "other").is_empty() {
        format!("{who} also goes by {name}")
    } else {
        format!("{who} also goes by {name}, as another customer here does; nothing was put together")
    }
}

/// What was merged or split, from where one looks.
fn moved_line(who: &str, event: &Event) -> String {
    let came = event.data.0.get("came").and_then(Value::as_bool) == Some(true);
    let other = event.data.0.get("number").and_then(Value::as_i64).unwrap_or_default();
    match (event.kind, came) {
        (EventKind::Merged, true) => format!("{who} merged #{other} into this one"),
        (EventKind::Merged, false) => format!("{who} merged it into #{other}"),
        (EventKind::Split, true) => format!("{who} split it from #{other}"),
        (EventKind::Split, false) => format!("{who} split what followed into #{other}"),
        (_, true) => format!("{who} took the merge of #{other} back{}", came_since(event, ["went with it", "here"])),
        (_, false) => {
            format!("{who} took the merge into #{other} back{}", came_since(event, ["came along", "there"]))
        }
    }
}

/// What became of the messages that came between a merge and its end.
fn came_since(event: &Event, [moved, place]: [&str; 2]) -> String {
    let fact = |name: &str| event.data.0.get(name).and_then(Value::as_u64).unwrap_or_default();
    let messages = |count: u64| if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    match (fact("went_back"), fact("stayed")) {
        (0, 0) => String::new(),
        (went, 0) => format!(": {} that came after it {moved}", messages(went)),
        (0, stayed) => format!(": {} that came after it {} {place}", messages(stayed), stay(stayed)),
        (went, stayed) => {
            format!(": {} that came after it {moved}, {stayed} {} {place}", messages(went), stay(stayed))
        }
    }
}

fn stay(count: u64) -> &'static str {
    if count == 1 { "stays" } else { "stay" }
}

fn who_did(actor: &str) -> &str {
    match actor {
        "agent" => "The agent",
        "system" => "The desk",
        name => name,
    }
}

fn fact_of(data: &Value, name: &str) -> String {
    data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A fact, or these words where it was erased.
fn fact_or(data: &Value, name: &str, words: &str) -> String {
    Some(fact_of(data, name)).filter(|fact| !fact.is_empty()).unwrap_or_else(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{BrandId, EventId, Json, Ts};

    fn words(kind: EventKind, actor: &str, data: Value) -> Option<String> {
        let nil = uuid::Uuid::nil();
        let (id, brand_id) = (EventId(nil), BrandId(nil));
        let event = Event {
            seq: 1,
            id,
            brand_id,
            conversation_id: None,
            kind,
            actor: actor.into(),
            data: Json(data),
            at: Ts(0),
        };
        words_of(&event).map(|(_, words)| words)
    }

    #[test]
    fn what_has_a_line_is_drawn_on_open_pages_as_it_comes() {
        let script = include_str!("../../../static/js/live.js");
        let (_, behind) = script.split_once("const TIMELINE = new Set([").unwrap();
        let (drawn, _) = behind.split_once("])").unwrap();
        for kind in EventKind::ALL.iter().filter(|kind| !EventKind::WITHOUT_LINE.contains(kind)) {
            assert!(drawn.contains(&format!("\"{kind}\"")), "{kind}");
        }
    }

    #[test]
    fn events_read_as_sentences() {
        for (kind, actor, data, expected) in [
            (
                EventKind::HandedOff,
                "agent",
                json!({ "reason": "asks for a lawyer" }),
                "The agent asked for a person: asks for a lawyer",
            ),
            (EventKind::Assigned, "Ida Holm", json!({ "to": "Mara Lind" }), "Ida Holm gave it to Mara Lind"),
            (EventKind::Assigned, "Ida Holm", json!({ "to": "Ida Holm" }), "Ida Holm took it"),
            (EventKind::Assigned, "Ida Holm", json!({ "to": null }), "Ida Holm gave it back to the team"),
            (
                EventKind::ActionPerformed,
                "system",
                json!({ "action": "refund", "order": "FJ-20417", "amount": "42.00 EUR" }),
                "Refunded 42.00 EUR, order FJ-20417",
            ),
            (
                EventKind::ActionApproved,
                "Ida Holm",
                json!({ "action": "refund", "order": "FJ-20417", "amount": "42.00 EUR" }),
                "Ida Holm asked the shop to refund 42.00 EUR, order FJ-20417",
            ),
            (
                EventKind::ActionPerformed,
                "system",
                json!({ "action": "cancel_return", "order": "FJ-20417", "id": "7" }),
                "Called off a return of order FJ-20417",
            ),
            (
                EventKind::ActionApproved,
                "Ida Holm",
                json!({ "action": "void_code", "order": "FJ-20417", "amount": null }),
                "Ida Holm asked the shop to end a discount code of order FJ-20417",
            ),
            (
                EventKind::ActionApproved,
                "Ida Holm",
                json!({ "action": "discount_code", "order": "FJ-20417", "amount": null, "share": "10 %" }),
                "Ida Holm asked the shop to make a discount code for 10 %, order FJ-20417",
            ),
            (
                EventKind::ActionPerformed,
                "system",
                json!({ "action": "resend", "order": "FJ-20417", "amount": null, "document": "invoice" }),
                "Sent a document again for order FJ-20417: the invoice",
            ),
            (EventKind::Tagged, "Ida Holm", json!({ "tag": "vip", "added": false }), "Ida Holm took off the tag “vip”"),
            (
                EventKind::MergeUndone,
                "Ida Holm",
                json!({ "number": 7, "came": true, "went_back": 1, "stayed": 2 }),
                "Ida Holm took the merge of #7 back: 1 message that came after it went with it, 2 stay here",
            ),
            (
                EventKind::MergeUndone,
                "Ida Holm",
                json!({ "number": 8, "came": false, "went_back": 0, "stayed": 1 }),
                "Ida Holm took the merge into #8 back: 1 message that came after it stays there",
            ),
            (
                EventKind::MergeUndone,
                "Ida Holm",
                json!({ "number": 8, "came": false }),
                "Ida Holm took the merge into #8 back",
            ),
            (
                EventKind::OrderMatched,
                "Ida Holm",
                json!({ "order": "FJ-20417", "off": true }),
                "Ida Holm took off order FJ-20417",
            ),
            (
                EventKind::OrderMatched,
                "Ida Holm",
                json!({ "order": "FJ-20417", "off": true, "draft_void": true }),
                "Ida Holm took off order FJ-20417; the draft about it is void",
            ),
            (EventKind::Snoozed, "Ida Holm", json!({}), "Ida Holm put it to sleep"),
            (
                EventKind::IdentityChecked,
                "agent",
                json!({ "what": "asked", "order": "FJ-20417" }),
                "The agent asked for a code that goes to the address of order FJ-20417",
            ),
            (
                EventKind::IdentityChecked,
                "system",
                json!({ "what": "unsent", "order": "FJ-20417", "reason": "there is no mailbox" }),
                "No code was sent to the address of order FJ-20417: there is no mailbox",
            ),
            (
                EventKind::Snoozed,
                "Ida Holm",
                json!({ "for": "parcel_scanned" }),
                "Ida Holm put it to sleep until the parcel is scanned",
            ),
            (
                EventKind::ParcelNews,
                "system",
                json!({ "order": "FJ-20417", "status": "delivered", "scan": "Handed over", "place": "", "by": "17TRACK" }),
                "Parcel of FJ-20417: delivered (Handed over), says 17TRACK",
            ),
            (
                EventKind::MatterNoted,
                "system",
                json!({ "matter": "late", "order": "FJ-20417" }),
                "Proactive: a parcel of FJ-20417 comes later than was promised",
            ),
            (
                EventKind::MatterDropped,
                "system",
                json!({ "matter": "refunded", "order": "FJ-20417", "reason": "the customer wrote themselves" }),
                "The customer is not told that a refund for FJ-20417 was posted: the customer wrote themselves",
            ),
        ] {
            assert_eq!(words(kind, actor, data).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_became_of_a_closed_case_is_a_line() {
        let judged = |outcome: &str, shows: Option<&str>| {
            let promise = json!({ "action": "refund", "order": "FJ-20417", "amount": "42.00 EUR", "shows": shows });
            let data = json!({ "outcome": outcome, "days": 7, "promises": [promise] });
            words(EventKind::ResolutionJudged, "system", data).unwrap()
        };
        for (outcome, shows, expected) in [
            (
                "verified",
                None,
                "Verified: nobody came back for 7 days, and the shop shows it. Refunded 42.00 EUR, order FJ-20417",
            ),
            ("confirmed", None, "Confirmed: the customer says so, and nobody came back for 7 days"),
            ("silent", None, "Silent: nobody came back for 7 days"),
            ("returned", None, "Not solved: the customer came back within 7 days"),
            ("reopened", None, "Not solved: it was opened again within 7 days"),
            (
                "unmet",
                Some("no refund"),
                "The shop does not show what was promised: refund 42.00 EUR, order FJ-20417 (it shows no refund)",
            ),
        ] {
            assert_eq!(judged(outcome, shows), expected);
        }
    }

    #[test]
    fn what_became_of_a_message_is_a_line() {
        let changed = |what: &str, sign: &str| {
            words(EventKind::MessageChanged, "Ana", json!({ "message": "7", "what": what, "sign": sign }))
        };
        assert_eq!(changed("edited", "").as_deref(), Some("Ana changed a message"));
        assert_eq!(changed("taken_back", "").as_deref(), Some("Ana took a message back"));
        assert_eq!(changed("sign", "👍").as_deref(), Some("Ana put 👍 on a message"));
        assert_eq!(changed("sign_off", "👍").as_deref(), Some("Ana took 👍 off a message"));
        assert_eq!(changed("sign", "").as_deref(), Some("Ana put a sign on a message"), "once it is erased");
        assert_eq!(changed("something", ""), None);
        let named = |other: Option<&str>| {
            let data = json!({ "kind": "phone", "name": "+49151000", "other": other });
            words(EventKind::AlsoKnownAs, "Ana", data).unwrap()
        };
        assert_eq!(named(None), "Ana also goes by +49151000");
        assert!(named(Some("7")).ends_with("as another customer here does; nothing was put together"));
    }

    #[test]
    fn what_is_shown_elsewhere_is_no_line() {
        assert_eq!(words(EventKind::MessageReceived, "system", json!({})), None);
        assert_eq!(words(EventKind::ApprovalDecided, "Ida Holm", json!({ "state": "accepted" })), None);
        let without = json!({ "state": "edited", "not_done": "Refund 19.90 EUR" });
        let line = words(EventKind::ApprovalDecided, "Ida Holm", without);
        assert_eq!(line.as_deref(), Some("Ida Holm sent the draft without: Refund 19.90 EUR"));
    }
}
