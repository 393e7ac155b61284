//! Which conversations a reader looks at, as a part of addresses.

use serde::{Deserialize, Serialize};

use crate::model::saved_view::{Filters, StatusFilter};
use crate::model::{BrandId, ChannelId, SavedViewId, TeammateId};
use crate::store::conversation_counts::Counts;
use crate::store::conversations::Order;
use crate::web::saved_views::filter::{self, FilterForm};

/// Which views a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxView {
    /// A draft waits for a person.
    NeedsApproval,
    /// Given to the reader.
    Mine,
    /// Open, given to nobody.
    Unassigned,
    /// The customer has the next move.
    Waiting,
    /// Asleep.
    Snoozed,
    /// Open.
    #[default]
    Open,
    /// Everything.
    All,
}

impl InboxView {
    /// Every view, as the rail lists them.
    pub const ALL: [Self; 7] =
        [Self::NeedsApproval, Self::Mine, Self::Unassigned, Self::Waiting, Self::Snoozed, Self::Open, Self::All];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeedsApproval => "needs_approval",
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Waiting => "waiting",
            Self::Snoozed => "snoozed",
            Self::Open => "open",
            Self::All => "all",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::NeedsApproval => "Needs approval",
            Self::Mine => "Mine",
            Self::Unassigned => "Unassigned",
            Self::Waiting => "Waiting",
            Self::Snoozed => "Snoozed",
            Self::Open => "All open",
            Self::All => "Everything",
        }
    }

    fn as_filter(self) -> Filters {
        let base = Filters::default();
        let open = Filters { status: StatusFilter::Open, ..Filters::default() };
        match self {
            Self::NeedsApproval => Filters { needs_approval: true, ..base },
            Self::Mine => Filters { assignee: "me".to_owned(), ..base },
            Self::Unassigned => Filters { assignee: "nobody".to_owned(), ..open },
            Self::Waiting => Filters { status: StatusFilter::Waiting, ..base },
            Self::Snoozed => Filters { status: StatusFilter::Snoozed, ..base },
            Self::Open => open,
            Self::All => Filters { status: StatusFilter::Any, ..base },
        }
    }

    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::NeedsApproval => "eye",
            Self::Mine => "person",
            Self::Unassigned => "people",
            Self::Waiting => "hourglass",
            Self::Snoozed => "moon",
            Self::Open => "inbox",
            Self::All => "box",
        }
    }

    /// Its number beside it; none for everything.
    pub fn count(self, counts: &Counts) -> Option<i64> {
        match self {
            Self::NeedsApproval => Some(counts.needs_approval),
            Self::Mine => Some(counts.mine),
            Self::Unassigned => Some(counts.unassigned),
            Self::Waiting => Some(counts.waiting),
            Self::Snoozed => Some(counts.snoozed),
            Self::Open => Some(counts.open),
            Self::All => None,
        }
    }
}

/// How the reader's list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What is due next first.
    Urgent,
    /// The last message first.
    Newest,
    /// The longest silence first.
    Oldest,
}

impl Sort {
    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Urgent => "Urgent first",
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
        }
    }

    /// The word in addresses.
    fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Urgent => Self::Urgent,
            Sort::Newest => Self::Newest,
            Sort::Oldest => Self::Oldest,
        }
    }
}

/// Which brand a page is about: `?brand=`, the first where none is named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BrandQuery {
    /// Its slug.
    pub brand: String,
}

/// Which conversations the reader looks at: `GET /inbox?view=...`, and carried by every address below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Address")]
pub struct InboxQuery {
    /// The view.
    pub view: InboxView,
    /// Only this channel; then the view does not count.
    pub channel: Option<ChannelId>,
    /// Only this brand; then the view does not count.
    pub brand: Option<BrandId>,
    /// Only what is given to this person; then the view does not count.
    pub assignee: Option<TeammateId>,
    /// A list that somebody put together; then the view does not count.
    pub saved: Option<SavedViewId>,
    /// What the reader asks for now, kept nowhere but in the address; then the view does not count.
    pub filter: Option<Box<Filters>>,
    /// How the list is to run, where that can be chosen.
    pub sort: Option<Sort>,
    /// Behind which row the page begins, as the store's words.
    pub cursor: Option<String>,
}

/// What an address says of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Address {
    view: InboxView,
    saved: Option<SavedViewId>,
    sort: Option<Sort>,
    cursor: Option<String>,
    #[serde(flatten)]
    said: FilterForm,
}

impl TryFrom<Address> for InboxQuery {
    type Error = &'static str;

    fn try_from(address: Address) -> Result<Self, Self::Error> {
        let Address { view, saved, sort, cursor, said } = address;
        if !said.is_ours() {
            return Err("no filter of ours");
        }
        if saved.is_none() && said.is_filter() {
            return Ok(Self { filter: Some(Box::new(said.filters())), cursor, ..Self::default() });
        }
        let (brand, channel) = (said.brand.parse().ok(), said.channel.parse().ok());
        let assignee = said.assignee.parse().ok();
        Ok(Self { view, channel, brand, assignee, saved, filter: None, sort, cursor })
    }
}

impl InboxQuery {
    /// A view without filters.
    pub fn of(view: InboxView) -> Self {
        Self { view, ..Self::default() }
    }

    /// The list that an address of the inbox names, as forms say where they came from; everything where it names none.
    pub fn named_in(address: &str) -> Self {
        let all = Self::of(InboxView::All);
        let is_inbox = address.starts_with("/inbox") || address.starts_with("/conversations/");
        let Some((_, said)) = address.split_once('?').filter(|_| is_inbox) else { return all };
        serde_urlencoded::from_str(said.split('#').next().unwrap_or_default()).unwrap_or(all)
    }

    /// As the part of an address behind `?`, without the cursor.
    pub fn encoded(&self) -> String {
        if let Some(saved) = self.saved {
            return format!("saved={saved}");
        }
        if let Some(filter) = &self.filter {
            return filter::encoded(filter);
        }
        let list = match (self.channel, self.brand, self.assignee) {
            (Some(channel), _, _) => format!("channel={channel}"),
            (None, Some(brand), _) => format!("brand={brand}"),
            (None, None, Some(person)) => format!("assignee={person}"),
            (None, None, None) => format!("view={}", self.view.as_str()),
        };
        match self.order() {
            usual if usual == self.usual_order() => list,
            other => format!("{list}&sort={}", other.as_str()),
        }
    }

    /// How it runs.
    pub fn order(&self) -> Sort {
        self.sort.filter(|sort| self.orders().contains(sort)).unwrap_or_else(|| self.usual_order())
    }

    /// The orders that the reader chooses from: what is put together runs newest first, what needs approval by its
    /// clocks, and nothing is urgent where the customer has the next move or it is done.
    pub fn orders(&self) -> &'static [Sort] {
        if self.is_put_together() {
            return &[];
        }
        match self.view {
            _ if self.is_filtered() => &[Sort::Urgent, Sort::Newest, Sort::Oldest],
            InboxView::NeedsApproval => &[],
            InboxView::Waiting | InboxView::Snoozed | InboxView::All => &[Sort::Newest, Sort::Oldest],
            InboxView::Mine | InboxView::Unassigned | InboxView::Open => &[Sort::Urgent, Sort::Newest, Sort::Oldest],
        }
    }

    fn usual_order(&self) -> Sort {
        let fixed = if self.is_put_together() { Sort::Newest } else { Sort::Urgent };
        self.orders().first().copied().unwrap_or(fixed)
    }

    /// Whether it shows something else than a view.
    pub fn is_filtered(&self) -> bool {
        self.is_put_together() || self.channel.is_some() || self.brand.is_some() || self.assignee.is_some()
    }

    /// Whether a person put together what belongs in it: a saved view, or a filter.
    pub fn is_put_together(&self) -> bool {
        self.saved.is_some() || self.filter.is_some()
    }

    /// The same list as a filter, as far as a filter can say it: where narrowing it begins.
    pub fn as_filter(&self) -> Filters {
        let base = Filters::default();
        if let Some(filter) = &self.filter {
            return (**filter).clone();
        }
        match (self.channel, self.brand, self.assignee) {
            (Some(channel), _, _) => Filters { channel: Some(channel), ..base },
            (None, Some(brand), _) => Filters { brand: Some(brand), ..base },
            (None, None, Some(person)) => Filters { assignee: person.to_string(), ..base },
            (None, None, None) => self.view.as_filter(),
        }
    }

    /// A filter as a list; one that asks for nothing is the inbox as it is.
    pub fn href_of(filters: &Filters) -> String {
        if *filters == Filters::default() {
            return "/inbox".to_owned();
        }
        format!("/inbox?{}", filter::encoded(filters))
    }

    /// The address of the list.
    pub fn list_href(&self) -> String {
        format!("/inbox?{}", self.encoded())
    }

    /// The address of a conversation in this list.
    pub fn conversation_href(&self, number: i64) -> String {
        format!("/conversations/{number}?{}", self.encoded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_query_is_an_address_and_back() {
        let query = InboxQuery::of(InboxView::NeedsApproval);
        assert_eq!(query.conversation_href(4812), "/conversations/4812?view=needs_approval");
        let channel = ChannelId(uuid::Uuid::nil());
        let filtered = InboxQuery { channel: Some(channel), ..query };
        assert_eq!(filtered.encoded(), format!("channel={channel}"));
        let oldest = InboxQuery { sort: Some(Sort::Oldest), ..filtered };
        assert!(oldest.encoded().ends_with("&sort=oldest"));
        let read: InboxQuery = serde_json::from_str(r#"{"view":"mine"}"#).unwrap();
        assert_eq!(read, InboxQuery::of(InboxView::Mine));
    }

    #[test]
    fn what_is_open_runs_by_its_clocks_unless_asked_otherwise() {
        let asked = |view, sort| InboxQuery { sort, ..InboxQuery::of(view) };
        assert_eq!(asked(InboxView::Open, None).order(), Sort::Urgent);
        assert_eq!(asked(InboxView::Open, Some(Sort::Urgent)).encoded(), "view=open");
        assert_eq!(asked(InboxView::Mine, Some(Sort::Newest)).encoded(), "view=mine&sort=newest");
        assert_eq!(asked(InboxView::NeedsApproval, Some(Sort::Newest)).order(), Sort::Urgent);
        assert_eq!(asked(InboxView::Waiting, Some(Sort::Urgent)).order(), Sort::Newest);
        assert_eq!(asked(InboxView::All, Some(Sort::Newest)).encoded(), "view=all");
        let saved = InboxQuery { saved: Some(SavedViewId(uuid::Uuid::nil())), ..InboxQuery::default() };
        assert_eq!((saved.order(), saved.orders()), (Sort::Newest, &[][..]));
    }

    #[test]
    fn an_address_with_a_filter_is_a_list_of_its_own() {
        let read = |address: &str| serde_urlencoded::from_str::<InboxQuery>(address);
        let id = uuid::Uuid::nil();
        let filtered = read(&format!("view=mine&brand={id}&channel={id}&status=open&tag=vip&sort=oldest")).unwrap();
        assert_eq!(filtered.encoded(), format!("status=open&brand={id}&channel={id}&tag=vip"));
        assert!(filtered.brand.is_none() && filtered.channel.is_none() && filtered.orders().is_empty());
        assert_eq!(read(&filtered.encoded()).unwrap(), filtered);
        assert_eq!(filtered.order(), Sort::Newest);
        let plain = read(&format!("channel={id}&sort=oldest")).unwrap();
        assert_eq!(plain.encoded(), format!("channel={id}&sort=oldest"), "a channel alone is a list of the rail");
        for foreign in ["status=x", "assignee=x", "channel=x", "brand=x"] {
            assert!(read(foreign).is_err(), "{foreign}");
        }
        let brand = read(&format!("brand={id}")).unwrap();
        assert_eq!((brand.brand, brand.encoded()), (Some(BrandId(id)), format!("brand={id}")));
        assert!(read(&format!("saved={id}&status=open")).unwrap().filter.is_none(), "a view that is kept counts first");
    }

    #[test]
    fn a_form_leads_back_to_the_list_that_it_came_from() {
        let id = uuid::Uuid::nil();
        for list in ["view=unassigned", "view=open", "view=mine&sort=newest", "status=open&tag=big-sale"] {
            for place in [format!("/conversations/7?{list}"), format!("/inbox?{list}&cursor=5#composer")] {
                assert_eq!(InboxQuery::named_in(&place).encoded(), list, "{place}");
            }
        }
        assert_eq!(InboxQuery::named_in(&format!("/inbox?saved={id}")).saved, Some(SavedViewId(id)));
        for none in ["", "/approvals?x=1", "/conversations/7", "/inbox?view=nothing", "https://x.example/?view=mine"] {
            assert_eq!(InboxQuery::named_in(none), InboxQuery::of(InboxView::All), "{none}");
        }
    }

    #[test]
    fn narrowing_a_list_begins_with_what_it_shows() {
        let unassigned = InboxQuery::of(InboxView::Unassigned).as_filter();
        assert_eq!(InboxQuery::href_of(&unassigned), "/inbox?status=open&assignee=nobody");
        let waiting = InboxQuery::of(InboxView::NeedsApproval).as_filter();
        assert_eq!(InboxQuery::href_of(&waiting), "/inbox?status=unresolved&needs_approval=1");
        let brand = Some(BrandId(uuid::Uuid::nil()));
        assert_eq!(InboxQuery { brand, ..InboxQuery::default() }.as_filter().brand, brand);
        let person = TeammateId(uuid::Uuid::nil());
        let given = InboxQuery { assignee: Some(person), ..InboxQuery::default() };
        assert_eq!(given.as_filter().assignee, person.to_string());
        let all = InboxQuery { filter: Some(Box::new(unassigned.clone())), ..InboxQuery::of(InboxView::Waiting) };
        assert_eq!(all.as_filter(), unassigned);
        assert_eq!(InboxQuery::href_of(&Filters::default()), "/inbox");
    }
}
