//! Answers that people give often: a text by language, and what is done when it is sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sleep::Until;
use super::text_enum::text_enum;
use super::{BrandId, Json, MacroId, TeammateId, Ts};

text_enum! {
    /// What the shop is asked to do with the one order of the conversation.
    OrderStep {
        /// Give everything back that is left.
        RefundAll = "refund_all",
        /// Give the shipping cost back.
        RefundShipping = "refund_shipping",
        /// Cancel the order.
        Cancel = "cancel",
    }
}

text_enum! {
    /// How the conversation stands afterwards.
    ThenStep {
        /// It is done.
        Resolve = "resolve",
        /// It sleeps for three hours.
        ThreeHours = "3h",
        /// It sleeps until tomorrow.
        Tomorrow = "tomorrow",
        /// It sleeps until Monday.
        Monday = "monday",
        /// It sleeps for a week.
        Week = "1w",
    }
}

impl ThenStep {
    /// Until when it sleeps, if it does.
    pub fn until(self) -> Option<Until> {
        match self {
            Self::Resolve => None,
            Self::ThreeHours => Some(Until::ThreeHours),
            Self::Tomorrow => Some(Until::Tomorrow),
            Self::Monday => Some(Until::Monday),
            Self::Week => Some(Until::Week),
        }
    }
}

/// To whom the conversation is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignStep {
    /// To who sends it.
    Me,
    /// Back to the team.
    Team,
    /// To a person.
    Person(TeammateId),
}

/// What is done when the answer is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Steps {
    /// To whom it is given.
    pub assign: Option<AssignStep>,
    /// Tags to add.
    pub tags: Vec<String>,
    /// What the shop is asked to do, before the answer leaves.
    pub order: Option<OrderStep>,
    /// How it stands afterwards.
    pub then: Option<ThenStep>,
}

impl Steps {
    /// The names of the steps that there are, as forms carry them.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [
            ("order", self.order.is_some()),
            ("assign", self.assign.is_some()),
            ("tags", !self.tags.is_empty()),
            ("then", self.then.is_some()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
    }

    /// Only the steps with these names.
    #[must_use]
    pub fn only<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kept = Self::default();
        for name in names {
            match name {
                "order" => kept.order = self.order,
                "assign" => kept.assign = self.assign,
                "tags" => kept.tags.clone_from(&self.tags),
                "then" => kept.then = self.then,
                _ => {}
            }
        }
        kept
    }
}

/// Texts and steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MacroDocument {
    /// The text by language.
    pub texts: BTreeMap<String, String>,
    /// The buttons below the text by language, where the channel has any.
    pub choices: BTreeMap<String, Vec<String>>,
    /// What is done when it is sent.
    pub steps: Steps,
    /// The template of a platform that leaves in place of a text, where the channel has such.
    pub template: Option<MacroTemplate>,
}

/// A template of a platform, with what its places hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MacroTemplate {
    /// Its name there.
    pub name: String,
    /// Its language there; any, where it is empty.
    pub language: String,
    /// What its places hold, in order, with variables.
    pub values: Vec<String>,
}

/// The macro that a text began with, and which of its steps are ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticked {
    /// The macro.
    pub id: MacroId,
    /// The names of the steps.
    pub steps: Vec<String>,
}

/// A macro.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Macro {
    /// Id.
    pub id: MacroId,
    /// Whose brand.
    pub brand_id: BrandId,
    /// Only for this person; nobody's in particular when it is shared.
    pub owner_id: Option<TeammateId>,
    /// What people call it.
    pub name: String,
    /// Texts and steps.
    pub document: Json<MacroDocument>,
    /// When it was changed last.
    pub updated_at: Ts,
}

impl Macro {
    /// The text for a customer's language, else the brand's, else any.
    pub fn text_for(&self, customer: &str, brand: &str) -> (&str, &str) {
        let texts = &self.document.texts;
        let found = [customer, brand].into_iter().find_map(|code| texts.get_key_value(code));
        found.or_else(|| texts.iter().next()).map_or(("", ""), |(code, text)| (code.as_str(), text.as_str()))
    }

    /// The buttons below the text in a language.
    pub fn choices_in(&self, language: &str) -> &[String] {
        self.document.choices.get(language).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ticked_steps_stay() {
        let steps = Steps {
            assign: Some(AssignStep::Me),
            tags: vec!["late".into()],
            order: Some(OrderStep::Cancel),
            then: Some(ThenStep::Resolve),
        };
        assert_eq!(steps.names(), ["order", "assign", "tags", "then"]);
        assert_eq!(steps.only(steps.names()), steps);
        let kept = steps.only(["tags", "something"]);
        assert_eq!(kept, Steps { tags: vec!["late".into()], ..Steps::default() });
        assert_eq!(Steps::default().names(), Vec::<&str>::new());
    }

    #[test]
    fn a_macro_puts_to_sleep_until_the_moments_of_the_snooze_menu() {
        for step in ThenStep::ALL {
            assert_eq!(step.until().map_or("resolve", Until::as_str), step.as_str());
        }
    }

    #[test]
    fn the_customers_language_comes_first() {
        let texts = [("de", "Hallo"), ("en", "Hello")].map(|(code, text)| (code.to_owned(), text.to_owned()));
        let document = MacroDocument { texts: texts.into(), ..MacroDocument::default() };
        let nil = uuid::Uuid::nil();
        let one = Macro {
            id: MacroId(nil),
            brand_id: BrandId(nil),
            owner_id: None,
            name: String::new(),
            document: Json(document),
            updated_at: Ts(0),
        };
        assert_eq!(one.text_for("de", "en"), ("de", "Hallo"));
        assert_eq!(one.text_for("fr", "en"), ("en", "Hello"));
        assert_eq!(one.text_for("fr", "it"), ("de", "Hallo"));
    }
}
