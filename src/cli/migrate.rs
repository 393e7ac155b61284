//! `resolute migrate`

use crate::app::{bring_up_to_date, open_db};
use crate::config::Config;
use crate::store::backup;
use crate::store::search::rebuild;

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let db = open_db(config).await?;
    let before = backup::schema(&db).await?;
    bring_up_to_date(&db, config).await?;
    let after = backup::schema(&db).await?;
    let gap = rebuild::find_gap(&db).await?;
    db.close().await;
    super::say(&match before {
        before if before == after => format!("The tables are up to date, at version {after}."),
        before => format!("The tables were brought from version {before} to version {after}."),
    });
    if gap.is_some() {
        super::say("The search index is rebuilt while the desk runs; until then older messages may not be found.");
    }
    Ok(())
}
