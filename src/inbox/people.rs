//! Contacts that are one person: what speaks for it, and what becomes of it.
//!
//! A merge moves nothing but a pointer, so that its end restores exactly who had which names and conversations. The turn to
//! place messages is held meanwhile, as for conversations that merge.

use serde_json::json;

use super::{Inbox, InboxError, event_of};
use crate::clock::Clock;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::event::EventKind;
use crate::model::order::{Buyer, KnownOrder};
use crate::model::person::{ContactMerge, Reason, is_masked, phone_of};
use crate::model::teammate::Teammate;
use crate::model::{BrandId, ContactId, ContactMergeId, Json};
use crate::store::intake::{self, BrandIdentity};
use crate::store::people::{self, Holder, NewEvidence, Party};
use crate::store::{self, Tx, audit, order_sources};

/// What somebody is called whom the platform does not name.
pub(super) const UNKNOWN_SENDER: &str = "Unknown sender";
/// The same of whom a teammate wrote to.
pub(super) const UNKNOWN_RECIPIENT: &str = "Unknown recipient";

/// A name that a platform vouches for: a contact who proved one name has this one too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Who.
    pub contact: ContactId,
    /// The other name.
    pub name: BrandIdentity,
}

/// An answer that came from a proved address to what was written to somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The customer of the conversation.
    pub customer: ContactId,
    /// Who answered.
    pub writer: ContactId,
    /// From where.
    pub address: String,
}

/// A merge of contacts that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parted {
    /// Who stands for themself again.
    pub contact: ContactId,
    /// How many of their messages came into conversations of the other one meanwhile, and stay there.
    pub stayed: i64,
}

/// A teammate says that two contacts are one person; `target` stands for both from then on, unless it has only a number where
/// the other has a name.
pub async fn merge(
    inbox: &Inbox,
    (source, target): (ContactId, ContactId),
    by: &Teammate,
) -> Result<ContactMerge, InboxError> {
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let from = people::find(&mut tx, source).await?.ok_or(InboxError::NotFound)?;
    let into = people::find(&mut tx, target).await?.ok_or(InboxError::NotFound)?;
    check(&mut tx, &from, &into).await?;
    let kept = merge_in(&inbox.clock, &mut tx, (&from, &into), Some(by)).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(kept)
}

async fn check(tx: &mut Tx, from: &Party, into: &Party) -> Result<(), InboxError> {
    let refused = |words: &str| Err(InboxError::Conflict(words.to_owned()));
    if from.brand_id != into.brand_id {
        return refused("These are customers of different brands. Nothing was merged; each brand keeps its own.");
    }
    if from.person_id == into.person_id {
        return refused("These are one person already. Reload the page to see it.");
    }
    let is_hidden = has_masked_name(tx, from.id).await? || has_masked_name(tx, into.id).await?;
    if is_hidden && !people::is_proved_by_order(tx, from.id, into.id).await? {
        return refused(
            "A marketplace keeps to itself who this is, so only an order that is known under both names shows that they \
             are one. Nothing was merged.",
        );
    }
    Ok(())
}

async fn has_masked_name(tx: &mut Tx, contact: ContactId) -> store::Result<bool> {
    Ok(people::identities_in(tx, contact).await?.iter().any(|name| is_masked(&name.kind)))
}

/// Makes one person of two, which are checked; the caller holds the turn and commits.
async fn merge_in(
    clock: &Clock,
    tx: &mut Tx,
    (from, into): (&Party, &Party),
    by: Option<&Teammate>,
) -> store::Result<ContactMerge> {
    let now = clock.now();
    let is_better_known = how_known(tx, from).await? > how_known(tx, into).await?;
    let (from, into) = if is_better_known { (into, from) } else { (from, into) };
    let moved = people::contacts_of_in(tx, from.id).await?;
    let kept = ContactMerge {
        id: clock.new_id(),
        brand_id: into.brand_id,
        source_id: from.person_id,
        target_id: into.person_id,
        moved: Json(moved),
        teammate_id: by.map(|person| person.id),
        created_at: now,
        undone_at: None,
    };
    people::point(tx, &kept.moved.0, into.person_id).await?;
    people::insert(tx, &kept).await?;
    note(clock, tx, &kept, EventKind::ContactsMerged, by).await?;
    Ok(kept)
}

/// How well the name that is shown of a person says who they are: a number, an address, or what people call them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    Number,
    Address,
    Name,
}

async fn how_known(tx: &mut Tx, party: &Party) -> store::Result<Known> {
    let shown = people::find(tx, party.person_id).await?.map_or_else(|| party.name.clone(), |stands| stands.name);
    let names = people::identities_in(tx, party.id).await?;
    let is_value = names.iter().any(|name| name.value.eq_ignore_ascii_case(shown.trim()));
    Ok(match shown.as_str() {
        name if name.contains('@') && is_value => Known::Address,
        "" | UNKNOWN_SENDER | UNKNOWN_RECIPIENT => Known::Number,
        _ if is_value => Known::Number,
        _ => Known::Name,
    })
}

/// Takes a merge of contacts back: each has the names and conversations that it had, and what came since under its names.
/// Only the last one of a person, so that what stands then is what stood before it.
pub async fn undo(inbox: &Inbox, id: ContactMergeId, by: &Teammate) -> Result<Parted, InboxError> {
    let mut tx = inbox.db.begin().await?;
    intake::lock(&mut tx).await?;
    let kept = people::find_merge(&mut tx, id).await?.ok_or(InboxError::NotFound)?;
    if kept.undone_at.is_some() {
        return Err(InboxError::Conflict("This was taken back before.".to_owned()));
    }
    if people::has_later(&mut tx, &kept).await? {
        let words = "Another contact was added to this person since. Nothing was changed; take that back first.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    let all = people::contacts_of_in(&mut tx, kept.target_id).await?;
    let stay: Vec<ContactId> = all.into_iter().filter(|contact| !kept.moved.0.contains(contact)).collect();
    let stayed = people::count_beside(&mut tx, &kept.moved.0, &stay, kept.created_at).await?;
    // Before they part, for the conversations of both.
    note(&inbox.clock, &mut tx, &kept, EventKind::ContactsParted, Some(by)).await?;
    people::point(&mut tx, &kept.moved.0, kept.source_id).await?;
    people::set_undone(&mut tx, id, inbox.clock.now()).await?;
    if kept.teammate_id.is_none() {
        // Nobody said so, and the next message would say it again.
        people::refuse(&mut tx, kept.source_id, kept.target_id, inbox.clock.now()).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(Parted { contact: kept.source_id, stayed })
}

/// A teammate says that two contacts are not one person: what speaks for it is not shown any more.
pub async fn refuse(inbox: &Inbox, (one, other): (ContactId, ContactId)) -> Result<(), InboxError> {
    let mut tx = inbox.db.begin().await?;
    for contact in [one, other] {
        people::find(&mut tx, contact).await?.ok_or(InboxError::NotFound)?;
    }
    if people::are_one(&mut tx, one, other).await? {
        let words = "These are one person since. Nothing was changed; take the merge back instead.";
        return Err(InboxError::Conflict(words.to_owned()));
    }
    people::refuse(&mut tx, one, other, inbox.clock.now()).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// An event in the conversations of both that somebody may have before them, and one entry of the audit log, which holds no name.
async fn note(
    clock: &Clock,
    tx: &mut Tx,
    merge: &ContactMerge,
    kind: EventKind,
    by: Option<&Teammate>,
) -> store::Result<()> {
    let actor = by.map_or("system", |person| &person.name);
    let all = people::contacts_of_in(tx, merge.target_id).await?;
    let data = json!({ "merge": merge.id.to_string() });
    let shown = people::list_before_somebody(tx, &all).await?.into_iter();
    let events: Vec<_> = shown.map(|id| event_of(clock, (merge.brand_id, id), kind, actor, data.clone())).collect();
    intake::insert_events(tx, &events).await?;
    let act = Act {
        actor: by.map_or(Actor::System, Actor::Teammate),
        action: if kind == EventKind::ContactsMerged {
            AuditAction::ContactsMerged
        } else {
            AuditAction::ContactsParted
        },
        subject: (AuditSubject::Contact, merge.target_id.to_string()),
        brand: Some(merge.brand_id),
        details: json!({ "merge": merge.id, "other": merge.source_id, "contacts": merge.moved.0.len() }),
    };
    audit::append(tx, &act, clock.now()).await
}

/// An order became one of a conversation's: whoever else is known as its buyer may be the same person. It proves that where
/// both are the buyer beyond doubt, by a name that a channel has proved or by the word of the platform that sold it; a number
/// that somebody wrote proves nothing, nor does the same number of another shop.
pub(super) async fn note_order(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &Conversation,
    known: &KnownOrder,
) -> store::Result<()> {
    let brand = conversation.brand_id;
    let number = known.order.number.as_str();
    let own = people::contacts_of_in(tx, conversation.contact_id).await?;
    let told = told_buyers(tx, brand, known).await?;
    let names = people::identities_in(tx, conversation.contact_id).await?;
    let is_told = own.iter().any(|contact| told.contains(contact));
    let is_theirs = is_told || is_proved_buyer(&names, &known.order.buyer);
    let holders = people::list_holders(tx, &names_of(brand, &known.order.buyer)).await?;
    let others = holders.iter().map(|holder| (holder.contact_id, holder.proved));
    let others = others.chain(told.iter().map(|contact| (*contact, true)));
    for (contact, proved) in others.filter(|(contact, _)| !own.contains(contact)) {
        let pair = (conversation.contact_id, contact);
        // Two names by which one marketplace tells them apart, such as those of two customers in one thread, are two people.
        if is_told && told.contains(&contact) && people::have_one_kind(tx, pair).await? {
            continue;
        }
        let evidence = NewEvidence::new(pair, Reason::Order, number, is_theirs && proved, clock.now());
        people::note_evidence(tx, &evidence).await?;
    }
    Ok(())
}

/// The same of an order that its platform names in a conversation: where it names it for somebody else whose conversation went
/// into that one, it says nothing of the customer.
pub(super) async fn note_told_order(
    clock: &Clock,
    tx: &mut Tx,
    conversation: &Conversation,
    known: &KnownOrder,
) -> store::Result<()> {
    let own = people::contacts_of_in(tx, conversation.contact_id).await?;
    let told = told_buyers(tx, conversation.brand_id, known).await?;
    if own.iter().any(|contact| told.contains(contact)) {
        note_order(clock, tx, conversation, known).await?;
    }
    Ok(())
}

/// For whom platforms name an order.
async fn told_buyers(tx: &mut Tx, brand: BrandId, known: &KnownOrder) -> store::Result<Vec<ContactId>> {
    match order_sources::find_numbering(tx, known.source_id).await? {
        Some(numbering) => people::list_told_buyers(tx, brand, (known.order.number.as_str(), numbering)).await,
        None => Ok(Vec::new()),
    }
}

/// Whether a customer is the buyer of an order beyond doubt.
pub(super) async fn is_buyer(
    tx: &mut Tx,
    contact: ContactId,
    brand: BrandId,
    known: &KnownOrder,
) -> store::Result<bool> {
    let names = people::identities_in(tx, contact).await?;
    if is_proved_buyer(&names, &known.order.buyer) {
        return Ok(true);
    }
    let own = people::contacts_of_in(tx, contact).await?;
    let told = told_buyers(tx, brand, known).await?;
    Ok(own.iter().any(|contact| told.contains(contact)))
}

/// Whether one of these names is the buyer's, and proved.
fn is_proved_buyer(names: &[ContactIdentity], buyer: &Buyer) -> bool {
    let phone = phone_of(&buyer.phone);
    names.iter().filter(|name| name.proved).any(|name| match name.kind.as_str() {
        "email" => !buyer.email.trim().is_empty() && name.value.eq_ignore_ascii_case(buyer.email.trim()),
        "phone" => phone.as_ref() == Some(&name.value),
        _ => false,
    })
}

/// The names under which a buyer would write.
fn names_of(brand_id: BrandId, buyer: &Buyer) -> Vec<BrandIdentity> {
    let name = |kind: &str, value: String| BrandIdentity { brand_id, kind: kind.to_owned(), value };
    let email = Some(intake::key_of(&buyer.email.trim().to_lowercase())).filter(|email| !email.is_empty());
    let phone = phone_of(&buyer.phone);
    email.map(|value| name("email", value)).into_iter().chain(phone.map(|value| name("phone", value))).collect()
}

/// Platforms vouch for further names of contacts. Where another contact has proved such a name, both have proved the same
/// one and are one person; where it only claims it, a teammate is asked. Within the turn to place messages.
pub(super) async fn note_vouched(clock: &Clock, tx: &mut Tx, all: &[Vouched]) -> store::Result<()> {
    let names: Vec<BrandIdentity> = all.iter().map(|vouched| vouched.name.clone()).collect();
    let holders = people::list_holders(tx, &names).await?;
    for vouched in all {
        let has_it = |holder: &&Holder| {
            (holder.brand_id, &holder.kind, &holder.value)
                == (vouched.name.brand_id, &vouched.name.kind, &vouched.name.value)
        };
        let Some(holder) = holders.iter().find(has_it).filter(|holder| holder.contact_id != vouched.contact) else {
            continue;
        };
        let pair = (vouched.contact, holder.contact_id);
        if people::are_one(tx, pair.0, pair.1).await? || people::is_refused(tx, pair, Reason::Vouched).await? {
            continue;
        }
        let is_hidden = has_masked_name(tx, pair.0).await? || has_masked_name(tx, pair.1).await?;
        if is_hidden {
            continue;
        }
        // Two different names of one kind speak against it: a telephone number that somebody else has by now.
        let proof = holder.proved && !people::have_one_kind(tx, pair).await?;
        let evidence = NewEvidence::new(pair, Reason::Vouched, vouched.name.sort(), proof, clock.now());
        people::note_evidence(tx, &evidence).await?;
        let sides = (people::find(tx, pair.0).await?, people::find(tx, pair.1).await?);
        if let (true, (Some(from), Some(into))) = (proof, sides) {
            merge_in(clock, tx, (&from, &into), None).await?;
        }
    }
    Ok(())
}

/// Who answers the letter to an address that a guest of the chat left may be that guest. Anybody may have named the address, and
/// whoever has it may answer a letter that was never meant for them: a teammate is asked. Within the turn to place messages.
pub(super) async fn note_answers(clock: &Clock, tx: &mut Tx, all: &[Answer]) -> store::Result<()> {
    for Answer { customer, writer, address } in all {
        let pair = (*customer, *writer);
        if !people::says_address(tx, *customer, address).await?
            || people::are_one(tx, pair.0, pair.1).await?
            || people::is_refused(tx, pair, Reason::Said).await?
        {
            continue;
        }
        let evidence = NewEvidence::new(pair, Reason::Answered, address, false, clock.now());
        people::note_evidence(tx, &evidence).await?;
    }
    Ok(())
}
