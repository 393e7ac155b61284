//! Texts that a platform has approved or words itself, and what it asks of what fills them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that a platform has approved, with places to fill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name on the platform.
    pub name: String,
    /// What people call it; `""`: by its name.
    pub title: String,
    /// The code of its language, as the platform writes it.
    pub language: String,
    /// The platform's word for what it is for.
    pub category: String,
    /// Whether it may be sent now.
    pub usable: bool,
    /// The platform's word for its state.
    pub state: String,
    /// What it says, with `{{…}}` where it is filled.
    pub text: String,
    /// The names of the places, in order: numbers where the platform numbers them.
    pub places: Vec<String>,
    /// What is known of the places beside their names, in the same order; none where nothing is.
    pub forms: Vec<PlaceForm>,
    /// How many files go with it.
    pub files: FileCount,
}

/// What one place of a template takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceForm {
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub holds: Holds,
    /// The most characters that it holds; `None`: the platform names no number.
    pub most: Option<usize>,
}

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Words.
    Text,
    /// The number of an order on the platform: the message goes to whoever placed it.
    Order,
    /// A day, as `2026-11-30`.
    Day,
}

/// How many files go with a template; of which kinds and sizes, the channel's capabilities say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCount {
    /// At least.
    pub least: usize,
    /// At most.
    pub most: usize,
}

/// What a filled template is held to, as far as the adapter knows without asking the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// What the platform would refuse in it, each in a sentence for a person.
    pub objections: Vec<String>,
    /// The number of the order that it is about, where it goes to whoever placed that.
    pub order: Option<String>,
    /// How many files go with it.
    pub files: FileCount,
}

impl Template {
    /// What people call it.
    pub fn called(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    /// What is known of a place beside its name.
    pub fn form(&self, place: &str) -> Option<&PlaceForm> {
        self.forms.get(self.places.iter().position(|known| known == place)?)
    }

    /// How a place stands in a text that is not filled.
    pub fn gap(&self, place: &str) -> String {
        self.form(place).map_or_else(|| format!("{{{{{place}}}}}"), |form| format!("[{}]", form.label))
    }

    /// What it says before anything is filled in, for people.
    pub fn shown(&self) -> String {
        self.filled(&self.places.iter().map(|place| self.gap(place)).collect::<Vec<_>>())
    }

    /// What it says when it is filled. A value is a value, whatever it holds: what looks like a place in it is none.
    pub fn filled(&self, values: &[String]) -> String {
        let value = |name: &str| values.get(self.places.iter().position(|place| place == name)?);
        let (mut filled, mut rest) = (String::with_capacity(self.text.len()), self.text.as_str());
        while let Some(at) = rest.find("{{") {
            let (before, place) = rest.split_at(at);
            filled.push_str(before);
            let inside = place.strip_prefix("{{").and_then(|inside| inside.split_once("}}"));
            if let Some((value, behind)) = inside.and_then(|(name, behind)| Some((value(name)?, behind))) {
                filled.push_str(value);
                rest = behind;
            } else {
                filled.push('{');
                rest = place.strip_prefix('{').unwrap_or_default();
            }
        }
        filled.push_str(rest);
        filled
    }
}

/// A template and what its places hold.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledTemplate {
    /// Its name on the platform.
    pub name: String,
    /// The code of its language.
    pub language: String,
    /// The names of its places, in order.
    pub places: Vec<String>,
    /// What each place holds, in the same order.
    pub values: Vec<String>,
}

impl fmt::Debug for FilledTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilledTemplate").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fills_a_place_is_never_a_place_itself() {
        let template = |text: &str| Template {
            text: text.to_owned(),
            places: ["1", "2", "header.1"].map(str::to_owned).into(),
            ..Template::default()
        };
        for (text, values, filled) in [
            ("Hi {{1}}, order {{2}} is late.", &["Ana", "1042"][..], "Hi Ana, order 1042 is late."),
            ("Hi {{1}}, order {{2}} is late.", &["{{2}}", "1042"], "Hi {{2}}, order 1042 is late."),
            ("{{header.1}}: {{2}} {{1}} {{1}}", &["{{1}}", "{{header.1}}", "x"], "x: {{header.1}} {{1}} {{1}}"),
            ("{{1}} and {{2}}", &["one"], "one and {{2}}"),
            ("{{{1}}} {{3}} {{ {{1}} {{1", &["a"], "{a} {{3}} {{ a {{1"),
            ("ä{{1}}ö", &["ü"], "äüö"),
            ("", &["a"], ""),
        ] {
            let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
            assert_eq!(template(text).filled(&values), filled, "{text}");
        }
    }

    #[test]
    fn a_place_is_shown_by_its_label_and_without_one_as_the_platform_writes_it() {
        let form = PlaceForm { label: "Order number".to_owned(), holds: Holds::Order, most: None };
        let named = Template {
            name: "confirmOrder".to_owned(),
            text: "Order {{order}}: {{text}}".to_owned(),
            places: ["order", "text"].map(str::to_owned).into(),
            forms: vec![form.clone()],
            ..Template::default()
        };
        assert_eq!((named.shown().as_str(), named.called()), ("Order [Order number]: {{text}}", "confirmOrder"));
        assert_eq!((named.form("order"), named.form("text"), named.form("x")), (Some(&form), None, None));
        let titled = Template { title: "About an order".to_owned(), ..named };
        assert_eq!(titled.called(), "About an order");
    }
}
