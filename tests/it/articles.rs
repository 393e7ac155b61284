//! Articles: written, published, read by customers, taken off and rolled back.

mod import;
mod questions;

use std::time::Instant;

use resolute::model::ArticleId;
use resolute::model::teammate::Role;
use resolute::store::articles::{self, Article, NewText};
use resolute::store::audit::{self, Filter};

use crate::brands::NORD;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::Client;
use crate::support::stores::write;

const BODY: &str =
    "You have **30 days**.\n\n## How\n\n- [the form](https://fjord.example/form)\n- <script>alert(1)</script>";

/// A desk, its brand's name in addresses, and the browser of its admin.
async fn desk(engine: Engine) -> (TestDesk, String, Client) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let brand = resolute::store::brands::get(&desk.desk.db, desk.setup.brand).await.unwrap();
    let browser = desk.browser().await;
    (desk, brand.slug, browser)
}

/// Begins an article; gives where its English text has its page.
async fn begun(desk: &TestDesk, browser: &mut Client, title: &str) -> String {
    let answer = send(browser, "/articles", &[("title", title), ("locale", "en")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(!articles::list(&desk.desk.db, desk.setup.brand).await.unwrap().is_empty());
    answer.header("location").unwrap().to_owned()
}

fn text<'a>(title: &'a str, body: &'a str, base: &'a str, then: &'a str) -> [(&'a str, &'a str); 4] {
    [("title", title), ("body", body), ("base", base), ("then", then)]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_written_published_read_taken_off_and_rolled_back() {
    for engine in Engine::all() {
        let (desk, brand, mut browser) = desk(engine).await;
        let mut customer = desk.client();
        let here = begun(&desk, &mut browser, "Returns  & refunds").await;
        let public = format!("/help/{brand}/en/returns-refunds");
        assert_eq!(customer.get(&public).await.unwrap().status, 404, "nothing is published");

        taken(&mut browser, &here, &text("Returns", BODY, "1", "keep")).await;
        assert_eq!(customer.get(&public).await.unwrap().status, 404, "a draft is nobody's to read");
        taken(&mut browser, &here, &text("Returns", BODY, "2", "publish")).await;
        let answer = customer.get(&public).await.unwrap();
        let shown = answer.text();
        assert_eq!(answer.status, 200, "{shown}");
        assert!(
            shown.contains("<strong>30 days</strong>") && shown.contains("href=\"https://fjord.example/form\""),
            "{shown}"
        );
        assert!(shown.contains("&#60;script&#62;alert(1)") && !shown.contains("<script>"), "{shown}");
        assert!(shown.contains("<html lang=\"en\"") && shown.contains("application/ld+json"), "{shown}");
        let source = customer.get(&format!("{public}.md")).await.unwrap();
        assert_eq!(source.header("content-type"), Some("text/markdown; charset=utf-8"));
        assert_eq!(source.text(), format!("# Returns\n\n{BODY}\n"));
        let all = page(&mut customer, &format!("/help/{brand}/llms.txt")).await;
        assert!(all.contains(&format!("[Returns](http://{}{public}.md): You have 30 days.", desk.address)), "{all}");

        taken(&mut browser, &here, &text("Returns", "You have 60 days.", "3", "publish")).await;
        assert!(page(&mut customer, &public).await.contains("You have 60 days."));
        let old = page(&mut browser, &format!("{here}/3")).await;
        assert!(old.contains("Roll back to it") && old.contains("<del>− You have 60 days.</del>"), "{old}");
        taken(&mut browser, &format!("{here}/3/restoration"), &[]).await;
        assert!(page(&mut customer, &public).await.contains("<strong>30 days</strong>"));

        let refused = send(&mut browser, &here.replace("/en", "/deletion"), &[]).await;
        assert!(said(&refused).contains("so it stays"), "{}", said(&refused));
        taken(&mut browser, &format!("{here}/withdrawal"), &[]).await;
        assert_eq!(customer.get(&public).await.unwrap().status, 404);
        let log = audit::list(&desk.desk.db, &Filter::default(), None, 99).await.unwrap();
        let acts = log.iter().filter(|entry| entry.action.starts_with("article_")).count();
        assert_eq!(acts, 4, "three times published, once taken off");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_said_and_what_was_typed_stays() {
    let (desk, brand, mut browser) = desk(Engine::Sqlite).await;
    for (title, slug, words) in
        [("", "", "needs a title"), ("返品", "", "small letters"), ("Returns", "No way", "small letters")]
    {
        let answer = send(&mut browser, "/articles", &[("title", title), ("locale", "en"), ("slug", slug)]).await;
        assert!(answer.status == 422 && answer.text().contains(words), "{}", answer.text());
    }
    let here = begun(&desk, &mut browser, "Returns").await;
    let answer = send(&mut browser, "/articles", &[("title", "Returns"), ("locale", "de")]).await;
    assert!(answer.status == 422 && answer.text().contains("Another article has the name “returns”"));

    for (form, words) in [
        (text("Returns", " ", "1", "publish"), "an empty page"),
        (text("", "Mine", "1", "keep"), "needs a title"),
        (text("Returns", "Mine", "0", "keep"), "Somebody kept version 1 while you wrote"),
    ] {
        let answer = send(&mut browser, &here, &form).await;
        assert!(answer.status == 422 && answer.text().contains(words), "{words}: {}", answer.text());
        assert!(answer.text().contains(&format!("{}</textarea>", form[1].1)), "what was typed is there");
    }
    let preview = send(&mut browser, &format!("{here}/preview"), &text("Returns", "*Mine*", "1", "keep")).await;
    assert!(preview.text().contains("<em>Mine</em>"), "{}", preview.text());
    assert_eq!(value_of(&page(&mut browser, &here).await, "base"), "1", "nothing was kept");
    assert_eq!(desk.client().get(&format!("/help/{brand}")).await.unwrap().status, 404);
    taken(&mut browser, &here.replace("/en", "/deletion"), &[]).await;
    assert!(articles::list(&desk.desk.db, desk.setup.brand).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_write_articles_changes_nothing() {
    let (desk, _, mut browser) = desk(Engine::Sqlite).await;
    let here = begun(&desk, &mut browser, "Returns").await;
    let lee = desk.joined("Lee", Role::Teammate).await;
    let mut lee = desk.browser_of(lee).await;
    for path in ["/articles", "/articles/new", &here, &format!("{here}/1")] {
        assert_eq!(lee.get(path).await.unwrap().status, 403, "{path}");
    }
    for path in [&here, &format!("{here}/preview"), &format!("{here}/withdrawal"), &here.replace("/en", "/deletion")] {
        assert_eq!(send(&mut lee, path, &text("Theirs", "Theirs", "1", "publish")).await.status, 403, "{path}");
    }
    assert_eq!(articles::list(&desk.desk.db, desk.setup.brand).await.unwrap()[0].version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_read_their_brand_in_their_language_and_find_by_words() {
    for engine in Engine::all() {
        let (desk, brand, mut browser) = desk(engine).await;
        taken(&mut browser, "/brands", &NORD).await;
        let here = begun(&desk, &mut browser, "Returns").await;
        taken(&mut browser, &here, &text("Returns", "Send it back.", "1", "publish")).await;
        taken(&mut browser, &here.replace("/en", "/de"), &text("Rückgabe", "Schick es zurück.", "0", "publish")).await;

        let mut german = desk.client().with("accept-language", "de-AT,en;q=0.5");
        let start = german.get(&format!("/help/{brand}")).await.unwrap();
        assert_eq!(start.header("location"), Some(format!("/help/{brand}/de").as_str()));
        let shown = page(&mut german, &format!("/help/{brand}/de/returns")).await;
        assert!(shown.contains("Schick es zurück.") && shown.contains("<html lang=\"de\""), "{shown}");
        assert!(shown.contains(&format!("href=\"/help/{brand}/en/returns\"")), "the other language: {shown}");
        let found = page(&mut german, &format!("/help/{brand}/de?q=ruckg")).await;
        assert!(found.contains("Rückgabe") && found.contains("Alle Artikel"), "{found}");
        let none = page(&mut german, &format!("/help/{brand}/de?q=returns+%3Cb%3E")).await;
        assert!(none.contains("Nichts gefunden.") && !none.contains("<b>"), "{none}");

        for path in ["/help/nord-garden", "/help/nord-garden/en/returns", "/help/nobody", "/help/nord-garden/llms.txt"]
        {
            assert_eq!(german.get(path).await.unwrap().status, 404, "{path}");
        }
        assert_eq!(german.get(&format!("/help/{brand}/fr")).await.unwrap().status, 404);
        let gone = german.get(&format!("/help/{brand}/de/refunds")).await.unwrap();
        assert!(gone.status == 404 && gone.text().contains("gibt es nicht mehr"), "{}", gone.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn among_a_thousand_articles_a_page_is_there_at_once_and_a_flood_is_turned_away() {
    for engine in Engine::all() {
        let (desk, brand, _) = desk(engine).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        write(db, async |tx| {
            for number in 0..1_000 {
                let id: ArticleId = clock.new_id();
                let article = Article { id, brand_id: desk.setup.brand, slug: format!("article-{number}") };
                let title = format!("Article {number}");
                let new = NewText {
                    id: clock.new_id(),
                    article_id: id,
                    locale: "en",
                    title: &title,
                    body: BODY,
                    summary: "",
                    author_id: desk.setup.teammate,
                    published: true,
                    created_at: clock.now(),
                };
                articles::insert(tx, &article, clock.now()).await?;
                articles::insert_version(tx, &new, 0).await?;
                articles::put_page(tx, &article, &new, (1, "You have 30 days.")).await?;
            }
            Ok(())
        })
        .await;
        let mut customer = desk.client();
        let mut quickest = [u128::MAX; 2];
        for _ in 0..20 {
            let paths = [format!("/help/{brand}/en/article-500"), format!("/help/{brand}/en?q=article+5")];
            for (quickest, path) in quickest.iter_mut().zip(paths) {
                let begun = Instant::now();
                assert_eq!(customer.get(&path).await.unwrap().status, 200);
                *quickest = (*quickest).min(begun.elapsed().as_millis());
            }
        }
        assert!(quickest[0] < 20 && quickest[1] < 100, "{engine:?}: {quickest:?} ms");
        let mut last = 200;
        for _ in 0..300 {
            last = customer.get(&format!("/help/{brand}/en/article-1")).await.unwrap().status;
        }
        assert_eq!(last, 429);
    }
}
