//! Mails that are very long: a page of many holds their beginning, and all of each is a page away.

use std::time::Duration;

use crate::mail_path::{mail, receive};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;

/// A conversation with one hostile mail is no larger than this.
const LARGEST_PAGE: usize = 400_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_mail_makes_no_huge_page_and_is_shown_whole_by_itself() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let quoted =
            format!("Thanks!\r\n\r\nOn Mon, 23 Nov 2026 at 09:00, Fjord Home wrote:\r\n{}", "> &\r\n".repeat(40_000));
        for (name, text, sign, many) in [
            ("paragraphs", "&\r\n\r\n".repeat(40_000), "&", 40_000),
            ("addresses", "https://a.example ".repeat(20_000), "https://a.example", 20_000),
            ("one word", "<".repeat(400_000), "<", 400_000),
            ("history", quoted, "&", 40_000),
        ] {
            let from = format!("{} <s@post.example>", "Sofie ".repeat(2_000));
            let id = format!("{}@post.example", name.replace(' ', "-"));
            let number = receive(&desk, &mail(&id, &from, name, "", &text)).await;
            let here = format!("/conversations/{number}");
            let talk = desk.api_get(&format!("/api/v1{here}")).await;
            let whole = format!("/messages/{}/text", talk["messages"][0]["id"].as_str().unwrap());
            for path in [here.clone(), format!("{here}/timeline")] {
                let shown = page(&mut browser, &path).await;
                assert!(shown.len() < LARGEST_PAGE, "{name}: {path} has {} bytes", shown.len());
                assert!(shown.contains(&format!("href=\"{whole}\"")), "{name}: the rest is a page away");
            }
            let answer = browser.get(&whole).await.unwrap();
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "{name}");
            assert_eq!(answer.text().matches(sign).count(), many, "{name}: nothing is lost");
            assert_eq!(desk.client().get(&whole).await.unwrap().status, 303, "only for the team");
            desk.desk.clock.advance(Duration::from_mins(1));
        }
        let short = mail("short@post.example", "Ann <ann@post.example>", "Cup", "", "Where is it?");
        let number = receive(&desk, &short).await;
        assert!(!page(&mut browser, &format!("/conversations/{number}")).await.contains("Show all of it"));
    }
}
