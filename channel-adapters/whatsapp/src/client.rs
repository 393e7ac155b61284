//! Calls to the platform's API: addresses, the token, and what an answer means.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, Form, Outside, below};
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use crate::failure::{self, PLATFORM};
use crate::settings::WhatsappSettings;

pub(crate) struct Client {
    pub(crate) outside: Outside,
    base: String,
    version: String,
    token: String,
}

impl Client {
    pub(crate) fn new(settings: &WhatsappSettings, outside: Outside) -> Self {
        let (base, version) = (settings.api_url.clone(), settings.api_version.clone());
        Self { outside, base, version, token: settings.access_token.reveal().to_owned() }
    }

    /// The address of a thing of the settings. A name that would lead to another place is refused.
    pub(crate) fn address(&self, names: &[&str]) -> Result<Url, ChannelFailure> {
        if !names.iter().all(|name| is_plain(name)) {
            let words = "The settings of the channel lack an id at WhatsApp, or hold one that is none.";
            return Err(ChannelFailure::refused(FailureClass::Permission, words));
        }
        let parts: Vec<&str> = std::iter::once(self.version.as_str()).chain(names.iter().copied()).collect();
        below(&self.base, &parts)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ChannelFailure> {
        self.made(self.outside.client.get(url), Effect::Reads).await?.json(PLATFORM)
    }

    /// The same; `None` where WhatsApp does not know it, or does not show it to this token: it says both in the same words.
    pub(crate) async fn find<T: DeserializeOwned>(&self, url: Url) -> Result<Option<T>, ChannelFailure> {
        let request = self.outside.client.get(url).bearer_auth(&self.token);
        let answer = self.outside.call(request, Effect::Reads, PLATFORM).await?;
        if failure::is_unknown(&answer) {
            return Ok(None);
        }
        success(answer, Effect::Reads)?.json(PLATFORM).map(Some)
    }

    /// Reads something about the token itself, in the name of the app.
    pub(crate) async fn get_as_app<T: DeserializeOwned>(&self, app: &str, url: Url) -> Result<T, ChannelFailure> {
        let request = self.outside.client.get(url).bearer_auth(app);
        success(self.outside.call(request, Effect::Reads, PLATFORM).await?, Effect::Reads)?.json(PLATFORM)
    }

    /// Hands a file over. Nobody sees it before a message names it, so whatever breaks is tried again.
    pub(crate) async fn upload(&self, url: Url, form: Form) -> Result<Value, ChannelFailure> {
        let (content_type, body) = form.finished();
        let request = self.outside.client.post(url).header(CONTENT_TYPE, content_type).body(body);
        self.made(request, Effect::Reads).await?.json(PLATFORM)
    }

    /// Sets something up. Asked twice it is the same, so what breaks is tried again.
    pub(crate) async fn set_up(&self, url: Url) -> Result<(), ChannelFailure> {
        self.made(self.outside.client.post(url).json(&json!({})), Effect::Reads).await.map(|_| ())
    }

    pub(crate) async fn send(&self, url: Url, message: &Value) -> Result<Answer, ChannelFailure> {
        self.made(self.outside.client.post(url).json(message), Effect::Writes).await
    }

    async fn made(&self, request: RequestBuilder, effect: Effect) -> Result<Answer, ChannelFailure> {
        success(self.outside.call(request.bearer_auth(&self.token), effect, PLATFORM).await?, effect)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

/// Whether a name is one of WhatsApp's ids by its form.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn success(answer: Answer, effect: Effect) -> Result<Answer, ChannelFailure> {
    if answer.is_success() { Ok(answer) } else { Err(failure::of(&answer, effect)) }
}
