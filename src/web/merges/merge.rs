//! Merging, taking it back, and splitting.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{Found, MergePage};
use crate::app::Desk;
use crate::inbox::merge::{self, Undone};
use crate::inbox::split;
use crate::model::conversation::Conversation;
use crate::model::merge::bar_between;
use crate::model::{MergeId, MessageId};
use crate::store::{conversations, people};
use crate::web::conversations::customer::others;
use crate::web::conversations::show::find;
use crate::web::error::{Error, Result};
use crate::web::flash::{Back, Tone, back_with, settled};
use crate::web::frame::{page, shown};
use crate::web::guard::{Posted, SignedIn};
use crate::web::page::{InboxQuery, Place};

/// Which conversation is to go into another.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    source: String,
    /// The person was told that the customers differ.
    sure: Option<String>,
    back: String,
}

/// The number in what somebody wrote: `#4812`, `4812`.
fn number_of(written: &str) -> Option<i64> {
    written.trim().trim_start_matches('#').parse().ok()
}

/// `GET /conversations/{number}/merges/new?source=`
pub async fn form(
    desk: web::Data<Desk>,
    who: SignedIn,
    request: HttpRequest,
    number: web::Path<i64>,
    wanted: web::Query<Wanted>,
    list: web::Query<InboxQuery>,
) -> Result<HttpResponse> {
    let target = find(&desk, *number).await?;
    let source = match number_of(&wanted.source) {
        Some(number) => conversations::find_merged(&desk.db, number).await?,
        None => None,
    };
    let source = source.filter(|talk| talk.id != target.id && talk.brand_id == target.brand_id);
    let names = people::contacts_of(&desk.db, target.contact_id).await?;
    let found = match &source {
        Some(source) => {
            let known = merge::inside_of(&desk.db, &[source, &target]).await?;
            let inside = |talk: &Conversation| known.get(&talk.id).copied().unwrap_or_default();
            let of_one = names.contains(&source.contact_id);
            Some((source, bar_between(inside(source), inside(&target), of_one)))
        }
        None => None,
    };
    let (near, inside) = match found {
        Some(_) => (Vec::new(), HashMap::new()),
        None => others(&desk, &target, &names).await?,
    };
    let frame = page(&desk, &request, &who, Place::Inbox, Some(list.into_inner())).await?;
    let found = Found { source: found, names: &names, near: &near, inside: &inside };
    shown(&request, &MergePage::new(frame, &target, &wanted.source, found))
}

/// `POST /conversations/{number}/merges`: the conversation `source` goes into this one.
pub async fn create(desk: web::Data<Desk>, number: web::Path<i64>, posted: Posted<Wanted>) -> Result<HttpResponse> {
    let target = find(&desk, *number).await?;
    let sure = posted.form.sure.is_some();
    let back = match posted.form.back.as_str() {
        "" => format!("/conversations/{}?view=all", target.number),
        back => back.to_owned(),
    };
    let named = number_of(&posted.form.source);
    let source = match named {
        Some(number) => conversations::find_merged(&desk.db, number).await?,
        None => None,
    };
    let Some(source) = source else {
        let words = match named {
            Some(number) => format!("There is no conversation #{number}. Check the number; nothing was merged."),
            None => "Write the number of the conversation that goes into this one, like #4812.".to_owned(),
        };
        return Ok(back_with(&back, Tone::Bad, &words));
    };
    match merge::merge(&desk.inbox(), (source.id, target.id), sure, &posted.by).await.map_err(Error::from) {
        // Different customers: the person is asked, with both before them.
        Err(Error::Invalid(words)) => {
            let ask = format!("/conversations/{}/merges/new?source={}", target.number, source.number);
            let list = InboxQuery::named_in(&back).encoded();
            Ok(back_with(&format!("{ask}&{list}"), Tone::Bad, &words))
        }
        done => {
            let words = format!("#{} is part of this conversation now. Undo it in the timeline.", source.number);
            settled(&back, &words, done)
        }
    }
}

/// `POST /merges/{id}/deletion`
pub async fn undo(desk: web::Data<Desk>, id: web::Path<MergeId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let done = merge::undo(&desk.inbox(), *id, &posted.by).await.map_err(Error::from);
    let words = done.as_ref().map(undone_words).unwrap_or_default();
    settled(&posted.form.back, &words, done)
}

/// What the end of a merge did, with what came after it.
fn undone_words(undone: &Undone) -> String {
    let messages = |count: usize| if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    let since = match (undone.went, undone.stayed) {
        (0, 0) => String::new(),
        (went, 0) => format!(" What came after the merge went back too: {}.", messages(went)),
        (0, stayed) => format!(" {} that came after the merge {} in this one.", messages(stayed), stay(stayed)),
        (went, stayed) => {
            let parted = format!("{} that came after the merge went back too", messages(went));
            format!(" {parted}; {} {} in this one.", messages(stayed), stay(stayed))
        }
    };
    format!("Both conversations stand for themselves again.{since}")
}

fn stay(count: usize) -> &'static str {
    if count == 1 { "stays" } else { "stay" }
}

/// `POST /messages/{id}/splits`: the message and what follows it become a conversation.
pub async fn split(desk: web::Data<Desk>, id: web::Path<MessageId>, posted: Posted<Back>) -> Result<HttpResponse> {
    let done = split::split(&desk.inbox(), *id, &posted.by).await.map_err(Error::from);
    match done {
        Ok(number) => {
            let words = "This is a conversation of its own now. Merge it into the other one to take that back.";
            let place = InboxQuery::named_in(&posted.form.back).conversation_href(number);
            Ok(back_with(&place, Tone::Info, words))
        }
        refused => settled(&posted.form.back, "", refused),
    }
}
