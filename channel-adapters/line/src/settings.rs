//! What a person sets up for one account.

use channel_contract::failure::ChannelFailure;
use channel_contract::http;
pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

/// One official account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineSettings {
    /// The channel's id.
    pub channel_id: String,
    /// Where the platform's API is.
    pub api_url: String,
    /// Where the platform keeps what customers send.
    pub data_url: String,
    /// The version of both.
    pub api_version: String,
    /// Where the platform sends what customers write, `""`: not looked at.
    pub webhook_url: String,
    /// What customers find the account by, `@…`; `""`: not looked at.
    pub basic_id: String,
    /// What calls are made with.
    pub access_token: Secret,
    /// What webhooks are signed with.
    pub channel_secret: Secret,
    /// The one before, which counts until it is taken out.
    pub former_channel_secret: Secret,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            api_url: "https://api.line.me".to_owned(),
            data_url: "https://api-data.line.me".to_owned(),
            api_version: "v2".to_owned(),
            webhook_url: String::new(),
            basic_id: String::new(),
            access_token: Secret::default(),
            channel_secret: Secret::default(),
            former_channel_secret: Secret::default(),
        }
    }
}

impl LineSettings {
    /// The secrets that a webhook may be signed with.
    pub(crate) fn signing_secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.channel_secret, &self.former_channel_secret].into_iter().filter(|secret| !secret.is_empty())
    }

    /// Where something of the account is asked for.
    pub(crate) fn url(&self, path: &[&str]) -> Result<Url, ChannelFailure> {
        self.below(&self.api_url, path)
    }

    /// Where what came with a message is asked for.
    pub(crate) fn content_url(&self, message: &str, of_it: &[&str]) -> Result<Url, ChannelFailure> {
        self.below(&self.data_url, &[&["message", message, "content"], of_it].concat())
    }

    fn below(&self, address: &str, path: &[&str]) -> Result<Url, ChannelFailure> {
        http::below(address, &[&[self.api_version.as_str(), "bot"], path].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_stored_and_not_printed() {
        let settings = LineSettings {
            access_token: Secret::new("a-word"),
            channel_secret: Secret::new("b-word"),
            former_channel_secret: Secret::new("c-word"),
            ..LineSettings::default()
        };
        let printed = format!("{settings:?}");
        assert!(!printed.contains("-word"), "{printed}");
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<LineSettings>(&stored).unwrap(), settings);
    }

    #[test]
    fn addresses_are_made_of_the_settings() {
        let settings = LineSettings { data_url: "http://127.0.0.1:9/".to_owned(), ..LineSettings::default() };
        assert_eq!(settings.url(&["message", "push"]).unwrap().as_str(), "https://api.line.me/v2/bot/message/push");
        let content = settings.content_url("77", &[]).unwrap();
        assert_eq!(content.as_str(), "http://127.0.0.1:9/v2/bot/message/77/content");
        for id in ["", "..", "."] {
            assert!(settings.content_url(id, &["transcoding"]).is_err(), "{id}");
        }
    }
}
