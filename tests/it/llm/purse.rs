use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::support::openai::{OpenAi, Reply};
use crate::support::purse::Jar;
use resolute::llm::{Llm, LlmError, Prices, Purse, Unpaid};
use resolute::model::llm_cost::{ALL_KINDS, Cost};

/// A millionth a token read and two a token written: an answer of the server costs 140.
const PRICES: Prices = Prices { prompt: 1_000_000, completion: 2_000_000 };
const ANSWER: Cost = Cost { calls: 1, prompt_tokens: 100, completion_tokens: 20, micros: 140 };
/// What the longest answer costs.
const LONGEST: i64 = 2 * 4_096;

fn paid_from(jar: &Arc<Jar>, server: &OpenAi, change: impl FnOnce(&mut resolute::llm::Settings)) -> Llm {
    let llm = server.llm_with(|settings| {
        settings.prices = PRICES;
        change(settings);
    });
    let purse: Arc<dyn Purse> = jar.clone();
    llm.paid_from(&purse, "thanks")
}

async fn ask(llm: &Llm) -> Result<Answer, LlmError> {
    llm.complete_structured::<Answer>(&request(), &schema()).await.map(|completion| completion.value)
}

#[tokio::test]
async fn each_call_is_paid_before_it_is_sent_and_what_it_did_not_cost_goes_back() {
    let server =
        OpenAi::start([Reply::Status(500, None, String::new()), Reply::text("no"), Reply::json(&good())]).await;
    let jar = Jar::of(1_000_000);
    assert_eq!(ask(&paid_from(&jar, &server, |_| {})).await, Ok(answer()));
    assert_eq!(jar.spent("thanks"), ANSWER.plus(ANSWER), "the repair costs too, the server's trouble nothing");
    assert_eq!(jar.spent("stock"), Cost::default());
}

#[tokio::test]
async fn a_call_that_may_cost_more_than_is_there_is_not_sent() {
    let server = OpenAi::start([Reply::json(&good()), Reply::json(&good())]).await;
    let jar = Jar::of(LONGEST + 1_500);
    let llm = paid_from(&jar, &server, |_| {});
    assert_eq!(ask(&llm).await, Ok(answer()));
    // Room for the longest answer, and none for the question.
    let small = Jar::of(LONGEST);
    assert_eq!(ask(&paid_from(&small, &server, |_| {})).await, Err(LlmError::Unpaid(Unpaid::Brand)));
    assert_eq!((server.requests().len(), server.left()), (1, 1));
    assert_eq!((jar.spent(ALL_KINDS), small.spent(ALL_KINDS)), (ANSWER, Cost::default()));
    let words = LlmError::Unpaid(Unpaid::Brand).to_string();
    assert!(words.contains("leaves no room for another call"), "{words}");
}

#[tokio::test]
async fn a_server_that_tells_no_usage_is_paid_by_length() {
    let untold = json!({"choices": [{"message": {"content": good().to_string()}, "finish_reason": "stop"}]});
    let server = OpenAi::start([Reply::Raw("application/json", untold.to_string())]).await;
    let jar = Jar::of(1_000_000);
    assert_eq!(ask(&paid_from(&jar, &server, |_| {})).await, Ok(answer()));
    let cost = jar.spent("thanks");
    let sent = server.requests()[0].body.to_string().len().div_ceil(3);
    assert_eq!((cost.calls, cost.prompt_tokens), (1, i64::try_from(sent).unwrap()));
    assert!(cost.completion_tokens > 10 && cost.micros == cost.prompt_tokens + 2 * cost.completion_tokens, "{cost:?}");
}

#[tokio::test]
async fn what_nobody_saw_the_end_of_stays_paid_at_its_dearest() {
    let server = OpenAi::start([Reply::Hang]).await;
    let jar = Jar::of(1_000_000);
    let llm = paid_from(&jar, &server, |settings| settings.timeout = Duration::from_millis(200));
    assert!(matches!(ask(&llm).await, Err(LlmError::Timeout { .. })));
    let cost = jar.spent("thanks");
    assert_eq!((cost.calls, cost.completion_tokens), (1, 4_096));
    assert!(cost.micros > LONGEST, "{cost:?}");
}

#[tokio::test]
async fn a_call_that_a_gateway_gave_up_stays_paid_at_its_dearest() {
    for status in [408, 504, 524] {
        let server = OpenAi::start([Reply::Status(status, None, String::new()), Reply::json(&good())]).await;
        let jar = Jar::of(1_000_000);
        assert_eq!(ask(&paid_from(&jar, &server, |_| {})).await, Ok(answer()), "{status}: it is asked again");
        let cost = jar.spent("thanks");
        assert_eq!((cost.calls, cost.completion_tokens), (2, 4_096 + 20), "{status}");
    }
}
