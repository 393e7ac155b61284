//! The chat widget: what shops embed, and the line between a visitor and the desk.
//!
//! The loader stands on the shop's page and opens a frame from here; all traffic comes from within that frame. What a
//! visitor says enters like any message ([`crate::inbox::record`]); what they are shown is read from the timeline's
//! events, live through [`hub`] and after a gap through [`replay`].

pub mod feed;
pub mod files;
pub mod frames;
pub mod hub;
pub mod page;
pub mod replay;
pub mod session;
pub mod socket;
pub mod visit;
mod words;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header;

use super::error::{Error, Result};
use crate::app::Desk;
use crate::channels::live_chat::LiveChat;
use crate::inbox::connections::{Connection, ConnectionError};
use crate::model::ChannelId;
use crate::model::channel::ChannelState;

/// The chat of a channel, if it is one and takes messages.
async fn open_chat(desk: &Desk, id: ChannelId) -> Result<(Arc<Connection>, Arc<LiveChat>)> {
    let connection = desk.connections.get(id).await.map_err(|error| match error {
        ConnectionError::Gone => Error::NotFound,
        other => Error::Unavailable(other.to_string()),
    })?;
    let chat = connection.chat.clone().ok_or(Error::NotFound)?;
    if connection.channel.state == ChannelState::Paused {
        return Err(Error::Unavailable("The chat is paused.".to_owned()));
    }
    Ok((connection, chat))
}

/// Refuses requests that a browser sends from a page which is neither ours nor one of the shop's. Programs can send
/// any origin; against them stand the session's signature and the limits.
fn check_origin(desk: &Desk, request: &HttpRequest, chat: &LiveChat) -> Result<()> {
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    match origin {
        None => Ok(()),
        Some(origin) if origin == own_origin(desk, request) || chat.settings().allows_origin(origin) => Ok(()),
        Some(_) => Err(Error::Forbidden("This page may not use the chat.".to_owned())),
    }
}

/// The desk's own origin: as the operator says, or as the request found it.
fn own_origin(desk: &Desk, request: &HttpRequest) -> String {
    match desk.config.public_url.as_str() {
        "" => format!("http://{}", request.connection_info().host()),
        _ => desk.config.public_address(),
    }
}

/// The token behind `Authorization: Bearer`.
fn bearer(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
