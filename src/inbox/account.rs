//! What a platform says of the account itself: whether it works is shown where people look at the channel.

use channel_contract::inbound::AccountChange;
use serde_json::json;

use crate::clock::Clock;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::channel::{Channel, ChannelState};
use crate::model::event::EventKind;
use crate::store::intake::{self, NewEvent};
use crate::store::{self, Tx, audit, channels};

/// News of the account of a channel.
#[derive(Clone, Debug)]
pub struct News {
    /// The channel, as it was when they came.
    pub channel: Channel,
    /// What they mean for the connection.
    pub what: AccountChange,
    /// What happened, in words for a person.
    pub words: String,
}

/// Applies them in their order. A channel that a person paused stays so.
pub(super) async fn apply(clock: &Clock, tx: &mut Tx, all: &[News]) -> store::Result<()> {
    for news in all {
        let id = news.channel.id;
        let after = match news.what {
            AccountChange::Reconnect | AccountChange::Suspended => Some(ChannelState::NeedsAttention),
            AccountChange::Restored => Some(ChannelState::Connected),
            AccountChange::Restricted | AccountChange::Note | AccountChange::Templates => None,
        };
        let reason = if after == Some(ChannelState::NeedsAttention) { news.words.as_str() } else { "" };
        let state_changed = match after {
            Some(state) => channels::set_state(tx, id, state, reason).await?,
            None => false,
        };
        match news.what {
            AccountChange::Restricted | AccountChange::Note => channels::set_account_news(tx, id, &news.words).await?,
            AccountChange::Restored => channels::set_account_news(tx, id, "").await?,
            AccountChange::Reconnect | AccountChange::Suspended | AccountChange::Templates => {}
        }
        if let Some(state) = after.filter(|_| state_changed) {
            note_state(clock, tx, &news.channel, state).await?;
        }
        let event = NewEvent {
            id: clock.new_id(),
            brand_id: news.channel.brand_id,
            conversation_id: None,
            kind: EventKind::ChannelChanged,
            actor: "system".to_owned(),
            data: json!({ "channel": id.to_string(), "news": news.what }),
            at: clock.now(),
        };
        intake::insert_events(tx, &[event]).await?;
    }
    Ok(())
}

async fn note_state(clock: &Clock, tx: &mut Tx, channel: &Channel, after: ChannelState) -> store::Result<()> {
    let act = Act {
        actor: Actor::System,
        action: AuditAction::ChannelChanged,
        subject: (AuditSubject::Channel, channel.id.to_string()),
        brand: Some(channel.brand_id),
        details: json!({
            "name": channel.name, "before": channel.state.as_str(), "after": after.as_str(), "said_by": "the platform",
        }),
    };
    audit::append(tx, &act, clock.now()).await
}
