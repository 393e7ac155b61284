//! The way to everything that is set up rarely.

pub mod show;

use askama::Template;

use crate::model::teammate::Role;
use crate::web::filters;
use crate::web::format::counted;
use crate::web::page::Page;
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
        let asks =
            |number: usize| (number > 0).then(|| Badge::new("bad", format!("{number} need you")).with_icon("warn"));
        let may_write = page.role >= Role::Manager;
        let mut cards = vec![
            Card {
                href: "/account",
                icon: "person",
                name: "Your account",
                about: "Name, time zone, password, where you are signed in.",
                count: page.reader.zone.name().replace('_', " "),
                trouble: None,
            },
            Card {
                href: "/brands",
                icon: "tag",
                name: "Brands",
                about: "Name, colour, language, and how much the agent may do.",
                count: counted(facts.brands, "brand", "brands"),
                trouble: None,
            },
            Card {
                href: "/channels",
                icon: "mail",
                name: "Channels",
                about: "Where customers write, and whether it works.",
                count: counted(facts.channels, "channel", "channels"),
                trouble: asks(facts.troubled_channels + facts.set_aside),
            },
            Card {
                href: "/order-sources",
                icon: "bag",
                name: "Shops",
                about: "Where orders are read and actions are done.",
                count: counted(facts.order_sources, "shop", "shops"),
                trouble: asks(facts.troubled_sources),
            },
            Card {
                href: "/macros",
                icon: "macro",
                name: "Macros",
                about: "Answers that you give often, with what is done when they are sent.",
                count: counted(facts.macros, "macro", "macros"),
                trouble: None,
            },
            Card {
                href: "/answer-times",
                icon: "clock",
                name: "Answer times",
                about: "Hours, how soon you answer, and what is said when nobody is there.",
                count: if facts.own_hours { "in your hours" } else { "round the clock" }.to_owned(),
                trouble: None,
            },
            Card {
                href: "/teammates",
                icon: "people",
                name: "Team",
                about: "Who answers, and who may change what.",
                count: counted(facts.teammates, "person", "people"),
                trouble: None,
            },
            Card {
                href: "/reply-templates",
                icon: "voice",
                name: "Reply templates",
                about: "The words of the built-in engine, in every language.",
                count: match facts.own_texts {
                    0 => "all as built in".to_owned(),
                    own => counted(own, "text of your own", "texts of your own"),
                },
                trouble: None,
            },
            Card {
                href: "/jobs",
                icon: "clock",
                name: "Work",
                about: "What runs in the background, and what was given up.",
                count: counted(facts.dead_jobs, "piece given up", "pieces given up"),
                trouble: asks(facts.dead_jobs),
            },
        ];
        cards.retain(|card| may_write || card.href != "/reply-templates");
        if page.role == Role::Admin {
            cards.push(Card {
                href: "/audit",
                icon: "shield",
                name: "Audit",
                about: "Who did what, in a chain that shows every change.",
                count: "Every sign-in, decision and change".to_owned(),
                trouble: None,
            });
        }
        Self { page, cards }
    }
}
