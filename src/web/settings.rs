//! The way to everything that is set up rarely.

pub mod show;

use askama::Template;

use crate::web::filters;
use crate::web::format::counted;
use crate::web::page::{Corner, Page};
use crate::web::parts::Badge;

/// The numbers on the cards.
#[derive(Clone, Copy, Debug, Default)]
pub struct SettingsFacts {
    /// Connected accounts.
    pub channels: usize,
    /// Those that ask for a person.
    pub troubled_channels: usize,
    /// Connected shops.
    pub order_sources: usize,
    /// Those that ask for a person.
    pub troubled_sources: usize,
    /// Connected tracking providers.
    pub trackers: usize,
    /// Those that ask for a person.
    pub troubled_trackers: usize,
    /// Shop identities.
    pub brands: usize,
    /// Channels' mail that could not be read.
    pub set_aside: usize,
    /// Macros that the reader can use for the first brand.
    pub macros: usize,
    /// Whether the first brand has hours of its own.
    pub own_hours: bool,
    /// People on staff.
    pub teammates: usize,
    /// Reply templates that the brand wrote itself.
    pub own_texts: usize,
    /// Articles of the first brand that customers can read.
    pub articles: usize,
    /// Where the agent is stopped.
    pub brakes: usize,
    /// Whether there is a language model.
    pub language_model: bool,
    /// Work that was given up.
    pub dead_jobs: usize,
}

/// `GET /settings`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "settings/page.html")]
pub struct SettingsPage {
    page: Page,
    cards: Vec<Card>,
}

#[derive(Debug)]
struct Card {
    href: &'static str,
    icon: &'static str,
    name: &'static str,
    about: &'static str,
    count: String,
    trouble: Option<Badge>,
}

impl SettingsPage {
    /// The cards with their numbers.
    pub fn new(page: Page, facts: SettingsFacts) -> Self {
        let zone = page.reader.zone.name().replace('_', " ");
        let cards = Corner::of(page.role).map(|corner| Card::new(corner, facts, &zone)).collect();
        Self { page, cards }
    }
}

impl Card {
    fn new(corner: Corner, facts: SettingsFacts, zone: &str) -> Self {
        let asks =
            |number: usize| (number > 0).then(|| Badge::new("bad", format!("{number} need you")).with_icon("warn"));
        let (about, count, trouble) = match corner {
            Corner::Account => ("Name, time zone, password, where you are signed in.", zone.to_owned(), None),
            Corner::Brands => (
                "Name, colour, language, and how much the agent may do.",
                counted(facts.brands, "brand", "brands"),
                None,
            ),
            Corner::Channels => (
                "Where customers write, and whether it works.",
                counted(facts.channels, "channel", "channels"),
                asks(facts.troubled_channels + facts.set_aside),
            ),
            Corner::OrderSources => (
                "Where orders are read and actions are done.",
                counted(facts.order_sources, "shop", "shops"),
                asks(facts.troubled_sources),
            ),
            Corner::Trackers => (
                "What carriers say of parcels.",
                counted(facts.trackers, "provider", "providers"),
                asks(facts.troubled_trackers),
            ),
            Corner::Macros => (
                "Answers that you give often, with what is done when they are sent.",
                counted(facts.macros, "macro", "macros"),
                None,
            ),
            Corner::AnswerTimes => (
                "Hours, how soon you answer, and what is said when nobody is there.",
                if facts.own_hours { "in your hours" } else { "round the clock" }.to_owned(),
                None,
            ),
            Corner::Team => {
                ("Who answers, and who may change what.", counted(facts.teammates, "person", "people"), None)
            }
            Corner::ReplyTemplates => (
                "The words of the built-in engine, in every language.",
                match facts.own_texts {
                    0 => "all as built in".to_owned(),
                    own => counted(own, "text of your own", "texts of your own"),
                },
                None,
            ),
            Corner::Articles => (
                "What customers read in the help centre, before they ask.",
                match facts.articles {
                    0 => "none published".to_owned(),
                    many => counted(many, "article published", "articles published"),
                },
                None,
            ),
            Corner::Autonomy => (
                "Stop the agent: everywhere, for a kind of request, or for what it asks shops for.",
                match facts.brakes {
                    0 => "not stopped".to_owned(),
                    many => counted(many, "stop holds", "stops hold"),
                },
                None,
            ),
            Corner::LanguageModel => (
                "What it costs, and how much it may cost in a month.",
                if facts.language_model { "a model is set" } else { "the built-in engine alone" }.to_owned(),
                None,
            ),
            Corner::Work => (
                "What runs in the background, and what was given up.",
                counted(facts.dead_jobs, "piece given up", "pieces given up"),
                asks(facts.dead_jobs),
            ),
            Corner::Audit => (
                "Who did what, in a chain that shows every change.",
                "Every sign-in, decision and change".to_owned(),
                None,
            ),
        };
        let (href, icon, name) = corner.shown();
        Self { href, icon, name, about, count, trouble }
    }
}
