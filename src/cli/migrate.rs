//! `resolute migrate`

use crate::config::Config;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    super::open(config).await?;
    super::say("The tables are up to date.");
    Ok(())
}
