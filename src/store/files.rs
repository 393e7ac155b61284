//! The bytes of attachments: plain files in a folder, on disk before anything names them.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use crate::model::Ts;

/// How the names of what is being written begin.
const UNFINISHED: &str = ".new-";

/// Files by the hash of their content: the same bytes are stored once, and storing twice does no harm.
#[derive(Clone, Debug)]
pub struct Files {
    folder: Arc<Path>,
    /// Held for writing while old bytes go, so that none go which this process stores anew at that moment.
    clearing: Arc<RwLock<()>>,
}

/// A file that could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("the file is no longer stored")]
    Missing,
    /// The disk failed.
    #[error("the file store does not answer: {0}")]
    Unavailable(#[source] io::Error),
    /// The folder cannot be used.
    #[error("the folder for files cannot be used: {0}")]
    Folder(#[source] io::Error),
}

impl Files {
    /// Files in a local folder, made when missing.
    pub fn local(folder: &Path) -> Result<Self, FileError> {
        std::fs::create_dir_all(folder).and_then(|()| sync_folder(folder_of(folder))).map_err(FileError::Folder)?;
        Ok(Self::at(folder))
    }

    /// The files of a folder as it is: where there is none, there are no files.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.into(), clearing: Arc::default() }
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The key of some bytes.
    pub fn key_of(content: &[u8]) -> String {
        let hash = hex::encode(Sha256::digest(content));
        let (folder, rest) = hash.split_at(2);
        format!("{folder}/{rest}")
    }

    /// Stores bytes under their key. Then they are on disk: a power cut takes nothing that a row names.
    pub async fn put(&self, key: &str, content: Bytes) -> Result<(), FileError> {
        let _storing = self.clearing.read().await;
        let (folder, path) = (self.folder.clone(), self.path_of(key)?);
        let written = tokio::task::spawn_blocking(move || write(&folder, &path, &content)).await;
        written.map_err(io::Error::other).flatten().map_err(FileError::Unavailable)
    }

    /// Whether there is no folder, or nothing at all in it. One in which files were stored has folders in it, also where the files
    /// are lost.
    pub async fn is_blank(&self) -> Result<bool, FileError> {
        match tokio::fs::read_dir(&self.folder).await {
            Ok(mut entries) => Ok(entries.next_entry().await.map_err(FileError::Unavailable)?.is_none()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(FileError::Unavailable(error)),
        }
    }

    /// Every key, in no order.
    pub async fn list(&self) -> Result<Vec<String>, FileError> {
        let folder = self.folder.clone();
        let listed = tokio::task::spawn_blocking(move || keys_in(&folder)).await;
        listed.map_err(io::Error::other).flatten().map_err(FileError::Unavailable)
    }

    /// Reads the bytes of a key.
    pub async fn get(&self, key: &str) -> Result<Bytes, FileError> {
        let read = tokio::fs::read(self.path_of(key)?).await;
        read.map(Bytes::from).map_err(|error| match error.kind() {
            ErrorKind::NotFound => FileError::Missing,
            _ => FileError::Unavailable(error),
        })
    }

    /// Removes bytes that nobody stored since a moment; whether they are gone. Somebody who stored them anew is about to
    /// name them.
    pub async fn delete_older(&self, key: &str, before: Ts) -> Result<bool, FileError> {
        let path = self.path_of(key)?;
        let _alone = self.clearing.write().await;
        let removed = tokio::task::spawn_blocking(move || remove_older(&path, before)).await;
        removed.map_err(io::Error::other).flatten().map_err(FileError::Unavailable)
    }

    /// Removes what was not written to its end and not gone on with since a moment: a killed process leaves it.
    pub async fn delete_unfinished(&self, before: Ts) -> Result<(), FileError> {
        let folder = self.folder.clone();
        let removed = tokio::task::spawn_blocking(move || remove_unfinished(&folder, before)).await;
        removed.map_err(io::Error::other).flatten().map_err(FileError::Unavailable)
    }

    /// Where the bytes of a key lie, never outside of the folder.
    fn path_of(&self, key: &str) -> Result<PathBuf, FileError> {
        // What still lies elsewhere has no key.
        if key.is_empty() {
            return Err(FileError::Missing);
        }
        let path = Path::new(key);
        if path.components().all(|part| matches!(part, Component::Normal(_))) {
            Ok(self.folder.join(path))
        } else {
            Err(FileError::Unavailable(ErrorKind::InvalidInput.into()))
        }
    }
}

/// The bytes get their name only when all of them are on disk, and the name is on disk when this ends.
fn write(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let part = folder_of(path);
    std::fs::create_dir_all(part)?;
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(part)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(part)?;
    // Somebody else may have made the part just now. Of what is on disk already this costs nothing.
    sync_folder(folder)
}

/// Whether it is gone, also by somebody else's doing.
fn remove_older(path: &Path, before: Ts) -> io::Result<bool> {
    let removed = is_older(path, before).and_then(|is_old| if is_old { remove_aside(path, before) } else { Ok(false) });
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        other => other,
    }
}

/// Removes what was older when it was looked at. Another process may have stored the same bytes since: they are taken aside
/// under a name that nobody else knows, looked at there, and go back where they are new.
fn remove_aside(path: &Path, before: Ts) -> io::Result<bool> {
    let aside = path.with_file_name(format!("{UNFINISHED}{:016x}", rand::random::<u64>()));
    std::fs::rename(path, &aside)?;
    if is_older(&aside, before)? {
        std::fs::remove_file(&aside)?;
        return Ok(true);
    }
    std::fs::rename(&aside, path)?;
    sync_folder(folder_of(path))?;
    Ok(false)
}

fn is_older(path: &Path, before: Ts) -> io::Result<bool> {
    let stored = std::fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(i64::try_from(stored.as_micros()).unwrap_or(i64::MAX) < before.0)
}

fn remove_unfinished(folder: &Path, before: Ts) -> io::Result<()> {
    for path in unfinished_in(folder)? {
        remove_older(&path, before)?;
    }
    Ok(())
}

fn unfinished_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    for (part, name) in entries_in(folder)? {
        if name.starts_with(UNFINISHED) {
            left.push(folder.join(part).join(name));
        }
    }
    Ok(left)
}

/// What is being written, or was when a process was killed, has another sort of name.
fn keys_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = entries_in(folder)?.into_iter();
    let stored = entries.filter(|(_, name)| name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    Ok(stored.map(|(part, name)| format!("{part}/{name}")).collect())
}

/// What lies in the parts, each with its part.
fn entries_in(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut entries = Vec::new();
    let parts = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(entries),
        parts => parts?,
    };
    for part in parts {
        let part = part?;
        let Some(prefix) = part.file_name().to_str().filter(|_| part.path().is_dir()).map(str::to_owned) else {
            continue;
        };
        for entry in std::fs::read_dir(part.path())? {
            if let Some(name) = entry?.file_name().to_str() {
                entries.push((prefix.clone(), name.to_owned()));
            }
        }
    }
    Ok(entries)
}

/// The folder in which a path lies.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_another_process_stored_since_they_were_looked_at_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("01");
        std::fs::write(&path, "stored anew").unwrap();
        assert!(!remove_aside(&path, Ts(1)).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"stored anew");
        assert!(remove_aside(&path, Ts(i64::MAX)).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}
