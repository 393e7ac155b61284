use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
use crate::support::openai::{KEY, OpenAi, Reply};
use resolute::llm::{ApiKey, Llm, LlmError, Refusal, Settings};

async fn error_of(replies: impl IntoIterator<Item = Reply>) -> (LlmError, usize) {
    let server = OpenAi::start(replies).await;
    let error = server.llm().complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
    (error, server.requests().len())
}

fn status(status: u16, text: &str) -> Reply {
    Reply::Status(status, None, json!({"error": {"message": format!("{text} {CUSTOMER} {KEY}")}}).to_string())
}

#[tokio::test]
async fn each_refusal_says_what_to_change_and_is_not_retried() {
    for (reply, wanted) in [
        (status(401, "bad key"), LlmError::Refused(Refusal::Key)),
        (status(403, "not yours"), LlmError::Refused(Refusal::Permission)),
        (status(404, "no such model"), LlmError::Refused(Refusal::Model)),
        (status(402, "pay"), LlmError::Refused(Refusal::Credit)),
        (status(429, "insufficient_quota"), LlmError::Refused(Refusal::Credit)),
        (status(400, "no"), LlmError::Refused(Refusal::Form { status: 400 })),
        (status(400, "context_length_exceeded"), LlmError::TooLong),
        (status(413, "too large"), LlmError::TooLong),
        (Reply::Raw("text/html", "<h1>Welcome</h1>".to_owned()), LlmError::Refused(Refusal::Address)),
        (Reply::Raw("application/json", "{\"choices\": [".to_owned()), LlmError::Nonsense { reason: "it is not JSON" }),
    ] {
        assert_eq!(error_of([reply.clone(), Reply::json(&good())]).await, (wanted, 1), "{reply:?}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused() {
    let server = OpenAi::start([]).await;
    let llm = server.llm_with(|settings| settings.api_key = ApiKey::new("sk-other"));
    let error = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
    assert_eq!(error, LlmError::Refused(Refusal::Key));
}

#[tokio::test]
async fn a_passing_trouble_is_retried_twice_at_most() {
    let passing =
        [status(500, "oops"), status(503, "busy"), Reply::Reset, Reply::Status(429, Some(0), "{}".to_owned())];
    for reply in passing {
        let server = OpenAi::start([reply.clone(), reply.clone(), Reply::json(&good())]).await;
        let completion = server.llm().complete_structured::<Answer>(&request(), &schema()).await;
        assert_eq!(completion.unwrap().value, answer(), "{reply:?}");

        let (error, asked) = error_of(vec![reply.clone(); 9]).await;
        assert!(matches!(error, LlmError::Unavailable { .. } | LlmError::Retry { .. }), "{reply:?}: {error:?}");
        assert_eq!(asked, 3, "{reply:?}");
    }
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let (error, asked) = error_of([Reply::Status(429, Some(90), "{}".to_owned())]).await;
    assert_eq!((error.clone(), asked), (LlmError::Retry { after: Some(Duration::from_secs(90)) }, 1));
    assert_eq!(error.to_string(), "the language model is busy: it asks to wait 90 s");
}

#[tokio::test]
async fn a_server_that_hangs_or_is_not_there_ends_in_time() {
    let server = OpenAi::start([Reply::Hang]).await;
    let limit = Duration::from_millis(200);
    let llm = server.llm_with(|settings| settings.timeout = limit);
    let error = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
    assert_eq!(error, LlmError::Timeout { after: limit });

    let port = crate::support::ports::free_port();
    let settings = Settings::new(format!("http://127.0.0.1:{port}"), ApiKey::default(), "m");
    let llm = Llm::new(settings, reqwest::Client::builder().no_proxy().build().unwrap()).unwrap();
    let error = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
    assert_eq!(error, LlmError::Unavailable { reason: "its server cannot be reached" });
}

/// Collects all that is logged on this thread, by whatever crate.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_errors_nor_the_log_hold_what_was_said_or_the_key() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let echo = || format!("{CUSTOMER} {KEY}");
    let mut told = String::new();
    for reply in [
        status(400, "no"),
        status(500, "oops"),
        status(429, "slow down"),
        Reply::Status(500, None, echo()),
        Reply::Status(400, None, echo()),
        Reply::Raw("application/json", echo()),
        Reply::Raw("text/html", echo()),
        Reply::text(echo()),
        Reply::json(&json!({"intent": echo(), "order": null})),
    ] {
        let server = OpenAi::start(vec![reply; 4]).await;
        let llm = server.llm();
        let error = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
        writeln!(told, "{error} {error:?} {llm:?} {:?}", request()).unwrap();
    }
    drop(guard);
    told.push_str(&String::from_utf8_lossy(&log.0.lock().unwrap()));
    assert!(told.contains("asked again"), "the log was listened to: {told}");
    for secret in ["hunter2", "gaiters", KEY] {
        assert!(!told.contains(secret), "{secret} in: {told}");
    }
}
