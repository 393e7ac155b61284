//! What a seller may say about an order without being asked: Amazon's fixed kinds of messages, as templates. Pure.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::{FilledTemplate, Outbound, Template};
use serde_json::{Map, Value, json};
use time::Date;
use time::macros::format_description;

use crate::rate::Operation;
use crate::relay;

/// The place of the order's number.
const ORDER: &str = "order";
/// The place of the text.
const TEXT: &str = "text";
/// The places of the days between which a warranty holds.
const DAYS: [&str; 2] = ["coverageStartDate", "coverageEndDate"];

/// One kind of message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// Amazon's name for it.
    pub(super) name: &'static str,
    /// What it is for, for a person.
    says: &'static str,
    /// How many characters its text has at most; 0: it has none.
    longest: usize,
    /// How many files it has, at least and at most.
    files: (usize, usize),
    /// Whether it tells two days.
    days: bool,
    is_solicitation: bool,
}

const fn action(name: &'static str, says: &'static str, longest: usize, files: (usize, usize)) -> Action {
    Action { name, says, longest, files, days: false, is_solicitation: false }
}

/// All kinds. What Amazon names beside them is left out: its documentation does not say what they hold.
pub(super) const ACTIONS: [Action; 10] = [
    action("confirmOrderDetails", "A question about the order before it is sent", 2_000, (0, 0)),
    action("confirmDeliveryDetails", "Arrange the delivery", 2_000, (0, 0)),
    action("confirmServiceDetails", "Arrange a service at the buyer's home", 2_000, (0, 0)),
    action("unexpectedProblem", "Something came up that the buyer must know", 2_000, (0, 0)),
    action("confirmCustomizationDetails", "Ask how something is to be made", 800, (0, 5)),
    action("digitalAccessKey", "Hand over a key for something digital", 400, (0, 5)),
    action("legalDisclosure", "Send a legal notice as a file", 0, (1, 5)),
    action("invoice", "Send the invoice as a file", 0, (1, 5)),
    Action { days: true, ..action("warranty", "Send the warranty as a file", 0, (1, 5)) },
    Action {
        is_solicitation: true,
        ..action("productReviewAndSellerFeedback", "Ask once for a review, in Amazon's own words", 0, (0, 0))
    },
];

impl Action {
    fn places(&self) -> Vec<&'static str> {
        let text = (self.longest > 0).then_some(TEXT);
        let days = if self.days { &DAYS[..] } else { &[] };
        std::iter::once(ORDER).chain(text).chain(days.iter().copied()).collect()
    }

    /// Where it is sent.
    pub(super) fn path<'p>(&self, order: &'p str) -> Vec<&'p str> {
        let [api, last] = if self.is_solicitation { ["solicitations"; 2] } else { ["messaging", "messages"] };
        vec![api, "v1", "orders", order, last, self.name]
    }

    /// Where it is asked whether it may be sent.
    pub(super) fn question<'p>(&self, order: &'p str) -> Vec<&'p str> {
        vec![if self.is_solicitation { "solicitations" } else { "messaging" }, "v1", "orders", order]
    }

    pub(super) fn operation(&self) -> Operation {
        if self.is_solicitation { Operation::SolicitationSend } else { Operation::MessagingSend }
    }

    pub(super) fn question_operation(&self) -> Operation {
        if self.is_solicitation { Operation::SolicitationActions } else { Operation::MessagingActions }
    }
}

/// All kinds as templates: those with words in each of the languages, those without once.
pub(super) fn templates(languages: &[String]) -> Vec<Template> {
    let template = |action: &Action, language: &str| {
        let places = action.places();
        let (_, rest) = places.split_first().unwrap_or((&ORDER, &[]));
        let filled: Vec<String> = rest.iter().map(|place| format!("{{{{{place}}}}}")).collect();
        let text = match filled.as_slice() {
            [] => format!("{} (order {{{{{ORDER}}}}}).", action.says),
            [text] => text.clone(),
            days => format!("{} (order {{{{{ORDER}}}}}): {}.", action.says, days.join(" – ")),
        };
        Template {
            name: action.name.to_owned(),
            language: language.to_owned(),
            category: action.says.to_owned(),
            usable: true,
            state: "asked for each order".to_owned(),
            text,
            places: places.into_iter().map(str::to_owned).collect(),
        }
    };
    let in_languages = |action: &'static Action| -> Vec<Template> {
        if action.longest == 0 {
            return vec![template(action, "")];
        }
        languages.iter().map(|language| template(action, language)).collect()
    };
    ACTIONS.iter().flat_map(in_languages).collect()
}

/// A message that can be sent.
pub(super) struct Filled<'f> {
    pub(super) action: &'static Action,
    pub(super) order: &'f str,
    pub(super) text: Option<&'f str>,
    days: Vec<String>,
}

impl<'f> Filled<'f> {
    /// Reads what a template was filled with.
    pub(super) fn read(template: &'f FilledTemplate, message: &Outbound) -> Result<Self, ChannelFailure> {
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
        let Some(action) = ACTIONS.iter().find(|action| action.name == template.name) else {
            return refused("Amazon has no message of this kind.");
        };
        let value = |place: &str| {
            let filled = template.places.iter().zip(&template.values);
            filled.filter(|(name, _)| *name == place).map(|(_, value)| value.trim()).next().unwrap_or_default()
        };
        let order = value(ORDER);
        if relay::orders_in(&[order]) != [order] {
            return refused("The number of an order on Amazon looks like 123-1234567-1234567.");
        }
        let text = (action.longest > 0).then(|| value(TEXT));
        if text.is_some() && template.language.is_empty() {
            return refused("Say in which language the message is: Amazon wants it in the buyer's.");
        }
        if text.is_some_and(|text| text.is_empty() || text.chars().count() > action.longest) {
            let words = format!("This message of Amazon's holds 1 to {} characters.", action.longest);
            return refused(&words);
        }
        let (least, most) = action.files;
        if !(least..=most).contains(&message.attachments.len()) {
            let words = format!("This message of Amazon's takes {least} to {most} files.");
            return refused(&words);
        }
        let days: Option<Vec<String>> =
            if action.days { DAYS.map(|place| day(value(place))).into_iter().collect() } else { Some(Vec::new()) };
        let Some(days) = days else { return refused("Write the days of the warranty as 2026-11-30.") };
        Ok(Self { action, order, text, days })
    }

    /// The body of the call. `files`: the ids and names of what was uploaded.
    pub(super) fn body(&self, files: Vec<(String, String)>) -> Value {
        let mut body = Map::new();
        if let Some(text) = self.text {
            body.insert("text".to_owned(), Value::from(text));
        }
        if !files.is_empty() {
            let file = |(id, name)| json!({ "uploadDestinationId": id, "fileName": name });
            body.insert("attachments".to_owned(), files.into_iter().map(file).collect());
        }
        for (place, day) in DAYS.iter().zip(&self.days) {
            body.insert((*place).to_owned(), Value::from(day.clone()));
        }
        Value::Object(body)
    }
}

/// A day as Amazon wants it.
fn day(text: &str) -> Option<String> {
    let written = format_description!("[year]-[month]-[day]");
    Date::parse(text, written).ok().map(|_| format!("{text}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it is filled in German.
    fn filled(name: &str, values: &[&str]) -> FilledTemplate {
        let template = templates(&["de".to_owned()]).into_iter().find(|template| template.name == name).unwrap();
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        FilledTemplate { name: template.name, language: template.language, places: template.places, values }
    }

    fn message(files: usize) -> Outbound {
        let file = channel_contract::outbound::OutboundAttachment {
            name: "a.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            content: "x".into(),
        };
        Outbound { attachments: vec![file; files], ..Outbound::empty() }
    }

    const NUMBER: &str = "303-1234567-7654321";

    #[test]
    fn each_kind_has_its_body() {
        let body = |template: &FilledTemplate, files: usize| {
            let (message, uploaded) = (message(files), vec![("up-1".to_owned(), "a.pdf".to_owned()); files]);
            Filled::read(template, &message).map(|filled| filled.body(uploaded))
        };
        let file = json!({ "uploadDestinationId": "up-1", "fileName": "a.pdf" });
        let cases = [
            (filled("confirmOrderDetails", &[NUMBER, " Which colour? "]), 0, json!({ "text": "Which colour?" })),
            (filled("invoice", &[NUMBER]), 1, json!({ "attachments": [file] })),
            (filled("digitalAccessKey", &[NUMBER, "K"]), 1, json!({ "text": "K", "attachments": [file] })),
            (
                filled("warranty", &[NUMBER, "2026-11-01", "2028-11-01"]),
                1,
                json!({
                    "attachments": [file],
                    "coverageStartDate": "2026-11-01T00:00:00Z",
                    "coverageEndDate": "2028-11-01T00:00:00Z",
                }),
            ),
            (filled("productReviewAndSellerFeedback", &[NUMBER]), 0, json!({})),
        ];
        for (template, files, wanted) in cases {
            assert_eq!(body(&template, files), Ok(wanted), "{}", template.name);
        }
        let (long, longest) = ("x".repeat(801), "ü".repeat(800));
        assert!(body(&filled("confirmCustomizationDetails", &[NUMBER, &longest]), 5).is_ok());
        for (template, files) in [
            (filled("confirmCustomizationDetails", &[NUMBER, &long]), 0),
            (filled("confirmCustomizationDetails", &[NUMBER, "x"]), 6),
            (filled("confirmOrderDetails", &[NUMBER, " "]), 0),
            (FilledTemplate { language: String::new(), ..filled("confirmOrderDetails", &[NUMBER, "x"]) }, 0),
            (filled("confirmOrderDetails", &[NUMBER, "x"]), 1),
            (filled("confirmOrderDetails", &["303", "x"]), 0),
            (filled("confirmOrderDetails", &[&format!("{NUMBER}/../x"), "x"]), 0),
            (filled("invoice", &[NUMBER]), 0),
            (filled("warranty", &[NUMBER, "yesterday", "2028-11-01"]), 1),
            (filled("warranty", &[NUMBER]), 1),
            (FilledTemplate { name: "amazonMotors".to_owned(), ..filled("invoice", &[NUMBER]) }, 1),
        ] {
            let class = body(&template, files).err().map(|failure| failure.class());
            assert_eq!(class, Some(FailureClass::Content), "{} with {files} files", template.name);
        }
    }

    #[test]
    fn templates_say_what_they_hold() {
        let all = templates(&["de".to_owned(), "en".to_owned()]);
        let languages = |name: &str| -> Vec<String> {
            all.iter().filter(|template| template.name == name).map(|template| template.language.clone()).collect()
        };
        assert!(ACTIONS.iter().all(|action| !languages(action.name).is_empty()));
        assert_eq!(
            (languages("unexpectedProblem"), languages("invoice")),
            (vec!["de".to_owned(), "en".to_owned()], vec![String::new()])
        );
        let text = |name: &str| {
            all.iter().find(|template| template.name == name).unwrap().filled(&[
                NUMBER.to_owned(),
                "A".to_owned(),
                "B".to_owned(),
            ])
        };
        assert_eq!(text("unexpectedProblem"), "A");
        assert_eq!(text("invoice"), format!("Send the invoice as a file (order {NUMBER})."));
        assert_eq!(text("warranty"), format!("Send the warranty as a file (order {NUMBER}): A – B."));
    }
}
