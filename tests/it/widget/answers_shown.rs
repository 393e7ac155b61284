//! The agent's answer in the customer's window: what the run is at, and then the answer, sentence by sentence.

use resolute::model::brand::AgentLevel;
use serde_json::Value;

use super::answers::{QUESTION, Slow};
use super::windows::Windows;
use crate::support::desk::Wish;

/// Notes, after each change of the log, how many sentences are held back.
const WATCH: &str = "window.held = []; new MutationObserver(() => window.held.push( \
    document.querySelectorAll('.message-text > .only-heard').length)).observe( \
    document.getElementById('log'), { subtree: true, childList: true, attributes: true })";
const HELD: &str = "return window.held";
const LAST: &str = "The number is in your order confirmation.";

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
