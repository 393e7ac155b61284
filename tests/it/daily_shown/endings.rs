//! What is ended by a key is what was seen, and what went wrong with it is said.

use fantoccini::Locator;
use resolute::model::conversation::ConversationStatus;
use resolute::store::messages;

use super::{ENTER, ESCAPE, calm, open, press, type_in};
use crate::support::cast::{Cast, put};
use crate::support::chromium::{Browser, NARROW, WIDE};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{look, sign_in, until};

#[tokio::test(flavor = "multi_thread")]
async fn daily_what_has_come_into_view_is_ended_and_no_more() {
    const SHOWN: &str = "document.querySelector('#head form[action$=\"/resolution\"] [name=shown]').value";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 7).await;
    sign_in(&browser, &desk).await;
    let looks = "window.looks = 0; document.addEventListener('desk:seen', () => { window.looks += 1; })";
    browser.before_pages(looks).await;
    open(&browser, &desk, "/conversations/7?view=all").await;
    until(&browser, "it is seen", "return window.looks > 0").await;
    let shown = browser.execute(&format!("return {SHOWN}"), Vec::new()).await.unwrap();
    let seq = messages::list(&desk.desk.db, row.id, 9).await.unwrap().last().unwrap().seq;
    assert_eq!(shown, format!("{seq}.0"), "as the server reads it");

    put(&desk.desk.db, &[], &[cast.message(&row, "One more thing.")]).await;
    press(&browser, "d").await;
    let told = "return document.querySelector('#said').textContent.includes('The customer wrote meanwhile')";
    until(&browser, "a word of what came", told).await;
    assert_eq!(desk.talk(7).await.status, ConversationStatus::Open);
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_what_came_in_since_the_tick_is_not_ended_unseen_on_a_live_row() {
    const SEEN: &str = "return document.querySelector('#rows .pick:checked').value";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let number = crate::composer_files::received_by(&desk).await;
    sign_in(&browser, &desk).await;
    let write = async |id: &str, text: &str| {
        let raw = format!(
            "From: Sofie Lind <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: Re: Broken\r\n\
             Message-ID: <{id}@post.example>\r\nIn-Reply-To: <s1@post.example>\r\n\r\n{text}\r\n"
        );
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
    };
    let shows = async |text: &str| {
        let script = format!("return document.querySelector('#rows a.row')?.textContent.includes('{text}')");
        until(&browser, text, &script).await;
    };
    let tick = async || {
        calm(&browser).await;
        browser.find(Locator::Css("#rows .pick")).await.unwrap().click().await.unwrap();
    };
    let end = async |told: &str| {
        browser.execute("document.activeElement.blur()", Vec::new()).await.unwrap();
        press(&browser, "d").await;
        let script = format!("return document.querySelector('.bulk-result')?.textContent.includes('{told}')");
        until(&browser, told, &script).await;
    };
    open(&browser, &desk, "/inbox?view=open").await;
    tick().await;
    write("s2", "And one is broken").await;
    shows("And one is broken").await;
    until(&browser, "the tick", "return document.querySelectorAll('#rows .pick:checked').length === 1").await;
    end("something came in since you saw it").await;
    assert_eq!(desk.talk(number).await.status, ConversationStatus::Open);

    // The next page keeps the tick, and what was seen of it.
    browser.execute("document.querySelector('#rows .pick:checked')?.click()", Vec::new()).await.unwrap();
    tick().await;
    let seen = browser.execute(SEEN, Vec::new()).await.unwrap();
    write("s3", "Send both please").await;
    shows("Send both please").await;
    // The row may be drawn anew at any moment.
    browser.execute("document.querySelector('#rows a.row').click()", Vec::new()).await.unwrap();
    until(&browser, "the conversation", "return location.pathname.startsWith('/conversations/')").await;
    until(&browser, "the row that is read", "return !document.querySelector('#rows .unread')").await;
    calm(&browser).await;
    assert_eq!(browser.execute(SEEN, Vec::new()).await.unwrap(), seen);

    // Ticked anew, it is ticked as it stands.
    tick().await;
    tick().await;
    assert_ne!(browser.execute(SEEN, Vec::new()).await.unwrap(), seen);
    end("1 conversation resolved").await;
    assert_eq!(desk.talk(number).await.status, ConversationStatus::Resolved);
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_what_went_wrong_covers_nothing_that_is_written_and_can_be_closed() {
    const APART: &str = "const [one, other] = ['#said > .notice.bad', '#composer'].map((part) =>
            document.querySelector(part).getBoundingClientRect());
        return one.height > 0 && (one.right <= other.left || one.bottom <= other.top)";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 7).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/7?view=all").await;
    let told = "return document.querySelector('#said').textContent.includes('The customer wrote meanwhile')";
    let gone = "return document.querySelector('#said > *') === null";
    put(&desk.desk.db, &[], &[cast.message(&row, "One more thing.")]).await;
    press(&browser, "d").await;
    until(&browser, "what went wrong", told).await;
    for (size, name) in [(NARROW, "narrow"), (WIDE, "wide")] {
        browser.resize(size).await;
        assert_eq!(browser.execute(APART, Vec::new()).await.unwrap(), true, "{name}");
    }
    look(&browser, "went-wrong").await;
    press(&browser, ESCAPE).await;
    until(&browser, "nothing", gone).await;

    // From the text too, which goes on; and with the mouse.
    put(&desk.desk.db, &[], &[cast.message(&row, "And another one.")]).await;
    for by_key in [true, false] {
        browser.execute("document.activeElement.blur()", Vec::new()).await.unwrap();
        press(&browser, "d").await;
        until(&browser, "what went wrong", told).await;
        calm(&browser).await;
        if by_key {
            browser.find(Locator::Css("#composer textarea")).await.unwrap().click().await.unwrap();
            type_in(&browser, ESCAPE).await;
            until(&browser, "the text", "return document.activeElement.matches('#composer textarea')").await;
        } else {
            browser.find(Locator::Css("#said [data-unsays]")).await.unwrap().click().await.unwrap();
        }
        until(&browser, "nothing", gone).await;
        put(&desk.desk.db, &[], &[cast.message(&row, "Once more.")]).await;
    }

    // By key too; whoever closes it goes on where they were, or where the page begins.
    calm(&browser).await;
    let close = "desk.say('bad', 'Not done.', 'Try again.'); document.querySelector('#said [data-unsays]').focus();";
    let places = [
        ("#composer textarea", "", "#composer textarea"),
        ("#rows a.row", "document.querySelector('#rows a.row').remove()", "#main [tabindex='0']"),
    ];
    for (from, then, at) in places {
        let script = format!("document.querySelector('{from}').focus(); {close} {then}");
        browser.execute(&script, Vec::new()).await.unwrap();
        type_in(&browser, ENTER).await;
        until(&browser, "nothing", gone).await;
        let there = format!("return document.activeElement.matches(\"{at}\")");
        until(&browser, at, &there).await;
    }
}
