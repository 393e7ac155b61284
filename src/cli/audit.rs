//! `resolute audit verify`

use std::process::ExitCode;

use clap::Subcommand;

use crate::config::Config;
use crate::store::audit;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Follows the audit log from its first entry to its last; the exit code is 1 when it does not hold.
    Verify,
}

impl Command {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let Self::Verify = self;
        let db = super::open_store(config).await?;
        let verdict = audit::verify(&db).await?;
        db.close().await;
        let count = verdict.chain.seq;
        if let Some(flaw) = verdict.flaw {
            super::say(&format!("The audit log does not hold: {}. {count} entries before it hold.", flaw.words));
            return Ok(ExitCode::FAILURE);
        }
        super::say(&format!("The audit log holds: {count} entries, the last with the hash"));
        super::say(&hex::encode(verdict.chain.hash));
        Ok(ExitCode::SUCCESS)
    }
}
