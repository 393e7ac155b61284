//! An answer to LINE within a minute goes as a reply: it costs nothing, and LINE does not know it again. What comes later is
//! pushed under a key, and is one message however often it comes; [`super::matrix`] measures that.

use std::time::Duration;

use platform_doubles::line::Line;
use platform_doubles::{Fault, Response};

use crate::mail_path::{answer, last_message};
use crate::support::desk::{Engine, Wish};
use crate::support::stand::{QUESTION, Stand};

async fn stand(engine: Engine) -> Stand {
    Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["line"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_within_a_minute_is_a_reply_and_others_are_pushed() {
    for engine in Engine::all() {
        Box::pin(two_ways(engine)).await;
    }
}

async fn two_ways(engine: Engine) {
    let stand = Box::pin(stand(engine)).await;
    let (desk, line) = (&stand.desk, stand.line());
    let late = stand.asks(line, 1, QUESTION).await;
    stand.pass(Duration::from_mins(1)).await;
    let soon = stand.asks(line, 2, QUESTION).await;
    let answers =
        [(soon, "It left today.", true), (soon, "It comes tomorrow.", false), (late, "It is at your door.", false)];
    for (number, text, is_reply) in answers {
        answer(desk, number, text).await;
        desk.drain().await;
        let last = stand.platforms.together.line().sent().pop().expect("it left");
        assert_eq!((last.text.as_str(), last.is_reply), (text, is_reply));
    }
    assert_eq!(stand.platforms.sent(line).len(), answers.len(), "each left once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_line_refuses_is_pushed_and_one_in_doubt_waits_for_a_person() {
    for engine in Engine::all() {
        Box::pin(under_trouble(engine)).await;
    }
}

async fn under_trouble(engine: Engine) {
    let stand = Box::pin(stand(engine)).await;
    let (desk, line) = (&stand.desk, stand.line());
    let limited = Line::refusal(429, "The API rate limit has been exceeded. Try again later.");
    let stale = Line::refusal(400, "Invalid reply token");
    let (as_reply, as_push) = (Some(true), Some(false));
    let troubles = [
        ("limited", Fault::Answer(limited), "sent", as_push),
        ("stale", Fault::Answer(stale), "sent", as_push),
        ("busy", Fault::Answer(Response::status(503)), "held", None),
        ("a gateway", Fault::AnswerAfterBody(Response::status(502)), "held", as_reply),
        ("cut off", Fault::ResetAfterBody, "held", as_reply),
        ("lost", Fault::LoseAfterBody, "held", None),
    ];
    for ((name, fault, delivery, way), person) in troubles.into_iter().zip(1..) {
        let number = stand.asks(line, person, QUESTION).await;
        assert!(stand.platforms.together.misbehave("line", "POST", "/message/reply", fault, 1));
        let text = format!("It left in the morning, with trouble: {name}.");
        answer(desk, number, &text).await;
        desk.drain().await;
        for _ in 0..4 {
            stand.pass(Duration::from_mins(1)).await;
        }
        let message = last_message(desk, number).await;
        assert_eq!(message["delivery"], delivery, "{name}: {message}");
        let says = message["delivery_reason"].as_str().unwrap_or_default().contains("may have arrived");
        assert_eq!(says, delivery == "held", "{name}: {message}");
        let sent = stand.platforms.together.line().sent();
        let ways: Vec<bool> = sent.iter().filter(|sent| sent.text == text).map(|sent| sent.is_reply).collect();
        assert_eq!(ways, way.into_iter().collect::<Vec<bool>>(), "{name}: at most once, by this way");
    }
}
