//! The public help centre: what customers read without signing in, in their language and their brand's colour.

pub mod show;
mod words;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use self::words::{Words, words};
use crate::app::Desk;
use crate::knowledge::markdown::{self, Html};
use crate::model::Ts;
use crate::model::brand::Brand;
use crate::store::articles::{HelpLine, HelpPage};
use crate::voice::format::{date, day};
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::limits::{Limits, Rate};
use crate::web::parts::fragments;
use crate::web::sessions::attempts::network_of;

/// Most articles in a list; the search finds the others.
pub(super) const MOST: usize = 1_000;
/// How often each network address may read: a shop's customers may all come through one.
const READS: Rate = Rate { interval: Duration::from_millis(50), burst: 300 };

/// Who read of late.
#[derive(Debug)]
pub struct Readers(Limits<IpAddr>);

impl Default for Readers {
    fn default() -> Self {
        Self(Limits::new(READS))
    }
}

impl Readers {
    /// Lets a reader in, unless they ask too often.
    fn admit(&self, desk: &Desk, request: &HttpRequest) -> Result<()> {
        if self.0.take(network_of(request, &desk.config.http.proxies), desk.clock.now()) {
            return Ok(());
        }
        Err(Error::TooMany("Too many pages at once from your network. Wait a few seconds, then try again.".to_owned()))
    }
}

/// Where the help centre of a brand is.
pub(super) fn home(brand: &str, locale: &str) -> String {
    format!("/help/{brand}/{locale}")
}

/// What every page of a help centre carries.
#[derive(Debug)]
struct Site {
    name: String,
    hue: i64,
    locale: &'static str,
    home: String,
    words: &'static Words,
    languages: Vec<Language>,
}

/// The same page in a language.
#[derive(Debug)]
struct Language {
    code: &'static str,
    name: &'static str,
    href: String,
    address: String,
}

impl Site {
    /// A page that stands at `path` below its language; `public` is how the outside reaches the desk.
    fn new(brand: &Brand, locale: &'static str, locales: &[&'static str], (public, path): (&str, &str)) -> Self {
        let language = |code: &'static str| {
            let href = format!("{}{path}", home(&brand.slug, code));
            Language { code, name: words(code).language, address: format!("{public}{href}"), href }
        };
        Self {
            name: brand.name.clone(),
            hue: brand.hue.clamp(0, 359),
            locale,
            home: home(&brand.slug, locale),
            words: words(locale),
            languages: locales.iter().copied().map(language).collect(),
        }
    }
}

/// `GET /help/{brand}/{locale}`, with `q` only what holds those words.
#[derive(Debug, Template)]
#[template(path = "help/list.html")]
struct ListPage {
    site: Site,
    query: String,
    said: &'static str,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    href: String,
    title: String,
    beginning: String,
}

impl ListPage {
    /// Articles, as many as fit, with a word about them.
    fn new(site: Site, query: &str, found: Vec<HelpLine>, said: &'static str) -> Self {
        let line = |line: HelpLine| Line {
            href: format!("{}/{}", site.home, line.slug),
            title: line.title,
            beginning: line.beginning,
        };
        let lines = found.into_iter().take(MOST).map(line).collect();
        Self { query: query.to_owned(), said, lines, site }
    }
}

/// `GET /help/{brand}/{locale}/{slug}`
#[derive(Debug, Template)]
#[template(path = "help/article.html")]
struct ArticlePage {
    site: Site,
    address: String,
    title: String,
    beginning: String,
    html: Html,
    changed: String,
    datetime: String,
    data: Data,
}

impl ArticlePage {
    fn new(site: Site, address: String, page: HelpPage, now: Ts) -> Self {
        let written = page.published_at;
        let data = json!({
            "@context": "https://schema.org",
            "@type": "Article",
            "headline": page.title,
            "description": page.beginning,
            "inLanguage": site.locale,
            "dateModified": written.rfc3339(),
            "url": address,
            "publisher": { "@type": "Organization", "name": site.name },
        });
        Self {
            html: markdown::html(&page.body),
            changed: date(day(written.datetime()), site.locale, day(now.datetime())),
            datetime: written.rfc3339(),
            data: Data::new(&data),
            title: page.title,
            beginning: page.beginning,
            address,
            site,
        }
    }
}

fragments!(Data);

/// A document inside a page, for programs. No text of it ends the element that it stands in.
#[derive(Debug)]
struct Data(String);

impl Data {
    fn new(document: &serde_json::Value) -> Self {
        Self(document.to_string().replace('<', "\\u003c"))
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An article as its source: the title, then the text.
fn source(page: &HelpPage) -> String {
    format!("# {}\n\n{}\n", page.title, page.body.trim_end())
}

/// The articles of a language as lines of Markdown that lead to their sources.
fn index(locale: &str, lines: &[HelpLine], folder: &str) -> String {
    let line = |line: &HelpLine| {
        let title = line.title.replace(['[', ']'], "");
        let about = if line.beginning.is_empty() { String::new() } else { format!(": {}", line.beginning) };
        format!("- [{title}]({folder}/{}.md){about}\n", line.slug)
    };
    format!("\n## {}\n\n{}", words(locale).language, lines.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_in_a_page_does_not_end_its_element() {
        let shown = Data::new(&json!({ "headline": "</script><script>alert(1)</script>" })).to_string();
        assert!(!shown.contains('<'), "{shown}");
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read["headline"], "</script><script>alert(1)</script>");
    }

    #[test]
    fn the_index_leads_to_the_sources() {
        let line = |title: &str, beginning: &str| HelpLine {
            slug: "returns".into(),
            title: title.into(),
            beginning: beginning.into(),
        };
        assert_eq!(
            index("de", &[line("[Rück]gabe", "In 30 Tagen."), line("Leer", "")], "https://a.example/help/b/de"),
            "\n## Deutsch\n\n- [Rückgabe](https://a.example/help/b/de/returns.md): In 30 Tagen.\n\
             - [Leer](https://a.example/help/b/de/returns.md)\n"
        );
    }
}
