//! What the account sends, the files of it, and how its conversations are shown.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{File, Meta, Sent, State, error};
use crate::multipart;
use crate::server::{Request, Response};

/// So many messages are shown with their conversation.
const MOST_SHOWN: usize = 20;

impl Meta {
    pub(super) fn conversations(&self, request: &Request) -> Response {
        let state = self.state();
        let platform = if self.is_instagram() { "instagram" } else { "messenger" };
        let may_read = !self.is_instagram() || state.permissions.iter().any(|name| name == "instagram_manage_messages");
        if !may_read {
            return error(403, 10, 0, false);
        }
        if request.query("platform") != platform {
            return error(400, 100, 0, false);
        }
        let wanted = request.query("user_id");
        let customers = state.customers.keys().filter(|customer| wanted.is_empty() || wanted == customer.as_str());
        let mut found: Vec<(OffsetDateTime, &str)> =
            customers.map(|customer| (changed_at(&state, customer), customer.as_str())).collect();
        found.sort_unstable();
        found.reverse();
        let shown = found.into_iter().map(|(at, customer)| {
            let mut shown = json!({ "id": format!("t_{customer}"), "updated_time": written(at) });
            if let Some(fields) = shown.as_object_mut()
                && request.query("fields").contains("messages")
            {
                fields.insert("messages".to_owned(), page(self.shown(&state, customer), 0, MOST_SHOWN));
            }
            shown
        });
        Response::json(200, &page(shown.collect(), place(request), limit(request)))
    }

    pub(super) fn conversation(&self, customer: &str) -> Response {
        let state = self.state();
        if !state.customers.contains_key(customer) {
            return error(404, 100, 33, false);
        }
        let messages = page(self.shown(&state, customer), 0, MOST_SHOWN);
        Response::json(200, &json!({ "id": format!("t_{customer}"), "messages": messages }))
    }

    pub(super) fn messages(&self, customer: &str, request: &Request) -> Response {
        let state = self.state();
        if !state.customers.contains_key(customer) {
            return error(404, 100, 33, false);
        }
        Response::json(200, &page(self.shown(&state, customer), place(request), limit(request)))
    }

    /// The messages of a conversation, the newest first. Of who is only known to have written, that alone is shown.
    fn shown(&self, state: &State, customer: &str) -> Vec<Value> {
        let sides = |from: &str, to: &str| (json!({ "id": from }), json!({ "data": [{ "id": to }] }));
        let mut shown: Vec<(OffsetDateTime, Value)> = Vec::new();
        for said in state.written.iter().filter(|said| said.customer == customer) {
            let (from, to) = sides(customer, self.own_id());
            let message = json!({
                "id": said.mid, "created_time": written(said.at), "from": from, "to": to, "message": said.text,
            });
            shown.push((said.at, message));
        }
        if let (true, Some(at)) = (shown.is_empty(), state.customers.get(customer)) {
            let message = json!({
                "id": "m_theirs", "created_time": written(*at), "from": { "id": customer }, "message": "Hello?",
            });
            shown.push((*at, message));
        }
        for sent in ours(state, customer) {
            let (from, to) = sides(self.own_id(), customer);
            let mut message = json!({
                "id": sent.mid, "created_time": written(sent.at), "from": from, "to": to, "message": sent.text,
            });
            if let (Some(file), Some(fields)) = (&sent.file, message.as_object_mut()) {
                let file = json!({ "id": "1", "name": file.name, "size": file.content.len() });
                fields.insert("attachments".to_owned(), json!({ "data": [file] }));
            }
            shown.push((sent.at, message));
        }
        shown.sort_by_key(|(at, _)| *at);
        shown.into_iter().rev().map(|(_, message)| message).collect()
    }

    pub(super) fn handed_in(&self, request: &Request) -> Response {
        let fields = multipart::fields(request);
        let Some(file) = fields.iter().find(|field| field.name == "filedata") else { return error(400, 100, 0, false) };
        let message = fields.iter().find(|field| field.name == "message").map(|field| field.content.clone());
        let message: Value = serde_json::from_slice(&message.unwrap_or_default()).unwrap_or_default();
        let Some(kind) = message.pointer("/attachment/type").and_then(Value::as_str) else {
            return error(400, 100, 0, false);
        };
        let most = if self.is_instagram() && kind == "image" { 8_000_000 } else { 25_000_000 };
        if file.content.is_empty() || file.content.len() > most {
            return error(400, 100, 2_018_109, false);
        }
        if self.is_instagram() && kind == "file" && file.content_type != "application/pdf" {
            return error(400, 100, 0, false);
        }
        let mut state = self.state();
        state.number += 1;
        let id = format!("{}", 7_000 + state.number);
        let kept = File {
            kind: kind.to_owned(),
            name: file.file_name.clone().unwrap_or_default(),
            content: file.content.clone(),
        };
        state.uploads.insert(id.clone(), kept);
        Response::json(200, &json!({ "attachment_id": id }))
    }

    pub(super) fn taken(&self, request: &Request) -> Response {
        let body = request.json();
        let text = |place: &str| body.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        let comment = text("/recipient/comment_id");
        let to = if comment.is_empty() { text("/recipient/id") } else { comment.clone() };
        if body.get("sender_action").is_some() {
            return self.sign(&to, &text("/sender_action"), &text("/payload/message_id"), &text("/payload/reaction"));
        }
        let mut state = self.state();
        let refusal = if comment.is_empty() {
            self.closed(&state, &to, &text("/messaging_type"), &text("/tag"))
        } else {
            self.over(&state, &comment)
        };
        if let Some(refusal) = refusal {
            return refusal;
        }
        let said = text("/message/text");
        let attachment = body.pointer("/message/attachment");
        let file = match body.pointer("/message/attachment/payload/attachment_id").and_then(Value::as_str) {
            Some(id) => match state.uploads.get(id) {
                Some(file) => Some(file.clone()),
                None => return error(400, 100, 0, false),
            },
            None => None,
        };
        let size = if self.is_instagram() { said.len() } else { said.chars().count() };
        let is_too_long = size > if self.is_instagram() { 1_000 } else { 2_000 };
        let replies = body.pointer("/message/quick_replies").and_then(Value::as_array).cloned().unwrap_or_default();
        let titles: Vec<String> =
            replies.iter().filter_map(|reply| Some(reply.get("title")?.as_str()?.to_owned())).collect();
        let are_replies_wrong = titles.len() > 13 || titles.iter().any(|title| title.chars().count() > 20);
        let is_one_thing = said.is_empty() == attachment.is_some();
        if is_too_long || are_replies_wrong || !is_one_thing {
            return error(400, 100, 0, false);
        }
        state.number += 1;
        let mid = format!("m_double-{}", state.number);
        let at = state.now;
        let metadata = text("/message/metadata");
        let tag = text("/tag");
        let now_answered = state.comments.get_mut(&comment).map(|(customer, _, is_answered)| {
            *is_answered = true;
            customer.clone()
        });
        let reader = now_answered.unwrap_or_else(|| to.clone());
        let answer = json!({ "recipient_id": reader, "message_id": mid });
        state.sent.push(Sent { mid, to, text: said, file, metadata, quick_replies: titles, tag, at });
        Response::json(200, &answer)
    }

    /// The messages on which a heart stands.
    pub fn hearts(&self) -> Vec<String> {
        self.state().hearts.clone()
    }

    fn sign(&self, to: &str, action: &str, message: &str, reaction: &str) -> Response {
        let mut state = self.state();
        if let Some(refusal) = self.closed(&state, to, "RESPONSE", "") {
            return refusal;
        }
        state.hearts.retain(|known| known != message);
        match (action, reaction) {
            _ if !self.is_instagram() || message.is_empty() => return error(400, 100, 0, false),
            ("react", "love") => state.hearts.push(message.to_owned()),
            ("unreact", "") => {}
            _ => return error(400, 100, 0, false),
        }
        Response::json(200, &json!({ "recipient_id": to }))
    }

    /// Why a comment may not be answered in private: it takes one answer, for seven days.
    fn over(&self, state: &State, comment: &str) -> Option<Response> {
        let Some((_, at, is_answered)) = state.comments.get(comment) else { return Some(error(400, 100, 33, false)) };
        let outside = || error(400, 10, if self.is_instagram() { 2_534_022 } else { 2_018_278 }, false);
        if *is_answered {
            return Some(error(400, 10_900, 0, false));
        }
        (state.now - *at >= Duration::days(7)).then(outside)
    }

    /// Why nothing may be sent to somebody now.
    fn closed(&self, state: &State, to: &str, messaging_type: &str, tag: &str) -> Option<Response> {
        let outside = || error(400, 10, if self.is_instagram() { 2_534_022 } else { 2_018_278 }, false);
        let Some(wrote_at) = state.customers.get(to) else { return Some(error(400, 100, 2_018_001, false)) };
        let since = state.now - *wrote_at;
        match (messaging_type, tag) {
            ("RESPONSE", "") => (since >= Duration::hours(24)).then(outside),
            ("MESSAGE_TAG", "HUMAN_AGENT") if !state.has_human_agent => Some(error(403, 10, 0, false)),
            ("MESSAGE_TAG", "HUMAN_AGENT") => (since >= Duration::days(7)).then(outside),
            _ => Some(error(400, 100, 0, false)),
        }
    }
}

/// When something was said last in a conversation.
fn changed_at(state: &State, customer: &str) -> OffsetDateTime {
    let wrote = state.customers.get(customer).copied();
    wrote.max(ours(state, customer).map(|sent| sent.at).max()).unwrap_or(state.now)
}

/// What the account wrote to a customer, here and in other clients.
fn ours<'s>(state: &'s State, customer: &'s str) -> impl Iterator<Item = &'s Sent> {
    let wrote = move |comment: &str| state.comments.get(comment).is_some_and(|(writer, ..)| writer == customer);
    state.sent.iter().chain(&state.elsewhere).filter(move |sent| sent.to == customer || wrote(&sent.to))
}

/// A page of a list that begins at this place.
fn page(all: Vec<Value>, from: usize, most: usize) -> Value {
    let total = all.len();
    let data: Vec<Value> = all.into_iter().skip(from).take(most).collect();
    let end = from + data.len();
    let mut page =
        json!({ "data": data, "paging": { "cursors": { "before": from.to_string(), "after": end.to_string() } } });
    if end < total
        && let Some(paging) = page.get_mut("paging").and_then(Value::as_object_mut)
    {
        paging.insert("next".to_owned(), json!(format!("https://graph.example/next?after={end}")));
    }
    page
}

fn place(request: &Request) -> usize {
    request.query("after").parse().unwrap_or_default()
}

fn limit(request: &Request) -> usize {
    request.query("limit").parse().unwrap_or(25)
}

/// A moment as conversations show it.
fn written(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!("{date}T{:02}:{:02}:{:02}+0000", time.hour(), time.minute(), time.second())
}
