//! Arguments and exit codes; one file a subcommand.

mod audit;
mod backup;
mod channel;
mod doctor;
mod eval;
mod files;
mod migrate;
mod parse_mail;
mod parse_webhook;
mod serve;
mod token;
mod train;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::app::Desk;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Db;

/// The support desk for shops that sell on many channels.
#[derive(Debug, Parser)]
#[command(name = "resolute", version)]
pub struct Arguments {
    /// The configuration file; `resolute.toml` here if it is there.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the desk.
    Serve(serve::Serve),
    /// Brings the tables up to date.
    Migrate,
    /// People on staff.
    User {
        #[command(subcommand)]
        command: user::Command,
    },
    /// Connected accounts.
    Channel {
        #[command(subcommand)]
        command: channel::Command,
    },
    /// Tokens for programs.
    Token {
        #[command(subcommand)]
        command: token::Command,
    },
    /// Checks everything that the desk needs, and says how to mend what does not work.
    Doctor(doctor::Doctor),
    /// Copies database and files into one archive, while the desk runs.
    Backup(backup::Backup),
    /// Restores an archive into an empty data folder and database.
    Restore(backup::Restore),
    /// The log of who did what.
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Runs the agent's parts over files of cases, or over what it looked at on this desk.
    Eval {
        #[command(subcommand)]
        command: eval::Command,
    },
    /// Makes the model that the built-in engine ships with.
    Train {
        #[command(subcommand)]
        command: train::Command,
    },
    /// Prints what each mail says, one JSON object a line.
    ParseMail {
        /// Mail files.
        files: Vec<PathBuf>,
    },
    /// Prints the events of each stored webhook, one JSON object a line.
    ParseWebhook(parse_webhook::Args),
}

/// Runs the command line; failures are one sentence on standard error.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match Box::pin(execute(arguments)).await {
        Ok(code) => code,
        Err(error) => {
            tracing::debug!(?error, "the command failed");
            say_error(&in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// What failed and why. What a failure tells of its cause already is not said again.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !words.contains(&cause) {
            words.push_str(": ");
            words.push_str(&cause);
        }
    }
    words
}

async fn execute(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::ParseMail { files } => parse_mail::run(&files)?,
        Command::ParseWebhook(args) => parse_webhook::run(&args)?,
        Command::Eval { command } => command.run(arguments.config.as_deref()).await?,
        Command::Train { command } => command.run()?,
        Command::Doctor(doctor) => return doctor.run(arguments.config.as_deref()).await,
        command => return Box::pin(with_config(command, Config::load(arguments.config.as_deref())?)).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn with_config(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(serve) => serve.run(config).await?,
        Command::Migrate => migrate::run(&config).await?,
        Command::User { command } => command.run(&open(config).await?).await?,
        Command::Channel { command } => command.run(&open_running(config).await?).await?,
        Command::Token { command } => command.run(&open_running(config).await?).await?,
        Command::Backup(backup) => backup.run(&config).await?,
        Command::Restore(restore) => restore.run(&config).await?,
        Command::Audit { command } => return command.run(&config).await,
        Command::Doctor(_)
        | Command::ParseMail { .. }
        | Command::ParseWebhook(_)
        | Command::Eval { .. }
        | Command::Train { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(config: Config) -> anyhow::Result<Desk> {
    Desk::open(config, Clock::system()).await
}

/// Where the demo keeps its data.
const DEMO: &str = "resolute-demo";
/// Where a desk says how it is reached, for commands beside it.
const ADDRESS: &str = "address";

/// The desk that runs here, with its data and its address: nothing is made. Without a desk in the usual folder it is the
/// demo.
async fn open_running(config: Config) -> anyhow::Result<Desk> {
    let config = beside_running(config);
    if let Some(file) = config.database_file() {
        anyhow::ensure!(
            file.exists(),
            "there is no desk at {}. Start one with `resolute serve`, or name its folder with RESOLUTE_DATA_DIR",
            config.data_dir.display()
        );
        tell(&format!("The desk keeps its data in {}.", config.data_dir.display()));
    }
    open(config).await
}

fn beside_running(mut config: Config) -> Config {
    let is_there = |config: &Config| config.database_file().is_none_or(|file| file.exists());
    if config.data_dir == Config::default().data_dir && !is_there(&config) {
        let demo = Config { data_dir: DEMO.into(), ..config.clone() };
        config = if is_there(&demo) { demo } else { config };
    }
    at_its_address(config)
}

/// With the address at which the desk with this data listens, or did last: it may have been started with another one than
/// is configured.
fn at_its_address(mut config: Config) -> Config {
    let kept = std::fs::read_to_string(config.data_dir.join(ADDRESS)).ok();
    if let Some(listen) = kept.and_then(|kept| kept.trim().parse().ok()) {
        config.listen = listen;
    }
    config
}

/// Says where the web server of a desk listens.
fn keep_address(config: &Config) -> anyhow::Result<()> {
    let path = config.data_dir.join(ADDRESS);
    std::fs::write(&path, config.listen.to_string()).with_context(|| format!("{} cannot be written", path.display()))
}

/// The store as it is: nothing is made and no table is changed.
async fn open_store(config: &Config) -> anyhow::Result<Db> {
    if let Some(file) = config.database_file() {
        anyhow::ensure!(file.exists(), "there is no database at {}; set RESOLUTE_DATA_DIR", file.display());
    }
    Ok(Db::connect(&config.database()).await?)
}

/// A step of long work, for the person who waits.
#[expect(clippy::print_stderr, reason = "progress goes to standard error")]
fn tell(step: &str) {
    eprintln!("{step}");
}

/// A line for the person or program that called.
#[expect(clippy::print_stdout, reason = "the answer of a command goes to standard output")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "the failure of a command goes to standard error")]
fn say_error(line: &str) {
    eprintln!("resolute: {line}");
}
