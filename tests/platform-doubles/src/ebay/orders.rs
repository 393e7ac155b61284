//! Orders, and what buyers open about them.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::state::stamp;
use super::{Ebay, SELLER, error, text};
use crate::server::{Request, Response};

/// The most rows of an answer.
const MOST_ROWS: usize = 200;

impl Ebay {
    /// A buyer buys what a listing offers; gives the number of the order.
    pub fn buy(&self, buyer: &str, listing: &str) -> String {
        let mut state = self.state();
        let number = format!("12-{:05}-{:05}", state.tick(), 77);
        let (now, ship_by) = (stamp(state.now), stamp(state.now + Duration::days(2)));
        state.orders.push(json!({
            "orderId": number, "creationDate": now, "lastModifiedDate": now, "orderFulfillmentStatus": "NOT_STARTED",
            "orderPaymentStatus": "PAID", "buyer": { "username": buyer }, "sellerId": SELLER,
            "cancelStatus": { "cancelState": "NONE_REQUESTED", "cancelRequests": [] },
            "fulfillmentStartInstructions": [{ "shippingStep": { "shipTo": { "fullName": "Ann of the Buyers" } } }],
            "pricingSummary": { "total": { "value": "17.40", "currency": "EUR" },
                "deliveryCost": { "value": "4.90", "currency": "EUR" } },
            "lineItems": [{ "lineItemId": "1", "legacyItemId": listing, "title": "Stoneware cup", "quantity": 1,
                "lineItemCost": { "value": "12.50", "currency": "EUR" },
                "lineItemFulfillmentInstructions": { "shipByDate": ship_by } }]
        }));
        number
    }

    /// Changes fields of an order, which counts as a change of it.
    pub fn change_order(&self, number: &str, fields: &Value) {
        let mut state = self.state();
        state.tick();
        let now = stamp(state.now);
        for order in state.orders.iter_mut().filter(|order| text(order, "orderId") == number) {
            put_fields(order, fields);
            put_fields(order, &json!({ "lastModifiedDate": now }));
        }
    }

    /// A parcel of an order leaves with this tracking number.
    pub fn ship(&self, number: &str, tracking: &str) {
        self.change_order(number, &json!({ "orderFulfillmentStatus": "FULFILLED" }));
        let mut state = self.state();
        let (id, now) = (state.tick().to_string(), stamp(state.now));
        let parcel = json!({
            "fulfillmentId": id, "shipmentTrackingNumber": tracking, "shippingCarrierCode": "DHL", "shippedDate": now,
            "lineItems": [{ "lineItemId": "1", "quantity": 1 }]
        });
        state.parcels.entry(number.to_owned()).or_default().push(parcel);
    }

    pub(super) fn one_order(&self, number: &str, below: &[&str]) -> Response {
        let state = self.state();
        let Some(order) = state.orders.iter().find(|order| text(order, "orderId") == number) else {
            return error(404, 32_100, "Invalid order ID.");
        };
        match below {
            [] => Response::json(200, order),
            ["shipping_fulfillment"] => {
                let parcels = state.parcels.get(number).map(Vec::as_slice).unwrap_or_default();
                Response::json(200, &json!({ "fulfillments": parcels, "total": parcels.len() }))
            }
            _ => error(404, 2_002, "Resource not found"),
        }
    }

    /// The buyer opens a return; gives its id.
    pub fn open_return(&self, order: &str, buyer: &str) -> String {
        self.open("return", |number, now, due| {
            json!({
                "returnId": format!("5{number:09}"), "orderId": order, "buyerLoginName": buyer,
                "sellerLoginName": SELLER, "currentType": "MONEY_BACK", "state": "RETURN_REQUESTED",
                "status": "RETURN_REQUESTED",
                "creationInfo": { "item": { "itemId": "110136274391", "transactionId": "9001", "returnQuantity": 1 },
                    "reason": "DOES_NOT_FIT", "comments": { "content": "It is too small for my kitchen" },
                    "creationDate": { "value": now } },
                "sellerResponseDue": { "activityDue": "SELLER_APPROVE_REQUEST", "respondByDate": { "value": due } }
            })
        })
    }

    /// The buyer asks where the parcel is; gives the id of the inquiry.
    pub fn open_inquiry(&self, listing: &str, purchase: &str, buyer: &str) -> String {
        self.open("inquiry", |number, now, due| {
            json!({
                "inquiryId": format!("6{number:09}"), "itemId": listing, "transactionId": purchase, "buyer": buyer,
                "seller": SELLER, "inquiryStatusEnum": "OPEN", "creationDate": { "value": now },
                "lastModifiedDate": { "value": now }, "respondByDate": { "value": due },
                "claimAmount": { "value": 12.5, "currency": "EUR" }
            })
        })
    }

    /// The buyer asks to cancel an order; gives the id of the request.
    pub fn ask_to_cancel(&self, order: &str, buyer: &str) -> String {
        self.open("cancellation", |number, now, due| {
            json!({
                "cancelId": format!("7{number:09}"), "legacyOrderId": order, "buyerLoginName": buyer,
                "sellerLoginName": SELLER, "requestorType": "BUYER", "cancelReason": "BUYER_ASKED_CANCEL",
                "cancelState": "APPROVAL_PENDING", "cancelStatus": "CANCEL_REQUESTED",
                "cancelRequestDate": { "value": now }, "sellerResponseDueDate": { "value": due },
                "marketplaceId": "EBAY_US"
            })
        })
    }

    fn open(&self, name: &'static str, row: impl Fn(u32, String, String) -> Value) -> String {
        let mut state = self.state();
        let number = state.tick();
        let row = row(number, stamp(state.now), stamp(state.now + Duration::days(3)));
        let id = id_of(&row);
        state.cases.entry(name).or_default().push(row);
        id
    }

    /// Changes fields of a return, an inquiry or a cancellation.
    pub fn change_case(&self, id: &str, fields: &Value) {
        let mut state = self.state();
        let rows = state.cases.values_mut().flatten();
        rows.filter(|row| id_of(row) == id).for_each(|row| put_fields(row, fields));
    }

    /// eBay no longer offers the search for `return`, `inquiry` or `cancellation`.
    pub fn withdraw_search(&self, name: &str) {
        self.state().withdrawn.insert(name.to_owned());
    }

    pub(super) fn list_orders(&self, request: &Request) -> Response {
        let filter = request.query("filter").strip_prefix("lastmodifieddate:[").and_then(|rest| rest.strip_suffix(']'));
        let Some((from, to)) = filter.and_then(|range| range.split_once("..")) else {
            return error(400, 30_700, "The filter is invalid.");
        };
        let state = self.state();
        let found = within(&state.orders, from, to, &|row| moment(text(row, "lastModifiedDate")));
        let total = found.len();
        let shown: Vec<&Value> = found.into_iter().take(limit(request)).collect();
        Response::json(200, &json!({ "orders": shown, "total": total, "limit": limit(request), "offset": 0 }))
    }

    pub(super) fn list_cases(&self, name: &str, request: &Request) -> Response {
        let state = self.state();
        let token = request.header("authorization").strip_prefix("IAF ").unwrap_or_default();
        if !state.tokens.contains_key(token) {
            return Response::json(401, &json!({ "error": [{ "errorId": 1_616, "message": "Invalid token" }] }));
        }
        if request.header("x-ebay-c-marketplace-id").is_empty() {
            return Response::json(400, &json!({ "error": [{ "errorId": 1_102, "message": "No marketplace" }] }));
        }
        if !matches!(name, "return" | "inquiry" | "cancellation") {
            return Response::status(404);
        }
        if state.withdrawn.contains(name) {
            return Response::status(410);
        }
        let prefix = if name == "inquiry" { "inquiry_creation_date_range" } else { "creation_date_range" };
        let (from, to) = (request.query(&format!("{prefix}_from")), request.query(&format!("{prefix}_to")));
        let list = if name == "cancellation" { "cancellations" } else { "members" };
        let created = |row: &Value| match name {
            "return" => value_of(row.get("creationInfo")?, "creationDate"),
            "inquiry" => value_of(row, "creationDate"),
            _ => value_of(row, "cancelRequestDate"),
        };
        let rows = state.cases.get(name).map(Vec::as_slice).unwrap_or_default();
        let shown: Vec<&Value> = within(rows, from, to, &created).into_iter().take(limit(request)).collect();
        Response::json(200, &json!({ list: shown, "paginationOutput": { "totalEntries": rows.len() } }))
    }
}

/// The rows of a time, newest first.
fn within<'a>(
    rows: &'a [Value],
    from: &str,
    to: &str,
    at: &dyn Fn(&Value) -> Option<OffsetDateTime>,
) -> Vec<&'a Value> {
    let (from, to) = (moment(from), moment(to));
    let fits = |row: &&Value| {
        let at = at(row);
        at.is_some_and(|at| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to))
    };
    rows.iter().filter(fits).rev().collect()
}

fn limit(request: &Request) -> usize {
    request.query("limit").parse().map_or(25, |limit: usize| limit.min(MOST_ROWS))
}

fn moment(written: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(written, &Rfc3339).ok()
}

fn value_of(row: &Value, name: &str) -> Option<OffsetDateTime> {
    moment(text(row.get(name)?, "value"))
}

fn id_of(row: &Value) -> String {
    let ids = ["returnId", "inquiryId", "cancelId"].into_iter().map(|name| text(row, name));
    ids.into_iter().find(|id| !id.is_empty()).unwrap_or_default().to_owned()
}

fn put_fields(row: &mut Value, fields: &Value) {
    let (Some(row), Some(fields)) = (row.as_object_mut(), fields.as_object()) else { return };
    for (name, value) in fields {
        row.insert(name.clone(), value.clone());
    }
}
