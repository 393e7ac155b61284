//! Files and pages that are brought in as articles: the form, and what became of each.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use channel_contract::capabilities::AttachmentLimit;

use super::folder;
use crate::app::Desk;
use crate::inbox::attach::Upload;
use crate::jobs::import_pages;
use crate::knowledge::import::{self, FILE_BYTES, FILES, PAGES};
use crate::model::article_import::{ArticleImport, ImportItem, ImportOutcome};
use crate::model::attachment::{clean_name, shown_limit};
use crate::model::brand::Brand;
use crate::model::job::{Job, JobKind, JobState};
use crate::model::teammate::{Role, Teammate};
use crate::model::{ArticleImportId, TeammateId};
use crate::store::article_imports::{self, Listed};
use crate::store::{brands, jobs, teammates};
use crate::voice::locale::{LOCALES, locale};
use crate::web::brands::LANGUAGES;
use crate::web::error::{Error, Result};
use crate::web::filters;
use crate::web::flash::back_to;
use crate::web::format::{Reader, counted};
use crate::web::forms::{Field, FieldErrors};
use crate::web::frame::{brand_named, page_of, part_shown, shown, shown_with_errors};
use crate::web::guard::SignedIn;
use crate::web::multipart;
use crate::web::page::{BrandQuery, Page, Place};
use crate::web::parts::{Badge, Notice, Progress, When, fragments};

fragments!(Report);

/// How many earlier imports are listed.
const EARLIER: i64 = 20;

/// `GET /articles/import`, and its form when something is wrong. Fields: `locale`, `addresses` and the files `upload`.
#[derive(Debug, Template)]
#[template(path = "articles/import.html")]
struct ImportForm {
    page: Page,
    language: Field,
    addresses: String,
    errors: [String; 2],
    files: usize,
    bytes: String,
    pages: usize,
    earlier: Vec<Earlier>,
}

#[derive(Debug)]
struct Earlier {
    href: String,
    what: String,
    became: String,
    who: String,
    when: When,
}

impl ImportForm {
    fn new(
        page: Page,
        (locale, addresses): (&str, &str),
        errors: FieldErrors<'_>,
        (imports, team): (&[Listed], &[Teammate]),
    ) -> Self {
        let error = |field: &str| {
            let wrong = errors.iter().find(|(name, _)| *name == field);
            wrong.map(|(_, words)| words.clone()).unwrap_or_default()
        };
        Self {
            language: Field::choice("locale", "Language of all of it", LANGUAGES).value(locale),
            addresses: addresses.to_owned(),
            errors: [error("upload"), error("addresses")],
            files: FILES,
            bytes: shown_limit(FILE_BYTES),
            pages: PAGES,
            earlier: imports.iter().map(|import| earlier(page.reader, import, team)).collect(),
            page,
        }
    }
}

fn earlier(reader: Reader, import: &Listed, team: &[Teammate]) -> Earlier {
    let count = |many: i64| usize::try_from(many).unwrap_or_default();
    let refused = if import.refused > 0 { format!(", {} refused", import.refused) } else { String::new() };
    Earlier {
        href: href(import.id),
        what: format!(
            "{} in {}",
            counted(count(import.total), "file or page", "files and pages"),
            locale(&import.locale).name
        ),
        became: format!("{}{refused}", counted(count(import.kept), "draft", "drafts")),
        who: name_of(team, import.author_id),
        when: When::ago(reader, import.created_at),
    }
}

fn name_of(team: &[Teammate], id: TeammateId) -> String {
    team.iter().find(|person| person.id == id).map_or_else(|| "Somebody".to_owned(), |person| person.name.clone())
}

fn href(id: ArticleImportId) -> String {
    format!("/articles/import/{id}")
}

/// `GET /articles/import/{id}`: what became of an import.
#[derive(Debug, Template)]
#[template(path = "articles/imported.html")]
struct ImportPage {
    page: Page,
    language: &'static str,
    who: String,
    when: When,
    report: Report,
}

/// What became of each file and page, and how far the reading of pages is. Also the fragment `GET /articles/import/{id}/items`.
#[derive(Debug, Template)]
#[template(path = "articles/import_report.html")]
struct Report {
    /// Where the fragment is, as long as something waits.
    again: Option<String>,
    progress: Option<Progress>,
    trouble: Option<Notice>,
    summary: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    source: String,
    /// Whether the source is a page that can be opened.
    is_page: bool,
    badge: Badge,
    why: String,
    /// Where the article is written, and its title.
    article: Option<(String, String)>,
}

impl Report {
    fn new(reader: Reader, import: &ArticleImport, items: &[ImportItem], work: &[Job]) -> Self {
        let of = |outcome: ImportOutcome| items.iter().filter(|item| item.outcome == outcome).count();
        let waiting = of(ImportOutcome::Waiting);
        let dead = work.iter().find(|job| job.state == JobState::Dead);
        let steps = |many: usize| i64::try_from(many).unwrap_or(i64::MAX);
        let progress = (waiting > 0 && dead.is_none()).then(|| {
            let done = items.len() - waiting;
            Progress::new("Files and pages read", steps(done), steps(items.len()), Some(import.created_at), reader.now)
        });
        let parts = [
            (of(ImportOutcome::Begun), "begun"),
            (of(ImportOutcome::Version), "with a newer draft"),
            (of(ImportOutcome::Left), "left as they were"),
            (of(ImportOutcome::Refused), "refused"),
        ];
        let parts = parts.iter().filter(|(many, _)| *many > 0).map(|(many, words)| format!("{many} {words}"));
        Self {
            again: progress.as_ref().map(|_| format!("{}/items", href(import.id))),
            progress,
            trouble: dead.filter(|_| waiting > 0).map(|job| {
                let words = format!("{}. What was read before is kept, the rest waits. Try it again.", job.last_error);
                Notice::bad("The reading was given up.", words).with_link("Open Work", "/jobs")
            }),
            summary: parts.collect::<Vec<_>>().join(", "),
            rows: items.iter().map(|item| row(import, item)).collect(),
        }
    }
}

fn row(import: &ArticleImport, item: &ImportItem) -> Row {
    let badge = match item.outcome {
        ImportOutcome::Waiting => Badge::new("", "waits"),
        ImportOutcome::Begun => Badge::new("good", "begun as a draft"),
        ImportOutcome::Version => Badge::new("good", format!("version {}, a draft", item.version)),
        ImportOutcome::Left => Badge::new("", "left as it was"),
        ImportOutcome::Refused => Badge::new("bad", "refused"),
    };
    Row {
        source: item.source.clone(),
        is_page: item.source.starts_with("https://") || item.source.starts_with("http://"),
        badge,
        why: item.why.clone(),
        article: item.article_id.map(|id| (folder(id, &import.locale), item.title.clone())),
    }
}

/// `GET /articles/import`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    which: web::Query<BrandQuery>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let brand = brand_named(&desk, &which.brand).await?;
    shown(&request, &asked(&desk, (&who, &request), &brand, (&brand.locale, ""), &[]).await?)
}

async fn asked(
    desk: &Desk,
    (who, request): (&SignedIn, &HttpRequest),
    brand: &Brand,
    typed: (&str, &str),
    errors: FieldErrors<'_>,
) -> Result<ImportForm> {
    let imports = article_imports::list(&desk.db, brand.id, EARLIER).await?;
    let team = teammates::list(&desk.db).await?;
    let frame = page_of(desk, request, who, Place::Settings, brand).await?;
    Ok(ImportForm::new(frame, typed, errors, (&imports, &team)))
}

/// `POST /articles/import`: a multipart form. Files are read at once, pages by and by.
pub async fn create(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let form = multipart::read(&request, payload, AttachmentLimit::any(FILES, FILE_BYTES)).await?;
    who.check_form(form.field("csrf"))?;
    let brand = brand_named(&desk, form.field("brand")).await?;
    let locale = LOCALES.iter().copied().find(|code| *code == form.field("locale")).ok_or(Error::NotFound)?;
    let typed = form.field("addresses");
    let mut errors = Vec::new();
    let pages = import::addresses(typed).unwrap_or_else(|words| {
        errors.push(("addresses", words));
        Vec::new()
    });
    if let Some(name) = form.left_out.first() {
        let most = shown_limit(FILE_BYTES);
        let name = clean_name(name);
        errors.push(("upload", format!("“{name}” is more than {FILES} files or {most}. Choose fewer at once.")));
    } else if errors.is_empty() && form.files.is_empty() && pages.is_empty() {
        errors.push(("upload", "Choose a file, or write the address of a page below.".to_owned()));
    }
    if !errors.is_empty() {
        let page = asked(&desk, (&who, &request), &brand, (locale, typed), &errors).await?;
        return shown_with_errors(&request, &page);
    }
    let import = ArticleImport {
        id: desk.clock.new_id(),
        brand_id: brand.id,
        locale: locale.to_owned(),
        author_id: who.teammate.id,
        created_at: desk.clock.now(),
    };
    let pages: Vec<String> = pages.into_iter().map(String::from).collect();
    begin(&desk, &import, form.files, pages).await?;
    Ok(back_to(&href(import.id)))
}

/// Stores an import with its files, and puts down the work of reading its pages.
async fn begin(desk: &Desk, import: &ArticleImport, files: Vec<Upload>, pages: Vec<String>) -> Result<()> {
    // Articles are locked in the order of their files, so that two imports never wait for each other.
    let mut files: Vec<(String, Upload)> = files.into_iter().map(|file| (clean_name(&file.name), file)).collect();
    files.sort_by(|one, other| one.0.cmp(&other.0));
    let names = files.iter().map(|(name, _)| name.clone());
    let mut tx = desk.db.begin().await?;
    let has_pages = !pages.is_empty();
    article_imports::insert(&mut tx, import, &names.chain(pages).collect::<Vec<_>>()).await?;
    for (position, (name, file)) in (1_i64..).zip(&files) {
        let item = ImportItem {
            position,
            source: name.clone(),
            outcome: ImportOutcome::Waiting,
            article_id: None,
            title: String::new(),
            version: 0,
            why: String::new(),
        };
        import_pages::bring_in(desk, &mut tx, import, item, import::file(name, &file.content)).await?;
    }
    if has_pages {
        jobs::enqueue(&mut tx, &[import_pages::job(desk, import.id)]).await?;
    }
    tx.commit().await?;
    desk.wake.job(JobKind::ImportPages);
    Ok(())
}

/// `GET /articles/import/{id}`
pub async fn show(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    id: web::Path<ArticleImportId>,
) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let import = article_imports::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let brand = brands::get(&desk.db, import.brand_id).await?;
    let team = teammates::list(&desk.db).await?;
    let page = page_of(&desk, &request, &who, Place::Settings, &brand).await?;
    let imported = ImportPage {
        language: locale(&import.locale).name,
        who: name_of(&team, import.author_id),
        when: When::ago(page.reader, import.created_at),
        report: report(&desk, page.reader, &import).await?,
        page,
    };
    shown(&request, &imported)
}

/// `GET /articles/import/{id}/items`: the report alone, for open pages.
pub async fn items(desk: web::Data<Desk>, who: SignedIn, id: web::Path<ArticleImportId>) -> Result<HttpResponse> {
    who.require(Role::Manager)?;
    let import = article_imports::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    part_shown(&report(&desk, Reader::utc(desk.clock.now()), &import).await?)
}

async fn report(desk: &Desk, reader: Reader, import: &ArticleImport) -> Result<Report> {
    let items = article_imports::items(&desk.db, import.id).await?;
    let work = jobs::list_of_key(&desk.db, JobKind::ImportPages, &import.id.to_string()).await?;
    Ok(Report::new(reader, import, &items, &work))
}
