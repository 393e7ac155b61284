//! Telegram, as far as a bot sees of it: the Bot API, the files behind it, and what it pushes.

mod call;
mod deliveries;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::server::{Platform, Request, Response};
use call::Call;

/// The header of the word that each delivery carries.
pub const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// The largest file that a bot may have, in bytes.
const LARGEST_GIVEN: usize = 20 * 1024 * 1024;

/// Somebody on Telegram.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id, and that of their chat with the bot.
    pub id: i64,
    /// Their first name.
    pub first_name: String,
    /// Their last name, `""` if they gave none.
    pub last_name: String,
}

impl Person {
    fn written(&self) -> Value {
        let mut person =
            json!({ "id": self.id, "is_bot": false, "first_name": self.first_name, "language_code": "en" });
        if !self.last_name.is_empty() {
            put(&mut person, "last_name", self.last_name.clone().into());
        }
        person
    }

    fn chat(&self) -> Value {
        json!({ "id": self.id, "type": "private", "first_name": self.first_name })
    }
}

/// How somebody stands to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They have written to it.
    Open,
    /// They have never written to it.
    Silent,
    /// They have blocked it.
    Blocked,
    /// They have left Telegram.
    Gone,
}

/// Some of the signs that a bot may put on a message.
const SIGNS: [&str; 10] = ["👍", "👎", "❤", "🔥", "👏", "😁", "🤔", "😢", "🎉", "🙏"];

/// A message that the bot sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// To which chat.
    pub chat: i64,
    /// The number that it has there; the first of several that go together.
    pub number: i64,
    /// The text, or the words below the first file.
    pub text: String,
    /// The bytes of the files.
    pub files: Vec<Bytes>,
    /// All fields of the call but files.
    pub fields: BTreeMap<String, String>,
    /// The method that was called.
    pub method: String,
}

#[derive(Default)]
struct State {
    people: BTreeMap<i64, Standing>,
    sent: Vec<Sent>,
    /// When each message was sent, with its chat.
    times: Vec<(i64, i64)>,
    files: BTreeMap<String, Bytes>,
    webhook: String,
    /// How many updates wait, when one could not be delivered last, and why.
    undelivered: Option<(u64, i64, String)>,
    allowed: Vec<String>,
    updates: i64,
    messages: i64,
    now: i64,
    per_second: Option<usize>,
    is_revoked: bool,
    /// The presses of buttons that nobody has answered.
    turning: Vec<String>,
    /// What stands on messages, by chat and number.
    signs: BTreeMap<(i64, i64), Vec<String>>,
}

/// Telegram with one bot.
pub struct Telegram {
    token: String,
    name: String,
    /// The word that deliveries carry.
    secret: Mutex<String>,
    state: Mutex<State>,
}

impl Telegram {
    /// A bot with this token, whose deliveries carry this word.
    pub fn new(token: impl Into<String>, secret: impl Into<String>) -> Self {
        let state = State { now: 1_790_000_000, messages: 100, updates: 700_000, ..State::default() };
        Self {
            token: token.into(),
            name: "fjord_bot".to_owned(),
            secret: Mutex::new(secret.into()),
            state: Mutex::new(state),
        }
    }

    /// The same under another name than `fjord_bot`.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How somebody stands to the bot from now on.
    pub fn stands(&self, person: i64, standing: Standing) {
        self.state().people.insert(person, standing);
    }

    /// The time there, in seconds since 1970.
    pub fn set_now(&self, seconds: i64) {
        self.state().now = seconds;
    }

    /// Takes no more than so many messages a second for one chat.
    pub fn limit(&self, per_second: Option<usize>) {
        self.state().per_second = per_second;
    }

    /// Takes the token back, or gives it again.
    pub fn revoke(&self, is_revoked: bool) {
        self.state().is_revoked = is_revoked;
    }

    /// Sends what customers write to this address, `""`: nowhere.
    pub fn set_webhook(&self, url: &str) {
        url.clone_into(&mut self.state().webhook);
    }

    /// So many updates wait, for they cannot be delivered; `0`: they arrived after all.
    pub fn cannot_deliver(&self, waiting: u64, why: &str) {
        let mut state = self.state();
        state.undelivered = Some((waiting, state.now, why.to_owned()));
    }

    /// Where it sends what customers write, and which kinds of it.
    pub fn webhook(&self) -> (String, Vec<String>) {
        let state = self.state();
        (state.webhook.clone(), state.allowed.clone())
    }

    /// What the bot has sent, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Puts a file there under this id.
    pub fn put_file(&self, id: &str, content: Bytes) {
        self.state().files.insert(id.to_owned(), content);
    }

    /// Has a file no longer.
    pub fn forget_file(&self, id: &str) {
        self.state().files.remove(id);
    }

    /// What is answered where too many calls are made.
    pub fn too_many(seconds: Option<u64>) -> Response {
        let mut refusal = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests" });
        if let Some(seconds) = seconds {
            put(&mut refusal, "description", format!("Too Many Requests: retry after {seconds}").into());
            put(&mut refusal, "parameters", json!({ "retry_after": seconds }));
        }
        Response::json(429, &refusal)
    }

    /// A refusal as it is answered.
    pub fn refusal(status: u16, description: &str) -> Response {
        Response::json(status, &json!({ "ok": false, "error_code": status, "description": description }))
    }

    /// The presses whose buttons still turn, for nobody has said that they arrived.
    pub fn turning(&self) -> Vec<String> {
        self.state().turning.clone()
    }

    /// Hears the answer to a delivery: a call of a method may stand in it.
    pub fn heard(&self, answer: &[u8]) {
        let call: Value = serde_json::from_slice(answer).unwrap_or_default();
        let word = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default();
        if word("method") == "answerCallbackQuery" {
            self.state().turning.retain(|id| id != word("callback_query_id"));
        }
    }

    fn bot(&self) -> Value {
        let id: i64 = self.token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or_default();
        json!({ "id": id, "is_bot": true, "first_name": "Shop", "username": self.name })
    }

    fn called(&self, method: &str, call: &Call) -> Response {
        match method {
            "getMe" => done(&self.bot()),
            "setWebhook" => self.webhook_set(call),
            "deleteWebhook" => {
                self.set_webhook("");
                done(&true.into())
            }
            "getWebhookInfo" => {
                let state = self.state();
                let mut told = json!({
                    "url": state.webhook, "has_custom_certificate": false, "pending_update_count": 0
                });
                if let Some((waiting, at, why)) = &state.undelivered {
                    put(&mut told, "pending_update_count", (*waiting).into());
                    put(&mut told, "last_error_date", (*at).into());
                    put(&mut told, "last_error_message", why.as_str().into());
                }
                done(&told)
            }
            "answerCallbackQuery" => {
                self.state().turning.retain(|id| id != call.field("callback_query_id"));
                done(&true.into())
            }
            "setMessageReaction" => self.sign(call),
            "getFile" => self.file_of(call.field("file_id")),
            "sendMessage" | "sendPhoto" | "sendDocument" | "sendMediaGroup" => match self.take(method, call) {
                Ok(result) => done(&result),
                Err((status, description)) => Self::refusal(status, &description),
            },
            _ => Self::refusal(404, "Not Found"),
        }
    }

    /// What stands on a message, by its chat and number.
    pub fn signs_on(&self, chat: i64, number: i64) -> Vec<String> {
        self.state().signs.get(&(chat, number)).cloned().unwrap_or_default()
    }

    fn sign(&self, call: &Call) -> Response {
        let number = |name: &str| call.field(name).parse::<i64>().ok();
        let (Some(chat), Some(message)) = (number("chat_id"), number("message_id")) else {
            return Self::refusal(400, "Bad Request: message to react not found");
        };
        let mut state = self.state();
        if !matches!(state.people.get(&chat), Some(Standing::Open)) {
            return Self::refusal(400, "Bad Request: chat not found");
        }
        let wanted: Vec<Value> = serde_json::from_str(call.field("reaction")).unwrap_or_default();
        let emoji = |one: &Value| one.get("emoji").and_then(Value::as_str).unwrap_or_default().to_owned();
        let signs: Vec<String> = wanted.iter().map(emoji).collect();
        if signs.len() > 1 || !signs.iter().all(|sign| SIGNS.contains(&sign.as_str())) {
            return Self::refusal(400, "Bad Request: REACTION_INVALID");
        }
        state.signs.insert((chat, message), signs);
        done(&true.into())
    }

    fn webhook_set(&self, call: &Call) -> Response {
        let secret = call.field("secret_token");
        let is_word = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
        if !secret.chars().all(is_word) || secret.len() > 256 {
            return Self::refusal(400, "Bad Request: secret token contains unallowed characters");
        }
        secret.clone_into(&mut self.secret.lock().unwrap_or_else(PoisonError::into_inner));
        let mut state = self.state();
        call.field("url").clone_into(&mut state.webhook);
        state.allowed = serde_json::from_str(call.field("allowed_updates")).unwrap_or_default();
        done(&true.into())
    }

    fn file_of(&self, id: &str) -> Response {
        let size = self.state().files.get(id).map(Bytes::len);
        match size {
            Some(size) if size > LARGEST_GIVEN => Self::refusal(400, "Bad Request: file is too big"),
            Some(size) => {
                let path = format!("documents/{id}");
                done(&json!({ "file_id": id, "file_unique_id": id, "file_size": size, "file_path": path }))
            }
            None => Self::refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable"),
        }
    }

    fn take(&self, method: &str, call: &Call) -> Result<Value, (u16, String)> {
        let refused = |status: u16, words: &str| Err((status, words.to_owned()));
        let mut state = self.state();
        let chat: i64 = call.field("chat_id").parse().unwrap_or_default();
        match state.people.get(&chat) {
            Some(Standing::Open) => {}
            Some(Standing::Silent) => {
                return refused(403, "Forbidden: bot can't initiate conversation with a user");
            }
            Some(Standing::Blocked) => return refused(403, "Forbidden: bot was blocked by the user"),
            Some(Standing::Gone) => return refused(403, "Forbidden: user is deactivated"),
            None => return refused(400, "Bad Request: chat not found"),
        }
        let now = state.now;
        let lately = state.times.iter().filter(|(to, at)| *to == chat && *at == now).count();
        if state.per_second.is_some_and(|most| lately >= most) {
            return refused(429, "Too Many Requests: retry after 1");
        }
        let text = call.text(method)?;
        call.check_files(method)?;
        call.check_buttons()?;
        let number = state.messages + 1;
        let count = i64::try_from(call.files.len()).unwrap_or_default().max(1);
        state.messages += count;
        state.times.push((chat, now));
        let (files, fields) = (call.files.iter().map(|(_, content)| content.clone()).collect(), call.fields.clone());
        state.sent.push(Sent { chat, number, text: text.clone(), files, fields, method: method.to_owned() });
        let message = |number: i64| {
            json!({ "message_id": number, "from": self.bot(), "chat": { "id": chat, "type": "private" }, "date": now,
                    "text": text })
        };
        if method == "sendMediaGroup" {
            return Ok((number..number + count).map(message).collect());
        }
        Ok(message(number))
    }
}

fn done(result: &Value) -> Response {
    Response::json(200, &json!({ "ok": true, "result": result }))
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

#[async_trait]
impl Platform for Telegram {
    async fn answer(&self, request: Request) -> Response {
        let segments = request.segments();
        let is_right = |part: &str| part.strip_prefix("bot") == Some(&self.token) && !self.state().is_revoked;
        match segments.as_slice() {
            [bot, method] if bot.starts_with("bot") => {
                if !bot.contains(':') {
                    return Self::refusal(404, "Not Found");
                }
                if !is_right(bot) {
                    return Self::refusal(401, "Unauthorized");
                }
                match self.called(method, &Call::of(&request)) {
                    Response { status: 429, .. } => Self::too_many(Some(1)),
                    response => response,
                }
            }
            ["file", bot, "documents", id] if is_right(bot) => match self.state().files.get(*id).cloned() {
                Some(body) => {
                    let kind = ("content-type".to_owned(), "application/octet-stream".to_owned());
                    Response { status: 200, headers: vec![kind], body }
                }
                None => Self::refusal(404, "Not Found"),
            },
            _ => Self::refusal(404, "Not Found"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Person {
        Person { id: 77, first_name: "Ana".to_owned(), last_name: "Li".to_owned() }
    }

    async fn call(telegram: &Telegram, path: &str, parameters: Value) -> (u16, Value) {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: parameters.to_string().into(),
        };
        let response = telegram.answer(request).await;
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    #[tokio::test]
    async fn a_message_has_the_limits_of_the_real_one() {
        let telegram = Telegram::new("1:a", "word");
        let send = async |chat: i64, text: &str| {
            call(&telegram, "/bot1:a/sendMessage", json!({ "chat_id": chat, "text": text })).await.0
        };
        assert_eq!(send(77, "Hello").await, 400, "nobody has written");
        telegram.message(&ana(), &json!({ "text": "Hi" }));
        assert_eq!(send(77, "Hello").await, 200);
        assert_eq!(send(77, &"ü".repeat(4097)).await, 400);
        telegram.limit(Some(1));
        assert_eq!(send(77, "Again").await, 429);
        telegram.set_now(1_790_000_001);
        assert_eq!(send(77, "Again").await, 200, "a second later");
        telegram.member(&ana(), true);
        assert_eq!(send(77, "Hello").await, 403);
        assert_eq!(telegram.sent().len(), 2);
        telegram.revoke(true);
        assert_eq!(send(77, "Hello").await, 401);
        assert_eq!(call(&telegram, "/botnobody/getMe", json!({})).await.0, 404);
    }

    #[test]
    fn deliveries_count_on_and_carry_the_word() {
        let telegram = Telegram::new("1:a", "word");
        let first: Value = serde_json::from_slice(&telegram.message(&ana(), &json!({ "text": "1" })).body).unwrap();
        let second = telegram.message(&ana(), &json!({ "text": "2" }));
        assert!(second.headers.contains(&(SECRET_HEADER.to_owned(), "word".to_owned())));
        let second: Value = serde_json::from_slice(&second.body).unwrap();
        assert_ne!(first["update_id"], second["update_id"]);
        assert_ne!(first["message"]["message_id"], second["message"]["message_id"]);
        assert_eq!(second["message"]["text"], "2");
    }
}
