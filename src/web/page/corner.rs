//! What is set up once and looked after sometimes: a card each among the settings, and a command on every page.

use crate::model::teammate::Role;

/// Address, icon and words of a page.
type Link = (&'static str, &'static str, &'static str);

/// What is begun on a page of its own, and looked for from everywhere by what it does; each with the role that may.
const TASKS: [(Role, Link); 4] = [
    (Role::Manager, ("/autonomy", "pause", "Stop the agent")),
    (Role::Teammate, ("/saved-views/new", "tag", "Make a view")),
    (Role::Admin, ("/invitations", "people", "Invite a teammate")),
    (Role::Admin, ("/audit", "shield", "Verify the audit log")),
];

/// Those that a role may begin.
pub(super) fn tasks(role: Role) -> impl Iterator<Item = Link> {
    TASKS.into_iter().filter(move |(least, _)| role >= *least).map(|(_, link)| link)
}

/// A page of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corner {
    /// The reader's own name, clock and password.
    Account,
    /// Shop identities.
    Brands,
    /// Connected accounts.
    Channels,
    /// Connected shops.
    OrderSources,
    /// Connected tracking providers.
    Trackers,
    /// Answers that are given often.
    Macros,
    /// Hours and targets.
    AnswerTimes,
    /// People on staff.
    Team,
    /// The words of the built-in engine.
    ReplyTemplates,
    /// What customers read in the help centre.
    Articles,
    /// Where the agent is stopped.
    Autonomy,
    /// What the language model costs.
    LanguageModel,
    /// What runs in the background.
    Work,
    /// Who did what.
    Audit,
}

impl Corner {
    const ALL: [Self; 14] = [
        Self::Account,
        Self::Brands,
        Self::Channels,
        Self::OrderSources,
        Self::Trackers,
        Self::Macros,
        Self::AnswerTimes,
        Self::Team,
        Self::ReplyTemplates,
        Self::Articles,
        Self::Autonomy,
        Self::LanguageModel,
        Self::Work,
        Self::Audit,
    ];

    /// Those that a role may open, in the order of their cards.
    pub fn of(role: Role) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |corner| role >= corner.least_role())
    }

    fn least_role(self) -> Role {
        match self {
            Self::Audit => Role::Admin,
            Self::ReplyTemplates | Self::Articles | Self::Autonomy | Self::LanguageModel => Role::Manager,
            Self::Account
            | Self::Brands
            | Self::Channels
            | Self::OrderSources
            | Self::Trackers
            | Self::Macros
            | Self::AnswerTimes
            | Self::Team
            | Self::Work => Role::Teammate,
        }
    }

    /// Address, icon and name.
    pub fn shown(self) -> Link {
        match self {
            Self::Account => ("/account", "person", "Your account"),
            Self::Brands => ("/brands", "tag", "Brands"),
            Self::Channels => ("/channels", "mail", "Channels"),
            Self::OrderSources => ("/order-sources", "bag", "Shops"),
            Self::Trackers => ("/trackers", "bag", "Parcel tracking"),
            Self::Macros => ("/macros", "macro", "Macros"),
            Self::AnswerTimes => ("/answer-times", "clock", "Answer times"),
            Self::Team => ("/teammates", "people", "Team"),
            Self::ReplyTemplates => ("/reply-templates", "voice", "Reply templates"),
            Self::Articles => ("/articles", "document", "Articles"),
            Self::Autonomy => ("/autonomy", "agent", "Autonomy"),
            Self::LanguageModel => ("/language-model", "money", "Language model"),
            Self::Work => ("/jobs", "clock", "Work"),
            Self::Audit => ("/audit", "shield", "Audit"),
        }
    }
}
