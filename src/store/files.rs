//! The bytes of attachments: a local folder, or whatever else `object_store` speaks.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use crate::model::Ts;

/// Files by the hash of their content: the same bytes are stored once, and storing twice does no harm.
#[derive(Clone, Debug)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    /// Held for writing while old bytes go, so that none go which this process stores anew at that moment.
    clearing: Arc<RwLock<()>>,
}

/// A file that could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("the file is no longer stored")]
    Missing,
    /// The store failed.
    #[error("the file store does not answer: {0}")]
    Unavailable(#[source] object_store::Error),
    /// The folder cannot be used.
    #[error("the folder for files cannot be used: {0}")]
    Folder(#[source] std::io::Error),
}

impl Files {
    /// Files in a local folder, made when missing.
    pub fn local(folder: &Path) -> Result<Self, FileError> {
        std::fs::create_dir_all(folder).map_err(FileError::Folder)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(FileError::Unavailable)?;
        Ok(Self { store: Arc::new(store), clearing: Arc::default() })
    }

    /// The key of some bytes.
    pub fn key_of(content: &[u8]) -> String {
        let hash = hex::encode(Sha256::digest(content));
        let (folder, rest) = hash.split_at(2);
        format!("{folder}/{rest}")
    }

    /// Stores bytes under their key.
    pub async fn put(&self, key: &str, content: Bytes) -> Result<(), FileError> {
        let _storing = self.clearing.read().await;
        self.store.put(&Key::from(key), PutPayload::from(content)).await.map_err(FileError::Unavailable)?;
        Ok(())
    }

    /// Every key with its size, in no order.
    pub fn list(&self) -> impl Stream<Item = Result<(String, u64), FileError>> + '_ {
        let found = self.store.list(None).map_err(FileError::Unavailable);
        found.map_ok(|file| (file.location.to_string(), file.size))
    }

    /// Reads the bytes of a key.
    pub async fn get(&self, key: &str) -> Result<Bytes, FileError> {
        let got = self.store.get(&Key::from(key)).await;
        let found = got.map_err(|error| match error {
            object_store::Error::NotFound { .. } => FileError::Missing,
            other => FileError::Unavailable(other),
        })?;
        found.bytes().await.map_err(FileError::Unavailable)
    }

    /// Removes bytes that nobody stored since a moment; whether they are gone. Somebody who stored them anew is about to
    /// name them.
    pub async fn delete_older(&self, key: &str, before: Ts) -> Result<bool, FileError> {
        let key = Key::from(key);
        let _alone = self.clearing.write().await;
        match self.store.head(&key).await {
            Ok(found) if found.last_modified.timestamp_micros() >= before.0 => Ok(false),
            Ok(_) => self.store.delete(&key).await.map(|()| true).map_err(FileError::Unavailable),
            Err(object_store::Error::NotFound { .. }) => Ok(true),
            Err(error) => Err(FileError::Unavailable(error)),
        }
    }
}
