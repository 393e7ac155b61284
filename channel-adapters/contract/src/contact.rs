//! Ways out of a marketplace in a text that is to leave: links, mail addresses, phone numbers, names on other networks and bank
//! accounts. Marketplaces forbid them, and punish the shop. Pure; of what is found only what may be the end of a sentence is quoted, to whoever wrote it.

mod account;
mod handle;
mod host;
mod phone;
mod plain;

use std::sync::LazyLock;

use regex::Regex;

/// A link as browsers read it: up to what ends its host and port, with the name to sign in with that may stand before; and a
/// host with a path.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?:https?|ftp):[/\\]+|www\.)([^\s/\\?#<>\x22'()]+)[^\s,;<>\x22()]*|\b((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,10})/[^\s,;<>\x22()]+",
    )
    .ok()
});
/// The last part of a host begins with a letter: `2 @ 3.50` is a price.
static MAIL_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}\p{N}._%+-]+\s?@\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}[\p{L}\p{N}-]+").ok()
});

/// A way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A link, or the name of a host.
    Link,
    /// A mail address, however it is written.
    MailAddress,
    /// A phone number; numbers of orders, parcels, days and prices are none.
    Phone,
    /// What somebody is called on another network, beside its name.
    Handle,
    /// The international number of a bank account.
    Account,
}

impl Way {
    /// What it is called in a sentence, as many.
    pub fn words(self) -> &'static str {
        match self {
            Self::Link => "links",
            Self::MailAddress => "mail addresses",
            Self::Phone => "phone numbers",
            Self::Handle => "names on other networks",
            Self::Account => "numbers of bank accounts",
        }
    }
}

/// A way out that a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub way: Way,
    /// What was taken for it, where that may be the end of a sentence with the next right behind it.
    pub place: Option<String>,
}

/// The ways out that a text holds, each once. Links may lead to the hosts that are `allowed`, in lower case, and to all that
/// is below them.
pub fn found(text: &str, allowed: &[&str]) -> Vec<Found> {
    let text = plain::plain(text);
    let rest = MAIL_ADDRESS.as_ref().map_or(text.as_str().into(), |address| address.replace_all(&text, " "));
    let one = |way: Way| Found { way, place: None };
    let address = (rest != text.as_str()).then(|| one(Way::MailAddress));
    let phone = phone::has_number(&rest).then(|| one(Way::Phone));
    let handle = handle::has_handle(&rest).then(|| one(Way::Handle));
    let account = account::has_account(&rest).then(|| one(Way::Account));
    address.into_iter().chain(link(&rest, allowed)).chain(phone).chain(handle).chain(account).collect()
}

/// The same as sentences for whoever writes it. `platform` names it in words for people.
pub fn objections(text: &str, platform: &str, allowed: &[&str]) -> Vec<String> {
    let sentence = |found: Found| match found.place {
        Some(place) => format!(
            "{platform} takes no {} in messages, and “{place}” looks like one. Leave it out, or put a blank behind the point.",
            found.way.words()
        ),
        None => format!("{platform} takes no {} in messages. Leave it out.", found.way.words()),
    };
    found(text, allowed).into_iter().map(sentence).collect()
}

/// The first link that leads elsewhere.
fn link(text: &str, allowed: &[&str]) -> Option<Found> {
    let some = |place: Option<String>| Some(Found { way: Way::Link, place });
    let Some(link) = LINK.as_ref() else { return some(None) };
    let mut linked = link.captures_iter(text).filter_map(|found| {
        let with_path = found.get(2).map(|host| host.as_str()).filter(|host| host::goes_on(host));
        found.get(1).map(|host| host.as_str()).or(with_path)
    });
    if linked.any(|host| !is_allowed(host, allowed)) {
        return some(None);
    }
    // What stands in the path of a link leads nowhere by itself.
    let rest = link.replace_all(text, " ");
    let bare = host::hosts(&rest).into_iter().find(|host| !is_allowed(host, allowed))?;
    some(Some(bare))
}

fn is_allowed(host: &str, allowed: &[&str]) -> bool {
    let place = host.trim_matches(['.', ',', ';', '!', '[', ']']).to_lowercase();
    let (host, port) = place.split_once(':').unwrap_or((place.as_str(), ""));
    // A name before the host is one to sign in with, and leads the eye astray.
    port.bytes().all(|byte| byte.is_ascii_digit())
        && !host.contains('@')
        && allowed
            .iter()
            .any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests;
