//! Messages that platforms push: raw bytes are checked by the adapter, made durable, and only then acknowledged.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use channel_contract::channel::{Handshake, WebhookRequest};
use channel_contract::failure::VerifyError;
use channel_contract::guide::at;
use channel_contract::inbound::{InboundEvent, RawItem};
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::app::Desk;
use crate::channels::guide_of;
use crate::inbox::connections::{Connection, ConnectionError};
use crate::model::ChannelId;
use crate::web::body::{Room, Unread};
use crate::web::error::COME_AGAIN;

/// Largest body of any channel, in bytes; adapters may take less.
const LIMIT: usize = 40 * 1024 * 1024;
/// What all bodies take in memory while they come: some cannot be told from a stranger's before they are whole.
static ROOM: Room = Room::of_kib(256 * 1024);
/// How long a body may take: the largest mail over a line of 64 kB/s.
const WITHIN: Duration = Duration::from_mins(12);
/// Of how many accounts of an app what came is stored with one commit.
const TOGETHER: usize = 16;

/// `POST /webhooks/{kind}/{channel}`
pub async fn receive(
    desk: web::Data<Desk>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    match take(&desk, &request, path.into_inner(), payload).await {
        Ok(Some(Handshake { content_type, body })) => HttpResponse::Ok().content_type(content_type).body(body),
        Ok(None) => HttpResponse::Ok().json(serde_json::json!({ "status": "stored" })),
        Err(refusal) => refusal.response(),
    }
}

enum Refusal {
    UnknownChannel,
    /// Whoever asks does not know the word of the account, or asks nothing that is answered here.
    WrongWord,
    Verify(VerifyError),
    Busy(String),
    Broken(String),
    TooSlow,
    Encoded,
}

impl Refusal {
    fn response(&self) -> HttpResponse {
        let answer = |mut builder: actix_web::HttpResponseBuilder, words: &str| {
            builder.json(serde_json::json!({ "error": words }))
        };
        match self {
            Self::UnknownChannel => answer(HttpResponse::NotFound(), "there is no such channel"),
            Self::WrongWord => answer(HttpResponse::Forbidden(), "that is not the word of this channel"),
            Self::Verify(error @ VerifyError::TooLarge { .. }) => {
                answer(HttpResponse::PayloadTooLarge(), &error.to_string())
            }
            Self::Verify(error @ VerifyError::Malformed(_)) => answer(HttpResponse::BadRequest(), &error.to_string()),
            Self::Verify(error @ VerifyError::Unchecked) => {
                let mut response = HttpResponse::ServiceUnavailable();
                response.insert_header((header::RETRY_AFTER, COME_AGAIN));
                answer(response, &error.to_string())
            }
            Self::Verify(error) => answer(HttpResponse::Unauthorized(), &error.to_string()),
            // Why is for the log: whoever hears it has proved nothing yet.
            Self::Busy(cause) => {
                tracing::warn!(%cause, "a webhook could not be taken");
                let mut response = HttpResponse::ServiceUnavailable();
                response.insert_header((header::RETRY_AFTER, COME_AGAIN));
                let words =
                    "nothing was kept: the database does not answer, or the channel has to be looked at; send it again";
                answer(response, words)
            }
            Self::Broken(words) => answer(HttpResponse::BadRequest(), words),
            Self::TooSlow => answer(HttpResponse::RequestTimeout(), "the body did not come in time, send it again"),
            Self::Encoded => {
                answer(HttpResponse::UnsupportedMediaType(), "send the message as it is, without a content encoding")
            }
        }
    }
}

/// `GET /webhooks/{kind}/{channel}`: answers a platform that asks whether the address is the account's.
pub async fn answer(desk: web::Data<Desk>, request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let connection = match connection(&desk, path.into_inner()).await {
        Ok(connection) => connection,
        Err(refusal) => return refusal.response(),
    };
    match connection.adapter.handshake(&asked(&desk, &request)) {
        Some(Handshake { content_type, body }) => {
            HttpResponse::Ok().content_type(content_type).insert_header(("cache-control", "no-store")).body(body)
        }
        None => Refusal::WrongWord.response(),
    }
}

/// The channel that an address names.
async fn connection(desk: &Desk, (kind, channel): (String, String)) -> Result<Arc<Connection>, Refusal> {
    let id: ChannelId = channel.parse().map_err(|_| Refusal::UnknownChannel)?;
    let connection = desk.connections.get(id).await.map_err(|error| match error {
        ConnectionError::Gone => Refusal::UnknownChannel,
        other => Refusal::Busy(other.to_string()),
    })?;
    // Chats come in by their own door, which knows the visitors and how much each may send.
    if connection.channel.kind != kind || connection.chat.is_some() {
        return Err(Refusal::UnknownChannel);
    }
    Ok(connection)
}

/// A request as the platform made it, without its body. Some platforms sign the address that they called, which is the
/// desk's public one, whatever stands before the desk.
pub(super) fn asked(desk: &Desk, request: &HttpRequest) -> WebhookRequest {
    let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .unwrap_or_default();
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let url = format!("{}{path}", desk.config.public_address());
    WebhookRequest { headers, query, url, body: web::Bytes::new(), received_at: desk.clock.now().datetime() }
}

async fn take(
    desk: &Desk,
    request: &HttpRequest,
    path: (String, String),
    payload: web::Payload,
) -> Result<Option<Handshake>, Refusal> {
    let connection = connection(desk, path).await?;
    let encoding = request.headers().get("content-encoding").and_then(|value| value.to_str().ok());
    if encoding.is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity")) {
        return Err(Refusal::Encoded);
    }
    let mut webhook = asked(desk, request);
    if let Err(error) = connection.adapter.admit(&webhook) {
        return Err(turned_away(desk, &connection, error).await);
    }
    webhook.body = read(payload).await?;
    let items = match connection.adapter.verify(&webhook) {
        Ok(items) => items,
        Err(error) => return Err(turned_away(desk, &connection, error).await),
    };
    if items.iter().any(|item| item.body.is_empty()) {
        return Err(Refusal::Verify(VerifyError::Malformed("the delivery is empty".to_owned())));
    }
    let others = of_others(desk, &connection, &webhook, &items).await?;
    let mut all = vec![(connection.clone(), items)];
    all.extend(others.handed_on);
    for together in all.chunks(TOGETHER) {
        try_join_all(together.iter().map(|(of, items)| record(desk, of.channel.id, items))).await?;
    }
    for (of, _) in &all {
        if desk.connections.deliveries.take(of).await {
            desk.wake.event();
        }
    }
    for other in &others.refusing {
        if desk.connections.deliveries.turn_away_proved(other).await {
            desk.wake.event();
        }
    }
    // What is kept for none of those that it is for is not acknowledged: the platform sends it again for a while.
    if !others.refusing.is_empty() {
        return Err(Refusal::Verify(VerifyError::Mismatch));
    }
    Ok(connection.adapter.acknowledgement(&webhook))
}

/// Why a delivery is turned away. One that is not signed as the account signs is counted, so that people hear of it, where
/// nothing comes in on another way.
async fn turned_away(desk: &Desk, connection: &Connection, error: VerifyError) -> Refusal {
    let is_counted = is_unsigned(&error) && !connection.adapter.polls();
    if is_counted && desk.connections.deliveries.turn_away(connection).await {
        desk.wake.event();
    }
    Refusal::Verify(error)
}

fn is_unsigned(error: &VerifyError) -> bool {
    matches!(error, VerifyError::Missing | VerifyError::Mismatch | VerifyError::Expired)
}

async fn record(desk: &Desk, id: ChannelId, items: &[RawItem]) -> Result<(), Refusal> {
    desk.intake.record(id, items.to_vec(), None).await.map_err(|error| Refusal::Busy(error.to_string()))
}

/// What came for the other accounts of an app at the address of one of them.
#[derive(Default)]
struct Others {
    /// What each of them takes.
    handed_on: Vec<(Arc<Connection>, Vec<RawItem>)>,
    /// Those that it is for and that have another secret.
    refusing: Vec<Arc<Connection>>,
}

/// Where a platform calls one address for all accounts of an app, what came is handed to each that the same app signs for,
/// and each takes what is its own. A pause of one of them holds back what it sends; what comes is kept. Each account checks
/// the signature for itself: that is one hash over the body, less than what it takes to store it.
async fn of_others(
    desk: &Desk,
    connection: &Connection,
    webhook: &WebhookRequest,
    items: &[RawItem],
) -> Result<Others, Refusal> {
    let mut others = Others::default();
    let guide = guide_of(&connection.channel).and_then(|guide| guide.webhook);
    let Some(app) = guide.map(|address| address.shared_by).filter(|app| !app.is_empty()) else { return Ok(others) };
    let own = desk.connections.own().await.map_err(|error| Refusal::Busy(error.to_string()))?;
    let of_kind = own.of_kind.get(&connection.channel.kind).map(Vec::as_slice).unwrap_or_default();
    for id in of_kind.iter().filter(|id| **id != connection.channel.id) {
        // One whose settings cannot be used is shown as such, and keeps nobody else's messages back.
        let Ok(other) = desk.connections.get(*id).await else { continue };
        match other.adapter.verify(webhook) {
            Ok(items) => others.handed_on.push((other, items)),
            Err(error) if is_unsigned(&error) && may_share(app, connection, &other) && is_for(&other, items) => {
                others.refusing.push(other);
            }
            Err(_) => {}
        }
    }
    Ok(others)
}

/// Whether two accounts may be of one app: it is not asked for everywhere.
fn may_share(app: &str, one: &Connection, other: &Connection) -> bool {
    let named =
        |of: &Connection| at(&of.channel.settings.0, app).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (one, other) = (named(one), named(other));
    one.is_empty() || other.is_empty() || one == other
}

/// Whether something of this is for an account. News of accounts do not tell for sure.
fn is_for(connection: &Connection, items: &[RawItem]) -> bool {
    let is_theirs = |event: &InboundEvent| !matches!(event, InboundEvent::Ignored(_) | InboundEvent::Account(_));
    let mut read = items.iter().filter_map(|item| connection.adapter.parse(item).ok()).flatten();
    read.any(|inbound| is_theirs(&inbound.event))
}

async fn read(payload: web::Payload) -> Result<web::Bytes, Refusal> {
    ROOM.read(payload, LIMIT, WITHIN).await.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::Verify(VerifyError::TooLarge { limit: LIMIT }),
        Unread::BrokeOff(reason) => Refusal::Broken(format!("the body broke off: {reason}")),
        Unread::Busy => Refusal::Busy("too many messages arrive at once".to_owned()),
        Unread::TooSlow => Refusal::TooSlow,
    })
}
