//! What a person sets up for one chat.

pub use channel_contract::secret::Secret;
use serde::{Deserialize, Serialize};

/// Whether visitors must be vouched for by the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityMode {
    /// Anybody may write; a signed identity proves who it is.
    #[default]
    Optional,
    /// Only visitors with a signed identity may write.
    Mandatory,
}

/// What a visitor is asked before the first message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreChatField {
    /// An address for answers.
    Email,
    /// A name.
    Name,
    /// The number of an order.
    OrderNumber,
    /// What it is about.
    Topic,
    /// Agreement to the shop's privacy notice.
    Consent,
}

impl PreChatField {
    /// All, in the order they are asked.
    pub const ALL: [Self; 5] = [Self::Name, Self::Email, Self::OrderNumber, Self::Topic, Self::Consent];

    /// The word in forms and settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name",
            Self::OrderNumber => "order_number",
            Self::Topic => "topic",
            Self::Consent => "consent",
        }
    }
}

/// A chat as it is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LiveChatSettings {
    /// The channel's id: a token of one chat opens no other.
    pub channel_id: String,
    /// Where the widget may stand: `shop.example`, `*.shop.example`, `127.0.0.1:8081`.
    pub domains: Vec<String>,
    /// What is asked before the first message.
    pub pre_chat: Vec<PreChatField>,
    /// Whether visitors must be vouched for.
    pub identity: IdentityMode,
    /// What the widget says when nobody is there.
    pub away_text: String,
    /// The shop's privacy notice, linked where consent is asked; `""` for none.
    pub privacy_url: String,
    /// Signs visitors' sessions; known to the desk alone.
    pub session_secret: Secret,
    /// Signs identities; known to the shop's server too.
    pub identity_secret: Secret,
    /// The identity secret before this one.
    pub former_identity_secret: Secret,
    /// Until when the one before counts as well, in seconds since 1970.
    pub former_secret_until: i64,
}

impl LiveChatSettings {
    /// Whether the widget may stand on a page of this origin (`https://shop.example`).
    pub fn allows_origin(&self, origin: &str) -> bool {
        let Some((scheme, host)) = origin.split_once("://") else { return false };
        matches!(scheme, "https" | "http") && self.domains.iter().any(|domain| covers(domain, host))
    }

    /// The origins as a content policy writes them in `frame-ancestors`.
    pub fn frame_ancestors(&self) -> String {
        if self.domains.is_empty() { "'none'".to_owned() } else { self.domains.join(" ") }
    }
}

/// Whether a domain as set up covers a host with its port. A star covers every name below, and not the name itself.
fn covers(domain: &str, host: &str) -> bool {
    let same = |left: &str, right: &str| left.eq_ignore_ascii_case(right);
    match domain.strip_prefix("*.") {
        Some(above) => host.len().checked_sub(above.len() + 1).is_some_and(|dot| {
            dot > 0 && host.get(dot..=dot) == Some(".") && host.get(dot + 1..).is_some_and(|rest| same(rest, above))
        }),
        None => same(domain, host),
    }
}

/// Below these, many countries give out names.
const SOLD_BELOW: [&str; 8] = ["ac", "co", "com", "edu", "gov", "net", "or", "org"];

/// A domain as a person wrote it, as it is kept: no scheme, no path. `None` when it is none.
pub fn domain_of(written: &str) -> Option<String> {
    let written = written.trim().to_lowercase();
    let rest = written.strip_prefix("https://").or_else(|| written.strip_prefix("http://")).unwrap_or(&written);
    let host = rest.split('/').next().unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let bare = name.strip_prefix("*.").unwrap_or(name);
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let good = bare.split('.').all(label) && host.len() <= 253;
    (good && (!host.contains(':') || is_port(port))).then(|| host.to_owned())
}

/// A port as browsers write it.
fn is_port(written: &str) -> bool {
    written.starts_with(|c: char| matches!(c, '1'..='9')) && written.parse::<u16>().is_ok()
}

/// Whether the star of a domain covers shops of anybody: `*.example`, `*.co.uk`.
pub fn is_anybodys(domain: &str) -> bool {
    let Some(above) = domain.strip_prefix("*.") else { return false };
    let name = above.split_once(':').map_or(above, |(name, _)| name);
    match name.split_once('.') {
        None => name != "localhost",
        Some((below, country)) => country.len() == 2 && SOLD_BELOW.contains(&below),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_domains_may_show_the_widget() {
        let settings = LiveChatSettings {
            domains: vec!["shop.example".to_owned(), "*.fjord.example".to_owned(), "127.0.0.1:8081".to_owned()],
            ..LiveChatSettings::default()
        };
        for origin in [
            "https://shop.example",
            "http://shop.example",
            "https://SHOP.example",
            "https://a.fjord.example",
            "https://a.b.fjord.example",
            "http://127.0.0.1:8081",
        ] {
            assert!(settings.allows_origin(origin), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "https://shop.example.evil.example",
            "https://notshop.example",
            "https://fjord.example",
            "https://xfjord.example",
            "https://.fjord.example",
            "http://127.0.0.1:9999",
            "null",
            "",
            "file://shop.example",
        ] {
            assert!(!settings.allows_origin(origin), "{origin}");
        }
        assert_eq!(LiveChatSettings::default().frame_ancestors(), "'none'");
    }

    #[test]
    fn domains_are_kept_without_scheme_and_path() {
        for (written, kept) in [
            (" https://Shop.example/cart ", Some("shop.example")),
            ("*.shop.example", Some("*.shop.example")),
            ("http://127.0.0.1:8081/", Some("127.0.0.1:8081")),
            ("shop.example; script-src *", None),
            ("*", None),
            ("", None),
            ("shop.example:", None),
            ("127.0.0.1:65535", Some("127.0.0.1:65535")),
            ("127.0.0.1:99999", None),
            ("shop.example:0", None),
            ("shop.example:0443", None),
            ("shop.example:+80", None),
            ("a..b", None),
        ] {
            assert_eq!(domain_of(written).as_deref(), kept, "{written}");
        }
    }

    #[test]
    fn a_star_stands_for_the_pages_of_one_shop() {
        for domain in ["*.com", "*.example", "*.com:8443", "*.co.uk", "*.com.au", "*.or.jp"] {
            assert!(is_anybodys(domain), "{domain}");
        }
        for domain in ["*.shop.example", "*.shop.co.uk", "*.a.uk", "*.localhost:8080", "co.uk", "localhost"] {
            assert!(!is_anybodys(domain), "{domain}");
        }
    }
}
