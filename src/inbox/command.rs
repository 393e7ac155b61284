//! A message as the command for its platform: to whom, in which thread, with what below it.

use channel_contract::outbound::{Outbound, OutboundAttachment};

use super::admission::{Said, author_of, found, ground, order_of};
use super::audience::read_beside;
use super::connections::Connection;
use super::contained::{untold, way_of};
use super::recipient::{last_letter, recipient};
use super::threads::{Answered, answered_by};
use super::{Inbox, InboxError, attach};
use crate::model::attachment::{Attachment, FileFacts};
use crate::model::buttons::buttons;
use crate::model::channel::{ChannelKind, is_marketplace};
use crate::model::contained::as_known_on;
use crate::model::conversation::Conversation;
use crate::model::fit::FileRules;
use crate::model::message::Message;
use crate::model::{ContactId, Ts};
use crate::store::files::FileError;
use crate::store::{self, Reader, attachments, messages, orders, people};

/// So many of the last messages on its channel tell to whom a message goes.
const LOOKED_AT: i64 = 50;

/// Why a message cannot leave through its channel now, if it cannot.
pub(super) async fn refusal(
    inbox: &Inbox,
    connection: &Connection,
    conversation: &Conversation,
    message: &Message,
) -> store::Result<Option<String>> {
    let attached = attachments::list(&inbox.db, &[message.id]).await?;
    let files: Vec<FileFacts<'_>> = attached.iter().map(Attachment::facts).collect();
    let answered = answered_by(&inbox.db, connection, message).await?;
    let place = (connection.channel.id, connection.channel.kind.as_str());
    let untold = untold(&inbox.db, conversation, place).await?;
    let said = Said::of(message, &files, &untold);
    let ground = ground(connection, &answered, inbox.clock.now());
    let told = match order_of(connection, said) {
        Some(_) => orders::list_told(&inbox.db, message.conversation_id, message.channel_id).await?,
        None => Vec::new(),
    };
    let words = found(connection, &ground, said, &told);
    Ok((!words.is_empty()).then(|| words.join(" ")))
}

/// The whole message as one command, and to whom it goes.
pub(super) async fn compose(
    inbox: &Inbox,
    connection: &Connection,
    conversation: &Conversation,
    message: &Message,
) -> Result<(Outbound, ContactId), InboxError> {
    let (kind, word) = (connection.channel.channel_kind(), connection.channel.kind.as_str());
    let is_contained = is_marketplace(kind);
    // A message that names its recipient needs none to be found.
    let is_addressed = !message.recipients.is_empty();
    let history = if is_contained || !is_addressed {
        messages::list_on(&mut Reader::Db(&inbox.db), (conversation.id, message.channel_id), LOOKED_AT).await?
    } else {
        Vec::new()
    };
    let known = if is_contained {
        let way = way_of(&inbox.db, conversation, (message.channel_id, word)).await?;
        as_known_on(&way, conversation, &history)
    } else {
        conversation.clone()
    };
    let Answered { last: answered, opened, thread: thread_id, .. } =
        answered_by(&inbox.db, connection, message).await?;
    let identities = people::identities(&inbox.db, conversation.contact_id).await?;
    let place = (message.channel_id, kind, thread_id.as_deref());
    let (first, contact) = recipient(message, place, conversation, &history, &identities)
        .ok_or_else(|| InboxError::Invalid("The customer has no address on this channel.".to_owned()))?;
    let capabilities = connection.adapter.capabilities_in(thread_id.as_deref());
    // A chat that goes on by mail has another title than its letters.
    let topic = answered.as_ref().map_or("", |last| last.subject.as_str());
    let letter = last_letter(conversation, &history, &identities).map_or("", |letter| letter.subject.as_str());
    let topic = [topic, letter].into_iter().find(|title| !title.is_empty()).unwrap_or(&known.subject);
    let mut to = vec![first];
    let is_answered = |row: &&Message| answered.as_ref().is_some_and(|last| last.external_id == row.external_id);
    let beside = if is_contained && !is_addressed {
        let names = people::identities_in_case(&mut Reader::Db(&inbox.db), conversation.id).await?;
        read_beside(&names, history.iter().rfind(is_answered))
    } else {
        message.recipients.0.clone()
    };
    for address in beside {
        if !to.contains(&address) {
            to.push(address);
        }
    }
    let outbound = Outbound {
        command_id: message.id.0,
        conversation_id: conversation.id.0,
        to,
        to_name: known.contact_name.clone(),
        from_name: connection.brand.name.clone(),
        subject: match message.subject.as_str() {
            // Nobody has written: it answers nothing.
            "" if kind == ChannelKind::Email && conversation.last_inbound_at.is_none() => topic.to_owned(),
            "" => reply_subject(topic),
            own => own.to_owned(),
        },
        text: message.body.clone(),
        in_reply_to: answered
            .as_ref()
            .filter(|last| !last.is_taken_back())
            .map(|last| last.external_id.clone())
            .filter(|id| !id.is_empty()),
        references: messages::thread_ids(&inbox.db, conversation.id, message.channel_id).await?,
        attachments: enclosed(inbox, message, FileRules::of(&capabilities)).await?,
        choices: buttons(&message.choices, capabilities.choices),
        template: message.template.as_ref().map(|template| template.0.clone()),
        thread_id,
        last_inbound_at: opened.map(Ts::datetime),
        now: inbox.clock.now().datetime(),
        author: author_of(message),
    };
    Ok((outbound, contact))
}

/// The files of a message with their bytes, checked against what the channel takes.
async fn enclosed(inbox: &Inbox, message: &Message, rules: FileRules) -> Result<Vec<OutboundAttachment>, InboxError> {
    let files = attachments::list(&inbox.db, &[message.id]).await?;
    attach::check(rules, files.iter().map(Attachment::facts))?;
    let mut enclosed = Vec::with_capacity(files.len());
    for file in files {
        let content = inbox.files.get(&file.storage_key).await.map_err(|error| match error {
            FileError::Missing => InboxError::Invalid(format!(
                "The file “{}” is no longer stored. Take the reply back, attach it again and send it.",
                file.name
            )),
            other => InboxError::Files(other),
        })?;
        enclosed.push(OutboundAttachment { name: file.name, content_type: file.content_type, content });
    }
    Ok(enclosed)
}

/// Customers' mail programs group by subject, so an answer says that it is one, once.
fn reply_subject(subject: &str) -> String {
    let is_reply = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if subject.is_empty() || is_reply { subject.to_owned() } else { format!("Re: {subject}") }
}
