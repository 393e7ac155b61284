//! Calls to the platform's API: addresses, the token, and what an answer means.

use bytes::Bytes;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, call};
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use url::Url;

use crate::failure::{self, PLATFORM};
use crate::settings::WhatsappSettings;

/// The moment of calls that are told none: a hint to wait is in seconds or minutes there, never a date.
const SOME_MOMENT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

pub(crate) struct Client {
    http: reqwest::Client,
    base: Option<Url>,
    token: String,
}

impl Client {
    pub(crate) fn new(settings: &WhatsappSettings, http: reqwest::Client) -> Self {
        let base = Url::parse(&settings.graph_url).ok().and_then(|mut url| {
            url.path_segments_mut().ok()?.pop_if_empty().push(&settings.version);
            Some(url)
        });
        Self { http, base, token: settings.access_token.reveal().to_owned() }
    }

    /// The address of a thing. A name that would lead to another place is refused.
    pub(crate) fn address(&self, names: &[&str]) -> Result<Url, ChannelFailure> {
        let words = "The settings of the channel name no address at WhatsApp.";
        let settings = || ChannelFailure::refused(FailureClass::Permission, words);
        let mut url = self.base.clone().ok_or_else(settings)?;
        let is_plain = |name: &&str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        if !names.iter().all(is_plain) {
            return Err(settings());
        }
        url.path_segments_mut().map_err(|()| settings())?.extend(names);
        Ok(url)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, ChannelFailure> {
        let answer = call(self.http.get(url).bearer_auth(&self.token), Effect::Reads, PLATFORM, SOME_MOMENT).await?;
        success(answer, Effect::Reads)?.json(PLATFORM)
    }

    /// Hands a file over. Nobody sees it before a message names it, so whatever breaks is tried again.
    pub(crate) async fn upload(&self, url: Url, content_type: &str, body: Bytes) -> Result<Value, ChannelFailure> {
        let request = self.http.post(url).bearer_auth(&self.token).header(CONTENT_TYPE, content_type).body(body);
        let answer = call(request, Effect::Reads, PLATFORM, SOME_MOMENT).await?;
        success(answer, Effect::Reads)?.json(PLATFORM)
    }

    pub(crate) async fn send(&self, url: Url, message: &Value, now: OffsetDateTime) -> Result<Answer, ChannelFailure> {
        let request = self.http.post(url).bearer_auth(&self.token).json(message);
        success(call(request, Effect::Writes, PLATFORM, now).await?, Effect::Writes)
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

fn success(answer: Answer, effect: Effect) -> Result<Answer, ChannelFailure> {
    if answer.is_success() { Ok(answer) } else { Err(failure::of(&answer, effect)) }
}
