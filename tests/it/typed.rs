//! What was typed while the desk could not keep it: it comes back in the same tab, and goes once it was sent or given up.

mod devices;
mod drafts;

use fantoccini::Locator;
use fantoccini::key::Key;
use resolute::inbox::care;
use resolute::inbox::macros::Also;
use resolute::model::MessageId;
use resolute::store::intake::ConversationRow;
use resolute::store::{composer_texts, macros};

use crate::mail_path::until as is_so;
use crate::support::answers::text_alone;
use crate::support::cast::Cast;
use crate::support::chromium::{Browser, NARROW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::taken;
use crate::support::visit::{look, sign_in, until};

/// The text of the composer that is shown.
const FIELD: &str = "#composer textarea:not([hidden])";

/// From here to the next page the desk takes nothing.
const AWAY: &str = "window.fetch = () => Promise.reject(new TypeError('away'))";

async fn open(browser: &Browser, desk: &TestDesk, path: &str) {
    browser.goto(&format!("http://{}{path}", desk.address)).await.unwrap();
    until(browser, "the page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
}

async fn says(browser: &Browser, words: &str) {
    let script = format!("return document.querySelector('[data-kept]').textContent === '{words}'");
    until(browser, words, &script).await;
}

async fn holds(browser: &Browser, field: &str, text: &str) {
    until(
        browser,
        &format!("{field}: “{text}”"),
        &format!("return document.querySelector('{field}')?.value === '{text}'"),
    )
    .await;
}

async fn add(browser: &Browser, field: &str, text: &str) {
    browser.find(Locator::Css(field)).await.unwrap().send_keys(text).await.unwrap();
}

/// A desk with a conversation that somebody has open in this browser.
async fn reading(browser: &Browser, wish: Wish) -> (TestDesk, Cast, ConversationRow) {
    let desk = Box::pin(TestDesk::start(wish)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 7).await;
    sign_in(browser, &desk).await;
    open(browser, &desk, "/conversations/7?view=all").await;
    (desk, cast, row)
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_while_the_desk_is_away_a_note_comes_back_and_is_kept() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    cast.open(&desk.desk.db, 8).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/7?view=all&compose=note").await;
    browser.execute(AWAY, Vec::new()).await.unwrap();
    add(&browser, FIELD, "Ask Tom first").await;
    says(&browser, "no connection, kept in this tab").await;

    open(&browser, &desk, "/conversations/8?view=all").await;
    holds(&browser, FIELD, "").await;
    open(&browser, &desk, "/conversations/7?view=all").await;
    holds(&browser, FIELD, "Ask Tom first").await;
    until(&browser, "a note", "return document.getElementById('composer').matches('.is-note')").await;
    says(&browser, "kept").await;

    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    until(&browser, "the note", "return document.querySelector('#timeline').textContent.includes('Ask Tom first')")
        .await;
    holds(&browser, FIELD, "").await;
    browser.refresh().await.unwrap();
    holds(&browser, FIELD, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_where_the_tab_may_keep_nothing_it_is_kept_by_the_desk_and_what_is_not_is_said() {
    const DENIED: &str = "Object.defineProperty(window, 'sessionStorage', \
        { get() { throw new DOMException('Denied.', 'SecurityError'); } })";
    const LEFT_AT_ONCE: &str = "const text = document.querySelector('#composer textarea:not([hidden])');
        text.value = 'Ask Tom first';
        text.dispatchEvent(new Event('input', { bubbles: true }));
        document.querySelector('#rail a[href^=\"/inbox\"]').click()";
    let Some(browser) = Browser::start().await else { return };
    let (desk, _, row) = reading(&browser, Wish::lively(Engine::Sqlite)).await;
    browser.execute(DENIED, Vec::new()).await.unwrap();
    browser.execute(LEFT_AT_ONCE, Vec::new()).await.unwrap();
    let kept = async || composer_texts::find(&desk.desk.db, row.id, desk.setup.teammate).await.unwrap().reply;
    is_so(async || kept().await.is_some_and(|text| text.body == "Ask Tom first")).await;

    open(&browser, &desk, "/conversations/7?view=all").await;
    holds(&browser, FIELD, "Ask Tom first").await;
    browser.execute(DENIED, Vec::new()).await.unwrap();
    browser.execute(AWAY, Vec::new()).await.unwrap();
    add(&browser, FIELD, " today").await;
    says(&browser, "no connection, not kept yet").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_browser_keeps_nothing_at_all_what_is_typed_is_kept_by_the_desk() {
    const DENIED: &str = "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, \
        { get() { throw new DOMException('Denied.', 'SecurityError'); } })";
    const OFF: &str = "const box = document.querySelector('[data-keys-off]');
        box.checked = true;
        box.dispatchEvent(new Event('change', { bubbles: true }));
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }));
        return document.querySelector('dialog[open]') === null";
    let Some(browser) = Browser::start().await else { return };
    browser.before_pages(DENIED).await;
    let (_desk, _, _) = reading(&browser, Wish::lively(Engine::Sqlite)).await;
    add(&browser, FIELD, "It is on its way").await;
    says(&browser, "kept").await;
    assert_eq!(browser.execute(OFF, Vec::new()).await.unwrap(), true, "the keys are off on this page");
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_at_the_moment_at_which_nobody_can_be_answered_any_more_a_reply_is_kept() {
    const GOES_ALONG: &str = "const next = document.getElementById('composer').cloneNode(true);
        next.querySelector('input[name=channel]').value = 'another one';
        next.querySelector('textarea[data-keeps]:not([data-is-note])').remove();
        next.querySelector('[data-compose=reply]').remove();
        const fragment = document.createDocumentFragment();
        fragment.append(next);
        document.querySelector('#composer textarea:not([hidden])').value = 'Half a thought';
        return window.desk.goAlong(fragment)";
    let Some(browser) = Browser::start().await else { return };
    let (desk, _, row) = reading(&browser, Wish::lively(Engine::Sqlite)).await;
    assert_eq!(browser.execute(GOES_ALONG, Vec::new()).await.unwrap(), true);
    let kept = async || composer_texts::find(&desk.desk.db, row.id, desk.setup.teammate).await.unwrap().reply;
    is_so(async || kept().await.is_some_and(|text| text.body == "Half a thought")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_what_is_kept_can_be_sent_as_it_stands() {
    const SEND: &str = "document.activeElement.blur();
        return document.querySelector('#composer [data-send]').checkVisibility()";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    sign_in(&browser, &desk).await;
    browser.resize(NARROW).await;
    open(&browser, &desk, "/conversations/7?view=all").await;
    assert_eq!(browser.execute(SEND, Vec::new()).await.unwrap(), false, "nothing is written");
    add(&browser, FIELD, "It is on its way").await;
    says(&browser, "kept").await;
    open(&browser, &desk, "/conversations/7?view=all").await;
    holds(&browser, FIELD, "It is on its way").await;
    assert_eq!(browser.execute(SEND, Vec::new()).await.unwrap(), true);
    browser.check_accessibility().await;
}

/// A reply is under way from here on until the test lets it end.
const SLOW: &str = "const real = window.fetch; window.sends = 0;
    window.fetch = (url, options) => {
        if (!String(url).endsWith('/messages')) return real(url, options);
        window.sends += 1;
        return new Promise((ends, fails) => Object.assign(window, { ends, fails, real }));
    }";
const BUTTON: &str = "document.querySelector('#composer [data-send]').firstChild.nodeValue.trim()";
/// What is said beside the text, and of that over the page.
const BESIDE: &str = "`${document.querySelector('#composer > .notice')?.textContent} over it:${
    document.getElementById('said').textContent.trim()}`";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_sent_says_so_and_what_failed_stands_beside_its_text() {
    const TEXT: &str = "It is on its way";
    let Some(browser) = Browser::start().await else { return };
    let (desk, _, _) = reading(&browser, Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    add(&browser, FIELD, TEXT).await;
    says(&browser, "kept").await;
    browser.execute(SLOW, Vec::new()).await.unwrap();
    let press = async || browser.execute("document.getElementById('composer').requestSubmit()", Vec::new()).await;
    for (ending, said) in [
        ("window.fails(new TypeError('away'))", "No connection."),
        (
            "window.ends(new Response('<h1 data-error-head>The desk is busy.</h1>', { status: 503 }))",
            "The desk is busy.",
        ),
    ] {
        press().await.unwrap();
        until(&browser, "under way", &format!("return window.sends === 1 && {BUTTON} === 'Sending…'")).await;
        press().await.unwrap();
        browser.execute(ending, Vec::new()).await.unwrap();
        until(
            &browser,
            said,
            &format!("return {BESIDE}.includes('{said}') && {BESIDE}.endsWith('over it:') && {BUTTON} === 'Send'"),
        )
        .await;
        holds(&browser, FIELD, TEXT).await;
        assert_eq!(browser.execute("return window.sends", Vec::new()).await.unwrap(), 1, "it is not sent twice");
        look(&browser, "not-sent").await;
        browser.execute("window.sends = 0", Vec::new()).await.unwrap();
    }
    browser.execute("window.fetch = window.real", Vec::new()).await.unwrap();
    press().await.unwrap();
    until(&browser, "the reply", "return document.querySelectorAll('.message.ours').length === 1").await;
    let nothing = "return !document.querySelector('#composer > .notice')";
    until(&browser, "nothing said", nothing).await;
    holds(&browser, FIELD, "").await;

    open(&browser, &desk, "/conversations/7?view=all&compose=note").await;
    let long = "const field = document.querySelector('#composer textarea:not([hidden])');
        field.value = 'x'.repeat(20001); field.dispatchEvent(new Event('input', { bubbles: true }))";
    browser.execute(long, Vec::new()).await.unwrap();
    press().await.unwrap();
    until(&browser, "the refusal", &format!("return {BESIDE}.includes('Shorten it')")).await;
    until(&browser, "nothing over it", &format!("return {BESIDE}.endsWith('over it:')")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_text_is_kept_in_whatever_script_it_is_written() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    sign_in(&browser, &desk).await;
    // As it is sent, such a letter is six bytes, and nine.
    for letter in ["Ж", "語"] {
        open(&browser, &desk, "/conversations/7?view=all").await;
        let paste = format!(
            "const field = document.querySelector('{FIELD}');
             field.value = '{letter}'.repeat(12_000);
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        );
        browser.execute(&paste, Vec::new()).await.unwrap();
        says(&browser, "kept").await;
        browser.refresh().await.unwrap();
        holds(&browser, FIELD, &letter.repeat(12_000)).await;
    }
}

/// The page asks about a text that another device has made to `there`.
async fn asks(browser: &Browser, there: &str) {
    let script = format!(
        "const asked = document.querySelector('.changed')?.textContent ?? '';
         return asked.includes('This text was changed on another device') && asked.includes('{there}')"
    );
    until(browser, "the question", &script).await;
}

async fn choose(browser: &Browser, words: &str) {
    let button = format!("//div[contains(@class, 'changed')]//button[text()='{words}']");
    browser.find(Locator::XPath(&button)).await.unwrap().click().await.unwrap();
    until(browser, "no question", "return document.querySelector('.changed') === null").await;
}

/// Whether whoever writes goes on behind what is there.
const AT_ITS_END: &str = "const text = document.activeElement;
    return text.matches('#composer textarea') && text.value.length > 0 && text.selectionStart === text.value.length";

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_came_second_is_sent_all_the_same_by_its_keys() {
    const TEXT: &str = "It is on its way";
    const SAID: &str = "document.querySelector('#composer > .notice.bad')?.textContent";
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let (desk, cast, row) = reading(&browser, wish).await;
    add(&browser, FIELD, TEXT).await;
    says(&browser, "kept").await;
    let theirs = (cast.clock.new_id::<MessageId>(), "I look into it.");
    care::answer_with(&desk.desk.inbox(), row.id, &cast.noor, theirs, text_alone(&Also::default())).await.unwrap();
    let ours = |text: &str| {
        format!(
            "return [...document.querySelectorAll('.message.ours')].some((one) => one.textContent.includes('{text}'))"
        )
    };
    until(&browser, "the other reply", &ours("I look into it.")).await;

    let send: String = [Key::Control, Key::Enter].into_iter().map(char::from).collect();
    browser.active_element().await.unwrap().send_keys(&send).await.unwrap();
    let asked = format!("return {SAID}?.startsWith('Not sent. Noor') && !{SAID}.includes('did not show')");
    until(&browser, "the question", &asked).await;
    until(&browser, "the text, at its end", AT_ITS_END).await;
    holds(&browser, FIELD, TEXT).await;
    browser.active_element().await.unwrap().send_keys(&send).await.unwrap();
    until(&browser, "the reply", &ours(TEXT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_puts_a_macro_in_goes_on_behind_it() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    let fields =
        [("brand", "fjell"), ("name", "Late parcel"), ("shared", "team"), ("text_en", "We look for it."), ("then", "")];
    taken(&mut desk.browser().await, "/macros", &fields).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    sign_in(&browser, &desk).await;
    open(&browser, &desk, &format!("/conversations/7?view=all&macro={}", one.id)).await;
    holds(&browser, FIELD, "We look for it.").await;
    until(&browser, "the text, at its end", AT_ITS_END).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_no_reply_by_a_key() {
    const MODE: &str = "return document.getElementById('composer').matches('.is-note')";
    let Some(browser) = Browser::start().await else { return };
    let (desk, _, _) = reading(&browser, Wish::lively(Engine::Sqlite)).await;
    let press = async |mode: &str| {
        browser.find(Locator::Css(&format!("[data-compose={mode}]"))).await.unwrap().click().await.unwrap();
    };
    add(&browser, FIELD, "It comes tomorrow").await;
    press("note").await;
    holds(&browser, FIELD, "").await;
    add(&browser, FIELD, "Looks like a fraud").await;
    press("reply").await;
    holds(&browser, FIELD, "It comes tomorrow").await;
    add(&browser, FIELD, ".").await;
    press("note").await;
    holds(&browser, FIELD, "Looks like a fraud").await;
    assert_eq!(browser.execute(MODE, Vec::new()).await.unwrap(), true);

    open(&browser, &desk, "/conversations/7?view=all").await;
    press("reply").await;
    holds(&browser, FIELD, "It comes tomorrow.").await;
    press("note").await;
    holds(&browser, FIELD, "Looks like a fraud").await;
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    until(
        &browser,
        "the note",
        "return document.querySelector('#timeline').textContent.includes('Looks like a fraud')",
    )
    .await;
    until(&browser, "the reply again", &format!("{MODE} === false")).await;
    holds(&browser, FIELD, "It comes tomorrow.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_another_case_goes_from_the_page_with_the_end_of_its_merge() {
    const OTHERS: &str = "For the other case alone";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    for number in 7..=9 {
        cast.open(&desk.desk.db, number).await;
    }
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/7?view=all").await;
    add(&browser, FIELD, OTHERS).await;
    says(&browser, "kept").await;
    for (number, own, both) in
        [(8, "For this one", "For this one\\n\\nFor the other case alone"), (9, "", "For the other case alone")]
    {
        let here = format!("/conversations/{number}?view=all");
        open(&browser, &desk, &here).await;
        if !own.is_empty() {
            add(&browser, FIELD, own).await;
            says(&browser, "kept").await;
        }
        let merge = format!(
            "const form = document.querySelector('form[action=\"/conversations/{number}/merges\"] [name=source][value=\"7\"]').form;
             form.requestSubmit();"
        );
        browser.execute(&merge, Vec::new()).await.unwrap();
        holds(&browser, FIELD, both).await;
        let undo = "document.querySelector('#timeline form[action^=\"/merges/\"]').requestSubmit()";
        browser.execute(undo, Vec::new()).await.unwrap();
        holds(&browser, FIELD, own).await;
        browser.refresh().await.unwrap();
        holds(&browser, FIELD, own).await;
        open(&browser, &desk, "/conversations/7?view=all").await;
        holds(&browser, FIELD, OTHERS).await;
    }
}
