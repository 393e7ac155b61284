//! Calls to the shop: who asks, how much is read, and pages of lists.

use std::sync::atomic::{AtomicBool, Ordering};

use channel_contract::http::{Answer, Clock, Effect, below, call_up_to};
use channel_contract::orders::OrderFailure;
use reqwest::Method;
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use serde_json::Value;
use time::OffsetDateTime;

use crate::failure::{SHOP, broken, is_stranger, read, retry, written};
use crate::settings::Settings;

/// The largest answer that is read, in bytes: a page of orders with hundreds of lines each.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Where the interface lies below the shop's address.
const INTERFACE: [&str; 3] = ["wp-json", "wc", "v3"];

/// With how many digits amounts are asked for: taxes are rounded in sums only.
pub(crate) const DIGITS: (&str, &str) = ("dp", "6");

pub(crate) struct Client {
    settings: Settings,
    http: reqwest::Client,
    clock: Clock,
    /// Whether the keys go in the address, for a host that strips the header.
    in_address: AtomicBool,
}

/// What was listed, and whether that is all.
pub(crate) struct Listed {
    pub(crate) entries: Vec<Value>,
    pub(crate) is_whole: bool,
}

/// One call.
struct Call<'a> {
    method: Method,
    path: &'a [&'a str],
    parameters: &'a [(&'a str, &'a str)],
    body: Option<String>,
    effect: Effect,
}

impl Client {
    pub(crate) fn new(settings: Settings, http: reqwest::Client, clock: Clock) -> Self {
        Self { settings, http, clock, in_address: AtomicBool::new(false) }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// A document; `None` where there is no such thing.
    pub(crate) async fn get(&self, path: &[&str], parameters: &[(&str, &str)]) -> Result<Option<Value>, OrderFailure> {
        let call = Call { method: Method::GET, path, parameters, body: None, effect: Effect::Reads };
        read(&self.call(&call).await?)
    }

    /// A list, page by page, at most so many of them with so many entries each.
    pub(crate) async fn list(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
        most: (usize, usize),
    ) -> Result<Listed, OrderFailure> {
        self.pages(path, parameters, most, false).await
    }

    /// The same; of a list that is longer only its beginning, where the shop tells so at once.
    pub(crate) async fn list_whole(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
        most: (usize, usize),
    ) -> Result<Listed, OrderFailure> {
        self.pages(path, parameters, most, true).await
    }

    async fn pages(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
        (most_pages, a_page): (usize, usize),
        whole_or_none: bool,
    ) -> Result<Listed, OrderFailure> {
        let mut entries = Vec::new();
        let size = a_page.to_string();
        for page in 1..=most_pages {
            let number = page.to_string();
            let mut with_page = parameters.to_vec();
            with_page.extend([("per_page", size.as_str()), ("page", number.as_str())]);
            let call = Call { method: Method::GET, path, parameters: &with_page, body: None, effect: Effect::Reads };
            let answer = self.call(&call).await?;
            let Some(Value::Array(found)) = read(&answer)? else {
                return Err(retry("The shop answered with something else than its documented JSON."));
            };
            let is_full = found.len() >= a_page;
            entries.extend(found);
            // A host may not tell how many pages there are.
            let pages = answer.header("x-wp-totalpages").parse::<usize>().ok();
            if pages.map_or(!is_full, |all| page >= all) {
                return Ok(Listed { entries, is_whole: true });
            }
            if whole_or_none && pages.is_some_and(|all| all > most_pages) {
                break;
            }
        }
        Ok(Listed { entries, is_whole: false })
    }

    /// Makes something.
    pub(crate) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, OrderFailure> {
        self.write(Method::POST, path, body).await
    }

    /// Changes something.
    pub(crate) async fn put(&self, path: &[&str], body: &Value) -> Result<Value, OrderFailure> {
        self.write(Method::PUT, path, body).await
    }

    async fn write(&self, method: Method, path: &[&str], body: &Value) -> Result<Value, OrderFailure> {
        let call = Call { method, path, parameters: &[DIGITS], body: Some(body.to_string()), effect: Effect::Writes };
        written(&self.call(&call).await?)
    }

    async fn call(&self, call: &Call<'_>) -> Result<Answer, OrderFailure> {
        let in_address = self.in_address.load(Ordering::Relaxed);
        let answer = self.attempt(call, in_address).await?;
        if in_address || !is_stranger(&answer) {
            return Ok(answer);
        }
        // Nothing was done for a stranger. Whoever is still one has no rights, and the header may have come through.
        let again = self.attempt(call, true).await?;
        if !is_stranger(&again) {
            self.in_address.store(true, Ordering::Relaxed);
        }
        Ok(again)
    }

    async fn attempt(&self, call: &Call<'_>, in_address: bool) -> Result<Answer, OrderFailure> {
        let path: Vec<&str> = INTERFACE.iter().chain(call.path).copied().collect();
        let mut url = below(self.settings.base().as_str(), &path)?;
        let (key, secret) = (self.settings.key().reveal(), self.settings.secret().reveal());
        if in_address {
            url.query_pairs_mut().extend_pairs([("consumer_key", key), ("consumer_secret", secret)]);
        }
        if !call.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(call.parameters);
        }
        // A page that a cache kept would not show what an earlier attempt has done.
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .header(ACCEPT, "application/json")
            .header(CACHE_CONTROL, "no-cache");
        if !in_address {
            request = request.basic_auth(key, Some(secret));
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let answer = call_up_to(LARGEST_ANSWER, request, call.effect, SHOP, (self.clock)()).await;
        answer.map_err(|failure| broken(failure, call.effect))
    }
}
