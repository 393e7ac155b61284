//! Articles: their versions, and the pages that customers read and find.

use resolute::model::brand::Brand;
use resolute::model::{ArticleId, BrandId};
use resolute::store::articles::{self, Article, NewText};
use resolute::store::{Db, Error, brands};

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, write};

async fn article(db: &Db, cast: &Cast, brand_id: BrandId, slug: &str) -> Article {
    let article = Article { id: cast.clock.new_id(), brand_id, slug: slug.to_owned() };
    write(db, async |tx| articles::insert(tx, &article, NOW).await).await;
    article
}

fn text<'a>(cast: &Cast, article: ArticleId, locale: &'a str, (title, body): (&'a str, &'a str)) -> NewText<'a> {
    NewText {
        id: cast.clock.new_id(),
        article_id: article,
        locale,
        title,
        body,
        summary: "é 'summary' 😀",
        author_id: cast.noor.id,
        published: true,
        created_at: NOW,
    }
}

/// Publishes a text as the version behind `before`.
async fn publish(db: &Db, article: &Article, new: NewText<'_>, before: i64) {
    let is_first = write(db, async |tx| {
        articles::put_page(tx, article, &new, (before + 1, "How it begins")).await?;
        articles::insert_version(tx, &new, before).await
    })
    .await;
    assert!(is_first, "nobody was faster");
}

async fn found(db: &Db, brand: BrandId, locale: &str, words: &str) -> Vec<String> {
    let lines = articles::search(db, (brand, locale), words, 9).await.unwrap();
    lines.into_iter().map(|line| line.slug).collect()
}

#[tokio::test]
async fn versions_count_up_by_language_and_what_customers_read_is_one_of_them() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let one = article(&db, &cast, cast.brand.id, "returns").await;
        let taken = Article { id: cast.clock.new_id(), ..one.clone() };
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(articles::insert(&mut tx, &taken, NOW).await, Err(Error::Duplicate)));
        drop(tx);
        assert_eq!(articles::find(&db, one.id).await.unwrap(), Some(one.clone()));

        let draft = NewText { published: false, ..text(&cast, one.id, "en", ("Returns", "")) };
        assert!(write(&db, async |tx| articles::insert_version(tx, &draft, 0).await).await);
        let late = NewText { id: cast.clock.new_id(), ..draft };
        assert!(!write(&db, async |tx| articles::insert_version(tx, &late, 0).await).await, "somebody was faster");
        assert_eq!(articles::list(&db, cast.brand.id).await.unwrap()[0].live, None);
        publish(&db, &one, text(&cast, one.id, "en", ("Returns", "Within 30 days.")), 1).await;
        publish(&db, &one, text(&cast, one.id, "de", ("Rückgabe", "In 30 Tagen.")), 0).await;
        let later = NewText { created_at: at(9), ..text(&cast, one.id, "en", ("Returns, free", "Within 60 days.")) };
        publish(&db, &one, later, 2).await;

        let listed = articles::list(&db, cast.brand.id).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|row| (row.locale.as_str(), row.version, row.live)).collect();
        assert_eq!(listed, [("de", 1, Some(1)), ("en", 3, Some(3))]);
        let versions = articles::versions(&db, one.id, "en").await.unwrap();
        let versions: Vec<_> = versions.iter().map(|row| (row.version, row.published, row.effective_from)).collect();
        assert_eq!(versions, [(3, true, Some(at(9))), (2, true, Some(NOW)), (1, false, None)]);
        let second = articles::find_version(&db, one.id, "en", 2).await.unwrap().unwrap();
        assert_eq!((second.body.as_str(), second.summary.as_str()), ("Within 30 days.", "é 'summary' 😀"));
        assert_eq!(articles::find_version(&db, one.id, "en", 4).await.unwrap(), None);

        let page = articles::page(&db, cast.brand.id, "en", "returns").await.unwrap().unwrap();
        assert_eq!((page.title.as_str(), page.body.as_str()), ("Returns, free", "Within 60 days."));
        assert_eq!((page.article_id, page.version, page.published_at), (one.id, 3, at(9)));
        assert_eq!(articles::languages_of(&db, one.id).await.unwrap(), ["de", "en"]);
        assert_eq!(articles::count_live(&db, cast.brand.id).await.unwrap(), 1);
        assert!(write(&db, async |tx| articles::take_off(tx, one.id, "en").await).await);
        assert!(!write(&db, async |tx| articles::take_off(tx, one.id, "en").await).await);
        assert_eq!(articles::page(&db, cast.brand.id, "en", "returns").await.unwrap(), None);
        assert!(found(&db, cast.brand.id, "en", "returns").await.is_empty());
        let languages = articles::languages(&db, cast.brand.id).await.unwrap();
        assert_eq!(languages.iter().map(|row| (row.locale.as_str(), row.count)).collect::<Vec<_>>(), [("de", 1)]);
    })
    .await;
}

#[tokio::test]
async fn an_article_is_found_by_its_words_and_the_title_says_most() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let brand = cast.brand.id;
        for (slug, title, body) in [
            ("crème", "Café crème", "A drink. 我的订单"),
            ("refunds", "Refunds", "Your money comes back in 5 days."),
            ("returns", "Send it back", "Refunds refunds refunds. **Free** returns."),
        ] {
            let one = article(&db, &cast, brand, slug).await;
            publish(&db, &one, text(&cast, one.id, "en", (title, body)), 0).await;
        }
        assert_eq!(found(&db, brand, "en", "refunds").await, ["refunds", "returns"]);
        assert_eq!(found(&db, brand, "en", "REFUNDS free").await, ["returns"], "all of the words");
        assert_eq!(found(&db, brand, "en", "refu").await, ["refunds", "returns"], "the last may be unfinished");
        assert!(found(&db, brand, "en", "refu free").await.is_empty(), "and no other");
        assert_eq!(found(&db, brand, "en", "cafe CRE").await, ["crème"]);
        assert_eq!(found(&db, brand, "en", "订单").await, ["crème"]);
        assert!(found(&db, brand, "de", "refunds").await.is_empty(), "another language");
        for nothing in ["", "?!", "refunds nowhere", "' or 1=1", "%"] {
            assert!(found(&db, brand, "en", nothing).await.is_empty(), "{nothing}");
        }
        // What it says no more does not lead to it.
        let all = articles::list(&db, brand).await.unwrap();
        let listed = all.iter().find(|row| row.slug == "returns").unwrap();
        let one = articles::find(&db, listed.id).await.unwrap().unwrap();
        publish(&db, &one, text(&cast, one.id, "en", ("Send it back", "Free.")), 1).await;
        assert_eq!(found(&db, brand, "en", "refunds").await, ["refunds"]);
    })
    .await;
}

#[tokio::test]
async fn brands_have_their_own_articles_under_the_same_name() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let nord = Brand { id: cast.clock.new_id(), slug: "nord".into(), ..cast.brand.clone() };
        write(&db, async |tx| brands::insert(tx, &nord).await).await;
        for (brand, body) in [(cast.brand.id, "Ours"), (nord.id, "Theirs")] {
            let one = article(&db, &cast, brand, "returns").await;
            publish(&db, &one, text(&cast, one.id, "en", ("Returns", body)), 0).await;
        }
        let page = articles::page(&db, nord.id, "en", "returns").await.unwrap().unwrap();
        assert_eq!(page.body, "Theirs");
        assert_eq!(found(&db, nord.id, "en", "theirs").await, ["returns"]);
        assert!(found(&db, nord.id, "en", "ours").await.is_empty());
        assert_eq!(articles::list(&db, nord.id).await.unwrap().len(), 1);
        assert_eq!(articles::pages(&db, nord.id, "en", 9).await.unwrap()[0].beginning, "How it begins");
    })
    .await;
}

#[tokio::test]
async fn only_what_customers_never_read_is_thrown_away() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (never, once) =
            (article(&db, &cast, cast.brand.id, "never").await, article(&db, &cast, cast.brand.id, "once").await);
        let draft = NewText { published: false, ..text(&cast, never.id, "en", ("Never", "")) };
        assert!(write(&db, async |tx| articles::insert_version(tx, &draft, 0).await).await);
        publish(&db, &once, text(&cast, once.id, "en", ("Once", "It was there.")), 0).await;
        write(&db, async |tx| articles::take_off(tx, once.id, "en").await).await;
        for (id, gone) in [(never.id, true), (once.id, false)] {
            let done = write(&db, async |tx| {
                assert!(articles::lock(tx, id).await?.is_some());
                articles::throw_away(tx, id).await
            })
            .await;
            assert_eq!((done, articles::find(&db, id).await.unwrap().is_none()), (gone, gone));
        }
    })
    .await;
}
