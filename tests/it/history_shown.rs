//! A long conversation in a real browser: what was said earlier comes above, nothing that is read moves.

use fantoccini::Locator;
use fantoccini::key::Key;
use resolute::inbox::split;
use resolute::store::intake::NewMessage;
use resolute::store::messages;
use serde_json::json;

use crate::history::{NUMBER, long};
use crate::support::cast::{Cast, at, put};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{look, sign_in, until};

/// Where the message that was on top stands on the screen.
const PLACE: &str = "return Math.round(window.marked.getBoundingClientRect().top)";

async fn shown(browser: &Browser, messages: usize) {
    let script = format!("return document.querySelectorAll('#timeline .message[id^=message]').length === {messages}");
    until(browser, &format!("{messages} messages"), &script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_messages_come_above_by_key_and_nothing_jumps() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    long(&desk, &cast).await;
    sign_in(&browser, &desk).await;
    let here = format!("http://{}/conversations/{NUMBER}?view=all", desk.address);
    browser.goto(&here).await.unwrap();
    let ready =
        "return Boolean(window.htmx && window.desk?.tick && document.querySelector('#earlier[data-htmx-powered]'))";
    until(&browser, "the page", ready).await;
    shown(&browser, 200).await;
    let mark =
        "document.getElementById('earlier').focus(); window.marked = document.querySelector('#timeline .message');";
    browser.execute(mark, Vec::new()).await.unwrap();
    let before = browser.execute(PLACE, Vec::new()).await.unwrap();
    let enter = String::from(char::from(Key::Enter));
    browser.active_element().await.unwrap().send_keys(&enter).await.unwrap();
    shown(&browser, 400).await;
    let focused =
        "return document.activeElement.id === 'earlier' && document.activeElement.textContent.includes('(50)')";
    until(&browser, "the way further back, with the focus", focused).await;
    assert_eq!(browser.execute(PLACE, Vec::new()).await.unwrap(), before, "what was read stands where it stood");
    let days = "const days = [...document.querySelectorAll('#timeline > .day')].map((day) => day.id);
        return days.length > 0 && new Set(days).size === days.length";
    assert_eq!(browser.execute(days, Vec::new()).await.unwrap(), true, "each day is named once");
    look(&browser, "earlier").await;

    // Ctrl-K finds it too; then nothing is before it any more, and the keys go on in the timeline.
    browser.execute("document.getElementById('earlier').focus()", Vec::new()).await.unwrap();
    browser.execute("document.querySelector('[data-opens=find]').click()", Vec::new()).await.unwrap();
    until(&browser, "the words", "return document.getElementById('find').open").await;
    let field = browser.active_element().await.unwrap();
    field.send_keys("earlier mess").await.unwrap();
    field.send_keys(&enter).await.unwrap();
    shown(&browser, 450).await;
    let in_timeline = "return !document.getElementById('earlier') && document.activeElement.id.startsWith('scroll-')";
    until(&browser, "the focus in the timeline", in_timeline).await;
    assert_eq!(browser.current_url().await.unwrap().as_str(), here, "the page is the same");
    browser.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_messages_are_a_page_without_script() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    long(&desk, &cast).await;
    sign_in(&browser, &desk).await;
    browser.set_script(false).await;
    browser.goto(&format!("http://{}/conversations/{NUMBER}?view=all", desk.address)).await.unwrap();
    for (link, first) in [("#earlier", "Sentence number 51."), ("a.earlier:not(#earlier)", "Sentence number 251.")] {
        // The driver scrolls to nothing while scripts are off.
        let way = browser.find(Locator::Css(link)).await.unwrap().attr("href").await.unwrap().expect("an address");
        browser.goto(&format!("http://{}{way}", desk.address)).await.unwrap();
        let top = browser.find(Locator::Css("#timeline .message-text")).await.unwrap();
        assert_eq!(top.prop("textContent").await.unwrap().unwrap().trim(), first, "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_earlier_messages_is_there_and_has_seen_nothing_of_what_came_later() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    sign_in(&browser, &desk).await;
    let ids = long(&desk, &cast).await;
    let middle = messages::find(&desk.desk.db, ids[250]).await.unwrap().unwrap().seq;
    let looks = "window.looks = 0; document.addEventListener('desk:seen', () => { window.looks += 1; })";
    browser.before_pages(looks).await;
    let newest = format!("http://{}/conversations/{NUMBER}?view=all", desk.address);
    browser.goto(&format!("{newest}&before={middle}")).await.unwrap();
    until(&browser, "the look", "return window.looks > 0").await;
    let there = desk.desk.events.presence.others(NUMBER, cast.sam.id, desk.desk.clock.now());
    assert_eq!(there.len(), 1, "{there:?}");
    assert!(desk.talk(NUMBER).await.unread, "what came last is not there");

    // Nor has anybody seen what is out of view.
    browser.go_behind().await;
    browser.goto(&newest).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick)").await;
    let up = "document.getElementById('timeline').firstElementChild.scrollIntoView({ behavior: 'instant' })";
    browser.execute(up, Vec::new()).await.unwrap();
    browser.come_forth().await;
    until(&browser, "the look", "return window.looks > 0").await;
    assert!(desk.talk(NUMBER).await.unread, "the last message is below");
    let down = "document.getElementById('timeline').parentElement.scrollTop = 0";
    browser.execute(down, Vec::new()).await.unwrap();
    let read = format!("return !document.querySelector('#row-{NUMBER} .unread')");
    until(&browser, "the row that is read", &read).await;
    assert!(!desk.talk(NUMBER).await.unread);
}

/// What the timeline holds: the numbers of its sentences, whether a day or a message stands there twice, and the way further
/// back.
const HELD: &str = r"const all = [...document.querySelectorAll('#timeline > :is(.day, .message)')].map((entry) => entry.id);
    return [[...document.querySelectorAll('#timeline .message-text')].map((text) => Number(text.textContent.match(/\d+/)[0])),
        new Set(all).size === all.length, document.getElementById('earlier')?.textContent.match(/\d+/)[0] ?? '']";

/// Where the newest leave a conversation, as many of before come back into view.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_into_view_stands_on_top_and_once() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.conversation(NUMBER);
    // The first ones on a day before, which the page does not have at first.
    let say = |number: i64| NewMessage {
        created_at: at(if number > 15 { number } else { number - 86_400 }),
        ..cast.message(&row, &format!("Sentence number {number}."))
    };
    let said: Vec<NewMessage> = (1..=215).map(say).collect();
    put(&desk.desk.db, std::slice::from_ref(&row), &said).await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/conversations/{NUMBER}?view=all", desk.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
    shown(&browser, 200).await;
    let menu = format!("document.querySelector('#message-{} summary').focus()", said[214].id);
    browser.execute(&menu, Vec::new()).await.unwrap();
    // At first some are left before those that came back, and at last all are there.
    for (from, first, last, left) in [(205, 6, 205, "5"), (195, 1, 195, "")] {
        split::split(&desk.desk.inbox(), said[from].id, &cast.sam).await.unwrap();
        let numbers: Vec<i64> = (first..=last).collect();
        shown(&browser, numbers.len()).await;
        let gone = format!("return !document.getElementById('message-{}')", said[from].id);
        until(&browser, "what left", &gone).await;
        assert_eq!(browser.execute(HELD, Vec::new()).await.unwrap(), json!([numbers, true, left]));
        let stands = browser.execute("return document.activeElement.id", Vec::new()).await.unwrap();
        assert_eq!(stands, format!("scroll-{NUMBER}"), "who stood in what left goes on in the timeline");
    }
    look(&browser, "came-back-into-view").await;
}
