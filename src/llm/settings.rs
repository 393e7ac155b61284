//! Where the model is and how long we wait for it.

use std::fmt;
use std::time::Duration;

use url::Url;

use super::Prices;

/// A key that does not print.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key; `""` for servers that need none.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

/// A connection to a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Everything before `/chat/completions`. An address without a path gets `/v1`.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: ApiKey,
    /// The model's name.
    pub model: String,
    /// What its tokens cost.
    pub prices: Prices,
    /// The limit of one call, its retries and repairs included.
    pub timeout: Duration,
    /// The longest answer, in tokens.
    pub max_output_tokens: u32,
    /// How freely the model words things; dropped for models that do not take it.
    pub temperature: f32,
    /// The pause before the first quick retry, when the server names none; the second is three times as long.
    pub first_pause: Duration,
    /// The longest pause before a quick retry; when the server asks for more, the caller is told to come back.
    pub longest_pause: Duration,
}

impl Settings {
    /// The usual limits.
    pub fn new(base_url: impl Into<String>, api_key: ApiKey, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key,
            model: model.into(),
            prices: Prices::default(),
            timeout: Duration::from_mins(1),
            max_output_tokens: 4_096,
            temperature: 0.2,
            first_pause: Duration::from_millis(150),
            longest_pause: Duration::from_secs(5),
        }
    }

    /// The same with the base address in its one form, if everything can be sent.
    pub(super) fn checked(mut self) -> Result<Self, SettingsError> {
        self.base_url = one_form(&self.base_url)?;
        let key = self.api_key.0.trim();
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SettingsError::Key);
        }
        self.api_key = ApiKey::new(key);
        if self.model.trim().is_empty() {
            return Err(SettingsError::Model);
        }
        Ok(self)
    }
}

/// The one rule for base addresses: what people paste (a bare host, a trailing slash, the full address of the call)
/// becomes the part before `/chat/completions`.
fn one_form(given: &str) -> Result<String, SettingsError> {
    let url = Url::parse(given.trim()).map_err(|_| SettingsError::Address)?;
    let usable = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !usable {
        return Err(SettingsError::Address);
    }
    let trimmed = url.as_str().trim_end_matches('/');
    let base = trimmed.strip_suffix("/chat/completions").unwrap_or(trimmed).trim_end_matches('/');
    let has_no_path = Url::parse(base).is_ok_and(|url| url.path() == "/");
    Ok(if has_no_path { format!("{base}/v1") } else { base.to_owned() })
}

/// Settings that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address.
    #[error("the model's address must look like https://host/v1, without a name, a password or a query")]
    Address,
    /// Not a key.
    #[error("the model's key has characters that no key has: copy it again")]
    Key,
    /// No model.
    #[error("name the model to use")]
    Model,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(given: &str) -> Result<String, SettingsError> {
        Settings::new(given, ApiKey::default(), "m").checked().map(|settings| settings.base_url)
    }

    #[test]
    fn what_people_paste_becomes_one_form() {
        for (given, wanted) in [
            ("http://localhost:11434", "http://localhost:11434/v1"),
            ("http://localhost:11434/", "http://localhost:11434/v1"),
            (" https://models.example/v1/ ", "https://models.example/v1"),
            ("https://models.example/api/openai/v2/chat/completions", "https://models.example/api/openai/v2"),
            ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ] {
            assert_eq!(base(given).as_deref(), Ok(wanted));
        }
        for given in
            ["", "models.example/v1", "ftp://models.example", "https://me:pw@models.example/v1", "https://x/?a=b"]
        {
            assert_eq!(base(given), Err(SettingsError::Address), "{given}");
        }
    }

    #[test]
    fn a_key_does_not_print_and_must_fit_a_header() {
        let settings = Settings::new("http://localhost", ApiKey::new("sk-hunter2\n"), "m");
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert_eq!(settings.checked().unwrap().api_key, ApiKey::new("sk-hunter2"));
        for key in ["two words", "line\nbreak", "schlüssel"] {
            let settings = Settings::new("http://localhost", ApiKey::new(key), "m");
            assert_eq!(settings.checked(), Err(SettingsError::Key));
        }
        assert_eq!(Settings::new("http://localhost", ApiKey::default(), " ").checked(), Err(SettingsError::Model));
    }
}
