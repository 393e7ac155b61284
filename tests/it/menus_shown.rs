//! Menus in a real browser: while one is open the keys belong to it, and nothing that is typed reaches the page below.

use std::collections::BTreeMap;
use std::time::Duration;

use fantoccini::Locator;
use resolute::model::Json;
use resolute::model::macros::{Macro, MacroDocument};
use resolute::store::{approvals, macros};
use serde_json::json;

use crate::support::cast::{Cast, NOW};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::write;
use crate::support::visit::{look, sign_in, until};

/// As the driver names them.
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";

/// The macros that the list shows, and what is typed above them.
const LISTED: &str =
    "[...document.querySelectorAll('#macro-names > li:not([hidden])')].map((one) => one.textContent.trim()).join()";
const TYPED: &str = "document.querySelector('#macros [data-filters]').value";
const OPEN: &str = "document.getElementById('macros').matches(':popover-open')";
const FOCUSED: &str = "document.activeElement.textContent.trim()";

/// Conversation 7, in which a draft waits, and macros that everybody has.
async fn drafted(desk: &TestDesk) {
    let cast = Cast::stored(&desk.desk.db).await;
    crate::writing::drafted(desk, &cast).await;
    for (name, text) in
        [("Apologise", "We are sorry."), ("Refund everything", "You get it back."), ("Thanks", "Thank you.")]
    {
        let texts = BTreeMap::from([("en".to_owned(), text.to_owned())]);
        let one = Macro {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            owner_id: None,
            name: name.to_owned(),
            document: Json(MacroDocument { texts, ..MacroDocument::default() }),
            updated_at: NOW,
        };
        write(&desk.desk.db, async |tx| macros::save(tx, &one, NOW).await).await;
    }
}

async fn open(browser: &Browser, desk: &TestDesk) {
    browser.goto(&format!("http://{}/conversations/7?view=all", desk.address)).await.unwrap();
    until(browser, "a calm page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
}

/// Presses a key of the page until it has done what it does: just after something was drawn anew the page takes none.
async fn press_until(browser: &Browser, key: &str, done: &str) {
    for _ in 0..100 {
        browser.find(Locator::Css("body")).await.unwrap().send_keys(key).await.unwrap();
        if browser.execute(&format!("return {done}"), Vec::new()).await.unwrap() == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{key} does nothing: {:?}", browser.console_errors().await);
}

/// Presses keys where the focus is.
async fn type_in(browser: &Browser, keys: &str) {
    browser.active_element().await.unwrap().send_keys(keys).await.unwrap();
}

async fn waits(desk: &TestDesk) -> bool {
    let talk = desk.talk(7).await;
    approvals::pending_of(&desk.desk.db, talk.id).await.unwrap().is_some() && !talk.taken_over
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_macro_is_typed_into_its_list_and_decides_nothing() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    drafted(&desk).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk).await;
    let field = browser.find(Locator::Css("#composer textarea")).await.unwrap();
    field.click().await.unwrap();
    field.send_keys("/ap").await.unwrap();
    until(&browser, "one macro", &format!("return {TYPED} === 'ap' && {LISTED} === 'Apologise'")).await;
    assert!(waits(&desk).await, "nothing was decided");
    look(&browser, "macros").await;
    type_in(&browser, "x").await;
    let nothing =
        format!("return {LISTED} === '' && document.querySelector('#macros [data-nothing]').checkVisibility()");
    until(&browser, "a word that none fits", &nothing).await;
    type_in(&browser, ENTER).await;
    until(&browser, "the list", &format!("return {OPEN}")).await;
    type_in(&browser, ESCAPE).await;
    let back = format!("return !{OPEN} && document.activeElement.matches('#composer textarea')");
    until(&browser, "the text again", &back).await;

    // Where the text could not be kept the page stays, and a choice ends the choosing all the same.
    let changed = "const notice = Object.assign(document.createElement('p'), { className: 'changed' });
        document.getElementById('composer').append(notice);
        document.getElementById('macros').showPopover();
        document.querySelector('#macros a[data-macro]').click()";
    browser.execute(changed, Vec::new()).await.unwrap();
    until(&browser, "no list", &format!("return !{OPEN}")).await;

    // By its key, with what is typed at once; the arrows choose.
    open(&browser, &desk).await;
    press_until(&browser, "m", OPEN).await;
    type_in(&browser, "Refund every").await;
    until(&browser, "one macro", &format!("return {TYPED} === 'Refund every' && {LISTED} === 'Refund everything'"))
        .await;
    let closed = "return !document.getElementById('reject').matches(':popover-open')";
    until(&browser, "no other menu", closed).await;
    assert!(waits(&desk).await, "nothing was decided");
    type_in(&browser, DOWN).await;
    until(&browser, "the macro", &format!("return {FOCUSED} === 'Refund everything'")).await;
    type_in(&browser, ENTER).await;
    let there = "return document.querySelector('#composer textarea').value === 'You get it back.'";
    until(&browser, "its text", there).await;
    assert!(waits(&desk).await, "nothing was decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_and_arrows_go_through_an_open_menu_and_press_nothing_of_the_page() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    drafted(&desk).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk).await;
    let times = "document.getElementById('snooze').matches(':popover-open')";
    press_until(&browser, "h", times).await;
    type_in(&browser, "t").await;
    until(&browser, "three hours", &format!("return {FOCUSED} === 'For three hours'")).await;
    type_in(&browser, DOWN).await;
    until(&browser, "tomorrow", &format!("return {FOCUSED} === 'Until tomorrow 08:00'")).await;
    // Each of them decides something on the page: nothing of it is even sent.
    let listens = "window.sent = []; const send = window.fetch;
        window.fetch = (...asked) => { window.sent.push(String(asked[0]?.url ?? asked[0])); return send(...asked); }";
    browser.execute(listens, Vec::new()).await.unwrap();
    type_in(&browser, "a").await;
    type_in(&browser, ESCAPE).await;
    until(&browser, "no menu", "return !document.querySelector(':popover-open')").await;
    let decided = "return window.sent.filter((address) => address.includes('/approvals/'))";
    assert_eq!(browser.execute(decided, Vec::new()).await.unwrap(), json!([]));
    assert!(waits(&desk).await, "nothing was decided");
}
