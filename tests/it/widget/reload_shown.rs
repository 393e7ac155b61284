//! The next page of the shop: a chat that was left open is open there, and takes the keyboard from nothing.

use std::net::Ipv4Addr;
use std::time::Duration;

use fantoccini::Locator;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::talk::{conversations, messages};
use super::windows::Windows;

/// Whether the chat can be seen.
const OPEN: &str = "const frame = document.querySelector(':root > div')?.shadowRoot.querySelector('iframe'); \
    return Boolean(frame && !frame.hidden)";
/// The launcher is there, and what it will do without being asked is done.
const LOADED: &str = "return Boolean(document.querySelector(':root > div')?.shadowRoot.querySelector('button'))";
/// Where the keyboard is on the shop's page.
const PLACE: &str = "return document.activeElement.tagName";
/// Everything that the tab keeps for the shop's page.
const KEPT: &str = "return Object.values(sessionStorage)";
const DENIED: &str = "Object.defineProperty(window, 'sessionStorage', \
    { get() { throw new DOMException('Denied.', 'SecurityError'); } })";
const TALKS: &str =
    "return !document.getElementById('foot').hidden && document.getElementById('who').textContent !== ''";

impl Windows {
    /// The shop's page once more, in the same tab; the window is on it.
    async fn turn_page(&self) {
        self.customer.goto(&self.shop).await.unwrap();
        self.until("the launcher", async || self.ask(LOADED).await == true).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_chat_is_open_on_the_next_page_and_a_closed_one_is_not() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until_told("Is the lamp dimmable?").await;

    windows.leave().await;
    windows.turn_page().await;
    assert_eq!(windows.ask(OPEN).await, true);
    windows.enter().await;
    windows.until("the talk", async || windows.ask(TALKS).await == true).await;
    windows.until_told("Is the lamp dimmable?").await;
    assert_eq!(windows.ask("return document.hasFocus()").await, false, "nobody went into the chat");
    windows.leave().await;
    assert_eq!(windows.ask(PLACE).await, "BODY");

    // Whoever goes into it writes as ever.
    windows.enter().await;
    windows.write("And in blue?").await;
    windows.until_told("And in blue?").await;
    windows.leave().await;
    windows.ask("resolute('close')").await;
    assert_eq!(windows.ask(KEPT).await, json!([]));
    windows.turn_page().await;
    assert_eq!(windows.ask(OPEN).await, false);
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_says_nothing_does_not_hold_up_the_page_of_the_shop() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until_told("Is the lamp dimmable?").await;
    windows.leave().await;

    // It takes what comes, and nobody answers. The browser still has the script.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    windows.wire.lead_to(silent.local_addr().unwrap());
    windows.wire.cut();
    windows.wire.mend();
    timeout(Duration::from_secs(30), windows.turn_page()).await.expect("all of the page is there");
    assert_eq!(windows.ask(OPEN).await, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_browser_keeps_nothing_the_chat_opens_all_the_same() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.customer.before_pages(DENIED).await;
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until_told("Is the lamp dimmable?").await;
    windows.leave().await;
    windows.turn_page().await;
    assert_eq!(windows.ask(OPEN).await, false);
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_written_words_are_there_on_the_next_page_until_they_are_sent() {
    const WRITTEN: &str = "return document.getElementById('text').value";
    let Some(windows) = Windows::open("en").await else { return };
    let begin = async |words: &str| {
        windows.customer.find(Locator::Id("text")).await.unwrap().send_keys(words).await.unwrap();
    };
    windows.go_shopping().await;
    begin("Is the lamp dim").await;
    windows.leave().await;
    windows.turn_page().await;
    windows.enter().await;
    windows.until("the half question", async || windows.ask(WRITTEN).await == "Is the lamp dim").await;
    windows.until("the talk", async || windows.ask(TALKS).await == true).await;
    windows.write("mable?").await;
    windows.until_told("Is the lamp dimmable?").await;
    assert_eq!(windows.ask(WRITTEN).await, "");

    // What was sent is not written again, and nobody finds what was begun before a reset.
    windows.leave().await;
    windows.turn_page().await;
    windows.enter().await;
    windows.until_told("Is the lamp dimmable?").await;
    assert_eq!(windows.ask(WRITTEN).await, "");
    begin("And in bl").await;
    windows.leave().await;
    windows.ask("resolute('reset')").await;
    windows.go_shopping().await;
    assert_eq!(windows.ask(WRITTEN).await, "");
    windows.customer.check_console().await;
}

/// The texts of what waits in the desk, oldest first.
async fn told(windows: &Windows) -> Vec<String> {
    let Some(number) = conversations(&windows.desk).await.first().and_then(|one| one["number"].as_i64()) else {
        return Vec::new();
    };
    let messages = messages(&windows.desk, number).await;
    messages.iter().filter_map(|message| message["body"].as_str()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_a_shop_keep_what_waits_in_each() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until_told("Is the lamp dimmable?").await;
    windows.until("the first", async || told(&windows).await.len() == 1).await;
    windows.leave().await;

    let first = windows.customer.window().await.unwrap();
    let second = windows.customer.new_window(true).await.unwrap().handle;
    windows.customer.switch_to_window(second.clone()).await.unwrap();
    windows.go_shopping().await;
    windows.until("the talk", async || windows.ask(TALKS).await == true).await;
    windows.leave().await;

    // The desk is away; each tab keeps what was written in it, and the first one goes to another page.
    windows.wire.cut();
    for (tab, text) in [(&first, "And in blue?"), (&second, "Or in green?")] {
        windows.customer.switch_to_window(tab.clone()).await.unwrap();
        windows.enter().await;
        windows.write(text).await;
        windows.until_told(text).await;
        windows.leave().await;
    }
    windows.customer.switch_to_window(first).await.unwrap();
    windows.customer.goto("about:blank").await.unwrap();
    windows.wire.mend();
    windows.turn_page().await;
    windows.until("all three", async || told(&windows).await.len() == 3).await;
    let mut all = told(&windows).await;
    all.sort();
    assert_eq!(all, ["And in blue?", "Is the lamp dimmable?", "Or in green?"], "each once");
}
