//! Amazon: its sign-in and its Selling Partner API over HTTP, its relay of mails, what it tells of orders, and a queue for
//! that.

pub mod mails;
pub mod notifications;
pub mod queue;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::server::{Platform, Request, Response};

/// What the sign-in does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// Grants access for an hour.
    #[default]
    Grants,
    /// Grants access that is over at once.
    GrantsBriefly,
    /// Grants access that the API does not take.
    GrantsInVain,
    /// Grants access together with a new secret to renew it.
    Replaces,
    /// Says that the seller has taken the consent back.
    Refuses,
    /// Does not know the application by its secret.
    ForgetsApplication,
}

/// An order, as far as it matters to messages.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its number.
    pub number: String,
    /// The id of its marketplace.
    pub marketplace: String,
    /// The buyer's language and country.
    pub locale: String,
    /// What may be said about it now.
    pub actions: BTreeSet<String>,
}

/// A message about an order, as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The order.
    pub order: String,
    /// The kind of message.
    pub action: String,
    /// What it holds.
    pub body: Value,
    /// The files.
    pub files: Vec<Bytes>,
}

/// The seller's account.
pub struct Amazon {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    now: u64,
    sign_in: SignIn,
    /// What access may be renewed with, the newest last.
    refresh_tokens: Vec<String>,
    granted: u64,
    renewals: usize,
    /// The tokens that count, with their end, and whether they are the seller's.
    tokens: BTreeMap<String, (u64, bool)>,
    orders: BTreeMap<String, Order>,
    said: Vec<Said>,
    /// Files by the id of their place: the hash that was told, and the bytes.
    files: BTreeMap<String, (String, Option<Bytes>)>,
    /// What orders hold beside, by their numbers.
    details: BTreeMap<String, Value>,
    /// Parts of paths that the application has no role for.
    denied: Vec<String>,
    queue: queue::Shelf,
    destinations: Vec<Value>,
    subscription: Option<Value>,
    /// How many calls are left, by a part of their path.
    limits: BTreeMap<String, usize>,
}

/// The application's id.
pub const CLIENT_ID: &str = "amzn1.application-oa2-client.double";
/// The application's secret.
pub const CLIENT_SECRET: &str = "amzn1.oa2-cs.v1.double-secret";
/// What access to the seller's account is renewed with at first.
pub const REFRESH_TOKEN: &str = "Atzr|double-refresh";

impl Default for Amazon {
    fn default() -> Self {
        Self { state: Mutex::new(State { refresh_tokens: vec![REFRESH_TOKEN.to_owned()], ..State::default() }) }
    }
}

impl Amazon {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the clock, in seconds since 1970; limits are over with it.
    pub fn set_now(&self, seconds: u64) {
        let mut state = self.state();
        state.now = seconds;
        state.limits.clear();
    }

    /// Tells the sign-in what to do from now on, and forgets how often it was asked.
    pub fn sign_in(&self, does: SignIn) {
        let mut state = self.state();
        (state.sign_in, state.renewals) = (does, 0);
    }

    /// How often access was asked for since.
    pub fn renewals(&self) -> usize {
        self.state().renewals
    }

    /// Takes back all access that was granted.
    pub fn revoke(&self) {
        self.state().tokens.clear();
    }

    /// Puts an order there.
    pub fn put_order(&self, order: Order) {
        self.state().orders.insert(order.number.clone(), order);
    }

    /// Puts there what an order holds beside its number and its marketplace.
    pub fn describe_order(&self, number: &str, details: Value) {
        self.state().details.insert(number.to_owned(), details);
    }

    /// Takes the role from the application for paths that contain this.
    pub fn deny(&self, path: &str) {
        self.state().denied.push(path.to_owned());
    }

    /// An order has changed: a notification is put into the queue, where somebody subscribed to that; whether it was.
    pub fn changed(&self, change: &notifications::OrderChange) -> bool {
        let mut state = self.state();
        let place = state.subscription.as_ref().and_then(|known| known.get("destinationId").cloned());
        let is_queue = |known: &&Value| known.pointer("/resource/sqs/arn").and_then(Value::as_str) == Some(queue::ARN);
        let goes = state.destinations.iter().filter(is_queue).any(|known| known.get("destinationId") == place.as_ref());
        if goes {
            state.queue.put(&notifications::notification(change).to_string());
        }
        goes
    }

    /// Tells another program of changes of orders.
    pub fn subscribe_elsewhere(&self) {
        let elsewhere = json!({ "subscriptionId": "subscription-9", "destinationId": "destination-9" });
        self.state().subscription = Some(elsewhere);
    }

    /// Puts something into the queue.
    pub fn put_in_queue(&self, body: &str) {
        self.state().queue.put(body);
    }

    /// How many messages the queue holds, read or not.
    pub fn queued(&self) -> usize {
        self.state().queue.len()
    }

    /// Takes so many more calls of a path that contains this.
    pub fn limit(&self, path: &str, calls: usize) {
        self.state().limits.insert(path.to_owned(), calls);
    }

    /// What was said about orders, oldest first.
    pub fn said(&self) -> Vec<Said> {
        self.state().said.clone()
    }

    /// The hashes that were told of files.
    pub fn hashes(&self) -> Vec<String> {
        self.state().files.values().map(|(hash, _)| hash.clone()).collect()
    }

    /// The subscription to changes of orders, and the destinations.
    pub fn subscribed(&self) -> (Option<Value>, Vec<Value>) {
        let state = self.state();
        (state.subscription.clone(), state.destinations.clone())
    }

    /// Ends the subscription.
    pub fn unsubscribe(&self) {
        self.state().subscription = None;
    }
}

#[async_trait]
impl Platform for Amazon {
    async fn answer(&self, request: Request) -> Response {
        let mut state = self.state();
        let segments = request.segments();
        if request.header("x-amz-target").starts_with("AmazonSQS.") {
            let now = state.now;
            return state.queue.answer(&request, now);
        }
        if segments == ["auth", "o2", "token"] {
            return state.token(&request.form());
        }
        if let ["upload", id] = segments.as_slice() {
            return state.put_file(id, request.body.clone());
        }
        if let Some(refused) = state.refusal(&request) {
            return refused;
        }
        let body = request.json();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["messaging" | "solicitations", "v1", "orders", order]) => state.actions(order, &request),
            ("GET", ["messaging", "v1", "orders", order, "attributes"]) => match state.orders.get(*order) {
                Some(order) => Response::json(200, &json!({ "buyer": { "locale": order.locale } })),
                None => error(404, "NotFound", ""),
            },
            (
                "POST",
                ["messaging", "v1", "orders", order, "messages", action]
                | ["solicitations", "v1", "orders", order, "solicitations", action],
            ) => state.say(order, action, body, request.query("marketplaceIds")),
            ("GET", ["orders", "2026-01-01", "orders", order]) => state.order(order, request.query("includedData")),
            ("GET", ["notifications", "v1", "destinations"]) => {
                Response::json(200, &json!({ "payload": state.destinations }))
            }
            ("POST", ["notifications", "v1", "destinations"]) => state.add_destination(&body),
            ("GET", ["notifications", "v1", "subscriptions", "ORDER_CHANGE"]) => match &state.subscription {
                Some(subscription) => Response::json(200, &json!({ "payload": subscription })),
                None => error(404, "NotFound", ""),
            },
            ("POST", ["notifications", "v1", "subscriptions", "ORDER_CHANGE"]) => state.subscribe(&body),
            ("POST", ["uploads", "2020-11-01", "uploadDestinations", resource @ ..]) => {
                state.place_for_a_file(&request, resource)
            }
            _ => error(404, "NotFound", ""),
        }
    }
}

impl State {
    /// An order with its items, and with those further parts that are asked for.
    fn order(&self, number: &str, included: &str) -> Response {
        let Some(order) = self.orders.get(number) else { return error(404, "NotFound", "") };
        let channel = json!({ "channelName": "AMAZON", "marketplaceId": order.marketplace });
        let mut found = json!({ "orderId": order.number, "salesChannel": channel });
        let details = self.details.get(number).and_then(Value::as_object);
        for (name, value) in details.into_iter().flatten() {
            let is_asked = included.split(',').any(|part| part.eq_ignore_ascii_case(name));
            let is_always = ["orderItems", "createdTime", "lastUpdatedTime"].contains(&name.as_str());
            if let Some(found) = found.as_object_mut().filter(|_| is_asked || is_always) {
                found.insert(name.clone(), value.clone());
            }
        }
        Response::json(200, &json!({ "order": found }))
    }

    /// Login with Amazon.
    fn token(&mut self, form: &[(String, String)]) -> Response {
        self.renewals += 1;
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let refused =
            |status, word: &str| Response::json(status, &json!({ "error": word, "error_description": "double" }));
        let is_known = field("client_id") == CLIENT_ID && field("client_secret") == CLIENT_SECRET;
        if !is_known || self.sign_in == SignIn::ForgetsApplication {
            return refused(401, "invalid_client");
        }
        let is_sellers = match field("grant_type") {
            "refresh_token" => {
                let is_right = self.refresh_tokens.iter().any(|token| token == field("refresh_token"));
                if !is_right || self.sign_in == SignIn::Refuses {
                    return refused(400, "invalid_grant");
                }
                true
            }
            "client_credentials" if field("scope") == "sellingpartnerapi::notifications" => false,
            _ => return refused(400, "unsupported_grant_type"),
        };
        self.granted += 1;
        let lasts = if self.sign_in == SignIn::GrantsBriefly { 1 } else { 3_600 };
        let token = format!("Atza|double-{}", self.granted);
        if self.sign_in != SignIn::GrantsInVain {
            self.tokens.insert(token.clone(), (self.now + lasts, is_sellers));
        }
        if self.sign_in == SignIn::Replaces {
            self.refresh_tokens.push(format!("{REFRESH_TOKEN}-{}", self.granted));
        }
        let mut granted = json!({ "access_token": token, "token_type": "bearer", "expires_in": lasts });
        if is_sellers && let Some(granted) = granted.as_object_mut() {
            granted.insert("refresh_token".to_owned(), Value::from(self.refresh_tokens.last().cloned()));
        }
        Response::json(200, &granted)
    }

    /// Why a call is refused before it is looked at.
    fn refusal(&mut self, request: &Request) -> Option<Response> {
        if request.header("user-agent").is_empty() || request.header("x-amz-date").len() != "20261103T100000Z".len() {
            return Some(error(400, "InvalidInput", "Headers are missing."));
        }
        let denied = |details: &str| Some(error(403, "Unauthorized", details));
        let Some((ends, is_sellers)) = self.tokens.get(request.header("x-amz-access-token")) else {
            return denied("The access token you provided is revoked, malformed or invalid.");
        };
        if *ends < self.now {
            return denied("The access token you provided has expired.");
        }
        let is_grantless = request.path.contains("/destinations");
        if *is_sellers == is_grantless {
            return denied("");
        }
        if self.denied.iter().any(|part| request.path.contains(part.as_str())) {
            return denied("");
        }
        let limit = self.limits.iter_mut().find(|(path, _)| request.path.contains(path.as_str()));
        if let Some((_, left)) = limit {
            let Some(fewer) = left.checked_sub(1) else {
                return Some(limited());
            };
            *left = fewer;
        }
        None
    }

    fn actions(&self, order: &str, request: &Request) -> Response {
        let Some(order) = self.orders.get(order) else { return error(404, "NotFound", "") };
        if request.query("marketplaceIds") != order.marketplace {
            return error(400, "InvalidInput", "");
        }
        let is_solicitation = request.path.starts_with("/solicitations");
        let own = order.actions.iter().filter(|name| is_review(name) == is_solicitation);
        let actions: Vec<Value> =
            own.map(|name| json!({ "href": format!("{}/messages/{name}", request.path), "name": name })).collect();
        Response::json(200, &json!({ "_links": { "actions": actions, "self": { "href": request.path } } }))
    }

    fn say(&mut self, number: &str, action: &str, body: Value, marketplace: &str) -> Response {
        let Some(order) = self.orders.get_mut(number) else { return error(404, "NotFound", "") };
        if marketplace != order.marketplace {
            return error(400, "InvalidInput", "");
        }
        if !order.actions.contains(action) {
            return error(403, "Unauthorized", "This message is not available for the order.");
        }
        let text = body.get("text").and_then(Value::as_str);
        if text.is_some_and(|text| text.is_empty() || text.chars().count() > 2_000 || text.contains('@')) {
            return error(400, "InvalidInput", "");
        }
        let named = body.get("attachments").and_then(Value::as_array).cloned().unwrap_or_default();
        let id = |file: &Value| file.get("uploadDestinationId").and_then(Value::as_str).map(str::to_owned);
        let files: Option<Vec<Bytes>> =
            named.iter().map(|file| self.files.get(&id(file)?).and_then(|(_, content)| content.clone())).collect();
        let Some(files) = files else { return error(400, "InvalidInput", "") };
        if is_review(action) {
            order.actions.remove(action);
        }
        self.said.push(Said { order: number.to_owned(), action: action.to_owned(), body, files });
        Response::json(201, &json!({}))
    }

    /// A place is for what will be said: the address of that, as it is called. One whose slashes are written in another
    /// way is nobody's.
    fn place_for_a_file(&mut self, request: &Request, resource: &[&str]) -> Response {
        let ["messaging", "v1", "orders", order, "messages", _] = resource else {
            return error(403, "Unauthorized", "Access to requested resource is denied.");
        };
        if request.query("contentMD5").is_empty() || !self.orders.contains_key(*order) {
            return error(400, "InvalidInput", "");
        }
        let place = format!("double-{}", self.files.len() + 1);
        self.files.insert(place.clone(), (request.query("contentMD5").to_owned(), None));
        let url = format!("http://{}/upload/{place}", request.header("host"));
        let headers = json!({ "content-type": request.query("contentType") });
        Response::json(201, &json!({ "payload": { "uploadDestinationId": place, "url": url, "headers": headers } }))
    }

    fn put_file(&mut self, id: &str, content: Bytes) -> Response {
        match self.files.get_mut(id) {
            // The place was made for bytes with this hash, and takes no others.
            Some((told, kept)) if *told == STANDARD.encode(Md5::digest(&content)) => {
                *kept = Some(content);
                Response::status(200)
            }
            Some(_) => Response::status(400),
            None => Response::status(404),
        }
    }

    fn add_destination(&mut self, body: &Value) -> Response {
        let id = format!("destination-{}", self.destinations.len() + 1);
        let queue = body.pointer("/resourceSpecification/sqs/arn").and_then(Value::as_str);
        if queue.is_some_and(|queue| queue != queue::ARN) {
            return error(400, "InvalidInput", "The queue does not let us send.");
        }
        let resource = body.get("resourceSpecification").cloned().unwrap_or_default();
        let destination =
            json!({ "destinationId": id, "name": body.get("name").cloned().unwrap_or_default(), "resource": resource });
        self.destinations.push(destination.clone());
        Response::json(200, &json!({ "payload": destination }))
    }

    fn subscribe(&mut self, body: &Value) -> Response {
        let destination = body.get("destinationId");
        let is_known = self.destinations.iter().any(|known| known.get("destinationId") == destination);
        if !is_known {
            return error(400, "InvalidInput", "");
        }
        if self.subscription.is_some() {
            return error(409, "Conflict", "");
        }
        let subscription = json!({
            "subscriptionId": "subscription-1", "payloadVersion": "1.0", "destinationId": destination,
            "processingDirective": body.get("processingDirective"),
        });
        self.subscription = Some(subscription.clone());
        Response::json(200, &json!({ "payload": subscription }))
    }
}

fn is_review(action: &str) -> bool {
    action == "productReviewAndSellerFeedback"
}

/// What is answered where too many calls are made.
pub fn limited() -> Response {
    error(429, "QuotaExceeded", "").with("x-amzn-ratelimit-limit", "1.0")
}

/// A refusal as the API writes it.
fn error(status: u16, code: &str, details: &str) -> Response {
    let body = json!({ "errors": [{ "code": code, "message": code, "details": details }] });
    Response::json(status, &body).with("x-amzn-requestid", "double-request")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_takes_the_file_that_it_was_made_for_and_no_other() {
        let mut state = State::default();
        let told = STANDARD.encode(Md5::digest(b"hello"));
        state.files.insert("place".to_owned(), (told, None));
        assert_eq!(state.put_file("place", Bytes::from_static(b"other")).status, 400);
        assert_eq!(state.put_file("place", Bytes::from_static(b"hello")).status, 200);
        assert_eq!(state.put_file("nowhere", Bytes::new()).status, 404);
    }
}
