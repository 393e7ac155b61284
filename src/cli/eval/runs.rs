//! `resolute eval runs`: whether what the agent looked at still comes to the same.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::cli::{beside_running, open_store, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs::kept_runs::Repeater;
use crate::model::{AgentRunId, Ts};
use crate::store::run_inputs::{self, Listed};

/// Runs that are listed at once.
const PAGE: i64 = 200;

/// Repeats all runs that are kept, or those of the last days: a line for each that comes to something else, and the count.
pub(super) async fn repeat(config: Option<&Path>, days: Option<u32>) -> anyhow::Result<()> {
    let config = beside_running(Config::load(config)?);
    let (db, clock) = (open_store(&config).await?, Clock::system());
    let since = days.map_or(Ts(0), |days| clock.now().minus(Duration::from_hours(24 * u64::from(days))));
    let mut behind = (since, AgentRunId(Uuid::nil()));
    let mut repeater = Repeater::default();
    let (mut all, mut same) = (0_u64, 0_u64);
    loop {
        let listed = run_inputs::list_behind(&db, behind, PAGE).await?;
        let Some(last) = listed.last() else { break };
        behind = (last.taken_at, last.run_id);
        for run in &listed {
            all += 1;
            match repeater.repeat(&db, &clock, run).await {
                Ok(differences) if differences.is_empty() => same += 1,
                Ok(differences) => say_of(run, "differs", &json!(differences)),
                Err(error) => say_of(run, "not_repeated", &json!(error.to_string())),
            }
        }
    }
    db.close().await;
    say(&json!({ "runs": all, "same": same }).to_string());
    anyhow::ensure!(same == all, "{} of {all} runs did not come to the same", all - same);
    Ok(())
}

fn say_of(run: &Listed, what: &str, why: &serde_json::Value) {
    say(&json!({ "run": run.run_id, "conversation": run.number, what: why }).to_string());
}
