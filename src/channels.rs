//! The registry of channels: the only file that names adapter crates.

use std::sync::Arc;

use channel_contract::failure::ParseError;
use channel_contract::{ChannelKind, MessageChannel};
use channel_email::settings::Secret;
use channel_email::{EmailChannel, EmailSettings};
use channel_live_chat::{LiveChat, LiveChatSettings};
use serde_json::Value;

pub use channel_contract::listing::Listed;
pub use channel_email::MOST_FILES as MOST_MAILED;
pub use channel_email::key::external_id as mail_key;
pub use channel_email::report::report as mail_report;
pub use channel_email::settings::certain_authserv_id;
pub use channel_live_chat as live_chat;

use crate::model::channel::Channel;

/// A channel whose settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The settings have another form than the adapter needs.
    #[error("the settings of this channel cannot be read: {0}")]
    Settings(String),
    /// This version has no adapter for the kind.
    #[error("this version has no adapter for {0}")]
    NoAdapter(ChannelKind),
    /// No webhooks of this name are read here.
    #[error("this version reads no webhooks of “{0}”")]
    NoReader(String),
}

/// Builds the adapter of a channel. `secrets` is the opened JSON object of its secret settings; the adapter sees both
/// as one.
pub fn build(channel: &Channel, secrets: &Value) -> Result<Arc<dyn MessageChannel>, BuildError> {
    let settings = joined(&channel.settings.0, secrets);
    match channel.channel_kind() {
        ChannelKind::Email => {
            let mut settings: EmailSettings =
                serde_json::from_value(settings).map_err(|error| BuildError::Settings(error.to_string()))?;
            settings.channel_id = channel.id.to_string();
            settings.webhook_secret = Secret::new(&channel.webhook_secret);
            Ok(Arc::new(EmailChannel::new(settings)))
        }
        ChannelKind::LiveChat => Ok(build_chat(channel, secrets)?),
        kind => Err(BuildError::NoAdapter(kind)),
    }
}

/// Reads the body of a webhook and lists its events.
pub type Reader = fn(&[u8]) -> Result<Vec<Listed>, ParseError>;

/// What reads the webhooks of a platform, by the platform's name on the command line.
pub fn reader(platform: &str) -> Result<Reader, BuildError> {
    Ok(match platform {
        "ebay" => channel_ebay::list,
        "instagram" | "messenger" => channel_meta::list,
        "messagebird" => channel_sms::list_messagebird,
        "mirakl" => channel_mirakl::list,
        "telegram" => channel_telegram::list,
        "twilio" => channel_sms::list_twilio,
        "whatsapp" => channel_whatsapp::list,
        other => return Err(BuildError::NoReader(other.to_owned())),
    })
}

/// Builds the chat of a channel with what the widget needs beyond the adapter's contract.
pub fn build_chat(channel: &Channel, secrets: &Value) -> Result<Arc<LiveChat>, BuildError> {
    let settings = joined(&channel.settings.0, secrets);
    let mut settings: LiveChatSettings =
        serde_json::from_value(settings).map_err(|error| BuildError::Settings(error.to_string()))?;
    settings.channel_id = channel.id.to_string();
    Ok(Arc::new(LiveChat::new(settings)))
}

/// Two JSON objects as one, the second on top, nested objects joined too.
pub fn joined(below: &Value, above: &Value) -> Value {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            let mut all = below.clone();
            for (key, value) in above {
                let under = all.get(key).cloned().unwrap_or(Value::Null);
                all.insert(key.clone(), joined(&under, value));
            }
            Value::Object(all)
        }
        (below, Value::Null) => below.clone(),
        (_, above) => above.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::joined;

    #[test]
    fn secrets_join_their_settings_at_every_depth() {
        let settings = json!({ "imap": { "host": "mail.example", "password": "" }, "address": "a@b.example" });
        let secrets = json!({ "imap": { "password": "pass" } });
        assert_eq!(
            joined(&settings, &secrets),
            json!({ "imap": { "host": "mail.example", "password": "pass" }, "address": "a@b.example" })
        );
        assert_eq!(joined(&settings, &serde_json::Value::Null), settings);
    }
}
