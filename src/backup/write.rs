//! Writing a backup beside a desk at work.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::archive::Archive;
use super::{DATABASE, FILES, FORMAT, FileSums, KEY, MANIFEST, Manifest, Part, Report, SQLITE_FILE};
use crate::clock::Clock;
use crate::model::Ts;
use crate::store::Db;
use crate::store::attachments;
use crate::store::backup::postgres::Snapshot;
use crate::store::backup::{self, Table, sqlite};
use crate::store::files::{FileError, Files, folder_of};

/// How often progress is told at most.
const TELL: Duration = Duration::from_secs(1);

/// What is backed up.
#[derive(Clone, Debug)]
pub struct Source {
    /// The tables.
    pub db: Db,
    /// The attachments.
    pub files: Files,
    /// The key of the sealed secrets, if it is to be part of it.
    pub key: Option<String>,
    /// The time.
    pub clock: Clock,
}

/// Writes an archive under a name that nobody has; a failure leaves nothing.
pub async fn write(source: &Source, to: &Path, report: Report<'_>) -> anyhow::Result<Manifest> {
    anyhow::ensure!(!to.exists(), "{} is there already; choose another name", to.display());
    let begun = source.clock.now();
    let seconds = u64::try_from(begun.0 / 1_000_000).unwrap_or(0);
    let mut archive =
        Archive::begin(to, seconds).with_context(|| format!("{} cannot be written", folder_of(to).display()))?;
    let schema = backup::schema(&source.db).await?;
    let (tables, mut parts) = match &source.db {
        Db::Sqlite { .. } => sqlite_tables(source, to, &mut archive, report).await?,
        Db::Postgres { .. } => postgres_tables(source, to, &mut archive, report).await?,
    };
    let (files, lost) = files(source, &mut archive, report).await?;
    if let Some(key) = &source.key {
        parts.push(archive.add(KEY, u64::try_from(key.len())?, key.as_bytes())?);
    }
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        engine: engine(&source.db).to_owned(),
        schema,
        made_at: begun.rfc3339(),
        tables,
        parts,
        files: files.sum(),
        lost,
    };
    let text = serde_json::to_string_pretty(&manifest)?;
    archive.add(MANIFEST, u64::try_from(text.len())?, text.as_bytes())?;
    archive.finish(to).with_context(|| format!("{} cannot be written", to.display()))?;
    Ok(manifest)
}

/// The word of the engine in a manifest.
pub(super) fn engine(db: &Db) -> &'static str {
    if db.is_shared() { "postgres" } else { "sqlite" }
}

async fn sqlite_tables(
    source: &Source,
    to: &Path,
    archive: &mut Archive,
    report: Report<'_>,
) -> anyhow::Result<(Vec<Table>, Vec<Part>)> {
    let Db::Sqlite { write, .. } = &source.db else { return Ok((Vec::new(), Vec::new())) };
    report("database: copying");
    let folder = tempfile::Builder::new().prefix(".resolute-backup-").tempdir_in(folder_of(to))?;
    let copy = folder.path().join("resolute.db");
    let tables = sqlite::copy(write, &copy).await?;
    report("database: packing");
    let part = archive.add_file(SQLITE_FILE, &mut File::open(&copy)?)?;
    Ok((tables, vec![part]))
}

async fn postgres_tables(
    source: &Source,
    to: &Path,
    archive: &mut Archive,
    report: Report<'_>,
) -> anyhow::Result<(Vec<Table>, Vec<Part>)> {
    let Db::Postgres { write: pool, .. } = &source.db else { return Ok((Vec::new(), Vec::new())) };
    let mut snapshot = Snapshot::begin(pool).await?;
    let mut tables = snapshot.tables().await?;
    let mut progress = Progress::new("tables", u64::try_from(tables.len())?, &source.clock, report);
    let mut parts = Vec::new();
    for table in &mut tables {
        // The archive wants the length before the bytes.
        let mut copy = tempfile::tempfile_in(folder_of(to))?;
        table.rows = snapshot.copy_out(table, &mut copy).await?;
        parts.push(archive.add_file(&format!("{DATABASE}{}", table.name), &mut copy)?);
        progress.step();
    }
    Ok((tables, parts))
}

/// Adds the files; gives what they are together, and those that are named and not there.
async fn files(source: &Source, archive: &mut Archive, report: Report<'_>) -> anyhow::Result<(FileSums, Vec<String>)> {
    // Before they are listed: bytes are stored before anything names them.
    let named = attachments::list_named(&source.db).await?;
    let keys = source.files.list().await?;
    let mut lost = lost_of(source, &named, &keys).await?;
    let is_elsewhere = !lost.is_empty() && lost.len() == named.len() && source.files.is_blank().await?;
    anyhow::ensure!(
        !is_elsewhere,
        "none of the files that messages name ({}) is in {}, and nothing else is. Nothing was written; set RESOLUTE_DATA_DIR to \
         the data folder of the desk, or mount what lies there. If they are lost for good, make the folder {}: then the backup \
         is made without them",
        named.len(),
        source.files.folder().display(),
        source.files.folder().join("lost").display()
    );
    let mut progress = Progress::new("files", u64::try_from(keys.len())?, &source.clock, report);
    let mut sums = FileSums::default();
    for key in keys {
        let bytes = match source.files.get(&key).await {
            Ok(bytes) => bytes,
            Err(FileError::Missing) => {
                // Forgotten since it was listed, as files are that nothing refers to.
                if attachments::is_named(&source.db, &key).await? {
                    lost.push(key);
                }
                progress.step();
                continue;
            }
            Err(error) => return Err(error).with_context(|| format!("the file {key} cannot be read")),
        };
        if Files::key_of(&bytes) != key {
            report(&format!("files: {key} is damaged where it is stored; it is kept as it is"));
        }
        sums.add(&archive.add(&format!("{FILES}{key}"), u64::try_from(bytes.len())?, bytes.as_ref())?);
        progress.step();
    }
    Ok((sums, lost))
}

/// Those of the named files that are not there, and that did not go meanwhile with what named them.
async fn lost_of(source: &Source, named: &[String], keys: &[String]) -> anyhow::Result<Vec<String>> {
    let there: HashSet<&String> = keys.iter().collect();
    let mut lost = Vec::new();
    for key in named.iter().filter(|key| !there.contains(key)) {
        if attachments::is_named(&source.db, key).await? {
            lost.push(key.clone());
        }
    }
    Ok(lost)
}

/// Tells how many are done and how long the rest may take.
struct Progress<'a> {
    what: &'static str,
    done: u64,
    total: u64,
    clock: &'a Clock,
    begun: Ts,
    told: Ts,
    report: Report<'a>,
}

impl<'a> Progress<'a> {
    fn new(what: &'static str, total: u64, clock: &'a Clock, report: Report<'a>) -> Self {
        let now = clock.now();
        Self { what, done: 0, total, clock, begun: now, told: now, report }
    }

    fn step(&mut self) {
        self.done += 1;
        let now = self.clock.now();
        if self.done >= self.total {
            (self.report)(&format!("{}: {} of {}", self.what, self.done, self.total));
        } else if now.since(self.told) >= TELL {
            self.told = now;
            let left = now.since(self.begun).as_secs() * (self.total - self.done) / self.done;
            (self.report)(&format!("{}: {} of {}, about {left} s left", self.what, self.done, self.total));
        }
    }
}

/// Whether the tables are of a version that this program can read.
pub async fn check_schema(db: &Db) -> anyhow::Result<()> {
    let (there, known) = (backup::schema(db).await?, backup::newest_schema(db.is_shared()));
    anyhow::ensure!(there > 0, "there are no tables yet, so there is nothing to back up");
    anyhow::ensure!(there <= known, "the tables are of a newer version; use that version of the program");
    Ok(())
}
