//! Articles of the help centre: the list, the editor of a text in a language, and its versions.

pub mod edit;
pub mod import;
pub mod questions;

use askama::Template;

use crate::knowledge::markdown::{self, Html};
use crate::model::ArticleId;
use crate::model::teammate::Teammate;
use crate::model::version::Version;
use crate::store::articles::{Article, ArticleVersion, Listed};
use crate::voice::locale::{ALL, locale};
use crate::web::brands::LANGUAGES;
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::help::home;
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice};
use crate::web::versions::VersionList;
use crate::web::versions::text_diff::TextDiff;

/// `GET /articles`
#[derive(Debug, Template)]
#[template(path = "articles/list.html")]
struct ArticleList {
    page: Page,
    languages: Vec<&'static str>,
    rows: Vec<Row>,
    empty: Empty,
    public: Option<String>,
}

#[derive(Debug)]
struct Row {
    title: String,
    slug: String,
    cells: Vec<Cell>,
    changed: String,
}

#[derive(Debug)]
struct Cell {
    href: String,
    label: String,
    words: &'static str,
    live: bool,
}

impl ArticleList {
    /// The newest text of each article in each language, the languages of one article together.
    fn new(page: Page, listed: &[Listed], team: &[Teammate]) -> Self {
        let rows = listed.chunk_by(|one, other| one.id == other.id).map(|texts| row(&page, texts, team)).collect();
        let is_public = listed.iter().any(|text| text.live.is_some());
        let empty = Empty::new(
            "No articles yet.",
            "What customers ask again and again, written once. They read it in the help centre as soon as you publish it.",
        );
        Self {
            languages: ALL.iter().map(|locale| locale.name).collect(),
            rows,
            empty: empty
                .with_link("Write an article", new_href(&page))
                .with_link("Import what is written already", import_href(&page)),
            public: is_public.then(|| format!("/help/{}", page.brand.slug)),
            page,
        }
    }

    fn new_href(&self) -> String {
        new_href(&self.page)
    }

    fn import_href(&self) -> String {
        import_href(&self.page)
    }
}

fn new_href(page: &Page) -> String {
    format!("/articles/new?brand={}", page.brand.slug)
}

fn import_href(page: &Page) -> String {
    format!("/articles/import?brand={}", page.brand.slug)
}

fn row(page: &Page, texts: &[Listed], team: &[Teammate]) -> Row {
    let newest = texts.iter().max_by_key(|text| text.created_at);
    let title = newest.map(|text| text.title.clone()).unwrap_or_default();
    let changed = newest.map(|text| {
        let who = team.iter().find(|person| Some(person.id) == text.author_id);
        format!("{}, {}", who.map_or("Somebody", |person| &person.name), page.reader.ago(text.created_at))
    });
    let cells = ALL.iter().filter_map(|locale| {
        let text = texts.iter().find(|text| text.locale == locale.code);
        let words = match text.map(|text| (text.live, text.version)) {
            Some((Some(live), newest)) if live == newest => "published",
            Some((Some(_), _)) => "published, and a draft",
            Some((None, _)) => "not published",
            None => "write it",
        };
        Some(Cell {
            href: folder(texts.first()?.id, locale.code),
            label: format!("{title} in {}", locale.name),
            words,
            live: text.is_some_and(|text| text.live.is_some()),
        })
    });
    let cells = cells.collect();
    let slug = texts.first().map(|text| text.slug.clone()).unwrap_or_default();
    Row { cells, slug, changed: changed.unwrap_or_default(), title }
}

/// Where a text has its page.
fn folder(article: ArticleId, locale: &str) -> String {
    format!("/articles/{article}/{locale}")
}

/// `GET /articles/new`, and its form when something is wrong. Fields: `title`, `locale`, `slug`.
#[derive(Debug, Template)]
#[template(path = "articles/new.html")]
struct NewArticle {
    page: Page,
    fields: Vec<Field>,
}

impl NewArticle {
    fn new(page: Page, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        let fields = vec![
            Field::text("title", "Title").focused(),
            Field::choice("locale", "Language of the first text", LANGUAGES),
            Field::text("slug", "Name in its address")
                .optional()
                .help("Small letters, digits and dashes. Left empty, it is made from the title. It stays as it is."),
        ];
        Self { fields: filled(fields, values, errors), page }
    }
}

/// What the editor is made from.
#[derive(Clone, Copy, Debug)]
struct EditorFacts<'a> {
    article: &'a Article,
    locale: &'static str,
    /// Title, text, and what changed, as typed so far.
    typed: (&'a str, &'a str, &'a str),
    /// The newest version when the text was taken up, 0 if there is none.
    base: i64,
    problems: FieldErrors<'a>,
    notice: Option<&'a Notice>,
    versions: &'a [Version],
    /// The version that customers read.
    live: Option<i64>,
    team: &'a [Teammate],
}

/// `GET /articles/{id}/{locale}`; `POST` sends `title`, `body`, `summary`, `base` and `then`, and so does `POST …/preview`, which
/// keeps nothing and answers with the same page.
#[derive(Debug, Template)]
#[template(path = "articles/page.html")]
struct EditorPage {
    page: Page,
    language: &'static str,
    folder: String,
    tabs: Vec<(String, &'static str, bool)>,
    title: String,
    body: String,
    summary: String,
    base: i64,
    errors: [String; 2],
    notice: Option<Notice>,
    html: Html,
    public: Option<String>,
    thrown_away: Option<String>,
    versions: Option<VersionList>,
}

impl EditorPage {
    fn new(page: Page, facts: EditorFacts<'_>, was_public: bool) -> Self {
        let folder = folder(facts.article.id, facts.locale);
        let tabs = ALL
            .iter()
            .map(|locale| (self::folder(facts.article.id, locale.code), locale.name, locale.code == facts.locale));
        let versions = (!facts.versions.is_empty())
            .then(|| VersionList::new(&page, folder.clone(), facts.versions, facts.live, facts.team));
        let error = |field: &str| {
            let wrong = facts.problems.iter().find(|(name, _)| *name == field);
            wrong.map(|(_, words)| words.clone()).unwrap_or_default()
        };
        let (title, body, summary) = facts.typed;
        let public = || format!("{}/{}", home(&page.brand.slug, facts.locale), facts.article.slug);
        Self {
            language: locale(facts.locale).name,
            tabs: tabs.collect(),
            title: title.to_owned(),
            body: body.to_owned(),
            summary: summary.to_owned(),
            base: facts.base,
            errors: [error("title"), error("body")],
            notice: facts.notice.cloned(),
            html: markdown::html(body),
            public: facts.live.map(|_| public()),
            thrown_away: (!was_public).then(|| format!("/articles/{}/deletion", facts.article.id)),
            versions,
            folder,
            page,
        }
    }
}

/// `GET /articles/{id}/{locale}/{version}`: an earlier text, and how it differs from the newest.
#[derive(Debug, Template)]
#[template(path = "articles/version.html")]
struct VersionPage {
    page: Page,
    language: &'static str,
    folder: String,
    version: i64,
    title: String,
    summary: String,
    is_live: bool,
    may_return: bool,
    html: Html,
    diff: TextDiff,
}

impl VersionPage {
    fn new(page: Page, folder: String, code: &str, (old, newest): (&ArticleVersion, &str), live: Option<i64>) -> Self {
        let is_live = live == Some(old.version);
        Self {
            page,
            language: locale(code).name,
            folder,
            version: old.version,
            title: old.title.clone(),
            summary: old.summary.clone(),
            is_live,
            may_return: old.published && !is_live,
            html: markdown::html(&old.body),
            diff: TextDiff::new(newest, &old.body),
        }
    }
}
