//! `resolute doctor`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::clock::Clock;
use crate::config::Config;
use crate::doctor::{self, Finding, State};

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// One JSON array instead of lines.
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// The exit code is 1 when something does not work.
    pub(super) async fn run(self, config: Option<&Path>) -> anyhow::Result<ExitCode> {
        let findings = match Config::load(config) {
            Ok(config) => Box::pin(doctor::examine(&super::at_its_address(config), &Clock::system())).await,
            Err(error) => vec![doctor::unreadable(&error)],
        };
        if self.json {
            super::say(&serde_json::to_string_pretty(&findings)?);
        } else {
            for finding in &findings {
                super::say(&line(finding));
            }
        }
        let bad = findings.iter().any(|finding| finding.state == State::Bad);
        Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn line(finding: &Finding) -> String {
    let Finding { check, state, words, mend } = finding;
    let word = match state {
        State::Ok => "ok  ",
        State::Warn => "warn",
        State::Bad => "bad ",
    };
    let mend = if mend.is_empty() { String::new() } else { format!("  -> {mend}") };
    format!("{word}  {check}: {words}{mend}").replace('\n', " ")
}
