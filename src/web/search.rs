//! Conversations found by words, names and numbers.

pub mod find;

use askama::Template;

use crate::app::Desk;
use crate::jobs::index_messages;
use crate::model::Ts;
use crate::model::job::{Job, JobState};
use crate::store;
use crate::store::search::Found;
use crate::store::search::rebuild::Gap;
use crate::web::conversations::row::Rows;
use crate::web::filters;
use crate::web::format::counted;
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice, Progress, fragments};

fragments!(RebuildBar);

/// What a look into the index gave. Where that is damaged, it is put to be made anew at once.
pub async fn looked<T>(desk: &Desk, found: store::Result<T>) -> store::Result<T> {
    if matches!(found, Err(store::Error::DamagedIndex(_)))
        && let Err(error) = index_messages::mend(desk).await
    {
        tracing::error!(%error, "the search index cannot be put to be made anew; it is tried again");
    }
    found
}

/// `GET /search?q=&cursor=`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "search/page.html")]
pub struct SearchPage {
    page: Page,
    words: String,
    said: String,
    rebuild: Option<RebuildBar>,
    rows: Rows,
    empty: Option<Empty>,
    /// Where earlier hits are.
    next: Option<String>,
    /// The first page, seen from a later one.
    first: Option<String>,
}

impl SearchPage {
    /// What was found for `words`, newest first, in an index that may have a gap; `later`: on a page behind the first.
    pub fn new(page: Page, words: &str, (found, gap): (&Found, Option<&Gap>), later: bool) -> Self {
        let words = words.trim();
        let here = format!("/search?q={}", encoded(words));
        let none = found.conversations.is_empty() && found.next.is_none();
        let empty = match (words.is_empty(), none, later) {
            (true, ..) => {
                Some(Empty::new("What are you looking for?", "A name, an address, an order number, any words."))
            }
            (false, true, true) => Some(Empty::new("Nothing earlier", format!("That was all for “{words}”."))),
            (false, true, false) => Some(
                Empty::new(format!("Nothing for “{words}”"), "Try fewer words, or the order number.")
                    .with_link("Look at everything", "/inbox?view=all"),
            ),
            (false, false, _) => None,
        };
        let number = counted(found.conversations.len(), "conversation", "conversations");
        Self {
            rebuild: gap.map(|gap| RebuildBar::new(Some(gap), page.reader.now)),
            rows: Rows::whole(&page, &found.conversations).without_ticks(),
            page,
            said: match (&empty, &found.next, later) {
                (Some(_), ..) => String::new(),
                (None, None, false) => format!("{number} found"),
                (None, Some(_), false) => format!("More than {number} found, newest first"),
                (None, Some(_), true) => format!("{number} further back, and more before them"),
                (None, None, true) => format!("The last {number} found"),
            },
            empty,
            next: found.next.map(|cursor| format!("{here}&cursor={cursor}")),
            first: later.then_some(here),
            words: words.to_owned(),
        }
    }
}

/// That messages may be missing in what is found, and how far the rebuilding of the index is. Also the fragment
/// `GET /search/rebuild`, which is empty once it is done.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "search/rebuild.html")]
pub struct RebuildBar {
    progress: Option<Progress>,
    notice: Option<Notice>,
}

impl RebuildBar {
    /// Of an index that has a gap, or is whole.
    pub fn new(gap: Option<&Gap>, now: Ts) -> Self {
        let Some(gap) = gap else { return Self { progress: None, notice: None } };
        let counted = |work: &&Job| work.total > 0 && work.state != JobState::Dead;
        let progress = gap.work.as_ref().filter(counted).map(|work| {
            let bar = Progress::of_job("The search index is being rebuilt", work, now);
            bar.with_note(" messages, older ones may be missing")
        });
        let given_up = gap.work.as_ref().is_some_and(|work| work.state == JobState::Dead);
        let notice = match (&progress, given_up) {
            (Some(_), _) => None,
            (None, true) => Some(
                Notice::bad(
                    "The search index could not be rebuilt.",
                    "Older messages may be missing in what is found.",
                )
                .with_link("Look at the work", "/jobs"),
            ),
            (None, false) => {
                Some(Notice::warn("The search index is being rebuilt.", "Older messages may be missing until then."))
            }
        };
        Self { progress, notice }
    }

    fn is_over(&self) -> bool {
        self.progress.is_none() && self.notice.is_none()
    }
}

fn encoded(words: &str) -> String {
    url::form_urlencoded::byte_serialize(words.as_bytes()).collect()
}
