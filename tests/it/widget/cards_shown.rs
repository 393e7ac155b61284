//! The card of an order as the customer sees it.

use resolute::model::brand::AgentLevel;
use serde_json::json;

use super::answers::QUESTION;
use super::cards::{FELIX, NUMBER, open_shop};
use super::who::jwt;
use super::windows::Windows;
use crate::support::chromium::{NARROW, WIDE};
use crate::support::desk::Wish;
use crate::support::setup::IDENTITY_SECRET;

/// Head and goods, what the steps say and how many of the four are done, the way of the link; nothing while it is hidden.
const CARD: &str = "const card = document.querySelector('.card'); if (!card?.checkVisibility()) return null; \
    const steps = card.querySelector('.steps'); \
    return [card.querySelector('b').textContent, card.querySelector('.hush').textContent, \
    steps.getAttribute('role'), steps.getAttribute('aria-label'), steps.querySelectorAll('i:not(.ahead)').length, \
    steps.children.length, card.querySelector('a').textContent, new URL(card.querySelector('a').href).host, \
    card.querySelector('a').rel, card.querySelectorAll('.badge').length]";

#[tokio::test(flavor = "multi_thread")]
async fn the_card_of_an_order_is_drawn_in_every_look() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Auto, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    open_shop(&windows.desk).await;
    let user = format!("resolute('setUser', {{ jwt: '{}' }})", jwt(IDENTITY_SECRET, "17", FELIX));
    windows.go_shopping_after(&user).await;
    windows.write(QUESTION).await;
    let card = json!([
        format!("Order {NUMBER}"),
        "Skarv 45 rucksack",
        "img",
        "On its way",
        2,
        4,
        "Track the parcel",
        "track.fjordline.example",
        "noopener noreferrer",
        0,
    ]);
    windows.until("the card", async || windows.ask(CARD).await == card).await;
    let facts = windows.ask("return document.querySelector('.card .faint').textContent").await;
    let facts = facts.as_str().unwrap();
    assert!(facts.starts_with("On its way · Promised ") && facts.ends_with(" · Track the parcel"), "{facts}");
    assert!(facts.contains("day ") && !facts.contains('/'), "the day by its name, as in the words: {facts}");
    for (size, dark, name) in [
        (WIDE, false, "chat-card-wide-light"),
        (WIDE, true, "chat-card-wide-dark"),
        (NARROW, false, "chat-card-narrow-light"),
        (NARROW, true, "chat-card-narrow-dark"),
    ] {
        windows.customer.resize(size).await;
        windows.customer.set_dark(dark).await;
        windows.customer.check_accessibility().await;
        windows.customer.save_screenshot(name).await;
        let wide = "return document.documentElement.scrollWidth > innerWidth";
        assert_eq!(windows.ask(wide).await, false, "{name} scrolls sideways");
    }

    // Whoever comes back finds it, and whoever else uses this browser does not.
    windows.leave().await;
    windows.go_shopping_after(&user).await;
    windows.until("the card", async || windows.ask(CARD).await == card).await;
    windows.leave().await;
    windows.ask("resolute('reset')").await;
    windows.go_shopping().await;
    windows.write("Hello").await;
    windows.until_told("Hello").await;
    assert_eq!(windows.ask("return document.querySelectorAll('.card').length").await, 0);
    windows.customer.check_console().await;
}
