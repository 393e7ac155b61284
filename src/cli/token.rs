//! `resolute token create`

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::app::Desk;
use crate::credentials::{new_token, token_hash};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::store::{api_tokens, audit, teammates};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes an API token and prints it once.
    Create {
        /// On whose behalf it acts.
        #[arg(long)]
        user: String,
        /// What it may do; `all` is everything that the person may.
        #[arg(long, default_value = "all")]
        scope: String,
    },
}

impl Command {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<()> {
        let Self::Create { user, scope } = self;
        anyhow::ensure!(scope == "all", "the only scope so far is `all`");
        let owner = teammates::find_credentials(&desk.db, &user).await?.context("nobody signs in with this address")?;
        let token = new_token();
        anyhow::ensure!(owner.teammate.disabled_at.is_none(), "this person may no longer sign in");
        let (id, now) = (owner.teammate.id, desk.clock.now());
        let mut tx = desk.db.begin().await?;
        api_tokens::insert(&mut tx, &token_hash(&token), id, &scope, now).await?;
        let act = Act {
            actor: Actor::System,
            action: AuditAction::TokenCreated,
            subject: (AuditSubject::Teammate, id.to_string()),
            brand: None,
            details: json!({ "scope": scope }),
        };
        audit::append(&mut tx, &act, now).await?;
        tx.commit().await?;
        super::say(&token);
        Ok(())
    }
}
