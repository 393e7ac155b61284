//! The line in a real browser: where no socket gets through, where a line is dead without saying so, and where the desk
//! begins anew. Nothing is lost either way, and nothing is there twice.

use resolute::config::ChatConfig;

use super::talk::{answer, conversations, messages};
use super::windows::Windows;
use crate::support::desk::Wish;

/// Notes with which codes sockets close.
const CODES: &str = "window.codes = []; window.WebSocket = class extends WebSocket {
    constructor(...all) { super(...all); this.addEventListener('close', (event) => codes.push(event.code)); } };";
const TRANSIT: &str = "return document.querySelectorAll('.waits').length";
/// The desk is told to end, and begins anew.
const RESTARTS: &str = "return codes.includes(1012)";

impl Windows {
    /// Writes, and waits until the desk has it; gives the conversation.
    async fn begin_with(&self, text: &str) -> i64 {
        self.write(text).await;
        self.until("the conversation", async || !conversations(&self.desk).await.is_empty()).await;
        let number = conversations(&self.desk).await[0]["number"].as_i64().unwrap();
        self.until(text, async || self.count_at_desk(number, text).await == 1).await;
        number
    }

    async fn count_at_desk(&self, number: i64, text: &str) -> usize {
        messages(&self.desk, number).await.iter().filter(|one| one["body"] == text).count()
    }

    /// Waits until both sides have all of it, and holds them to having it once.
    async fn until_all_is_there(&self, number: i64, texts: &[&str]) {
        for text in texts {
            self.until_told(text).await;
            self.until(text, async || self.count_at_desk(number, text).await > 0).await;
        }
        self.until("the acknowledgements", async || self.ask(TRANSIT).await == 0).await;
        let shown = self.log().await;
        for text in texts {
            assert_eq!(shown.matches(text).count(), 1, "{text} in: {shown}");
            assert_eq!(self.count_at_desk(number, text).await, 1, "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_socket_gets_through_a_stream_does_and_a_dead_one_is_given_up() {
    let quick = |wish: Wish| Wish { chat: ChatConfig { ping_seconds: 1, ..wish.chat }, ..wish };
    let Some(windows) = Windows::with("en", quick).await else { return };
    windows.wire.refuse_sockets();
    // The desk beats once a second, the widget gives up after a minute of its own.
    windows.customer.hasten(10).await;
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    answer(&windows.desk, number, "Yes, in three steps.").await;
    windows.until_told("Yes, in three steps.").await;

    // Nothing comes through any more, and nobody says so.
    windows.wire.stall();
    windows.write("And in blue?").await;
    answer(&windows.desk, number, "Do you want the blue one?").await;
    let all = ["Is the lamp dimmable?", "Yes, in three steps.", "And in blue?", "Do you want the blue one?"];
    windows.until_all_is_there(number, &all).await;

    // It goes on.
    windows.write("I take it").await;
    windows.until_all_is_there(number, &["I take it"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_begins_anew_says_so_and_nothing_is_lost() {
    let Some(mut windows) = Windows::open("en").await else { return };
    windows.customer.before_pages(CODES).await;
    windows.go_shopping().await;
    let number = windows.begin_with("Is the lamp dimmable?").await;
    answer(&windows.desk, number, "Yes, in three steps.").await;
    windows.write("And in blue?").await;
    windows.desk.stop().await;
    windows.until("the end of the line", async || windows.ask(RESTARTS).await == true).await;
    windows.write("Are you there?").await;
    windows.write("I wait").await;
    windows.desk.start_again().await;
    windows.wire.lead_to(windows.desk.address);
    answer(&windows.desk, number, "Here I am again.").await;
    let all = [
        "Is the lamp dimmable?",
        "Yes, in three steps.",
        "And in blue?",
        "Are you there?",
        "I wait",
        "Here I am again.",
    ];
    windows.until_all_is_there(number, &all).await;
}
