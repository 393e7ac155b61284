//! Settings that no field of a guide asks for: what a platform may change, or does not write down. An adapter has a usual value for
//! each; a person who knows better puts another in its place, in one JSON document that names each whole: `polling.first_days`.

mod once;

use serde_json::{Map, Value};

use crate::guide::{Guide, at, put, take_out};

/// The longest document, in characters.
const LONGEST: usize = 50_000;
/// The longest text in it, in characters.
const LONGEST_TEXT: usize = 1_000;
/// The most entries of a list in it.
const MOST_ENTRIES: usize = 1_000;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Extra {
    /// Where it stands in the settings, which is its name.
    pub path: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// What it does, for people.
    pub words: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Yes or no.
    Switch,
    /// A whole number from the one to the other.
    Number(u64, u64),
    /// Words.
    Text,
    /// Words by which a text is known; those that must all be there are joined with `&`.
    Phrase,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// At least so many of the same.
    List(usize, &'static Shape),
    /// The same for any of these names.
    Table(&'static [&'static str], &'static Shape),
    /// All of these.
    Record(&'static [(&'static str, Shape)]),
}

impl Extra {
    /// One of them.
    pub const fn new(path: &'static str, shape: Shape, words: &'static str) -> Self {
        Self { path, shape, words }
    }
}

impl Shape {
    /// What is wrong with a value under this name, in a sentence.
    fn objection(&self, name: &str, value: &Value) -> Option<String> {
        let is_no = |takes: &str| Some(format!("“{name}” takes {takes}."));
        match (self, value) {
            (Self::Switch, Value::Bool(_)) => None,
            (Self::Switch, _) => is_no("true or false"),
            (Self::Number(least, most), value) => {
                let is_within = value.as_u64().is_some_and(|number| (*least..=*most).contains(&number));
                if is_within { None } else { is_no(&format!("a whole number from {least} to {most}")) }
            }
            (Self::Text, Value::String(text)) if (1..=LONGEST_TEXT).contains(&text.trim().chars().count()) => None,
            (Self::Text, _) => is_no(&format!("a text in quotation marks, of 1 to {LONGEST_TEXT} characters")),
            (Self::Phrase, Value::String(text)) if is_phrase(text) => None,
            (Self::Phrase, _) => is_no(&format!(
                "a text in quotation marks, of at most {LONGEST_TEXT} characters, with three letters or digits at least on \
                 each side of every “&”, or two Chinese or Japanese ones: what is shorter stands in almost any text"
            )),
            (Self::Choice(words), Value::String(text)) if words.contains(&text.as_str()) => None,
            (Self::Choice(words), _) => is_no(&format!("one of these in quotation marks: {}", words.join(", "))),
            (Self::List(least, shape), Value::Array(all)) if (*least..=MOST_ENTRIES).contains(&all.len()) => {
                all.iter().enumerate().find_map(|(place, value)| shape.objection(&format!("{name}[{place}]"), value))
            }
            (Self::List(least, _), _) => {
                is_no(&format!("a list in square brackets, of {least} to {MOST_ENTRIES} entries"))
            }
            (Self::Table(names, shape), Value::Object(fields)) => fields.iter().find_map(|(part, value)| {
                if names.contains(&part.as_str()) {
                    shape.objection(&format!("{name}.{part}"), value)
                } else {
                    Some(has_none(name, part, names))
                }
            }),
            (Self::Record(parts), Value::Object(fields)) => {
                let names: Vec<&str> = parts.iter().map(|(part, _)| *part).collect();
                let unknown = fields.keys().find(|part| !names.contains(&part.as_str()));
                unknown.map(|part| has_none(name, part, &names)).or_else(|| {
                    let of = |part: &str| fields.get(part).unwrap_or(&Value::Null);
                    parts.iter().find_map(|(part, shape)| shape.objection(&format!("{name}.{part}"), of(part)))
                })
            }
            (Self::Table(names, _), _) => is_no(&format!("braces with names and values in them: {}", names.join(", "))),
            (Self::Record(parts), _) => {
                let names: Vec<&str> = parts.iter().map(|(part, _)| *part).collect();
                is_no(&format!("braces with names and values in them: {}", names.join(", ")))
            }
        }
    }
}

/// Whether a text says enough to tell others by it, in each of its parts.
fn is_phrase(text: &str) -> bool {
    text.chars().count() <= LONGEST_TEXT && text.split('&').all(tells)
}

/// Two signs of a script that writes words with so few, or three letters or digits.
fn tells(part: &str) -> bool {
    let letters: Vec<char> = part.chars().filter(|c| c.is_alphanumeric()).collect();
    let is_dense = letters.iter().all(|c| c.len_utf8() > 2);
    letters.len() >= if is_dense { 2 } else { 3 }
}

fn has_none(name: &str, part: &str, known: &[&str]) -> String {
    format!("“{name}” has no “{part}”, only these: {}.", known.join(", "))
}

impl Guide {
    /// Reads a document of extra settings, or says in sentences what is wrong with it.
    pub fn read_extra(&self, text: &str) -> Result<Map<String, Value>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Map::new());
        }
        if text.chars().count() > LONGEST {
            return Err(format!("The document is longer than {LONGEST} characters."));
        }
        let Value::Object(document) = once::read(text)? else {
            return Err("The document takes braces with names and values in them, as { \"name\": 1 }.".to_owned());
        };
        let wrong: Vec<String> = document.iter().filter_map(|(name, value)| self.objection(name, value)).collect();
        if wrong.is_empty() { Ok(document) } else { Err(wrong.join(" ")) }
    }

    fn objection(&self, name: &str, value: &Value) -> Option<String> {
        if let Some(extra) = self.extra.iter().find(|extra| extra.path == name) {
            return extra.shape.objection(name, value);
        }
        let inside = format!("{name}.");
        if let Some(extra) = self.extra.iter().find(|extra| extra.path.starts_with(&inside)) {
            return Some(format!("“{name}” is not named whole: write “{}”.", extra.path));
        }
        let has_field = self.named().any(|path| path == name || path.starts_with(&inside));
        Some(if has_field {
            format!("“{name}” is none of these settings: it is entered or made where the account is connected.")
        } else {
            format!("There is no setting “{name}”.")
        })
    }

    /// The extra settings that are set, as such a document names them.
    pub fn extra_in(&self, settings: &Value) -> Map<String, Value> {
        let set = |path: &str| at(settings, path).filter(|value| !value.is_null() && value.as_str() != Some(""));
        let all = self.extra.iter().filter_map(|extra| Some((extra.path.to_owned(), set(extra.path)?.clone())));
        all.collect()
    }

    /// Settings with those of the document, and no other extra ones.
    pub fn with_extra(&self, settings: &Value, document: &Map<String, Value>) -> Value {
        let mut settings = settings.clone();
        for extra in self.extra {
            take_out(&mut settings, extra.path);
        }
        for (path, value) in document {
            put(&mut settings, path, value.clone());
        }
        settings
    }

    /// The places in settings that neither a field nor an extra setting reaches: what the desk or the platform alone says.
    pub fn out_of_reach(&self, settings: &Value) -> Vec<String> {
        let mut places = Vec::new();
        add_places(settings, "", &mut places);
        let is_part = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let reached = |place: &String| {
            let mut known = self.named().chain(self.extra.iter().map(|extra| extra.path));
            known.any(|path| is_part(place, path) || is_part(path, place))
        };
        places.retain(|place| !reached(place));
        places.sort();
        places
    }
}

fn add_places(document: &Value, path: &str, places: &mut Vec<String>) {
    match document.as_object().filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            for (part, value) in fields {
                let inner = if path.is_empty() { part.clone() } else { format!("{path}.{part}") };
                add_places(value, &inner, places);
            }
        }
        None => places.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::channel::ChannelKind;
    use crate::guide::{Setting, Step, Trial, plain};

    const GUIDE: Guide = Guide {
        word: "post",
        kind: ChannelKind::Sms,
        name: "Post",
        about: "",
        steps: &[Step {
            title: "One",
            words: "",
            settings: &[Setting::text("office", "Office"), Setting::secret("key.word", "Key")],
            shows_webhook: false,
        }],
        further: &[],
        extra: &[
            Extra::new("express", Shape::Switch, ""),
            Extra::new("look.days", Shape::Number(1, 30), ""),
            Extra::new("stamp", Shape::Choice(&["blue", "red"]), ""),
            Extra::new("streets", Shape::List(1, &Shape::Text), ""),
            Extra::new("phrases", Shape::Table(&["lost", "found"], &Shape::List(0, &Shape::Phrase)), ""),
            Extra::new(
                "rates",
                Shape::Table(
                    &["read"],
                    &Shape::Record(&[("every", Shape::Number(1, 9)), ("burst", Shape::Number(1, 9))]),
                ),
                "",
            ),
        ],
        usual: || json!({ "look": { "days": 3, "hour": 7 }, "express": true, "id": "" }),
        fixed: &[],
        address: "office",
        account: &["office"],
        compared: plain,
        key: "key.word",
        webhook: None,
        trial: Trial::Write(""),
    };

    #[test]
    fn what_does_not_fit_is_named_and_nothing_else_is() {
        let fine = json!({
            "express": false, "look.days": 30, "stamp": "red", "streets": ["A"], "phrases": { "lost": ["Not found", "paper&gone", "返金"], "found": [] },
            "rates": { "read": { "every": 1, "burst": 9 } },
        });
        assert_eq!(GUIDE.read_extra(&fine.to_string()).map(Value::Object), Ok(fine));
        assert_eq!(GUIDE.read_extra(" "), Ok(Map::new()));
        for (wrong, named) in [
            (json!({ "express": "yes" }), "“express” takes true or false."),
            (json!({ "look.days": 31 }), "“look.days” takes a whole number from 1 to 30."),
            (json!({ "look.days": 1.5 }), "“look.days” takes"),
            (json!({ "look.days": -1 }), "“look.days” takes"),
            (json!({ "look": { "days": 2 } }), "“look” is not named whole: write “look.days”."),
            (json!({ "stamp": "green" }), "quotation marks: blue, red."),
            (json!({ "streets": [] }), "of 1 to 1000 entries."),
            (json!({ "streets": ["A", " "] }), "“streets[1]” takes a text"),
            (json!({ "streets": "A" }), "“streets” takes a list"),
            (json!({ "phrases": { "lots": [] } }), "“phrases” has no “lots”, only these: lost, found."),
            (json!({ "phrases": [] }), "“phrases” takes braces"),
            (json!({ "phrases": { "lost": ["gone", "&"] } }), "“phrases.lost[1]” takes a text"),
            (json!({ "phrases": { "lost": ["gone&&away"] } }), "each side of every “&”"),
            (json!({ "phrases": { "lost": ["no"] } }), "three letters or digits at least"),
            (json!({ "phrases": { "lost": ["- ! ?"] } }), "“phrases.lost[0]” takes"),
            (json!({ "phrases": { "lost": ["金"] } }), "“phrases.lost[0]” takes"),
            (json!({ "phrases": { "lost": [7] } }), "“phrases.lost[0]” takes"),
            (json!({ "rates": { "read": { "every": 1 } } }), "“rates.read.burst” takes"),
            (json!({ "rates": { "read": { "every": 1, "burst": 1, "x": 1 } } }), "“rates.read” has no “x”"),
            (json!({ "rates": { "read": 7 } }), "“rates.read” takes braces"),
            (json!({ "office": "A" }), "“office” is none of these settings"),
            (json!({ "key.word": "A" }), "“key.word” is none of these settings"),
            (json!({ "key": { "word": "A" } }), "“key” is none of these settings"),
            (json!({ "colour": 1 }), "There is no setting “colour”."),
            (json!(["express"]), "takes braces"),
        ] {
            let told = GUIDE.read_extra(&wrong.to_string()).unwrap_err();
            assert!(told.contains(named), "{wrong}: {told}");
        }
        let both = GUIDE.read_extra(r#"{ "colour": 1, "express": 2 }"#).unwrap_err();
        assert!(both.contains("“colour”") && both.contains("“express”"), "{both}");
        assert!(GUIDE.read_extra("{").unwrap_err().contains("no JSON"));
        let long = format!("{{ \"streets\": [\"{}\"] }}", "a".repeat(LONGEST));
        assert!(GUIDE.read_extra(&long).unwrap_err().contains("longer than"));
    }

    #[test]
    fn a_name_that_stands_there_twice_is_refused_with_its_line() {
        for (twice, named) in [
            (
                "{ \"express\": true,\n\n\"express\": false }",
                "“express” stands there twice, the second time at line 3 ",
            ),
            (
                r#"{ "phrases": { "lost": ["gone"], "lost": [] } }"#,
                "“lost” stands there twice, the second time at line 1 ",
            ),
            (r#"{ "streets": [{ "a": 1, "\u0061": 1 }] }"#, "“a” stands there twice"),
        ] {
            let told = GUIDE.read_extra(twice).unwrap_err();
            assert!(told.starts_with(named) && told.ends_with(": leave one of them out."), "{told}");
        }
    }

    #[test]
    fn what_is_set_takes_the_place_of_what_was_and_leaves_the_rest() {
        let before = json!({ "office": "A", "express": true, "look": { "days": 2, "hour": 4 }, "rates": {} });
        let document = json!({ "look.days": 9, "stamp": "blue" });
        let after = GUIDE.with_extra(&before, document.as_object().unwrap());
        assert_eq!(after, json!({ "office": "A", "look": { "days": 9, "hour": 4 }, "stamp": "blue" }));
        assert_eq!(Value::Object(GUIDE.extra_in(&after)), document);
    }

    #[test]
    fn what_nobody_can_set_is_known() {
        assert_eq!(GUIDE.out_of_reach(&(GUIDE.usual)()), ["id", "look.hour"]);
        assert_eq!(GUIDE.out_of_reach(&json!({ "key": null, "phrases": { "lost": [1] } })), Vec::<String>::new());
    }
}
