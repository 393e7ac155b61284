//! Looks at everything that a desk needs and says what is wrong and how to mend it. Changes nothing, so it may run
//! beside a desk at work; only access that a provider renews on the way is kept, as that before may be void.

mod outside;
mod place;
mod tables;

use serde::Serialize;

use crate::clock::Clock;
use crate::config::Config;
use crate::store::Db;

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It works.
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// It does not work.
    Bad,
}

/// What was found about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The thing.
    pub check: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub words: String,
    /// What to do about it, `""` when it works.
    pub mend: String,
}

impl Finding {
    fn ok(check: impl Into<String>, words: impl Into<String>) -> Self {
        Self { check: check.into(), state: State::Ok, words: words.into(), mend: String::new() }
    }

    fn warn(check: impl Into<String>, words: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { check: check.into(), state: State::Warn, words: words.into(), mend: mend.into() }
    }

    fn bad(check: impl Into<String>, words: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { state: State::Bad, ..Self::warn(check, words, mend) }
    }

    /// What cannot be read in the database.
    fn unread(check: impl Into<String>, error: &crate::store::Error) -> Self {
        Self::bad(check, error.to_string(), "Look at the database's own log.")
    }
}

/// The finding of a configuration that cannot even be read.
pub fn unreadable(error: &impl std::fmt::Display) -> Finding {
    Finding::bad("configuration", error.to_string(), "Correct resolute.toml or the environment.")
}

/// Everything, in the order in which it depends on each other.
pub async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let mut findings = vec![place::configuration(config), place::data_folder(config)];
    findings.extend(place::disk(config));
    let (key, vault) = place::secret_key(config);
    findings.push(key);
    findings.push(outside::language_model(config).await);
    match place::database(config).await {
        Ok(db) => {
            findings.extend(of_database(&db, vault, config, clock).await);
            db.close().await;
        }
        Err(finding) => findings.push(finding),
    }
    findings
}

async fn of_database(db: &Db, vault: Option<crate::vault::Vault>, config: &Config, clock: &Clock) -> Vec<Finding> {
    let mut findings = vec![tables::engine(db).await];
    let schema = tables::schema(db).await;
    let readable = schema.state == State::Ok;
    findings.push(schema);
    if readable {
        findings.extend(outside::channels(db, vault.as_ref(), config, clock).await);
        findings.extend(outside::trackers(db, vault.as_ref(), clock).await);
        findings.extend(outside::order_sources(db, vault, config, clock).await);
        findings.push(tables::clock(db, clock).await);
        findings.extend(tables::work(db, clock).await);
        findings.push(tables::set_aside(db).await);
        findings.push(tables::search_index(db).await);
        findings.extend(place::write_ahead_log(config));
    }
    findings
}
