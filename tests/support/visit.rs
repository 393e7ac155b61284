//! A teammate's visit to a test's desk in a real browser.

use std::time::Duration;

use fantoccini::Locator;

use super::chromium::{Browser, NARROW, WIDE, screens};
use super::desk::TestDesk;
use super::setup::{EMAIL, PASSWORD};

/// Size, colours, and the name that pictures carry.
pub(crate) const LOOKS: [((u32, u32), bool, &str); 4] = [
    (WIDE, false, "wide-light"),
    (WIDE, true, "wide-dark"),
    (NARROW, false, "narrow-light"),
    (NARROW, true, "narrow-dark"),
];

/// Looks at the page in every size and colour: nobody is kept out. A picture is saved where pictures are wanted.
pub(crate) async fn look(browser: &Browser, name: &str) {
    for (size, dark, look) in LOOKS {
        browser.resize(size).await;
        browser.set_dark(dark).await;
        let breaches = browser.accessibility_breaches().await.unwrap_or_default();
        assert!(breaches.is_empty(), "{name} {look}: {breaches:?}");
        if screens().is_some() {
            browser.save_screenshot(&format!("{name}-{look}")).await;
        }
    }
    browser.resize(WIDE).await;
    browser.set_dark(false).await;
}

/// Waits until a script says `true`.
pub(crate) async fn until(browser: &Browser, what: &str, script: &str) {
    for _ in 0..400 {
        if browser.execute(script, Vec::new()).await.unwrap() == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what} never came: {:?}", browser.console_errors().await);
}

/// Signs the teammate of the setup in.
pub(crate) async fn sign_in(browser: &Browser, desk: &TestDesk) {
    browser.goto(&format!("http://{}/session/new", desk.address)).await.unwrap();
    for (field, value) in [("#email", EMAIL), ("#password", PASSWORD)] {
        browser.find(Locator::Css(field)).await.unwrap().send_keys(value).await.unwrap();
    }
    browser.find(Locator::Css("main .button.main")).await.unwrap().click().await.unwrap();
    until(browser, "the inbox", "return location.pathname === '/inbox'").await;
}
