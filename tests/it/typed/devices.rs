//! A text that two devices write, and one whose keeping nobody heard of.

use fantoccini::Locator;

use super::{FIELD, add, asks, choose, holds, open, reading, says};
use crate::support::cast::Cast;
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{look, sign_in, until};

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
