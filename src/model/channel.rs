//! A connected account.

use channel_contract::inbound::RawOrigin;
pub use channel_contract::{Capabilities, ChannelKind};

use super::former_secret::former_until;
use super::text_enum::text_enum;
use super::{BrandId, ChannelId, RawEventId, Ts};

text_enum! {
    /// Whether a channel works.
    ChannelState {
        /// It works.
        Connected = "connected",
        /// A person paused it: nothing is polled or sent.
        Paused = "paused",
        /// A person has to look: its credential was refused, or its platform says what is wrong. Replies are tried all the same.
        NeedsAttention = "needs_attention",
        /// Replies do not leave: the server for it is away. They wait; receiving goes on.
        SendingFails = "sending_fails",
    }
}

text_enum! {
    /// What a platform says of an account, by what it is about: the end of the one is not the end of the other.
    AccountTrouble {
        /// The access of the desk.
        Access = "access",
        /// Whether the account may send and receive.
        Suspension = "suspension",
        /// That the platform restricts it, or is going to.
        Warning = "warning",
        /// What is less than before while it works.
        Notice = "notice",
        /// What else a person should know.
        Note = "note",
        /// The templates that it lost.
        Templates = "templates",
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

/// What people call a kind of channel.
pub fn name_of(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => "Mail",
        ChannelKind::Whatsapp => "WhatsApp",
        ChannelKind::Messenger => "Messenger",
        ChannelKind::Instagram => "Instagram",
        ChannelKind::Amazon => "Amazon",
        ChannelKind::Ebay => "eBay",
        ChannelKind::Mirakl => "Marketplace",
        ChannelKind::LiveChat => "Live chat",
        ChannelKind::Telegram => "Telegram",
        ChannelKind::Line => "LINE",
        ChannelKind::Sms => "SMS",
        ChannelKind::Agent => "Outside agents",
    }
}

/// Whether it belongs to a marketplace, whose rules on what is written are narrow.
pub fn is_marketplace(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Amazon | ChannelKind::Ebay | ChannelKind::Mirakl)
}

/// Whether each message there names who reads it: whoever wrote in the same thread sees no other one.
pub fn names_its_readers(kind: ChannelKind) -> bool {
    kind == ChannelKind::Mirakl
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

/// Whether its messages are mails, which are fetched from a mailbox or handed on from one.
pub fn is_mailbox(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Email | ChannelKind::Amazon)
}

/// The channel that reads the same mailbox already, of whatever kind: two of them would answer every message twice.
pub fn twin<'a>(channels: &'a [Channel], address: &str, settings: &serde_json::Value) -> Option<&'a Channel> {
    channels.iter().find(|channel| reads_mailbox(channel, address, settings))
}

/// Whether a channel reads the mailbox of these settings.
pub fn reads_mailbox(channel: &Channel, address: &str, settings: &serde_json::Value) -> bool {
    let account = |settings: &serde_json::Value| {
        let part = |name: &str| Some(settings.get("imap")?.get(name)?.as_str()?.trim().to_lowercase());
        Some((part("host")?, part("user")?)).filter(|(host, user)| !host.is_empty() && !user.is_empty())
    };
    let (wanted, address) = (account(settings), address.trim());
    let is_address = !address.is_empty() && channel.address.trim().eq_ignore_ascii_case(address);
    is_address || (wanted.is_some() && account(&channel.settings.0) == wanted)
}

/// The mailbox through which letters of a brand leave: one that works, else one where they wait until it does; one that
/// is paused last.
pub fn letterbox(channels: &[Channel], brand: BrandId) -> Option<&Channel> {
    let of_brand = channels.iter().filter(|row| row.brand_id == brand && row.channel_kind() == ChannelKind::Email);
    of_brand.min_by_key(|row| match row.state {
        ChannelState::Connected => 0,
        ChannelState::SendingFails => 1,
        ChannelState::NeedsAttention => 2,
        ChannelState::Paused => 3,
    })
}

/// Whose word on its senders a mailbox goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderCheck<'a> {
    /// This server's: a person said so, or its provider is known to write it on every mail.
    By(&'a str),
    /// Nobody's yet: the newest mails carry this name, and a person has to say whether it is the mailbox's own server.
    Proposed(&'a str),
    /// Nobody's.
    Nobody,
}

impl Channel {
    /// Whose word on senders counts; `None` where senders are not checked by a mail server.
    pub fn sender_check(&self) -> Option<SenderCheck<'_>> {
        if self.channel_kind() != ChannelKind::Email {
            return None;
        }
        Some(match (self.setting("authserv_id"), self.setting("authserv_id_seen")) {
            ("", seen) if seen.is_empty() || seen == self.setting("authserv_id_refused") => SenderCheck::Nobody,
            ("", seen) => SenderCheck::Proposed(seen),
            (name, _) => SenderCheck::By(name),
        })
    }

    /// Until when the secret before the one in use counts, where there is one.
    pub fn former_until(&self) -> Ts {
        former_until(&self.settings.0)
    }

    /// A setting that is a text; `""` where there is none.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.0.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().trim()
    }

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
    /// `webhook`, `inbox`, `junk`, `sent`, `history`.
    pub origin: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Ts,
    /// Whether it was read and applied before, and is read for what was not known then.
    pub is_reread: bool,
}

/// The stored word of an origin.
pub fn origin_word(origin: RawOrigin) -> &'static str {
    match origin {
        RawOrigin::Webhook => "webhook",
        RawOrigin::Inbox => "inbox",
        RawOrigin::Junk => "junk",
        RawOrigin::Sent => "sent",
        RawOrigin::History => "history",
    }
}

/// The origin of a stored word; a word from elsewhere reads as the inbox.
pub fn origin_of(word: &str) -> RawOrigin {
    match word {
        "webhook" => RawOrigin::Webhook,
        "junk" => RawOrigin::Junk,
        "sent" => RawOrigin::Sent,
        "history" => RawOrigin::History,
        _ => RawOrigin::Inbox,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn channel(address: &str, settings: serde_json::Value) -> Channel {
        Channel {
            id: ChannelId(Uuid::from_u128(1)),
            brand_id: BrandId(Uuid::from_u128(2)),
            kind: "email".to_owned(),
            name: "Help".to_owned(),
            address: address.to_owned(),
            settings: sqlx::types::Json(settings),
            webhook_secret: String::new(),
            state: ChannelState::Connected,
            state_reason: String::new(),
            last_inbound_at: None,
            last_outbound_at: None,
        }
    }

    #[test]
    fn what_mails_propose_is_no_word_on_senders() {
        let check = |settings: serde_json::Value| format!("{:?}", channel("help@a.example", settings).sender_check());
        assert_eq!(check(json!({})), "Some(Nobody)");
        assert_eq!(check(json!({ "authserv_id": " ", "authserv_id_seen": "" })), "Some(Nobody)");
        assert_eq!(check(json!({ "authserv_id_seen": "mx.a" })), "Some(Proposed(\"mx.a\"))");
        assert_eq!(check(json!({ "authserv_id_seen": "mx.a", "authserv_id_refused": "mx.a" })), "Some(Nobody)");
        assert_eq!(check(json!({ "authserv_id": "mx.b", "authserv_id_seen": "mx.a" })), "Some(By(\"mx.b\"))");
        let chat = Channel { kind: "live_chat".to_owned(), ..channel("shop.example", json!({})) };
        assert_eq!(chat.sender_check(), None);
    }

    #[test]
    fn one_mailbox_is_one_channel() {
        let imap = |host: &str, user: &str| json!({ "imap": { "host": host, "user": user } });
        let known = [channel("help@a.example", imap("imap.a.example", "help"))];
        assert!(twin(&known, " Help@A.example", &json!({})).is_some());
        assert!(
            twin(&known, "info@a.example", &imap("IMAP.a.example", "help")).is_some(),
            "an alias of the same account"
        );
        assert!(twin(&known, "info@a.example", &imap("imap.a.example", "info")).is_none());
        let webhooks = [channel("help@a.example", json!({}))];
        assert!(twin(&webhooks, "info@a.example", &json!({})).is_none());
        let unnamed = [channel("", json!({}))];
        assert!(twin(&unnamed, " ", &json!({})).is_none(), "nothing names it");
    }

    #[test]
    fn letters_leave_through_the_mailbox_that_works_best() {
        let one = |address: &str, state| Channel { state, ..channel(address, json!({})) };
        let chat = Channel { kind: "live_chat".to_owned(), ..one("chat", ChannelState::Connected) };
        let foreign = Channel { brand_id: BrandId(Uuid::from_u128(3)), ..one("foreign", ChannelState::Connected) };
        let mut all = vec![chat, foreign];
        let brand = BrandId(Uuid::from_u128(2));
        assert!(letterbox(&all, brand).is_none());
        for state in
            [ChannelState::Paused, ChannelState::NeedsAttention, ChannelState::SendingFails, ChannelState::Connected]
        {
            all.push(one(state.as_str(), state));
            assert_eq!(letterbox(&all, brand).map(|found| found.address.as_str()), Some(state.as_str()));
        }
        all.push(one("another", ChannelState::Connected));
        assert_eq!(letterbox(&all, brand).map(|found| found.address.as_str()), Some("connected"));
    }
}
