//! Calls to Meta: where they go, who makes them, and what comes back. Knows nothing of messages.

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Effect, call};
use reqwest::RequestBuilder;
use reqwest::multipart::Form;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::sleep;
use url::Url;

use crate::settings::{MetaSettings, Secret};
use crate::tokens::{Purpose, Tokens, address};
use crate::usage::Usage;
use crate::{failure, signature};

/// Gives the time.
pub(crate) type Clock = Box<dyn Fn() -> OffsetDateTime + Send + Sync>;

pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) settings: MetaSettings,
    clock: Clock,
    pub(crate) tokens: Tokens,
    pub(crate) usage: Usage,
}

impl Client {
    pub(crate) fn new(settings: MetaSettings, http: reqwest::Client, clock: Clock) -> Self {
        Self { http, settings, clock, tokens: Tokens::default(), usage: Usage::default() }
    }

    /// The name of the network, for people.
    pub(crate) fn name(&self) -> &'static str {
        self.settings.network.name()
    }

    /// Reads something.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, &str)],
        purpose: Purpose,
    ) -> Result<T, ChannelFailure> {
        let access = self.access(purpose).await?;
        let url = self.address(segments, query, &access)?;
        self.made(self.http.get(url), &access, Effect::Reads).await?.json(self.name())
    }

    /// Reads something about the access itself, in the name of the app.
    pub(crate) async fn get_as_app<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, ChannelFailure> {
        let access = self.access(Purpose::Check).await?;
        let app = Secret::new(format!("{}|{}", self.settings.app_id, self.settings.app_secret.reveal()));
        let mut url = address(self.settings.base_url(), &self.versioned(segments))?;
        url.query_pairs_mut().append_pair("input_token", access.reveal());
        self.made(self.http.get(url), &app, Effect::Reads).await?.json(self.name())
    }

    /// Sends something. Slower where little of what is allowed is left.
    pub(crate) async fn post(&self, segments: &[&str], body: &Value) -> Result<Answer, ChannelFailure> {
        let access = self.access(Purpose::Message).await?;
        let url = self.address(segments, &[], &access)?;
        sleep(self.usage.take_pause()).await;
        self.made(self.http.post(url).json(body), &access, Effect::Writes).await
    }

    /// Hands in a file, which nobody sees until a message names it: what breaks is tried again.
    pub(crate) async fn upload<T: DeserializeOwned>(&self, segments: &[&str], form: Form) -> Result<T, ChannelFailure> {
        let access = self.access(Purpose::Message).await?;
        let url = self.address(segments, &[], &access)?;
        self.made(self.http.post(url).multipart(form), &access, Effect::Reads).await?.json(self.name())
    }

    async fn access(&self, purpose: Purpose) -> Result<Secret, ChannelFailure> {
        self.tokens.access(&self.http, &self.settings, (self.clock)(), purpose).await
    }

    fn address(&self, segments: &[&str], query: &[(&str, &str)], access: &Secret) -> Result<Url, ChannelFailure> {
        let settings = &self.settings;
        let mut url = address(settings.base_url(), &self.versioned(segments))?;
        url.query_pairs_mut().extend_pairs(query);
        if !settings.app_secret.is_empty() {
            let proof = signature::proof(&settings.app_secret, access);
            url.query_pairs_mut().append_pair("appsecret_proof", &proof);
        }
        Ok(url)
    }

    fn versioned<'a>(&'a self, segments: &[&'a str]) -> Vec<&'a str> {
        std::iter::once(self.settings.api_version.as_str()).chain(segments.iter().copied()).collect()
    }

    async fn made(&self, request: RequestBuilder, access: &Secret, effect: Effect) -> Result<Answer, ChannelFailure> {
        let request = request.bearer_auth(access.reveal()).timeout(self.settings.timeout());
        let answer = call(request, effect, self.name(), (self.clock)()).await?;
        self.usage.note(&answer);
        if answer.is_success() {
            return Ok(answer);
        }
        let failure = failure::of(&answer, effect, &self.settings);
        if matches!(failure, ChannelFailure::Reconnect { .. }) {
            self.tokens.forget(access).await;
        }
        Err(failure)
    }
}
