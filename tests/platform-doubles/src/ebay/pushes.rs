//! Where notifications are pushed: destinations, which are asked for their word, and subscriptions.

use std::sync::Arc;

use serde_json::{Value, json};

use super::state::Opens;
use super::{Ebay, error, text};
use crate::server::{Request, Response};

/// What stands behind an address: the answer to a code, if anybody answers.
pub type Asks = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The topics, each with whose it is.
const TOPICS: [(&str, &str); 5] = [
    ("MARKETPLACE_ACCOUNT_DELETION", "APPLICATION"),
    ("AUTHORIZATION_REVOCATION", "APPLICATION"),
    ("NEW_MESSAGE", "USER"),
    ("BUYER_QUESTION", "USER"),
    ("ITEM_PRICE_REVISION", "APPLICATION"),
];

#[derive(Default)]
pub(super) struct Pushing {
    alert_email: String,
    asks: Option<Asks>,
    destinations: Vec<Value>,
    /// Each with who made it.
    subscriptions: Vec<(Opens, Value)>,
}

impl Ebay {
    /// From now on what stands behind an address is asked before eBay pushes there.
    pub fn ask_addresses(&self, asks: Asks) {
        self.state().pushing.asks = Some(asks);
    }

    /// The topics that are pushed to an address, in order.
    pub fn pushed_to(&self, endpoint: &str) -> Vec<String> {
        let state = self.state();
        let is_it = |found: &&Value| {
            text(found, "status") == "ENABLED" && found.pointer("/deliveryConfig/endpoint") == Some(&json!(endpoint))
        };
        let Some(destination) = state.pushing.destinations.iter().find(is_it) else { return Vec::new() };
        let id = text(destination, "destinationId");
        let works = |found: &&Value| text(found, "destinationId") == id && text(found, "status") == "ENABLED";
        let works = state.pushing.subscriptions.iter().map(|(_, found)| found).filter(works);
        let mut topics: Vec<String> = works.map(|found| text(found, "topicId").to_owned()).collect();
        topics.sort();
        topics
    }

    /// Whom eBay writes to when it cannot push.
    pub fn alert_email(&self) -> String {
        self.state().pushing.alert_email.clone()
    }

    /// eBay pushes a topic no more.
    pub fn disable(&self, topic: &str) {
        for (_, found) in &mut self.state().pushing.subscriptions {
            if text(found, "topicId") == topic {
                put(found, "status", "DISABLED");
            }
        }
    }

    /// An address did not answer for long.
    pub fn mark_down(&self) {
        for found in &mut self.state().pushing.destinations {
            put(found, "status", "MARKED_DOWN");
        }
    }

    pub(super) fn notification_api(&self, method: &str, path: &[&str], request: &Request) -> Response {
        let mut state = self.state();
        let Some(opens) = state.tokens.get(request.bearer()).copied() else {
            return error(401, 1_001, "Invalid access token");
        };
        if opens == Opens::AllButMessages {
            return error(403, 1_100, "Access denied");
        }
        if opens != Opens::Program && path.first() != Some(&"subscription") {
            return error(403, 195_003, "This needs the access of the application.");
        }
        let number = state.tick();
        state.pushing.answer((method, path), opens, &request.json(), number)
    }
}

impl Pushing {
    fn answer(&mut self, called: (&str, &[&str]), opens: Opens, body: &Value, number: u32) -> Response {
        match called {
            ("GET", ["topic"]) => Response::json(200, &json!({ "topics": TOPICS.map(shown), "total": TOPICS.len() })),
            ("GET", ["config"]) if self.alert_email.is_empty() => error(404, 195_005, "No configuration was found."),
            ("GET", ["config"]) => Response::json(200, &json!({ "alertEmail": self.alert_email })),
            ("PUT", ["config"]) => {
                text(body, "alertEmail").clone_into(&mut self.alert_email);
                Response::status(204)
            }
            ("GET", ["destination"]) => Response::json(200, &json!({ "destinations": self.destinations })),
            ("POST", ["destination"]) => self.tell(body, &format!("d-{number}"), 201),
            ("PUT", ["destination", id])
                if self.destinations.iter().any(|found| text(found, "destinationId") == *id) =>
            {
                self.destinations.retain(|found| text(found, "destinationId") != *id);
                self.tell(body, id, 204)
            }
            ("GET", ["subscription"]) => {
                let own = self.subscriptions.iter().filter(|(whose, _)| *whose == opens);
                let own: Vec<&Value> = own.map(|(_, found)| found).collect();
                Response::json(200, &json!({ "subscriptions": own }))
            }
            ("POST", ["subscription"]) => self.subscribe(opens, body, number),
            ("PUT", ["subscription", id]) => self.lead(opens, id, body),
            ("POST", ["subscription", id, "enable"]) => {
                for (_, found) in &mut self.subscriptions {
                    if text(found, "subscriptionId") == *id {
                        put(found, "status", "ENABLED");
                    }
                }
                Response::status(204)
            }
            _ => error(404, 2_002, "Resource not found"),
        }
    }

    fn tell(&mut self, body: &Value, id: &str, status: u16) -> Response {
        let at = body.get("deliveryConfig").unwrap_or(&Value::Null);
        let (endpoint, word) = (text(at, "endpoint"), text(at, "verificationToken"));
        if self.alert_email.is_empty() {
            return error(400, 195_006, "Please provide the alert email first.");
        }
        if !endpoint.starts_with("https://") || !(32..=80).contains(&word.len()) {
            return error(400, 195_012, "Invalid endpoint or verification token.");
        }
        let code = "c0de-of-ebay";
        let wanted = Ebay::challenge_answer_for(code, word, endpoint);
        if self.asks.as_ref().is_some_and(|asks| asks(code) != Some(wanted)) {
            return error(409, 195_020, "The endpoint did not answer the challenge.");
        }
        let mut kept = body.clone();
        put(&mut kept, "destinationId", id);
        self.destinations.push(kept);
        Response::status(status)
    }

    fn subscribe(&mut self, opens: Opens, body: &Value, number: u32) -> Response {
        let (topic, destination) = (text(body, "topicId"), text(body, "destinationId"));
        let Some((_, scope)) = TOPICS.into_iter().find(|(known, _)| *known == topic) else {
            return error(400, 195_010, "Invalid topic.");
        };
        if (scope == "APPLICATION") != (opens == Opens::Program) {
            return error(403, 195_011, "The topic needs other access.");
        }
        if !self.destinations.iter().any(|found| text(found, "destinationId") == destination) {
            return error(400, 195_013, "Invalid destination.");
        }
        // A program has one for each topic, a seller one for each address.
        let is_same = |(whose, found): &(Opens, Value)| {
            *whose == opens
                && text(found, "topicId") == topic
                && (scope == "APPLICATION" || text(found, "destinationId") == destination)
        };
        if self.subscriptions.iter().any(is_same) {
            return error(409, 195_014, "The subscription exists already.");
        }
        let mut kept = body.clone();
        put(&mut kept, "subscriptionId", &format!("s-{number}"));
        self.subscriptions.push((opens, kept));
        Response::status(201)
    }

    /// A subscription leads to another address from now on.
    fn lead(&mut self, opens: Opens, id: &str, body: &Value) -> Response {
        let destination = text(body, "destinationId");
        if !self.destinations.iter().any(|found| text(found, "destinationId") == destination) {
            return error(400, 195_013, "Invalid destination.");
        }
        let is_it = |(whose, found): &&mut (Opens, Value)| *whose == opens && text(found, "subscriptionId") == id;
        let Some((_, found)) = self.subscriptions.iter_mut().find(is_it) else {
            return error(404, 195_015, "The subscription was not found.");
        };
        put(found, "destinationId", destination);
        put(found, "status", text(body, "status"));
        Response::status(204)
    }
}

fn shown((id, scope): (&str, &str)) -> Value {
    json!({ "topicId": id, "scope": scope, "status": "ENABLED", "supportedPayloads": [
        { "format": ["JSON"], "schemaVersion": "1.0", "deliveryProtocol": "HTTPS", "deprecated": false } ] })
}

fn put(value: &mut Value, name: &str, word: &str) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(name.to_owned(), json!(word));
    }
}
