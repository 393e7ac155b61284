//! A backup: one archive with the tables as of one moment, the files, and a manifest that proves both.
//!
//! A tar archive in gzip. First `database/...` (SQLite: the file itself; PostgreSQL: a file a table, as `COPY` gives
//! it), then `files/...`, then `secret.key` when it was asked for, and last `manifest.json`. The tables are copied
//! first: every file that they name is there by then, and no file is ever changed. What is named and not there all the
//! same, because a disk lost it, the manifest lists.

mod archive;
pub mod restore;
pub mod write;

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::backup::Table;

/// The form of the archive.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const KEY: &str = "secret.key";
const DATABASE: &str = "database/";
const FILES: &str = "files/";
/// The database file of SQLite within the archive.
const SQLITE_FILE: &str = "database/resolute.db";

/// What is in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the archive.
    pub format: u32,
    /// The version of the program that wrote it.
    pub version: String,
    /// `sqlite` or `postgres`: it can be restored into the same only.
    pub engine: String,
    /// The newest migration of its tables.
    pub schema: i64,
    /// When its tables were copied, RFC 3339.
    pub made_at: String,
    /// The tables with the numbers of their rows.
    pub tables: Vec<Table>,
    /// The parts of the database, and the key.
    pub parts: Vec<Part>,
    /// All files together.
    pub files: FileSum,
    /// The files that were named and not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

/// A part with its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name in the archive.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

/// The files, in the order of the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSum {
    /// How many.
    pub count: u64,
    /// Their length together.
    pub bytes: u64,
    /// SHA-256 over the name and the SHA-256 of each, in hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// The rows of a table.
    pub fn rows(&self, table: &str) -> u64 {
        self.tables.iter().find(|known| known.name == table).map_or(0, |known| known.rows)
    }

    /// Whether the secret key is part of it.
    pub fn has_key(&self) -> bool {
        self.parts.iter().any(|part| part.name == KEY)
    }
}

/// Sums up files as they pass, however many they are.
#[derive(Default)]
struct FileSums {
    count: u64,
    bytes: u64,
    hasher: Sha256,
}

impl FileSums {
    fn add(&mut self, part: &Part) {
        self.count += 1;
        self.bytes += part.bytes;
        self.hasher.update(part.name.as_bytes());
        self.hasher.update([0]);
        self.hasher.update(part.sha256.as_bytes());
    }

    fn sum(&self) -> FileSum {
        FileSum { count: self.count, bytes: self.bytes, sha256: hex::encode(self.hasher.clone().finalize()) }
    }
}

/// Hashes and counts what is read through it.
struct Hashing<R> {
    inner: R,
    hasher: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }

    fn part(self, name: &str) -> Part {
        Part { name: name.to_owned(), bytes: self.bytes, sha256: hex::encode(self.hasher.finalize()) }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        self.bytes += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

/// Where progress is told.
pub type Report<'a> = &'a (dyn Fn(&str) + Sync);
