//! What a connection to a shop at Shopify is configured with.

use channel_contract::http::{is_local, protected};
use channel_contract::secret::Secret;
use url::Url;

/// The version of the interface that is asked for unless the settings say another one.
pub const USUAL_VERSION: &str = "2026-07";

/// The least that a secret has, in characters: shorter ones can be guessed.
const SHORTEST_SECRET: usize = 16;

/// What the address of every shop ends with.
const SHOPS: &str = ".myshopify.com";

/// Settings that cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No address of a shop.
    #[error("the shop's address has the form name.myshopify.com")]
    Shop,
    /// No version.
    #[error("the version of Shopify's interface has the form 2026-07")]
    Version,
    /// Nothing to get in with.
    #[error("either an access token is needed, or the client id of the app with its client secret")]
    Access,
    /// The secret is too short.
    #[error("the client secret must have at least {SHORTEST_SECRET} characters")]
    WeakSecret,
}

/// How the shop is entered: with a token that lasts, or with the app's id and secret, for which Shopify gives tokens that
/// end.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// A token that lasts; empty where there is none.
    pub token: Secret,
    /// The app's client id; `""` where there is none.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: Secret,
}

/// A connection to a shop.
#[derive(Clone, Debug)]
pub struct Settings {
    base: Url,
    version: String,
    access: Access,
}

impl Settings {
    /// Takes the shop's address, the version of the interface (`""`: the usual one) and the access. An address that is not
    /// Shopify's passes only for this machine.
    pub fn new(shop: &str, version: &str, access: Access) -> Result<Self, SettingsError> {
        let base = base(shop).ok_or(SettingsError::Shop)?;
        let version = if version.trim().is_empty() { USUAL_VERSION } else { version.trim() };
        if !is_version(version) {
            return Err(SettingsError::Version);
        }
        let by_client = !access.client_id.is_empty() && !access.client_secret.is_empty();
        if access.token.is_empty() && !by_client {
            return Err(SettingsError::Access);
        }
        if !access.client_secret.is_empty() && access.client_secret.reveal().len() < SHORTEST_SECRET {
            return Err(SettingsError::WeakSecret);
        }
        Ok(Self { base, version: version.to_owned(), access })
    }

    /// Where calls go.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Where the interface is called.
    pub(crate) fn interface(&self) -> String {
        self.address(&format!("admin/api/{}/graphql.json", self.version))
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn access(&self) -> &Access {
        &self.access
    }

    /// Whether a name that Shopify tells is this shop's. A shop on this machine may call itself anything.
    pub fn is_named(&self, domain: &str) -> bool {
        is_local(&self.base) || self.base.host_str().is_some_and(|host| host.eq_ignore_ascii_case(domain.trim()))
    }
}

fn base(shop: &str) -> Option<Url> {
    let text = shop.trim().trim_end_matches('/');
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = protected(&address).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return None;
    }
    let name = url.host_str()?.strip_suffix(SHOPS).unwrap_or_default();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_local(&url) || (is_name && url.port().is_none())).then_some(url)
}

/// Four digits of the year and two of the month.
fn is_version(text: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(year, month)| digits(year, 4) && digits(month, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Access {
        Access { token: Secret::new("shpat_0123456789"), ..Access::default() }
    }

    #[test]
    fn only_addresses_of_shops_are_taken() {
        for shop in [
            "fjord-mugs.myshopify.com",
            " https://fjord-mugs.myshopify.com/ ",
            "FJORD.myshopify.com",
            "http://127.0.0.1:9",
        ] {
            assert!(Settings::new(shop, "", token()).is_ok(), "{shop}");
        }
        for shop in [
            "",
            "fjord-mugs",
            "myshopify.com",
            ".myshopify.com",
            "shop.example",
            "a.b.myshopify.com",
            "fjord.myshopify.com.evil.example",
            "http://fjord.myshopify.com",
            "https://fjord.myshopify.com/admin",
            "https://fjord.myshopify.com:8443",
            "https://a:b@fjord.myshopify.com",
            "fjord.myshopify.com?x=1",
        ] {
            assert_eq!(Settings::new(shop, "", token()).unwrap_err(), SettingsError::Shop, "{shop}");
        }
    }

    #[test]
    fn the_version_is_part_of_the_address() {
        let interface = |version: &str| Settings::new("fjord.myshopify.com", version, token()).map(|s| s.interface());
        assert_eq!(interface("").unwrap(), "https://fjord.myshopify.com/admin/api/2026-07/graphql.json");
        assert!(interface("2026-10").unwrap().contains("/2026-10/"));
        for wrong in ["latest", "2026-7", "2026/07", "../2026-07", "20a6-07"] {
            assert_eq!(interface(wrong).unwrap_err(), SettingsError::Version, "{wrong}");
        }
    }

    #[test]
    fn a_shop_is_entered_with_a_token_or_by_the_app() {
        let tried = |token: &str, client_id: &str, secret: &str| {
            let (token, client_secret) = (Secret::new(token), Secret::new(secret));
            let access = Access { token, client_id: client_id.to_owned(), client_secret };
            Settings::new("fjord.myshopify.com", "", access).err()
        };
        assert_eq!(tried("shpat_1", "", ""), None);
        assert_eq!(tried("", "id", "sixteen-characters"), None);
        for (client_id, secret) in [("", ""), ("id", ""), ("", "sixteen-characters")] {
            assert_eq!(tried("", client_id, secret), Some(SettingsError::Access), "{client_id} {secret}");
        }
        assert_eq!(tried("", "id", "short"), Some(SettingsError::WeakSecret));
    }

    #[test]
    fn a_shop_knows_its_name_and_secrets_do_not_print() {
        let shop = Settings::new("fjord.myshopify.com", "", token()).unwrap();
        assert!(shop.is_named("Fjord.myshopify.com") && !shop.is_named("other.myshopify.com"));
        assert!(!format!("{shop:?}").contains("shpat"));
    }
}
