//! What a webhook says, in its own order. Pure; knows neither settings nor the contract's events.

use channel_contract::failure::ParseError;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::moment;
use crate::settings::Network;
use crate::wire::{
    Attachment, Change, Control, Entry, Envelope, Message, Messaging, Postback, Receipts, Referral, Remark, Rewritten,
    Sign, Text, element,
};

/// One thing that happened.
#[derive(Debug)]
pub(crate) struct Event {
    /// Messages to a page, or to an Instagram account.
    pub(crate) network: Network,
    /// The id of the account, as the entry names it.
    pub(crate) account: String,
    /// Whether another program answers in the conversation.
    pub(crate) standby: bool,
    /// Who did it.
    pub(crate) sender: String,
    /// To whom.
    pub(crate) recipient: String,
    /// When, as it is told of the thing itself.
    pub(crate) at: Option<OffsetDateTime>,
    /// The same thing has the same key, whoever delivers it.
    pub(crate) key: String,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum What {
    /// Somebody wrote, or the account did.
    Said(Box<Said>),
    /// A message was taken back.
    Deleted { mid: String, is_echo: bool },
    /// A button was pressed.
    Pressed { mid: String, title: String, payload: String, referral: Option<Referral> },
    /// A sign was put on a message, or taken off.
    Reacted { mid: String, sign: String, is_off: bool },
    /// A message says something else now.
    Edited { mid: String, text: String },
    /// Messages arrived.
    Delivered(Reached),
    /// Messages were read.
    Read(Reached),
    /// Something led a person here.
    Referred(Referral),
    /// A person agreed to be written to.
    OptedIn,
    /// Another program answers from now on.
    Passed(Control),
    /// Another program took the conversation over.
    Taken(Control),
    /// Another program asks for the conversation.
    Requested,
    /// The platform blocks the account, or no longer.
    Enforced { is_blocked: bool },
    /// Words below something public.
    Commented(Commented),
    /// A template of the account has changed.
    Templates,
    /// Anything else; the word is that of the field, for things outside of the messages.
    Other(Option<String>),
}

/// A message.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) mid: String,
    pub(crate) text: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) choice: Option<String>,
    pub(crate) reply_to: Option<String>,
    /// The address of the story that is answered, `""` where it is not told.
    pub(crate) story: Option<String>,
    pub(crate) is_echo: bool,
    pub(crate) is_unsupported: bool,
    pub(crate) app_id: String,
    pub(crate) metadata: String,
    pub(crate) referral: Option<Referral>,
}

/// A file, place or link of a message.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// The platform's word.
    pub(crate) what: String,
    pub(crate) title: String,
    /// The address that its payload tells.
    pub(crate) url: Option<String>,
    /// The address of the story that it is.
    pub(crate) story_url: Option<String>,
    pub(crate) place: Option<(f64, f64)>,
    pub(crate) sticker_id: Option<String>,
}

/// Messages that arrived or were read: by their ids, or all until a moment.
#[derive(Debug, Default)]
pub(crate) struct Reached {
    pub(crate) mids: Vec<String>,
    pub(crate) watermark: Option<Value>,
    /// Whether it named one message, and no list.
    pub(crate) is_single: bool,
}

/// Words below something public.
#[derive(Debug)]
pub(crate) struct Commented {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) field: String,
    pub(crate) state: CommentState,
}

/// What happened to a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommentState {
    Written,
    Edited,
    Removed,
}

/// Reads the events of a request. An object that is neither a page nor an Instagram account has none.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Event>, ParseError> {
    let whole: Value = serde_json::from_slice(body)
        .map_err(|error| ParseError(format!("no JSON at line {}, column {}", error.line(), error.column())))?;
    let envelope: Envelope = element(&whole);
    if envelope.object.0.is_empty() {
        return Err(ParseError("the request does not say what it is about".to_owned()));
    }
    let Some(network) = Network::of_object(&envelope.object.0) else { return Ok(Vec::new()) };
    Ok(envelope.entry.elements().iter().flat_map(|entry| of_entry(network, &element(entry))).collect())
}

fn of_entry(network: Network, entry: &Entry) -> Vec<Event> {
    let direct = entry.messaging.elements().iter().map(|value| (value, false));
    let standing_by = entry.standby.elements().iter().map(|value| (value, true));
    let messages = direct.chain(standing_by).map(|(value, standby)| messaging(network, entry, value, standby));
    messages.chain(entry.changes.elements().iter().map(|value| change(network, entry, value))).collect()
}

fn messaging(network: Network, entry: &Entry, value: &Value, standby: bool) -> Event {
    let read: Messaging = element(value);
    let (sender, recipient) = (read.sender.id(), read.recipient.id());
    let at = moment::of(&read.timestamp);
    let (what, key) = happening(read);
    // Numbers differ between the two ways on which one event may come, so what has no id of its own is known by its
    // content.
    let key = key.unwrap_or_else(|| format!("event:{}", digest(value.to_string().as_bytes())));
    Event { network, account: entry.id.0.clone(), standby, sender, recipient, at, key, what }
}

/// What an element tells, and its natural key.
fn happening(read: Messaging) -> (What, Option<String>) {
    if let Some(message) = read.message.0 {
        return said(message);
    }
    if let Some(Postback { mid, title, payload, referral }) = read.postback.0 {
        let key = mid.given();
        let referral = referral.0;
        return (What::Pressed { mid: mid.0, title: title.0, payload: payload.0, referral }, key);
    }
    if let Some(reaction) = read.reaction.0 {
        return reacted(reaction, moment::of(&read.timestamp));
    }
    if let Some(Rewritten { mid, text, num_edit }) = read.message_edit.0 {
        let key = num_edit.given().map(|number| format!("edit:{}:{number}", mid.0));
        return (What::Edited { mid: mid.0, text: text.0 }, key);
    }
    if let Some(receipts) = read.delivery.0 {
        return (What::Delivered(reached(&receipts)), None);
    }
    if let Some(receipts) = read.read.0 {
        return (What::Read(reached(&receipts)), None);
    }
    let what = if let Some(control) = read.pass_thread_control.0 {
        What::Passed(control)
    } else if let Some(control) = read.take_thread_control.0 {
        What::Taken(control)
    } else if read.request_thread_control.0.is_some() {
        What::Requested
    } else if let Some(enforcement) = read.policy_enforcement.0 {
        What::Enforced { is_blocked: enforcement.action.0 != "unblock" }
    } else if read.optin.0.is_some() {
        What::OptedIn
    } else if let Some(referral) = read.referral.0 {
        What::Referred(referral)
    } else {
        What::Other(read.app_roles.0.map(|_| "app_roles".to_owned()))
    };
    (what, None)
}

fn said(message: Message) -> (What, Option<String>) {
    let is_echo = message.is_echo.is_set();
    if message.is_deleted.is_set() {
        let key = message.mid.given().map(|mid| format!("deleted:{mid}"));
        return (What::Deleted { mid: message.mid.0, is_echo }, key);
    }
    let key = message.mid.given();
    let reply_to = message.reply_to.0.unwrap_or_default();
    let said = Said {
        mid: message.mid.0,
        text: message.text.0,
        parts: message.attachments.elements().iter().map(|value| part(element(value))).collect(),
        choice: message.quick_reply.0.map(|reply| reply.payload.0),
        reply_to: reply_to.mid.given(),
        story: reply_to.story.0.map(|story| story.url.0),
        is_echo,
        is_unsupported: message.is_unsupported.is_set(),
        app_id: message.app_id.0,
        metadata: message.metadata.0,
        referral: message.referral.0,
    };
    (What::Said(Box::new(said)), key)
}

fn part(attachment: Attachment) -> Part {
    let payload = attachment.payload.0.unwrap_or_default();
    let first = |texts: [&Text; 2]| texts.into_iter().find_map(Text::given);
    // A card says what it is on its first page.
    let card: Attachment = payload.elements.elements().first().map(element).unwrap_or_default();
    let place = payload.coordinates.0.and_then(|place| Some((place.lat.0?, place.long.0?)));
    Part {
        title: first([&payload.title, &attachment.title]).or_else(|| card.title.given()).unwrap_or_default(),
        url: first([&payload.url, &attachment.url]),
        story_url: payload.story_media_url.given(),
        place,
        sticker_id: payload.sticker_id.given(),
        what: attachment.what.0,
    }
}

fn reacted(reaction: Sign, at: Option<OffsetDateTime>) -> (What, Option<String>) {
    let is_off = reaction.action.0 == "unreact";
    let sign = reaction.emoji.given().unwrap_or_else(|| sign_of(&reaction.reaction.0));
    let key = at.map(|at| {
        let (mid, action) = (&reaction.mid.0, &reaction.action.0);
        format!("reaction:{mid}:{action}:{sign}:{}", at.unix_timestamp_nanos())
    });
    (What::Reacted { mid: reaction.mid.0, sign, is_off }, key)
}

/// The sign of a word, where only the word came.
fn sign_of(word: &str) -> String {
    let sign = match word {
        "smile" => "😆",
        "angry" => "😠",
        "sad" => "😢",
        "wow" => "😮",
        "love" => "❤",
        "like" => "👍",
        "dislike" => "👎",
        other => other,
    };
    sign.to_owned()
}

fn reached(receipts: &Receipts) -> Reached {
    let listed = receipts.mids.elements().iter().filter_map(|value| element::<Text>(value).given());
    let mids = receipts.mid.given().into_iter().chain(listed).collect();
    Reached { mids, watermark: receipts.watermark.0.clone(), is_single: receipts.mid.given().is_some() }
}

/// Something outside of the messages. The dashboard's tests of messages come like that, too.
fn change(network: Network, entry: &Entry, value: &Value) -> Event {
    let Change { field, value: inner } = element(value);
    let field = field.0;
    if inner.get("sender").is_some() && inner.get("recipient").is_some() {
        return messaging(network, entry, &inner, false);
    }
    let of_account = |what, sender: String, at, key: Option<String>| Event {
        network,
        account: entry.id.0.clone(),
        standby: false,
        sender,
        recipient: String::new(),
        at,
        key: key.unwrap_or_else(|| format!("event:{}", digest(value.to_string().as_bytes()))),
        what,
    };
    let comment: Remark = element(&inner);
    let is_comment =
        matches!(field.as_str(), "comments" | "live_comments") || (field == "feed" && comment.item.0 == "comment");
    if is_comment {
        let at = moment::of(&comment.created_time).or_else(|| moment::of(&entry.time));
        let sender = comment.from.id();
        let commented = commented(field, comment);
        let key = (commented.state == CommentState::Written).then(|| format!("comment:{}", commented.id));
        return of_account(What::Commented(commented), sender, at, key);
    }
    let what = if field == "message_template_status_update" { What::Templates } else { What::Other(Some(field)) };
    of_account(what, String::new(), moment::of(&entry.time), None)
}

fn commented(field: String, comment: Remark) -> Commented {
    let first = |texts: [&Text; 2]| texts.into_iter().find_map(Text::given).unwrap_or_default();
    let from = comment.from.0.unwrap_or_default();
    let state = match comment.verb.0.as_str() {
        "edited" | "edit" => CommentState::Edited,
        "remove" | "hide" => CommentState::Removed,
        _ => CommentState::Written,
    };
    Commented {
        id: first([&comment.comment_id, &comment.id]),
        name: first([&from.username, &from.name]),
        text: first([&comment.text, &comment.message]),
        field,
        state,
    }
}

/// The name of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
