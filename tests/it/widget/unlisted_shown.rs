//! A chat on a page where it may not stand: whoever opens it is told, and so is the shop's developer.

use serde_json::json;

use crate::support::chat::Chat;
use crate::support::chromium::{Browser, NARROW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::until;
use crate::support::wire::page;

const ROOT: &str = "document.querySelector(':root > div')?.shadowRoot";
/// What the console is told is heard here too.
const HEARD: &str = "window.heard = []; console.warn = (...words) => window.heard.push(words.join(' '))";

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_on_an_address_that_is_not_listed_says_so_and_keeps_the_page_usable() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    // The shop's page is at a port.
    let chat = Chat::connect(&desk.desk, desk.setup.brand, &["127.0.0.1"], &json!({})).await;
    let (near, channel) = (desk.address, chat.channel);
    let shop = page(|_| {
        format!(
            "<!doctype html><html lang=\"de\"><head><title>Shop</title></head><body><h1>Lamps</h1>\
             <script async src=\"http://{near}/widget.js\" data-channel=\"{channel}\"></script></body></html>"
        )
    })
    .await;
    browser.hasten(5).await;
    browser.before_pages(HEARD).await;
    browser.resize(NARROW).await;
    browser.goto(&format!("http://{shop}/")).await.unwrap();
    let press = format!("{ROOT}.querySelector('button').click()");
    until(&browser, "the launcher", &format!("return Boolean({ROOT}?.querySelector('button'))")).await;
    browser.execute(&press, Vec::new()).await.unwrap();
    let told = format!(
        "const root = {ROOT};
         return root.querySelector('p')?.textContent === 'Der Chat ist hier nicht verfügbar.'
             && !root.querySelector('iframe') && !document.body.inert
             && getComputedStyle(root.querySelector('button')).display !== 'none'"
    );
    until(&browser, "the word", &told).await;
    let heard = browser.execute("return window.heard.join()", Vec::new()).await.unwrap();
    let heard = heard.as_str().unwrap();
    assert!(heard.contains(&format!("lacks {shop} ")) && heard.contains("Where the chat may stand"), "{heard}");

    browser.execute(&press, Vec::new()).await.unwrap();
    until(&browser, "nothing", &format!("return !{ROOT}.querySelector('p, iframe')")).await;
}
