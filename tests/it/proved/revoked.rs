//! Access that was taken back is on every admin's screen before anything is lost: what customers write is kept, replies wait
//! in their order, and all of it goes on once the account is connected again.

use std::time::Duration;

use platform_doubles::together::Access;
use serde_json::Value;

use crate::mail_path::answer;
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, taken};
use crate::support::platforms;
use crate::support::stand::{QUESTION, Stand};

const REPLIES: [&str; 3] = ["It left this morning.", "It comes tomorrow.", "Tell us if it does not."];

#[tokio::test(flavor = "multi_thread")]
async fn access_that_was_taken_back_is_an_alarm_and_loses_nothing() {
    for engine in Engine::all() {
        for name in platforms::ALL.into_iter().filter(|name| *name != platforms::READ_ALONE) {
            Box::pin(revoked(engine, name)).await;
        }
    }
}

async fn revoked(engine: Engine, name: &'static str) {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await;
    let (desk, line) = (&stand.desk, stand.line());
    let number = stand.asks(line, 1, QUESTION).await;
    let alarm = format!("Connect “{}” again", stand.channel(line).await.name);
    let mut browser = desk.browser().await;
    assert!(!page(&mut browser, "/inbox").await.contains(&alarm), "{name}: all is well");

    let another = stand.platforms.says(line, 1, "And where is the second one?");
    assert!(stand.platforms.together.let_in(name, false));
    if line.is_polled() {
        stand.looks_in_vain(line).await;
        assert!(page(&mut browser, "/inbox").await.contains(&alarm), "{name}: nobody had to write first");
    }
    answer(desk, number, REPLIES[0]).await;
    desk.drain().await;
    let inbox = page(&mut browser, "/inbox").await;
    let leads_there = format!("href=\"/channels/{}\"", line.channel);
    assert!(inbox.contains(&alarm) && inbox.contains(&leads_there), "{name}: {inbox}");

    for reply in &REPLIES[1..] {
        answer(desk, number, reply).await;
    }
    if !line.is_polled() {
        stand.brings(line, &another).await;
    }
    for _ in 0..4 {
        stand.pass(Duration::from_mins(1)).await;
    }
    let messages = all_of(&stand, number).await;
    let waiting = messages.iter().filter(|message| message["delivery"] == "queued").count();
    assert_eq!((waiting, stand.platforms.sent(line).len()), (REPLIES.len(), 0), "{name}: {messages:#?}");

    assert!(stand.platforms.together.let_in(name, true));
    stand.connects_again(line).await;
    assert!(!page(&mut browser, "/inbox").await.contains(&alarm), "{name}: it is over");
    for _ in 0..6 {
        stand.pass(Duration::from_mins(1)).await;
    }
    if line.is_polled() {
        stand.brings(line, &another).await;
    }
    let sent = stand.platforms.sent(line);
    let is_each_once =
        sent.len() == REPLIES.len() && REPLIES.iter().zip(&sent).all(|(reply, sent)| sent.contains(reply));
    assert!(is_each_once, "{name}: {sent:?}");
    let messages = all_of(&stand, number).await;
    let written = messages.iter().filter(|message| message["direction"] == "inbound").count();
    let away = messages.iter().filter(|message| message["delivery"] == "sent").count();
    assert_eq!((written, away), (2, REPLIES.len()), "{name}: {messages:#?}");
}

/// The messages of a conversation, in the order of its page.
pub(super) async fn all_of(stand: &Stand, number: i64) -> Vec<Value> {
    let shown = stand.desk.api_get(&format!("/api/v1/conversations/{number}")).await;
    shown["messages"].as_array().expect("messages").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_ends_is_an_alarm_before_it_does_and_loses_nothing() {
    for engine in Engine::all() {
        for name in ["whatsapp", "messenger", "instagram"] {
            Box::pin(expired(engine, name)).await;
        }
    }
}

async fn expired(engine: Engine, name: &'static str) {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await;
    let (desk, line, together) = (&stand.desk, stand.line(), &stand.platforms.together);
    let number = stand.asks(line, 1, QUESTION).await;
    let title = stand.channel(line).await.name;
    let (alarm, mended) = (format!("The access to “{title}” ends"), format!("Connect “{title}” again"));
    let mut browser = desk.browser().await;
    together.set_access(name, Access::Expired, time::Duration::hours(5)).unwrap();
    let checks = format!("/channels/{}/checks", line.channel);
    taken(&mut browser, &checks, &[("back", "/channels")]).await;
    let inbox = page(&mut browser, "/inbox").await;
    assert!(inbox.contains(&alarm), "{name}: {inbox}");

    stand.pass(Duration::from_hours(5)).await;
    answer(desk, number, REPLIES[0]).await;
    stand.pass(Duration::from_mins(1)).await;
    let inbox = page(&mut browser, "/inbox").await;
    assert!(!inbox.contains(&alarm) && inbox.contains(&mended), "{name}: it has ended: {inbox}");
    assert!(stand.platforms.sent(line).is_empty(), "{name}");

    together.set_access(name, Access::Granted, time::Duration::ZERO).unwrap();
    stand.connects_again(line).await;
    for _ in 0..4 {
        stand.pass(Duration::from_mins(1)).await;
    }
    assert_eq!(stand.platforms.sent(line).len(), 1, "{name}: the reply leaves, once");
    assert!(!page(&mut browser, "/inbox").await.contains(&mended), "{name}: it is over");
}
