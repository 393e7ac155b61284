//! `resolute user add|reset`

use anyhow::Context as _;
use clap::Subcommand;

use crate::app::Desk;
use crate::credentials::{hash_password, new_token};
use crate::model::teammate::Role;
use crate::store::{sessions, teammates};

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
    /// Gives a person a new password, prints it, and signs them out everywhere.
    Reset {
        /// Sign-in address.
        email: String,
    },
}

impl Command {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<()> {
        let password: String = new_token().chars().take(20).collect();
        let hash = hash_password(&password)?;
        let mut tx = desk.db.begin().await?;
        let email = match self {
            Self::Add { email, name, role } => {
                let id = desk.clock.new_id();
                teammates::insert(&mut tx, id, &email, &name, role, &hash, desk.clock.now())
                    .await
                    .context("the person could not be added")?;
                email
            }
            Self::Reset { email } => {
                let found = teammates::find_credentials(&desk.db, &email).await?;
                let id = found.context("nobody signs in with this address")?.teammate.id;
                teammates::set_password(&mut tx, id, &hash).await?;
                sessions::delete_of(&mut tx, id).await?;
                email
            }
        };
        tx.commit().await?;
        super::say(&format!("{email} signs in with the password {password}"));
        Ok(())
    }
}
