//! What a seller may say about an order without being asked: Amazon's fixed kinds of messages, as templates. Pure.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::outbound::Outbound;
use channel_contract::template::{FileCount, FilledTemplate, Holds, PlaceForm, Template, Terms};
use serde_json::{Map, Value, json};
use time::Date;
use time::macros::format_description;

use crate::rate::Operation;
use crate::relay;

/// The place of the order's number.
const ORDER: &str = "order";
/// How many characters that has.
const ORDER_LENGTH: usize = 19;
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
    /// How many files it has.
    files: FileCount,
    /// Whether it tells two days.
    days: bool,
    is_solicitation: bool,
}

const fn action(name: &'static str, says: &'static str, longest: usize, (least, most): (usize, usize)) -> Action {
    Action { name, says, longest, files: FileCount { least, most }, days: false, is_solicitation: false }
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
    fn named(name: &str) -> Option<&'static Self> {
        ACTIONS.iter().find(|action| action.name == name)
    }

    /// The names of its places, each with what it takes.
    fn places(&self) -> Vec<(&'static str, PlaceForm)> {
        let form = |label: &str, holds, most| PlaceForm { label: label.to_owned(), holds, most };
        let mut places = vec![(ORDER, form("Order number", Holds::Order, Some(ORDER_LENGTH)))];
        if self.longest > 0 {
            places.push((TEXT, form("Text", Holds::Text, Some(self.longest))));
        }
        if self.days {
            let labels = ["First day of the warranty", "Last day of the warranty"];
            places.extend(DAYS.into_iter().zip(labels.map(|label| form(label, Holds::Day, None))));
        }
        places
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
        let (places, forms): (Vec<&str>, Vec<PlaceForm>) = action.places().into_iter().unzip();
        let filled: Vec<String> = places.iter().skip(1).map(|place| format!("{{{{{place}}}}}")).collect();
        let text = match filled.as_slice() {
            [] => format!("{} (order {{{{{ORDER}}}}}).", action.says),
            [text] => text.clone(),
            days => format!("{} (order {{{{{ORDER}}}}}): {}.", action.says, days.join(" – ")),
        };
        Template {
            name: action.name.to_owned(),
            title: action.says.to_owned(),
            language: language.to_owned(),
            category: action.says.to_owned(),
            usable: true,
            state: "asked for each order".to_owned(),
            text,
            places: places.into_iter().map(str::to_owned).collect(),
            forms,
            files: action.files,
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

/// What a template was filled with, in one of its places.
fn value<'f>(template: &'f FilledTemplate, place: &str) -> &'f str {
    let filled = template.places.iter().zip(&template.values);
    filled.filter(|(name, _)| *name == place).map(|(_, value)| value.trim()).next().unwrap_or_default()
}

/// What a filled message is held to before Amazon is asked; its words go in one of these languages.
pub(super) fn terms(template: &FilledTemplate, languages: &[String]) -> Terms {
    let Some(action) = Action::named(&template.name) else {
        let unknown = "Amazon has no message of this kind. Choose another one.";
        return Terms { objections: vec![unknown.to_owned()], ..Terms::default() };
    };
    let order = value(template, ORDER);
    let mut objections = Vec::new();
    if relay::orders_in(&[order]) != [order] {
        objections.push("The number of an order on Amazon looks like 123-1234567-1234567.".to_owned());
    }
    if action.longest > 0 {
        objections.extend(misfit_of_words(template, action.longest, languages));
    }
    if action.days {
        objections.extend(misfit_of_days(template));
    }
    Terms { objections, order: Some(order.to_owned()), files: action.files }
}

fn misfit_of_words(template: &FilledTemplate, longest: usize, languages: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    if template.language.is_empty() {
        found.push("Say in which language the message is: Amazon wants it in the buyer's.".to_owned());
    } else if !languages.contains(&template.language) {
        let known = languages.join(", ");
        found.push(format!("Amazon has no language “{}” here. Choose one of these: {known}.", template.language));
    }
    let length = value(template, TEXT).chars().count();
    if !(1..=longest).contains(&length) {
        let mend = if length == 0 { "Write it." } else { "Shorten it." };
        found.push(format!("The text of this message has {length} of 1 to {longest} characters. {mend}"));
    }
    found
}

fn misfit_of_days(template: &FilledTemplate) -> Option<String> {
    match DAYS.map(|place| day(value(template, place))) {
        [Some(first), Some(last)] if first <= last => None,
        [Some(_), Some(_)] => Some("The warranty ends before it begins. Change one of its days.".to_owned()),
        _ => Some("Write the days of the warranty as 2026-11-30.".to_owned()),
    }
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
    pub(super) fn read(
        template: &'f FilledTemplate,
        message: &Outbound,
        languages: &[String],
    ) -> Result<Self, ChannelFailure> {
        let refused = |words: &str| ChannelFailure::refused(FailureClass::Content, words);
        let Terms { objections, files: FileCount { least, most }, .. } = terms(template, languages);
        let action = Action::named(&template.name).filter(|_| objections.is_empty());
        let action = action.ok_or_else(|| refused(&objections.join(" ")))?;
        if !(least..=most).contains(&message.attachments.len()) {
            return Err(refused(&format!("This message of Amazon's takes {least} to {most} files.")));
        }
        let days = if action.days {
            DAYS.iter().filter_map(|place| day(value(template, place))).collect()
        } else {
            Vec::new()
        };
        let text = (action.longest > 0).then(|| value(template, TEXT));
        Ok(Self { action, order: value(template, ORDER), text, days })
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

    fn read<'f>(template: &'f FilledTemplate, message: &Outbound) -> Result<Filled<'f>, ChannelFailure> {
        Filled::read(template, message, &["de".to_owned()])
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
            read(template, &message).map(|filled| filled.body(uploaded))
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
            (FilledTemplate { language: "FOO".to_owned(), ..filled("confirmOrderDetails", &[NUMBER, "x"]) }, 0),
            (filled("confirmOrderDetails", &[NUMBER, "x"]), 1),
            (filled("confirmOrderDetails", &["303", "x"]), 0),
            (filled("confirmOrderDetails", &[&format!("{NUMBER}/../x"), "x"]), 0),
            (filled("invoice", &[NUMBER]), 0),
            (filled("warranty", &[NUMBER, "yesterday", "2028-11-01"]), 1),
            (filled("warranty", &[NUMBER]), 1),
            (filled("warranty", &[NUMBER, "2028-11-01", "2026-11-01"]), 1),
            (FilledTemplate { name: "amazonMotors".to_owned(), ..filled("invoice", &[NUMBER]) }, 1),
        ] {
            let class = body(&template, files).err().map(|failure| failure.class());
            assert_eq!(class, Some(FailureClass::Content), "{} with {files} files", template.name);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let said = |name: &str, values: &[&str], language: &str| {
            let template = FilledTemplate { language: language.to_owned(), ..filled(name, values) };
            terms(&template, &["de".to_owned(), "en".to_owned()]).objections.join(" ")
        };
        let long = "ü".repeat(401);
        assert_eq!(said("digitalAccessKey", &[NUMBER, "K"], "en"), "");
        assert_eq!(
            said("digitalAccessKey", &["FJ-1", &long], "FOO"),
            "The number of an order on Amazon looks like 123-1234567-1234567. Amazon has no language “FOO” here. Choose \
             one of these: de, en. The text of this message has 401 of 1 to 400 characters. Shorten it."
        );
        let days = [NUMBER, "2028-11-01", "2026-11-01"];
        assert!(said("warranty", &days, "").contains("ends before it begins"));
        let about = terms(&filled("invoice", &[NUMBER]), &[]);
        assert_eq!(
            about,
            Terms { objections: Vec::new(), order: Some(NUMBER.to_owned()), files: FileCount { least: 1, most: 5 } }
        );
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
        let warranty = all.iter().find(|template| template.name == "warranty").unwrap();
        assert_eq!((warranty.called(), warranty.files.least), ("Send the warranty as a file", 1));
        assert_eq!(
            warranty.shown(),
            "Send the warranty as a file (order [Order number]): [First day of the warranty] – [Last day of the warranty]."
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
