//! What Amazon answers. Nothing of it needs to be there, and an element that is broken spoils none beside it.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// Why a call was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Amazon's short word.
    pub(super) code: String,
    words: String,
}

impl Fault {
    /// Whether it is the access token that is refused.
    pub(super) fn is_about_the_token(&self) -> bool {
        self.words.to_lowercase().contains("access token")
    }
}

/// The reasons in the body of a refusal.
pub(super) fn errors(body: &[u8]) -> Vec<Fault> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let fault = |error: &Value| {
        let code = text(error, "/code")?.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
        let words = ["/message", "/details"].into_iter().filter_map(|place| text(error, place));
        Some(Fault { code, words: words.collect::<Vec<_>>().join(" ") })
    };
    list(&body, "/errors").iter().filter_map(fault).collect()
}

/// The names of what may be said about an order now.
pub(super) fn action_names(answer: &Value) -> Vec<String> {
    list(answer, "/_links/actions").iter().filter_map(|action| text(action, "/name")).collect()
}

/// The language and country of the buyer.
pub(super) fn buyer_locale(answer: &Value) -> Option<String> {
    text(answer, "/buyer/locale")
}

/// What is read of an order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Its number.
    pub(crate) number: String,
    /// The id of its marketplace.
    pub(crate) marketplace: Option<String>,
    /// Amazon's word for where it is, `""` if none.
    pub(crate) status: String,
    /// What was ordered: how many, and of what.
    pub(crate) items: Vec<(u64, String)>,
    /// The first and the last day on which Amazon promises it.
    pub(crate) promised: Option<(Date, Date)>,
    /// Whether all its parcels have arrived.
    pub(crate) has_arrived: bool,
}

/// An order.
pub(crate) fn order(answer: &Value) -> Option<Order> {
    let number = text(answer, "/order/orderId")?;
    let item = |item: &Value| {
        let count = item.get("quantityOrdered").and_then(Value::as_u64).unwrap_or(1);
        Some((count, text(item, "/product/title")?)).filter(|(count, _)| *count > 0)
    };
    let day = |place: &str| {
        let moment = text(answer, &format!("/order/fulfillment/deliverByWindow/{place}"))?;
        OffsetDateTime::parse(&moment, &Rfc3339).ok().map(OffsetDateTime::date)
    };
    let last = day("latestDateTime");
    let parcels = list(answer, "/order/packages");
    let arrived = |parcel: &Value| text(parcel, "/packageStatus/status").as_deref() == Some("DELIVERED");
    Some(Order {
        number,
        marketplace: text(answer, "/order/salesChannel/marketplaceId"),
        status: text(answer, "/order/fulfillment/fulfillmentStatus").unwrap_or_default(),
        items: list(answer, "/order/orderItems").iter().filter_map(item).collect(),
        promised: last.map(|last| (day("earliestDateTime").unwrap_or(last), last)),
        has_arrived: !parcels.is_empty() && parcels.iter().all(arrived),
    })
}

/// A place where notifications go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Destination {
    /// Its id.
    pub(super) id: String,
    /// The queue that it is, `""` if it is none.
    pub(super) queue: String,
}

/// One destination.
pub(super) fn destination(answer: &Value) -> Option<Destination> {
    answer.get("payload").and_then(read_destination)
}

/// All destinations.
pub(super) fn destinations(answer: &Value) -> Vec<Destination> {
    list(answer, "/payload").iter().filter_map(read_destination).collect()
}

fn read_destination(value: &Value) -> Option<Destination> {
    Some(Destination {
        id: text(value, "/destinationId")?,
        queue: text(value, "/resource/sqs/arn").unwrap_or_default(),
    })
}

/// A subscription: the id of the destination that it goes to, `""` if none is named.
pub(super) fn subscription(answer: &Value) -> Option<String> {
    text(answer, "/payload/subscriptionId")?;
    Some(text(answer, "/payload/destinationId").unwrap_or_default())
}

/// A place to put a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Upload {
    /// Its id, by which a message names the file.
    pub(super) id: String,
    /// Its address.
    pub(super) url: String,
    /// The headers that it wants.
    pub(super) headers: Vec<(String, String)>,
}

/// A place to put a file.
pub(super) fn upload(answer: &Value) -> Option<Upload> {
    let headers = answer.pointer("/payload/headers").and_then(Value::as_object);
    let headers =
        headers.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Some(Upload {
        id: text(answer, "/payload/uploadDestinationId")?,
        url: text(answer, "/payload/url")?,
        headers: headers.collect(),
    })
}

fn text(value: &Value, place: &str) -> Option<String> {
    value.pointer(place).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn list<'v>(value: &'v Value, place: &str) -> &'v [Value] {
    value.pointer(place).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
