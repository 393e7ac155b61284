//! `resolute channel list`

use clap::Subcommand;
use serde_json::json;

use crate::app::Desk;
use crate::channels::guide_of;
use crate::model::channel::{Channel, ChannelKind};
use crate::store::channels;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prints each channel with its state and its webhook address, if it has one.
    List {
        /// One JSON array instead of lines.
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    pub(super) async fn run(self, desk: &Desk) -> anyhow::Result<()> {
        let Self::List { json } = self;
        let channels = channels::list(&desk.db).await?;
        if json {
            let rows: Vec<_> = channels.iter().map(|channel| as_json(desk, channel)).collect();
            super::say(&serde_json::to_string_pretty(&rows)?);
            return Ok(());
        }
        if channels.is_empty() {
            super::say("No channel is connected yet. Connect one at /channels.");
        }
        for channel in &channels {
            super::say(&format!("{}  {}  {}  {}", channel.kind, channel.name, channel.address, channel.state));
            if let Some(address) = webhook_address(desk, channel) {
                super::say(&format!("    {address}"));
            }
        }
        Ok(())
    }
}

fn as_json(desk: &Desk, channel: &Channel) -> serde_json::Value {
    json!({
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "address": channel.address,
        "state": channel.state,
        "state_reason": channel.state_reason,
        "webhook": webhook_address(desk, channel),
    })
}

/// Where the platform pushes to, with the secret. Platforms that sign what they push have none in the address: some of them
/// sign that, too. Nothing is pushed to a chat: its visitors come in by their own door.
fn webhook_address(desk: &Desk, channel: &Channel) -> Option<String> {
    if channel.channel_kind() == ChannelKind::LiveChat {
        return None;
    }
    let base = desk.config.public_address();
    let address = format!("{base}/webhooks/{}/{}", channel.kind, channel.id);
    let is_signed = guide_of(channel).is_some_and(|guide| guide.webhook.is_some());
    Some(if is_signed { address } else { format!("{address}?secret={}", channel.webhook_secret) })
}
