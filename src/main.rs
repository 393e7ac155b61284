//! The `resolute` command.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// What SQLite allocates on its threads is freed on those of the server, which the system's allocator does under locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    // The parser of HTML warns of what it leaves undone with each hostile mail: nobody can do anything about it.
    let usual = || EnvFilter::new("info,sqlx=warn,html5ever=error");
    let filter = EnvFilter::try_from_env("RESOLUTE_LOG").unwrap_or_else(|_| usual());
    // A log that takes nothing, as on a full disk or behind a closed pipe, loses its lines and nothing else: to say so on
    // the same stream would end whoever had something to log.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a provider of cryptography is installed already");
    }
    // What customers write is nobody else's on this machine: database, log of writes and files are their owner's alone.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    Box::pin(resolute::cli::run()).await
}
