//! What was said: a message with its files and delivery, or a private note.

use std::time::Duration;

use askama::Template;

use super::changed::ChangedView;
use super::signs::SignKeys;
use crate::model::attachment::Attachment;
use crate::model::contact::ContactIdentity;
use crate::model::conversation::gist_of;
use crate::model::message::{Automatic, Delivery, Direction, Message, MessageAuthor, Trust};
use crate::model::message_change::MessageChanges;
use crate::model::note::Note;
use crate::model::{ContactId, DraftId, MessageId, Ts};
use crate::web::filters;
use crate::web::page::Page;
use crate::web::parts::{Badge, Notice, When, fragments};
use crate::web::text::{Beginning, Html, beginning, paragraphs};
use crate::web::words::{delivery_words, file_icon};

fragments!(MessageView, NoteView);

/// How many bytes of HTML the text of one message has in a page: some ten thousand words. All of it is a page away.
const TEXT: usize = 100 * 1024;
/// How many its quoted history has, which each message of a long talk brings along.
const QUOTED: usize = 30 * 1024;
/// A message that was on its way for so long says when it came.
const LATE: Duration = Duration::from_mins(10);
/// How many letters of a name are shown: it stands in several places.
const NAME: usize = 120;

/// A message. Ids: `message-{id}`.
#[derive(Debug, Template)]
#[template(path = "conversations/message.html")]
pub struct MessageView {
    id: MessageId,
    /// The list in which it is shown, to come back to.
    list: String,
    seq: i64,
    ours: bool,
    who: String,
    how: &'static str,
    why: Option<Why>,
    badge: Option<Badge>,
    /// That nothing proves its sender, where something else did before.
    doubt: Option<Badge>,
    delivery: Option<(&'static str, &'static str)>,
    when: When,
    /// When it came, where that was long after it was written.
    came: Option<When>,
    /// When it was changed last.
    edited: Option<When>,
    text: Beginning,
    /// The buttons below it.
    choices: Vec<String>,
    /// Its writer says it no longer.
    taken_back: bool,
    changed: Option<ChangedView>,
    quoted: Option<Beginning>,
    has_html: bool,
    pictures: Vec<FileView>,
    files: Vec<FileView>,
    trouble: Option<Notice>,
    undo: Option<Undo>,
    again: Option<Again>,
    split: Option<Split>,
    signs: Option<SignKeys>,
}

/// The way to the run of the agent whose draft it was.
#[derive(Debug)]
struct Why {
    draft: DraftId,
    /// Which message, among all commands of the page.
    about: String,
}

/// The form that makes a conversation of this message and what follows it.
#[derive(Debug)]
struct Split {
    csrf: String,
    back: String,
    /// Its words among all commands of the page: which message is meant.
    command: String,
    /// The order that it names, where nothing was said of it before.
    other_order: Option<String>,
}

/// A reply that did not leave, and what a person can do with it.
#[derive(Debug)]
struct Again {
    csrf: String,
    words: &'static str,
    /// Which reply, among all commands of the page.
    about: String,
    can_be_taken_back: bool,
    agent_wrote: bool,
}

#[derive(Debug)]
pub(super) struct FileView {
    pub(super) href: String,
    pub(super) icon: &'static str,
    pub(super) name: String,
    pub(super) size: String,
    /// It lies on the platform still.
    elsewhere: Option<Elsewhere>,
}

/// A file that is not here yet.
#[derive(Debug)]
struct Elsewhere {
    /// Why it could not be fetched; `""` while that is tried.
    trouble: String,
    csrf: String,
}

/// A reply that can still be taken back.
#[derive(Debug)]
struct Undo {
    action: String,
    csrf: String,
    send_at: String,
}

impl MessageView {
    /// A message with all files of the conversation; its own are picked out.
    pub fn new(page: &Page, message: &Message, files: &[Attachment]) -> Self {
        let ours = message.direction == Direction::Outbound;
        let (who, how) = writer(message);
        let own = files.iter().filter(|file| file.message_id == message.id);
        let taken_back = message.is_taken_back();
        let (kept, shown): (Vec<_>, Vec<_>) = own.partition(|_| taken_back);
        let (pictures, files): (Vec<_>, Vec<_>) = shown.into_iter().partition(|file| file.is_picture());
        let changes = message.changes.as_ref().map(|changes| &changes.0);
        let kept: Vec<FileView> = kept.into_iter().map(|file| file_view(page, file)).collect();
        Self {
            id: message.id,
            list: page.inbox.clone().unwrap_or_default().list_href(),
            seq: message.seq,
            ours,
            who,
            how,
            why: message.draft_id.map(|draft| Why { draft, about: gist_of(&message.body) }),
            badge: badge_of(message),
            doubt: None,
            delivery: message.delivery.map(delivery_words),
            when: When::in_day(page.reader, message.written()),
            came: came_late(message).map(|at| When::in_day(page.reader, at)),
            edited: changes.and_then(MessageChanges::edited_at).map(|at| When::ago(page.reader, at)),
            text: beginning(&message.body, TEXT),
            choices: message.choices.0.clone(),
            taken_back,
            changed: changes.map(|it| ChangedView::new(page, it, kept)),
            quoted: quoted(message),
            has_html: message.html.is_some(),
            pictures: pictures.into_iter().map(|file| file_view(page, file)).collect(),
            files: files.into_iter().map(|file| file_view(page, file)).collect(),
            trouble: trouble(message),
            undo: undo(page, message),
            again: again(page, message),
            split: None,
            signs: None,
        }
    }

    /// With the signs that can be put on it.
    #[must_use]
    pub fn with_signs(mut self, page: &Page, number: i64, message: &Message, signs: &[&'static str]) -> Self {
        self.signs = SignKeys::new(page, number, message, signs, &self.who);
        self
    }

    /// With the way to make a conversation of it and what follows, and the other order that it names.
    #[must_use]
    pub fn with_split(mut self, page: &Page, number: i64, message: &Message, other_order: Option<String>) -> Self {
        let back = page.inbox.clone().unwrap_or_default().conversation_href(number);
        let (when, gist) = (page.reader.ago(message.created_at), gist_of(&message.body));
        let command = format!("Split from here: {}, {when}: {gist}", self.who);
        self.split = Some(Split { csrf: page.csrf.clone(), back, command, other_order });
        self
    }

    /// With a word that nothing proves its sender, if it is among these.
    #[must_use]
    pub fn with_doubt(mut self, message: &Message, doubtful: &[MessageId]) -> Self {
        if doubtful.contains(&message.id) {
            self.doubt = Some(not_proved());
        }
        self
    }

    /// With its day beside its time: where no heading names it.
    #[must_use]
    pub fn with_day(mut self, page: &Page, message: &Message) -> Self {
        self.when = When::ago(page.reader, message.written());
        self.came = came_late(message).map(|at| When::ago(page.reader, at));
        self
    }
}

/// When a message came that was long on its way.
fn came_late(message: &Message) -> Option<Ts> {
    Some(message.created_at).filter(|came| came.since(message.written()) >= LATE)
}

fn writer(message: &Message) -> (String, &'static str) {
    let name = match message.sender_name.trim() {
        "" => message.sender_address.as_str(),
        name => name,
    };
    let name: String = name.chars().take(NAME).collect();
    match (message.author, message.draft_id.is_some()) {
        (MessageAuthor::Agent, _) => ("Agent".to_owned(), "sent by itself"),
        (MessageAuthor::Teammate, true) => (name, "approved the agent’s draft"),
        (MessageAuthor::System, _) => ("The desk".to_owned(), "automatic"),
        // The platform tells what was written, and not by whom.
        (MessageAuthor::Teammate, _) if message.teammate_id.is_none() && message.sender_name.trim().is_empty() => {
            ("Somebody of your team".to_owned(), "in another app")
        }
        _ => (name, ""),
    }
}

/// The messages that nothing proves, though one of their writers was proved: what bears the name of such a writer may be of
/// somebody else. So may what came from nobody who is known as the customer, also where they are the visitor of a chat whom a
/// letter brought what they had not seen.
pub fn doubtful(messages: &[Message], identities: &[ContactIdentity]) -> Vec<MessageId> {
    let heard = || messages.iter().filter(|message| message.direction == Direction::Inbound);
    let is_customer_proved = identities.iter().any(|identity| identity.proved);
    let customer = identities.iter().filter(|_| is_customer_proved).map(|identity| identity.contact_id);
    let by_message = heard().filter(|message| message.trust == Trust::Proved).filter_map(|message| message.contact_id);
    let proved: Vec<ContactId> = customer.chain(by_message).collect();
    let tells_apart = !identities.is_empty() && (!proved.is_empty() || messages.iter().any(Message::is_letter));
    let is_strange = |writer: ContactId| identities.iter().all(|identity| identity.contact_id != writer);
    let is_doubtful = |writer: ContactId| proved.contains(&writer) || tells_apart && is_strange(writer);
    let claimed = heard().filter(|message| message.trust == Trust::Claimed);
    claimed.filter(|message| message.contact_id.is_some_and(is_doubtful)).map(|message| message.id).collect()
}

fn not_proved() -> Badge {
    Badge::new("warn", "Sender not proved").with_icon("warn")
}

fn not_seen() -> Badge {
    Badge::new("", "Not seen by the customer")
}

fn badge_of(message: &Message) -> Option<Badge> {
    if message.direction == Direction::Outbound {
        return message.aside.then(not_seen);
    }
    match (message.trust, message.automatic) {
        (Trust::Failed, _) => Some(not_proved()),
        (_, Automatic::AutoReply) => Some(Badge::new("", "Automatic reply")),
        (_, Automatic::Bulk) if message.sender_address.starts_with('+') && !message.sender_address.contains('@') => {
            Some(Badge::new("", "Answered by the provider"))
        }
        (_, Automatic::Bulk) => Some(Badge::new("", "Mass mail")),
        _ => message.aside.then(not_seen),
    }
}

/// The quoted history, when there is more than what was written this time.
fn quoted(message: &Message) -> Option<Beginning> {
    let full = message.full_text.trim();
    (!full.is_empty() && full != message.body.trim()).then(|| beginning(full, QUOTED))
}

fn file_view(page: &Page, file: &Attachment) -> FileView {
    let name = if file.name.trim().is_empty() { "File without a name" } else { &file.name };
    let elsewhere =
        file.reference.is_some().then(|| Elsewhere { trouble: file.trouble.clone(), csrf: page.csrf.clone() });
    FileView {
        href: format!("/attachments/{}", file.id),
        icon: file_icon(&file.content_type, &file.name),
        name: name.to_owned(),
        size: if file.size > 0 || elsewhere.is_none() { file.shown_size() } else { String::new() },
        elsewhere,
    }
}

fn trouble(message: &Message) -> Option<Notice> {
    let reason = message.delivery_reason.as_str();
    match message.delivery? {
        Delivery::Failed if message.is_partly_sent() => Some(Notice::bad("Only a part was sent.", reason)),
        Delivery::Failed => Some(Notice::bad("Not sent.", format!("{reason} The text is kept here."))),
        Delivery::Held => Some(Notice::warn("Held for you.", reason)),
        Delivery::Sent if !reason.is_empty() => Some(Notice::warn("Not seen yet.", reason)),
        Delivery::Queued if !reason.is_empty() => {
            Some(Notice::warn("Waits to be sent.", format!("{reason} It is tried again by itself.")))
        }
        Delivery::Unknown => Some(Notice::warn(
            "It may have arrived.",
            format!("{reason} The provider is asked. Send it again only if it may arrive twice."),
        )),
        _ => None,
    }
}

/// What sending again is called; a message that may have arrived says what may come of it.
fn again_words(message: &Message) -> Option<&'static str> {
    match message.delivery? {
        Delivery::Failed | Delivery::Held if message.is_partly_sent() => Some("Send the rest"),
        Delivery::Failed | Delivery::Held => Some("Send it again"),
        Delivery::Unknown if message.is_partly_sent() => Some("Send the rest, even if some arrives twice"),
        Delivery::Unknown => Some("Send it again, even if it arrives twice"),
        _ => None,
    }
}

fn again(page: &Page, message: &Message) -> Option<Again> {
    Some(Again {
        csrf: page.csrf.clone(),
        words: again_words(message)?,
        about: gist_of(&message.body),
        can_be_taken_back: matches!(message.delivery, Some(Delivery::Held | Delivery::Failed))
            && !message.is_partly_sent(),
        agent_wrote: message.draft_id.is_some(),
    })
}

fn undo(page: &Page, message: &Message) -> Option<Undo> {
    let send_at = message.send_at.filter(|at| *at > page.reader.now)?;
    (message.delivery == Some(Delivery::Queued) && !message.is_partly_sent()).then(|| Undo {
        action: format!("/messages/{}/cancellation", message.id),
        csrf: page.csrf.clone(),
        send_at: send_at.rfc3339(),
    })
}

/// A private note. Ids: `note-{id}`.
#[derive(Debug, Template)]
#[template(path = "conversations/note.html")]
pub struct NoteView {
    id: String,
    who: String,
    when: When,
    text: Html,
}

impl NoteView {
    /// A note as stored.
    pub fn new(page: &Page, note: &Note) -> Self {
        Self {
            id: note.id.to_string(),
            who: note.teammate_name.clone(),
            when: When::in_day(page.reader, note.created_at),
            text: paragraphs(&note.body),
        }
    }
}
