//! An article as it is begun, written, published, taken off and rolled back.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{ArticleList, EditorFacts, EditorPage, NewArticle, VersionPage, folder};
use crate::app::Desk;
use crate::knowledge::{article, markdown};
use crate::model::ArticleId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::Brand;
use crate::model::teammate::{Role, Teammate};
use crate::model::version::Version;
use crate::store::articles::{self, Article, ArticleVersion, NewText};
use crate::store::{self, Tx, audit, brands, teammates};
use crate::voice::locale::LOCALES;
use crate::web::error::{Error, Result};
use crate::web::flash::{Nothing, Tone, back_to, back_with};
use crate::web::forms::FieldErrors;
use crate::web::frame::{brand_named, page_of, shown, shown_with_errors};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{BrandQuery, Place};
use crate::web::parts::Notice;

type Named = web::Path<(ArticleId, String)>;
type NamedVersion = web::Path<(ArticleId, String, i64)>;

/// What begins an article.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Begun {
    brand: String,
    title: String,
    locale: String,
    slug: String,
}

/// What the editor sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    title: String,
    body: String,
    summary: String,
    base: i64,
    then: String,
}

/// `GET /articles`
pub async fn list(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &which.brand).await?;
    let listed = articles::list(&desk.db, brand.id).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &ArticleList::new(frame, &listed, &team))
}

/// `GET /articles/new`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &which.brand).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    shown(&request, &NewArticle::new(frame, &[("locale", brand.locale.clone())], &[]))
}

/// `POST /articles`: an article with an empty first text, which nobody reads yet.
pub async fn create(desk: web::Data<Desk>, request: HttpRequest, posted: Posted<Begun>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let brand = brand_named(&desk, &posted.form.brand).await?;
    let title = article::one_line(&posted.form.title);
    let locale = known(&posted.form.locale)?;
    let typed = posted.form.slug.trim();
    let slug = if typed.is_empty() { article::slug(&title) } else { typed.to_owned() };
    let mut errors = article::problems(&title, "");
    if errors.is_empty() && !article::is_slug(&slug) {
        errors.push(("slug", "Write a name of small letters, digits and single dashes, 60 at most.".to_owned()));
    }
    if errors.is_empty() {
        let new = Article { id: desk.clock.new_id(), brand_id: brand.id, slug: slug.clone() };
        if begin(&desk, &new, (locale, title.as_str()), &posted.by).await? {
            return Ok(back_to(&folder(new.id, locale)));
        }
        errors.push(("slug", format!("Another article has the name “{slug}”. Choose one of its own.")));
    }
    let values = [("title", title), ("locale", locale.to_owned()), ("slug", posted.form.slug.clone())];
    let frame = page_of(&desk, &request, &posted.who(), Place::Settings, &brand).await?;
    shown_with_errors(&request, &NewArticle::new(frame, &values, &errors))
}

/// Stores a new article; `false` where its name in addresses is taken.
async fn begin(desk: &Desk, new: &Article, (locale, title): (&str, &str), by: &Teammate) -> Result<bool> {
    let now = desk.clock.now();
    let text = NewText {
        id: desk.clock.new_id(),
        article_id: new.id,
        locale,
        title,
        body: "",
        summary: "Begun",
        author_id: by.id,
        published: false,
        created_at: now,
    };
    let mut tx = desk.db.begin().await?;
    match articles::insert(&mut tx, new, now).await {
        Err(store::Error::Duplicate) => return Ok(false),
        inserted => inserted?,
    }
    articles::insert_version(&mut tx, &text, 0).await?;
    tx.commit().await?;
    Ok(true)
}

/// `GET /articles/{id}/{locale}`
pub async fn show(desk: web::Data<Desk>, who: SignedIn, request: HttpRequest, named: Named) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let editor = Editor::open(&desk, named.0, &named.1).await?;
    let form = Form {
        title: editor.newest.as_ref().map(|text| text.title.clone()).unwrap_or_default(),
        body: editor.body().to_owned(),
        base: editor.number(),
        ..Form::default()
    };
    shown(&request, &editor.page(&desk, (&who, &request), &form, ([].as_slice(), None)).await?)
}

/// `POST /articles/{id}/{locale}/preview`: the text of the form as customers would read it; nothing is kept.
pub async fn preview(
    desk: web::Data<Desk>,
    request: HttpRequest,
    named: Named,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let editor = Editor::open(&desk, named.0, &named.1).await?;
    let wrong = article::problems(&posted.form.title, &posted.form.body);
    shown(&request, &editor.page(&desk, (&posted.who(), &request), &posted.form, (wrong.as_slice(), None)).await?)
}

/// `POST /articles/{id}/{locale}`: the text as the next version, a draft or, with `then=publish`, what customers read.
pub async fn keep(
    desk: web::Data<Desk>,
    request: HttpRequest,
    named: Named,
    posted: Posted<Form>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let editor = Editor::open(&desk, named.0, &named.1).await?;
    let published = posted.form.then == "publish";
    let (title, body) = (article::one_line(&posted.form.title), article::tidy(&posted.form.body));
    let wrong =
        if published { article::problems_before_publishing(&title, &body) } else { article::problems(&title, &body) };
    let is_as_before = editor.newest.as_ref().is_some_and(|text| text.title == title && text.body == body);
    let unchanged = is_as_before && (!published || editor.live == Some(editor.number()));
    let summary = summary(&posted.form.summary);
    let written = Written { title: &title, body: &body, summary: &summary, published };
    if wrong.is_empty() && !unchanged && editor.insert(&desk, &posted.by, &written, posted.form.base).await? {
        let words =
            if published { "Customers read it from now on." } else { "Kept as a draft. Customers do not see it." };
        return Ok(back_with(&editor.folder(), Tone::Info, words));
    }
    let notice = if unchanged {
        Some(Notice::info("Nothing to keep.", "The text is the newest one already."))
    } else if wrong.is_empty() {
        Some(Notice::bad("Not kept.", faster(editor.number())))
    } else {
        None
    };
    let page = editor.page(&desk, (&posted.who(), &request), &posted.form, (wrong.as_slice(), notice.as_ref())).await?;
    if unchanged { shown(&request, &page) } else { shown_with_errors(&request, &page) }
}

fn faster(newest: i64) -> String {
    format!(
        "Somebody kept version {newest} while you wrote. Your text is still below: look at theirs under Versions in a \
         new tab, copy what you wrote, open the article again and put it in."
    )
}

/// `POST /articles/{id}/{locale}/withdrawal`: customers do not read it any more; its versions stay.
pub async fn withdraw(desk: web::Data<Desk>, named: Named, posted: Posted<Nothing>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let editor = Editor::open(&desk, named.0, &named.1).await?;
    let mut tx = desk.db.begin().await?;
    articles::lock(&mut tx, editor.article.id).await?.ok_or(Error::NotFound)?;
    if !articles::take_off(&mut tx, editor.article.id, editor.locale).await? {
        return Ok(back_with(&editor.folder(), Tone::Info, "Customers do not see it already."));
    }
    editor.record(&mut tx, &desk, &posted.by, (AuditAction::ArticleWithdrawn, editor.number())).await?;
    tx.commit().await?;
    Ok(back_with(&editor.folder(), Tone::Info, "Customers do not see it any more. Its texts stay under Versions."))
}

/// `POST /articles/{id}/deletion`: an article that customers never read is forgotten.
pub async fn throw_away(
    desk: web::Data<Desk>,
    id: web::Path<ArticleId>,
    posted: Posted<Nothing>,
) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let mut tx = desk.db.begin().await?;
    let article = articles::lock(&mut tx, *id).await?.ok_or(Error::NotFound)?;
    let gone = articles::throw_away(&mut tx, article.id).await?;
    tx.commit().await?;
    let brand = brands::get(&desk.db, article.brand_id).await?;
    let back = format!("/articles?brand={}", brand.slug);
    if gone {
        return Ok(back_with(&back, Tone::Info, &format!("“{}” is thrown away.", article.slug)));
    }
    Ok(back_with(
        &back,
        Tone::Bad,
        "Customers have read this article, so it stays. Take it off the help centre instead.",
    ))
}

/// `GET /articles/{id}/{locale}/{version}`
pub async fn version(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    named: NamedVersion,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let (id, locale, number) = named.into_inner();
    let editor = Editor::open(&desk, id, &locale).await?;
    let old = editor.find(&desk, number).await?;
    let frame = page_of(&desk, &request, &who, Place::Settings, &editor.brand).await?;
    let texts = (&old, editor.body());
    shown(&request, &VersionPage::new(frame, editor.folder(), editor.locale, texts, editor.live))
}

/// `POST /articles/{id}/{locale}/{version}/restoration`: an old text as the next version, which customers read at once.
pub async fn restore(desk: web::Data<Desk>, named: NamedVersion, posted: Posted<Nothing>) -> Result<HttpResponse> {
    posted.require(Role::Manager)?;
    let (id, locale, number) = named.into_inner();
    let editor = Editor::open(&desk, id, &locale).await?;
    let old = editor.find(&desk, number).await?;
    if !old.published {
        return Ok(back_with(&editor.folder(), Tone::Bad, "That text was a draft. Copy it and publish it here."));
    }
    let summary = format!("Back to version {number}");
    let written = Written { title: &old.title, body: &old.body, summary: &summary, published: true };
    if !editor.insert(&desk, &posted.by, &written, editor.number()).await? {
        let words = "Somebody changed this text just now. Look at it and try again.";
        return Ok(back_with(&editor.folder(), Tone::Bad, words));
    }
    let words = format!("Customers read version {number} again, as version {}.", editor.number() + 1);
    Ok(back_with(&editor.folder(), Tone::Info, &words))
}

/// A language that articles are written in.
fn known(code: &str) -> Result<&'static str> {
    LOCALES.iter().copied().find(|locale| *locale == code).ok_or(Error::NotFound)
}

fn summary(typed: &str) -> String {
    let words: String = typed.trim().chars().take(120).collect();
    if words.is_empty() { "No description".to_owned() } else { words }
}

/// A text that is to be kept.
struct Written<'a> {
    title: &'a str,
    body: &'a str,
    summary: &'a str,
    published: bool,
}

/// An article in one language, with its versions.
struct Editor {
    brand: Brand,
    article: Article,
    locale: &'static str,
    versions: Vec<Version>,
    newest: Option<ArticleVersion>,
    /// The version that customers read.
    live: Option<i64>,
}

impl Editor {
    async fn open(desk: &Desk, id: ArticleId, locale: &str) -> Result<Self> {
        let locale = known(locale)?;
        let article = articles::find(&desk.db, id).await?.ok_or(Error::NotFound)?;
        let brand = brands::get(&desk.db, article.brand_id).await?;
        let versions = articles::versions(&desk.db, id, locale).await?;
        let newest = match versions.first() {
            Some(newest) => articles::find_version(&desk.db, id, locale, newest.version).await?,
            None => None,
        };
        let live = articles::page(&desk.db, brand.id, locale, &article.slug).await?.map(|page| page.version);
        Ok(Self { brand, article, locale, versions, newest, live })
    }

    /// Where it has its page.
    fn folder(&self) -> String {
        folder(self.article.id, self.locale)
    }

    /// The number of the newest version, 0 if there is none.
    fn number(&self) -> i64 {
        self.newest.as_ref().map_or(0, |text| text.version)
    }

    fn body(&self) -> &str {
        self.newest.as_ref().map_or("", |text| &text.body)
    }

    async fn find(&self, desk: &Desk, number: i64) -> Result<ArticleVersion> {
        articles::find_version(&desk.db, self.article.id, self.locale, number).await?.ok_or(Error::NotFound)
    }

    /// Keeps a text behind version `base`; `false` when somebody else was faster.
    async fn insert(&self, desk: &Desk, by: &Teammate, written: &Written<'_>, base: i64) -> Result<bool> {
        let new = NewText {
            id: desk.clock.new_id(),
            article_id: self.article.id,
            locale: self.locale,
            title: written.title,
            body: written.body,
            summary: written.summary,
            author_id: by.id,
            published: written.published,
            created_at: desk.clock.now(),
        };
        let mut tx = desk.db.begin().await?;
        let article = articles::lock(&mut tx, self.article.id).await?.ok_or(Error::NotFound)?;
        if !articles::insert_version(&mut tx, &new, base).await? {
            return Ok(false);
        }
        if written.published {
            let version = base + 1;
            let beginning = markdown::beginning(written.body, article::BEGINNING);
            articles::put_page(&mut tx, &article, &new, (version, beginning.as_str())).await?;
            self.record(&mut tx, desk, by, (AuditAction::ArticlePublished, version)).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn record(
        &self,
        tx: &mut Tx,
        desk: &Desk,
        by: &Teammate,
        (action, version): (AuditAction, i64),
    ) -> Result<()> {
        let act = Act {
            actor: Actor::Teammate(by),
            action,
            subject: (AuditSubject::Article, format!("{}/{}", self.locale, self.article.slug)),
            brand: Some(self.brand.id),
            details: json!({ "version": version }),
        };
        audit::append(tx, &act, desk.clock.now()).await?;
        Ok(())
    }

    async fn page(
        &self,
        desk: &Desk,
        (who, request): (&SignedIn, &HttpRequest),
        form: &Form,
        (problems, notice): (FieldErrors<'_>, Option<&Notice>),
    ) -> Result<EditorPage> {
        let was_public = articles::was_published(&desk.db, self.article.id).await?;
        let facts = EditorFacts {
            article: &self.article,
            locale: self.locale,
            typed: (form.title.as_str(), form.body.as_str(), form.summary.as_str()),
            base: form.base,
            problems,
            notice,
            versions: &self.versions,
            live: self.live,
            team: &teammates::list(&desk.db).await?,
        };
        let frame = page_of(desk, request, who, Place::Settings, &self.brand).await?;
        Ok(EditorPage::new(frame, facts, was_public))
    }
}
