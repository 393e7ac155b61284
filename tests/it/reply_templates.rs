//! The words of the built-in engine: looked at, tried, kept, rolled back, and used by the agent's next run.

use resolute::model::brand::AgentLevel;
use resolute::model::teammate::Role;
use resolute::store::reply_templates::{self, NewText};

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::value_of;
use crate::support::http::{Answer, Client};
use crate::support::stores::write;

const PAGE: &str = "/reply-templates/en/ask_order_number";
const OWN: &str = "Our own words.\nWhich order is it about?\n";
const MAIL: &str = "From: Sofie Keller <sofie@example.org>\r\nTo: help@fjord.example\r\nSubject: Parcel\r\n\
    Message-ID: <one@example.org>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\nHello, where is my parcel?\r\n";

struct Editor {
    browser: Client,
    csrf: String,
}

impl Editor {
    async fn open(desk: &TestDesk) -> Self {
        let mut browser = desk.browser().await;
        let csrf = value_of(&browser.get(PAGE).await.unwrap().text(), "csrf");
        Self { browser, csrf }
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        let fields: Vec<_> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        self.browser.post_form(path, &fields).await.unwrap()
    }

    async fn keep(&mut self, body: &str, base: &str) -> Answer {
        self.post(PAGE, &[("body", body), ("base", base), ("summary", "Plainer")]).await
    }

    async fn page(&mut self) -> String {
        self.browser.get(PAGE).await.unwrap().text()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_kept_is_what_the_agent_says_next() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { agent_level: AgentLevel::Approve, ..Wish::exact(engine) })
            .await
            .with_an_empty_shop()
            .await;
        let mut editor = Editor::open(&desk).await;
        assert!(editor.page().await.contains("the built-in text counts"));
        assert_eq!(editor.keep(OWN, "0").await.status, 303);
        let page = editor.page().await;
        assert!(page.contains("your text counts") && page.contains("Plainer"), "{page}");

        desk.post_mail(MAIL.as_bytes()).await;
        desk.drain().await;
        let number = desk.newest().await.number;
        let seen = desk.api_get(&format!("/api/v1/conversations/{number}")).await.to_string();
        assert!(seen.contains("Our own words."), "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_named_by_line_and_nothing_is_kept() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut editor = Editor::open(&desk).await;
    for path in [PAGE.to_owned(), format!("{PAGE}/preview")] {
        let answer =
            editor.post(&path, &[("body", "Hello.\nIt is {{ order.nmuber }}. [[order]]"), ("base", "0")]).await;
        let page = answer.text();
        assert_eq!(answer.status, 200);
        assert!(page.contains("line 2") && page.contains("order.nmuber"), "{page}");
        assert!(page.contains("It is {{ order.nmuber }}. [[order]]"), "what was typed stays");
    }
    assert!(editor.keep("  \n", "0").await.text().contains("The text is empty"));
    assert!(editor.page().await.contains("Only the built-in text so far."));
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_stay_and_two_people_do_not_write_over_each_other() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut editor = Editor::open(&desk).await;
    assert_eq!(editor.keep(OWN, "0").await.status, 303);
    let late = editor.keep("Another text.\n", "0").await.text();
    assert!(late.contains("Somebody kept version 1 while you wrote") && late.contains("Another text."), "{late}");
    assert_eq!(editor.post(&format!("{PAGE}/built-in"), &[]).await.status, 303);
    assert!(editor.page().await.contains("the built-in text counts"));
    let version = editor.browser.get(&format!("{PAGE}/1")).await.unwrap().text();
    assert!(version.contains("<ins>+ Our own words.</ins>"), "{version}");
    assert_eq!(editor.post(&format!("{PAGE}/1/restoration"), &[]).await.status, 303);
    let page = editor.page().await;
    assert!(page.contains("your text counts") && page.contains("Back to version 1"), "{page}");
    let list = editor.browser.get("/reply-templates").await.unwrap().text();
    assert!(list.contains("version 3"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_whose_reply_is_gone_is_shown_with_what_is_said_instead_and_can_go() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut editor = Editor::open(&desk).await;
        assert!(!editor.browser.get("/reply-templates").await.unwrap().text().contains("No longer said"));
        let new = NewText {
            id: desk.desk.clock.new_id(),
            brand_id: desk.setup.brand,
            name: "ask_identity",
            locale: "de",
            body: "Schreib uns <bitte> von der Adresse der Bestellung.\n",
            summary: "Kurz",
            author_id: None,
            created_at: desk.desk.clock.now(),
        };
        assert!(write(&desk.desk.db, async |tx| reply_templates::insert(tx, &new, 0).await).await);
        let list = editor.browser.get("/reply-templates").await.unwrap().text();
        let former = list.split("No longer said").nth(1).expect("the texts that are not said");
        assert!(former.contains("von der Adresse der Bestellung") && !former.contains("<bitte>"), "{former}");
        assert!(former.contains("/reply-templates/de/ask_order_number?brand=fjord"), "{former}");
        let answer = editor.post("/reply-templates/de/ask_identity/built-in", &[("brand", "fjord")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/reply-templates?brand=fjord")));
        assert!(!editor.browser.get("/reply-templates").await.unwrap().text().contains("No longer said"));
        assert_eq!(editor.browser.get("/reply-templates/de/ask_identity").await.unwrap().status, 404);
        assert_eq!(editor.post("/reply-templates/de/nothing/built-in", &[]).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_managers_and_admins_come_in_and_only_to_what_there_is() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser = desk.browser().await;
    for path in ["/reply-templates/en/nothing", "/reply-templates/xx/stock", "/reply-templates/en/stock/7"] {
        assert_eq!(browser.get(path).await.unwrap().status, 404, "{path}");
    }
    let mut robin = desk.browser_of(desk.joined("Robin", Role::Teammate).await).await;
    for path in ["/reply-templates", PAGE] {
        assert_eq!(robin.get(path).await.unwrap().status, 403, "{path}");
    }
    assert!(!robin.get("/settings").await.unwrap().text().contains("/reply-templates"));
}
