//! A customer over all channels: names, orders, what was said and noted.

pub mod erase;
pub mod lookalikes;
pub mod merge;
pub mod show;

use askama::Template;

use self::erase::Erasure;
use self::lookalikes::Lookalikes;
use crate::model::ContactMergeId;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::Conversation;
use crate::model::job::Job;
use crate::model::note::Note;
use crate::model::order::KnownOrder;
use crate::model::person::{ContactMerge, Lookalike};
use crate::model::teammate::Role;
use crate::web::conversations::context::{IdentityView, identity_view, value};
use crate::web::conversations::row::Rows;
use crate::web::filters;
use crate::web::format::{counted, money};
use crate::web::page::Page;
use crate::web::parts::{Face, When};
use crate::web::text::{Html, paragraphs};
use crate::web::words::{language_word, order_status_word};

/// What the page is made from.
#[derive(Clone, Copy, Debug)]
pub struct ContactFacts<'a> {
    /// The customer.
    pub contact: &'a Contact,
    /// The other contacts who are the same person.
    pub kin: &'a [Contact],
    /// What made them one, newest first.
    pub merges: &'a [ContactMerge],
    /// Who may be the same person.
    pub lookalikes: &'a [Lookalike],
    /// Their names on channels.
    pub identities: &'a [ContactIdentity],
    /// Their orders, as last read.
    pub orders: &'a [KnownOrder],
    /// What was given back to them so far, in words; nothing where nothing was.
    pub given: Option<&'a str>,
    /// Notes about them, newest first, with the number of the conversation.
    pub notes: &'a [(Note, i64)],
    /// A page of their conversations.
    pub conversations: &'a [Conversation],
    /// The cursor behind the last of them, when there are more.
    pub next: Option<&'a str>,
    /// The work of erasing them, where there is any.
    pub erasing: &'a [Job],
}

/// `GET /contacts/{id}`
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "contacts/page.html")]
pub struct ContactPage {
    page: Page,
    name: String,
    about: String,
    kin: Vec<String>,
    /// What takes the last merge back, where there is one.
    last_merge: Option<ContactMergeId>,
    lookalikes: Lookalikes,
    here: String,
    identities: Vec<IdentityView>,
    value: Option<String>,
    given: Option<String>,
    doubt: Option<&'static str>,
    orders: Vec<OrderLine>,
    notes: Vec<NoteLine>,
    rows: Rows,
    next: Option<String>,
    erasure: Erasure,
    may_erase: bool,
}

#[derive(Debug)]
struct OrderLine {
    number: String,
    about: String,
    total: String,
    status: &'static str,
    read: When,
}

#[derive(Debug)]
struct NoteLine {
    number: i64,
    who: String,
    text: Html,
    when: When,
}

impl ContactPage {
    /// The page of a customer.
    pub fn new(page: Page, facts: ContactFacts<'_>) -> Self {
        let since = page.reader.ago(facts.contact.created_at);
        let language = match facts.contact.locale.as_str() {
            "" => String::new(),
            code => format!(" · writes {}", language_word(code)),
        };
        let order = |known: &KnownOrder| {
            let titles: Vec<&str> = known.order.lines.iter().map(|line| line.title.as_str()).collect();
            OrderLine {
                number: known.order.number.clone(),
                about: titles.join(", "),
                total: money(known.order.total),
                status: order_status_word(known.order.status),
                read: When::ago(page.reader, known.read_at),
            }
        };
        let note = |(note, number): &(Note, i64)| NoteLine {
            number: *number,
            who: note.teammate_name.clone(),
            text: paragraphs(&note.body),
            when: When::ago(page.reader, note.created_at),
        };
        let here = format!("/contacts/{}", facts.contact.id);
        let proved = facts.identities.iter().any(|identity| identity.proved);
        Self {
            name: facts.contact.name.clone(),
            about: format!("first wrote {since}{language}"),
            kin: facts.kin.iter().map(|contact| contact.name.clone()).collect(),
            last_merge: facts.merges.first().map(|merge| merge.id),
            lookalikes: Lookalikes::new(&page, facts.contact.id, facts.lookalikes, &here),
            here,
            identities: facts.identities.iter().map(identity_view).collect(),
            value: value(facts.orders),
            given: facts.given.map(str::to_owned),
            doubt: (!proved).then_some("No channel has proved who this is. Check before you change an order."),
            orders: facts.orders.iter().map(order).collect(),
            notes: facts.notes.iter().map(note).collect(),
            rows: Rows::whole(&page, facts.conversations),
            next: facts.next.map(|cursor| {
                let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
                format!("/contacts/{}?cursor={cursor}", facts.contact.id)
            }),
            erasure: Erasure::new(page.reader, facts.contact.id, facts.erasing),
            may_erase: page.role >= Role::Admin,
            page,
        }
    }

    fn face(&self) -> Face {
        Face::new(&self.name)
    }

    fn counted_orders(&self) -> String {
        counted(self.orders.len(), "order", "orders")
    }
}
