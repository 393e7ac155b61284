//! Tells a customer when people are back.

use super::{Claimed, JobError};
use crate::inbox::away::tell;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    claimed.finish_and_deliver(tell(&claimed.desk.inbox(), claimed.field("conversation")?).await).await
}
