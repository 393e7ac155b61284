//! Many pages of the desk in one browser, which has six connections to a host for all of them together: a page that nobody
//! looks at keeps none.

use std::time::Duration;

use fantoccini::Locator;
use resolute::inbox::care;
use resolute::model::NoteId;
use resolute::model::writing::Basis;

use crate::support::cast::Cast;
use crate::support::chromium::{Browser, WIDE};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{sign_in, until};

/// One more than a browser has connections.
const PAGES: i64 = 7;
/// Counts how often the line of a page came to stand.
const LINES: &str = "window.lines = 0; document.addEventListener('desk:back', () => { window.lines += 1; })";
const GOES_BEHIND: &str = "window.isBehind = true; document.dispatchEvent(new Event('visibilitychange'))";
const FIELD: &str = "#composer textarea";

async fn type_reply(browser: &Browser, text: &str) {
    browser.find(Locator::Css(FIELD)).await.unwrap().send_keys(text).await.unwrap();
    until(browser, "it is kept", "return document.querySelector('[data-kept]').textContent === 'kept'").await;
}

/// Waits until so many people are at the first conversation.
async fn until_there(desk: &TestDesk, cast: &Cast, people: usize) {
    for _ in 0..400 {
        if desk.desk.events.presence.others(1, cast.sam.id, desk.desk.clock.now()).len() == people {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("there were never {people} at the conversation");
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_pages_of_one_browser_load_and_each_goes_on_when_it_is_looked_at() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let first = cast.open(&desk.desk.db, 1).await;
    for number in 2..=PAGES {
        cast.open(&desk.desk.db, number).await;
    }
    sign_in(&browser, &desk).await;
    let first_page = browser.window().await.unwrap();
    for number in 1..=PAGES {
        if number > 1 {
            browser.execute(GOES_BEHIND, Vec::new()).await.unwrap();
            let page = browser.new_window(true).await.unwrap().handle;
            browser.switch_to_window(page).await.unwrap();
            browser.resize(WIDE).await;
        }
        browser.go_behind().await;
        browser.before_pages(LINES).await;
        browser.goto(&format!("http://{}/conversations/{number}?view=all", desk.address)).await.unwrap();
        until(&browser, "the page", "return Boolean(window.desk?.tick)").await;
        browser.come_forth().await;
        until(&browser, "its line", "return window.lines > 0").await;
        if number == 1 {
            type_reply(&browser, "Half a thought").await;
            until_there(&desk, &cast, 1).await;
        }
    }
    // Whoever is on another page is not at the first one.
    until_there(&desk, &cast, 0).await;
    type_reply(&browser, "It left today.").await;
    browser.execute("document.getElementById('composer').requestSubmit()", Vec::new()).await.unwrap();
    until(&browser, "the reply", "return document.querySelectorAll('.message.ours').length === 1").await;

    browser.switch_to_window(first_page).await.unwrap();
    until(&browser, "a page at rest", "return !window.desk.isCurrent()").await;
    let note = (cast.clock.new_id::<NoteId>(), "While you were away");
    care::add_note(&desk.desk.inbox(), first.id, &cast.noor, note, Basis::Any).await.unwrap();
    let told = "document.getElementById('timeline').textContent.includes('While you were away')";
    browser.come_forth().await;
    until(&browser, "what came meanwhile", &format!("return {told} && window.lines === 2")).await;
    until_there(&desk, &cast, 1).await;
    let kept = format!("return document.querySelector('{FIELD}').value === 'Half a thought'");
    until(&browser, "what was typed", &kept).await;
}
