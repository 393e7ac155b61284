//! Calls to the marketplace: address, key, and how much of an answer is read.

use channel_contract::channel::Fetched;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, call, call_up_to};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder};
use time::OffsetDateTime;
use url::Url;

use crate::failure::{Tried, judge};
use crate::multipart::Form;
use crate::settings::MiraklSettings;

/// The largest page that is read, in bytes.
const LARGEST_PAGE: usize = 8 * 1024 * 1024;

/// Gives the time.
type Clock = Box<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// One shop on one marketplace, as it is called.
pub(crate) struct Client {
    pub(crate) settings: MiraklSettings,
    http: reqwest::Client,
    clock: Clock,
}

impl Client {
    pub(crate) fn new(settings: MiraklSettings, http: reqwest::Client, clock: Clock) -> Self {
        Self { settings, http, clock }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// Reads a list, or one thing.
    pub(crate) async fn read(&self, segments: &[&str], query: &[(&str, String)]) -> Result<Answer, ChannelFailure> {
        let request = self.request(Method::GET, segments, query)?.header(ACCEPT, "application/json");
        let name = self.settings.name();
        judge(call_up_to(LARGEST_PAGE, request, Effect::Reads, name, self.now()).await?, Tried::Reading, name)
    }

    /// Asks for a thread as a whole; `None` where there is none.
    pub(crate) async fn thread(&self, id: &str) -> Result<Option<Answer>, ChannelFailure> {
        let request = self.request(Method::GET, &["inbox", "threads", id], &[])?.header(ACCEPT, "application/json");
        let name = self.settings.name();
        let answer = call_up_to(LARGEST_PAGE, request, Effect::Reads, name, self.now()).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        judge(answer, Tried::Reading, name).map(Some)
    }

    /// Sends a form.
    pub(crate) async fn post(&self, segments: &[&str], form: Form) -> Result<Answer, ChannelFailure> {
        let request = self.request(Method::POST, segments, &[])?.header(ACCEPT, "application/json");
        let request = request.header(CONTENT_TYPE, form.content_type).body(form.body);
        let name = self.settings.name();
        judge(call(request, Effect::Writes, name, self.now()).await?, Tried::Sending, name)
    }

    /// Fetches a file by its id, at most so many bytes.
    pub(crate) async fn file(&self, id: &str, most: u64) -> Result<Fetched, ChannelFailure> {
        let request = self.request(Method::GET, &["inbox", "threads", id, "download"], &[])?;
        let name = self.settings.name();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let answer = match call_up_to(most, request, Effect::Reads, name, self.now()).await {
            Err(failure) if failure.class() == FailureClass::Protocol => {
                return Err(ChannelFailure::refused(FailureClass::Content, "The file is too large to be fetched."));
            }
            answer => judge(answer?, Tried::Fetching, name)?,
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
        let mut url = self.address(segments)?;
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
        Ok(self.http.request(method, url).header(AUTHORIZATION, key))
    }

    /// Where something lies. No id leaves its place: not an empty one, and none that names the folder above.
    fn address(&self, segments: &[&str]) -> Result<Url, ChannelFailure> {
        let wrong = |words: &str| ChannelFailure::refused(FailureClass::Permission, words);
        let mut url = self.settings.base().ok_or_else(|| wrong("The address of the marketplace cannot be read."))?;
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(ChannelFailure::refused(
                FailureClass::Content,
                "The marketplace has no thread or file of this name.",
            ));
        }
        let cannot = wrong("The address of the marketplace cannot be used.");
        url.path_segments_mut().map_err(|()| cannot)?.pop_if_empty().push("api").extend(segments);
        Ok(url)
    }
}
