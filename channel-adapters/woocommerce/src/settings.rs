//! What a connection to a shop is configured with.

use channel_contract::http::is_local;
use channel_contract::secret::Secret;
use url::Url;

/// Settings that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address of the kind `https://shop.example`.
    #[error("the shop's address is not a web address without user, query and fragment")]
    Address,
    /// Keys and customer data would travel in the open.
    #[error(
        "the shop's address must begin with https: keys over plain http need OAuth 1.0a, which the desk does not speak"
    )]
    NotEncrypted,
    /// The two are missing, or in one another's place.
    #[error("the consumer key must begin with ck_ and the consumer secret with cs_")]
    Keys,
}

/// A connection to a shop.
#[derive(Clone, Debug)]
pub struct Settings {
    base: Url,
    key: Secret,
    secret: Secret,
    hook_path: String,
}

impl Settings {
    /// Takes the shop's address, its keys, and how the address ends to which the shop sends its webhooks.
    pub fn new(base: &str, key: &str, secret: &str, hook_path: &str) -> Result<Self, SettingsError> {
        let (key, secret) = (key.trim(), secret.trim());
        let base = address(base)?;
        if !key.starts_with("ck_") || !secret.starts_with("cs_") {
            return Err(SettingsError::Keys);
        }
        Ok(Self { base, key: Secret::new(key), secret: Secret::new(secret), hook_path: hook_path.to_owned() })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn key(&self) -> &Secret {
        &self.key
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) fn hook_path(&self) -> &str {
        &self.hook_path
    }
}

/// The address under which `wp-json` lies. People copy it from the address line, so what lies below is cut off.
pub(crate) fn address(base: &str) -> Result<Url, SettingsError> {
    let mut base = Url::parse(base.trim()).map_err(|_| SettingsError::Address)?;
    let has_user = !base.username().is_empty() || base.password().is_some();
    if has_user || base.query().is_some() || base.fragment().is_some() || base.host().is_none() {
        return Err(SettingsError::Address);
    }
    match base.scheme() {
        "https" => {}
        "http" if is_local(&base) => {}
        "http" => return Err(SettingsError::NotEncrypted),
        _ => return Err(SettingsError::Address),
    }
    let path = base.path().to_owned();
    let own = ["/wp-json", "/wp-admin", "/wp-login.php"].iter().filter_map(|part| path.find(part)).min();
    if let Some(kept) = own.and_then(|at| path.get(..at)) {
        base.set_path(kept);
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base: &str) -> Result<Settings, SettingsError> {
        Settings::new(base, "ck_key", " cs_secret ", "/hooks/orders/1")
    }

    #[test]
    fn takes_protected_addresses_only() {
        for (typed, base) in [
            ("https://shop.example", "https://shop.example/"),
            (" https://shop.example/de/ ", "https://shop.example/de/"),
            ("https://shop.example/wp-json/wc/v3", "https://shop.example/"),
            ("https://shop.example/blog/wp-admin/admin.php", "https://shop.example/blog"),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/"),
            ("http://localhost:9", "http://localhost:9/"),
        ] {
            assert_eq!(settings(typed).unwrap().base().as_str(), base, "{typed}");
        }
        for typed in ["", "shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://shop.example/?a=1"]
        {
            assert_eq!(settings(typed).unwrap_err(), SettingsError::Address, "{typed}");
        }
        let open = settings("http://shop.example").unwrap_err();
        assert!(open == SettingsError::NotEncrypted && open.to_string().contains("OAuth 1.0a"));
    }

    #[test]
    fn keys_are_in_their_places_and_do_not_print() {
        for (key, secret) in [("", ""), ("cs_secret", "ck_key"), ("ck_key", ""), ("key", "cs_secret")] {
            let wrong = Settings::new("https://shop.example", key, secret, "").unwrap_err();
            assert_eq!(wrong, SettingsError::Keys);
        }
        let printed = format!("{:?}", settings("https://shop.example").unwrap());
        assert!(!printed.contains("ck_key") && !printed.contains("cs_secret"), "{printed}");
    }
}
