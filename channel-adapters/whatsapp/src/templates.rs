//! Templates: what the account has, and one that is filled.

use std::collections::BTreeMap;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{FilledTemplate, Template};
use channel_contract::template::Terms;
use channel_contract::unseen::shows_nothing;
use channel_contract::wire::{Items, Maybe, Word};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is asked of each template.
pub(crate) const FIELDS: &str = "name,language,status,category,components";
/// The most pages that are read.
pub(crate) const MOST_PAGES: usize = 50;

/// Places of the head and of buttons have a word before their name, for the body uses the same names.
const HEAD: &str = "header.";
const BUTTON: &str = "button.";
/// The most characters at the head of a message.
const LONGEST_HEAD: usize = 60;
/// The most characters of its text.
const LONGEST_TEXT: usize = 1_024;

/// A page of the account's templates.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Page {
    data: Items,
    paging: Maybe<Paging>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    cursors: Maybe<Cursors>,
    next: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cursors {
    after: Word,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    name: Word,
    language: Word,
    status: Word,
    category: Word,
    components: Items,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Component {
    #[serde(rename = "type")]
    kind: Word,
    format: Word,
    text: Word,
    buttons: Items,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Button {
    #[serde(rename = "type")]
    kind: Word,
    text: Word,
    url: Word,
}

impl Page {
    pub(crate) fn templates(&self) -> impl Iterator<Item = Template> {
        self.data.read::<Wire>().map(|wire| template(&wire))
    }

    /// Where the next page begins.
    pub(crate) fn next(&self) -> Option<String> {
        let paging = self.paging.get()?;
        paging.next.given()?;
        paging.cursors.get()?.after.owned()
    }
}

/// What a template says, piece by piece, and whether the desk can fill it.
#[derive(Default)]
struct Reading {
    parts: Vec<String>,
    places: Vec<String>,
    needs: Option<&'static str>,
}

impl Reading {
    fn say(&mut self, text: &str) {
        for place in places_in(text) {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
        if !text.is_empty() {
            // Filling looks for the names without the space that may stand around them.
            self.parts.push(renamed(text, ToOwned::to_owned));
        }
    }

    fn component(&mut self, component: &Component) {
        match (component.kind.as_str(), component.format.as_str()) {
            ("HEADER", "TEXT" | "") => self.say(&renamed(component.text.as_str(), |name| format!("{HEAD}{name}"))),
            ("HEADER", _) => self.needs = Some("a file or a place at its head"),
            ("BODY" | "FOOTER", _) => self.say(component.text.as_str()),
            ("BUTTONS", _) => {
                for (button, index) in component.buttons.read::<Button>().zip(0_usize..) {
                    self.button(&button, index);
                }
            }
            _ => self.needs = Some("more than text"),
        }
    }

    fn button(&mut self, button: &Button, index: usize) {
        let title = button.text.as_str();
        match button.kind.as_str() {
            "URL" => {
                let url = renamed(button.url.as_str(), |_| format!("{BUTTON}{index}"));
                self.say(&format!("[{title}: {url}]"));
            }
            "QUICK_REPLY" | "PHONE_NUMBER" | "VOICE_CALL" => self.say(&format!("[{title}]")),
            _ => self.needs = Some("a button with a content of its own"),
        }
    }
}

fn template(wire: &Wire) -> Template {
    let mut reading = Reading::default();
    for component in wire.components.read::<Component>() {
        reading.component(&component);
    }
    if wire.category.as_str() == "AUTHENTICATION" {
        // Those alone are not taken for a customer who is known by an id.
        reading.needs = Some("a phone number and a code to sign in with");
    }
    let state = wire.status.as_str();
    Template {
        name: wire.name.as_str().to_owned(),
        language: wire.language.as_str().to_owned(),
        category: wire.category.as_str().to_owned(),
        usable: state == "APPROVED" && reading.needs.is_none(),
        state: match reading.needs {
            Some(what) => format!("{state} (needs {what}, which the desk cannot give)"),
            None => state.to_owned(),
        },
        text: reading.parts.join("\n\n"),
        places: reading.places,
        ..Template::default()
    }
}

/// The names between `{{` and `}}`, in order.
fn places_in(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    renamed(text, |name| {
        names.push(name.to_owned());
        String::new()
    });
    names
}

/// The same text with other names between `{{` and `}}`.
fn renamed(text: &str, mut name: impl FnMut(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        let Some((place, after)) = inside.split_once("}}") else { break };
        let new = name(place.trim());
        out = format!("{out}{before}{{{{{new}}}}}");
        rest = after;
    }
    out + rest
}

/// What WhatsApp would refuse in a filled template, as far as its values tell.
pub(crate) fn terms(template: &FilledTemplate) -> Terms {
    let filled = template.places.iter().zip(&template.values);
    let objections = filled.filter_map(|(place, value)| objection(place, &on_one_line(value))).collect();
    Terms { objections, ..Terms::default() }
}

fn objection(place: &str, value: &str) -> Option<String> {
    if shows_nothing(value) {
        return Some(format!("The place {{{{{place}}}}} of the template is empty. Fill it."));
    }
    let (longest, part) = match place.strip_prefix(HEAD) {
        Some(_) => (LONGEST_HEAD, "head"),
        None if place.starts_with(BUTTON) => return None,
        None => (LONGEST_TEXT, "text"),
    };
    let length = value.chars().count();
    (length > longest).then(|| {
        format!(
            "What fills {{{{{place}}}}} has {length} characters, and WhatsApp takes up to {longest} in the {part} of a \
             template. Shorten it."
        )
    })
}

/// The body of a request for a filled template.
pub(crate) fn filled(template: &FilledTemplate) -> Result<Value, ChannelFailure> {
    let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
    if template.places.len() != template.values.len() {
        return refused("The template is not filled as it asks for.");
    }
    let Terms { objections, .. } = terms(template);
    if !objections.is_empty() {
        return refused(&objections.join(" "));
    }
    let (mut head, mut body, mut buttons) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (place, value) in template.places.iter().zip(&template.values) {
        let value = on_one_line(value);
        if let Some(name) = place.strip_prefix(HEAD) {
            head.push((name, value));
        } else if let Some(index) = place.strip_prefix(BUTTON) {
            buttons.insert(index, value);
        } else {
            body.push((place.as_str(), value));
        }
    }
    let mut components = Vec::new();
    for (kind, places) in [("header", head), ("body", body)] {
        if !places.is_empty() {
            components.push(json!({ "type": kind, "parameters": parameters(places) }));
        }
    }
    components.extend(buttons.into_iter().map(|(index, value)| {
        let parameters = [json!({ "type": "text", "text": value })];
        json!({ "type": "button", "sub_type": "url", "index": index, "parameters": parameters })
    }));
    let mut filled = json!({ "name": template.name, "language": { "code": template.language } });
    if let (Some(fields), false) = (filled.as_object_mut(), components.is_empty()) {
        fields.insert("components".to_owned(), Value::Array(components));
    }
    Ok(filled)
}

/// Numbered places go by their number, named ones carry their name.
fn parameters(mut places: Vec<(&str, String)>) -> Vec<Value> {
    if places.iter().all(|(name, _)| name.parse::<u32>().is_ok()) {
        places.sort_by_key(|(name, _)| name.parse::<u32>().unwrap_or_default());
        return places.into_iter().map(|(_, value)| json!({ "type": "text", "text": value })).collect();
    }
    let named = |(name, value)| json!({ "type": "text", "parameter_name": name, "text": value });
    places.into_iter().map(named).collect()
}

/// WhatsApp takes neither new lines nor wide gaps in what fills a place.
fn on_one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(components: &Value) -> Template {
        read_as("UTILITY", components)
    }

    fn read_as(category: &str, components: &Value) -> Template {
        let mut document = json!({ "name": "late", "language": "en", "status": "APPROVED", "category": category });
        document["components"] = components.clone();
        let page: Page = serde_json::from_value(json!({ "data": [document, null, 3] })).unwrap();
        page.templates().next().unwrap()
    }

    fn fill(places: &[&str], values: &[&str]) -> Result<Value, ChannelFailure> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        filled(&FilledTemplate {
            name: "late".to_owned(),
            language: "en_US".to_owned(),
            places: owned(places),
            values: owned(values),
        })
    }

    #[test]
    fn a_template_is_read_with_all_its_places() {
        let template = read(&json!([
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" },
            { "type": "BODY", "text": "Hi {{1}}, it comes {{ 2 }}. Sorry, {{1}}." },
            { "type": "FOOTER", "text": "The shop" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Thanks" },
                { "type": "URL", "text": "Track", "url": "https://shop.example/t/{{1}}" },
            ] },
        ]));
        assert_eq!(template.places, ["header.1", "1", "2", "button.1"]);
        let text = "Order {{header.1}}\n\nHi {{1}}, it comes {{2}}. Sorry, {{1}}.\n\nThe shop\n\n[Thanks]\n\n\
                    [Track: https://shop.example/t/{{button.1}}]";
        assert_eq!(template.text, text);
        assert!(template.usable);
    }

    #[test]
    fn what_the_desk_cannot_fill_is_not_usable() {
        for components in [
            json!([{ "type": "HEADER", "format": "IMAGE" }]),
            json!([{ "type": "CAROUSEL", "cards": [] }]),
            json!([{ "type": "BUTTONS", "buttons": [{ "type": "COPY_CODE" }] }]),
        ] {
            let template = read(&components);
            assert!(!template.usable && template.state.starts_with("APPROVED (needs"), "{template:?}");
        }
        let body = json!([{ "type": "BODY", "text": "{{1}} is your code." }]);
        assert!(read(&body).usable);
        let template = read_as("AUTHENTICATION", &body);
        assert!(!template.usable && template.state.contains("needs a phone number"), "{template:?}");
    }

    #[test]
    fn each_value_goes_to_its_place() {
        let places = ["header.1", "2", "1", "button.1"];
        assert_eq!(
            fill(&places, &["1042", "on\n Monday", "Ana", "a b"]).unwrap(),
            json!({
                "name": "late",
                "language": { "code": "en_US" },
                "components": [
                    { "type": "header", "parameters": [{ "type": "text", "text": "1042" }] },
                    { "type": "body", "parameters": [
                        { "type": "text", "text": "Ana" },
                        { "type": "text", "text": "on Monday" },
                    ] },
                    { "type": "button", "sub_type": "url", "index": "1",
                      "parameters": [{ "type": "text", "text": "a b" }] },
                ],
            })
        );
        let named = fill(&["first_name"], &["Ana"]).unwrap();
        let wanted = json!([{ "type": "text", "parameter_name": "first_name", "text": "Ana" }]);
        assert_eq!(named.pointer("/components/0/parameters"), Some(&wanted));
        assert_eq!(fill(&[], &[]).unwrap().get("components"), None);
    }

    #[test]
    fn a_template_that_is_not_filled_is_refused() {
        for (places, values) in [(&["1"][..], &[][..]), (&["1"], &[" \n"]), (&["1"], &["\u{200b}"])] {
            let failure = fill(places, values).unwrap_err();
            assert_eq!(failure.class(), FailureClass::Content);
        }
    }

    #[test]
    fn what_is_too_long_for_its_place_is_refused_before_it_leaves() {
        let long = |count: usize| "x".repeat(count);
        for (place, most) in [("header.1", 60), ("1", 1_024), ("first_name", 1_024)] {
            assert!(fill(&[place], &[&long(most)]).is_ok(), "{place}");
            let template = FilledTemplate {
                name: "late".to_owned(),
                language: "en_US".to_owned(),
                places: vec![place.to_owned()],
                values: vec![long(most + 1)],
            };
            let objections = terms(&template).objections;
            assert!(matches!(objections.as_slice(), [words] if words.contains(&most.to_string())), "{objections:?}");
            assert_eq!(filled(&template).unwrap_err().class(), FailureClass::Content, "{place}");
        }
        assert!(fill(&["button.0"], &[&long(1_500)]).is_ok(), "the address of a button is longer");
    }
}
