//! The list and the conversation in a real browser: ticks by key, presence between two windows, keys that list themselves.
//!
//! With `RESOLUTE_SCREENS` naming a folder, pictures of the page are saved there.

use fantoccini::Locator;
use fantoccini::key::Key;
use resolute::inbox::merge;
use resolute::model::conversation::ConversationStatus;
use resolute::store::{messages, notifications};

use crate::support::cast::{Cast, NOW, put};
use crate::support::chromium::{Browser, NARROW, WIDE};
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
async fn daily_every_action_of_a_conversation_is_found_by_its_words() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let said = ["Where is my parcel?", "وصلت الطلبية FJ-10023 متأخرة\nThank you"];
    put(&desk.desk.db, &[], &said.map(|words| cast.message(&row, words))).await;
    sign_in(&browser, &desk).await;
    let conversation = "/conversations/3?view=open";
    open(&browser, &desk, conversation).await;
    for (typed, first) in [
        ("tag this", "Tag this conversation"),
        ("hand to", "Hand to a teammate"),
        ("dark", "Dark theme"),
        ("macro", "Insert a macro"),
        ("split from", "Split from here: "),
        ("audit of", "Audit of this conversation"),
        ("merge", "Merge with another conversation"),
        ("filter", "Filter the list"),
        ("order by its number", "Find an order by its number"),
        ("send", "Send"),
        ("3", "Open conversation #3"),
        ("#3", "Open conversation #3"),
        ("channels", "Go to Channels"),
        ("shops", "Go to Shops"),
        ("audit", "Go to Audit"),
        ("all keys", "Show all keys"),
        ("over noor", "Hand over: Noor"),
        ("tick all", "Tick all that are shown"),
        ("add the tag", "Tag this conversation"),
        ("more actions", "More actions for this conversation"),
        ("invite", "Invite a teammate"),
        ("verify the audit log", "Verify the audit log"),
        ("make a view", "Make a view"),
    ] {
        find(&browser, typed).await;
        let listed = format!(
            "return [...document.querySelectorAll('#find-results li')].some((one) => one.textContent.startsWith('{first}'))"
        );
        until(&browser, first, &listed).await;
        browser.execute("document.getElementById('find').close()", Vec::new()).await.unwrap();
    }
    // A form with nothing in it is begun at its field: what would send it is no line of its own.
    find(&browser, "").await;
    let noise = "return [...document.querySelectorAll('#find-results li')].map((one) => one.textContent.trim())
        .filter((words) => /^(Add the tag|Hand over|Find ?F?|Show)$/.test(words)).join()";
    assert_eq!(browser.execute(noise, Vec::new()).await.unwrap(), "");
    browser.execute("document.getElementById('find').close()", Vec::new()).await.unwrap();
    run(&browser, "tag this").await;
    until(&browser, "the field", "return document.activeElement.id === 'tag'").await;
    look(&browser, "tag").await;
    // Each line in its own direction, and the number whole.
    open(&browser, &desk, conversation).await;
    until(
        &browser,
        "two directions",
        "const line = [...document.querySelectorAll('.message-text p')].at(-1);
         const [one, other] = [line.firstChild, line.lastChild].map((node) => {
             const range = document.createRange(); range.selectNodeContents(node); return range.getBoundingClientRect(); });
         const box = line.getBoundingClientRect();
         return box.right - one.right < 2 && other.left - box.left < 2
             && line.querySelector('bdi.nowrap').textContent === 'FJ-10023'",
    )
    .await;
    look(&browser, "directions").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_a_merge_is_taken_back_by_its_words() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let (stays, goes) = (cast.open(&desk.desk.db, 3).await, cast.open(&desk.desk.db, 4).await);
    merge::merge(&desk.desk.inbox(), (goes.id, stays.id), false, &cast.sam).await.unwrap();
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/3?view=open").await;
    run(&browser, "undo merged #4").await;
    let apart = "return document.getElementById('said').textContent.includes('stand for themselves again')";
    until(&browser, "two conversations", apart).await;
    // What was taken back has no way back any more.
    find(&browser, "undo merged").await;
    let gone = "const found = [...document.querySelectorAll('#find-results li')].map((one) => one.textContent);
        return found.length > 0 && found.every((words) => !words.startsWith('Undo'))";
    until(&browser, "no way back", gone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_a_command_waits_for_what_it_needs_and_does_the_rest_at_once() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    for number in 1..=3 {
        cast.open(&desk.desk.db, number).await;
    }
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/3?view=open").await;
    // Before anything is typed, Enter does nothing.
    find(&browser, ENTER).await;
    until(&browser, "nothing done", "return document.getElementById('find').open").await;
    type_in(&browser, "add the tag").await;
    type_in(&browser, ENTER).await;
    until(&browser, "the field", "return document.activeElement.id === 'tag'").await;
    type_in(&browser, "vip").await;
    // What stands in a menu that was open has been seen.
    run(&browser, "add the tag").await;
    until(
        &browser,
        "the tag",
        "return [...document.querySelectorAll('#head .badge')].some((one) => one.textContent.includes('vip'))",
    )
    .await;
    run(&browser, "hand over: noor").await;
    until(
        &browser,
        "whose it is",
        "return document.querySelector('[popovertarget=more]').ariaLabel.includes('Noor has it')",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn daily_what_can_be_done_is_gathered_once_and_again_where_the_page_has_changed() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 3).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/3?view=open").await;
    calm(&browser).await;
    let count = "const real = desk.commands; window.gathered = 0;
        desk.commands = (...menus) => { window.gathered += 1; return real(...menus); }";
    browser.execute(count, Vec::new()).await.unwrap();
    find(&browser, "add the tag").await;
    assert_eq!(browser.execute("return window.gathered", Vec::new()).await.unwrap(), 1);
    // Nothing is done on the word of a list that is older than the page.
    let swap = "const head = document.getElementById('head'); head.replaceWith(head.cloneNode(true))";
    browser.execute(swap, Vec::new()).await.unwrap();
    type_in(&browser, ENTER).await;
    let again = "return window.gathered === 2 && document.getElementById('find').open";
    until(&browser, "the list as it is now", again).await;
    type_in(&browser, ENTER).await;
    until(&browser, "the field", "return document.activeElement.id === 'tag'").await;
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
