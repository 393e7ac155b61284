//! What a platform has against an account fails no reply: replies wait, an admin sees why, and all of them leave once the account
//! is put right.

use std::time::Duration;

use platform_doubles::meta::error;
use platform_doubles::{Fault, Response};
use resolute::model::channel::ChannelState;
use serde_json::json;

use crate::mail_path::{answer, last_message};
use crate::support::desk::{Engine, Wish};
use crate::support::forms::page;
use crate::support::stand::{QUESTION, Stand};

const REPLY: &str = "It left this morning.";
/// Meta has blocked the account, or its access may not do this.
const BLOCKED: i64 = 368;
const NOT_ALLOWED: i64 = 200;
const ALARM: &str = "Replies do not leave through";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_platform_has_against_the_account_fails_no_reply() {
    for engine in Engine::all() {
        for (code, words) in [(BLOCKED, "Meta has blocked the account"), (NOT_ALLOWED, "The access lacks permissions")]
        {
            Box::pin(waits(engine, code, words)).await;
        }
    }
}

async fn waits(engine: Engine, code: i64, words: &str) {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["messenger"]).await;
    let (desk, line, together) = (&stand.desk, stand.line(), &stand.platforms.together);
    let mut numbers = Vec::new();
    for person in 1..=3 {
        numbers.push(stand.asks(line, person, QUESTION).await);
    }
    let refusal = Fault::Answer(error(400, code, 0, false));
    assert!(together.misbehave("messenger", "POST", "/messages", refusal, 99));
    if code == NOT_ALLOWED {
        let narrow = Response::json(200, &json!({ "data": { "is_valid": true, "scopes": [] } }));
        assert!(together.misbehave("messenger", "GET", "/debug_token", Fault::Answer(narrow), 99));
    }
    for number in &numbers {
        answer(desk, *number, REPLY).await;
    }
    for _ in 0..3 {
        stand.pass(Duration::from_mins(1)).await;
    }
    for number in &numbers {
        assert_eq!(last_message(desk, *number).await["delivery"], "queued", "{code}");
    }
    let mut browser = desk.browser().await;
    let shown = page(&mut browser, "/inbox").await;
    assert!(shown.contains(ALARM) && shown.contains(words), "{code}: {shown}");

    together.behave();
    for _ in 0..12 {
        stand.pass(Duration::from_mins(1)).await;
    }
    for number in &numbers {
        assert_eq!(last_message(desk, *number).await["delivery"], "sent", "{code}");
    }
    assert_eq!(stand.channel(line).await.state, ChannelState::Connected, "{code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_alone_is_not_permitted_goes_back_and_an_admin_hears_of_it() {
    for (engine, is_pushed_here) in Engine::all().into_iter().flat_map(|engine| [(engine, true), (engine, false)]) {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["messenger"]).await;
        let (desk, line) = (&stand.desk, stand.line());
        let (first, second) = (stand.asks(line, 1, QUESTION).await, stand.asks(line, 2, QUESTION).await);
        let refusal = Fault::Answer(error(400, NOT_ALLOWED, 0, false));
        assert!(stand.platforms.together.misbehave("messenger", "POST", "/messages", refusal, 1));
        if !is_pushed_here {
            let nobody = Fault::Answer(Response::json(200, &json!({ "data": [] })));
            assert!(stand.platforms.together.misbehave("messenger", "GET", "/subscribed_apps", nobody, 99));
        }
        answer(desk, first, REPLY).await;
        desk.drain().await;
        assert_eq!(last_message(desk, first).await["delivery"], "failed", "pushed here: {is_pushed_here}");
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/inbox").await;
        assert!(shown.contains(ALARM) && shown.contains("kept in its conversation"), "{shown}");

        answer(desk, second, REPLY).await;
        desk.drain().await;
        assert_eq!(last_message(desk, second).await["delivery"], "sent");
        assert!(!page(&mut browser, "/inbox").await.contains(ALARM), "what leaves ends it");
    }
}
