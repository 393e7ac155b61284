//! Access that is granted, ends and is taken back.

use std::collections::HashMap;
use std::future::pending;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::state::{Opens, State, stamp};
use super::{CLIENT_ID, CLIENT_SECRET, Ebay, NARROW_REFRESH_TOKEN, REFRESH_TOKEN, RU_NAME, error};
use crate::server::{Request, Response};

/// What happens to those who ask for access to the seller's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granting {
    /// They have it for two hours.
    Grants,
    /// It is over at once.
    GrantsBriefly,
    /// What they get opens nothing.
    GrantsInVain,
    /// They get a new secret to renew it with, too.
    Replaces,
    /// The seller has taken it back.
    Refuses,
    /// They are told to come back later.
    Limits(Duration),
    /// There is trouble.
    Fails,
    /// They get something senseless.
    Garbles,
    /// They hear nothing.
    Hangs,
}

impl Ebay {
    /// From now on this happens; how often access was asked for is forgotten, and what was granted is over.
    pub fn set_granting(&self, granting: Granting) {
        let mut state = self.state();
        (state.granting, state.renewals) = (granting, 0);
        state.tokens.clear();
    }

    /// How often access to the seller's account was asked for since.
    pub fn renewals(&self) -> usize {
        self.state().renewals
    }

    /// Ends all access that was granted; it can be renewed.
    pub fn end_access(&self) {
        self.state().tokens.clear();
    }

    /// So many of 5000 calls for messages are left today.
    pub fn set_calls_left(&self, calls: u32) {
        self.state().calls_left = calls;
    }

    pub(super) fn rate_limits(&self, request: &Request) -> Response {
        let state = self.state();
        if state.tokens.get(request.bearer()) != Some(&Opens::Program) {
            return error(401, 1_001, "Invalid access token");
        }
        let reset = stamp(state.now + time::Duration::hours(9));
        let rate = |limit: u32, remaining: u32| {
            let count = limit - remaining.min(limit);
            json!({ "count": count, "limit": limit, "remaining": remaining, "reset": reset, "timeWindow": 86_400 })
        };
        let api = |context: &str, name: &str, rate: Value| {
            let resource = json!({ "name": format!("{context}.{name}"), "rates": [rate] });
            json!({ "apiContext": context, "apiName": name, "apiVersion": "v1", "resources": [resource] })
        };
        let limits = [
            api("commerce", "message", rate(5_000, state.calls_left)),
            api("sell", "fulfillment", rate(100_000, 100_000)),
            api("buy", "browse", rate(5_000, 0)),
        ];
        Response::json(200, &json!({ "rateLimits": limits }))
    }

    pub(super) async fn grant(&self, request: &Request) -> Response {
        let fields = request.form();
        let field =
            |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
        let known = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
        if request.header("authorization") != format!("Basic {known}") {
            return refused(401, "invalid_client");
        }
        match field("grant_type").as_str() {
            "client_credentials" => self.state().granted(Opens::Program, 7_200),
            "authorization_code" => self.consented(&field("code"), &field("redirect_uri")),
            "refresh_token" => {
                let hangs = self.state().granting == Granting::Hangs;
                if hangs {
                    return pending().await;
                }
                self.renewed(&field("refresh_token"))
            }
            _ => refused(400, "unsupported_grant_type"),
        }
    }

    /// The seller says yes on the page that the desk led to, and eBay leads back with a code; `None` where the page is not one
    /// of eBay's.
    pub fn consent(&self, page: &str) -> Option<String> {
        let page = Url::parse(page).ok()?;
        let fields: HashMap<String, String> = page.query_pairs().into_owned().collect();
        let is = |name: &str, word: &str| fields.get(name).is_some_and(|value| value == word);
        let asks =
            fields.get("scope").is_some_and(|scope| scope.split(' ').any(|one| one.ends_with("/commerce.message")));
        if !(is("client_id", CLIENT_ID) && is("redirect_uri", RU_NAME) && is("response_type", "code") && asks) {
            return None;
        }
        let mut state = self.state();
        let code = format!("v^1.1#i^1#consent-{}", state.tick());
        state.codes.insert(code.clone());
        Some(code)
    }

    fn consented(&self, code: &str, ru_name: &str) -> Response {
        let mut state = self.state();
        if ru_name != RU_NAME || !state.codes.remove(code) {
            return refused(400, "invalid_grant");
        }
        let token = state.token(Opens::Account);
        let body = json!({
            "access_token": token, "expires_in": 7_200, "refresh_token": REFRESH_TOKEN,
            "refresh_token_expires_in": 47_304_000, "token_type": "User Access Token"
        });
        Response::json(200, &body)
    }

    fn renewed(&self, refresh: &str) -> Response {
        let mut state = self.state();
        state.renewals += 1;
        let opens = match refresh {
            REFRESH_TOKEN | "refresh-secret-of-ebay-2" => Opens::Account,
            NARROW_REFRESH_TOKEN => Opens::AllButMessages,
            _ => return refused(400, "invalid_grant"),
        };
        match state.granting {
            Granting::Grants => state.granted(opens, 7_200),
            Granting::GrantsBriefly => state.granted(opens, 1),
            Granting::GrantsInVain => {
                Response::json(200, &json!({ "access_token": "v^1.1#nobody", "expires_in": 7_200 }))
            }
            Granting::Replaces => {
                let token = state.token(opens);
                let body = json!({
                    "access_token": token, "expires_in": 7_200, "refresh_token": "refresh-secret-of-ebay-2"
                });
                Response::json(200, &body)
            }
            Granting::Refuses => refused(400, "invalid_grant"),
            Granting::Limits(wait) => Response::status(429).with("retry-after", &wait.as_secs().to_string()),
            Granting::Fails | Granting::Hangs => Response::status(503),
            Granting::Garbles => Response { body: "<html>".into(), ..Response::status(200) },
        }
    }
}

impl State {
    fn token(&mut self, opens: Opens) -> String {
        self.counter += 1;
        let token = format!("v^1.1#access-{}", self.counter);
        self.tokens.insert(token.clone(), opens);
        token
    }

    fn granted(&mut self, opens: Opens, seconds: u32) -> Response {
        let token = self.token(opens);
        Response::json(200, &json!({ "access_token": token, "expires_in": seconds, "token_type": "User Access Token" }))
    }
}

fn refused(status: u16, word: &str) -> Response {
    let words = "the provided authorization refresh token is invalid or was issued to another client";
    Response::json(status, &json!({ "error": word, "error_description": words }))
}
