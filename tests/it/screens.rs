//! Every page of the built program as people see it: wide and narrow, light and dark, with script and without.
//!
//! With `RESOLUTE_SCREENS` naming a folder, the pictures of the pages that the documentation shows are saved there
//! (`bin/screens`).

use std::time::Duration;

use fantoccini::Locator;
use resolute::demo::play::{EMAIL, PASSWORD};
use tempfile::TempDir;

use crate::support::chromium::{Browser, screens};
use crate::support::program::{Launch, Program};
use crate::support::visit::{LOOKS, until};

/// So many drafts wait soon after the demo has started.
const DRAFTS: usize = 12;

/// Pages behind the door, apart from conversations, and the name of the pictures that are kept of them.
const PAGES: [(&str, &str); 30] = [
    ("/inbox?view=needs_approval", "inbox"),
    ("/inbox?view=open", ""),
    ("/inbox?status=any&assignee=nobody&language=en&quiet_hours=1&text=order", ""),
    (
        "/inbox?status=snoozed&unread=1&tag=a-tag-that-no-conversation-of-this-desk-has-however-long-one-looks-for-it",
        "",
    ),
    ("/policies", "policy"),
    ("/voices", "voice"),
    ("/channels", ""),
    ("/channels/new", ""),
    ("/channels/new?provider=microsoft", ""),
    ("/account", ""),
    ("/answer-times", ""),
    ("/macros", ""),
    ("/notifications", ""),
    ("/invitations", ""),
    ("/macros/new", ""),
    ("/brands", ""),
    ("/brands/new", ""),
    ("/brands/fjordline", ""),
    ("/policies?brand=fjordline&section=1", ""),
    ("/reply-templates", ""),
    ("/reply-templates/en/late_or_lost", ""),
    ("/order-sources", ""),
    ("/order-sources/new", ""),
    ("/teammates", ""),
    ("/jobs", ""),
    ("/audit", ""),
    ("/settings", ""),
    ("/saved-views", ""),
    ("/saved-views/new", ""),
    ("/search?q=tent", ""),
];

/// The page itself where it scrolls sideways, cards whose content sticks out, and tabs of which some are out of sight.
const TOO_WIDE: &str = "
    const page = document.documentElement;
    const found = page.scrollWidth > innerWidth ? ['page'] : [];
    for (const box of document.querySelectorAll('main, .card, .pane, .scroll, .message, .draft, .field, .tabs')) {
        if (box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 1) found.push(box.outerHTML.slice(0, 120));
    }
    return found;";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_demo_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let demo = Site::start(&["--demo"]).await;
    let mut wrong = demo.look(&browser, "/session/new", "sign-in").await;
    demo.sign_in(&browser).await;
    let draft = demo.a_draft(&browser).await;
    wrong.extend(demo.look(&browser, &draft, "conversation").await);
    let case = demo.in_the_queue(&browser, &draft).await;
    wrong.extend(demo.look(&browser, &case, "approvals").await);
    wrong.extend(demo.out_of_sight(&browser, &case).await);
    for path in demo.beside(&browser, &draft).await {
        wrong.extend(demo.look(&browser, &path, "").await);
    }
    for (path, name) in PAGES {
        wrong.extend(demo.look(&browser, path, name).await);
    }
    nothing_is(&wrong);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_of_an_empty_desk_holds_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let empty = Site::start(&[]).await;
    nothing_is(&empty.look(&browser, "/setup", "setup").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_found_read_and_approved_without_script() {
    let Some(browser) = Browser::start().await else { return };
    let demo = Site::start(&["--demo"]).await;
    browser.set_script(false).await;
    demo.sign_in(&browser).await;
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
    let demo = Site::start(&["--demo"]).await;
    demo.sign_in(&browser).await;
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

/// The program with a folder of its own.
struct Site {
    launch: Launch,
    // Dropped in this order: the program stops, then its folder goes.
    _program: Program,
    _folder: TempDir,
}

impl Site {
    async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let launch = Launch::of(folder.path());
        let mut program = launch.start_with(arguments);
        program.ready().await;
        Self { launch, _program: program, _folder: folder }
    }

    async fn open(&self, browser: &Browser, path: &str) {
        browser.goto(&format!("http://{}{path}", self.launch.address())).await.unwrap();
    }

    async fn sign_in(&self, browser: &Browser) {
        self.open(browser, "/session/new").await;
        for (field, value) in [("#email", EMAIL), ("#password", PASSWORD)] {
            browser.find(Locator::Css(field)).await.unwrap().send_keys(value).await.unwrap();
        }
        press(browser, "main .button.main").await;
        self.open(browser, "/inbox").await;
        assert_eq!(browser.current_url().await.unwrap().path(), "/inbox", "signed in");
    }

    /// Waits until the agent has drafted for everybody who wrote before the start; gives the path of the most urgent
    /// conversation within its view.
    async fn a_draft(&self, browser: &Browser) -> String {
        for _ in 0..300 {
            self.open(browser, "/inbox?view=needs_approval").await;
            let rows = browser.find_all(Locator::Css("a.row")).await.unwrap();
            if let Some(row) = rows.first().filter(|_| rows.len() >= DRAFTS) {
                return row.attr("href").await.unwrap().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("the agent drafts nothing");
    }

    /// The path of the draft on the page, in the queue.
    async fn in_the_queue(&self, browser: &Browser, conversation: &str) -> String {
        self.open(browser, conversation).await;
        let draft = browser.find(Locator::Id("draft")).await.unwrap();
        format!("/approvals/{}", draft.attr("data-approval").await.unwrap().unwrap())
    }

    /// The decision stays in sight, however long the case is.
    async fn out_of_sight(&self, browser: &Browser, case: &str) -> Vec<String> {
        const BELOW: &str =
            "return document.querySelector('.decide .main').getBoundingClientRect().bottom > innerHeight";
        self.open(browser, case).await;
        let mut wrong = Vec::new();
        for (size, _, look) in LOOKS {
            browser.resize(size).await;
            let below = browser.execute(BELOW, Vec::new()).await.unwrap();
            wrong.extend((below == true).then(|| format!("{case} {look}: the decision is below the screen")));
        }
        wrong
    }

    /// The pages that a conversation leads to: its customer, and merging it with another one.
    async fn beside(&self, browser: &Browser, conversation: &str) -> Vec<String> {
        self.open(browser, conversation).await;
        let customer = browser.find(Locator::Css(".contact-link")).await.unwrap().attr("href").await.unwrap().unwrap();
        let number = conversation.split('?').next().unwrap();
        let all =
            "return [...document.querySelectorAll('a.row')].map((row) => row.getAttribute('href').match(/\\d+/)[0])";
        self.open(browser, "/inbox?view=all").await;
        let numbers = browser.execute(all, Vec::new()).await.unwrap();
        let other = numbers.as_array().unwrap().iter().filter_map(|one| one.as_str());
        let other = other.map(str::to_owned).find(|one| !number.ends_with(one)).unwrap();
        vec![customer, format!("{number}/merges/new?source={other}"), format!("{number}/merges/new?source=99999")]
    }

    /// Looks at a page on every screen, and keeps the pictures of one that has a name. Gives what is wrong.
    async fn look(&self, browser: &Browser, path: &str, name: &str) -> Vec<String> {
        self.open(browser, path).await;
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(browser.execute(status, Vec::new()).await.unwrap(), 200, "{path}");
        let mut wrong = Vec::new();
        for (size, dark, look) in LOOKS {
            browser.resize(size).await;
            browser.set_dark(dark).await;
            let mut found = browser.console_errors().await;
            found.extend(browser.accessibility_breaches().await.unwrap_or_default());
            let wide = browser.execute(TOO_WIDE, Vec::new()).await.unwrap();
            found.extend(wide.as_array().unwrap().iter().map(|element| format!("too wide: {element}")));
            wrong.extend(found.iter().map(|found| format!("{path} {look}: {found}")));
            if screens().is_some() && !name.is_empty() {
                browser.save_screenshot(&format!("{name}-{look}")).await;
            }
        }
        wrong
    }
}

fn nothing_is(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn press(browser: &Browser, selector: &str) {
    let found = browser.find(Locator::Css(selector)).await;
    found.unwrap_or_else(|error| panic!("{selector}: {error}")).click().await.unwrap();
}

async fn text_of(browser: &Browser, selector: &str) -> String {
    let found = browser.find(Locator::Css(selector)).await;
    found.unwrap_or_else(|error| panic!("{selector}: {error}")).text().await.unwrap()
}
