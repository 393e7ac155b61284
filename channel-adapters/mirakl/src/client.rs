//! Calls to the marketplace: address, key, and how much of an answer is read.

use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Form, Outside, below, call_up_to};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder};

use crate::failure::{Tried, judge};
use crate::settings::MiraklSettings;
use crate::turns::Turns;

/// The largest page that is read, in bytes.
const LARGEST_PAGE: usize = 8 * 1024 * 1024;

/// One shop on one marketplace, as it is called.
pub(crate) struct Client {
    pub(crate) settings: MiraklSettings,
    pub(crate) outside: Outside,
    /// Of orders that are asked for one by one.
    pub(crate) turns: Turns,
}

impl Client {
    pub(crate) fn new(settings: MiraklSettings, outside: Outside) -> Self {
        Self { settings, outside, turns: Turns::default() }
    }

    /// Reads a list, or one thing.
    pub(crate) async fn read(&self, segments: &[&str], query: &[(&str, String)]) -> Result<Answer, ChannelFailure> {
        let request = self.request(Method::GET, segments, query)?.header(ACCEPT, "application/json");
        judge(self.called(LARGEST_PAGE, request, Tried::Reading).await?, Tried::Reading, self.settings.name())
    }

    async fn called(&self, most: usize, request: RequestBuilder, tried: Tried<'_>) -> Result<Answer, ChannelFailure> {
        call_up_to(most, request, tried.effect(), self.settings.name(), self.outside.now()).await
    }

    /// Asks for a thread as a whole; `None` where there is none.
    pub(crate) async fn thread(&self, id: &str) -> Result<Option<Answer>, ChannelFailure> {
        let request = self.request(Method::GET, &["inbox", "threads", id], &[])?.header(ACCEPT, "application/json");
        let answer = self.called(LARGEST_PAGE, request, Tried::Reading).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        judge(answer, Tried::Reading, self.settings.name()).map(Some)
    }

    /// Sends the form of a message with this text.
    pub(crate) async fn post(&self, segments: &[&str], form: Form, text: &str) -> Result<Answer, ChannelFailure> {
        let (kind, bytes) = form.finished();
        let request = self.request(Method::POST, segments, &[])?.header(ACCEPT, "application/json");
        let (request, tried) = (request.header(CONTENT_TYPE, kind).body(bytes), Tried::Sending(text));
        judge(self.called(LARGEST_PAGE, request, tried).await?, tried, self.settings.name())
    }

    /// Fetches a file by its id, at most so many bytes.
    pub(crate) async fn file(&self, id: &str, most: u64) -> Result<Fetched, ChannelFailure> {
        let request = self.request(Method::GET, &["inbox", "threads", id, "download"], &[])?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let answer = match self.called(most, request, Tried::Fetching).await {
            Err(failure) if failure.class() == FailureClass::Protocol => {
                return Err(ChannelFailure::refused(FailureClass::Content, "The file is too large to be fetched."));
            }
            answer => judge(answer?, Tried::Fetching, self.settings.name())?,
        };
        let content_type = answer.header(CONTENT_TYPE.as_str()).to_owned();
        Ok(Fetched { content: answer.body, content_type })
    }

    fn request(
        &self,
        method: Method,
        segments: &[&str],
        query: &[(&str, String)],
    ) -> Result<RequestBuilder, ChannelFailure> {
        let parts: Vec<&str> = std::iter::once("api").chain(segments.iter().copied()).collect();
        let mut url = below(self.settings.address(), &parts)?;
        let shop = Some(("shop_id", self.settings.shop_id.trim())).filter(|(_, shop)| !shop.is_empty());
        let pairs = query.iter().map(|(name, value)| (*name, value.as_str())).chain(shop);
        let mut pairs = pairs.peekable();
        if pairs.peek().is_some() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        let key = HeaderValue::from_str(self.settings.api_key.reveal().trim());
        let mut key = key.map_err(|_| ChannelFailure::Reconnect {
            reason: "The key of the shop has characters that no key has. Copy it anew.".to_owned(),
        })?;
        key.set_sensitive(true);
        Ok(self.outside.client.request(method, url).header(AUTHORIZATION, key))
    }
}
