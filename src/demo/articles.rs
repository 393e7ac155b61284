//! The demo's help centre: articles that customers read from the first start on.

use crate::app::Desk;
use crate::knowledge::{article, markdown};
use crate::model::{BrandId, TeammateId, Ts};
use crate::store::Tx;
use crate::store::articles::{self, Article, NewText};

use super::text_file::blocks;

const TEXTS: &str = include_str!("texts/articles.txt");

/// Publishes every text; those under one name are one article in several languages.
pub(super) async fn write(
    desk: &Desk,
    tx: &mut Tx,
    brand: BrandId,
    (author, at): (TeammateId, Ts),
) -> anyhow::Result<()> {
    let mut written: Vec<Article> = Vec::new();
    for block in blocks(TEXTS) {
        let known = written.iter().find(|article| article.slug == block.name).cloned();
        let article = if let Some(article) = known {
            article
        } else {
            let new = Article { id: desk.clock.new_id(), brand_id: brand, slug: block.name.clone() };
            articles::insert(tx, &new, at).await?;
            written.push(new.clone());
            new
        };
        let text = NewText {
            id: desk.clock.new_id(),
            article_id: article.id,
            locale: block.head("Locale"),
            title: block.head("Title"),
            body: &block.text,
            summary: "The first text",
            author_id: author,
            published: true,
            created_at: at,
        };
        articles::insert_version(tx, &text, 0).await?;
        articles::put_page(tx, &article, &text, (1, &markdown::beginning(&block.text, article::BEGINNING))).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::locale::LOCALES;

    #[test]
    fn every_text_may_be_published() {
        let texts = blocks(TEXTS);
        assert!(texts.len() >= 5, "{}", texts.len());
        for block in texts {
            let (title, locale) = (block.head("Title"), block.head("Locale"));
            assert!(article::is_slug(&block.name) && LOCALES.contains(&locale), "{} in {locale}", block.name);
            let wrong = article::problems_before_publishing(title, &block.text);
            assert!(wrong.is_empty(), "{title}: {wrong:?}");
            assert!(!markdown::beginning(&block.text, article::BEGINNING).contains('*'), "{title}");
        }
    }
}
