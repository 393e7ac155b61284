//! What a person sets up for one mail account.

pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// From the first byte (ports 993 and 465).
    #[default]
    Implicit,
    /// After a plain greeting (ports 143 and 587); refused when the server does not offer it.
    StartTls,
    /// Not at all: only for a server on this machine.
    Plain,
}

/// How we sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Auth {
    /// With a password.
    Password {
        /// The password.
        password: Secret,
    },
    /// With an access token of the provider.
    Xoauth2 {
        /// An access token that is used as it is; empty: one is had by [`OAuth`].
        #[serde(default)]
        token: Secret,
    },
    /// Not at all: a server on this machine that asks for nothing.
    None,
}

/// How access tokens are had from the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OAuth {
    /// Where tokens are given out.
    pub token_url: String,
    /// Who we are there.
    pub client_id: String,
    /// Our secret there; some providers want none.
    pub client_secret: Secret,
    /// What access is renewed with.
    pub refresh_token: Secret,
    /// What is asked for; empty: what was granted.
    pub scope: String,
}

/// A server to talk to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The host name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: TlsMode,
    /// The user name.
    #[serde(default)]
    pub user: String,
    /// How we sign in.
    pub auth: Auth,
}

/// Which folders are read; empty names mean: found by what the server says of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Folders {
    /// Where mail arrives.
    pub inbox: String,
    /// Where the server puts what it takes for spam.
    pub junk: String,
    /// Where clients put what was sent.
    pub sent: String,
}

impl Default for Folders {
    fn default() -> Self {
        Self { inbox: "INBOX".to_owned(), junk: String::new(), sent: String::new() }
    }
}

/// One mail account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EmailSettings {
    /// The channel's id, for the loop mark.
    pub channel_id: String,
    /// The address that the desk writes from.
    pub address: String,
    /// The name that it writes under.
    pub display_name: String,
    /// Further addresses of the same account.
    pub aliases: Vec<String>,
    /// Where mail is fetched; `None` when it comes by webhook only.
    pub imap: Option<Server>,
    /// Where mail is handed in; `None` when the channel only receives.
    pub smtp: Option<Server>,
    /// Where access tokens come from, for servers that are signed in to with one.
    pub oauth: Option<OAuth>,
    /// Which folders are read.
    pub folders: Folders,
    /// How many days back the first fetch looks. Older mail stays where it is.
    pub first_fetch_days: u16,
    /// The name by which our receiving server signs its Authentication-Results: said by a person, or certain
    /// ([`certain_authserv_id`]). What stands in mails never gets here by itself.
    pub authserv_id: String,
    /// The name that the newest mails carry, for a person to confirm. Nothing is believed because of it.
    pub authserv_id_seen: String,
    /// The name that a person said is not our server's: it is not proposed again.
    pub authserv_id_refused: String,
    /// The secret in the address of the webhook.
    pub webhook_secret: Secret,
    /// The key under which reply tokens are signed.
    pub thread_secret: Secret,
    /// Whether replies carry a simple HTML version beside the text.
    pub html_alternative: bool,
    /// Whether replies carry the signed token in their text too, for relays that rewrite headers.
    pub body_token: bool,
    /// The greatest mail that is taken, in bytes.
    pub most_bytes: usize,
    /// How long one step with a server may take, in seconds.
    pub timeout_seconds: u64,
    /// A PEM file with further root certificates.
    pub extra_root_certificates: Option<String>,
}

impl Default for EmailSettings {
    fn default() -> Self {
        Self {
            channel_id: String::new(),
            address: String::new(),
            display_name: String::new(),
            aliases: Vec::new(),
            imap: None,
            smtp: None,
            oauth: None,
            folders: Folders::default(),
            first_fetch_days: 2,
            authserv_id: String::new(),
            authserv_id_seen: String::new(),
            authserv_id_refused: String::new(),
            webhook_secret: Secret::default(),
            thread_secret: Secret::default(),
            html_alternative: false,
            body_token: true,
            most_bytes: 36 * 1024 * 1024,
            timeout_seconds: 30,
            extra_root_certificates: None,
        }
    }
}

impl EmailSettings {
    /// The domain of our message ids.
    pub(crate) fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }

    /// Whether an address is the account's own, with or without a token behind a plus.
    pub(crate) fn is_own(&self, address: &str) -> bool {
        let bare = without_tag(&address.to_lowercase());
        let own = std::iter::once(&self.address).chain(&self.aliases);
        !bare.is_empty() && own.into_iter().any(|known| without_tag(&known.to_lowercase()) == bare)
    }

    /// How long one step with a server may take.
    pub(crate) fn timeout(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.timeout_seconds.max(1))
    }

    /// How long a server that is listened to may say nothing before it is asked whether it is still there. Silence
    /// alone tells nothing: where no mail comes, a server has nothing to say. With [`Self::answer_time`] it is a step.
    pub(crate) fn silence(&self) -> std::time::Duration {
        self.timeout().saturating_mul(2) / 3
    }

    /// How long a server that is asked whether it is still there has to answer.
    pub(crate) fn answer_time(&self) -> std::time::Duration {
        self.timeout().min(std::time::Duration::from_secs(10))
    }
}

/// The name under which the provider of this IMAP host checks senders, where that is certain: it writes its results, on
/// top and under this one name, on every mail. Others write several or changing names, and Microsoft none.
pub fn certain_authserv_id(imap_host: &str) -> Option<&'static str> {
    let host = imap_host.trim().to_ascii_lowercase();
    matches!(host.as_str(), "imap.gmail.com" | "imap.googlemail.com").then_some("mx.google.com")
}

fn without_tag(address: &str) -> String {
    let Some((local, domain)) = address.trim().rsplit_once('@') else { return address.trim().to_owned() };
    format!("{}@{domain}", local.split_once('+').map_or(local, |(local, _)| local))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let settings = EmailSettings {
            webhook_secret: Secret::new("hook-word"),
            smtp: Some(Server {
                host: "smtp.shop.example".to_owned(),
                port: 465,
                tls: TlsMode::Implicit,
                user: "u".to_owned(),
                auth: Auth::Password { password: Secret::new("pass-word") },
            }),
            ..EmailSettings::default()
        };
        let printed = format!("{settings:?}");
        assert!(!printed.contains("-word"), "{printed}");
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<EmailSettings>(&stored).unwrap(), settings);
    }

    #[test]
    fn only_the_own_hosts_of_a_provider_make_its_name_certain() {
        assert_eq!(certain_authserv_id(" IMAP.gmail.com"), Some("mx.google.com"));
        assert_eq!(certain_authserv_id("imap.googlemail.com"), Some("mx.google.com"));
        for other in ["", "imap.gmail.com.evil.example", "gmail.com", "outlook.office365.com", "imap.fastmail.com"] {
            assert_eq!(certain_authserv_id(other), None, "{other}");
        }
    }

    #[test]
    fn own_addresses_are_known_with_their_tokens() {
        let settings = EmailSettings {
            address: "Support@shop.example".to_owned(),
            aliases: vec!["info@shop.example".to_owned()],
            ..EmailSettings::default()
        };
        assert!(settings.is_own("support+c.abc.def@SHOP.example") && settings.is_own("info@shop.example"));
        assert!(!settings.is_own("ann@shop.example") && !settings.is_own(""));
    }
}
