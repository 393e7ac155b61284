//! The database fails for a moment, just when open chats are to be told: they come back for what they missed.

use std::time::Duration;

use resolute::model::event::EventKind;
use resolute::store::intake::{self, NewEvent};
use serde_json::json;

use super::talk::{answer, conversations, messages};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::{execute, write};

async fn exact(engine: Engine) -> (TestDesk, Chat) {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
    let chat = Chat::of(&desk).await;
    (desk, chat)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_chat_could_not_be_looked_up_comes_back_for_the_reply() {
    for engine in Engine::all() {
        let (desk, chat) = exact(engine).await;
        let db = &desk.desk.db;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Here I am.").await;
        desk.desk.clock.advance(Duration::from_secs(5));
        desk.drain().await;
        let mut told = line.next_of("message").await;
        while told["text"] != "Here I am." {
            told = line.next_of("message").await;
        }

        // It is said once more that the reply left: that is told while the chat is looked up anew.
        let (talk, reply) = (desk.talk(number).await, messages(&desk, number).await.pop().unwrap()["id"].clone());
        let left = NewEvent {
            id: desk.desk.clock.new_id(),
            brand_id: talk.brand_id,
            conversation_id: Some(talk.id),
            kind: EventKind::DeliveryChanged,
            actor: "system".into(),
            data: json!({ "message": reply, "delivery": "sent" }),
            at: desk.desk.clock.now(),
        };
        execute(db, "alter table channels rename to channels_away").await;
        desk.desk.connections.forget(chat.channel);
        write(db, async |tx| intake::insert_events(tx, &[left]).await).await;
        assert_eq!(line.end().await, Some(1013), "what could not be told is not passed over");
        execute(db, "alter table channels_away rename to channels").await;
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token, "last_seq": told["seq"] })).await;
        assert_eq!(line.next_of("message").await["text"], "Here I am.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_whose_first_message_could_not_be_read_is_not_left_out_of_its_conversation() {
    for engine in Engine::all() {
        let (desk, chat) = exact(engine).await;
        let db = &desk.desk.db;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("ack").await;
        execute(db, "alter table attachments rename to attachments_away").await;
        desk.drain().await;
        assert_eq!(line.end().await, Some(1013), "nobody knows whose conversation it is");
        execute(db, "alter table attachments_away rename to attachments").await;

        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        assert!(joined["seq"].as_i64() > Some(0), "{joined}");
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Here I am.").await;
        desk.desk.clock.advance(Duration::from_secs(5));
        desk.drain().await;
        while line.next_of("message").await["text"] != "Here I am." {}
    }
}
