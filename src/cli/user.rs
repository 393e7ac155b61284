//! `resolute user add|reset`

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::app::Desk;
use crate::credentials::{hash_password, new_token};
use crate::model::TeammateId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::teammate::Role;
use crate::store::{self, api_tokens, audit, sessions, teammates};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Adds a person and prints their first password.
    Add {
        /// Sign-in address.
        email: String,
        /// Name as shown.
        #[arg(long)]
        name: String,
        /// `teammate`, `manager` or `admin`.
        #[arg(long, default_value = "teammate")]
        role: Role,
    },
    /// Gives a person a new password, prints it, signs them out everywhere and ends their API tokens.
    Reset {
        /// Sign-in address.
        email: String,
    },
}

impl Command {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<()> {
        let password: String = new_token().chars().take(20).collect();
        let hash = hash_password(&password)?;
        let email = match self {
            Self::Add { email, name, role } => {
                add(desk, &email, name.trim(), role, &hash).await?;
                email
            }
            Self::Reset { email } => {
                reset(desk, &email, &hash).await?;
                email
            }
        };
        super::say(&format!("{} signs in with the password {password}", email.trim().to_lowercase()));
        Ok(())
    }
}

async fn add(desk: &Desk, email: &str, name: &str, role: Role, hash: &str) -> anyhow::Result<()> {
    anyhow::ensure!(email.contains('@'), "“{email}” is not a mail address");
    anyhow::ensure!(!name.is_empty(), "--name must not be empty: customers and teammates see it");
    let (id, now): (TeammateId, _) = (desk.clock.new_id(), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    match teammates::insert(&mut tx, id, email, name, role, hash, now).await {
        Err(store::Error::Duplicate) => anyhow::bail!("somebody signs in as {email} already; `resolute user reset`"),
        inserted => inserted?,
    }
    let act = about(id, AuditAction::AccountAdded, json!({ "role": role.as_str() }));
    audit::append(&mut tx, &act, now).await?;
    Ok(tx.commit().await?)
}

async fn reset(desk: &Desk, email: &str, hash: &str) -> anyhow::Result<()> {
    let found = teammates::find_credentials(&desk.db, email).await?;
    let id = found.context("nobody signs in with this address")?.teammate.id;
    let mut tx = desk.db.begin().await?;
    teammates::set_password(&mut tx, id, hash).await?;
    sessions::delete_of(&mut tx, id).await?;
    api_tokens::delete_of(&mut tx, id).await?;
    audit::append(&mut tx, &about(id, AuditAction::PasswordReset, json!({})), desk.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// What the operator did with an account.
fn about(id: TeammateId, action: AuditAction, details: serde_json::Value) -> Act<'static> {
    Act { actor: Actor::System, action, subject: (AuditSubject::Teammate, id.to_string()), brand: None, details }
}
