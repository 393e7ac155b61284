//! What a visitor of the chat can do beside writing: ask for a person, leave an address; and what happens when nobody
//! looks at a reply.

use std::time::Duration;

use channel_contract::capabilities::{AttachmentLimit, Capabilities};
use serde_json::json;
use uuid::Uuid;

use super::deliver::hold_in;
use super::notify::tell_wanted;
use super::outgoing::{enclosed, message_of, platform_job};
use super::restraint::{AUTOMATIC, WITHIN};
use super::taken_back::withdraw_outrun;
use super::{Inbox, InboxError, attach};
use crate::channels::{MOST_MAILED, live_chat};
use crate::model::attachment::Attachment;
use crate::model::channel::{ChannelKind, letterbox};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::event::EventKind;
use crate::model::fit::FileRules;
use crate::model::job::JobKind;
use crate::model::message::{Brought, Delivery, Message, MessageAuthor};
use crate::model::teammate::{Teammate, first_name};
use crate::model::{ChannelId, ConversationId, MessageId, Ts};
use crate::store::chats::{self, VisitorClaims};
use crate::store::intake::NewMessage;
use crate::store::jobs::NewJob;
use crate::store::{
    self, Tx, answer_times, attachments, brands, channels, conversations, drafts, intake, jobs, messages,
};
use crate::voice::locale::{locale, locale_with_texts};
use crate::voice::texts::{self, LetterWords};

/// How soon a person should look when a customer asks for one in a chat.
const PERSON_WITHIN: Duration = Duration::from_mins(10);
/// How many replies one letter brings.
const MOST_BROUGHT: usize = 50;
/// Why a reply stays in the chat alone.
const NO_MAILBOX: &str = "The customer has not looked at it in the chat, and there is no mailbox to send it to their address. It \
                          waits in the chat. Connect a mailbox, and the next letter takes it along; or reach them another way.";

/// The customer asks for a person: the agent keeps out until the conversation is resolved, its waiting draft is void.
/// Whoever waits already waits on, and the answer is due no later than before. Who can come to them is told, also once more
/// where they have read it and the customer still waits.
pub async fn ask_for_person(inbox: &Inbox, id: ConversationId) -> Result<(), InboxError> {
    let now = inbox.clock.now();
    let known = conversations::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let times = answer_times::of_brand(&inbox.db, known.brand_id).await?;
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    let who = conversation.contact_name.clone();
    if conversation.taken_over && conversation.status == ConversationStatus::Open {
        if !tell_wanted(&inbox.clock, &mut tx, &[&conversation], None).await?.is_empty() {
            inbox.note(&mut tx, &conversation, EventKind::HandedOff, &who).await?;
            tx.commit().await?;
            inbox.wake.event();
        }
        return Ok(());
    }
    drafts::supersede(&mut tx, conversation.id).await?;
    withdraw_outrun(&inbox.clock, &mut tx, &mut conversation, "Not sent: the customer asks for a person.").await?;
    // One that slept begins a new wait, as with any word of its customer.
    let running = conversation.due_at.filter(|_| conversation.status != ConversationStatus::Snoozed);
    conversation.taken_over = true;
    conversation.agent_state = AgentState::HandedOff;
    conversation.needs_approval = false;
    conversation.proposal = None;
    conversation.proposal_tone = String::new();
    conversation.status = ConversationStatus::Open;
    conversation.unread = true;
    conversation.resolved_at = None;
    conversation.snoozed_until = None;
    let kind = conversation.channel_kind.clone();
    let due = running.unwrap_or_else(|| conversation.clocks.start(&times, &kind, now));
    conversation.due_at = Some(due.min(times.within(now, PERSON_WITHIN)));
    conversation.revision += 1;
    conversations::update(&mut tx, &conversation).await?;
    inbox.note(&mut tx, &conversation, EventKind::HandedOff, &who).await?;
    tell_wanted(&inbox.clock, &mut tx, &[&conversation], None).await?;
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// The customer leaves an address: a claim, good for answers and for nothing else.
pub async fn leave_address(
    inbox: &Inbox,
    channel: ChannelId,
    visitor: Uuid,
    claims: &VisitorClaims,
) -> Result<(), InboxError> {
    if !live_chat::identity::is_address(&claims.email) {
        return Err(InboxError::Invalid("This does not look like an address for mail.".to_owned()));
    }
    let thread = live_chat::thread_of(visitor);
    let known = chats::find_conversation(&inbox.db, channel, &thread).await?;
    let now = inbox.clock.now();
    let mut tx = inbox.db.begin().await?;
    chats::save_claims(&mut tx, visitor, channel, claims, now).await?;
    if let Some(id) = known {
        let conversation = conversations::lock(&mut tx, id).await?;
        let who = conversation.contact_name.clone();
        inbox.note(&mut tx, &conversation, EventKind::AddressLeft, &who).await?;
        jobs::enqueue_no_later(&mut tx, &unseen_job(inbox, id, now.plus(inbox.mail_unseen_after))).await?;
    }
    tx.commit().await?;
    inbox.wake.event();
    Ok(())
}

/// A teammate has a conversation before them up to the message `drawn`: where that is all of it, it is read, and who
/// waits in a chat is told.
pub async fn note_seen(inbox: &Inbox, conversation: &Conversation, drawn: i64, by: &Teammate) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    // Whoever places a message holds its conversation: none comes between this look and the mark.
    let conversation = conversations::lock(&mut tx, conversation.id).await?;
    if messages::newest(&mut tx, conversation.id).await? > drawn {
        return Ok(());
    }
    let was_unread = conversations::set_read(&mut tx, conversation.id).await?;
    let in_chat = conversation.channel_kind == ChannelKind::LiveChat.as_str();
    if was_unread && in_chat {
        inbox.note(&mut tx, &conversation, EventKind::Seen, &by.name).await?;
    }
    tx.commit().await?;
    if was_unread && in_chat {
        inbox.wake.event();
    }
    Ok(())
}

/// A look, later, at whether the customer has seen what was written in the chat.
pub fn unseen_job(inbox: &Inbox, id: ConversationId, run_at: Ts) -> NewJob {
    NewJob {
        conversation_id: Some(id),
        dedup_key: Some(id.to_string()),
        ..NewJob::about(inbox.clock.new_id(), JobKind::MailUnseen, "conversation", &id, run_at)
    }
}

/// Replies in a chat that nobody has looked at, and where the customer wants them.
struct Unseen {
    replies: Vec<Message>,
    to: String,
}

impl Unseen {
    /// When the first of them has waited for so long.
    fn due(&self, wait: Duration) -> Option<Ts> {
        self.replies.iter().map(|reply| reply.sent_at.unwrap_or(reply.created_at).plus(wait)).min()
    }
}

/// A mail that brings what was not seen in the chat.
struct Letter {
    mailbox: ChannelId,
    subject: String,
    body: String,
    files: Vec<Attachment>,
}

/// What nobody looked at in the chat goes by mail, in the same conversation, when there is an address and a mailbox to
/// send it from; where that does not work now, the letter waits there. What one letter does not hold goes with the next.
/// Within a transaction that the caller commits together with the end of the job.
pub async fn mail_unseen(inbox: &Inbox, id: ConversationId) -> Result<Tx, InboxError> {
    let known = conversations::find(&inbox.db, id).await?.ok_or(InboxError::NotFound)?;
    let Some(unseen) = unseen_in(inbox, id).await? else { return Ok(inbox.db.begin().await?) };
    // Those before it were looked at, perhaps just now.
    if let Some(due) = unseen.due(inbox.mail_unseen_after).filter(|due| *due > inbox.clock.now()) {
        let mut tx = inbox.db.begin().await?;
        jobs::enqueue_no_later(&mut tx, &unseen_job(inbox, id, due)).await?;
        return Ok(tx);
    }
    let brings = unseen.replies.get(..MOST_BROUGHT).unwrap_or(&unseen.replies);
    let letter = letter_of(inbox, &known, brings).await?;
    let mut tx = inbox.db.begin().await?;
    let mut conversation = conversations::lock(&mut tx, id).await?;
    let trouble = if letter.is_none() { NO_MAILBOX } else { "" };
    note_at(inbox, &mut tx, &conversation, &unseen.replies, trouble).await?;
    let Some(letter) = letter else { return Ok(tx) };
    let now = inbox.clock.now();
    let message = NewMessage {
        channel_id: letter.mailbox,
        author: MessageAuthor::System,
        recipients: vec![unseen.to.clone()],
        subject: letter.subject,
        ..message_of(inbox, &conversation, letter.body, now)
    };
    let brought = Brought { message: message.id, brings: brings.iter().map(|reply| reply.id).collect() };
    // Anybody may say that an address is theirs: whoever's it is gets no more than from the rest of the desk.
    let is_too_much = messages::count_letters(&mut tx, &unseen.to, now.minus(WITHIN)).await? >= AUTOMATIC;
    intake::insert_messages(&mut tx, &[message]).await?;
    intake::insert_attachments(&mut tx, &enclosed(inbox, brought.message, letter.files)).await?;
    conversation.last_message_at = now;
    conversations::update(&mut tx, &conversation).await?;
    let event = inbox.event(&conversation, EventKind::MessageQueued, "system", json!(brought));
    intake::insert_events(&mut tx, &[event]).await?;
    if is_too_much {
        let row = messages::lock(&mut tx, brought.message).await?;
        hold_in(inbox, &mut tx, &row, Delivery::Held, &too_much()).await?;
    } else {
        jobs::enqueue(&mut tx, &[platform_job(&inbox.clock, conversation.id, brought.message, now)]).await?;
    }
    if brings.len() < unseen.replies.len() {
        jobs::enqueue(&mut tx, &[unseen_job(inbox, conversation.id, now)]).await?;
    }
    Ok(tx)
}

/// Why a letter waits for a person.
fn too_much() -> String {
    format!(
        "{AUTOMATIC} letters of this kind went to the address within a day, and anybody may have named it, so this one did \
         not leave by itself. The customer has not looked at the reply in the chat. The text is kept: send it if you know \
         that the address is theirs."
    )
}

/// Says at replies that nobody has looked at why they stay where they are, or that nothing is wrong any more.
async fn note_at(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    replies: &[Message],
    trouble: &str,
) -> store::Result<()> {
    let mut events = Vec::new();
    for reply in replies.iter().filter(|reply| reply.delivery_reason != trouble) {
        // The customer may have looked at it meanwhile.
        let Some(delivery) = messages::lock(tx, reply.id).await?.delivery.filter(|now| reply.delivery == Some(*now))
        else {
            continue;
        };
        messages::set_delivery(tx, reply.id, delivery, trouble).await?;
        let data = json!({ "message": reply.id.to_string(), "delivery": "unseen" });
        events.push(inbox.event(conversation, EventKind::DeliveryChanged, "system", data));
    }
    intake::insert_events(tx, &events).await
}

/// What is to be brought to the customer; nothing when everything was seen, or when they left no address.
async fn unseen_in(inbox: &Inbox, id: ConversationId) -> store::Result<Option<Unseen>> {
    let Some((chat, visitor)) = chat_of(inbox, id).await? else { return Ok(None) };
    let replies = chats::list_unseen(&inbox.db, id, chat).await?;
    let to = chats::find_claims(&inbox.db, visitor).await?.unwrap_or_default().email;
    Ok((!replies.is_empty() && !to.is_empty()).then_some(Unseen { replies, to }))
}

/// The letter that brings these; nothing when no mailbox can take it.
async fn letter_of(inbox: &Inbox, conversation: &Conversation, unseen: &[Message]) -> store::Result<Option<Letter>> {
    let all = channels::list(&inbox.db).await?;
    let Some(mailbox) = letterbox(&all, conversation.brand_id) else { return Ok(None) };
    let ids: Vec<MessageId> = unseen.iter().map(|message| message.id).collect();
    let mut files = attachments::list(&inbox.db, &ids).await?;
    files.sort_by_key(|file| ids.iter().position(|id| *id == file.message_id));
    // Also where the mailbox cannot be used now: the letter waits until somebody mends it, and says then what it says here.
    let (files, stay) = fitting(files, MOST_MAILED);
    let brand = brands::get(&inbox.db, conversation.brand_id).await?;
    // As the customer writes, where there are texts in that language.
    let language = locale_with_texts(&conversation.language).unwrap_or_else(|| locale(&brand.locale));
    let words = texts::letter(language.code);
    Ok(Some(Letter {
        mailbox: mailbox.id,
        subject: format!("{} {}", words.subject, brand.name),
        body: body_of(unseen, &stay, words),
        files,
    }))
}

/// The chat that a conversation is in, and its visitor.
async fn chat_of(inbox: &Inbox, id: ConversationId) -> store::Result<Option<(ChannelId, Uuid)>> {
    let last = chats::find_last_visit(&inbox.db, id).await?;
    Ok(last.and_then(|word| Some((word.channel_id, live_chat::visitor_of(&word.external_id)?.0))))
}

/// As many of the files as one mail takes, and the names of those that stay in the chat.
fn fitting(files: Vec<Attachment>, limit: AttachmentLimit) -> (Vec<Attachment>, Vec<String>) {
    let rules = FileRules::of(&Capabilities { attachments: Some(limit), ..Capabilities::NOTHING });
    let (mut fit, mut stay): (Vec<Attachment>, Vec<String>) = (Vec::new(), Vec::new());
    for file in files {
        let facts = fit.iter().chain([&file]).map(Attachment::facts);
        if attach::check(rules, facts).is_ok() {
            fit.push(file);
        } else {
            stay.push(file.name);
        }
    }
    (fit, stay)
}

/// The replies as one letter.
fn body_of(unseen: &[Message], stay: &[String], words: LetterWords) -> String {
    let said = |message: &Message| match message.author {
        MessageAuthor::Teammate => format!("{}:\n{}", first_name(&message.sender_name), message.body.trim()),
        _ => message.body.trim().to_owned(),
    };
    let stays = (!stay.is_empty()).then(|| format!("{} {}", words.stays, stay.join(", ")));
    let replies = unseen.iter().map(said).chain(stays);
    let all = std::iter::once(words.begins.to_owned()).chain(replies).chain([words.ends.to_owned()]);
    all.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AttachmentId;

    fn file(name: &str, size: i64) -> Attachment {
        Attachment {
            id: AttachmentId(Uuid::nil()),
            message_id: MessageId(Uuid::nil()),
            position: 0,
            name: name.to_owned(),
            content_type: "image/png".to_owned(),
            size,
            content_id: None,
            inline: false,
            storage_key: String::new(),
            reference: None,
            trouble: String::new(),
        }
    }

    #[test]
    fn what_a_mail_does_not_take_stays_in_the_chat_and_is_named() {
        let all = || vec![file("a", 6), file("b", 5), file("c", 4), file("d", 1)];
        let names = |limit| {
            let (fit, stay) = fitting(all(), limit);
            (fit.into_iter().map(|file| file.name).collect::<String>(), stay.concat())
        };
        assert_eq!(names(AttachmentLimit::any(9, 10)), ("ac".to_owned(), "bd".to_owned()));
        assert_eq!(names(AttachmentLimit::any(1, 99)), ("a".to_owned(), "bcd".to_owned()));
        let stay = ["film.png".to_owned(), "plan.pdf".to_owned()];
        assert_eq!(
            body_of(&[], &stay, texts::letter("en")),
            "You left the chat before this arrived:\n\nNot in this mail, and still in the chat: film.png, plan.pdf\n\n\
             Just answer this mail to go on."
        );
    }
}
