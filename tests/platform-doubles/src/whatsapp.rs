//! WhatsApp's Cloud API: one number of one account.
//!
//! It takes messages as the platform does, with its limits, its window of 24 hours by a clock that is set, and its error
//! bodies; it keeps files and templates; and it makes signed deliveries of what happens.

mod deliveries;
mod form;
mod rules;
mod templates;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::fault::Fault;
use crate::server::{Platform, Request, Response};

pub use deliveries::sign;
pub use rules::error;
pub use templates::shop_templates;

/// The account, the number and their secrets.
#[derive(Clone)]
pub struct Account {
    /// The id of the account.
    pub account_id: String,
    /// The id of the number.
    pub phone_number_id: String,
    /// The number, as it is shown.
    pub shown_number: String,
    /// The id of the app.
    pub app_id: String,
    /// What deliveries are signed with.
    pub app_secret: String,
    /// What calls are made with.
    pub token: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            account_id: "700001".to_owned(),
            phone_number_id: "800001".to_owned(),
            shown_number: "4930900100".to_owned(),
            app_id: "600001".to_owned(),
            app_secret: "the-app-secret".to_owned(),
            token: "the-access-token".to_owned(),
        }
    }
}

/// Somebody who has WhatsApp.
#[derive(Clone)]
pub struct Customer {
    /// The digits of the phone number.
    pub phone: String,
    /// The id that the platform gives them for this business.
    pub user_id: String,
    /// The name that they show.
    pub name: String,
    /// Whether businesses see the phone number.
    pub shows_phone: bool,
}

/// Trouble that the platform tells after it has taken a message: the code says that it passes, and the message is there.
pub fn trouble_behind(status: u16) -> Fault {
    Fault::AnswerAfterBody(error(status, 131_000, "(#131000) Something went wrong"))
}

/// How the token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is taken.
    Granted,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// A message that was taken.
#[derive(Clone)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// The body of the request.
    pub body: Value,
    /// The bytes of its file.
    pub file: Option<Bytes>,
}

/// How long a file of a customer's message is kept, in seconds.
const FROM_CUSTOMERS: i64 = 7 * 24 * 60 * 60;
/// How long a file is kept that was handed over.
const FROM_US: i64 = 30 * 24 * 60 * 60;
/// How long the address of a file holds.
const ADDRESS_HOLDS: i64 = 5 * 60;

/// A file that lies on the platform.
#[derive(Clone)]
struct File {
    /// Until when it is kept.
    until: i64,
    content_type: String,
    content: Bytes,
    /// Where it is said to lie, in place of here.
    lies_at: Option<String>,
    /// Where its own address leads on to.
    leads_to: Option<String>,
}

struct State {
    now: i64,
    token: String,
    /// When the token ends, in seconds since 1970; 0: never.
    token_ends_at: i64,
    access: Access,
    /// Calls that are left before it is too much, and for how many minutes it is then.
    left: Option<(usize, u64)>,
    is_subscribed: bool,
    number: Map<String, Value>,
    customers: Vec<Customer>,
    /// When each customer wrote last, by phone number.
    heard: HashMap<String, i64>,
    /// Who wants no marketing, by phone number.
    stopped: HashSet<String>,
    files: HashMap<String, File>,
    templates: Vec<Value>,
    sent: Vec<Sent>,
    count: u64,
}

impl State {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// The customer under a phone number or an id.
    fn customer(&self, name: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.phone == name || customer.user_id == name)
    }
}

/// The platform.
pub struct Whatsapp {
    account: Account,
    state: Mutex<State>,
}

impl Whatsapp {
    /// With this account, whose app is told of everything.
    pub fn new(account: Account) -> Self {
        let number = json!({
            "id": account.phone_number_id,
            "display_phone_number": account.shown_number,
            "verified_name": "Fjord",
            "name_status": "APPROVED",
            "quality_rating": "GREEN",
            "status": "CONNECTED",
            "throughput": { "level": "STANDARD" },
        });
        let state = State {
            now: 1_790_000_000,
            token: account.token.clone(),
            token_ends_at: 0,
            access: Access::Granted,
            left: None,
            is_subscribed: true,
            number: number.as_object().cloned().unwrap_or_default(),
            customers: Vec::new(),
            heard: HashMap::new(),
            stopped: HashSet::new(),
            files: HashMap::new(),
            templates: Vec::new(),
            sent: Vec::new(),
            count: 0,
        };
        Self { account, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Sets the clock, in seconds since 1970.
    pub fn set_time(&self, now: i64) {
        self.state().now = now;
    }

    /// Somebody gets WhatsApp.
    pub fn join(&self, customer: Customer) {
        self.state().customers.push(customer);
    }

    /// A customer wants no marketing.
    pub fn stop_marketing(&self, phone: &str) {
        self.state().stopped.insert(phone.to_owned());
    }

    /// Says from now on how the token stands.
    pub fn set_access(&self, access: Access) {
        self.state().access = access;
    }

    /// Says from now on when the token ends, in seconds since 1970; 0: never.
    pub fn token_ends(&self, at: i64) {
        self.state().token_ends_at = at;
    }

    /// Takes another token from now on, and no other.
    pub fn replace_token(&self, token: &str) {
        let mut state = self.state();
        token.clone_into(&mut state.token);
        state.access = Access::Granted;
    }

    /// Takes so many calls, and then says that it is too much for so many minutes; `None`: any number.
    pub fn limit(&self, calls: Option<(usize, u64)>) {
        self.state().left = calls;
    }

    /// Whether the account tells the app what happens.
    pub fn subscribe(&self, is_subscribed: bool) {
        self.state().is_subscribed = is_subscribed;
    }

    /// Changes what is told of the number.
    pub fn set_number(&self, field: &str, value: &str) {
        self.state().number.insert(field.to_owned(), value.into());
    }

    /// Puts a template there, as the platform lists it.
    pub fn put_template(&self, template: Value) {
        self.state().templates.push(template);
    }

    /// Puts a file of a customer's there, and gives its id.
    pub fn put_file(&self, content_type: &str, content: Bytes) -> String {
        self.keep_file(content_type, content, FROM_CUSTOMERS)
    }

    fn keep_file(&self, content_type: &str, content: Bytes, seconds: i64) -> String {
        let mut state = self.state();
        let id = format!("90{:06}", state.next());
        let (until, content_type) = (state.now + seconds, content_type.to_owned());
        let file = File { until, content_type, content, lies_at: None, leads_to: None };
        state.files.insert(id.clone(), file);
        id
    }

    /// Says that a file lies at this address.
    pub fn file_lies_at(&self, id: &str, address: &str) {
        if let Some(file) = self.state().files.get_mut(id) {
            file.lies_at = Some(address.to_owned());
        }
    }

    /// Leads on from a file's own address to this one.
    pub fn file_leads_to(&self, id: &str, address: &str) {
        if let Some(file) = self.state().files.get_mut(id) {
            file.leads_to = Some(address.to_owned());
        }
    }

    /// What was sent, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// What is answered where too many calls are made, with the minutes until they are taken again.
    pub fn limited(&self, minutes: u64) -> Response {
        let usage = json!({
            &self.account.account_id: [{
                "type": "whatsapp", "call_count": 100, "estimated_time_to_regain_access": minutes,
            }],
        });
        let limited = error(429, 80_007, "(#80007) There have been too many calls to this account.");
        limited.with("x-business-use-case-usage", &usage.to_string())
    }

    fn refused_access(&self, request: &Request) -> Option<Response> {
        let mut state = self.state();
        let is_known = request.bearer() == state.token;
        let refusal = match state.access {
            Access::Granted if is_known => None,
            Access::Granted => Some(("Invalid OAuth access token - Cannot parse access token", None)),
            Access::Expired => Some(("Error validating access token: Session has expired", Some(463))),
            Access::Revoked => {
                Some(("Error validating access token: The user has not authorized application", Some(458)))
            }
        };
        if let Some((words, subcode)) = refusal {
            return Some(rules::lost_access(words, subcode));
        }
        let (left, minutes) = state.left.as_mut()?;
        if *left == 0 {
            return Some(self.limited(*minutes));
        }
        *left -= 1;
        None
    }

    /// What the app is told of a token.
    fn debugged(&self, request: &Request) -> Response {
        if request.bearer() != format!("{}|{}", self.account.app_id, self.account.app_secret) {
            return error(401, 190, "Error validating application. Cannot get application info due to a system error.");
        }
        let state = self.state();
        let is_valid = state.access == Access::Granted && request.query("input_token") == state.token;
        let data = json!({
            "app_id": self.account.app_id,
            "is_valid": is_valid,
            "expires_at": state.token_ends_at,
            "data_access_expires_at": 0,
            "scopes": ["whatsapp_business_messaging", "whatsapp_business_management"],
        });
        Response::json(200, &json!({ "data": data }))
    }

    fn read(&self, names: &[&str], request: &Request) -> Response {
        let state = self.state();
        match names {
            ["files", id, since] => match state.files.get(*id) {
                Some(file) if since.parse().is_ok_and(|since: i64| state.now <= since + ADDRESS_HOLDS) => {
                    download(file)
                }
                _ => Response::status(404),
            },
            [_, id] if *id == self.account.phone_number_id => Response::json(200, &state.number),
            [_, id, "message_templates"] if *id == self.account.account_id => page(&state.templates, request),
            [_, id, "subscribed_apps"] if *id == self.account.account_id => {
                let app = json!({ "whatsapp_business_api_data": { "id": self.account.app_id, "name": "Desk" } });
                let apps = if state.is_subscribed { vec![app] } else { Vec::new() };
                Response::json(200, &json!({ "data": apps }))
            }
            [_, id] => match state.files.get(*id).filter(|file| state.now <= file.until) {
                Some(file) => {
                    let here = format!("http://{}/files/{id}/{}", request.header("host"), state.now);
                    Response::json(
                        200,
                        &json!({
                            "messaging_product": "whatsapp",
                            "id": id,
                            "url": file.lies_at.as_ref().unwrap_or(&here),
                            "mime_type": file.content_type,
                            "sha256": hex::encode(Sha256::digest(&file.content)),
                            "file_size": file.content.len(),
                        }),
                    )
                }
                None => rules::unknown(),
            },
            _ => rules::unknown(),
        }
    }

    fn write(&self, names: &[&str], request: &Request) -> Response {
        match names {
            [_, id, "messages"] if *id == self.account.phone_number_id => self.take(&request.json()),
            [_, id, "media"] if *id == self.account.phone_number_id => self.keep(request),
            [_, id, "subscribed_apps"] if *id == self.account.account_id => {
                self.subscribe(true);
                Response::json(200, &json!({ "success": true }))
            }
            _ => rules::unknown(),
        }
    }

    fn keep(&self, request: &Request) -> Response {
        match form::file_of(request).and_then(|(kind, content)| rules::file(&kind, &content).map(|()| (kind, content)))
        {
            Ok((kind, content)) => Response::json(200, &json!({ "id": self.keep_file(&kind, content, FROM_US) })),
            Err(refusal) => refusal,
        }
    }

    fn take(&self, body: &Value) -> Response {
        let mut state = self.state();
        let phone = match rules::message(&state, body) {
            Ok(phone) => phone,
            Err(refusal) => return refusal,
        };
        let id = format!("wamid.D{:08}", state.next());
        let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
        let media = body.get(kind).and_then(|content| content.get("id")).and_then(Value::as_str);
        let file = media.and_then(|media| state.files.get(media)).map(|file| file.content.clone());
        state.sent.push(Sent { id: id.clone(), body: body.clone(), file });
        let customer = state.customer(&phone);
        let contact = json!({
            "input": body.get("to").or_else(|| body.get("recipient")),
            "wa_id": customer.filter(|customer| customer.shows_phone).map(|customer| &customer.phone),
            "user_id": customer.map(|customer| &customer.user_id),
        });
        let answer = json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [{ "id": id }] });
        Response::json(200, &answer)
    }
}

fn download(file: &File) -> Response {
    if let Some(address) = &file.leads_to {
        return Response::status(302).with("location", address);
    }
    let body = file.content.clone();
    Response { status: 200, headers: vec![("content-type".to_owned(), file.content_type.clone())], body }
}

/// Two templates a page, so that there are pages.
fn page(templates: &[Value], request: &Request) -> Response {
    let from: usize = request.query("after").parse().unwrap_or_default();
    let data: Vec<&Value> = templates.iter().skip(from).take(2).collect();
    let after = from + data.len();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": after.to_string() } });
    if let (Some(fields), true) = (paging.as_object_mut(), after < templates.len()) {
        fields.insert("next".to_owned(), "https://graph.facebook.com/next".into());
    }
    Response::json(200, &json!({ "data": data, "paging": paging }))
}

#[async_trait]
impl Platform for Whatsapp {
    async fn answer(&self, request: Request) -> Response {
        if let ("GET", [_, "debug_token"]) = (request.method.as_str(), request.segments().as_slice()) {
            return self.debugged(&request);
        }
        if let Some(refusal) = self.refused_access(&request) {
            return refusal;
        }
        match request.method.as_str() {
            "GET" => self.read(&request.segments(), &request),
            "POST" => self.write(&request.segments(), &request),
            _ => Response::status(405),
        }
    }
}
