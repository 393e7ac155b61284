//! The inbox and its conversations as pages and as the fragments of live pages.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::capabilities::Capabilities;
use serde::Deserialize;

use super::action_form::ActionForm;
use super::composer::ComposerFacts;
use super::context::{Candidates, ContextFacts, ContextPanel, SAID_EMAIL};
use super::desk::{DeskPage, ListPane, OpenFacts};
use super::draft::{DraftFacts, DraftSlot};
use super::head::HeadFacts;
use super::listed::{Beside, rows_of};
use super::row::{Row, Rows};
use super::shop::find_candidates;
use super::timeline::{Timeline, TimelineFacts};
use crate::app::Desk;
use crate::channels::live_chat::visitor::VISITOR;
use crate::events::presence;
use crate::inbox::chat::note_seen;
use crate::model::agent_run::{AgentRun, HandOff};
use crate::model::approval::Approval;
use crate::model::attachment::{Attachment, ComposerFile};
use crate::model::channel::ChannelKind;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::draft::Draft;
use crate::model::event::Event;
use crate::model::macros::Macro;
use crate::model::message::{Delivery, Direction, Message, MessageAuthor};
use crate::model::note::Note;
use crate::model::order::{ActionKind, KnownOrder};
use crate::model::teammate::Teammate;
use crate::model::{BulkChangeId, ContactId, MessageId};
use crate::store::composer_texts::{self, ComposerText};
use crate::store::conversations::{self, View};
use crate::store::{
    agent_runs, approvals, attachments, chats, composer_files, contacts, drafts, events, macros, messages, notes,
    notifications, orders, teammates,
};
use crate::web::error::{Error, Result};
use crate::web::flash::{Tone, back_with};
use crate::web::frame::{page, shown};
use crate::web::guard::SignedIn;
use crate::web::macros::Inserted;
use crate::web::macros::insert::insert;
use crate::web::notifications::read::note_read;
use crate::web::page::{InboxQuery, Page, Place};

/// Rows of a page of the list.
pub(super) const ROWS: i64 = 50;
/// How a conversation is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    edit: Option<String>,
    compose: Option<String>,
    kind: Option<String>,
    source: Option<String>,
    order: Option<String>,
    /// The change to several conversations that was just made.
    pub(super) changed: Option<BulkChangeId>,
    /// A reply of somebody else was sent while the reader wrote theirs.
    overtaken: Option<String>,
    /// The macro whose text goes into the composer.
    #[serde(rename = "macro")]
    inserts: Option<String>,
    /// Asks the shop for the customer's orders while the page is made: the way without script.
    find: Option<String>,
}

/// `GET /inbox`
pub async fn inbox(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.clone())).await?;
    let listed = rows_of(&desk, &query, &who.teammate).await?;
    let beside = Beside::new(&desk, &look, &who.teammate).await?;
    let first = match listed.rows.first() {
        Some(row) => Some(Loaded::new(&desk, row.clone(), &who.teammate, Arc::clone(&beside.teammates)).await?),
        None => None,
    };
    let current = first.as_ref().map(|loaded| loaded.conversation.number);
    let list = ListPane::new(&page, &beside.facts(&listed), current);
    let here = current.map(|number| query.conversation_href(number)).unwrap_or_default();
    let open = first.as_ref().map(|loaded| loaded.facts(&look, &here));
    shown(&request, &DeskPage::inbox(page, list, open))
}

/// `GET /conversations/{number}`
pub async fn conversation(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let row = find(&desk, *number).await?;
    if row.number != *number {
        let words = format!("#{} was merged into this conversation.", *number);
        return Ok(back_with(&query.conversation_href(row.number), Tone::Info, &words));
    }
    if row.unread {
        note_seen(&desk.inbox(), &row, &who.teammate).await?;
    }
    note_read(&desk, &row, &who.teammate).await?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.clone())).await?;
    let listed = rows_of(&desk, &query, &who.teammate).await?;
    let beside = Beside::new(&desk, &look, &who.teammate).await?;
    let mut loaded = Loaded::new(&desk, row, &who.teammate, Arc::clone(&beside.teammates)).await?;
    if look.find.is_some() {
        loaded.look_for_orders(&desk).await;
    }
    if let Some(id) = look.inserts.as_deref() {
        loaded.insert_macro(&desk, &who.teammate, id).await?;
    }
    let list = ListPane::new(&page, &beside.facts(&listed), Some(*number));
    let here = query.conversation_href(*number);
    let facts = loaded.facts(&look, &here);
    shown(&request, &DeskPage::conversation(page, list, facts))
}

/// `GET /inbox/rows`: the rows of a list, anew or behind a cursor.
pub async fn rows(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let listed = rows_of(&desk, &query, &who.teammate).await?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query)).await?;
    shown(&request, &Rows::new(&page, &listed, None))
}

/// `GET /inbox/row/{number}`: one row as it is now.
pub async fn row(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    // Not where it went: that has a row of its own.
    let row = conversations::find_by_number(&desk.db, *number).await?.ok_or(Error::NotFound)?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
    shown(&request, &Row::new(&page, &row, None))
}

/// `GET /rail`: the numbers beside the views.
pub async fn rail(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
    shown(&request, &page.rail())
}

/// `GET /conversations/{number}/timeline`
pub async fn timeline(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let (page, loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    shown(&request, &Timeline::new(&page, loaded.timeline()))
}

/// `GET /conversations/{number}/draft`
pub async fn draft(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let here = query.conversation_href(*number);
    let (page, loaded) = fragment(&desk, &who, &request, *number, query).await?;
    shown(&request, &DraftSlot::new(&page, loaded.draft(&Look::default(), &here)))
}

/// `GET /conversations/{number}/context`: what was read last.
pub async fn context(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let (page, loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    shown(&request, &ContextPanel::new(&page, loaded.context()))
}

/// `GET /conversations/{number}/candidates`: the panel with the orders that the shop has under the customer's address.
pub async fn candidates(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let (page, mut loaded) = fragment(&desk, &who, &request, *number, query.into_inner()).await?;
    loaded.look_for_orders(&desk).await;
    shown(&request, &ContextPanel::new(&page, loaded.context()))
}

/// `GET /conversations/{number}/actions/new?kind=&source=&order=`
pub async fn new_action(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    query: web::Query<InboxQuery>,
    look: web::Query<Look>,
) -> Result<HttpResponse> {
    let row = find(&desk, *number).await?;
    let kind = kind_of(look.kind.as_deref().unwrap_or_default())?;
    let known = orders::list_of(&desk.db, row.id).await?;
    // Two shops may both have an order 1001.
    let wanted = |known: &KnownOrder| {
        look.order.as_ref().is_none_or(|id| *id == known.order.id)
            && look.source.as_ref().is_none_or(|id| *id == known.source_id.to_string())
    };
    let order = known.iter().find(|known| wanted(known)).ok_or(Error::NotFound)?;
    let page = page(&desk, &request, &who, Place::Inbox, Some(query.into_inner())).await?;
    shown(&request, &ActionForm::new(page, *number, desk.clock.new_id(), kind, order))
}

/// The kind of action behind a word.
pub(super) fn kind_of(word: &str) -> Result<ActionKind> {
    ActionKind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(Error::NotFound)
}

/// The conversation with this number; of one that was merged it is the one that it went into.
pub(in crate::web) async fn find(desk: &Desk, number: i64) -> Result<Conversation> {
    conversations::find_merged(&desk.db, number).await?.ok_or(Error::NotFound)
}

async fn fragment(
    desk: &Desk,
    who: &SignedIn,
    request: &HttpRequest,
    number: i64,
    query: InboxQuery,
) -> Result<(Page, Loaded)> {
    let row = find(desk, number).await?;
    let team = teammates::list(&desk.db).await?.into();
    let loaded = Loaded::new(desk, row, &who.teammate, team).await?;
    Ok((page(desk, request, who, Place::Inbox, Some(query)).await?, loaded))
}

/// Everything that an open conversation shows.
struct Loaded {
    /// The id of what is sent from this page.
    next: MessageId,
    conversation: Conversation,
    messages: Vec<Message>,
    files: Vec<Attachment>,
    notes: Vec<Note>,
    events: Vec<Event>,
    draft: Option<Draft>,
    approval: Option<Approval>,
    run: Option<AgentRun>,
    hand_off: Option<HandOff>,
    kept: Option<ComposerText>,
    attached: Vec<ComposerFile>,
    capabilities: Capabilities,
    contact: Contact,
    identities: Vec<ContactIdentity>,
    orders: Vec<KnownOrder>,
    candidates: Candidates,
    others: Vec<Conversation>,
    teammates: Arc<[Teammate]>,
    tags: Vec<String>,
    /// What to say when somebody else's reply came first.
    overtaken: Option<String>,
    /// Who else is there.
    presence: String,
    followed: bool,
    macros: Vec<Macro>,
    inserted: Option<Inserted>,
}

impl Loaded {
    async fn new(
        desk: &Desk,
        conversation: Conversation,
        reader: &Teammate,
        teammates: Arc<[Teammate]>,
    ) -> Result<Self> {
        let db = &desk.db;
        let id = conversation.id;
        let messages = messages::list(db, id, 200).await?;
        let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
        let draft = drafts::current(db, id).await?;
        let run = match &draft {
            Some(draft) => agent_runs::find(db, draft.run_id).await?,
            None => agent_runs::latest(db, id).await?,
        };
        let approval = if conversation.needs_approval { approvals::pending_of(db, id).await? } else { None };
        let identities = identities_of(desk, conversation.contact_id).await?;
        let orders = orders::list_of(db, id).await?;
        let asks = orders.is_empty() && identities.iter().any(|identity| identity.kind == "email");
        let candidates = if asks { Candidates::Unasked } else { Candidates::Found(Vec::new()) };
        let connection = desk.connections.get(conversation.channel_id).await;
        Ok(Self {
            next: desk.clock.new_id(),
            files: attachments::list(db, &ids).await?,
            notes: notes::list(db, id).await?,
            events: events::list(db, id, 100).await?,
            draft,
            approval,
            run,
            hand_off: agent_runs::latest_hand_off(db, id).await?,
            kept: composer_texts::find(db, id, reader.id).await?,
            attached: composer_files::list(db, id, reader.id).await?,
            capabilities: connection.map_or(Capabilities::NOTHING, |connection| connection.adapter.capabilities()),
            contact: contacts::get(db, conversation.contact_id).await?,
            identities,
            orders,
            candidates,
            others: others(desk, &conversation).await?,
            overtaken: overtaken_words(&messages, reader),
            presence: presence::words(&desk.events.presence.others(conversation.number, reader.id, desk.clock.now())),
            teammates,
            tags: conversations::tags(db, id).await?,
            followed: notifications::follows(db, id, reader.id).await?,
            macros: macros::list(db, conversation.brand_id, reader.id).await?,
            inserted: None,
            messages,
            conversation,
        })
    }

    /// Asks the shop for the customer's orders, when none is linked.
    async fn look_for_orders(&mut self, desk: &Desk) {
        if self.orders.is_empty() {
            self.candidates = find_candidates(desk, &self.conversation, &self.identities).await;
        }
    }

    /// Fills a macro in for the composer.
    async fn insert_macro(&mut self, desk: &Desk, reader: &Teammate, id: &str) -> Result<()> {
        if let Some(one) = self.macros.iter().find(|one| one.id.to_string() == id) {
            let place = (&self.conversation, self.orders.as_slice(), &*self.teammates);
            self.inserted = Some(insert(desk, one, place, reader).await?);
        }
        Ok(())
    }

    fn facts<'a>(&'a self, look: &Look, here: &'a str) -> OpenFacts<'a> {
        OpenFacts {
            head: HeadFacts {
                conversation: &self.conversation,
                teammates: &self.teammates,
                tags: &self.tags,
                presence: &self.presence,
                followed: self.followed,
            },
            timeline: self.timeline(),
            draft: self.draft(look, here),
            composer: ComposerFacts {
                id: self.next,
                conversation: &self.conversation,
                capabilities: &self.capabilities,
                kept: self.kept.as_ref(),
                files: &self.attached,
                note: look.compose.as_deref() == Some("note"),
                seen: self.messages.last().map_or(0, |message| message.seq),
                refused: look.overtaken.as_ref().and(self.overtaken.as_deref()),
                team: &self.teammates,
                macros: &self.macros,
                inserted: self.inserted.as_ref(),
            },
            context: self.context(),
        }
    }

    fn timeline(&self) -> TimelineFacts<'_> {
        TimelineFacts {
            number: self.conversation.number,
            may_split: self.conversation.channel_kind != ChannelKind::LiveChat.as_str(),
            messages: &self.messages,
            files: &self.files,
            notes: &self.notes,
            events: &self.events,
        }
    }

    fn draft<'a>(&'a self, look: &Look, here: &'a str) -> DraftFacts<'a> {
        DraftFacts {
            conversation: &self.conversation,
            draft: self.draft.as_ref(),
            approval: self.approval.as_ref(),
            run: self.run.as_ref(),
            hand_off: self.hand_off.as_ref(),
            waiting_files: self.attached.len(),
            editing: look.edit.is_some(),
            here,
            back: here,
        }
    }

    fn context(&self) -> ContextFacts<'_> {
        ContextFacts {
            conversation: &self.conversation,
            contact: &self.contact,
            identities: &self.identities,
            orders: &self.orders,
            candidates: &self.candidates,
            others: &self.others,
            draft: self.draft.as_ref().map(|draft| &draft.document.0),
        }
    }
}

/// Whose reply it is that came before the reader's own.
fn overtaken_words(messages: &[Message], reader: &Teammate) -> Option<String> {
    let theirs = |message: &&Message| {
        message.direction == Direction::Outbound
            && message.teammate_id != Some(reader.id)
            && message.author != MessageAuthor::System
            && message.delivery != Some(Delivery::Cancelled)
    };
    let last = messages.iter().rev().find(theirs)?;
    let who = if last.author == MessageAuthor::Agent { "The agent" } else { last.sender_name.as_str() };
    Some(format!("{who} sent a reply while you typed. Read it; send yours all the same if it still fits."))
}

/// The customer's names as a person reads them: of a visitor of the chat what they say, and not the id that we gave them.
pub(in crate::web) async fn identities_of(desk: &Desk, contact: ContactId) -> Result<Vec<ContactIdentity>> {
    let mut shown = Vec::new();
    for identity in contacts::identities(&desk.db, contact).await? {
        let visitor = identity.value.parse().ok().filter(|_| identity.kind == VISITOR);
        let Some(visitor) = visitor else {
            shown.push(identity);
            continue;
        };
        let claims = chats::find_claims(&desk.db, visitor).await?.unwrap_or_default();
        if !claims.email.is_empty() {
            shown.push(ContactIdentity { kind: SAID_EMAIL.to_owned(), value: claims.email, ..identity });
        }
    }
    Ok(shown)
}

/// Other unresolved conversations of the customer, and about the same order whoever writes.
async fn others(desk: &Desk, row: &Conversation) -> Result<Vec<Conversation>> {
    let mut rows = conversations::list(&desk.db, View::Contact(row.contact_id), None, 10).await?;
    if let Some(number) = &row.order_number {
        for about in conversations::list_about(&desk.db, row.brand_id, number, 10).await? {
            if !rows.iter().any(|known| known.id == about.id) {
                rows.push(about);
            }
        }
    }
    let open = |other: &Conversation| other.id != row.id && other.status != ConversationStatus::Resolved;
    Ok(rows.into_iter().filter(open).collect())
}
