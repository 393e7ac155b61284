//! How long it takes until a person answers, as the chat says it: what it was lately.

use std::time::Duration;

use resolute::model::brand::{AgentLevel, Brand};
use resolute::store::{brands, chats, sessions};
use serde_json::{Value, json};

use super::talk::{answer, conversations};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::socket::Socket;
use crate::support::stores::write;

const SESSION: &[u8] = b"a page of the desk";

/// A teammate has the desk open now.
async fn look_in(desk: &TestDesk) {
    let now = desk.desk.clock.now();
    write(&desk.desk.db, async |tx| chats::note_active(tx, SESSION, now).await).await;
}

/// Somebody new opens the chat; gives their line and how things stand.
async fn visit(desk: &TestDesk, chat: &Chat) -> (Socket, Value) {
    let token = chat.begin(desk, &json!({})).await;
    let (line, joined) = chat.join(desk, &token, 0).await;
    (line, joined["state"].clone())
}

async fn reply(desk: &TestDesk, number: i64) {
    answer(desk, number, "Yes, in three steps.").await;
    desk.desk.clock.advance(Duration::from_secs(5));
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wait_is_said_as_it_was_lately() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let now = desk.desk.clock.now();
        write(&desk.desk.db, async |tx| {
            sessions::insert(tx, SESSION, desk.setup.teammate, "", now, now.plus(Duration::from_hours(9))).await
        })
        .await;
        for id in 1..=5 {
            let (mut line, _) = visit(&desk, &chat).await;
            line.send(&message(id, "Is the lamp dimmable?")).await;
            line.next_of("ack").await;
        }
        desk.drain().await;
        let waiting = conversations(&desk).await;
        let numbers: Vec<i64> = waiting.iter().map(|row| row["number"].as_i64().unwrap()).collect();
        assert_eq!(numbers.len(), 5);

        desk.desk.clock.advance(Duration::from_mins(4));
        for number in &numbers[1..] {
            reply(&desk, *number).await;
        }
        look_in(&desk).await;
        let (_, state) = visit(&desk, &chat).await;
        assert_eq!((&state["people"], &state["usual"]), (&json!(1), &Value::Null), "four answers say nothing");
        reply(&desk, numbers[0]).await;
        let (_, state) = visit(&desk, &chat).await;
        assert_eq!(state["usual"], Value::Null, "what was found out holds for a minute");
        desk.desk.clock.advance(Duration::from_mins(1));
        let (mut line, state) = visit(&desk, &chat).await;
        assert_eq!(state["usual"], 5, "never less than it was");
        line.send(&json!({ "t": "state" })).await;
        assert_eq!(line.next_of("state").await["state"]["usual"], 5);

        desk.desk.clock.advance(Duration::from_mins(6));
        let (_, state) = visit(&desk, &chat).await;
        assert_eq!((&state["people"], &state["usual"]), (&json!(0), &Value::Null), "nobody is here to keep it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_stands_says_how_the_agent_stands_now() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { agent_level: AgentLevel::Auto, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let (mut line, state) = visit(&desk, &chat).await;
        assert_eq!(state["agent"], "alone");
        let brand = brands::get(&desk.desk.db, desk.setup.brand).await.unwrap();
        let off = Brand { agent_level: AgentLevel::Off, ..brand };
        write(&desk.desk.db, async |tx| brands::update(tx, &off).await).await;
        // Another process may have changed it: what is known of a channel holds for a moment.
        desk.desk.clock.advance(Duration::from_secs(5));
        line.send(&json!({ "t": "state" })).await;
        assert_eq!(line.next_of("state").await["state"]["agent"], "");
    }
}
