//! Where somebody is in what they read: what comes is before whoever is at its end, moves nobody who reads further up, and is
//! read once it came into view.

use fantoccini::Locator;
use resolute::model::brand::AgentLevel;
use serde_json::Value;

use super::talk::{answer, messages};
use super::windows::{ASKED_FOR_ADDRESS, NO_ADDRESS_WAITS, Windows};
use crate::support::chromium::NARROW;
use crate::support::desk::Wish;

/// Whether all of the last message is in view, whether its beginning is, and whether the button leads on.
const PLACE: &str = "const view = document.getElementById('scroll').getBoundingClientRect(); \
    const last = [...document.querySelectorAll('.message')].at(-1).getBoundingClientRect(); \
    const begins = last.top >= view.top - 1 && last.top < view.bottom - 24; \
    return [begins && last.bottom <= view.bottom + 1, begins, !document.getElementById('news').hidden]";
const UP: &str = "document.getElementById('scroll').scrollTop = 0";
const IS_UP: &str = "return document.getElementById('scroll').scrollTop === 0";

const IN_VIEW: [bool; 3] = [true, true, false];
const BELOW: [bool; 3] = [false, false, true];
const BEGINS: [bool; 3] = [false, true, true];

/// So many lines, the last of which says something of its own.
fn lines(count: usize, last: &str) -> String {
    let first = (1..count).map(|line| format!("Step {line}\n"));
    first.chain([last.to_owned()]).collect()
}

impl Windows {
    async fn until_placed(&self, what: &str, place: [bool; 3]) {
        let place = serde_json::json!(place);
        self.until(what, async || self.ask(PLACE).await == place).await;
    }

    /// Where the desk's reply with this text is.
    async fn delivery_of(&self, number: i64, text: &str) -> Value {
        let all = messages(&self.desk, number).await;
        all.iter().find(|message| message["body"] == text).expect("the reply")["delivery"].clone()
    }

    /// The desk answers, and the page has it.
    async fn answers(&self, number: i64, text: &str, last: &str) {
        answer(&self.desk, number, text).await;
        self.until_told(last).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_is_before_who_is_at_the_end_and_unread_by_who_reads_further_up() {
    let alone = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", alone).await else { return };
    windows.customer.resize(NARROW).await;
    windows.go_shopping().await;
    let number = windows.begin_with("How do I mount the lamp?").await;
    windows.until("the question for an address", async || windows.ask(ASKED_FOR_ADDRESS).await == true).await;
    windows.customer.find(Locator::Id("email")).await.unwrap().send_keys("ana@a.example\u{e007}").await.unwrap();
    windows.until("the kept address", async || windows.ask(NO_ADDRESS_WAITS).await == true).await;

    windows.answers(number, &lines(12, "The last step"), "The last step").await;
    windows.until_placed("the long answer", IN_VIEW).await;
    windows.until_last_is_read(number).await;
    windows.answers(number, "Does that help?", "Does that help?").await;
    windows.until_placed("the short answer", IN_VIEW).await;
    windows.until_last_is_read(number).await;

    // The next page begins at what is newest.
    windows.leave().await;
    windows.go_shopping().await;
    windows.until_told("Does that help?").await;
    windows.until_placed("the short answer on the next page", IN_VIEW).await;
    windows.answers(number, &lines(12, "The last tool"), "The last tool").await;
    windows.until_placed("the next long answer", IN_VIEW).await;
    windows.until_last_is_read(number).await;

    // Who reads further up stays there. What nobody has seen is not read, and goes by mail.
    windows.ask(UP).await;
    windows.answers(number, "The blue one is back.", "The blue one is back.").await;
    windows.until_placed("the way to what is new", BELOW).await;
    assert_eq!(windows.ask(IS_UP).await, true, "nobody is moved");
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-news").await;
    let is_mailed = || windows.smtp.taken().iter().any(|mail| mail.raw.contains("The blue one is back."));
    windows.until("the letter", async || is_mailed()).await;
    assert_ne!(windows.delivery_of(number, "The blue one is back.").await, "read");
    windows.customer.find(Locator::Id("news")).await.unwrap().click().await.unwrap();
    windows.until_placed("what is new", IN_VIEW).await;
    assert_eq!(windows.ask("return document.activeElement.id").await, "scroll", "the keyboard is not lost");
    // The letter has brought it, and it is seen in the chat all the same.
    let delivery = async || windows.delivery_of(number, "The blue one is back.").await;
    windows.until("the mark", async || delivery().await == "read").await;
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_longer_than_the_chat_begins_at_its_beginning() {
    let alone = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", alone).await else { return };
    windows.customer.resize(NARROW).await;
    windows.go_shopping().await;
    let number = windows.begin_with("How do I mount the lamp?").await;
    windows.answers(number, &lines(60, "The last step"), "The last step").await;
    windows.until_placed("its beginning", BEGINS).await;
    windows.until_last_is_read(number).await;

    // Who has it before them is not taken away from it.
    windows.answers(number, "Does that help?", "Does that help?").await;
    windows.until_placed("the way on", BELOW).await;
    assert_ne!(messages(&windows.desk, number).await.pop().unwrap()["delivery"], "read");

    // Whoever comes back begins at what they have not seen.
    windows.leave().await;
    windows.ask("resolute('close')").await;
    windows.ask("resolute('open')").await;
    windows.enter().await;
    windows.until_placed("what is new", IN_VIEW).await;
    windows.until_last_is_read(number).await;

    // What somebody writes themself is before them, wherever they were.
    windows.ask(UP).await;
    windows.write("Thank you").await;
    windows.until_placed("their own words", IN_VIEW).await;
    windows.customer.check_console().await;
}
