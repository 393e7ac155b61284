//! The wait for a person, as long as it lasts: it follows what happens in other chats.

use std::time::Duration;

use fantoccini::Locator;
use resolute::store::chats;
use serde_json::json;
use uuid::Uuid;

use super::talk::{answer, conversations, messages};
use super::windows::Windows;

const WAIT: &str = "return document.getElementById('wait').textContent";
/// What the way to a person says; nothing where it is not there.
const BUTTON: &str = "const way = document.getElementById('person'); return way.hidden ? '' : way.textContent";

impl Windows {
    async fn until_wait(&self, part: &str) {
        let says = async || self.ask(WAIT).await.as_str().is_some_and(|wait| wait.contains(part));
        self.until(part, says).await;
    }

    async fn until_button(&self, words: &str) {
        self.until(words, async || self.ask(BUTTON).await == words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_place_in_the_queue_follows_while_nothing_happens_in_ones_own_chat() {
    let Some(windows) = Windows::open("en").await else { return };
    let desk = &windows.desk;
    windows.sign_in().await;
    let lately = desk.desk.clock.now().minus(Duration::from_mins(5));
    let here = async || chats::people_here(&desk.desk.db, lately).await.unwrap() == 1;
    windows.until("somebody at the desk", here).await;

    // Somebody else was first.
    let token = windows.chat.begin(desk, &json!({})).await;
    let (mut line, _) = windows.chat.join(desk, &token, 0).await;
    line.send(&json!({ "t": "person", "id": Uuid::from_u128(1), "text": "A person, please." })).await;
    line.next_of("ack").await;
    let first = conversations(desk).await[0]["number"].as_i64().unwrap();

    // A minute of the page passes in two seconds.
    windows.customer.hasten(30).await;
    windows.go_shopping().await;
    windows.customer.find(Locator::Id("person")).await.unwrap().click().await.unwrap();
    windows.until_wait("1 before you").await;
    windows.until_button("A person has been asked").await;
    answer(desk, first, "How can I help?").await;
    windows.until_wait("you are next").await;

    // The answer ends the wait: who has the chat is named, and nobody else is offered. Nor is anybody when the customer goes
    // on, also on the next page.
    let rows = conversations(desk).await;
    let own = rows.iter().map(|row| row["number"].as_i64().unwrap()).find(|number| *number != first).unwrap();
    answer(desk, own, "Here I am.").await;
    windows.until_told("Here I am.").await;
    windows.until_button("").await;
    windows.until_said("Mara has your chat", "").await;
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-has-person").await;
    windows.write("Is the lamp dimmable?").await;
    let goes_on = async || messages(&windows.desk, own).await.last().unwrap()["body"] == "Is the lamp dimmable?";
    windows.until("the question at the desk", goes_on).await;
    windows.leave().await;
    windows.go_shopping().await;
    windows.until_said("Mara has your chat", "").await;
    assert_eq!(windows.ask(BUTTON).await, "", "somebody has answered");
    windows.customer.check_accessibility().await;
    windows.customer.check_console().await;
}
