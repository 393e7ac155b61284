//! The agent's answer in the customer's window: what the run is at, and then the answer, sentence by sentence.

use fantoccini::Locator;
use resolute::model::brand::AgentLevel;
use serde_json::{Value, json};

use super::answers::{QUESTION, Slow};
use super::choices::{ANA, NUMBERS, two_orders};
use super::talk::{conversations, messages};
use super::who::jwt;
use super::windows::Windows;
use crate::support::chromium::NARROW;
use crate::support::desk::Wish;
use crate::support::setup::IDENTITY_SECRET;

/// Notes, after each change of the log, how many sentences are held back.
const WATCH: &str = "window.held = []; new MutationObserver(() => window.held.push( \
    document.querySelectorAll('.message-text > .only-heard').length)).observe( \
    document.getElementById('log'), { subtree: true, childList: true, attributes: true })";
const HELD: &str = "return window.held";
const LAST: &str = "The number is in your order confirmation.";
/// The words of the buttons that can be pressed.
const CHOICES: &str = "return [...document.querySelectorAll('.choices button')] \
    .filter((button) => button.offsetParent).map((button) => button.textContent).sort()";

impl Windows {
    async fn until_at_work(&self, words: &str) {
        let shown = "const status = document.getElementById('typing'); return status.hidden ? '' : status.textContent";
        self.until(words, async || self.ask(shown).await == words).await;
    }

    /// How often the page holds a text, shown or not yet.
    async fn count(&self, text: &str) -> usize {
        let log = self.ask("return document.getElementById('log').textContent").await;
        log.as_str().unwrap_or_default().matches(text).count()
    }

    async fn held(&self) -> Vec<u64> {
        let held = self.ask(HELD).await;
        held.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agents_work_is_seen_and_its_answer_comes_sentence_by_sentence() {
    let slow = Slow::start().await;
    let llm = slow.llm.clone();
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Auto, llm, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    windows.go_shopping().await;
    windows.ask(WATCH).await;
    windows.write(QUESTION).await;
    slow.asked().await;
    windows.until_at_work("The agent is reading your message…").await;
    windows.customer.save_screenshot("chat-at-work").await;
    windows.customer.check_accessibility().await;
    slow.answer(1);
    slow.asked().await;
    windows.until_at_work("The agent is writing an answer…").await;
    assert_eq!(windows.count("order confirmation").await, 0, "nothing of it is shown before it is checked");
    slow.answer(1);

    // It is in the page once and whole, for those who hear it; those who look see one sentence after the other.
    windows.until("the answer", async || windows.count(LAST).await == 1).await;
    windows.until("all of it", async || windows.held().await.last() == Some(&0)).await;
    windows.until_at_work("").await;
    let mut held = windows.held().await;
    held.dedup();
    let most = held.iter().copied().max().unwrap();
    let from = held.iter().position(|count| *count == most).unwrap();
    assert!(most > 0, "{held:?}");
    assert_eq!(held[from..], (0..=most).rev().collect::<Vec<u64>>());

    // On the next page it stands there whole.
    windows.customer.enter_parent_frame().await.unwrap();
    windows.go_shopping().await;
    windows.until_told(LAST).await;
    assert_eq!(windows.count(LAST).await, 1);

    // Another customer, who wants nothing to move, sees all of it at once.
    windows.customer.enter_parent_frame().await.unwrap();
    windows.ask("resolute('reset')").await;
    windows.go_shopping().await;
    windows.customer.set_dark(false).await;
    windows.ask(WATCH).await;
    slow.answer(2);
    windows.write(QUESTION).await;
    windows.until("their answer", async || windows.count(LAST).await == 1).await;
    assert!(windows.held().await.iter().all(|count| *count == 0));
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_asks_back_is_answered_with_a_tap() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Auto, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    two_orders(&windows.desk).await;
    let user = format!("resolute('setUser', {{ jwt: '{}' }})", jwt(IDENTITY_SECRET, "17", ANA));
    windows.customer.resize(NARROW).await;
    windows.go_shopping_after(&user).await;
    windows.write(QUESTION).await;
    windows.until("the choices", async || windows.ask(CHOICES).await == json!(NUMBERS)).await;
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-choices").await;

    // Whoever comes back can still choose.
    windows.customer.enter_parent_frame().await.unwrap();
    windows.go_shopping_after(&user).await;
    windows.until("the choices", async || windows.ask(CHOICES).await == json!(NUMBERS)).await;
    let button = format!("//button[text()='{}']", NUMBERS[1]);
    windows.customer.find(Locator::XPath(&button)).await.unwrap().click().await.unwrap();
    windows.until("no more choices", async || windows.ask(CHOICES).await == json!([])).await;
    let own = "return [...document.querySelectorAll('.mine .message-text')].map((text) => text.textContent)";
    assert_eq!(windows.ask(own).await, json!([QUESTION, NUMBERS[1]]));
    assert_eq!(windows.ask("return document.activeElement.id").await, "scroll", "the keyboard is not lost");
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    let chosen = async || messages(&windows.desk, number).await.iter().any(|one| one["body"] == NUMBERS[1]);
    windows.until("the choice at the desk", chosen).await;
    windows.customer.check_console().await;
}
