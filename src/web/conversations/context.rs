//! Facts beside the conversation: the person, their orders, what else is open.

use std::collections::HashMap;

use askama::Template;

use super::order::OrderCard;
use super::row::first_filled;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::Conversation;
use crate::model::draft::DraftDocument;
use crate::model::merge::{Bar, Inside, bar_between};
use crate::model::order::{KnownOrder, Money};
use crate::model::person::Lookalike;
use crate::model::teammate::Teammate;
use crate::model::{ContactId, ConversationId, TeammateId};
use crate::store::merges::Stranger;
use crate::web::contacts::lookalikes::Lookalikes;
use crate::web::filters;
use crate::web::format::{counted, money};
use crate::web::page::Page;
use crate::web::parts::{Face, Notice, When, fragments};
use crate::web::words::{channel_icon, channel_kind, identity_word, language_word};

fragments!(ContextPanel);

/// Orders that a conversation may be about, when none is linked.
#[derive(Clone, Debug)]
pub enum Candidates {
    /// There is nothing to ask by: no address that can be looked under, and no number was named.
    Nothing,
    /// The shop has not been asked yet.
    Unasked,
    /// What the shop has.
    Found(FoundOrders),
    /// The shop did not answer, and what it said instead, `""` if nothing.
    Silent(String),
}

impl Candidates {
    /// Why there may be more of them, `""` if it is not known; nothing where every shop has answered.
    fn trouble(&self) -> Option<&str> {
        match self {
            Self::Silent(words) => Some(words),
            Self::Found(found) => found.trouble.as_deref(),
            Self::Nothing | Self::Unasked => None,
        }
    }
}

/// What the shop has for a conversation.
#[derive(Clone, Debug, Default)]
pub struct FoundOrders {
    /// The customer's, as their addresses say; a person chooses.
    pub theirs: Vec<KnownOrder>,
    /// With a number that the customer wrote, and somebody else's as far as anything shows.
    pub strange: Vec<KnownOrder>,
    /// Whether there are others that somebody took off.
    pub any_refused: bool,
    /// Why there may be more, where not every shop answered.
    pub trouble: Option<String>,
}

/// What the panel is made from.
#[derive(Clone, Copy, Debug)]
pub struct ContextFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The customer.
    pub contact: &'a Contact,
    /// All contacts of the person.
    pub person: &'a [ContactId],
    /// Their names on channels.
    pub identities: &'a [ContactIdentity],
    /// Who may be the same person.
    pub lookalikes: &'a [Lookalike],
    /// Orders that the conversation is about.
    pub orders: &'a [KnownOrder],
    /// Other customers whose conversations went into it.
    pub strangers: &'a [Stranger],
    /// What a reply must not name where it leaves.
    pub untold: &'a [String],
    /// Orders it may be about, when a person must choose.
    pub candidates: &'a Candidates,
    /// Orders that share a number, of which a person chooses one.
    pub numbered: &'a [KnownOrder],
    /// Other conversations with the customer, or about the same order.
    pub others: &'a [Conversation],
    /// What is in all these, as far as a chat has to do with it.
    pub inside: &'a HashMap<ConversationId, Inside>,
    /// The draft, to mark what it would do.
    pub draft: Option<&'a DraftDocument>,
    /// Who follows the conversation.
    pub followers: &'a [TeammateId],
    /// The team.
    pub teammates: &'a [Teammate],
    /// Who of them looks.
    pub reader: TeammateId,
}

impl<'a> ContextFacts<'a> {
    /// With whose conversation an order came, where that is another customer's.
    fn stranger_of(&self, known: &KnownOrder) -> Option<&'a Stranger> {
        self.strangers.iter().find(|stranger| stranger.brought(known))
    }

    /// Whether another conversation is the customer's too, under whichever name.
    fn is_of_customer(&self, other: &Conversation) -> bool {
        self.person.contains(&other.contact_id)
    }

    /// The orders that are the customer's own, as far as is known.
    fn own_orders(&self) -> Vec<KnownOrder> {
        self.orders.iter().filter(|known| self.stranger_of(known).is_none()).cloned().collect()
    }
}

/// The panel. Also the fragment `GET /conversations/{number}/context`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "conversations/context.html")]
pub struct ContextPanel {
    number: i64,
    csrf: String,
    here: String,
    /// The list in which it is shown.
    list: String,
    contact: ContactId,
    name: String,
    about: String,
    identities: Vec<IdentityView>,
    lookalikes: Lookalikes,
    value: Option<String>,
    orders: Vec<OrderCard>,
    /// Other customers whose conversations went into this one, each with their orders.
    apart: Vec<Apart>,
    /// What a reply must not name where it leaves.
    untold: Vec<String>,
    /// All these orders, to be taken off.
    linked: Vec<Candidate>,
    candidates: Vec<Candidate>,
    /// Orders that share a number, each with its shop.
    numbered: Vec<Candidate>,
    /// Orders that the customer named and has not proved to be theirs: nothing of them is shown but that they exist.
    strange: Vec<Candidate>,
    /// Whether there was nothing to ask the shop by.
    nothing: bool,
    /// The number of the order that the conversation is about, where no shop that is connected is known to have it.
    unknown: Option<String>,
    /// Whether somebody took an order off, which is not offered again.
    any_refused: bool,
    /// What is still to be asked, and the address that asks without script.
    unasked: Option<Unasked>,
    silent: Option<Notice>,
    others: Vec<Other>,
    /// Who follows it, the reader first.
    followers: Vec<(Face, String)>,
}

/// A name on a channel.
#[derive(Debug)]
pub struct IdentityView {
    /// What it is.
    pub kind: String,
    /// The name.
    pub value: String,
    /// Whether the channel proves it.
    pub proved: bool,
}

/// Another customer in the same case.
#[derive(Debug)]
struct Apart {
    contact: ContactId,
    name: String,
    /// The conversations that came in.
    numbers: Vec<i64>,
    orders: Vec<OrderCard>,
}

#[derive(Debug)]
struct Candidate {
    source: String,
    order: String,
    number: String,
    about: String,
}

#[derive(Debug)]
struct Unasked {
    load: String,
    link: String,
}

#[derive(Debug)]
struct Other {
    number: i64,
    href: String,
    /// Where it is with somebody else: about the same order.
    who: Option<String>,
    merging: Merging,
    icon: &'static str,
    gist: String,
    when: When,
}

/// How another conversation and this one can become one.
#[derive(Debug)]
enum Merging {
    /// It goes into this one.
    AtOnce,
    /// The same, when a person says that both are about one case.
    Asked,
    /// This one goes into it.
    Turned,
    /// Not at all, and why.
    Never(&'static str),
}

impl Merging {
    fn of(facts: ContextFacts<'_>, other: &Conversation) -> Self {
        let inside = |talk: &Conversation| facts.inside.get(&talk.id).copied().unwrap_or_default();
        let of_one = facts.is_of_customer(other);
        match bar_between(inside(other), inside(facts.conversation), of_one) {
            None if of_one => Self::AtOnce,
            None => Self::Asked,
            Some(Bar::ChatStays) => Self::Turned,
            Some(bar) => Self::Never(bar.words()),
        }
    }
}

impl ContextPanel {
    /// The panel of a conversation.
    pub fn new(page: &Page, facts: ContextFacts<'_>) -> Self {
        let number = facts.conversation.number;
        let query = page.inbox.clone().unwrap_or_default();
        let own = facts.own_orders();
        let cards = facts.orders.iter().enumerate().filter(|(_, known)| facts.stranger_of(known).is_none());
        let here = query.conversation_href(number);
        let link = format!("{here}&find=1#context");
        let (theirs, strange): (&[KnownOrder], &[KnownOrder]) = match facts.candidates {
            Candidates::Found(found) => (&found.theirs, &found.strange),
            Candidates::Nothing | Candidates::Unasked | Candidates::Silent(_) => (&[], &[]),
        };
        let others = facts.others.iter().filter(|other| other.id != facts.conversation.id);
        Self {
            number,
            csrf: page.csrf.clone(),
            lookalikes: Lookalikes::new(page, facts.contact.id, facts.lookalikes, &here),
            here,
            list: query.encoded(),
            contact: facts.contact.id,
            name: facts.contact.name.clone(),
            about: about(facts, &own),
            identities: facts.identities.iter().map(identity_view).collect(),
            value: value(&own),
            orders: cards.map(|(place, known)| OrderCard::new(page, number, place, known, facts.draft)).collect(),
            apart: apart(page, facts),
            untold: facts.untold.to_vec(),
            linked: facts.orders.iter().map(candidate).collect(),
            candidates: theirs.iter().map(candidate).collect(),
            numbered: facts.numbered.iter().map(in_its_shop).collect(),
            strange: strange.iter().map(candidate).collect(),
            nothing: matches!(facts.candidates, Candidates::Nothing),
            unknown: facts.conversation.order_number.clone().filter(|number| !number.is_empty()),
            any_refused: matches!(facts.candidates, Candidates::Found(found) if found.any_refused),
            unasked: matches!(facts.candidates, Candidates::Unasked).then(|| Unasked {
                load: format!("/conversations/{number}/candidates?{}", query.encoded()),
                link: link.clone(),
            }),
            silent: facts.candidates.trouble().map(|words| {
                let words = format!("{words} Orders of this customer may be there.");
                Notice::warn("The shop does not answer.", words.trim_start()).with_link("Ask again", link)
            }),
            others: others
                .map(|other| Other {
                    number: other.number,
                    who: (!facts.is_of_customer(other)).then(|| other.contact_name.clone()),
                    merging: Merging::of(facts, other),
                    href: query.conversation_href(other.number),
                    icon: channel_icon(channel_kind(&other.channel_kind)),
                    gist: first_filled(&other.gist, &other.subject).to_owned(),
                    when: When::age(page.reader, other.last_message_at),
                })
                .collect(),
            followers: followers(facts),
        }
    }

    fn face(&self) -> Face {
        Face::new(&self.name)
    }
}

/// The other customers in a case, each once, with their orders.
fn apart(page: &Page, facts: ContextFacts<'_>) -> Vec<Apart> {
    let mut all: Vec<Apart> = Vec::new();
    for stranger in facts.strangers {
        match all.iter_mut().find(|one| one.contact == stranger.contact_id) {
            Some(one) => one.numbers.push(stranger.number),
            None => all.push(Apart {
                contact: stranger.contact_id,
                name: stranger.contact_name.clone(),
                numbers: vec![stranger.number],
                orders: Vec::new(),
            }),
        }
    }
    for (place, known) in facts.orders.iter().enumerate() {
        let Some(owner) = facts.stranger_of(known) else { continue };
        if let Some(one) = all.iter_mut().find(|one| one.contact == owner.contact_id) {
            one.orders.push(OrderCard::new(page, facts.conversation.number, place, known, facts.draft));
        }
    }
    all
}

/// Who follows the conversation and is still on the team, the reader first.
fn followers(facts: ContextFacts<'_>) -> Vec<(Face, String)> {
    let is_reader = |person: &&Teammate| person.id == facts.reader;
    let follows = |person: &&Teammate| facts.followers.contains(&person.id) && person.disabled_at.is_none();
    let (reader, others): (Vec<&Teammate>, Vec<&Teammate>) =
        facts.teammates.iter().filter(follows).partition(is_reader);
    let shown = |person: &Teammate| {
        let name = if person.id == facts.reader { "You".to_owned() } else { person.name.clone() };
        (Face::small(&person.name), name)
    };
    reader.into_iter().chain(others).map(shown).collect()
}

/// Where they live, as their latest order says, and what they write.
fn about(facts: ContextFacts<'_>, own: &[KnownOrder]) -> String {
    let home = own.first().map(|known| &known.order.shipping_address);
    let parts = home.into_iter().flat_map(|home| [home.city.as_str(), home.country.as_str()]);
    let place = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let code = first_filled(&facts.conversation.language, &facts.contact.locale);
    let language = if code.is_empty() { String::new() } else { format!("writes {}", language_word(code)) };
    [place, language].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// The kind under which an address is shown that a visitor of the chat only says to have.
pub(super) const SAID_EMAIL: &str = "said_email";

/// A name as it is shown.
pub(in crate::web) fn identity_view(identity: &ContactIdentity) -> IdentityView {
    let kind = match identity.kind.as_str() {
        "email" => "Mail".to_owned(),
        SAID_EMAIL => "Says, not proved".to_owned(),
        other => identity_word(other),
    };
    IdentityView { kind, value: identity.value.clone(), proved: identity.proved }
}

/// What the known orders are worth together, if they share a currency.
pub(in crate::web) fn value(orders: &[KnownOrder]) -> Option<String> {
    let first = orders.first()?;
    let sum = Money::sum(orders.iter().map(|known| known.order.total), first.order.currency()).ok()?;
    Some(format!("{}, {}", money(sum), counted(orders.len(), "order", "orders")))
}

/// An order of which another shop has the number too.
fn in_its_shop(known: &KnownOrder) -> Candidate {
    let order = candidate(known);
    Candidate { about: format!("{}: {}", known.source_name, order.about), ..order }
}

fn candidate(known: &KnownOrder) -> Candidate {
    let titles: Vec<&str> = known.order.lines.iter().map(|line| line.title.as_str()).collect();
    Candidate {
        source: known.source_id.to_string(),
        order: known.order.id.clone(),
        number: known.order.number.clone(),
        about: format!("{}, {}", titles.join(", "), money(known.order.total)),
    }
}
