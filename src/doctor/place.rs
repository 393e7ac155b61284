//! What lies on this machine: configuration, data folder, disk, key, database.

use std::fs;
use std::path::Path;

use super::Finding;
use crate::config::Config;
use crate::store::{Db, Unopened};
use crate::vault::Vault;

const MIB: u64 = 1024 * 1024;
/// Below this the next mails may not find room.
const LITTLE: u64 = 100 * MIB;
/// Below this somebody should make room soon.
const SOON_LITTLE: u64 = 1024 * MIB;
/// A log of unfinished writes that is larger is held open by somebody.
const LARGE_LOG: u64 = 512 * MIB;

pub(super) fn configuration(config: &Config) -> Finding {
    let name = "configuration";
    let outside = !config.listen.ip().is_loopback();
    let public = config.public_address();
    match (config.public_url.is_empty(), public.starts_with("https://")) {
        (true, _) if outside => Finding::warn(
            name,
            "public_url is not set, so webhook addresses and cookies are made for the listening address",
            "Set RESOLUTE_PUBLIC_URL to the address at which people reach the desk.",
        ),
        (false, false) if !public.contains("://127.") && !public.contains("://localhost") => Finding::warn(
            name,
            "public_url is not https, so passwords and sessions travel readable",
            "Put the desk behind a proxy with TLS and set RESOLUTE_PUBLIC_URL to its https address.",
        ),
        _ => Finding::ok(name, format!("reached at {public}")),
    }
}

pub(super) fn data_folder(config: &Config) -> Finding {
    let (name, folder) = ("data folder", &config.data_dir);
    if !folder.is_dir() {
        let words = format!("{} is not there", folder.display());
        return Finding::bad(name, words, "Start the desk once, or set RESOLUTE_DATA_DIR to its folder.");
    }
    let files = folder.join("files");
    // What is tried vanishes with its name the moment it is closed.
    let refused = [folder, &files]
        .into_iter()
        .filter(|folder| folder.is_dir())
        .find_map(|folder| tempfile::tempfile_in(folder).err().map(|error| (folder, error)));
    match refused {
        None => Finding::ok(name, format!("{} can be written", folder.display())),
        Some((folder, error)) => Finding::bad(
            name,
            format!("{} cannot be written: {error}", folder.display()),
            "Give the folder to the user under which the desk runs, and look whether the disk is full or may only be read.",
        ),
    }
}

pub(super) fn disk(config: &Config) -> Option<Finding> {
    let free = free_space(&config.data_dir)?;
    let words = format!("{} MiB free", free / MIB);
    let mend = "Make room: the desk cannot take messages on a full disk.";
    Some(match free {
        ..LITTLE => Finding::bad("disk", words, mend),
        LITTLE..SOON_LITTLE => Finding::warn("disk", words, mend),
        _ => Finding::ok("disk", words),
    })
}

#[cfg(unix)]
fn free_space(folder: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(folder).ok()?;
    Some(space.f_bavail.saturating_mul(space.f_frsize))
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> Option<u64> {
    None
}

pub(super) fn write_ahead_log(config: &Config) -> Option<Finding> {
    let size = fs::metadata(config.data_dir.join("resolute.db-wal")).ok()?.len();
    (config.database_url.is_empty() && size > LARGE_LOG).then(|| {
        Finding::warn(
            "write-ahead log",
            format!("it has grown to {} MiB", size / MIB),
            "Some program reads the database without an end: close it, or restart the desk.",
        )
    })
}

/// The key, without making one.
pub(super) fn secret_key(config: &Config) -> (Finding, Option<Vault>) {
    let name = "secret key";
    if !config.secret_key.is_empty() {
        return match Vault::from_hex(config.secret_key.expose()) {
            Ok(vault) => (Finding::ok(name, "from the configuration"), Some(vault)),
            Err(error) => (Finding::bad(name, error.to_string(), "Correct RESOLUTE_SECRET_KEY."), None),
        };
    }
    let file = config.data_dir.join("secret.key");
    let Ok(text) = fs::read_to_string(&file) else {
        let words = format!("{} is not there or cannot be read", file.display());
        let mend = "Put the key of this desk back. A new desk makes one at its first start.";
        return (Finding::warn(name, words, mend), None);
    };
    match Vault::from_hex(&text) {
        Ok(vault) if others_may_read(&file) => {
            let words = format!("{} can be read by other users of this machine", file.display());
            (Finding::warn(name, words, format!("chmod 600 {}", file.display())), Some(vault))
        }
        Ok(vault) => (Finding::ok(name, file.display().to_string()), Some(vault)),
        Err(error) => (Finding::bad(name, error.to_string(), "Put the right key back."), None),
    }
}

#[cfg(unix)]
fn others_may_read(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}

/// Opens the database, without making one.
pub(super) async fn database(config: &Config) -> Result<Db, Finding> {
    let name = "database";
    if let Some(file) = config.database_file()
        && !file.exists()
    {
        let mend = "Start the desk once, or set RESOLUTE_DATA_DIR to its folder.";
        return Err(Finding::bad(name, format!("{} is not there", file.display()), mend));
    }
    Db::open(&config.database()).await.map_err(|Unopened { what, mend }| Finding::bad(name, what, mend))
}
