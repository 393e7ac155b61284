//! The help centre in a real browser, as customers see it.

use fantoccini::Locator;
use resolute::store::articles::{self, Article, NewText};
use serde_json::json;

use crate::support::chromium::{Browser, NARROW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::write;
use crate::support::visit::{look, until};

const BODY: &str = "You have **30 days**.\n\n## How\n\n1. Print [the form](https://fjord.example/form)\n2. Send it\n\n\
    > Keep the receipt\n\n```\na line of code that is much too long for a narrow screen, and goes on and on and on\n```";

#[tokio::test(flavor = "multi_thread")]
async fn customers_find_and_read_an_article_on_every_screen() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (db, clock) = (&desk.desk.db, &desk.desk.clock);
    let brand = resolute::store::brands::get(db, desk.setup.brand).await.unwrap();
    let article = Article { id: clock.new_id(), brand_id: brand.id, slug: "returns".into() };
    write(db, async |tx| {
        articles::insert(tx, &article, clock.now()).await?;
        for (locale, title) in [("en", "Returns"), ("de", "Rückgabe")] {
            let new = NewText {
                id: clock.new_id(),
                article_id: article.id,
                locale,
                title,
                body: BODY,
                summary: "",
                author_id: desk.setup.teammate,
                published: true,
                created_at: clock.now(),
            };
            articles::insert_version(tx, &new, 0).await?;
            articles::put_page(tx, &article, &new, (1, "You have 30 days.")).await?;
        }
        Ok(())
    })
    .await;
    browser.goto(&format!("http://{}/help/{}/en", desk.address, brand.slug)).await.unwrap();
    look(&browser, "help").await;
    browser.find(Locator::Css("[type=search]")).await.unwrap().send_keys("retu\u{e007}").await.unwrap();
    until(&browser, "what was found", "return location.search === '?q=retu'").await;
    browser.find(Locator::Css("main li a")).await.unwrap().click().await.unwrap();
    until(&browser, "the article", "return document.querySelector('h1').textContent === 'Returns'").await;
    look(&browser, "help-article").await;
    browser.resize(NARROW).await;
    let sticks_out = include_str!("screens/sideways.js");
    assert_eq!(browser.execute(sticks_out, Vec::new()).await.unwrap(), json!([]));
    browser.check_console().await;
}
