//! The only SQL. One file a noun; reads take a [`Db`], writes a [`Tx`], what either may be asked a
//! [`Reader`], and callers decide what belongs together.

pub mod account_troubles;
pub mod actions;
pub mod agent_runs;
pub mod answer_times;
pub mod api_tokens;
pub mod approvals;
pub mod article_imports;
pub mod articles;
pub mod attachments;
pub mod audit;
pub mod backup;
pub mod brakes;
pub mod brands;
pub mod bulk_changes;
pub mod channels;
pub mod chats;
pub mod composer_files;
pub mod composer_texts;
pub mod contacts;
pub mod conversation_counts;
pub mod conversations;
pub mod db;
pub mod demo_shop;
pub mod draft_texts;
pub mod drafts;
pub mod early_news;
pub mod engine;
pub mod erased_names;
pub mod erasures;
pub mod events;
pub mod fates;
pub mod files;
pub mod heartbeat;
pub mod identity_checks;
pub mod intake;
pub mod invitations;
pub mod jobs;
pub mod llm_costs;
pub mod macros;
pub mod matters;
pub mod merges;
pub mod messages;
pub mod notes;
pub mod notifications;
pub mod opt_outs;
pub mod order_sources;
pub mod orders;
pub mod parcels;
pub mod people;
pub mod raw_event_subjects;
pub mod raw_events;
pub mod replays;
pub mod reply_templates;
pub mod resolutions;
mod rows;
pub mod run_inputs;
pub mod saved_views;
pub mod search;
pub mod sessions;
pub mod teammates;
pub mod trackers;
pub mod turned_away;
pub mod unopened;
pub mod versions;
pub mod voice_scores;
pub mod wake;

pub use db::{Db, Reader, Tx};
pub use unopened::Unopened;

/// A database call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row.
    #[error("there is no such record")]
    NotFound,
    /// Another row has this key already.
    #[error("there is such a record already")]
    Duplicate,
    /// The database is locked, down or out of room: the same call may work later.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// SQLite's search index lost a part of itself: it has to be made anew.
    #[error("the search index is damaged: {0}")]
    DamagedIndex(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else.
    #[error("a database call failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Duplicate,
            sqlx::Error::Database(inner) if inner.code().as_deref() == Some(DAMAGED_INDEX) => Self::DamagedIndex(error),
            sqlx::Error::Database(inner) if is_passing(inner.code().as_deref()) => Self::Unavailable(error),
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                Self::Unavailable(error)
            }
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// Whether this transaction and another waited for each other and it gave way: the same may work at once.
    pub fn gave_way(&self) -> bool {
        matches!(self, Self::Unavailable(sqlx::Error::Database(inner)) if inner.code().as_deref() == Some(DEADLOCK))
    }

    /// Whether SQLite found a page of its file, or its index, to be damaged.
    pub fn is_damage(&self) -> bool {
        let (Self::DamagedIndex(error) | Self::Database(error)) = self else { return false };
        let code = error.as_database_error().and_then(|inner| inner.code()?.parse::<u32>().ok());
        code.is_some_and(|code| code & 0xff == CORRUPT)
    }
}

/// The lower byte of SQLite's codes of damage.
const CORRUPT: u32 = 11;
/// SQLite's code of a virtual table that cannot be read: full text is the only one.
const DAMAGED_INDEX: &str = "267";
/// PostgreSQL's code of two transactions that waited for each other.
const DEADLOCK: &str = "40P01";

/// Codes that pass by themselves or by the operator's hand: SQLite busy, locked, read-only, full, I/O; PostgreSQL
/// classes 08, 53, 57, serialisation and a server that may only be read.
fn is_passing(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    if let Ok(number) = code.parse::<u32>()
        && code.len() < 5
    {
        return matches!(number % 256, 5 | 6 | 8 | 10 | 13);
    }
    code.starts_with("08")
        || code.starts_with("53")
        || code.starts_with("57")
        || matches!(code, "25006" | "40001" | DEADLOCK)
}

/// What the store gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;
