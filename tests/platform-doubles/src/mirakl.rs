//! A marketplace that runs on Mirakl: threads of a shop with customers and the operator, orders and returns, behind the
//! seller's API.

mod form;
mod thread;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::form::{Form, read};
use self::thread::{Thread, written};
use crate::server::{Platform, Request, Response};

pub use self::thread::Who;

/// The least and the most characters of a message.
const TEXT: std::ops::RangeInclusive<usize> = 3..=50_000;
/// The most messages of a thread.
const MOST_MESSAGES: usize = 1_000;
/// The most files in all threads of one order.
const MOST_FILES: usize = 50;
/// The most bytes of files in one message.
const MOST_BYTES: usize = 30_000_000;
/// How many threads or returns a page has, unless fewer are asked for.
const A_PAGE: usize = 50;

/// A message that the marketplace took by its API.
#[derive(Clone, Debug)]
pub struct TakenMessage {
    /// Its id.
    pub id: String,
    /// Its thread.
    pub thread: String,
    /// The topic of the thread.
    pub topic: String,
    /// What it says.
    pub text: String,
    /// The kinds of participants that it was written to.
    pub to: Vec<String>,
    /// The bytes of its files.
    pub files: Vec<Bytes>,
}

/// The marketplace.
pub struct Mirakl(Mutex<State>);

struct State {
    now: OffsetDateTime,
    key: String,
    last_id: u64,
    masks: bool,
    threads: Vec<Thread>,
    orders: Vec<Value>,
    returns: Vec<Value>,
    files: HashMap<String, (String, Bytes)>,
    taken: Vec<TakenMessage>,
}

impl Mirakl {
    /// A marketplace that opens to this key, and whose clock shows this.
    pub fn new(key: &str, now: OffsetDateTime) -> Self {
        Self(Mutex::new(State {
            now,
            key: key.to_owned(),
            last_id: 0,
            masks: false,
            threads: Vec::new(),
            orders: Vec::new(),
            returns: Vec::new(),
            files: HashMap::new(),
            taken: Vec::new(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What its clock shows.
    pub fn now(&self) -> OffsetDateTime {
        self.state().now
    }

    /// Moves its clock on.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.now += by;
    }

    /// Opens to another key from now on.
    pub fn renew_key(&self, key: &str) {
        key.clone_into(&mut self.state().key);
    }

    /// Masks e-mail addresses in what is written from now on, as operators do.
    pub fn mask(&self) {
        self.state().masks = true;
    }

    /// A thread about an order between the shop and this customer, still without messages; gives its id.
    pub fn open(&self, order: &str, customer: (&str, &str)) -> String {
        let mut state = self.state();
        let id = state.new_id("thread");
        let (customer, now) = ((customer.0.to_owned(), customer.1.to_owned()), state.now);
        state.threads.push(Thread::new(&id, order, vec![customer], "Where is my order?", now));
        id
    }

    /// A thread of the shop with the operator alone; gives its id.
    pub fn open_with_operator(&self) -> String {
        let mut state = self.state();
        let (id, now) = (state.new_id("thread"), state.now);
        state.threads.push(Thread::new(&id, "", Vec::new(), "Your documents", now));
        id
    }

    /// Somebody writes in a thread, a second after what happened last; gives the id of the message, or `""` where there is
    /// no such thread.
    pub fn says(&self, thread: &str, who: Who, text: &str, files: &[(&str, Bytes)]) -> String {
        let mut state = self.state();
        state.now += Duration::from_secs(1);
        let files: Vec<(String, Bytes)> = files.iter().map(|(name, file)| ((*name).to_owned(), file.clone())).collect();
        state.add(thread, who, text, &files)
    }

    /// An order as it is now, by its `order_id`.
    pub fn put_order(&self, order: Value) {
        let mut state = self.state();
        state.orders.retain(|known| known.get("order_id") != order.get("order_id"));
        state.orders.push(order);
    }

    /// A return as it is now, by its `id`.
    pub fn put_return(&self, found: Value) {
        let mut state = self.state();
        state.returns.retain(|known| known.get("id") != found.get("id"));
        state.returns.push(found);
    }

    /// Forgets a file.
    pub fn lose_file(&self, id: &str) {
        self.state().files.remove(id);
    }

    /// What was taken by the API, oldest first.
    pub fn taken(&self) -> Vec<TakenMessage> {
        self.state().taken.clone()
    }

    /// A thread with all of its messages as the API shows it; `null` where there is none.
    pub fn thread(&self, id: &str) -> Value {
        let state = self.state();
        state.threads.iter().find(|thread| thread.id == id).map(|thread| thread.shown(usize::MAX)).unwrap_or_default()
    }

    /// A page of threads with these as the API shows it.
    pub fn page_of(&self, threads: &[&str]) -> Value {
        json!({ "data": threads.iter().map(|id| self.thread(id)).collect::<Vec<_>>() })
    }

    /// A refusal as the API words it.
    pub fn refusal(status: u16, words: &str) -> Response {
        Response::json(status, &json!({ "status": status, "message": words }))
    }
}

impl State {
    fn new_id(&mut self, kind: &str) -> String {
        self.last_id += 1;
        format!("{kind}-{:08}", self.last_id)
    }

    /// Adds a message to a thread, and gives its id; `""` where there is no such thread.
    fn add(&mut self, thread: &str, who: Who, text: &str, files: &[(String, Bytes)]) -> String {
        let id = self.new_id("message");
        let text = if self.masks { masked(text) } else { text.to_owned() };
        let mut attached = Vec::new();
        for (name, file) in files {
            let file_id = self.new_id("file");
            attached.push(json!({ "id": file_id, "name": name, "size": file.len() }));
            self.files.insert(file_id, (name.clone(), file.clone()));
        }
        let now = self.now;
        let Some(thread) = self.threads.iter_mut().find(|known| known.id == thread) else { return String::new() };
        thread.add(&id, who, &text, attached, now);
        id
    }

    fn list_threads(&self, request: &Request) -> Response {
        let since = OffsetDateTime::parse(request.query("updated_since"), &Rfc3339).ok();
        let (kind, entities) = (request.query("entity_type"), request.query("entity_id"));
        let messages = if request.query("with_messages") == "true" { 100 } else { 0 };
        let mut found: Vec<&Thread> = self
            .threads
            .iter()
            .filter(|thread| since.is_none_or(|since| thread.updated >= since))
            .filter(|thread| kind.is_empty() || thread.kind() == kind)
            .filter(|thread| entities.is_empty() || entities.split(',').any(|order| order == thread.order))
            .collect();
        found.sort_by(|one, other| (other.updated, &other.id).cmp(&(one.updated, &one.id)));
        let shown = |thread: &&Thread| {
            let mut shown = thread.shown(messages);
            if let Some(fields) = shown.as_object_mut().filter(|_| messages == 0) {
                fields.remove("messages");
            }
            shown
        };
        let key = |thread: &&Thread| format!("{:020}/{}", thread.updated.unix_timestamp_nanos(), thread.id);
        seek(&found, key, shown, request)
    }

    fn list_returns(&self, request: &Request) -> Response {
        let changed = |found: &Value| found.get("last_updated").and_then(Value::as_str).unwrap_or_default().to_owned();
        let since = request.query("return_last_updated_from");
        let key = |found: &&Value| {
            format!("{}/{}", changed(found), found.get("id").and_then(Value::as_str).unwrap_or_default())
        };
        let mut found: Vec<&Value> = self.returns.iter().filter(|found| changed(found).as_str() >= since).collect();
        found.sort_by_key(|found| std::cmp::Reverse(key(found)));
        seek(&found, key, |found| (*found).clone(), request)
    }

    fn list_orders(&self, request: &Request) -> Response {
        let changed =
            |order: &Value| order.get("last_updated_date").and_then(Value::as_str).unwrap_or_default().to_owned();
        let since = request.query("start_update_date");
        let wanted = request.query("order_ids");
        let id = |order: &Value| order.get("order_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_wanted = |order: &&Value| wanted.is_empty() || wanted.split(',').any(|one| one == id(order));
        let new = self.orders.iter().filter(|order| changed(order).as_str() >= since);
        let found: Vec<&Value> = new.filter(is_wanted).collect();
        let number = |name: &str, usual: usize| request.query(name).parse().unwrap_or(usual);
        let page = found.iter().skip(number("offset", 0)).take(number("max", 10).min(100));
        Response::json(200, &json!({ "orders": page.collect::<Vec<_>>(), "total_count": found.len() }))
    }

    fn file(&self, id: &str) -> Response {
        let Some((name, content)) = self.files.get(id) else { return Mirakl::refusal(404, "No such attachment") };
        let file = Response { body: content.clone(), ..Response::status(200) };
        file.with("content-type", "application/octet-stream")
            .with("content-disposition", &format!("attachment; filename=\"{name}\""))
    }

    /// An answer in a thread, whose recipients are things.
    fn reply(&mut self, thread: &str, form: &Form) -> Response {
        let Some(known) = self.threads.iter().find(|known| known.id == thread) else {
            return Mirakl::refusal(404, "Thread not found");
        };
        let kinds: Vec<String> =
            written(&form.words, "to").iter().filter_map(|to| Some(to.get("type")?.as_str()?.to_owned())).collect();
        let ids = written(&form.words, "to").iter().filter_map(|to| to.get("id").and_then(Value::as_str));
        for id in ids {
            if !known.customers.iter().any(|(customer, _)| customer == id) {
                return Mirakl::refusal(400, "A recipient is not an authorized participant of the thread");
            }
        }
        if known.messages.len() >= MOST_MESSAGES {
            return Mirakl::refusal(400, "The thread has too many messages");
        }
        let thread = thread.to_owned();
        self.take(&thread, &kinds, form)
    }

    fn take(&mut self, thread: &str, kinds: &[String], form: &Form) -> Response {
        let text = form.words.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
        let bytes: usize = form.files.iter().map(|(_, file)| file.len()).sum();
        let order = self.threads.iter().find(|known| known.id == thread).map(|known| known.order.clone());
        let of_order = self.threads.iter().filter(|known| Some(&known.order) == order.as_ref());
        let held: usize = of_order.map(Thread::files).sum();
        if !TEXT.contains(&text.chars().count()) {
            return Mirakl::refusal(400, "body: size must be between 3 and 50000");
        }
        if kinds.is_empty() || kinds.iter().any(|kind| kind != "CUSTOMER" && kind != "OPERATOR") {
            return Mirakl::refusal(400, "to: unknown recipient");
        }
        if held + form.files.len() > MOST_FILES || bytes > MOST_BYTES {
            return Mirakl::refusal(400, "files: too many or too large");
        }
        self.now += Duration::from_secs(1);
        let who = match (kinds.iter().any(|kind| kind == "CUSTOMER"), kinds.iter().any(|kind| kind == "OPERATOR")) {
            (true, true) => Who::ShopToBoth,
            (true, false) => Who::Shop,
            _ => Who::ShopToOperator,
        };
        let id = self.add(thread, who, &text, &form.files);
        let topic = self.threads.iter().find(|known| known.id == thread).map(|known| known.topic.clone());
        self.taken.push(TakenMessage {
            id: id.clone(),
            thread: thread.to_owned(),
            topic: topic.unwrap_or_default(),
            text,
            to: kinds.to_vec(),
            files: form.files.iter().map(|(_, file)| file.clone()).collect(),
        });
        Response::json(201, &json!({ "message_id": id, "thread_id": thread }))
    }
}

/// A page of a list that is sorted, newest first, behind the key that the token names.
fn seek<T>(sorted: &[T], key: impl Fn(&T) -> String, shown: impl Fn(&T) -> Value, request: &Request) -> Response {
    let limit = request.query("limit").parse().unwrap_or(A_PAGE).clamp(1, 100);
    let token = request.query("page_token");
    let behind = match token.strip_prefix("after:") {
        Some(last) => last,
        None if token.is_empty() => "~",
        None => return Mirakl::refusal(400, "page_token is not valid"),
    };
    let rest: Vec<&T> = sorted.iter().filter(|entry| key(entry).as_str() < behind).collect();
    let page: Vec<Value> = rest.iter().take(limit).map(|entry| shown(entry)).collect();
    let mut answer = json!({ "data": page });
    let last = rest.get(limit.saturating_sub(1)).filter(|_| rest.len() > limit);
    if let (Some(last), Some(fields)) = (last, answer.as_object_mut()) {
        fields.insert("next_page_token".to_owned(), format!("after:{}", key(last)).into());
    }
    Response::json(200, &answer)
}

/// A text whose e-mail addresses cannot be read.
fn masked(text: &str) -> String {
    text.split(' ').map(|word| if word.contains('@') { "****" } else { word }).collect::<Vec<_>>().join(" ")
}

#[async_trait]
impl Platform for Mirakl {
    async fn answer(&self, request: Request) -> Response {
        let mut state = self.state();
        if request.header("authorization") != state.key {
            return Self::refusal(401, "Unauthorized");
        }
        match (request.method.as_str(), request.segments().as_slice()) {
            ("GET", ["api", "inbox", "threads"]) => state.list_threads(&request),
            ("GET", ["api", "inbox", "threads", id]) => {
                let found = state.threads.iter().find(|thread| thread.id == *id);
                found.map_or_else(
                    || Self::refusal(404, "Thread not found"),
                    |thread| Response::json(200, &thread.shown(usize::MAX)),
                )
            }
            ("GET", ["api", "inbox", "threads", id, "download"]) => state.file(id),
            ("GET", ["api", "orders"]) => state.list_orders(&request),
            ("GET", ["api", "returns"]) => state.list_returns(&request),
            ("POST", ["api", "inbox", "threads", id, "message"]) => match read(&request, "message_input") {
                Some(form) => state.reply(id, &form),
                None => Self::refusal(400, "message_input is missing"),
            },
            _ => Self::refusal(404, "Not found"),
        }
    }
}
