//! Looking at pages on every screen, with script and without.

use std::net::SocketAddr;

use fantoccini::Locator;
use serde_json::{Value, json};

use super::sights::Sight;
use crate::support::chromium::{Browser, NARROW, WIDE, screens};
use crate::support::visit::{LOOKS, until};

const STATES: &str = include_str!("states.js");
const SIDEWAYS: &str = include_str!("sideways.js");
const COMMANDS: &str = include_str!("commands.js");
const DEAD: &str = include_str!("dead.js");

/// What Ctrl-K does not list: a mark shows its source while it has the focus, by its number too; and what opens Ctrl-K.
const NO_COMMANDS: &str = ".mark, [data-opens=find]";

/// What opens over the page where a button says so; nothing while a dialog lies over it.
const MENUS: &str = "return document.querySelector('dialog[open]') ? []
    : [...document.querySelectorAll(arguments[0])].map((menu) => menu.id)";
const SHOW: &str =
    "const menu = document.getElementById(arguments[0]); menu.showPopover(); return menu.checkVisibility()";
const HIDE: &str = "document.getElementById(arguments[0]).hidePopover()";

/// A running desk, and what the braces in addresses stand for there.
pub(super) struct World {
    address: SocketAddr,
    names: Vec<(&'static str, String)>,
}

impl World {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, names: Vec::new() }
    }

    /// From now on `{name}` stands for this.
    pub(super) fn name(&mut self, name: &'static str, value: impl Into<String>) {
        self.names.push((name, value.into()));
    }

    pub(super) async fn open(&self, browser: &Browser, path: &str) {
        browser.goto(&format!("http://{}{path}", self.address)).await.unwrap();
    }

    /// Signs somebody in through the form.
    pub(super) async fn sign_in(&self, browser: &Browser, email: &str, password: &str) {
        self.open(browser, "/session/new").await;
        for (field, value) in [("#email", email), ("#password", password)] {
            browser.find(Locator::Css(field)).await.unwrap().send_keys(value).await.unwrap();
        }
        press(browser, "main .button.main").await;
        until(browser, "the inbox", "return location.pathname === '/inbox'").await;
    }

    /// Looks at all of them; gives what is wrong.
    pub(super) async fn walk(&self, browser: &Browser, sights: &[Sight]) -> Vec<String> {
        let mut wrong = Vec::new();
        for sight in sights {
            wrong.extend(self.look(browser, sight).await);
        }
        wrong.extend(self.without_script(browser, sights).await);
        wrong
    }

    /// Looks at a page on every screen and presses all of it by its words; keeps the pictures of one that has a name.
    async fn look(&self, browser: &Browser, sight: &Sight) -> Vec<String> {
        let path = self.filled(sight.path);
        show(browser, WIDE, false).await;
        self.open(browser, &path).await;
        reach(browser, sight, &path).await;
        let mut wrong = Vec::new();
        for (size, dark, look) in LOOKS {
            show(browser, size, dark).await;
            let found = seen(browser, sight).await;
            wrong.extend(found.into_iter().map(|found| format!("{look}: {found}")));
            if screens().is_some() && !sight.picture.is_empty() {
                browser.save_screenshot(&format!("{}-{look}", sight.picture)).await;
            }
        }
        show(browser, WIDE, false).await;
        let found = dark_by_choice(browser).await;
        wrong.extend(found.into_iter().map(|found| format!("dark by choice: {found}")));
        wrong.extend(strings(&browser.execute(COMMANDS, vec![json!(NO_COMMANDS)]).await.unwrap()));
        wrong.into_iter().map(|found| format!("{path} {}: {found}", sight.state)).collect()
    }

    /// Opens what is a page of its own where no script runs, and looks for what does nothing there.
    async fn without_script(&self, browser: &Browser, sights: &[Sight]) -> Vec<String> {
        browser.set_script(false).await;
        let mut wrong = Vec::new();
        for sight in sights.iter().filter(|sight| sight.state.is_empty()) {
            let path = self.filled(sight.path);
            for size in [WIDE, NARROW] {
                show(browser, size, false).await;
                self.open(browser, &path).await;
                let mut found = strings(&browser.execute(DEAD, Vec::new()).await.unwrap());
                found.extend(strings(&browser.execute(SIDEWAYS, Vec::new()).await.unwrap()));
                wrong.extend(found.into_iter().map(|found| format!("{path} without script, {size:?}: {found}")));
            }
        }
        browser.set_script(true).await;
        // A page that is not there is an error in the console, and was looked at.
        drop(browser.console_errors().await);
        wrong
    }

    fn filled(&self, path: &str) -> String {
        let fill = |path: String, (name, value): &(&str, String)| path.replace(&format!("{{{name}}}"), value);
        let filled = self.names.iter().fold(path.to_owned(), fill);
        assert!(!filled.contains('{'), "{filled}: nobody knows what stands there");
        filled
    }
}

async fn show(browser: &Browser, size: (u32, u32), dark: bool) {
    browser.resize(size).await;
    browser.set_dark(dark).await;
}

/// Does what is done before the page is looked at.
async fn reach(browser: &Browser, sight: &Sight, path: &str) {
    if sight.state.is_empty() {
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(browser.execute(status, Vec::new()).await.unwrap(), sight.status, "{path}");
    } else {
        let script = format!("{STATES}\nreturn states.{}()", sight.state);
        until(browser, &format!("{path} {}", sight.state), &script).await;
    }
}

/// What is wrong with what the window shows, and with each menu over it.
async fn seen(browser: &Browser, sight: &Sight) -> Vec<String> {
    // The answer that is wanted is an error in the console.
    let wanted = |entry: &String| sight.status >= 400 && entry.contains("Failed to load resource");
    // The menu of the rail is the same on all pages of a kind.
    let has_own_rail = ["/inbox", "/settings"].iter().any(|place| sight.path.starts_with(place));
    let menus = if has_own_rail { "[popover]" } else { "[popover]:not(#me)" };
    let mut found = browser.console_errors().await;
    found.retain(|entry| !wanted(entry));
    found.extend(wrong_within(browser, None).await);
    for menu in strings(&browser.execute(MENUS, vec![json!(menus)]).await.unwrap()) {
        let id = vec![json!(menu)];
        if browser.execute(SHOW, id.clone()).await.unwrap() == true {
            let inside = wrong_within(browser, Some(&format!("#{menu}"))).await;
            found.extend(inside.into_iter().map(|found| format!("#{menu}: {found}")));
        }
        browser.execute(HIDE, id).await.unwrap();
    }
    found
}

async fn wrong_within(browser: &Browser, selector: Option<&str>) -> Vec<String> {
    let mut found = browser.breaches_within(selector).await.unwrap_or_default();
    found.extend(strings(&browser.execute(SIDEWAYS, Vec::new()).await.unwrap()));
    found
}

/// Dark because the reader wants it so, whatever the system says.
async fn dark_by_choice(browser: &Browser) -> Vec<String> {
    browser.execute("document.documentElement.dataset.theme = 'dark'", Vec::new()).await.unwrap();
    let found = browser.accessibility_breaches().await.unwrap_or_default();
    browser.execute("delete document.documentElement.dataset.theme", Vec::new()).await.unwrap();
    found
}

pub(super) fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().expect("a list");
    all.iter().map(|one| one.as_str().expect("a text").to_owned()).collect()
}

pub(super) async fn press(browser: &Browser, selector: &str) {
    let found = browser.find(Locator::Css(selector)).await;
    found.unwrap_or_else(|error| panic!("{selector}: {error}")).click().await.unwrap();
}

pub(super) async fn text_of(browser: &Browser, selector: &str) -> String {
    let found = browser.find(Locator::Css(selector)).await;
    found.unwrap_or_else(|error| panic!("{selector}: {error}")).text().await.unwrap()
}
