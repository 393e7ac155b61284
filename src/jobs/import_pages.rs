//! Reads pages of the web as articles, one after the other, and keeps what is found, of files too, as drafts.

use std::mem;

use serde_json::json;

use super::{Claimed, JobError};
use crate::app::Desk;
use crate::knowledge::import::{self, Found, Newest};
use crate::model::ArticleImportId;
use crate::model::article_import::{ArticleImport, ImportItem, ImportOutcome};
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::pictures::OpenWeb;
use crate::store::articles::{self, Article, NewText};
use crate::store::intake::{self, NewEvent};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Tx, article_imports};

/// So often the work may end without an end before the page that it was at is left out.
const TRIES: i64 = 3;
const GIVEN_UP: &str = "It could not be read: the desk came no further while it was at it, several times. Copy the page's text into an \
                        article by hand.";
/// Longest line that says what a version is, in characters.
const SUMMARY: usize = 120;

/// The work of reading the pages of an import.
pub fn job(desk: &Desk, import: ArticleImportId) -> NewJob {
    NewJob {
        dedup_key: Some(import.to_string()),
        ..NewJob::about(desk.clock.new_id(), JobKind::ImportPages, "import", &import, desk.clock.now())
    }
}

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    let desk = claimed.desk;
    let id: ArticleImportId = claimed.field("import")?;
    let import = article_imports::find(&desk.db, id).await?.ok_or(store::Error::NotFound)?;
    let web = desk.pictures.web(&desk.config.public_url).map_err(JobError::retry)?;
    let items = article_imports::items(&desk.db, id).await?;
    let (waiting, settled): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| item.outcome == ImportOutcome::Waiting);
    let total = i64::try_from(waiting.len() + settled.len()).unwrap_or(i64::MAX);
    let mut done = i64::try_from(settled.len()).unwrap_or(i64::MAX);
    // A process that is killed over a page says nothing of it, and comes back to it.
    let mut is_given_up = claimed.job.attempts > TRIES;
    for item in waiting {
        if desk.stopping() {
            return Err(JobError::Later { at: desk.clock.now(), reason: "the desk restarts".to_owned() });
        }
        let found =
            if mem::take(&mut is_given_up) { Err(GIVEN_UP.to_owned()) } else { fetched(&web, &item.source).await };
        let mut tx = desk.db.begin().await?;
        claimed.hold(&mut tx).await?;
        bring_in(desk, &mut tx, &import, item, found).await?;
        done += 1;
        jobs::progress(&mut tx, claimed.job.id, done, total).await?;
        tell(desk, &mut tx, &import).await?;
        tx.commit().await?;
        desk.wake.event();
    }
    claimed.finish(desk.db.begin().await?).await
}

/// The article at an address; an error says why there is none.
async fn fetched(web: &OpenWeb, address: &str) -> Result<Found, String> {
    let answer = web.page(address, import::PAGE_BYTES).await;
    let (answer, url) =
        answer.map_err(|failure| format!("{failure} Look at the address in a browser, and import it again."))?;
    // Of a large page this takes a moment, in which others are served.
    let read = tokio::task::spawn_blocking(move || import::page(&url, &answer.content, &answer.content_type));
    read.await.unwrap_or_else(|_| Err("The page could not be read. Copy its text into an article by hand.".to_owned()))
}

/// Open pages are told that it goes on.
async fn tell(desk: &Desk, tx: &mut Tx, import: &ArticleImport) -> store::Result<()> {
    let event = NewEvent {
        id: desk.clock.new_id(),
        brand_id: import.brand_id,
        conversation_id: None,
        kind: EventKind::WorkProgressed,
        actor: "system".to_owned(),
        data: json!({}),
        at: desk.clock.now(),
    };
    intake::insert_events(tx, &[event]).await
}

/// Keeps what was found as a draft of its article, in the language of the import, and notes what became of it.
pub async fn bring_in(
    desk: &Desk,
    tx: &mut Tx,
    import: &ArticleImport,
    mut item: ImportItem,
    found: Result<Found, String>,
) -> store::Result<()> {
    match found {
        Ok(found) => keep(desk, tx, import, (&mut item, &found)).await?,
        Err(why) => refuse(&mut item, why),
    }
    article_imports::settle(tx, import.id, &item).await
}

fn refuse(item: &mut ImportItem, why: impl Into<String>) {
    item.outcome = ImportOutcome::Refused;
    item.why = why.into();
}

async fn keep(
    desk: &Desk,
    tx: &mut Tx,
    import: &ArticleImport,
    (item, found): (&mut ImportItem, &Found),
) -> store::Result<()> {
    item.title.clone_from(&found.title);
    let Some(article) = article_of(desk, tx, import, (&*item, found)).await? else {
        refuse(
            item,
            "No letter of its title can stand in an address. Begin the article by hand, with a name of its own.",
        );
        return Ok(());
    };
    if article_imports::has_met(tx, import.id, article.id).await? {
        refuse(
            item,
            format!("Another one of this import is the article “{}” already. Give it another title.", article.slug),
        );
        return Ok(());
    }
    item.article_id = Some(article.id);
    let before = articles::newest(tx, article.id, &import.locale).await?;
    let number = before.as_ref().map_or(0, |text| text.version);
    if let Some(text) = &before {
        let newest = Newest {
            title: &text.title,
            body: &text.body,
            was_published: text.published,
            was_imported: article_imports::wrote(tx, article.id, &import.locale, number).await?,
        };
        if let Some(why) = import::left(found, &newest) {
            item.outcome = ImportOutcome::Left;
            why.clone_into(&mut item.why);
            return Ok(());
        }
    }
    let summary: String = format!("Imported from {}", item.source).chars().take(SUMMARY).collect();
    let text = NewText {
        id: desk.clock.new_id(),
        article_id: article.id,
        locale: &import.locale,
        title: &found.title,
        body: &found.body,
        summary: &summary,
        author_id: import.author_id,
        published: false,
        created_at: desk.clock.now(),
    };
    articles::insert_version(tx, &text, number).await?;
    item.version = number + 1;
    item.outcome = if number == 0 { ImportOutcome::Begun } else { ImportOutcome::Version };
    Ok(())
}

/// The article that came from there before, else the one of its name, else a new one; none where nothing can be its name.
async fn article_of(
    desk: &Desk,
    tx: &mut Tx,
    import: &ArticleImport,
    (item, found): (&ImportItem, &Found),
) -> store::Result<Option<Article>> {
    if import::is_the_same_again(&item.source)
        && let Some(id) = article_imports::article_from(tx, import, &item.source).await?
    {
        return articles::lock(tx, id).await;
    }
    if found.name.is_empty() {
        return Ok(None);
    }
    if let Some(known) = articles::lock_named(tx, import.brand_id, &found.name).await? {
        return Ok(Some(known));
    }
    let new = Article { id: desk.clock.new_id(), brand_id: import.brand_id, slug: found.name.clone() };
    articles::insert(tx, &new, desk.clock.now()).await?;
    Ok(Some(new))
}
