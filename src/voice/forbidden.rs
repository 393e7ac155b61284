//! A voice that forbids what its own lines and most reply templates say: no reply would come close to it.

use std::cmp::Reverse;
use std::iter::once;

use serde_json::Value;
use tera::Context;

use super::document::{Spoken, Voice};
use super::locale::locale;
use super::score::has_words;
use super::templates::{NAMES, Templates, sample_for};
use crate::model::document::Problem;

/// So many phrases are named.
const NAMED: usize = 3;

/// What a list of forbidden phrases is held against.
struct List<'a> {
    path: String,
    language: &'a str,
    channel: &'a str,
    phrases: &'a [String],
}

/// What is wrong with the phrases that are never said: one of them stands in a greeting, a sign-off or a disclosure of the
/// voice, or those of a list stand in more than half of the texts in its language, as they read on the invented case.
/// `language` is the brand's own: what is forbidden in all languages is looked for there.
pub fn forbids_too_much(voice: &Voice, templates: &Templates, language: &str) -> Vec<Problem> {
    let mut problems = in_own_lines(voice);
    for list in lists(voice, language).into_iter().filter(|list| !list.phrases.is_empty()) {
        let spoken = voice.spoken(list.language, list.channel);
        let texts: Vec<String> =
            NAMES.iter().filter_map(|(name, _)| said(&spoken, templates, list.language, name)).collect();
        if let Some(message) = too_often(list.phrases, &texts, locale(list.language).name) {
            problems.push(Problem::new(list.path, message));
        }
    }
    problems
}

fn lists<'a>(voice: &'a Voice, language: &'a str) -> Vec<List<'a>> {
    let list = |path: String, language: &'a str, channel: &'a str, phrases: &'a [String]| List {
        path: format!("{path}never_say"),
        language,
        channel,
        phrases,
    };
    let mut all = vec![list(String::new(), language, "", &voice.never_say)];
    for (code, own) in &voice.locales {
        all.push(list(format!("locales.{code}."), code, "", &own.never_say));
    }
    for (kind, here) in &voice.channels {
        all.push(list(format!("channels.{kind}.words."), language, kind, &here.words.never_say));
        for (code, own) in &here.locales {
            all.push(list(format!("channels.{kind}.locales.{code}."), code, kind, &own.never_say));
        }
    }
    all
}

fn in_own_lines(voice: &Voice) -> Vec<Problem> {
    let mut problems = Vec::new();
    for code in once("").chain(voice.locales.keys().map(String::as_str)) {
        for kind in once("").chain(voice.channels.keys().map(String::as_str)) {
            let spoken = voice.spoken(code, kind);
            for line in [&spoken.greeting, &spoken.sign_off, &spoken.disclosure] {
                let words = bare(line).to_lowercase();
                for phrase in spoken.never_say.iter().filter(|phrase| has_words(&words, &phrase.to_lowercase())) {
                    let message = format!("“{phrase}” is never said, but “{line}” says it. Change one of the two.");
                    let problem = Problem::new("never_say", message);
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
        }
    }
    problems
}

/// A line without what is filled in.
fn bare(line: &str) -> String {
    line.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect()
}

/// What a template says on the invented case, in small letters.
fn said(spoken: &Spoken, templates: &Templates, language: &str, name: &str) -> Option<String> {
    let mut facts = sample_for(name, language);
    if let Some(facts) = facts.as_object_mut() {
        facts.insert("formal".to_owned(), Value::from(spoken.formality >= 50));
        facts.insert("warm".to_owned(), Value::from(spoken.warmth >= 50));
    }
    let context = Context::from_serialize(&facts).ok()?;
    let lines = templates.render(language, name, &context).ok()?;
    Some(lines.into_iter().map(|line| line.text.to_lowercase()).collect::<Vec<_>>().join("\n"))
}

fn too_often(phrases: &[String], texts: &[String], language: &str) -> Option<String> {
    let small: Vec<String> = phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
    let hit = texts.iter().filter(|text| small.iter().any(|phrase| has_words(text, phrase))).count();
    if hit * 2 <= texts.len() {
        return None;
    }
    let count = |phrase: &str| texts.iter().filter(|text| has_words(text, phrase)).count();
    let mut counts: Vec<(&String, usize)> =
        phrases.iter().zip(&small).map(|(phrase, small)| (phrase, count(small))).collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    let named: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .take(NAMED)
        .map(|(phrase, count)| format!("“{phrase}” stands in {count}"))
        .collect();
    Some(format!(
        "{} of the {} {language} reply templates. Take out what has to be said, or write those templates anew first.",
        named.join(", "),
        texts.len(),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::voice::compile;
    use crate::voice::locale::LOCALES;

    fn problems(document: &Value, language: &str) -> Vec<Problem> {
        forbids_too_much(&compile(document).unwrap(), &Templates::defaults(), language)
    }

    #[test]
    fn the_first_voice_forbids_nothing_that_is_said() {
        for language in LOCALES {
            assert_eq!(problems(&json!({}), language), [], "{language}");
        }
    }

    #[test]
    fn what_most_texts_say_cannot_be_forbidden() {
        let found = problems(&json!({"never_say": ["Is", "you", "to", "seldom"]}), "en");
        assert_eq!((found.len(), found[0].path.as_str()), (1, "never_say"), "{found:?}");
        let message = &found[0].message;
        assert!(message.starts_with("“") && message.contains("“Is” stands in "), "{message}");
        assert!(
            message.contains("of the 30 English reply templates. Take out") && !message.contains("seldom"),
            "{message}"
        );
        // The same words say nothing in a language that they are not meant for.
        assert_eq!(problems(&json!({"never_say": ["die", "der", "das"]}), "en"), []);
        let german = json!({"never_say": ["die", "der", "das", "ist"]});
        for (document, path) in [
            (json!({"locales": {"de": german}}), "locales.de.never_say"),
            (json!({"channels": {"sms": {"locales": {"de": german}}}}), "channels.sms.locales.de.never_say"),
            (
                json!({"channels": {"sms": {"words": {"never_say": ["is", "you", "to"]}}}}),
                "channels.sms.words.never_say",
            ),
        ] {
            let paths: Vec<String> = problems(&document, "en").into_iter().map(|problem| problem.path).collect();
            assert_eq!(paths, [path]);
        }
    }

    #[test]
    fn a_voice_does_not_forbid_its_own_greeting() {
        let found = problems(&json!({"never_say": ["best wishes", "name"]}), "en");
        let words = "“best wishes” is never said, but “Best wishes, {teammate}” says it. Change one of the two.";
        assert_eq!(found, [Problem::new("never_say", words)]);
    }
}
