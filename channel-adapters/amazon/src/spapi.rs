//! The Selling Partner API: what a seller may say about an order without being asked, and what Amazon tells of orders. It
//! reads no messages and answers none.

mod actions;
mod failure;
mod lwa;
mod order;
mod subscription;
mod uploads;
mod whole;
mod wire;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, Outside, below};
use channel_contract::outbound::{Outbound, Receipt};
use channel_contract::secret::Secret;
use channel_contract::template::{FilledTemplate, Template, Terms};
use reqwest::Method;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;
use url::Url;

use crate::outgoing;
use crate::rate::{Buckets, Operation};
use crate::settings::{AmazonSettings, SpApiSettings};

pub(crate) use lwa::Grant;
pub(crate) use wire::{Order, order};

/// How Amazon is named in words for people.
const AMAZON: &str = "Amazon";
/// How long a call waits for its turn by itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// A number that no order has.
const NO_ORDER: &str = "000-0000000-0000000";
/// How we name ourselves.
const AGENT: &str = concat!("Resolute/", env!("CARGO_PKG_VERSION"), " (Language=Rust)");

/// Access to one seller's account.
pub(crate) struct SpApi {
    settings: SpApiSettings,
    outside: Outside,
    grants: lwa::Grants,
    buckets: Mutex<Buckets>,
}

/// One call.
pub(crate) struct Call<'c> {
    operation: Operation,
    method: Method,
    path: &'c [&'c str],
    query: &'c [(&'c str, &'c str)],
    body: Option<Value>,
    grant: Grant,
    effect: Effect,
    /// How long it waits for its turn.
    patience: Duration,
}

impl<'c> Call<'c> {
    /// A question about the seller's account.
    fn get(operation: Operation, path: &'c [&'c str], query: &'c [(&'c str, &'c str)]) -> Self {
        let (method, grant, effect) = (Method::GET, Grant::Seller, Effect::Reads);
        Self { operation, method, path, query, body: None, grant, effect, patience: PATIENCE }
    }
}

/// What Amazon does not know is the order that was filled in: the buyer's address has nothing to do with it.
fn about_the_order(failure: ChannelFailure) -> ChannelFailure {
    match failure {
        ChannelFailure::Refused { class: FailureClass::Recipient, reason } => {
            ChannelFailure::refused(FailureClass::Content, reason)
        }
        other => other,
    }
}

impl SpApi {
    pub(crate) fn new(settings: SpApiSettings, outside: Outside) -> Self {
        Self { settings, outside, grants: lwa::Grants::default(), buckets: Mutex::default() }
    }

    /// What may be said about orders, in general. Whether it may be said about one is asked when it is sent.
    pub(crate) fn templates(&self) -> Vec<Template> {
        actions::templates(&self.settings.languages)
    }

    /// What a filled template is held to before Amazon is asked.
    pub(crate) fn terms(&self, template: &FilledTemplate) -> Terms {
        actions::terms(template, &self.settings.languages)
    }

    /// Says something about an order.
    pub(crate) async fn send(
        &self,
        template: &FilledTemplate,
        message: &Outbound,
        settings: &AmazonSettings,
    ) -> Result<Receipt, ChannelFailure> {
        let filled = actions::Filled::read(template, message, &self.settings.languages)?;
        outgoing::content(filled.text.unwrap_or_default(), settings)?;
        let marketplace = self.marketplace(filled.order, message, settings).await.map_err(about_the_order)?;
        let query = [("marketplaceIds", marketplace.as_str())];
        self.allowed(&filled, &query).await.map_err(about_the_order)?;
        self.in_the_buyers_language(&filled, &template.language, &query).await?;
        let files = self.upload(&filled, &message.attachments, &query).await?;
        let path = filled.action.path(filled.order);
        self.call(&Call {
            operation: filled.action.operation(),
            method: Method::POST,
            path: &path,
            query: &query,
            body: Some(filled.body(files)),
            grant: Grant::Seller,
            effect: Effect::Writes,
            patience: PATIENCE,
        })
        .await?;
        // Amazon gives a message no id.
        Ok(Receipt { external_id: format!("amazon:{}", message.command_id), also_known_as: Vec::new() })
    }

    /// Amazon says for each order what may be said about it now.
    async fn allowed(&self, filled: &actions::Filled<'_>, query: &[(&str, &str)]) -> Result<(), ChannelFailure> {
        let path = filled.action.question(filled.order);
        let answer = self.call(&Call::get(filled.action.question_operation(), &path, query)).await?;
        let names = wire::action_names(&answer.json(AMAZON)?);
        if names.iter().any(|name| name == filled.action.name) {
            return Ok(());
        }
        let words = "Amazon does not allow this kind of message for the order now. It may be too early, too late or sent already.";
        Err(ChannelFailure::refused(FailureClass::Policy, words))
    }

    /// Amazon wants what is said of the seller's own accord in the buyer's language.
    async fn in_the_buyers_language(
        &self,
        filled: &actions::Filled<'_>,
        language: &str,
        query: &[(&str, &str)],
    ) -> Result<(), ChannelFailure> {
        if filled.text.is_none() {
            return Ok(());
        }
        let path = ["messaging", "v1", "orders", filled.order, "attributes"];
        let answer = self.call(&Call::get(Operation::MessagingAttributes, &path, query)).await?;
        let locale = wire::buyer_locale(&answer.json(AMAZON)?);
        let main = |code: &str| code.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        if locale.as_deref().is_none_or(|locale| main(locale) == main(language)) {
            return Ok(());
        }
        let words = format!("Amazon wants this message in the buyer's language ({}).", locale.unwrap_or_default());
        Err(ChannelFailure::refused(FailureClass::Policy, words))
    }

    /// Tries the access with a question about an order that nobody has: whoever is told that may ask. What is refused
    /// otherwise says nothing, for Amazon answers a lacking role and a foreign order alike.
    pub(crate) async fn check(&self) -> Result<(), ChannelFailure> {
        let query = [("marketplaceIds", self.settings.marketplace_id.as_str())];
        let query = if self.settings.marketplace_id.is_empty() { &[][..] } else { &query[..] };
        let path = ["messaging", "v1", "orders", NO_ORDER];
        match self.call(&Call::get(Operation::MessagingActions, &path, query)).await {
            Ok(_) | Err(ChannelFailure::Refused { .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Whether a seller has given access.
    pub(crate) fn has_access(&self) -> bool {
        !self.settings.client_id.is_empty() && !self.settings.refresh_token.is_empty()
    }

    /// When access ends that a person has to renew, as far as that is known.
    pub(crate) fn access_ends_at(&self) -> Option<OffsetDateTime> {
        self.settings.access_ends_at()
    }

    /// A new secret to renew access with, once.
    pub(crate) fn take_renewed(&self) -> Option<Secret> {
        self.grants.take_renewed()
    }

    /// Makes a call, with access that is renewed where Amazon no longer takes it. Every answer that is no success is a
    /// failure.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer, ChannelFailure> {
        self.turn(call.operation, call.patience).await?;
        let url = self.address(call)?;
        let mut is_last = false;
        loop {
            let access = self.access(call.grant).await?;
            let request = self.request(call, url.clone(), &access.token);
            let answer = self.outside.call(request, call.effect, AMAZON).await?;
            self.buckets().learn(call.operation, &self.settings.rates, answer.header("x-amzn-ratelimit-limit"));
            if answer.is_success() {
                return Ok(answer);
            }
            tracing::info!(
                status = answer.status,
                operation = call.operation.as_str(),
                request = answer.header("x-amzn-requestid"),
                "Amazon refused a call"
            );
            if !failure::is_about_the_token(&answer) {
                return Err(self.refusal(call, &answer));
            }
            self.grants.of(call.grant).forget(&access.token).await;
            // What was refused for its token had no effect; a token that has just come is no better the second time.
            if is_last || access.is_fresh {
                return Err(failure::token_refused());
            }
            is_last = true;
        }
    }

    fn refusal(&self, call: &Call<'_>, answer: &Answer) -> ChannelFailure {
        let wait = (answer.status == 429).then(|| {
            let refill = self.buckets().refused(call.operation, &self.settings.rates, self.outside.now());
            answer.retry_after.unwrap_or(refill)
        });
        failure::of(answer, call.effect, wait)
    }

    /// Waits for the turn of a call.
    async fn turn(&self, operation: Operation, patience: Duration) -> Result<(), ChannelFailure> {
        let taken = self.buckets().take(operation, &self.settings.rates, self.outside.now(), patience);
        match taken {
            Ok(wait) if wait.is_zero() => Ok(()),
            Ok(wait) => {
                tokio::time::sleep(wait).await;
                Ok(())
            }
            Err(wait) => Err(failure::too_many(Some(wait))),
        }
    }

    fn buckets(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self, call: &Call<'_>) -> Result<Url, ChannelFailure> {
        let mut url = below(&self.settings.api_url, call.path)?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        Ok(url)
    }

    fn request(&self, call: &Call<'_>, url: Url, token: &Secret) -> reqwest::RequestBuilder {
        let stamp = format_description!("[year][month][day]T[hour][minute][second]Z");
        let date = self.outside.now().to_offset(time::UtcOffset::UTC).format(stamp).unwrap_or_default();
        let request = self
            .outside
            .client
            .request(call.method.clone(), url)
            .header("x-amz-access-token", token.reveal())
            .header("x-amz-date", date)
            .header("user-agent", AGENT)
            .header("accept", "application/json");
        match &call.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}
