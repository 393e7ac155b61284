//! Calls to eBay: addresses, access, and what is asked.

use std::sync::Arc;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, call};
use reqwest::RequestBuilder;
use serde_json::Value;
use time::OffsetDateTime;
use url::{Host, Url};

use crate::failure::{self, WHO};
use crate::settings::{EbaySettings, Secret};
use crate::tokens::{Tokens, Whose};
use crate::wire::{FROM_MEMBERS, list, millis, stamp};

/// So many conversations or messages come with one call, which is the most that eBay gives.
pub(crate) const PAGE: usize = 50;
/// So many pages of one conversation are read.
const MOST_PAGES: usize = 40;

/// Gives the time.
pub(crate) type Clock = Box<dyn Fn() -> OffsetDateTime + Send + Sync>;

pub(crate) struct Client {
    http: reqwest::Client,
    settings: Arc<EbaySettings>,
    pub(crate) tokens: Tokens,
    clock: Clock,
}

impl Client {
    pub(crate) fn new(settings: Arc<EbaySettings>, http: reqwest::Client, clock: Clock) -> Self {
        Self { http, settings, tokens: Tokens::default(), clock }
    }

    /// The time in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        millis((self.clock)())
    }

    /// One page of conversations of a kind, and how many there are in all: those of members that have something since
    /// then, where a moment is given.
    pub(crate) async fn conversations(
        &self,
        kind: &str,
        since: Option<i64>,
        offset: usize,
    ) -> Result<(Vec<Value>, usize), ChannelFailure> {
        let (offset, since) = (offset.to_string(), since.filter(|_| kind == FROM_MEMBERS).map(stamp));
        let mut query = vec![("conversation_type", kind), ("limit", "50"), ("offset", offset.as_str())];
        query.extend(since.as_deref().map(|since| ("start_time", since)));
        self.page(&["conversation"], &query, "conversations").await
    }

    /// The conversations with one other member, one page of them.
    pub(crate) async fn conversations_with(&self, member: &str) -> Result<Vec<Value>, ChannelFailure> {
        let query = [("conversation_type", FROM_MEMBERS), ("limit", "50"), ("other_party_username", member)];
        Ok(self.page(&["conversation"], &query, "conversations").await?.0)
    }

    /// The messages of a conversation back to this moment, and perhaps earlier ones.
    pub(crate) async fn messages(&self, kind: &str, id: &str, since: i64) -> Result<Vec<Value>, ChannelFailure> {
        let mut found: Vec<Value> = Vec::new();
        for page in 0..MOST_PAGES {
            let offset = (page * PAGE).to_string();
            let query = [("conversation_type", kind), ("limit", "50"), ("offset", offset.as_str())];
            let (messages, _) = self.page(&["conversation", id], &query, "messages").await?;
            let is_last = messages.len() < PAGE || goes_back_to(&messages, since);
            found.extend(messages);
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    async fn page(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        name: &str,
    ) -> Result<(Vec<Value>, usize), ChannelFailure> {
        let url = address(&self.settings.apis.message, path, query)?;
        let answer = self
            .done(Whose::Seller, Effect::Reads, &|token: &str| self.http.get(url.clone()).bearer_auth(token))
            .await?;
        let document: Value = answer.json(WHO)?;
        let total = document.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        Ok((list(&document, name).to_vec(), total.unwrap_or_default()))
    }

    /// Sends a message, or changes how a conversation is marked.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, ChannelFailure> {
        let url = address(&self.settings.apis.message, &[path], &[])?;
        let request = |token: &str| self.http.post(url.clone()).bearer_auth(token).json(body);
        self.done(Whose::Seller, Effect::Writes, &request).await
    }

    /// Asks for orders. The answer is given whatever its status.
    pub(crate) async fn orders(&self, query: &[(&str, &str)]) -> Result<Answer, ChannelFailure> {
        let url = address(&self.settings.apis.fulfillment, &["order"], query)?;
        self.answer(Whose::Seller, Effect::Reads, &|token: &str| self.http.get(url.clone()).bearer_auth(token)).await
    }

    /// Asks for returns and the like. The answer is given whatever its status.
    pub(crate) async fn cases(&self, name: &str, query: &[(&str, &str)]) -> Result<Answer, ChannelFailure> {
        let url = address(&self.settings.apis.post_order, &[name, "search"], query)?;
        let request = |token: &str| {
            self.http
                .get(url.clone())
                .header("authorization", format!("IAF {token}"))
                .header("x-ebay-c-marketplace-id", self.settings.marketplace.as_str())
                .header("accept", "application/json")
        };
        self.answer(Whose::Seller, Effect::Reads, &request).await
    }

    /// Asks for a key of notifications. An answer that says no is given as well.
    pub(crate) async fn public_key(&self, id: &str) -> Result<Answer, ChannelFailure> {
        let url = address(&self.settings.apis.notification, &["public_key", id], &[])?;
        let request = |token: &str| self.http.get(url.clone()).bearer_auth(token);
        let answer = self.answer(Whose::Program, Effect::Reads, &request).await?;
        if matches!(answer.status, 401 | 403 | 429 | 500..) {
            return Err(failure::of(&answer, Effect::Reads));
        }
        Ok(answer)
    }

    /// An answer that says that it was done, or the failure that it is.
    async fn done<F>(&self, whose: Whose, effect: Effect, request: &F) -> Result<Answer, ChannelFailure>
    where
        F: Fn(&str) -> RequestBuilder + Sync,
    {
        let answer = self.answer(whose, effect, request).await?;
        if answer.is_success() { Ok(answer) } else { Err(failure::of(&answer, effect)) }
    }

    /// Calls with access. Access that is refused is renewed once: it may have been taken back before its end.
    async fn answer<F>(&self, whose: Whose, effect: Effect, request: &F) -> Result<Answer, ChannelFailure>
    where
        F: Fn(&str) -> RequestBuilder + Sync,
    {
        let token = self.access(whose).await?;
        let answer = call(request(token.reveal()), effect, WHO, (self.clock)()).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.tokens.forget(whose, &token).await;
        let token = self.access(whose).await?;
        let answer = call(request(token.reveal()), effect, WHO, (self.clock)()).await?;
        if answer.status == 401 {
            self.tokens.forget(whose, &token).await;
        }
        Ok(answer)
    }

    async fn access(&self, whose: Whose) -> Result<Secret, ChannelFailure> {
        let url = address(&self.settings.apis.token, &[], &[])?;
        self.tokens.access(whose, (&self.http, url), &self.settings.access, (self.clock)()).await
    }
}

/// Whether messages that stand newest first go back to this moment.
fn goes_back_to(messages: &[Value], since: i64) -> bool {
    let at = |message: &Value| crate::wire::moment(message, &["createdDate"]).map(millis);
    match (messages.first().and_then(at), messages.last().and_then(at)) {
        (Some(first), Some(last)) => last < first && last < since,
        _ => false,
    }
}

/// The address of a resource. Only https, so that no token travels in the clear; a server on this machine apart.
fn address(base: &str, path: &[&str], query: &[(&str, &str)]) -> Result<Url, ChannelFailure> {
    let wrong = |words: &str| ChannelFailure::refused(FailureClass::Permission, words);
    let mut url = Url::parse(base.trim()).map_err(|_| wrong("An address of eBay in the settings is no address."))?;
    let is_local = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
        return Err(wrong("An address of eBay in the settings does not begin with https."));
    }
    if path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
        return Err(ChannelFailure::refused(FailureClass::Content, "An id of eBay's cannot be part of an address."));
    }
    if !path.is_empty()
        && let Ok(mut segments) = url.path_segments_mut()
    {
        segments.pop_if_empty().extend(path);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_travel_protected_and_ids_change_no_address() {
        let of = |base: &str, id: &str| address(base, &["conversation", id], &[("a", "b&c")]).map(String::from);
        assert_eq!(of("https://h/v1/", "x/y").unwrap(), "https://h/v1/conversation/x%2Fy?a=b%26c");
        assert!(of("http://127.0.0.1:9/v1", "x").is_ok());
        for (base, id) in [("http://h/v1", "x"), ("h", "x"), ("ftp://h", "x"), ("https://h", ".."), ("https://h", "")] {
            assert!(of(base, id).is_err(), "{base} {id}");
        }
    }
}
