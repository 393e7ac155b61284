//! What a person can do is found by its words.

use fantoccini::Locator;
use resolute::inbox::merge;

use super::{ENTER, calm, find, open, run, type_in};
use crate::support::cast::{Cast, put};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{look, sign_in, until};

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
        ("stop the", "Stop the agent"),
        ("verify the audit log", "Verify the audit log"),
        ("make a view", "Make a view"),
        ("teammates", "Go to Team"),
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
async fn daily_a_word_that_an_input_method_puts_together_chooses_nothing_yet() {
    // Whether the key is left to it.
    const ENTER_WITHIN: &str = "return document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
        { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 3).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/3?view=open&compose=note").await;
    find(&browser, "dark").await;
    assert_eq!(browser.execute(ENTER_WITHIN, Vec::new()).await.unwrap(), true);
    until(&browser, "nothing done", "return document.getElementById('find').open").await;
    browser.execute("document.getElementById('find').close()", Vec::new()).await.unwrap();

    let field = browser.find(Locator::Css("#composer textarea:not([hidden])")).await.unwrap();
    field.send_keys("@no").await.unwrap();
    let offered = "return document.querySelector('#mentions:not([hidden])')?.textContent === 'Noor'";
    until(&browser, "a name", offered).await;
    assert_eq!(browser.execute(ENTER_WITHIN, Vec::new()).await.unwrap(), true);
    until(&browser, "the name still", offered).await;
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
async fn daily_the_next_and_the_previous_conversation_are_found_by_their_words() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    for number in 1..=2 {
        cast.open(&desk.desk.db, number).await;
    }
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/1?view=open").await;
    let is_first = "const rows = [...document.querySelectorAll('#rows a.row')];
        return rows.length === 2 && rows[0].hasAttribute('aria-current')";
    let (there, other) = if browser.execute(is_first, Vec::new()).await.unwrap() == true {
        ("next conversation", "previous conversation")
    } else {
        ("previous conversation", "next conversation")
    };
    for (typed, number) in [(there, 2), (other, 1)] {
        // At the end of the list there is nothing beyond.
        find(&browser, if typed == there { other } else { there }).await;
        let none = "return ![...document.querySelectorAll('#find-results li')]
            .some((one) => /^(Next|Previous) conversation/.test(one.textContent))";
        until(&browser, "no such command", none).await;
        browser.execute("document.getElementById('find').close()", Vec::new()).await.unwrap();
        run(&browser, typed).await;
        let is_open = format!(
            "return document.getElementById('conversation')?.dataset.number === '{number}'
                 && document.querySelector('#rows a.row[aria-current]')?.pathname === '/conversations/{number}'"
        );
        until(&browser, typed, &is_open).await;
    }
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
