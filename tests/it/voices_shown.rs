//! The voice's page in a real browser.

use fantoccini::Locator;
use resolute::setup::add_documents;

use crate::support::cast::Cast;
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::write;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_score_stands_below_what_is_written_and_goes_with_it() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    write(&desk.desk.db, async |tx| {
        add_documents(&desk.desk, tx, &cast.brand).await.expect("a policy and a voice");
        Ok(())
    })
    .await;
    cast.open(&desk.desk.db, 7).await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/conversations/7?view=all", desk.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
    let text = browser.find(Locator::Css("[data-keeps]:not([data-is-note])")).await.unwrap();
    text.send_keys("Unfortunately it is late.").await.unwrap();
    let says = "const line = document.querySelector('#composer [data-voice]');
        return !line.hidden && line.textContent.includes('“unfortunately” is never said')
            && document.activeElement.id === line.id.replace('voice', 'text')";
    until(&browser, "the score, and the field as it was", says).await;
    browser.check_accessibility().await;
    text.send_keys(&"\u{e003}".repeat(30)).await.unwrap();
    until(&browser, "no score", "return document.querySelector('#composer [data-voice]').hidden").await;
    browser.check_console().await;
}
