//! What a person sets up for one number.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http;
pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::inbound::written;
use crate::twilio::ANSWERED;

/// One number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsSettings {
    /// The channel's id.
    pub channel_id: String,
    /// The number that customers write to, as `+4791234567`; `""`: any that the provider sends here.
    pub number: String,
    /// Where the provider sends what customers write and what became of answers; `""`: their fate is not asked for.
    pub webhook_url: String,
    /// The most parts that an answer may be sent in, for each is paid for; 0: as many as the provider takes.
    pub most_segments: usize,
    /// Who connects the number.
    pub provider: Provider,
}

impl SmsSettings {
    /// The number as providers write it, however it was typed; `""` where none is named.
    pub(crate) fn own_number(&self) -> String {
        own_number(&self.number)
    }
}

/// A number as providers write it: people part its digits, and begin it with two zeros in place of the plus.
pub(crate) fn own_number(typed: &str) -> String {
    let bare: String = typed.chars().filter(|sign| !sign.is_whitespace() && !"-./()".contains(*sign)).collect();
    let is_number = bare.strip_prefix('+').unwrap_or(&bare).bytes().all(|digit| digit.is_ascii_digit());
    match bare.strip_prefix("00") {
        _ if !is_number => typed.trim().to_owned(),
        Some(rest) => written(&format!("+{rest}")),
        None => written(&bare),
    }
}

/// Who connects a number to the web.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Provider {
    /// Twilio.
    Twilio(Twilio),
    /// `MessageBird`, for messages of customers alone.
    #[serde(rename = "messagebird")]
    MessageBird(MessageBird),
}

impl Default for Provider {
    fn default() -> Self {
        Self::Twilio(Twilio::default())
    }
}

/// An account at Twilio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Twilio {
    /// Where the API is.
    pub api_url: String,
    /// The version of the API.
    pub api_version: String,
    /// The id of the account, `AC…`.
    pub account_sid: String,
    /// The id of a pool of numbers that answers are sent through, `MG…`; `""`: they are sent from the number itself.
    pub messaging_service: String,
    /// What webhooks are signed with, and calls are made with where there is no key.
    pub auth_token: Secret,
    /// The one before, which counts until it is taken out.
    pub former_auth_token: Secret,
    /// The id of a key for calls, `SK…`; `""`: calls are made in the name of the account.
    pub api_key: String,
    /// The secret of that key.
    pub api_secret: Secret,
    /// The words that the account answers by itself where they are a whole message: no machine of the desk answers them too.
    pub answered_words: Vec<String>,
}

impl Default for Twilio {
    fn default() -> Self {
        Self {
            api_url: "https://api.twilio.com".to_owned(),
            api_version: "2010-04-01".to_owned(),
            account_sid: String::new(),
            messaging_service: String::new(),
            auth_token: Secret::default(),
            former_auth_token: Secret::default(),
            api_key: String::new(),
            api_secret: Secret::default(),
            answered_words: ANSWERED.map(str::to_owned).to_vec(),
        }
    }
}

impl Twilio {
    /// The name and the secret that calls are made with.
    pub(crate) fn credentials(&self) -> (&str, &str) {
        if self.api_key.is_empty() {
            (&self.account_sid, self.auth_token.reveal())
        } else {
            (&self.api_key, self.api_secret.reveal())
        }
    }

    /// The secrets that a webhook may be signed with.
    pub(crate) fn signing_secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.auth_token, &self.former_auth_token].into_iter().filter(|secret| !secret.is_empty())
    }

    /// Where something of the account lies.
    pub(crate) fn url(&self, of_account: &str) -> Result<Url, ChannelFailure> {
        if self.account_sid.is_empty() {
            let words = "The settings of the channel name no account at Twilio.";
            return Err(ChannelFailure::refused(FailureClass::Permission, words));
        }
        http::below(&self.api_url, &[&self.api_version, "Accounts", &self.account_sid, of_account])
    }

    /// Whether an address lies on the API's own host, where the credentials may be shown.
    pub(crate) fn is_own(&self, address: &str) -> bool {
        let base = self.api_url.trim_end_matches('/');
        http::protected(base).is_ok() && address.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// An account at `MessageBird`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageBird {
    /// What webhooks are signed with.
    pub signing_key: Secret,
    /// The one before, which counts until it is taken out.
    pub former_signing_key: Secret,
}

impl MessageBird {
    /// The secrets that a webhook may be signed with.
    pub(crate) fn signing_secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.signing_key, &self.former_signing_key].into_iter().filter(|secret| !secret.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_stored_and_not_printed() {
        let twilio = Twilio {
            auth_token: Secret::new("a-word"),
            former_auth_token: Secret::new("b-word"),
            api_secret: Secret::new("c-word"),
            ..Twilio::default()
        };
        let bird = MessageBird { signing_key: Secret::new("d-word"), former_signing_key: Secret::new("e-word") };
        for provider in [Provider::Twilio(twilio), Provider::MessageBird(bird)] {
            let settings = SmsSettings { provider, ..SmsSettings::default() };
            let printed = format!("{settings:?}");
            assert!(!printed.contains("-word"), "{printed}");
            let stored = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<SmsSettings>(&stored).unwrap(), settings);
        }
    }

    #[test]
    fn a_number_is_the_same_however_it_is_typed() {
        for typed in [
            "+4791234567",
            " +47 91 23 45 67 ",
            "0047 91234567",
            "(+47) 912-34-567",
            "4791234567",
            "+47\u{a0}912.34.567",
        ] {
            assert_eq!(own_number(typed), "+4791234567", "{typed}");
        }
        for (typed, number) in
            [("2131", "2131"), (" Fjord ", "Fjord"), ("00 47", "+47"), ("+1 abc", "+1 abc"), ("", "")]
        {
            assert_eq!(own_number(typed), number, "{typed}");
        }
    }

    #[test]
    fn what_is_not_set_is_as_the_provider_has_it() {
        let stored = json!({ "provider": { "kind": "twilio", "account_sid": "AC1", "auth_token": "secret" } });
        let settings: SmsSettings = serde_json::from_value(stored).unwrap();
        let Provider::Twilio(twilio) = settings.provider else { panic!("{settings:?}") };
        let url = twilio.url("Messages.json").unwrap();
        assert_eq!(url.as_str(), "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
        let failure = Twilio::default().url("Messages.json").unwrap_err();
        assert_eq!(failure.class(), FailureClass::Permission, "no account is set");
        assert_eq!(twilio.credentials(), ("AC1", "secret"));
        let (api_key, api_secret) = ("SK1".to_owned(), Secret::new("other"));
        assert_eq!(Twilio { api_key, api_secret, ..twilio }.credentials(), ("SK1", "other"));
    }

    #[test]
    fn only_the_apis_own_host_is_its_own() {
        let twilio = Twilio::default();
        assert!(twilio.is_own("https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"));
        for other in [
            "https://api.twilio.com.evil.example/x",
            "https://api.twilio.com@evil.example/x",
            "http://api.twilio.com/x",
            "https://api.twilio.com:444/x",
            "https://api.twilio.com",
            "cat.jpg",
        ] {
            assert!(!twilio.is_own(other), "{other}");
        }
        let open = Twilio { api_url: "http://api.twilio.example".to_owned(), ..twilio };
        assert!(!open.is_own("http://api.twilio.example/x"), "credentials never travel in the clear");
    }
}
