//! Why the agent did what it did: the page of a run, with all that it looked at as long as that is kept.

use std::time::Duration;

use resolute::clock::Clock;
use resolute::config::LlmConfig;
use resolute::jobs::kept_runs::Repeater;
use resolute::jobs::upkeep;
use resolute::model::brand::AgentLevel;
use resolute::model::{AgentRunId, Ts};
use resolute::store::{Db, drafts, run_inputs};
use serde_json::json;
use uuid::Uuid;

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;
use crate::support::openai::{KEY, OpenAi, Reply, repeated};
use crate::support::setup::{MAIL_SERVER, open_demo_shop};

const SOFIE: &str = "sofie.keller@example.org";
const NUMBER: &str = "FJ-20417";

/// A desk on which the agent has drafted an answer to a mail about an order.
async fn asked(engine: Engine, llm: LlmConfig) -> TestDesk {
    let wish = Wish { agent_level: AgentLevel::Approve, llm, may_leave_work: true, ..Wish::exact(engine) };
    let desk = TestDesk::start(wish).await;
    open_demo_shop(&desk.desk, desk.setup.brand).await;
    let mail = format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=example.org\r\nFrom: Sofie Keller <{SOFIE}>\r\n\
         To: help@fjord.example\r\nMessage-ID: <a@x.example>\r\nSubject: Hello\r\n\r\nWhere is my order {NUMBER}? <b>Now</b>\r\n"
    );
    assert_eq!(desk.post_mail(mail.as_bytes()).await.status, 200);
    desk.drain().await;
    desk
}

async fn comes_to_the_same(db: &Db, clock: &Clock) {
    let kept = run_inputs::list_behind(db, (Ts(0), AgentRunId(Uuid::nil())), 9).await.unwrap();
    assert_eq!(kept.len(), 1);
    let differences = Repeater::default().repeat(db, clock, &kept[0]).await.unwrap();
    assert_eq!(differences, Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_shows_what_it_looked_at_until_that_is_forgotten() {
    for engine in Engine::all() {
        let desk = asked(engine, LlmConfig::default()).await;
        let mut browser = desk.browser().await;
        let talk = desk.newest().await;
        let draft = drafts::current(&desk.desk.db, talk.id).await.unwrap().expect("a draft");
        let path = format!("/agent-runs/{}", draft.run_id);
        let link = format!("href=\"{path}\"");
        assert!(page(&mut browser, &format!("/conversations/{}?view=all", talk.number)).await.contains(&link));
        let led = browser.get(&format!("/drafts/{}/agent-run", draft.id)).await.unwrap();
        assert_eq!((led.status, led.header("location")), (303, Some(path.as_str())));

        let shown = page(&mut browser, &path).await;
        for part in [
            "It wrote a reply",
            "By the built-in engine, under <a href=\"/policies/1?brand=",
            "&#60;b&#62;Now&#60;/b&#62;",
            &format!("<b><bdi>Order {NUMBER}</bdi></b>: <span dir=\"auto\">{NUMBER}</span>"),
            &format!("<span>Order <bdi>{NUMBER}</bdi>"),
            "Proved by",
        ] {
            assert!(shown.contains(part), "{part} is not in: {shown}");
        }
        assert!(!shown.contains("What was said with") && !shown.contains("order-actions"), "{shown}");
        comes_to_the_same(&desk.desk.db, &desk.desk.clock).await;

        desk.desk.clock.advance(Duration::from_hours(24 * 91));
        upkeep::forget_runs(&desk.desk).await.unwrap();
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(shown.contains("What it looked at is not kept") && shown.contains("It is kept for 90 days"), "{shown}");
        assert!(shown.contains("It wrote a reply") && !shown.contains("What was to be answered"), "{shown}");
        let unknown = format!("/agent-runs/{}", Uuid::nil());
        assert_eq!(desk.browser().await.get(&unknown).await.unwrap().status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_a_language_model_shows_what_was_said_and_comes_to_the_same_without_it() {
    let server = OpenAi::smart(|body| {
        if body.get("tools").is_none() {
            return Reply::json(&repeated(body));
        }
        Reply::json(&json!({
            "intents": [{"intent": "where_is_my_order", "certainty": 96}], "language": "en",
            "order_numbers": [NUMBER], "tracking_numbers": [], "address": null, "gist": "Asks for it",
        }))
    })
    .await;
    let llm = LlmConfig {
        base_url: server.base_url(),
        api_key: serde_json::from_value(KEY.into()).unwrap(),
        model: "test-model".to_owned(),
        ..LlmConfig::default()
    };
    let desk = asked(Engine::Sqlite, llm).await;
    let said = server.requests().len();
    assert_eq!(said, 2, "it reads and words");
    let (db, clock) = (desk.desk.db.clone(), desk.desk.clock.clone());
    comes_to_the_same(&db, &clock).await;
    let draft = drafts::current(&db, desk.newest().await.id).await.unwrap().expect("a draft");
    let shown = page(&mut desk.browser().await, &format!("/agent-runs/{}", draft.run_id)).await;
    for part in
        ["By the language model test-model", "with the language model, 2 of 2", "You read messages of customers"]
    {
        assert!(shown.contains(part), "{part} is not in: {shown}");
    }
    assert_eq!(server.requests().len(), said, "nobody was asked again");
}
