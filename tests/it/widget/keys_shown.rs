//! The chat beside a page, by the keyboard: it is gone into and out of as any other part of the page, and Esc closes it.

use fantoccini::Locator;

use super::windows::Windows;
use crate::support::chromium::{NARROW, WIDE};

/// Tab, and Tab with the shift key held.
const ON: &str = "\u{e004}";
const BACK: &str = "\u{e008}\u{e004}\u{e008}";
const ESC: &str = "\u{e00c}";
/// Where the keyboard is among launcher and frame: `BUTTON`, `IFRAME`, or nothing where it is elsewhere on the page.
const PLACE: &str = "return document.querySelector(':root > div').shadowRoot.activeElement?.tagName ?? ''";
const CLOSED: &str = "const root = document.querySelector(':root > div').shadowRoot; \
    return root.querySelector('iframe').hidden && root.querySelector('button').getAttribute('aria-label').startsWith('Open')";
const ESC_AT_LAUNCHER: &str = "const launcher = document.querySelector(':root > div').shadowRoot.querySelector('button'); \
    launcher.focus(); launcher.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))";
const COVERED: &str = "return document.body.inert";

impl Windows {
    async fn key(&self, id: &str, keys: &str) {
        self.customer.find(Locator::Id(id)).await.unwrap().send_keys(keys).await.unwrap();
    }

    async fn until_at(&self, place: &str) {
        self.until(place, async || self.ask(PLACE).await == place).await;
    }

    async fn until_closed(&self) {
        self.until("the closed chat", async || self.ask(CLOSED).await == true).await;
        self.until_at("BUTTON").await;
    }

    async fn open_again(&self) {
        self.ask("resolute('open')").await;
        self.until_at("IFRAME").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_leaves_the_chat_and_esc_closes_it() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    let said = "return document.getElementById('close').getAttribute('aria-keyshortcuts')";
    assert_eq!(windows.ask(said).await, "Escape", "who cannot see it is told");

    // In front of its first part is the launcher, behind its last one the end of the page.
    windows.key("close", BACK).await;
    windows.leave().await;
    windows.until_at("BUTTON").await;
    windows.enter().await;
    windows.key("person", ON).await;
    windows.leave().await;
    windows.until_at("").await;

    // Esc closes from within and from the launcher, and the keyboard is at the launcher then.
    windows.enter().await;
    windows.key("text", ESC).await;
    windows.leave().await;
    windows.until_closed().await;
    windows.open_again().await;
    windows.ask(ESC_AT_LAUNCHER).await;
    windows.until_closed().await;

    // Where it covers the page, nobody gets to what lies below.
    windows.customer.resize(NARROW).await;
    assert_eq!(windows.ask(COVERED).await, false);
    windows.open_again().await;
    windows.until("the covered page", async || windows.ask(COVERED).await == true).await;
    windows.customer.resize(WIDE).await;
    windows.until("the page beside it", async || windows.ask(COVERED).await == false).await;
    windows.customer.resize(NARROW).await;
    windows.until("the covered page", async || windows.ask(COVERED).await == true).await;
    windows.enter().await;
    windows.key("text", ESC).await;
    windows.leave().await;
    windows.until_closed().await;
    assert_eq!(windows.ask(COVERED).await, false);
    windows.customer.check_console().await;
}
