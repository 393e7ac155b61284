//! Two contacts become one person, and come apart again.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::app::Desk;
use crate::inbox::people::{self, Parted};
use crate::model::{ContactId, ContactMergeId};
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, settled};
use crate::web::guard::Posted;

/// The other contact.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pair {
    other: String,
    back: String,
}

impl Pair {
    fn other(&self) -> Result<ContactId> {
        let unknown = || Error::Invalid("There is no such customer. Nothing was changed; reload the page.".to_owned());
        self.other.parse().map_err(|_| unknown())
    }

    fn back(&self, contact: ContactId) -> String {
        if self.back.is_empty() { format!("/contacts/{contact}") } else { self.back.clone() }
    }
}

/// `POST /contacts/{id}/merges`: the contact `other` and this one are one person.
pub async fn create(desk: web::Data<Desk>, id: web::Path<ContactId>, posted: Posted<Pair>) -> Result<HttpResponse> {
    let done = match posted.form.other() {
        Ok(other) => people::merge(&desk.inbox(), (other, *id), &posted.by).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    let words = "They are one person now. The customer’s page shows everything of both, and takes it back.";
    settled(&posted.form.back(*id), words, done)
}

/// `POST /contacts/{id}/merges/refusals`: they are not.
pub async fn refuse(desk: web::Data<Desk>, id: web::Path<ContactId>, posted: Posted<Pair>) -> Result<HttpResponse> {
    let done = match posted.form.other() {
        Ok(other) => people::refuse(&desk.inbox(), (*id, other)).await.map_err(Error::from),
        Err(error) => Err(error),
    };
    settled(&posted.form.back(*id), "They stay two. This is not proposed again unless something proves it.", done)
}

/// `POST /contact-merges/{id}/deletion`
pub async fn undo(desk: web::Data<Desk>, id: web::Path<ContactMergeId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let done = people::undo(&desk.inbox(), *id, &posted.by).await.map_err(Error::from);
    let words = done.as_ref().map(undone_words).unwrap_or_default();
    settled(&posted.form.back, &words, done)
}

fn undone_words(parted: &Parted) -> String {
    let stayed = match parted.stayed {
        0 => String::new(),
        1 => " 1 message came into a conversation of the other meanwhile and stays there; split it off if need be."
            .to_owned(),
        many => format!(
            " {many} messages came into conversations of the other meanwhile and stay there; split them off if need be."
        ),
    };
    format!("Both stand for themselves again, each with the names and conversations that they had.{stayed}")
}
