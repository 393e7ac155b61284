//! A PostgreSQL server of a test's own, which it can stop and start again.
//!
//! A commit is in the hands of the system before it is acknowledged, so it outlives the server, though not the machine.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use channel_contract::testkit::skip;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use super::ports::lasting_port;

/// Where Debian keeps the versions of PostgreSQL.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The server; dropping it ends it and its data.
pub(crate) struct Server {
    programs: PathBuf,
    port: u16,
    process: Option<Child>,
    folder: TempDir,
}

impl Server {
    /// Starts a server without data; `None` (and a word why) where PostgreSQL is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skip("PostgreSQL is not installed (`bin/setup` installs it)");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self { programs, port: lasting_port(), process: None, folder };
        if is_root() {
            let given = Command::new("chown").arg("postgres").arg(server.folder.path()).status();
            assert!(given.expect("chown runs").success(), "the folder is given to PostgreSQL");
        }
        let mut initdb = server.command("initdb");
        initdb.args(["-D", "data", "-U", "resolute", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        let made = initdb.output().expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.run().await;
        Some(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The address of its first database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://resolute@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it at once, without a farewell to those who are connected.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may be gone already.
            let _ = Command::new("kill").args(["-QUIT", &process.id().to_string()]).status();
            let _ = process.wait();
        }
    }

    /// Runs it, and waits until it lets somebody in.
    pub(crate) async fn run(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).expect("the log opens");
        let mut postgres = self.command("postgres");
        postgres.args(["-D", "data", "-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        postgres.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off"]);
        postgres.stdout(log.try_clone().expect("the log opens")).stderr(log);
        self.process = Some(postgres.spawn().expect("postgres starts"));
        let begun = Instant::now();
        while let Err(error) = PgConnection::connect(&self.url()).await.map(drop) {
            let log = || std::fs::read_to_string(self.log()).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_mins(1), "PostgreSQL does not start: {error}\n{}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// One of its programs, in its folder. PostgreSQL refuses to run as root.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).ok()?.filter_map(Result::ok).map(|version| version.path());
    let newest = versions.filter(|version| version.join("bin/initdb").exists()).max_by_key(|version| number(version));
    Some(newest?.join("bin"))
}

fn number(version: &Path) -> Option<u32> {
    version.file_name()?.to_str()?.parse().ok()
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.trim_ascii() == b"0"
}
