//! The list and the conversation in a real browser: ticks by key, presence between two windows, keys that list themselves.
//!
//! With `RESOLUTE_SCREENS` naming a folder, pictures of the page are saved there.

mod commands;
mod endings;

use fantoccini::Locator;
use fantoccini::key::Key;
use resolute::model::conversation::ConversationStatus;
use resolute::store::notifications;

use crate::support::cast::{Cast, NOW};
use crate::support::chromium::{Browser, NARROW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::write;
use crate::support::visit::{look, sign_in, until};

/// As the driver names them.
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

async fn open(browser: &Browser, desk: &TestDesk, path: &str) {
    browser.goto(&format!("http://{}{path}", desk.address)).await.unwrap();
}

/// Keys count once nothing moves: the page is there, and what is loaded after it.
async fn calm(browser: &Browser) {
    let calm =
        "return Boolean(window.desk?.tick) && !document.querySelector('#candidates .ghost') && !desk.justSwapped()";
    until(browser, "a calm page", calm).await;
}

async fn press(browser: &Browser, keys: &str) {
    calm(browser).await;
    browser.find(Locator::Css("body")).await.unwrap().send_keys(keys).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_ticks_are_set_by_key_and_resolved_at_once() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    for number in 1..=5 {
        cast.open(&desk.desk.db, number).await;
    }
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/inbox?view=open").await;
    browser.execute("document.querySelector('#rows a.row').focus()", Vec::new()).await.unwrap();
    calm(&browser).await;
    for keys in ["x", "j", "j", "X"] {
        type_in(&browser, keys).await;
    }
    until(&browser, "three ticks", "return document.querySelectorAll('.pick:checked').length === 3").await;
    look(&browser, "ticked").await;
    browser.execute("document.activeElement.blur()", Vec::new()).await.unwrap();
    press(&browser, "d").await;
    until(
        &browser,
        "the answer",
        "return document.querySelector('.bulk-result')?.textContent.includes('3 conversations resolved')",
    )
    .await;
    until(&browser, "two rows", "return document.querySelectorAll('#rows a.row').length === 2").await;
    press(&browser, "z").await;
    until(&browser, "five rows", "return document.querySelectorAll('#rows a.row').length === 5").await;

    open(&browser, &desk, "/conversations/3?view=open").await;
    let keys = keys(&browser).await;
    assert!(keys.lines().count() > 15, "{keys}");
    assert!(keys.contains("/ a macro, while the reply is empty") && keys.contains("@ a teammate, in a note"), "{keys}");
    assert!(keys.contains("↑ ↓ choose") && keys.contains("D Resolve"), "{keys}");
    // Nothing is new, nothing is ticked, and no draft waits.
    for absent in
        ["Show what is new", "Untick all", "Approve and send", "all steps of the agent", "a source of the draft"]
    {
        assert!(!keys.contains(absent), "{absent} is listed, and does nothing here: {keys}");
    }
    look(&browser, "keys").await;
    press(&browser, ESCAPE).await;

    let second = Browser::start().await.expect("a second window");
    sign_in_as_noor(&second, &desk, &cast).await;
    open(&second, &desk, "/conversations/3?view=open").await;
    until(&second, "who looks", "return document.getElementById('presence').textContent.includes('is looking')").await;
    until(&browser, "Noor", "return document.getElementById('presence').textContent === 'Noor is looking'").await;
    second.find(Locator::Css("#composer textarea")).await.unwrap().send_keys("I am at it").await.unwrap();
    until(&browser, "Noor writes", "return document.getElementById('presence').textContent === 'Noor is writing'")
        .await;
    look(&browser, "presence").await;
}

/// Opens the list of keys; gives it, a line each.
async fn keys(browser: &Browser) -> String {
    press(browser, "?").await;
    until(browser, "the keys", "return document.getElementById('keys').open").await;
    let lines = "return [...document.querySelectorAll('#keys dt')].map((key) =>
        `${key.textContent.trim()} ${key.nextElementSibling.textContent}`).join('\\n')";
    browser.execute(lines, Vec::new()).await.unwrap().as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_the_keys_of_a_page_are_those_that_do_something_there() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 1).await;
    // Before somebody is signed in, and where there is nothing.
    for path in ["/session/new", "/conversations/99999"] {
        open(&browser, &desk, path).await;
        browser.execute("document.activeElement.blur()", Vec::new()).await.unwrap();
        let keys = keys(&browser).await;
        assert!(keys.contains("Ctrl K find or do") && keys.contains("? all keys"), "{path}: {keys}");
        assert!(!keys.contains("next") && !keys.contains("Go to"), "{path}: {keys}");
        if path == "/session/new" {
            sign_in(&browser, &desk).await;
        }
    }
    open(&browser, &desk, "/inbox?view=open").await;
    calm(&browser).await;
    browser.execute("document.querySelector('.pick').click()", Vec::new()).await.unwrap();
    let ticked = keys(&browser).await;
    assert!(ticked.contains("Esc Untick all") && ticked.contains("X tick the row"), "{ticked}");
    open(&browser, &desk, "/voices").await;
    let phrases = keys(&browser).await;
    assert!(phrases.contains("⌫ to the last phrase") && !phrases.contains("a teammate, in a note"), "{phrases}");
}

/// Noor has no password: her session is put into the window.
async fn sign_in_as_noor(browser: &Browser, desk: &TestDesk, cast: &Cast) {
    open(browser, desk, "/session/new").await;
    let session = resolute::web::guard::sign_in(&desk.desk, cast.noor.id).await.unwrap();
    let cookie = format!("document.cookie = '{}={}; path=/'", session.name(), session.value());
    browser.execute(&cookie, Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_the_box_in_the_head_ticks_all_that_are_shown() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    for number in 1..=3 {
        cast.open(&desk.desk.db, number).await;
    }
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/inbox?view=open").await;
    run(&browser, "tick all").await;
    let ticked = "return document.querySelectorAll('.pick:checked').length === 3";
    until(&browser, "three ticks", ticked).await;
    browser.find(Locator::Css("#rows .pick")).await.unwrap().click().await.unwrap();
    let some = "const box = document.querySelector('[data-ticks]'); return !box.checked && box.indeterminate";
    until(&browser, "some ticked", some).await;
    run(&browser, "untick").await;
    let none = "return document.querySelector('.pick:checked, [data-ticks]:is(:checked, :indeterminate)') === null";
    until(&browser, "none ticked", none).await;
    browser.find(Locator::Css("[data-ticks]")).await.unwrap().click().await.unwrap();
    until(&browser, "three ticks", ticked).await;
    run(&browser, "to sleep: for a week").await;
    until(
        &browser,
        "the answer",
        "return document.querySelector('.bulk-result')?.textContent.includes('3 conversations put to sleep')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_who_follows_a_conversation_stands_beside_it() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    write(&desk.desk.db, async |tx| notifications::follow(tx, row.id, cast.noor.id, NOW).await).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/3?view=open").await;
    let shown = |names: &str| {
        format!(
            "const all = [...document.querySelectorAll('#followers li bdi')].map((one) => one.textContent);
             return all.join(', ') === '{names}'"
        )
    };
    until(&browser, "Noor", &shown("Noor")).await;
    for (words, names) in [("follow this", "You, Noor"), ("follow no longer", "Noor")] {
        find(&browser, words).await;
        browser.active_element().await.unwrap().send_keys(ENTER).await.unwrap();
        until(&browser, names, &shown(names)).await;
        look(&browser, "followers").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_a_reply_ends_its_case_by_its_keys_and_a_note_does_not() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 3).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/3?view=all").await;
    let ends: String = [Key::Control, Key::Shift, Key::Enter].into_iter().map(char::from).collect();
    let write = async |mode: &str, text: &str| {
        calm(&browser).await;
        browser.find(Locator::Css(&format!("[data-compose={mode}]"))).await.unwrap().click().await.unwrap();
        let field = browser.find(Locator::Css("#composer textarea:not([disabled])")).await.unwrap();
        field.send_keys(&format!("{text}{ends}")).await.unwrap();
    };
    write("note", "Ask Tom").await;
    until(&browser, "the note", "return document.getElementById('timeline').textContent.includes('Ask Tom')").await;
    assert_ne!(desk.talk(3).await.status, ConversationStatus::Resolved);
    write("reply", "It left today").await;
    let done = "return document.getElementById('timeline').textContent.includes('resolved it')
        && document.getElementById('timeline').textContent.includes('It left today')";
    until(&browser, "the end", done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_on_a_phone_words_stand_beside_their_box_and_what_opens_is_a_thumb_high() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    sign_in(&browser, &desk).await;
    browser.resize(NARROW).await;
    for (path, fits) in [
        (
            "/answer-times",
            "const boxes = [...document.querySelectorAll('main label > input[type=checkbox]')];
             return boxes.length === 2 && boxes.every((box) => {
                 const words = document.createRange();
                 words.selectNodeContents(box.parentElement);
                 words.setStartAfter(box);
                 return [...words.getClientRects()].every((line) => !line.width || line.left >= box.getBoundingClientRect().right);
             })",
        ),
        (
            "/macros/new",
            "const opens = [...document.querySelectorAll('main summary')];
             return opens.length > 1 && opens.every((one) => one.getBoundingClientRect().height > 23.9)",
        ),
    ] {
        open(&browser, &desk, path).await;
        assert_eq!(browser.execute(fits, Vec::new()).await.unwrap(), true, "{path}");
    }
}

/// Opens what `Ctrl-K` opens, and types.
async fn find(browser: &Browser, words: &str) {
    calm(browser).await;
    browser.execute("document.querySelector('[data-opens=find]').click()", Vec::new()).await.unwrap();
    until(browser, "the words", "return document.getElementById('find').open").await;
    type_in(browser, words).await;
}

/// The same, and does the first of what is found.
async fn run(browser: &Browser, words: &str) {
    find(browser, words).await;
    type_in(browser, ENTER).await;
}

/// Presses keys where the focus is.
async fn type_in(browser: &Browser, keys: &str) {
    browser.active_element().await.unwrap().send_keys(keys).await.unwrap();
}
