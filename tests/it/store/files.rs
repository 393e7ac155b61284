//! The bytes of attachments.

use bytes::Bytes;
use resolute::model::Ts;
use resolute::store::files::{FileError, Files};

#[tokio::test]
async fn bytes_are_kept_under_the_hash_of_their_content() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::local(&folder.path().join("made/when/missing")).unwrap();
    let key = Files::key_of(b"hello");
    assert_eq!(key, "2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert!(matches!(files.get(&key).await, Err(FileError::Missing)));
    assert!(matches!(files.get("").await, Err(FileError::Missing)), "what has no key yet is nowhere");
    for _ in 0..2 {
        files.put(&key, Bytes::from_static(b"hello")).await.unwrap();
    }
    assert_eq!(files.get(&key).await.unwrap(), "hello");

    let empty = Files::key_of(b"");
    files.put(&empty, Bytes::new()).await.unwrap();
    assert!(files.get(&empty).await.unwrap().is_empty());
    let again = Files::local(&folder.path().join("made/when/missing")).unwrap();
    assert_eq!(again.get(&key).await.unwrap(), "hello");
}

#[tokio::test]
async fn only_bytes_that_nobody_stored_of_late_go() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::local(folder.path()).unwrap();
    let key = Files::key_of(b"hello");
    files.put(&key, Bytes::from_static(b"hello")).await.unwrap();
    let stored = std::fs::File::options().write(true).open(folder.path().join(&key)).unwrap();
    stored.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000)).unwrap();
    assert!(!files.delete_older(&key, Ts(1_000_000_000)).await.unwrap(), "stored at that very moment");
    assert!(files.get(&key).await.is_ok());
    assert!(files.delete_older(&key, Ts(1_000_000_001)).await.unwrap());
    assert!(matches!(files.get(&key).await, Err(FileError::Missing)));
    assert!(files.delete_older(&key, Ts(0)).await.unwrap(), "gone is gone");
}

#[tokio::test]
async fn what_a_killed_process_left_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::local(folder.path()).unwrap();
    let key = Files::key_of(b"hello");
    files.put(&key, Bytes::from_static(b"hello")).await.unwrap();
    let path = folder.path().join(&key);
    let inode = |path: &std::path::Path| std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(path).unwrap());
    let first = inode(&path);
    std::fs::write(path.with_file_name(".new-half"), "hel").unwrap();
    std::fs::write(path.with_extension("part"), "hel").unwrap();
    assert_eq!(files.list().await.unwrap(), [key.as_str()]);
    // Bytes of which a power cut left a part are replaced whole, never written over.
    let reader = std::fs::File::options().read(true).append(true).open(&path).unwrap();
    reader.set_len(2).unwrap();
    files.put(&key, Bytes::from_static(b"hello")).await.unwrap();
    assert_eq!(files.get(&key).await.unwrap(), "hello");
    assert_eq!(reader.metadata().unwrap().len(), 2);
    assert_ne!(inode(&path), first);
    let names = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let beside: Vec<_> = names(folder.path()).chain(names(path.parent().unwrap())).collect();
    assert_eq!(beside.len(), 4, "nothing is left of what was written: {beside:?}");
}

#[tokio::test]
async fn what_a_killed_process_left_goes_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::local(folder.path()).unwrap();
    let key = Files::key_of(b"hello");
    files.put(&key, Bytes::from_static(b"hello")).await.unwrap();
    let part = key.split('/').next().unwrap();
    let (left, begun) = (format!("{part}/.new-left"), format!("{part}/.new-begun"));
    for (name, seconds) in [(left.as_str(), 1_000), (begun.as_str(), 2_000), (key.as_str(), 1_000)] {
        let path = folder.path().join(name);
        let file = std::fs::File::options().create(true).append(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
    }
    files.delete_unfinished(Ts(1_500_000_000)).await.unwrap();
    let there = |name: &str| folder.path().join(name).exists();
    assert_eq!([left.as_str(), begun.as_str(), key.as_str()].map(there), [false, true, true]);
}

#[tokio::test]
async fn a_key_never_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "s").unwrap();
    let files = Files::local(&folder.path().join("files")).unwrap();
    for key in ["../secret", "/../secret", "a/../../secret", "..%2fsecret"] {
        assert!(files.get(key).await.is_err(), "{key}");
    }
    let file = folder.path().join("a file");
    std::fs::write(&file, "x").unwrap();
    assert!(matches!(Files::local(&file), Err(FileError::Folder(_))));
}
