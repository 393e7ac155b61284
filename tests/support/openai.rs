//! A language model's server on loopback: plays a script, or lets a closure act as the model, and misbehaves on request.
//!
//! It speaks HTTP/1.1 by hand, because a real server library does not let a test hang, cut or reset a connection.

use std::{
    collections::VecDeque,
    net::Ipv4Addr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use resolute::llm::{ApiKey, Llm, Settings};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

/// The key that the server takes.
pub(crate) const KEY: &str = "sk-test-loopback";

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The model says this.
    Text(String),
    /// The model asks for tools: name and arguments as text, which may be broken.
    Tools(Vec<(String, String)>),
    /// The model declines in the field made for it.
    Declines,
    /// The answer stops at the limit of tokens.
    Cut(String),
    /// An answer without choices.
    NoChoices,
    /// A status with a body, and seconds for `Retry-After`.
    Status(u16, Option<u64>, String),
    /// A body of some type with status 200.
    Raw(&'static str, String),
    /// Nothing, and the connection stays open.
    Hang,
    /// The connection is reset before an answer.
    Reset,
    /// Another reply, once there is a permit for it; each takes one.
    Held(Arc<Semaphore>, Box<Self>),
}

impl Reply {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::Text(value.to_string())
    }

    pub(crate) fn tool(name: &str, arguments: &Value) -> Self {
        Self::Tools(vec![(name.to_owned(), arguments.to_string())])
    }

    /// A server that does not know a field of the request.
    pub(crate) fn does_not_know(field: &str) -> Self {
        let error = json!({"error": {"message": format!("Unrecognized request argument supplied: {field}")}});
        Self::Status(400, None, error.to_string())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: Value,
}

impl Recorded {
    /// All texts of messages with this role, one below the other.
    pub(crate) fn said_by(&self, role: &str) -> String {
        said_by(&self.body, role)
    }
}

/// All texts of messages with this role, one below the other.
pub(crate) fn said_by(body: &Value, role: &str) -> String {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let texts = messages.iter().filter(|message| message["role"] == role);
    texts.filter_map(|message| message["content"].as_str()).collect::<Vec<_>>().join("\n")
}

/// What the tools gave so far, in order: for closures that act as the model.
pub(crate) fn tool_results(body: &Value) -> Vec<Value> {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let results = messages.iter().filter(|message| message["role"] == "tool");
    results.map(|message| serde_json::from_str(message["content"].as_str().unwrap()).unwrap()).collect()
}

/// What a model without ideas of its own words: it repeats what it was told to say.
pub(crate) fn repeated(body: &Value) -> Value {
    let user = said_by(body, "user");
    let block = user.split("<data label=\"what to say\">\n").nth(1).unwrap().split("\n</data>").next().unwrap();
    let line = |line: &str| {
        let (text, keys) = line.trim_start_matches("| ").trim_end_matches(']').rsplit_once(" [")?;
        let keys: Vec<&str> = keys.split(", ").filter(|key| !key.is_empty()).collect();
        Some(json!({"text": text, "evidence": keys, "starts_paragraph": false}))
    };
    json!({"sentences": block.lines().filter_map(line).collect::<Vec<_>>()})
}

/// A closure that acts as the model. When it panics, the connection is reset, and the test fails in the end: what is
/// tested may well survive a reset.
struct Acting {
    model: Box<dyn Fn(&Value) -> Reply + Send + Sync>,
    failed: Arc<AtomicBool>,
}

impl Acting {
    fn answer(&self, body: &Value) -> Reply {
        let answer = catch_unwind(AssertUnwindSafe(|| (self.model)(body)));
        answer.unwrap_or_else(|_| {
            self.failed.store(true, Ordering::Relaxed);
            Reply::Reset
        })
    }
}

/// The server. It stops when it is dropped.
pub(crate) struct OpenAi {
    address: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
    script: Arc<Mutex<VecDeque<Reply>>>,
    failed: Arc<AtomicBool>,
    server: JoinHandle<()>,
}

impl OpenAi {
    /// Answers with these, in order; when they are used up, with status 418, which no client retries.
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let turns = Arc::clone(&script);
        let model = move |_: &Value| {
            let next = turns.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Reply::Status(418, None, "the script is over".to_owned()))
        };
        let mut server = Self::smart(model).await;
        server.script = script;
        server
    }

    /// Lets a closure be the model: it reads the request, tools' results included, and answers.
    pub(crate) async fn smart(model: impl Fn(&Value) -> Reply + Send + Sync + 'static) -> Self {
        // Whoever builds the first client of the test run chooses the TLS provider; there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let failed = Arc::new(AtomicBool::new(false));
        let model = Arc::new(Acting { model: Box::new(model), failed: Arc::clone(&failed) });
        let seen = Arc::clone(&requests);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&model), Arc::clone(&seen)));
            }
        });
        Self { address, requests, script: Arc::default(), failed, server }
    }

    /// What to give as `base_url`.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// A connection to it with short pauses.
    pub(crate) fn llm(&self) -> Llm {
        self.llm_with(|_| {})
    }

    /// A connection with other settings.
    pub(crate) fn llm_with(&self, change: impl FnOnce(&mut Settings)) -> Llm {
        let mut settings = Settings::new(self.base_url(), ApiKey::new(KEY), "test-model");
        settings.timeout = Duration::from_secs(20);
        settings.first_pause = Duration::from_millis(1);
        change(&mut settings);
        Llm::new(settings, reqwest::Client::builder().no_proxy().build().unwrap()).unwrap()
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }

    /// Replies of the script that nobody asked for yet.
    pub(crate) fn left(&self) -> usize {
        self.script.lock().unwrap().len()
    }
}

impl Drop for OpenAi {
    fn drop(&mut self) {
        self.server.abort();
        let failed = self.failed.load(Ordering::Relaxed);
        assert!(!failed || std::thread::panicking(), "an assertion of the acting model failed, see above");
    }
}

async fn serve(mut stream: TcpStream, model: Arc<Acting>, seen: Arc<Mutex<Vec<Recorded>>>) {
    while let Some(request) = read_request(&mut stream).await {
        let allowed = request.authorization == format!("Bearer {KEY}");
        let (path, body) = (request.path.clone(), request.body.clone());
        seen.lock().unwrap().push(request);
        let reply = match () {
            () if path != "/v1/chat/completions" => Reply::Status(404, None, "no such path".to_owned()),
            () if !allowed => Reply::Status(401, None, json!({"error": {"message": "bad key"}}).to_string()),
            () => model.answer(&body),
        };
        if answer(&mut stream, let_go(reply).await).await.is_none() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Recorded> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Recorded {
        path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
        authorization: header("authorization").unwrap_or_default(),
        body: serde_json::from_slice(&bytes[head_end..head_end + length]).unwrap_or(Value::Null),
    })
}

async fn let_go(reply: Reply) -> Reply {
    let Reply::Held(gate, held) = reply else { return reply };
    gate.acquire().await.unwrap().forget();
    *held
}

/// `None` when the connection is over.
async fn answer(stream: &mut TcpStream, reply: Reply) -> Option<()> {
    let message = |content: Value, finish: &str| {
        json!({
            "id": "x", "object": "chat.completion", "created": 0, "model": "test-model",
            "choices": [{"index": 0, "message": content, "finish_reason": finish}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        })
    };
    let value = match reply {
        Reply::Text(text) => message(json!({"role": "assistant", "content": text}), "stop"),
        Reply::Cut(text) => message(json!({"role": "assistant", "content": text}), "length"),
        Reply::Declines => message(json!({"role": "assistant", "content": null, "refusal": "I can't."}), "stop"),
        Reply::NoChoices => json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 0}}),
        Reply::Tools(calls) => {
            let calls: Vec<Value> = calls
                .iter()
                .zip(1..)
                .map(|((name, arguments), at)| {
                    json!({"id": format!("c{at}"), "type": "function", "function": {"name": name, "arguments": arguments}})
                })
                .collect();
            message(json!({"role": "assistant", "content": null, "tool_calls": calls}), "tool_calls")
        }
        Reply::Status(status, after, body) => return whole(stream, status, after, "application/json", &body).await,
        Reply::Raw(kind, body) => return whole(stream, 200, None, kind, &body).await,
        Reply::Hang => return std::future::pending().await,
        Reply::Held(..) => unreachable!("it was let go"),
        Reply::Reset => {
            stream.set_zero_linger().unwrap();
            return None;
        }
    };
    whole(stream, 200, None, "application/json", &value.to_string()).await
}

async fn whole(stream: &mut TcpStream, status: u16, after: Option<u64>, kind: &str, body: &str) -> Option<()> {
    let after = after.map(|seconds| format!("retry-after: {seconds}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{after}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).await.ok()
}
