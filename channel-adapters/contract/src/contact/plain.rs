//! A text with everything that hides a host or an address in it written as usual.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization as _;

use super::host;
use crate::unseen::is_unseen;

/// A point or an `@` in brackets, as a sign or a word.
static BRACKETED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let dot = r"(?P<dot>\.|dot|punkt|punto|ponto|point|punt|kropka|prikk)";
    let at = "(?P<at>@|at|ät|arobase|arroba|chiocciola)";
    Regex::new(&format!(r"(?i)\s?[\[({{<]\s?(?:{dot}|{at})\s?[\])}}>]\s?")).ok()
});
/// Letters, digits and signs one by one, with a blank between them.
static SPELLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(^|[^\p{L}\p{N}@._+-])([\p{L}\p{N}@](?: [\p{L}\p{N}@._+-]){3,})($|[^\p{L}\p{N}])").ok()
});
/// The point of an address as a word.
static DOTTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)([\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+)\s(?:dot|punkt|punto|ponto|point|punt|kropka|prikk)\s([\p{L}]{2,})\b",
    )
    .ok()
});
/// A point as browsers take it too, between signs of a host.
static OTHER_POINT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("([a-zA-Z0-9])。([a-zA-Z])").ok());
/// An address in words.
static SPOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let at = "(at|ät|arobase|arroba|chiocciola|klammeraffe|apen?staartje|snabel-?a|krøllalfa|małpa)";
    let dot = r"(\s+(?:dot|punkt|punto|ponto|point|punt|kropka|prikk)\s+|\s*\.\s*)";
    Regex::new(&format!(r"(?i)([\p{{L}}\p{{N}}._%+-]+)\s+{at}\s+([\p{{L}}\p{{N}}-]+){dot}([\p{{L}}]{{2,}})\b")).ok()
});
/// `www` and what follows, with blanks at the points.
static SPACED_WWW: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bwww\s*\.\s*([\p{L}\p{N}-]+)\s?\.\s?([\p{L}]{2,})\b").ok());
/// `www` and what follows, with blanks in place of the points.
static POINTLESS_WWW: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bwww\s+([\p{L}\p{N}-]{3,})\s+([\p{L}]{2,})\b").ok());
/// An address with a blank in place of the point; with `@` as a word at those who give mailboxes to everybody.
static POINTLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)([\p{L}\p{N}._%+-]+)(?:@|\s+(?:at|ät|arobase|arroba|chiocciola)\s+(?P<known>gmail|googlemail|hotmail|outlook|yahoo|gmx|icloud|protonmail)\b)([\p{L}\p{N}-]*)\s+(com|net|org|eu|uk|de|fr|es|it|nl|pl|ch)\b",
    )
    .ok()
});
/// The two last parts of a host in the United Kingdom.
static CO_UK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\bco\s+dot\s+uk\b").ok());
/// A host with blanks at its last point, or with that as a word.
static SPACED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)([\p{L}\p{N}-]{2,})(\s+\.\s*|\.\s+|\s+(?:dot|punkt|punto|ponto|point|punt|kropka|prikk)\s+|[-_](?:dot|punkt)[-_])((?:co\.)?[\p{L}]{2,})\b",
    )
    .ok()
});

/// What follows `www` in a sentence about pages.
const PAGES: [&str; 12] =
    ["page", "pages", "site", "sites", "address", "seite", "seiten", "adresse", "link", "links", "and", "und"];
/// What is looked at in front of the host of an address in words: “at the dot in the middle” is none.
const POINTERS: [&str; 12] = ["the", "a", "an", "this", "that", "each", "every", "your", "our", "my", "one", "which"];

/// The text as it is read.
pub(super) fn plain(text: &str) -> String {
    let text: String = text.nfkc().filter(|c| !is_unseen(*c)).collect();
    let text = replaced(SPELLED.as_ref(), &text, |found| {
        format!("{}{}{}", part(found, 1), part(found, 2).replace(' ', ""), part(found, 3))
    });
    let text =
        replaced(
            BRACKETED.as_ref(),
            &text,
            |found| {
                if found.name("dot").is_some() { ".".to_owned() } else { "@".to_owned() }
            },
        );
    let text = replaced(DOTTED.as_ref(), &text, |found| format!("{}.{}", part(found, 1), part(found, 2)));
    let text = replaced(OTHER_POINT.as_ref(), &text, |found| format!("{}.{}", part(found, 1), part(found, 2)));
    let text = replaced(SPACED_WWW.as_ref(), &text, |found| format!("www.{}.{}", part(found, 1), part(found, 2)));
    let text = replaced(POINTLESS_WWW.as_ref(), &text, |found| {
        let (host, ending) = (part(found, 1), part(found, 2));
        let is_one = host::is_ending(ending) && !PAGES.contains(&host.to_lowercase().as_str());
        if is_one { format!("www.{host}.{ending}") } else { part(found, 0).to_owned() }
    });
    let text = replaced(POINTLESS.as_ref(), &text, |found| {
        let known = found.name("known").map_or_else(|| part(found, 3), |known| known.as_str());
        if known.is_empty() {
            part(found, 0).to_owned()
        } else {
            format!("{}@{known}.{}", part(found, 1), part(found, 4))
        }
    });
    let text = replaced(SPOKEN.as_ref(), &text, |found| {
        let (name, at, host, gap, ending) =
            (part(found, 1), part(found, 2), part(found, 3), part(found, 4), part(found, 5));
        // Behind “at” and a point a sentence goes on, also with “UK” or “EU”; the other words are used for nothing else.
        let is_said = !gap.contains('.') || matches!(ending, "com" | "org") || !at.eq_ignore_ascii_case("at");
        // What is written as usual is a host behind a word.
        let is_spaced = gap != "." || !at.eq_ignore_ascii_case("at");
        let is_one = host::is_ending(ending) && !POINTERS.contains(&host.to_lowercase().as_str());
        // A meeting point is none of an address.
        let is_point = gap.trim().eq_ignore_ascii_case("point") && at.eq_ignore_ascii_case("at");
        let is_meant = !is_point || matches!(ending, "com" | "org");
        if is_one && is_said && is_spaced && is_meant {
            format!("{name}@{host}.{ending}")
        } else {
            part(found, 0).to_owned()
        }
    });
    let text = replaced(CO_UK.as_ref(), &text, |_| "co.uk".to_owned());
    replaced(SPACED.as_ref(), &text, |found| {
        let (host, gap, ending) = (part(found, 1), part(found, 2), part(found, 3));
        let last = ending.rsplit('.').next().unwrap_or_default();
        let fits = match gap.trim() {
            "." if gap.starts_with('.') => matches!(ending, "com" | "org" | "COM" | "ORG"),
            "." => host::is_clear(last) || (host.chars().count() > 2 && host::is_country(last)),
            word => ends_behind(word.trim_matches(['-', '_']), last),
        };
        if fits { format!("{host}.{ending}") } else { part(found, 0).to_owned() }
    })
}

/// Whether a host may end so behind a word for its point. Most of these words are used for other things, too.
fn ends_behind(word: &str, ending: &str) -> bool {
    let ending = ending.to_lowercase();
    let own: &[&str] = match word.to_lowercase().as_str() {
        "dot" | "punkt" => return host::is_clear(&ending) || ending == "de",
        "point" => &["fr"],
        "ponto" => &["pt"],
        "punt" => &["nl", "be"],
        "kropka" => &["pl"],
        "prikk" => &["no"],
        _ => &[],
    };
    matches!(ending.as_str(), "com" | "org") || own.contains(&ending.as_str())
}

fn replaced(form: Option<&Regex>, text: &str, with: impl Fn(&Captures<'_>) -> String) -> String {
    form.map_or_else(|| text.to_owned(), |form| form.replace_all(text, |found: &Captures<'_>| with(found)).into_owned())
}

fn part<'c>(found: &'c Captures<'_>, group: usize) -> &'c str {
    found.get(group).map_or("", |part| part.as_str())
}
