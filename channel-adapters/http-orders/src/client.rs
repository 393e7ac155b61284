//! Signed calls to the shop: addresses, limits and what a broken call means. Follows no redirect away from the shop.

use channel_contract::orders::OrderFailure;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use time::OffsetDateTime;
use url::Url;

use crate::answers::{Answer, BodyFault, refused, retry, retry_after, unknown};
use crate::settings::Settings;
use crate::signature;

/// The largest answer that is read, in bytes.
pub(crate) const LARGEST_ANSWER: usize = 2 * 1024 * 1024;

/// Redirects followed within the shop.
const MOST_REDIRECTS: usize = 3;

/// The redirect policy that the client handed to [`crate::HttpOrders`] must be built with: stays at the shop's own
/// scheme, host and port, so that neither signatures nor customers' addresses reach anybody else.
pub fn redirects_within_shop() -> Policy {
    Policy::custom(|attempt| {
        let first = attempt.previous().first();
        let stays = first.is_some_and(|first| first.origin() == attempt.url().origin());
        if stays && attempt.previous().len() <= MOST_REDIRECTS { attempt.follow() } else { attempt.stop() }
    })
}

/// Gives the time.
pub(crate) type Clock = Box<dyn Fn() -> OffsetDateTime + Send + Sync>;

pub(crate) struct Client {
    http: reqwest::Client,
    settings: Settings,
    clock: Clock,
}

impl Client {
    pub(crate) fn new(settings: Settings, http: reqwest::Client, clock: Clock) -> Self {
        Self { http, settings, clock }
    }

    /// The address of a resource; `None` for a segment that would change the path (`..`) or leave it (empty).
    pub(crate) fn address(&self, segments: &[&str]) -> Option<Url> {
        let mut url = self.settings.base().clone();
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        Some(url)
    }

    /// A read. What breaks on the way is tried again later.
    pub(crate) async fn get(&self, url: Url) -> Result<Answer, OrderFailure> {
        let request = self.http.get(url.clone()).header(signature::HEADER, self.signature(b""));
        let answer = match request.header(ACCEPT, "application/json").send().await {
            Ok(response) => self.answer(response, &url).await,
            Err(error) => return Err(read_failure(&error)),
        };
        answer.ok_or_else(|| refused("The shop answered from another address: check the address of the connection."))
    }

    /// An action. What breaks after the request may have left is `Unknown`.
    pub(crate) async fn post(&self, url: Url, key: &str, body: Vec<u8>) -> Result<Answer, OrderFailure> {
        let request: RequestBuilder = self
            .http
            .post(url.clone())
            .header(signature::HEADER, self.signature(&body))
            .header("Idempotency-Key", key)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json");
        let answer = match request.body(body).send().await {
            Ok(response) => self.answer(response, &url).await,
            Err(error) => return Err(action_failure(&error, &url)),
        };
        answer.ok_or_else(|| unknown("The shop sent the action to another address, so its fate is not known."))
    }

    fn signature(&self, body: &[u8]) -> String {
        signature::sign(&self.settings.secrets().current, body, (self.clock)())
    }

    /// `None` if the answer comes from another host than was asked (the client was built with another policy).
    async fn answer(&self, response: Response, asked: &Url) -> Option<Answer> {
        if response.url().origin() != asked.origin() {
            return None;
        }
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|header| retry_after(header, (self.clock)()));
        let status = response.status().as_u16();
        let redirected = response.url() != asked;
        Some(Answer { status, retry_after, redirected, body: read_limited(response).await })
    }
}

/// Reads the body up to the limit.
async fn read_limited(mut response: Response) -> Result<Vec<u8>, BodyFault> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => return Err(BodyFault::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(_) => return Err(BodyFault::Broken),
        }
    }
}

/// The words of the error are left out: they quote the address, and with it the customer's.
fn read_failure(error: &reqwest::Error) -> OrderFailure {
    if error.is_builder() {
        refused("The question to the shop cannot be put into a request.")
    } else if error.is_redirect() {
        refused("The shop sends us in circles: check the address of the connection.")
    } else if error.is_timeout() {
        retry("The shop did not answer in time.")
    } else {
        retry("The shop could not be reached.")
    }
}

fn action_failure(error: &reqwest::Error, asked: &Url) -> OrderFailure {
    let at_first_address = error.url().is_none_or(|url| url == asked);
    if error.is_builder() {
        refused("The action cannot be put into a request.")
    } else if error.is_connect() && at_first_address {
        retry("The shop could not be reached, so nothing was sent.")
    } else if error.is_timeout() {
        unknown("The shop did not answer in time, so the action's fate is not known.")
    } else {
        unknown("The connection to the shop broke, so the action's fate is not known.")
    }
}
