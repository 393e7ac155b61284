//! What a webhook says, in its own order. Pure; knows neither settings nor the contract's events.

use channel_contract::failure::ParseError;
use channel_contract::wire::{Word, document, fingerprint};
use serde_json::Value;
use time::OffsetDateTime;

use crate::settings::Network;
use crate::wire::{
    Attachment, Change, Control, Entry, Envelope, Message, Messaging, Payload, Postback, Receipts, Referral, Remark,
    Rewritten, Sign, element, id,
};
use crate::{moment, recalled};

/// One thing that happened.
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
    /// The platform enforces its rules on the account.
    Enforced(Enforced),
    /// Words below something public.
    Commented(Commented),
    /// A template of the account has changed.
    Templates,
    /// Anything else; the word is that of the field, for things outside of the messages.
    Other(Option<String>),
}

/// A message.
#[derive(Default)]
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
#[derive(Default)]
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
#[derive(Default)]
pub(crate) struct Reached {
    pub(crate) mids: Vec<String>,
    pub(crate) watermark: Option<Value>,
    /// Whether it named one message, and no list.
    pub(crate) is_single: bool,
}

/// Words below something public.
pub(crate) struct Commented {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) field: String,
    pub(crate) state: CommentState,
}

/// What the platform does to an account by its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enforced {
    /// It sends nothing any more.
    Blocked,
    /// It sends again.
    Unblocked,
    /// Something that this version does not know.
    Other,
}

/// What happened to a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommentState {
    Written,
    Edited,
    Removed,
}

/// Reads the events of a request, or of a message that was read back. An object that is neither a page nor an Instagram account has none.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Event>, ParseError> {
    let envelope: Envelope = element(&document(body)?);
    if envelope.object.given().is_none() {
        return Err(ParseError("the request does not say what it is about".to_owned()));
    }
    let Some(network) = Network::of_object(envelope.object.as_str()) else { return Ok(Vec::new()) };
    if let Some(read_back) = envelope.read_back.0 {
        return Ok(recalled::event(network, read_back).into_iter().collect());
    }
    Ok(envelope.entry.values().flat_map(|entry| of_entry(network, &element(entry))).collect())
}

fn of_entry(network: Network, entry: &Entry) -> Vec<Event> {
    let direct = entry.messaging.values().map(|value| (value, false));
    let standing_by = entry.standby.values().map(|value| (value, true));
    let messages = direct.chain(standing_by).map(|(value, standby)| messaging(network, entry, value, standby));
    messages.chain(entry.changes.values().map(|value| change(network, entry, value))).collect()
}

fn messaging(network: Network, entry: &Entry, value: &Value, standby: bool) -> Event {
    let read: Messaging = element(value);
    let (sender, recipient) = (id(&read.sender), id(&read.recipient));
    let at = moment::of(&read.timestamp);
    let (what, key) = happening(read);
    // Numbers differ between the two ways on which one event may come, so what has no id of its own is known by its
    // content.
    let key = key.unwrap_or_else(|| format!("event:{}", fingerprint(value.to_string().as_bytes())));
    Event { network, account: entry.id.as_str().to_owned(), standby, sender, recipient, at, key, what }
}

/// What an element tells, and its natural key.
fn happening(read: Messaging) -> (What, Option<String>) {
    if let Some(message) = read.message.0 {
        return said(message);
    }
    if let Some(Postback { mid, title, payload, referral }) = read.postback.0 {
        let (title, payload) = (said_in(&title), said_in(&payload));
        return (What::Pressed { mid: said_in(&mid), title, payload, referral: referral.0 }, mid.owned());
    }
    if let Some(reaction) = read.reaction.0 {
        return reacted(&reaction, moment::of(&read.timestamp));
    }
    if let Some(Rewritten { mid, text, num_edit }) = read.message_edit.0 {
        let key = num_edit.given().map(|number| format!("edit:{}:{number}", mid.as_str()));
        return (What::Edited { mid: said_in(&mid), text: said_in(&text) }, key);
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
        What::Enforced(match enforcement.action.as_str() {
            "block" => Enforced::Blocked,
            "unblock" => Enforced::Unblocked,
            _ => Enforced::Other,
        })
    } else if !read.optin.is_null() {
        What::OptedIn
    } else if let Some(referral) = read.referral.0 {
        What::Referred(referral)
    } else {
        What::Other((!read.app_roles.is_null()).then(|| "app_roles".to_owned()))
    };
    (what, None)
}

fn said(message: Message) -> (What, Option<String>) {
    let is_echo = message.is_echo.is_set();
    if message.is_deleted.is_set() {
        let key = message.mid.given().map(|mid| format!("deleted:{mid}"));
        return (What::Deleted { mid: said_in(&message.mid), is_echo }, key);
    }
    let reply_to = message.reply_to.0.unwrap_or_default();
    let said = Said {
        mid: said_in(&message.mid),
        text: said_in(&message.text),
        parts: message.attachments.values().map(|value| part(&element(value))).collect(),
        choice: message.quick_reply.get().map(|reply| said_in(&reply.payload)),
        reply_to: reply_to.mid.owned(),
        story: reply_to.story.get().map(|story| said_in(&story.url)),
        is_echo,
        is_unsupported: message.is_unsupported.is_set(),
        app_id: said_in(&message.app_id),
        metadata: said_in(&message.metadata),
        referral: message.referral.0,
    };
    (What::Said(Box::new(said)), message.mid.owned())
}

/// A word to keep; `""` where there is none.
fn said_in(word: &Word) -> String {
    word.as_str().to_owned()
}

/// The first that says something.
fn first(words: &[&Word]) -> Option<String> {
    words.iter().find_map(|word| word.owned())
}

fn part(attachment: &Attachment) -> Part {
    let none = Payload::default();
    let Attachment { what, title, url, payload } = attachment;
    let payload = payload.get().unwrap_or(&none);
    // A card says what it is on its first page.
    let card: Attachment = payload.elements.read().next().unwrap_or_default();
    let place = payload.coordinates.get();
    Part {
        title: first(&[&payload.title, title, &card.title]).unwrap_or_default(),
        url: first(&[&payload.url, url]),
        story_url: payload.story_media_url.owned(),
        place: place.and_then(|place| Some((*place.lat.get()?, *place.long.get()?))),
        sticker_id: payload.sticker_id.owned(),
        what: said_in(what),
    }
}

fn reacted(reaction: &Sign, at: Option<OffsetDateTime>) -> (What, Option<String>) {
    let Sign { mid, action, reaction, emoji } = reaction;
    let sign = emoji.owned().unwrap_or_else(|| sign_of(reaction.as_str()));
    let key = at.map(|at| {
        let (mid, action) = (mid.as_str(), action.as_str());
        format!("reaction:{mid}:{action}:{sign}:{}", at.unix_timestamp_nanos())
    });
    (What::Reacted { mid: said_in(mid), sign, is_off: action.as_str() == "unreact" }, key)
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
    let single = receipts.mid.owned();
    let is_single = single.is_some();
    let mids = single.into_iter().chain(receipts.mids.words()).collect();
    Reached { mids, watermark: Some(receipts.watermark.clone()).filter(|told| !told.is_null()), is_single }
}

/// Something outside of the messages. The dashboard's tests of messages come like that, too.
fn change(network: Network, entry: &Entry, value: &Value) -> Event {
    let Change { field, value: inner } = element(value);
    let field = said_in(&field);
    if inner.get("sender").is_some() && inner.get("recipient").is_some() {
        return messaging(network, entry, &inner, false);
    }
    let of_account = |what, sender: String, at, key: Option<String>| Event {
        network,
        account: entry.id.as_str().to_owned(),
        standby: false,
        sender,
        recipient: String::new(),
        at,
        key: key.unwrap_or_else(|| format!("event:{}", fingerprint(value.to_string().as_bytes()))),
        what,
    };
    let comment: Remark = element(&inner);
    let is_comment = matches!(field.as_str(), "comments" | "live_comments")
        || (field == "feed" && comment.item.as_str() == "comment");
    if is_comment {
        let at = moment::of(&comment.created_time).or_else(|| moment::of(&entry.time));
        let sender = id(&comment.from);
        let commented = commented(field, &comment);
        let key = (commented.state == CommentState::Written).then(|| format!("comment:{}", commented.id));
        return of_account(What::Commented(commented), sender, at, key);
    }
    let what = if field == "message_template_status_update" { What::Templates } else { What::Other(Some(field)) };
    of_account(what, String::new(), moment::of(&entry.time), None)
}

fn commented(field: String, comment: &Remark) -> Commented {
    let from = comment.from.get();
    let state = match comment.verb.as_str() {
        "edited" | "edit" => CommentState::Edited,
        "remove" | "hide" => CommentState::Removed,
        _ => CommentState::Written,
    };
    Commented {
        id: first(&[&comment.comment_id, &comment.id]).unwrap_or_default(),
        name: from.and_then(|from| first(&[&from.username, &from.name])).unwrap_or_default(),
        text: first(&[&comment.text, &comment.message]).unwrap_or_default(),
        field,
        state,
    }
}
