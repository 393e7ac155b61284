//! What every page of the desk carries: brand, teammate, counts, token of its forms, where the live feed stands.

mod corner;
mod query;

pub use corner::Corner;
use corner::tasks;
pub use query::{BrandQuery, InboxQuery, InboxView, Sort};

use askama::Template;
use serde::{Deserialize, Serialize};

use super::channels::alarms::AlarmList;
use super::filters;
use super::format::{Reader, count};
use super::parts::{Face, Notice, fragments};
use super::words::{channel_icon, channel_kind};
use crate::model::brand::Brand;
use crate::model::channel::Channel;
use crate::model::saved_view::Filters;
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, SavedViewId, TeammateId, Ts};
use crate::store::conversation_counts::Counts;
use crate::store::saved_views::Number;

/// Where in the desk a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The list and its conversations.
    Inbox,
    /// Drafts that wait.
    Approvals,
    /// The policy.
    Policy,
    /// The voice.
    Voice,
    /// What became of closed cases.
    Reports,
    /// What the reader should know.
    Notifications,
    /// Channels, shops, team, work.
    Settings,
}

impl Place {
    const ALL: [Self; 7] =
        [Self::Inbox, Self::Approvals, Self::Notifications, Self::Policy, Self::Voice, Self::Reports, Self::Settings];

    /// Address, icon, name and the key behind `G`.
    fn shown(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Inbox => ("/inbox", "inbox", "Inbox", "i"),
            Self::Approvals => ("/approvals", "approve", "Approvals", "a"),
            Self::Policy => ("/policies", "rule", "Policy", "p"),
            Self::Voice => ("/voices", "voice", "Voice", "v"),
            Self::Reports => ("/resolutions", "chart", "Reports", "o"),
            Self::Notifications => ("/notifications", "bell", "Notifications", "n"),
            Self::Settings => ("/settings", "gear", "Settings", "s"),
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The word, also the value of `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A line of the rail.
#[derive(Clone, Debug)]
struct RailLine {
    href: String,
    icon: &'static str,
    name: String,
    count: Option<String>,
    key: &'static str,
    current: bool,
}

/// What every page of the desk carries. Built once per request; pages take it as it is.
#[derive(Clone, Debug)]
pub struct Page {
    /// The brand's name, letter and hue.
    pub brand: BrandMark,
    /// The reader.
    pub me: TeammateId,
    /// Their name.
    pub teammate: String,
    /// What the reader may do.
    pub role: Role,
    /// Whether the reader says that they are away.
    pub away: bool,
    /// The token that every form sends as `csrf`.
    pub csrf: String,
    /// Where the page is.
    pub place: Place,
    /// Now, and the reader's clock.
    pub reader: Reader,
    /// Light or dark.
    pub theme: Theme,
    /// The last event that the page has seen: the live feed begins behind it.
    pub cursor: i64,
    /// The numbers in the rail.
    pub counts: Counts,
    /// Notifications that the reader has not read.
    pub unread: i64,
    /// Channels in the rail, with their unresolved conversations.
    pub channels: Vec<(Channel, i64)>,
    /// Lists that the reader sees beside the views, with their numbers.
    pub saved: Vec<SavedLine>,
    /// How many the filter of the address holds, where there is one.
    pub filtered: Option<Number>,
    /// All brands; pages name them where there are several.
    pub brands: Vec<BrandLine>,
    /// What the list shows; the rail lists views and channels on inbox pages.
    pub inbox: Option<InboxQuery>,
    /// Whose conversations the list shows, where it shows one person's.
    pub assignee: Option<String>,
    /// Said once above the page, after a form was taken or refused.
    pub notice: Option<Notice>,
    /// What has to be heard of on every page.
    pub alarms: AlarmList,
}

/// A list that somebody put together, in the rail.
#[derive(Clone, Debug)]
pub struct SavedLine {
    /// Id.
    pub id: SavedViewId,
    /// Its name.
    pub name: String,
    /// How many it holds.
    pub count: Number,
    /// What belongs in it.
    pub filters: Filters,
}

/// The name of a list that is only in the address.
const FILTERED: &str = "Filtered list";

/// A number as far as it was counted: `7`, `40+`, `99+`.
fn bounded(number: Number) -> String {
    match number {
        Number { found: 100.., .. } => "99+".to_owned(),
        Number { found, more: true } => format!("{found}+"),
        Number { found, more: false } => count(found),
    }
}

/// A brand among others.
#[derive(Clone, Debug)]
pub struct BrandLine {
    /// Id.
    pub id: BrandId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its unresolved conversations, where they are counted.
    pub open: i64,
}

/// A brand as pages show it.
#[derive(Clone, Debug)]
pub struct BrandMark {
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The letter where there is no room.
    pub initial: String,
    /// Its accent, 0 to 359.
    pub hue: i64,
}

impl From<&Brand> for BrandMark {
    fn from(brand: &Brand) -> Self {
        Self {
            slug: brand.slug.clone(),
            name: brand.name.clone(),
            initial: brand.initial(),
            hue: brand.hue.clamp(0, 359),
        }
    }
}

impl Page {
    /// A page for a teammate; counts, channels and the rest are set on its fields.
    pub fn new(brand: &Brand, teammate: &Teammate, csrf: &str, place: Place, now: Ts) -> Self {
        Self {
            brand: brand.into(),
            me: teammate.id,
            teammate: teammate.name.clone(),
            role: teammate.role,
            away: teammate.away_since.is_some(),
            csrf: csrf.to_owned(),
            place,
            reader: Reader::utc(now),
            theme: Theme::default(),
            cursor: 0,
            counts: Counts::default(),
            unread: 0,
            channels: Vec::new(),
            saved: Vec::new(),
            filtered: None,
            brands: Vec::new(),
            inbox: None,
            assignee: None,
            notice: None,
            alarms: AlarmList::default(),
        }
    }

    /// The rail: views, pages, who is signed in. Also the fragment `GET /rail`.
    pub fn rail(&self) -> Rail {
        Rail {
            brand: self.brand.clone(),
            teammate: self.teammate.clone(),
            away: self.away,
            csrf: self.csrf.clone(),
            theme: self.theme,
            pages: Place::ALL.into_iter().map(|place| self.page_line(place)).collect(),
            views: self.inbox.as_ref().map(|query| self.view_lines(query)).unwrap_or_default(),
            saved: self.inbox.as_ref().map(|query| self.saved_lines(query)).unwrap_or_default(),
            channels: self.inbox.as_ref().map(|query| self.channel_lines(query)).unwrap_or_default(),
            brands: self.inbox.as_ref().map(|query| self.brand_lines(query)).unwrap_or_default(),
            corners: Corner::of(self.role).map(|corner| place_line(corner.shown())).collect(),
            tasks: tasks(self.role).map(place_line).collect(),
        }
    }

    /// The name of a brand, where there are several to tell apart.
    pub fn brand_name(&self, id: BrandId) -> Option<&str> {
        self.several_brands().iter().find(|brand| brand.id == id).map(|brand| brand.name.as_str())
    }

    /// The brands, where there are several.
    fn several_brands(&self) -> &[BrandLine] {
        if self.brands.len() > 1 { &self.brands } else { &[] }
    }

    /// Leads from a page about one brand to the same page about another; nothing where there is one.
    pub fn brand_menu(&self, folder: &str) -> BrandMenu {
        self.menu(folder, Some(&self.brand.slug), false)
    }

    /// Leads from a list of all brands to that of one, and back.
    pub fn brand_filter(&self, folder: &str, chosen: Option<&str>) -> BrandMenu {
        self.menu(folder, chosen, true)
    }

    fn menu(&self, folder: &str, chosen: Option<&str>, all: bool) -> BrandMenu {
        let brands = self.several_brands();
        let line = |brand: &BrandLine| BrandChoice {
            href: format!("{folder}?brand={}", brand.slug),
            name: brand.name.clone(),
            current: chosen == Some(brand.slug.as_str()),
        };
        let every = BrandChoice { href: folder.to_owned(), name: "All brands".to_owned(), current: chosen.is_none() };
        let every = (all && !brands.is_empty()).then_some(every);
        BrandMenu { lines: every.into_iter().chain(brands.iter().map(line)).collect() }
    }

    /// The name of the list: the view's, or the channel's or brand's when it is filtered.
    pub fn list_title(&self) -> String {
        let query = self.inbox.clone().unwrap_or_default();
        if let Some(id) = query.saved {
            let line = self.saved.iter().find(|line| line.id == id);
            return line.map_or_else(|| "View".to_owned(), |line| line.name.clone());
        }
        if query.filter.is_some() {
            return FILTERED.to_owned();
        }
        let channel = |id| self.channels.iter().find(|(channel, _)| channel.id == id).map(|(known, _)| &known.name);
        match (query.channel, query.brand, query.assignee) {
            (Some(id), _, _) => channel(id).map_or_else(|| "Channel".to_owned(), Clone::clone),
            (None, Some(_), _) => self.brand.name.clone(),
            (None, None, Some(_)) => format!("Given to {}", self.assignee.as_deref().unwrap_or("a teammate")),
            (None, None, None) => query.view.title().to_owned(),
        }
    }

    /// The number beside the name of the list: of a view, and of a filter as far as it was counted.
    pub fn list_count(&self) -> Option<String> {
        let query = self.inbox.clone().unwrap_or_default();
        match self.filtered {
            Some(number) => Some(bounded(number)),
            None if query.is_filtered() => None,
            None => query.view.count(&self.counts).map(count),
        }
    }

    /// What the list shows as a filter, as far as one can say it.
    pub fn list_filter(&self) -> Filters {
        let query = self.inbox.clone().unwrap_or_default();
        let saved = self.saved.iter().find(|line| query.saved == Some(line.id));
        saved.map_or_else(|| query.as_filter(), |line| line.filters.clone())
    }

    /// How much news there is, before the title of a page: a tab that nobody looks at shows it.
    pub fn title_mark(&self) -> String {
        if self.unread == 0 { String::new() } else { format!("({}) ", count(self.unread)) }
    }

    fn page_line(&self, place: Place) -> RailLine {
        let (href, icon, name, key) = place.shown();
        let number = match place {
            Place::Inbox => Some(self.counts.open),
            Place::Approvals => Some(self.counts.needs_approval),
            Place::Notifications => Some(self.unread),
            Place::Policy | Place::Voice | Place::Reports | Place::Settings => None,
        };
        // No news is no number.
        let quiet = place == Place::Notifications && self.unread == 0;
        let shown = number.map(|number| if quiet { String::new() } else { count(number) });
        let current = place == self.place;
        RailLine { href: href.into(), icon, name: name.into(), count: shown, key, current }
    }

    fn view_lines(&self, query: &InboxQuery) -> Vec<RailLine> {
        let filtered = query.is_filtered();
        let line = |view: InboxView| RailLine {
            href: InboxQuery::of(view).list_href(),
            icon: view.icon(),
            name: view.title().to_owned(),
            count: view.count(&self.counts).map(count),
            key: "",
            current: !filtered && view == query.view,
        };
        // A list like the others while it is asked for: its number stays true, and what is new leads back to it.
        let asked = self.filtered.map(|number| RailLine {
            href: query.list_href(),
            icon: "filter",
            name: FILTERED.to_owned(),
            count: Some(bounded(number)),
            key: "",
            current: true,
        });
        InboxView::ALL.into_iter().map(line).chain(asked).collect()
    }

    fn channel_lines(&self, query: &InboxQuery) -> Vec<RailLine> {
        let line = |(channel, open): &(Channel, i64)| RailLine {
            href: format!("/inbox?channel={}", channel.id),
            icon: channel_icon(channel_kind(&channel.kind)),
            name: channel.name.clone(),
            count: Some(count(*open)),
            key: "",
            current: query.saved.is_none() && query.channel == Some(channel.id),
        };
        self.channels.iter().map(line).collect()
    }

    fn saved_lines(&self, query: &InboxQuery) -> Vec<RailLine> {
        let line = |saved: &SavedLine| RailLine {
            href: format!("/inbox?saved={}", saved.id),
            icon: "tag",
            name: saved.name.clone(),
            count: Some(bounded(saved.count)),
            key: "",
            current: query.saved == Some(saved.id),
        };
        self.saved.iter().map(line).collect()
    }

    fn brand_lines(&self, query: &InboxQuery) -> Vec<RailLine> {
        let line = |brand: &BrandLine| RailLine {
            href: format!("/inbox?brand={}", brand.id),
            icon: "bag",
            name: brand.name.clone(),
            count: Some(count(brand.open)),
            key: "",
            current: query.saved.is_none() && query.channel.is_none() && query.brand == Some(brand.id),
        };
        self.several_brands().iter().map(line).collect()
    }
}

fragments!(Rail, BrandMenu);

/// Which brand a page is about, and the way to the others.
#[derive(Debug, Template)]
#[template(path = "shared/brand_menu.html")]
pub struct BrandMenu {
    lines: Vec<BrandChoice>,
}

#[derive(Debug)]
struct BrandChoice {
    href: String,
    name: String,
    current: bool,
}

impl BrandMenu {
    fn chosen(&self) -> &str {
        self.lines.iter().find(|line| line.current).map_or("Brand", |line| &line.name)
    }
}

/// That the agent is stopped, and what needs an admin. Also the fragment `GET /alarms`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "shared/alarms.html")]
pub struct Alarms {
    /// The page that they stand on.
    pub page: Page,
}

/// The rail.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "shared/rail.html")]
pub struct Rail {
    brand: BrandMark,
    teammate: String,
    away: bool,
    csrf: String,
    theme: Theme,
    pages: Vec<RailLine>,
    views: Vec<RailLine>,
    saved: Vec<RailLine>,
    channels: Vec<RailLine>,
    brands: Vec<RailLine>,
    /// Shown nowhere in the rail: what Ctrl-K finds on every page.
    corners: Vec<RailLine>,
    /// What is begun elsewhere, in the same way.
    tasks: Vec<RailLine>,
}

impl Rail {
    fn face(&self) -> Face {
        Face::small(&self.teammate)
    }
}

fn place_line((href, icon, name): (&'static str, &'static str, &'static str)) -> RailLine {
    RailLine { href: href.to_owned(), icon, name: name.to_owned(), count: None, key: "", current: false }
}

/// `GET /brand.css?hue=205`: the one number that a brand sets. A sheet of its own, because pages carry no inline style.
pub fn brand_css(hue: i64) -> String {
    format!(":root {{ --brand-hue: {}; }}\n", hue.clamp(0, 359))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hue_stays_a_hue() {
        assert_eq!(brand_css(9_000), ":root { --brand-hue: 359; }\n");
    }
}
