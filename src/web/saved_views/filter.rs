//! A filter as fields of a form, as a part of an address, and in words.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use super::{Choices, QUIET, language_choice, mark_words, status_choice};
use crate::model::saved_view::{Filters, Mark, StatusFilter};
use crate::model::{BrandId, ChannelId, TeammateId};
use crate::web::format::counted;
use crate::web::words::intent_word;

/// What a form or an address says of a filter: both have the same names for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterForm {
    /// A brand's id, or nothing.
    pub brand: String,
    /// A channel's id, or nothing.
    pub channel: String,
    /// `me`, `nobody`, a person's id, or nothing.
    pub assignee: String,
    status: String,
    tag: String,
    intent: String,
    language: String,
    order_number: String,
    quiet_hours: String,
    text: String,
    /// What is ticked by its name, among whatever else is said.
    #[serde(flatten)]
    ticked: BTreeMap<String, String>,
}

impl FilterForm {
    /// A filter as a form sends it.
    pub fn of(filters: &Filters) -> Self {
        let value = |name: &str| {
            values_of(filters).into_iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap_or_default()
        };
        Self {
            brand: value("brand"),
            channel: value("channel"),
            assignee: value("assignee"),
            status: value("status"),
            tag: value("tag"),
            intent: value("intent"),
            language: value("language"),
            order_number: value("order_number"),
            quiet_hours: value("quiet_hours"),
            text: value("text"),
            ticked: marks_of(filters).map(|mark| (mark.to_string(), String::new())).collect(),
        }
    }

    fn is_ticked(&self, mark: Mark) -> bool {
        self.ticked.contains_key(mark.as_str())
    }

    /// Whether an address that says this shows a filter. A brand, a channel or a person alone is a list of its own.
    pub fn is_filter(&self) -> bool {
        let lists = [&self.brand, &self.channel, &self.assignee].into_iter().filter(|id| !id.is_empty()).count();
        let words =
            [&self.status, &self.tag, &self.intent, &self.language, &self.order_number, &self.quiet_hours, &self.text];
        lists > 1
            || is_special(&self.assignee)
            || Mark::ALL.iter().any(|mark| self.is_ticked(*mark))
            || words.iter().any(|word| !word.is_empty())
    }

    /// Whether every word that is one of ours really is: an address that says something else leads nowhere.
    pub fn is_ours(&self) -> bool {
        self.foreign().is_none()
    }

    /// The first field whose word is none of ours.
    pub fn foreign(&self) -> Option<&'static str> {
        let fields = [
            ("status", is_known::<StatusFilter>(&self.status)),
            ("brand", is_known::<BrandId>(&self.brand)),
            ("channel", is_known::<ChannelId>(&self.channel)),
            ("assignee", is_special(&self.assignee) || is_known::<TeammateId>(&self.assignee)),
            ("quiet_hours", is_known::<u32>(&self.quiet_hours)),
        ];
        fields.into_iter().find(|(_, is_ours)| !is_ours).map(|(name, _)| name)
    }

    /// What belongs in the list. What cannot be read does not count.
    pub fn filters(&self) -> Filters {
        let short = |text: &str| text.trim().chars().take(200).collect::<String>();
        let mut filters = Filters {
            status: self.status.parse().unwrap_or(StatusFilter::Unresolved),
            brand: self.brand.parse().ok(),
            channel: self.channel.parse().ok(),
            assignee: short(&self.assignee),
            tag: short(&self.tag).to_lowercase().split_whitespace().collect::<Vec<_>>().join("-"),
            intent: short(&self.intent),
            language: short(&self.language),
            order_number: short(&self.order_number),
            quiet_hours: self.quiet_hours.parse().unwrap_or(0).min(24 * 365),
            text: short(&self.text),
            ..Filters::default()
        };
        for mark in Mark::ALL {
            filters.set(*mark, self.is_ticked(*mark));
        }
        filters
    }
}

fn is_special(assignee: &str) -> bool {
    matches!(assignee, "me" | "nobody")
}

fn is_known<T: FromStr>(word: &str) -> bool {
    word.is_empty() || word.parse::<T>().is_ok()
}

fn marks_of(filters: &Filters) -> impl Iterator<Item = Mark> {
    Mark::ALL.iter().copied().filter(move |mark| filters.has(*mark))
}

/// The filters as the values of a form.
pub fn values_of(filters: &Filters) -> Vec<(&'static str, String)> {
    let words = [
        ("status", filters.status.as_str().to_owned()),
        ("brand", filters.brand.map(|id| id.to_string()).unwrap_or_default()),
        ("channel", filters.channel.map(|id| id.to_string()).unwrap_or_default()),
        ("assignee", filters.assignee.clone()),
        ("tag", filters.tag.clone()),
        ("intent", filters.intent.clone()),
        ("language", filters.language.clone()),
        ("order_number", filters.order_number.clone()),
        ("quiet_hours", filters.quiet_hours.to_string()),
    ];
    let tick = |mark: &Mark| (mark.as_str(), if filters.has(*mark) { "1".to_owned() } else { String::new() });
    words.into_iter().chain(Mark::ALL.iter().map(tick)).chain([("text", filters.text.clone())]).collect()
}

/// As the part of an address behind `?`. The status is always there: it tells a filter from the lists of the rail.
pub fn encoded(filters: &Filters) -> String {
    let usual = values_of(&Filters::default());
    let said: Vec<(&str, String)> = values_of(filters)
        .into_iter()
        .zip(usual)
        .filter(|((name, value), (_, usual))| *name == "status" || value != usual)
        .map(|(said, _)| said)
        .collect();
    serde_urlencoded::to_string(said).unwrap_or_default()
}

/// What a filter asks for, one after the other: in words, and the filter without it.
pub fn asked_for(filters: &Filters, choices: &Choices<'_>) -> Vec<(String, Filters)> {
    let said = |text: &str, words: String| (!text.is_empty()).then_some(words);
    let all = filters.clone();
    let status = (filters.status != StatusFilter::Unresolved).then(|| status_choice(filters.status).to_owned());
    let quiet = (filters.quiet_hours > 0).then(|| quiet_words(filters.quiet_hours));
    let parts = [
        (status, Filters { status: StatusFilter::Unresolved, ..all.clone() }),
        (filters.brand.map(|id| brand_name(id, choices)), Filters { brand: None, ..all.clone() }),
        (filters.channel.map(|id| channel_name(id, choices)), Filters { channel: None, ..all.clone() }),
        (
            said(&filters.assignee, format!("Given to {}", whose(&filters.assignee, choices))),
            Filters { assignee: String::new(), ..all.clone() },
        ),
        (said(&filters.tag, format!("Tag {}", filters.tag)), Filters { tag: String::new(), ..all.clone() }),
        (said(&filters.intent, intent_word(&filters.intent)), Filters { intent: String::new(), ..all.clone() }),
        (
            said(&filters.language, language_choice(&filters.language)),
            Filters { language: String::new(), ..all.clone() },
        ),
        (
            said(&filters.order_number, format!("Order {}", filters.order_number)),
            Filters { order_number: String::new(), ..all.clone() },
        ),
        (quiet, Filters { quiet_hours: 0, ..all.clone() }),
    ];
    let marks = marks_of(filters).map(|mark| (Some(mark_words(mark).1.to_owned()), filters.without(mark)));
    let text = (said(&filters.text, format!("“{}”", filters.text)), Filters { text: String::new(), ..all });
    let parts = parts.into_iter().chain(marks).chain([text]);
    parts.filter_map(|(words, rest)| Some((words?, rest))).collect()
}

fn brand_name(id: BrandId, choices: &Choices<'_>) -> String {
    let known = choices.brands.iter().find(|(brand, _)| *brand == id);
    known.map_or_else(|| "A brand that is gone".to_owned(), |(_, name)| (*name).to_owned())
}

fn channel_name(id: ChannelId, choices: &Choices<'_>) -> String {
    let known = choices.channels.iter().find(|channel| channel.id == id);
    known.map_or_else(|| "A channel that is gone".to_owned(), |channel| channel.name.clone())
}

fn whose(assignee: &str, choices: &Choices<'_>) -> String {
    match assignee {
        "me" => "you".to_owned(),
        "nobody" => "nobody".to_owned(),
        id => {
            let person = choices.teammates.iter().find(|person| person.id.to_string() == id);
            person.map_or_else(|| "somebody".to_owned(), |person| person.name.clone())
        }
    }
}

fn quiet_words(hours: u32) -> String {
    let known = QUIET.iter().find(|(value, _)| *value == hours.to_string());
    let long = known.map_or_else(
        || counted(usize::try_from(hours).unwrap_or(usize::MAX), "hour", "hours"),
        |(_, words)| words.to_lowercase(),
    );
    format!("Nothing said for {long}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> FilterForm {
        serde_urlencoded::from_str(address).unwrap()
    }

    #[test]
    fn a_filter_is_an_address_and_back() {
        let filters = Filters {
            status: StatusFilter::Open,
            assignee: "nobody".into(),
            tag: "big-sale".into(),
            quiet_hours: 24,
            unread: true,
            overdue: true,
            text: "50 % & more".into(),
            ..Filters::default()
        };
        let address = encoded(&filters);
        assert_eq!(
            address,
            "status=open&assignee=nobody&tag=big-sale&quiet_hours=24&unread=1&overdue=1&text=50+%25+%26+more"
        );
        let form = read(&address);
        assert!(form.is_filter() && form.is_ours());
        assert_eq!(form.filters(), filters);
        assert_eq!(FilterForm::of(&filters).filters(), filters);
        assert_eq!(encoded(&Filters::default()), "status=unresolved");
    }

    #[test]
    fn what_a_form_leaves_empty_asks_for_nothing() {
        let form =
            read("status=unresolved&channel=&assignee=&tag=&intent=&language=&order_number=&quiet_hours=0&text=");
        assert!(form.is_ours());
        assert_eq!(form.filters(), Filters::default());
        assert!(!read("brand=&channel=&assignee=").is_filter(), "those are lists of the rail");
        let brand = BrandId(uuid::Uuid::nil());
        assert!(!read(&format!("brand={brand}")).is_filter());
        let both = read(&format!("brand={brand}&channel={brand}"));
        assert!(both.is_filter() && both.filters().brand == Some(brand), "a brand is one of the filters");
        assert_eq!(read(&format!("brand={brand}&overdue=1")).filters().brand, Some(brand));
        for asked in ["assignee=me", "unread=1", "needs_approval=1", "overdue=1"] {
            assert!(read(asked).is_filter(), "{asked}");
        }
        for foreign in ["status=x", "brand=x", "channel=x", "assignee=x", "quiet_hours=x", "quiet_hours=-1"] {
            assert!(!read(foreign).is_ours(), "{foreign}");
        }
    }

    #[test]
    fn each_part_is_taken_off_by_itself() {
        let filters = Filters {
            status: StatusFilter::Waiting,
            assignee: "me".into(),
            intent: "invoice".into(),
            quiet_hours: 24,
            brand: Some(BrandId(uuid::Uuid::nil())),
            needs_approval: true,
            overdue: true,
            ..Filters::default()
        };
        let brands = vec![(BrandId(uuid::Uuid::nil()), "Fjord")];
        let choices = Choices { brands, channels: Vec::new(), teammates: &[], me: "Me" };
        let parts = asked_for(&filters, &choices);
        let words: Vec<&str> = parts.iter().map(|(words, _)| words.as_str()).collect();
        let said = ["Waiting for the customer", "Fjord", "Given to you", "Invoice", "Nothing said for over a day"];
        assert_eq!(words, [&said[..], &["Needs approval", "Overdue"]].concat());
        assert!(parts.iter().all(|(_, rest)| asked_for(rest, &choices).len() == words.len() - 1));
        assert_eq!(parts[1].1, Filters { brand: None, ..filters });
        assert!(asked_for(&Filters::default(), &choices).is_empty());
    }
}
