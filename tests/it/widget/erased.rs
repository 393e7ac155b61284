//! A customer who is erased while their chat is open: nothing of before is left there, and what they write begins anew.

use resolute::store::{erasures, intake};
use serde_json::json;
use uuid::Uuid;

use super::talk::{answer, conversations};
use crate::erasure::forget;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::socket::Socket;
use crate::support::stores::write;
use crate::support::stream::Stream;

/// A guest with an open line, who has asked for it; with the number of their conversation and that of the last event.
async fn guest(engine: Engine) -> (TestDesk, Chat, String, Socket, (i64, i64)) {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await;
    let chat = Chat::of(&desk).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    line.send(&message(1, "Delete my data.")).await;
    let seq = line.next_of("message").await["seq"].as_i64().unwrap();
    let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
    (desk, chat, token, line, (number, seq))
}

/// The customer asks for a person: not in the conversation of before, but in that which their wish begins. Gives its number.
async fn asks_for_a_person(desk: &TestDesk, line: &mut Socket, before: i64) -> i64 {
    let id = Uuid::from_u128(2);
    line.send(&json!({ "t": "person", "id": id, "text": "A person, please." })).await;
    while line.next_of("ack").await["id"] != json!(id) {}
    let numbers = conversations(desk).await.into_iter().filter_map(|row| row["number"].as_i64());
    let [begun] = numbers.filter(|number| *number != before).collect::<Vec<_>>().try_into().expect("another one");
    assert!(desk.talk(begun).await.taken_over, "it is with people");
    assert!(!desk.talk(before).await.taken_over, "what was erased is not opened again");
    begun
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_erased_while_their_chat_is_open_begins_anew() {
    for engine in Engine::all() {
        let (desk, chat, token, mut line, (number, seq)) = guest(engine).await;
        let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
        stream.next_of("joined").await;
        forget(&desk, desk.talk(number).await.contact_id).await;
        assert_eq!(line.end().await, Some(1013), "what was said does not stay on the page");
        stream.end().await;

        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token, "last_seq": seq })).await;
        let told = line.next_of("resync").await;
        assert_eq!((&told["seq"], &told["messages"]), (&json!(0), &json!([])));
        line.next_of("joined").await;
        let begun = asks_for_a_person(&desk, &mut line, number).await;
        answer(&desk, begun, "Here I am.").await;
        while line.next_of("message").await["text"] != "Here I am." {}

        // A tab that was asleep meanwhile has a number of the conversation that is gone.
        let mut late = chat.line(&desk).await;
        late.send(&json!({ "t": "join", "token": token, "last_seq": seq })).await;
        let told = late.next_of("resync").await.to_string();
        assert!(told.contains("Here I am.") && !told.contains("Delete my data."), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_they_write_in_a_chat_that_is_being_erased_is_of_somebody_new_and_stays() {
    for engine in Engine::all() {
        let (desk, chat, token, mut line, (number, seq)) = guest(engine).await;
        // It has begun, and the line does not know yet.
        let contact = desk.talk(number).await.contact_id;
        write(&desk.desk.db, async |tx| {
            intake::lock(tx).await?;
            erasures::forget_names(tx, contact, desk.desk.clock.now()).await
        })
        .await;
        let begun = asks_for_a_person(&desk, &mut line, number).await;
        assert_ne!(desk.talk(begun).await.contact_id, contact);

        forget(&desk, contact).await;
        assert_eq!(line.end().await, Some(1013));
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token, "last_seq": seq })).await;
        let told = line.next_of("resync").await.to_string();
        assert!(told.contains("A person, please.") && !told.contains("Delete my data."), "{told}");
        answer(&desk, begun, "Here I am.").await;
        while line.next_of("message").await["text"] != "Here I am." {}
    }
}
