//! Lists that people put together: what belongs in them, and who sees them.

pub mod edit;
pub mod filter;

use askama::Template;

use crate::agent::understand::language::Language;
use crate::model::BrandId;
use crate::model::channel::Channel;
use crate::model::saved_view::{Filters, Mark, SavedView, StatusFilter};
use crate::model::teammate::{Role, Teammate};
use crate::store::saved_views::IN_RAIL;
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::Empty;
use crate::web::words::{intent_word, language_word};

/// The intents that can be chosen.
const INTENTS: [&str; 22] = [
    "where_is_my_order",
    "late_or_lost",
    "damaged_or_wrong_item",
    "return_item",
    "exchange",
    "refund_status",
    "refund_request",
    "cancel_order",
    "change_address",
    "change_items",
    "stock",
    "delivery_time",
    "invoice",
    "payment_issue",
    "product_question",
    "complaint",
    "thanks",
    "talk_to_person",
    "account",
    "discount",
    "spam",
    "out_of_scope",
];
/// After how many quiet hours.
const QUIET: [(&str, &str); 6] = [
    ("0", "However long"),
    ("1", "Over an hour"),
    ("4", "Over 4 hours"),
    ("24", "Over a day"),
    ("72", "Over 3 days"),
    ("168", "Over a week"),
];

/// `GET /saved-views`: all lists of the reader in their order.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "saved_views/list.html")]
pub struct SavedViewsPage {
    page: Page,
    views: Vec<Line>,
    /// How many the rail has room for, where there are more.
    in_rail: Option<i64>,
    empty: Empty,
}

#[derive(Debug)]
struct Line {
    id: String,
    name: String,
    whose: &'static str,
    may_change: bool,
    first: bool,
    last: bool,
}

impl SavedViewsPage {
    /// The lists that a person sees.
    pub fn new(page: Page, reader: &Teammate, all: &[SavedView]) -> Self {
        let count = all.len();
        let line = |(place, view): (usize, &SavedView)| Line {
            id: view.id.to_string(),
            name: view.name.clone(),
            whose: if view.shared { "the team’s" } else { "yours alone" },
            may_change: may_change(reader, view),
            first: place == 0,
            last: place + 1 == count,
        };
        let words = "Put together what you look for often: by status, brand, channel, tag, words, or what is overdue.";
        Self {
            views: all.iter().enumerate().map(line).collect(),
            in_rail: i64::try_from(count).is_ok_and(|count| count > IN_RAIL).then_some(IN_RAIL),
            empty: Empty::new("No view of your own yet", words).with_link("Make a view", "/saved-views/new"),
            page,
        }
    }
}

/// Whether a person may change a list: their own, and as a manager those of the team.
fn may_change(reader: &Teammate, view: &SavedView) -> bool {
    view.teammate_id == reader.id || (view.shared && reader.may(Role::Manager))
}

/// `GET /saved-views/new` and `GET /saved-views/{id}`, and what comes back when something is wrong.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "saved_views/form.html")]
pub struct SavedViewPage {
    page: Page,
    title: String,
    action: String,
    id: Option<String>,
    fields: Vec<Field>,
    ticks: Vec<Tick>,
    shared: bool,
    /// How the list stood when this was drawn.
    seen: String,
}

/// Something that is asked for or not: its name, the words, and whether it is.
pub type Tick = (&'static str, &'static str, bool);

/// What can be chosen from.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    /// Brands; one alone is no choice.
    pub brands: Vec<(BrandId, &'a str)>,
    /// Channels.
    pub channels: Vec<&'a Channel>,
    /// People.
    pub teammates: &'a [Teammate],
    /// What the reader is called among them.
    pub me: &'static str,
}

impl SavedViewPage {
    /// The form with its values.
    pub fn new(
        page: Page,
        view: Option<&SavedView>,
        choices: &Choices<'_>,
        form: &edit::Form,
        errors: FieldErrors<'_>,
    ) -> Self {
        let id = view.map(|view| view.id.to_string());
        let asked = form.filters();
        let fields = std::iter::once(Field::text("name", "Name")).chain(filter_fields(choices, &asked)).collect();
        Self {
            title: view.map_or_else(|| "New view".to_owned(), |view| view.name.clone()),
            action: id.as_ref().map_or_else(|| "/saved-views".to_owned(), |id| format!("/saved-views/{id}")),
            fields: filled(fields, &form.values(), errors),
            ticks: filter_ticks(&asked),
            shared: form.is_shared(),
            seen: form.seen.clone(),
            id,
            page,
        }
    }
}

/// The fields of a filter. A brand that is asked for is never left out: the form would drop it.
pub fn filter_fields(choices: &Choices<'_>, asked: &Filters) -> Vec<Field> {
    let none = |words: &str| (String::new(), words.to_owned());
    let brands = choices.brands.iter().map(|(id, name)| (id.to_string(), (*name).to_owned()));
    let brand = || Field::choice("brand", "Brand", std::iter::once(none("Every brand")).chain(brands));
    let brand = (choices.brands.len() > 1 || asked.brand.is_some()).then(brand);
    let channels = choices.channels.iter().map(|channel| (channel.id.to_string(), channel.name.clone()));
    let people = choices.teammates.iter().filter(|person| person.disabled_at.is_none());
    let people = people.map(|person| (person.id.to_string(), person.name.clone()));
    let special = [none("Anybody"), ("me".into(), choices.me.into()), ("nobody".into(), "Nobody".into())];
    let statuses = StatusFilter::ALL.iter().map(|status| (status.as_str(), status_choice(*status)));
    let others = [
        Field::choice("channel", "Channel", std::iter::once(none("Every channel")).chain(channels)),
        Field::choice("assignee", "Whose work it is", special.into_iter().chain(people)),
        Field::text("tag", "Tag").optional(),
        Field::choice(
            "intent",
            "What they want",
            std::iter::once(none("Anything")).chain(INTENTS.map(|intent| (intent.to_owned(), intent_word(intent)))),
        ),
        Field::choice(
            "language",
            "Language",
            std::iter::once(none("Any"))
                .chain(Language::ALL.map(|language| (language.code().to_owned(), language_choice(language.code())))),
        ),
        Field::text("order_number", "Order number").optional(),
        Field::choice("quiet_hours", "Nothing was said for", QUIET),
        Field::text("text", "Words").optional().help("In any message of the conversation."),
    ];
    std::iter::once(Field::choice("status", "Status", statuses)).chain(brand).chain(others).collect()
}

/// A language as it stands by itself.
fn language_choice(code: &str) -> String {
    if code == Language::Other.code() { "Another language".to_owned() } else { language_word(code) }
}

/// What a filter asks for or not.
pub fn filter_ticks(filters: &Filters) -> Vec<Tick> {
    Mark::ALL.iter().map(|mark| (mark.as_str(), mark_words(*mark).0, filters.has(*mark))).collect()
}

/// What a mark is called in a form, and where it is asked for.
fn mark_words(mark: Mark) -> (&'static str, &'static str) {
    match mark {
        Mark::Unread => ("Only what nobody has looked at", "Nobody has looked"),
        Mark::NeedsApproval => ("Only what needs approval", "Needs approval"),
        Mark::Overdue => ("Only what is overdue", "Overdue"),
    }
}

fn status_choice(status: StatusFilter) -> &'static str {
    match status {
        StatusFilter::Unresolved => "Everything that is not resolved",
        StatusFilter::Open => "Open",
        StatusFilter::Waiting => "Waiting for the customer",
        StatusFilter::Snoozed => "Snoozed",
        StatusFilter::Resolved => "Resolved",
        StatusFilter::Any => "Everything",
    }
}
