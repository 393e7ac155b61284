//! The way to a provider, the same for all.

use channel_contract::failure::VerifyError;
use channel_contract::http::{Answer, Clock, Effect, below, by_status, call};
use channel_contract::orders::OrderFailure;
use channel_contract::secret::Secret;
use channel_contract::wire;
use reqwest::RequestBuilder;
use serde_json::Value;
use url::Url;

/// What a connection to a provider is made of.
#[derive(Clone)]
pub struct Access {
    /// Makes the calls. It must not follow redirects to other hosts.
    pub http: reqwest::Client,
    /// Gives the time.
    pub clock: Clock,
    /// The address below which the provider is called: https, or this machine.
    pub base: String,
    /// What lets the desk in.
    pub key: Secret,
    /// What signs the provider's webhooks, where that is another secret; without one none counts.
    pub hook_secret: Secret,
}

impl Access {
    /// An address below that of the provider.
    pub(crate) fn address(&self, parts: &[&str]) -> Result<Url, OrderFailure> {
        Ok(below(&self.base, parts)?)
    }

    /// A call. All that are made may be made again, so one that broke is tried again.
    pub(crate) async fn call(&self, request: RequestBuilder, provider: &str) -> Result<Answer, OrderFailure> {
        Ok(call(request, Effect::Reads, provider, (self.clock)()).await?)
    }

    /// The document of a call that went well.
    pub(crate) async fn read(&self, request: RequestBuilder, provider: &str) -> Result<Value, OrderFailure> {
        let answer = self.call(request, provider).await?;
        if answer.is_success() { Ok(answer.json(provider)?) } else { Err(failure(&answer, provider)) }
    }
}

/// The failure that an answer is by its status.
pub(crate) fn failure(answer: &Answer, provider: &str) -> OrderFailure {
    by_status(answer, Effect::Reads, provider).into()
}

/// The document of a webhook whose signature was checked.
pub(crate) fn pushed(body: &[u8]) -> Result<Value, VerifyError> {
    wire::document(body).map_err(|error| VerifyError::Malformed(error.to_string()))
}
