//! What a person sets up for one number.

pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};

/// One number of a WhatsApp account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhatsappSettings {
    /// The channel's id.
    pub channel_id: String,
    /// Where the platform's API is.
    pub api_url: String,
    /// The version of the API that is spoken.
    pub api_version: String,
    /// The platform's id of the number.
    pub phone_number_id: String,
    /// The platform's id of the account that the number belongs to; without it there are no templates.
    pub account_id: String,
    /// The platform's id of the app that receives the webhooks; `""`: not looked at.
    pub app_id: String,
    /// What stands on the button that opens a list of more than three choices.
    pub list_button: String,
    /// The number as it is shown, `""` until the platform has told it: news of the account's other numbers name them so.
    pub shown_number: String,
    /// What calls are made with.
    pub access_token: Secret,
    /// When that was entered, in seconds since 1970.
    pub token_granted_at: i64,
    /// When it ends, in seconds since 1970; 0: never, or not known.
    pub token_ends_at: i64,
    /// What webhooks are signed with.
    pub app_secret: Secret,
    /// The one before, which counts until it is taken out.
    pub former_app_secret: Secret,
    /// What the platform shows when it asks whether the address of the webhooks is ours.
    pub verify_token: Secret,
}

impl Default for WhatsappSettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            api_url: "https://graph.facebook.com".to_owned(),
            api_version: "v25.0".to_owned(),
            phone_number_id: String::new(),
            account_id: String::new(),
            app_id: String::new(),
            list_button: "Choose".to_owned(),
            shown_number: String::new(),
            access_token: Secret::default(),
            token_granted_at: 0,
            token_ends_at: 0,
            app_secret: Secret::default(),
            former_app_secret: Secret::default(),
            verify_token: Secret::default(),
        }
    }
}

impl WhatsappSettings {
    /// The secrets that a webhook may be signed with.
    pub(crate) fn signing_secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.app_secret, &self.former_app_secret].into_iter().filter(|secret| !secret.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_stored_and_not_printed() {
        let settings = WhatsappSettings {
            access_token: Secret::new("a-word"),
            app_secret: Secret::new("b-word"),
            former_app_secret: Secret::new("c-word"),
            verify_token: Secret::new("d-word"),
            ..WhatsappSettings::default()
        };
        let printed = format!("{settings:?}");
        assert!(!printed.contains("-word"), "{printed}");
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<WhatsappSettings>(&stored).unwrap(), settings);
    }
}
