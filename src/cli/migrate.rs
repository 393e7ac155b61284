//! `resolute migrate`

use anyhow::Context as _;

use crate::config::Config;
use crate::store::unopened::name_of;
use crate::store::{Db, backup};

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data folder {} cannot be made", config.data_dir.display()))?;
    let url = config.database();
    let db = Db::open(&url).await?;
    let before = backup::schema(&db).await?;
    db.migrate().await.with_context(|| format!("{} cannot be used", name_of(&url)))?;
    let after = backup::schema(&db).await?;
    db.close().await;
    super::say(&match before {
        before if before == after => format!("The tables are up to date, at version {after}."),
        before => format!("The tables were brought from version {before} to version {after}."),
    });
    Ok(())
}
