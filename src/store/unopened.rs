//! A database that cannot be opened, in words for the operator: which one, why, and what to do. Its address may hold a
//! password, so it is never shown as it is.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

/// What to do where a server does not answer.
const LOOK: &str = "Look whether the server runs, and whether host and port in DATABASE_URL are right.";

/// A database that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}. {mend}")]
pub struct Unopened {
    /// Which one, and why.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Unopened {
    pub(super) fn new(url: &str, error: &sqlx::Error) -> Self {
        let (why, mend) = match (error, file_of(url)) {
            (sqlx::Error::Configuration(inner), _) => (
                inner.to_string(),
                "Correct DATABASE_URL: it looks like postgres://USER:PASSWORD@HOST:5432/NAME. Without it the desk keeps a \
                 file in its data folder."
                    .to_owned(),
            ),
            (_, Some(file)) => of_file(&file, error),
            (_, None) => of_server(error),
        };
        Self { what: format!("{} cannot be opened: {why}", name_of(url)), mend }
    }

    pub(super) fn read_only(url: &str) -> Self {
        let (why, mend) = match file_of(url) {
            Some(file) => not_writable(&file),
            None => (
                "the server takes nothing that is written".to_owned(),
                "Name the server that does in DATABASE_URL, and look at its default_transaction_read_only.".to_owned(),
            ),
        };
        Self { what: format!("{} cannot be used: {why}", name_of(url)), mend }
    }
}

/// The database behind an address, for people: its file, or its name and server.
pub fn name_of(url: &str) -> String {
    if let Some(file) = file_of(url) {
        return format!("the database {}", file.display());
    }
    let server = is_server(url).then(|| PgConnectOptions::from_str(url).ok()).flatten();
    let Some(server) = server else { return "the database".to_owned() };
    let name = server.get_database().unwrap_or_else(|| server.get_username());
    match server.get_socket() {
        Some(socket) => format!("the database {name} at {}", socket.display()),
        None => format!("the database {name} at {}:{}", server.get_host(), server.get_port()),
    }
}

pub(super) fn is_server(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// The kind of error that SQLite names, whatever its details.
pub(super) fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let sqlx::Error::Database(inner) = error else { return None };
    inner.code()?.parse::<u32>().ok().map(|code| code % 256)
}

fn file_of(url: &str) -> Option<PathBuf> {
    let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url).ok()).flatten()?;
    Some(options.get_filename().to_owned())
}

/// Why a file cannot be opened, and what to do.
fn of_file(file: &Path, error: &sqlx::Error) -> (String, String) {
    if file.is_dir() {
        let mend = "Move it away, or set RESOLUTE_DATA_DIR to another folder.";
        return ("it is a folder, not a file".to_owned(), mend.to_owned());
    }
    let (why, mend) = match sqlite_code(error) {
        Some(5 | 6) => ("another program has it locked", "Stop that program and start again."),
        Some(8) => return not_writable(file),
        Some(10) => ("its disk does not read or write", "Look at the disk and at the system's log."),
        Some(11 | 26) => (
            "it is no SQLite database, or it is damaged",
            "Put a backup back, or move it away: then the desk begins with an empty one.",
        ),
        Some(13) => ("its disk is full", "Make room and start again."),
        Some(3 | 14 | 23) => return not_reachable(file),
        _ => return (words_of(error), "Look at the disk and at the system's log.".to_owned()),
    };
    (why.to_owned(), mend.to_owned())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn not_writable(file: &Path) -> (String, String) {
    let why = "this user may read it and not write it, or its disk may only be read";
    (why.to_owned(), give_over(file))
}

/// Why the system refuses a file: SQLite does not say.
fn not_reachable(file: &Path) -> (String, String) {
    let folder = folder_of(file);
    if !folder.exists() {
        let mend = "Make it, or set RESOLUTE_DATA_DIR to the folder of the desk.";
        return (format!("there is no folder {}", folder.display()), mend.to_owned());
    }
    let why = match File::open(file).map_err(|error| error.kind()) {
        Err(ErrorKind::PermissionDenied) => "this user may not read it",
        Err(ErrorKind::NotFound) => "this user may not make it in its folder",
        Err(_) | Ok(_) => "this user may not write beside it",
    };
    (why.to_owned(), give_over(file))
}

fn give_over(file: &Path) -> String {
    format!(
        "Give the folder {} and all that lies in it to the user under which the desk runs, and look whether its disk can \
         be written.",
        folder_of(file).display()
    )
}

/// Why a server does not let the desk in, and what to do.
fn of_server(error: &sqlx::Error) -> (String, String) {
    let (why, mend) = match error {
        sqlx::Error::Io(error) => (of_network(error), LOOK),
        sqlx::Error::PoolTimedOut => ("it does not answer in time".to_owned(), LOOK),
        sqlx::Error::Tls(inner) => (
            format!("no protected connection comes about ({inner})"),
            "Look at the server's certificate and at sslmode in DATABASE_URL.",
        ),
        sqlx::Error::Database(inner) => match inner.code().as_deref() {
            Some("28P01") => {
                ("the server refused the user or the password".to_owned(), "Correct user and password in DATABASE_URL.")
            }
            Some("28000") => (
                "the server does not let this user in".to_owned(),
                "Correct the user in DATABASE_URL, or let it in at the server (pg_hba.conf).",
            ),
            Some("3D000") => (
                "the server has no database of this name".to_owned(),
                "Make it with `createdb`, or correct its name in DATABASE_URL.",
            ),
            _ => (words_of(error), "Look at the server's own log."),
        },
        _ => (words_of(error), LOOK),
    };
    (why, mend.to_owned())
}

fn of_network(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => "nothing answers there".to_owned(),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "the network does not reach it".to_owned()
        }
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof => {
            "the connection broke off".to_owned()
        }
        // A name that cannot be looked up has no kind of its own.
        _ if error.to_string().contains("lookup") => "there is no server of this name".to_owned(),
        _ => error.to_string(),
    }
}

/// What the database said, without the words that its driver puts before it.
fn words_of(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_without_its_password() {
        for (url, name) in [
            ("sqlite:///srv/desk/resolute.db", "the database /srv/desk/resolute.db"),
            ("sqlite://resolute.db?mode=ro", "the database resolute.db"),
            ("postgres://desk:hunter2@db.example/shop", "the database shop at db.example:5432"),
            ("postgresql://desk:hunter2@db.example:6432", "the database desk at db.example:6432"),
            ("postgres://desk:hunter2@%2Frun%2Fpostgresql/shop", "the database shop at /run/postgresql"),
            ("postgres://desk:hunter2@:port/shop", "the database"),
            ("mysql://desk:hunter2@db.example/shop", "the database"),
        ] {
            assert_eq!(name_of(url), name, "{url}");
        }
    }
}
