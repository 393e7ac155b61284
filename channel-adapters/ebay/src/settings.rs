//! What a person sets up for one seller's account.

use std::collections::BTreeMap;

pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What the names of all scopes begin with, and the one of them that every program has.
pub(crate) const SCOPE: &str = "https://api.ebay.com/oauth/api_scope";

/// Where eBay's interfaces lie below its address, each with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paths {
    /// Conversations and messages.
    pub message: String,
    /// Keys of notifications.
    pub notification: String,
    /// Orders.
    pub fulfillment: String,
    /// Returns, inquiries and cancellations.
    pub post_order: String,
    /// Where access is given out.
    pub token: String,
    /// How many calls are left.
    pub analytics: String,
    /// The older interface.
    pub trading: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            message: "commerce/message/v1".to_owned(),
            notification: "commerce/notification/v1".to_owned(),
            fulfillment: "sell/fulfillment/v1".to_owned(),
            post_order: "post-order/v2".to_owned(),
            token: "identity/v1/oauth2/token".to_owned(),
            analytics: "developer/analytics/v1_beta".to_owned(),
            trading: "ws/api.dll".to_owned(),
        }
    }
}

/// How access is had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Access {
    /// Who the program is at eBay.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Secret,
    /// What the seller granted: access is renewed with it until it ends.
    pub refresh_token: Secret,
    /// Since when there is this grant, in seconds since 1970; 0: not known.
    pub granted_at: i64,
    /// When it ends, in seconds since 1970; 0: as long after its beginning as usual.
    pub ends_at: i64,
    /// How many days a grant usually lasts: 18 months.
    pub lasts_days: u16,
    /// The scopes that are asked for, with blanks between them; empty: what was granted.
    pub scopes: String,
    /// What eBay calls the page of the desk to which a consent leads back (`RuName`); empty: no consent is asked for.
    pub ru_name: String,
    /// Where the seller is asked for consent.
    pub consent_url: String,
    /// The scopes that the seller is asked for, with blanks between them.
    pub consent_scopes: String,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            client_id: String::new(),
            client_secret: Secret::default(),
            refresh_token: Secret::default(),
            granted_at: 0,
            ends_at: 0,
            lasts_days: 547,
            scopes: String::new(),
            ru_name: String::new(),
            consent_url: "https://auth.ebay.com/oauth2/authorize".to_owned(),
            consent_scopes: ["", "/commerce.message", "/sell.fulfillment", "/commerce.notification.subscription"]
                .map(|scope| format!("{SCOPE}{scope}"))
                .join(" "),
        }
    }
}

impl Access {
    /// When the seller has to allow it anew, as far as that is known.
    pub(crate) fn ends(&self) -> Option<OffsetDateTime> {
        let usual = || self.granted_at + i64::from(self.lasts_days) * 86_400;
        let ends = match (self.ends_at, self.granted_at) {
            (0, 0) => return None,
            (0, _) => usual(),
            (told, _) => told,
        };
        OffsetDateTime::from_unix_timestamp(ends).ok().filter(|_| !self.refresh_token.is_empty())
    }
}

/// A key with which eBay signs notifications, as eBay gives it out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublicKey {
    /// The key between its two lines of dashes.
    pub key: String,
    /// What is signed: `SHA1` or `SHA256`.
    pub digest: String,
}

/// What eBay pushes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notifications {
    /// The address as it is registered at eBay, to the letter; empty: the one that eBay calls.
    pub endpoint: String,
    /// The word that is registered with it, 32 to 80 characters.
    pub verification_token: Secret,
    /// Whether eBay is told where to push what happens, and a check wants it to know.
    pub wanted: bool,
    /// Where eBay writes to when it cannot push; empty: what it knows already.
    pub alert_email: String,
    /// The keys that are known, by eBay's id of them; the adapter fetches further ones by itself.
    pub public_keys: BTreeMap<String, PublicKey>,
}

/// What is looked for, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Polling {
    /// How many days back the first look goes.
    pub first_days: u16,
    /// How many seconds each look goes back behind what was read: eBay may show a message late.
    pub overlap_seconds: u32,
    /// How many seconds pass before what the account itself wrote is read back: its sending is answered by then.
    pub own_after_seconds: u32,
    /// How many seconds lie between two looks at orders, returns and the like.
    pub orders_seconds: u32,
    /// How many days returns, inquiries and cancellations are followed.
    pub case_days: u16,
    /// Whether orders, returns, inquiries and cancellations are looked for.
    pub orders: bool,
    /// Whether messages of eBay itself are read: most are news for sellers.
    pub from_ebay: bool,
}

impl Default for Polling {
    fn default() -> Self {
        Self {
            first_days: 3,
            overlap_seconds: 1_800,
            own_after_seconds: 120,
            orders_seconds: 300,
            case_days: 30,
            orders: true,
            from_ebay: false,
        }
    }
}

/// eBay's older interface, for programs that may not use its Message API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trading {
    /// Whether messages come and go by it.
    pub is_used: bool,
    /// eBay's number of the site on which the account sells.
    pub site_id: u16,
    /// The version of the interface that is spoken.
    pub level: u16,
}

impl Default for Trading {
    fn default() -> Self {
        Self { is_used: false, site_id: 0, level: 1_193 }
    }
}

/// What a message may hold. eBay counts files and characters; the bytes are the desk's own limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The most characters of a text.
    pub characters: usize,
    /// The most files.
    pub files: usize,
    /// The most bytes of all files together.
    pub file_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { characters: 2_000, files: 5, file_bytes: 12 * 1024 * 1024 }
    }
}

/// One seller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EbaySettings {
    /// The channel's id.
    pub channel_id: String,
    /// The seller's names at eBay: the user name, and the unchangeable id that eBay writes in its place for some.
    pub usernames: Vec<String>,
    /// The marketplace on which the account sells.
    pub marketplace: String,
    /// Where eBay is: the real one, or its sandbox.
    pub api_url: String,
    /// Where its interfaces lie there.
    pub paths: Paths,
    /// How access is had.
    pub access: Access,
    /// What eBay pushes.
    pub notifications: Notifications,
    /// What is looked for.
    pub polling: Polling,
    /// Whether messages go by eBay's older interface.
    pub trading: Trading,
    /// What a message may hold.
    pub limits: Limits,
    /// Whether the agent may send by itself. eBay's licence restricts what machines may do with what its users write, so
    /// a person decides that first.
    pub agent_may_send: bool,
    /// How many seconds pass before a conversation is read once more for a message that was not found in it.
    pub second_look_seconds: u32,
}

impl Default for EbaySettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            usernames: Vec::new(),
            marketplace: "EBAY_US".to_owned(),
            api_url: "https://api.ebay.com".to_owned(),
            paths: Paths::default(),
            access: Access::default(),
            notifications: Notifications::default(),
            polling: Polling::default(),
            trading: Trading::default(),
            limits: Limits::default(),
            agent_may_send: false,
            second_look_seconds: 5,
        }
    }
}

impl EbaySettings {
    /// Whether a name is the account's own.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        !name.is_empty() && self.usernames.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed_and_come_back_from_storage() {
        let settings = EbaySettings {
            access: Access {
                client_secret: Secret::new("client-word"),
                refresh_token: Secret::new("refresh-word"),
                ..Access::default()
            },
            notifications: Notifications { verification_token: Secret::new("token-word"), ..Notifications::default() },
            ..EbaySettings::default()
        };
        let printed = format!("{settings:?}");
        assert!(!printed.contains("-word"), "{printed}");
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<EbaySettings>(&stored).unwrap(), settings);
        assert_eq!(serde_json::from_str::<EbaySettings>("{}").unwrap(), EbaySettings::default());
    }

    #[test]
    fn a_grant_ends_when_ebay_said_and_else_as_usual() {
        let access = |granted_at: i64, ends_at: i64| Access {
            refresh_token: Secret::new("granted"),
            granted_at,
            ends_at,
            ..Access::default()
        };
        let ends = |access: Access| access.ends().map(OffsetDateTime::unix_timestamp);
        assert_eq!(ends(access(0, 0)), None, "of a grant of unknown age nothing is foretold");
        assert_eq!(ends(access(86_400, 0)), Some(548 * 86_400));
        assert_eq!(ends(access(86_400, 5_000_000)), Some(5_000_000));
        assert_eq!(ends(Access { refresh_token: Secret::default(), ..access(1, 2) }), None);
    }

    #[test]
    fn the_own_names_are_known_however_they_are_written() {
        let settings = EbaySettings { usernames: vec!["Fjord-Shop".to_owned()], ..EbaySettings::default() };
        assert!(settings.is_own("fjord-shop") && !settings.is_own("ann_b") && !settings.is_own(""));
    }
}
