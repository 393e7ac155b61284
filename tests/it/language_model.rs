//! What the language model costs a brand, and what happens at a limit.

use std::time::Duration;

use resolute::config::LlmConfig;
use resolute::model::brand::AgentLevel;
use resolute::model::llm_cost::{READING, month_of};
use resolute::model::teammate::Role;
use resolute::store::audit::{self, Filter};
use resolute::store::{Reader, agent_runs, llm_costs};
use serde_json::{Value, json};

use crate::mail_path::mail;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::openai::{KEY, OpenAi, Reply, repeated};

const PAGE: &str = "/language-model?brand=fjord";

/// A model that reads each message as a question for the parcel, and words what it is told to say.
fn model(body: &Value) -> Reply {
    if body.get("tools").is_none() {
        return Reply::json(&repeated(body));
    }
    Reply::json(&json!({
        "intents": [{ "intent": "where_is_my_order", "certainty": 96 }], "language": "en", "order_numbers": [],
        "tracking_numbers": [], "address": null, "gist": "Asks where the parcel is",
    }))
}

/// A desk whose model costs a thousand dollars for a million tokens: 0.12 for each answer of the server.
async fn desk(engine: Engine, server: &OpenAi) -> TestDesk {
    let price = || serde_json::from_value(json!(1_000)).unwrap();
    let llm = LlmConfig {
        base_url: server.base_url(),
        api_key: serde_json::from_value(KEY.into()).unwrap(),
        model: "test-model".to_owned(),
        currency: "USD".to_owned(),
        prompt_price: price(),
        completion_price: price(),
        ..LlmConfig::default()
    };
    let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, llm, ..Wish::exact(engine) };
    TestDesk::start(wish).await.with_an_empty_shop().await
}

/// Somebody asks for their parcel, and the agent drafts. Gives the steps of its run.
async fn asked(desk: &TestDesk, name: &str) -> String {
    let from = format!("{name} <{name}@post.example>");
    desk.desk.clock.advance(Duration::from_mins(1));
    let question = mail(
        &format!("{name}@post.example"),
        &from,
        "Where is my parcel?",
        "",
        "Where is my parcel? It should be here by now.",
    );
    assert_eq!(desk.post_mail(&question).await.status, 200);
    desk.drain().await;
    let talk = desk.newest().await;
    let run = agent_runs::latest(&desk.desk.db, talk.id).await.unwrap().expect("the agent ran");
    run.steps.0.iter().map(|step| step.summary.clone()).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn at_its_limit_a_brand_is_answered_by_the_built_in_engine() {
    for engine in Engine::all() {
        let server = OpenAi::smart(model).await;
        let desk = Box::pin(desk(engine, &server)).await;
        let mut browser = desk.browser().await;
        let steps = asked(&desk, "sofie").await;
        assert!(!steps.contains("built-in engine instead"), "{steps}");
        assert_eq!(server.requests().len(), 2);
        let month = month_of(desk.desk.clock.now());
        let costs = llm_costs::of_month(&mut Reader::Db(&desk.desk.db), desk.setup.brand, month).await.unwrap();
        let told: Vec<_> = costs.iter().map(|row| (row.kind.as_str(), row.cost.calls, row.cost.micros)).collect();
        assert_eq!(told, [(READING, 1, 120_000), ("where_is_my_order", 1, 120_000)]);
        let shown = page(&mut browser, PAGE).await;
        assert!(shown.contains("November 2026") && shown.contains("test-model"), "{shown}");
        assert_eq!((shown.matches("0.24 USD").count(), shown.matches("0.12 USD").count()), (1, 2), "{shown}");

        // The longest answer alone would cost more than four dollars.
        taken(&mut browser, "/language-model", &[("brand", "fjord"), ("limit_where_is_my_order", "4.00")]).await;
        assert_eq!(page(&mut browser, PAGE).await.matches("no room for a call").count(), 1);
        let steps = asked(&desk, "ben").await;
        assert!(steps.contains("may cost this month for “Where is my order” leaves no room"), "{steps}");
        assert_eq!(server.requests().len(), 3, "it is read, and not worded");
        taken(&mut browser, "/language-model", &[("brand", "fjord"), ("limit_", "4.00")]).await;
        let steps = asked(&desk, "ann").await;
        assert!(steps.contains("may cost the brand this month leaves no room"), "{steps}");
        assert_eq!(server.requests().len(), 3);
        taken(&mut browser, "/language-model", &[("brand", "fjord"), ("limit_", ""), ("limit_where_is_my_order", "")])
            .await;
        let steps = asked(&desk, "eva").await;
        assert!(!steps.contains("built-in engine instead"), "{steps}");
        assert_eq!(server.requests().len(), 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_a_managers_and_what_is_no_amount_is_said() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let empty = page(&mut browser, PAGE).await;
        assert!(empty.contains("No language model is set."), "{empty}");
        let fields = [("brand", "fjord"), ("limit_", "1,250.00"), ("limit_thanks", "2,50"), ("limit_reading", "")];
        taken(&mut browser, "/language-model", &fields).await;
        let shown = page(&mut browser, PAGE).await;
        let field = |name| value_of(&shown, name);
        assert_eq!((field("limit_"), field("limit_thanks"), field("limit_reading")), limits("1,250.00", "2.50", ""));

        let again = send(&mut browser, "/language-model", &fields).await;
        assert!(said(&again).contains("Nothing was changed."), "{}", said(&again));
        let wrong = [("brand", "fjord"), ("limit_", "lots"), ("limit_thanks", "3")];
        let refused = send(&mut browser, "/language-model", &wrong).await;
        assert_eq!(refused.status, 422);
        let text = refused.text();
        assert!(
            text.contains("Write an amount in EUR, such as 20.00, or nothing") && text.contains("Not saved."),
            "{text}"
        );
        assert_eq!((value_of(&text, "limit_"), value_of(&text, "limit_thanks")), ("lots".to_owned(), "3".to_owned()));
        assert_eq!(llm_costs::limits(&desk.desk.db, desk.setup.brand).await.unwrap().len(), 2);

        let tom = desk.joined("Tom", Role::Teammate).await;
        let mut toms = desk.browser_of(tom).await;
        assert_eq!(toms.get(PAGE).await.unwrap().status, 403);
        assert_eq!(send(&mut toms, "/language-model", &fields).await.status, 403);
        let log = audit::list(&desk.desk.db, &Filter::default(), None, 99).await.unwrap();
        assert_eq!(log.iter().filter(|entry| entry.action == "llm_limits_changed").count(), 1);
    }
}

fn limits(all: &str, thanks: &str, reading: &str) -> (String, String, String) {
    (all.to_owned(), thanks.to_owned(), reading.to_owned())
}
