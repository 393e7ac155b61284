//! The secret before the one that a channel or a shop uses: its page says until when it counts, and ends it at once where it
//! leaked.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::flash::{Tone, back_with};
use super::page::Page;
use super::parts::fragments;
use crate::model::Ts;

fragments!(FormerSecretForm);

/// The part of a page about a secret that was replaced and still counts. Its form goes to `/former-secret/deletion` below the
/// page; field: `until`.
#[derive(Debug, Template)]
#[template(path = "shared/former_secret.html")]
pub struct FormerSecretForm {
    action: String,
    csrf: String,
    until: String,
    seconds: i64,
}

impl FormerSecretForm {
    /// On the page at `href`, of a secret that counts until then; `None` where it has ended.
    pub fn new(href: &str, until: Ts, page: &Page) -> Option<Self> {
        (until > page.reader.now).then(|| Self {
            action: format!("{href}/former-secret/deletion"),
            csrf: page.csrf.clone(),
            until: page.reader.exact(until),
            seconds: seconds(until),
        })
    }
}

/// Which secret is ended.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ending {
    /// Until when it would have counted, in seconds: one that was replaced since the page was drawn is another one.
    until: i64,
}

impl Ending {
    /// The answer where the secret that counts until then is not ended: it has ended, or is not the one that was meant.
    pub fn refused(self, href: &str, until: Ts, now: Ts) -> Option<HttpResponse> {
        if until <= now {
            return Some(back_with(href, Tone::Info, "The secret before had ended already."));
        }
        let words =
            "Another secret was replaced meanwhile, so nothing was ended. The page says until when that one counts.";
        (self.until != seconds(until)).then(|| back_with(href, Tone::Bad, words))
    }
}

/// The answer where it has ended.
pub fn ended(href: &str) -> HttpResponse {
    back_with(href, Tone::Info, "The secret before has ended: what is signed with it counts no more.")
}

fn seconds(until: Ts) -> i64 {
    until.0 / 1_000_000
}
