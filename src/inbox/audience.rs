//! Who reads a reply in a case in which the operator of a marketplace takes part: what is shown is what is sent, and it is settled
//! when the reply is put on its way (decision 109).

use super::InboxError;
use super::recipient::address;
use crate::model::ContactId;
use crate::model::audience::{Audience, Operator, Parties};
use crate::model::channel::{ChannelKind, names_its_readers};
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::message::Message;
use crate::model::person::is_platforms;
use crate::store::{self, Reader, Tx, messages, people};

/// So many of the last messages there tell who takes part.
const LOOKED_AT: i64 = 200;

/// Whom a reply goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Their addresses; none where it is found out when it leaves.
    pub to: Vec<String>,
    /// The operator, where nobody else reads it.
    pub operator_alone: Option<ContactId>,
    /// The thread in which the operator wrote last, where nobody else reads it.
    pub thread: Option<String>,
    /// Who takes part, where each message names its readers.
    pub parties: Option<Parties>,
}

impl Readers {
    /// Whether the customer of a case is none of them.
    pub fn pass_by(&self, customer: ContactId) -> bool {
        self.operator_alone.is_some_and(|operator| operator != customer)
    }

    /// What was written for some does not leave where others take part by now: who reads it was chosen without knowing of them.
    pub(super) fn refuse_others(&self, drawn_for: Option<&str>) -> Result<(), InboxError> {
        let are_others = |mark: &str| self.parties.as_ref().is_some_and(|parties| parties.mark() != mark);
        if !drawn_for.is_some_and(are_others) {
            return Ok(());
        }
        let words = "Who takes part in this case has changed since: the customer or the operator of the marketplace wrote. Nothing \
                     was sent; look who reads it now, and send it again.";
        Err(InboxError::Conflict(words.to_owned()))
    }
}

/// Who takes part in a case; nothing where a channel's messages do not name their readers.
pub async fn parties_in(reader: &mut Reader<'_>, row: &Conversation) -> store::Result<Option<Parties>> {
    if !row.channel_kind.parse().is_ok_and(names_its_readers) {
        return Ok(None);
    }
    let history = messages::list_on(reader, (row.id, row.channel_id), LOOKED_AT).await?;
    let names = people::identities_in_case(reader, row.id).await?;
    Ok(Some(parties_of(row, &history, &names)))
}

fn parties_of(row: &Conversation, history: &[Message], names: &[ContactIdentity]) -> Parties {
    let operator = Operator::of((row.channel_id, row.contact_id), history, names);
    let operator = operator.map(|operator| {
        let usual = operator.usual(row.channel_id, history);
        (operator, usual)
    });
    Parties { customer: row.contact_id, operator }
}

/// Whom a reply of a case goes to that these are to read; where nobody has chosen, whom it goes to by itself. The case is locked.
pub(super) async fn readers_of(
    tx: &mut Tx,
    row: &Conversation,
    chosen: Option<Audience>,
) -> Result<Readers, InboxError> {
    let kind = row.channel_kind.parse().unwrap_or(ChannelKind::Agent);
    let is_for_operator = matches!(chosen, Some(Audience::Operator | Audience::Both));
    if !names_its_readers(kind) {
        return if is_for_operator { Err(no_operator()) } else { Ok(Readers::default()) };
    }
    let history = messages::list_on(&mut Reader::Tx(tx), (row.id, row.channel_id), LOOKED_AT).await?;
    let names = people::identities_in_case(&mut Reader::Tx(tx), row.id).await?;
    let parties = parties_of(row, &history, &names);
    if is_for_operator && parties.operator.is_none() {
        return Err(no_operator());
    }
    let usual = parties.operator.as_ref().map(|(_, usual)| *usual);
    let audience = chosen.or(usual).unwrap_or(Audience::Customer);
    let operator = parties.operator.as_ref().map(|(operator, _)| operator).filter(|_| audience != Audience::Customer);
    let settled = Readers { parties: Some(parties.clone()), ..Readers::default() };
    if let Some(operator) = operator.filter(|_| audience == Audience::Operator) {
        let wrote = history.iter().rfind(|message| message.contact_id == Some(operator.contact));
        let thread = wrote.and_then(|message| message.thread.clone());
        let to = vec![operator.address.clone()];
        return Ok(Readers { to, operator_alone: Some(operator.contact), thread, ..settled });
    }
    let thread = messages::thread_of(&mut Reader::Tx(tx), (row.id, row.channel_id)).await?;
    let own = people::identities_in(tx, row.contact_id).await?;
    let Some((first, _)) = address((row.channel_id, kind, thread.as_deref()), row, &history, &own) else {
        if chosen.is_some() && parties.operator.is_some() {
            let words = "The customer has no address on this channel. Nothing was sent.";
            return Err(InboxError::Invalid(words.to_owned()));
        }
        // It is held when it is to leave, and says so.
        return Ok(settled);
    };
    if !is_platforms_own(&names, &first) {
        let to = std::iter::once(first).chain(operator.map(|operator| operator.address.clone())).collect();
        return Ok(Readers { to, ..settled });
    }
    let answered = messages::last_written(&mut Reader::Tx(tx), (row.id, row.channel_id), thread.as_deref()).await?;
    let is_answered = |row: &&Message| answered.as_ref().is_some_and(|last| last.external_id == row.external_id);
    let beside = read_beside(&names, history.iter().rfind(is_answered));
    let others: Vec<String> = beside.into_iter().filter(|address| *address != first).collect();
    let is_alone = others.iter().all(|address| is_platforms_own(&names, address));
    let to = std::iter::once(first).chain(others).collect();
    Ok(Readers { to, operator_alone: is_alone.then_some(row.contact_id), ..settled })
}

fn no_operator() -> InboxError {
    let words = "No operator of a marketplace takes part in this case. Nothing was sent; send it to the customer, or write to \
                 the operator at the marketplace.";
    InboxError::Conflict(words.to_owned())
}

/// Whether an address is that of the platform itself.
fn is_platforms_own(names: &[ContactIdentity], address: &str) -> bool {
    names.iter().any(|name| name.value == address && is_platforms(&name.kind))
}

/// Who reads a reply beside the one to whom it goes: what the platform's own people wrote to their customer too is answered to all
/// of these. `names` are those of everybody in the case.
pub(super) fn read_beside(names: &[ContactIdentity], answered: Option<&Message>) -> Vec<String> {
    let Some(message) = answered.filter(|message| !message.aside && !message.recipients.0.is_empty()) else {
        return Vec::new();
    };
    let is_theirs = names.iter().any(|name| is_platforms(&name.kind) && message.contact_id == Some(name.contact_id));
    let all = std::iter::once(&message.sender_address).chain(&message.recipients.0);
    if is_theirs { all.cloned().collect() } else { Vec::new() }
}
