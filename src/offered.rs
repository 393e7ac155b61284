//! Files of replies that a platform fetches from the desk: each lies for a while at an address that says nothing to
//! anybody else and that nobody but the desk can make. The address is the only record of it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channel_contract::outbound::OutboundAttachment;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::model::Ts;
use crate::store::files::Files;
use crate::vault::Vault;

/// What the vault seals addresses for.
const PURPOSE: &str = "offered file";
/// Where they begin, below the desk's own address.
const PATH: &str = "/files/";
/// What any other file is called, so that nothing opens it.
const UNKNOWN: &str = "application/octet-stream";
/// The types under which files are given out: none of them is a page or holds script that a browser runs.
const TYPES: [&str; 10] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/tiff",
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
];

/// Makes the addresses of files and opens them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Offers {
    vault: Vault,
    clock: Clock,
    /// How the outside reaches the desk, without a slash at the end.
    origin: String,
}

/// A file that somebody may have who came with its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// The type under which it is given out.
    pub content_type: &'static str,
    /// Where its bytes are.
    pub storage_key: String,
}

/// What an address holds.
#[derive(Debug, Serialize, Deserialize)]
struct Sealed {
    key: String,
    name: String,
    #[serde(rename = "type")]
    content_type: String,
    until: Ts,
}

impl Offers {
    /// Of a desk that the outside reaches at `origin`.
    pub fn new(vault: Vault, clock: Clock, origin: String) -> Self {
        Self { vault, clock, origin }
    }

    /// Whether platforms can fetch anything here: they ask for https.
    pub fn are_reached(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The address at which a stored file lies for so long; `None` where no platform could reach it.
    pub fn address(&self, file: &OutboundAttachment, lasts: Duration) -> Option<String> {
        if !self.are_reached() {
            return None;
        }
        let sealed = Sealed {
            key: Files::key_of(&file.content),
            name: file.name.clone(),
            content_type: given_out(&file.content_type).to_owned(),
            until: self.clock.now().plus(lasts),
        };
        let sealed = self.vault.seal(PURPOSE, &serde_json::to_vec(&sealed).ok()?).ok()?;
        Some(format!("{}{PATH}{}", self.origin, URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The file of an address, by the last part of it; `None` where the desk did not make it, or its time is over.
    pub fn open(&self, token: &str) -> Option<Offered> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let opened = self.vault.open(PURPOSE, &sealed).ok()?;
        let Sealed { key, name, content_type, until } = serde_json::from_slice(&opened).ok()?;
        (self.clock.now() < until).then(|| Offered { name, content_type: given_out(&content_type), storage_key: key })
    }
}

impl Offered {
    /// Whether whoever opens it sees a picture, and has no file to save.
    pub fn is_picture(&self) -> bool {
        self.content_type.starts_with("image/")
    }
}

/// The type under which a file is given out.
fn given_out(content_type: &str) -> &'static str {
    let plain = content_type.split(';').next().unwrap_or_default().trim();
    TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(plain)).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn offers(key: &str, origin: &str) -> Offers {
        Offers::new(Vault::from_hex(&key.repeat(32)).unwrap(), Clock::fixed(Ts(0)), origin.to_owned())
    }

    fn label(name: &str) -> OutboundAttachment {
        OutboundAttachment {
            name: name.to_owned(),
            content_type: "Application/PDF; name=x".to_owned(),
            content: "a label".into(),
        }
    }

    #[test]
    fn an_address_opens_its_file_and_ends() {
        let desk = offers("ab", "https://desk.example");
        let address = desk.address(&label("label.pdf"), DAY).unwrap();
        let token = address.strip_prefix("https://desk.example/files/").unwrap();
        let file = desk.open(token).unwrap();
        assert_eq!((file.name.as_str(), file.content_type, file.is_picture()), ("label.pdf", "application/pdf", false));
        assert_eq!(file.storage_key, Files::key_of(b"a label"));
        assert_ne!(desk.address(&label("label.pdf"), DAY).unwrap(), address, "each time another one");

        let other = offers("cd", "https://desk.example");
        assert_eq!(other.open(token), None, "another desk");
        let (first, rest) = token.split_at(1);
        let forged = format!("{}{rest}", if first == "A" { "B" } else { "A" });
        for odd in [forged.as_str(), &token[..token.len() - 2], "", "a", "../secret.key"] {
            assert_eq!(desk.open(odd), None, "{odd}");
        }
        let foreign = desk.vault.seal("channel:1", &desk.vault.open(PURPOSE, &decoded(token)).unwrap()).unwrap();
        assert_eq!(desk.open(&URL_SAFE_NO_PAD.encode(foreign)), None, "sealed for something else");

        desk.clock.advance(DAY);
        assert_eq!(desk.open(token), None, "its time is over");
    }

    fn decoded(token: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(token).unwrap()
    }

    #[test]
    fn an_address_is_short_enough_for_platforms_whatever_the_file_is_called() {
        let address = offers("ab", "https://desk.example").address(&label(&"🧥".repeat(120)), DAY).unwrap();
        assert!(address.len() < 1_000, "{}", address.len());
    }

    #[test]
    fn nothing_is_offered_where_nobody_outside_gets_to() {
        for origin in ["http://desk.example", "http://127.0.0.1:8080"] {
            let desk = offers("ab", origin);
            assert!(!desk.are_reached() && desk.address(&label("label.pdf"), DAY).is_none());
        }
    }

    #[test]
    fn what_a_browser_could_run_is_only_saved() {
        for hostile in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", ""] {
            assert_eq!(given_out(hostile), UNKNOWN, "{hostile}");
        }
        assert_eq!(given_out("text/plain; charset=utf-8"), "text/plain");
    }
}
