//! What was typed while the desk could not keep it: it comes back in the same tab, and goes once it was sent or given up.

use fantoccini::Locator;
use fantoccini::key::Key;
use resolute::inbox::care;
use resolute::inbox::macros::Also;
use resolute::model::{ApprovalId, MessageId};
use resolute::store::intake::ConversationRow;
use resolute::store::macros;
use serde_json::json;

use crate::support::answers::text_alone;
use crate::support::cast::Cast;
use crate::support::chromium::{Browser, NARROW, WIDE};
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

#[tokio::test(flavor = "multi_thread")]
async fn typed_on_two_devices_a_text_is_asked_about_and_neither_is_lost() {
    const PAGE: &str = "/conversations/7?view=all";
    let Some(desktop) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    let phone = Browser::start().await.expect("a second device");
    for device in [&desktop, &phone] {
        sign_in(device, &desk).await;
        open(device, &desk, PAGE).await;
    }
    add(&desktop, FIELD, "From the desk").await;
    says(&desktop, "kept").await;
    add(&phone, FIELD, "From the phone").await;
    asks(&phone, "“From the desk”").await;
    holds(&phone, FIELD, "From the phone").await;
    says(&phone, "kept in this tab only").await;
    look(&phone, "changed-elsewhere").await;

    phone.refresh().await.unwrap();
    asks(&phone, "“From the desk”").await;
    holds(&phone, FIELD, "From the phone").await;
    add(&phone, FIELD, ", and more").await;
    choose(&phone, "Keep this one").await;
    says(&phone, "kept").await;
    holds(&phone, FIELD, "From the phone, and more").await;

    add(&desktop, FIELD, " again").await;
    asks(&desktop, "“From the phone, and more”").await;
    choose(&desktop, "Use that one").await;
    holds(&desktop, FIELD, "From the phone, and more").await;
    let revision = format!("return document.querySelector('{FIELD}').dataset.revision");
    let before = desktop.execute(&revision, Vec::new()).await.unwrap();
    add(&desktop, FIELD, ".").await;
    until(&desktop, "a new revision", &format!("{revision} !== {before}")).await;
    phone.refresh().await.unwrap();
    holds(&phone, FIELD, "From the phone, and more.").await;
}

/// The desk takes the next text, and nobody hears of it.
const LOSES_AN_ANSWER: &str = "const real = window.fetch;
    window.fetch = async (address, ...rest) => {
        const answer = await real(address, ...rest);
        if (!String(address).endsWith('/draft-text')) return answer;
        window.fetch = real;
        throw new TypeError('lost');
    }";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_does_not_come_back_where_an_answer_was_lost() {
    let Some(browser) = Browser::start().await else { return };
    let (_desk, _, _) = reading(&browser, Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    browser.execute(LOSES_AN_ANSWER, Vec::new()).await.unwrap();
    add(&browser, FIELD, "One").await;
    says(&browser, "no connection, kept in this tab").await;
    add(&browser, FIELD, " and two").await;
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    until(&browser, "the reply", "return document.querySelector('#timeline').textContent.includes('One and two')")
        .await;
    holds(&browser, FIELD, "").await;
    browser.refresh().await.unwrap();
    holds(&browser, FIELD, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typed_on_where_an_answer_was_lost_a_text_is_ones_own() {
    let Some(browser) = Browser::start().await else { return };
    let (_desk, _, _) = reading(&browser, Wish::lively(Engine::Sqlite)).await;
    browser.execute(LOSES_AN_ANSWER, Vec::new()).await.unwrap();
    add(&browser, FIELD, "One").await;
    says(&browser, "no connection, kept in this tab").await;
    add(&browser, FIELD, " and two").await;
    says(&browser, "kept").await;
    let asked = browser.execute("return document.querySelector('.changed') !== null", Vec::new()).await.unwrap();
    assert_eq!(asked, false, "nobody else wrote");
    browser.refresh().await.unwrap();
    holds(&browser, FIELD, "One and two").await;
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

/// Conversation 7 with a draft that waits; its approval.
async fn drafted(desk: &TestDesk) -> ApprovalId {
    super::writing::drafted(desk, &Cast::stored(&desk.desk.db).await).await
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
