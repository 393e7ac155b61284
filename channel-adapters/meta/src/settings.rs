//! What a person sets up for one page or one Instagram account.

use channel_contract::channel::ChannelKind;
pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How long the access of an Instagram login lasts if the platform does not say.
const USUAL_LIFE: i64 = 60 * 24 * 60 * 60;

/// Which of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Messages to a Facebook page.
    #[default]
    Messenger,
    /// Messages to an Instagram account.
    Instagram,
}

/// How the account was connected: decides the host, the id that sends, and how long access lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// By Facebook: the access is the page's. Messenger knows no other.
    #[default]
    Facebook,
    /// By Instagram: the access is the account's own and has to be renewed.
    Instagram,
}

/// What the platform allows, where a person knows it better than this version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The longest text: characters on Messenger, bytes on Instagram.
    pub text: Option<usize>,
    /// How many files one reply may have; each is a message of its own on the platform.
    pub files: usize,
    /// The greatest file, in bytes.
    pub file_bytes: u64,
    /// The greatest picture on Instagram, in bytes.
    pub picture_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text: None, files: 10, file_bytes: 25_000_000, picture_bytes: 8_000_000 }
    }
}

/// Numbers of failures that are not documented well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subcodes {
    /// A file is too large.
    pub file_too_large: Vec<i64>,
    /// A file did not arrive whole, and may the next time.
    pub upload_failed: Vec<i64>,
}

impl Default for Subcodes {
    fn default() -> Self {
        Self { file_too_large: vec![2_018_109], upload_failed: vec![2_018_047] }
    }
}

/// One page, or one Instagram account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MetaSettings {
    /// The channel's id.
    pub channel_id: String,
    /// Which of the two it is.
    pub network: Network,
    /// How it was connected.
    pub login: Login,
    /// Where the API is; `""`: where Meta has it for the login.
    pub api_url: String,
    /// The version of the protocol.
    pub api_version: String,
    /// The id of the page: of Messenger, and of an Instagram account that stands behind one.
    pub page_id: String,
    /// The id of the Instagram account, as its webhooks name it.
    pub instagram_id: String,
    /// Further ids under which webhooks name the same account: one that was connected by both logins has two.
    pub further_ids: Vec<String>,
    /// The id of the app: tells the desk's own messages from those of other programs.
    pub app_id: String,
    /// The secret of the app: signs what is pushed, and proves who calls.
    pub app_secret: Secret,
    /// The secret before this one; it still counts for what is pushed.
    pub former_app_secret: Secret,
    /// The secret of the second app, where the same account is connected by both logins.
    pub linked_app_secret: Secret,
    /// What the platform repeats when it asks whether the address of the webhook is ours.
    pub verify_token: Secret,
    /// The access to the account.
    pub access_token: Secret,
    /// Since when there is this access, in seconds since 1970; 0: not known.
    pub token_granted_at: i64,
    /// When it ends, in seconds since 1970; 0: not known, or never.
    pub token_ends_at: i64,
    /// Whether the app may let people answer for seven days (“Human Agent”, which Meta has to grant).
    pub human_agent: bool,
    /// Whether Meta is asked to push public comments, too.
    pub public_comments: bool,
    /// What Meta is asked to push, by its words; empty: all that the desk reads.
    pub subscribed_fields: Vec<String>,
    /// What the platform allows.
    pub limits: Limits,
    /// Numbers of failures.
    pub subcodes: Subcodes,
}

impl Default for MetaSettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            network: Network::default(),
            login: Login::default(),
            api_url: String::new(),
            api_version: "v25.0".to_owned(),
            page_id: String::new(),
            instagram_id: String::new(),
            further_ids: Vec::new(),
            app_id: String::new(),
            app_secret: Secret::default(),
            former_app_secret: Secret::default(),
            linked_app_secret: Secret::default(),
            verify_token: Secret::default(),
            access_token: Secret::default(),
            token_granted_at: 0,
            token_ends_at: 0,
            human_agent: false,
            public_comments: false,
            subscribed_fields: Vec::new(),
            limits: Limits::default(),
            subcodes: Subcodes::default(),
        }
    }
}

impl MetaSettings {
    /// How the account is reached: Messenger knows one way only.
    pub(crate) fn login(&self) -> Login {
        match self.network {
            Network::Messenger => Login::Facebook,
            Network::Instagram => self.login,
        }
    }

    /// Where the API is.
    pub(crate) fn api_url(&self) -> &str {
        match (self.api_url.trim(), self.login()) {
            ("", Login::Facebook) => "https://graph.facebook.com",
            ("", Login::Instagram) => "https://graph.instagram.com",
            (set, _) => set,
        }
    }

    /// The id that sends.
    pub(crate) fn node(&self) -> &str {
        match self.login() {
            Login::Facebook => &self.page_id,
            Login::Instagram => &self.instagram_id,
        }
    }

    /// The id by which webhooks name the account.
    pub(crate) fn account(&self) -> &str {
        match self.network {
            Network::Messenger => &self.page_id,
            Network::Instagram => &self.instagram_id,
        }
    }

    /// Whether an id is the account's own. A page that an Instagram account stands behind is the account, too.
    pub(crate) fn is_own(&self, id: &str) -> bool {
        let page = if self.network == Network::Instagram { self.page_id.as_str() } else { "" };
        let ids = [self.account(), page].into_iter().chain(self.further_ids.iter().map(String::as_str));
        !id.is_empty() && ids.into_iter().any(|own| own == id)
    }

    /// The secrets that sign what is pushed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.app_secret, &self.former_app_secret, &self.linked_app_secret].into_iter()
    }
}

/// When an access ends.
pub(crate) fn ends(granted_at: i64, ends_at: i64, login: Login) -> Option<OffsetDateTime> {
    let at = match (granted_at, ends_at, login) {
        (0, 0, _) | (_, 0, Login::Facebook) => return None,
        (granted, 0, Login::Instagram) => granted.saturating_add(USUAL_LIFE),
        (_, ends, _) => ends,
    };
    OffsetDateTime::from_unix_timestamp(at).ok()
}

impl Network {
    /// Its name, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Messenger => "Messenger",
            Self::Instagram => "Instagram",
        }
    }

    /// Its name in calls.
    pub(crate) fn platform(self) -> &'static str {
        match self {
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
        }
    }

    pub(crate) fn kind(self) -> ChannelKind {
        match self {
            Self::Messenger => ChannelKind::Messenger,
            Self::Instagram => ChannelKind::Instagram,
        }
    }

    /// What webhooks call it.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::Messenger => "page",
            Self::Instagram => "instagram",
        }
    }

    /// Which of the two webhooks mean.
    pub(crate) fn of_object(object: &str) -> Option<Self> {
        match object {
            "page" => Some(Self::Messenger),
            "instagram" => Some(Self::Instagram),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed_and_settings_come_back() {
        let settings = MetaSettings {
            app_secret: Secret::new("app-word"),
            verify_token: Secret::new("verify-word"),
            access_token: Secret::new("access-word"),
            ..MetaSettings::default()
        };
        let printed = format!("{settings:?}");
        assert!(!printed.contains("-word"), "{printed}");
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<MetaSettings>(&stored).unwrap(), settings);
        assert_eq!(serde_json::from_str::<MetaSettings>("{}").unwrap(), MetaSettings::default());
    }

    #[test]
    fn messenger_goes_by_facebook_whatever_is_set() {
        let page = MetaSettings {
            login: Login::Instagram,
            page_id: "P".to_owned(),
            instagram_id: "I".to_owned(),
            ..MetaSettings::default()
        };
        assert_eq!((page.node(), page.api_url()), ("P", "https://graph.facebook.com"));
        assert!(page.is_own("P") && !page.is_own("I") && !page.is_own(""));
        let linked = MetaSettings { network: Network::Instagram, login: Login::Facebook, ..page.clone() };
        assert_eq!((linked.node(), linked.account()), ("P", "I"));
        assert!(linked.is_own("P") && linked.is_own("I"));
        let alone = MetaSettings { network: Network::Instagram, ..page };
        assert_eq!((alone.node(), alone.api_url()), ("I", "https://graph.instagram.com"));
    }

    #[test]
    fn an_access_by_instagram_ends_after_sixty_days_unless_its_end_is_known() {
        let seconds = |granted: i64, ends_at: i64, login: Login| {
            ends(granted, ends_at, login).map(OffsetDateTime::unix_timestamp)
        };
        assert_eq!(seconds(0, 0, Login::Instagram), None);
        assert_eq!(seconds(100, 0, Login::Instagram), Some(100 + USUAL_LIFE));
        assert_eq!(seconds(100, 200, Login::Instagram), Some(200));
        assert_eq!(seconds(100, 0, Login::Facebook), None);
    }
}
