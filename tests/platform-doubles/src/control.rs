//! The address by which a person makes the doubles misbehave, and customers write: [`page`] says what it takes.

mod faults;
pub mod page;
mod pushes;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use time::Duration;

use crate::server::{Platform, Request, Response};
use crate::together::{Access, Change, Happened, Together, Told, Words};

pub use faults::fault;
use pushes::Manner;

/// The longest delay of a command: a year, in seconds.
const LONGEST: u32 = 366 * 24 * 60 * 60;

/// The address by which the doubles are told what to do.
pub struct Control {
    together: Arc<Together>,
    http: reqwest::Client,
}

/// What somebody writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    platform: String,
    #[serde(default)]
    text: String,
    /// Several, a second after one another.
    #[serde(default)]
    texts: Vec<String>,
    /// Somebody else than the usual customer.
    #[serde(default)]
    customer: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    ago_seconds: u32,
    #[serde(default)]
    push: Manner,
}

/// What somebody does with a message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    platform: String,
    change: Word,
    #[serde(default)]
    id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    sign: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    push: Manner,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Edited,
    TakenBack,
    Reacted,
    Unreacted,
}

/// What became of a message of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome {
    platform: String,
    status: Fate,
    #[serde(default)]
    id: String,
    code: Option<i64>,
    #[serde(default)]
    to: String,
    #[serde(default)]
    push: Manner,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Delivered,
    Read,
    Failed,
}

/// How an access stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    platform: String,
    access: Standing,
    #[serde(default)]
    in_seconds: u32,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Granted,
    Expired,
    Revoked,
}

impl Control {
    /// Over these doubles. `http` pushes what customers write.
    pub fn new(together: Arc<Together>, http: reqwest::Client) -> Self {
        Self { together, http }
    }

    async fn write(&self, order: Message) -> Response {
        let Message { platform, text, texts, customer, to, ago_seconds, push } = order;
        if to.is_empty() && !Together::is_polled(&platform) {
            return refused("Say in `to` where the desk takes its webhooks.");
        }
        if ago_seconds > LONGEST {
            return refused("`ago_seconds` is no more than a year.");
        }
        let ago = Duration::seconds(ago_seconds.into());
        let texts = if texts.is_empty() { vec![text] } else { texts };
        // A second apart, so that each has a moment of its own; a clock that only goes on gives them that by itself.
        let apart = i64::from(platform != "mirakl");
        let earlier = (0..).map(|seconds| ago + Duration::seconds(seconds * apart)).take(texts.len());
        let moments: Vec<Duration> = earlier.collect();
        let words = texts.iter().zip(moments.into_iter().rev());
        let words = words.map(|(text, ago)| Words { text, customer: &customer, to: &to, ago });
        let written = words.map(|words| self.together.write(&platform, words)).collect();
        self.hand_on(written, &push).await
    }

    async fn change(&self, order: Changed) -> Response {
        let Changed { platform, change, id, text, sign, to, push } = order;
        let change = match change {
            Word::Edited => Change::Edited(&text),
            Word::TakenBack => Change::TakenBack,
            Word::Reacted => Change::Reacted(if sign.is_empty() { "\u{1f44d}" } else { &sign }),
            Word::Unreacted => Change::Unreacted,
        };
        if to.is_empty() && !Together::is_polled(&platform) {
            return refused("Say in `to` where the desk takes its webhooks.");
        }
        self.hand_on(self.together.change(&platform, &id, change, &to).map(|done| vec![done]), &push).await
    }

    async fn tell(&self, order: Outcome) -> Response {
        let Outcome { platform, status, id, code, to, push } = order;
        let told = match status {
            Fate::Delivered => Told::Delivered,
            Fate::Read => Told::Read,
            Fate::Failed => Told::Failed(code),
        };
        self.hand_on(self.together.tell(&platform, &id, told, &to).map(|told| vec![told]), &push).await
    }

    /// Pushes what happened, or leaves it there for the desk to fetch.
    async fn hand_on(&self, happened: Result<Vec<Happened>, &'static str>, manner: &Manner) -> Response {
        let happened = match happened {
            Ok(happened) => happened,
            Err(words) => return refused(words),
        };
        let ids: Vec<&str> = happened.iter().map(|happened| happened.id.as_str()).collect();
        if happened.iter().all(|happened| happened.delivery.is_none()) {
            return Response::json(202, &json!({ "ids": ids, "fetched_by": "the desk, when it polls" }));
        }
        if happened.iter().any(|happened| happened.to.is_empty()) {
            return refused("Say in `to` where the desk takes its webhooks.");
        }
        match manner.push(&self.http, &happened).await {
            Ok(answered) => Response::json(200, &json!({ "ids": ids, "answered": answered })),
            Err(words) => refused(words),
        }
    }

    fn turn(&self, order: &Turn) -> Response {
        let access = match order.access {
            Standing::Granted => Access::Granted,
            Standing::Expired => Access::Expired,
            Standing::Revoked => Access::Revoked,
        };
        let after = Duration::seconds(order.in_seconds.min(LONGEST).into());
        match self.together.set_access(&order.platform, access, after) {
            Ok(()) => Response::status(204),
            Err(words) => refused(words),
        }
    }
}

#[async_trait]
impl Platform for Control {
    async fn answer(&self, request: Request) -> Response {
        match (request.method.as_str(), request.segments().as_slice()) {
            ("GET", []) => page::shown(&self.together.listing()),
            ("GET", ["platforms"]) => Response::json(200, &self.together.listing()),
            ("POST", ["faults"]) => faults::wait(&self.together, &request.json()),
            ("DELETE", ["faults"]) => {
                self.together.behave();
                Response::status(204)
            }
            ("GET", ["calls"]) => match self.together.calls(request.query("platform")) {
                Some(calls) => Response::json(200, &calls),
                None => refused("There is no such platform."),
            },
            ("POST", ["messages"]) => match read(&request) {
                Ok(order) => self.write(order).await,
                Err(refusal) => refusal,
            },
            ("POST", ["changes"]) => match read(&request) {
                Ok(order) => self.change(order).await,
                Err(refusal) => refusal,
            },
            ("POST", ["statuses"]) => match read(&request) {
                Ok(order) => self.tell(order).await,
                Err(refusal) => refusal,
            },
            ("POST", ["access"]) => match read(&request) {
                Ok(order) => self.turn(&order),
                Err(refusal) => refusal,
            },
            _ => Response::status(404),
        }
    }
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Response> {
    serde_json::from_slice(&request.body).map_err(|error| refused(&error.to_string()))
}

fn refused(words: &str) -> Response {
    Response::json(400, &json!({ "error": words }))
}
