//! Whether a reply can leave on its channel: asked before it is stored, and once more when it leaves, with the same words.

use std::sync::Arc;

use channel_contract::outbound::FilledTemplate;

use super::connections::{Connection, ConnectionError};
use super::contained::untold;
use super::recipient::reaches_somebody;
use super::routes::{is_choice, ways};
use super::threads::{Answered, answered};
use super::{Inbox, InboxError};
use crate::model::attachment::{Attachment, ComposerFile, FileFacts, name_in_words};
use crate::model::channel::{ChannelKind, is_marketplace, name_of};
use crate::model::contact::ContactIdentity;
use crate::model::contained::slips;
use crate::model::conversation::Conversation;
use crate::model::fit::{Author, Ground, Leaving, closed, content, misfits};
use crate::model::message::{Message, MessageAuthor};
use crate::model::{ChannelId, ConversationId, Ts};
use crate::store::{self, Db, Reader, Tx, attachments, messages, opt_outs, orders, people};

/// In how many of the last messages other ways to the customer are looked for.
const LOOKED_AT: i64 = 200;

/// A reply, as far as its channel looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its files.
    pub files: &'a [FileFacts<'a>],
    /// The buttons below it.
    pub choices: &'a [String],
    /// Who wrote it, or says yes to it.
    pub author: Author,
    /// The template of the platform's that it is.
    pub template: Option<&'a FilledTemplate>,
    /// What a marketplace was not told, and does not hear.
    pub untold: &'a [String],
}

impl<'a> Said<'a> {
    /// A stored message with its files.
    pub(super) fn of(message: &'a Message, files: &'a [FileFacts<'a>], untold: &'a [String]) -> Self {
        Self {
            text: &message.body,
            files,
            choices: message.own_choices(),
            author: author_of(message),
            template: message.template.as_ref().map(|template| &template.0),
            untold,
        }
    }
}

/// Who stands behind a message, as platforms ask.
pub(super) fn author_of(message: &Message) -> Author {
    match message.author {
        MessageAuthor::Agent => Author::Agent,
        MessageAuthor::System => Author::System,
        MessageAuthor::Teammate if message.machine_worded => Author::Approved,
        MessageAuthor::Teammate | MessageAuthor::Contact => Author::Teammate,
    }
}

/// The connection of a channel; nothing where it cannot be used now: what is to leave through it waits for it, and is looked
/// at when it leaves.
pub(super) async fn connected(inbox: &Inbox, channel: ChannelId) -> store::Result<Option<Arc<Connection>>> {
    match inbox.connections.get(channel).await {
        Ok(connection) => Ok(Some(connection)),
        Err(ConnectionError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// What a reply must not name on the channel of a connection.
pub(super) async fn not_told(
    inbox: &Inbox,
    connection: Option<&Connection>,
    conversation: &Conversation,
) -> store::Result<Vec<String>> {
    match connection {
        Some(connection) => {
            let channel = &connection.channel;
            untold(&inbox.db, conversation, (channel.id, channel.kind.as_str())).await
        }
        None => Ok(Vec::new()),
    }
}

/// Where a reply leaves, in a thread of the platform's: some take less, or longer, than others.
pub fn ground(connection: &Connection, answered: &Answered, now: Ts) -> Ground {
    let capabilities = connection.adapter.capabilities_in(answered.thread.as_deref());
    Ground {
        kind: connection.channel.channel_kind(),
        capabilities,
        last_inbound_at: answered.opened,
        unreached: answered.address.as_deref().and_then(|address| connection.adapter.unreached(address)),
        now,
    }
}

/// The order to whose buyer a reply goes, whoever the customer of its conversation is.
pub(super) fn order_of(connection: &Connection, said: Said<'_>) -> Option<String> {
    connection.adapter.terms(said.template?).order
}

/// What is wrong with a reply that is to leave there, in a conversation for whose customer the platform has `told` these
/// orders, where it is about one ([`order_of`]).
pub(super) fn found(connection: &Connection, ground: &Ground, said: Said<'_>, told: &[String]) -> Vec<String> {
    let Said { text, files, choices, author, template, untold } = said;
    let mut objections = connection.adapter.objections(text);
    objections.extend(slips(text, untold));
    objections.extend(objections_to_names(connection, files.iter().map(|file| file.name), untold));
    let terms = template.map(|template| connection.adapter.terms(template));
    let template = terms.as_ref().map(|terms| terms.files);
    if let Some(terms) = terms {
        let order = terms.order.filter(|_| terms.objections.is_empty());
        objections.extend(terms.objections);
        objections.extend(order.and_then(|order| of_somebody_else(ground.kind, &order, told)));
    }
    misfits(ground, &Leaving { text, files, choices, author, template, objections: &objections })
}

/// What a marketplace does not take in the names of files.
pub fn objections_to_names<'n>(
    connection: &Connection,
    names: impl IntoIterator<Item = &'n str>,
    untold: &[String],
) -> Vec<String> {
    if !is_marketplace(connection.channel.channel_kind()) {
        return Vec::new();
    }
    names.into_iter().filter_map(|name| of_name(connection, name, untold)).collect()
}

/// What a marketplace takes in the name of a file no more than in a text.
fn of_name(connection: &Connection, name: &str, untold: &[String]) -> Option<String> {
    let words = name_in_words(name);
    let mut found = connection.adapter.objections(&words);
    found.extend(slips(&words, untold));
    (!found.is_empty()).then(|| {
        format!("“{name}” cannot go with it as it is called. {} Attach it under another name.", found.join(" "))
    })
}

/// What is wrong with a reply on the channel of its conversation, which is locked.
pub(super) async fn look(
    inbox: &Inbox,
    tx: &mut Tx,
    connection: Option<&Connection>,
    conversation: &Conversation,
    said: Said<'_>,
) -> store::Result<Vec<String>> {
    // In one that was merged into another channel's meanwhile it is looked at when it leaves.
    let Some(connection) = connection.filter(|known| known.channel.id == conversation.channel_id) else {
        return Ok(Vec::new());
    };
    let ground = ground_in(inbox, tx, connection, conversation.id).await?;
    let told = told_in(tx, connection, conversation.id, said).await?;
    let mut misfits = found(connection, &ground, said, &told);
    misfits.extend(unwanted(tx, connection, conversation, said).await?);
    if messages::is_of_others_alone_in(tx, conversation.id, conversation.channel_id).await? {
        let history = messages::list_in(tx, conversation.id).await?;
        let identities = people::identities_in(tx, conversation.contact_id).await?;
        misfits.extend(unreached(conversation, &history, &identities));
    }
    Ok(misfits)
}

/// Why a reply in own words does not reach the customer of a conversation: they want nothing more there, and have written nothing
/// since they said so.
async fn unwanted(
    tx: &mut Tx,
    connection: &Connection,
    conversation: &Conversation,
    said: Said<'_>,
) -> store::Result<Option<String>> {
    let Some(words) = connection.adapter.opted_out(None).filter(|_| said.template.is_none()) else { return Ok(None) };
    let is_out = opt_outs::is_last_word(tx, connection.channel.id, conversation.contact_id).await?;
    Ok(is_out.then(|| words.to_owned()))
}

/// Why nothing that is answered on the channel of a conversation would reach its customer.
fn unreached(conversation: &Conversation, history: &[Message], identities: &[ContactIdentity]) -> Option<String> {
    if reaches_somebody(conversation, history, identities) {
        return None;
    }
    let mut ways = ways(conversation, history, identities).into_iter();
    let words = if ways.all(|(way, _)| way == conversation.channel_id) {
        "There is nobody to answer: no message here names its sender."
    } else {
        "The customer has not written on the channel on which this conversation is answered. Answer them where they wrote."
    };
    Some(words.to_owned())
}

/// The orders that the platform has told for the customer of a conversation, where a reply is about one.
async fn told_in(
    tx: &mut Tx,
    connection: &Connection,
    conversation: ConversationId,
    said: Said<'_>,
) -> store::Result<Vec<String>> {
    match order_of(connection, said) {
        Some(_) => orders::list_told_in(tx, conversation, connection.channel.id).await,
        None => Ok(Vec::new()),
    }
}

/// What is said of an order that the platform has not told for the conversation's customer: its buyer may be somebody else.
fn of_somebody_else(kind: ChannelKind, order: &str, told: &[String]) -> Option<String> {
    if told.iter().any(|known| known.eq_ignore_ascii_case(order)) {
        return None;
    }
    let name = name_of(kind);
    Some(if told.is_empty() {
        format!("{name} has named no order of this customer here, so nothing about one can be sent from here.")
    } else {
        let told = told.join(", ");
        format!(
            "{name} does not name the order {order} in this conversation for its customer: somebody else may have placed \
             it. Take {told}."
        )
    })
}

/// Whether a word of the system can leave in a conversation, which is locked: one that would only be held is not made.
pub(super) async fn takes_notice(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &Conversation,
    text: &str,
) -> store::Result<bool> {
    let connection = connected(inbox, conversation.channel_id).await?;
    let said = Said { text, files: &[], choices: &[], author: Author::System, template: None, untold: &[] };
    Ok(look(inbox, tx, connection.as_deref(), conversation, said).await?.is_empty())
}

/// Where a reply of a conversation leaves on the channel of a connection, as this transaction sees it.
pub(super) async fn ground_in(
    inbox: &Inbox,
    tx: &mut Tx,
    connection: &Connection,
    conversation: ConversationId,
) -> store::Result<Ground> {
    let answered = answered(&mut Reader::Tx(tx), connection, conversation).await?;
    Ok(ground(connection, &answered, inbox.clock.now()))
}

/// The same as it is now.
async fn ground_now(inbox: &Inbox, connection: &Connection, conversation: ConversationId) -> store::Result<Ground> {
    let answered = answered(&mut Reader::Db(&inbox.db), connection, conversation).await?;
    Ok(ground(connection, &answered, inbox.clock.now()))
}

/// What is wrong with a stored message on its channel now.
pub(super) async fn as_it_stands(
    inbox: &Inbox,
    tx: &mut Tx,
    connection: &Connection,
    (message, untold): (&Message, &[String]),
) -> store::Result<Vec<String>> {
    let ground = ground_in(inbox, tx, connection, message.conversation_id).await?;
    let attached = attachments::list_of(tx, message.id).await?;
    let files: Vec<FileFacts<'_>> = attached.iter().map(Attachment::facts).collect();
    let said = Said::of(message, &files, untold);
    let told = told_in(tx, connection, message.conversation_id, said).await?;
    Ok(found(connection, &ground, said, &told))
}

/// Refuses what cannot leave.
pub(super) fn refuse(words: &[String]) -> Result<(), InboxError> {
    if words.is_empty() {
        return Ok(());
    }
    Err(InboxError::Invalid(format!("{} Nothing was sent.", words.join(" "))))
}

/// Nobody is told of a text that is too short before it is begun.
fn is_begun((text, choices): (&str, &[String])) -> bool {
    !text.trim().is_empty() || !choices.is_empty()
}

/// What is wrong with the words and the buttons of a reply that somebody is writing.
pub async fn objections(
    inbox: &Inbox,
    conversation: &Conversation,
    said: (&str, &[String]),
) -> store::Result<Vec<String>> {
    if !is_begun(said) {
        return Ok(Vec::new());
    }
    let Some(connection) = connected(inbox, conversation.channel_id).await? else { return Ok(Vec::new()) };
    let ground = ground_now(inbox, &connection, conversation.id).await?;
    let untold = not_told(inbox, Some(connection.as_ref()), conversation).await?;
    Ok(objections_on((connection.as_ref(), &ground), said, &untold))
}

/// The same where it is known on what ground they leave, and what a marketplace was not told.
pub fn objections_on(
    (connection, ground): (&Connection, &Ground),
    said: (&str, &[String]),
    untold: &[String],
) -> Vec<String> {
    if !is_begun(said) {
        return Vec::new();
    }
    let (text, choices) = said;
    let mut found = connection.adapter.objections(text);
    found.extend(slips(text, untold));
    let author = Author::Teammate;
    let leaving = Leaving { text, files: &[], choices, author, template: None, objections: &found };
    content(ground, &leaving)
}

/// What is wrong with the files that somebody has attached, as they are called.
pub async fn objections_to_files(
    inbox: &Inbox,
    conversation: &Conversation,
    files: &[ComposerFile],
) -> store::Result<Vec<String>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let Some(connection) = connected(inbox, conversation.channel_id).await? else { return Ok(Vec::new()) };
    let untold = not_told(inbox, Some(connection.as_ref()), conversation).await?;
    Ok(objections_to_names(&connection, files.iter().map(|file| file.name.as_str()), &untold))
}

/// That a draft cannot leave in a conversation as a machine wrote it, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shut {
    /// Why.
    pub words: String,
    /// Whether what a person writes can leave all the same.
    pub own_words: bool,
    /// Whether a template can leave.
    pub templates: bool,
    /// Whether the customer can be answered on another way.
    pub routes: bool,
}

/// Whether a conversation is shut to drafts now.
pub async fn shut(inbox: &Inbox, conversation: &Conversation) -> store::Result<Option<Shut>> {
    let Some(connection) = connected(inbox, conversation.channel_id).await? else { return Ok(None) };
    let ground = ground_now(inbox, &connection, conversation.id).await?;
    shut_on(&inbox.db, &ground, conversation).await
}

/// The same where it is known on what ground they leave.
pub async fn shut_on(db: &Db, ground: &Ground, conversation: &Conversation) -> store::Result<Option<Shut>> {
    let shut = closed(ground, Author::Approved);
    let is_of_others = messages::is_of_others_alone(db, conversation.id, conversation.channel_id).await?;
    if shut.is_none() && !is_of_others {
        return Ok(None);
    }
    let history = messages::list(db, conversation.id, LOOKED_AT).await?;
    let identities = people::identities(db, conversation.contact_id).await?;
    let unreached = unreached(conversation, &history, &identities).filter(|_| is_of_others);
    let reaches = unreached.is_none();
    let Some(words) = unreached.or(shut) else { return Ok(None) };
    Ok(Some(Shut {
        words,
        own_words: reaches && closed(ground, Author::Teammate).is_none(),
        templates: reaches && ground.unreached.is_none() && ground.capabilities.templates,
        routes: is_choice(conversation, &ways(conversation, &history, &identities), reaches),
    }))
}
