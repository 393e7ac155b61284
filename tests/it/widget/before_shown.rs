//! What stands before the talk: the questions of the shop, a chat that lets nobody in without them, a sign-in that is over.
//! The way to a person is there all the time.

use fantoccini::Locator;
use serde_json::{Value, json};

use super::talk::{conversations, messages};
use super::who::jwt_for;
use super::windows::Windows;
use crate::support::chromium::{NARROW, WIDE};
use crate::support::mails::DESK;
use crate::support::setup::IDENTITY_SECRET;

/// What the way to a person says, and whether it can be gone; nothing where it cannot be seen.
const PERSON: &str = "const way = document.getElementById('person'); \
    return way.checkVisibility() ? [way.textContent, way.getAttribute('aria-disabled') !== 'true'] : null";
const ASKED: &str = "return [...document.querySelectorAll('#before input')].map((input) => input.name)";
const WRONG: &str = "return [...document.querySelectorAll('#before [aria-invalid=true]')].map((input) => input.name)";
const FOCUS: &str = "return document.activeElement.id";
const WANTS: &str = "I would like to talk to a person.";
const YEARS: i64 = 2 * 365 * 24 * 60 * 60;

impl Windows {
    /// The shop signs somebody in, with a proof that is good for so many seconds.
    fn sign_in_for(lasts: i64) -> String {
        let jwt = jwt_for(lasts, IDENTITY_SECRET, "17", "");
        format!("resolute('setUser', {{ jwt: '{jwt}' }})")
    }

    async fn until_person(&self, words: &str, can_be_asked: bool) {
        self.until(words, async || self.ask(PERSON).await == json!([words, can_be_asked])).await;
    }

    async fn wait(&self) -> String {
        self.ask("return document.getElementById('wait').innerText").await.as_str().unwrap_or_default().to_owned()
    }

    pub(super) async fn fill(&self, name: &str, text: &str) {
        let field = self.customer.find(Locator::Id(&format!("before-{name}"))).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(super) async fn click(&self, selector: &str) {
        self.customer.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Light and wide, dark and narrow.
    async fn look(&self, name: &str) {
        for (size, dark, look) in [(WIDE, false, "wide-light"), (NARROW, true, "narrow-dark")] {
            self.customer.resize(size).await;
            self.customer.set_dark(dark).await;
            self.customer.check_accessibility().await;
            self.customer.save_screenshot(&format!("{name}-{look}")).await;
        }
        self.customer.resize(WIDE).await;
        self.customer.set_dark(false).await;
    }

    /// The texts of a conversation at the desk, oldest first.
    async fn said_in(&self, number: i64) -> Vec<String> {
        let said = messages(&self.desk, number).await;
        said.iter().map(|one| one["body"].as_str().unwrap().to_owned()).collect()
    }

    async fn until_talks(&self, count: usize) -> Vec<Value> {
        self.until("the conversations", async || conversations(&self.desk).await.len() == count).await;
        conversations(&self.desk).await
    }
}

fn number_of(row: &Value) -> i64 {
    row["number"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_before_the_chat_is_checked_and_it_may_begin_with_a_person() {
    let fields = json!(["name", "email", "order_number", "topic", "consent"]);
    let asks = json!({ "pre_chat": fields });
    let Some(windows) = Windows::with_chat("en", |wish| wish, &asks).await else { return };
    windows.open_chat_after("").await;
    windows.until("the questions", async || windows.ask(ASKED).await == fields).await;
    assert_eq!(windows.ask(FOCUS).await, "before-name");
    windows.until_person("Talk to a person", true).await;
    assert!(windows.wait().await.starts_with("nobody is here now"), "{}", windows.wait().await);
    windows.look("chat-before").await;

    // A person is wanted, and what is needed is still needed.
    windows.click("#person").await;
    let needed = json!(["name", "email", "topic", "consent"]);
    windows.until("what is needed", async || windows.ask(WRONG).await == needed).await;
    assert_eq!(windows.ask(FOCUS).await, "before-name");
    assert_eq!(windows.wait().await, "Fill this in first, then a person is asked.");
    windows.look("chat-before-wrong").await;
    assert!(conversations(&windows.desk).await.is_empty());
    for (name, text) in [("name", "Ana"), ("email", "nowhere"), ("topic", "Return")] {
        windows.fill(name, text).await;
    }
    windows.click("#before-consent").await;
    windows.click("#person").await;
    windows.until("the wrong address", async || windows.ask(WRONG).await == json!(["email"])).await;
    windows.fill("email", "ana@a.example").await;
    windows.click("#before .main").await;

    // The chat begins with the request, which stays to be seen.
    windows.until_person("A person has been asked", false).await;
    assert!(windows.wait().await.starts_with("nobody is here now"), "{}", windows.wait().await);
    let talks = windows.until_talks(1).await;
    let number = number_of(&talks[0]);
    assert_eq!(talks[0]["contact"], "Ana");
    assert_eq!(windows.said_in(number).await, [WANTS]);
    assert!(windows.desk.timeline(number).await.contains("handed_off"));
    windows.click("#person").await;
    windows.customer.check_accessibility().await;

    // Somebody else begins without a person, by the keyboard alone.
    windows.customer.console_errors().await;
    windows.leave().await;
    windows.ask("resolute('reset')").await;
    windows.open_chat_after("").await;
    windows.until("the questions", async || windows.ask(ASKED).await == fields).await;
    for (name, text) in [("name", "Ben"), ("email", "ben@b.example")] {
        windows.fill(name, text).await;
    }
    windows.customer.find(Locator::Id("before-consent")).await.unwrap().send_keys(" ").await.unwrap();
    windows.fill("topic", "A lamp\u{e007}").await;
    windows
        .until("the chat", async || windows.ask("return !document.getElementById('foot').hidden").await == true)
        .await;
    windows.until_person("Talk to a person", true).await;
    windows.write("Is it dimmable?").await;
    let talks = windows.until_talks(2).await;
    let hers = talks.iter().find(|row| row["contact"] == "Ben").expect("Ben's chat");
    assert_eq!(windows.said_in(number_of(hers)).await, ["Is it dimmable?"]);
    assert_eq!(windows.said_in(number).await, [WANTS], "what is asked twice is asked once");
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_how_to_reach_a_person() {
    let Some(windows) = Windows::with_chat("en", |wish| wish, &json!({ "identity": "mandatory" })).await else {
        return;
    };
    windows.open_chat_after("").await;
    let refusal = "return document.getElementById('before').innerText";
    windows.until("the refusal", async || windows.ask(refusal).await == "Sign in to the shop to chat.").await;
    windows.until_person("Talk to a person", true).await;
    assert_eq!(windows.wait().await, format!("A person answers by mail: {DESK}"));
    windows.look("chat-refused").await;
    windows.click("#person").await;
    let address = "return document.activeElement.href";
    windows.until("the address", async || windows.ask(address).await == format!("mailto:{DESK}")).await;
    windows.customer.check_console().await;

    // Once the shop vouches for them, they are let in, and the person is asked for.
    windows.leave().await;
    windows.ask(&Windows::sign_in_for(300)).await;
    windows.enter().await;
    windows.until_person("A person has been asked", false).await;
    let talks = windows.until_talks(1).await;
    assert_eq!(windows.said_in(number_of(&talks[0])).await, [WANTS]);
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_signed_in_goes_on_as_a_guest_and_loses_nothing() {
    const GUEST: &str = "const words = document.getElementById('guest'); return words.hidden ? '' : words.textContent";
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping_after(&Windows::sign_in_for(300)).await;
    windows.write("As myself").await;
    let own = number_of(&windows.until_talks(1).await[0]);
    windows.until("the message at the desk", async || windows.said_in(own).await == ["As myself"]).await;

    // What finds no line waits, and so do they.
    windows.wire.cut();
    let away = "return !document.getElementById('line').hidden";
    windows.until("the notice", async || windows.ask(away).await == true).await;
    windows.write("Not sent yet").await;
    windows.leave().await;
    let kept = "return Object.values(localStorage).join().includes('Not sent yet')";
    windows.until("the kept message", async || windows.ask(kept).await == true).await;
    windows.customer.goto("about:blank").await.unwrap();
    windows.wire.mend();
    // Their session still holds: a line that stands before the page says who is there would send it as themself. By way of
    // a stream it stands a second later.
    windows.wire.refuse_sockets();

    // A page from a cache carries a proof of long ago.
    windows.go_shopping_after(&Windows::sign_in_for(-YEARS)).await;
    let over = async || windows.ask(GUEST).await.as_str().is_some_and(|words| words.contains("you chat as a guest"));
    windows.until("the end of the sign-in", over).await;
    assert_eq!(windows.log().await, "", "nothing of the customer is shown to a guest");
    windows.until_person("Talk to a person", true).await;
    windows.look("chat-guest").await;
    windows.write("As a guest").await;
    let talks = windows.until_talks(2).await;
    let other = number_of(talks.iter().find(|row| number_of(row) != own).expect("the guest's chat"));
    windows.until("the guest at the desk", async || windows.said_in(other).await == ["As a guest"]).await;
    assert_eq!(windows.said_in(own).await, ["As myself"]);

    // Signed in again they find their own, and what waited is sent.
    windows.leave().await;
    windows.go_shopping_after(&Windows::sign_in_for(300)).await;
    windows.until("what waited", async || windows.said_in(own).await == ["As myself", "Not sent yet"]).await;
    windows.until_told("Not sent yet").await;
    assert_eq!(windows.ask(GUEST).await, "");
    let shown = windows.log().await;
    assert!(shown.contains("As myself") && !shown.contains("As a guest"), "{shown}");
    assert_eq!(windows.said_in(other).await, ["As a guest"]);
}
