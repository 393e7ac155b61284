//! Who reads a reply in a case in which the operator of a marketplace takes part: what is shown is what is sent.

use super::recipient::address;
use super::{Inbox, InboxError};
use crate::model::audience::{Audience, Operator};
use crate::model::channel::{ChannelKind, is_marketplace};
use crate::model::conversation::Conversation;
use crate::model::message::Message;
use crate::model::person::is_platforms;
use crate::model::{ContactId, ConversationId};
use crate::store::{self, Db, Reader, messages, people};

/// So many of the last messages there tell who takes part.
const LOOKED_AT: i64 = 200;

/// Whom a reply goes to by the choice of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// Their addresses; none: whom it goes to by itself.
    pub to: Vec<String>,
    /// The operator, where nobody else reads it.
    pub operator_alone: Option<ContactId>,
}

/// The operator who takes part in a case beside its customer, of which this was said on its channel.
pub async fn operator_in(db: &Db, conversation: &Conversation, history: &[Message]) -> store::Result<Option<Operator>> {
    if !conversation.channel_kind.parse().is_ok_and(is_marketplace) {
        return Ok(None);
    }
    let names = people::identities_in_case(db, conversation.id).await?;
    Ok(Operator::of((conversation.channel_id, conversation.contact_id), history, &names))
}

/// Whom a reply goes to that these are to read.
pub(super) async fn readers_of(inbox: &Inbox, row: &Conversation, chosen: Audience) -> Result<Readers, InboxError> {
    let history = messages::list_on(&inbox.db, row.id, row.channel_id, LOOKED_AT).await?;
    let operator = match operator_in(&inbox.db, row, &history).await? {
        Some(operator) => operator,
        None if chosen == Audience::Customer => return Ok(Readers::default()),
        None => {
            let words = "No operator of a marketplace takes part in this case. Nothing was sent; send it to the customer, or \
                         write to the operator at the marketplace.";
            return Err(InboxError::Conflict(words.to_owned()));
        }
    };
    if chosen == Audience::Operator {
        return Ok(Readers { to: vec![operator.address], operator_alone: Some(operator.contact) });
    }
    let kind = row.channel_kind.parse().unwrap_or(ChannelKind::Agent);
    let thread = messages::thread_of(&mut Reader::Db(&inbox.db), (row.id, row.channel_id)).await?;
    let names = people::identities(&inbox.db, row.contact_id).await?;
    let (customer, _) = address((row.channel_id, kind, thread.as_deref()), row, &history, &names).ok_or_else(|| {
        InboxError::Invalid("The customer has no address on this channel. Nothing was sent.".to_owned())
    })?;
    let both = (chosen == Audience::Both).then_some(operator.address);
    Ok(Readers { to: std::iter::once(customer).chain(both).collect(), operator_alone: None })
}

/// Who reads a reply beside the one to whom it goes, where nobody has chosen: what the platform's own people wrote to their customer
/// too is answered to all of these.
pub(super) async fn read_beside(
    db: &Db,
    conversation: ConversationId,
    answered: Option<&Message>,
) -> store::Result<Vec<String>> {
    let Some(message) = answered.filter(|message| !message.aside && !message.recipients.0.is_empty()) else {
        return Ok(Vec::new());
    };
    let names = people::identities_in_case(db, conversation).await?;
    let is_theirs = names.iter().any(|name| is_platforms(&name.kind) && message.contact_id == Some(name.contact_id));
    let all = std::iter::once(&message.sender_address).chain(&message.recipients.0);
    Ok(if is_theirs { all.cloned().collect() } else { Vec::new() })
}
