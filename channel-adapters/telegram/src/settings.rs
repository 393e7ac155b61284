//! What a person sets up for one bot.

use channel_contract::failure::ChannelFailure;
use channel_contract::http;
pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

/// One bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TelegramSettings {
    /// The channel's id.
    pub channel_id: String,
    /// The bot's name as customers find it, `""`: not held against the token.
    pub bot: String,
    /// Where the platform's API is.
    pub api_url: String,
    /// Where the platform sends what customers write, `""`: not looked at.
    pub webhook_url: String,
    /// What the bot signs in with, as its maker gave it: `123456:ABC…`.
    pub token: Secret,
    /// What every webhook carries: 1 to 256 letters, digits, `_` and `-`.
    pub webhook_secret: Secret,
    /// The one before, which counts until it is taken out.
    pub former_webhook_secret: Secret,
    /// The Telegram id of the business account that the bot answers for; `""`: for none, and what comes of any is left out.
    pub business_user: String,
    /// The connections to such an account as far as they are known, `account:connection`; the adapter finds them by itself.
    pub business_connections: Vec<String>,
}

impl Default for TelegramSettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            bot: String::new(),
            api_url: "https://api.telegram.org".to_owned(),
            webhook_url: String::new(),
            token: Secret::default(),
            webhook_secret: Secret::default(),
            former_webhook_secret: Secret::default(),
            business_user: String::new(),
            business_connections: Vec::new(),
        }
    }
}

impl TelegramSettings {
    /// The secrets that a webhook may carry.
    pub(crate) fn webhook_secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.webhook_secret, &self.former_webhook_secret].into_iter().filter(|secret| !secret.is_empty())
    }

    /// Where a method is called. Holds the token.
    pub(crate) fn method_url(&self, method: &str) -> Result<Url, ChannelFailure> {
        http::below(&self.api_url, &[&self.signed_in(), method])
    }

    /// Where a file lies. Holds the token. No path leads out of its place.
    pub(crate) fn file_url(&self, path: &str) -> Result<Url, ChannelFailure> {
        let bot = self.signed_in();
        let parts: Vec<&str> = ["file", &bot].into_iter().chain(path.split('/')).collect();
        http::below(&self.api_url, &parts)
    }

    fn signed_in(&self) -> String {
        format!("bot{}", self.token.reveal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_stored_and_not_printed() {
        let settings = TelegramSettings {
            token: Secret::new("1:a-word"),
            webhook_secret: Secret::new("b-word"),
            former_webhook_secret: Secret::new("c-word"),
            ..TelegramSettings::default()
        };
        let printed = format!("{settings:?}");
        assert!(!printed.contains("-word"), "{printed}");
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<TelegramSettings>(&stored).unwrap(), settings);
    }

    #[test]
    fn addresses_are_made_of_the_settings() {
        let at = |api_url: &str| {
            let (api_url, token) = (api_url.to_owned(), Secret::new("1:a"));
            TelegramSettings { api_url, token, ..TelegramSettings::default() }
        };
        let settings = at("http://127.0.0.1:9/");
        assert_eq!(settings.method_url("getMe").unwrap().as_str(), "http://127.0.0.1:9/bot1:a/getMe");
        let file = settings.file_url("photos/1.jpg").unwrap();
        assert_eq!(file.as_str(), "http://127.0.0.1:9/file/bot1:a/photos/1.jpg");
        for path in ["", "../getMe", "documents//x", "./x"] {
            assert!(settings.file_url(path).is_err(), "{path}");
        }
        let open = at("http://api.telegram.example").method_url("getMe").unwrap_err();
        assert!(!open.to_string().contains("1:a"), "{open}");
    }
}
