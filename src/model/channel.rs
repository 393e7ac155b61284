//! A connected account.

use channel_contract::inbound::RawOrigin;
pub use channel_contract::{Capabilities, ChannelKind};

use super::text_enum::text_enum;
use super::{BrandId, ChannelId, RawEventId, Ts};

text_enum! {
    /// Whether a channel works.
    ChannelState {
        /// It works.
        Connected = "connected",
        /// A person paused it: nothing is polled or sent.
        Paused = "paused",
        /// The credential was refused: a person must connect it again. Messages wait.
        NeedsAttention = "needs_attention",
    }
}

text_enum! {
    /// What became of stored raw bytes.
    RawState {
        /// Stored, not read yet.
        Received = "received",
        /// Read and applied.
        Processed = "processed",
        /// Could not be read; kept for a person.
        Quarantined = "quarantined",
    }
}

/// A connected account. Secrets are not part of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Channel {
    /// Id.
    pub id: ChannelId,
    /// Whose it is.
    pub brand_id: BrandId,
    /// `email`, `whatsapp`, ...
    pub kind: String,
    /// Name as shown.
    pub name: String,
    /// The address or account.
    pub address: String,
    /// The adapter's settings without secrets.
    pub settings: sqlx::types::Json<serde_json::Value>,
    /// The secret part of the webhook address.
    pub webhook_secret: String,
    /// Whether it works.
    pub state: ChannelState,
    /// Why not, in words.
    pub state_reason: String,
    /// The last message in.
    pub last_inbound_at: Option<Ts>,
    /// The last message out.
    pub last_outbound_at: Option<Ts>,
}

impl Channel {
    /// The kind as a closed set; a kind that this version does not know reads as the agent channel.
    pub fn channel_kind(&self) -> ChannelKind {
        self.kind.parse().unwrap_or(ChannelKind::Agent)
    }
}

/// Stored raw bytes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct RawEvent {
    /// Id.
    pub id: RawEventId,
    /// Where it came in.
    pub channel_id: ChannelId,
    /// The platform's key of the delivery.
    pub external_id: String,
    /// `webhook`, `inbox`, `junk`, `sent`.
    pub origin: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Ts,
}

/// The stored word of an origin.
pub fn origin_word(origin: RawOrigin) -> &'static str {
    match origin {
        RawOrigin::Webhook => "webhook",
        RawOrigin::Inbox => "inbox",
        RawOrigin::Junk => "junk",
        RawOrigin::Sent => "sent",
    }
}

/// The origin of a stored word; a word from elsewhere reads as the inbox.
pub fn origin_of(word: &str) -> RawOrigin {
    match word {
        "webhook" => RawOrigin::Webhook,
        "junk" => RawOrigin::Junk,
        "sent" => RawOrigin::Sent,
        _ => RawOrigin::Inbox,
    }
}
