//! The trait that every messaging platform implements.

mod health;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use self::health::{Health, Quota};
use crate::capabilities::Capabilities;
use crate::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use crate::gap::Gap;
use crate::inbound::{FileReference, Identity, Inbound, RawItem};
use crate::orders::Order;
use crate::outbound::{Outbound, Reaction, Receipt, Reconciliation};
use crate::template::{FilledTemplate, Template, Terms};

/// The kinds of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// E-mail.
    Email,
    /// WhatsApp.
    Whatsapp,
    /// Facebook Messenger.
    Messenger,
    /// Instagram direct messages.
    Instagram,
    /// Amazon buyer-seller messages.
    Amazon,
    /// eBay member messages.
    Ebay,
    /// Mirakl marketplaces.
    Mirakl,
    /// The desk's own chat widget.
    LiveChat,
    /// Telegram bots.
    Telegram,
    /// LINE official accounts.
    Line,
    /// Text messages to a phone number.
    Sms,
    /// Other people's agents.
    Agent,
}

/// Names that a platform makes for people anew for each account, page or business: the same one elsewhere is somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameScope {
    /// What sort of names these are.
    pub kind: &'static str,
    /// For whom this channel's are made.
    pub within: String,
}

/// Where somebody is spoken with in private who was answered in public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateThread {
    /// The platform's own id of the thread.
    pub thread_id: String,
    /// What the platform calls them there; in public it may be something else.
    pub reader: Identity,
}

/// Not the name of a channel kind.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is not a kind of channel")]
pub struct UnknownChannelKind(String);

impl ChannelKind {
    /// All kinds, in the order they are shown.
    pub const ALL: [Self; 12] = [
        Self::Email,
        Self::Whatsapp,
        Self::Messenger,
        Self::Instagram,
        Self::Amazon,
        Self::Ebay,
        Self::Mirakl,
        Self::LiveChat,
        Self::Telegram,
        Self::Line,
        Self::Sms,
        Self::Agent,
    ];

    /// The name used in tables, addresses and the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Whatsapp => "whatsapp",
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
            Self::Amazon => "amazon",
            Self::Ebay => "ebay",
            Self::Mirakl => "mirakl",
            Self::LiveChat => "live_chat",
            Self::Telegram => "telegram",
            Self::Line => "line",
            Self::Sms => "sms",
            Self::Agent => "agent",
        }
    }
}

impl FromStr for ChannelKind {
    type Err = UnknownChannelKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownChannelKind(text.to_owned()))
    }
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A webhook request as it came over the wire.
#[derive(Clone)]
pub struct WebhookRequest {
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The decoded query parameters.
    pub query: Vec<(String, String)>,
    /// The address that the platform called, as it knows it: some sign it.
    pub url: String,
    /// The bytes of the body: signatures are over these.
    pub body: Bytes,
    /// When it arrived.
    pub received_at: OffsetDateTime,
}

impl fmt::Debug for WebhookRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names alone: a value may be a secret.
        let headers: Vec<&String> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("WebhookRequest")
            .field("headers", &headers)
            .field("bytes", &self.body.len())
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

impl WebhookRequest {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Refuses a body of more bytes than this, by what is announced of it and by what came.
    pub fn up_to(&self, limit: usize) -> Result<(), VerifyError> {
        let announced = self.header("content-length").and_then(|length| length.trim().parse::<usize>().ok());
        if self.body.len() > limit || announced.is_some_and(|length| length > limit) {
            return Err(VerifyError::TooLarge { limit });
        }
        Ok(())
    }
}

/// An answer to a platform in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The media type of the answer.
    pub content_type: &'static str,
    /// The answer.
    pub body: String,
}

/// A file as the platform gave it.
#[derive(Clone)]
pub struct Fetched {
    /// Its bytes.
    pub content: Bytes,
    /// The media type that the platform tells, `""` if none.
    pub content_type: String,
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// Where polling stopped, in the adapter's own words; stored in the same transaction as the items.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor(pub serde_json::Value);

impl Cursor {
    /// The cursor that names these places.
    pub fn of(places: &impl Serialize) -> Self {
        Self(serde_json::to_value(places).unwrap_or_default())
    }

    /// The places that a stored cursor names: the beginning where there is none, or where it cannot be read.
    pub fn read<T: DeserializeOwned + Default>(cursor: Option<&Self>) -> T {
        cursor.and_then(|cursor| serde_json::from_value(cursor.0.clone()).ok()).unwrap_or_default()
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What an adapter remembers may name customers and their orders.
        f.write_str(if self.0.is_null() { "Cursor(none)" } else { "Cursor(set)" })
    }
}

/// What one poll brought.
#[derive(Clone, Default)]
pub struct Polled {
    /// New raw items, oldest first.
    pub items: Vec<RawItem>,
    /// Where to go on, valid once the items are stored.
    pub cursor: Cursor,
    /// Whether more is waiting right now.
    pub more: bool,
    /// How many items are known to wait behind these, to say how far a long reading is.
    pub left: usize,
    /// A gap or other oddity that a person should know of.
    pub warning: Option<String>,
    /// What ended the poll before its time. What is given here counts all the same: a cursor may have learned from the
    /// failure.
    pub trouble: Option<ChannelFailure>,
    /// What is wrong with a second way beside the one that the messages come on. It is shown, and slows nothing: what is given
    /// here goes on as if it was not there.
    pub beside: Option<ChannelFailure>,
}

impl fmt::Debug for Polled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polled")
            .field("items", &self.items)
            .field("cursor", &self.cursor)
            .field("more", &self.more)
            .field("left", &self.left)
            .field("trouble", &self.trouble)
            .field("beside", &self.beside)
            .finish_non_exhaustive()
    }
}

/// One connected account on a platform.
///
/// `parse` is pure: the same bytes always give the same answer, so stored raw items can be read again. `verify` asks nobody
/// either; where the platform signs with keys of its own, it knows those that [`Self::poll`] or [`Self::check`] has fetched.
/// `poll`, `wait` and `send` talk to the platform.
#[async_trait]
pub trait MessageChannel: Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> ChannelKind;

    /// What the connection can do.
    fn capabilities(&self) -> Capabilities;

    /// What it can do in one of its threads, where that differs.
    fn capabilities_in(&self, thread_id: Option<&str>) -> Capabilities {
        let _ = thread_id;
        self.capabilities()
    }

    /// Whether a customer's message, by its id, stands in public: it opens no thread that is private
    /// ([`Capabilities::in_private`]).
    fn is_public(&self, message_id: &str) -> bool {
        let _ = message_id;
        false
    }

    /// Where whoever got the private answer to something public goes on; `thread_id` is that of the answer, by its receipt.
    fn goes_on(&self, thread_id: &str) -> Option<PrivateThread> {
        let _ = thread_id;
        None
    }

    /// Checks that a webhook request really comes from the platform (constant time, over the raw bytes), and gives the
    /// raw items to store.
    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError>;

    /// Checks what can be checked of a webhook request before its body is read, so that a stranger's bytes are never
    /// kept in memory. The body of `request` is empty.
    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        let _ = request;
        Ok(())
    }

    /// The answer to a platform that asks, before it sends anything, whether the address is the account's (a `GET` there);
    /// `None` where the question is not the platform's.
    fn handshake(&self, request: &WebhookRequest) -> Option<Handshake> {
        let _ = request;
        None
    }

    /// What the platform hears to a push once it is stored, where it takes more than that it arrived: a call that belongs to
    /// what was pushed. Best effort: whoever does not listen has lost nothing.
    fn acknowledgement(&self, request: &WebhookRequest) -> Option<Handshake> {
        let _ = request;
        None
    }

    /// What the account's messages say of the account: proposals for a person, under names of their own. Whoever writes
    /// to the account can bring them about, so none of them changes what is done or believed.
    async fn proposals(&self) -> Result<serde_json::Map<String, serde_json::Value>, ChannelFailure> {
        Ok(serde_json::Map::new())
    }

    /// Reads the events of a stored raw item. Unknown kinds become a placeholder; nothing panics.
    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError>;

    /// Whether the channel must be polled.
    fn polls(&self) -> bool {
        false
    }

    /// Fetches what is new since `cursor`. Never changes anything on the platform.
    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        let _ = cursor;
        Ok(Polled::default())
    }

    /// Waits until the platform says that something changed, or until `at_most` has passed. Only a hint: `poll` is the
    /// truth.
    async fn wait(&self, at_most: Duration) -> Result<(), ChannelFailure>;

    /// Whether the platform shows afterwards what it has not pushed ([`MessageChannel::missed`]).
    fn keeps_history(&self) -> bool {
        false
    }

    /// A page of what was written in a gap, [`crate::gap::FURTHEST`] at most, read as polling reads, each item as
    /// [`crate::inbound::RawOrigin::History`]; what the desk has comes with it, under the same ids. `place` is where the page before
    /// stopped. Where there is no more, the place is that from which another gap begins.
    async fn missed(&self, gap: &Gap, place: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        let _ = (gap, place);
        Ok(Polled::default())
    }

    /// Where the names count that the platform makes for people by itself; `None` where they count everywhere, or say
    /// themselves where.
    fn name_scope(&self) -> Option<NameScope> {
        None
    }

    /// Whether messages come without the names of their writers, which are asked for ([`MessageChannel::name_of`]).
    fn tells_names(&self) -> bool {
        false
    }

    /// What people call somebody; `None` where the platform does not tell. Nothing waits for it.
    async fn name_of(&self, whom: &Identity) -> Result<Option<String>, ChannelFailure> {
        let _ = whom;
        Ok(None)
    }

    /// Fetches a file that a message names, at most so many bytes. The same reference may be asked for again.
    async fn fetch(&self, file: &FileReference, most: u64) -> Result<Fetched, ChannelFailure> {
        let _ = (file, most);
        Err(ChannelFailure::refused(FailureClass::Content, "Files of this channel come with their messages."))
    }

    /// The calls that a message takes, in order, each as a message of its own: platforms that take one file a call have
    /// several. Pure; the first has the id of the message, the next ones ids that follow from it. Each is sent once the
    /// one before was taken.
    fn split(&self, message: &Outbound) -> Vec<Outbound> {
        vec![message.clone()]
    }

    /// The templates that the account may use now.
    async fn templates(&self) -> Result<Vec<Template>, ChannelFailure> {
        Ok(Vec::new())
    }

    /// What a filled template is held to. Pure: asked before it is stored, and again when it leaves; an adapter's `send`
    /// refuses what is objected to here.
    fn terms(&self, template: &FilledTemplate) -> Terms {
        let _ = template;
        Terms::default()
    }

    /// What the platform's rules forbid in a text that is to leave here, each in a sentence for a person. Pure: shown while
    /// it is written, and checked again when it is sent. Where links are not allowed that is contact data, and links but to
    /// the hosts of the capabilities: [`Capabilities::admit`] refuses the same. An adapter with further rules says them here
    /// too, and its `send` begins with them.
    fn objections(&self, text: &str) -> Vec<String> {
        self.capabilities().objections(text, "This channel")
    }

    /// Why a reply does not reach a customer who has opted out: one in own words, or a template of this category; `None` where
    /// it does.
    fn opted_out(&self, template: Option<&str>) -> Option<&'static str> {
        let _ = template;
        None
    }

    /// Why no text reaches whoever wrote from an address, where the platform lets the desk write to some people alone; `None` where
    /// one does. Asked on marketplaces. Pure: before a reply is stored, and again when it leaves; an adapter's `send` refuses the same.
    fn unreached(&self, address: &str) -> Option<&'static str> {
        let _ = address;
        None
    }

    /// How soon after a customer's message the platform wants it answered, on every day of the week; `None` where it
    /// counts no such time.
    fn answer_within(&self) -> Option<Duration> {
        None
    }

    /// How long after the last word with a customer their data may be kept, as the channel is set; `None` where for ever.
    fn forgets_after(&self) -> Option<Duration> {
        None
    }

    /// Hands a message to the platform.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure>;

    /// The signs that a person may put on a message of the customer's; none where the platform takes none.
    fn signs(&self) -> &'static [&'static str] {
        &[]
    }

    /// Those that this message takes, by its id: fewer where the platform refuses them always.
    fn signs_on(&self, message_id: &str) -> &'static [&'static str] {
        let _ = message_id;
        self.signs()
    }

    /// Puts a sign on a message of the customer's, or takes it off. It may be asked again: the same sign stands there once.
    async fn react(&self, reaction: &Reaction) -> Result<(), ChannelFailure> {
        let _ = reaction;
        Err(ChannelFailure::refused(FailureClass::Content, "This channel takes no signs."))
    }

    /// Finds out what became of a message whose sending had an unknown outcome.
    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure>;

    /// Whether the platform's own order interface can be read with this connection ([`MessageChannel::order`]).
    fn reads_orders(&self) -> bool {
        false
    }

    /// An order as the platform's own order interface gives it now, by the number under which the platform names it; `None`
    /// where it has none. It is only read: nothing can be asked of the order there.
    async fn order(&self, number: &str) -> Result<Option<Order>, ChannelFailure> {
        let _ = number;
        Ok(None)
    }

    /// Tries the connection without sending anything.
    async fn check(&self) -> Result<(), ChannelFailure>;

    /// Tells the platform where to push what happens, or has the account tell the desk's app of it, for platforms where the desk
    /// does that. May be asked again: what is there stays.
    async fn begin(&self, webhook: &str) -> Result<(), ChannelFailure> {
        let _ = webhook;
        Ok(())
    }

    /// The page of the platform on which the account's owner lets the desk in, and which leads back to the desk with `state`
    /// in its address; `None` where there is none, or what it needs is not set.
    fn consent(&self, state: &str) -> Option<String> {
        let _ = state;
        None
    }

    /// Makes access of the code that such a page led back with; [`Self::renewed_secrets`] hands it out.
    async fn take_consent(&self, code: &str) -> Result<(), ChannelFailure> {
        let _ = code;
        Err(ChannelFailure::refused(FailureClass::Permission, "Nobody is asked for consent on this platform."))
    }

    /// How the connection will stand, as far as is known without asking.
    fn health(&self) -> Health {
        Health::default()
    }

    /// Settings that the platform gave or told anew since this was asked last, in the shape of the settings: the desk
    /// keeps them among the secret ones, for the old ones end some day.
    fn renewed_secrets(&self) -> Option<serde_json::Value> {
        None
    }
}
