//! Everything that an open conversation shows, as the store has it.

use std::collections::HashMap;
use std::sync::Arc;

use channel_contract::capabilities::Capabilities;
use tokio::try_join;

use super::brought::Brought;
use super::composer::ComposerFacts;
use super::context::{Candidates, ContextFacts};
use super::customer::{Customer, identities_of};
use super::desk::OpenFacts;
use super::draft::DraftFacts;
use super::head::HeadFacts;
use super::history::History;
use super::linking::Numbered;
use super::looked_at::LookedAt;
use super::shop::{Told, find_candidates};
use super::show::{BY_CUSTOMER, BY_PARTING, Look};
use super::signs::{Offered, offered};
use super::timeline::{TimelineFacts, Ways, numbers_in};
use crate::app::Desk;
use crate::channels::live_chat::visitor_of;
use crate::events::presence;
use crate::inbox::admission::{self, Shut};
use crate::inbox::audience::parties_in;
use crate::inbox::connections::Connection;
use crate::inbox::contained::untold;
use crate::inbox::routes::{self, Route};
use crate::inbox::threads::{answered, answered_among};
use crate::model::agent_run::{AgentRun, HandOff};
use crate::model::approval::Approval;
use crate::model::attachment::ComposerFile;
use crate::model::audience::{Audience, Parties};
use crate::model::channel::ChannelKind;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus, Shown};
use crate::model::draft::Draft;
use crate::model::fit::Ground;
use crate::model::macros::Macro;
use crate::model::merge::Inside;
use crate::model::message::{Delivery, Direction, Message, MessageAuthor};
use crate::model::order::KnownOrder;
use crate::model::person::Lookalike;
use crate::model::sleep::ParcelWait;
use crate::model::teammate::Teammate;
use crate::model::window::Window;
use crate::model::writing::KeptText;
use crate::model::{ContactId, ConversationId, MessageId, TeammateId, Ts};
use crate::store::conversations::{self, ForReader};
use crate::store::merges::{Stranger, list_strangers};
use crate::store::{
    self, Reader, agent_runs, approvals, composer_files, draft_texts, drafts, macros, messages, orders, people,
};
use crate::web::error::Result;
use crate::web::macros::Inserted;
use crate::web::macros::insert::insert;

/// In how many of the customer's last messages a number counts.
const LOOKED_BACK: usize = 20;
/// Most numbers that the shop is asked about for a page.
const MOST_NAMED: usize = 3;

/// What a page of earlier messages says to have shown: whoever is on it does not look at what came since, and nothing says
/// so there. The greatest whole number of a browser.
const EVERYTHING: i64 = (1 << 53) - 1;
/// What is said to whom the customer was faster.
const WRITTEN_MEANWHILE: &str =
    "The customer wrote meanwhile, so the case stays open. Read it; send yours all the same if it still fits.";
/// What is said to whom messages were taken from the page on which they wrote.
const PARTED_MEANWHILE: &str = "This conversation was split, or a merge was taken back, since you opened it. Look at what \
                                stands here now; send yours all the same if it still fits.";

/// Everything that an open conversation shows.
pub(super) struct Loaded {
    /// Who looks at it.
    reader: TeammateId,
    /// The id of what is sent from this page.
    next: MessageId,
    pub(super) conversation: Conversation,
    history: History,
    agent: AgentWork,
    own: ForReader,
    attached: Vec<ComposerFile>,
    capabilities: Capabilities,
    /// Why nothing reaches the customer there.
    unreached: Option<&'static str>,
    /// When the customer wrote last of what can be answered on its channel.
    opened: Option<Ts>,
    /// Until when they can be answered there.
    window: Window,
    /// The signs that messages of the customer's take now.
    signs: Vec<Offered>,
    /// Whether an answer on its channel has somewhere to go.
    reaches: bool,
    /// The ways on which the customer wrote, where there is a choice.
    routes: Vec<Route>,
    /// Who else wrote in it.
    beside: Vec<String>,
    /// Who takes part in it, where each message names its readers.
    parties: Option<Parties>,
    /// How the brand writes order numbers.
    order_pattern: String,
    contact: Contact,
    /// All contacts of the person.
    person: Vec<ContactId>,
    identities: Vec<ContactIdentity>,
    lookalikes: Vec<Lookalike>,
    orders: Vec<KnownOrder>,
    /// Other customers whose conversations went into it.
    strangers: Vec<Stranger>,
    /// Numbers of orders that the customer wrote, while none is linked.
    named: Vec<String>,
    candidates: Candidates,
    /// The orders that have a number which somebody looked for, when it was more than one.
    numbered: Vec<KnownOrder>,
    others: Vec<Conversation>,
    /// What is in these and in this one, as far as a chat has to do with it.
    inside: HashMap<ConversationId, Inside>,
    teammates: Arc<[Teammate]>,
    /// What to say when somebody else's reply came first.
    overtaken: Option<String>,
    /// Who else is there.
    presence: String,
    macros: Vec<Macro>,
    inserted: Option<Inserted>,
    /// A text that a form carried while another device had changed it.
    brought: Option<Brought>,
    /// What a reply must not name where it leaves.
    untold: Vec<String>,
    /// What is said of the reply that the reader is writing.
    looked_at: LookedAt,
    /// Why the agent's draft cannot leave as it stands, where its channel does not take it by now.
    shut: Option<Shut>,
}

impl Loaded {
    pub(super) async fn new(
        desk: &Desk,
        conversation: Conversation,
        reader: &Teammate,
        teammates: Arc<[Teammate]>,
        before: Option<i64>,
    ) -> Result<Self> {
        let db = &desk.db;
        let id = conversation.id;
        let own = async {
            let own = conversations::for_reader(db, id, reader.id).await?;
            let attached = if own.has_files { composer_files::list(db, id, reader.id).await? } else { Vec::new() };
            Ok((own, attached))
        };
        let (history, (own, attached), agent) =
            try_join!(History::load(db, id, before), own, AgentWork::new(desk, &conversation, reader))?;
        let strangers = async { if own.merges.is_empty() { Ok(Vec::new()) } else { list_strangers(db, id).await } };
        let (customer, identities, lookalikes, orders, macros, strangers, leaving) = try_join!(
            Customer::new(desk, &conversation),
            identities_of(desk, conversation.contact_id),
            people::list_lookalikes(db, conversation.contact_id),
            orders::list_of(db, id),
            macros::list(db, conversation.brand_id, reader.id),
            Box::pin(strangers),
            Box::pin(ground_of(desk, &conversation, &history)),
        )?;
        let Customer { contact, person, others, inside } = customer;
        let reaches = routes::reaches(db, &conversation, &history.messages, &identities).await?;
        // Ways and writers are those of the whole case, of which a page may show a part.
        let ends = if history.is_whole() { None } else { Some(messages::list_ends(db, id).await?) };
        let said = ends.as_deref().unwrap_or(&history.messages);
        let routes = routes::list(db, &conversation, said, &identities, reaches).await?;
        let parties = parties_in(&mut Reader::Db(db), &conversation).await?;
        let operator = parties.as_ref().and_then(|parties| parties.operator.as_ref());
        let read_by = operator.filter(|(_, usual)| *usual == Audience::Both).map(|(one, _)| one.contact);
        let beside = routes::others(&conversation, said, &identities, read_by);
        let place = leaving.as_ref().map(|(kept, ground)| (kept.as_ref(), ground));
        let untold = untold(db, &conversation, (conversation.channel_id, conversation.channel_kind.as_str())).await?;
        let looked_at = LookedAt::new(desk, (&conversation, place), (&own.writing, &attached), &untold).await?;
        let shut = match (place, &agent.approval) {
            (Some((_, ground)), Some(_)) => admission::shut_on(db, ground, &conversation).await?,
            _ => None,
        };
        let signs = place.map(|(kept, ground)| offered(kept, ground, &history.messages)).unwrap_or_default();
        let window = leaving.as_ref().and_then(|(_, ground)| ground.window()).unwrap_or(conversation.window);
        let unreached = leaving.as_ref().and_then(|(_, ground)| ground.unreached);
        let (capabilities, opened, order_pattern) = match leaving {
            Some((kept, ground)) => (ground.capabilities, ground.last_inbound_at, kept.brand.order_pattern.clone()),
            None => (Capabilities::NOTHING, conversation.last_written(), String::new()),
        };
        let named = if orders.is_empty() {
            let told = Told::of(db, &conversation).await?.map(|told| told.numbers).unwrap_or_default();
            let written = named_numbers(&history.messages, &order_pattern);
            let told = told.into_iter().filter(|number| !written.contains(number)).collect::<Vec<_>>();
            [written, told].concat()
        } else {
            Vec::new()
        };
        let asks = !named.is_empty() || identities.iter().any(|identity| identity.kind == "email");
        let candidates = if asks && orders.is_empty() { Candidates::Unasked } else { Candidates::Nothing };
        Ok(Self {
            reader: reader.id,
            next: desk.clock.new_id(),
            agent,
            attached,
            capabilities,
            unreached,
            opened,
            window,
            signs,
            reaches,
            routes,
            beside,
            parties,
            order_pattern,
            contact,
            person,
            identities,
            lookalikes,
            orders,
            strangers,
            named,
            candidates,
            numbered: Vec::new(),
            others,
            inside,
            overtaken: overtaken_words(&history.messages, (conversation.contact_id, reader)),
            presence: presence::words(&desk.events.presence.others(conversation.number, reader.id, desk.clock.now())),
            teammates,
            own,
            macros,
            inserted: None,
            brought: None,
            untold,
            looked_at,
            shut,
            history,
            conversation,
        })
    }

    /// Asks the shop for the customer's orders, when none is linked.
    pub(super) async fn look_for_orders(&mut self, desk: &Desk) {
        if matches!(self.candidates, Candidates::Unasked) {
            self.candidates = find_candidates(desk, &self.conversation, &self.identities, &self.named).await;
        }
    }

    /// Offers orders that have one number, as they were read when somebody asked for it, for a person to choose.
    pub(super) async fn offer(&mut self, desk: &Desk, numbered: &Numbered) -> Result<()> {
        for (source, id) in numbered.orders() {
            let place = (source, id.as_str());
            self.numbered.extend(orders::find_of_brand(&desk.db, self.conversation.brand_id, place).await?);
        }
        Ok(())
    }

    /// Puts a text into the composer that is not kept, because another one is.
    pub(super) fn bring(&mut self, brought: Brought) {
        self.brought = Some(brought);
    }

    /// Fills a macro in for the composer: the one that is asked for, else that of the text that is there.
    pub(super) async fn insert_macro(&mut self, desk: &Desk, reader: &Teammate, asked: Option<&str>) -> Result<()> {
        let there = self.brought.as_ref().map_or(self.own.writing.from.as_ref(), |brought| brought.from.as_ref());
        let id = asked.map_or_else(|| there.map(|ticked| ticked.id), |id| id.parse().ok());
        let Some(one) = self.macros.iter().find(|one| Some(one.id) == id) else { return Ok(()) };
        let place = (&self.conversation, self.orders.as_slice(), &*self.teammates);
        let inserted = insert(desk, one, place, reader).await?;
        self.inserted = Some(match there.filter(|_| asked.is_none()) {
            Some(ticked) => inserted.of_kept(ticked),
            None => inserted,
        });
        Ok(())
    }

    pub(super) fn facts<'a>(&'a self, look: &Look, here: &'a str) -> OpenFacts<'a> {
        OpenFacts {
            head: self.head(),
            timeline: self.timeline(Ways::Both),
            draft: self.draft(look, here),
            composer: self.composer(look),
            context: self.context(),
        }
    }

    pub(super) fn composer(&self, look: &Look) -> ComposerFacts<'_> {
        ComposerFacts {
            id: self.next,
            conversation: &self.conversation,
            capabilities: &self.capabilities,
            unreached: self.unreached,
            opened: self.opened,
            routes: &self.routes,
            reaches: self.reaches,
            beside: &self.beside,
            parties: self.parties.as_ref(),
            may_split: !self.is_chat(),
            kept: &self.own.writing,
            files: &self.attached,
            wants_note: look.compose.as_deref().map(|compose| compose == "note"),
            seen: self.history.last_seq(),
            shown: self.shown(self.history.last_seq()),
            parted: self.own.parted,
            refused: self.refusal(look),
            team: &self.teammates,
            macros: &self.macros,
            inserted: self.inserted.as_ref(),
            brought: self.brought.as_ref(),
            objections: &self.looked_at.objections,
            objections_to_files: &self.looked_at.objections_to_files,
            voice: &self.looked_at.voice,
            doubts: &self.looked_at.doubts,
        }
    }

    pub(super) fn head(&self) -> HeadFacts<'_> {
        HeadFacts {
            conversation: &self.conversation,
            parties: self.parties.as_ref(),
            opened: self.opened,
            window: self.window,
            teammates: &self.teammates,
            tags: &self.own.tags,
            presence: &self.presence,
            followed: self.own.followed,
            parcel_is_followed: self.orders.iter().flat_map(|known| &known.order.shipments).any(ParcelWait::can_be_for),
            shown: self.shown(if self.history.is_past { EVERYTHING } else { self.history.last_seq() }),
        }
    }

    fn shown(&self, last: i64) -> Shown {
        Shown { last, merges: i64::try_from(self.own.merges.len()).unwrap_or(i64::MAX) }
    }

    /// Why the reader's own was not sent.
    fn refusal(&self, look: &Look) -> Option<&str> {
        match look.overtaken.as_deref()? {
            BY_CUSTOMER => Some(WRITTEN_MEANWHILE),
            BY_PARTING => Some(PARTED_MEANWHILE),
            _ => self.overtaken.as_deref(),
        }
    }

    pub(super) fn timeline(&self, ways: Ways) -> TimelineFacts<'_> {
        let history = &self.history;
        let is_done = self.conversation.status == ConversationStatus::Resolved;
        TimelineFacts {
            number: self.conversation.number,
            signs: &self.signs,
            may_split: !self.is_chat(),
            order_pattern: Some(self.order_pattern.as_str()).filter(|_| !is_done && !history.is_past),
            messages: &history.messages,
            files: &history.files,
            identities: &self.identities,
            notes: &history.notes,
            events: &history.events,
            merges: &self.own.merges,
            ways_back: &history.ways_back,
            merges_since: &history.merges_since,
            earlier: history.earlier,
            is_past: history.is_past,
            ways,
        }
    }

    /// Whether its customer has it open in a chat, also after they went on by mail.
    fn is_chat(&self) -> bool {
        self.conversation.channel_kind == ChannelKind::LiveChat.as_str()
            || self.inside.get(&self.conversation.id).is_some_and(|inside| inside.is_chat)
            || self.history.messages.iter().any(|message| visitor_of(&message.external_id).is_some())
    }

    pub(super) fn draft<'a>(&'a self, look: &Look, here: &'a str) -> DraftFacts<'a> {
        DraftFacts {
            conversation: &self.conversation,
            parties: self.parties.as_ref(),
            draft: self.agent.draft.as_ref(),
            approval: self.agent.approval.as_ref(),
            run: self.agent.run.as_ref(),
            hand_off: self.agent.hand_off.as_ref(),
            team: &self.teammates,
            waiting_files: self.attached.len(),
            written: self.agent.written.as_ref(),
            editing: look.edit.is_some(),
            shut: self.shut.as_ref(),
            here,
            back: here,
        }
    }

    pub(super) fn context(&self) -> ContextFacts<'_> {
        ContextFacts {
            conversation: &self.conversation,
            contact: &self.contact,
            person: &self.person,
            identities: &self.identities,
            lookalikes: &self.lookalikes,
            orders: &self.orders,
            strangers: &self.strangers,
            untold: &self.untold,
            candidates: &self.candidates,
            numbered: &self.numbered,
            others: &self.others,
            inside: &self.inside,
            draft: self.agent.draft.as_ref().map(|draft| &draft.document.0),
            followers: &self.own.followers,
            teammates: &self.teammates,
            reader: self.reader,
        }
    }
}

/// What there is of the agent in a conversation, as far as its state says that there is any.
#[derive(Default)]
struct AgentWork {
    draft: Option<Draft>,
    approval: Option<Approval>,
    /// What the reader makes of the draft.
    written: Option<KeptText>,
    run: Option<AgentRun>,
    hand_off: Option<HandOff>,
}

impl AgentWork {
    async fn new(desk: &Desk, conversation: &Conversation, reader: &Teammate) -> store::Result<Self> {
        let (db, id) = (&desk.db, conversation.id);
        let mut work = Self::default();
        if conversation.needs_approval {
            work.draft = drafts::current(db, id).await?;
            work.approval = approvals::pending_of(db, id).await?;
        }
        if let Some(draft) = &work.draft {
            work.written = draft_texts::find(db, draft.id, reader.id).await?;
        }
        work.run = match (&work.draft, conversation.agent_state) {
            (Some(draft), _) => agent_runs::find(db, draft.run_id).await?,
            (None, AgentState::Writing) => agent_runs::latest(db, id).await?,
            (None, _) => None,
        };
        if conversation.agent_state == AgentState::HandedOff {
            work.hand_off = agent_runs::latest_hand_off(db, id).await?;
        }
        Ok(work)
    }
}

/// The numbers of orders that the customer wrote last.
fn named_numbers(messages: &[Message], pattern: &str) -> Vec<String> {
    let theirs = messages.iter().rev().filter(|message| message.direction == Direction::Inbound).take(LOOKED_BACK);
    let mut named: Vec<String> = Vec::new();
    for number in theirs.flat_map(|message| numbers_in(&format!("{} {}", message.subject, message.body), pattern)) {
        if !named.contains(&number) {
            named.push(number);
        }
    }
    named.truncate(MOST_NAMED);
    named
}

/// Whose reply it is that came before the reader's own; one in the reader's name may be a program's.
fn overtaken_words(messages: &[Message], (customer, reader): (ContactId, &Teammate)) -> Option<String> {
    let is_in_name = |message: &Message| message.teammate_id == Some(reader.id);
    let theirs = |message: &&Message| {
        message.direction == Direction::Outbound
            && (!is_in_name(message) || message.by_program)
            && message.author != MessageAuthor::System
            && message.delivery != Some(Delivery::Cancelled)
            && !message.passes_by(customer)
    };
    let last = messages.iter().rev().find(theirs)?;
    if is_in_name(last) {
        let words = "A reply went out in your name before yours. Read it; send yours all the same if it still fits.";
        return Some(words.to_owned());
    }
    let who = if last.author == MessageAuthor::Agent { "The agent" } else { last.sender_name.as_str() };
    Some(format!("{who} sent a reply before yours. Read it; send yours all the same if it still fits."))
}

/// The connection of a conversation's channel, and on what ground a reply leaves there now; nothing where it cannot be used.
async fn ground_of(
    desk: &Desk,
    row: &Conversation,
    history: &History,
) -> store::Result<Option<(Arc<Connection>, Ground)>> {
    let Ok(connection) = desk.connections.get(row.channel_id).await else { return Ok(None) };
    let mut reader = Reader::Db(&desk.db);
    let answered = if history.is_whole() {
        answered_among(&mut reader, &connection, row.id, &history.messages).await?
    } else {
        answered(&mut reader, &connection, row.id).await?
    };
    let ground = admission::ground(&connection, &answered, desk.clock.now());
    Ok(Some((connection, ground)))
}
