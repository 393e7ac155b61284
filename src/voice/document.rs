//! The voice document, its check, and what of it counts in one language on one kind of channel.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::level::ReadingLevel;
use super::locale::LOCALES;
use crate::model::channel::ChannelKind;
use crate::model::document::{Problem, over};

/// A word that the brand prefers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SayInstead {
    /// What to say.
    pub say: String,
    /// What not to say.
    pub not: String,
}

/// The words and lines that are different in one language, or on one kind of channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocaleVoice {
    /// First line.
    pub greeting: Option<String>,
    /// Last line.
    pub sign_off: Option<String>,
    /// That a machine writes.
    pub disclosure: Option<String>,
    /// 0 (first names, du) to 100 (Sie).
    pub formality: Option<i64>,
    /// Phrases that are never said, besides the common ones.
    pub never_say: Vec<String>,
    /// Preferred words, besides the common ones.
    pub say_instead: Vec<SayInstead>,
}

/// What is different on one kind of channel; what is not said here is as everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelVoice {
    /// Matter of fact to warm.
    pub warmth: Option<i64>,
    /// Short to explaining.
    pub length: Option<i64>,
    /// Never to often.
    pub emoji: Option<i64>,
    /// How easy texts are to read.
    pub reading: Option<ReadingLevel>,
    /// In every language that has nothing of its own.
    pub words: LocaleVoice,
    /// In a language, by ISO 639 code.
    pub locales: BTreeMap<String, LocaleVoice>,
}

/// How a brand sounds. The sliders go from 0 to 100.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// Matter of fact to warm.
    pub warmth: i64,
    /// First names to formal.
    pub formality: i64,
    /// Short to explaining.
    pub length: i64,
    /// Never to often.
    pub emoji: i64,
    /// How easy texts are to read.
    pub reading: ReadingLevel,
    /// First line; `{first name}`, `{name}`, `{brand}` and `{teammate}` are filled in.
    pub greeting: String,
    /// Last line, where the channel has room for one.
    pub sign_off: String,
    /// That a machine writes, said below what the agent writes; `""` where it is not said.
    pub disclosure: String,
    /// Whether that is said on marketplaces too, whose rules on content are narrow.
    pub disclose_on_marketplaces: bool,
    /// Phrases that are never said.
    pub never_say: Vec<String>,
    /// Preferred words.
    pub say_instead: Vec<SayInstead>,
    /// What is different in a language, by ISO 639 code.
    pub locales: BTreeMap<String, LocaleVoice>,
    /// What is different on a kind of channel, by its name: `whatsapp`.
    pub channels: BTreeMap<String, ChannelVoice>,
}

impl Default for Voice {
    fn default() -> Self {
        let locale = |greeting: &str, sign_off: &str, never: &[&str]| LocaleVoice {
            greeting: Some(greeting.to_owned()),
            sign_off: Some(sign_off.to_owned()),
            never_say: never.iter().map(|phrase| (*phrase).to_owned()).collect(),
            ..LocaleVoice::default()
        };
        let french = locale("Bonjour {first name},", "Bien à vous, {teammate}", &["malheureusement"]);
        let locales = [
            ("de", locale("Hallo {first name}!", "Viele Grüße, {teammate}", &["leider müssen wir Ihnen mitteilen"])),
            // French shops say “vous” even where their English is on first names.
            ("fr", LocaleVoice { formality: Some(80), ..french }),
            ("es", locale("Hola, {first name}:", "Un saludo, {teammate}", &["lamentablemente"])),
            ("it", locale("Ciao {first name},", "Un saluto, {teammate}", &["purtroppo"])),
            ("nl", locale("Hallo {first name},", "Groeten, {teammate}", &["helaas"])),
        ];
        Self {
            warmth: 65,
            formality: 30,
            length: 30,
            emoji: 0,
            reading: ReadingLevel::Any,
            greeting: "Hi {first name},".to_owned(),
            sign_off: "Best wishes, {teammate}".to_owned(),
            disclosure: String::new(),
            disclose_on_marketplaces: false,
            never_say: ["unfortunately", "kindly", "as per our policy", "valued customer"].map(str::to_owned).into(),
            say_instead: vec![SayInstead { say: "parcel".to_owned(), not: "shipment".to_owned() }],
            locales: locales.into_iter().map(|(code, voice)| (code.to_owned(), voice)).collect(),
            channels: BTreeMap::new(),
        }
    }
}

/// The voice in one language on one kind of channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// First line.
    pub greeting: String,
    /// Last line.
    pub sign_off: String,
    /// That a machine writes.
    pub disclosure: String,
    /// 0 to 100, as are those below.
    pub formality: i64,
    /// Matter of fact to warm.
    pub warmth: i64,
    /// Short to explaining.
    pub length: i64,
    /// Never to often.
    pub emoji: i64,
    /// How easy texts are to read.
    pub reading: ReadingLevel,
    /// Phrases that are never said.
    pub never_say: Vec<String>,
    /// Preferred words.
    pub say_instead: Vec<SayInstead>,
}

impl Voice {
    /// What counts in a language on a kind of channel; `""` for what counts in all. What is said for both comes first,
    /// then what is said for the language, then for the channel: a greeting of the channel alone is in the brand's own
    /// language. Words of all of them count.
    pub fn spoken(&self, locale: &str, channel: &str) -> Spoken {
        let here = self.channels.get(channel);
        let both = here.and_then(|here| here.locales.get(locale));
        let nearest: Vec<&LocaleVoice> =
            [both, self.locales.get(locale), here.map(|here| &here.words)].into_iter().flatten().collect();
        let line = |own: fn(&LocaleVoice) -> Option<&String>, common: &String| {
            nearest.iter().find_map(|layer| own(layer)).unwrap_or(common).clone()
        };
        let mut never_say = self.never_say.clone();
        let mut say_instead = self.say_instead.clone();
        for layer in nearest.iter().rev() {
            never_say.extend_from_slice(&layer.never_say);
            say_instead.extend_from_slice(&layer.say_instead);
        }
        Spoken {
            greeting: line(|layer| layer.greeting.as_ref(), &self.greeting),
            sign_off: line(|layer| layer.sign_off.as_ref(), &self.sign_off),
            disclosure: line(|layer| layer.disclosure.as_ref(), &self.disclosure),
            formality: nearest.iter().find_map(|layer| layer.formality).unwrap_or(self.formality),
            warmth: here.and_then(|here| here.warmth).unwrap_or(self.warmth),
            length: here.and_then(|here| here.length).unwrap_or(self.length),
            emoji: here.and_then(|here| here.emoji).unwrap_or(self.emoji),
            reading: here.and_then(|here| here.reading).unwrap_or(self.reading),
            never_say,
            say_instead,
        }
    }
}

const MOST_PHRASES: usize = 200;
const PLACEHOLDERS: [&str; 4] = ["first name", "name", "brand", "teammate"];

/// The voice of a document. Missing settings take the value of the first voice; everything wrong is named by path.
pub fn compile(document: &Value) -> Result<Voice, Vec<Problem>> {
    let whole = |error: &dyn std::fmt::Display| vec![Problem::new("", format!("The voice cannot be read: {error}."))];
    let mut complete = serde_json::to_value(Voice::default()).map_err(|error| whole(&error))?;
    // Languages that are given are given whole: what was taken out of one must stay out.
    if let (Some(_), Some(languages)) = (document.get("locales"), complete.get_mut("locales")) {
        *languages = Value::Object(serde_json::Map::new());
    }
    let merged = over(&complete, document, &["locales", "channels"])?;
    let voice: Voice = serde_json::from_value(merged).map_err(|error| whole(&error))?;
    let problems = check(&voice);
    if problems.is_empty() { Ok(voice) } else { Err(problems) }
}

fn check(voice: &Voice) -> Vec<Problem> {
    let mut problems = Vec::new();
    let sliders =
        [("warmth", voice.warmth), ("formality", voice.formality), ("length", voice.length), ("emoji", voice.emoji)];
    for (path, value) in sliders {
        slider(path, value, &mut problems);
    }
    line("greeting", &voice.greeting, &mut problems);
    line("sign_off", &voice.sign_off, &mut problems);
    line("disclosure", &voice.disclosure, &mut problems);
    phrases("", &voice.never_say, &voice.say_instead, &mut problems);
    languages("", &voice.locales, &mut problems);
    for (kind, here) in &voice.channels {
        let place = format!("channels.{kind}");
        if kind.parse::<ChannelKind>().is_err() {
            problems.push(Problem::new(place.as_str(), "There is no such kind of channel."));
        }
        for (field, value) in [("warmth", here.warmth), ("length", here.length), ("emoji", here.emoji)] {
            if let Some(value) = value {
                slider(&format!("{place}.{field}"), value, &mut problems);
            }
        }
        apart(&format!("{place}.words"), &here.words, &mut problems);
        languages(&format!("{place}."), &here.locales, &mut problems);
    }
    problems
}

fn languages(prefix: &str, locales: &BTreeMap<String, LocaleVoice>, problems: &mut Vec<Problem>) {
    for (code, own) in locales {
        let place = format!("{prefix}locales.{code}");
        if !LOCALES.contains(&code.as_str()) {
            let message = format!("Languages with texts are: {}.", LOCALES.join(", "));
            problems.push(Problem::new(place.as_str(), message));
        }
        apart(&place, own, problems);
    }
}

/// What is different at one place.
fn apart(place: &str, own: &LocaleVoice, problems: &mut Vec<Problem>) {
    if let Some(value) = own.formality {
        slider(&format!("{place}.formality"), value, problems);
    }
    for (field, text) in [("greeting", &own.greeting), ("sign_off", &own.sign_off), ("disclosure", &own.disclosure)] {
        if let Some(text) = text {
            line(&format!("{place}.{field}"), text, problems);
        }
    }
    phrases(&format!("{place}."), &own.never_say, &own.say_instead, problems);
}

fn slider(path: &str, value: i64, problems: &mut Vec<Problem>) {
    if !(0..=100).contains(&value) {
        problems.push(Problem::new(path, "This must be a whole number from 0 to 100."));
    }
}

/// A greeting, a sign-off, a disclosure: one short line with known placeholders.
fn line(path: &str, text: &str, problems: &mut Vec<Problem>) {
    if text.chars().count() > 120 || text.contains('\n') {
        problems.push(Problem::new(path, "This must be one line of at most 120 characters."));
    }
    for open in text.split('{').skip(1) {
        let name = open.split_once('}').map_or("", |(name, _)| name);
        if !PLACEHOLDERS.contains(&name) {
            let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
            problems.push(Problem::new(path, format!("Only {known} can be filled in.")));
        }
    }
}

fn phrases(prefix: &str, never: &[String], instead: &[SayInstead], problems: &mut Vec<Problem>) {
    let bad = |phrase: &str| phrase.trim().is_empty() || phrase.chars().count() > 80;
    if never.len() > MOST_PHRASES || instead.len() > MOST_PHRASES {
        problems.push(Problem::new(format!("{prefix}never_say"), format!("At most {MOST_PHRASES} phrases.")));
    }
    if never.iter().any(|phrase| bad(phrase)) {
        problems.push(Problem::new(format!("{prefix}never_say"), "A phrase must have 1 to 80 characters."));
    }
    for pair in instead {
        let say = pair.say.to_lowercase();
        if bad(&pair.say) || bad(&pair.not) || say == pair.not.to_lowercase() {
            problems.push(Problem::new(
                format!("{prefix}say_instead"),
                "Two different phrases are needed, the one to say before the “=”.",
            ));
        }
        if never.iter().any(|phrase| phrase.to_lowercase() == say) {
            let message = format!("“{}” is to be said instead and never.", pair.say);
            problems.push(Problem::new(format!("{prefix}say_instead"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_voice_compiles_and_changes_lie_over_it() {
        assert_eq!(compile(&json!({})), Ok(Voice::default()));
        let voice = compile(&json!({"warmth": 10, "locales": {"de": {"formality": 90}}})).unwrap();
        let spoken = |locale| voice.spoken(locale, "email");
        assert_eq!((voice.warmth, spoken("de").formality, spoken("fr").formality), (10, 90, 30));
        assert_eq!(spoken("de").greeting, "Hi {first name},", "a language that is given is given whole");
    }

    #[test]
    fn the_nearest_counts_and_a_language_before_a_channel() {
        let document = json!({
            "warmth": 60, "never_say": ["everywhere"],
            "locales": {"de": {"greeting": "Hallo", "formality": 90, "never_say": ["leider"]}},
            "channels": {"whatsapp": {
                "warmth": 80, "emoji": 40, "reading": "easy",
                "words": {"greeting": "Hey", "sign_off": "", "formality": 10, "never_say": ["on whatsapp"]},
                "locales": {"de": {"greeting": "Moin", "say_instead": [{"say": "Päckchen", "not": "Sendung"}]}},
            }},
        });
        let voice = compile(&document).unwrap();
        let greeting = |locale, channel| voice.spoken(locale, channel).greeting;
        assert_eq!(greeting("de", "whatsapp"), "Moin");
        assert_eq!(greeting("de", "email"), "Hallo");
        assert_eq!(greeting("en", "whatsapp"), "Hey");
        assert_eq!(greeting("en", "email"), "Hi {first name},");
        let (german, english) = (voice.spoken("de", "whatsapp"), voice.spoken("en", "whatsapp"));
        assert_eq!((german.formality, english.formality), (90, 10));
        assert_eq!((german.warmth, german.emoji, german.reading), (80, 40, ReadingLevel::Easy));
        assert_eq!((german.length, german.sign_off.as_str()), (30, ""));
        assert_eq!(german.never_say, ["everywhere", "on whatsapp", "leider"]);
        assert_eq!((german.say_instead.len(), english.say_instead.len()), (2, 1));
        assert_eq!(voice.spoken("de", "email").never_say, ["everywhere", "leider"]);
        assert_eq!(compile(&serde_json::to_value(&voice).unwrap()), Ok(voice.clone()));
    }

    #[test]
    fn what_is_wrong_is_named_by_path() {
        for (document, path) in [
            (json!({"warmth": 101}), "warmth"),
            (json!({"warmht": 1}), "warmht"),
            (json!({"reading": "hard"}), ""),
            (json!({"greeting": "Hi {name of the cat},"}), "greeting"),
            (json!({"greeting": "Hi {first name,"}), "greeting"),
            (json!({"never_say": [" "]}), "never_say"),
            (json!({"say_instead": [{"say": "kindly", "not": "please"}]}), "say_instead"),
            (json!({"locales": {"xx": {}}}), "locales.xx"),
            (json!({"locales": {"de": {"formality": -1}}}), "locales.de.formality"),
            (json!({"locales": {"de": {"tone": 1}}}), ""),
            (json!({"channels": {"fax": {}}}), "channels.fax"),
            (json!({"channels": {"sms": {"emoji": 101}}}), "channels.sms.emoji"),
            (json!({"channels": {"sms": {"words": {"never_say": [""]}}}}), "channels.sms.words.never_say"),
            (json!({"channels": {"sms": {"locales": {"xx": {}}}}}), "channels.sms.locales.xx"),
            (json!({"channels": {"sms": {"tone": 1}}}), ""),
        ] {
            let problems = compile(&document).unwrap_err();
            assert_eq!(problems[0].path, path, "{document} {problems:?}");
        }
    }
}
