//! What each side sees of the other while they talk: who writes, and what was read.

use fantoccini::Locator;
use resolute::model::brand::AgentLevel;

use super::talk::{answer, conversations, messages};
use super::windows::Windows;
use crate::support::desk::Wish;

const FATE: &str = "return [...document.querySelectorAll('.mine .fate')].at(-1)?.textContent";
const CUSTOMER_WRITES: &str = "return document.getElementById('typing')?.textContent === 'The customer is typing…'";
const MARA_WRITES: &str = "return document.getElementById('typing').textContent === 'Mara is writing…'";
const REPLY: &str = "return [...document.querySelectorAll('.message.ours .delivery')].at(-1)?.textContent.trim()";
const CLOSED: &str = "return document.querySelector(':root > div').shadowRoot.querySelector('iframe').hidden";
const BADGE: &str = "return document.querySelector(':root > div').shadowRoot.querySelector('b').textContent";

/// The first word of what was read gets lost on the way.
const LOSES: &str = "window.WebSocket = class extends WebSocket { send(text) { \
    if (!window.lost && text.includes('\"t\":\"read\"')) { window.lost = true; return; } super.send(text); } };";

/// Keeps what a page tells the desk of its reader.
const TOLD: &str = "{
    window.told = [];
    const real = window.fetch.bind(window);
    window.fetch = (address, ...more) => {
        if (String(address).endsWith('/presence')) window.told.push(String(more[0]?.body));
        return real(address, ...more);
    };
}";

impl Windows {
    async fn compose(&self, text: &str) {
        self.teammate.find(Locator::Css("#composer textarea")).await.unwrap().send_keys(text).await.unwrap();
    }

    async fn teammate_sees(&self, script: &str) -> serde_json::Value {
        self.teammate.execute(script, Vec::new()).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_sees_the_other_write_and_read() {
    let alone = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", alone).await else { return };
    windows.sign_in().await;
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    windows.until("the message", async || windows.ask(FATE).await == "Sent").await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    windows.at_desk(&format!("/conversations/{number}?view=all")).await;
    windows.until("the teammate's look", async || windows.ask(FATE).await == "Seen").await;

    // The page of the teammate may still be on its way to its feed, so the customer goes on typing.
    let field = windows.customer.find(Locator::Id("text")).await.unwrap();
    let typed = async || {
        field.send_keys("x").await.unwrap();
        windows.teammate_sees(CUSTOMER_WRITES).await == true
    };
    windows.until("the typing customer", typed).await;
    windows.write(" is for blue?").await;
    let came = "return document.getElementById('timeline').textContent.includes('is for blue?')";
    windows.until("what was typed", async || windows.teammate_sees(came).await == true).await;
    assert_eq!(windows.teammate_sees(CUSTOMER_WRITES).await, false, "it is there, and nobody types any more");
    windows.compose("Yes, in three st").await;
    windows.until("the writing teammate", async || windows.ask(MARA_WRITES).await == true).await;

    // A closed chat reads nothing, but says that something came.
    field.send_keys("\u{e00c}").await.unwrap();
    windows.leave().await;
    windows.until("the closed chat", async || windows.ask(CLOSED).await == true).await;
    windows.compose("eps.").await;
    windows.press("#composer [data-send]").await;
    windows.until("the badge", async || windows.ask(BADGE).await == "1").await;
    windows.until("the sent reply", async || windows.teammate_sees(REPLY).await == "sent").await;
    windows.ask("resolute('open')").await;
    windows.until("the read reply", async || windows.teammate_sees(REPLY).await == "read").await;
    assert_eq!(windows.ask(BADGE).await, "0");
    windows.enter().await;
    windows.until_told("Yes, in three steps.").await;

    // Mara has the chat, so nobody else is offered.
    windows.until_said("Mara has your chat", "").await;
    assert_eq!(windows.ask("return document.getElementById('person').hidden").await, true);
    windows.customer.check_console().await;
    windows.teammate.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_behind_another_one_has_seen_nothing_until_it_comes_forth() {
    let alone = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", alone).await else { return };
    windows.sign_in().await;
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    windows.until("the message", async || windows.ask(FATE).await == "Sent").await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();

    windows.teammate.go_behind().await;
    // It asks once a minute what has come.
    windows.teammate.hasten(20).await;
    windows.teammate.before_pages(TOLD).await;
    windows.at_desk(&format!("/conversations/{number}?view=all")).await;
    windows.until("the page", async || windows.teammate_sees("return Boolean(window.desk?.tick)").await == true).await;
    // Who listens last hears it once the page has done with it.
    windows.teammate_sees("document.addEventListener('desk:shown', () => { window.drew = true; })").await;
    windows.write("Hello?").await;
    windows.until("the second message", async || windows.teammate_sees("return window.drew").await == true).await;
    assert_eq!(windows.teammate_sees("return window.told.length").await, 0, "it says nothing");
    assert!(windows.desk.talk(number).await.unread, "asking for it was no look");
    assert_eq!(windows.ask(FATE).await, "Sent");

    windows.teammate.come_forth().await;
    windows.until("the look", async || windows.ask(FATE).await == "Seen").await;
    windows.until("the mark", async || !windows.desk.talk(number).await.unread).await;
    windows.teammate.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_told_until_the_desk_has_it() {
    let alone = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", alone).await else { return };
    windows.customer.before_pages(LOSES).await;
    windows.customer.hasten(10).await;
    windows.go_shopping().await;
    windows.write("Is the lamp dimmable?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    answer(&windows.desk, number, "Yes, in three steps.").await;
    windows.until("the lost mark", async || windows.ask("return window.lost === true").await == true).await;
    let read = async || messages(&windows.desk, number).await.iter().filter(|one| one["delivery"] == "read").count();
    windows.until("the mark", async || read().await == 1).await;
    answer(&windows.desk, number, "And it is blue.").await;
    windows.until("the next mark", async || read().await == 2).await;
    windows.customer.check_console().await;
}
