//! The filter of the inbox in a real browser: by keyboard, live, on the narrowest screen, and without script.

use fantoccini::Locator;
use fantoccini::key::Key;
use resolute::model::event::EventKind;
use resolute::store::conversations;
use resolute::store::intake::{self, ConversationRow, NewEvent};
use serde_json::json;

use crate::support::cast::{Cast, NOW};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::write;
use crate::support::visit::{look, sign_in, until};

const NARROWEST: (u32, u32) = (360, 640);

async fn open(browser: &Browser, desk: &TestDesk, path: &str) {
    browser.goto(&format!("http://{}{path}", desk.address)).await.unwrap();
}

async fn tag(desk: &TestDesk, row: &ConversationRow) {
    write(&desk.desk.db, async |tx| conversations::add_tag(tx, row.id, "vip", NOW).await).await;
}

/// Five open conversations, of which the second and the fourth are tagged.
async fn five(wish: Wish) -> (TestDesk, Cast) {
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    for number in 1..=5 {
        let row = cast.open(&desk.desk.db, number).await;
        if number % 2 == 0 {
            tag(&desk, &row).await;
        }
    }
    (desk, cast)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_is_filled_in_by_keyboard_and_its_list_lives() {
    let Some(browser) = Browser::start().await else { return };
    let (desk, cast) = five(Wish::lively(Engine::Sqlite)).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/inbox?view=open").await;
    until(&browser, "a calm page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
    browser.execute("document.querySelector('[data-opens=find]').click()", Vec::new()).await.unwrap();
    until(&browser, "the words", "return document.getElementById('find').open").await;
    let enter = String::from(char::from(Key::Enter));
    browser.active_element().await.unwrap().send_keys(&format!("filter the{enter}")).await.unwrap();
    until(&browser, "the first field", "return document.activeElement.id === 'filter-status'").await;
    look(&browser, "filter").await;
    let field = browser.find(Locator::Id("filter-tag")).await.unwrap();
    field.send_keys(&format!("vip{enter}")).await.unwrap();
    let two = "return new URLSearchParams(location.search).get('tag') === 'vip'
        && document.querySelectorAll('#rows a.row').length === 2
        && document.querySelector('[data-list-count]').textContent === '2'";
    until(&browser, "two rows", two).await;
    look(&browser, "filtered").await;

    let calm = "return !document.querySelector('#candidates .ghost') && !desk.justSwapped()";
    until(&browser, "a calm page", calm).await;
    browser.find(Locator::Css("body")).await.unwrap().send_keys("j").await.unwrap();
    until(&browser, "a row", "return document.activeElement.matches('#rows a.row')").await;

    // Somebody writes, and it belongs here: nothing moves, it is counted, and the list is a click away.
    let row = cast.open(&desk.desk.db, 6).await;
    tag(&desk, &row).await;
    let event = NewEvent {
        id: desk.desk.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id: Some(row.id),
        kind: EventKind::MessageReceived,
        actor: "system".to_owned(),
        data: json!({}),
        at: desk.desk.clock.now(),
    };
    write(&desk.desk.db, async |tx| intake::insert_events(tx, &[event]).await).await;
    let counted = "const fresh = document.getElementById('fresh');
        return !fresh.hidden && fresh.getAttribute('href').includes('tag=vip')
            && document.querySelectorAll('#rows a.row').length === 2
            && document.querySelector('[data-list-count]').textContent === '3'";
    until(&browser, "what is new", counted).await;
    browser.find(Locator::Id("fresh")).await.unwrap().click().await.unwrap();
    until(&browser, "three rows", "return document.querySelectorAll('#rows a.row').length === 3").await;

    browser.find(Locator::Css(".asked-for a[aria-label$='Tag vip']")).await.unwrap().click().await.unwrap();
    let all = "return !location.search.includes('vip') && document.querySelectorAll('#rows a.row').length === 6
        && document.getElementById('filter-tag').value === ''";
    until(&browser, "all six, and a form that says so", all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_asks_for_what_is_overdue_by_its_words() {
    let Some(browser) = Browser::start().await else { return };
    let (desk, _) = five(Wish::lively(Engine::Sqlite)).await;
    let mut late = desk.talk(2).await;
    for number in [1, 3, 4, 5] {
        let mut talk = desk.talk(number).await;
        talk.due_at = None;
        write(&desk.desk.db, async |tx| conversations::update(tx, &talk).await).await;
    }
    late.due_at = Some(NOW);
    write(&desk.desk.db, async |tx| conversations::update(tx, &late).await).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/inbox?view=open").await;
    until(&browser, "a calm page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
    browser.execute("document.querySelector('[data-opens=find]').click()", Vec::new()).await.unwrap();
    until(&browser, "the words", "return document.getElementById('find').open").await;
    let enter = String::from(char::from(Key::Enter));
    browser.active_element().await.unwrap().send_keys(&format!("is overdue{enter}")).await.unwrap();
    let ready = "return document.activeElement.name === 'overdue'
        && document.activeElement.closest('[popover]').matches(':popover-open')";
    until(&browser, "what is overdue", ready).await;
    browser.active_element().await.unwrap().send_keys(" ").await.unwrap();
    until(&browser, "a tick", "return document.activeElement.checked").await;
    browser.active_element().await.unwrap().send_keys(&enter).await.unwrap();
    let one = "return new URLSearchParams(location.search).get('overdue') === '1'
        && document.querySelectorAll('#rows a.row').length === 1
        && document.querySelector('.asked-for a[aria-label$=\"by Overdue\"]') !== null";
    until(&browser, "what is overdue alone", one).await;
    look(&browser, "filtered-overdue").await;
    browser.find(Locator::Css(".asked-for a[aria-label$='by Overdue']")).await.unwrap().click().await.unwrap();
    until(&browser, "all five", "return document.querySelectorAll('#rows a.row').length === 5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_fits_every_screen_beside_the_rail_and_needs_no_script() {
    let Some(browser) = Browser::start().await else { return };
    let (desk, _) = five(Wish::exact(Engine::Sqlite)).await;
    sign_in(&browser, &desk).await;
    let inside =
        "const [box, rail] = ['filter', 'rail'].map((id) => document.getElementById(id).getBoundingClientRect());
        return box.height > 200 && box.left >= 0 && box.right <= innerWidth
            && box.top >= 0 && box.bottom <= innerHeight && (box.left >= rail.right || box.bottom <= rail.top)";
    // The rail lies below the list up to 768, and to its left from there on.
    for size in [(1280, 800), (769, 900), (768, 1024), NARROWEST] {
        browser.resize(size).await;
        open(&browser, &desk, "/inbox?view=open").await;
        browser.find(Locator::Css("[popovertarget=filter]")).await.unwrap().click().await.unwrap();
        until(&browser, "the whole form", inside).await;
    }

    browser.set_script(false).await;
    open(&browser, &desk, "/inbox?view=open").await;
    browser.find(Locator::Css("[popovertarget=filter]")).await.unwrap().click().await.unwrap();
    browser.find(Locator::Id("filter-tag")).await.unwrap().send_keys("vip").await.unwrap();
    browser.find(Locator::Css("#filter .main")).await.unwrap().click().await.unwrap();
    let rows = |count| format!("return document.querySelectorAll('#rows a.row').length === {count}");
    until(&browser, "what is tagged", &rows(2)).await;
    browser.find(Locator::Css(".asked-for .quiet")).await.unwrap().click().await.unwrap();
    until(&browser, "all five", &rows(5)).await;
}
