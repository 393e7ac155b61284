//! Signs that a teammate puts on what a customer wrote.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::change::back_of;
use crate::app::Desk;
use crate::inbox::connections::Connection;
use crate::inbox::signs;
use crate::model::MessageId;
use crate::model::fit::{Ground, sign_misfit};
use crate::model::message::Message;
use crate::store::{conversations, messages};
use crate::web::error::{Error, Result};
use crate::web::flash::settled;
use crate::web::guard::Posted;
use crate::web::page::Page;

/// The signs that a message takes.
pub(super) type Offered = (MessageId, &'static [&'static str]);

/// The messages that take signs now, with those that each of them takes.
pub(super) fn offered(connection: &Connection, ground: &Ground, all: &[Message]) -> Vec<Offered> {
    let here = all.iter().filter(|message| message.channel_id == connection.channel.id && message.takes_signs());
    here.map(|message| (message.id, connection.adapter.signs_on(&message.external_id)))
        .filter(|(_, signs)| sign_misfit(ground, signs, "").is_none())
        .collect()
}

/// What can be pressed at a message.
#[derive(Debug)]
pub(super) struct SignKeys {
    pub(super) csrf: String,
    pub(super) back: String,
    pub(super) keys: Vec<SignKey>,
}

/// A sign, pressed where it stands there from us.
#[derive(Debug)]
pub(super) struct SignKey {
    pub(super) sign: &'static str,
    /// What pressing it puts: nothing where it stands there.
    pub(super) puts: &'static str,
    pub(super) pressed: bool,
    pub(super) words: String,
}

impl SignKeys {
    /// Those of a message, where a channel takes these.
    pub(super) fn new(page: &Page, number: i64, message: &Message, signs: &[&'static str], who: &str) -> Option<Self> {
        if signs.is_empty() {
            return None;
        }
        let ours = message.our_sign();
        let key = |&sign: &&'static str| {
            let pressed = ours == Some(sign);
            let words = if pressed {
                format!("Take {sign} off the message from {who}")
            } else {
                format!("Put {sign} on the message from {who}")
            };
            SignKey { sign, puts: if pressed { "" } else { sign }, pressed, words }
        };
        let back = page.inbox.clone().unwrap_or_default().conversation_href(number);
        Some(Self { csrf: page.csrf.clone(), back, keys: signs.iter().map(key).collect() })
    }
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    sign: String,
    back: String,
}

/// `POST /messages/{id}/sign`; `sign` is put in the place of the one that stands there from us, an empty one takes it off.
pub async fn put(desk: web::Data<Desk>, id: web::Path<MessageId>, posted: Posted<Form>) -> Result<HttpResponse> {
    let message = messages::find(&desk.db, *id).await?.ok_or(Error::NotFound)?;
    let row = conversations::find(&desk.db, message.conversation_id).await?.ok_or(Error::NotFound)?;
    let done = signs::put(&desk.inbox(), *id, &posted.form.sign, &posted.by).await.map_err(Error::from);
    settled(&back_of(&posted.form.back, row.number), "", done)
}
