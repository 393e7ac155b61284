//! What happened to an order, read from the rows of eBay's searches. Pure: the same row says the same each time.
//!
//! What buyers write with a return or an inquiry stays in the row: news of an order is in words of the desk.

use channel_contract::inbound::OrderHappening;
use channel_contract::wire::{list, text};
use serde_json::Value;
use time::OffsetDateTime;

use crate::wire::moment;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Return,
    Inquiry,
    Cancellation,
    Order,
}

/// Something that happened.
pub(crate) struct Happening {
    /// The same each time it is seen, from wherever.
    pub(crate) key: String,
    /// The number of the order.
    pub(crate) order: String,
    pub(crate) what: OrderHappening,
    pub(crate) at: Option<OffsetDateTime>,
    /// By when the shop has to answer.
    pub(crate) due: Option<OffsetDateTime>,
    pub(crate) words: String,
}

impl Subject {
    pub(crate) const ALL: [Self; 4] = [Self::Return, Self::Inquiry, Self::Cancellation, Self::Order];

    /// The name under which a row is stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Inquiry => "inquiry",
            Self::Cancellation => "cancellation",
            Self::Order => "order",
        }
    }

    /// eBay's id of what the row is about; `""` where it has none.
    pub(crate) fn id(self, row: &Value) -> String {
        let name = match self {
            Self::Return => "returnId",
            Self::Inquiry => "inquiryId",
            Self::Cancellation => "cancelId",
            Self::Order => "orderId",
        };
        text(row, &[name])
    }

    /// Where it stands, in eBay's own words: it is looked at again only when this has changed.
    pub(crate) fn state(self, row: &Value) -> String {
        match self {
            Self::Return => [text(row, &["state"]), text(row, &["status"])].join(" "),
            Self::Inquiry => text(row, &["inquiryStatusEnum", "inquiryStatus", "status"]),
            Self::Cancellation => [text(row, &["cancelState"]), text(row, &["cancelStatus"])].join(" "),
            Self::Order => text(row, &["lastModifiedDate"]),
        }
    }

    /// Whether nothing is to be done about it any more.
    pub(crate) fn is_over(self, row: &Value) -> bool {
        self != Self::Order && self.state(row).contains("CLOSED")
    }

    /// All that the row says has happened.
    pub(crate) fn happenings(self, row: &Value) -> Vec<Happening> {
        if self.id(row).is_empty() || order_of(row).is_empty() {
            return Vec::new();
        }
        match self {
            Self::Return => of_return(row),
            Self::Inquiry => of_inquiry(row),
            Self::Cancellation => of_cancellation(row),
            Self::Order => of_order(row),
        }
    }
}

/// The number of the order. Where a row has none, listing and purchase together name it, as eBay's older numbers do.
fn order_of(row: &Value) -> String {
    let number = text(row, &["orderId", "legacyOrderId"]);
    if !number.is_empty() {
        return number;
    }
    let item = row.get("creationInfo").and_then(|info| info.get("item")).unwrap_or(row);
    let (listing, purchase) = (text(item, &["itemId"]), text(item, &["transactionId"]));
    if listing.is_empty() || purchase.is_empty() { String::new() } else { format!("{listing}-{purchase}") }
}

/// A word of a list as people read it: `DEFECTIVE_ITEM` is “defective item”. Anything else is left out.
fn plain(word: &str) -> String {
    let is_word = !word.is_empty() && word.len() <= 60 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_word { word.to_lowercase().replace('_', " ") } else { String::new() }
}

/// Words, and behind a colon what eBay calls it.
fn with_word(words: &str, word: &str) -> String {
    let word = plain(word);
    if word.is_empty() { format!("{words}.") } else { format!("{words}: {word}.") }
}

fn of_return(row: &Value) -> Vec<Happening> {
    let (id, order) = (text(row, &["returnId"]), order_of(row));
    let about = row.get("creationInfo").unwrap_or(&Value::Null);
    let due = row.get("sellerResponseDue").and_then(|due| moment(due, &["respondByDate"]));
    let state = text(row, &["state", "status"]);
    let begins = state.is_empty() || state.contains("REQUEST");
    let mut found = vec![Happening {
        key: format!("return:{id}:opened"),
        order: order.clone(),
        what: OrderHappening::ReturnOpened,
        at: moment(about, &["creationDate"]),
        due: due.filter(|_| begins),
        words: with_word(&format!("The buyer opened return {id}"), &text(about, &["reason"])),
    }];
    if !begins {
        let refunded = ["REFUND_ISSUED", "REFUND_SENT"].iter().any(|word| Subject::Return.state(row).contains(word));
        let (what, words) = match state.as_str() {
            _ if refunded => (OrderHappening::Refunded, format!("The money of return {id} went back")),
            "ESCALATED" => (OrderHappening::ClaimOpened, format!("eBay was asked to step in on return {id}")),
            "CLOSED" => (OrderHappening::Changed, format!("Return {id} is over")),
            _ => (OrderHappening::Changed, format!("Return {id} goes on")),
        };
        let words = with_word(&words, if matches!(state.as_str(), "ESCALATED" | "CLOSED") { "" } else { &state });
        let due = due.filter(|_| !Subject::Return.is_over(row));
        found.push(Happening { key: format!("return:{id}:{state}"), order, what, at: None, due, words });
    }
    found
}

fn of_inquiry(row: &Value) -> Vec<Happening> {
    let (id, order) = (text(row, &["inquiryId"]), order_of(row));
    let state = Subject::Inquiry.state(row);
    let begins = matches!(state.as_str(), "" | "OPEN" | "PENDING" | "WAITING_SELLER_RESPONSE");
    let due = moment(row, &["respondByDate"]);
    let mut found = vec![Happening {
        key: format!("inquiry:{id}:opened"),
        order: order.clone(),
        what: OrderHappening::ClaimOpened,
        at: moment(row, &["creationDate"]),
        due: due.filter(|_| begins),
        words: format!("The buyer says that it did not arrive and opened inquiry {id}."),
    }];
    if !begins {
        let (what, words) = match state.as_str() {
            "CLOSED_WITH_ESCALATION" => (OrderHappening::ClaimOpened, format!("Inquiry {id} became a case at eBay.")),
            "CLOSED" | "CS_CLOSED" => (OrderHappening::ClaimClosed, format!("Inquiry {id} is over.")),
            _ => (OrderHappening::Changed, with_word(&format!("Inquiry {id} goes on"), &state)),
        };
        let at = moment(row, &["lastModifiedDate"]);
        found.push(Happening { key: format!("inquiry:{id}:{state}"), order, what, at, due: None, words });
    }
    found
}

fn of_cancellation(row: &Value) -> Vec<Happening> {
    let (id, order) = (text(row, &["cancelId"]), order_of(row));
    let by_buyer = matches!(text(row, &["requestorType"]).as_str(), "" | "BUYER");
    let due = moment(row, &["sellerResponseDueDate"]).filter(|_| !Subject::Cancellation.is_over(row));
    let reason = text(row, &["cancelReason"]);
    let at = moment(row, &["cancelRequestDate"]);
    let mut found = vec![asked_to_cancel(&id, order.clone(), by_buyer, at, due, &reason)];
    let state = text(row, &["cancelState"]);
    if !matches!(state.as_str(), "" | "INITIAL" | "APPROVAL_PENDING") {
        let words = if Subject::Cancellation.is_over(row) {
            with_word(&format!("Cancellation {id} is over"), &text(row, &["cancelCloseReason", "cancelStatus"]))
        } else {
            with_word(&format!("Cancellation {id} goes on"), &state)
        };
        let (what, at) = (OrderHappening::Changed, moment(row, &["cancelCloseDate", "lastModifiedDate"]));
        found.push(Happening { key: format!("cancellation:{id}:{state}"), order, what, at, due: None, words });
    }
    found
}

fn asked_to_cancel(
    id: &str,
    order: String,
    by_buyer: bool,
    at: Option<OffsetDateTime>,
    due: Option<OffsetDateTime>,
    reason: &str,
) -> Happening {
    let (what, words) = if by_buyer {
        (OrderHappening::CancelRequested, "The buyer asks to cancel the order")
    } else {
        (OrderHappening::Changed, "The shop cancels the order")
    };
    Happening { key: format!("cancellation:{id}:requested"), order, what, at, due, words: with_word(words, reason) }
}

fn of_order(row: &Value) -> Vec<Happening> {
    let order = order_of(row);
    let fulfilled = text(row, &["orderFulfillmentStatus"]) == "FULFILLED";
    let lines = list(row, "lineItems").iter();
    let ship_by = lines.filter_map(|line| moment(line.get("lineItemFulfillmentInstructions")?, &["shipByDate"])).min();
    let due = ship_by.filter(|_| !fulfilled);
    let changed = moment(row, &["lastModifiedDate"]);
    let mut found = vec![created(order.clone(), moment(row, &["creationDate"]), due)];
    if fulfilled {
        found.push(shipped(order.clone(), changed));
    }
    let (key, words) = match text(row, &["orderPaymentStatus"]).as_str() {
        "FULLY_REFUNDED" => ("refunded", "The whole order was refunded."),
        "PARTIALLY_REFUNDED" => ("partly_refunded", "A part of the order was refunded."),
        _ => ("", ""),
    };
    if !key.is_empty() {
        found.push(Happening {
            key: format!("order:{order}:{key}"),
            order: order.clone(),
            what: OrderHappening::Refunded,
            at: changed,
            due: None,
            words: words.to_owned(),
        });
    }
    let cancelling = row.get("cancelStatus").unwrap_or(&Value::Null);
    for request in list(cancelling, "cancelRequests") {
        let id = text(request, &["cancelRequestId"]);
        if !id.is_empty() {
            let by_buyer = text(request, &["cancelInitiator"]) != "SELLER";
            let at = moment(request, &["cancelRequestedDate"]);
            let reason = text(request, &["cancelReason"]);
            found.push(asked_to_cancel(&id, order.clone(), by_buyer, at, None, &reason));
        }
    }
    found
}

/// An order was placed.
pub(crate) fn created(order: String, at: Option<OffsetDateTime>, due: Option<OffsetDateTime>) -> Happening {
    let (key, words) = (format!("order:{order}:created"), "The order was placed on eBay.".to_owned());
    Happening { key, order, what: OrderHappening::Created, at, due, words }
}

/// An order was sent.
pub(crate) fn shipped(order: String, at: Option<OffsetDateTime>) -> Happening {
    let (key, words) = (format!("order:{order}:shipped"), "The order was marked as sent on eBay.".to_owned());
    Happening { key, order, what: OrderHappening::Shipped, at, due: None, words }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(subject: Subject, row: &Value) -> Vec<(String, OrderHappening, bool)> {
        subject.happenings(row).into_iter().map(|found| (found.key, found.what, found.due.is_some())).collect()
    }

    #[test]
    fn a_return_is_opened_once_and_goes_on() {
        let row = |state: &str| {
            json!({ "returnId": "R1", "orderId": "12-1", "state": state,
                "creationInfo": { "reason": "DEFECTIVE_ITEM", "comments": { "content": "It is broken" } },
                "sellerResponseDue": { "respondByDate": { "value": "2026-11-25T00:00:00.000Z" } } })
        };
        let opened = ("return:R1:opened".to_owned(), OrderHappening::ReturnOpened, true);
        assert_eq!(told(Subject::Return, &row("RETURN_REQUESTED")), [opened]);
        let shipped = told(Subject::Return, &row("ITEM_SHIPPED"));
        assert_eq!(shipped.len(), 2);
        assert_eq!(shipped[1], ("return:R1:ITEM_SHIPPED".to_owned(), OrderHappening::Changed, true));
        assert_eq!(told(Subject::Return, &row("ESCALATED"))[1].1, OrderHappening::ClaimOpened);
        assert!(!told(Subject::Return, &row("CLOSED"))[1].2, "nothing is to be answered any more");
        assert!(Subject::Return.is_over(&row("CLOSED")) && !Subject::Return.is_over(&row("ITEM_SHIPPED")));
        let words = &Subject::Return.happenings(&row("RETURN_REQUESTED"))[0].words;
        assert_eq!(words, "The buyer opened return R1: defective item.");
    }

    #[test]
    fn an_inquiry_without_an_order_number_is_known_by_its_purchase() {
        let row = json!({ "inquiryId": 55, "itemId": "1100", "transactionId": "77", "inquiryStatusEnum": "CLOSED",
            "respondByDate": { "value": "2026-11-25T00:00:00.000Z" } });
        let found = Subject::Inquiry.happenings(&row);
        assert_eq!(found[0].order, "1100-77");
        assert_eq!((found[0].what, found[0].due), (OrderHappening::ClaimOpened, None));
        assert_eq!((found[1].what, found[1].key.as_str()), (OrderHappening::ClaimClosed, "inquiry:55:CLOSED"));
    }

    #[test]
    fn a_cancellation_of_the_buyer_is_a_request_and_both_searches_name_it_alike() {
        let row = json!({ "cancelId": "C9", "legacyOrderId": "12-1", "requestorType": "BUYER",
            "cancelState": "APPROVAL_PENDING", "sellerResponseDueDate": { "value": "2026-11-25T00:00:00.000Z" } });
        let requested = ("cancellation:C9:requested".to_owned(), OrderHappening::CancelRequested, true);
        assert_eq!(told(Subject::Cancellation, &row), [requested]);
        let order = json!({ "orderId": "12-1", "cancelStatus": { "cancelRequests": [
            { "cancelRequestId": "C9", "cancelInitiator": "BUYER" }, null ] } });
        let keys: Vec<String> = told(Subject::Order, &order).into_iter().map(|(key, ..)| key).collect();
        assert_eq!(keys, ["order:12-1:created", "cancellation:C9:requested"]);
    }

    #[test]
    fn an_order_waits_to_be_sent_until_it_is() {
        let row = |status: &str| {
            json!({ "orderId": "12-1", "orderFulfillmentStatus": status, "orderPaymentStatus": "PARTIALLY_REFUNDED",
                "lineItems": [{ "lineItemFulfillmentInstructions": { "shipByDate": "2026-11-25T00:00:00.000Z" } }, 5] })
        };
        assert!(told(Subject::Order, &row("NOT_STARTED"))[0].2, "it has to be sent by then");
        let sent = told(Subject::Order, &row("FULFILLED"));
        assert!(!sent[0].2, "what was sent waits no more");
        assert_eq!(sent[1].1, OrderHappening::Shipped);
        assert_eq!(sent[2].0, "order:12-1:partly_refunded");
    }

    #[test]
    fn rows_that_name_nothing_say_nothing() {
        for subject in Subject::ALL {
            assert!(subject.happenings(&Value::Null).is_empty());
            assert!(subject.happenings(&json!({ "returnId": "R", "inquiryId": "I", "cancelId": "C" })).is_empty());
        }
        assert_eq!(plain("ITS <b>bold</b>"), "");
    }
}
