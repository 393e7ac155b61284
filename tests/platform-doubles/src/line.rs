//! LINE, as far as an official account sees of it: the Messaging API, the files behind it, and what it pushes.

mod bubbles;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::hooks::Delivery;
use crate::server::{Platform, Request, Response};

pub use webhook::Trial;

/// The header of the signature.
pub const SIGNATURE_HEADER: &str = "x-line-signature";
/// What customers find the account by.
pub const BASIC_ID: &str = "@123abcde";
/// The account's own id.
pub const BOT: &str = "U0000000000000000000000000000b071";
/// How long a reply token counts, in seconds.
const REPLY_LIFE: i64 = 60;
/// How long a key of a call is known, in seconds.
const KEY_LIFE: i64 = 24 * 60 * 60;

/// A call that was taken.
#[derive(Clone, Debug)]
pub struct Sent {
    /// To whom.
    pub to: String,
    /// The ids of its bubbles.
    pub ids: Vec<String>,
    /// The texts of its bubbles, one behind the other.
    pub text: String,
    /// Where its pictures lie.
    pub pictures: Vec<String>,
    /// Its bubbles as they came.
    pub bubbles: Vec<Value>,
    /// Whether it answered a message by its token.
    pub is_reply: bool,
}

#[derive(Default)]
struct State {
    token: String,
    /// Who has written to the account.
    people: BTreeSet<String>,
    /// What those are called who let it see that.
    names: BTreeMap<String, String>,
    sent: Vec<Sent>,
    /// When each call was made.
    times: Vec<i64>,
    /// The reply tokens that were not used, each with whom it answers and when it was given.
    replies: BTreeMap<String, (String, i64)>,
    /// The calls that were taken, by their keys, with when.
    keys: BTreeMap<String, (Value, i64)>,
    files: BTreeMap<String, Bytes>,
    /// What is not ready yet.
    preparing: BTreeSet<String>,
    webhook: String,
    is_webhook_off: bool,
    trial: Trial,
    /// When the address was tried.
    trials: Vec<i64>,
    is_on_standby: bool,
    count: u64,
    now: i64,
    per_second: Option<usize>,
    monthly: Option<u64>,
    pushed: u64,
}

/// LINE with one official account.
pub struct Line {
    secret: String,
    state: Mutex<State>,
}

impl Line {
    /// An account whose calls carry this token, and whose deliveries are signed with this secret.
    pub fn new(token: impl Into<String>, secret: impl Into<String>) -> Self {
        let state = State { token: token.into(), now: 1_790_000_000, count: 100_000, ..State::default() };
        Self { secret: secret.into(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time there, in seconds since 1970.
    pub fn set_now(&self, seconds: i64) {
        self.state().now = seconds;
    }

    /// Gives the account another token: the one before no longer counts.
    pub fn set_token(&self, token: &str) {
        token.clone_into(&mut self.state().token);
    }

    /// Takes no more than so many messages a second.
    pub fn limit(&self, per_second: Option<usize>) {
        self.state().per_second = per_second;
    }

    /// Lets the account push so many messages a month; replies are not counted.
    pub fn allow(&self, monthly: Option<u64>) {
        self.state().monthly = monthly;
    }

    /// Sends what customers write to this address, `""`: nowhere.
    pub fn set_webhook(&self, url: &str) {
        url.clone_into(&mut self.state().webhook);
    }

    /// Switches the sending off, or on again.
    pub fn switch_webhook_off(&self, is_off: bool) {
        self.state().is_webhook_off = is_off;
    }

    /// Another program answers from now on, or no longer.
    pub fn stand_by(&self, is_on_standby: bool) {
        self.state().is_on_standby = is_on_standby;
    }

    /// Where it sends what customers write.
    pub fn webhook(&self) -> String {
        self.state().webhook.clone()
    }

    /// Somebody has written to the account: it may write to them.
    pub fn knows(&self, person: &str) {
        self.state().people.insert(person.to_owned());
    }

    /// Somebody lets the account see what they are called.
    pub fn known_as(&self, person: &str, name: &str) {
        self.state().names.insert(person.to_owned(), name.to_owned());
    }

    /// What was taken, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Puts a file there that came with this message.
    pub fn put_file(&self, message: &str, content: Bytes) {
        self.state().files.insert(message.to_owned(), content);
    }

    /// Has a file no longer.
    pub fn forget_file(&self, message: &str) {
        self.state().files.remove(message);
    }

    /// Still makes the file of this message ready.
    pub fn prepare(&self, message: &str, is_unready: bool) {
        let mut state = self.state();
        if is_unready {
            state.preparing.insert(message.to_owned());
        } else {
            state.preparing.remove(message);
        }
    }

    /// A refusal as it is answered.
    pub fn refusal(status: u16, message: &str) -> Response {
        Response::json(status, &json!({ "message": message }))
    }

    /// Something that somebody did, as it stands in deliveries, with a token for a reply.
    pub fn event(&self, person: &str, kind: &str, content: &Value) -> Value {
        let mut state = self.state();
        state.count += 1;
        let (id, now) = (format!("01EVENT{:019}", state.count), state.now);
        let mut event = Map::new();
        event.insert("type".to_owned(), kind.into());
        event.insert("webhookEventId".to_owned(), id.into());
        event.insert("deliveryContext".to_owned(), json!({ "isRedelivery": false }));
        event.insert("timestamp".to_owned(), (now * 1_000 + 123).into());
        let mode = if state.is_on_standby { "standby" } else { "active" };
        event.insert("mode".to_owned(), mode.into());
        event.insert("source".to_owned(), json!({ "type": "user", "userId": person }));
        if matches!(kind, "message" | "postback" | "follow") {
            let token = format!("{:032x}", state.count);
            state.people.insert(person.to_owned());
            state.replies.insert(token.clone(), (person.to_owned(), now));
            event.insert("replyToken".to_owned(), token.into());
        }
        event.extend(content.as_object().cloned().unwrap_or_default());
        Value::Object(event)
    }

    /// Somebody writes: `content` holds what distinguishes the kinds of messages, as `{"type": "text", "text": "Hello"}`.
    pub fn said(&self, person: &str, content: &Value) -> Value {
        let mut message = content.as_object().cloned().unwrap_or_default();
        let number = {
            let mut state = self.state();
            state.count += 1;
            state.count
        };
        message.entry("id").or_insert_with(|| format!("5{number:017}").into());
        self.event(person, "message", &json!({ "message": message }))
    }

    /// Somebody presses the button with this number below the message that was sent last.
    pub fn pressed(&self, person: &str, number: usize) -> Value {
        let last = self.state().sent.last().and_then(|sent| sent.bubbles.last().cloned()).unwrap_or_default();
        let data = last.pointer(&format!("/quickReply/items/{number}/action/data")).cloned().unwrap_or_default();
        self.event(person, "postback", &json!({ "postback": { "data": data } }))
    }

    /// Events as one delivery, signed.
    pub fn delivery(&self, events: &[Value]) -> Delivery {
        self.signed(json!({ "destination": BOT, "events": events }).to_string().into())
    }

    /// A body as a delivery, signed.
    pub fn signed(&self, body: Bytes) -> Delivery {
        let headers = vec![
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
            (SIGNATURE_HEADER.to_owned(), signature(&self.secret, &body)),
        ];
        Delivery { headers, body }
    }

    fn reply(&self, call: &Value) -> Result<Value, Response> {
        let (bubbles, now) = (bubbles::checked(call)?, self.state().now);
        let token = call.get("replyToken").and_then(Value::as_str).unwrap_or_default();
        let given = self.state().replies.remove(token);
        match given {
            Some((to, at)) if now - at <= REPLY_LIFE => Ok(self.state().take(&to, bubbles, true)),
            _ => Err(Self::refusal(400, "Invalid reply token")),
        }
    }

    fn push(&self, call: &Value, key: &str) -> Result<Value, Response> {
        let mut state = self.state();
        let now = state.now;
        if let Some((taken, at)) = state.keys.get(key)
            && now - at < KEY_LIFE
        {
            let mut refusal = taken.clone();
            bubbles::put(&mut refusal, "message", "The retry key is already accepted".into());
            return Err(Response::json(409, &refusal).with("x-line-accepted-request-id", key));
        }
        let bubbles = bubbles::checked(call)?;
        let to = call.get("to").and_then(Value::as_str).unwrap_or_default();
        if !bubbles::is_user(to) {
            return Err(Self::refusal(400, "The property, 'to', in the request body is invalid (line: -, column: -)"));
        }
        if !state.people.contains(to) {
            return Err(Self::refusal(400, "Failed to send messages"));
        }
        if state.monthly.is_some_and(|most| state.pushed >= most) {
            return Err(Self::refusal(429, "You have reached your monthly limit."));
        }
        state.pushed += 1;
        let taken = state.take(to, bubbles, false);
        if !key.is_empty() {
            state.keys.insert(key.to_owned(), (taken.clone(), now));
        }
        Ok(taken)
    }

    /// Counts the calls that write.
    fn admit(&self) -> Result<(), Response> {
        let mut state = self.state();
        let now = state.now;
        let lately = state.times.iter().filter(|at| **at == now).count();
        if state.per_second.is_some_and(|most| lately >= most) {
            return Err(Self::refusal(429, "The API rate limit has been exceeded. Try again later."));
        }
        state.times.push(now);
        Ok(())
    }

    fn asked(&self, path: &[&str]) -> Response {
        let state = self.state();
        match path {
            ["info"] => Response::json(
                200,
                &json!({ "userId": BOT, "basicId": BASIC_ID, "displayName": "Shop", "chatMode": "bot" }),
            ),
            ["profile", person] => match state.names.get(*person) {
                Some(name) => Response::json(200, &json!({ "userId": person, "displayName": name, "language": "en" })),
                None => Self::refusal(404, "Not found"),
            },
            ["channel", "webhook", "endpoint"] if state.webhook.is_empty() => {
                Self::refusal(404, "Webhook endpoint not found")
            }
            ["channel", "webhook", "endpoint"] => {
                Response::json(200, &json!({ "endpoint": state.webhook, "active": !state.is_webhook_off }))
            }
            ["message", "quota"] => match state.monthly {
                Some(most) => Response::json(200, &json!({ "type": "limited", "value": most })),
                None => Response::json(200, &json!({ "type": "none" })),
            },
            ["message", "quota", "consumption"] => Response::json(200, &json!({ "totalUsage": state.pushed })),
            ["message", id, "content"] => match state.files.get(*id) {
                Some(_) if state.preparing.contains(*id) => Response::status(202),
                Some(body) => {
                    Response { body: body.clone(), ..Response::status(200) }.with("content-type", "image/png")
                }
                None => Self::refusal(404, "Not found"),
            },
            ["message", id, "content", "transcoding"] => {
                let status = if state.preparing.contains(*id) { "processing" } else { "succeeded" };
                Response::json(200, &json!({ "status": status }))
            }
            _ => Self::refusal(404, "Not found"),
        }
    }
}

impl State {
    fn take(&mut self, to: &str, bubbles: Vec<Value>, is_reply: bool) -> Value {
        let ids: Vec<String> = bubbles
            .iter()
            .map(|_| {
                self.count += 1;
                format!("4{:017}", self.count)
            })
            .collect();
        let of = |name: &str| -> Vec<String> {
            let words = bubbles.iter().filter_map(|bubble| bubble.get(name)?.as_str());
            words.map(ToOwned::to_owned).collect()
        };
        let taken = json!({ "sentMessages": ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() });
        let (text, pictures) = (of("text").concat(), of("originalContentUrl"));
        self.sent.push(Sent { to: to.to_owned(), ids, text, pictures, bubbles, is_reply });
        taken
    }
}

/// The signature of a body.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mac| mac.chain_update(body).finalize());
    mac.map(|code| STANDARD.encode(code.into_bytes())).unwrap_or_default()
}

#[async_trait]
impl Platform for Line {
    async fn answer(&self, request: Request) -> Response {
        let is_right = request.bearer() == self.state().token;
        let segments = request.segments();
        let Some(path) = segments.strip_prefix(&["v2", "bot"]) else { return Self::refusal(404, "Not found") };
        if !is_right {
            let words = "Authentication failed. Confirm that the access token in the authorization header is valid.";
            return Self::refusal(401, words);
        }
        let answered = match (request.method.as_str(), path) {
            ("POST", ["message", "reply"]) => self.admit().and_then(|()| self.reply(&request.json())),
            ("POST", ["message", "push"]) => {
                self.admit().and_then(|()| self.push(&request.json(), request.header("x-line-retry-key")))
            }
            ("PUT", ["channel", "webhook", "endpoint"]) => return self.endpoint_set(&request.json()),
            ("POST", ["channel", "webhook", "test"]) => return self.endpoint_tried(&request.json()),
            ("GET", path) => return self.asked(path),
            _ => return Self::refusal(405, "Method not allowed"),
        };
        answered.map_or_else(|refusal| refusal, |taken| Response::json(200, &taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &str = "U00000000000000000000000000007001";

    async fn call(line: &Line, path: &str, key: &str, body: Value) -> (u16, Value) {
        let headers = [("authorization", "Bearer token"), ("x-line-retry-key", key)];
        let request = Request {
            method: "POST".to_owned(),
            path: format!("/v2/bot/message/{path}"),
            query: Vec::new(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: body.to_string().into(),
        };
        let response = line.answer(request).await;
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    fn text(words: &str) -> Value {
        json!([{ "type": "text", "text": words }])
    }

    #[tokio::test]
    async fn a_token_answers_once_and_for_a_minute() {
        let line = Line::new("token", "secret");
        let token = |line: &Line| line.said(ANA, &json!({ "type": "text", "text": "Hi" }))["replyToken"].clone();
        let reply = async |token: &Value| {
            call(&line, "reply", "", json!({ "replyToken": token, "messages": text("Hello") })).await.0
        };
        let first = token(&line);
        assert_eq!((reply(&first).await, reply(&first).await), (200, 400));
        let second = token(&line);
        line.set_now(1_790_000_061);
        assert_eq!(reply(&second).await, 400);
        assert_eq!(line.sent().len(), 1);
    }

    #[tokio::test]
    async fn a_push_is_known_by_its_key_and_counted() {
        let line = Line::new("token", "secret");
        let push = async |to: &str, key: &str, messages: Value| {
            call(&line, "push", key, json!({ "to": to, "messages": messages })).await
        };
        assert_eq!(push(ANA, "k1", text("Hello")).await.0, 400, "nobody has written");
        line.knows(ANA);
        let (status, taken) = push(ANA, "k1", text("Hello")).await;
        let (again, known) = push(ANA, "k1", text("Hello")).await;
        assert_eq!((status, again, &taken["sentMessages"]), (200, 409, &known["sentMessages"]));
        assert_eq!(push("ana", "k2", text("Hello")).await.0, 400);
        for odd in [json!([]), text(""), text(&"x".repeat(5001)), text(&"🧥".repeat(2501)), json!([{ "type": "file" }])]
        {
            assert_eq!(push(ANA, "k2", odd).await.0, 400);
        }
        line.allow(Some(1));
        assert_eq!(push(ANA, "k2", text("Hello")).await.0, 429);
        line.allow(None);
        line.set_token("other");
        assert_eq!(push(ANA, "k2", text("Hello")).await.0, 401);
        assert_eq!(line.sent().len(), 1);
    }

    #[test]
    fn a_delivery_carries_the_documented_signature() {
        // printf '{"destination":"U1","events":[]}' | openssl dgst -sha256 -hmac the-secret -binary | base64
        let body = b"{\"destination\":\"U1\",\"events\":[]}";
        assert_eq!(signature("the-secret", body), "TXJFVGZ/nf7+0BLBSeVfif5ps7DIvskHOLw5VfFCeU0=");
    }
}
