//! The built program as a process of its own, which can be killed and started again.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::Client;
use super::ports::free_port;

/// How to start the program.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) program: PathBuf,
    pub(crate) data_dir: PathBuf,
    /// `""` for the SQLite file in the data folder.
    pub(crate) database_url: String,
    pub(crate) port: u16,
    /// Further settings as environment variables.
    pub(crate) environment: Vec<(String, String)>,
}

impl Launch {
    /// The built program on SQLite in this folder, on a port of its own.
    pub(crate) fn of(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            program: built().to_owned(),
            data_dir: data_dir.into(),
            database_url: String::new(),
            port: free_port(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Starts the program; it may not answer yet.
    pub(crate) fn start(&self) -> Program {
        self.start_with(&[])
    }

    /// Starts the program with further arguments, such as `--demo`.
    pub(crate) fn start_with(&self, arguments: &[&str]) -> Program {
        self.run(Command::new(&self.program), arguments)
    }

    /// Starts the program from a shell that does something first, such as `trap '' XFSZ`, and then becomes the program.
    pub(crate) fn start_after(&self, first: &str) -> Program {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]).arg(&self.program);
        self.run(shell, &[])
    }

    fn run(&self, mut command: Command, arguments: &[&str]) -> Program {
        let log = std::fs::File::options().create(true).append(true).open(self.log()).expect("the log opens");
        // What the tests are told by such variables is no setting of the program.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("RESOLUTE_")) {
            command.env_remove(name);
        }
        let child = command
            .args(["serve", "--listen", &self.address().to_string()])
            .args(arguments)
            .current_dir(&self.data_dir)
            .env("RESOLUTE_DATA_DIR", &self.data_dir)
            .env("RESOLUTE_UNDO_SECONDS", "0")
            .env("RESOLUTE_AGENT_DEBOUNCE_MS", "0")
            .env("RESOLUTE_LOG", "warn")
            .env("DATABASE_URL", &self.database_url)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        Program { child, address: self.address() }
    }

    /// What the program wrote to its log, over all its lives.
    pub(crate) fn log(&self) -> PathBuf {
        self.data_dir.join("test.log")
    }
}

/// A running program; dropping it kills it.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the program says that it is ready; gives how long that took.
    pub(crate) async fn ready(&mut self) -> Duration {
        let begun = Instant::now();
        loop {
            if let Ok(answer) = Client::new(self.address).get("/health/ready").await
                && answer.status == 200
            {
                return begun.elapsed();
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the program ended: {status}");
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "the program does not get ready");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// SIGKILL: no farewell.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the program is killed");
        self.child.wait().expect("the program is gone");
    }

    /// Processor time so far, all threads.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        // Behind the name, which may hold anything but is in brackets.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |place: usize| fields.get(place).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Resident memory in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program that cargo built beside a test or benchmark.
pub(crate) fn built() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_resolute"))
}
