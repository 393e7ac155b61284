//! The words of the widget, by language.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Words by name, as `static/widget/words.json` has them.
pub(super) type Words = BTreeMap<String, String>;

static ALL: LazyLock<Vec<Language>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../static/widget/words.json")).unwrap_or_default());

/// What is shown when a language has no words at all: never, while `words.json` can be read.
static NONE: LazyLock<Words> = LazyLock::new(Words::new);

/// The words that the launcher needs.
const OF_LAUNCHER: [&str; 4] = ["open", "close", "messages", "unavailable"];

#[derive(Debug, Serialize, Deserialize)]
struct Language {
    language: String,
    words: Words,
}

/// The words for a page's language, or the brand's, or English.
pub(super) fn in_language(page: &str, brand: &str) -> (&'static str, &'static Words) {
    let find = |tag: &str| {
        let short = tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        ALL.iter().find(|known| known.language == short)
    };
    find(page)
        .or_else(|| find(brand))
        .or_else(|| find("en"))
        .map_or(("en", &NONE), |found| (found.language.as_str(), &found.words))
}

/// What the launcher says, by language: it stands on the shop's page before anything else is asked for.
pub(super) fn of_launcher() -> BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    let mut all = BTreeMap::new();
    for language in ALL.iter() {
        let words = language.words.iter().filter(|(name, _)| OF_LAUNCHER.contains(&name.as_str()));
        all.insert(language.language.as_str(), words.map(|(name, words)| (name.as_str(), words.as_str())).collect());
    }
    all
}

/// Which way a language is written.
pub(super) fn direction(language: &str) -> &'static str {
    if matches!(language, "ar" | "fa" | "he" | "ur") { "rtl" } else { "ltr" }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What is filled in where the words are shown.
    fn gaps(words: &str) -> BTreeSet<&str> {
        words.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
    }

    #[test]
    fn every_language_has_every_word() {
        let (_, english) = in_language("en", "en");
        assert!(!english.is_empty());
        for language in ALL.iter() {
            let missing: Vec<_> = english.keys().filter(|name| !language.words.contains_key(*name)).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", language.language);
            assert_eq!(language.words.len(), english.len(), "{}", language.language);
        }
    }

    #[test]
    fn every_language_fills_in_the_same() {
        let (_, english) = in_language("en", "en");
        assert_eq!(gaps(&english["ahead"]), BTreeSet::from(["n"]));
        for language in ALL.iter() {
            for (name, words) in &language.words {
                assert!(!words.trim().is_empty(), "{}: {name}", language.language);
                assert_eq!(gaps(words), gaps(&english[name]), "{}: {name}", language.language);
            }
        }
    }

    #[test]
    fn every_language_is_there_once() {
        let known: BTreeSet<&str> = ALL.iter().map(|language| language.language.as_str()).collect();
        assert_eq!(known, BTreeSet::from(["ar", "de", "en", "es", "fr", "he", "it", "nl", "pl", "pt"]));
        assert_eq!(known.len(), ALL.len());
    }

    #[test]
    fn the_launcher_speaks_every_language() {
        let all = of_launcher();
        assert_eq!(all.len(), ALL.len());
        assert!(all.values().all(|words| words.len() == OF_LAUNCHER.len()), "{all:?}");
        assert_eq!(all["de"]["open"], "Chat öffnen");
    }

    #[test]
    fn the_page_decides_then_the_brand() {
        assert_eq!(in_language("de-AT", "en").0, "de");
        assert_eq!(in_language("xx", "fr").0, "fr");
        assert_eq!(in_language("", "xx").0, "en");
        assert_eq!(in_language("pt_BR", "en").0, "pt");
        for (tag, written) in [("ar", "rtl"), ("he-IL", "rtl"), ("pl", "ltr")] {
            assert_eq!(direction(in_language(tag, "en").0), written, "{tag}");
        }
    }
}
