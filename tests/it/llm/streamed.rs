use std::ops::ControlFlow;
use std::time::Duration;

use super::*;
use crate::support::openai::{Ending, OpenAi, Reply};
use resolute::llm::{LlmError, Refusal, Streamed, Usage};

async fn stream(server: &OpenAi) -> (Result<Streamed, LlmError>, Vec<String>) {
    stream_for(server, Duration::from_secs(20)).await
}

async fn stream_for(server: &OpenAi, limit: Duration) -> (Result<Streamed, LlmError>, Vec<String>) {
    let mut pieces = Vec::new();
    let llm = server.llm_with(|settings| settings.timeout = limit);
    let result = llm
        .stream_text(&request(), |piece| {
            pieces.push(piece.to_owned());
            ControlFlow::Continue(())
        })
        .await;
    (result, pieces)
}

fn two_pieces(ending: Ending) -> Reply {
    Reply::Stream(vec!["Hi ".to_owned(), "Sofie".to_owned()], ending)
}

#[tokio::test]
async fn pieces_come_as_they_are_written() {
    let server = OpenAi::start([Reply::text("Hi Sofie, it is on its way.")]).await;
    let (result, pieces) = stream(&server).await;
    let usage = Usage { prompt_tokens: 100, completion_tokens: 20 };
    let text = "Hi Sofie, it is on its way.".to_owned();
    assert_eq!(result.unwrap(), Streamed { text, cancelled: false, usage });
    assert_eq!(pieces, ["Hi ", "Sofie, ", "it ", "is ", "on ", "its ", "way."]);
    assert_eq!(server.requests()[0].body["stream"], true);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_an_error() {
    let short = Duration::from_millis(300);
    for (ending, wanted) in [
        (Ending::Early, LlmError::Unavailable { reason: "the answer broke off before its end" }),
        (Ending::Reset, LlmError::Unavailable { reason: "the connection broke off" }),
        (Ending::Error, LlmError::Unavailable { reason: "its server broke off with an error" }),
        (Ending::Broken, LlmError::Nonsense { reason: "it is not JSON" }),
        (Ending::Hang, LlmError::Timeout { after: short }),
    ] {
        let server = OpenAi::start([two_pieces(ending), Reply::text("never asked for")]).await;
        let limit = if matches!(ending, Ending::Hang) { short } else { Duration::from_secs(20) };
        let (result, pieces) = stream_for(&server, limit).await;
        assert_eq!(result.unwrap_err(), wanted);
        assert!(pieces.len() <= 2, "{pieces:?}");
        assert_eq!(server.left(), 1, "what was shown is not written a second time: {ending:?}");
    }
}

#[tokio::test]
async fn trouble_before_the_first_piece_is_retried_and_steps_down() {
    let server = OpenAi::start([
        Reply::Status(503, None, String::new()),
        Reply::does_not_know("stream_options"),
        Reply::text("Hi"),
    ])
    .await;
    assert_eq!(stream(&server).await.0.unwrap().text, "Hi");
    assert_eq!(server.requests()[2].body.get("stream_options"), None);
    let server = OpenAi::start([Reply::Status(401, None, "{}".to_owned())]).await;
    assert_eq!(stream(&server).await.0.unwrap_err(), LlmError::Refused(Refusal::Key));
}

#[tokio::test]
async fn it_can_be_cancelled_while_the_server_still_writes() {
    let server = OpenAi::start([two_pieces(Ending::Hang)]).await;
    let mut seen = 0;
    let streamed = server
        .llm()
        .stream_text(&request(), |_| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await
        .unwrap();
    assert_eq!((streamed.text.as_str(), streamed.cancelled), ("Hi Sofie", true));
}

#[tokio::test]
async fn an_empty_answer_is_nonsense() {
    let server = OpenAi::start([Reply::Stream(vec![], Ending::Done)]).await;
    assert_eq!(stream(&server).await.0.unwrap_err(), LlmError::Nonsense { reason: "it is empty" });
}
