//! Meta's double: a page's Messenger, an Instagram account behind a page, or one that was connected by itself. It checks
//! accesses and proofs, keeps the window, takes messages and files, shows conversations, renews accesses, holds files that
//! customers send, and writes what is pushed to the desk.

mod errors;
mod messages;
mod webhooks;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

pub use errors::{error, limited, limited_for, trouble_behind};
pub use webhooks::escaped;

use crate::server::{Platform, Request, Response};

const OF_PAGES: &[&str] = &[
    "feed",
    "leadgen",
    "message_deliveries",
    "message_echoes",
    "message_edits",
    "message_reactions",
    "message_reads",
    "message_template_status_update",
    "messages",
    "messaging_handovers",
    "messaging_optins",
    "messaging_policy_enforcement",
    "messaging_postbacks",
    "messaging_referrals",
    "standby",
];
const OF_INSTAGRAM: &[&str] = &[
    "comments",
    "live_comments",
    "mentions",
    "message_edit",
    "message_reactions",
    "messages",
    "messaging_handover",
    "messaging_postbacks",
    "messaging_referral",
    "messaging_seen",
    "standby",
];

/// How an account is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A page's Messenger.
    Page,
    /// An Instagram account that stands behind a page.
    BehindPage,
    /// An Instagram account by itself.
    Instagram,
}

/// An account at the platform, and the app that may use it.
#[derive(Clone, Debug)]
pub struct Account {
    /// How it is reached.
    pub door: Door,
    /// The id of the page.
    pub page_id: String,
    /// The id of the Instagram account.
    pub instagram_id: String,
    /// The id of the app.
    pub app_id: String,
    /// The secret of the app.
    pub app_secret: String,
}

/// What renewing an access gives.
#[derive(Clone, Debug)]
pub enum Renewal {
    /// A new access that lasts so many seconds.
    Grants(i64),
    /// An access that is not taken.
    GrantsInVain,
    /// No access any more: whoever granted it took it back.
    Refuses,
    /// Something else.
    Answers(Response),
}

/// A message as the platform has taken it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its id.
    pub mid: String,
    /// To whom; the id of a comment where it answers one in private.
    pub to: String,
    /// Its text.
    pub text: String,
    /// Its file.
    pub file: Option<File>,
    /// What the sender wants to see again in the echo.
    pub metadata: String,
    /// The titles of its quick replies.
    pub quick_replies: Vec<String>,
    /// The tag that opened the window.
    pub tag: String,
    /// When.
    pub at: OffsetDateTime,
}

/// A file that was handed in.
#[derive(Clone, Debug)]
pub struct File {
    /// The platform's word for what it is.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub content: Bytes,
}

/// A message of a customer's.
struct Written {
    mid: String,
    customer: String,
    text: String,
    at: OffsetDateTime,
}

struct State {
    now: OffsetDateTime,
    /// The accesses that are taken, and when each ends.
    accesses: HashMap<String, Option<OffsetDateTime>>,
    /// Until when accesses may read what people wrote; `None`: for ever.
    may_read_until: Option<OffsetDateTime>,
    renewal: Renewal,
    renewals: usize,
    permissions: Vec<String>,
    /// What the app is told of.
    subscribed: Vec<String>,
    /// What it may not be told of.
    withheld: Vec<String>,
    has_human_agent: bool,
    /// Who has written, and when last.
    customers: HashMap<String, OffsetDateTime>,
    /// What they wrote, as far as it was said.
    written: Vec<Written>,
    /// Public comments: who wrote each, when, and whether it was answered.
    comments: HashMap<String, (String, OffsetDateTime, bool)>,
    uploads: HashMap<String, File>,
    sent: Vec<Sent>,
    /// What people wrote for the account in other clients.
    elsewhere: Vec<Sent>,
    /// The messages on which a heart stands.
    hearts: Vec<String>,
    media: HashMap<String, Response>,
    /// What people are called, as their profiles tell it.
    profiles: HashMap<String, Value>,
    number: u64,
}

/// The platform.
pub struct Meta {
    account: Account,
    state: Mutex<State>,
}

impl Meta {
    /// With one account, at this time. Nobody has written, and no access was granted.
    pub fn new(account: Account, now: OffsetDateTime) -> Self {
        let granted = ["pages_messaging", "pages_manage_metadata", "instagram_manage_messages"];
        let state = State {
            now,
            accesses: HashMap::new(),
            may_read_until: None,
            renewal: Renewal::Grants(60 * 24 * 60 * 60),
            renewals: 0,
            permissions: granted.map(str::to_owned).to_vec(),
            subscribed: fields(account.door).map(str::to_owned).collect(),
            withheld: Vec::new(),
            has_human_agent: true,
            customers: HashMap::new(),
            written: Vec::new(),
            comments: HashMap::new(),
            uploads: HashMap::new(),
            sent: Vec::new(),
            elsewhere: Vec::new(),
            hearts: Vec::new(),
            media: HashMap::new(),
            profiles: HashMap::new(),
            number: 0,
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

    /// The time there.
    pub fn now(&self) -> OffsetDateTime {
        self.state().now
    }

    /// Sets the time there.
    pub fn set_now(&self, now: OffsetDateTime) {
        self.state().now = now;
    }

    /// Takes this access from now on, until it ends.
    pub fn grant(&self, access: &str, ends_at: Option<OffsetDateTime>) {
        self.state().accesses.insert(access.to_owned(), ends_at);
    }

    /// Accesses may read what people wrote until then; `None`: for ever.
    pub fn may_read_until(&self, end: Option<OffsetDateTime>) {
        self.state().may_read_until = end;
    }

    /// Takes no access any more.
    pub fn revoke(&self) {
        self.state().accesses.clear();
    }

    /// What renewing gives from now on; forgets how often it was asked for.
    pub fn renews(&self, renewal: Renewal) {
        let mut state = self.state();
        state.renewal = renewal;
        state.renewals = 0;
    }

    /// How often an access was renewed, or asked to be.
    pub fn renewals(&self) -> usize {
        self.state().renewals
    }

    /// What accesses may do from now on.
    pub fn permit(&self, permissions: &[&str]) {
        self.state().permissions = permissions.iter().map(|&name| name.to_owned()).collect();
    }

    /// Whether what happens to the account is pushed to the app.
    pub fn subscribe(&self, is_subscribed: bool) {
        let all = fields(self.account.door).filter(|_| is_subscribed);
        self.state().subscribed = all.map(str::to_owned).collect();
    }

    /// Pushes this of the account to the app, and no more.
    pub fn subscribe_to(&self, fields: &[&str]) {
        self.state().subscribed = fields.iter().map(|&field| field.to_owned()).collect();
    }

    /// What of the account is pushed to the app.
    pub fn subscribed(&self) -> Vec<String> {
        self.state().subscribed.clone()
    }

    /// Refuses from now on to push this to the app.
    pub fn withhold(&self, field: &str) {
        self.state().withheld.push(field.to_owned());
    }

    /// Whether the app was granted to let people answer for seven days.
    pub fn grant_human_agent(&self, is_granted: bool) {
        self.state().has_human_agent = is_granted;
    }

    /// A customer has written at this time.
    pub fn wrote(&self, customer: &str, at: OffsetDateTime) {
        self.state().customers.insert(customer.to_owned(), at);
    }

    /// A customer writes this just now: conversations show it, and it is given as it would be pushed.
    pub fn says(&self, customer: &str, mid: &str, text: &str) -> Value {
        let mut state = self.state();
        let now = state.now;
        state.customers.insert(customer.to_owned(), now);
        state.written.push(Written {
            mid: mid.to_owned(),
            customer: customer.to_owned(),
            text: text.to_owned(),
            at: now,
        });
        drop(state);
        self.text(customer, mid, text)
    }

    /// Somebody has written this comment just now.
    pub fn commented(&self, comment: &str, customer: &str) {
        let mut state = self.state();
        let now = state.now;
        state.comments.insert(comment.to_owned(), (customer.to_owned(), now, false));
    }

    /// What was taken, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Answers this where a customer's file is asked for: `/media/NAME`.
    pub fn put_media(&self, name: &str, response: Response) {
        self.state().media.insert(name.to_owned(), response);
    }

    /// A customer lets others see these fields of theirs.
    pub fn known_as(&self, customer: &str, profile: Value) {
        self.state().profiles.insert(customer.to_owned(), profile);
    }

    /// What a customer lets others see: the fields that are asked for, and no others.
    fn profile(&self, customer: &str, request: &Request) -> Response {
        let state = self.state();
        let Some(profile) = state.profiles.get(customer) else { return error(400, 230, 0, false) };
        let mut shown = serde_json::Map::new();
        for field in request.query("fields").split(',') {
            if let Some(value) = profile.get(field) {
                shown.insert(field.to_owned(), value.clone());
            }
        }
        shown.insert("id".to_owned(), customer.into());
        Response::json(200, &Value::Object(shown))
    }

    /// The id that sends.
    fn node(&self) -> &str {
        match self.account.door {
            Door::Page | Door::BehindPage => &self.account.page_id,
            Door::Instagram => &self.account.instagram_id,
        }
    }

    /// The id that webhooks and conversations show.
    fn own_id(&self) -> &str {
        match self.account.door {
            Door::Page => &self.account.page_id,
            Door::BehindPage | Door::Instagram => &self.account.instagram_id,
        }
    }

    fn is_instagram(&self) -> bool {
        self.account.door != Door::Page
    }

    fn renewed(&self, request: &Request) -> Response {
        let mut state = self.state();
        state.renewals += 1;
        let asks = request.query("grant_type") == "ig_refresh_token";
        let renewal = state.renewal.clone();
        let seconds = match renewal {
            Renewal::Answers(response) => return response,
            Renewal::Refuses => return errors::lost_access(errors::ENDED),
            Renewal::Grants(_) | Renewal::GrantsInVain if !asks => return error(400, 100, 0, false),
            Renewal::Grants(seconds) => seconds,
            Renewal::GrantsInVain => 60 * 24 * 60 * 60,
        };
        if !state.accesses.contains_key(request.query("access_token")) {
            return errors::lost_access(errors::TAKEN_BACK);
        }
        state.number += 1;
        let access = format!("IGAA-renewed-{}", state.number);
        if !matches!(state.renewal, Renewal::GrantsInVain) {
            // One that is over at once is taken all the same: what counts is that nobody goes on with it.
            let ends = (seconds > 0).then(|| state.now + Duration::seconds(seconds));
            state.accesses.insert(access.clone(), ends);
        }
        Response::json(200, &json!({ "access_token": access, "token_type": "bearer", "expires_in": seconds }))
    }

    /// Why a call may not be made.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let state = self.state();
        let access = request.bearer();
        match state.accesses.get(access) {
            Some(ends) if ends.is_none_or(|ends| ends > state.now) => {}
            Some(_) => return Some(errors::lost_access(errors::ENDED)),
            None => return Some(errors::lost_access(errors::TAKEN_BACK)),
        }
        let proof = hex::encode(code(&self.account.app_secret, access.as_bytes()));
        (request.query("appsecret_proof") != proof).then(|| error(400, 100, 0, false))
    }

    fn debugged(&self, request: &Request) -> Response {
        if request.bearer() != format!("{}|{}", self.account.app_id, self.account.app_secret) {
            return errors::lost_access(errors::NONE);
        }
        let state = self.state();
        let ends = state.accesses.get(request.query("input_token"));
        let seconds = |at: Option<OffsetDateTime>| at.map_or(0, OffsetDateTime::unix_timestamp);
        let data = json!({
            "app_id": self.account.app_id,
            "is_valid": ends.is_some_and(|ends| ends.is_none_or(|ends| ends > state.now)),
            "expires_at": seconds(ends.copied().flatten()),
            "data_access_expires_at": seconds(state.may_read_until),
            "scopes": state.permissions,
        });
        Response::json(200, &json!({ "data": data }))
    }

    fn subscriptions(&self) -> Response {
        let state = self.state();
        let app = json!({ "id": self.account.app_id, "subscribed_fields": state.subscribed });
        let data = if state.subscribed.is_empty() { Vec::new() } else { vec![app] };
        Response::json(200, &json!({ "data": data }))
    }

    /// Subscribes the app to what is named, in place of what it was subscribed to.
    fn subscribes(&self, request: &Request) -> Response {
        let asked: Vec<&str> = request.query("subscribed_fields").split(',').collect();
        let known: Vec<&str> = fields(self.account.door).collect();
        let mut state = self.state();
        if !asked.iter().all(|field| known.contains(field)) {
            return error(400, 100, 0, false);
        }
        if asked.iter().any(|field| state.withheld.iter().any(|withheld| withheld == field)) {
            return error(403, 200, 0, false);
        }
        state.subscribed = asked.into_iter().map(str::to_owned).collect();
        Response::json(200, &json!({ "success": true }))
    }

    fn about(&self) -> Response {
        let account = &self.account;
        Response::json(
            200,
            &match account.door {
                Door::Page => json!({ "id": account.page_id, "name": "The Shop" }),
                Door::BehindPage => json!({
                    "id": account.page_id, "name": "The Shop",
                    "instagram_business_account": { "id": account.instagram_id },
                }),
                Door::Instagram => {
                    json!({ "id": "app-scoped-1", "user_id": account.instagram_id, "username": "the.shop" })
                }
            },
        )
    }
}

#[async_trait]
impl Platform for Meta {
    async fn answer(&self, request: Request) -> Response {
        let segments = request.segments();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["media", name]) => {
                return self.state().media.get(*name).cloned().unwrap_or_else(|| Response::status(404));
            }
            ("GET", ["refresh_access_token"]) if self.account.door == Door::Instagram => return self.renewed(&request),
            ("GET", [_, "debug_token"]) => return self.debugged(&request),
            _ => {}
        }
        if let Some(refusal) = self.refusal(&request) {
            return refusal;
        }
        let node = self.node();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", [_, "me"]) if self.account.door == Door::Instagram => self.about(),
            ("GET", [_, id]) if *id == node && self.account.door != Door::Instagram => self.about(),
            ("GET", [_, id, "subscribed_apps"]) if *id == node => self.subscriptions(),
            ("GET", [_, id, "conversations"]) if *id == node => self.conversations(&request),
            ("GET", [_, id]) if id.starts_with("t_") => self.conversation(id.trim_start_matches("t_")),
            ("GET", [_, id, "messages"]) if id.starts_with("t_") => {
                self.messages(id.trim_start_matches("t_"), &request)
            }
            ("GET", [_, id]) if id.bytes().all(|byte| byte.is_ascii_digit()) => self.profile(id, &request),
            ("POST", [_, id, "subscribed_apps"]) if *id == node => self.subscribes(&request),
            ("POST", [_, id, "message_attachments"]) if *id == node => self.handed_in(&request),
            ("POST", [_, id, "messages"]) if *id == node => self.taken(&request),
            _ => error(400, 100, 33, false),
        }
    }
}

/// What can be pushed of an account.
fn fields(door: Door) -> impl Iterator<Item = &'static str> {
    match door {
        Door::Page | Door::BehindPage => OF_PAGES,
        Door::Instagram => OF_INSTAGRAM,
    }
    .iter()
    .copied()
}

/// HMAC-SHA256.
fn code(secret: &str, bytes: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(bytes);
    mac.finalize().into_bytes().to_vec()
}
