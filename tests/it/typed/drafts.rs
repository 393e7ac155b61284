//! What is typed into a draft of the agent's.

use fantoccini::Locator;
use resolute::model::ApprovalId;
use serde_json::json;

use super::{add, asks, choose, holds, open, says};
use crate::support::cast::Cast;
use crate::support::chromium::{Browser, NARROW, WIDE};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{look, sign_in, until};
use crate::writing;

/// Conversation 7 with a draft that waits; its approval.
async fn drafted(desk: &TestDesk) -> ApprovalId {
    writing::drafted(desk, &Cast::stored(&desk.desk.db).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_into_a_draft_it_comes_back_until_it_is_left_as_it_was() {
    const FIELD: &str = "#draft-body";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    drafted(&desk).await;
    sign_in(&browser, &desk).await;
    let edit = "/conversations/7?view=all&edit=1";
    open(&browser, &desk, edit).await;
    let text = format!("return document.querySelector('{FIELD}').value");
    let written = browser.execute(&text, Vec::new()).await.unwrap().as_str().unwrap().replace('\n', "\\n");
    let mine = format!("{written} Kind regards from Mara.");
    add(&browser, FIELD, " Kind regards from Mara.").await;
    browser.refresh().await.unwrap();
    holds(&browser, FIELD, &mine).await;

    browser.find(Locator::Css("[data-leaves-edit]")).await.unwrap().click().await.unwrap();
    until(&browser, "the draft", "return document.querySelector('.draft-text') !== null").await;
    open(&browser, &desk, edit).await;
    holds(&browser, FIELD, &written).await;

    add(&browser, FIELD, " Mine.").await;
    browser.find(Locator::Css("[form^='edit-'][data-command]")).await.unwrap().click().await.unwrap();
    until(&browser, "the queue without it", "return document.querySelector('#draft-body') === null").await;
    let left = "return Object.keys(sessionStorage).filter((key) => key.startsWith('/approvals/')).length === 0";
    until(&browser, "nothing left in the tab", left).await;
}

/// What is below the message, other than the list; first whether there is one.
const BELOW: &str = "
    const said = document.getElementById('said');
    const { left, right, top, bottom } = said.querySelector('.notice').getBoundingClientRect();
    const below = new Set();
    said.style.visibility = 'hidden';
    for (let x = left + 1; x < right; x += 6) {
        for (let y = top + 1; y < bottom; y += 6) {
            const hit = document.elementFromPoint(x, y)?.closest('main :is(input, textarea, select, button)');
            if (hit && !hit.closest('#list')) below.add(hit.outerHTML.slice(0, 80));
        }
    }
    said.style.visibility = '';
    return [right > left && bottom > top, ...below]";

#[tokio::test(flavor = "multi_thread")]
async fn what_went_wrong_covers_no_field_and_no_decision() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let approval = drafted(&desk).await;
    sign_in(&browser, &desk).await;
    let pages = [
        format!("/channels/{}", desk.setup.channel),
        "/macros/new".to_owned(),
        "/conversations/7?view=all&edit=1".to_owned(),
        format!("/approvals/{approval}?edit=1"),
        format!("/approvals/{approval}"),
    ];
    let words = "Somebody else saved this page meanwhile. What you typed still stands here.";
    let says = format!("desk.say('bad', 'Not saved.', '{words}')");
    for size in [NARROW, WIDE] {
        browser.resize(size).await;
        for path in &pages {
            open(&browser, &desk, path).await;
            browser.execute(&says, Vec::new()).await.unwrap();
            assert_eq!(browser.execute(BELOW, Vec::new()).await.unwrap(), json!([true]), "{path} at {size:?}");
        }
    }
    look(&browser, "went-wrong-in-an-edit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn esc_leaves_the_draft_and_keeps_what_was_typed_into_it() {
    const FIELD: &str = "#draft-body";
    const ESC: &str = "\u{e00c}";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let approval = drafted(&desk).await;
    sign_in(&browser, &desk).await;
    let pages = [
        ("/conversations/7?view=all&edit=1".to_owned(), " From Mara."),
        (format!("/approvals/{approval}?edit=1"), " From Ole."),
    ];
    for (edit, mine) in pages {
        open(&browser, &desk, &edit).await;
        add(&browser, FIELD, mine).await;
        let ends = format!("document.querySelector('{FIELD}')?.value.endsWith('{mine}')");
        says(&browser, "kept").await;
        // A key right behind a swap is taken for one that was meant for what stood there before.
        until(&browser, "a moment of rest", "return !desk.justSwapped()").await;
        add(&browser, FIELD, ESC).await;
        let beside = format!("return document.activeElement.id !== 'draft-body' && {ends} && !desk.justSwapped()");
        until(&browser, "the words beside the caret", &beside).await;
        add(&browser, "body", ESC).await;
        let left = "return document.querySelector('.draft-text') !== null && !desk.justSwapped()
            && document.querySelector('#said').textContent.includes('Your words are kept.')";
        until(&browser, "the draft, and a word of what was typed", left).await;
        add(&browser, "body", "e").await;
        until(&browser, mine, &format!("return Boolean({ends})")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_into_a_draft_it_is_there_on_another_device() {
    const FIELD: &str = "#draft-body";
    let Some(desktop) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let approval = drafted(&desk).await;
    let phone = Browser::start().await.expect("a second device");
    for device in [&desktop, &phone] {
        sign_in(device, &desk).await;
    }
    open(&desktop, &desk, "/conversations/7?view=all&edit=1").await;
    add(&desktop, FIELD, " Regards from Mara.").await;
    says(&desktop, "kept").await;

    open(&phone, &desk, &format!("/approvals/{approval}")).await;
    let begun = "return document.querySelector('.stays')?.textContent.includes('Your own version is kept') ?? false";
    until(&phone, "a word of the version", begun).await;
    look(&phone, "version-begun").await;
    add(&phone, "body", "e").await;
    let ends = |with: &str| format!("return document.querySelector('{FIELD}')?.value.endsWith('{with}') ?? false");
    until(&phone, "the version", &ends(" Regards from Mara.")).await;
    add(&phone, FIELD, " Soon.").await;
    says(&phone, "kept").await;

    add(&desktop, FIELD, " Now.").await;
    asks(&desktop, "Regards from Mara. Soon.").await;
    look(&desktop, "version-changed-elsewhere").await;
    choose(&desktop, "Use that one").await;
    until(&desktop, "the other one", &ends(" Regards from Mara. Soon.")).await;
    desktop.find(Locator::Css("[form^='edit-'][data-command]")).await.unwrap().click().await.unwrap();
    until(&desktop, "no edit", "return document.querySelector('#draft-body') === null").await;
    open(&phone, &desk, "/conversations/7?view=all").await;
    let sent = "return document.querySelector('#timeline').textContent.includes('Regards from Mara. Soon.')
        && document.querySelector('.draft') === null";
    until(&phone, "the reply", sent).await;
}
