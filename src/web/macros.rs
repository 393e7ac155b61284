//! Answers that people give often: the list, the editor, and how a composer shows one.

pub mod edit;
pub mod insert;

use askama::Template;

use crate::model::macros::{AssignStep, Macro, MacroDocument, MacroTemplate, OrderStep, Steps, ThenStep, Ticked};
use crate::model::teammate::{Role, Teammate};
use crate::web::brands::LANGUAGES;
use crate::web::filters;
use crate::web::forms::{Field, filled};
use crate::web::page::Page;
use crate::web::parts::{Empty, Notice};

/// `GET /macros`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "macros/list.html")]
pub struct MacroList {
    page: Page,
    rows: Vec<Line>,
    empty: Empty,
}

#[derive(Debug)]
struct Line {
    href: String,
    name: String,
    whose: &'static str,
    languages: String,
    steps: Vec<String>,
}

impl MacroList {
    /// The macros that the reader can use.
    pub fn new(page: Page, macros: &[Macro], team: &[Teammate]) -> Self {
        let line = |one: &Macro| Line {
            href: format!("/macros/{}", one.id),
            name: one.name.clone(),
            whose: if one.owner_id.is_some() { "only yours" } else { "the team’s" },
            languages: one.document.texts.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
            steps: step_words(&one.document.steps, team).into_iter().map(|(_, words)| words).collect(),
        };
        let empty = Empty::new("No macros yet.", "An answer that you give often, with what is done when it is sent.");
        Self { rows: macros.iter().map(line).collect(), empty: empty.with_link("Write a macro", new_href(&page)), page }
    }

    fn new_href(&self) -> String {
        new_href(&self.page)
    }
}

fn new_href(page: &Page) -> String {
    format!("/macros/new?brand={}", page.brand.slug)
}

/// The steps of a macro in words, by their names.
pub fn step_words(steps: &Steps, team: &[Teammate]) -> Vec<(&'static str, String)> {
    let name =
        |id| team.iter().find(|person| person.id == id).map_or("somebody who left", |person| person.name.as_str());
    let mut words = Vec::new();
    if let Some(step) = steps.order {
        words.push(("order", order_word(step).to_owned()));
    }
    match steps.assign {
        Some(AssignStep::Me) => words.push(("assign", "Take it".to_owned())),
        Some(AssignStep::Team) => words.push(("assign", "Give it back to the team".to_owned())),
        Some(AssignStep::Person(id)) => words.push(("assign", format!("Give it to {}", name(id)))),
        None => {}
    }
    if !steps.tags.is_empty() {
        words.push(("tags", format!("Tag it {}", steps.tags.join(", "))));
    }
    if let Some(step) = steps.then {
        words.push(("then", then_word(step).to_owned()));
    }
    words
}

fn order_word(step: OrderStep) -> &'static str {
    match step {
        OrderStep::RefundAll => "Refund everything that is left",
        OrderStep::RefundShipping => "Refund the shipping cost",
        OrderStep::Cancel => "Cancel the order",
    }
}

fn then_word(step: ThenStep) -> &'static str {
    match step {
        ThenStep::Resolve => "Resolve it",
        ThenStep::ThreeHours => "Snooze it for three hours",
        ThenStep::Tomorrow => "Snooze it until tomorrow 08:00",
        ThenStep::Monday => "Snooze it until Monday 08:00",
        ThenStep::Week => "Snooze it for a week",
    }
}

/// What the editor's form holds.
#[derive(Clone, Debug, Default)]
pub struct Written(pub Vec<(String, String)>);

impl Written {
    /// A field by its name.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// As the editor shows a macro.
    pub fn of(one: &Macro) -> Self {
        let MacroDocument { texts, choices, steps, template } = &one.document.0;
        let assign = match steps.assign {
            None => String::new(),
            Some(AssignStep::Me) => "me".to_owned(),
            Some(AssignStep::Team) => "team".to_owned(),
            Some(AssignStep::Person(id)) => id.to_string(),
        };
        let mut fields = vec![
            ("seen".to_owned(), one.updated_at.0.to_string()),
            ("name".to_owned(), one.name.clone()),
            ("shared".to_owned(), if one.owner_id.is_some() { "mine" } else { "team" }.to_owned()),
            ("assign".to_owned(), assign),
            ("tags".to_owned(), steps.tags.join(", ")),
            ("order".to_owned(), steps.order.map(|step| step.to_string()).unwrap_or_default()),
            ("then".to_owned(), steps.then.map(|step| step.to_string()).unwrap_or_default()),
        ];
        if let Some(MacroTemplate { name, language, values }) = template {
            fields.push(("template_name".to_owned(), name.clone()));
            fields.push(("template_language".to_owned(), language.clone()));
            fields.push(("template_values".to_owned(), values.join("\n")));
        }
        fields.extend(texts.iter().map(|(code, text)| (format!("text_{code}"), text.clone())));
        fields.extend(choices.iter().map(|(code, all)| (format!("choices_{code}"), all.join("\n"))));
        Self(fields)
    }
}

/// `GET /macros/new`, `GET /macros/{id}`, and their forms when something is wrong.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "macros/editor.html")]
pub struct MacroEditor {
    page: Page,
    id: String,
    /// Which version this was drawn from.
    seen: String,
    fields: Vec<Field>,
    steps: Vec<Field>,
    template: Vec<Field>,
    /// What stands in the places of the template, and what is wrong with it.
    values: (String, String),
    texts: Vec<Text>,
    variables: Vec<String>,
    refused: Option<Notice>,
    may_change: bool,
}

#[derive(Debug)]
struct Text {
    name: String,
    language: &'static str,
    body: String,
    error: String,
    /// The name of the field for its buttons, what stands in it, and what is wrong with that.
    choices: (String, String, String),
    open: bool,
}

impl MacroEditor {
    /// The editor of a macro, `id` empty for a new one; `main` is the brand's language.
    pub fn new(
        page: Page,
        (id, main): (&str, &str),
        written: &Written,
        team: &[Teammate],
        errors: &[(String, String)],
    ) -> Self {
        let manager = page.role >= Role::Manager;
        let shared = written.get("shared") != "mine";
        let of = |name: &str| errors.iter().find(|(known, _)| known == name).map(|(_, words)| words.clone());
        let names = ["name", "shared", "assign", "tags", "order", "then", "template_name", "template_language"];
        let filled_in = names.into_iter().map(|name| (name, written.get(name).to_owned()));
        let values: Vec<_> = filled_in.filter(|(_, value)| !value.is_empty()).collect();
        let wrong: Vec<_> = names.into_iter().filter_map(|name| Some((name, of(name)?))).collect();
        let text = |(code, language): &(&'static str, &'static str)| {
            let name = format!("text_{code}");
            let (body, error) = (written.get(&name).to_owned(), of(&name).unwrap_or_default());
            let below = format!("choices_{code}");
            let choices = (written.get(&below).to_owned(), of(&below).unwrap_or_default());
            let open = [&body, &error, &choices.0, &choices.1].into_iter().any(|words| !words.is_empty());
            Text { open: *code == main || open, name, language, body, error, choices: (below, choices.0, choices.1) }
        };
        Self {
            id: id.to_owned(),
            seen: written.get("seen").to_owned(),
            fields: filled(about(manager), &values, &wrong),
            steps: filled(steps(team), &values, &wrong),
            template: filled(template(), &values, &wrong),
            values: (written.get("template_values").to_owned(), of("template_values").unwrap_or_default()),
            texts: LANGUAGES.iter().map(text).collect(),
            variables: edit::variable_names(),
            refused: (!errors.is_empty())
                .then(|| Notice::bad("Not saved.", "Mend what is marked; everything you wrote is still here.")),
            may_change: manager || !shared || id.is_empty(),
            page,
        }
    }
}

fn about(manager: bool) -> Vec<Field> {
    let mut whose = vec![("mine", "Only me")];
    if manager {
        whose.insert(0, ("team", "Everybody who answers for this brand"));
    }
    vec![
        Field::text("name", "Name").help("Short: it is what you search for."),
        Field::choice("shared", "Who uses it", whose),
    ]
}

fn template() -> Vec<Field> {
    vec![
        Field::text("template_name", "Its name there").optional().placeholder("late_parcel"),
        Field::text("template_language", "Its language there").optional().placeholder("en_US").help("Empty for any."),
    ]
}

fn steps(team: &[Teammate]) -> Vec<Field> {
    let nothing = || (String::new(), "Nothing".to_owned());
    let people = team.iter().filter(|person| person.disabled_at.is_none());
    let people = people.map(|person| (person.id.to_string(), format!("Give it to {}", person.name)));
    let assign = [
        (String::new(), "As it is".to_owned()),
        ("me".to_owned(), "Take it".to_owned()),
        ("team".to_owned(), "Give it back to the team".to_owned()),
    ];
    let order = OrderStep::ALL.iter().map(|step| (step.to_string(), order_word(*step).to_owned()));
    let then = ThenStep::ALL.iter().map(|step| (step.to_string(), then_word(*step).to_owned()));
    vec![
        Field::choice("order", "Ask the shop", std::iter::once(nothing()).chain(order))
            .optional()
            .help("Before the answer leaves, by the role of who sends it and under the policy."),
        Field::choice("assign", "Whose work it is", assign.into_iter().chain(people)).optional(),
        Field::text("tags", "Tags").optional().placeholder("late, carrier"),
        Field::choice("then", "Afterwards", std::iter::once(nothing()).chain(then)).optional(),
    ]
}

/// A macro in the composer: its steps, each of which can be unticked.
#[derive(Clone, Debug)]
pub struct Inserted {
    /// The macro.
    pub id: String,
    /// Its version as shown: other steps are never done.
    pub version: i64,
    /// Its text, filled in.
    pub text: String,
    /// What the shop would be asked: anything else is never done.
    pub order: String,
    /// The buttons below it.
    pub choices: Vec<String>,
    /// Names and words of its steps, and whether they are ticked.
    pub steps: Vec<(&'static str, String, bool)>,
    /// What to know before sending.
    pub notice: Option<Notice>,
    /// What is missing in the text.
    pub gap: Option<Notice>,
    /// Whether its text is to be put into the composer: that of a text that is kept is there.
    pub is_new: bool,
}

impl Inserted {
    /// The steps as they would be done now; `asked` is what the shop would be asked, or why it cannot be.
    pub fn new(one: &Macro, team: &[Teammate], asked: Option<Result<String, String>>) -> Self {
        let mut steps = step_words(&one.document.steps, team);
        let mut notice = None;
        match asked {
            None => {}
            Some(Ok(label)) => {
                for (_, words) in steps.iter_mut().filter(|(name, _)| *name == "order") {
                    words.clone_from(&label);
                }
            }
            Some(Err(reason)) => {
                steps.retain(|(name, _)| *name != "order");
                notice = Some(Notice::warn("The shop is not asked.", reason));
            }
        }
        let steps = steps.into_iter().map(|(name, words)| (name, words, true)).collect();
        Self {
            id: one.id.to_string(),
            version: one.updated_at.0,
            text: String::new(),
            order: String::new(),
            choices: Vec::new(),
            steps,
            notice,
            gap: None,
            is_new: true,
        }
    }

    /// The same for a text that is kept: its words are there, changed or not.
    #[must_use]
    pub fn of_kept(self, ticked: &Ticked) -> Self {
        Self { is_new: false, gap: None, ..self.with_steps(&ticked.steps) }
    }

    /// With these of its steps ticked.
    #[must_use]
    pub fn with_steps(mut self, steps: &[String]) -> Self {
        for (name, _, is_ticked) in &mut self.steps {
            *is_ticked = steps.iter().any(|kept| kept == name);
        }
        self
    }
}
