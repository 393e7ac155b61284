//! What a connection to a shop is configured with.

use std::fmt;

use url::{Host, Url};

/// The least that a secret must have, in bytes: shorter ones can be guessed.
const SHORTEST_SECRET: usize = 16;

/// Settings that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address of the kind `https://shop.example/support`.
    #[error("the shop's address is not a web address without user, query and fragment")]
    Address,
    /// Customer data would travel in the open.
    #[error("the shop's address must begin with https")]
    NotEncrypted,
    /// The secret is too short.
    #[error("the secret must have at least {SHORTEST_SECRET} characters")]
    WeakSecret,
}

/// A secret shared with the shop. It never prints.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret of at least 16 characters.
    pub fn new(secret: impl Into<String>) -> Result<Self, SettingsError> {
        let secret = secret.into();
        if secret.len() < SHORTEST_SECRET { Err(SettingsError::WeakSecret) } else { Ok(Self(secret)) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The active secrets. Requests are signed with the current one; the shop's hooks may use either, so that a secret can be
/// changed without a gap.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Signs and verifies.
    pub current: Secret,
    /// Verifies only, until the shop has moved to the current one.
    pub previous: Option<Secret>,
}

impl Secrets {
    /// One secret.
    pub fn one(current: Secret) -> Self {
        Self { current, previous: None }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// A connection to a shop.
#[derive(Clone, Debug)]
pub struct Settings {
    base: Url,
    secrets: Secrets,
}

impl Settings {
    /// Takes the shop's address, under which `/orders` and `/products` lie. Plain http passes only for this machine.
    pub fn new(base: &str, secrets: Secrets) -> Result<Self, SettingsError> {
        let base = Url::parse(base.trim()).map_err(|_| SettingsError::Address)?;
        let has_user = !base.username().is_empty() || base.password().is_some();
        if has_user || base.query().is_some() || base.fragment().is_some() || base.host().is_none() {
            return Err(SettingsError::Address);
        }
        match base.scheme() {
            "https" => Ok(Self { base, secrets }),
            "http" if is_loopback(&base) => Ok(Self { base, secrets }),
            "http" => Err(SettingsError::NotEncrypted),
            _ => Err(SettingsError::Address),
        }
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// The active secrets, for [`crate::signature::verify`].
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::one(Secret::new("a-secret-of-the-shop").unwrap())
    }

    #[test]
    fn takes_web_addresses_only() {
        for base in ["https://shop.example", "https://shop.example/support/", "http://127.0.0.1:9", "http://[::1]:9"] {
            assert!(Settings::new(base, secrets()).is_ok(), "{base}");
        }
        for base in ["", "shop.example", "ftp://shop.example", "https://a:b@shop.example", "https://shop.example/?a=1"]
        {
            assert_eq!(Settings::new(base, secrets()).unwrap_err(), SettingsError::Address, "{base}");
        }
        assert_eq!(Settings::new("http://shop.example", secrets()).unwrap_err(), SettingsError::NotEncrypted);
    }

    #[test]
    fn secrets_do_not_print_and_are_not_short() {
        assert_eq!(Secret::new("short").unwrap_err(), SettingsError::WeakSecret);
        let settings = Settings::new("https://shop.example", secrets()).unwrap();
        assert!(!format!("{settings:?}").contains("a-secret"));
    }
}
