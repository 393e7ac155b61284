//! Calls of Shopify's interface: with a token that works, within the budget, each of them judged. Nothing is repeated here but
//! a call whose token was refused.

use std::sync::{Mutex, PoisonError};

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{self, Answer, Effect, Granted, Tokens, granted};
use channel_contract::orders::OrderFailure;
use channel_contract::secret::Secret;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::budget::Budget;
use crate::failure::{WHO, broken, data, document as body_of};
use crate::settings::Settings;

/// The header that says which version answered.
const VERSION: &str = "x-shopify-api-version";

/// Gives the time.
pub(crate) type Clock = Box<dyn Fn() -> OffsetDateTime + Send + Sync>;

pub(crate) struct Client {
    http: reqwest::Client,
    settings: Settings,
    clock: Clock,
    tokens: Tokens,
    budget: Budget,
    /// The version that answered last, where it is another one than was asked.
    other_version: Mutex<Option<String>>,
}

impl Client {
    pub(crate) fn new(settings: Settings, http: reqwest::Client, clock: Clock) -> Self {
        let (tokens, budget) = (Tokens::default(), Budget::default());
        Self { http, settings, clock, tokens, budget, other_version: Mutex::default() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The version that answered last, where it is another one than was asked: Shopify falls forward from one that is over.
    pub(crate) fn other_version(&self) -> Option<String> {
        self.other_version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks something. What breaks is tried again later.
    pub(crate) async fn read(&self, document: &'static str, variables: Value) -> Result<Value, OrderFailure> {
        self.call(document, &variables, Effect::Reads).await
    }

    /// Changes something. What breaks after it may have left is `Unknown`.
    pub(crate) async fn write(&self, document: &'static str, variables: Value) -> Result<Value, OrderFailure> {
        self.call(document, &variables, Effect::Writes).await
    }

    async fn call(&self, document: &'static str, variables: &Value, effect: Effect) -> Result<Value, OrderFailure> {
        self.budget.turn(document).await?;
        let call = json!({ "query": document, "variables": variables });
        let access = self.access().await?;
        let mut answer = self.send(&call, &access.token, effect).await?;
        // A token that is refused did nothing. One that was kept may have ended early.
        if answer.status == 401 && !access.is_fresh {
            self.tokens.forget(&access.token).await;
            let access = self.access().await?;
            answer = self.send(&call, &access.token, effect).await?;
        }
        self.note_version(answer.header(VERSION));
        let body = body_of(&answer, effect)?;
        self.budget.note(document, &body);
        data(&body, effect)
    }

    async fn send(&self, call: &Value, token: &Secret, effect: Effect) -> Result<Answer, OrderFailure> {
        let request = self.http.post(self.settings.interface()).header("X-Shopify-Access-Token", token.reveal());
        let answer = http::call(request.json(call), effect, WHO, (self.clock)()).await;
        answer.map_err(broken)
    }

    async fn access(&self) -> Result<http::Access, OrderFailure> {
        let access = self.settings.access();
        if !access.token.is_empty() {
            return Ok(http::Access { token: access.token.clone(), is_fresh: true });
        }
        let granted = self.tokens.access(&access.client_secret, |secret| self.ask_for_access(secret)).await;
        granted.map_err(OrderFailure::from)
    }

    /// A token for the app of the settings.
    async fn ask_for_access(&self, secret: Secret) -> Result<Granted, ChannelFailure> {
        let form = json!({
            "grant_type": "client_credentials", "client_id": self.settings.access().client_id,
            "client_secret": secret.reveal(),
        });
        let request = self.http.post(self.settings.address("admin/oauth/access_token")).json(&form);
        let answer = http::call(request, Effect::Reads, WHO, (self.clock)()).await?;
        granted(&answer, WHO, |_| {
            "Look at the client id and secret, and that the app is installed in the shop".to_owned()
        })
    }

    fn note_version(&self, answered: &str) {
        let other =
            Some(answered.to_owned()).filter(|answered| !answered.is_empty() && answered != self.settings.version());
        *self.other_version.lock().unwrap_or_else(PoisonError::into_inner) = other;
    }
}
