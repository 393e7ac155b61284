//! What the tables say: engine, version, waiting work, what was set aside.

use std::time::Duration;

use super::Finding;
use crate::clock::Clock;
use crate::model::job::JobState;
use crate::store::engine::{self, Engine};
use crate::store::search::rebuild;
use crate::store::{self, Db, backup, events, jobs, raw_events};

/// Due work that waits longer is looked at by nobody.
const WAITS: Duration = Duration::from_mins(2);
/// And longer than this, customers wait.
const WAITS_LONG: Duration = Duration::from_mins(10);
/// Clocks of several machines differ by less.
const SKEW: Duration = Duration::from_secs(5);

pub(super) async fn engine(db: &Db) -> Finding {
    match engine::describe(db).await {
        Ok(Engine::Sqlite { version, journal }) if journal == "wal" => {
            Finding::ok("database", format!("SQLite {version}, WAL, every commit on disk before it counts"))
        }
        Ok(Engine::Sqlite { version, journal }) => Finding::bad(
            "database",
            format!("SQLite {version} keeps a journal of the kind {journal}, not WAL"),
            "Put the data folder on a local disk: WAL does not work on network shares.",
        ),
        Ok(Engine::Postgres { version, fsync, .. }) if fsync != "on" => Finding::bad(
            "database",
            format!("PostgreSQL {version} with fsync = {fsync}: a power cut may lose everything"),
            "Set fsync = on.",
        ),
        Ok(Engine::Postgres { version, synchronous_commit, .. }) if synchronous_commit == "off" => Finding::bad(
            "database",
            format!("PostgreSQL {version} with synchronous_commit = off: acknowledged messages may be lost"),
            "Set synchronous_commit = on for the desk's user or database.",
        ),
        Ok(Engine::Postgres { version, .. }) => {
            Finding::ok("database", format!("PostgreSQL {version}, every commit on disk before it counts"))
        }
        Err(error) => Finding::unread("database", &error),
    }
}

pub(super) async fn schema(db: &Db) -> Finding {
    let name = "tables";
    let known = backup::newest_schema(db.is_shared());
    match backup::schema(db).await {
        Ok(there) if there == known => Finding::ok(name, format!("at version {there}")),
        Ok(there) if there < known => Finding::bad(
            name,
            format!("at version {there} of {known}"),
            "Run `resolute migrate`, or start the desk: it does so itself.",
        ),
        Ok(there) => Finding::bad(
            name,
            format!("at version {there}, and this program knows {known} only"),
            "Use the newer version of the program.",
        ),
        Err(error) => Finding::unread(name, &error),
    }
}

pub(super) async fn clock(db: &Db, clock: &Clock) -> Finding {
    let now = clock.now();
    match events::last_at(db).await {
        Ok(Some(last)) if last.since(now) > SKEW => Finding::warn(
            "clock",
            format!("this machine's clock is {} s behind the last event", last.since(now).as_secs()),
            "Set the clock of every machine of the desk by NTP.",
        ),
        Ok(_) => Finding::ok("clock", now.rfc3339()),
        Err(error) => Finding::unread("clock", &error),
    }
}

pub(super) async fn work(db: &Db, clock: &Clock) -> Vec<Finding> {
    match (jobs::counts(db).await, waits(db, clock).await) {
        (Ok(counts), Ok(waits)) => vec![waiting(counts.ready, waits), dead(counts.dead)],
        (Err(error), _) | (_, Err(error)) => vec![Finding::unread("work", &error)],
    }
}

async fn waits(db: &Db, clock: &Clock) -> store::Result<Duration> {
    let now = clock.now();
    Ok(jobs::oldest_waiting(db, now).await?.map_or(Duration::ZERO, |at| now.since(at)))
}

fn waiting(count: i64, waits: Duration) -> Finding {
    let words = format!("{count} pieces wait or sleep, the oldest due one for {} s", waits.as_secs());
    let mend = "Look whether `resolute serve` runs with workers, and what its log says.";
    match waits {
        late if late >= WAITS_LONG => Finding::bad("work", words, mend),
        late if late >= WAITS => Finding::warn("work", words, mend),
        _ => Finding::ok("work", words),
    }
}

fn dead(count: i64) -> Finding {
    if count == 0 {
        return Finding::ok("work given up", "none");
    }
    let words = format!("{count} pieces were given up");
    Finding::warn("work given up", words, "Open /jobs: each says why, and can be tried again.")
}

pub(super) async fn set_aside(db: &Db) -> Finding {
    let name = "messages set aside";
    match raw_events::count_quarantined(db).await {
        Ok(0) => Finding::ok(name, "none"),
        Ok(count) => Finding::warn(
            name,
            format!("{count} messages could not be read; their bytes are kept"),
            "The log says why. Report it: a message that a mail program shows should be readable here.",
        ),
        Err(error) => Finding::unread(name, &error),
    }
}

pub(super) async fn search_index(db: &Db) -> Finding {
    let name = "search index";
    match rebuild::is_damaged(db).await {
        Ok(false) => {}
        Ok(true) => {
            return Finding::bad(
                name,
                "damaged: what people search for fails or is not found, and mail may wait; no message is lost",
                "Start `resolute serve` with workers anew: it makes the index anew and fills it beside everything else.",
            );
        }
        Err(error) => return Finding::unread(name, &error),
    }
    let gap = match rebuild::find_gap(db).await {
        Ok(None) => return Finding::ok(name, "whole"),
        Ok(Some(gap)) => gap,
        Err(error) => return Finding::unread(name, &error),
    };
    let missing = "older messages may be missing in what is found";
    match gap.work {
        Some(work) if work.state == JobState::Dead => Finding::warn(
            name,
            format!("it could not be rebuilt, so {missing}: {}", work.last_error),
            "Open /jobs and try it again, or start the desk anew.",
        ),
        Some(work) if work.total > 0 => Finding::warn(
            name,
            format!("it is being rebuilt, {} of {} messages are done; {missing}", work.done, work.total),
            "It goes on by itself while `resolute serve` runs with workers.",
        ),
        Some(_) | None => Finding::warn(
            name,
            format!("it is to be rebuilt, and {missing}"),
            "Start `resolute serve` with workers: it does so beside everything else.",
        ),
    }
}
