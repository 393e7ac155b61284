//! The agent's answer as the customer sees it come: what the run is at while it is under way, and only what holds. Where a
//! person reads the answer first, or has the conversation, nothing is said of the agent's work.

use std::sync::Arc;
use std::time::Duration;

use resolute::config::LlmConfig;
use resolute::model::brand::AgentLevel;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::openai::{KEY, OpenAi, Reply, repeated};
use crate::support::socket::Socket;
use crate::support::stream::Stream;

const PATIENCE: Duration = Duration::from_secs(20);
pub(super) const QUESTION: &str = "Where is my order?";

/// A language model that thinks until it is let go on: first about what is wanted, then about the words.
pub(super) struct Slow {
    pub(super) llm: LlmConfig,
    asked: Arc<Semaphore>,
    gate: Arc<Semaphore>,
    _server: OpenAi,
}

impl Slow {
    pub(super) async fn start() -> Self {
        let (asked, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (tells, waits) = (asked.clone(), gate.clone());
        let server = OpenAi::smart(move |body| {
            tells.add_permits(1);
            Reply::Held(waits.clone(), Box::new(thought(body)))
        })
        .await;
        let llm = LlmConfig {
            base_url: server.base_url(),
            api_key: serde_json::from_value(KEY.into()).unwrap(),
            model: "test-model".to_owned(),
            ..LlmConfig::default()
        };
        Self { llm, asked, gate, _server: server }
    }

    /// Waits until it thinks about the next thing.
    pub(super) async fn asked(&self) {
        timeout(PATIENCE, self.asked.acquire()).await.expect("the model is asked").unwrap().forget();
    }

    /// Lets it answer so many times.
    pub(super) fn answer(&self, times: usize) {
        self.gate.add_permits(times);
    }
}

fn thought(body: &Value) -> Reply {
    if body.get("tools").is_none() {
        return Reply::json(&repeated(body));
    }
    Reply::json(&json!({
        "intents": [{ "intent": "where_is_my_order", "certainty": 96 }], "language": "en", "order_numbers": [],
        "tracking_numbers": [], "address": null, "gist": "Asks where the order is",
    }))
}

async fn desk_with(slow: &Slow, engine: Engine) -> (TestDesk, Chat) {
    let llm = slow.llm.clone();
    let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, llm, ..Wish::lively(engine) };
    let desk = TestDesk::start(wish).await.with_an_empty_shop().await;
    let chat = Chat::of(&desk).await;
    (desk, chat)
}

async fn until_at(line: &mut Socket, stage: &str) {
    while line.next_of("doing").await["what"] != stage {}
}

/// The next message that is not the visitor's own.
pub(super) async fn reply_on(line: &mut Socket) -> Value {
    loop {
        let frame = line.next_of("message").await;
        if frame["from"] != "visitor" {
            return frame;
        }
    }
}

/// Everything that was said on a line so far.
async fn said_on(line: &mut Socket) -> Vec<Value> {
    line.send(&json!({ "t": "ping" })).await;
    let mut said = Vec::new();
    loop {
        match line.next_of_any().await {
            frame if frame["t"] == "pong" => return said,
            frame => said.push(frame),
        }
    }
}

/// Waits until the agent has nothing to do.
async fn no_run_is_left(desk: &TestDesk) {
    let over = async {
        while desk.unfinished().await.iter().any(|job| job.starts_with("agent_run")) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, over).await.expect("the run ends");
}

/// What was said of the agent's work among these frames, beside that there is nothing to say.
fn at_work(frames: &[Value]) -> Vec<&Value> {
    let stages = frames.iter().flat_map(|frame| [&frame["what"], &frame["state"]["doing"]]);
    stages.filter(|stage| stage.as_str().is_some_and(|stage| !stage.is_empty())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_sees_what_the_agent_is_at_and_then_its_whole_answer() {
    for engine in Engine::all() {
        let slow = Slow::start().await;
        let (desk, chat) = desk_with(&slow, engine).await;

        // Somebody else has their answer already.
        slow.answer(2);
        let token = chat.begin(&desk, &json!({})).await;
        let (mut other, _) = chat.join(&desk, &token, 0).await;
        other.send(&message(1, QUESTION)).await;
        reply_on(&mut other).await;
        slow.asked().await;
        slow.asked().await;

        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["doing"], "");
        line.send(&message(2, QUESTION)).await;
        slow.asked().await;
        until_at(&mut line, "reading").await;

        // Whoever comes back is told the same, over sockets and where they do not get through.
        let (mut again, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["doing"], "reading");
        let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
        assert_eq!(stream.next_of("joined").await["state"]["doing"], "reading");

        slow.answer(1);
        slow.asked().await;
        for line in [&mut line, &mut again] {
            until_at(line, "looking_up").await;
            until_at(line, "writing").await;
        }
        while stream.next_of("doing").await["what"] != "writing" {}
        let meanwhile = said_on(&mut again).await;
        assert!(meanwhile.iter().all(|frame| frame["from"] != "agent"), "only what is checked is said: {meanwhile:?}");

        slow.answer(1);
        for line in [&mut line, &mut again] {
            let reply = reply_on(line).await;
            assert_eq!(reply["from"], "agent");
            let text = reply["text"].as_str().unwrap();
            assert!(text.ends_with("The number is in your order confirmation."), "{text}");
        }
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["doing"], "");
        assert_eq!(at_work(&said_on(&mut other).await), Vec::<&Value>::new(), "each chat hears of its own");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_person_hears_no_more_of_the_agent() {
    for engine in Engine::all() {
        let slow = Slow::start().await;
        let (desk, chat) = desk_with(&slow, engine).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, QUESTION)).await;
        slow.asked().await;
        until_at(&mut line, "reading").await;

        let wants = json!({ "t": "person", "id": Uuid::from_u128(2), "text": "I would like to talk to a person." });
        line.send(&wants).await;
        let state = loop {
            let frame = line.next_of("state").await;
            if frame["state"]["with"] == "person" {
                break frame;
            }
        };
        assert_eq!(state["state"]["doing"], "");
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!((joined["state"]["with"].as_str(), joined["state"]["doing"].as_str()), (Some("person"), Some("")));

        // The run goes on to its end, and nobody is told.
        slow.answer(20);
        no_run_is_left(&desk).await;
        let said = said_on(&mut line).await;
        assert_eq!(at_work(&said), Vec::<&Value>::new(), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_answer_leaves_alone_nothing_is_said_of_the_agents_work() {
    for level in [AgentLevel::Approve, AgentLevel::Off] {
        let wish = Wish { may_leave_work: true, agent_level: level, ..Wish::lively(Engine::Sqlite) };
        let desk = TestDesk::start(wish).await.with_an_empty_shop().await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, QUESTION)).await;
        line.next_of("message").await;
        no_run_is_left(&desk).await;
        let waiting = desk.api_get("/api/v1/approvals").await["items"].as_array().map(Vec::len);
        assert_eq!(waiting, Some(usize::from(level == AgentLevel::Approve)), "{level}");
        let said = said_on(&mut line).await;
        assert!(said.iter().all(|frame| frame["t"] != "doing"), "{level}: {said:?}");
        assert_eq!(at_work(&said), Vec::<&Value>::new(), "{level}: {said:?}");
    }
}
