//! Keys that the shop makes itself: its page asks the owner, sends them to the desk, and leads back. Pure.

use channel_contract::secret::Secret;
use serde::Deserialize;
use url::Url;

use crate::settings::{SettingsError, address};

/// What the desk is called on the shop's page.
const APP: &str = "Resolute";

/// The shop's page that asks its owner. `word` comes back with the keys and with the owner.
pub fn page(base: &str, word: &str, returns: &str, callback: &str) -> Result<Url, SettingsError> {
    let mut page = address(base)?;
    // What has a host has a path.
    if let Ok(mut path) = page.path_segments_mut() {
        path.pop_if_empty().extend(["wc-auth", "v1", "authorize"]);
    }
    page.query_pairs_mut().extend_pairs([
        ("app_name", APP),
        ("scope", "read_write"),
        ("user_id", word),
        ("return_url", returns),
        ("callback_url", callback),
    ]);
    Ok(page)
}

/// What the shop sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Keys {
    /// The word that went with the owner.
    pub user_id: Secret,
    /// The key.
    pub consumer_key: Secret,
    /// Its secret.
    pub consumer_secret: Secret,
    /// What they may do; `read_write` was asked for.
    pub key_permissions: String,
}

/// Reads what the shop sends; `None` if it is something else.
pub fn keys(body: &[u8]) -> Option<Keys> {
    let keys: Keys = serde_json::from_slice(body).ok()?;
    let is_whole = !keys.user_id.is_empty() && !keys.consumer_key.is_empty() && !keys.consumer_secret.is_empty();
    is_whole.then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_carries_all_that_the_shop_asks_for() {
        let page =
            page("https://shop.example/de/", "a.word", "https://desk.example/back?a=1", "https://desk.example/keys")
                .unwrap();
        assert_eq!(page.path(), "/de/wc-auth/v1/authorize");
        let given: Vec<(String, String)> = page.query_pairs().into_owned().collect();
        let expected = [
            ("app_name", "Resolute"),
            ("scope", "read_write"),
            ("user_id", "a.word"),
            ("return_url", "https://desk.example/back?a=1"),
            ("callback_url", "https://desk.example/keys"),
        ];
        assert_eq!(given, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(super::page("http://shop.example", "", "", "").is_err());
    }

    #[test]
    fn keys_are_whole_or_none() {
        let body = br#"{"key_id":1,"user_id":"a.word","consumer_key":"ck_1","consumer_secret":"cs_1","key_permissions":"read_write"}"#;
        let read = keys(body).unwrap();
        assert_eq!((read.user_id.reveal(), read.consumer_secret.reveal()), ("a.word", "cs_1"));
        assert!(!format!("{read:?}").contains("cs_1"));
        for body in ["", "null", "{}", "[]", r#"{"user_id":"a","consumer_key":"ck_1"}"#, r#"{"user_id":7}"#] {
            assert!(keys(body.as_bytes()).is_none(), "{body}");
        }
    }
}
