//! Conversations between the seller and buyers.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::state::{State, stamp};
use super::trading::Told;
use super::{Ebay, SELLER, error, text};
use crate::server::{Request, Response};

/// The most characters of a text.
const MOST_CHARACTERS: usize = 2_000;
/// The most files of a message.
const MOST_MEDIA: usize = 5;

/// A file of a message, at an address of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its name.
    pub name: String,
    /// `IMAGE`, `PDF`, `DOC` or `TXT`.
    pub kind: String,
    /// Where it lies.
    pub address: String,
}

/// A message that was sent through the interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// eBay's id of it.
    pub id: String,
    /// eBay's id of its conversation.
    pub conversation: String,
    /// The text.
    pub text: String,
    /// The files.
    pub media: Vec<Media>,
}

pub(super) struct Conversation {
    id: String,
    kind: &'static str,
    buyer: String,
    listing: String,
    is_read: bool,
    messages: Vec<Message>,
}

struct Message {
    id: String,
    sender: String,
    recipient: String,
    subject: String,
    text: String,
    at: OffsetDateTime,
    is_read: bool,
    media: Vec<Media>,
}

impl Message {
    fn shown(&self) -> Value {
        let media: Vec<Value> = self
            .media
            .iter()
            .map(|media| json!({ "mediaName": media.name, "mediaType": media.kind, "mediaUrl": media.address }))
            .collect();
        json!({
            "messageId": self.id, "messageBody": self.text, "subject": self.subject, "createdDate": stamp(self.at),
            "senderUsername": self.sender, "recipientUsername": self.recipient, "readStatus": self.is_read,
            "messageMedia": media
        })
    }
}

impl Conversation {
    fn latest(&self) -> Option<&Message> {
        self.messages.iter().max_by_key(|message| message.at)
    }

    /// The time that counts when one is asked for.
    fn at(&self, by_beginning: bool) -> Option<OffsetDateTime> {
        let counts = if by_beginning { self.messages.first() } else { self.latest() };
        counts.map(|message| message.at)
    }

    fn shown(&self) -> Value {
        json!({
            "conversationId": self.id, "conversationType": self.kind, "conversationStatus": "ACTIVE",
            "conversationTitle": format!("About listing {}", self.listing),
            "referenceType": "LISTING", "referenceId": self.listing,
            "unreadCount": i32::from(!self.is_read), "latestMessage": self.latest().map(Message::shown)
        })
    }
}

impl State {
    /// The conversation of a buyer about a listing, begun where there is none.
    fn about(&mut self, kind: &'static str, buyer: &str, listing: &str) -> Option<&mut Conversation> {
        let found = self.conversations.iter().position(|held| held.buyer == buyer && held.listing == listing);
        let at = found.unwrap_or(self.conversations.len());
        if found.is_none() {
            let id = format!("c-{}", self.tick());
            let (buyer, listing) = (buyer.to_owned(), listing.to_owned());
            self.conversations.push(Conversation { id, kind, buyer, listing, is_read: true, messages: Vec::new() });
        }
        self.conversations.get_mut(at)
    }
}

impl Ebay {
    /// A buyer writes about a listing; gives the id of the message.
    pub fn write(&self, buyer: &str, listing: &str, words: &str) -> String {
        self.write_with(buyer, listing, words, Vec::new())
    }

    /// A buyer writes with files.
    pub fn write_with(&self, buyer: &str, listing: &str, words: &str, media: Vec<Media>) -> String {
        self.put(("FROM_MEMBERS", buyer, listing), (buyer, SELLER), words, media)
    }

    /// A buyer wrote so long ago, and eBay shows it only now.
    pub fn show_late(&self, buyer: &str, listing: &str, words: &str, ago: time::Duration) -> String {
        let id = self.write(buyer, listing, words);
        let mut state = self.state();
        let at = state.now - ago;
        if let Some(conversation) = state.about("FROM_MEMBERS", buyer, listing) {
            conversation.messages.iter_mut().filter(|message| message.id == id).for_each(|message| message.at = at);
            conversation.messages.sort_by_key(|message| message.at);
        }
        id
    }

    /// The seller writes on eBay's own pages.
    pub fn answer_on_ebay(&self, buyer: &str, listing: &str, words: &str) -> String {
        self.put(("FROM_MEMBERS", buyer, listing), (SELLER, buyer), words, Vec::new())
    }

    /// eBay itself writes to the seller.
    pub fn write_as_ebay(&self, words: &str) -> String {
        self.put(("FROM_EBAY", "eBay", ""), ("eBay", SELLER), words, Vec::new())
    }

    pub(super) fn put(
        &self,
        (kind, buyer, listing): (&'static str, &str, &str),
        (sender, recipient): (&str, &str),
        words: &str,
        media: Vec<Media>,
    ) -> String {
        let mut state = self.state();
        let id = format!("m-{}", state.tick());
        let at = state.now;
        if let Some(conversation) = state.about(kind, buyer, listing) {
            conversation.is_read = sender == SELLER;
            conversation.messages.push(Message {
                id: id.clone(),
                sender: sender.to_owned(),
                recipient: recipient.to_owned(),
                subject: format!("About listing {listing}"),
                text: words.to_owned(),
                at,
                is_read: false,
                media,
            });
        }
        id
    }

    /// The buyer reads a message of the seller.
    pub fn read_by_buyer(&self, id: &str) {
        let mut state = self.state();
        let messages = state.conversations.iter_mut().flat_map(|held| &mut held.messages);
        messages.filter(|message| message.id == id).for_each(|message| message.is_read = true);
    }

    /// The conversation in which a message stands; `""` without.
    pub fn conversation_of(&self, id: &str) -> String {
        let state = self.state();
        let mut held = state.conversations.iter();
        let found = held.find(|held| held.messages.iter().any(|message| message.id == id));
        found.map(|held| held.id.clone()).unwrap_or_default()
    }

    /// From now on a conversation's time is when it began, where one is asked for: its documentation can be read so.
    pub fn go_by_beginning(&self) {
        self.state().goes_by_beginning = true;
    }

    /// What was sent through the interface, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// The data of a notification about a message, which says all that its conversation says of it.
    pub(super) fn told(&self, id: &str) -> Value {
        let state = self.state();
        let within =
            |held: &Conversation| Some((held.id.clone(), held.kind, held.listing.clone(), held.message(id)?.shown()));
        let Some((conversation, kind, listing, mut data)) = state.conversations.iter().find_map(within) else {
            return Value::Null;
        };
        if let Some(fields) = data.as_object_mut() {
            fields.insert("conversationId".to_owned(), json!(conversation));
            fields.insert("conversationType".to_owned(), json!(kind));
            fields.insert("referenceId".to_owned(), json!(listing));
        }
        data
    }

    /// All messages of members, in the order in which they were written.
    pub(super) fn told_all(&self) -> Vec<Told> {
        let state = self.state();
        let members = state.conversations.iter().filter(|held| held.kind == "FROM_MEMBERS");
        let told = |held: &Conversation, found: &Message| {
            let (sender, recipient) = (found.sender.clone(), found.recipient.clone());
            (found.id.clone(), sender, recipient, stamp(found.at), held.listing.clone(), found.text.clone())
        };
        let mut all: Vec<Told> =
            members.flat_map(|held| held.messages.iter().map(move |found| told(held, found))).collect();
        all.sort_by(|one, other| one.3.cmp(&other.3));
        all
    }

    pub(super) fn message_api(&self, method: &str, path: &[&str], request: &Request) -> Response {
        match (method, path) {
            ("GET", ["conversation"]) => self.list_conversations(request),
            ("GET", ["conversation", id]) => self.show_conversation(id, request),
            ("POST", ["send_message"]) => self.send(&request.json()),
            _ => error(404, 2_002, "Resource not found"),
        }
    }

    fn list_conversations(&self, request: &Request) -> Response {
        let kind = request.query("conversation_type");
        let since = OffsetDateTime::parse(request.query("start_time"), &Rfc3339).ok();
        let other = request.query("other_party_username");
        let (limit, offset) = match page(request) {
            Ok(page) => page,
            Err(refusal) => return refusal,
        };
        if !matches!(kind, "FROM_MEMBERS" | "FROM_EBAY") {
            return error(400, 355_017, "The required conversation_type query parameter is either missing or invalid.");
        }
        if !request.query("start_time").is_empty() && since.is_none() {
            return error(400, 355_005, "Invalid date format used for one or both date filters.");
        }
        let state = self.state();
        let mut found: Vec<&Conversation> = state
            .conversations
            .iter()
            .filter(|held| held.kind == kind && (other.is_empty() || held.buyer == other))
            .filter(|held| since.is_none_or(|since| held.at(state.goes_by_beginning).is_some_and(|at| at > since)))
            .collect();
        found.sort_by_key(|held| std::cmp::Reverse(held.latest().map(|latest| latest.at)));
        let shown: Vec<Value> = found.iter().skip(offset).take(limit).map(|held| held.shown()).collect();
        let body = json!({ "conversations": shown, "limit": limit, "offset": offset, "total": found.len() });
        Response::json(200, &body)
    }

    fn show_conversation(&self, id: &str, request: &Request) -> Response {
        let (limit, offset) = match page(request) {
            Ok(page) => page,
            Err(refusal) => return refusal,
        };
        let state = self.state();
        let kind = request.query("conversation_type");
        let Some(held) = state.conversations.iter().find(|held| held.id == id && held.kind == kind) else {
            return error(400, 355_007, "Invalid or unrecognized conversation_id value.");
        };
        let newest_first = held.messages.iter().rev();
        let shown: Vec<Value> = newest_first.skip(offset).take(limit).map(Message::shown).collect();
        let body = json!({
            "conversationType": held.kind, "messages": shown, "limit": limit, "offset": offset,
            "total": held.messages.len()
        });
        Response::json(200, &body)
    }

    fn send(&self, body: &Value) -> Response {
        let media = match media_of(body) {
            Ok(media) => media,
            Err(refusal) => return refusal,
        };
        let words = text(body, "messageText");
        if words.chars().count() > MOST_CHARACTERS {
            return error(400, 355_013, "The messageText string exceeds the maximum character threshold of 2000.");
        }
        if words.is_empty() && media.is_empty() {
            return error(400, 355_015, "Please pass message text or upload one of more media attachments.");
        }
        let (wanted, other) = (text(body, "conversationId"), text(body, "otherPartyUsername"));
        let place = {
            let state = self.state();
            let mut held = state.conversations.iter();
            let found = if wanted.is_empty() {
                held.find(|held| held.buyer == other)
            } else {
                held.find(|held| held.id == wanted && held.kind == "FROM_MEMBERS")
            };
            found.map(|held| (held.buyer.clone(), held.listing.clone()))
        };
        let (buyer, listing) = match place {
            Some(place) => place,
            None if wanted.is_empty() && other.is_empty() => {
                return error(400, 355_018, "conversationId and otherPartyUsername cannot both be empty.");
            }
            None if wanted.is_empty() && other.starts_with("nobody") => {
                return error(400, 355_006, "Invalid or unrecognized otherPartyUsername value.");
            }
            None if wanted.is_empty() => (other.to_owned(), String::new()),
            None => return error(400, 355_007, "Invalid or unrecognized conversation_id value."),
        };
        let id = self.put(("FROM_MEMBERS", &buyer, &listing), (SELLER, &buyer), words, media.clone());
        let conversation = self.conversation_of(&id);
        let mut state = self.state();
        let at = stamp(state.now);
        state.sent.push(Sent { id: id.clone(), conversation, text: words.to_owned(), media });
        let body = json!({
            "messageId": id, "messageBody": words, "createdDate": at, "senderUserName": SELLER,
            "recipientUserName": buyer, "readStatus": false, "messageMedia": body.get("messageMedia")
        });
        Response::json(201, &body)
    }
}

impl Conversation {
    fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }
}

/// The size and the beginning of the page that is asked for.
fn page(request: &Request) -> Result<(usize, usize), Response> {
    let number = |name: &str, usual: usize| match request.query(name) {
        "" => Ok(usual),
        text => text.parse::<usize>().map_err(|_| ()),
    };
    let limit = number("limit", 25).ok().filter(|limit| (1..=50).contains(limit));
    let Some(limit) = limit else {
        return Err(error(400, 355_009, "Invalid limit. The limit value must be a positive integer value up to 50."));
    };
    match number("offset", 0) {
        Ok(offset) if offset % limit == 0 => Ok((limit, offset)),
        _ => Err(error(400, 355_008, "Invalid offset. The offset value must be synchronized up with the limit value.")),
    }
}

fn media_of(body: &Value) -> Result<Vec<Media>, Response> {
    let given = body.get("messageMedia").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if given.len() > MOST_MEDIA {
        return Err(error(400, 355_010, "The maximum amount of media that may be sent is 5."));
    }
    let mut media = Vec::new();
    for one in given {
        let (name, kind, address) = (text(one, "mediaName"), text(one, "mediaType"), text(one, "mediaUrl"));
        if name.is_empty() || kind.is_empty() || address.is_empty() {
            return Err(error(400, 355_012, "All fields under messageMedia are required."));
        }
        if !matches!(kind, "IMAGE" | "PDF" | "DOC" | "TXT") {
            return Err(error(400, 355_011, "Invalid mediaType value. Please see documentation for valid values."));
        }
        if !address.starts_with("https://") {
            return Err(error(400, 355_014, "Invalid mediaUrl. Please see documentation."));
        }
        media.push(Media { name: name.to_owned(), kind: kind.to_owned(), address: address.to_owned() });
    }
    Ok(media)
}
