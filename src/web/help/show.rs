//! The help centre as customers and programs ask for it.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{ArticlePage, ListPage, MOST, Readers, Site, home, index, source, words};
use crate::app::Desk;
use crate::model::brand::Brand;
use crate::store::articles::{self, HelpPage};
use crate::voice::locale::LOCALES;
use crate::web::error::{Error, Result};
use crate::web::frame::brand_named;

/// How long a page may be shown as it was, in seconds: what is taken off is soon gone everywhere.
const KEPT: &str = "public, max-age=60";
/// Most articles that a search shows.
const FOUND: i64 = 30;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    q: String,
}

/// A brand's help centre, and who asks for it.
struct Centre {
    desk: web::Data<Desk>,
    brand: Brand,
    /// The languages in which there is something.
    locales: Vec<&'static str>,
}

impl Centre {
    /// The help centre of a brand; where nothing is published there is none.
    async fn open(desk: web::Data<Desk>, request: &HttpRequest, readers: &Readers, brand: &str) -> Result<Self> {
        readers.admit(&desk, request)?;
        let brand = brand_named(&desk, brand).await?;
        let languages = articles::languages(&desk.db, brand.id).await?;
        let locales = languages.iter().filter_map(|language| known(&language.locale)).collect::<Vec<_>>();
        if locales.is_empty() {
            return Err(Error::NotFound);
        }
        Ok(Self { desk, brand, locales })
    }

    /// A language in which there is something.
    fn locale(&self, code: &str) -> Result<&'static str> {
        self.locales.iter().copied().find(|locale| *locale == code).ok_or(Error::NotFound)
    }

    /// A page below a language, there in `locales` too.
    fn site(&self, locale: &'static str, locales: &[&'static str], path: &str) -> Site {
        let public = self.desk.config.public_address();
        Site::new(&self.brand, locale, locales, (public.as_str(), path))
    }

    async fn find(&self, locale: &str, slug: &str) -> Result<Option<HelpPage>> {
        Ok(articles::page(&self.desk.db, self.brand.id, locale, slug).await?)
    }

    /// All articles of a language; `said` stands above them.
    async fn list(&self, locale: &'static str, said: &'static str) -> Result<ListPage> {
        let most = i64::try_from(MOST).unwrap_or(i64::MAX);
        let lines = articles::pages(&self.desk.db, self.brand.id, locale, most.saturating_add(1)).await?;
        let said = if said.is_empty() && lines.len() > MOST { words(locale).more } else { said };
        Ok(ListPage::new(self.site(locale, &self.locales, ""), "", lines, said))
    }
}

/// A language that articles are written in.
fn known(code: &str) -> Option<&'static str> {
    LOCALES.iter().copied().find(|locale| *locale == code)
}

fn answered(template: &impl Template, status: StatusCode) -> Result<HttpResponse> {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, KEPT))
        .body(template.render()?))
}

fn text(content_type: &'static str, body: String) -> HttpResponse {
    HttpResponse::Ok().content_type(content_type).insert_header((header::CACHE_CONTROL, KEPT)).body(body)
}

/// `GET /help/{brand}`: leads to the language that the reader prefers, else to the brand's own.
pub async fn start(
    desk: web::Data<Desk>,
    request: HttpRequest,
    readers: web::Data<Readers>,
    brand: web::Path<String>,
) -> Result<HttpResponse> {
    let centre = Centre::open(desk, &request, &readers, &brand).await?;
    let wished = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = preferred(wished.unwrap_or_default(), &centre.locales, &centre.brand.locale);
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, home(&centre.brand.slug, locale)))
        .insert_header((header::VARY, "accept-language"))
        .insert_header((header::CACHE_CONTROL, KEPT))
        .finish())
}

/// The first language of a wish that is there, in the order in which they are named; else the brand's; else any.
fn preferred(wished: &str, there: &[&'static str], own: &str) -> &'static str {
    let names = wished.split(',').map(|one| one.split([';', '-']).next().unwrap_or_default().trim());
    let mut names = names.chain([own]);
    let first = names.find_map(|name| there.iter().copied().find(|locale| locale.eq_ignore_ascii_case(name)));
    first.or_else(|| there.first().copied()).unwrap_or("en")
}

/// `GET /help/{brand}/{locale}`
pub async fn list(
    desk: web::Data<Desk>,
    request: HttpRequest,
    readers: web::Data<Readers>,
    path: web::Path<(String, String)>,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    let centre = Centre::open(desk, &request, &readers, &path.0).await?;
    let locale = centre.locale(&path.1)?;
    let asked = query.q.trim();
    if asked.is_empty() {
        return answered(&centre.list(locale, "").await?, StatusCode::OK);
    }
    let found = articles::search(&centre.desk.db, (centre.brand.id, locale), asked, FOUND).await?;
    let said = if found.is_empty() { words(locale).nothing } else { "" };
    let site = centre.site(locale, &centre.locales, "");
    answered(&ListPage::new(site, asked, found, said), StatusCode::OK)
}

/// `GET /help/{brand}/{locale}/{slug}`
pub async fn article(
    desk: web::Data<Desk>,
    request: HttpRequest,
    readers: web::Data<Readers>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse> {
    let (brand, locale, slug) = path.into_inner();
    let centre = Centre::open(desk, &request, &readers, &brand).await?;
    let locale = centre.locale(&locale)?;
    let Some(page) = centre.find(locale, &slug).await? else {
        return answered(&centre.list(locale, words(locale).gone).await?, StatusCode::NOT_FOUND);
    };
    let codes = articles::languages_of(&centre.desk.db, page.article_id).await?;
    let locales: Vec<&'static str> = codes.iter().filter_map(|code| known(code)).collect();
    let site = centre.site(locale, &locales, &format!("/{slug}"));
    let address = format!("{}{}/{slug}", centre.desk.config.public_address(), site.home);
    answered(&ArticlePage::new(site, address, page, centre.desk.clock.now()), StatusCode::OK)
}

/// `GET /help/{brand}/{locale}/{slug}.md`: the same as it was written.
pub async fn markdown(
    desk: web::Data<Desk>,
    request: HttpRequest,
    readers: web::Data<Readers>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse> {
    let (brand, locale, slug) = path.into_inner();
    let centre = Centre::open(desk, &request, &readers, &brand).await?;
    let page = centre.find(centre.locale(&locale)?, &slug).await?.ok_or(Error::NotFound)?;
    Ok(text("text/markdown; charset=utf-8", source(&page)))
}

/// `GET /help/{brand}/llms.txt`: all articles by language, for programs.
pub async fn contents(
    desk: web::Data<Desk>,
    request: HttpRequest,
    readers: web::Data<Readers>,
    brand: web::Path<String>,
) -> Result<HttpResponse> {
    let centre = Centre::open(desk, &request, &readers, &brand).await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    let mut all = format!("# {}\n\n> The help centre: each article as Markdown.\n", centre.brand.name);
    for locale in &centre.locales {
        let lines = articles::pages(&centre.desk.db, centre.brand.id, locale, most).await?;
        let folder = format!("{}{}", centre.desk.config.public_address(), home(&centre.brand.slug, locale));
        all.push_str(&index(locale, &lines, &folder));
    }
    Ok(text("text/plain; charset=utf-8", all))
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn a_reader_gets_their_language_where_it_is_there() {
        let there = ["de", "en", "nl"];
        for (wished, own, given) in [
            ("de-CH,fr;q=0.8", "en", "de"),
            ("fr, NL;q=0.5, en;q=0.3", "en", "nl"),
            ("fr", "en", "en"),
            ("", "pl", "de"),
            ("*", "nl", "nl"),
        ] {
            assert_eq!(preferred(wished, &there, own), given, "{wished}");
        }
    }
}
