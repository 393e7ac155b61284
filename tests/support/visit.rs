//! A teammate's visit to a test's desk in a real browser.

use std::time::Duration;

use fantoccini::Locator;

use super::chromium::Browser;
use super::desk::TestDesk;
use super::setup::{EMAIL, PASSWORD};

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
