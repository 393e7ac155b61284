//! Every page of the built program as people see it: wide and narrow, light and dark, with script and without.
//!
//! The pages are lines of `screens/sights.rs`. Each is held to the accessibility rules, to its screen (nothing sticks
//! out), to Ctrl-K (everything that can be pressed is found by its words), and without script to doing what it offers.
//!
//! With `RESOLUTE_SCREENS` naming a folder, the pictures of the pages that the documentation shows are saved there
//! (`bin/screens`).

mod plain;
mod rare;
mod routes;
mod sights;
mod site;
mod sweep;

use fantoccini::Locator;
use resolute::web::guard;
use serde_json::json;

use self::site::Site;
use self::sweep::{World, press, strings, text_of};
use crate::support::chromium::{Browser, NARROW, WIDE};
use crate::support::setup::{EMAIL, PASSWORD};
use crate::support::visit::{LOOKS, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_conversation_of_the_demo_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let mut demo = Site::start(&["--demo"]).await;
    let mut wrong = Box::pin(demo.walk(&browser, sights::DOOR)).await;
    demo.enter(&browser).await;
    demo.find_talks(&browser).await;
    wrong.extend(Box::pin(demo.walk(&browser, sights::TALKS)).await);
    nothing_is(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_beside_conversations_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let mut demo = Site::demo(&browser).await;
    demo.find_talks(&browser).await;
    let draft = demo.a_draft(&browser).await;
    let case = demo.in_the_queue(&browser, &draft).await;
    let mut wrong = Box::pin(demo.walk(&browser, sights::BESIDE)).await;
    wrong.extend(out_of_sight(&demo, &browser, &case).await);
    nothing_is(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_is_set_up_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let mut demo = Site::demo(&browser).await;
    demo.find_settings().await;
    nothing_is(&Box::pin(demo.walk(&browser, sights::SETTINGS)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_and_every_refused_form_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let mut demo = Site::demo(&browser).await;
    demo.find_settings().await;
    let mut wrong = Box::pin(demo.walk(&browser, sights::DOCUMENTS)).await;
    wrong.extend(Box::pin(demo.walk(&browser, sights::REFUSED)).await);
    nothing_is(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rare_state_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let (desk, cast, world, _platform) = Box::pin(rare::rare()).await;
    world.sign_in(&browser, EMAIL, PASSWORD).await;
    let mut wrong = Box::pin(world.walk(&browser, sights::RARE)).await;
    wrong.extend(lost_on_a_narrow_screen(&world, &browser).await);
    // Sam may answer customers, and no more. He has no password: his session is put into the window.
    browser.delete_all_cookies().await.unwrap();
    let session = guard::sign_in(&desk.desk, cast.sam.id).await.unwrap();
    let cookie = format!("document.cookie = '{}={}; path=/'", session.name(), session.value());
    browser.execute(&cookie, Vec::new()).await.unwrap();
    wrong.extend(Box::pin(world.walk(&browser, sights::KEPT_FROM)).await);
    nothing_is(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_pages_of_an_empty_desk_hold_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let empty = Site::start(&[]).await;
    let mut wrong = Box::pin(empty.walk(&browser, sights::FIRST)).await;
    empty.open(&browser, "/setup").await;
    for (field, value) in [("#name", "Ida Holm"), ("#email", EMAIL), ("#password", PASSWORD), ("#brand", "Fjordline")] {
        browser.find(Locator::Css(field)).await.unwrap().send_keys(value).await.unwrap();
    }
    press(&browser, "main .button.main").await;
    until(&browser, "the next step", "return location.pathname === '/setup/next'").await;
    wrong.extend(Box::pin(empty.walk(&browser, sights::SECOND)).await);
    nothing_is(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_command_leads_to_does_nothing_or_sticks_out_is_found() {
    const SPOIL: &str = "const button = document.createElement('button');
        button.textContent = 'Nobody finds this';
        button.setAttribute('aria-disabled', arguments[0]);
        button.type = 'button';
        button.style.cssText = arguments[1];
        document.querySelector('main').append(button);";
    let Some(browser) = Browser::start().await else { return };
    let empty = Site::start(&[]).await;
    for (file, arguments) in [
        (include_str!("screens/commands.js"), ["true", ""]),
        (include_str!("screens/dead.js"), ["false", ""]),
        (
            include_str!("screens/sideways.js"),
            ["false", "position: absolute; inset-inline-start: 90vw; inline-size: 20vw"],
        ),
    ] {
        empty.open(&browser, "/setup").await;
        assert_eq!(browser.execute(file, vec![json!(".mark")]).await.unwrap(), json!([]));
        browser.execute(SPOIL, arguments.iter().map(|one| json!(one)).collect()).await.unwrap();
        let found = browser.execute(file, vec![json!(".mark")]).await.unwrap();
        assert!(found.as_array().unwrap().iter().any(|one| one.as_str().unwrap().contains("Nobody finds")), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_found_read_and_approved_without_script() {
    let Some(browser) = Browser::start().await else { return };
    let demo = Site::start(&["--demo"]).await;
    browser.set_script(false).await;
    demo.enter(&browser).await;
    let draft = demo.a_draft(&browser).await;
    demo.open(&browser, "/inbox?view=needs_approval").await;
    let number = draft.split('?').next().unwrap().to_owned();
    press(&browser, &format!("a.row[href^='{number}']")).await;
    assert_eq!(browser.current_url().await.unwrap().path(), number);
    let text = text_of(&browser, "#draft .draft-text").await;
    let first_line = text.lines().next().unwrap().to_owned();
    press(&browser, "#draft .draft-keys .main").await;
    demo.open(&browser, &number).await;
    assert!(browser.find(Locator::Id("draft-title")).await.is_err(), "the draft is decided");
    let timeline = text_of(&browser, "#timeline").await;
    assert!(timeline.contains(&first_line), "“{first_line}” is not in:\n{timeline}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_open_the_box_that_they_name_with_the_caret_where_one_goes_on() {
    let Some(browser) = Browser::start().await else { return };
    let demo = Site::demo(&browser).await;
    let draft = demo.a_draft(&browser).await;
    demo.open(&browser, &draft).await;
    // A key pressed while something just moved is nobody's wish.
    let calm = "return !document.querySelector('#candidates .ghost') && !desk.justSwapped()";
    until(&browser, "a calm page", calm).await;
    let body = || async { browser.find(Locator::Css("body")).await.unwrap() };
    // The letter behind G opens no page and resolves nothing: who types on at once types into the box.
    body().await.send_keys("gr").await.unwrap();
    until(&browser, "the box for what should be different", "return document.activeElement.id === 'instruction'").await;
    assert!(!text_of(&browser, "#draft-title").await.is_empty(), "the draft still waits");

    demo.open(&browser, &draft).await;
    until(&browser, "a calm page", calm).await;
    body().await.send_keys("e").await.unwrap();
    let at_the_end = "const text = document.activeElement;
        return text.id === 'draft-body' && text.value.length > 0 && text.selectionStart === text.value.length";
    until(&browser, "the caret behind the last word of the draft", at_the_end).await;
}

/// The decision stays in sight, however long the case is.
async fn out_of_sight(demo: &Site, browser: &Browser, case: &str) -> Vec<String> {
    const BELOW: &str = "return document.querySelector('.decide .main').getBoundingClientRect().bottom > innerHeight";
    demo.open(browser, case).await;
    let mut wrong = Vec::new();
    for (size, _, look) in LOOKS {
        browser.resize(size).await;
        let below = browser.execute(BELOW, Vec::new()).await.unwrap();
        wrong.extend((below == true).then(|| format!("{case} {look}: the decision is below the screen")));
    }
    wrong
}

/// Whatever the rail leads to on a wide screen, the bar and its menu do on a narrow one.
async fn lost_on_a_narrow_screen(world: &World, browser: &Browser) -> Vec<String> {
    const LINKS: &str = "const menu = document.getElementById('me');
        if (!menu.matches(':popover-open')) menu.showPopover();
        return [...document.querySelectorAll('#rail a[href]')]
            .filter((link) => link.checkVisibility()).map((link) => link.getAttribute('href'))";
    world.open(browser, "/inbox?view=all").await;
    browser.resize(WIDE).await;
    let wide = strings(&browser.execute(LINKS, Vec::new()).await.unwrap());
    browser.resize(NARROW).await;
    let narrow = strings(&browser.execute(LINKS, Vec::new()).await.unwrap());
    let lost = wide.into_iter().filter(|address| !narrow.contains(address));
    lost.map(|address| format!("{address} is not reached on a narrow screen")).collect()
}

fn nothing_is(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
