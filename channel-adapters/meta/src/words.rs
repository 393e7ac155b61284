//! What stands for something that has no words of its own, in words for teammates.

use crate::read::{Part, Said};
use crate::settings::Network;

/// What a message says: the customer's own words, and a line for each thing that is no file.
pub(crate) fn visible(said: &Said, network: Network) -> String {
    let own = (!said.text.is_empty()).then(|| said.text.clone());
    let lines: Vec<String> =
        own.into_iter().chain(said.parts.iter().filter_map(|part| line(part, &said.text))).collect();
    if !lines.is_empty() || said.parts.iter().any(|part| address(part).is_some()) {
        return lines.join("\n");
    }
    let name = network.name();
    match (said.is_unsupported, &said.story) {
        (true, _) => format!("(A kind of message that {name} does not hand on: it can be seen in the app.)"),
        (false, Some(_)) => "(An answer to your story, without words.)".to_owned(),
        (false, None) => "(A kind of message that cannot be shown here.)".to_owned(),
    }
}

/// What led to a message, to be read before it.
pub(crate) fn context(said: &Said) -> Option<String> {
    if said.story.is_some() {
        return Some("(An answer to your story.)".to_owned());
    }
    said.referral.as_ref().map(|referral| came_from(&referral.source, &referral.title))
}

/// Where a person came from.
pub(crate) fn came_from(source: &str, title: &str) -> String {
    match (source, title) {
        ("ADS", "") => "(Came from an advertisement.)".to_owned(),
        ("ADS", title) => format!("(Came from the advertisement “{title}”.)"),
        _ => "(Came by a link to this conversation.)".to_owned(),
    }
}

/// The address of the file that a part is, where it is one.
pub(crate) fn address(part: &Part) -> Option<&String> {
    let is_file = !matches!(part.what.as_str(), "fallback" | "template" | "location");
    part.url.as_ref().or(part.story_url.as_ref()).filter(|_| is_file)
}

/// The line for a part that does not speak for itself.
fn line(part: &Part, text: &str) -> Option<String> {
    let has_file = address(part).is_some();
    let titled = |what: &str| match part.title.as_str() {
        "" => format!("({what}.)"),
        title => format!("({what}: {title}.)"),
    };
    let words = match part.what.as_str() {
        "location" => match part.place {
            Some((latitude, longitude)) => titled(&format!("A place: {latitude}, {longitude}")),
            None => titled("A place"),
        },
        "fallback" => return link(part, text),
        "template" => titled("A card"),
        "like_heart" => "❤".to_owned(),
        "ephemeral" => "(A picture or video that was to be seen once: it cannot be shown here.)".to_owned(),
        "story_mention" => "(Mentioned you in their story.)".to_owned(),
        "ig_story" => titled("Shared a story"),
        "reel" | "ig_reel" => titled("Shared a reel"),
        "share" | "post" | "ig_post" => titled("Shared a post"),
        "image" | "video" | "audio" | "file" | "sticker" if has_file => return None,
        "image" => "(A picture that cannot be fetched.)".to_owned(),
        "video" => "(A video that cannot be fetched.)".to_owned(),
        "audio" => "(A recording that cannot be fetched.)".to_owned(),
        "file" => "(A file that cannot be fetched.)".to_owned(),
        "sticker" => "(A sticker.)".to_owned(),
        "" => "(Something that cannot be shown here.)".to_owned(),
        other => format!("(A kind of attachment that cannot be shown here: {}.)", word(other)),
    };
    Some(words)
}

/// A link, unless the text holds it.
fn link(part: &Part, text: &str) -> Option<String> {
    let url = part.url.as_deref().unwrap_or_default();
    if !url.is_empty() && text.contains(url) {
        return None;
    }
    let both: Vec<&str> = [part.title.as_str(), url].into_iter().filter(|words| !words.is_empty()).collect();
    Some(if both.is_empty() { "(A link.)".to_owned() } else { format!("(A link: {})", both.join(" – ")) })
}

/// A word of the platform, short enough to be shown.
fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(what: &str, url: &str) -> Part {
        Part { what: what.to_owned(), url: (!url.is_empty()).then(|| url.to_owned()), ..Part::default() }
    }

    #[test]
    fn a_link_stands_once() {
        let said = |text: &str| Said {
            text: text.to_owned(),
            parts: vec![Part { title: "The cup".to_owned(), ..part("fallback", "https://shop.example/cup") }],
            ..Said::default()
        };
        assert_eq!(visible(&said("See https://shop.example/cup"), Network::Messenger), "See https://shop.example/cup");
        assert_eq!(visible(&said("See"), Network::Messenger), "See\n(A link: The cup – https://shop.example/cup)");
    }

    #[test]
    fn what_says_nothing_says_that() {
        let nothing = Said::default();
        assert_eq!(visible(&nothing, Network::Instagram), "(A kind of message that cannot be shown here.)");
        let picture = Said { parts: vec![part("image", "https://cdn.example/i.jpg")], ..Said::default() };
        assert_eq!(visible(&picture, Network::Instagram), "", "a picture speaks for itself");
        let gone = Said { parts: vec![part("image", "")], ..Said::default() };
        assert_eq!(visible(&gone, Network::Instagram), "(A picture that cannot be fetched.)");
        let odd = Said { parts: vec![part("holo<gram>", "")], ..Said::default() };
        let words = visible(&odd, Network::Messenger);
        assert_eq!(words, "(A kind of attachment that cannot be shown here: hologram.)");
    }
}
