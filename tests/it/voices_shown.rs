//! The voice's page in a real browser.

use fantoccini::Locator;

use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{sign_in, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_phrase_that_is_never_said_comes_and_goes_by_keyboard() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/voices", desk.address)).await.unwrap();
    let add = browser.find(Locator::Id("never_say-add")).await.unwrap();
    add.send_keys("to be honest\u{e007}").await.unwrap();
    let kept = async |wanted: bool| {
        let kept = format!(
            "return document.getElementById('never_say').value.split('\\n').includes('to be honest') === {wanted}
                && document.querySelector('[popovertarget=publish]') !== null
                && [...document.querySelectorAll('.phrases span')].some((one) => one.textContent === 'to be honest') === {wanted}"
        );
        until(&browser, "the draft of the voice", &kept).await;
    };
    kept(true).await;
    browser.refresh().await.unwrap();
    kept(true).await;
    // Backspace in the empty field goes to the last chip, once more removes it.
    browser.find(Locator::Id("never_say-add")).await.unwrap().send_keys("\u{e003}").await.unwrap();
    browser.active_element().await.unwrap().send_keys("\u{e003}").await.unwrap();
    kept(false).await;
    browser.check_accessibility().await;
    browser.check_console().await;
}
