//! Calls to Meta: where they go, who makes them, and what comes back. Knows nothing of messages.

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Effect, Form, Outside, below};
use channel_contract::hub;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::sleep;
use url::Url;

use crate::failure;
use crate::settings::{MetaSettings, Secret};
use crate::tokens::{Purpose, Tokens};
use crate::usage::Usage;

pub(crate) struct Client {
    pub(crate) outside: Outside,
    pub(crate) settings: MetaSettings,
    pub(crate) tokens: Tokens,
    pub(crate) usage: Usage,
}

impl Client {
    pub(crate) fn new(settings: MetaSettings, outside: Outside) -> Self {
        Self { outside, settings, tokens: Tokens::default(), usage: Usage::default() }
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
        self.made(self.outside.client.get(url), &access, Effect::Reads).await?.json(self.name())
    }

    /// Reads something about the access itself, in the name of the app.
    pub(crate) async fn get_as_app<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, ChannelFailure> {
        let access = self.access(Purpose::Check).await?;
        let app = Secret::new(format!("{}|{}", self.settings.app_id, self.settings.app_secret.reveal()));
        let mut url = self.below(segments)?;
        url.query_pairs_mut().append_pair("input_token", access.reveal());
        self.made(self.outside.client.get(url), &app, Effect::Reads).await?.json(self.name())
    }

    /// Sends something. Slower where little of what is allowed is left.
    pub(crate) async fn post(&self, segments: &[&str], body: &Value) -> Result<Answer, ChannelFailure> {
        let access = self.access(Purpose::Message).await?;
        let url = self.address(segments, &[], &access)?;
        sleep(self.usage.take_pause()).await;
        self.made(self.outside.client.post(url).json(body), &access, Effect::Writes).await
    }

    /// Sets something up. Asked twice it is the same, so what breaks is tried again.
    pub(crate) async fn set_up(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<(), ChannelFailure> {
        let access = self.access(Purpose::Check).await?;
        let url = self.address(segments, query, &access)?;
        self.made(self.outside.client.post(url).json(&json!({})), &access, Effect::Reads).await.map(|_| ())
    }

    /// Hands in a file, which nobody sees until a message names it: what breaks is tried again.
    pub(crate) async fn upload<T: DeserializeOwned>(&self, segments: &[&str], form: Form) -> Result<T, ChannelFailure> {
        let access = self.access(Purpose::Message).await?;
        let url = self.address(segments, &[], &access)?;
        let (kind, bytes) = form.finished();
        let request = self.outside.client.post(url).header(CONTENT_TYPE, kind).body(bytes);
        self.made(request, &access, Effect::Reads).await?.json(self.name())
    }

    async fn access(&self, purpose: Purpose) -> Result<Secret, ChannelFailure> {
        self.tokens.access(&self.outside, &self.settings, purpose).await
    }

    fn address(&self, segments: &[&str], query: &[(&str, &str)], access: &Secret) -> Result<Url, ChannelFailure> {
        let mut url = self.below(segments)?;
        url.query_pairs_mut().extend_pairs(query);
        let secret = &self.settings.app_secret;
        if !secret.is_empty() {
            // The proof that whoever uses an access knows the app's secret, too.
            let proof = hub::code(secret, access.reveal().as_bytes());
            url.query_pairs_mut().append_pair("appsecret_proof", &proof);
        }
        Ok(url)
    }

    fn below(&self, segments: &[&str]) -> Result<Url, ChannelFailure> {
        let version = self.settings.api_version.as_str();
        let path: Vec<&str> = std::iter::once(version).chain(segments.iter().copied()).collect();
        below(self.settings.api_url(), &path)
    }

    async fn made(&self, request: RequestBuilder, access: &Secret, effect: Effect) -> Result<Answer, ChannelFailure> {
        let answer = self.outside.call(request.bearer_auth(access.reveal()), effect, self.name()).await?;
        self.usage.note(&answer);
        if answer.is_success() {
            return Ok(answer);
        }
        let failure = failure::of(&answer, effect, &self.settings);
        if failure::ends_access(&answer, &failure) {
            self.tokens.forget(access).await;
        }
        Err(failure)
    }
}
