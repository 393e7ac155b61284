//! The brands of the desk: the list, adding one, changing one.

pub mod edit;

use askama::Template;

use crate::model::brand::{AgentLevel, Brand};
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::Badge;
use crate::web::words::language_word;

/// Colours to choose from: hue and name.
pub const HUES: [(&str, &str); 6] =
    [("205", "Fjord"), ("260", "Blue"), ("310", "Violet"), ("15", "Red"), ("60", "Amber"), ("150", "Green")];

/// Languages that the shipped texts are written in.
pub const LANGUAGES: [(&str, &str); 6] =
    [("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish"), ("it", "Italian"), ("nl", "Dutch")];

/// `GET /brands`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "brands/list.html")]
pub struct BrandsPage {
    page: Page,
    brands: Vec<BrandCard>,
    may_add: bool,
    may_change: bool,
}

#[derive(Debug)]
struct BrandCard {
    slug: String,
    initial: String,
    name: String,
    level: Badge,
    about: String,
}

impl BrandsPage {
    /// All brands.
    pub fn new(page: Page, brands: &[Brand]) -> Self {
        use crate::model::teammate::Role;
        let card = |brand: &Brand| BrandCard {
            slug: brand.slug.clone(),
            initial: brand.initial(),
            name: brand.name.clone(),
            level: Badge::new("", level_word(brand.agent_level)),
            about: format!("{} · {}", language_word(&brand.locale), brand.currency),
        };
        Self {
            brands: brands.iter().map(card).collect(),
            may_add: page.role >= Role::Admin,
            may_change: page.role >= Role::Manager,
            page,
        }
    }
}

fn level_word(level: AgentLevel) -> &'static str {
    match level {
        AgentLevel::Off => "agent off",
        AgentLevel::Approve => "agent asks",
        AgentLevel::Auto => "agent as the policy says",
    }
}

/// `GET /brands/new` and `GET /brands/{slug}`, and their forms when something is wrong. Fields: `name`, `hue`, `locale`,
/// `currency`, `time_zone`, `order_pattern`, `agent_level`, and `seen`: how the brand stood when the form was drawn.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "brands/form.html")]
pub struct BrandPage {
    page: Page,
    title: String,
    action: String,
    slug: Option<String>,
    fields: Vec<Field>,
}

impl BrandPage {
    /// The form of a brand, or of a new one, with its values and what is wrong with them.
    pub fn new(page: Page, brand: Option<&Brand>, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        Self {
            title: brand.map_or_else(|| "Add a brand".to_owned(), |brand| brand.name.clone()),
            action: brand.map_or_else(|| "/brands".to_owned(), |brand| format!("/brands/{}", brand.slug)),
            slug: brand.map(|brand| brand.slug.clone()),
            fields: filled(fields(), values, errors),
            page,
        }
    }
}

fn fields() -> Vec<Field> {
    let levels = [
        ("approve", "Every draft waits for a person"),
        ("auto", "What the policy grants goes out alone"),
        ("off", "Off: the agent does not run"),
    ];
    vec![
        Field::text("name", "Name of the shop").autocomplete("organization"),
        Field::choice("hue", "Colour", HUES),
        Field::choice("locale", "Main language", LANGUAGES),
        Field::text("currency", "Currency").value("EUR").help("Three letters, as on invoices."),
        Field::time_zone("time_zone", "Time zone", "UTC, until somebody says otherwise")
            .help("Times are shown for it to people who chose none of their own."),
        Field::text("order_pattern", "Order numbers")
            .placeholder("#W\\d{6}")
            .optional()
            .help("A regular expression. Empty: numbers such as FJ-20417."),
        Field::choice("agent_level", "The agent", levels).help("The most it may do, whatever the policy grants."),
        Field::hidden("seen"),
    ]
}
