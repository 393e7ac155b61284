//! Arguments and exit codes; one file a subcommand.

mod channel;
mod eval;
mod files;
mod migrate;
mod parse_mail;
mod serve;
mod token;
mod train;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::Desk;
use crate::clock::Clock;
use crate::config::Config;

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
    /// Runs the agent's parts over files of cases.
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
}

/// Runs the command line; failures are one sentence on standard error.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match Box::pin(execute(arguments)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!(?error, "the command failed");
            say_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn execute(arguments: Arguments) -> anyhow::Result<()> {
    match &arguments.command {
        Command::ParseMail { files } => return parse_mail::run(files),
        Command::Eval { command } => return command.run(),
        Command::Train { command } => return command.run(),
        _ => {}
    }
    let config = Config::load(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve(serve) => serve.run(config).await,
        Command::Migrate => migrate::run(config).await,
        Command::User { command } => command.run(&open(config).await?).await,
        Command::Channel { command } => command.run(&open(config).await?).await,
        Command::Token { command } => command.run(&open(config).await?).await,
        Command::ParseMail { .. } | Command::Eval { .. } | Command::Train { .. } => Ok(()),
    }
}

async fn open(config: Config) -> anyhow::Result<Desk> {
    Desk::open(config, Clock::system()).await
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
