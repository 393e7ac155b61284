//! What happened to orders and returns: stored without anything of the customer, and put into words.

use std::collections::BTreeMap;

use channel_contract::inbound::{OrderHappening, RawItem, RawOrigin};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::items::item;
use crate::wire;

/// News of an order.
#[derive(PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) order_number: String,
    /// The number that the customer knows, where it is another.
    pub(crate) commercial: String,
    pub(crate) what: OrderHappening,
    pub(crate) at: Option<OffsetDateTime>,
    pub(crate) words: String,
}

/// Open incidents by the id of their line, with the mark under which their end is told. An order says only that a line has
/// one now.
pub(crate) type Incidents = BTreeMap<String, String>;

/// States of an order, what they mean and how they are told; those without words are steps between others.
const STATES: [(&str, OrderHappening, &str); 12] = [
    ("STAGING", OrderHappening::Changed, ""),
    ("WAITING_ACCEPTANCE", OrderHappening::Created, "The order waits to be accepted."),
    ("WAITING_DEBIT", OrderHappening::Changed, ""),
    ("WAITING_DEBIT_PAYMENT", OrderHappening::Changed, ""),
    ("SHIPPING", OrderHappening::Changed, "The order waits to be shipped."),
    ("SHIPPED", OrderHappening::Shipped, "The order was shipped."),
    ("TO_COLLECT", OrderHappening::Changed, "The order waits to be collected."),
    ("RECEIVED", OrderHappening::Delivered, "The order was received."),
    ("CLOSED", OrderHappening::Changed, "The order was closed."),
    ("REFUSED", OrderHappening::Changed, "The order was refused."),
    ("CANCELED", OrderHappening::Changed, "The order was cancelled."),
    ("", OrderHappening::Changed, ""),
];

/// States of a return and how they are told; those without words are told by its opening.
const RETURNS: [(&str, &str); 8] = [
    ("WAITING_ACCEPTANCE", ""),
    ("IN_PROGRESS", ""),
    ("REFUSED", "The return was refused."),
    ("RECEIVED", "What was sent back has arrived."),
    ("NO_RECEPTION", "What was to be sent back has not arrived."),
    ("CLOSED", "The return was closed."),
    ("CANCELED", "The return was cancelled."),
    ("", ""),
];

/// What is stored of an order as it is now: its state, its refunds, and incidents that began or ended.
pub(crate) fn of_order(order: &Value, open: &mut Incidents) -> Vec<RawItem> {
    let id = wire::text(order, &["order_id"]);
    if id.is_empty() {
        return Vec::new();
    }
    let state = wire::text(order, &["order_state"]);
    let mut items = Vec::new();
    let mut tell = |key: String, what: &str, code: String, at: String| {
        let body = json!({ "kind": "order", "what": what, "order_id": id, "code": code, "at": at,
                           "commercial_id": wire::text(order, &["commercial_id"]) });
        items.push(item(format!("order/{id}/{key}"), RawOrigin::Inbox, &body));
    };
    if STATES.iter().all(|(known, _, words)| *known != state || !words.is_empty()) {
        tell(format!("state/{state}"), "state", state, wire::text(order, &["last_updated_date"]));
    }
    for line in wire::list(order, "order_lines") {
        let line_id = wire::text(line, &["order_line_id"]);
        for refund in wire::list(line, "refunds") {
            let refund_id = wire::text(refund, &["id"]);
            if wire::text(refund, &["refund_state"]) == "REFUNDED" && !refund_id.is_empty() {
                let (code, at) = (wire::text(refund, &["reason_code"]), wire::text(refund, &["transaction_date"]));
                tell(format!("refund/{refund_id}"), "refund", code, at);
            }
        }
        let (changed, is_open) =
            (wire::text(line, &["last_updated_date"]), wire::text(line, &["order_line_state"]) == "INCIDENT_OPEN");
        if is_open && !line_id.is_empty() && !open.contains_key(&line_id) {
            let label = wire::text(line, &["order_line_state_reason_label"]);
            let reason = if label.is_empty() { wire::text(line, &["order_line_state_reason_code"]) } else { label };
            tell(format!("incident/{line_id}/{changed}"), "incident", reason, changed.clone());
            open.insert(line_id, changed);
        } else if !is_open && let Some(begun) = open.remove(&line_id) {
            tell(format!("incident/{line_id}/{begun}/end"), "incident_end", String::new(), changed);
        }
    }
    items
}

/// What is stored of a return as it is now: that it was opened, and its state.
pub(crate) fn of_return(found: &Value) -> Vec<RawItem> {
    let (id, state) = (wire::text(found, &["id"]), wire::text(found, &["state"]));
    if id.is_empty() {
        return Vec::new();
    }
    let stored = |key: &str, what: &str, code: &str, at: &str| {
        let body = json!({ "kind": "return", "what": what, "order_id": wire::text(found, &["order_id"]), "code": code,
                           "commercial_id": wire::text(found, &["order_commercial_id"]), "at": wire::text(found, &[at]) });
        item(format!("return/{id}/{key}"), RawOrigin::Inbox, &body)
    };
    let mut items = vec![stored("opened", "opened", &wire::text(found, &["reason_code"]), "date_created")];
    if RETURNS.iter().all(|(known, words)| *known != state || !words.is_empty()) {
        items.push(stored(&state, "state", &state, "last_updated"));
    }
    items
}

/// Reads what was stored; `None` where it names no order.
pub(crate) fn read(stored: &Value) -> Option<News> {
    let (id, commercial) = (wire::text(stored, &["order_id"]), wire::text(stored, &["commercial_id"]));
    let code = wire::text(stored, &["code"]);
    let (what, words) = match (wire::text(stored, &["kind"]).as_str(), wire::text(stored, &["what"]).as_str()) {
        ("order", "state") => state(&code),
        ("order", "refund") => (OrderHappening::Refunded, because("Money for the order went back", &code)),
        ("order", "incident") => (OrderHappening::ClaimOpened, because("An incident was opened", &code)),
        ("order", "incident_end") => (OrderHappening::ClaimClosed, "The incident was ended.".to_owned()),
        ("return", "opened") => {
            let reason = code.strip_prefix("RETURN_").unwrap_or(&code);
            (OrderHappening::ReturnOpened, because("A return was opened", reason))
        }
        ("return", _) => (OrderHappening::Changed, returned(&code)),
        _ => (OrderHappening::Changed, "The order changed.".to_owned()),
    };
    let order_number = if id.is_empty() { commercial.clone() } else { id };
    let news = News { order_number, commercial, what, at: wire::moment(stored, &["at"]), words };
    (!news.order_number.is_empty()).then_some(news)
}

fn state(code: &str) -> (OrderHappening, String) {
    let known = STATES.iter().find(|(known, _, words)| *known == code && !words.is_empty());
    known.map_or_else(
        || (OrderHappening::Changed, because("The order is in a new state", code)),
        |(_, what, words)| (*what, (*words).to_owned()),
    )
}

fn returned(code: &str) -> String {
    let known = RETURNS.iter().find(|(known, words)| *known == code && !words.is_empty());
    known.map_or_else(|| because("The return is in a new state", code), |(_, words)| (*words).to_owned())
}

/// What happened, and the operator's words for why.
fn because(what: &str, code: &str) -> String {
    let words =
        if code.bytes().all(|byte| byte.is_ascii_uppercase()) { code.to_lowercase() } else { wire::in_words(code) };
    let words: String = words.trim().chars().filter(|c| !c.is_control()).take(120).collect();
    if words.is_empty() { format!("{what}.") } else { format!("{what}: {words}.") }
}
