//! What lies on this machine: configuration, data folder, disk, key, database.

use std::fs;
use std::io::{self, Write as _};
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
/// So does a twentieth of a larger disk, up to this.
const ENOUGH: u64 = 10 * 1024 * MIB;
/// Below this the next files may not find a place in the list of files, however much room there is.
const FEW_FILES: u64 = 100;
/// What is written to see whether there is room.
const TRIED: usize = 64 * 1024;
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
        (false, true) if outside && config.http.proxies.is_empty() => Finding::warn(
            name,
            "other machines reach the desk, and no proxy there is believed: all people behind one count as one address",
            "Set RESOLUTE_HTTP__PROXIES to the networks of the proxies, or RESOLUTE_LISTEN to 127.0.0.1:8080 where the \
             proxy is on this machine.",
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
    let refused = [folder, &files]
        .into_iter()
        .filter(|folder| folder.is_dir())
        .find_map(|folder| write_in(folder).err().map(|error| (folder, error)));
    match refused {
        None => Finding::ok(name, format!("{} can be written", folder.display())),
        Some((folder, error)) => {
            let words = format!("{} cannot be written: {error}", folder.display());
            Finding::bad(name, words, mend_of(error.kind()))
        }
    }
}

/// Brings something to disk. It vanishes with its name the moment it is closed.
fn write_in(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&vec![1_u8; TRIED])?;
    file.sync_all()
}

fn mend_of(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "Make room on its disk, or raise the limit of the user under which the desk runs: until then the desk refuses \
             what there is no room for."
        }
        _ => {
            "Give the folder to the user under which the desk runs, and look whether the disk is full or may only be read."
        }
    }
}

pub(super) fn disk(config: &Config) -> Option<Finding> {
    Some(of_room(&room_at(&config.data_dir)?))
}

/// What a disk has left for the desk.
#[derive(Debug)]
struct Room {
    /// Free bytes.
    free: u64,
    /// All bytes.
    whole: u64,
    /// How many more files it takes; `None` where it does not count them.
    files: Option<u64>,
}

fn of_room(room: &Room) -> Finding {
    let mend = "Make room: on a full disk the desk refuses what there is no room for.";
    let words = format!("{} MiB free of {} MiB", room.free / MIB, room.whole / MIB);
    let bound = (room.whole / 20).clamp(SOON_LITTLE, ENOUGH);
    match room.files {
        Some(files @ ..FEW_FILES) => {
            let words = format!("it takes {files} more files, though {words}");
            Finding::bad(
                "disk",
                words,
                "Remove files that nobody needs: the desk cannot keep attachments without new ones.",
            )
        }
        _ if room.free < LITTLE => Finding::bad("disk", words, mend),
        _ if room.free < bound => Finding::warn("disk", words, mend),
        _ => Finding::ok("disk", words),
    }
}

#[cfg(unix)]
fn room_at(folder: &Path) -> Option<Room> {
    let space = rustix::fs::statvfs(folder).ok()?;
    Some(Room {
        free: space.f_bavail.saturating_mul(space.f_frsize),
        whole: space.f_blocks.saturating_mul(space.f_frsize),
        files: (space.f_files > 0).then_some(space.f_favail),
    })
}

#[cfg(not(unix))]
fn room_at(_: &Path) -> Option<Room> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{HttpConfig, Proxies};
    use crate::doctor::State;

    const GIB: u64 = 1024 * MIB;

    #[test]
    fn a_proxy_on_another_machine_has_to_be_named() {
        let config = |listen: &str, proxies: &str| Config {
            listen: listen.parse().unwrap(),
            public_url: "https://desk.example".into(),
            http: HttpConfig { proxies: Proxies::try_from(proxies.to_owned()).unwrap(), ..HttpConfig::default() },
            ..Config::default()
        };
        let found = configuration(&config("0.0.0.0:8080", ""));
        assert!(found.state == State::Warn && found.mend.contains("RESOLUTE_HTTP__PROXIES"), "{found:?}");
        for (listen, proxies) in [("0.0.0.0:8080", "172.16.0.0/12"), ("127.0.0.1:8080", "")] {
            assert_eq!(configuration(&config(listen, proxies)).state, State::Ok, "{listen}");
        }
    }

    #[test]
    fn a_disk_is_full_before_its_last_byte_is() {
        let state = |free, whole| of_room(&Room { free, whole, files: None }).state;
        for (free, whole, expected) in [
            (0, 50 * GIB, State::Bad),
            (99 * MIB, 50 * GIB, State::Bad),
            (100 * MIB, 50 * GIB, State::Warn),
            (GIB - 1, 2 * GIB, State::Warn),
            (GIB, 2 * GIB, State::Ok),
            (2 * GIB, 100 * GIB, State::Warn),
            (5 * GIB, 100 * GIB, State::Ok),
            // A twentieth of a large disk is much.
            (10 * GIB, 8_000 * GIB, State::Ok),
            (9 * GIB, 8_000 * GIB, State::Warn),
        ] {
            assert_eq!(state(free, whole), expected, "{free} of {whole}");
        }
    }

    #[test]
    fn a_disk_without_a_place_for_files_is_full() {
        let of = |files| of_room(&Room { free: 50 * GIB, whole: 100 * GIB, files });
        assert_eq!(
            [Some(0), Some(99), Some(100), None].map(|files| of(files).state),
            [State::Bad, State::Bad, State::Ok, State::Ok]
        );
        assert!(of(Some(7)).words.starts_with("it takes 7 more files") && !of(Some(7)).mend.is_empty());
    }

    #[test]
    fn who_finds_no_room_is_told_to_make_some() {
        let full = mend_of(io::ErrorKind::StorageFull);
        assert!(full.starts_with("Make room") && full.ends_with("refuses what there is no room for."), "{full}");
        assert!(mend_of(io::ErrorKind::PermissionDenied).starts_with("Give the folder"));
    }
}
