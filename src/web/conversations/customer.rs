//! The customer of an open conversation: their names, and what else is of them.

use std::collections::HashMap;

use super::context::SAID_EMAIL;
use crate::app::Desk;
use crate::channels::live_chat::visitor::VISITOR;
use crate::inbox::merge::inside_of;
use crate::model::contact::{Contact, ContactIdentity};
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::merge::Inside;
use crate::model::numbering::are_about_one;
use crate::model::{ContactId, ConversationId};
use crate::store::{self, chats, contacts, conversations, intake, people};

/// The customer of a conversation, and what else is of them or about the same order.
pub(super) struct Customer {
    pub(super) contact: Contact,
    /// All contacts of the person.
    pub(super) person: Vec<ContactId>,
    pub(super) others: Vec<Conversation>,
    /// What is in those and in this one, as far as a chat has to do with it.
    pub(super) inside: HashMap<ConversationId, Inside>,
}

impl Customer {
    pub(super) async fn new(desk: &Desk, row: &Conversation) -> store::Result<Self> {
        let person = contacts::list_of_person(&desk.db, row.contact_id).await?;
        let ids: Vec<ContactId> = person.iter().map(|one| one.id).collect();
        let contact = person.into_iter().find(|one| one.id == row.contact_id).ok_or(store::Error::NotFound)?;
        let (others, inside) = others(desk, row, &ids).await?;
        Ok(Self { contact, person: ids, others, inside })
    }
}

/// Other unresolved conversations of the customer, under all their names, and about the same order whoever writes; and what
/// is in them and this one.
pub(in crate::web) async fn others(
    desk: &Desk,
    row: &Conversation,
    person: &[ContactId],
) -> store::Result<(Vec<Conversation>, HashMap<ConversationId, Inside>)> {
    let mut rows = people::list_conversations_of(&desk.db, person, None, 10).await?;
    if let Some(number) = &row.order_number {
        let mut about = conversations::list_about(&desk.db, row.brand_id, number, 10).await?;
        about.retain(|other| other.id != row.id && !rows.iter().any(|known| known.id == other.id));
        let mut all: Vec<ConversationId> = about.iter().map(|other| other.id).collect();
        if !all.is_empty() {
            all.push(row.id);
        }
        // Another shop's order may have the same number.
        let ties = intake::list_ties(&desk.db, &all).await?;
        about.retain(|other| are_about_one(&ties, number, (row, other)));
        rows.extend(about);
    }
    rows.retain(|other| other.id != row.id && other.status != ConversationStatus::Resolved);
    if rows.is_empty() {
        return Ok((rows, HashMap::new()));
    }
    let all: Vec<&Conversation> = rows.iter().chain([row]).collect();
    let inside = inside_of(&desk.db, &all).await?;
    Ok((rows, inside))
}

/// The customer's names as a person reads them: of a visitor of the chat what they say, and not the id that we gave them.
pub(in crate::web) async fn identities_of(desk: &Desk, contact: ContactId) -> store::Result<Vec<ContactIdentity>> {
    let mut shown = Vec::new();
    for identity in people::identities(&desk.db, contact).await? {
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
