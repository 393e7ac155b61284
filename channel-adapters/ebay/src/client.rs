//! Calls to eBay: addresses, access, and what is asked.

use std::sync::Arc;

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Effect, Granted, Outside, below};
use channel_contract::secret::Secret;
use channel_contract::wire::list;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use url::Url;

use crate::failure::{self, WHO};
use crate::settings::EbaySettings;
use crate::tokens::{self, Tokens, Whose};
use crate::trading;
use crate::wire::{FROM_MEMBERS, millis, moment, stamp};

/// So many conversations or messages come with one call, which is the most that eBay gives.
pub(crate) const PAGE: usize = 50;
/// So many pages of one conversation are read.
const MOST_PAGES: usize = 40;

pub(crate) struct Client {
    pub(crate) outside: Outside,
    settings: Arc<EbaySettings>,
    pub(crate) tokens: Tokens,
}

impl Client {
    pub(crate) fn new(settings: Arc<EbaySettings>, outside: Outside) -> Self {
        Self { outside, settings, tokens: Tokens::default() }
    }

    /// The time in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        millis(self.outside.now())
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
        let url = self.address(&self.settings.paths.message, path, query)?;
        let answer = self
            .done(Whose::Seller, Effect::Reads, &|token: &str| self.outside.client.get(url.clone()).bearer_auth(token))
            .await?;
        let document: Value = answer.json(WHO)?;
        let total = document.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        Ok((list(&document, name).to_vec(), total.unwrap_or_default()))
    }

    /// Sends a message.
    pub(crate) async fn send(&self, body: &Value) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.message, &["send_message"], &[])?;
        let request = |token: &str| self.outside.client.post(url.clone()).bearer_auth(token).json(body);
        self.done(Whose::Seller, Effect::Writes, &request).await
    }

    /// Makes a call of the older interface. Its answers say in words of their own that access has ended: it is renewed once.
    pub(crate) async fn trading(&self, call: &str, body: &str, effect: Effect) -> Result<String, ChannelFailure> {
        let token = self.access(Whose::Seller).await?;
        let outcome = self.trading_with(&token, call, body, effect).await;
        if !matches!(outcome, Err(ChannelFailure::Reconnect { .. })) {
            return outcome;
        }
        self.tokens.of(Whose::Seller).forget(&token).await;
        let token = self.access(Whose::Seller).await?;
        self.trading_with(&token, call, body, effect).await
    }

    async fn trading_with(
        &self,
        token: &Secret,
        call: &str,
        body: &str,
        effect: Effect,
    ) -> Result<String, ChannelFailure> {
        let request = self
            .outside
            .client
            .post(self.address(&self.settings.paths.trading, &[], &[])?)
            .header("x-ebay-api-iaf-token", token.reveal())
            .header("x-ebay-api-call-name", call)
            .header("x-ebay-api-siteid", self.settings.trading.site_id)
            .header("x-ebay-api-compatibility-level", self.settings.trading.level)
            .header("content-type", "text/xml; charset=utf-8")
            .body(body.to_owned());
        trading::answered(&self.outside.call(request, effect, WHO).await?, effect)
    }

    /// Asks for orders. The answer is given whatever its status.
    pub(crate) async fn orders(&self, query: &[(&str, &str)]) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.fulfillment, &["order"], query)?;
        self.answer(Whose::Seller, Effect::Reads, &|token: &str| {
            self.outside.client.get(url.clone()).bearer_auth(token)
        })
        .await
    }

    /// An order, or what lies below it; `None` where the seller has none with this number.
    pub(crate) async fn order(&self, path: &[&str]) -> Result<Option<Value>, ChannelFailure> {
        let path: Vec<&str> = std::iter::once("order").chain(path.iter().copied()).collect();
        let url = self.address(&self.settings.paths.fulfillment, &path, &[])?;
        let request = |token: &str| self.outside.client.get(url.clone()).bearer_auth(token);
        let answer = self.answer(Whose::Seller, Effect::Reads, &request).await?;
        match answer.status {
            // A number that eBay cannot read is none of its own.
            400 | 404 => Ok(None),
            _ if answer.is_success() => answer.json(WHO).map(Some),
            _ => Err(failure::of(&answer, Effect::Reads)),
        }
    }

    /// Asks for returns and the like. The answer is given whatever its status.
    pub(crate) async fn cases(&self, name: &str, query: &[(&str, &str)]) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.post_order, &[name, "search"], query)?;
        let request = |token: &str| {
            self.outside
                .client
                .get(url.clone())
                .header("authorization", format!("IAF {token}"))
                .header("x-ebay-c-marketplace-id", self.settings.marketplace.as_str())
                .header("accept", "application/json")
        };
        self.answer(Whose::Seller, Effect::Reads, &request).await
    }

    /// Asks for a key of notifications. An answer that says no is given as well.
    pub(crate) async fn public_key(&self, id: &str) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.notification, &["public_key", id], &[])?;
        let request = |token: &str| self.outside.client.get(url.clone()).bearer_auth(token);
        let answer = self.answer(Whose::Program, Effect::Reads, &request).await?;
        if matches!(answer.status, 401 | 403 | 429 | 500..) {
            return Err(failure::of(&answer, Effect::Reads));
        }
        Ok(answer)
    }

    /// Asks what eBay knows of pushing: topics, destinations, subscriptions, the settings of alerts.
    pub(crate) async fn pushing(&self, whose: Whose, name: &str) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.notification, &[name], &[("limit", "100")])?;
        let request = |token: &str| self.outside.client.get(url.clone()).bearer_auth(token);
        self.answer(whose, Effect::Reads, &request).await
    }

    /// Changes what eBay knows of pushing. To say it twice does no harm.
    pub(crate) async fn push(
        &self,
        whose: Whose,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.notification, path, &[])?;
        let request =
            |token: &str| self.outside.client.request(method.clone(), url.clone()).bearer_auth(token).json(body);
        self.answer(whose, Effect::Reads, &request).await
    }

    /// Asks how many calls the program has left. The answer is given whatever its status.
    pub(crate) async fn rate_limits(&self) -> Result<Answer, ChannelFailure> {
        let url = self.address(&self.settings.paths.analytics, &["rate_limit"], &[])?;
        let request = |token: &str| self.outside.client.get(url.clone()).bearer_auth(token);
        self.answer(Whose::Program, Effect::Reads, &request).await
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
        let answer = self.outside.call(request(token.reveal()), effect, WHO).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.tokens.of(whose).forget(&token).await;
        let token = self.access(whose).await?;
        let answer = self.outside.call(request(token.reveal()), effect, WHO).await?;
        if answer.status == 401 {
            self.tokens.of(whose).forget(&token).await;
        }
        Ok(answer)
    }

    async fn access(&self, whose: Whose) -> Result<Secret, ChannelFailure> {
        let stored = &self.settings.access.refresh_token;
        if whose == Whose::Seller && stored.is_empty() {
            let reason = "The seller has not let the desk in yet: open the channel’s page and lead the seller to eBay. \
                          Nothing is lost meanwhile.";
            return Err(ChannelFailure::Reconnect { reason: reason.to_owned() });
        }
        Ok(self.tokens.of(whose).access(stored, |refresh| self.renew(whose, refresh)).await?.token)
    }

    /// Asking twice for access does no harm.
    async fn renew(&self, whose: Whose, refresh: Secret) -> Result<Granted, ChannelFailure> {
        self.granted(tokens::form(whose, &refresh, &self.settings.access)).await
    }

    /// Takes what the seller has consented to.
    pub(crate) async fn consented(&self, code: &str) -> Result<(), ChannelFailure> {
        let granted = self.granted(tokens::consent_form(code, &self.settings.access)).await?;
        if granted.refresh_token.is_empty() {
            return Err(ChannelFailure::unreadable(WHO));
        }
        self.tokens.of(Whose::Seller).take(&granted).await;
        Ok(())
    }

    async fn granted(&self, form: String) -> Result<Granted, ChannelFailure> {
        let access = &self.settings.access;
        let request = self
            .outside
            .client
            .post(self.address(&self.settings.paths.token, &[], &[])?)
            .basic_auth(&access.client_id, Some(access.client_secret.reveal()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = self.outside.call(request, Effect::Reads, WHO).await?;
        let granted = tokens::granted(&answer)?;
        self.tokens.note(&granted, &answer);
        Ok(granted)
    }

    /// The address of a resource of one of eBay's interfaces.
    fn address(&self, api: &str, path: &[&str], query: &[(&str, &str)]) -> Result<Url, ChannelFailure> {
        let parts: Vec<&str> = api.split('/').filter(|part| !part.is_empty()).chain(path.iter().copied()).collect();
        let mut url = below(&self.settings.api_url, &parts)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

/// Whether messages that stand newest first go back to this moment.
fn goes_back_to(messages: &[Value], since: i64) -> bool {
    let at = |message: &Value| moment(message, &["createdDate"]).map(millis);
    match (messages.first().and_then(at), messages.last().and_then(at)) {
        (Some(first), Some(last)) => last < first && last < since,
        _ => false,
    }
}
