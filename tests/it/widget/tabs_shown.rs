//! Several tabs of a shop at one browser: what one of them lets go, no other one brings back; and a launcher that forgets.

use serde_json::json;

use super::talk::{answer, conversations, messages};
use super::who::jwt;
use super::windows::Windows;
use crate::support::setup::IDENTITY_SECRET;

/// What the shop's page keeps of the chat.
const KEPT: &str = "return Object.values(localStorage).join()";
/// Whose it is.
const VISITOR: &str = "return JSON.parse(Object.values(localStorage)[0] ?? '{}').visitor ?? ''";
/// Nothing of the chat is on the page but its launcher.
const ALONE: &str = "return !document.querySelector(':root > div').shadowRoot.querySelector('iframe')";
/// What stands on the launcher, and what it says.
const LAUNCHER: &str = "const button = document.querySelector(':root > div').shadowRoot.querySelector('button'); \
    return [button.querySelector('b').hidden ? '' : button.querySelector('b').textContent, button.getAttribute('aria-label')]";
/// The tab hears nothing of what others keep and forget, as one that slept.
const DEAF: &str = "addEventListener('storage', (event) => event.stopImmediatePropagation(), true)";
/// From now on it is counted what the frame gave to be kept.
const COUNTS: &str =
    "window.kept = 0; addEventListener('message', (event) => { if (event.data?.t === 'keep') window.kept += 1; })";

/// The shop signs a customer in.
fn signs_in(customer: &str) -> String {
    format!("resolute('setUser', {{ jwt: '{}' }})", jwt(IDENTITY_SECRET, customer, ""))
}

impl Windows {
    /// Another tab of the same browser.
    async fn second_tab(&self) {
        let tab = self.customer.new_window(true).await.unwrap().handle;
        self.customer.switch_to_window(tab).await.unwrap();
    }

    async fn kept(&self) -> String {
        self.ask(KEPT).await.as_str().unwrap_or_default().to_owned()
    }

    async fn until_said_kept(&self, words: &str) {
        self.until(words, async || self.kept().await.contains(words)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_whom_one_tab_forgets_is_in_no_other_one() {
    for deaf in [false, true] {
        let Some(windows) = Windows::open("en").await else { return };
        if deaf {
            windows.customer.before_pages(DEAF).await;
        }
        windows.go_shopping_after(&signs_in("17")).await;
        windows.write("Where is my order?").await;
        windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
        windows.leave().await;
        let first = windows.customer.window().await.unwrap();
        windows.second_tab().await;
        windows.go_shopping_after(&signs_in("17")).await;
        windows.until_told("Where is my order?").await;
        windows.leave().await;
        windows.ask("resolute('reset')").await;
        assert_eq!(windows.kept().await, "");

        // Whoever writes in a tab that does not know it yet keeps nothing either.
        windows.customer.switch_to_window(first.clone()).await.unwrap();
        if deaf {
            windows.enter().await;
            windows.write("Are you there?").await;
            // Out of the frame, which is about to go.
            windows.customer.switch_to_window(first).await.unwrap();
        }
        windows.until("a launcher alone", async || windows.ask(ALONE).await == true).await;
        assert_eq!(windows.kept().await, "");
        windows.go_shopping().await;
        assert_eq!(windows.log().await, "", "whoever comes next finds nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_of_the_customer_before_takes_nothing_from_the_one_who_is_here() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping_after(&signs_in("17")).await;
    windows.write("Where is my order?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    windows.leave().await;
    let before = windows.ask(VISITOR).await;
    let first = windows.customer.window().await.unwrap();
    windows.second_tab().await;
    windows.go_shopping_after(&signs_in("18")).await;
    windows.leave().await;
    let is_another = async || {
        let now = windows.ask(VISITOR).await;
        now != "" && now != before
    };
    windows.until("the next customer", is_another).await;
    let here = windows.ask(VISITOR).await;

    // The desk is away: what they write waits on the shop's page.
    windows.wire.cut();
    windows.enter().await;
    windows.write("And in blue?").await;
    windows.leave().await;
    windows.until_said_kept("And in blue?").await;
    windows.customer.switch_to_window(first).await.unwrap();
    windows.ask(COUNTS).await;
    windows.enter().await;
    windows.write("Or in green?").await;
    windows.leave().await;
    windows.until("its word", async || windows.ask("return window.kept > 0").await == true).await;
    let kept = windows.kept().await;
    assert!(kept.contains("And in blue?") && !kept.contains("Or in green?"), "{kept}");
    assert_eq!(windows.ask(VISITOR).await, here);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_with_open_questions_goes_on_with_what_another_one_has_begun() {
    const ASKED: &str = "return Boolean(document.getElementById('before-name'))";
    const TALKS: &str = "return !document.getElementById('foot').hidden";
    for deaf in [false, true] {
        let asks = json!({ "pre_chat": ["name"] });
        let Some(windows) = Windows::with_chat("en", |wish| wish, &asks).await else { return };
        if deaf {
            windows.customer.before_pages(DEAF).await;
        }
        windows.open_chat_after("").await;
        windows.until("the questions", async || windows.ask(ASKED).await == true).await;
        windows.leave().await;
        let first = windows.customer.window().await.unwrap();
        windows.second_tab().await;
        windows.open_chat_after("").await;
        windows.until("the questions", async || windows.ask(ASKED).await == true).await;
        windows.fill("name", "Ana").await;
        windows.click("#before .main").await;
        windows.until("the chat", async || windows.ask(TALKS).await == true).await;
        windows.write("Is the lamp dimmable?").await;
        windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
        let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
        windows.leave().await;
        let visitor = windows.ask(VISITOR).await;

        // One that heard nothing of it is answered first.
        windows.customer.switch_to_window(first).await.unwrap();
        windows.enter().await;
        if deaf {
            windows.fill("name", "Ana").await;
            windows.click("#before .main").await;
        }
        windows.until_told("Is the lamp dimmable?").await;
        windows.write("And in blue?").await;
        windows.until("both", async || messages(&windows.desk, number).await.len() == 2).await;
        assert_eq!(conversations(&windows.desk).await.len(), 1, "it is one chat");
        windows.leave().await;
        assert_eq!(windows.ask(VISITOR).await, visitor);
        windows.customer.check_console().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_reset_the_launcher_counts_nothing() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    windows.leave().await;
    windows.ask("window.counted = []; resolute('on', 'unread', (count) => counted.push(count))").await;
    windows.ask("resolute('close')").await;
    answer(&windows.desk, number, "Yes, in three steps.").await;
    let counts = json!(["1", "Open the chat (1)"]);
    windows.until("the number", async || windows.ask(LAUNCHER).await == counts).await;
    windows.ask("resolute('reset')").await;
    assert_eq!(windows.ask(LAUNCHER).await, json!(["", "Open the chat"]));
    assert_eq!(windows.ask("return counted.at(-1)").await, 0, "the shop's page hears of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_no_room_for_says_so_and_pushes_nothing_out() {
    const WRITES: &str = "for (let count = 1; count <= 201; count += 1) { \
        document.getElementById('text').value = `Word ${count}.`; document.getElementById('write').requestSubmit(); }";
    const FATES: &str = "const fates = [...document.querySelectorAll('.mine .fate')].map((fate) => fate.textContent); \
        return [fates.length, fates[0], fates.at(-2), fates.at(-1)]";
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.wire.cut();
    let away = "return !document.getElementById('line').hidden";
    windows.until("the notice", async || windows.ask(away).await == true).await;
    windows.ask(WRITES).await;
    let fates = json!([201, "Waits for the line", "Waits for the line", "Not sent · Try again"]);
    assert_eq!(windows.ask(FATES).await, fates);
    windows.leave().await;
    windows.until_said_kept("Word 200.").await;
    let kept = windows.kept().await;
    assert!(kept.contains("Word 1.") && !kept.contains("Word 201."), "the first one goes first");
}
