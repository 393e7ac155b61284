//! The policy in a real browser, by keyboard: a cap is changed, replayed, published and rolled back, and the agent obeys.

use std::time::Duration;

use fantoccini::Locator;
use resolute::model::brand::AgentLevel;

use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::setup::{MAIL_SERVER, open_demo_shop};
use crate::support::smtp::SmtpDouble;
use crate::support::visit::{look, sign_in, until};

const ENTER: &str = "\u{e007}";
/// Everything that stands in the field gives way; the Tab ends it.
const FIFTY: &str = "\u{e009}a\u{e000}50.00\u{e004}";

/// Whose gaiters of 42.00 EUR came broken: name, address, order.
const CUSTOMERS: [(&str, &str, &str); 3] = [
    ("Ingrid Hansen", "ingrid.hansen@example.org", "FJ-20390"),
    ("Leonie Brandt", "l.brandt@example.net", "FJ-20391"),
    ("Priya Nair", "priya.nair@example.net", "FJ-20319"),
];

async fn asks_for_money(desk: &TestDesk, (name, address, order): (&str, &str, &str)) {
    let domain = address.split_once('@').expect("an address").1;
    let mail = format!(
        "Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from={domain}\r\nFrom: {name} <{address}>\r\n\
         To: help@fjord.example\r\nMessage-ID: <{order}@x.example>\r\nSubject: Broken gaiters\r\n\r\n\
         The Lomma gaiters from {order} arrived broken. I would like my money back.\r\n"
    );
    assert_eq!(desk.post_mail(mail.as_bytes()).await.status, 200);
}

/// Waits until so many drafts wait for a person.
async fn drafts_wait(desk: &TestDesk, wanted: usize) {
    for _ in 0..1_500 {
        let waiting = desk.api_get("/api/v1/approvals").await["items"].as_array().map_or(0, Vec::len);
        if waiting == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never {wanted} drafts: {:#?}", desk.unfinished().await);
}

/// Goes to a button or a link with the keyboard, and presses it.
async fn press(browser: &Browser, selector: &str) {
    let found = browser.find(Locator::Css(selector)).await;
    found.unwrap_or_else(|error| panic!("{selector}: {error}")).send_keys(ENTER).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_is_changed_replayed_published_and_rolled_back_by_keyboard() {
    let Some(browser) = Browser::start().await else { return };
    let smtp = SmtpDouble::start().await;
    let wish = Wish { agent_level: AgentLevel::Auto, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish.with_smtp(smtp.port)).await;
    open_demo_shop(&desk.desk, desk.setup.brand).await;
    asks_for_money(&desk, CUSTOMERS[0]).await;
    drafts_wait(&desk, 1).await;

    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/policies", desk.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.say) && !desk.justSwapped()").await;
    let cap = browser.find(Locator::Css("[name='damaged.alone_up_to']")).await.unwrap();
    cap.send_keys(FIFTY).await.unwrap();
    until(&browser, "the example that breaks", "return document.querySelector('.settle [name=expect]') !== null").await;
    press(&browser, ".settle [name=expect]").await;
    let holds = "return document.querySelector('.examples .failed') === null
        && document.querySelector('[popovertarget=publish]:enabled') !== null";
    until(&browser, "the example as it is expected now", holds).await;

    press(&browser, "#replay form[action='/replays'] button").await;
    let counted = "const [alone, asked] = [...document.querySelectorAll('#replay .big')].map((one) => one.textContent);
        return alone === '+42.00 EUR' && asked === '-42.00 EUR' && !document.querySelector('#replay progress')
            && document.querySelector(\"#replay form[action='/replays']\") !== null";
    until(&browser, "what the draft would have given", counted).await;
    look(&browser, "policy-replayed").await;
    press(&browser, "#replay a[href*='what=decisions']").await;
    let sides = "return location.pathname.startsWith('/replays/')
        && document.querySelector('.sides')?.textContent.includes('The agent answers alone')";
    until(&browser, "both sides of the case", sides).await;
    look(&browser, "policy-replay-cases").await;
    press(&browser, ".page-head a").await;
    until(&browser, "the policy", "return location.pathname === '/policies' && !desk.justSwapped()").await;

    press(&browser, "[popovertarget=publish]").await;
    until(&browser, "the form", "return document.activeElement.id === 'summary'").await;
    browser.active_element().await.unwrap().send_keys(&format!("Gaiters alone{ENTER}")).await.unwrap();
    let published = "return document.querySelector('[popovertarget=publish]') === null
        && document.querySelector('#replay').textContent.includes('before it was published')";
    until(&browser, "the version in force", published).await;
    asks_for_money(&desk, CUSTOMERS[1]).await;
    let sent = smtp.wait_for(1).await;
    assert!(sent[0].to[0].contains("l.brandt") && sent[0].body().contains("42.00"), "{}", sent[0].raw);

    press(&browser, "form[action='/policies/1/restoration'] button").await;
    let back = "return document.querySelector('.versions').textContent.includes('Back to version 1')";
    until(&browser, "the version of before", back).await;
    asks_for_money(&desk, CUSTOMERS[2]).await;
    drafts_wait(&desk, 2).await;
    assert_eq!(smtp.taken().len(), 1, "nothing more left alone");
    browser.check_console().await;
}
