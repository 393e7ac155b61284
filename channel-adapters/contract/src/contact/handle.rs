//! Names on other networks, beside the name of the network.

use std::sync::LazyLock;

use regex::Regex;

use super::phone::{before, behind};

/// `@name`, and no mail address.
static HANDLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\p{L}\p{N}@._%+-])(@[\p{L}_][\p{L}\p{N}_.]{1,29})").ok());
/// Where people have such names; what is a word too is none when it is written as one.
static NETWORK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:instagram|insta|ig|facebook|fb|messenger|telegram|tik ?tok|snapchat|twitter|youtube|whatsapp|viber|wechat|linkedin|pinterest|discord|skype|vk|(?-i:LINE|Signal|Threads))\b",
    )
    .ok()
});
/// A name without the sign, right behind the network: with a line in it, as no word has.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:instagram|insta|facebook|telegram|tik ?tok|snapchat|twitter|whatsapp|viber|wechat)\s?[:=]?\s(?:as |is |als |ist )?[\p{L}\p{N}.]+_[\p{L}\p{N}_.]+",
    )
    .ok()
});

/// Whether a text names somebody on another network.
pub(super) fn has_handle(text: &str) -> bool {
    let names_network = |words: &str| NETWORK.as_ref().is_some_and(|network| network.is_match(words));
    let handles = HANDLE.iter().flat_map(|handle| handle.captures_iter(text)).filter_map(|found| found.get(1));
    let mut beside = handles.map(|handle| (before(text, handle.start()), behind(text, handle.end())));
    beside.any(|(front, rest)| names_network(front) || names_network(rest))
        || NAMED.as_ref().is_some_and(|named| named.is_match(text))
}
