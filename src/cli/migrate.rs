//! `resolute migrate`

use anyhow::Context as _;

use crate::config::Config;
use crate::store::{Db, backup};

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
    let db = Db::connect(&config.database()).await.context("the database cannot be opened")?;
    let before = backup::schema(&db).await?;
    db.migrate().await?;
    let after = backup::schema(&db).await?;
    db.close().await;
    super::say(&match before {
        before if before == after => format!("The tables are up to date, at version {after}."),
        before => format!("The tables were brought from version {before} to version {after}."),
    });
    Ok(())
}
