//! Two windows: a customer on the shop's page, which is another origin than the desk, and a teammate in the inbox.

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::elements::Element;
use resolute::config::ChatConfig;
use resolute::model::ChannelId;
use resolute::model::brand::AgentLevel;
use resolute::store::channels;
use serde_json::{Value, json};

use super::talk::{answer, conversations, messages};
use crate::support::chat::Chat;
use crate::support::chromium::{Browser, NARROW, WIDE};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::setup::{EMAIL, PASSWORD};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;
use crate::support::visit::look;
use crate::support::wire::{Wire, page};

const FRAME: &str = "return document.querySelector(':root > div').shadowRoot.querySelector('iframe')";
/// Opens the chat, unless it was left open.
const LAUNCHER: &str = "const launcher = document.querySelector(':root > div').shadowRoot.querySelector('button'); \
    if (!launcher.classList.contains('open')) launcher.click()";
const LABEL: &str =
    "return document.querySelector(':root > div').shadowRoot.querySelector('button').getAttribute('aria-label')";
pub(super) const ASKED_FOR_ADDRESS: &str = "return !document.getElementById('email-form').hidden";
pub(super) const NO_ADDRESS_WAITS: &str =
    "return ['email-form', 'email-fate'].every((id) => document.getElementById(id).hidden)";

/// What others than the customer said.
const TOLD: &str =
    "return [...document.querySelectorAll('.message:not(.mine) .message-text')].map((text) => text.textContent)";

pub(super) struct Windows {
    pub(super) desk: TestDesk,
    pub(super) chat: Chat,
    pub(super) smtp: SmtpDouble,
    pub(super) wire: Wire,
    pub(super) shop: String,
    pub(super) customer: Browser,
    pub(super) teammate: Browser,
}

impl Windows {
    pub(super) async fn open(language: &str) -> Option<Self> {
        Self::with(language, |wish| wish).await
    }

    /// A desk that differs from the usual one.
    pub(super) async fn with(language: &str, change: impl FnOnce(Wish) -> Wish) -> Option<Self> {
        Box::pin(Self::with_chat(language, change, &json!({}))).await
    }

    /// And a chat that differs from the usual one.
    pub(super) async fn with_chat(language: &str, change: impl FnOnce(Wish) -> Wish, settings: &Value) -> Option<Self> {
        let (customer, teammate) = (Browser::start().await?, Browser::start().await?);
        let smtp = SmtpDouble::start().await;
        let wish = Wish {
            may_leave_work: true,
            agent_level: AgentLevel::Approve,
            chat: ChatConfig { mail_unseen_seconds: 1, ..ChatConfig::default() },
            ..Wish::lively(Engine::Sqlite).with_smtp(smtp.port)
        };
        let desk = TestDesk::start(change(wish)).await.with_an_empty_shop().await;
        let wire = Wire::to(desk.address).await;
        let channel: ChannelId = desk.desk.clock.new_id();
        let near = wire.address;
        let shop = page(|_| {
            format!(
                "<!doctype html><html lang=\"{language}\"><head><meta name=\"viewport\" content=\"width=device-width\"><title>Shop</title></head>\
                 <body><h1>Lamps</h1><script async src=\"http://{near}/widget.js\" data-channel=\"{channel}\"></script></body></html>"
            )
        })
        .await;
        // Tests speak to it from the other shop's page.
        let host = shop.to_string();
        let domains = [host.as_str(), "shop.example"];
        let chat = Chat::connect_as(&desk.desk, channel, desk.setup.brand, &domains, settings).await;
        Some(Self { desk, chat, smtp, wire, shop: format!("http://{host}/"), customer, teammate })
    }

    /// The shop's page with the chat open; the customer's window is in the chat then.
    pub(super) async fn go_shopping(&self) {
        self.go_shopping_after("").await;
    }

    /// The same, once the shop's page has called the widget.
    pub(super) async fn go_shopping_after(&self, call: &str) {
        self.open_chat_after(call).await;
        self.until("the chat", async || self.ask("return !document.getElementById('foot').hidden").await == true).await;
    }

    /// The same, whatever the chat shows.
    pub(super) async fn open_chat_after(&self, call: &str) {
        self.customer.goto(&self.shop).await.unwrap();
        let there = "return Boolean(document.querySelector(':root > div')?.shadowRoot)";
        self.until("the launcher", async || self.ask(there).await == true).await;
        self.customer.execute(call, Vec::new()).await.unwrap();
        self.customer.execute(LAUNCHER, Vec::new()).await.unwrap();
        self.enter().await;
    }

    /// Into the frame of the chat.
    pub(super) async fn enter(&self) {
        let found = self.customer.execute(FRAME, Vec::new()).await.unwrap();
        let id =
            found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str).expect("the frame");
        let frame = Element::from_element_id((*self.customer).clone(), id.to_owned().into());
        frame.enter_frame().await.unwrap();
        self.until("the frame", async || self.ask("return Boolean(document.getElementById('foot'))").await == true)
            .await;
    }

    /// Out of the frame, onto the shop's page.
    pub(super) async fn leave(&self) {
        self.customer.enter_parent_frame().await.unwrap();
    }

    pub(super) async fn ask(&self, script: &str) -> Value {
        self.customer.execute(script, Vec::new()).await.unwrap_or(Value::Null)
    }

    pub(super) async fn write(&self, text: &str) {
        let field = self.customer.find(Locator::Id("text")).await.unwrap();
        field.send_keys(&format!("{text}\u{e007}")).await.unwrap();
    }

    pub(super) async fn log(&self) -> String {
        self.ask("return document.getElementById('log').innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// What others than the customer said, word for word.
    async fn told(&self) -> Vec<String> {
        serde_json::from_value(self.ask(TOLD).await).unwrap_or_default()
    }

    pub(super) async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        for _ in 0..600 {
            if is_so().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("waited in vain for {what}; the chat shows: {}", self.log().await);
    }

    pub(super) async fn until_told(&self, text: &str) {
        self.until(text, async || self.log().await.contains(text)).await;
    }

    /// What the chat's head and foot say.
    pub(super) async fn said(&self) -> (String, String) {
        let words = "return ['who', 'wait'].map((id) => document.getElementById(id).textContent)";
        serde_json::from_value(self.ask(words).await).unwrap_or_default()
    }

    pub(super) async fn until_said(&self, who: &str, wait: &str) {
        let both = (who.to_owned(), wait.to_owned());
        self.until(&format!("“{who}” and “{wait}”"), async || self.said().await == both).await;
    }

    pub(super) async fn sign_in(&self) {
        self.at_desk("/session/new").await;
        for (field, value) in [("#email", EMAIL), ("#password", PASSWORD)] {
            self.teammate.find(Locator::Css(field)).await.unwrap().send_keys(value).await.unwrap();
        }
        self.press("main .button.main").await;
        let inbox = async || self.teammate.current_url().await.unwrap().path().starts_with("/inbox");
        self.until("the inbox", inbox).await;
    }

    pub(super) async fn at_desk(&self, path: &str) {
        self.teammate.goto(&format!("http://{}{path}", self.desk.address)).await.unwrap();
    }

    pub(super) async fn press(&self, selector: &str) {
        self.teammate.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    async fn timeline(&self) -> String {
        let script = "return document.getElementById('timeline')?.innerText";
        let shown = self.teammate.execute(script, Vec::new()).await.unwrap();
        shown.as_str().unwrap_or_default().to_owned()
    }

    async fn reply(&self, text: &str) {
        let field = self.teammate.find(Locator::Css("#composer textarea")).await.unwrap();
        field.send_keys(text).await.unwrap();
        self.press("#composer [data-send]").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_with_the_agent_a_person_a_cut_wire_a_reload_and_mail() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.sign_in().await;
    windows.go_shopping().await;

    // The agent drafts, a teammate approves, the customer reads.
    windows.write("Where is my order?").await;
    windows.until("a draft", async || windows.desk.api_get("/api/v1/approvals").await["items"][0].is_object()).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    let waiting = windows.desk.api_get("/api/v1/approvals").await;
    let drafted = waiting["items"][0]["text"].as_str().unwrap().to_owned();
    windows.at_desk(&format!("/conversations/{number}?view=all")).await;
    windows.press("#draft .draft-keys .main").await;
    windows.until("the agent's answer, word for word", async || windows.told().await == [drafted.as_str()]).await;
    windows
        .until("the agent's answer", async || {
            windows.log().await.contains("Agent") || windows.log().await.contains("Mara")
        })
        .await;
    windows.customer.save_screenshot("chat-agent").await;

    // The customer asks for a person and gets one.
    windows.customer.find(Locator::Id("person")).await.unwrap().click().await.unwrap();
    windows.until("the hand-over", async || windows.timeline().await.contains("asked for a person")).await;
    windows.write("Are you there?").await;
    windows.until("the question", async || windows.timeline().await.contains("Are you there?")).await;
    windows.reply("Yes, this is Mara.").await;
    windows.until_told("Yes, this is Mara.").await;
    windows.customer.save_screenshot("chat-person").await;
    windows.teammate.save_screenshot("chat-inbox").await;
    windows.teammate.check_accessibility().await;

    // The wire is cut: both go on writing, and nothing is lost or doubled.
    windows.wire.cut();
    windows.write("I am in a tunnel").await;
    windows.write("Second thing").await;
    windows.reply("I will look at it.").await;
    windows
        .until("the notice", async || windows.ask("return !document.getElementById('line').hidden").await == true)
        .await;
    windows.wire.mend();
    windows.until_told("I will look at it.").await;
    let all = async || {
        let said = messages(&windows.desk, number).await;
        said.iter().filter(|one| one["body"] == "I am in a tunnel" || one["body"] == "Second thing").count()
    };
    windows.until("what was written in the tunnel", async || all().await == 2).await;
    windows
        .until("the acknowledgements", async || {
            windows.ask("return document.querySelectorAll('.waits').length").await == 0
        })
        .await;
    assert_eq!(all().await, 2, "nothing is doubled");
    let shown = windows.log().await;
    for text in ["I am in a tunnel", "Second thing", "I will look at it."] {
        assert_eq!(shown.matches(text).count(), 1, "{text} in: {shown}");
    }

    // The browser notes every attempt to reach the desk in the meantime.
    windows.customer.console_errors().await;

    // A reload shows the same.
    windows.customer.enter_parent_frame().await.unwrap();
    windows.go_shopping().await;
    windows.until_told("Second thing").await;
    assert_eq!(windows.log().await.matches("Where is my order?").count(), 1);

    // An address, a closed page, and the answer comes by mail.
    windows.until("the question for an address", async || windows.ask(ASKED_FOR_ADDRESS).await == true).await;
    windows.customer.find(Locator::Id("email")).await.unwrap().send_keys("ana@a.example\u{e007}").await.unwrap();
    windows.until("the kept address", async || windows.ask(NO_ADDRESS_WAITS).await == true).await;
    windows.customer.check_console().await;
    windows.customer.goto("about:blank").await.unwrap();
    windows.reply("It comes on Friday.").await;
    windows.until("the mail", async || !windows.smtp.taken().is_empty()).await;
    let [sent] = windows.smtp.taken().try_into().expect("one mail");
    assert_eq!(sent.to, ["ana@a.example"]);
    assert!(sent.raw.contains("It comes on Friday."), "{}", sent.raw);

    // The customer answers the mail, and both windows were in one conversation all the time.
    let answered = sent.answered("a1@a.example", "Then I take the blue one.");
    assert_eq!(windows.desk.post_mail(answered.as_bytes()).await.status, 200);
    let joined = async || windows.timeline().await.contains("Then I take the blue one.");
    windows.until("the answer to the mail", joined).await;
    assert_eq!(conversations(&windows.desk).await.len(), 1);
    assert_eq!(messages(&windows.desk, number).await.last().unwrap()["body"], "Then I take the blue one.");
    windows.teammate.check_console().await;
    windows.at_desk("/channels/chats/new").await;
    windows.teammate.check_accessibility().await;
    windows.teammate.save_screenshot("chat-connect").await;
    windows.at_desk(&format!("/channels/{}", windows.chat.channel)).await;
    look(&windows.teammate, "chat-settings").await;
    windows.press("[name=former][value=day]").await;
    windows.press("form[action$='/secrets'] button").await;
    windows.until("the new secret", async || windows.teammate.find(Locator::Id("secret")).await.is_ok()).await;
    look(&windows.teammate, "chat-secret").await;
    windows.press("[data-copies=secret]").await;
    let copied = "return document.getElementById('said').textContent.includes('Copied.')";
    windows
        .until("the copied secret", async || windows.teammate.execute(copied, Vec::new()).await.unwrap() == true)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_conversation_before_them_is_seen_looking() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.sign_in().await;
    windows.go_shopping().await;
    windows.write("Hello?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    let seen = async |count: usize| {
        let script = "const mine = [...document.querySelectorAll('.mine .fate')]; \
            return [mine.length, mine.at(-1)?.textContent]";
        windows.ask(script).await == json!([count, "Seen"])
    };
    windows.at_desk(&format!("/conversations/{number}?view=all")).await;
    windows.until("a look", async || seen(1).await).await;
    windows.write("Are you there?").await;
    windows.until("a look at the open page", async || seen(2).await).await;
    let unread = "return document.querySelectorAll('#rows .unread').length";
    let is_read = async || windows.teammate.execute(unread, Vec::new()).await.unwrap() == json!(0);
    windows.until("the row that is read", is_read).await;

    // The inbox shows its first conversation beside the list, unless there is no room for it.
    windows.teammate.resize(NARROW).await;
    windows.at_desk("/inbox?view=all").await;
    windows.write("I am still here").await;
    let unread = async || windows.desk.talk(number).await.unread;
    windows.until("the message at the desk", async || messages(&windows.desk, number).await.len() == 3).await;
    assert!(unread().await, "only the list is shown");
    windows.teammate.resize(WIDE).await;
    windows.at_desk("/inbox?view=all").await;
    windows.until("a look at the inbox", async || seen(3).await).await;
    windows.teammate.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_until_a_person_has_read_can_leave_an_address() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    windows.write("Where is my order?").await;
    windows.until("the question for an address", async || windows.ask(ASKED_FOR_ADDRESS).await == true).await;
    let who = windows.ask("return document.getElementById('who').textContent").await;
    assert!(!who.as_str().unwrap().contains("agent answers"), "nobody answers at once: {who}");
    windows.customer.find(Locator::Id("email")).await.unwrap().send_keys("ana@a.example\u{e007}").await.unwrap();
    windows.until("the kept address", async || windows.ask(NO_ADDRESS_WAITS).await == true).await;
    windows.customer.check_console().await;
    windows.customer.goto("about:blank").await.unwrap();

    let waiting = async || windows.desk.api_get("/api/v1/approvals").await["items"][0].clone();
    windows.until("a draft", async || waiting().await.is_object()).await;
    let approval = waiting().await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/approvals/{approval}/acceptance");
    let accepted = windows.desk.api().post_json(&path, &json!({})).await.unwrap();
    assert!(accepted.status < 300, "{}", accepted.text());
    windows.until("the mail", async || !windows.smtp.taken().is_empty()).await;
    assert_eq!(windows.smtp.taken()[0].to, ["ana@a.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_an_address_that_find_no_line_are_not_lost() {
    let Some(windows) = Windows::open("en").await else { return };
    windows.go_shopping().await;
    // A person reads each answer first, so while nobody is here nobody answers.
    windows.until_said("Nobody is here right now", "nobody is here now; leave an address").await;

    // Nothing was said yet, so the line that comes back brings everything anew.
    windows.wire.cut();
    let file = windows.desk.data.folder.path().join("lamp.txt");
    std::fs::write(&file, "It is the blue one.").unwrap();
    windows.customer.find(Locator::Id("file")).await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
    let fate = "return document.querySelector('.waits .fate')?.textContent";
    windows.until("the file that waits", async || windows.ask(fate).await == "Waits for the line").await;
    let away = "return !document.getElementById('line').hidden";
    windows.until("the notice", async || windows.ask(away).await == true).await;
    windows.wire.mend();
    windows.until("the line", async || windows.ask(away).await == false).await;
    windows.until("the file", async || !conversations(&windows.desk).await.is_empty()).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();

    // A file without a word goes to a person, who may not be here. What is no address is said so, and can be mended.
    windows.until("the question for an address", async || windows.ask(ASKED_FOR_ADDRESS).await == true).await;
    let field = windows.customer.find(Locator::Id("email")).await.unwrap();
    field.send_keys("ana@nowhere\u{e007}").await.unwrap();
    let wrong = "return !document.getElementById('email-error').hidden";
    windows.until("the mistake", async || windows.ask(wrong).await == true).await;
    assert_eq!(windows.ask("return document.getElementById('email').value").await, "ana@nowhere");
    field.clear().await.unwrap();

    // An address waits for the line as a message does, on the next page too.
    windows.wire.cut();
    windows.until("the notice", async || windows.ask(away).await == true).await;
    field.send_keys("ana@a.example\u{e007}").await.unwrap();
    let waits = "return document.getElementById('email-fate').innerText.startsWith('ana@a.example')";
    windows.until("the waiting address", async || windows.ask(waits).await == true).await;
    assert_eq!(windows.ask(wrong).await, false, "nothing is wrong with it");
    windows.customer.enter_parent_frame().await.unwrap();
    let kept = "return Object.values(localStorage).join().includes('ana@a.example')";
    windows.until("the kept address", async || windows.ask(kept).await == true).await;
    windows.customer.goto("about:blank").await.unwrap();
    windows.wire.mend();
    windows.customer.goto(&windows.shop).await.unwrap();
    let left = async || windows.desk.timeline(number).await.contains("address_left");
    windows.until("the address at the desk", left).await;
    windows.customer.goto("about:blank").await.unwrap();
    answer(&windows.desk, number, "It comes on Friday.").await;
    windows.until("the mail", async || !windows.smtp.taken().is_empty()).await;
    assert_eq!(windows.smtp.taken()[0].to, ["ana@a.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_is_accessible_narrow_dark_and_from_right_to_left() {
    let Some(windows) = Windows::open("ar").await else { return };
    windows.go_shopping().await;
    windows.write("مرحبا").await;
    windows.until_told("مرحبا").await;
    assert_eq!(windows.ask("return document.documentElement.dir").await, "rtl");
    windows.customer.enter_parent_frame().await.unwrap();
    assert_eq!(windows.ask(LABEL).await, "أغلق المحادثة", "the launcher speaks the language of the page");
    windows.enter().await;
    for (size, dark, name) in [(WIDE, false, "chat-wide-light"), (NARROW, true, "chat-narrow-dark")] {
        windows.customer.resize(size).await;
        windows.customer.set_dark(dark).await;
        windows.customer.check_accessibility().await;
        windows.customer.save_screenshot(name).await;
    }
    let focus = "return document.activeElement.id";
    assert_eq!(windows.ask(focus).await, "text", "one can write at once");
    windows.customer.find(Locator::Id("text")).await.unwrap().send_keys("\u{e00c}").await.unwrap();
    windows.customer.enter_parent_frame().await.unwrap();
    let closed = "return document.querySelector(':root > div').shadowRoot.querySelector('iframe').hidden";
    windows.until("the closed chat", async || windows.ask(closed).await == true).await;
    assert_eq!(windows.ask(LABEL).await, "افتح المحادثة");
    windows.customer.check_console().await;

    // In another language, and closed, it is still there to be told of answers.
    windows.ask("resolute('setLocale', 'de')").await;
    let german = "const frame = document.querySelector(':root > div').shadowRoot.querySelector('iframe'); \
        return Boolean(frame?.hidden && frame.src.includes('lang=de'))";
    assert_eq!(windows.ask(german).await, true);
    assert_eq!(windows.ask(LABEL).await, "Chat öffnen");
    let titled = "return document.querySelector(':root > div').shadowRoot.querySelector('iframe').title";
    assert_eq!(windows.ask(titled).await, "Nachrichten");
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_asked_beside_the_shops_privacy_notice() {
    let Some(windows) = Windows::open("de").await else { return };
    let notice = "https://shop.example/datenschutz";
    let asks = json!({ "pre_chat": ["consent"], "privacy_url": notice });
    write(&windows.desk.desk.db, async |tx| channels::add_settings(tx, windows.chat.channel, &asks).await).await;
    windows.desk.desk.connections.forget(windows.chat.channel);
    windows.open_chat_after("").await;
    let asked = "return Boolean(document.querySelector('#before input[type=checkbox]'))";
    windows.until("the question", async || windows.ask(asked).await == true).await;
    let link = "const link = document.querySelector('#before a');
        return [link.href, link.target, link.rel, link.textContent].join(' | ')";
    let words = "_blank | noopener noreferrer | Datenschutzhinweise (in einem neuen Fenster)";
    assert_eq!(windows.ask(link).await, format!("{notice} | {words}"));
    windows.customer.check_accessibility().await;
    windows.customer.find(Locator::Css("#before .button")).await.unwrap().click().await.unwrap();
    let needed = "return !document.getElementById('before-consent-error').hidden";
    windows.until("the word that it is needed", async || windows.ask(needed).await == true).await;
    windows.customer.find(Locator::Id("before-consent")).await.unwrap().click().await.unwrap();
    windows.customer.find(Locator::Css("#before .button")).await.unwrap().click().await.unwrap();
    let open = "return !document.getElementById('foot').hidden";
    windows.until("the chat", async || windows.ask(open).await == true).await;
}
