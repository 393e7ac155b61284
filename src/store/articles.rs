//! Articles of the help centre: their versions, and the pages that customers read. A page is found by its words, which stand in
//! a table like any other (decision 117).

use std::collections::BTreeMap;

use serde::Serialize;

use super::db::Sql;
use super::search::{Words, indexed};
use super::{Db, Result, Tx, rows};
use crate::model::version::Version;
use crate::model::{ArticleId, BrandId, TeammateId, Ts, VersionId};

/// So many letters of each word count: PostgreSQL keeps no longer ones in an index.
const LETTERS: usize = 60;
/// What a word in the title counts.
const IN_TITLE: i64 = 10;
/// What a word of the text counts at most, however often it stands there.
const IN_BODY: i64 = 5;

/// An article, in whatever languages it is written.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Article {
    /// Id.
    pub id: ArticleId,
    /// Whose.
    pub brand_id: BrandId,
    /// Its name in addresses.
    pub slug: String,
}

/// A text of an article in a language.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ArticleVersion {
    /// 1, 2, 3, ...
    pub version: i64,
    /// The title.
    pub title: String,
    /// The text, as Markdown.
    pub body: String,
    /// What changed, in a line.
    pub summary: String,
    /// Whether customers could ever read it.
    pub published: bool,
}

/// The newest text of an article in a language.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The article.
    pub id: ArticleId,
    /// Its name in addresses.
    pub slug: String,
    /// ISO 639.
    pub locale: String,
    /// Which version it is.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub author_id: Option<TeammateId>,
    /// When it was written.
    pub created_at: Ts,
    /// The version that customers read, if they read any.
    pub live: Option<i64>,
}

/// The newest text of each article of a brand in each language.
pub async fn list(db: &Db, brand: BrandId) -> Result<Vec<Listed>> {
    db.query(
        "select a.id, a.slug, v.locale, v.version, v.title, v.author_id, v.created_at, p.version as live
         from articles a join article_versions v on v.article_id = a.id
         left join article_pages p on p.article_id = v.article_id and p.locale = v.locale
         where a.brand_id = $1 and v.version = (
             select max(o.version) from article_versions o where o.article_id = v.article_id and o.locale = v.locale)
         order by a.slug, a.id, v.locale",
    )
    .bind(brand)
    .all()
    .await
}

/// How many articles of a brand customers can read in some language.
pub async fn count_live(db: &Db, brand: BrandId) -> Result<i64> {
    db.query("select count(distinct article_id) from article_pages where brand_id = $1").bind(brand).scalar().await
}

/// An article.
pub async fn find(db: &Db, id: ArticleId) -> Result<Option<Article>> {
    db.query("select id, brand_id, slug from articles where id = $1").bind(id).optional().await
}

/// An article that nobody else changes in this transaction.
pub async fn lock(tx: &mut Tx, id: ArticleId) -> Result<Option<Article>> {
    const LOCK: Sql = Sql {
        sqlite: "select id, brand_id, slug from articles where id = $1",
        postgres: "select id, brand_id, slug from articles where id = $1 for update",
    };
    tx.query(LOCK).bind(id).optional().await
}

/// The article of a brand with this name in addresses, which nobody else changes in this transaction.
pub async fn lock_named(tx: &mut Tx, brand: BrandId, slug: &str) -> Result<Option<Article>> {
    const LOCK: Sql = Sql {
        sqlite: "select id, brand_id, slug from articles where brand_id = $1 and slug = $2",
        postgres: "select id, brand_id, slug from articles where brand_id = $1 and slug = $2 for update",
    };
    tx.query(LOCK).bind(brand).bind(slug).optional().await
}

/// A new article without a text; [`super::Error::Duplicate`] when its name in addresses is taken.
pub async fn insert(tx: &mut Tx, article: &Article, now: Ts) -> Result<()> {
    tx.query("insert into articles (id, brand_id, slug, created_at) values ($1, $2, $3, $4)")
        .bind(article.id)
        .bind(article.brand_id)
        .bind(article.slug.as_str())
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// The versions in a language, newest first, at most 200, without their texts.
pub async fn versions(db: &Db, article: ArticleId, locale: &str) -> Result<Vec<Version>> {
    const VERSIONS: Sql = Sql {
        sqlite: "select v.id, a.brand_id, v.version, 'null' as document, v.summary, v.author_id, v.published,
                case when v.published = 1 then v.created_at end as effective_from, v.created_at
            from article_versions v join articles a on a.id = v.article_id
            where v.article_id = $1 and v.locale = $2 order by v.version desc limit 200",
        postgres: "select v.id, a.brand_id, v.version, 'null'::jsonb as document, v.summary, v.author_id, v.published,
                case when v.published then v.created_at end as effective_from, v.created_at
            from article_versions v join articles a on a.id = v.article_id
            where v.article_id = $1 and v.locale = $2 order by v.version desc limit 200",
    };
    db.query(VERSIONS).bind(article).bind(locale).all().await
}

/// A version with its text.
pub async fn find_version(db: &Db, article: ArticleId, locale: &str, version: i64) -> Result<Option<ArticleVersion>> {
    db.query(
        "select version, title, body, summary, published from article_versions
         where article_id = $1 and locale = $2 and version = $3",
    )
    .bind(article)
    .bind(locale)
    .bind(version)
    .optional()
    .await
}

/// The newest version of an article in a language, with its text.
pub async fn newest(tx: &mut Tx, article: ArticleId, locale: &str) -> Result<Option<ArticleVersion>> {
    tx.query(
        "select version, title, body, summary, published from article_versions
         where article_id = $1 and locale = $2 order by version desc limit 1",
    )
    .bind(article)
    .bind(locale)
    .optional()
    .await
}

/// A version to insert.
#[derive(Clone, Copy, Debug)]
pub struct NewText<'a> {
    /// Id.
    pub id: VersionId,
    /// Of which article.
    pub article_id: ArticleId,
    /// ISO 639.
    pub locale: &'a str,
    /// The title.
    pub title: &'a str,
    /// The text, as Markdown.
    pub body: &'a str,
    /// What changed, in a line.
    pub summary: &'a str,
    /// Who wrote it.
    pub author_id: TeammateId,
    /// Whether customers read it from now on.
    pub published: bool,
    /// When it was written.
    pub created_at: Ts,
}

/// Inserts the version behind `before` (0 for the first) of a locked article; `false` when somebody else was faster.
pub async fn insert_version(tx: &mut Tx, new: &NewText<'_>, before: i64) -> Result<bool> {
    let done = tx
        .query(
            "insert into article_versions
                 (id, article_id, locale, version, title, body, summary, author_id, published, created_at)
             select $1, $2, cast($3 as text), coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8, $9
             from article_versions where article_id = $2 and locale = $3 having coalesce(max(version), 0) = $10",
        )
        .bind(new.id)
        .bind(new.article_id)
        .bind(new.locale)
        .bind(rows::text(new.title))
        .bind(rows::text(new.body))
        .bind(rows::text(new.summary))
        .bind(new.author_id)
        .bind(new.published)
        .bind(new.created_at)
        .bind(before)
        .execute()
        .await?;
    Ok(done > 0)
}

/// What customers read from now on: a text, its number, and how it begins.
pub async fn put_page(
    tx: &mut Tx,
    article: &Article,
    new: &NewText<'_>,
    (version, beginning): (i64, &str),
) -> Result<()> {
    tx.query(
        "insert into article_pages
             (article_id, locale, brand_id, slug, version, title, beginning, body, published_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (article_id, locale) do update set version = excluded.version, title = excluded.title,
             beginning = excluded.beginning, body = excluded.body, published_at = excluded.published_at",
    )
    .bind(article.id)
    .bind(new.locale)
    .bind(article.brand_id)
    .bind(article.slug.as_str())
    .bind(version)
    .bind(rows::text(new.title))
    .bind(rows::text(beginning))
    .bind(rows::text(new.body))
    .bind(new.created_at)
    .execute()
    .await?;
    forget_words(tx, article.id, new.locale).await?;
    index(tx, article, new).await
}

/// Takes an article in a language from customers; `false` when they could not read it.
pub async fn take_off(tx: &mut Tx, article: ArticleId, locale: &str) -> Result<bool> {
    forget_words(tx, article, locale).await?;
    let gone = tx
        .query("delete from article_pages where article_id = $1 and locale = $2")
        .bind(article)
        .bind(locale)
        .execute()
        .await?;
    Ok(gone > 0)
}

const PUBLISHED: Sql = Sql {
    sqlite: "select exists (select 1 from article_versions where article_id = $1 and published = 1)",
    postgres: "select exists (select 1 from article_versions where article_id = $1 and published)",
};

/// Whether customers could ever read an article.
pub async fn was_published(db: &Db, article: ArticleId) -> Result<bool> {
    db.query(PUBLISHED).bind(article).scalar().await
}

/// Forgets a locked article that customers never read; `false` when they did.
pub async fn throw_away(tx: &mut Tx, article: ArticleId) -> Result<bool> {
    if tx.query(PUBLISHED).bind(article).scalar::<bool>().await? {
        return Ok(false);
    }
    tx.query("update article_import_items set article_id = null where article_id = $1").bind(article).execute().await?;
    tx.query("delete from article_versions where article_id = $1").bind(article).execute().await?;
    tx.query("delete from articles where id = $1").bind(article).execute().await?;
    Ok(true)
}

async fn forget_words(tx: &mut Tx, article: ArticleId, locale: &str) -> Result<()> {
    tx.query("delete from article_words where article_id = $1 and locale = $2")
        .bind(article)
        .bind(locale)
        .execute()
        .await?;
    Ok(())
}

/// A word of a page.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Word {
    word: String,
    weight: i64,
}

async fn index(tx: &mut Tx, article: &Article, new: &NewText<'_>) -> Result<()> {
    const INDEX: Sql = Sql {
        sqlite: "insert into article_words (brand_id, locale, word, article_id, weight)
            select $1, $2, value ->> 'word', $3, value ->> 'weight' from json_each($4)",
        postgres: "insert into article_words (brand_id, locale, word, article_id, weight)
            select $1, $2, r.word, $3, r.weight from json_to_recordset($4::json) as r (word text, weight bigint)",
    };
    tx.query(INDEX)
        .bind(article.brand_id)
        .bind(new.locale)
        .bind(article.id)
        .bind(rows::json(&words_of(new.title, new.body))?)
        .execute()
        .await?;
    Ok(())
}

/// The words of a page, each once.
fn words_of(title: &str, body: &str) -> Vec<Word> {
    let mut weights = BTreeMap::<String, i64>::new();
    for word in indexed(&[body]).split_whitespace() {
        let weight = weights.entry(beginning_of(word)).or_default();
        *weight = (*weight + 1).min(IN_BODY);
    }
    for word in indexed(&[title]).split_whitespace() {
        *weights.entry(beginning_of(word)).or_default() += IN_TITLE;
    }
    weights.into_iter().map(|(word, weight)| Word { word, weight }).collect()
}

fn beginning_of(word: &str) -> String {
    word.chars().take(LETTERS).collect()
}

/// A page as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HelpLine {
    /// Its name in addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// How its text begins.
    pub beginning: String,
}

/// A page that customers read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HelpPage {
    /// Of which article.
    pub article_id: ArticleId,
    /// Which version of its text.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// How its text begins.
    pub beginning: String,
    /// Its text, as Markdown.
    pub body: String,
    /// When it was written.
    pub published_at: Ts,
}

/// A language in which customers can read something.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HelpLanguage {
    /// ISO 639.
    pub locale: String,
    /// How many pages.
    pub count: i64,
}

/// The languages of a brand's help centre.
pub async fn languages(db: &Db, brand: BrandId) -> Result<Vec<HelpLanguage>> {
    db.query("select locale, count(*) as count from article_pages where brand_id = $1 group by locale order by locale")
        .bind(brand)
        .all()
        .await
}

/// The languages in which customers can read an article.
pub async fn languages_of(db: &Db, article: ArticleId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        db.query("select locale from article_pages where article_id = $1 order by locale").bind(article).all().await?;
    Ok(rows.into_iter().map(|(locale,)| locale).collect())
}

/// The pages of a brand in a language by title, at most so many.
pub async fn pages(db: &Db, brand: BrandId, locale: &str, most: i64) -> Result<Vec<HelpLine>> {
    db.query(
        "select slug, title, beginning from article_pages where brand_id = $1 and locale = $2
         order by title, slug limit $3",
    )
    .bind(brand)
    .bind(locale)
    .bind(most)
    .all()
    .await
}

/// A page.
pub async fn page(db: &Db, brand: BrandId, locale: &str, slug: &str) -> Result<Option<HelpPage>> {
    db.query(
        "select article_id, version, title, beginning, body, published_at from article_pages
         where brand_id = $1 and locale = $2 and slug = $3",
    )
    .bind(brand)
    .bind(locale)
    .bind(slug)
    .optional()
    .await
}

/// A word that is looked for: all from `low` on and below `high`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Range {
    place: usize,
    low: String,
    high: String,
}

fn ranges(words: &Words) -> Vec<Range> {
    let range = |(place, (word, is_unfinished)): (usize, (&str, bool))| {
        let low = beginning_of(word);
        // Behind all that begins so, or behind this word alone.
        let high = format!("{low}{}", if is_unfinished { char::MAX } else { '\u{1}' });
        Range { place, low, high }
    };
    words.each().enumerate().map(range).collect()
}

/// The pages of a brand in a language that hold all the words (the last may be unfinished), those that say most of them first.
pub async fn search(db: &Db, (brand, locale): (BrandId, &str), words: &str, most: i64) -> Result<Vec<HelpLine>> {
    let ranges = ranges(&Words::of(words));
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    holding(db, (brand, locale), &ranges, (ranges.len(), most)).await
}

/// The page of a brand in a language that says most of what these words begin, if it holds so many of them.
pub async fn answering(
    db: &Db,
    (brand, locale): (BrandId, &str),
    beginnings: &[String],
    least: usize,
) -> Result<Option<HelpLine>> {
    let range =
        |(place, word): (usize, &String)| Range { place, low: word.clone(), high: format!("{word}{}", char::MAX) };
    let ranges: Vec<Range> = beginnings.iter().enumerate().map(range).collect();
    Ok(holding(db, (brand, locale), &ranges, (least, 1)).await?.into_iter().next())
}

/// Pages that hold so many of the words at least.
async fn holding(
    db: &Db,
    (brand, locale): (BrandId, &str),
    ranges: &[Range],
    (least, most): (usize, i64),
) -> Result<Vec<HelpLine>> {
    const SEARCH: Sql = Sql {
        sqlite: "select p.slug, p.title, p.beginning from (
                select hit.article_id, count(*) as held, sum(hit.weight) as weight from (
                    select w.article_id, r.value ->> 'place' as place, max(w.weight) as weight from json_each($3) r
                    cross join article_words w on w.brand_id = $1 and w.locale = $2
                        and w.word >= r.value ->> 'low' and w.word < r.value ->> 'high'
                    group by w.article_id, r.value ->> 'place') hit
                group by hit.article_id having count(*) >= $4) found
            join article_pages p on p.article_id = found.article_id and p.locale = $2
            order by found.held desc, found.weight desc, p.title, p.slug limit $5",
        postgres: "select p.slug, p.title, p.beginning from (
                select hit.article_id, count(*) as held, sum(hit.weight) as weight from (
                    select w.article_id, r.place, max(w.weight) as weight
                    from json_to_recordset($3::json) as r (place bigint, low text, high text)
                    join article_words w on w.brand_id = $1 and w.locale = $2 and w.word >= r.low and w.word < r.high
                    group by w.article_id, r.place) hit
                group by hit.article_id having count(*) >= $4) found
            join article_pages p on p.article_id = found.article_id and p.locale = $2
            order by found.held desc, found.weight desc, p.title, p.slug limit $5",
    };
    let least = i64::try_from(least).unwrap_or(i64::MAX);
    db.query(SEARCH).bind(brand).bind(locale).bind(rows::json(ranges)?).bind(least).bind(most).all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_counts_most_in_the_title_and_not_without_end_in_the_text() {
        let found = words_of("Returns", &format!("returns {}{}", "free ".repeat(40), "é".repeat(LETTERS + 9)));
        let weight = |word: &str| found.iter().find(|known| known.word == word).map(|known| known.weight);
        assert_eq!((weight("returns"), weight("free"), weight(&"e".repeat(LETTERS))), (Some(11), Some(5), Some(1)));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn whole_words_are_themselves_and_the_last_one_begins_others() {
        let range = |place, low: &str, high: &str| Range { place, low: low.to_owned(), high: high.to_owned() };
        assert_eq!(
            ranges(&Words::of("free retu")),
            [range(0, "free", "free\u{1}"), range(1, "retu", "retu\u{10ffff}")]
        );
    }
}
