//! Sends by mail what nobody looked at in the chat.

use super::{Claimed, JobError};
use crate::inbox::chat::mail_unseen;

pub(super) async fn run(claimed: &Claimed<'_>) -> Result<(), JobError> {
    claimed.finish_and_deliver(mail_unseen(&claimed.desk.inbox(), claimed.field("conversation")?).await).await
}
