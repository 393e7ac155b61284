//! What the shop keeps, and which of it a call asks for.

use std::collections::HashMap;

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::drafts::Draft;
use super::points::Points;
use super::{VERSION, word};

pub(super) struct State {
    pub(super) now: OffsetDateTime,
    pub(super) counter: u64,
    pub(super) version: String,
    pub(super) is_installed: bool,
    pub(super) tokens: Vec<String>,
    pub(super) granted: usize,
    pub(super) hides_customers: bool,
    /// How many readings still tell what was before.
    pub(super) stale: usize,
    /// Orders by number, whole: their lists are cut into pages when they are told.
    pub(super) orders: HashMap<u64, Value>,
    /// Each as it was before its last change.
    pub(super) before: HashMap<u64, Value>,
    /// Customers by number.
    pub(super) customers: HashMap<u64, Value>,
    /// What keys of refunds have made, with what was asked.
    pub(super) keys: HashMap<String, (Value, Value)>,
    /// Jobs, and how many more looks find them at work.
    pub(super) jobs: HashMap<String, usize>,
    pub(super) drafts: HashMap<String, Draft>,
    pub(super) fields: HashMap<(String, String), String>,
    pub(super) points: Points,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: datetime!(2026-11-22 10:00 UTC),
            counter: 5_000,
            version: VERSION.to_owned(),
            is_installed: true,
            tokens: Vec::new(),
            granted: 0,
            hides_customers: false,
            stale: 0,
            orders: HashMap::new(),
            before: HashMap::new(),
            customers: HashMap::new(),
            keys: HashMap::new(),
            jobs: HashMap::new(),
            drafts: HashMap::new(),
            fields: HashMap::new(),
            points: Points::default(),
        }
    }
}

/// The fields at the root of a document, the longer ones before those that they begin with.
const ROOTS: [&str; 20] = [
    "returnReasonDefinitions(",
    "draftOrderComplete(",
    "draftOrderCreate(",
    "draftOrderDelete(",
    "metafieldsSet(",
    "refundCreate(",
    "returnCreate(",
    "orderCancel(",
    "orderUpdate(",
    "suggestedRefund(",
    "metafield(",
    "productVariants(",
    "currentAppInstallation",
    "draftOrder(",
    "fulfillment(",
    "return(",
    "customers(",
    "orders(",
    "job(",
    "order(",
];

impl State {
    /// The next number, and a second later.
    pub(super) fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.now += Duration::SECOND;
        self.counter
    }

    /// What time it is there, as it is written.
    pub(super) fn stamp(&self) -> String {
        self.now.format(&Rfc3339).unwrap_or_default()
    }

    /// The whole answer to a document, without what it costs.
    pub(super) fn answer(&mut self, document: &str, variables: &Value) -> Value {
        let root = ROOTS.into_iter().find(|root| document.contains(*root)).unwrap_or_default();
        let id = word(variables, &["id"]);
        let data = match root {
            "returnReasonDefinitions(" => {
                json!({ "named": { "nodes": [{ "id": "gid://shopify/ReturnReasonDefinition/1" }] } })
            }
            "draftOrderComplete(" => json!({ "draftOrderComplete": self.complete(id) }),
            "draftOrderCreate(" => json!({ "draftOrderCreate": self.draft(variables) }),
            "draftOrderDelete(" => json!({ "draftOrderDelete": self.discard(variables) }),
            "metafieldsSet(" => json!({ "metafieldsSet": self.write_field(variables) }),
            "refundCreate(" if !document.contains("@idempotent(key:") => {
                let error = json!({ "message": "The @idempotent directive is required", "extensions": { "code": "BAD_REQUEST" } });
                return json!({ "errors": [error] });
            }
            "refundCreate(" => json!({ "refundCreate": self.refund(variables) }),
            "returnCreate(" => json!({ "returnCreate": self.open_return(variables) }),
            "orderCancel(" => json!({ "orderCancel": self.cancel(variables) }),
            "orderUpdate(" => json!({ "orderUpdate": self.change_address(variables) }),
            "suggestedRefund(" => json!({ "order": self.suggestion(variables) }),
            "metafield(" => json!({ "order": { "metafield": self.field(id, word(variables, &["key"])) } }),
            "productVariants(" => Self::products(),
            "currentAppInstallation" => json!({
                "shop": { "myshopifyDomain": super::DOMAIN },
                "currentAppInstallation": { "accessScopes": [{ "handle": "write_orders" }] }
            }),
            "draftOrder(" => json!({ "draftOrder": self.drafted(id) }),
            "fulfillment(" | "return(" => json!({ "node": self.further(id, word(variables, &["after"])) }),
            "customers(" => json!({ "customers": { "nodes": self.find_customers(word(variables, &["query"])) } }),
            "orders(" => json!({ "orders": { "nodes": self.find_orders(word(variables, &["query"])) } }),
            "job(" => json!({ "job": self.job(id) }),
            "order(" if document.contains("node: order(") => {
                json!({ "node": self.further(id, word(variables, &["after"])) })
            }
            "order(" => json!({ "order": self.order(id, document) }),
            _ => {
                let error = json!({ "message": "Field doesn't exist", "extensions": { "code": "undefinedField" } });
                return json!({ "errors": [error] });
            }
        };
        json!({ "data": data })
    }
}
