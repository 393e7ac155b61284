//! The three panes: list, conversation, context. `GET /inbox` and `GET /conversations/{number}`.

use askama::Template;

use super::composer::{Composer, ComposerFacts};
use super::context::{ContextFacts, ContextPanel};
use super::draft::{DraftFacts, DraftSlot};
use super::filter::{AskedFor, FilterMenu};
use super::head::{Head, HeadFacts};
use super::row::{Listed, Rows, first_filled};
use super::timeline::{Timeline, TimelineFacts};
use crate::model::bulk_change::BulkChange;
use crate::model::teammate::{Role, Teammate};
use crate::store::search::rebuild::Gap;
use crate::web::bulk_changes::{BulkBar, BulkResult};
use crate::web::filters;
use crate::web::page::{InboxQuery, InboxView, Page, Sort};
use crate::web::parts::{Empty, fragments};
use crate::web::search::RebuildBar;

fragments!(ListPane, ConversationPane);

/// What the list is made from.
#[derive(Clone, Copy, Debug)]
pub struct ListFacts<'a> {
    /// A page of conversations.
    pub listed: &'a Listed,
    /// Who can be given work.
    pub teammates: &'a [Teammate],
    /// The change to several conversations that was just made.
    pub changed: Option<&'a BulkChange>,
    /// What the search index lacks, where the list is of words.
    pub gap: Option<&'a Gap>,
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "conversations/list.html")]
pub struct ListPane {
    title: String,
    count: Option<String>,
    order: &'static str,
    /// The orders that can be chosen, their addresses, and which one it is.
    sorts: Vec<(&'static str, String, bool)>,
    menu: FilterMenu,
    asked: Option<AskedFor>,
    rebuild: Option<RebuildBar>,
    rows: Rows,
    empty: Empty,
    bar: BulkBar,
    result: Option<BulkResult>,
}

impl ListPane {
    /// A page of the reader's list.
    pub fn new(page: &Page, facts: &ListFacts<'_>, current: Option<i64>) -> Self {
        let query = page.inbox.clone().unwrap_or_default();
        let order = query.order();
        let choice = |sort: &Sort| {
            let chosen = InboxQuery { sort: Some(*sort), ..query.clone() };
            (sort.title(), chosen.list_href(), *sort == order)
        };
        Self {
            title: page.list_title(),
            count: page.list_count(),
            order: order.title(),
            sorts: query.orders().iter().map(choice).collect(),
            menu: FilterMenu::new(page, facts.teammates),
            asked: AskedFor::new(page, facts.teammates),
            rebuild: facts.gap.map(|gap| RebuildBar::new(Some(gap), page.reader.now)),
            rows: Rows::new(page, facts.listed, current),
            empty: nothing_here(page, &query, facts.listed.next.is_some()),
            bar: BulkBar::new(page, facts.teammates),
            result: facts.changed.map(|change| BulkResult::new(page, change)),
        }
    }
}

/// Why the list is empty, and what to do next.
fn nothing_here(page: &Page, query: &InboxQuery, goes_on: bool) -> Empty {
    if page.channels.is_empty() {
        nothing_comes_in(page)
    } else if query.is_put_together() {
        nothing_fits(page, query, goes_on)
    } else {
        nothing_in(if query.is_filtered() { InboxView::All } else { query.view })
    }
}

/// No channel is connected yet.
fn nothing_comes_in(page: &Page) -> Empty {
    if page.role < Role::Admin {
        return Empty::new("No mail comes in yet", "An admin connects the mailbox, and messages come in here.");
    }
    Empty::new("No mail comes in yet", "Connect the mailbox that customers write to, and their messages come in here.")
        .with_link("Connect mail", "/channels/new?kind=email")
        .with_link("Connect a live chat", "/channels/chats/new")
}

/// Nothing is all that was asked for, as far as it was looked.
fn nothing_fits(page: &Page, query: &InboxQuery, goes_on: bool) -> Empty {
    let filters = page.list_filter();
    let words = if goes_on {
        "None of those that were looked at is all of this. Earlier ones may be."
    } else if filters.overdue {
        "Nobody waits longer here than they should."
    } else if filters.needs_approval {
        "No draft waits for a person here."
    } else {
        "No conversation is all of this."
    };
    match query.filter {
        Some(_) => Empty::new("Nothing fits the filter", words).with_link("Clear the filter", "/inbox"),
        None => Empty::new("Nothing is in this view", words).with_link("Look at all open", "/inbox?view=open"),
    }
}

fn nothing_in(view: InboxView) -> Empty {
    let to_open = |empty: Empty| empty.with_link("Look at all open", "/inbox?view=open");
    match view {
        InboxView::NeedsApproval => to_open(Empty::new("Nothing needs you", "No draft waits for a person.")),
        InboxView::Mine => {
            let words = "Nobody gave you a conversation, and you took none.";
            Empty::new("Nothing is yours", words).with_link("Look at unassigned ones", "/inbox?view=unassigned")
        }
        InboxView::Unassigned => to_open(Empty::new("Everything has an owner", "No open conversation waits for one.")),
        InboxView::Waiting => to_open(Empty::new("Nobody owes us an answer", "No conversation waits for a customer.")),
        InboxView::Snoozed => to_open(Empty::new("Nothing sleeps", "Snoozed conversations wake here by themselves.")),
        InboxView::Open => Empty::new("Nothing is open", "Every customer has an answer.")
            .with_link("Look at everything", "/inbox?view=all"),
        InboxView::All => Empty::new("No conversation yet", "Connect a channel, and messages come in here.")
            .with_link("Connect a channel", "/channels/new"),
    }
}

/// Everything of an open conversation.
#[derive(Clone, Copy, Debug)]
pub struct OpenFacts<'a> {
    /// Title, teammates, tags.
    pub head: HeadFacts<'a>,
    /// Messages, notes, events.
    pub timeline: TimelineFacts<'a>,
    /// The draft.
    pub draft: DraftFacts<'a>,
    /// What the reader was writing.
    pub composer: ComposerFacts<'a>,
    /// Customer and orders.
    pub context: ContextFacts<'a>,
}

/// The conversation in the middle.
#[derive(Debug, Template)]
#[template(path = "conversations/conversation.html")]
pub struct ConversationPane {
    number: i64,
    title: String,
    head: Head,
    timeline: Timeline,
    draft: DraftSlot,
    composer: Composer,
}

impl ConversationPane {
    /// The pane of a conversation.
    pub fn new(page: &Page, facts: &OpenFacts<'_>) -> Self {
        let conversation = facts.head.conversation;
        Self {
            number: conversation.number,
            title: first_filled(&conversation.subject, &conversation.gist).to_owned(),
            head: Head::new(page, facts.head),
            timeline: Timeline::new(page, facts.timeline),
            draft: DraftSlot::new(page, facts.draft),
            composer: Composer::new(page, facts.composer),
        }
    }
}

/// The page.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/desk.html")]
pub struct DeskPage {
    page: Page,
    list: ListPane,
    open: Option<(ConversationPane, ContextPanel)>,
    /// On a narrow screen the list comes first: the address names no conversation.
    list_first: bool,
}

impl DeskPage {
    /// `GET /inbox`: the list, with a conversation beside it on wide screens when one is handed in.
    pub fn inbox(mut page: Page, list: ListPane, open: Option<OpenFacts<'_>>) -> Self {
        let open = open.map(|facts| panes(&mut page, &facts));
        Self { page, list, open, list_first: true }
    }

    /// `GET /conversations/{number}`: that conversation, with the list beside it on wide screens.
    pub fn conversation(mut page: Page, list: ListPane, open: OpenFacts<'_>) -> Self {
        let open = Some(panes(&mut page, &open));
        Self { page, list, open, list_first: false }
    }

    fn title(&self) -> String {
        match &self.open {
            Some((open, _)) if !self.list_first => format!("{} {}", open.number, open.title),
            _ => self.list.title.clone(),
        }
    }
}

fn panes(page: &mut Page, facts: &OpenFacts<'_>) -> (ConversationPane, ContextPanel) {
    page.alarms.put_first(facts.head.conversation.channel_id);
    (ConversationPane::new(page, facts), ContextPanel::new(page, facts.context))
}
